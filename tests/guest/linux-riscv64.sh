#!/usr/bin/env bash
# Debian 13's riscv64 kernel in Sv57, Sv48 and Sv39: three boots, one after the
# other.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest-riscv.sh"
. "$srcdir/tests/lib/questions.sh"

riscv_boot "" || finish
riscv_check 8000
like "$(cat "$tmp/mode")" 'RISC-V Sv57 \(sv57\)' "five levels"

# What is asked of it, in user mode: init's "runs, fixed" begin with 1 page that
# can be read, 6 written, 11 executed, 16 of PROT_NONE.
cat >"$tmp/table" <<'END'
pmap info | 0 | ^mode       U$
pmap expect 0x10000000 +0x1000 r--u | 0 |
pmap expect 0x10001000 +0x6000 rw-u | 0 |
pmap expect 0x10007000 +0xb000 r-xu | 0 |
pmap expect 0x10012000 +0x10000 none | 0 |
pmap expect 0x10000000 +0x2000 rw-u | 8 | ^0x0000000010000000-0x0000000010000fff  r--u, expected rw-u$
pmap access 0x10000000 w --user | 6 | store/AMO page fault \(cause 15\), stval 0x10000000$
pmap access 0x10000000 w --user | 6 | write denied: W=0 in the level-1 entry 0x[0-9a-f]+ at 0x[0-9a-f]+ \(L0\)
pmap access 0x10000000 x --user | 6 | instruction page fault \(cause 12\)
pmap access 0x10000000 x --user | 6 | execution denied: X=0 in the level-1 entry
pmap access 0x10012000 r --user | 6 | load page fault \(cause 13\), stval 0x10012000
pmap access 0x10001000 r --supervisor | 6 | \(SUM=0\): U=1 in the level-1 entry
pmap access 0x10001000 r --supervisor | 6 | assuming SUM=0 in S mode, as it is now
pmap access 0x10007000 x --supervisor | 6 | the supervisor never executes the user's pages: U=1
pmap access 0xffffffff80002000 r --user | 6 | not the user's: U=0 in the level-2 entry
pmap access 0xffffffff80002000 r --supervisor | 0 | allowed
pmap access 0x400000000000000 r | 6 | 0x400000000000000 is no address of RISC-V Sv57
pmap access $pc x | 0 | allowed
pmap walk 0x10000000 | 0 | ^L0 +0 .* V R U A
pmap walk 0x10000000 --root $satp | 0 | ^L4 +0 
pmap walk 0x10000000 --root ($satp&0xfffffffffff)<<12 | 0 | ^L0 +0 
pmap walk 0x10000000 --format sv57 --root ($satp&0xfffffffffff)<<12 | 0 | in a 4K page, r--u, pma$
pmap walk 0x10000000 --format sv48 --root $satp | 10 | is of sv57 by its MODE, --format says sv48
pmap walk 0x10000000 --root 0x5000000000000000 | 10 | its MODE \(bits 63:60\) is not 8, 9 or 10
pmap dump 0x10000000 +0x3000 --json | 0 | "rights":"rw-u","level":1,"mt":"pma","global":false
pmap dump --leaves --mt io | 0 | rw-s +4K +io
pmap check --mirror $satp | 0 | ^the mirror agrees
pmap check --mirror ($satp&0xfffffffffff)<<12 | 0 | ^the mirror agrees
pmap fault 0x10000000 --error 15 | 0 | write denied: W=0
pmap fault 0x10000000 --error 13 | 0 | the tables allow this access now
pmap fault 0x10000000 --error 5 | 7 | it was: load access fault
pmap fault 0x10000000 --error 8 | 7 | was no page fault
pmap explain | 0 | \(RV64, user\)$
pmap explain --fault | 7 | not the first instruction of the trap handler
pmap explain --at $pc+1 | 10 | no instruction is at an odd address
pmap x/4i $pc | 0 | ^=> 0x[0-9a-f]+:
pmap roots | 0 | satp of the selected thread; satp of hart 0
pmap info --npt 0x1000 | 10 | --npt is x86's
pmap info --hgatp 0x1000 | 10 | its MODE \(bits 63:60\) is not 8, 9 or 10
pmap info --format x86-64-4 | 10 | ^pmap: --format x86-64-4 needs --root: no register of RISC-V leads to such tables
END
wait_until 120 cross_stop_in_user || bail "the guest is not in user mode"
questions <"$tmp/table" >"$tmp/questions.gdb"
gdb_run <"$tmp/questions.gdb"
check_answers <"$tmp/table"

# The same from a dump of QEMU's, an ELF file, whose notes have no satp; without
# --root by the VMCOREINFO in the guest's memory, which has the kernel's half.
root=0x$(hmp "info registers" | tr -d '\r' | awk '$1 == "satp" { print $2 }')
hmp "dump-guest-memory $tmp/elf"
GDB_NO_TARGET=1 gdb_run <<END
pmap open $tmp/elf
pmap dump --root $root --leaves --expand --json --output $tmp/dump.json
printf "=dump %d\n", \$pmap_status
pmap dump --leaves --expand --json --output $tmp/kernel.json
printf "=kernel %d\n", \$pmap_status
pmap info
END
like "$(cat "$gdb_out")" '^=dump 0$' "an ELF dump's tables, with --root" ||
	diag "$(cat "$gdb_out" "$gdb_err")"
is "$(cmp "$tmp/dump.json" "$tmp/pmap.json" 2>&1)" "" "its leaves are the live guest's"
like "$(cat "$gdb_out")" '^=kernel 0$' "without --root"
like "$(cat "$gdb_out")" '^root       0x[0-9a-f]* \(satp\)$' "satp is VMCOREINFO's"
grep '"va":"0xff' "$tmp/pmap.json" >"$tmp/half.live"
grep '"va":"0xff' "$tmp/kernel.json" >"$tmp/half.dump"
ok "the kernel's half has leaves: $(wc -l <"$tmp/half.live")" \
	test "$(wc -l <"$tmp/half.live")" -gt 300
same_file "$tmp/half.dump" "$tmp/half.live" "whose leaves are the live guest's"
rm -f "$tmp/elf"
qemu_stop

riscv_boot no5lvl || finish
riscv_check 8000
like "$(cat "$tmp/mode")" 'RISC-V Sv48 \(sv48\)' "four levels"
qemu_stop

riscv_boot no4lvl || finish
riscv_check 8000
like "$(cat "$tmp/mode")" 'RISC-V Sv39 \(sv39\)' "three levels"
finish
