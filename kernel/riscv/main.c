/*
 * The core in a RISC-V kernel: tables in Sv39, or with 32 bits in Sv32, made,
 * changed and taken away by map, protect and unmap; the hart says whether they
 * are what they should be.  With the hypervisor extension it runs a guest on
 * tables of its own, through the G stage's.
 *
 * Prints TAP on the serial line.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/map.h>
#include <pml/regs-riscv.h>

#include "lib/bare.h"
#include "riscv/csr.h"

#define UART		0x10000000UL
#define RAM		0x80000000UL
#define TABLES		0x81000000UL	/* up to */
#define FRAMES		0x82000000UL	/* of the pages that are mapped */
#define RAM_END		0x88000000UL

#define GUEST_PAGES	0x40000000UL	/* the guest's address of them, */
#define GUEST_FRAMES	0x01000000UL	/* where it thinks that they are, */
#define GUEST_NOTHING	0x02000000UL	/* and where there is nothing */

#define IS_32		(__riscv_xlen == 32)	/* Sv32, and no guest */
#if __riscv_xlen == 32
#define SATP_MODE	(1UL << 31)	/* Sv32 */
#else
#define SATP_MODE	(8UL << 60)	/* Sv39 */
#endif

void enter_supervisor(unsigned long satp);
void enter_guest(unsigned long hgatp, unsigned long vsatp);
void trap(void);
void try_load(unsigned long va), try_byte(unsigned long va);
void try_store(unsigned long va), try_amo(unsigned long va);
void try_lr(unsigned long va), try_short(unsigned long va);
void try_fetch(unsigned long va);
void pmapk_ready(void), pmapk_guest(void);

/* Of the last trap; is one waited for? */
volatile unsigned long fault_cause, fault_value, fault_expected;
/* What the guest finds: where it stores, what it touches. */
const unsigned long guest_values[2] = { GUEST_PAGES, GUEST_PAGES + 0x10000 };

static unsigned long next_table = TABLES, free_table;
static unsigned tables;

#if __riscv_xlen == 32
/* What compilers call for shifts of 64 bits, in halves. */
uint64_t __ashldi3(uint64_t n, int by);
uint64_t __lshrdi3(uint64_t n, int by);

static uint64_t join(uint32_t high, uint32_t low)
{
	union { uint32_t half[2]; uint64_t whole; } u = { .half = { low, high } };

	return u.whole;
}

uint64_t __ashldi3(uint64_t n, int by)
{
	uint32_t low = (uint32_t)n, high = (uint32_t)(n >> 32);

	if (!by)
		return n;
	return by > 31 ? join(low << (by - 32), 0) :
			 join(high << by | low >> (32 - by), low << by);
}

uint64_t __lshrdi3(uint64_t n, int by)
{
	uint32_t low = (uint32_t)n, high = (uint32_t)(n >> 32);

	if (!by)
		return n;
	return by > 31 ? join(0, high >> (by - 32)) :
			 join(high >> by, low >> by | high << (32 - by));
}
#endif

void put_char(char c)
{
	*(volatile uint8_t *)UART = (uint8_t)c;
}

/* --- What the core asks of a kernel ---------------------------------------- */

/* Memory is where its address says, with and without these tables. */
static const void *at(void *ctx, uint64_t pa, size_t size)
{
	(void)ctx;
	return pa >= RAM && pa + size <= RAM_END ?
	       (const void *)(unsigned long)pa : NULL;
}

static bool alloc(void *ctx, int level, uint64_t *pa_ret)
{
	unsigned long table = free_table ? free_table : next_table;

	(void)ctx, (void)level;
	if (free_table)
		free_table = *(unsigned long *)free_table;
	else
		next_table += 0x1000;
	memset((void *)table, 0, 0x1000);
	tables++;
	*pa_ret = table;
	return table < FRAMES;
}

static void give_back(void *ctx, int level, uint64_t pa)
{
	(void)ctx, (void)level;
	*(unsigned long *)(unsigned long)pa = free_table;
	free_table = (unsigned long)pa;
	tables--;
}

/* RISC-V changes entries in place: no break before make. */
static uint64_t store(void *ctx, const struct pml_change *change)
{
	volatile unsigned long *slot = change->slot;

	(void)ctx;
	if (change->exchange)
		return __atomic_exchange_n(slot, (unsigned long)change->raw,
					   __ATOMIC_SEQ_CST);
	*slot = (unsigned long)change->raw;
	return change->old;
}

static const struct pml_ops ops = { alloc, give_back, store };

static struct pml_space own = { .fmt = IS_32 ? &pml_sv32 : &pml_sv39, .at = at };

static int map(struct pml_space *space, uint64_t va, uint64_t size, uint64_t pa,
	       unsigned rights)
{
	struct pml_editor ed = {
		.space = space, .ops = &ops,
		.free_level = space->fmt->levels - 1,
	};
	struct pml_attr attr = { .rights = rights, .accessed = true, .dirty = true };
	struct pml_pending pending;
	int status;

	pml_pending_init(&pending);
	status = rights ? pml_map(&ed, va, va + size - 1, pa, &attr, PML_REPLACE,
				  &pending) :
			  pml_unmap(&ed, va, va + size - 1, 0, &pending);
	__asm__ volatile("sfence.vma" : : : "memory");
	pml_release(&ed, &pending);
	return status;
}

static int protect(uint64_t va, uint64_t size, unsigned rights)
{
	struct pml_editor ed = {
		.space = &own, .ops = &ops,
		.free_level = own.fmt->levels - 1,
	};
	struct pml_pending pending;
	int status;

	pml_pending_init(&pending);
	status = pml_protect(&ed, va, va + size - 1, rights, 0, &pending);
	__asm__ volatile("sfence.vma" : : : "memory");
	pml_release(&ed, &pending);
	return status;
}

/* --- What is mapped ---------------------------------------------------------- */

#define R	PML_R
#define W	PML_W
#define X	PML_X
#define U	PML_U

static const struct {
	const char *what;
	unsigned long va, size, pa;
	unsigned rights;
} areas[] = {
	{ "code and data", RAM, 0x400000, RAM, R | W | X },
	{ "tables", TABLES, 0x400000, TABLES, R | W },
	{ "the serial line", UART, 0x1000, UART, R | W },
	{ "the test device", 0x100000, 0x1000, 0x100000, R | W },
	{ "read-only", 0x400000, 0x40000, FRAMES, R },
	{ "read-write", 0x600000, 0x40000, FRAMES + 0x200000, R | W },
	{ "execute-only", 0x700000, 0x1000, FRAMES + 0x300000, X },
	{ "the user's", 0x800000, 0x10000, FRAMES + 0x400000, R | W | U },
	{ "a large page", 0x40000000, 0x400000, FRAMES + 0x800000, R | W },
};

static void make(void)
{
	uint64_t root;

	alloc(NULL, 0, &root);
	own.root = root >> 12;
	for (unsigned i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
		ok(map(&own, areas[i].va, areas[i].size, areas[i].pa,
		       areas[i].rights) == PML_OK, areas[i].what, areas[i].va);
}

/* --- What faults ------------------------------------------------------------- */

static void expect(void (*access)(unsigned long), unsigned long va,
		   unsigned long cause, unsigned long value, const char *what)
{
	fault_cause = 0;
	fault_expected = 1;
	access(va);
	fault_expected = 0;
	ok(fault_cause == cause && (!cause || fault_value == value), what,
	   fault_cause);
}

static void faults(void)
{
	expect(try_load, 0x400000, 0, 0, "load");
	expect(try_load, 0x640000, 13, 0x640000, "load of nothing");
	expect(try_load, 0x63fffe, 13, 0x640000, "load over the end");
	expect(try_byte, 0x600000, 13, 0x5fffff, "byte of nothing");
	expect(try_store, 0x400000, 15, 0x400008, "store to what is read-only");
	expect(try_amo, 0x400010, 15, 0x400010, "AMO there");
	expect(try_lr, 0x640000, 13, 0x640000, "LR of nothing");
	expect(try_short, 0x640000, 13, 0x640004, "16 bits, load of nothing");
	expect(try_load, 0x700000, 13, 0x700000, "load of what is execute-only");
	expect(try_load, 0x800000, 13, 0x800000, "load of the user's");
	expect(try_fetch, 0x600000, 12, 0x600000, "fetch of what is read-write");
	expect(try_store, 0x40100000, 0, 0, "store to a large page");
}

static void changes(void)
{
	unsigned before = tables;

	ok(protect(0x40100000, 0x1000, R) == PML_OK, "protect a part of it",
	   0x40100000);
	expect(try_store, 0x40100000, 15, 0x40100008, "store there");
	expect(try_store, 0x40101000, 0, 0, "store beside it");
	ok(map(&own, 0x600000, 0x40000, 0, 0) == PML_OK, "unmap", 0x600000);
	expect(try_load, 0x600000, 13, 0x600000, "load of what was there");
	ok(map(&own, 0x600000, 0x40000, FRAMES + 0x200000, R | W) == PML_OK,
	   "map again", 0x600000);
	expect(try_load, 0x600000, 0, 0, "load of it");
	ok(tables == before + 1, "tables", tables);
}

/* --- A guest ------------------------------------------------------------------ */

#if __riscv_xlen == 64
#define MISA_H	(1UL << 7)
#define ALL	(R | W | X | U)

/* For hgatp, and for vsatp. */
unsigned long guest_roots[2];

static struct pml_space vs = { .fmt = &pml_sv39, .at = at };
static struct pml_space g = { .fmt = &pml_sv39x4, .at = at };

/* A root of 16 KiB. */
static uint64_t take_root(void)
{
	unsigned long root = (next_table + 0x3fff) & ~0x3fffUL;

	next_table = root + 0x4000;
	memset((void *)root, 0, 0x4000);
	return root;
}

static void make_guest(void)
{
	uint64_t root;

	g.root = take_root() >> 12;
	alloc(NULL, 0, &root);
	vs.root = root >> 12;
	ok(map(&g, RAM, 0x400000, RAM, ALL) == PML_OK &&
	   map(&g, TABLES, 0x400000, TABLES, ALL) == PML_OK &&
	   map(&g, GUEST_FRAMES, 0x8000, FRAMES + 0x1000000, ALL) == PML_OK &&
	   map(&g, GUEST_FRAMES + 0x8000, 0x8000, FRAMES + 0x1100000,
	       R | U) == PML_OK, "the G stage", g.root);
	ok(map(&vs, RAM, 0x400000, RAM, R | W | X) == PML_OK &&
	   map(&vs, GUEST_PAGES, 0x10000, GUEST_FRAMES, R | W) == PML_OK &&
	   map(&vs, GUEST_PAGES + 0x10000, 0x1000, GUEST_NOTHING, R) == PML_OK,
	   "the VS stage", vs.root);
}

static void run_guest(void)
{
	guest_roots[0] = g.root | SATP_MODE;
	guest_roots[1] = vs.root | SATP_MODE;
	pmapk_guest();
	enter_guest(guest_roots[0], guest_roots[1]);
}
#endif

#if __riscv_xlen == 64
static bool has_h;
#endif

static void set_machine(void)
{
	write_csr(pmpaddr0, ~0UL);
	write_csr(pmpcfg0, 0x1f);
	write_csr(medeleg, ~0UL);
	write_csr(stvec, trap);
#if __riscv_xlen == 64
	has_h = read_csr(misa) & MISA_H;
#endif
}

void main(void)
{
	set_machine();
	make();
	enter_supervisor((unsigned long)own.root | SATP_MODE);
	pmapk_ready();
	faults();
	changes();
#if __riscv_xlen == 64
	if (has_h)
		make_guest();
#endif
	print_plan();
#if __riscv_xlen == 64
	if (has_h)
		run_guest();
#endif
}
