/*
 * A program at EL2, with VHE or without: RAM at its own address, and at 2 GiB once
 * more, read-only; then two stores that fault.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
	.arch	armv8.1-a
	.globl	_start, ready, vectors, tables
_start:
	ldr	x0, =0xff
	msr	mair_el2, x0
	adr	x1, tables
	msr	ttbr0_el2, x1
#ifdef VHE
	mov	x0, #(1 << 34)
	msr	hcr_el2, x0
	isb
	msr	s3_4_c2_c0_1, x1	/* TTBR1_EL2 */
	/* 39 bits in both halves, 4 KiB, 40 bits out, as TCR_EL1 has them. */
	ldr	x0, =(25 | 25 << 16 | 2 << 30 | 2 << 32)
#else
	ldr	x0, =(25 | 2 << 16 | 1 << 23 | 1 << 31)
#endif
	msr	tcr_el2, x0
	adr	x0, vectors
	msr	vbar_el2, x0
	isb
	mrs	x0, sctlr_el2
	orr	x0, x0, #1
	msr	sctlr_el2, x0
	isb
ready:
	nop
	ldr	x0, =0xc0000000
	str	x1, [x0]
	ldr	x0, =0x80000010
	str	x1, [x0]
1:	wfi
	b	1b

	.balign	2048
vectors:
	.rept	16
	.balign	128
	mrs	x2, elr_el2
	add	x2, x2, #4
	msr	elr_el2, x2
	eret
	.endr

	/* Blocks of 1 GiB: AF, and for the second AP[2]. */
	.balign	4096
tables:
	.quad	0, 0x40000401, 0x40000481, 0
	.space	4096 - 4 * 8
