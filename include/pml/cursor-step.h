/*
 * One step of a walk: an entry read, a table entered or left, and the record of
 * it.  What a cursor is made of; cursor.h is to be used.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_CURSOR_STEP_H
#define PML_CURSOR_STEP_H

#include <pml/entry.h>

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

#endif
