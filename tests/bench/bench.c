/*
 * What the core costs, beside what one would write by hand.
 *
 * Each row is one task, done by the core and by the plain four-level code
 * below, over the same tables through direct pointers, in turns, the best of
 * some rounds: ns for a page (or a table, for sparse trees) and their ratio.
 *
 *	bench [ROUNDS]
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGE		4096ULL
#define TABLES		4096
#define GIB		(1ULL << 30)
#define PAGES		(GIB / PAGE)
#define USER_LAST	0x00007fffffffffffULL
#define KERNEL_FIRST	0xffff800000000000ULL
#define BASE		0xffff900000000000ULL	/* where the benchmark maps */

static unsigned char *memory;	/* physical memory, from 0 on */
static size_t next_table;
static uint64_t free_tables;	/* linked through their first entries */
static uint64_t root;
static volatile uint64_t sink;

/* --- Memory, for both: a bump allocator with a free list ------------------ */

static inline uint64_t *table_of(uint64_t pa)
{
	return (uint64_t *)(memory + pa);
}

static inline uint64_t new_table(void)
{
	uint64_t pa = free_tables;

	if (pa) {
		free_tables = table_of(pa)[0];
	} else {
		if (next_table == TABLES)
			abort();
		pa = next_table++ * PAGE;
	}
	memset(table_of(pa), 0, PAGE);
	return pa;
}

static inline void old_table(uint64_t pa)
{
	table_of(pa)[0] = free_tables;
	free_tables = pa;
}

static void reset(void)
{
	next_table = 1;
	free_tables = 0;
	root = new_table();
}

/* --- By hand: x86-64, four levels ----------------------------------------- */

#define P	1ULL
#define RW	2ULL
#define US	4ULL
#define PS	0x80ULL
#define NX	(1ULL << 63)
#define ADDR	0x000ffffffffff000ULL

struct found {
	uint64_t pa, size;
	uint64_t rights;	/* P, RW, US and NX over the walk */
};

static inline bool hand_walk(uint64_t va, struct found *found)
{
	uint64_t table = root, allow = ~NX;
	int shift;

	if ((uint64_t)((int64_t)(va << 16) >> 16) != va)
		return false;
	for (shift = 39;; shift -= 9) {
		uint64_t raw = table_of(table)[va >> shift & 511];

		if (!(raw & P))
			return false;
		allow = (allow & (raw | NX)) | (raw & NX);
		if (shift == 12 || (shift < 39 && (raw & PS))) {
			uint64_t offset = (1ULL << shift) - 1;

			found->pa = (raw & ADDR & ~offset) | (va & offset);
			found->size = offset + 1;
			found->rights = allow & (P | RW | US | NX);
			return true;
		}
		table = raw & ADDR;
	}
}

typedef int hand_visit(uint64_t *slot, uint64_t va, int shift, bool whole,
		       void *arg);

/* What is found of a page, by either: enough to use all of it. */
static inline uint64_t page_found(uint64_t va, uint64_t pa, int shift,
				  uint64_t rights)
{
	return (va ^ pa) + (unsigned)shift + rights;
}

static inline uint64_t hand_page(uint64_t va, uint64_t raw, int shift,
				 uint64_t allow, uint64_t deny)
{
	uint64_t rights = (raw & allow & (P | RW | US)) | ((raw | deny) & NX);

	return page_found(va, raw & ADDR & ~0ULL << shift, shift, rights);
}

/* Every page: where, to where, how large, with which effective rights. */
static inline uint64_t hand_traverse(void)
{
	uint64_t sum = 0;
	uint64_t *l4 = table_of(root);

	for (unsigned i = 0; i < 512; i++) {
		uint64_t va4 = (uint64_t)((int64_t)((uint64_t)i << 55) >> 16);
		uint64_t *l3 = table_of(l4[i] & ADDR);

		if (!(l4[i] & P))
			continue;
		for (unsigned j = 0; j < 512; j++) {
			uint64_t va3 = va4 | (uint64_t)j << 30;
			uint64_t *l2 = table_of(l3[j] & ADDR);

			if (!(l3[j] & P))
				continue;
			if (l3[j] & PS) {
				sum += hand_page(va3, l3[j], 30, l4[i], l4[i]);
				continue;
			}
			for (unsigned k = 0; k < 512; k++) {
				uint64_t va2 = va3 | (uint64_t)k << 21;
				uint64_t allow = l2[k] & l3[j] & l4[i];
				uint64_t deny = l2[k] | l3[j] | l4[i];
				uint64_t *l1 = table_of(l2[k] & ADDR);

				if (!(l2[k] & P))
					continue;
				if (l2[k] & PS) {
					sum += hand_page(va2, l2[k], 21, allow,
							 deny);
					continue;
				}
				for (unsigned l = 0; l < 512; l++)
					if (l1[l] & P)
						sum += hand_page(va2 | l << 12,
								 l1[l], 12,
								 allow, deny);
			}
		}
	}
	return sum;
}

/* Every entry that first..last touches, in post-order; non-zero ends it. */
static int hand_each(uint64_t table, int shift, uint64_t first, uint64_t last,
		     hand_visit *visit, void *arg)
{
	uint64_t *slot = table_of(table) + (first >> shift & 511);
	uint64_t span = (1ULL << shift) - 1, end;
	int ret;

	for (;; slot++, first = end + 1) {
		bool whole = false;

		end = (first | span) < last ? first | span : last;
		if (shift > 12 && (*slot & P) && !(*slot & PS)) {
			ret = hand_each(*slot & ADDR, shift - 9, first, end,
					visit, arg);
			if (ret)
				return ret;
			whole = !(first & span) && (end & span) == span;
		}
		ret = visit(slot, first & ~span, shift, whole, arg);
		if (ret || end == last)
			return ret;
	}
}

static inline uint64_t *hand_slot(uint64_t va, bool create)
{
	uint64_t table = root;
	int shift;

	for (shift = 39; shift > 12; shift -= 9) {
		uint64_t *slot = &table_of(table)[va >> shift & 511];

		if (!(*slot & P)) {
			if (!create)
				return NULL;
			*slot = new_table() | P | RW | US;
		}
		table = *slot & ADDR;
	}
	return &table_of(table)[va >> 12 & 511];
}

static inline void hand_map(uint64_t va, uint64_t last, uint64_t pa,
			    uint64_t flags)
{
	for (; va <= last; va += PAGE, pa += PAGE) {
		uint64_t *slot = hand_slot(va, true);

		if (*slot)
			abort();
		__atomic_store_n(slot, pa | flags, __ATOMIC_RELAXED);
	}
}

static bool hand_free_empty(uint64_t table, int shift)
{
	uint64_t *slot = table_of(table);
	bool empty = true;

	for (unsigned i = 0; i < 512; i++) {
		if (shift > 12 && (slot[i] & P) && !(slot[i] & PS) &&
		    hand_free_empty(slot[i] & ADDR, shift - 9)) {
			old_table(slot[i] & ADDR);
			slot[i] = 0;
		}
		empty = empty && !slot[i];
	}
	return empty;
}

static inline void hand_unmap(uint64_t va, uint64_t last)
{
	for (; va <= last; va += PAGE) {
		uint64_t *slot = hand_slot(va, false);

		if (slot)
			__atomic_exchange_n(slot, 0, __ATOMIC_RELAXED);
	}
	hand_free_empty(root, 39);
}

/* --- By the core ---------------------------------------------------------- */

/* All physical memory is there, and the compiler may know it. */
PML_INLINE const void *at(void *ctx, uint64_t pa, size_t size)
{
	const void *table = memory + pa;

	(void)ctx;
	(void)size;
	if (!table)
		__builtin_unreachable();
	return table;
}

static bool op_alloc(void *ctx, int level, uint64_t *pa_ret)
{
	(void)ctx;
	(void)level;
	*pa_ret = new_table();
	return true;
}

static void op_free(void *ctx, int level, uint64_t pa)
{
	(void)ctx;
	(void)level;
	old_table(pa);
}

static uint64_t op_store(void *ctx, const struct pml_change *change)
{
	(void)ctx;
	return pml_store_entry(&pml_x86_64_4, change);
}

static const struct pml_ops ops = {
	.alloc = op_alloc, .free = op_free, .store = op_store
};


static void core_map(uint64_t va, uint64_t last, uint64_t pa)
{
	struct pml_space space = { .fmt = &pml_x86_64_4, .root = root, .at = at };
	struct pml_editor ed = { .space = &space, .ops = &ops, .free_level = 3 };
	struct pml_attr attr = {
		.rights = PML_R | PML_W | PML_X, .max_level = 1
	};

	if (pml_map(&ed, va, last, pa, &attr, 0, NULL))
		abort();
}

static void core_unmap(uint64_t va, uint64_t last)
{
	struct pml_space space = { .fmt = &pml_x86_64_4, .root = root, .at = at };
	struct pml_editor ed = { .space = &space, .ops = &ops, .free_level = 3 };
	struct pml_pending pending;

	pml_pending_init(&pending);
	if (pml_unmap(&ed, va, last, 0, &pending))
		abort();
	pml_release(&ed, &pending);
}

/* --- The tasks ------------------------------------------------------------ */

static uint64_t addresses[PAGES];

static void walk_hand(void)
{
	uint64_t sum = 0;
	struct found found;

	for (size_t i = 0; i < PAGES; i++)
		if (hand_walk(addresses[i], &found))
			sum += found.pa + found.size + (found.rights & RW);
	sink = sum;
}

static void walk_core(void)
{
	struct pml_space space = { .fmt = &pml_x86_64_4, .root = root, .at = at };
	struct pml_target target;
	uint64_t sum = 0;

	for (size_t i = 0; i < PAGES; i++)
		if (pml_translate(&space, addresses[i], &target, NULL))
			sum += target.pa + (1ULL << target.shift) +
			       (target.rights & PML_W);
	sink = sum;
}

static void traverse_hand(void)
{
	sink = hand_traverse();
}

static void traverse_cursor(void)
{
	struct pml_space space = { .fmt = &pml_x86_64_4, .root = root, .at = at };
	struct pml_cursor c;
	struct pml_record r;
	uint64_t sum = 0;

	pml_cursor_init(&c, &space, 0, ~0ULL, 0);
	while (pml_next(&c, &r))
		if (r.kind == PML_LEAF)
			sum += page_found(r.va, r.pa, r.shift, r.rights);
	sink = sum;
}

static int add_page(const struct pml_record *r, bool whole, void *arg)
{
	(void)whole;
	if (r->kind == PML_LEAF)
		*(uint64_t *)arg += page_found(r->va, r->pa, r->shift,
					       r->rights);
	return 0;
}

static void traverse_core(void)
{
	struct pml_space space = { .fmt = &pml_x86_64_4, .root = root, .at = at };
	uint64_t sum = 0;

	pml_for_each(&space, 0, ~0ULL, add_page, &sum);
	sink = sum;
}

static int count_slot(uint64_t *slot, uint64_t va, int shift, bool whole,
		      void *arg)
{
	*(uint64_t *)arg += *slot ^ va ^ (unsigned)shift ^ whole;
	return 0;
}

static void each_hand(void)
{
	uint64_t sum = 0;

	hand_each(root, 39, 0, USER_LAST, count_slot, &sum);
	hand_each(root, 39, KERNEL_FIRST, ~0ULL, count_slot, &sum);
	sink = sum;
}

static int count_record(const struct pml_record *r, bool whole, void *arg)
{
	*(uint64_t *)arg += r->raw ^ r->va ^ r->shift ^ whole;
	return 0;
}

static void each_core(void)
{
	struct pml_space space = { .fmt = &pml_x86_64_4, .root = root, .at = at };
	uint64_t sum = 0;

	if (pml_for_each(&space, 0, ~0ULL, count_record, &sum))
		abort();
	sink = sum;
}

static void map_hand(void)
{
	hand_map(BASE, BASE + GIB - 1, GIB, P | RW);
}

static void map_core(void)
{
	core_map(BASE, BASE + GIB - 1, GIB);
}

static void unmap_hand(void)
{
	hand_unmap(BASE, BASE + GIB - 1);
}

static void unmap_core(void)
{
	core_unmap(BASE, BASE + GIB - 1);
}

/* An empty table costs a scan of it: eight bytes at a time, nothing else. */
static void scan_hand(void)
{
	uint64_t sum = 0;

	for (size_t t = 1; t < next_table; t++) {
		const uint64_t *table = table_of(t * PAGE);

		for (unsigned i = 0; i < 512; i++)
			sum += __atomic_load_n(table + i, __ATOMIC_RELAXED) != 0;
	}
	sink = sum;
}

/* --- The states that the tasks begin in ----------------------------------- */

static void begin_empty(void)
{
	reset();
}

/* One GiB in 4 KiB pages. */
static void begin_full(void)
{
	reset();
	hand_map(BASE, BASE + GIB - 1, GIB, P | RW);
}

/* As many tables, of which the last level's are empty. */
static void begin_sparse(void)
{
	uint64_t va;

	reset();
	for (va = BASE; va < BASE + 6 * GIB; va += 512 * PAGE)
		hand_slot(va, true);
}

static const struct task {
	const char *name, *unit;
	void (*begin)(void);
	void (*hand)(void), (*core)(void);
	double count;
	bool changes;		/* begin again for each run */
} tasks[] = {
	{ "walk, addresses in order", "page", begin_full, walk_hand, walk_core,
	  PAGES, false },
	{ "traverse 1 GiB of 4 KiB pages", "page", begin_full, traverse_hand,
	  traverse_core, PAGES, false },
	{ "the same with a cursor", "page", begin_full, traverse_hand,
	  traverse_cursor, PAGES, false },
	{ "for_each, all entries", "page", begin_full, each_hand, each_core,
	  PAGES, false },
	{ "map 1 GiB in 4 KiB pages", "page", begin_empty, map_hand, map_core,
	  PAGES, true },
	{ "unmap 1 GiB in 4 KiB pages", "page", begin_full, unmap_hand,
	  unmap_core, PAGES, true },
	{ "traverse empty tables (by hand: scan)", "table", begin_sparse,
	  scan_hand, traverse_cursor, 3072, false },
	{ "for_each, empty tables", "table", begin_sparse, each_hand, each_core,
	  3072, false },
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static double run(const struct task *task, void (*what)(void))
{
	double start;

	if (task->changes)
		task->begin();
	start = now();
	what();
	return now() - start;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

static void measure(const struct task *task, int rounds)
{
	double hand = 1e18, core = 1e18;
	int i;

	task->begin();
	for (i = 0; i < rounds; i++) {
		hand = least(hand, run(task, task->hand));
		core = least(core, run(task, task->core));
	}
	printf("%-40s ns/%-6s %8.2f %8.2f %8.2f\n", task->name, task->unit,
	       hand / task->count, core / task->count, core / hand);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 20;
	size_t i;

	if (rounds < 1) {
		fprintf(stderr, "bench: \"%s\" is no number of rounds: bench [ROUNDS]\n", argv[1]);
		return 2;
	}
	memory = aligned_alloc(PAGE, TABLES * PAGE);
	if (!memory)
		abort();
	memset(memory, 1, TABLES * PAGE);
	for (i = 0; i < PAGES; i++)
		addresses[i] = BASE + i * PAGE + i % PAGE;
	printf("%-40s %-9s %8s %8s %8s\n", "", "", "by hand", "core", "ratio");
	for (i = 0; i < sizeof(tasks) / sizeof(*tasks); i++)
		measure(&tasks[i], rounds);
	return 0;
}
