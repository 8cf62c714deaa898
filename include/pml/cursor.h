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

#include <pml/format.h>

/* How a cursor walks. */
enum pml_cursor_flags {
	/* Yield a TABLE record before entering a table; pml_skip() declines. */
	PML_PRE = 1,
	/* Yield a TABLE record, with `leaving` set, after leaving a table. */
	PML_POST = 2,
	/* One record an entry: runs of empty entries are not joined. */
	PML_EACH = 4,
	/* Enter a table that is on its own path, as the processor does. */
	PML_ENTER_RECURSIVE = 8,
};

/*
 * What the cursor found.  Addresses are inclusive, canonical and clipped to
 * the range that was asked for.  `level` and `shift` are of the entry; a HOLE
 * may span several entries of one table.  So may UNREADABLE, where a table is
 * read in pieces and one cannot be: then `pa` is the piece, and `slot` NULL.
 */
struct pml_record {
	uint64_t va, last;
	uint64_t pa;		/* LEAF: what va maps to; TABLE, RECURSIVE, UNREADABLE: the table */
	uint64_t raw;		/* the entry; 0 where there is none to read */
	uint64_t slot_pa;	/* where the entry is */
	const void *slot;	/* the same in memory; NULL if there is no entry */
	unsigned rights;	/* of enum pml_rights, over the walk so far */
	uint8_t level;		/* of the table that the entry is in; 0: there is none */
	uint8_t shift;		/* log2 of the bytes that the entry covers */
	uint8_t kind;		/* of enum pml_kind */
	bool leaving;		/* a TABLE that has been walked, see PML_POST */
};

/* A table on the way down from the root; private to the cursor. */
struct pml_path {
	const void *table;	/* the entry `begin` and on, of a piece; NULL: not read */
	unsigned begin;		/* 0 in a table that is read at once */
	uint64_t pa;
	uint64_t raw;		/* the entry that refers to it */
	uint64_t allowed;	/* rights on arrival, see pml_narrow_table() */
};

/*
 * What pml_next() needs to go through the pages of a last table quickly: plain
 * numbers instead of the format's data.
 */
struct pml_quick {
	const uint64_t *slot;	/* the next entry */
	const uint64_t *end;	/* from here on, pml_next_slowly() is to be asked */
	const uint64_t *moved;	/* instead of slot, where an address has to be put together, */
	const uint64_t *moved_end;
	uint64_t to_pa;		/* from where an entry is in memory to its address */
	uint64_t span;		/* bytes of a page, less one */
	uint64_t check;		/* bits that say whether it is a page, and its rights */
	uint64_t seen;		/* those of the last page */
	uint64_t leaf_pa;
	unsigned rights;	/* of the last page */
	uint8_t shift;
};

struct pml_cursor {
	const struct pml_space *space;
	uint64_t first, last;	/* the range */
	uint64_t va;		/* nothing at or after it has been reported yet */
	unsigned flags;
	uint8_t level;		/* of the table that is being read */
	bool at_end;		/* that table has nothing more to report */
	struct pml_quick quick;
	struct pml_path path[PML_MAX_LEVELS + 1];
};

/* Bytes that an entry at `level` covers, less one. */
PML_INLINE uint64_t pml_entry_span(const struct pml_format *fmt, int level)
{
	return (1ULL << fmt->level[level].shift) - 1;
}

/* Where the entry's own reach begins, however the record was clipped. */
PML_INLINE uint64_t pml_record_base(const struct pml_record *r)
{
	return r->va >> r->shift << r->shift;
}

/* The bits of a last table's entry that say whether it is a page, and its rights. */
static inline uint64_t pml_page_check(const struct pml_space *space)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[1];
	const struct pml_invalid *bad = fmt->invalid;
	uint64_t check = pml_right_mask(fmt) | fmt->present | lv->leaf_mask |
			 lv->leaf_rsvd | lv->run | space->rsvd |
			 pml_leaf_pa_bits(fmt, 1, space->pa_rsvd);

	for (; bad && bad->name; bad++)
		if ((bad->tables | bad->leaves) & PML_LEVEL(1))
			check |= bad->mask | bad->unless_mask;
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

/* Read the part of the cursor's table that has the entry at the cursor. */
PML_INLINE bool pml_load(struct pml_cursor *c)
{
	const struct pml_space *space = c->space;
	const struct pml_format *fmt = space->fmt;
	struct pml_path *p = &c->path[c->level];
	unsigned begin;

	if (!pml_in_pieces(fmt, c->level))
		return p->table;
	begin = pml_index(&fmt->level[c->level], c->va) & -pml_piece(fmt);
	if (p->table && p->begin == begin)
		return true;
	p->begin = begin;
	p->table = space->at(space->ctx, p->pa +
			     (uint64_t)begin * fmt->entry_size, PML_AT_MOST);
	return p->table;
}

/* Is the table at `pa` one of those that led to it? */
static inline bool pml_on_path(const struct pml_cursor *c, uint64_t pa)
{
	int level;

	for (level = c->level; level <= c->space->fmt->levels; level++)
		if (c->path[level].pa == pa)
			return true;
	return false;
}

/* Everything up to `last` is reported: is the current table, too? */
PML_INLINE void pml_advance(struct pml_cursor *c, uint64_t last)
{
	const struct pml_format *fmt = c->space->fmt;
	const struct pml_level *lv = &fmt->level[c->level];

	c->va = last + 1;
	/* Nothing comes after the root: what it does not cover is no address. */
	c->at_end = last == c->last ||
		    (c->level < fmt->levels && pml_index(lv, c->va) == 0);
}

/* A record at the cursor, as far as it does not depend on the entry's kind. */
PML_INLINE void pml_fill(const struct pml_cursor *c, struct pml_record *r,
			 enum pml_kind kind, uint64_t raw)
{
	const struct pml_format *fmt = c->space->fmt;
	const struct pml_level *lv = &fmt->level[c->level];
	const struct pml_path *p = &c->path[c->level];
	unsigned index = pml_index(lv, c->va);

	r->va = c->va;
	r->last = c->va | pml_entry_span(fmt, c->level);
	if (r->last > c->last)
		r->last = c->last;
	r->pa = 0;
	r->raw = raw;
	r->slot_pa = p->pa + (uint64_t)index * fmt->entry_size;
	r->slot = NULL;
	if (p->table)
		r->slot = (const char *)p->table +
			  (size_t)(index - p->begin) * fmt->entry_size;
	r->rights = 0;
	r->level = c->level;
	r->shift = lv->shift;
	r->kind = kind;
	r->leaving = false;
}

/* Addresses that no entry stands for: outside the format, or no root table. */
static inline void pml_fill_void(const struct pml_cursor *c,
				 struct pml_record *r, enum pml_kind kind,
				 uint64_t last)
{
	r->va = c->va;
	r->last = last < c->last ? last : c->last;
	r->pa = kind == PML_UNREADABLE ? c->path[c->level].pa : 0;
	r->raw = r->slot_pa = 0;
	r->slot = NULL;
	r->rights = 0;
	r->level = 0;
	r->shift = 0;
	r->kind = kind;
	r->leaving = false;
}

/* The last address from `va` on that is canonical, or is not, as `va` is. */
static inline uint64_t pml_same_half(const struct pml_format *fmt, uint64_t va)
{
	uint64_t half = 1ULL << (fmt->va_bits - 1);

	if (fmt->upper)
		return pml_canonical(fmt, va) ? ~0ULL : pml_bottom(fmt) - 1;
	if (!fmt->sign_extended)
		return pml_canonical(fmt, va) ? pml_top(fmt) : ~0ULL;
	if (va < half)
		return half - 1;
	return va < -half ? -half - 1 : ~0ULL;
}

/* In the root table: addresses that have no entry.  True if it reported some. */
static inline bool pml_next_void(struct pml_cursor *c, struct pml_record *r)
{
	const struct pml_format *fmt = c->space->fmt;
	enum pml_kind kind;

	if (!pml_canonical(fmt, c->va))
		kind = PML_NONCANONICAL;
	else if (!c->path[c->level].table && !pml_in_pieces(fmt, c->level))
		kind = PML_UNREADABLE;
	else
		return false;
	pml_fill_void(c, r, kind, pml_same_half(fmt, c->va));
	pml_advance(c, r->last);
	return true;
}

/*
 * One past the last entry that the cursor will read in this table, or piece of
 * one, without leaving it.  The root's upper half is on the other side of the
 * hole in the middle of the address space.
 */
static inline unsigned pml_end_index(const struct pml_cursor *c)
{
	const struct pml_format *fmt = c->space->fmt;
	const struct pml_level *lv = &fmt->level[c->level];
	unsigned begin = pml_index(lv, c->va), end = 1u << lv->bits;
	uint64_t more = (c->last >> lv->shift) - (c->va >> lv->shift);

	if (c->level == fmt->levels && fmt->sign_extended && begin < end / 2)
		end /= 2;
	if (pml_in_pieces(fmt, c->level))
		end = (begin | (pml_piece(fmt) - 1)) + 1;
	return more < end - begin ? begin + (unsigned)more + 1 : end;
}

/*
 * The first entry of index..end-1 that is not zero, or end.  Eight at a time:
 * most of most address spaces is empty.
 */
static inline unsigned pml_skip_empty(const struct pml_format *fmt,
				      const void *table, unsigned index,
				      unsigned end)
{
	const uint64_t *p = (const uint64_t *)table + index;

	if (fmt->entry_size == 8)
		for (; end - index >= 8; index += 8, p += 8)
			if (pml_word(p) | pml_word(p + 1) | pml_word(p + 2) |
			    pml_word(p + 3) | pml_word(p + 4) | pml_word(p + 5) |
			    pml_word(p + 6) | pml_word(p + 7))
				break;
	while (index < end && !pml_entry(fmt, table, index))
		index++;
	return index;
}

/* Join the empty entries that follow in this table. */
static inline void pml_extend_hole(const struct pml_cursor *c,
				   struct pml_record *r)
{
	const struct pml_format *fmt = c->space->fmt;
	const struct pml_level *lv = &fmt->level[c->level];
	const struct pml_path *p = &c->path[c->level];
	unsigned begin = pml_index(lv, c->va), base = p->begin;
	unsigned end = pml_skip_empty(fmt, p->table, begin + 1 - base,
				      pml_end_index(c) - base) + base;

	r->last = (c->va | pml_entry_span(fmt, c->level)) +
		  ((uint64_t)(end - begin - 1) << lv->shift);
	if (r->last > c->last)
		r->last = c->last;
}

/* Go down to the table that the entry at the cursor refers to, or say why not. */
static inline bool pml_enter(struct pml_cursor *c, struct pml_record *r)
{
	const struct pml_space *space = c->space;
	const struct pml_format *fmt = space->fmt;
	struct pml_path *child = &c->path[c->level - 1];
	uint64_t allowed = pml_narrow_table(fmt, c->level,
					    c->path[c->level].allowed, r->raw);
	bool in_pieces = pml_in_pieces(fmt, c->level - 1);

	r->pa = pml_table_pa(space, c->level, r->raw);
	r->rights = pml_named_rights(fmt, allowed);
	if (!(c->flags & PML_ENTER_RECURSIVE) && pml_on_path(c, r->pa)) {
		r->kind = PML_RECURSIVE;
		return false;
	}
	child->begin = 0;
	child->table = in_pieces ? NULL :
		       space->at(space->ctx, r->pa,
				 pml_table_size(fmt, c->level - 1));
	if (!child->table && !in_pieces) {
		r->kind = PML_UNREADABLE;
		return false;
	}
	child->pa = r->pa;
	child->raw = r->raw;
	child->allowed = allowed;
	c->level--;
	c->at_end = false;
	return true;
}

/* Back to the table above; its TABLE record if the caller wants those. */
static inline bool pml_leave(struct pml_cursor *c, struct pml_record *r)
{
	const struct pml_format *fmt = c->space->fmt;
	uint64_t last = c->va - 1, base;
	const struct pml_path *child = &c->path[c->level];

	c->level++;
	base = last & ~pml_entry_span(fmt, c->level);
	if (c->flags & PML_POST) {
		c->va = base > c->first ? base : c->first;
		pml_fill(c, r, PML_TABLE, child->raw);
		r->pa = child->pa;
		r->rights = pml_named_rights(fmt, child->allowed);
		r->leaving = true;
	}
	pml_advance(c, last);
	return c->flags & PML_POST;
}

/* A piece of the cursor's table that cannot be read, as far as the range goes. */
static inline void pml_fill_unread(struct pml_cursor *c, struct pml_record *r)
{
	const struct pml_format *fmt = c->space->fmt;
	const struct pml_path *p = &c->path[c->level];
	unsigned rest = pml_end_index(c) -
			pml_index(&fmt->level[c->level], c->va) - 1;

	pml_fill(c, r, PML_UNREADABLE, 0);
	r->last = (c->va | pml_entry_span(fmt, c->level)) +
		  ((uint64_t)rest << r->shift);
	if (r->last > c->last)
		r->last = c->last;
	r->pa = p->pa + (uint64_t)p->begin * fmt->entry_size;
}

/* Read the entry at the cursor.  True if it reported something. */
static inline bool pml_read_slot(struct pml_cursor *c, struct pml_record *r)
{
	const struct pml_space *space = c->space;
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[c->level];
	const struct pml_path *p = &c->path[c->level];
	enum pml_kind kind;
	uint64_t raw;

	if (!pml_load(c)) {
		pml_fill_unread(c, r);
		pml_advance(c, r->last);
		return true;
	}
	raw = pml_entry(fmt, p->table, pml_index(lv, c->va) - p->begin);
	kind = pml_classify(space, c->level, raw);
	pml_fill(c, r, kind, raw);
	if (kind == PML_TABLE && pml_enter(c, r))
		return c->flags & PML_PRE;
	if (kind == PML_LEAF) {
		r->pa = pml_leaf_at(space, c->level, raw, r->va);
		r->rights = pml_rights(fmt, pml_narrow_leaf(fmt, p->allowed,
							    raw));
	} else if (kind == PML_HOLE && !(c->flags & PML_EACH)) {
		pml_extend_hole(c, r);
	}
	pml_advance(c, r->last);
	return true;
}

/* What pml_next() does, but for a page in a table of the last level. */
static inline bool pml_next_any(struct pml_cursor *c, struct pml_record *r)
{
	for (;;) {
		bool in_root = c->level == c->space->fmt->levels;

		if (c->at_end && in_root)
			return false;
		if (c->at_end) {
			if (pml_leave(c, r))
				return true;
		} else if (in_root && pml_next_void(c, r)) {
			return true;
		} else if (pml_read_slot(c, r)) {
			return true;
		}
	}
}

/*
 * Entries of the cursor's table from the cursor on that are wholly in the
 * range; none if the cursor is inside of one.
 */
static inline unsigned pml_whole_entries(const struct pml_cursor *c)
{
	const struct pml_format *fmt = c->space->fmt;
	uint64_t span = pml_entry_span(fmt, c->level), reach;
	unsigned count;

	if (c->va & span)
		return 0;
	count = pml_end_index(c) - pml_index(&fmt->level[c->level], c->va);
	reach = c->va + ((uint64_t)(count - 1) << fmt->level[c->level].shift);
	return c->last - reach < span ? count - 1 : count;
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
