/*
 * An address space as KASAN makes them: most of the upper half leads, tens of
 * thousands of times, to the same few tables.  It has nearly 2^44 pages, in some 200 tables,
 * and who walks it entry by entry does not come to an end.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel.h"
#include "space.h"

#define P	PML_X86_P
#define W	PML_X86_RW
#define A	PML_X86_A
#define NX	PML_X86_NX

#define TABLES	192		/* that each refer to the shared ones 512 times */
#define HOLED	8		/* every 8th time to those that have holes */

static uint64_t nx(uint64_t raw)
{
	return cpu.nx ? raw | NX : raw;
}

/* A table whose entries are all `raw', or only every `step'th. */
static uint64_t filled(uint64_t raw, unsigned int step)
{
	uint64_t pa = page_zeroed(), *entry = kaddr(pa);

	for (unsigned int i = 0; i < NPTENTRIES; i += step)
		entry[i] = raw;
	return pa;
}

/* Tables of `levels' levels that lead to one page, everywhere. */
static uint64_t shadow(int levels, unsigned int step)
{
	uint64_t pa = filled(nx(page_zeroed() | P | A), step);

	while (--levels > 0)
		pa = filled(pa | P | W | A, 1);
	return pa;
}

/* The kernel's own entries stay; the rest of the upper half is filled. */
static uint64_t build(int top)
{
	uint64_t root = page_zeroed(), *entry = kaddr(root), *table;
	uint64_t same = shadow(top - 2, 1), holed = shadow(top - 2, 3);
	unsigned int made = 0;

	memcpy(entry, kaddr(rcr3() & PML_X86_ADDR), PGSIZE);
	for (unsigned int i = NPTENTRIES / 2; i < NPTENTRIES; i++) {
		if (entry[i])
			continue;
		if (made++ >= TABLES) {
			entry[i] = entry[i - 1];
			continue;
		}
		entry[i] = page_zeroed() | P | W | A;
		table = kaddr(entry[i] & PML_X86_ADDR);
		for (unsigned int n = 0; n < NPTENTRIES; n++)
			table[n] = (n % HOLED ? same : holed) | P | W | A;
	}
	return root;
}

void kasan_main(void)
{
	uint64_t root = build(cpu.five_levels ? 5 : 4);

	wcr3(root);
	kprintf("kasan: root %lx\n", root);
	kprintf("kasan: ready\n");
	for (;;) {
		pmapk_ready();
		cpu_halt();
	}
}
