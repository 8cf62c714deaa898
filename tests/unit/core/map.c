/*
 * map, unmap, protect, add and free tables: each promise by hand.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tap.h"
#include "world.h"

#define KIB4	4096ULL
#define MIB2	(1ULL << 21)
#define GIB	(1ULL << 30)
#define TOP	(~0ULL)
#define RWX	(PML_R | PML_W | PML_X)

static struct world *w;
static struct pml_attr attr;
static struct pml_pending pending;

static void raced(struct world *world, uint64_t va, int level, unsigned marks)
{
	(void)va;
	(void)level;
	*(uint64_t *)world->arg |= world_mark(world, 0, marks);
}

static void begin(const struct pml_format *fmt)
{
	if (w)
		world_delete(w);
	w = world_new(fmt, 0, 40, false);
	w->raced = raced;
	attr = (struct pml_attr){ .rights = PML_R | PML_W | fmt->always |
					    (fmt->nx ? 0 : PML_X) };
	pml_pending_init(&pending);
}

static int map(uint64_t va, uint64_t size, uint64_t pa, unsigned flags)
{
	return pml_map(&w->ed, va, va + size - 1, pa, &attr, flags, &pending);
}

static int unmap(uint64_t va, uint64_t size, unsigned flags)
{
	return pml_unmap(&w->ed, va, va + size - 1, flags, &pending);
}

static int protect(uint64_t va, uint64_t size, unsigned rights, unsigned flags)
{
	return pml_protect(&w->ed, va, va + size - 1, rights, flags, &pending);
}

static struct verdict look(uint64_t va)
{
	return oracle_walk(&w->g, &w->space, va);
}

static bool maps(uint64_t va, uint64_t pa, int level)
{
	struct verdict v = look(va);

	return v.kind == PML_LEAF && v.pa == pa && v.level == level;
}

static unsigned char *slot_of(uint64_t va)
{
	uint64_t pa = look(va).slot_pa;

	return w->memory + world_offset(w, pa);
}

static void poke(uint64_t va, uint64_t raw)
{
	memcpy(slot_of(va), &raw, w->fmt.entry_size);
}

/* Was `status` returned, and nothing changed?  Evaluates `call` once. */
#define REFUSED(call, status, what) do { \
		uint64_t hash_ = world_hash(w); \
		ok((call) == (status) && world_hash(w) == hash_ && \
		   !pending.flush, "%s", what); \
	} while (0)

static void page_sizes(void)
{
	begin(&pml_x86_64_4);
	ok(!map(GIB - MIB2 - KIB4, GIB + 2 * MIB2 + 2 * KIB4, 5 * GIB - MIB2 - KIB4, 0),
	   "a range with head, body and tail");
	ok(maps(GIB - MIB2 - 1, 5 * GIB - MIB2 - 1, 1), "4 KiB first");
	ok(maps(GIB - 1, 5 * GIB - 1, 2), "then 2 MiB");
	ok(maps(GIB + 12345, 5 * GIB + 12345, 3), "1 GiB in the middle");
	ok(maps(2 * GIB, 6 * GIB, 2), "2 MiB again");
	ok(maps(2 * GIB + MIB2 + 4095, 6 * GIB + MIB2 + 4095, 1), "4 KiB last");
	ok(look(2 * GIB + MIB2 + KIB4).kind == PML_HOLE, "and no further");
	ok(w->live == 1 + 1 + 2 + 2, "with no table too many");
	begin(&pml_x86_64_4);
	map(0, GIB, KIB4, 0);
	ok(w->live == 40 || look(0).kind == PML_HOLE, "not congruent");
	begin(&pml_x86_64_4);
	ok(!map(MIB2, MIB2, KIB4, 0) && maps(MIB2, KIB4, 1),
	   "addresses that are not congruent: 4 KiB pages");
	attr.max_level = 2;
	ok(!map(GIB, GIB, GIB, 0) && maps(GIB, GIB, 2), "not above max_level");
	begin(&pml_x86_64_4);
	w->space.no_leaf = PML_LEVEL(3);
	ok(!map(GIB, GIB, GIB, 0) && maps(GIB, GIB, 2),
	   "not of a size that the processor does not have");
}

static void bad_ranges(void)
{
	begin(&pml_x86_64_4);
	REFUSED(map(1, KIB4, 0, 0), PML_EINVAL, "an address inside a page");
	REFUSED(map(0, KIB4, 1, 0), PML_EINVAL, "a physical address inside a page");
	REFUSED(map(0, KIB4 - 1, 0, 0), PML_EINVAL, "a size of less than a page");
	REFUSED(map(KIB4, 0, 0, 0), PML_EINVAL, "a range that ends before it begins");
	REFUSED(map(0x7fffffe00000, 2 * MIB2, 0, 0), PML_EINVAL,
		"a range into the hole of the address space");
	REFUSED(map(0x800000000000, KIB4, 0, 0), PML_EINVAL,
		"an address that is not canonical");
	REFUSED(map(0, 0x800000000000 + KIB4, 0, 0), PML_EINVAL,
		"a range past the lower half");
	REFUSED(pml_map(&w->ed, -KIB4, KIB4 - 1, 0, &attr, 0, NULL), PML_EINVAL,
		"a range that wraps");
	REFUSED(map(0, 2 * KIB4, -KIB4, 0), PML_EINVAL, "physical addresses that wrap");
	REFUSED(map(0, KIB4, 1ULL << 52, 0), PML_EINVAL, "a physical address of 53 bits");
	w->space.rsvd = pml_x86_rsvd_above(40);
	REFUSED(map(0, 2 * KIB4, (1ULL << 40) - KIB4, 0), PML_EINVAL,
		"physical addresses that pass MAXPHYADDR");
	ok(!map(0, KIB4, (1ULL << 40) - KIB4, 0), "but the page before it is one");
	attr.rights = 0;
	REFUSED(map(KIB4, KIB4, 1ULL << 40, 0), PML_EINVAL,
		"nor can a page that is not present be above it");
	attr.rights = RWX;
	ok(!map(-KIB4, KIB4, KIB4, 0) && maps(TOP, 2 * KIB4 - 1, 1),
	   "the last page of all");
	ok(!unmap(-KIB4, KIB4, 0) && look(TOP).kind == PML_HOLE, "and away with it");
}

static void bad_attributes(void)
{
	begin(&pml_x86_64_4);
	attr.rights = PML_W;
	REFUSED(map(0, KIB4, 0, 0), PML_ERIGHTS, "x86: writable but not readable");
	attr.rights = RWX;
	attr.memtype = 8;
	REFUSED(map(0, KIB4, 0, 0), PML_EINVAL, "x86: PAT index 8");
	attr.memtype = 0;
	attr.pkey = 16;
	REFUSED(map(0, KIB4, 0, 0), PML_EINVAL, "x86: protection key 16");
	attr.pkey = 0;
	attr.soft = 1;
	REFUSED(map(0, KIB4, 0, 0), PML_EINVAL, "x86: P is not software's");
	attr.soft = 0;
	attr.rights = PML_R;
	w->space.rsvd = PML_X86_NX;
	REFUSED(map(0, KIB4, 0, 0), PML_ERIGHTS, "x86: not executable without NX");
	REFUSED(protect(0, KIB4, PML_R, 0), PML_ERIGHTS, "nor by protect");
	begin(&pml_x86_32);
	attr.rights = PML_R;
	REFUSED(map(0, KIB4, 0, 0), PML_ERIGHTS, "32-bit: all can be executed");
	attr.rights = PML_R | PML_X;
	REFUSED(map(0, KIB4, 1ULL << 32, 0), PML_EINVAL, "32-bit: no address of 33 bits");
	begin(&pml_ept_4);
	attr.rights = PML_W | PML_U;
	REFUSED(map(0, KIB4, 0, 0), PML_EINVAL, "EPT: writable but not readable");
	attr.rights = PML_R | PML_U;
	attr.memtype = 2;
	REFUSED(map(0, KIB4, 0, 0), PML_EINVAL, "EPT: memory type 2");
	attr.memtype = 6;
	ok(!map(0, KIB4, 0, 0) && look(0).raw == 0x31, "EPT: write-back, read-only");
	attr.rights = PML_X | PML_U;
	ok(!map(KIB4, KIB4, 0, 0), "EPT: execute-only");
	w->space.options = PML_NO_EXEC_ONLY;
	w->g.no_exec_only = true;
	attr.rights = PML_X | PML_U;
	REFUSED(map(2 * KIB4, KIB4, 0, 0), PML_EINVAL, "but not where that is none");
}

static void occupied(void)
{
	begin(&pml_x86_64_4);
	map(MIB2, MIB2, MIB2, 0);
	REFUSED(map(MIB2 + KIB4, 3 * KIB4, 0, 0), PML_EEXIST,
		"4 KiB pages into a 2 MiB page");
	REFUSED(map(0, 4 * MIB2, 0, 0), PML_EEXIST, "over a page in the middle");
	map(8 * MIB2, KIB4, 0, 0);
	REFUSED(map(8 * MIB2, MIB2, 0, 0), PML_EEXIST,
		"a 2 MiB page over a table with a page in it");
	attr.pkey = 16;
	REFUSED(map(8 * MIB2, MIB2, 0, PML_REPLACE), PML_EINVAL,
		"what cannot be a page does not take a table's place");
	attr.pkey = 0;
	ok(!unmap(8 * MIB2, KIB4, 0), "unmap that one, and");
	pml_release(&w->ed, &pending);
	w->ed.free_level = 0;
	map(8 * MIB2, KIB4, 0, 0);
	unmap(8 * MIB2, KIB4, 0);
	pml_release(&w->ed, &pending);
	ok(!map(8 * MIB2, MIB2, 0, 0) && maps(8 * MIB2, 0, 1),
	   "over an empty table that has to stay: its pages are used");
	ok(!map(8 * MIB2, MIB2, 0, PML_REPLACE) && maps(8 * MIB2, 0, 1) &&
	   !pending.freed.chain[1].count, "with PML_REPLACE likewise");
	pml_release(&w->ed, &pending);
	w->ed.free_level = 3;
	ok(!map(8 * MIB2, MIB2, 0, PML_REPLACE) && maps(8 * MIB2, 0, 2) &&
	   pending.freed.chain[1].count == 1 && pending.flush,
	   "with PML_REPLACE the table gives way, and waits for the flush");
	pml_release(&w->ed, &pending);
	ok(w->live == world_count(w, 4, w->space.root), "no table is lost");
	ok(!map(8 * MIB2 + KIB4, KIB4, 7 * GIB, PML_REPLACE) &&
	   maps(8 * MIB2 + KIB4, 7 * GIB, 1) && maps(8 * MIB2, 0, 1) &&
	   maps(8 * MIB2 + 2 * KIB4, 2 * KIB4, 1),
	   "a page inside a large one: the rest stays");
	ok(pml_map(&w->ed, 0, 4095, 0, &attr, PML_REPLACE, NULL) == PML_EINVAL,
	   "PML_REPLACE without a place for what has to be flushed");
}

static void splitting(void)
{
	begin(&pml_x86_64_4);
	attr.memtype = 5;	/* PAT and PWT */
	attr.global = true;
	attr.soft = 0x600;
	attr.pkey = 9;
	attr.accessed = true;
	map(GIB, GIB, 3 * GIB, 0);
	ok((look(GIB).raw & 0x1098) == 0x1088, "1 GiB: PAT is bit 12");
	REFUSED(unmap(GIB + KIB4, KIB4, PML_NO_SPLIT), PML_EINVAL,
		"a part of a large page, with PML_NO_SPLIT");
	ok(!unmap(GIB + KIB4, KIB4, 0), "a part of a 1 GiB page");
	ok(look(GIB + KIB4).kind == PML_HOLE, "it is gone");
	ok(maps(GIB, 3 * GIB, 1) && maps(GIB + 2 * KIB4, 3 * GIB + 2 * KIB4, 1) &&
	   maps(GIB + MIB2, 3 * GIB + MIB2, 2) && maps(2 * GIB - 1, 4 * GIB - 1, 2),
	   "and nothing else");
	ok((look(GIB).raw & 0x1098) == 0x88, "4 KiB: PAT is bit 7");
	ok((look(GIB + MIB2).raw & 0x1098) == 0x1088, "2 MiB: PAT is bit 12");
	ok((look(GIB).raw >> 59 & 15) == 9 && (look(GIB).raw & 0xf60) == 0x720,
	   "key, global, accessed and software's bits are kept");
	ok(pending.flush && pending.first == GIB && pending.last == 2 * GIB - 1,
	   "what was split has to be flushed");
}

static void absent_pages(void)
{
	begin(&pml_x86_64_4);
	attr.rights = 0;
	ok(!map(0, KIB4, 0x123456000, 0) && look(0).kind == PML_NONPRESENT,
	   "a page without rights is there, and not present");
	REFUSED(map(0, KIB4, 0, 0), PML_EEXIST, "it is in the way");
	ok(!unmap(0, KIB4, PML_KEEP_NONPRESENT) && w->live == 4,
	   "PML_KEEP_NONPRESENT keeps it, and its tables");
	attr.rights = PML_R;
	map(MIB2, KIB4, 0, 0);
	attr.rights = 0;
	ok(!unmap(0, 2 * MIB2, PML_KEEP_NONPRESENT) && look(0).raw &&
	   look(MIB2).level == 2, "but not the empty ones beside");
	pml_release(&w->ed, &pending);
	ok(!protect(0, KIB4, PML_R, 0) && look(0).kind == PML_NONPRESENT,
	   "protect leaves it alone");
	ok(!protect(0, KIB4, PML_R, PML_OWN_NONPRESENT) &&
	   maps(0, 0x123456000, 1), "unless it is told whose it is");
	pml_release(&w->ed, &pending);
	protect(0, KIB4, 0, 0);
	ok(look(0).kind == PML_NONPRESENT && pending.flush,
	   "rights of 0 make a page not present");
	pml_release(&w->ed, &pending);
	ok(!unmap(0, KIB4, 0) && look(0).kind == PML_HOLE, "unmap clears it");
	pml_release(&w->ed, &pending);
	ok(w->live == 1, "and its tables are freed");
	map(0, MIB2, 0, 0);
	REFUSED(unmap(0, KIB4, 0), PML_EINVAL,
		"a part of a large one cannot be unmapped: whose is it?");
	ok(!unmap(0, KIB4, PML_OWN_NONPRESENT) && look(KIB4).raw,
	   "with PML_OWN_NONPRESENT it can");
	begin(&pml_x86_32);
	attr.rights = 0;
	ok(!map(0, KIB4, 0, 0) && look(0).kind == PML_NONPRESENT,
	   "page 0 without rights is no hole, even where it has no bit set");
	unmap(0, KIB4, 0);
	attr.rights = PML_R | PML_X;
	map(0, KIB4, 0, 0);
	ok(!protect(0, KIB4, 0, 0) && look(0).kind == PML_NONPRESENT,
	   "nor when protect takes its rights away");
	begin(&pml_ept_4);
	attr.rights = 0;
	ok(!map(0, MIB2, 0, 0) && !unmap(KIB4, KIB4, PML_OWN_NONPRESENT) &&
	   look(0).kind == PML_NONPRESENT,
	   "nor does it become one when it was a part of a large page");
	begin(&pml_ept_4);
	map(0, KIB4, 0, 0);
	poke(0, 0x1238);
	ok(!protect(0, KIB4, PML_R | PML_U, PML_OWN_NONPRESENT) &&
	   look(0).raw == 0x1238,
	   "what could not be a page, with memory type 7, is nobody's");
	begin(&pml_x86_64_4);
	map(0, MIB2, 0, 0);
	poke(0, look(0).raw | 1 << 13);
	ok(look(0).kind == PML_RESERVED && !protect(0, KIB4, PML_R, 0),
	   "protect leaves an entry with reserved bits alone, in part, too");
	REFUSED(unmap(0, KIB4, 0), PML_EINVAL,
		"which cannot be unmapped in part");
	ok(!unmap(0, MIB2, 0) && look(0).kind == PML_HOLE, "but as a whole");
}

static void freeing(void)
{
	uint64_t first, link;

	begin(&pml_x86_64_4);
	map(0, 2 * KIB4, 0, 0);
	ok(!unmap(0, KIB4, 0) && !pending.freed.chain[1].count,
	   "a table with a page left stays");
	ok(!unmap(KIB4, KIB4, 0) && w->live == 4 &&
	   pending.freed.chain[1].count == 1 && pending.freed.chain[3].count == 1,
	   "empty tables are unlinked, but not freed before the flush");
	ok(look(0).level == 4, "nothing refers to them");
	first = pending.freed.chain[1].head;
	memcpy(&link, w->memory + world_offset(w, first), 8);
	ok(!(link & w->fmt.present), "who still walks them finds nothing present");
	pml_release(&w->ed, &pending);
	ok(w->live == 1 && !pending.flush, "after the flush they are freed");
	w->ed.free_level = 2;
	map(0, KIB4, 0, 0);
	unmap(0, KIB4, 0);
	pml_release(&w->ed, &pending);
	ok(w->live == 2 && look(0).level == 3, "but none above free_level");
	w->ed.free_level = 3;
	map(0, 2 * MIB2, KIB4, 0);
	ok(!pml_free_tables(&w->ed, MIB2, 3 * MIB2 - 1, false) && w->live == 4 &&
	   maps(0, KIB4, 1) && look(MIB2).level == 2,
	   "pml_free_tables frees those of which all is in the range");
}

static uint64_t window(void)
{
	uint64_t raw;

	memcpy(&raw, w->memory + w->space.root + 255 * 8, 8);
	return raw;
}

static void recursive(void)
{
	begin(&pml_x86_64_4);
	map(0, KIB4, 0, 0);
	poke(255ULL << 39, w->space.root | 5);
	REFUSED(unmap(0, 1ULL << 47, 0), PML_ERECURSIVE,
		"unmap up to the hole, with the tables' own window in it");
	REFUSED(map(255ULL << 39, KIB4, 0, PML_REPLACE), PML_ERECURSIVE,
		"map into the window");
	REFUSED(protect(255ULL << 39, KIB4, PML_R, 0), PML_ERECURSIVE,
		"protect in the window");
	REFUSED(pml_add_tables(&w->ed, 255ULL << 39, (255ULL << 39) + 4095, 1),
		PML_ERECURSIVE, "add tables in the window");
	ok(!unmap(0, 255ULL << 39, 0), "below the window all is well");
	pml_release(&w->ed, &pending);
	map(0, KIB4, 0, 0);
	map(-KIB4, KIB4, 0, 0);
	ok(!pml_free_tables(&w->ed, 0, (1ULL << 47) - 1, false) && w->live == 4 &&
	   look(0).level == 4, "free one half's tables: not the window's");
	ok(window() == (w->space.root | 5), "which stays");
	ok(maps(-KIB4, 0, 1), "and the other half");
	ok(!pml_free_tables(&w->ed, -(1ULL << 47), TOP, true) && !w->live,
	   "free all, and the root");
}

static void adding(void)
{
	begin(&pml_x86_64_4);
	ok(!pml_add_tables(&w->ed, 256 * GIB, 768 * GIB - 1, 3) && w->live == 3 &&
	   look(0).level == 3 && look(512 * GIB).level == 3,
	   "tables for a range that begins inside an entry: all of them");
	ok(!pml_add_tables(&w->ed, 0, 512 * GIB - 1, 3) && w->live == 3,
	   "once more: nothing to do");
	ok(!pml_add_tables(&w->ed, 0, KIB4 - 1, 1) && w->live == 5 &&
	   look(0).level == 1, "down to the last level");
	map(GIB, GIB, GIB, 0);
	REFUSED(pml_add_tables(&w->ed, GIB, 2 * GIB - 1, 1), PML_EEXIST,
		"not below a page");
	REFUSED(pml_add_tables(&w->ed, 0, KIB4 - 1, 0), PML_EINVAL, "not for level 0");
	REFUSED(pml_add_tables(&w->ed, 0, KIB4 - 1, 4), PML_EINVAL, "not for the root");
	w->budget = 1;
	REFUSED(pml_add_tables(&w->ed, 900 * GIB, 2048 * GIB - 1, 3), PML_ENOMEM,
		"without memory for all of them there are none");
	w->budget = -1;
	w->ed.table_rights = PML_R | PML_W | PML_X;
	pml_add_tables(&w->ed, -GIB, TOP, 2);
	ok(!(look(TOP).raw) && look(TOP).level == 2, "tables for the kernel");
	attr.rights = PML_R | PML_U;
	REFUSED(map(-KIB4, KIB4, 0, 0), PML_ERIGHTS,
		"a page for user mode, under tables that deny it");
}

static void memory_runs_out(void)
{
	int budget;

	for (budget = 0; budget < 5; budget++) {
		begin(&pml_x86_64_4);
		w->budget = budget;
		REFUSED(map(GIB - KIB4, 2 * KIB4, 0, 0), PML_ENOMEM,
			"out of memory: nothing is mapped");
		ok(w->live == 1, "and all tables are back");
	}
	w->budget = 5;
	ok(!map(GIB - KIB4, 2 * KIB4, 0, 0), "five tables are enough");
	w->budget = -1;
	map(4 * GIB, GIB, 0, 0);
	for (budget = 0; budget < 3; budget++) {
		w->budget = budget;
		REFUSED(unmap(5 * GIB - MIB2 - KIB4, 2 * KIB4, 0), PML_ENOMEM,
			"out of memory for a split: nothing is unmapped");
	}
	w->budget = 3;
	ok(!unmap(5 * GIB - MIB2 - KIB4, 2 * KIB4, 0), "three are enough");
}

/* An owner whose second table is not one. */
static uint64_t bad_table;
static int bad_out;

static bool alloc_bad(void *ctx, int level, uint64_t *pa_ret)
{
	if (w->live < 2)
		return world_alloc(ctx, level, pa_ret);
	bad_out++;
	*pa_ret = bad_table;
	return true;
}

static void free_bad(void *ctx, int level, uint64_t pa)
{
	if (pa == bad_table)
		bad_out--;
	else
		world_free(ctx, level, pa);
}

static void bad_tables(void)
{
	static const struct pml_ops ops = { alloc_bad, free_bad, world_store };
	static const struct {
		uint64_t pa;
		int status;
		const char *what;
	} bad[] = {
		{ 1ULL << 52, PML_EINVAL, "too high for an entry" },
		{ 1ULL << 40, PML_EINVAL, "above MAXPHYADDR" },
		{ 0x1800, PML_EINVAL, "inside a page" },
		{ 200 << 12, PML_EUNREADABLE, "where no memory is" },
	};
	unsigned i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		begin(&pml_x86_64_4);
		w->space.rsvd = pml_x86_rsvd_above(40);
		w->ed.ops = &ops;
		bad_table = bad[i].pa;
		REFUSED(map(0, KIB4, 0, 0), bad[i].status, bad[i].what);
		ok(!bad_out && w->live == 1, "such a new table goes back, all do");
	}
	begin(&pml_x86_64_4);
	w->ed.table_rights = PML_W;
	attr.rights = 0;
	ok(!map(0, KIB4, 0, 0) && look(0).kind == PML_NONPRESENT,
	   "tables are present, whatever they allow");
}

/* The root's first entry leads to where no memory is. */
static void unreadable(void)
{
	begin(&pml_x86_64_4);
	map(512 * GIB, KIB4, 0, 0);
	poke(0, 200 << 12 | 7);
	REFUSED(map(0, KIB4, 0, 0), PML_EUNREADABLE, "map, by a table that is not there");
	REFUSED(map(0, KIB4, 0, PML_REPLACE), PML_EUNREADABLE, "replace");
	REFUSED(unmap(0, 513 * GIB, 0), PML_EUNREADABLE, "unmap");
	REFUSED(protect(0, KIB4, PML_R, 0), PML_EUNREADABLE, "protect");
	REFUSED(pml_add_tables(&w->ed, 0, KIB4 - 1, 1), PML_EUNREADABLE, "add tables");
	ok(pml_free_tables(&w->ed, 0, 1024 * GIB - 1, false) == PML_EUNREADABLE &&
	   w->live == 1, "what can be freed is freed, and the rest told");
}

static void flags_of_hardware(void)
{
	uint64_t set = 0, kept = 0;
	int i;

	begin(&pml_x86_64_4);
	w->arg = &set;
	w->racing = 1;
	map(0, MIB2, 0, 0);
	for (i = 0; i < 4; i++) {
		w->rng = 100 + i;
		protect(0, MIB2, i & 1 ? PML_R | PML_W : PML_R, 0);
		kept = look(0).raw;
	}
	ok((set & (PML_X86_A | PML_X86_D)) && !(set & ~kept),
	   "bits set between read and store are in the entry afterwards");
	begin(&pml_x86_64_4);
	set = 0;
	w->arg = &set;
	map(0, MIB2, 0, 0);
	w->racing = 1;
	w->rng = 3;
	unmap(0, KIB4, 0);
	ok(set && !(set & ~look(MIB2 - 1).raw),
	   "and, after a split, in all parts of the page");
}

static void formats(void)
{
	begin(&pml_x86_32_pse);
	ok(!map(0x400000, 0x400000, 0x1234400000, 0) &&
	   maps(0x400001, 0x1234400001, 2), "PSE-36: a page at 0x1234400000");
	REFUSED(unmap(0x400000, 0x400000 - KIB4, PML_NO_SPLIT), PML_EINVAL,
		"it is not split if that is not wanted");
	REFUSED(map(0x800000, 0x400000 + KIB4, 0x1234400000, 0), PML_EINVAL,
		"4 KiB pages do not reach as high");
	REFUSED(unmap(0x400000, KIB4, 0), PML_EINVAL,
		"so that such a page cannot be split");
	REFUSED(map(0x400000, KIB4, 0, PML_REPLACE), PML_EINVAL,
		"nor replaced in part");
	w->ed.free_level = 0;
	pml_add_tables(&w->ed, 0, 0x3fffff, 1);
	REFUSED(map(0, 0x400000, 0x1234400000, PML_REPLACE), PML_EINVAL,
		"nor mapped by a table that has to stay");
	begin(&pml_x86_64_4);
	w->space.encrypted = 1ULL << 47;
	attr.encrypted = true;
	map(0, KIB4, KIB4, 0);
	ok(look(0).raw >> 47 & 1, "an encrypted page has the C-bit");
	attr.encrypted = false;
	map(KIB4, KIB4, KIB4, 0);
	ok(!(look(KIB4).raw >> 47 & 1), "one that is not encrypted has not");
	REFUSED(map(2 * KIB4, KIB4, 1ULL << 47, 0), PML_EINVAL,
		"and the C-bit is no address");
	attr.encrypted = true;
	map(MIB2, MIB2, MIB2, 0);
	ok(!unmap(MIB2, KIB4, 0) && maps(MIB2 + KIB4, MIB2 + KIB4, 1) &&
	   (look(MIB2 + KIB4).raw >> 47 & 1), "a split keeps it");
	begin(&pml_x86_64_4);
	w->space.encrypted = 1ULL << 40;
	REFUSED(map(0, 2049 * GIB, 0, 0), PML_EINVAL,
		"nor is it one between the first and the last");
}

static void test_pending_begins(void)
{
	struct pml_pending pending;

	memset(&pending, 0xa5, sizeof(pending));
	pml_pending_init(&pending);
	ok(!pending.first && !pending.last && !pending.flush,
	   "nothing is to be flushed before a change");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_pending_begins();
	page_sizes();
	bad_ranges();
	bad_attributes();
	occupied();
	splitting();
	absent_pages();
	freeing();
	recursive();
	adding();
	memory_runs_out();
	bad_tables();
	unreadable();
	flags_of_hardware();
	formats();
	world_delete(w);
	return tap_done();
}
