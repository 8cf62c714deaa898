/*
 * Tables that are read before a walk comes to them, many a request.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "traverse/ahead.h"

#include "memory/cache.h"
#include "traverse/traverse.h"

/* Physical addresses of tables that are to be read together. */
struct wanted {
	struct pmap_query *q;
	uint64_t pa[PMAP_AHEAD_MAX];
	size_t count;
	bool droppable;
};

static void read_wanted(struct wanted *w)
{
	if (w->count)
		pmap_cache_ahead(w->q->cache, w->pa, w->count, w->droppable);
	w->count = 0;
}

static void want(struct wanted *w, uint64_t pa)
{
	pa &= -4096ULL;
	if (w->count && w->pa[w->count - 1] == pa)
		return;
	if (w->count == PMAP_AHEAD_MAX)
		read_wanted(w);
	w->pa[w->count++] = pa;
}

/* Where the entry of `gpa' is in a table: in a large one not on its first page. */
static uint64_t slot_of(const struct pml_format *fmt, int level, uint64_t table_pa,
			uint64_t gpa)
{
	return table_pa + pml_index(&fmt->level[level], gpa) *
			  (uint64_t)fmt->entry_size;
}

/* One step down the outer tables; false if there is no table below. */
static bool step_down(const struct pml_space *outer, int level, uint64_t gpa,
		      uint64_t *table_pa)
{
	const struct pml_format *fmt = outer->fmt;
	const void *slot = outer->at(outer->ctx,
				     slot_of(fmt, level, *table_pa, gpa),
				     fmt->entry_size);
	uint64_t raw = slot ? pml_entry(fmt, slot, 0) : 0;

	if (pml_classify(outer, level, raw) != PML_TABLE)
		return false;
	*table_pa = pml_table_pa(outer, level, raw);
	return true;
}

/*
 * Read the outer tables on the way of these gpas, a level at a time, all of
 * them at once.
 */
static void ahead_of_outer(struct pmap_query *q, const uint64_t *gpa, size_t n)
{
	const struct pml_space *outer = &q->target.outer;
	uint64_t table[PMAP_AHEAD_MAX];
	bool on[PMAP_AHEAD_MAX];
	struct wanted w = { .q = q };

	for (size_t i = 0; i < n; i++) {
		table[i] = pml_root_pa(outer);
		on[i] = pml_canonical(outer->fmt, gpa[i]);
		if (on[i])
			want(&w, slot_of(outer->fmt, outer->fmt->levels, table[i],
					 gpa[i]));
	}
	for (int level = outer->fmt->levels; level > 1; level--) {
		read_wanted(&w);
		for (size_t i = 0; i < n; i++) {
			on[i] = on[i] &&
				step_down(outer, level, gpa[i], &table[i]);
			if (on[i])
				want(&w, slot_of(outer->fmt, level - 1, table[i],
						 gpa[i]));
		}
	}
	read_wanted(&w);
}

/* What an entry of a guest's leads to: a table, or with --combined memory. */
struct destination {
	uint64_t gpa[PMAP_AHEAD_MAX];
	bool is_table[PMAP_AHEAD_MAX];
	size_t count;
};

/* Read the way there, and those that are tables. */
static void ahead_of_guest(struct pmap_query *q, struct destination *d)
{
	const struct pml_space *outer = &q->target.outer;
	struct wanted w = { .q = q };
	struct pml_target t;

	ahead_of_outer(q, d->gpa, d->count);
	for (size_t i = 0; i < d->count; i++)
		if (d->is_table[i] &&
		    pml_translate(outer, d->gpa[i], &t, NULL))
			want(&w, t.pa);
	read_wanted(&w);
	d->count = 0;
}

/* Leaves whose gpas have an outer table of the last level in common are one. */
static void add_destination(struct pmap_query *q, struct destination *d,
			    uint64_t gpa, bool is_table)
{
	unsigned shift = q->target.outer.fmt->level[2].shift;

	if (!is_table && d->count && !d->is_table[d->count - 1] &&
	    d->gpa[d->count - 1] >> shift == gpa >> shift)
		return;
	if (d->count == PMAP_AHEAD_MAX)
		ahead_of_guest(q, d);
	d->gpa[d->count] = gpa;
	d->is_table[d->count++] = is_table;
}

/* --- A table's entries ------------------------------------------------------ */

/* A table, at once or a piece at a time. */
struct reading {
	const struct pml_space *space;
	int level;
	uint64_t pa;
	bool tried;
	unsigned begin;		/* of the piece that was tried */
	const void *piece;	/* NULL: it cannot be read */
};

static bool read_entry(struct reading *t, unsigned i, uint64_t *raw_ret)
{
	const struct pml_format *fmt = t->space->fmt;
	bool in_pieces = pml_in_pieces(fmt, t->level);
	unsigned begin = in_pieces ? i & -pml_piece(fmt) : 0;

	if (!t->tried || begin != t->begin) {
		t->tried = true;
		t->begin = begin;
		t->piece = t->space->at(t->space->ctx,
					t->pa + (uint64_t)begin * fmt->entry_size,
					in_pieces ? PML_AT_MOST :
						    pml_table_size(fmt, t->level));
	}
	if (t->piece)
		*raw_ret = pml_entry(fmt, t->piece, i - begin);
	return t->piece;
}

void pmap_ahead_table(struct pmap_query *q, const struct pml_space *space,
		      int level, uint64_t table_pa, uint64_t first,
		      uint64_t last, bool droppable)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[level];
	unsigned i = pml_index(lv, first), end = pml_index(lv, last);
	bool guest = space->at != pmap_cache_at, leaves = q->opt.combined;
	struct reading table = { .space = space, .level = level, .pa = table_pa };
	struct wanted w = { .q = q, .droppable = droppable && level == 2 };
	struct destination d = { .count = 0 };
	uint64_t before = 0, raw;

	/* Those that are read in pieces: see pmap_ahead_pieces(). */
	if ((level < 2 || pml_in_pieces(fmt, level - 1)) && !(guest && leaves))
		return;
	for (; i <= end; i++) {
		enum pml_kind kind;

		/* Neighbours that lead to one table are many where many do. */
		if (!read_entry(&table, i, &raw) || raw == before)
			continue;
		before = raw;
		kind = pml_classify(space, level, raw);
		if (kind == PML_TABLE && !guest)
			want(&w, pml_table_pa(space, level, raw));
		else if (kind == PML_TABLE)
			add_destination(q, &d, pml_table_pa(space, level, raw),
					true);
		else if (kind == PML_LEAF && guest && leaves)
			add_destination(q, &d, pml_leaf_pa(space, level, raw),
					false);
	}
	read_wanted(&w);
	if (d.count)
		ahead_of_guest(q, &d);
}

/* --- Tables of more than a page --------------------------------------------- */

/* Pages of a table below entry `i', as far as first..last needs them. */
struct pages {
	unsigned first, last;
};

static struct pages pages_of(const struct pml_format *fmt, int level, uint64_t first,
			     uint64_t last)
{
	const struct pml_level *below = &fmt->level[level - 1];
	unsigned piece = pml_piece(fmt);

	return (struct pages){ pml_index(below, first) / piece,
			       pml_index(below, last) / piece };
}

uint64_t pmap_ahead_pieces(struct pmap_query *q, const struct pml_space *space,
			   int level, uint64_t table_pa, uint64_t va, uint64_t last,
			   bool droppable)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[level];
	uint64_t span = pml_entry_span(fmt, level), raw;
	bool guest = space->at != pmap_cache_at;
	struct reading table = { .space = space, .level = level, .pa = table_pa };
	struct wanted w = { .q = q, .droppable = droppable && level == 2 };
	struct destination d = { .count = 0 };
	unsigned count = 0;

	for (unsigned i = pml_index(lv, va); i < 1u << lv->bits; i++) {
		uint64_t end = va | span;
		struct pages p = pages_of(fmt, level, va, end < last ? end : last);
		bool is_table = read_entry(&table, i, &raw) &&
				pml_classify(space, level, raw) == PML_TABLE;

		if (is_table && (count += p.last - p.first + 1) > PMAP_AHEAD_MAX)
			break;
		for (unsigned n = p.first; is_table && n <= p.last; n++) {
			uint64_t pa = pml_table_pa(space, level, raw) +
				      (uint64_t)n * PML_AT_MOST;

			if (guest)
				add_destination(q, &d, pa, true);
			else
				want(&w, pa);
		}
		va = end + 1;
		if (end >= last)
			break;
	}
	read_wanted(&w);
	if (d.count)
		ahead_of_guest(q, &d);
	return va;
}

void pmap_ahead(struct pmap_query *q, const struct pml_space *space,
		const struct pml_record *table)
{
	pmap_ahead_table(q, space, table->level - 1, table->pa, table->va,
			 table->last, false);
}

void pmap_ahead_root(struct pmap_query *q, const struct pml_space *space,
		     uint64_t first, uint64_t last)
{
	uint64_t root = pml_root_pa(space);

	if (space->at != pmap_cache_at)
		ahead_of_outer(q, &root, 1);
	pmap_ahead_table(q, space, space->fmt->levels, root, first, last, false);
}
