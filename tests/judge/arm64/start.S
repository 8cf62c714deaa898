/*
 * The judge on the bare machine: from QEMU's reset at EL2 to main(), the
 * vectors of both levels, and the accesses that EL1 and EL0 make.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "case.h"

	.section .text.start, "ax"
	.globl _start
_start:
	ldr	x0, =stack_top
	mov	sp, x0
	ldr	x0, =el2_vectors
	msr	vbar_el2, x0
	isb
	bl	main
	/* PSCI: SYSTEM_OFF. */
	ldr	w0, =0x84000008
	smc	#0
1:	wfi
	b	1b

	.text

/* A vector is 128 bytes. */
	.macro	vector code:vararg
	.balign	128
	\code
	.endm

/*
 * EL2's: an abort of an AT instruction is noted, and the instruction left out;
 * what comes from EL1 and EL0 goes back to where enter_lower() was called.
 */
	.balign	2048
el2_vectors:
	.rept	4
	vector	b stuck
	.endr
	vector	b at_aborted
	.rept	3
	vector	b stuck
	.endr
	vector	b from_lower
	.rept	7
	vector	b stuck
	.endr

stuck:	b	stuck

at_aborted:
	ldr	x16, =at_abort_esr
	mrs	x17, esr_el2
	str	x17, [x16]
	mrs	x17, elr_el2
	add	x17, x17, #4
	msr	elr_el2, x17
	eret

/* void enter_lower(va, value, pc, spsr): go there, come back by an exception. */
	.globl	enter_lower
enter_lower:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	msr	elr_el2, x2
	msr	spsr_el2, x3
	isb
	eret

/* void enter_insn(x, pc, spsr): the same with all registers. */
	.globl	enter_insn
enter_insn:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	msr	elr_el2, x1
	msr	spsr_el2, x2
	ldp	x30, x3, [x0, #240]
	msr	sp_el0, x3
	msr	sp_el1, x3
	isb
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldp	x0, x1, [x0]
	clrex
	eret

from_lower:
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

/* EL1's vectors: whatever it was, EL2 is told. */
	.balign	2048
	.globl	el1_vectors
el1_vectors:
	.rept	16
	vector	hvc #JUDGE_HVC_EL1
	.endr

/* The accesses, x0 the address, x1 what to store. */
	.globl	el1_load, el1_store, el1_load_unpriv, el1_store_unpriv
	.globl	el0_load, el0_store
el1_load:
	ldr	x2, [x0]
	hvc	#JUDGE_HVC_DONE
el1_store:
	str	x1, [x0]
	hvc	#JUDGE_HVC_DONE
el1_load_unpriv:
	ldtr	x2, [x0]
	hvc	#JUDGE_HVC_DONE
el1_store_unpriv:
	sttr	x1, [x0]
	hvc	#JUDGE_HVC_DONE
el0_load:
	ldr	x2, [x0]
	svc	#JUDGE_HVC_DONE
el0_store:
	str	x1, [x0]
	svc	#JUDGE_HVC_DONE
