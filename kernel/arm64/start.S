/*
 * The example for AArch64: from QEMU's entry at EL1 to main(), and exceptions.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
	.section .text.start, "ax"
	.globl _start
_start:
	ldr	x0, =stack_top
	mov	sp, x0
	ldr	x0, =vectors
	msr	vbar_el1, x0
	isb
	bl	main
	/* PSCI: SYSTEM_OFF. */
	ldr	w0, =0x84000008
	hvc	#0
1:	wfi
	b	1b

	.text
	.balign	2048
	.globl vectors
vectors:
	.rept	16
	.balign	128
	b	exception
	.endr

/*
 * An abort that try_load() or try_store() waits for is noted, and the
 * instruction left out.
 */
exception:
	stp	x0, x1, [sp, #-16]!
	mrs	x0, esr_el1
	ldr	x1, =fault_esr
	str	x0, [x1]
	mrs	x0, far_el1
	str	x0, [x1, #8]
	mrs	x0, elr_el1
	str	x0, [x1, #16]
	add	x0, x0, #4
	msr	elr_el1, x0
	ldr	x0, [x1, #24]
	cbz	x0, unexpected
	ldp	x0, x1, [sp], #16
	eret
unexpected:
	b	unexpected

/* uint64_t try_load(va); void try_store(va, value); and of two registers at once */
	.globl try_load, try_store, try_pair
try_load:
	ldr	x0, [x0]
	ret
try_store:
	str	x1, [x0]
	ret
try_pair:
	stp	x1, x1, [x0, #16]
	ret

/* Where a debugger waits: everything is mapped. */
	.globl pmapk_ready
pmapk_ready:
	ret
