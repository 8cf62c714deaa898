#!/usr/bin/env bash
# A guest of KVM's inside an emulated arm64 machine: two dimensions, by registers
# alone and by options, see tests/lib/guest-kvm.sh.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
guest_init=vmm-arm64
. "$(dirname "$0")/../lib/guest-arm64.sh"
. "$srcdir/tests/lib/guest-kvm.sh"

arm64_boot linux-image-arm64 max,pauth-impdef=on -machine virtualization=on ||
	finish
# The guest spins in its upper half.
kvm_stop EL1h PC=ffffff8000000
kvm_check 0xffffff8000000000 <<'END'
pmap info | 0 | ^outer      stage 2 \(.*\), 40-bit addresses, root 0x[0-9a-f]+ \(VTTBR_EL2\)$
pmap info | 0 | ^regime     EL1&0; the processor is at EL1$
pmap info | 0 | TTBR0_EL1: 39-bit addresses, 3 levels, 0x0-0x7fffffffff$
pmap info --el 2 | 0 | ^regime     EL2&0; --el asks for EL2$
pmap gva2gpa 0x80010123 | 0 | ^0x80010123 -> gpa 0x80010123 -> 0x[0-9a-f]+123  \(4K page, rw-/---\)$
pmap access 0x80010123 w | 0 | allowed
pmap access 0x80011000 w | 6 | write denied: AP\[2\]=1 in the level-1 entry 0x[0-9a-f]+ at 0x[0-9a-f]+ \(L3\)
pmap access 0x80020000 r | 6 | to EL2, stage 2: data abort from a lower level, translation fault at level [0-3] \(EC 0x24, FSC 0x[4-7]\), FAR 0x80020000, HPFAR 0x900000 \(IPA 0x90000000\)$
pmap access 0x80020000 r | 6 | ^  for IPA 0x90000000 in stage 2: the L[0-3] at 0x[0-9a-f]+ is empty
pmap access 0x8001c008 w | 6 | to EL2, stage 2: data abort from a lower level, translation fault at level 3 .*IPA 0x8001c008\)$
pmap access 0x10000000 r | 6 | translation fault at level 1
pmap access 0x80000000 x | 0 | allowed
pmap access 0x80000000 x --user | 6 | UXN=1
pmap perms 0x80010000 +0x2000 | 0 | ^0x80011000-0x80011fff  r--/---
pmap walk 0x80010000 | 0 | ^L3
pmap walk 0xffffff8000001000 | 0 | ^L1 .*L2|^L3
pmap dump 0x80010000 +0x4000 --leaves | 0 | ^0*80013000-0*80013fff +4K  r--/r-x +4K  wb .* 0*80013000$
pmap dump --combined --kind leaf | 0 | ^0*80013000-0*80013fff .* r--/r-[-x] .* gpa 0x80013000$
pmap dump --combined --kind leaf | 0 | ^ffffff8000001000-ffffff8000001fff +4K  rw-/--- .* gpa 0x80007000$
pmap dump --combined --kind leaf --json | 0 | "va":"0x80012000"
pmap dump --stage2 $VTTBR_EL2 | 0 | ^0*80000000-[0-9a-f]+ +[0-9]+K  rw[-x]/rw[-x] +4K  wb 
pmap gva2gpa 0x80010123 --stage2 $VTTBR_EL2 --vtcr $VTCR_EL2 --ttbr1 $TTBR1_EL1 | 0 | ^0x80010123 -> gpa 0x80010123 -> 0x[0-9a-f]+123
pmap gva2gpa 0x80010123 --stage2 $VTTBR_EL2 --vtcr 0 | 10 | VTCR_EL2=0x0 does not fit together
pmap gva2gpa 0x80010123 --stage2 $VTTBR_EL2 --el 2 | 10 | --stage2 is for EL1 and EL0
pmap gva2gpa 0x80010123 --stage2 0x7000000000 | 13 | the root table at 0x7000000000 is not in RAM: check --stage2$
pmap dump --combined --el 2 | 10 | --combined needs a second dimension: --stage2
pmap gva2gpa 0xffffff8000001008 --root $TTBR1_EL1 | 5 | is in the upper half, and --root is the lower one's: give its root with --ttbr1$
pmap explain | 0 | \(A64, supervisor\)
pmap explain --at 0xffffff8000000000 | 0 | ^  x  fetch
pmap fault 0x80020000 --error 0x93c08006 | 0 | for IPA 0x90000000 in stage 2
pmap fault 0x80011000 --error 0x9600004f | 0 | write denied: AP\[2\]=1
pmap expect 0x80010000 +0x1000 rw-/--- | 0 |
pmap roots | 0 | TTBR1_EL1 of the selected thread, guest-physical: at 0x[0-9a-f]+; TTBR1_EL1 of CPU 0$
pmap roots | 0 | VTTBR_EL2 of the selected thread$
pmap roots | 0 | ^0x0*80001000 arm64-4k +TTBR0_EL1 of the selected thread, guest-physical: at 0x[0-9a-f]+; TTBR0_EL1 of CPU 0$
pmap roots --scan --el 2 | 0 | ^0x[0-9a-f]+ arm64-4k +TTBR0_EL2 of the selected thread; TTBR0_EL2 of CPU 0; likely
END
# By its contents alone, of all of the host's memory, and nothing else.
is "$(sed -n 's/^0x0*\([0-9a-f]*\) arm64-s2-4k possible, for a second dimension: .*/0x\1/p' "$gdb_out")" \
	"$(sed -n 's/^outer .* root \(0x[0-9a-f]*\) (VTTBR_EL2)$/\1/p' "$gdb_out" | head -n 1)" \
	"a scan finds the root of stage 2 that KVM has made"
finish
