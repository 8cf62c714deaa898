/*
 * A hypervisor of a hundred lines, as the first process of an arm64 guest whose
 * kernel has KVM: one guest of its own, with tables in both halves, that spins in
 * the upper one.  A stop finds two dimensions: the tables below, and what KVM
 * made of stage 2.
 *
 * The guest's physical memory begins at BASE, its tables say what is where:
 * see make_tables().  It reads the pages that stage 2 is to have, then stores
 * to a device, which brings it back here for READY, then reads on for ever.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "syscalls.h"

#define NR_ioctl	29
#define NR_mknodat	33

#define O_RDWR		2
#define S_IFCHR		0020000
#define KVM_DEVICE	(10 << 8 | 232)

#define KVM_CREATE_VM			0xae01
#define KVM_GET_VCPU_MMAP_SIZE		0xae04
#define KVM_CREATE_VCPU			0xae41
#define KVM_SET_USER_MEMORY_REGION	0x4020ae46
#define KVM_RUN				0xae80
#define KVM_SET_ONE_REG			0x4010aeac
#define KVM_ARM_VCPU_INIT		0x4020aeae
#define KVM_ARM_PREFERRED_TARGET	0x8020aeaf
#define KVM_REG_PC			0x6030000000100040
#define KVM_EXIT_MMIO			6

/* What the guest has; also in its code, and in linux-arm64-kvm.sh. */
#define BASE		0x80000000ull
#define SIZE		0x00600000ull
#define DEVICE		0x0a000000ull
#define NOWHERE		0x90000000ull	/* no memory, no device that anyone touches */

#define VALID	1ull
#define TABLE	3ull
#define PAGE	3ull
#define AF	(1ull << 10)
#define SH	(3ull << 8)
#define EL0	(1ull << 6)
#define RO	(1ull << 7)
#define PXN	(1ull << 53)
#define UXN	(1ull << 54)

struct region {
	uint32_t slot, flags;
	uint64_t ipa, size, memory;
};

struct one_reg {
	uint64_t id, addr;
};

static char *memory;

static void say(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	sys(NR_write, 1, (long)text, n, 0, 0);
}

static _Noreturn void end(const char *what)
{
	say("vmm: ");
	say(what);
	say(" failed\n");
	for (;;)
		;
}

static uint64_t *table(unsigned number)
{
	return (uint64_t *)(void *)(memory + number * 0x1000);
}

static uint64_t ipa(uint64_t offset)
{
	return BASE + offset;
}

/*
 * 39 bits, two roots: table 1 of the lower half, 4 of the upper one.
 *
 *	BASE + 0		the code
 *	BASE + 0x10000 ..	16 pages of memory of different rights, of which
 *				the guest reads all but the last four
 *	BASE + 0x20000		nowhere
 *	BASE + 0x21000		the device
 *	BASE + 0x200000		2 MiB of memory in one block
 *	-1 << 39		the code, and one page that can be written
 */
static void make_tables(void)
{
	static const uint64_t rights[] = {
		UXN | PXN, UXN | PXN | RO, EL0 | UXN | PXN, EL0 | RO | PXN,
	};

	table(1)[BASE >> 30] = ipa(0x2000) | TABLE;
	table(2)[0] = ipa(0x3000) | TABLE;
	table(2)[1] = ipa(0x200000) | VALID | AF | SH | UXN | PXN;
	table(3)[0] = ipa(0) | PAGE | AF | SH | RO | UXN;
	for (unsigned i = 0; i < 16; i++)
		table(3)[16 + i] = ipa(0x10000 + i * 0x1000) | PAGE | AF | SH |
				   rights[i % 4];
	table(3)[32] = NOWHERE | PAGE | AF | SH | UXN | PXN;
	table(3)[33] = DEVICE | PAGE | AF | 1ull << 2 | UXN | PXN;
	table(4)[0] = ipa(0x5000) | TABLE;
	table(5)[0] = ipa(0x6000) | TABLE;
	table(6)[0] = ipa(0) | PAGE | AF | SH | RO | UXN;
	table(6)[1] = ipa(0x7000) | PAGE | AF | SH | UXN | PXN;
}

/* Each page has its own number, for who reads it by two ways. */
static void fill(void)
{
	for (uint64_t i = 16; i < SIZE >> 12; i++)
		((uint64_t *)(void *)(memory + (i << 12)))[0] = 0xc0de000000 + i;
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

static long kvm(long fd, long what, const void *arg, const char *name)
{
	long ret = sys(NR_ioctl, fd, what, (long)arg, 0, 0);

	if (ret < 0)
		end(name);
	return ret;
}

static long open_kvm(void)
{
	long fd;

	sys(NR_mkdirat, AT_FDCWD, (long)"/dev", 0755, 0, 0);
	sys(NR_mknodat, AT_FDCWD, (long)"/dev/kvm", S_IFCHR | 0600, KVM_DEVICE, 0);
	fd = sys(NR_openat, AT_FDCWD, (long)"/dev/kvm", O_RDWR, 0, 0);
	if (fd < 0)
		end("/dev/kvm");
	return fd;
}

void vmm_main(void)
{
	struct region region = { 0, 0, BASE, SIZE, 0 };
	uint64_t pc = BASE;
	struct one_reg reg = { KVM_REG_PC, (uint64_t)&pc };
	uint32_t init[8] = { 0 };
	long fd = open_kvm(), vm, cpu, size;
	const volatile uint32_t *run;

	memory = sys_mmap(0, SIZE + 0x200000, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (failed(memory))
		end("mmap");
	memory = (char *)(((uintptr_t)memory + 0x1fffff) & ~0x1ffffful);
	fill();
	for (char *from = guest_begin, *to = memory; from < guest_end; from++)
		*to++ = *from;
	make_tables();
	region.memory = (uint64_t)memory;
	vm = kvm(fd, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
	kvm(vm, KVM_SET_USER_MEMORY_REGION, &region, "memory region");
	cpu = kvm(vm, KVM_CREATE_VCPU, NULL, "KVM_CREATE_VCPU");
	kvm(vm, KVM_ARM_PREFERRED_TARGET, init, "preferred target");
	kvm(cpu, KVM_ARM_VCPU_INIT, init, "KVM_ARM_VCPU_INIT");
	kvm(cpu, KVM_SET_ONE_REG, &reg, "KVM_SET_ONE_REG");
	size = kvm(fd, KVM_GET_VCPU_MMAP_SIZE, NULL, "mmap size");
	run = (const volatile uint32_t *)(void *)
	      sys_mmap(0, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu);
	if (failed((const void *)run))
		end("mmap of the CPU");
	for (;;) {
		kvm(cpu, KVM_RUN, NULL, "KVM_RUN");
		if (run[2] != KVM_EXIT_MMIO)
			end("the guest");
		say("READY\n");
	}
}

__asm__(".globl _start\n_start:\n\tb vmm_main\n");
