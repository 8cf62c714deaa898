/*
 * The writable half: map, unmap, protect, add tables, free a tree.
 *
 *	struct pml_editor ed = {
 *		.space = &space, .ops = &ops, .free_level = 3
 *	};
 *	struct pml_attr attr = { .rights = PML_R | PML_W };
 *	struct pml_pending pending;
 *
 *	pml_pending_init(&pending);
 *	status = pml_map(&ed, va, va + size - 1, pa, &attr, 0, &pending);
 *	...
 *	status = pml_unmap(&ed, va, va + size - 1, 0, &pending);
 *	if (pending.flush)
 *		flush_tlb_everywhere(pending.first, pending.last);
 *	pml_release(&ed, &pending);
 *
 * Ranges are inclusive and of whole pages, and lie in one half of the address
 * space: addresses that are not canonical, and ranges that wrap or cross the
 * hole, are PML_EINVAL.  All is checked, and all tables are allocated, before
 * the first entry is written: every status but PML_OK means that nothing was
 * changed.
 *
 * Locks are the caller's: nobody else may change entries in the range, or
 * tables on the way to it, during a call.  Processors may walk the tables all
 * the while, and threads may read them without a lock until tables are
 * released: each store writes a whole, valid entry, and a table is filled, or
 * empty, before it is linked.  Splitting changes no translation.  Replacing
 * may leave addresses of the range without one for a moment.
 *
 * Mapping where there was nothing needs no flush on x86.  All else says so in
 * struct pml_pending.
 *
 * pml_map(), pml_unmap() and pml_protect() are inlined where they are called, so
 * that the ops can be: call each from one function of your own.
 *
 * A table's own entry of the root (a recursive slot) and what is seen through
 * it are never changed: PML_ERECURSIVE.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_MAP_H
#define PML_MAP_H

#include <pml/split.h>
#include <pml/unmap.h>

/* A pml_map() in progress. */
struct pml_mapping {
	const struct pml_editor *ed;
	const struct pml_attr *attr;
	struct pml_pending *pending;	/* NULL without PML_REPLACE */
	uint64_t first, last;
	unsigned flags;
	int page_level;			/* the largest pages that fit anywhere */
	struct pml_need need;
	struct pml_tables stock;
	uint64_t bits[PML_MAX_LEVELS + 1];	/* leaves, but for the address */
	int status[PML_MAX_LEVELS + 1];		/* can there be such leaves? */
};

/* The largest pages by which va can map to pa. */
static inline int pml_page_level(const struct pml_space *space, uint64_t va,
				 uint64_t pa, int max_level)
{
	int level = 1, levels = space->fmt->levels;

	if (max_level && max_level < levels)
		levels = max_level;
	while (level < levels && pml_has_leaves(space, level + 1) &&
	       !((va ^ pa) & pml_entry_span(space->fmt, level + 1)))
		level++;
	return level;
}

/* The largest page that begins at va. */
static inline int pml_fit(const struct pml_mapping *m, uint64_t va)
{
	const struct pml_format *fmt = m->ed->space->fmt;
	int level;

	for (level = m->page_level; level > 1; level--) {
		uint64_t span = pml_entry_span(fmt, level);

		if (!(va & span) && m->last - va >= span)
			break;
	}
	return level;
}

/* A table to make way for a page that begins where the table does. */
static inline bool pml_gives_way(const struct pml_mapping *m, uint64_t va,
				 int level)
{
	return (m->flags & PML_REPLACE) && level - 1 <= m->ed->free_level &&
	       pml_fit(m, va) >= level;
}

/* What the leaves say, and which levels can say it: see pml_check_pages(). */
static inline int pml_check_mapping(struct pml_mapping *m, uint64_t pa)
{
	const struct pml_space *space = m->ed->space;
	uint64_t pa_last = pa + (m->last - m->first);
	uint64_t page = pml_entry_span(space->fmt, 1), raw;
	int level, status;

	if (pa_last < pa || (pa & page))
		return PML_EINVAL;
	if (space->encrypted &&
	    pa_last >= (space->encrypted & -space->encrypted))
		return PML_EINVAL;
	for (level = 1; level <= m->page_level; level++) {
		uint64_t span = pml_entry_span(space->fmt, level);

		status = pml_compose_leaf(space, level, pa & ~span, m->attr,
					  &raw);
		if (!status)
			status = pml_compose_leaf(space, level, pa_last & ~span,
						  m->attr, &raw);
		m->status[level] = status;
		m->bits[level] = pml_leaf_bits(space, level, m->attr);
	}
	return PML_OK;
}

/*
 * Can what a record found be mapped with the pages that will be used there?
 * Smaller pages may not reach as high as larger ones (PSE-36).
 */
static inline int pml_check_pages(const struct pml_mapping *m,
				  const struct pml_record *r)
{
	const struct pml_format *fmt = m->ed->space->fmt;
	int level = m->page_level < r->level ? m->page_level : r->level;

	for (; level > 0; level--) {
		uint64_t span = pml_entry_span(fmt, level);
		uint64_t lead = -r->va & span, size = r->last - r->va;

		if (size >= span && size - span >= lead && m->status[level])
			return m->status[level];
		if (!lead && (r->last & span) == span)
			break;
	}
	return PML_OK;
}

/* An entry that is not a hole and not a table: may it be mapped over? */
static inline int pml_survey_occupied(const struct pml_mapping *m,
				      const struct pml_record *r)
{
	if (r->kind == PML_UNREADABLE)
		return PML_EUNREADABLE;
	if (r->kind == PML_RECURSIVE)
		return PML_ERECURSIVE;
	if (!(m->flags & PML_REPLACE))
		return PML_EEXIST;
	if (pml_record_whole(r))
		return PML_OK;
	if ((m->flags & PML_NO_SPLIT) ||
	    !pml_is_page(m->ed->space, r->level, r->kind, r->raw, m->flags) ||
	    !pml_can_split(m->ed->space, r->level, r->raw))
		return PML_EINVAL;
	return PML_OK;
}

/*
 * A table in the range.  Sets *dropped to its last address if it gives way to
 * a page, so that what it holds does not matter.
 */
static inline int pml_survey_table(const struct pml_mapping *m,
				   struct pml_cursor *c,
				   const struct pml_record *r, bool *dropping,
				   uint64_t *dropped)
{
	bool last = (m->flags & PML_REPLACE) &&
		    pml_is_last_table(m->ed->space->fmt, r);

	if (m->attr->rights & ~r->rights)
		return PML_ERIGHTS;
	if (last)
		pml_skip(c, r);
	if (*dropping)
		return PML_OK;
	if (pml_gives_way(m, r->va, r->level)) {
		*dropping = true;
		*dropped = r->last;
		return m->status[r->level];
	}
	return last ? m->status[1] : PML_OK;
}

/* Is the range free, or may it be replaced, and which tables will it need? */
static inline int pml_survey_mapping(struct pml_mapping *m)
{
	const struct pml_format *fmt = m->ed->space->fmt;
	uint64_t dropped = 0;
	bool dropping = false;
	struct pml_cursor c;
	struct pml_record r;
	int status = PML_OK;

	pml_need_init(&m->need);
	pml_cursor_init(&c, m->ed->space, m->first, m->last, PML_PRE);
	while (!status && pml_next(&c, &r)) {
		dropping = dropping && r.va <= dropped;
		if (r.kind == PML_TABLE) {
			status = pml_survey_table(m, &c, &r, &dropping,
						  &dropped);
			continue;
		}
		if (r.kind != PML_HOLE)
			status = pml_survey_occupied(m, &r);
		if (dropping || status)
			continue;
		pml_need_add(fmt, &m->need, r.level, r.va, r.last,
			     m->page_level, 1);
		status = pml_check_pages(m, &r);
	}
	return status;
}

/* Make way for a table or a page: what was present may still be cached. */
static inline void pml_note_replaced(const struct pml_mapping *m,
				     const struct pml_slot *slot)
{
	if (slot->raw & m->ed->space->fmt->present)
		pml_note_flush(m->pending, slot->va, slot->va +
			       pml_entry_span(m->ed->space->fmt, slot->level));
}

/* Go to the entry at `level` for `va`, through new tables where there are none. */
static inline void pml_reach(const struct pml_editor *ed, uint64_t va,
			     int level, unsigned rights,
			     struct pml_tables *stock, struct pml_slot *slot)
{
	pml_top_slot(ed, va, slot);
	while (slot->level > level) {
		if (slot->kind != PML_TABLE)
			pml_link_table(ed, slot,
				       pml_chain_pop(ed, stock, slot->level - 1),
				       rights);
		pml_down(ed, va, slot);
	}
}

/* The entry for the largest page that can begin at va, without a table in it. */
static inline void pml_reach_page(struct pml_mapping *m, uint64_t va,
				  struct pml_slot *slot)
{
	const struct pml_editor *ed = m->ed;
	int level = pml_fit(m, va);

	pml_top_slot(ed, va, slot);
	for (;;) {
		if (slot->kind == PML_TABLE && slot->level <= level &&
		    pml_gives_way(m, slot->va, slot->level)) {
			pml_sweep(ed, ed, slot->va, slot->va +
				  pml_entry_span(ed->space->fmt, slot->level),
				  0, 0, slot->level - 1, pml_clear_entry,
				  m->pending);
			pml_read(ed, slot);
		}
		if (slot->kind != PML_TABLE) {
			if (slot->level <= level)
				return;
			pml_note_replaced(m, slot);
			pml_link_table(ed, slot,
				       pml_chain_pop(ed, &m->stock,
						     slot->level - 1),
				       m->attr->rights);
		}
		pml_down(ed, va, slot);
	}
}

/*
 * Pages that can be written from `slot` on: as far as its table, or the piece of
 * it, and the range go.  The last entry is not ours if its page would reach out of the range.
 */
static inline unsigned pml_pages_left(const struct pml_mapping *m,
				      const struct pml_slot *slot)
{
	const struct pml_level *lv = &m->ed->space->fmt->level[slot->level];
	uint64_t rest = m->last - slot->va, pages = (rest >> lv->shift) + 1;
	uint64_t span = pml_entry_span(m->ed->space->fmt, slot->level);
	const struct pml_format *fmt = m->ed->space->fmt;
	unsigned index = pml_index(lv, slot->va);
	unsigned left = (1u << lv->bits) - index;

	if (pml_in_pieces(fmt, slot->level))
		left = pml_piece(fmt) - (index & (pml_piece(fmt) - 1));
	pages -= (rest & span) != span;
	return pages < left ? (unsigned)pages : left;
}

/* Write `count` pages over whatever there is, up to a table; the last address. */
static inline uint64_t pml_replace_pages(struct pml_mapping *m,
					 struct pml_slot *slot, unsigned count,
					 uint64_t pa)
{
	const struct pml_format *fmt = m->ed->space->fmt;
	enum pml_kind kind = m->attr->rights ? PML_LEAF : PML_NONPRESENT;
	uint64_t size = pml_entry_span(fmt, slot->level) + 1;

	for (; slot->kind != PML_TABLE; pa += size) {
		uint64_t raw = m->bits[slot->level] |
			       pml_leaf_pa_bits(fmt, slot->level, pa);

		pml_note_replaced(m, slot);
		pml_put(m->ed, slot, kind, pml_not_hole(fmt, raw), pa,
			m->attr->rights);
		pml_next_slot(m->ed, slot);
		if (!--count)
			break;
		pml_read(m->ed, slot);
	}
	return slot->va - 1;
}

/* Write `count` pages of the last level where nothing is. */
PML_INLINE uint64_t pml_fill_pages(const struct pml_editor *ed,
				   struct pml_slot slot, unsigned count,
				   uint64_t bits, unsigned rights, uint64_t pa)
{
	const struct pml_format *fmt = ed->space->fmt;
	enum pml_kind kind = rights ? PML_LEAF : PML_NONPRESENT;
	uint64_t size = pml_entry_span(fmt, 1) + 1;

	slot.level = 1;
	slot.raw = 0;
	for (; count; count--, pa += size) {
		uint64_t raw = bits | pml_leaf_pa_bits(fmt, 1, pa);

		pml_put(ed, &slot, kind, pml_not_hole(fmt, raw), pa, rights);
		pml_next_slot(ed, &slot);
	}
	return slot.va - 1;
}

/* All that has to be known and done before the first page is written. */
static inline int pml_prepare_mapping(struct pml_mapping *m, uint64_t pa)
{
	const struct pml_editor *ed = m->ed;
	int status;

	m->page_level = pml_page_level(ed->space, m->first, pa,
				       m->attr->max_level);
	status = pml_check_mapping(m, pa);
	if (!status && (m->flags & PML_REPLACE))
		status = pml_check_runs(ed, m->first, m->last);
	if (!status)
		status = pml_survey_mapping(m);
	if (!status)
		status = pml_reserve(ed, &m->need, &m->stock);
	if (status || !(m->flags & PML_REPLACE))
		return status;
	pml_cut(ed, m->first, m->first, m->last, m->attr->rights, m->flags,
		&m->stock, m->pending);
	pml_cut(ed, m->last, m->first, m->last, m->attr->rights, m->flags,
		&m->stock, m->pending);
	return PML_OK;
}

/*
 * Map first..last to pa and up, with the largest pages that alignment,
 * attr->max_level, the format and the processor allow.  Where a table exists
 * already, its pages are used; with PML_REPLACE it gives way to a larger page
 * if it may be freed.  `pending` may be NULL without PML_REPLACE.
 *
 * Afterwards each address has exactly attr->rights.
 *
 * PML_EINVAL	not whole pages, not one half of the address space, a physical
 *		address that is too high, an attribute that the format does not
 *		have, an entry that PML_REPLACE covers in part and cannot split
 * PML_ERIGHTS	the format has no such rights, or a table above takes some away
 * PML_EEXIST	something is there, and not PML_REPLACE
 * PML_ERECURSIVE, PML_EUNREADABLE, PML_ENOMEM
 */
PML_INLINE int pml_map(const struct pml_editor *ed, uint64_t first,
		       uint64_t last, uint64_t pa, const struct pml_attr *attr,
		       unsigned flags, struct pml_pending *pending)
{
	const struct pml_space here = *ed->space;
	struct pml_editor mine = *ed;
	struct pml_mapping m;
	struct pml_slot slot;
	uint64_t va = first, end;
	unsigned rights = attr->rights;
	int status;

	if (!pml_good_range(here.fmt, first, last) ||
	    ((flags & PML_REPLACE) && !pending))
		return PML_EINVAL;
	mine.space = &here;
	m.ed = ed;
	m.attr = attr;
	m.pending = pending;
	m.first = first;
	m.last = last;
	m.flags = flags;
	status = pml_prepare_mapping(&m, pa);
	if (status)
		return status;
	do {
		unsigned count;

		pml_reach_page(&m, va, &slot);
		count = pml_pages_left(&m, &slot);
		if (slot.level == 1 && !(flags & PML_REPLACE))
			end = pml_fill_pages(&mine, slot, count, m.bits[1],
					     rights, pa + (va - first));
		else
			end = pml_replace_pages(&m, &slot, count,
						pa + (va - first));
		va = end + 1;
	} while (end != last);
	pml_tables_free(ed, &m.stock);
	return PML_OK;
}

/*
 * Make sure that first..last has tables down to `level` (1 for all), without
 * mapping anything.  The range is rounded outward to what such tables cover.
 *
 * PML_EINVAL	the range, or the level, is not one
 * PML_EEXIST	there is a page where a table should be
 * PML_ERIGHTS	what new tables shall allow, the format does not have
 * PML_ERECURSIVE, PML_EUNREADABLE, PML_ENOMEM
 */
static inline int pml_add_tables(const struct pml_editor *ed, uint64_t first,
				 uint64_t last, int level)
{
	const struct pml_format *fmt = ed->space->fmt;
	struct pml_tables stock;
	struct pml_need need;
	struct pml_cursor c;
	struct pml_record r;
	struct pml_slot slot;
	uint64_t span;
	int status;

	if (!pml_good_range(fmt, first, last) || level < 1 ||
	    level >= fmt->levels)
		return PML_EINVAL;
	span = pml_entry_span(fmt, level + 1);
	first &= ~span;
	last |= span;
	pml_need_init(&need);
	pml_cursor_init(&c, ed->space, first, last, PML_PRE);
	while (pml_next(&c, &r)) {
		if (r.kind == PML_TABLE && r.level == level + 1)
			pml_skip(&c, &r);
		if (r.kind == PML_TABLE)
			continue;
		if (r.kind != PML_HOLE)
			return r.kind == PML_UNREADABLE ? PML_EUNREADABLE :
			       r.kind == PML_RECURSIVE ? PML_ERECURSIVE :
			       PML_EEXIST;
		pml_need_add(fmt, &need, r.level, r.va, r.last, 0, level);
	}
	status = pml_reserve(ed, &need, &stock);
	if (status)
		return status;
	for (;; first += span + 1) {
		pml_reach(ed, first, level, 0, &stock, &slot);
		if (last - first <= span)
			break;
	}
	pml_tables_free(ed, &stock);
	return PML_OK;
}

#endif
