/*
 * The walk: a cursor over a range of addresses that yields records.
 *
 * Pull, not push: the caller owns the cursor and asks for the next record, so
 * that two spaces can be walked in lockstep, a walk can be left at any time,
 * and nothing is called back.  The records of one walk cover the range in
 * order and without a gap.  No recursion, no allocation, no globals.
 *
 *	struct pml_cursor c;
 *	struct pml_record r;
 *
 *	pml_cursor_init(&c, &space, 0, pml_top(space.fmt), 0);
 *	while (pml_next(&c, &r))
 *		if (r.kind == PML_LEAF)
 *			use(r.va, r.last, r.pa, r.rights);
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_CURSOR_H
#define PML_CURSOR_H

#include <pml/cursor-step.h>

/* The bits of a last table's entry that say whether it is a page, and its rights. */
static inline uint64_t pml_page_check(const struct pml_space *space)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[1];
	const struct pml_invalid *bad = fmt->invalid;
	uint64_t check = pml_right_mask(fmt) | fmt->present | lv->leaf_mask |
			 lv->leaf_rsvd | lv->run | space->rsvd |
			 pml_leaf_pa_bits(fmt, 1, space->pa_rsvd);

	for (; bad && bad->name; bad++) {
		/* What is wrong with such a run: its pages do not go the quick way. */
		if (lv->run_pa && (bad->value & lv->run))
			continue;
		if ((bad->tables | bad->leaves) & PML_LEVEL(1))
			check |= bad->mask | bad->unless_mask;
	}
	return check;
}

/*
 * Begin a walk of first..last, both included.  A range that ends before it
 * begins has no records.  `space` must outlive the walk.
 */
PML_INLINE void pml_cursor_init(struct pml_cursor *c,
				const struct pml_space *space, uint64_t first,
				uint64_t last, unsigned flags)
{
	const struct pml_format *fmt = space->fmt;
	struct pml_path *root = &c->path[fmt->levels];

	c->space = space;
	c->first = c->va = first;
	c->last = last;
	c->flags = flags;
	c->level = fmt->levels;
	c->at_end = first > last;
	root->pa = pml_root_pa(space);
	root->begin = 0;
	root->table = NULL;
	if (!pml_in_pieces(fmt, fmt->levels))
		root->table = space->at(space->ctx, root->pa,
					pml_table_size(fmt, fmt->levels));
	root->raw = 0;
	root->allowed = PML_ALL_RIGHTS;
	c->quick.slot = c->quick.end = NULL;
	c->quick.moved = c->quick.moved_end = NULL;
	c->quick.span = pml_entry_span(fmt, 1);
	c->quick.shift = fmt->level[1].shift;
	c->quick.check = pml_page_check(space);
	c->quick.seen = ~c->quick.check;
	c->quick.rights = 0;
	c->quick.leaf_pa = fmt->level[1].leaf_pa & ~space->encrypted;
}

/* Is the rest of the cursor's table one for the quick way?  Then begin it. */
static inline void pml_quicken(struct pml_cursor *c)
{
	const struct pml_format *fmt = c->space->fmt;
	const struct pml_path *p = &c->path[1];
	struct pml_quick *q = &c->quick;
	const uint64_t *slot;

	q->slot = q->end = q->moved = q->moved_end = NULL;
	if (c->level != 1 || c->at_end || fmt->entry_size != 8 ||
	    fmt->levels == 1 || !pml_load(c))
		return;
	slot = (const uint64_t *)p->table +
	       (pml_index(&fmt->level[1], c->va) - p->begin);
	q->to_pa = p->pa + (uint64_t)p->begin * 8 - (uintptr_t)p->table;
	q->seen = ~q->check;
	if (fmt->pa_shift || fmt->level[1].leaf_high) {
		q->moved = slot;
		q->moved_end = slot + pml_whole_entries(c);
	} else {
		q->slot = slot;
		q->end = slot + pml_whole_entries(c);
	}
}

/* Is it a page, after one with other rights? */
static inline bool pml_quick_page(struct pml_cursor *c, uint64_t raw)
{
	const struct pml_space *space = c->space;
	const struct pml_format *fmt = space->fmt;

	if (pml_classify(space, 1, raw) != PML_LEAF ||
	    ((raw & fmt->level[1].run) && fmt->level[1].run_pa))
		return false;
	c->quick.seen = raw & c->quick.check;
	c->quick.rights = pml_rights(fmt, pml_narrow_leaf(fmt,
							  c->path[1].allowed,
							  raw));
	return true;
}

/* The record of a page that went the quick way. */
PML_INLINE void pml_fill_page(struct pml_cursor *c, const uint64_t *slot,
			      uint64_t raw, uint64_t pa, struct pml_record *r)
{
	const struct pml_quick *q = &c->quick;

	r->va = c->va;
	r->last = c->va + q->span;
	r->pa = pa;
	r->raw = raw;
	r->slot_pa = (uintptr_t)slot + q->to_pa;
	r->slot = slot;
	r->rights = q->rights;
	r->level = 1;
	r->shift = q->shift;
	r->kind = PML_LEAF;
	r->leaving = false;
}

/* A page whose address is more than some bits of its entry. */
static inline bool pml_next_moved(struct pml_cursor *c, struct pml_record *r)
{
	struct pml_quick *q = &c->quick;
	const uint64_t *slot = q->moved;
	uint64_t raw;

	if (slot == q->moved_end)
		return false;
	raw = pml_word(slot);
	if ((raw & q->check) != q->seen && !pml_quick_page(c, raw))
		return false;
	pml_fill_page(c, slot, raw, pml_leaf_pa(c->space, 1, raw), r);
	q->moved = slot + 1;
	c->va = r->last + 1;
	if (q->moved == q->moved_end)
		pml_advance(c, r->last);
	return true;
}

static inline bool pml_next_slowly(struct pml_cursor *c, struct pml_record *r)
{
	bool more;

	if (pml_next_moved(c, r))
		return true;
	more = pml_next_any(c, r);
	pml_quicken(c);
	return more;
}

/*
 * The next record, or false when the range has been covered.
 *
 * Inlined, and without *r being handed on: so that of the record of a page only
 * that comes into being which the caller uses.
 */
PML_INLINE bool pml_next(struct pml_cursor *c, struct pml_record *r)
{
	struct pml_quick *q = &c->quick;
	const uint64_t *slot = q->slot;
	uint64_t raw = slot == q->end ? 0 : pml_word(slot);

	if (slot == q->end ||
	    ((raw & q->check) != q->seen && !pml_quick_page(c, raw))) {
		struct pml_record any;
		bool more = pml_next_slowly(c, &any);

		if (more)
			*r = any;
		return more;
	}
	pml_fill_page(c, slot, raw, raw & q->leaf_pa, r);
	q->slot = slot + 1;
	c->va = r->last + 1;
	if (q->slot == q->end)
		pml_advance(c, r->last);
	return true;
}

/*
 * Let the page that pml_next() just gave take in those right after it in its
 * table that differ from it by their addresses alone, which go on: `r` grows to
 * cover them all, and is the record of the first.  For those who join such pages
 * anyway: of a table that is full this leaves one record.
 */
static inline void pml_extend_page(struct pml_cursor *c, struct pml_record *r)
{
	const struct pml_format *fmt = c->space->fmt;
	struct pml_quick *q = &c->quick;
	const uint64_t **slot = q->moved ? &q->moved : &q->slot;
	const uint64_t *end = q->moved ? q->moved_end : q->end, *at = *slot;
	uint64_t step = (q->span + 1) >> fmt->pa_shift;
	uint64_t same = ~q->leaf_pa | q->check, raw = r->raw, next;

	/* Entries of such a run have one address, and one value. */
	if ((raw & fmt->level[1].run) && fmt->level[1].run_pa)
		return;
	for (; at != end; at++, raw = next) {
		next = pml_word(at);
		if (next - raw != step || ((next ^ raw) & same))
			break;
	}
	if (at == *slot)
		return;
	r->last += (uint64_t)(at - *slot) * (q->span + 1);
	*slot = at;
	c->va = r->last + 1;
	if (at == end)
		pml_advance(c, r->last);
}

/*
 * Do not walk the table that a PML_PRE record just announced: the next record
 * is what comes after it, and its PML_POST record is left out too.
 */
static inline void pml_skip(struct pml_cursor *c, const struct pml_record *r)
{
	c->level = r->level;
	c->quick.slot = c->quick.end = NULL;
	c->quick.moved = c->quick.moved_end = NULL;
	pml_advance(c, r->last);
}

/*
 * The same for the entries right after it in its table, too, that have the same
 * value and are wholly in the range: `r` grows to cover them all.
 */
static inline void pml_skip_alike(struct pml_cursor *c, struct pml_record *r)
{
	const struct pml_format *fmt = c->space->fmt;
	uint64_t span = pml_entry_span(fmt, r->level);
	const void *table = c->path[r->level].table;
	unsigned begin = c->path[r->level].begin;
	unsigned index = pml_index(&fmt->level[r->level], r->va) - begin, end;

	c->level = r->level;
	end = pml_end_index(c) - begin;
	while (++index < end && c->last - r->last > span &&
	       pml_entry(fmt, table, index) == r->raw)
		r->last += span + 1;
	pml_skip(c, r);
}

#endif
