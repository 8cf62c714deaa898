/*
 * An address space with something of everything: pages of all sizes, every
 * combination of rights on every level, holes, recursive slots, entries that
 * are not present but not zero, and entries that the processor rejects.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "demo/demo.h"
#include "kernel.h"
#include "space.h"

#define P	PML_X86_P
#define W	PML_X86_RW
#define U	PML_X86_US
#define A	PML_X86_A
#define D	PML_X86_D
#define G	PML_X86_G
#define PS	PML_X86_PS
#define NX	PML_X86_NX
#define WT	PML_X86_PWT
#define CD	PML_X86_PCD
#define PKEY(n)	((uint64_t)(n) << 59)
#define SLOT(n)	((uint64_t)(n) << PML4_SHIFT)
#define GB	(1UL << 30)
#define MB	(1UL << 20)

/* `count' leaves of a level; every `hole'th is left out. */
struct region {
	uint64_t va, pa;
	int64_t va_step, pa_step;
	unsigned int count, hole;
	int level;
	uint64_t flags;
};

static const struct region regions[] = {
	/* a program: text, data, a heap whose frames run backwards */
	{ 0x400000, 1 * MB, 4096, 4096, 512, 0, 1, P | U | A },
	{ 0x600000, 3 * MB, 4096, 4096, 512, 0, 1, P | W | U | A | D | NX },
	{ 0x800000, 64 * MB, 4096, -4096, 2048, 128, 1, P | W | U | NX },
	{ 0x2000000, 5 * MB, 4096, 0, 64, 0, 1, P | U | NX | A },	/* one frame */
	{ 0x2200000, 6 * MB, 4096, 4096, 32, 0, 1, P | W | U | CD | WT | NX },
	{ 0x2400000, 7 * MB, 4096, 4096, 32, 0, 1, P | W | U | PML_X86_PAT_4K | NX },
	{ 0x2600000, 8 * MB, 4096, 4096, 16, 0, 1, P | W | U | NX | PKEY(5) },
	{ 0x2800000, 8 * MB, 4096, 4096, 16, 3, 1, P | W | U | NX | PKEY(15) | 7UL << 9 },
	/* large pages */
	{ 0x40000000, 1 * GB, 2 * MB, 2 * MB, 384, 0, 2, P | W | U | PS | A | D | NX },
	{ 0x80000000, 2 * GB, 2 * MB, 4 * MB, 128, 7, 2, P | U | PS | PML_X86_PAT_BIG },
	{ 0xc0000000, 1 * GB, 2 * MB, 2 * MB, 64, 0, 2, P | W | U | PS | PKEY(3) | NX },
	{ SLOT(1), 0, GB, GB, 16, 0, 3, P | W | U | PS | NX },
	{ SLOT(1) + 32 * GB, 4 * GB, 2 * GB, GB, 8, 0, 3, P | U | PS | A | CD },
	/* a table for every page */
	{ SLOT(64), 16 * MB, 2 * MB + 4096, 4096, 256, 0, 1, P | W | U | NX },
	/* one each under slots that get rights taken away, see strips[] */
	{ SLOT(3), 24 * MB, 4096, 4096, 64, 0, 1, P | W | U },
	{ SLOT(4), 24 * MB, 4096, 4096, 64, 0, 1, P | W | U },
	{ SLOT(5), 24 * MB, 4096, 4096, 64, 0, 1, P | W | U },
	{ SLOT(6), 2 * GB, 2 * MB, 2 * MB, 16, 0, 2, P | W | U | PS },
	/* what the layout has below the recursive slot */
	{ UGDATA, 32 * MB, 4096, 4096, 1, 0, 1, P | W | U | A | D },
	{ UDATA, 33 * MB, 4096, 4096, 16, 0, 1, P | W | U | A | D },
	{ UINFO, 34 * MB, 4096, 4096, 16, 0, 1, P | U | A },
	{ UGINFO, 35 * MB, 4096, 4096, 1, 0, 1, P | U | A },
	/* the kernel's dynamic mappings, below the recursive slot */
	{ VPT - SLOT(1), 40 * MB, 4096, 4096, 1024, 0, 1, P | W | G | A | D | NX },
	{ VPT - SLOT(1) + 8 * MB, 48 * MB, 8192, 4096, 64, 0, 1, P | G | NX },
};

/* beyond 48 bits */
static const struct region high_regions[] = {
	{ 1UL << 52, 56 * MB, 4096, 4096, 128, 0, 1, P | W | U | NX },
	{ 0xff80000000000000, 58 * MB, 2 * MB, 2 * MB, 8, 0, 2, P | W | PS },
};

/* Entries on the way down that allow less than all. */
static const struct strip {
	uint64_t va;
	int level;
	uint64_t clear, set;
} strips[] = {
	{ SLOT(3), 4, W, 0 },
	{ SLOT(4), 4, U, 0 },
	{ SLOT(5), 4, 0, NX },
	{ SLOT(6), 3, W | U, NX },
	{ 0x2600000, 2, W, 0 },
};

/* What a processor does not follow. */
static const struct fault {
	uint64_t va;
	int level;
	uint64_t raw;
	bool rejected;			/* present, with a reserved bit set */
} faults[] = {
	{ 0x2a00000, 1, 0x123456100, false },		/* a guard page */
	{ 0x2a01000, 1, 0xdeadbeef000 | W | U, false },	/* swapped out */
	{ 0x2c00000, 2, 0x7ffe, false },
	{ SLOT(2) + 256 * GB, 3, PS | W, false },
	{ SLOT(7), 4, ~1UL, false },
	{ 0x2a03000, 1, 1UL << 51 | P | W | U, true },
	{ 0x2e00000, 2, 2 * MB | 1UL << 13 | PS | P | U, true },
	{ SLOT(2) + 257 * GB, 3, 1UL << 50 | P | W | U, true },
	{ SLOT(8), 4, PS | P | W | U, true },
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* The entry of `level' for va; tables on the way that are not there are made,
 * with all rights. */
static uint64_t *entry_of(uint64_t root, uint64_t va, int level)
{
	uint64_t *table = kaddr(root);
	int at = cpu.five_levels ? 5 : 4;

	for (;; at--) {
		uint64_t *slot = &table[PMLx(va, PML1_SHIFT + 9 * (at - 1))];

		if (at == level)
			return slot;
		if (!(*slot & P))
			*slot = page_zeroed() | P | W | U | A;
		table = kaddr(*slot & PML_X86_ADDR);
	}
}

static uint64_t usable(uint64_t raw)
{
	return cpu.nx ? raw : raw & ~NX;
}

/* What the leaf that a region asks for says, for the core. */
static void map_pages(const struct pml_editor *ed, int level, uint64_t va,
		      uint64_t size, uint64_t raw)
{
	uint64_t pa = pml_leaf_pa(ed->space, level, raw);
	struct pml_attr attr;
	int status;

	pml_leaf_attr(ed->space, level, usable(raw), &attr);
	status = pml_map(ed, va, va + size - 1, pa, &attr, 0, NULL);
	if (status)
		panic("mapping %lx to %lx: status %d", va, pa, status);
}

static void map_region(const struct pml_editor *ed, const struct region *r)
{
	int64_t page = 1L << (PML1_SHIFT + BITS_PER_PML * (r->level - 1));

	if (!r->hole && r->va_step == page && r->pa_step == page) {
		map_pages(ed, r->level, r->va, r->count * page, r->pa | r->flags);
		return;
	}
	for (unsigned int i = 0; i < r->count; i++)
		if (!r->hole || i % r->hole != r->hole - 1)
			map_pages(ed, r->level, r->va + i * r->va_step, page,
				  (r->pa + i * r->pa_step) | r->flags);
}

/* An entry on the way down, to say less than the core had it say. */
static void narrow(uint64_t root, uint64_t va, int level, uint64_t clear,
		   uint64_t set)
{
	uint64_t *slot = entry_of(root, va, level);

	*slot = usable((*slot & ~clear) | set);
}

#define MATRIX(l3, l2, l1) \
	(SLOT(2) + (l3) * GB + (l2) * 2 * MB + (l1) * PGSIZE)

/* W, U and NX in all eight combinations at levels 3, 2 and 1: 512 pages. */
static void map_rights_matrix(const struct pml_editor *ed, uint64_t root)
{
	static const uint64_t combination[8] = {
		0, W, U, W | U, NX, W | NX, U | NX, W | U | NX
	};

	for (unsigned int i = 0; i < 512; i++)
		map_pages(ed, 1, MATRIX(i / 64, i / 8 % 8, i % 8), PGSIZE,
			  (80 * MB + i * PGSIZE) | P | combination[i % 8]);
	for (unsigned int i = 0; i < 64; i++)
		narrow(root, MATRIX(i / 8, i % 8, 0), 2, W | U, combination[i % 8]);
	for (unsigned int i = 0; i < 8; i++)
		narrow(root, MATRIX(i, 0, 0), 3, W | U, combination[i]);
}

/* The direct map, the kernel's image and the two recursive slots. */
static void map_kernel(uint64_t root)
{
	uint64_t *table = kaddr(root);
	const uint64_t *boot = kaddr(rcr3() & PML_X86_ADDR);
	int level = cpu.five_levels ? 5 : 4;

	if (level == 5)
		boot = kaddr(boot[511] & PML_X86_ADDR);
	*entry_of(root, KERNBASE, 4) = boot[PML4(KERNBASE)];
	*entry_of(root, KERN_LOAD_ADDR, 4) = boot[PML4(KERN_LOAD_ADDR)];
	table[PML4(VPT)] = root | P | W | A | D;
	table[PML4(UVPT)] = root | P | U | A;
}

static void map_regions(const struct pml_editor *ed, const struct region *r,
			size_t count)
{
	for (; count--; r++)
		if (r->level < 3 || cpu.page1gb)
			map_region(ed, r);
}

static uint64_t build(void)
{
	uint64_t root = page_zeroed();
	struct pml_space space = space_of(root);
	struct pml_editor ed = { .space = &space, .ops = &space_ops };

	map_kernel(root);
	map_regions(&ed, regions, ARRAY_SIZE(regions));
	if (cpu.five_levels)
		map_regions(&ed, high_regions, ARRAY_SIZE(high_regions));
	map_rights_matrix(&ed, root);
	for (size_t i = 0; i < ARRAY_SIZE(strips); i++)
		narrow(root, strips[i].va, strips[i].level, strips[i].clear,
		       strips[i].set);
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		if (!faults[i].rejected || !cmdline_is("rejected", "no"))
			*entry_of(root, faults[i].va, faults[i].level) = faults[i].raw;
	return root;
}

/* What the second CPU sees: the kernel, and a program of another kind. */
static uint64_t build_small(void)
{
	static const struct region program[] = {
		{ 0x400000, 16 * MB, 4096, 4096, 8, 0, 1, P | U | A },
		{ 0x800000, 18 * MB, 4096, 4096, 8, 0, 1, P | W | U | NX },
	};
	uint64_t root = page_zeroed();
	struct pml_space space = space_of(root);
	struct pml_editor ed = { .space = &space, .ops = &space_ops };

	map_kernel(root);
	map_regions(&ed, program, ARRAY_SIZE(program));
	return root;
}

void demo_main(void)
{
	uint64_t root = build();
	struct pml_space space;
	unsigned int others;

	wcr3(root);
	space = space_of(root);
	demo_print(&space);
	others = smp_start(build_small());
	kprintf("demo: %u more CPUs in pmapk_ap_idle\n", others);
	kprintf("demo: ready\n");
	for (;;) {
		pmapk_ready();
		cpu_halt();
	}
}
