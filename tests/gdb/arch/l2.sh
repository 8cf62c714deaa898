#!/usr/bin/env bash
# GDB stopped inside a guest of the example kernel's (AMD SVM, emulated): what
# pmap answers there with both roots, against what the kernel printed and the
# guest itself has read; QEMU's own reads know one dimension.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

# A script that leaves the machine stopped: GDB's detaching would not.
ask()
{
	{
		cat
		echo disconnect
	} >"$tmp/stopped.gdb"
	gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/stopped.gdb"
}

# boot WORDS: to the guest's breakpoint; $cr3 and $ncr3 are what the kernel says
boot()
{
	qemu_start -S -cpu max -m 128 -append "mode=svm-stop $1" -no-reboot \
		-kernel "$builddir/kernel/pmapk.elf32" \
		-device isa-debug-exit,iobase=0xf4,iosize=4
	ask <<'END'
hbreak pmapk_l2_stop
continue
printf "stopped %d\n", $pc == (unsigned long)&pmapk_l2_stop
printf "cr3 %lx\n", $cr3
END
	is "$(sed -n 's/^stopped //p' "$gdb_out")" 1 "$what: stops inside the guest" ||
		diag "$(cat "$gdb_out" "$gdb_err")"
	read -r cr3 ncr3 < <(sed -n 's/^l2: cr3 \([0-9a-f]*\) ncr3 \([0-9a-f]*\).*/\1 \2/p' "$tmp/serial")
	is "$(sed -n 's/^cr3 //p' "$gdb_out")" "$cr3" "$what: \$cr3 is the guest's"
	like "$(cat "$tmp/serial")" '^ok 1 - the guest reads [0-9]+ pages, 0 wrong' \
		"$what: the guest has read its pages"
}

# The kernel's lines, "l2: leaf VA-LAST GPA PA RIGHTS", page by page.
kernel_leaves()
{
	sed -n 's/\r$//; s/^l2: leaf \([0-9a-f]*\)-\([0-9a-f]*\) /\1 \2 /p' "$tmp/serial" |
		while read -r va last gpa pa rights; do
			printf '%016x %016x %012x %012x %s\n' "0x$va" "0x$last" \
				"0x$gpa" "0x$pa" "$rights"
		done
}

# The same from `pmap dump --combined --leaves --json`.
pmap_leaves()
{
	local va last pa gpa rights

	sed -n 's/^{"va":"\([^"]*\)","last":"\([^"]*\)","pa":"\([^"]*\)",.*"rights":"\([^"]*\)".*"gpa":"\([^"]*\)"}$/\1 \2 \5 \3 \4/p' "$1" |
		while read -r va last gpa pa rights; do
			printf '%016x %016x %012x %012x %s\n' "$va" "$last" \
				"$gpa" "$pa" "$rights"
		done
}

check_dump()
{
	ask <<END
set \$pmap_maxphyaddr = 40
pmap dump --npt 0x$ncr3 $outer --root \$cr3 --combined --leaves --json --output $tmp/combined.json
printf "status %d\n", \$pmap_status
pmap dump --npt 0x$ncr3 $outer --combined --json --output $tmp/own.json
pmap dump --npt 0x$ncr3 $outer --root 0x$cr3 --combined --json --output $tmp/given.json
pmap source gdbstub
pmap dump --npt 0x$ncr3 $outer --combined --json --output $tmp/slow.json
set \$reads = \$pmap_reads - \$pmap_tables
pmap dump --npt 0x$ncr3 $outer --json --output $tmp/outer.json
printf "more than the tables: %d\n", \$reads > \$pmap_tables
END
	like "$(cat "$gdb_out")" '^status 0$' "$what: dump --combined"
	like "$(cat "$gdb_out")" '^more than the tables: 0$' \
		"$what: no table of either dimension is read twice"
	same_file "$tmp/slow.json" "$tmp/own.json" "$what: through QEMU's stub, too"
	# Of every frame of the host's, through both: what the VMCB alone tells.
	ask <<END
set \$pmap_maxphyaddr = 40
pmap find 0 +1ull<<52 --all-roots --leaves --json --output $tmp/all.json
printf "roots %d\n", \$pmap_roots
pmap find 0 +1ull<<52 --npt 0x$ncr3 $outer --roots 0x$cr3 --leaves --json --output $tmp/named.json
END
	like "$(cat "$gdb_out")" '^roots [12]$' "$what: find, with --all-roots"
	grep '"root_why":"nCR3 of the VMCB at .*, through it the guest.s own' "$tmp/all.json" |
		sed 's/,"root":.*/}/' >"$tmp/through.json"
	pmap_leaves "$tmp/through.json" >"$tmp/through"
	sed -i 's/,"root":.*/}/' "$tmp/named.json"
	pmap_leaves "$tmp/named.json" >"$tmp/named"
	kernel_leaves >"$tmp/kernel.leaves"
	same_file "$tmp/through" "$tmp/kernel.leaves" "$what: find goes from the host's frames to the guest's addresses"
	same_file "$tmp/named" "$tmp/kernel.leaves" "$what: so with both roots by name"
	pmap_leaves "$tmp/combined.json" >"$tmp/leaves"
	ok "$what: at least 500 leaves" [ "$(wc -l <"$tmp/leaves")" -ge 500 ]
	same_file "$tmp/leaves" "$tmp/kernel.leaves" \
		"$what: the product is the kernel's, both addresses and rights"
	same_file "$tmp/own.json" "$tmp/given.json" \
		"$what: CR3 is the guest's root without --root"
	like "$(cat "$tmp/own.json")" '"kind":"hole","level":[0-9],"where":"memory"' \
		"$what: what the guest maps without memory is there, too"
}

# A page of each leaf, one question each; and GDB's own way to look there.
check_addresses()
{
	awk '{ print $1 }' "$tmp/kernel.leaves" | awk 'NR % 17 == 1' >"$tmp/asked"
	{
		echo 'set $pmap_maxphyaddr = 40'
		while read -r va; do
			printf 'pmap gva2gpa 0x%s --npt 0x%s %s\n' "$va" "$ncr3" "$outer"
			printf 'printf "L2 %s %%012lx %%012lx %%s %%s\\n", $pmap_gpa, $pmap_hpa, $pmap_rights, $pmap_exit\n' "$va"
		done <"$tmp/asked"
	} >"$tmp/ask.gdb"
	ask <"$tmp/ask.gdb"
	sed -n 's/^L2 //p' "$gdb_out" | sed 's/ none$//' >"$tmp/answers"
	awk 'NR % 17 == 1 { print $1, $3, $4, $5 }' "$tmp/kernel.leaves" >"$tmp/expected"
	ok "$what: at least 30 addresses" [ "$(wc -l <"$tmp/answers")" -ge 30 ]
	same_file "$tmp/answers" "$tmp/expected" "$what: gva2gpa, each address"
}

check_entries()
{
	ask <<END
pmap walk 0x400000 --npt 0x$ncr3 $outer
pmap gva2gpa 0x400000 --npt 0x$ncr3 $outer
pmap perms 0x400000 --npt 0x$ncr3 $outer
pmap access 0x400000 w --user --npt 0x$ncr3 $outer
pmap explain --npt 0x$ncr3 $outer
printf "explain %d %d\n", \$pmap_status, \$pmap_accesses
END
	like "$(cat "$gdb_out")" "^$1 entries read\$" "$what: $1 entries"
	like "$(cat "$gdb_out")" "^  no write   by the guest's PTE 0 at " \
		"$what: perms: the guest's own entry denies"
	like "$(cat "$gdb_out")" "^0x400000: write of 1 byte by the user: #PF in the guest, error code 0x7 " \
		"$what: access: a page fault of the guest's"
	like "$(cat "$gdb_out")" '^  x  fetch .* allowed$' "$what: explain: the guest's instruction"
	like "$(cat "$gdb_out")" '^explain 0 [1-9]' "$what: explain: all its accesses"
	hpa=$(sed -n 's/^0x400000 -> gpa 0x[0-9a-f]* -> \(0x[0-9a-f]*\) .*/\1/p' "$gdb_out")
	is "$(hmp "xp /1gx $hpa" | sed -n 's/.*: //p' | tr -d '\r')" \
		"$(printf '0x%016x' "$hpa")" "$what: the page there is stamped so"
	ask <<'END'
monitor gva2gpa 0x400000
output/x *(unsigned long *)0x400000
END
	unlike "$(cat "$gdb_out" "$gdb_err")" "$hpa" \
		"$what: neither QEMU nor GDB gets there by itself"
}

# Memory, with the second dimension said once: instructions are those of the
# kernel's file, and the page that is stamped with its address is found by it.
check_contents()
{
	hpa=$(awk '$1 == "0000000000400000" { print "0x" $4 }' "$tmp/kernel.leaves" | sed 's/0x0*/0x/')
	ask <<END
pmap use --npt 0x$ncr3 $outer
pmap x/16xb \$pc --json
pmap x/i \$pc
pmap x/1xg 0x400000
printf "stamp %#lx\n", ((unsigned long[])\$pmap_data)[0]
pmap search 0x400000 +4K --u64 $hpa --align 4096
printf "found %#lx %d\n", \$pmap_found, \$pmap_count
pmap search --u64 $hpa --align 4096 --physical
END
	is "$(sed -n 's/^{"va":.*"value":"\(.*\)"}$/\1/p' "$gdb_out" | tr '\n' ' ')" \
		"$("$GDB" -nx -batch -ex 'x/16xb &pmapk_l2_stop' "$builddir/kernel/pmapk.elf" |
			sed 's/^[^	]*:	//' | tr '\t' '\n' | sed 's/0x0\(.\)/0x\1/' | tr '\n' ' ')" \
		"$what: x: the guest's code, as the kernel's file has it"
	is "$(sed -n 's/^=> 0x[0-9a-f]*:	//p' "$gdb_out")" \
		"$("$GDB" -nx -batch -ex 'x/i &pmapk_l2_stop' "$builddir/kernel/pmapk.elf" |
			sed 's/^[^	]*:	//')" "$what: x/i at \$pc: the guest's instruction"
	is "$(sed -n 's/^stamp //p' "$gdb_out")" "$hpa" "$what: x: the page's stamp"
	is "$(sed -n 's/^found //p' "$gdb_out")" "0x400000 1" "$what: search: the stamp's page"
	like "$(cat "$gdb_out")" "^ ?$(printf '%013x' "$hpa")$" "$what: search --physical"
	like "$(cat "$gdb_out")" "^\(pmap use --npt 0x$ncr3\)$" "$what: answers say so"
}

what="4 levels" outer=
boot ""
check_dump
check_addresses
check_contents
check_entries 24
qemu_stop

what="5 levels" outer="--outer-format npt-5"
boot la57
check_dump
outer=
check_addresses
check_entries 35
qemu_stop

finish
