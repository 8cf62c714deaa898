/*
 * The writable half against a plain array: random map, unmap and protect on
 * two tables' worth of pages, and after each of them every page touched by the
 * processor.  Translations are flushed where the core says so, and nowhere
 * else: what it forgets stays in the TLB and shows.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test/maptest.h"
#include "lib/tap.h"
#include "machine/x86.h"
#include "oracle/oracle.h"
#include "space.h"

#define BASE		0x40000000UL
#define PAGES		1024
#define FRAMES		PAGES
#define DATA		0x808UL		/* where in a page data is, not code */
#define REPORTS		5

/* What the array says of a page. */
struct model_page {
	bool mapped, accessed, dirty;
	unsigned int rights, memtype;
	uint64_t pa;
};

enum op {
	OP_MAP, OP_UNMAP, OP_PROTECT, OPS
};

struct change {
	enum op op;
	unsigned int first, count;	/* pages */
	uint64_t pa;
	struct pml_attr attr;
	unsigned int flags;
	size_t limit;			/* pages that may be allocated */
};

static const char *const op_names[OPS] = { "map", "unmap", "protect" };

static struct model_page model[PAGES];
static struct oracle_world world;
static struct pml_space space;
static uint64_t frames;			/* 4 MiB, 2 MiB aligned */
static uint64_t seed, number;
static unsigned int reports;
static unsigned long done[OPS], refused[OPS], splits, short_of_memory, touches;
static unsigned long wrong;

static const struct pml_editor editor = {
	.space = &space, .ops = &space_ops, .free_level = PML_MAX_LEVELS
};

static uint64_t va_of(unsigned int page)
{
	return BASE + page * PGSIZE;
}

static void complain(const struct change *c, const char *what,
		     unsigned int page, uint64_t got, uint64_t expected)
{
	wrong++;
	if (reports++ >= REPORTS)
		return;
	kprintf("# mode=test seed=%lu, change %lu: %s of %u pages from %lx,\n", seed,
		number, op_names[c->op], c->count, va_of(c->first));
	kprintf("#   pa %lx, rights %x, flags %x\n", c->pa, c->attr.rights, c->flags);
	kprintf("#   page %lx: %s: %lx, expected %lx\n", va_of(page), what, got,
		expected);
}

/* ------ changes */

static unsigned int pick_rights(struct random *r)
{
	unsigned int rights = PML_R;

	if (random_percent(r, 12))
		return 0;
	rights |= random_percent(r, 60) ? PML_W : 0;
	rights |= random_percent(r, 60) ? PML_U : 0;
	rights |= !cpu.nx || random_percent(r, 60) ? PML_X : 0;
	return rights;
}

static void pick_change(struct random *r, struct change *c)
{
	uint64_t kind = random_below(r, 4);

	*c = (struct change){ .op = random_below(r, 5) * OPS / 5 };
	if (kind == 0 || (c->op == OP_MAP && kind == 1)) {	/* a whole table */
		c->first = random_below(r, 2) * 512;
		c->count = 512;
	} else {
		c->count = 1 + random_below(r, kind == 1 ? PAGES : 9);
		c->first = random_below(r, PAGES - c->count + 1);
		if (random_percent(r, 30))
			c->first &= ~511u;
	}
	if (c->op != OP_MAP && random_percent(r, 10)) {
		c->first = 0;
		c->count = PAGES;
	}
	/* most of them so that large pages are possible */
	if (random_percent(r, 80))
		c->pa = frames + c->first * PGSIZE;
	else
		c->pa = frames + random_below(r, FRAMES - c->count + 1) * PGSIZE;
	c->attr = (struct pml_attr){
		.rights = pick_rights(r),
		.max_level = random_below(r, 3),
		.global = random_percent(r, 25),
		.memtype = random_below(r, 8),
	};
	c->flags = PML_OWN_NONPRESENT |
		   (c->op == OP_MAP && random_percent(r, 60) ? PML_REPLACE : 0);
	c->limit = random_percent(r, 10) ? random_below(r, 4) : (size_t)-1;
}

static int expected_status(const struct change *c)
{
	if (c->op != OP_MAP || (c->flags & PML_REPLACE))
		return PML_OK;
	for (unsigned int i = 0; i < c->count; i++)
		if (model[c->first + i].mapped)
			return PML_EEXIST;
	return PML_OK;
}

static void change_model(const struct change *c)
{
	for (unsigned int i = 0; i < c->count; i++) {
		struct model_page *m = &model[c->first + i];

		if (c->op == OP_MAP)
			*m = (struct model_page){
				.mapped = true, .rights = c->attr.rights,
				.pa = c->pa + i * PGSIZE,
				.memtype = c->attr.memtype,
			};
		else if (c->op == OP_UNMAP)
			*m = (struct model_page){ 0 };
		else if (m->mapped)
			m->rights = c->attr.rights;
	}
}

/* Addresses outside of the window have never been used. */
static void flush(const struct pml_pending *pending)
{
	for (unsigned int page = 0; pending->flush && page < PAGES; page++)
		if (va_of(page) >= pending->first && va_of(page) <= pending->last)
			invlpg(va_of(page));
}

/* Is a large page in the range in part only? */
static bool splits_page(uint64_t first, uint64_t last)
{
	uint64_t ends[2] = { first, last };
	struct pml_target t;

	for (int i = 0; i < 2; i++)
		if (pml_translate(&space, ends[i], &t, NULL) && t.level > 1 &&
		    ((ends[i] & ~(PTSIZE - 1)) < first ||
		     (ends[i] | (PTSIZE - 1)) > last))
			return true;
	return false;
}

static int apply(const struct change *c)
{
	uint64_t first = va_of(c->first), last = va_of(c->first + c->count) - 1;
	bool split = splits_page(first, last);
	struct pml_pending pending;
	int status;

	pml_pending_init(&pending);
	page_limit(c->limit);
	if (c->op == OP_MAP)
		status = pml_map(&editor, first, last, c->pa, &c->attr, c->flags,
				 &pending);
	else if (c->op == OP_UNMAP)
		status = pml_unmap(&editor, first, last, c->flags, &pending);
	else
		status = pml_protect(&editor, first, last, c->attr.rights,
				     c->flags, &pending);
	page_limit(-1);
	flush(&pending);
	pml_release(&editor, &pending);
	splits += split && !status;
	return status;
}

static void change(struct random *r, struct change *c)
{
	size_t before = pages_free();
	int expected, status;

	pick_change(r, c);
	expected = expected_status(c);
	status = apply(c);
	if (status == PML_ENOMEM && c->limit != (size_t)-1) {
		short_of_memory++;
		if (pages_free() != before)
			complain(c, "pages lost", c->first, pages_free(), before);
		return;
	}
	if (status != expected)
		complain(c, "status", c->first, status, expected);
	if (status) {
		refused[c->op]++;
		return;
	}
	done[c->op]++;
	change_model(c);
}

/* ------ the processor's view */

/* Success, or the page fault's error code: as CR0.WP, CR4.SMEP and EFER.NXE
 * are on here, and EFLAGS.AC. */
static bool expect_touch(const struct model_page *m,
			 const struct probe_access *a, uint64_t *error_ret)
{
	bool fetch = a->how == PROBE_FETCH, write = a->how == PROBE_STORE;
	bool allowed = !a->user || (m->rights & PML_U);

	if (write && !(m->rights & PML_W))
		allowed = false;
	if (fetch && !(m->rights & PML_X))
		allowed = false;
	if (fetch && cpu.smep && !a->user && (m->rights & PML_U))
		allowed = false;
	*error_ret = (m->mapped && m->rights ? PML_X86_PF_P : 0) |
		     (write ? PML_X86_PF_W : 0) | (a->user ? PML_X86_PF_U : 0) |
		     (fetch && (cpu.nx || cpu.smep) ? PML_X86_PF_I : 0);
	return m->mapped && m->rights && allowed;
}

static void touch(struct random *r, const struct change *c, unsigned int page)
{
	static const uint8_t hows[4] = {
		PROBE_LOAD, PROBE_STORE, PROBE_FETCH, PROBE_LOAD
	};
	struct model_page *m = &model[page];
	struct probe_access a = {
		.how = hows[random_below(r, 4)], .log_size = 3, .ac = true,
		.user = random_percent(r, 50), .value = random_next(r),
	};
	struct probe_result result;
	uint64_t error, *word = kaddr(m->pa + DATA), before = *word;
	bool allowed;

	a.code = a.user ? world.user_code : (uint64_t)probe_page;
	a.log_size = a.how == PROBE_FETCH ? 1 : 3;
	a.va = va_of(page) + (a.how == PROBE_FETCH ? 0 : DATA);
	allowed = expect_touch(m, &a, &error);
	probe_one(&a, &result);
	touches++;
	if (result.vector != (allowed ? VEC_DONE : VEC_PF))
		complain(c, "vector", page, result.vector, allowed ? VEC_DONE : VEC_PF);
	else if (!allowed && result.error != error)
		complain(c, "error code", page, result.error, error);
	else if (allowed && a.how == PROBE_LOAD && result.rax != before)
		complain(c, "read", page, result.rax, before);
	else if (allowed && a.how == PROBE_STORE && *word != a.value)
		complain(c, "written", page, *word, a.value);
	if (!allowed)
		return;
	*word = before;
	m->accessed = true;
	m->dirty |= a.how == PROBE_STORE;
}

/* Nothing that hardware noted may be lost; and rights and frames once more. */
static void check_entry(const struct change *c, unsigned int page)
{
	const struct model_page *m = &model[page];
	struct pml_target target;
	bool leaf = pml_translate(&space, va_of(page), &target, NULL);
	unsigned int memtype;
	uint64_t noted = (m->accessed ? PML_X86_A : 0) | (m->dirty ? PML_X86_D : 0);
	enum pml_kind kind = !m->mapped ? PML_HOLE :
			     m->rights ? PML_LEAF : PML_NONPRESENT;

	memtype = pml_leaf_memtype(space.fmt, target.level, target.raw);
	if (target.kind != kind)
		complain(c, "kind", page, target.kind, kind);
	else if (leaf && target.pa != m->pa)
		complain(c, "frame", page, target.pa, m->pa);
	else if (leaf && target.rights != m->rights)
		complain(c, "rights", page, target.rights, m->rights);
	else if (m->mapped && memtype != m->memtype)
		complain(c, "memory type", page, memtype, m->memtype);
	else if ((target.raw & noted) != noted)
		complain(c, "accessed and dirty", page, target.raw, noted);
}

static void sweep(struct random *r, const struct change *c)
{
	for (unsigned int page = 0; page < PAGES; page++)
		touch(r, c, page);
	for (unsigned int page = 0; page < PAGES; page++)
		check_entry(c, page);
}

/* Code where fetches go, and in each page other data. */
static void fill_frames(void)
{
	frames = page_alloc(FRAMES, PTSIZE / PGSIZE);
	if (!frames)
		panic("no memory for the test of the mapping engine");
	for (uint64_t pa = frames; pa < frames + FRAMES * PGSIZE; pa += PGSIZE) {
		*(uint16_t *)kaddr(pa) = 0x80cd;
		*(uint64_t *)kaddr(pa + DATA) = pa ^ seed << 32;
	}
}

/* Supervisor mode may touch user pages here; else as the kernel runs. */
static void enter(void)
{
	oracle_world_init(&world);
	oracle_clear(&world);
	fill_frames();
	for (unsigned int page = 0; page < PAGES; page++)
		model[page].pa = frames;
	wcr3(world.table[0]);
	wcr4(rcr4() & ~CR4_PKE);
	space = space_of(world.table[0]);
}

void maptest(uint64_t the_seed, uint64_t changes)
{
	struct random r = random_fork(the_seed, 0);
	uint64_t old_cr3 = rcr3(), old_cr4 = rcr4();
	struct change c = { .op = OP_UNMAP };
	size_t before;

	seed = the_seed;
	enter();
	before = pages_free();
	for (number = 0; number < changes; number++) {
		change(&r, &c);
		/* the model's frame of what is not mapped is never touched */
		for (unsigned int page = 0; page < PAGES; page++)
			if (!model[page].mapped)
				model[page].pa = frames;
		sweep(&r, &c);
	}
	c = (struct change){ .op = OP_UNMAP, .count = PAGES, .limit = -1 };
	apply(&c);
	wcr4(old_cr4);
	wcr3(old_cr3);
	for (int op = 0; op < OPS; op++)
		kprintf("# %s: %lu times, refused %lu times\n", op_names[op],
			done[op], refused[op]);
	kprintf("# out of memory: %lu times\n", short_of_memory);
	tap(splits >= changes / 50, "%lu large pages split", splits);
	tap(!wrong, "%lu changes against an array, %lu touches: %lu mismatches",
	    changes, touches, wrong);
	tap(pages_free() == before, "unmapped, no table is left");
}
