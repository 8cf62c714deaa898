/*
 * Trap entry, the probe's way out and back, and the code that probes run.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "machine/saved.inc"

	.text

	.macro	stub vector
trap_stub_\vector:
	/* The vectors with an error code: SDM vol. 3A, table 6-1. */
	.if	\vector == 8 || (\vector >= 10 && \vector <= 14)
	.elseif	\vector == 17 || \vector == 21 || \vector == 29 || \vector == 30
	.else
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
	.globl	probe_start, probe_go, probe_back
probe_start:
	push_saved
	movq	%rsp, probe_rsp
	pushq	72(%rdi)		/* ss */
	pushq	64(%rdi)		/* rsp */
	pushq	56(%rdi)		/* rflags */
	pushq	48(%rdi)		/* cs */
	pushq	40(%rdi)		/* rip */
	movq	0(%rdi), %rax
	movq	8(%rdi), %rcx
	movq	80(%rdi), %rbx
	movq	88(%rdi), %rbp
	movq	96(%rdi), %r8
	movq	104(%rdi), %r9
	movq	112(%rdi), %r10
	movq	120(%rdi), %r11
	movq	128(%rdi), %r12
	movq	136(%rdi), %r13
	movq	144(%rdi), %r14
	movq	152(%rdi), %r15
	movq	16(%rdi), %rdx
	movq	24(%rdi), %rsi
	movq	32(%rdi), %rdi
probe_go:				/* a debugger's breakpoint: one step to the probe */
	iretq
probe_back:
	movq	probe_rsp, %rsp
	pop_saved
	ret

	.bss
	.balign	8
probe_rsp:
	.skip	8

	.section .rodata
	.balign	4096
	.globl	probe_page, probe_offsets
	.macro	probe how, size, insn:vararg
probe_\how\()_\size:
	\insn
	int	$0x80
	.endm
probe_page:
	probe load, 1, movb (%rdi), %al
	probe load, 2, movw (%rdi), %ax
	probe load, 4, movl (%rdi), %eax
	probe load, 8, movq (%rdi), %rax
	probe store, 1, movb %al, (%rdi)
	probe store, 2, movw %ax, (%rdi)
	probe store, 4, movl %eax, (%rdi)
	probe store, 8, movq %rax, (%rdi)
	probe rmw, 1, xorb %al, (%rdi)
	probe rmw, 2, xorw %ax, (%rdi)
	probe rmw, 4, xorl %eax, (%rdi)
	probe rmw, 8, xorq %rax, (%rdi)
	probe fetch, 2, jmp *%rdi	/* the target holds int $0x80 */
	probe push, 8, pushq %rax
	probe pop, 8, popq %rax
	probe segment, 8, movl %eax, %fs
	.balign	4096, 0xcc

/* Where the code is for each enum probe_how and log2 of the size. */
	.macro	probe_offset how, sizes:vararg
	.irp	size, \sizes
	.if	\size
	.short	probe_\how\()_\size - probe_page
	.else
	.short	0
	.endif
	.endr
	.endm
probe_offsets:
	probe_offset load, 1, 2, 4, 8
	probe_offset store, 1, 2, 4, 8
	probe_offset rmw, 1, 2, 4, 8
	probe_offset fetch, 0, 2, 0, 0
	probe_offset push, 0, 0, 0, 8
	probe_offset pop, 0, 0, 0, 8
	probe_offset segment, 0, 0, 0, 8

	.section .note.GNU-stack, "", @progbits
