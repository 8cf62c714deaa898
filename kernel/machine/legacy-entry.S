/*
 * Out of long mode, to a probe in a 32-bit processor's paging mode, and back.
 *
 * All of it lies where the boot tables and those of the probe map it alike.
 * Every trap is a task of its own: the probe may leave a bad stack behind.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "machine/saved.inc"

#define CR0_PG		0x80000000
#define MSR_EFER	0xc0000080
#define EFER_LMA	0x400
#define EFLAGS_VM	0x20000

#define SEL_KCODE	0x08
#define SEL_KDATA	0x10
#define SEL_LDT		0x38
#define SEL_KCODE32	0x48
#define SEL_MAIN	0x98

	.section .boot.text, "ax"
	.code64
	.globl	legacy_enter
legacy_enter:
	push_saved
	movq	%rsp, legacy_rsp
	movq	%cr0, %rax
	movl	%eax, legacy_saved_cr0
	movq	%cr4, %rax
	movl	%eax, legacy_saved_cr4
	movl	$MSR_EFER, %ecx
	rdmsr
	andl	$~EFER_LMA, %eax
	movl	%eax, legacy_saved_efer
	lgdt	legacy_gdt_desc
	pushq	$SEL_KCODE32
	pushq	$legacy_leave_long_mode
	lretq

	.code32
legacy_leave_long_mode:
	movl	$SEL_KDATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$legacy_stack_top, %esp
	movl	%cr0, %eax
	andl	$~CR0_PG, %eax
	movl	%eax, %cr0
	movl	$MSR_EFER, %ecx
	rdmsr
	movl	legacy_efer, %eax
	wrmsr
	movl	legacy_cr4, %eax
	movl	%eax, %cr4
	movl	legacy_cr3, %eax
	movl	%eax, %cr3
	lidt	legacy_idt_desc
	movl	legacy_cr0, %eax
	movl	%eax, %cr0
	jmp	1f
1:	movl	$SEL_MAIN, %eax
	ltr	%ax
	movl	$SEL_LDT, %eax
	lldt	%ax
	testl	$EFLAGS_VM, legacy_eflags
	jnz	legacy_vm86
	testl	$3, legacy_cs
	jnz	legacy_user

	/* CPL 0: an iret would not load the stack. */
	pushl	legacy_eflags
	popfl
	call	legacy_load
	lssl	%cs:legacy_esp, %esp
	.globl	legacy_go, legacy_go_user
legacy_go:				/* a debugger's breakpoint: one step to the probe */
	ljmpl	*%cs:legacy_eip

legacy_vm86:
	pushl	legacy_gs
	pushl	legacy_fs
	pushl	legacy_ds
	pushl	legacy_es
legacy_user:
	pushl	legacy_ss
	pushl	legacy_esp
	pushl	legacy_eflags
	pushl	legacy_cs
	pushl	legacy_eip
	testl	$EFLAGS_VM, legacy_eflags
	jnz	legacy_load_vm86
	call	legacy_load
legacy_go_user:				/* and another one */
	iretl

legacy_load_vm86:
	call	legacy_load_registers
	jmp	legacy_go_user

legacy_load:
	movl	legacy_es, %eax
	movl	%eax, %es
	movl	legacy_fs, %eax
	movl	%eax, %fs
	movl	legacy_gs, %eax
	movl	%eax, %gs
	movl	legacy_ds, %eax
	movl	%eax, %ds
legacy_load_registers:
	movl	%ss:legacy_eax, %eax
	movl	%ss:legacy_ecx, %ecx
	movl	%ss:legacy_edx, %edx
	movl	%ss:legacy_ebx, %ebx
	movl	%ss:legacy_ebp, %ebp
	movl	%ss:legacy_esi, %esi
	movl	%ss:legacy_edi, %edi
	ret

	/* The tasks: vectors 0 to 31, and the probe's end. */
	.altmacro
	.macro	legacy_stub vector
legacy_stub_\vector:
	movl	$\vector, %eax
	jmp	legacy_trap
	.endm
	.set	i, 0
	.rept	33
	legacy_stub %i
	.set	i, i + 1
	.endr
	.noaltmacro

legacy_trap:
	movl	%eax, legacy_vector
	movl	$0, legacy_error
	movl	$0x00027d00, %ecx	/* vectors with an error code */
	btl	%eax, %ecx
	jnc	1f
	popl	legacy_error
1:	movl	%cr2, %eax
	movl	%eax, legacy_cr2
	movl	%cr0, %eax
	andl	$~CR0_PG, %eax
	movl	%eax, %cr0
	movl	legacy_saved_cr4, %eax
	movl	%eax, %cr4
	movl	boot_root, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	movl	legacy_saved_efer, %eax
	wrmsr
	movl	legacy_saved_cr0, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_KCODE, $legacy_back

	.code64
legacy_back:
	movq	legacy_rsp, %rsp
	pushq	$2			/* the task was nested: no more */
	popfq
	pop_saved
	ret

	.section .boot.data, "aw"
	.balign	16
	.globl	legacy_gdt, legacy_idt, legacy_state, legacy_stubs
	.globl	legacy_task, legacy_tasks, legacy_stack_top
legacy_gdt:
	.fill	64, 8, 0
legacy_idt:
	.fill	256, 8, 0
legacy_gdt_desc:
	.word	64 * 8 - 1
	.quad	legacy_gdt
legacy_idt_desc:
	.word	256 * 8 - 1
	.long	legacy_idt

	.balign	8
legacy_rsp:
	.quad	0
legacy_saved_cr0:
	.long	0
legacy_saved_cr4:
	.long	0
legacy_saved_efer:
	.long	0

/* struct legacy_state of legacy.c */
legacy_state:
legacy_cr0:
	.long	0
legacy_cr3:
	.long	0
legacy_cr4:
	.long	0
legacy_efer:
	.long	0
legacy_es:
	.long	0
legacy_ds:
	.long	0
legacy_fs:
	.long	0
legacy_gs:
	.long	0
legacy_eax:
	.long	0
legacy_ecx:
	.long	0
legacy_edx:
	.long	0
legacy_ebx:
	.long	0
legacy_ebp:
	.long	0
legacy_esi:
	.long	0
legacy_edi:
	.long	0
legacy_eip:
	.long	0
legacy_cs:
	.long	0
legacy_esp:
	.long	0
legacy_ss:
	.long	0
legacy_eflags:
	.long	0
legacy_vector:
	.long	0
legacy_error:
	.long	0
legacy_cr2:
	.long	0

	.altmacro
	.macro	legacy_stub_address vector
	.long	legacy_stub_\vector
	.endm
legacy_stubs:
	.set	i, 0
	.rept	33
	legacy_stub_address %i
	.set	i, i + 1
	.endr
	.noaltmacro

	.balign	128
legacy_task:				/* of the probe */
	.fill	128, 1, 0
legacy_tasks:				/* of the traps */
	.fill	33 * 128, 1, 0
	.fill	1024, 1, 0
legacy_stack_top:
	.long	0

	.section .note.GNU-stack, "", @progbits
