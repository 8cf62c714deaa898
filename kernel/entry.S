/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright (C) 2026 The pmap authors
 *
 * Trap entry, the probe's way out and back, and the code that probes run.
 */
	.text

	.macro	stub vector
trap_stub_\vector:
	/* The vectors with an error code: SDM vol. 3A, table 6-1. */
	.if	!((\vector == 8) || (\vector >= 10 && \vector <= 14) || (\vector == 17) || (\vector == 21) || (\vector == 29) || (\vector == 30))
	pushq	$0
	.endif
	pushq	$\vector
	jmp	trap_common
	.endm

	.altmacro
	.set	i, 0
	.rept	32
	stub	%i
	.set	i, i + 1
	.endr
	stub	128
	.noaltmacro

trap_common:
	pushq	%rax
	pushq	%rbx
	pushq	%rcx
	pushq	%rdx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	cld
	movq	%rsp, %rdi
	movq	%rsp, %rbp
	andq	$-16, %rsp
	call	trap
	movq	%rbp, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rbp
	popq	%rdx
	popq	%rcx
	popq	%rbx
	popq	%rax
	addq	$16, %rsp
	iretq

	.section .rodata
	.balign	8
	.globl	trap_stubs
	.altmacro
	.macro	stub_address vector
	.quad	trap_stub_\vector
	.endm
trap_stubs:
	.set	i, 0
	.rept	32
	stub_address %i
	.set	i, i + 1
	.endr
	.quad	trap_stub_128
	.noaltmacro

	.text
/* void probe_start(const struct probe *p): returns through probe_back, which
 * trap() makes the place that the ending trap returns to. */
	.globl	probe_start, probe_back
probe_start:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, probe_rsp
	pushq	72(%rdi)		/* ss */
	pushq	64(%rdi)		/* rsp */
	pushq	56(%rdi)		/* rflags */
	pushq	48(%rdi)		/* cs */
	pushq	40(%rdi)		/* rip */
	movq	0(%rdi), %rax
	movq	8(%rdi), %rcx
	movq	16(%rdi), %rdx
	movq	24(%rdi), %rsi
	movq	32(%rdi), %rdi
	iretq
probe_back:
	movq	probe_rsp, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

	.bss
	.balign	8
probe_rsp:
	.skip	8

	.section .rodata
	.balign	4096
	.globl	probe_page, probe_page_end
	.globl	probe_read, probe_write, probe_exec
probe_page:
probe_read:
	movb	(%rdi), %al
	int	$0x80
probe_write:
	movb	%al, (%rdi)
	int	$0x80
probe_exec:
	jmp	*%rdi			/* the target holds int $0x80 */
	.balign	4096, 0xcc
probe_page_end:

	.section .note.GNU-stack, "", @progbits
