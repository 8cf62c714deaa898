#!/usr/bin/env bash
# pmap regions and kaslr, on tables in the manner of an x86-64 Linux that has all that
# one can have: KASAN's shadow (one page of zeros, mapped through tables that repeat),
# EFI's mappings, espfix, a remapped LDT; and with a symbol file that knows its bases.
# They are written into the memory of the demo by GDB; no guest has all of it.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"
. "$srcdir/tests/lib/layout.sh"

# Physical memory, as the demo has it, and in its image.
DIRECT=0xffff800000000000
BASES=ffffffffc6100000

# ADDRESS = VALUE of entries: PML4 6000000, then PDPT, PD and PT of each area.
tables()
{
	cat <<'END'
user: page 0, which can be executed
6000000 = 6017067
6017000 = 6018067
6018000 = 6019067
6019000 = 700025
LDT: one page, read-only
6000880 = 6001063
6001000 = 6002063
6002000 = 6003063
6003000 = 8000000000700121
direct map: 1G, not executable
6000888 = 6004063
6004000 = 80000000000001e3
vmalloc: two pages
6000c90 = 6005063
6005000 = 6006063
6006000 = 6007063
6007000 = 8000000000710163
6007008 = 8000000000711163
vmemmap: 2M
6000ea0 = 6008063
6008000 = 6009063
6009000 = 80000000004001e3
cpu entry: its first page is read-only, the second can be written
6000fe0 = 600a063
600a000 = 600b063
600b000 = 600c063
600c000 = 8000000000720121
600c008 = 8000000000721163
espfix: a page
6000ff0 = 600d063
600d000 = 600e063
600e000 = 600f063
600f000 = 8000000000730121
the top 512G: EFI (2M that can be written and executed)
6000ff8 = 6010063
6010de0 = 6011063
6011000 = 8001e3
image: text, rodata, data
6010ff0 = 6012063
6012040 = 10001a1
6012048 = 80000000012001a1
6012050 = 80000000014001e3
modules, fixmap, vsyscall
6010ff8 = 6013063
6013000 = 6014063
6014000 = 740121
6013fd0 = 6015063
6015fe8 = 8000000000750163
6013fd8 = 6016067
6016000 = 8000000000760025
END
}

# KASAN's PDPT 6020000, PD 6021000 and PT 6022000 repeat in all of their entries; each of
# its 32 PML4 entries leads there.
kasan()
{
	cat <<END
set \$i = 0
while \$i < 512
  set var ((long *)($DIRECT + 0x6020000))[\$i] = 0x6021063
  set var ((long *)($DIRECT + 0x6021000))[\$i] = 0x6022063
  set var ((long *)($DIRECT + 0x6022000))[\$i] = 0x8000000000770121
  if \$i < 32
    set var ((long *)($DIRECT + 0x6000ec0))[\$i] = 0x6020063
  end
  set \$i = \$i + 1
end
END
}

# QUESTION | $pmap_status | a match of the answer
by_tables()
{
	cat <<'END'
pmap regions --root 0x6000000 | 0 | ^ffff880000000000-ffff887fffffffff +4K +3 +100/0% +LDT +layout\? +r--s$
pmap regions --root 0x6000000 | 0 | ^ffff888000000000-ffffc87fffffffff +1G .*  direct map +tables\? +rw-s$
pmap regions --root 0x6000000 | 0 | ^ffffc90000000000-ffffe8ffffffffff +8K .*  vmalloc +tables\? +rw-s$
pmap regions --root 0x6000000 | 0 | ^ffffea0000000000-ffffe[ab]ffffffffff +2M .*  vmemmap +tables\? +rw-s$
pmap regions --root 0x6000000 | 0 | ^ffffec0000000000-fffffbffffffffff +16T +3 +100/0%  KASAN +layout\? +r--s$
pmap regions --root 0x6000000 | 0 | ^fffffe0000000000-fffffe7fffffffff +8K .*  cpu entry +layout +
pmap regions --root 0x6000000 | 0 | ^ffffff0000000000-ffffff7fffffffff +4K .*  espfix +layout +r--s$
pmap regions --root 0x6000000 | 0 | ^ffffffef00000000-fffffffeffffffff +2M .*  EFI +layout +rwxs +W\+X 2M$
pmap regions --root 0x6000000 | 0 | ^ffffffff81000000-ffffffff811fffff +2M .*  kernel text +tables\? +r-xs$
pmap regions --root 0x6000000 | 0 | ^ffffffff81200000-ffffffff813fffff +2M .*  kernel rodata +tables\? +r--s$
pmap regions --root 0x6000000 | 0 | ^ffffffff81400000-ffffffff815fffff +2M .*  kernel data +tables\? +rw-s$
pmap regions --root 0x6000000 | 0 | ^ffffffffc0000000-fffffffffeffffff +4K .*  modules +layout\? +r-xs$
pmap regions --root 0x6000000 | 0 | ^ffffffffff000000-ffffffffff5fffff +4K .*  fixmap +layout +rw-s$
pmap regions --root 0x6000000 | 0 | ^ffffffffff600000-ffffffffff600fff +4K .*  vsyscall +layout +
pmap regions --root 0x6000000 --json | 0 | ^\{"name":"KASAN","va":"0xffffec0000000000","last":"0xfffffbffffffffff","mapped":17592186044416,"tables":3,.*"rights":"r--s 17592186044416","from":"layout","certain":false
pmap regions --root 0x6000000 --csv | 0 | ^EFI,0xffffffef00000000,0xfffffffeffffffff,,2097152,1,.*,layout,
pmap regions --root 0x6000000 -w --kernel -x | 0 | EFI
pmap kaslr --root 0x6000000 | 0 | ^direct map +ffff888000000000 .*  tables\? +maps frame 0 and 1024 MiB linearly$
pmap kaslr --root 0x6000000 | 0 | ^kernel text +ffffffff81000000 .*  tables\? +first mapped in the top 2 GiB, executable, read-only$
pmap gva2gpa 0xffffec0000001000 --root 0x6000000 | 0 | page, r--s\)  KASAN$
pmap gva2gpa 0xffffff0000000000 --root 0x6000000 | 0 | page, r--s\)  espfix$
pmap gva2gpa 0xffffffef00000000 --root 0x6000000 | 0 | page, rwxs\)  EFI$
pmap dump 0xffffec0000000000 +16ull<<40 --root 0x6000000 --names | 0 | r--s .*  KASAN$
END
}

by_symbols()
{
	cat <<'END'
pmap regions --root 0x6000000 | 0 | ^ffff888000000000-.*  direct map +symbol +rw-s$
pmap regions --root 0x6000000 | 0 | ^ffffc90000000000-.*  vmalloc +symbol +rw-s$
pmap regions --root 0x6000000 | 0 | ^ffffea0000000000-.*  vmemmap +symbol +rw-s$
pmap regions --root 0x6000000 | 0 | ^ffffffff81000000-.*  kernel text +symbol +r-xs$
pmap kaslr --root 0x6000000 | 0 | ^direct map +ffff888000000000 .*  symbol +page_offset_base, where the tables map frame 0$
pmap kaslr --root 0x6000000 | 0 | ^vmalloc +ffffc90000000000 .*  symbol +vmalloc_base$
pmap kaslr --root 0x6000000 | 0 | ^vmemmap +ffffea0000000000 .*  symbol +vmemmap_base$
pmap kaslr --root 0x6000000 | 0 | ^kernel text +ffffffff81000000 .*  symbol +_text, where the tables begin to map the image$
pmap kaslr --root 0x6000000 --json | 0 | ^\{"name":"direct map",.*"from":"symbol","certain":true,"why":"page_offset_base, where the tables map frame 0"\}$
pmap kaslr --root 0x6000000 --csv | 0 | ^kernel text,0xffffffff81000000,.*,symbol,true,
END
}

# VMCOREINFO at 7800000: of another kernel, whose text is data here; without _stext, where
# page 0 can be executed; and this one's, which is no more known when it changes.
vmcoreinfo()
{
	local what stext

	while read -r what stext; do
		printf 'OSRELEASE=6.1.0\nKERNELOFFSET=0\nSYMBOL(swapper_pg_dir)=ffffffff81400000\n%s\n\0' \
			"${stext:+SYMBOL(_stext)=$stext}" >"$tmp/$what.info"
		echo "restore $tmp/$what.info binary $DIRECT+0x7800000"
		[ "$what" != gone ] || echo "pmap kaslr --root 0x6000000 --json --output $tmp/known.kaslr"
		echo "pmap kaslr --root 0x6000000 --scan --json --output $tmp/$what.kaslr"
	done <<-END
	other ffffffff81400000
	none
	own ffffffff81000000
	gone ffffffff81400000
	END
}

check_vmcoreinfo()
{
	local file

	for file in other none known gone; do
		ok "VMCOREINFO that is not this kernel's: $file" test -s "$tmp/$file.kaslr"
		is "$(layout_field "$tmp/$file.kaslr" VMCOREINFO from)" "" "is not believed: $file"
	done
	is "$(layout_field "$tmp/own.kaslr" VMCOREINFO pa)" 0x7800000 "this kernel's is found"
	is "$(layout_field "$tmp/own.kaslr" "kernel text" from)" vmcoreinfo "and tells of its text"
}

# A base that the tables contradict.
by_wrong()
{
	cat <<'END'
pmap kaslr --root 0x6000000 | 0 | ^direct map +ffff890000000000 .*  symbol\? +page_offset_base, but the tables map frame 0 elsewhere$
END
}

set_base()
{
	echo "set var *(long *)0x$(printf '%x' $((16#$BASES + $1))) = 0x$2"
}

layout_elf "$tmp/vmlinux" ffffffff81000000 page_offset_base=$BASES \
	vmalloc_base=ffffffffc6100008 vmemmap_base=ffffffffc6100010 >"$tmp/elf.log" 2>&1 ||
	bail "no symbol file: $(cat "$tmp/elf.log")"
qemu_start -S -cpu max -m 128 -append "mode=demo" -kernel "$builddir/kernel/pmapk.elf32"
{
	printf 'hbreak pmapk_ready\ncontinue\n'
	echo "set \$i = 0x6000000"
	echo "while \$i < 0x6023000"
	echo "  set var *(long (*)[512])($DIRECT + \$i) = *(long (*)[512])($DIRECT + 0x7f00000)"
	echo "  set \$i = \$i + 4096"
	echo "end"
	tables | sed -n "s/^\([0-9a-f]*\) = \(.*\)/set var *(long *)($DIRECT + 0x\1) = 0x\2/p"
	kasan
	set_base 0 ffff888000000000
	set_base 8 ffffc90000000000
	set_base 16 ffffea0000000000
	by_tables | questions
	vmcoreinfo
	echo "symbol-file $tmp/vmlinux"
	by_symbols | questions
	set_base 0 ffff890000000000
	by_wrong | questions
} >"$tmp/session"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/session"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(by_tables; by_symbols; by_wrong)
check_vmcoreinfo

finish
