/*
 * The core in an AArch64 kernel: tables for both halves, made, changed and taken
 * away by map, protect and unmap, with break-before-make where the architecture
 * asks for it; the processor says whether they are what they should be.
 *
 * Prints TAP on the serial line.  The address space is that of the x86 example
 * (demo/demo.c), as far as 48 bits of AArch64 have it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#include "arm64/sysreg.h"
#include "lib/bare.h"

#define UART		0x09000000ULL
#define RAM		0x40000000ULL
#define TABLES		0x41000000ULL	/* up to */
#define FRAMES		0x42000000ULL	/* of the pages that are mapped */
#define BLOCKS		0x44000000ULL
#define RAM_END		0x48000000ULL
#define DIRECT		0xffff000000000000ULL
#define MB		(1ULL << 20)
#define SLOT(n)		((uint64_t)(n) << 39)

#define MT_WB		0
#define MT_NC		1
#define MT_DEVICE	2
#define MAIR		(0xffULL | 0x44ULL << 8)

/* 48 bits in both halves, 4 KiB, write-back walks, 40 bits out. */
#define TCR	(16ULL | 1 << 8 | 1 << 10 | 3 << 12 | 16 << 16 | 1 << 24 | 1 << 26 | \
		 3 << 28 | 2ULL << 30 | 2ULL << 32)

uint64_t try_load(uint64_t va);
void try_store(uint64_t va, uint64_t value);
void try_pair(uint64_t va, uint64_t value);
void pmapk_ready(void);

/* Of the last exception; the last: is one waited for? */
volatile uint64_t fault_esr[4];
#define FAULT_FAR	1
#define FAULT_EXPECTED	3

static struct pml_arm64_mmu mmu;
static uint64_t next_table = TABLES, free_table;
static unsigned tables, breaks;

void put_char(char c)
{
	*(volatile uint32_t *)UART = (uint32_t)c;
}

/* --- What the core asks of a kernel ---------------------------------------- */

/* Memory is where its address says, with the MMU off and with these tables. */
static const void *at(void *ctx, uint64_t pa, size_t size)
{
	(void)ctx;
	return pa >= RAM && pa + size <= RAM_END ? (const void *)pa : NULL;
}

static bool alloc(void *ctx, int level, uint64_t *pa_ret)
{
	uint64_t *table;

	(void)ctx, (void)level;
	*pa_ret = free_table ? free_table : next_table;
	if (free_table)
		free_table = *(uint64_t *)free_table;
	else
		next_table += 0x1000;
	table = (uint64_t *)*pa_ret;
	for (int i = 0; i < 512; i++)
		table[i] = 0;
	tables++;
	return *pa_ret < FRAMES;
}

static void give_back(void *ctx, int level, uint64_t pa)
{
	(void)ctx, (void)level;
	*(uint64_t *)pa = free_table;
	free_table = pa;
	tables--;
}

static void flush(void)
{
	__asm__ volatile("dsb ishst; tlbi vmalle1is; dsb ish; isb" : : : "memory");
}

/*
 * Break before make: D8.16.1.  A bit that the processor sets meanwhile is in
 * what the exchange gives back.
 */
static uint64_t store(void *ctx, const struct pml_change *change)
{
	volatile uint64_t *slot = change->slot;
	uint64_t old = change->old;

	(void)ctx;
	if (change->exchange)
		old = __atomic_exchange_n(slot, change->break_first ? 0 : change->raw,
					  __ATOMIC_SEQ_CST);
	if (change->break_first) {
		breaks++;
		flush();
	}
	if (!change->exchange || change->break_first)
		*slot = change->raw;
	return old;
}

static const struct pml_ops ops = { alloc, give_back, store };

static struct pml_editor editor(bool upper)
{
	return (struct pml_editor){
		.space = &mmu.half[upper], .ops = &ops, .free_level = 3
	};
}

/* Every change ends like this, flush or not: D8.16. */
static void finish_change(const struct pml_editor *ed, struct pml_pending *pending)
{
	__asm__ volatile("dsb ishst; isb" : : : "memory");
	if (pending->flush)
		flush();
	pml_release(ed, pending);
}

static int map(bool upper, uint64_t va, uint64_t size, uint64_t pa,
	       unsigned rights, unsigned memtype, unsigned flags)
{
	struct pml_editor ed = editor(upper);
	struct pml_attr attr = {
		.rights = rights, .memtype = (uint8_t)memtype, .accessed = true,
		.dirty = true,
	};
	struct pml_pending pending;
	int status;

	pml_pending_init(&pending);
	status = pml_map(&ed, va, va + size - 1, pa, &attr, flags, &pending);
	finish_change(&ed, &pending);
	return status;
}

static int protect(uint64_t va, uint64_t size, unsigned rights)
{
	struct pml_editor ed = editor(false);
	struct pml_pending pending;
	int status;

	pml_pending_init(&pending);
	status = pml_protect(&ed, va, va + size - 1, rights, 0, &pending);
	finish_change(&ed, &pending);
	return status;
}

static int unmap(uint64_t va, uint64_t size)
{
	struct pml_editor ed = editor(false);
	struct pml_pending pending;
	int status;

	pml_pending_init(&pending);
	status = pml_unmap(&ed, va, va + size - 1, 0, &pending);
	finish_change(&ed, &pending);
	return status;
}

/* --- The address space ------------------------------------------------------ */

#define R	PML_R
#define W	PML_W
#define X	PML_X
#define U	PML_U
#define XU	PML_XU

/* `pages' of 4 KiB or, with a size of that, blocks; every `hole'th is left out. */
static const struct region {
	bool upper;
	uint64_t va, pa;
	int64_t va_step, pa_step;
	uint64_t size;
	unsigned pages, hole, rights, memtype;
} regions[] = {
	/* this program, its stack and tables, the serial line */
	{ 0, 0x40200000, 0x40200000, 0, 0, 2 * MB, 1, 0, R | X, MT_WB },
	{ 0, 0x40400000, 0x40400000, 0, 0, 124 * MB, 1, 0, R | W, MT_WB },
	{ 0, UART, UART, 0, 0, 0x1000, 1, 0, R | W, MT_DEVICE },
	/* a program: text, data, a heap whose frames run backwards */
	{ 0, 0x400000, FRAMES, 4096, 4096, 4096, 64, 0, R | U | XU, MT_WB },
	{ 0, 0x600000, FRAMES + 2 * MB, 4096, 4096, 4096, 64, 0, R | W | U, MT_WB },
	{ 0, 0x800000, FRAMES + 8 * MB, 4096, -4096, 4096, 128, 8, R | W | U, MT_WB },
	{ 0, 0x2000000, FRAMES + 10 * MB, 4096, 0, 4096, 16, 0, R | U, MT_WB },
	{ 0, 0x2200000, FRAMES + 11 * MB, 4096, 4096, 4096, 8, 0, R | W | U, MT_NC },
	/* blocks of 2 MiB and 1 GiB */
	{ 0, 0x80000000, BLOCKS, 2 * MB, 2 * MB, 2 * MB, 8, 0, R | W | U, MT_WB },
	{ 0, SLOT(1), RAM, 1024 * MB, 0, 1024 * MB, 4, 0, R | U, MT_WB },
	/* a table for every page */
	{ 0, SLOT(64), FRAMES + 12 * MB, 2 * MB + 4096, 4096, 4096, 16, 0, R | W | U, MT_WB },
	/* the kernel's half: all memory, and a page of code */
	{ 1, DIRECT, RAM, 0, 0, RAM_END - RAM, 1, 0, R | W, MT_WB },
	{ 1, -(4 * MB), 0x40200000, 0, 0, 0x1000, 1, 0, R | X, MT_WB },
};

static bool make_space(void)
{
	for (unsigned i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		const struct region *r = &regions[i];

		for (unsigned k = 0; k < r->pages; k++)
			if (!(r->hole && k % r->hole == r->hole - 1) &&
			    map(r->upper, r->va + (uint64_t)(k * r->va_step), r->size,
				r->pa + (uint64_t)(k * r->pa_step), r->rights,
				r->memtype, 0))
				return false;
	}
	return true;
}

static void set_up(void)
{
	struct pml_arm64_regs regs = {
		.regime = PML_ARM64_EL10, .has_id = true, .tcr = TCR,
		.sctlr = read_reg(sctlr_el1) | PML_ARM64_SCTLR_M,
		.mmfr = { read_reg(id_aa64mmfr0_el1), read_reg(id_aa64mmfr1_el1),
			  read_reg(id_aa64mmfr2_el1) },
	};

	alloc(NULL, 4, &regs.ttbr[0]);
	alloc(NULL, 4, &regs.ttbr[1]);
	pml_arm64_mmu_init(&mmu, &regs, at, NULL);
}

static void turn_on(void)
{
	write_reg(mair_el1, MAIR);
	write_reg(tcr_el1, mmu.regs.tcr);
	write_reg(ttbr0_el1, mmu.regs.ttbr[0]);
	write_reg(ttbr1_el1, mmu.regs.ttbr[1]);
	__asm__ volatile("isb; tlbi vmalle1; dsb sy; isb" : : : "memory");
	write_reg(sctlr_el1, mmu.regs.sctlr);
	__asm__ volatile("isb" : : : "memory");
}

/* --- The processor's word --------------------------------------------------- */

#define ask(how, va) ({ \
	__asm__ volatile("at " how ", %0; isb" : : "r"(va) : "memory"); \
	read_reg(par_el1); })

static bool answer_is(uint64_t par, bool allowed, uint64_t pa)
{
	return !(par & 1) == allowed &&
	       (!allowed || (par & PML_BITS(12, 47)) == (pa & PML_BITS(12, 47)));
}

/* Each leaf's first and last page: where it leads, who may read and write. */
static bool agrees(const struct pml_record *r, uint64_t va)
{
	uint64_t pa = r->pa + (va - r->va);
	bool w = r->rights & W, u = r->rights & U;

	return answer_is(ask("s1e1r", va), true, pa) &&
	       answer_is(ask("s1e1w", va), w, pa) &&
	       answer_is(ask("s1e0r", va), u, pa) &&
	       answer_is(ask("s1e0w", va), w && u, pa);
}

static void compare_all(const char *what)
{
	struct pml_cursor c;
	struct pml_record r;
	unsigned leaves = 0, wrong = 0;

	for (int upper = 0; upper < 2; upper++) {
		const struct pml_space *space = &mmu.half[upper];

		pml_cursor_init(&c, space, pml_bottom(space->fmt), pml_top(space->fmt), 0);
		while (pml_next(&c, &r)) {
			if (r.kind == PML_HOLE)
				wrong += !(ask("s1e1r", r.va) & 1);
			if (r.kind != PML_LEAF)
				continue;
			leaves++;
			wrong += !agrees(&r, r.va) || !agrees(&r, r.last & ~0xfffULL);
		}
	}
	ok(!wrong && leaves, what, leaves);
}

/* The status code of a load or a store; 64: none. */
static unsigned fault_of(uint64_t va, bool writes)
{
	fault_esr[0] = 64;
	fault_esr[FAULT_EXPECTED] = 1;
	if (writes)
		try_store(va, 1);
	else
		try_load(va);
	fault_esr[FAULT_EXPECTED] = 0;
	return fault_esr[0] == 64 ? 64 :
	       fault_esr[FAULT_FAR] == va ? fault_esr[0] & 0x3f : 99;
}

/* --- Changes ----------------------------------------------------------------- */

static void test_protect(void)
{
	unsigned before = breaks;

	ok(fault_of(0x600000, true) == 64, "data can be written, fault", 64);
	ok(!protect(0x600000, 0x4000, R | U), "protect, pages", 4);
	ok(fault_of(0x600000, true) == (PML_ARM64_FSC_PERMISSION | 3),
	   "and then not, fault", fault_of(0x600000, true));
	ok(fault_of(0x604000, true) == 64, "the page behind it can, fault", 64);
	ok(breaks == before, "rights alone need no break", breaks - before);
	ok(!protect(0x600000, 0x4000, R | W | U) &&
	   fault_of(0x600000, true) == 64, "and back, fault", 64);
}

/* A page of a block: the block has to be broken before there is a table. */
static void test_split(void)
{
	unsigned before = breaks;

	ok(!protect(0x80001000, 0x1000, R | U), "protect one page of a block", 1);
	ok(breaks == before + 1, "which is broken before it is split, breaks",
	   breaks - before);
	ok(fault_of(0x80001000, true) == (PML_ARM64_FSC_PERMISSION | 3),
	   "that page cannot be written, fault", fault_of(0x80001000, true));
	ok(fault_of(0x80000000, true) == 64 && fault_of(0x80002000, true) == 64,
	   "its neighbours can, fault", 64);
}

static void test_replace(void)
{
	unsigned before = breaks;

	*(volatile uint64_t *)(FRAMES + 14 * MB) = 4711;
	ok(!map(false, 0x604000, 0x1000, FRAMES + 14 * MB, R | W | U, MT_WB,
		PML_REPLACE), "map another frame, pages", 1);
	ok(breaks == before + 1, "the old one is broken first, breaks", breaks - before);
	ok(try_load(0x604000) == 4711, "and the new one is there", try_load(0x604000));
}

static void test_unmap(void)
{
	unsigned before = tables;

	ok(!unmap(SLOT(64), 40 * MB), "unmap all pages with tables of their own", 16);
	ok(tables < before, "tables that are free again", before - tables);
	/* Level 1's entry is still there: the tables above 3 are kept. */
	ok((fault_of(SLOT(64), false) & 0x3c) == PML_ARM64_FSC_TRANSLATION,
	   "and nothing is there, fault", fault_of(SLOT(64), false));
	ok(!unmap(0x400000, 0x40000) && fault_of(0x400000, false) ==
	   (PML_ARM64_FSC_TRANSLATION | 2), "nor where the text was, fault",
	   fault_of(0x400000, false));
	ok(!map(false, 0x400000, 0x40000, FRAMES, R | U | XU, MT_WB, 0) &&
	   fault_of(0x400000, false) == 64, "and mapped again, fault", 64);
}

/* For a debugger: a store that has its second half on a page that is not there. */
static void fault_for_real(void)
{
	fault_esr[FAULT_EXPECTED] = 1;
	try_pair(0x63ffe8, 1);
	try_store(0x400000, 1);
	fault_esr[FAULT_EXPECTED] = 0;
}

void main(void)
{
	set_up();
	ok(make_space(), "mapped, tables", tables);
	turn_on();
	compare_all("leaves as the processor has them");
	test_protect();
	test_split();
	test_replace();
	test_unmap();
	compare_all("leaves as the processor has them, after all changes");
	print_plan();
	pmapk_ready();
	fault_for_real();
	print("END\n");
}
