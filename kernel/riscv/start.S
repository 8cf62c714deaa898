/*
 * The example for RISC-V: from QEMU's reset in M mode to main(), on to S mode,
 * traps there, and accesses that are made to fault.  For 64 bits and 32.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#if __riscv_xlen == 64
#define LOAD	ld
#define STORE	sd
#define BYTES	8
#else
#define LOAD	lw
#define STORE	sw
#define BYTES	4
#endif

	.option	norelax
	.section .text.start, "ax"
	.globl	_start
_start:
	csrr	t0, mhartid
	bnez	t0, stop
	la	sp, stack_top
	la	t0, stop
	csrw	mtvec, t0
	call	main
	/* The test device: pass. */
off:	li	t0, 0x100000
	li	t1, 0x5555
	sw	t1, 0(t0)
stop:	wfi
	j	stop

/* void enter_supervisor(satp): what follows is in S mode, with these tables. */
	.globl	enter_supervisor
enter_supervisor:
	csrw	satp, a0
	sfence.vma
	li	t0, 3 << 11
	csrc	mstatus, t0
	li	t0, 1 << 11
	csrs	mstatus, t0
	csrw	mepc, ra
	mret

	.text
/*
 * A trap that fault_expected waits for is noted, and the instruction left out;
 * of a fetch the call.  Of any other the handler stands still.
 */
	.balign	4
	.globl	trap, unexpected
trap:
	csrw	sscratch, t0
	la	t0, saved
	STORE	t1, 0(t0)
	STORE	t2, BYTES(t0)
	LOAD	t1, fault_expected
	beqz	t1, unexpected
	la	t0, fault_cause
	csrr	t1, scause
	STORE	t1, 0(t0)
	la	t0, fault_value
	csrr	t2, stval
	STORE	t2, 0(t0)
	csrr	t2, sepc
	addi	t1, t1, -12		/* a fetch's page fault? */
	beqz	t1, 1f
	lhu	t1, 0(t2)
	andi	t1, t1, 3
	addi	t1, t1, -3
	addi	t2, t2, 2
	bnez	t1, 2f
	addi	t2, t2, 2
	j	2f
1:	mv	t2, ra
2:	csrw	sepc, t2
	la	t0, saved
	LOAD	t1, 0(t0)
	LOAD	t2, BYTES(t0)
	csrr	t0, sscratch
	sret
unexpected:
	j	unexpected

/* void try_NAME(va): one access each. */
	.macro	try name, code:vararg
	.globl	try_\name
try_\name:
	\code
	ret
	.endm
	try	load, lw t3, 0(a0)
	try	byte, lbu t3, -1(a0)
	try	store, sw t3, 8(a0)
	try	amo, amoadd.w t3, zero, (a0)
	try	lr, lr.w t3, (a0)
	.option	push
	.option	rvc
	try	short, c.lw a1, 4(a0)
	.option	pop
	.globl	try_fetch
try_fetch:
	jr	a0

/* Where a debugger waits: everything is mapped. */
	.globl	pmapk_ready, pmapk_guest
pmapk_ready:
	ret
pmapk_guest:
	ret

#if __riscv_xlen == 64
/* void enter_guest(hgatp, vsatp): in VS mode, at guest_code. */
	.globl	enter_guest
enter_guest:
	csrw	0x680, a0		/* hgatp */
	csrw	0x280, a1		/* vsatp */
	li	t0, 1 << 7 | 1 << 8	/* hstatus: SPV, SPVP */
	csrs	0x600, t0
	li	t0, 1 << 8
	csrs	sstatus, t0
	.insn	r 0x73, 0, 0x31, x0, x0, x0	/* hfence.gvma */
	.insn	r 0x73, 0, 0x11, x0, x0, x0	/* hfence.vvma */
	la	t0, guest_code
	csrw	sepc, t0
	la	a0, guest_values
	sret

/* What the guest does: it stores, and then touches what its hypervisor has not. */
	.globl	guest_code, guest_spin, guest_fault
guest_code:
	ld	t0, 0(a0)
	sd	t0, 0(t0)
	ld	t1, 8(a0)
guest_spin:
	nop
guest_fault:
	ld	t2, 16(t1)
	j	guest_spin
#endif

	.bss
	.balign	8
saved:	.skip	16
