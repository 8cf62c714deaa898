/*
 * What vmm.c needs to know of AArch64: 39 bits, two roots.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_GUEST_VMM_ARM64_H
#define TESTS_GUEST_VMM_ARM64_H

#define KVM_ARM_VCPU_INIT		0x4020aeae
#define KVM_ARM_PREFERRED_TARGET	0x8020aeaf
#define PC		0x6030000000100040

/* The upper half has a root of its own. */
#define UPPER_TABLE	4
#define UPPER		0

#define VALID	1ull
#define TABLE	3ull
#define PAGE	3ull
#define DEVICE_TYPE	(1ull << 2)
#define AF	(1ull << 10)
#define SH	(3ull << 8)
#define EL0	(1ull << 6)
#define RO	(1ull << 7)
#define PXN	(1ull << 53)
#define UXN	(1ull << 54)

static uint64_t table_of(uint64_t at)
{
	return at | TABLE;
}

static uint64_t entry_of(uint64_t at, enum use use)
{
	static const uint64_t bits[] = {
		[USE_DATA] = SH | UXN | PXN,
		[USE_CONSTANTS] = SH | UXN | PXN | RO,
		[USE_USER_DATA] = SH | EL0 | UXN | PXN,
		[USE_USER_CODE] = SH | EL0 | RO | PXN,
		[USE_CODE] = SH | RO | UXN,
		[USE_DEVICE] = DEVICE_TYPE | UXN | PXN,
	};

	return at | PAGE | AF | bits[use];
}

static uint64_t block_of(uint64_t at)
{
	return at | VALID | AF | SH | UXN | PXN;
}

/* Debian's kernel has it built in. */
static void load_kvm(void)
{
}

static void prepare(long vm, long cpu)
{
	uint32_t init[8] = { 0 };

	kvm(vm, KVM_ARM_PREFERRED_TARGET, init, "preferred target");
	kvm(cpu, KVM_ARM_VCPU_INIT, init, "KVM_ARM_VCPU_INIT");
}

/* The guest: MMU on, to the upper half, read, knock, spin. */
extern char guest_begin[], guest_end[];
__asm__(
"	.pushsection .rodata\n"
"	.balign 8\n"
"guest_begin:\n"
"	mov	x0, #0xff\n"			/* attribute 0: write-back */
"	msr	mair_el1, x0\n"
	/* T0SZ and T1SZ 25, write-back, inner shareable, 4 KiB, 40 bits */
"	ldr	x0, 8f\n"
"	msr	tcr_el1, x0\n"
"	movz	x1, #0x8000, lsl #16\n"
"	add	x2, x1, #0x1000\n"
"	msr	ttbr0_el1, x2\n"
"	add	x2, x1, #0x4000\n"
"	msr	ttbr1_el1, x2\n"
"	isb\n"
"	mrs	x0, sctlr_el1\n"
"	mov	x2, #0x1005\n"			/* M, C, I */
"	orr	x0, x0, x2\n"
"	msr	sctlr_el1, x0\n"
"	isb\n"
"	ldr	x3, 9f\n"
"	adr	x4, 1f\n"
"	sub	x4, x4, x1\n"
"	add	x3, x3, x4\n"
"	br	x3\n"
"1:	add	x2, x1, #0x10000\n"
"	mov	x4, #12\n"
"2:	ldr	x5, [x2]\n"
"	add	x2, x2, #0x1000\n"
"	subs	x4, x4, #1\n"
"	b.ne	2b\n"
"	add	x2, x1, #0x200000\n"
"	ldr	x5, [x2]\n"
"	ldr	x3, 9f\n"
"	add	x3, x3, #0x1000\n"
"	str	x5, [x3, #8]\n"
"	add	x2, x1, #0x21000\n"
"	str	w5, [x2]\n"
"3:	ldr	x5, [x3]\n"
"	b	3b\n"
"	.balign	8\n"
"8:	.quad	25 | 1 << 8 | 1 << 10 | 3 << 12 | 25 << 16 | 1 << 24 | 1 << 26 | 3 << 28 | 2 << 30 | 2 << 32\n"
"9:	.quad	-1 << 39\n"
"guest_end:\n"
"	.popsection\n");

__asm__(".globl _start\n_start:\n\tb vmm_main\n");

#endif
