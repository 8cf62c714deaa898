/*
 * From the multiboot loader's 32-bit protected mode to C in long mode, for the
 * first CPU and, through real mode, for the others.
 *
 * Everything here is linked where it is loaded; the boot tables map the first
 * GiB at 0 (to survive the switch), at KERNBASE and at KERN_LOAD_ADDR.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define MB_MAGIC	0x1badb002
#define MB_FLAGS	0x3		/* page-aligned modules, memory map */
#define MB_LOADER	0x2badb002

#define CR0_BOOT	0x80010001	/* PG WP PE */
#define CR4_PAE		0x20
#define CR4_LA57	0x1000
#define MSR_EFER	0xc0000080
#define EFER_LME	0x100

#define PTE_TABLE	0x23		/* P W A */
#define PTE_LARGE	0xe3		/* P W A D PS */
#define PTE_LARGE_UC	0xfb		/* P W PWT PCD A D PS */

#define SEL_CODE64	0x08
#define SEL_DATA	0x10
#define SEL_CODE32	0x18

	.section .boot.header, "a"
	.balign	4
	.long	MB_MAGIC, MB_FLAGS, -(MB_MAGIC + MB_FLAGS)

	.section .boot.text, "ax"
	.code32
	.globl	_start
_start:
	cli
	cld
	movl	$boot_stack_top, %esp
	cmpl	$MB_LOADER, %eax
	jne	boot_halt
	movl	%ebx, boot_mbi

	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	boot_halt
	movl	$0x80000001, %eax
	cpuid
	btl	$29, %edx		/* long mode */
	jnc	boot_halt

	movl	$boot_pml4, boot_root
	movl	$CR4_PAE, boot_cr4
	call	boot_wants_la57
	testl	%eax, %eax
	jz	1f
	movl	$boot_pml5, boot_root
	orl	$CR4_LA57, boot_cr4
1:	call	boot_long_mode
	ljmpl	$SEL_CODE64, $boot_start64

/* Paging, with boot_root and boot_cr4, in the long mode's 32-bit half. */
boot_long_mode:
	movl	boot_cr4, %eax
	movl	%eax, %cr4
	movl	boot_root, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	$CR0_BOOT, %eax
	movl	%eax, %cr0
	lgdtl	boot_gdt_desc
	ret

/* eax = 1: the command line has "la57" in it and the CPU can. */
boot_wants_la57:
	movl	boot_mbi, %ebx
	testl	$4, (%ebx)		/* multiboot: cmdline is valid */
	jz	2f
	movl	16(%ebx), %esi
1:	cmpb	$0, (%esi)
	je	2f
	cmpl	$0x3735616c, (%esi)	/* "la57" */
	je	3f
	incl	%esi
	jmp	1b
3:	xorl	%eax, %eax
	cpuid
	cmpl	$7, %eax
	jb	2f
	movl	$7, %eax
	xorl	%ecx, %ecx
	cpuid
	btl	$16, %ecx
	jnc	2f
	movl	$1, %eax
	ret
2:	xorl	%eax, %eax
	ret

boot_halt:
	hlt
	jmp	boot_halt

	.code64
boot_start64:
	call	boot_data_segments
	movabsq	$kernel_stack_top, %rsp
	xorl	%ebp, %ebp
	movl	boot_mbi, %edi
	movabsq	$kernel_main, %rax
	pushq	$0			/* the end of a backtrace */
	jmp	*%rax

boot_data_segments:
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	ret

/* The other CPUs.  The start-up IPI's vector is a page below 1 MiB, to which
 * smp.c copies ap_trampoline .. ap_trampoline_end. */
	.code16
	.globl	ap_trampoline, ap_trampoline_end
ap_trampoline:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	ap_gdt_desc - ap_trampoline
	movl	%cr0, %eax
	orl	$1, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $ap_start32
ap_gdt_desc:
	.word	boot_gdt_end - boot_gdt - 1
	.long	boot_gdt
ap_trampoline_end:

	.code32
ap_start32:
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %ss
	movl	$1, %edi
	lock xaddl %edi, boot_cpus	/* edi: this CPU's number */
	cmpl	$8, %edi		/* MAX_CPUS */
	jae	boot_halt
	movl	%edi, %esp		/* a stack of 64 bytes for one call */
	shll	$6, %esp
	addl	$boot_ap_stacks + 64, %esp
	call	boot_long_mode
	ljmpl	$SEL_CODE64, $ap_start64

	.code64
ap_start64:
	call	boot_data_segments
	movq	%rdi, %rax
	incq	%rax
	shlq	$12, %rax
	movabsq	$ap_stacks, %rsp
	addq	%rax, %rsp
	xorl	%ebp, %ebp
	movabsq	$ap_main, %rax
	pushq	$0
	jmp	*%rax

	.section .boot.data, "aw"
	.balign	4096

/* Each table but the first is the lower one of a pair: see akaros.h. */
	.macro	upper_half
	.fill	512, 8, 0
	.endm

	.globl	boot_pml5, boot_pml4, boot_root
boot_pml5:				/* used with LA57 only */
	.quad	boot_pml4 + PTE_TABLE
	.fill	510, 8, 0
	.quad	boot_pml4 + PTE_TABLE
boot_pml4:
	.quad	boot_pml3_lo + PTE_TABLE
	.fill	255, 8, 0
	.quad	boot_pml3_kb + PTE_TABLE	/* 256: KERNBASE */
	.fill	254, 8, 0
	.quad	boot_pml3_hi + PTE_TABLE	/* 511: KERN_LOAD_ADDR */
	upper_half
boot_pml3_lo:
	.quad	boot_pml2 + PTE_TABLE
	.fill	511, 8, 0
	upper_half
boot_pml3_kb:
	.quad	boot_pml2 + PTE_TABLE
	.fill	2, 8, 0
	.quad	boot_pml2_io + PTE_TABLE	/* 3 GiB: the APICs */
	.fill	508, 8, 0
	upper_half
boot_pml3_hi:
	.fill	511, 8, 0
	.quad	boot_pml2 + PTE_TABLE
	upper_half
boot_pml2:
	.set	pa, 0
	.rept	512
	.quad	pa + PTE_LARGE
	.set	pa, pa + 0x200000
	.endr
	upper_half
boot_pml2_io:
	.fill	502, 8, 0
	.quad	0xfec00000 + PTE_LARGE_UC
	.quad	0xfee00000 + PTE_LARGE_UC
	.fill	8, 8, 0

	upper_half

boot_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* code, 64 bits */
	.quad	0x00cf93000000ffff	/* data */
	.quad	0x00cf9b000000ffff	/* code, 32 bits */
boot_gdt_end:
boot_gdt_desc:
	.word	boot_gdt_end - boot_gdt - 1
	.long	boot_gdt

	.balign	8
boot_mbi:
	.long	0
boot_root:
	.long	0
boot_cr4:
	.long	0
	.globl	boot_cpus
boot_cpus:
	.long	1

	.balign	16
	.fill	256, 1, 0
boot_stack_top:
boot_ap_stacks:
	.fill	8 * 64 + 64, 1, 0

	.bss
	.balign	4096
	.globl	kernel_stack_top, ap_stacks
	.skip	65536
kernel_stack_top:
ap_stacks:				/* 4 KiB a CPU */
	.skip	8 * 4096

	.section .note.GNU-stack, "", @progbits
