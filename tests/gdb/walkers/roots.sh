#!/usr/bin/env bash
# pmap roots: what is certain, what a kernel has symbols for, and what a scan
# finds, in a guest that is one itself, too.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

# run MODE BREAK: the script on the standard input, at that place
run()
{
	{ printf 'hbreak %s\ncontinue\n' "$2"; cat; } >"$tmp/questions"
	qemu_start -S -cpu max -m 128 -smp 2 -append "$1" \
		-kernel "$builddir/kernel/pmapk.elf32"
	gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/questions"
	is "$gdb_status" 0 "$1: GDB ends well" || diag "$(tail -n 5 "$gdb_err")"
	out=$(cat "$gdb_out")
	qemu_stop
}

# A page that could be a VMCS: a revision, the link pointer, an EPTP.
run mode=demo pmapk_ready <<'END'
thread 2
output/x $cr3
echo \n
thread 1
pmap roots
echo @scan\n
pmap roots --scan
output $pmap_roots
echo \n
set $page = (unsigned long *)(0xffff800000000000 + 0x7f00000)
set var $page[0] = 0x11e57ed0
set var $page[16] = ~0ul
set var $page[40] = 0x7f0105e
set var $page[512] = 0x7f02007
echo @vmcs\n
pmap roots --scan 0x7f00000 +0x3000
set var $page[16] = 0x1234
echo @unlinked\n
pmap roots --scan 0x7f00000 +0x3000
set var $page[16] = ~0ul
echo @suppress #VE\n
set $efer_was = $efer
set $efer = $efer & ~0x800
set var $page[512] = 0x8000000007f02007
pmap roots --scan 0x7f00000 +0x3000
set $efer = $efer_was
set var $page[512] = 0x7f02007
echo @last of a batch\n
pmap roots --scan 0x7d01000 +0x400000
echo @last of all\n
pmap roots --scan 0x7eff000 +0x2000
set var $page[512] = 0x7f02002
echo @misconfigured\n
pmap roots --scan 0x7f00000 0x7f03000
set $i = 0
while $i < 512
  set var $page[$i] = 0
  set $i = $i + 1
end
set var $page[2] = 1
set var $page[11] = 7
set var $page[18] = 0x59
set var $page[22] = 0x7f01000
set var $page[154] = 0x201d00
set var $page[170] = 0x123000
set var $page[175] = 0x456789
set var $page[512] = 0x7f02007
echo @vmcb\n
pmap roots --scan 0x7f00000 +0x3000
set var $page[512] = 0x7f02107
echo @bit 8\n
pmap roots --scan 0x7f00000 +0x3000
set var $page[512] = 0x7f02007
set $i = 513
while $i < 516
  set var $page[$i] = 0x7f02007
  set $i = $i + 1
end
set var $page[516] = 0x200007f02007
set $pmap_maxphyaddr = 40
echo @reserved\n
pmap roots --scan 0x7f00000 +0x3000
set var $page[513] = 0, $page[514] = 0, $page[515] = 0, $page[516] = 0
set var $page[1536] = 0x7f03007, $page[1537] = 0x7f04007
set var $page[2048+300] = 0x7f04007, $page[2048+310] = 0x7f04007
echo @selves\n
pmap roots --scan 0x7f03000 +0x2000
set var $page[1536] = 0, $page[1537] = 0
set var $page[18] = 0x159
echo @later\n
pmap roots --scan 0x7f00000 +0x3000
echo @table\n
pmap roots --table (unsigned long)$page+4096
echo @rejected\n
pmap roots --table 0x400123
pmap roots --table 0x3000
echo @json\n
pmap roots --json
pmap roots --table 0x400123 --json
echo @csv\n
pmap roots --csv
echo @legend\n
pmap roots --legend
echo @words\n
pmap roots 0 +4096
pmap roots --scan 0x3000 0x2000
END
part()
{
	awk -v mark="@$1" '$0 == mark { on = 1; next } /^@/ { on = 0 } on' <<<"$out"
}
second=$(sed -n 's/^0x\([0-9a-f]*\)$/\1/p' <<<"$out" | head -n 1)
like "$out" '^0x[0-9a-f]{16} x86-64-4 +CR3 of the selected thread; CR3 of CPU 0$' \
	"the selected CPU's root, and the monitor agrees"
like "$out" "^0x0*$second x86-64-4 +CR3 of CPU 1" "the other CPU's"
like "$(part scan)" "^0x0*$second .*found: .* maps .pc as CR3 does, ([0-9]+) of the [0-9]+ in CR3.s upper half, itself at 255" \
	"the scan knows it again"
like "$(part scan)" '^0x0*102000 .*found: 3 entries, maps .pc as CR3 does, 2 of the [0-9]+ in CR3.s upper half$' \
	"and finds the tables that the kernel booted with"
unlike "$(part scan)" 'VMC' "where no hypervisor is, none is found"
like "$(part scan)" '^3$' '$pmap_roots'
like "$(part vmcs)" '^0x0*7f01000 ept-4 +EPTP 0x7f0105e in what looks like a VMCS at 0x7f00000 \(revision 0x11e57ed0\)$' \
	"an EPTP in a VMCS"
unlike "$(part unlinked)" 'VMCS' "without its link pointer it is none"
like "$(part 'suppress #VE')" 'VMCS at 0x7f00000 ' \
	"what NX=0 reserves in CR3's tables is no bit of an EPT's"
like "$(part 'last of a batch')" 'VMCS at 0x7f00000 ' \
	"in the last page of the first 512 that are read at once"
like "$(part 'last of all')" 'VMCS at 0x7f00000 ' "in the last page of all"
unlike "$(part misconfigured)" 'VMCS' "an EPT that is none is not believed"
like "$(part vmcb)" '^0x0*7f01000 npt-4 +nCR3 of the VMCB at 0x7f00000 \(ASID 7, guest CR3 0x123000, RIP 0x456789\), with guest mode execute trap, which pmap does not know, with shadow stack check, .*, with read-only guest page tables, which pmap does not know$' \
	"a VMCB, with what changes the rules"
unlike "$(part 'bit 8')" 'VMCB' "nested tables with a reserved bit are none"
unlike "$(part reserved)" 'VMCB' "nor with one behind the first entries"
unlike "$(part selves)" '^0x0*7f03000 ' "a page table that maps itself and what is next to it is no root"
like "$(part selves)" '^0x0*7f04000 .*, itself at 300$' "a root that contains itself: the first entry"
unlike "$(part later)" 'VMCB' "nor is a VMCB with bits that no processor has"
like "$(part table)" '^0x0*7f01000 .*--table$' "a table by its address"
like "$(part rejected)" '^--table: 0x400123 is mapped to 0x100123, where no table begins' \
	"--table says why it rejects"
like "$(part rejected)" '^--table: 0x3000 is not mapped: the PDE at 0x[0-9a-f]+ is empty' \
	"a pointer to nothing, too"
like "$(part json)" '^\{"root":"0x[0-9a-f]+","format":"x86-64-4","why":"CR3 of the selected thread; CR3 of CPU 0"\}$' \
	"--json: a root"
like "$(part json)" '^\{"note":"--table: 0x400123 is mapped to 0x100123, where no table begins [^"]*"\}$' \
	"--json: what --table was rejected for"
is "$(part json | grep -vc '^{"\(root\|note\)":.*}$')" 0 "--json: nothing else"
is "$(part csv | head -n 1)" root,format,half,why,note "--csv: a line of names"
like "$(part csv)" "^0x0*$second,x86-64-4,.*CR3 of CPU 1" "--csv: a root"
like "$(part legend)" '^WHY     where the address is from' "--legend comes first"
like "$(part legend)" '^ROOT               FORMAT      WHY$' "then the heads"
like "$(part words)" '^pmap: a range is for --scan' "a range without --scan"
like "$(part words)" '^pmap: range end 0x2000 must be above its start 0x3000' "an odd range"

# More roots than a list has room for: copies of the boot tables, in an image.
run mode=demo pmapk_ready <<END
monitor pmemsave 0 0x8000000 "$tmp/image"
shell dd if="$tmp/image" of="$tmp/root" bs=4096 skip=\$((0x102)) count=1 2>/dev/null
shell for i in \$(seq 600); do cat "$tmp/root"; done | dd of="$tmp/image" bs=4096 seek=\$((0x7c00)) conv=notrunc iflag=fullblock 2>/dev/null
pmap source file $tmp/image
pmap roots --scan
output \$pmap_roots
echo \n
pmap roots --scan --csv --output $tmp/roots.csv
pmap roots --scan 0x7c00000 +0x10000
END
like "$out" '^more than 512: give --scan a RANGE$' "more than there is room for: the list says so"
like "$out" '^512$' "and has that many"
like "$(tail -n 1 "$tmp/roots.csv")" '^,,,,more than 512: give --scan a RANGE$' "in CSV, too"
is "$(grep -c '^0x0*7c0[0-9a-f]000 ' <<<"$(sed '1,/^512$/d' <<<"$out")")" 16 "with a range all are there"

run mode=svm-stop pmapk_l2_stop <<'END'
pmap roots --scan
END
nested=$(sed -n 's/^l2: cr3 [0-9a-f]* ncr3 \([0-9a-f]*\).*/\1/p' "$tmp/serial")
like "$out" "^0x0*$nested npt-4 +nCR3 of the VMCB at 0x[0-9a-f]+ \(ASID 1, guest CR3 0x40000, RIP 0x[0-9a-f]+\), whose CR3 the selected thread has: try --npt 0x$nested\$" \
	"stopped in a guest: its nCR3"
is "$(grep -c VMC <<<"$out")" 1 "and nothing that is none"

finish
