/*
 * Tables that could be the root of something: what looks like it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
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
			if (i && table == last + 4096 &&
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
	return r->q->target.halves ? &r->q->target.upper : &r->q->target.space;
}

/* From which entry on are they the kernel's? */
static unsigned first_upper(const struct pml_format *fmt)
{
	return fmt->upper ? 0 : (1u << fmt->level[fmt->levels].bits) / 2;
}

bool pmap_root_scan_knows(const struct pml_format *fmt)
{
	for (int level = 1; level <= fmt->levels; level++)
		if (pml_table_size(fmt, level) > 4096)
			return false;
	return true;
}

void pmap_root_scan_learn(struct pmap_root_list *r)
{
	const struct pml_space *space = known_space(r);
	uint64_t pa = space->fmt ? pml_root_pa(space) : 0;
	const void *page = space->fmt ? pmap_root_list_page(r, pa & ~0xfffULL) : NULL;
	unsigned n = page ? 1u << space->fmt->level[space->fmt->levels].bits : 0;

	/* PAE's four entries are too few to know a root by. */
	if (n < 512 || !pmap_root_scan_knows(space->fmt))
		return;
	for (unsigned i = first_upper(space->fmt); i < n; i++) {
		r->upper[i] = other_table(space, pa, page, i);
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

	if (!space.fmt || space.fmt->level[space.fmt->levels].bits < 9)
		return false;
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
	pmap_text_add(why, "found%s: %u entries", space.fmt->upper ?
		      ", for the upper half" : "", s.tables + s.leaves);
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
	space.rsvd &= (1ULL << 52) - 1;
	page = pa && !(pa & ~fmt->root_pa) ? pmap_root_list_page(r, pa) : NULL;
	return page && shape_of(r, &space, pa, page).valid;
}

/* Nothing is at home in a page of zeros. */
static bool is_empty(const void *page)
{
	const uint64_t *p = page;

	for (size_t i = 0; i < 512; i++)
		if (p[i])
			return false;
	return true;
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

		if (!page || is_empty(page))
			continue;
		if (r->guess)
			pmap_guess_page(r->guess, first + i * 4096, page);
		else if (!try_root(r, first + i * 4096, page) && r->lower)
			pmap_guess_page(r->lower, first + i * 4096, page);
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
