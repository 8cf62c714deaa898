#!/usr/bin/env bash
# A guest of KVM's inside an emulated riscv64 machine: two dimensions, by registers
# alone and by options, see tests/lib/guest-kvm.sh.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
guest_init=vmm-riscv64
guest_module=kvm
guest_cpu=rv64,h=on,svnapot=on,svpbmt=on
. "$(dirname "$0")/../lib/guest-riscv.sh"
. "$srcdir/tests/lib/guest-kvm.sh"

riscv_boot "" || finish
# The guest spins in its upper half.
kvm_stop '^ V +(= +)?1' 'pc +ffffffc0000000'
kvm_check 0xffffffc000000000 <<'END'
pmap info | 0 | ^outer      RISC-V Sv57x4.*, 59-bit addresses, root 0x[0-9a-f]+ \(hgatp, VMID [0-9]+\)$
pmap info | 0 | ^mode       VS$
pmap info | 0 | V=1: satp is the guest's; the host's cannot be had from here$
pmap gva2gpa 0x80010123 | 0 | ^0x80010123 -> gpa 0x80010123 -> 0x[0-9a-f]+123  \(4K page, rw-s\)$
pmap gva2gpa 0x80020000 | 1 | gpa 0x90000000
pmap gva2gpa 0x80021000 | 1 | gpa 0xa000000
pmap gva2gpa 0x1000 | 1 | ^0x1000 -> nothing
pmap gva2gpa 0x4000000000 | 5 | is not canonical \(RISC-V Sv39\)
pmap access 0x80010123 w | 0 | allowed
pmap access 0x80011000 w | 6 | write denied: W=0 in the level-1 entry 0x[0-9a-f]+ at 0x[0-9a-f]+ \(L0\)
pmap info | 0 | ^controls   .*SUM
pmap access 0x80012000 r | 0 | allowed
pmap access 0x80013000 x | 6 | ^  in the guest's tables: the supervisor never executes the user's pages: U=1
pmap access 0x80012000 r --user | 0 | allowed
pmap access 0x80020000 r | 6 | load guest-page fault \(cause 21\), stval 0x80020000, htval 0x24000000 \(gpa 0x90000000\)$
pmap access 0x80011000 w | 6 | ^  in the guest's tables: write denied
pmap access 0x80020000 r --json | 6 | "reason":"for gpa 0x90000000 in the G stage: the L
pmap access 0x80020000 r | 6 | ^  for gpa 0x90000000 in the G stage: the L[0-3] at 0x[0-9a-f]+ is empty: nothing is mapped in its [0-9]+[KMG]$
pmap access 0x8001c008 w | 6 | store/AMO guest-page fault \(cause 23\), stval 0x8001c008, htval 0x20007002 \(gpa 0x8001c008\)$
pmap access 0x10000000 r | 6 | load page fault \(cause 13\)
pmap access 0x80000000 x | 0 | allowed
pmap access 0x80000000 x --user | 6 | not the user's: U=0
pmap perms 0x80010000 +0x2000 | 0 | 80011000-.*80011fff  r--s
pmap walk 0x80010000 | 0 | ^L0
pmap walk 0xffffffc000001000 | 0 | ^L2 +256 
pmap dump 0x80010000 +0x4000 --leaves | 0 | ^0*80013000-0*80013fff +4K  r-xu .* 0*80013000$
pmap dump --combined --kind leaf | 0 | ^0*80013000-0*80013fff .* r-xu .* gpa 0x80013000$
pmap dump --combined --kind leaf | 0 | ^ffffffc000001000-ffffffc000001fff +4K +rw-s +4K .* gpa 0x80007000$
pmap dump --combined --kind leaf --json | 0 | "va":"0x80012000"
pmap dump --hgatp $hgatp | 0 | ^0*80000000-[0-9a-f]+ +[0-9]+K  rwxu 
pmap gva2gpa 0x80010123 --hgatp $hgatp --root $vsatp | 0 | ^0x80010123 -> gpa 0x80010123 -> 0x[0-9a-f]+123
pmap gva2gpa 0x80010123 --hgatp 0x1234 | 10 | its MODE \(bits 63:60\) is not 8, 9 or 10
pmap explain | 0 | \(RV64, supervisor\)
pmap explain --at 0xffffffc000000000 | 0 | ^  x  fetch
pmap fault 0x80020000 --error 21 | 0 | gpa 0x90000000
pmap fault 0x80011000 --error 15 | 0 | write denied: W=0
pmap expect 0x80010000 +0x1000 rw-s | 0 |
pmap roots | 0 | vsatp of the selected thread, guest-physical: at 0x[0-9a-f]+
pmap roots | 0 | hgatp of the selected thread$
END
is "$(grep -c 'satp of hart' "$gdb_out")" 0 "the guest's satp is no root of the machine's"
finish
