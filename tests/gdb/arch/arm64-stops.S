/*
 * A program that GDB takes to stops of all kinds: it sets the registers of a level as
 * GDB has put them into x0 to x8, turns the MMU on, and then does what GDB puts $pc to.
 *
 * go3, go2, go1	x0 TCR, x1 TTBR0, x2 MAIR, x3 bits of SCTLR to set, x4 TTBR1 (of
 *			EL1), x5 SCR or HCR, x6 VTCR, x7 VTTBR; then to onN, readyN
 * loadN, storeN	of x12 at x11; lowerN: to SPSR x13 and ELR x14
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
	.arch	armv8.1-a
	.macro	names list:vararg
	.irp	name, \list
	.globl	\name
	.endr
	.endm
	names	_start, first, vectors, tables, stage2, go3, go2, go1, ready0, load0
_start:
	mrs	x0, mpidr_el1
	and	x0, x0, #0xff
	cbnz	x0, secondary
first:	nop
	b	first
secondary:
	wfi
	b	secondary

	.macro	go el, tlbi
	msr	tcr_el\el, x0
	msr	ttbr0_el\el, x1
	msr	mair_el\el, x2
	adr	x10, vectors
	msr	vbar_el\el, x10
	mrs	x10, sctlr_el\el
	orr	x10, x10, x3
	isb
	tlbi	\tlbi
	dsb	sy
	isb
on\el:	msr	sctlr_el\el, x10
	isb
ready\el:
	nop
	b	ready\el
load\el:
	ldr	x12, [x11]
	b	ready\el
store\el:
	str	x12, [x11]
	b	ready\el
lower\el:
	msr	spsr_el\el, x13
	msr	elr_el\el, x14
	isb
	eret
	names	on\el, ready\el, load\el, store\el, lower\el
	.endm
go3:	msr	scr_el3, x5
	go	3, alle3
go2:	msr	hcr_el2, x5
	msr	vtcr_el2, x6
	msr	vttbr_el2, x7
	isb
	go	2, alle2
go1:	msr	ttbr1_el1, x4
	go	1, vmalle1
ready0:	nop
	b	ready0
load0:	ldr	x12, [x11]
	b	ready0

	.balign	2048
vectors:
	.rept	16
	.balign	128
	b	.
	.endr

	/* Blocks of 1 GiB: devices, RAM, RAM to read, nothing, RAM of EL0's, that to read. */
	.balign	4096
tables:	.quad	0x401, 0x40000401, 0x40000481, 0, 0x40000441, 0x400004c1
	.space	4096 - 6 * 8

	/*
	 * Stage 2, 40 bits from level 1 on: two tables side by side.  RAM in one block,
	 * and below each table one of blocks of 2 MiB.
	 */
	.balign	8192
stage2:	.quad	low + 3, 0x400007fd
	.space	4096 - 2 * 8
	.quad	high + 3
	.space	4096 - 8
low:	.space	64 * 8
	.quad	0x080004c5, 0x082004c5		/* devices */
	.space	4096 - 66 * 8
high:	.quad	0x420007fd, 0x4220077d		/* to write, and to read */
	.space	4096 - 2 * 8
