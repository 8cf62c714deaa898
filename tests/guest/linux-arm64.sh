#!/usr/bin/env bash
# Debian 12's arm64 kernel on two processors with all features: 4 KiB pages, 48
# bits, hardware that sets AF and the dirty state.  Also QEMU's dumps of it.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
guest_module=brd
guest_asks="pagemap=1 kallsyms=1 kept=1 moves=1"
# init stays on the first CPU, so that the second one has other tables in TTBR0.
guest_cmdline="isolcpus=1"
. "$(dirname "$0")/../lib/guest-arm64.sh"
. "$srcdir/tests/lib/kept.sh"
. "$srcdir/tests/lib/layout.sh"

arm64_boot linux-image-arm64 max,pauth-impdef=on -smp 2 || finish
arm64_ask
arm64_check 20000

# Before VMCOREINFO is known: Linux 6.1 has the old form.
wait_until 120 arm64_stop_in_user || bail "the guest is not in user mode"
guest_check_entries ambiguous

# What is asked of it, at EL0: init's "runs, fixed" begin with 1 page that can be
# read, 6 written, 11 executed, 16 of PROT_NONE.
. "$srcdir/tests/lib/questions.sh"
cat >"$tmp/table" <<'END'
pmap info | 0 | TTBR1_EL1: 48-bit addresses, 4 levels, 0xffff000000000000-0xffffffffffffffff
pmap expect 0x10000000 +0x1000 r--/r-- | 0 |
pmap expect 0x10001000 +0x6000 rw-/rw- | 0 |
pmap expect 0x10007000 +0xb000 r--/r-x | 0 |
pmap expect 0x10012000 +0x10000 none | 0 |
pmap expect 0x10000000 +0x2000 rw-/rw- | 8 | ^0x0000000010000000-0x0000000010000fff  r--/r--, expected rw-/rw-$
pmap access 0x10000000 w --user | 6 | data abort from a lower level, permission fault at level 3 \(EC 0x24, FSC 0xf\), FAR 0x10000000$
pmap access 0x10000000 w --user | 6 | write denied: AP\[2\]=1 in the level-1 entry 0x[0-9a-f]+ at 0x[0-9a-f]+ \(L3\)
pmap access 0x10000000 x --user | 6 | execution denied: UXN=1 in the level-1 entry
pmap access 0x10012000 r --user | 6 | translation fault at level 3 \(EC 0x24, FSC 0x7\)
pmap access 0x5a00000010001000 w --user | 0 | allowed
pmap access 0xffff800008000000 r --user | 6 | TCR.E0PD keeps EL0 out of this half
pmap access 0x10001000 r --supervisor | 6 | \(PSTATE.PAN=1\): AP\[1\]=1
pmap access 0x10001000 r --supervisor | 6 | assuming PSTATE.PAN=1
pmap access $pc x | 0 | allowed
pmap access $pc x --supervisor | 6 | execution denied: PXN
pmap walk 0x10000000 --ttbr0 $TTBR0_EL1 | 0 | ^L3 +0 .* AP\[1\] AP\[2\] nG
pmap walk 0x10000000 --format arm64-4k --root $TTBR0_EL1 | 0 | in a 4K page, r--/r--, wb$
pmap dump 0x10000000 +0x3000 --json | 0 | "rights":"rw-/rw-","level":1,"mt":"wb","global":false
pmap gva2gpa 0x1000000000000 | 5 | is in the hole between the halves: valid are 0-0xffffffffffff and 0xffff000000000000-
pmap perms 0xfffffffff000 0xffff000000001000 | 1 | ^0x1000000000000-0xfffeffffffffffff  nothing: noncanonical$
pmap expect 0xfffffffff000 0xffff000000000000 none | 0 |
pmap fault 0x10000000 --error 0x9200004f | 0 | write denied: AP\[2\]=1
pmap fault 0x10000000 --error 0x92000047 | 0 | the tables were changed since
pmap fault | 7 | the last exception was no abort
pmap roots --tasks | 0 | ^ +1  [0-9a-f]{16}  init +0xffff[0-9a-f]{12}$
pmap roots --tasks | 0 | ^ +2  - +kthreadd +0xffff[0-9a-f]{12}$
pmap gva2gpa 0x10000000 --root pid:1 | 0 | ^0x10000000 -> 0x[0-9a-f]+  \(4K page, r--/r--\)$
pmap roots | 0 | arm64-4k +TTBR1_EL1 of the selected thread; TTBR1_EL1 of CPU 0; TTBR1_EL1 of CPU 1$
pmap roots --cpu 0 | 10 | --cpu chooses among the CPUs of a dump
pmap roots --scan | 0 | TTBR0_EL1 of CPU 0; likely, for the lower half: a table with [0-9]+ entries, .* only user mode may execute
pmap roots --scan | 0 | TTBR1_EL1 of CPU 1; found, for the upper half: ([0-9]+) entries, .*[0-9]+ of the [0-9]+ in TTBR1_EL1
pmap roots --scan --has 0x10001000 -w | 0 | TTBR0_EL1 of CPU 0; likely
pmap roots --json | 0 | "format":"arm64-4k","half":"lower","why":"TTBR0_EL1 of the selected thread
pmap roots --json | 0 | "half":"upper","why":"TTBR1_EL1
pmap info --npt 0x1000 | 10 | --npt is x86's
pmap info --el 1 | 0 | ^regime     EL1&0; --el asks for EL1
pmap info --el 2 | 0 | ^paging     the target does not provide its TCR and TTBR0
pmap info --el 4 | 10 | --el 4: there are 0, 1, 2 and 3
pmap dump --stage2 0x1000 | 10 | the target does not provide VTCR_EL2: give --vtcr with --stage2
pmap info --vtcr 1 | 10 | --vtcr is for --stage2
pmap access 0x10001000 r --el 1 | 6 | \(PSTATE.PAN=1\): AP\[1\]=1
pmap explain | 0 | ^0x[0-9a-f]+: .*  \(A64, user\)$
pmap explain | 0 | ^  x  fetch            0x[0-9a-f]+  4         allowed$
pmap explain --supervisor | 6 | execution denied: PXN
pmap explain --at 0x10000000 --json | 6 | "verdict":"instruction-abort"
pmap explain --fault | 7 | this is not the first instruction of a vector
END
wait_until 120 arm64_stop_in_user || bail "the guest is not in user mode"
questions <"$tmp/table" >"$tmp/questions.gdb"
{
	cat "$tmp/questions.gdb"
	cat <<-END
	pmap regions --json --output $tmp/regions.json
	pmap kaslr --json --output $tmp/kaslr.json
	pmap kaslr --scan --json --output $tmp/scan.json
	pmap regions --json --output $tmp/known.json
	pmap regions
	pmap kaslr
	pmap dump 0xffff000000000000 -1 --leaves --expand --json --output $tmp/half.json
	shell sh $tmp/dumps.sh
	thread 2
	printf "CPU1 %#lx %#lx\n", \$TTBR0_EL1 & 0xffffffffffffe, \$TTBR1_EL1 & 0xffffffffffffe
	pmap info
	thread 1
	pmap roots --json --output $tmp/roots.json
	END
} >"$tmp/all.gdb"
cat >"$tmp/dumps.sh" <<END
"$builddir/tests/lib/hmp" "$tmp/monitor" "dump-guest-memory $tmp/elf" \
	"dump-guest-memory -z $tmp/kdump" >/dev/null
END
gdb_run <"$tmp/all.gdb"
check_answers <"$tmp/table"

## Roots of the other CPU, as GDB shows its registers.

read -r _ ttbr0 ttbr1 < <(grep '^CPU1 ' "$gdb_out")
like "$(cat "$tmp/roots.json")" "\"root\":\"$ttbr1\".*TTBR1_EL1 of CPU 1" "roots: TTBR1 of CPU 1"
like "$(cat "$tmp/roots.json")" "\"root\":\"$ttbr0\".*TTBR0_EL1 of CPU 1" "roots: TTBR0 of CPU 1"
unlike "$(cat "$tmp/roots.json")" "\"root\":\"$ttbr0\".*TTBR0_EL1 of CPU 0" "which CPU 0 does not have"

## QEMU's dumps, which have no register of the tables and no VMCOREINFO's note.

kdump=
grep -q '^#define HAVE_LIBKDUMPFILE 1' "$builddir/config.h" && kdump=kdump
"$srcdir/tests/lib/json2leaves" -v full=1 "$tmp/half.json" >"$tmp/half.leaves"
ok "leaves of the kernel's half: $(wc -l <"$tmp/half.leaves")" test "$(wc -l <"$tmp/half.leaves")" -gt 10000
for file in elf $kdump; do
	GDB_NO_TARGET=1 gdb_run <<-END
	pmap open $tmp/$file
	printf "opened %d cpus %d\n", \$pmap_status, \$pmap_cpus
	pmap info
	pmap dump 0xffff000000000000 -1 --leaves --expand --json --output $tmp/$file.json
	pmap roots
	thread 2
	pmap gva2gpa \$pc
	printf "second %d\n", \$pmap_status
	pmap dump 0 +0x1000
	END
	is "$gdb_status" 0 "$file: GDB ends well" || diag "$(tail -n 5 "$gdb_err")"
	like "$(cat "$gdb_out")" "VMCOREINFO, found in its memory, tells where its tables are" "$file: by VMCOREINFO in memory"
	like "$(cat "$gdb_out")" '^opened 0 cpus 2$' "$file: two CPUs"
	like "$(cat "$gdb_out")" "^root       $ttbr1 \(TTBR1_EL1\)" "$file: the root that the register had"
	like "$(cat "$gdb_out")" "^0x0*${ttbr1#0x} arm64-4k +TTBR1_EL1 of the selected thread; TTBR1_EL1 of CPU 0, by the dump" "$file: roots"
	like "$(cat "$gdb_out")" '^second 0$' "$file: the second CPU, too"
	like "$(cat "$gdb_err" "$gdb_out")" 'walks by TTBR0_EL1 are disabled' "$file: the lower half is not known"
	"$srcdir/tests/lib/json2leaves" -v full=1 "$tmp/$file.json" >"$tmp/$file.leaves"
	same_file "$tmp/$file.leaves" "$tmp/half.leaves" "$file: leaves of the kernel's half = the live session's"
done
GDB_NO_TARGET=1 gdb_run <<END
core-file $tmp/elf
thread 2
pmap gva2gpa \$pc
printf "core %d\n", \$pmap_status
pmap source
END
like "$(cat "$gdb_out")" "^    in use: GDB's core file; .*found in its memory" "GDB's own core is found" ||
	diag "$(cat "$gdb_out" "$gdb_err")"

# What the tables alone say, and what VMCOREINFO does, is the same; and it is what
# the guest's own kallsyms has.
diag "$(tail -n 40 "$gdb_out")"
for name in regions known; do
	for region in "direct map" modules "kernel text" "kernel rodata" vmemmap; do
		echo "$region $(layout_field "$tmp/$name.json" "$region" va)"
	done >"$tmp/$name"
done
same_file "$tmp/regions" "$tmp/known" "regions by the tables = by VMCOREINFO"
is "$(layout_field "$tmp/known.json" vmemmap certain)" true "which is certain then"
is "$(layout_field "$tmp/regions.json" vmemmap certain)" false "and likely without"
is "$(layout_field "$tmp/known.json" "kernel text" va)" \
	"0x$(layout_symbol _stext)" "kernel text begins at _stext"
is "$(layout_field "$tmp/known.json" "kernel rodata" va)" \
	"0x$(layout_symbol _etext)" "kernel rodata begins at _etext"
is "$(layout_field "$tmp/scan.json" "kernel text" from)" vmcoreinfo "kaslr --scan: by VMCOREINFO"
is "$(layout_field "$tmp/kaslr.json" "kernel text" from)" tables "without: by the tables"

wait_until 120 arm64_stop_in_user || bail "the guest is not in user mode"
guest_check_moves tests/guest/init-arm64
finish
