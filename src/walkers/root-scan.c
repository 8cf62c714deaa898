/*
 * Tables that could be the root of something: what looks like it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "memory/cache.h"
#include "traverse/traverse.h"
#include "walkers/root-list.h"
#include "walkers/roots-guess.h"

/* What a page would be as a root table. */
struct shape {
	unsigned tables, leaves, others;
	int self;		/* the first entry that refers to the page; -1 */
	bool run;		/* and its neighbours to the pages beside: a page table */
	bool valid;
};

static struct shape shape_of(const struct pmap_root_list *r, const struct pml_space *space,
			     uint64_t pa, const void *page)
{
	int level = space->fmt->levels;
	unsigned n = 1u << space->fmt->level[level].bits;
	struct shape s = { .self = -1, .valid = true };
	uint64_t last = 0;

	for (unsigned i = 0; i < n && s.valid; i++) {
		uint64_t raw = pml_entry(space->fmt, page, i), table;

		switch (raw ? pml_classify(space, level, raw) : PML_HOLE) {
		case PML_HOLE:
			break;
		case PML_TABLE:
			table = pml_table_pa(space, level, raw);
			s.tables++;
			if (table == pa && s.self < 0)
				s.self = i;
			if (i && table == last + pml_table_size(space->fmt, level - 1) &&
			    (table == pa || last == pa))
				s.run = true;
			last = table;
			/* few pages get this far: an entry must lead to memory */
			s.valid = s.tables > 4 || pmap_root_list_page(r, table & ~0xfffULL);
			break;
		case PML_LEAF:
			s.leaves++;
			break;
		case PML_NONPRESENT:
			s.valid = ++s.others <= 8;
			break;
		default:
			s.valid = false;
		}
	}
	s.valid = s.valid && s.tables + s.leaves;
	return s;
}

/* The table that entry `i` leads to, if it is another one; else 0. */
static uint64_t other_table(const struct pml_space *space, uint64_t pa,
			    const void *page, unsigned i)
{
	int level = space->fmt->levels;
	uint64_t raw = pml_entry(space->fmt, page, i), table;

	if (!raw || pml_classify(space, level, raw) != PML_TABLE)
		return 0;
	table = pml_table_pa(space, level, raw);
	return table == pa ? 0 : table;
}

/* The root by which others are known: with two halves the kernel's. */
static const struct pml_space *known_space(const struct pmap_root_list *r)
{
	const struct pmap_target *t = &r->q->target;

	/* Where the lower half is not known, the upper one is what is selected. */
	return t->halves && !(t->space.fmt && t->space.fmt->upper) ? &t->upper :
								     &t->space;
}

/* From which entry on are they the kernel's? */
static unsigned first_upper(const struct pml_format *fmt)
{
	return fmt->upper ? 0 : (1u << fmt->level[fmt->levels].bits) / 2;
}

/* PAE's four entries are too few; those of a half lead to a kernel's or a user's. */
bool pmap_root_scan_knows(const struct pmap_query *q, const struct pml_format *fmt)
{
	return q->target.arch->halves || fmt->level[fmt->levels].bits >= 9;
}

/* A root at any address, of any size; valid until the next read. */
static const void *root_at(const struct pmap_root_list *r, uint64_t pa, size_t size)
{
	const char *page;

	if (size <= 4096) {
		page = pmap_root_list_page(r, pa & ~0xfffULL);
		return page ? page + (pa & 0xfff) : NULL;
	}
	for (size_t done = 0; done < size; done += 4096) {
		page = pmap_root_list_page(r, pa + done);
		if (!page)
			return NULL;
		memcpy((char *)r->table + done, page, 4096);
	}
	return r->table;
}

void pmap_root_scan_learn(struct pmap_root_list *r)
{
	const struct pml_space *space = known_space(r);
	const struct pml_format *fmt = space->fmt;
	uint64_t pa = fmt ? pml_root_pa(space) : 0;
	const void *root;

	if (!fmt || !pmap_root_scan_knows(r->q, fmt))
		return;
	root = root_at(r, pa, pml_table_size(fmt, fmt->levels));
	for (unsigned i = first_upper(fmt);
	     root && i < 1u << fmt->level[fmt->levels].bits; i++) {
		r->upper[i] = other_table(space, pa, root, i);
		r->uppers += r->upper[i] != 0;
	}
}

/* How much of the upper half, where kernels are, is as in the current root. */
static unsigned count_alike(const struct pmap_root_list *r, const struct pml_space *space,
			    uint64_t pa, const void *page)
{
	unsigned n = 1u << space->fmt->level[space->fmt->levels].bits;
	unsigned alike = 0;

	for (unsigned i = first_upper(space->fmt); r->uppers && i < n; i++)
		alike += r->upper[i] &&
			 r->upper[i] == other_table(space, pa, page, i);
	return alike;
}

/*
 * Tables of the selected CPU's format that map its code as it does, have its
 * kernel, or contain themselves.  False: it is not known as one.
 */
static bool try_root(struct pmap_root_list *r, uint64_t pa, const void *page)
{
	struct pml_space space = *known_space(r);
	struct pml_target t;
	struct pmap_text *why;
	struct shape s;
	const char *name;
	unsigned alike;
	bool same;

	s = shape_of(r, &space, pa, page);
	if (!s.valid)
		return false;
	space.root = pml_root_value(space.fmt, pa);
	alike = count_alike(r, &space, pa, page);
	same = r->has_pc && pml_translate(&space, r->pc, &t, NULL) &&
	       t.pa == r->pc_pa;
	if (!same && 2 * alike <= r->uppers && (s.self < 0 || s.run))
		return false;
	why = pmap_root_list_add(r, pa, space.fmt);
	if (!why)
		return true;
	pmap_text_add(why, "found%s: %u entr%s", space.fmt->upper ?
		      ", for the upper half" : "", s.tables + s.leaves,
		      s.tables + s.leaves == 1 ? "y" : "ies");
	name = r->q->target.arch->root_name(&r->q->target, known_space(r));
	if (same)
		pmap_text_add(why, ", maps $pc as %s does", name);
	if (alike)
		pmap_text_add(why, ", %u of the %u in %s%s", alike, r->uppers, name,
			      space.fmt->upper ? "" : "'s upper half");
	if (s.self >= 0)
		pmap_text_add(why, ", itself at %d", s.self);
	return true;
}

bool pmap_root_scan_is_outer(struct pmap_roots *out, uint64_t pa,
			     const struct pml_format *fmt)
{
	struct pmap_root_list *r = (struct pmap_root_list *)out;
	struct pml_space space = *&r->q->target.space;
	const void *page;

	space.fmt = fmt;
	/* What NX=0 reserves is CR3's; bits of addresses are in pa_rsvd. */
	space.rsvd = 0;
	page = pa && !(pa & ~fmt->root_pa) ? pmap_root_list_page(r, pa) : NULL;
	return page && shape_of(r, &space, pa, page).valid;
}

/* Nothing is at home where all are zeros. */
static bool is_empty(const void *bytes, size_t size)
{
	const uint64_t *p = bytes;

	for (size_t i = 0; i < size / 8; i++)
		if (p[i])
			return false;
	return true;
}

/* Is it known what that is the root of? */
static bool is_listed(const struct pmap_root_list *r, const struct pmap_guess *guess,
		      uint64_t pa)
{
	const struct pmap_target *t = &r->q->target;

	if (guess == r->outer && !t->nested &&
	    ((t->space.fmt && pml_root_pa(&t->space) == pa) ||
	     (t->upper.fmt && pml_root_pa(&t->upper) == pa)))
		return true;
	for (size_t i = 0; i < r->count; i++)
		if (r->root[i].pa == pa && (guess == r->outer ?
		    r->root[i].fmt == r->outer_fmt : r->root[i].fmt->upper))
			return true;
	return false;
}

static void try_at(struct pmap_root_list *r, struct pmap_guess *guess, uint64_t pa,
		   const void *root)
{
	if (!guess)
		try_root(r, pa, root);
	else if ((guess != r->lower && guess != r->outer) || !is_listed(r, guess, pa))
		pmap_guess_page(guess, pa, root);
}

/*
 * All roots of a format that may begin in the page at `pa': one, or many that are
 * smaller.  `guess': by their contents; NULL: by what is known.  Each is read anew,
 * since what is read for another one may take its place in a full cache.
 */
static void try_page(struct pmap_root_list *r, const struct pml_format *fmt,
		     struct pmap_guess *guess, uint64_t pa)
{
	size_t size = pml_table_size(fmt, fmt->levels);
	uint64_t step = size < 4096 ? fmt->root_pa & -fmt->root_pa : 4096;

	if (size > 4096 && pa & (size - 1))
		return;
	for (uint64_t at = pa; at - pa < 4096; at += step) {
		const void *root = root_at(r, at, size);

		if (root && !is_empty(root, size))
			try_at(r, guess, at, root);
	}
}

static void try_formats(struct pmap_root_list *r, uint64_t pa)
{
	const struct pml_space *known = known_space(r);

	if (r->guess)
		try_page(r, r->q->target.space.fmt, r->guess, pa);
	else if (known->fmt && pmap_root_scan_knows(r->q, known->fmt))
		try_page(r, known->fmt, NULL, pa);
	for (size_t i = 0; i < r->others; i++)
		try_page(r, pmap_guess_format(r->other[i]), r->other[i], pa);
	if (r->lower)
		try_page(r, r->q->target.space.fmt, r->lower, pa);
	if (r->outer)
		try_page(r, r->outer_fmt, r->outer, pa);
}

static void scan_batch(struct pmap_root_list *r, struct pmap_watch *watch,
		       uint64_t first, size_t count)
{
	uint64_t pa[PMAP_AHEAD_MAX];

	for (size_t i = 0; i < count; i++)
		pa[i] = first + i * 4096;
	pmap_cache_ahead(r->q->cache, pa, count, true);
	for (size_t i = 0; i < count &&
	     pmap_watch_go(watch, first + i * 4096); i++) {
		const void *page = pmap_root_list_page(r, first + i * 4096);

		/* A root of more than a page may begin with one that is empty. */
		if (!page || (!r->q->target.arch->halves && is_empty(page, 4096)))
			continue;
		try_formats(r, first + i * 4096);
		page = pmap_root_list_page(r, first + i * 4096);
		if (page && r->q->target.arch->roots_page)
			r->q->target.arch->roots_page(&r->out, first + i * 4096,
						      page);
	}
}

void pmap_root_scan(struct pmap_root_list *r, uint64_t first, uint64_t last)
{
	struct pmap_watch watch;
	uint64_t pa = first & ~0xfffULL;

	pmap_watch_begin(&watch, r->q);
	while (pa <= last && !pmap_bridge_interrupted()) {
		uint64_t left = (last - pa) / 4096 + 1;
		size_t n = left < PMAP_AHEAD_MAX ? left : PMAP_AHEAD_MAX;

		scan_batch(r, &watch, pa, n);
		pa += n * 4096;
		if (!pa)
			break;
	}
	pmap_watch_end(&watch);
}
