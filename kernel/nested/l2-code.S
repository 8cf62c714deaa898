/*
 * What the guest of mode=svm-stop runs: a page of its own, at the same address
 * in the guest as in the kernel, so that a debugger knows it by its name.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
	.text
	.balign	4096
	.globl	pmapk_l2_page, pmapk_l2_read, pmapk_l2_stop
	.type	pmapk_l2_read, @function
	.type	pmapk_l2_stop, @function
pmapk_l2_page:
pmapk_l2_read:
	movq	(%rdi), %rax
	vmmcall
	.size	pmapk_l2_read, . - pmapk_l2_read

	.balign	16
pmapk_l2_stop:
	nop
	nop
	vmmcall
	.size	pmapk_l2_stop, . - pmapk_l2_stop
	.balign	4096, 0xcc

	.section .note.GNU-stack, "", @progbits
