/*
 * A hypervisor of a hundred lines, as the first process of a guest whose kernel has
 * KVM: one guest of its own, with tables for two places, that spins in the upper
 * one.  A stop finds two dimensions: the tables below, and what KVM made of the
 * second one.
 *
 * The guest's physical memory begins at BASE, its tables say what is where:
 * see make_tables().  It reads the pages that the second dimension is to have, then
 * stores to a device, which brings it back here for READY, then reads on for ever.
 *
 * What an architecture has of its own is in vmm-arm64.h and vmm-riscv64.h: the
 * guest's code, entries, and how a CPU is made.
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
#define KVM_EXIT_MMIO			6

/* What the guest has; also in its code, and in tests/lib/guest-kvm.sh. */
#define BASE		0x80000000ull
#define SIZE		0x00600000ull
#define DEVICE		0x0a000000ull
#define NOWHERE		0x90000000ull	/* no memory, no device that anyone touches */

/* What a page is for; each architecture's entry of it is entry_of(). */
enum use {
	USE_DATA, USE_CONSTANTS, USE_USER_DATA, USE_USER_CODE, USE_CODE, USE_DEVICE,
};

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

static long kvm(long fd, long what, const void *arg, const char *name)
{
	long ret = sys(NR_ioctl, fd, what, (long)arg, 0, 0);

	if (ret < 0)
		end(name);
	return ret;
}

/*
 * Of the architecture:
 *
 *	UPPER, UPPER_TABLE	the slot of the upper place's root entry, and the
 *				number of the table that it is in
 *	PC			KVM's number of the program counter
 *	table_of(), entry_of(), block_of()
 *				an entry for a table, a page, 2 MiB of data
 *	load_kvm()		what has to be done for /dev/kvm
 *	prepare()		a CPU before its first register is set
 *	guest_begin, guest_end	the guest's code
 */
#ifdef __aarch64__
#include "vmm-arm64.h"
#else
#include "vmm-riscv64.h"
#endif

static uint64_t *table(unsigned number)
{
	return (uint64_t *)(void *)(memory + number * 0x1000);
}

static uint64_t ipa(uint64_t offset)
{
	return BASE + offset;
}

/*
 * 39 bits.  Table 1 is the root, of the lower half where each half has one.
 *
 *	BASE + 0		the code
 *	BASE + 0x10000 ..	16 pages of memory of different rights, of which
 *				the guest reads all but the last four
 *	BASE + 0x20000		nowhere
 *	BASE + 0x21000		the device
 *	BASE + 0x200000		2 MiB of memory in one block
 *	the upper half's begin	the code, and one page that can be written
 */
static void make_tables(void)
{
	table(1)[BASE >> 30] = table_of(ipa(0x2000));
	table(2)[0] = table_of(ipa(0x3000));
	table(2)[1] = block_of(ipa(0x200000));
	table(3)[0] = entry_of(ipa(0), USE_CODE);
	for (unsigned i = 0; i < 16; i++)
		table(3)[16 + i] = entry_of(ipa(0x10000 + i * 0x1000), i % 4);
	table(3)[32] = entry_of(NOWHERE, USE_DATA);
	table(3)[33] = entry_of(DEVICE, USE_DEVICE);
	table(UPPER_TABLE)[UPPER] = table_of(ipa(0x5000));
	table(5)[0] = table_of(ipa(0x6000));
	table(6)[0] = entry_of(ipa(0), USE_CODE);
	table(6)[1] = entry_of(ipa(0x7000), USE_DATA);
}

/* Each page has its own number, for who reads it by two ways. */
static void fill(void)
{
	for (uint64_t i = 16; i < SIZE >> 12; i++)
		((uint64_t *)(void *)(memory + (i << 12)))[0] = 0xc0de000000 + i;
}

static long open_kvm(void)
{
	long fd;

	load_kvm();
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
	struct one_reg reg = { PC, (uint64_t)&pc };
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
	prepare(vm, cpu);
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
