/*
 * Into a VMX guest and back.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "machine/saved.inc"

#define HOST_RSP	0x6c14

	.text
/*
 * bool vmx_enter(uint64_t rdi, uint64_t *rax, bool resume): run the guest with
 * these two registers until it exits.  It must not change any other register
 * that C expects to keep.  False if it could not be entered.
 */
	.globl	vmx_enter, vmx_exit
vmx_enter:
	push_saved
	pushq	%rsi
	movl	$HOST_RSP, %eax
	vmwrite	%rsp, %rax
	movq	(%rsi), %rax
	testb	%dl, %dl
	jnz	1f
	vmlaunch
	jmp	2f
1:	vmresume
2:	popq	%rsi
	xorl	%eax, %eax
	jmp	3f
vmx_exit:			/* the VMCS has this as the host's RIP */
	popq	%rsi
	movq	%rax, (%rsi)
	movl	$1, %eax
3:	pop_saved
	ret

	.section .note.GNU-stack, "", @progbits
