/*
 * The judge on the bare machine: from QEMU's reset in M mode to main(), and the
 * accesses, each with its own way back from a trap.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "case.h"

	.section .text.start, "ax"
	.globl _start
_start:
	csrr	t0, mhartid
	bnez	t0, 2f
	la	sp, stack_top
	la	t0, trapped
	csrw	mtvec, t0
	call	main
	/* The test device: pass. */
	li	t0, 0x100000
	li	t1, 0x5555
	sw	t1, 0(t0)
2:	wfi
	j	2b

	.text

#define FRAME	112

/*
 * bool try_NAME(va, value, mprv): make the access; false if it came to a trap,
 * which all come here, to M mode.  MPRV (bit 17 of mstatus, or 0) is on for
 * nothing but the access.
 */
	.macro	attempt name
	.globl	try_\name
try_\name:
	addi	sp, sp, -FRAME
	sd	ra, 0(sp)
	sd	s0, 8(sp)
	sd	s1, 16(sp)
	sd	s2, 24(sp)
	sd	s3, 32(sp)
	sd	s4, 40(sp)
	sd	s5, 48(sp)
	sd	s6, 56(sp)
	sd	s7, 64(sp)
	sd	s8, 72(sp)
	sd	s9, 80(sp)
	sd	s10, 88(sp)
	sd	s11, 96(sp)
	csrw	mscratch, sp
	csrs	mstatus, a2
	.endm

	.macro	done
	li	a0, 1
	j	back
	.endm

	.balign	4
trapped:
	csrr	sp, mscratch
	li	a0, 0
back:
	li	t0, 1 << 17
	csrc	mstatus, t0
	ld	ra, 0(sp)
	ld	s0, 8(sp)
	ld	s1, 16(sp)
	ld	s2, 24(sp)
	ld	s3, 32(sp)
	ld	s4, 40(sp)
	ld	s5, 48(sp)
	ld	s6, 56(sp)
	ld	s7, 64(sp)
	ld	s8, 72(sp)
	ld	s9, 80(sp)
	ld	s10, 88(sp)
	ld	s11, 96(sp)
	addi	sp, sp, FRAME
	ret

	attempt	load
	ld	t0, 0(a0)
	done
	attempt	store
	sd	a1, 0(a0)
	done
	attempt	amo
	amoor.d	t0, zero, (a0)
	done
	attempt	mret
	csrw	mepc, a0
	mret
	attempt	sret
	csrw	sepc, a0
	sret
	/* By number: an assembler may be older than these. */
	attempt	hlv		/* hlv.d t0, (a0) */
	.insn	r 0x73, 4, 0x36, t0, a0, x0
	done
	attempt	hsv		/* hsv.d a1, (a0) */
	.insn	r 0x73, 4, 0x37, x0, a0, a1
	done
	attempt	hlvx		/* hlvx.wu t0, (a0) */
	.insn	r 0x73, 4, 0x34, t0, a0, x3
	done

/*
 * bool try_insn(x, 0, 0): with registers x1 to x31, what is in the slot, which
 * turns MPRV on by itself where it has to, and ends in EBREAK: always a trap.
 */
	attempt	insn
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9
	ld	x\n, 8 * \n(a0)
	.endr
	.irp	n, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25
	ld	x\n, 8 * \n(a0)
	.endr
	.irp	n, 26, 27, 28, 29, 30, 31
	ld	x\n, 8 * \n(a0)
	.endr
	ld	a0, 80(a0)
	.balign	4
	.globl	insn_slot
insn_slot:
	.fill	JUDGE_CODE_WORDS, 4, 0x00100073
