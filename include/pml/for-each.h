/*
 * Every entry of a range visited, in post-order: the walk of those who free
 * what they leave behind.  A callback, since a visit of a whole table's entries
 * is then one loop over them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_FOR_EACH_H
#define PML_FOR_EACH_H

#include <pml/cursor.h>

/*
 * Called for each entry: `whole` says that it refers to a table of which every
 * address was visited before.  Non-zero ends the walk.
 */
typedef int pml_visit_fn(const struct pml_record *r, bool whole, void *arg);

/*
 * Visit the entries of the cursor's table from the cursor on, up to the first
 * that refers to a table, or that the range covers in part.
 */
PML_INLINE int pml_visit_run(struct pml_cursor *c,
			     const struct pml_space *space, int level,
			     pml_visit_fn *visit, void *arg)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_path *p = &c->path[level];
	uint64_t va = c->va, span = pml_entry_span(fmt, level);
	uint64_t table_pa = p->pa + (uint64_t)p->begin * fmt->entry_size;
	uint64_t allowed = p->allowed, seen = ~0ULL;
	uint64_t mask = pml_right_mask(fmt);
	const char *table = p->table;
	unsigned i = pml_index(&fmt->level[level], va) - p->begin;
	unsigned end = i + pml_whole_entries(c), rights = 0;
	int ret = 0;

	for (; i < end && !ret; i++, va += span + 1) {
		uint64_t raw = pml_entry(fmt, table, i);
		struct pml_record r;

		r.kind = pml_classify(space, level, raw);
		if (r.kind == PML_TABLE)
			break;
		r.va = va;
		r.last = va + span;
		r.pa = r.rights = 0;
		if (r.kind == PML_LEAF) {
			r.pa = fmt->level[level].run_pa ?
			       pml_leaf_at(space, level, raw, va) :
			       pml_leaf_pa(space, level, raw);
			/* Neighbours mostly have the same rights. */
			if ((raw & mask) != seen)
				rights = pml_rights(fmt, pml_narrow_leaf(fmt,
								allowed, raw));
			seen = raw & mask;
			r.rights = rights;
		}
		r.raw = raw;
		r.slot_pa = table_pa + (uint64_t)i * fmt->entry_size;
		r.slot = table + (size_t)i * fmt->entry_size;
		r.level = level;
		r.shift = fmt->level[level].shift;
		r.leaving = false;
		ret = visit(&r, false, arg);
	}
	if (va != c->va)
		pml_advance(c, va - 1);
	return ret;
}

/*
 * pml_for_each() on a range that is one.  `here` equals *space and is read
 * only where it is known that nobody else can have changed it, so that a
 * compiler which sees its value made need not read it again.
 */
PML_INLINE int pml_visit_range(const struct pml_space *space,
			       const struct pml_space *here, uint64_t first,
			       uint64_t last, pml_visit_fn *visit, void *arg)
{
	struct pml_cursor c;
	struct pml_record r;
	int ret = PML_OK;

	pml_cursor_init(&c, space, first, last, PML_POST | PML_EACH);
	if (!c.path[c.level].table && !pml_in_pieces(here->fmt, c.level))
		return PML_EUNREADABLE;
	while (!ret && pml_next_any(&c, &r)) {
		uint64_t base = pml_record_base(&r);
		uint64_t span = (1ULL << r.shift) - 1;

		if (r.kind != PML_NONCANONICAL)
			ret = visit(&r, r.leaving && r.va == base &&
					r.last == base + span, arg);
		if (ret || c.at_end || !pml_load(&c))
			continue;
		/* Twice: once for the level that most entries are of. */
		if (c.level == 1 && here->fmt->levels > 1)
			ret = pml_visit_run(&c, here, 1, visit, arg);
		else if (pml_canonical(here->fmt, c.va))
			ret = pml_visit_run(&c, here, c.level, visit, arg);
	}
	return ret;
}

/*
 * Visit every entry that first..last touches, in post-order: empty entries
 * and those that refer to tables too, a table's entries before the entry that
 * refers to it, so that a visit may free the table below it.  Addresses that
 * are not canonical have no entries.  A table on its own path is visited as
 * one entry of kind RECURSIVE and not entered, a piece of a table that cannot
 * be read as one of kind UNREADABLE.
 *
 * Returns 0, what a visit returned if that was not 0, PML_EINVAL if last is
 * before first, or PML_EUNREADABLE.
 */
PML_INLINE int pml_for_each(const struct pml_space *space, uint64_t first,
			    uint64_t last, pml_visit_fn *visit, void *arg)
{
	const struct pml_space here = *space;

	if (last < first)
		return PML_EINVAL;
	return pml_visit_range(space, &here, first, last, visit, arg);
}

#endif
