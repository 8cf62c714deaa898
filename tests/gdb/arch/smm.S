/*
 * Firmware of 64 KiB for QEMU's q35, for smm.sh: it enters system management mode with
 * tables in TSEG, which that mode alone sees, comes back, and then closes the A20 gate
 * under tables that differ by bit 20.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define ROM	0xf0000
#define SMM	0x38000		/* SMBASE + 0x8000, as after a reset */
#define TSEG	0x3f00000	/* the last MiB of 64 */
#define FLAG	0x7100
#define IN_SMM(label)	(SMM + label - smm_code)

/* A byte of PCI device `dev' of bus 0. */
.macro pci dev, reg, value
	movl $(0x80000000 + \dev * 0x800 + (\reg & ~3)), %eax
	movw $0xcf8, %dx
	outl %eax, %dx
	movb $\value, %al
	movw $(0xcfc + (\reg & 3)), %dx
	outb %al, %dx
.endm

/* From 32-bit code without paging to 64-bit code. */
.macro long_mode root, target
	movl %cr4, %eax
	orl $0x20, %eax			/* PAE */
	movl %eax, %cr4
	movl $\root, %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx
	rdmsr
	orl $0x100, %eax		/* EFER.LME */
	wrmsr
	movl %cr0, %eax
	orl $0x80000000, %eax		/* PG */
	movl %eax, %cr0
	ljmpl $0x18, $\target
.endm

.macro segments
	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
.endm

.macro descriptors
	.quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff, 0x00af9a000000ffff
.endm

	.text
	.code16
	.globl _start
_start:
	cli
	pci 31, 0x40, 0x01		/* PMBASE: 0x600 */
	pci 31, 0x41, 0x06
	pci 31, 0x44, 0x80		/* ACPI_EN */
	movw $0x630, %dx		/* SMI_EN: GBL_SMI_EN, APMC_EN */
	movl $0x21, %eax
	outl %eax, %dx
	pci 0, 0x9d, 0x0a		/* SMRAMC: G_SMRAME */
	pci 0, 0x9e, 0x01		/* ESMRAMC: T_EN, 1 MiB */
	movw $(SMM >> 4), %ax
	movw %ax, %es
	xorw %di, %di
	movw $(ROM >> 4), %ax
	movw %ax, %ds
	movw $(smm_code - ROM), %si
	movw $(smm_end - smm_code), %cx
	rep movsb
	xorw %ax, %ax
	movw %ax, %ds
	movb $1, %al
	outb %al, $0xb2			/* APM_CNT: the SMI */
1:	cmpb $1, FLAG
	jne 1b
	.globl back
back:	nop
	movw $(ROM >> 4), %ax
	movw %ax, %ds
	lgdtl gdtr - ROM
	movl %cr0, %eax
	orb $1, %al
	movl %eax, %cr0
	ljmpl $0x08, $gate32

	.code32
gate32:	segments
	movl $0x11003, 0x10000
	movl $0x12003, 0x11000
	movl $0x113003, 0x12000		/* and 0x13000 once the gate is closed */
	movl $(0x113000 + 0xf0 * 8), %edi
	movl $(0x13000 + 0xf0 * 8), %esi
	movl $(ROM + 3), %eax
1:	movl %eax, (%edi)
	movl %eax, (%esi)
	addl $0x1000, %eax
	addl $8, %edi
	addl $8, %esi
	cmpl $(ROM + 0x10003), %eax
	jne 1b
	movl $0x205003, 0x113000 + 5 * 8
	movl $0x106003, 0x13000 + 5 * 8
	movl $0x20005, 0x205000
	movl $0x10006, 0x106000
	movl $0x00006, 0x6000
	long_mode 0x10000, gate64

	.code64
gate64:	movl 0x5000, %ebx
	.globl opened
opened:	nop
	xorl %eax, %eax
	outb %al, $0x92
	movl 0x5000, %ecx
	.globl closed
closed:	nop
	movb $2, %al
	outb %al, $0x92
1:	hlt
	jmp 1b

	.balign 8
gdt:	descriptors
gdtr:	.word 31
	.long gdt

/* Runs at SMM. */
	.code16
	.globl smm_code
smm_code:
	lgdtl %cs:(IN_SMM(smm_gdtr) - 0x30000)
	movl %cr0, %eax
	orb $1, %al
	movl %eax, %cr0
	ljmpl $0x08, $IN_SMM(smm32)

	.code32
smm32:	segments
	movl $TSEG, %edi
	movl $(0x6000 / 4), %ecx
	xorl %eax, %eax
	rep stosl
	movl $(TSEG + 0x1003), TSEG
	movl $(TSEG + 0x2003), TSEG + 0x1000
	movl $(TSEG + 0x3003), TSEG + 0x1008
	movl $0x83, TSEG + 0x2000		/* 2 MiB at 0 */
	movl $(TSEG + 0x4003), TSEG + 0x3000
	movl $0xa0003, TSEG + 0x4000		/* 0x40000000 */
	movl $(TSEG + 0x5003), TSEG + 0x4008	/* 0x40001000 */
	movl $0x11111111, 0xa0000
	movl $0x22222222, TSEG + 0x5000
	long_mode TSEG, IN_SMM(smm64)

	.code64
smm64:	movl 0x40000000, %eax
	movl 0x40001000, %ebx
	.globl smm_stop
smm_stop:
	nop
	movb $1, FLAG
	rsm

	.balign 8
smm_gdt:
	descriptors
smm_gdtr:
	.word 31
	.long IN_SMM(smm_gdt)
smm_end:

	.code16
	.org 0xfff0
	ljmpw $(ROM >> 4), $(_start - ROM)
	.org 0xffff
	.byte 0
