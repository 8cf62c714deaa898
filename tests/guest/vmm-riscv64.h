/*
 * What vmm.c needs to know of RISC-V: Sv39, one root.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_GUEST_VMM_RISCV64_H
#define TESTS_GUEST_VMM_RISCV64_H

#define PC		0x8030000002000000

#define UPPER_TABLE	1
#define UPPER		256

#define V	0x01ull
#define R	0x02ull
#define W	0x04ull
#define X	0x08ull
#define U	0x10ull
#define A	0x40ull
#define D	0x80ull

static uint64_t table_of(uint64_t at)
{
	return at >> 2 | V;
}

static uint64_t entry_of(uint64_t at, enum use use)
{
	static const uint64_t bits[] = {
		[USE_DATA] = R | W, [USE_CONSTANTS] = R, [USE_USER_DATA] = R | W | U,
		[USE_USER_CODE] = R | X | U, [USE_CODE] = R | X, [USE_DEVICE] = R | W,
	};

	return at >> 2 | V | A | D | bits[use];
}

static uint64_t block_of(uint64_t at)
{
	return entry_of(at, USE_DATA);
}

/* Debian's kernel has it as a module; it refuses a hart without the extension H. */
static void load_kvm(void)
{
	long fd = sys(NR_openat, AT_FDCWD, (long)"/kvm.ko", O_RDONLY, 0, 0);

	if (fd < 0)
		end("/kvm.ko");
	if (sys(NR_finit_module, fd, (long)"", 0, 0, 0))
		end("finit_module");
}

static void prepare(long vm, long cpu)
{
	(void)vm, (void)cpu;
}

/* The guest: MMU on, to the upper half, read, knock, spin. */
extern char guest_begin[], guest_end[];
__asm__(
"	.pushsection .rodata\n"
"	.balign 8\n"
"	.option push\n"
"	.option norvc\n"
"	.option norelax\n"
"guest_begin:\n"
"	auipc	s0, 0\n"			/* BASE */
"	srli	t0, s0, 12\n"
"	addi	t0, t0, 1\n"			/* table 1 */
"	li	t1, 8\n"			/* Sv39 */
"	slli	t1, t1, 60\n"
"	or	t0, t0, t1\n"
"	csrw	satp, t0\n"
"	sfence.vma\n"
"	li	s1, -1\n"
"	slli	s1, s1, 38\n"
"	auipc	t2, 0\n"
"	sub	t2, t2, s0\n"
"	add	t2, t2, s1\n"
"	jalr	zero, 16(t2)\n"		/* behind this, up there */
"	li	t0, 1 << 18\n"			/* SUM: QEMU's own reads obey it */
"	csrs	sstatus, t0\n"
"	lui	t5, 1\n"
"	lui	t2, 0x10\n"
"	add	t2, t2, s0\n"
"	li	t3, 12\n"
"1:	ld	t4, 0(t2)\n"
"	add	t2, t2, t5\n"
"	addi	t3, t3, -1\n"
"	bnez	t3, 1b\n"
"	lui	t2, 0x200\n"
"	add	t2, t2, s0\n"
"	ld	t4, 0(t2)\n"
"	add	s1, s1, t5\n"
"	sd	t4, 8(s1)\n"
"	lui	t2, 0x21\n"
"	add	t2, t2, s0\n"
"	sw	t4, 0(t2)\n"
"2:	ld	t4, 0(s1)\n"
"	j	2b\n"
"guest_end:\n"
"	.option pop\n"
"	.popsection\n");

__asm__(".globl _start\n_start:\n\tj vmm_main\n");

#endif
