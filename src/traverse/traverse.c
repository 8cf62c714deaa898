/*
 * A cursor over the space of a query, with what surrounds a long walk.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "traverse/traverse.h"

#include "memory/cache.h"

/* --- Ctrl-C and progress -------------------------------------------------- */

void pmap_watch_begin(struct pmap_watch *w, struct pmap_query *q)
{
	w->q = q;
	w->reads = pmap_cache_stats(q->cache).ever;
	pmap_progress_begin(&w->progress);
}

bool pmap_watch_go(struct pmap_watch *w, uint64_t at)
{
	if (pmap_bridge_interrupted() || w->q->out->error)
		return false;
	if (pmap_progress_tick(&w->progress))
		pmap_progress_show(&w->progress,
				   pmap_cache_stats(w->q->cache).ever - w->reads,
				   at);
	return true;
}

void pmap_watch_end(struct pmap_watch *w)
{
	pmap_progress_end(&w->progress);
}

/* --- Reading ahead -------------------------------------------------------- */

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

/* One step down the outer tables; false if there is no table below. */
static bool step_down(const struct pml_space *outer, int level, uint64_t gpa,
		      uint64_t *table_pa)
{
	const struct pml_format *fmt = outer->fmt;
	uint64_t slot_pa = *table_pa + pml_index(&fmt->level[level], gpa) *
			   (uint64_t)fmt->entry_size;
	const void *slot = outer->at(outer->ctx, slot_pa, fmt->entry_size);
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
	}
	want(&w, pml_root_pa(outer));
	for (int level = outer->fmt->levels; level > 1; level--) {
		read_wanted(&w);
		for (size_t i = 0; i < n; i++) {
			on[i] = on[i] &&
				step_down(outer, level, gpa[i], &table[i]);
			if (on[i])
				want(&w, table[i]);
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

/*
 * Read what the table at `table_pa` leads to, within the range.  Tables of the
 * last level may be `droppable`, to leave a full cache: where they are read once,
 * and nothing else is read while they are in use.
 */
static void read_ahead(struct pmap_query *q, const struct pml_space *space,
		       int level, uint64_t table_pa, uint64_t first,
		       uint64_t last, bool droppable)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[level];
	unsigned i = pml_index(lv, first), end = pml_index(lv, last);
	bool guest = space->at != pmap_cache_at, leaves = q->opt.combined;
	struct wanted w = { .q = q, .droppable = droppable && level == 2 };
	struct destination d = { .count = 0 };
	uint64_t before = 0;
	const void *table;

	/* Tables that are read in pieces are read as the cursor comes to them. */
	if ((level < 2 && !(guest && leaves)) || pml_in_pieces(fmt, level))
		return;
	table = space->at(space->ctx, table_pa, pml_table_size(fmt, level));
	for (; table && i <= end; i++) {
		uint64_t raw = pml_entry(fmt, table, i);
		enum pml_kind kind;

		/* Neighbours that lead to one table are many where many do. */
		if (raw == before)
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

void pmap_ahead(struct pmap_query *q, const struct pml_space *space,
		const struct pml_record *table)
{
	read_ahead(q, space, table->level - 1, table->pa, table->va,
		   table->last, false);
}

void pmap_ahead_root(struct pmap_query *q, const struct pml_space *space,
		     uint64_t first, uint64_t last)
{
	uint64_t root = pml_root_pa(space);

	if (space->at != pmap_cache_at)
		ahead_of_outer(q, &root, 1);
	read_ahead(q, space, space->fmt->levels, root, first, last, false);
}

/* --- The cursor ----------------------------------------------------------- */

void pmap_traverse_begin(struct pmap_traverse *t, struct pmap_query *q,
			 uint64_t first, uint64_t last, unsigned flags)
{
	t->q = q;
	t->wants_tables = flags & PML_PRE;
	t->has_entered = false;
	pmap_watch_begin(&t->watch, q);
	if (first <= last)
		pmap_ahead_root(q, &q->target.space, first, last);
	pml_cursor_init(&t->cursor, &q->target.space, first, last,
			flags | PML_PRE);
}

/* A guest's tables are not read alone: there is the way to them. */
static void read_entered(const struct pmap_traverse *t)
{
	const struct pml_record *e = &t->entered;

	read_ahead(t->q, &t->q->target.space, e->level - 1, e->pa, e->va,
		   e->last, !t->q->target.nested);
}

bool pmap_traverse_next(struct pmap_traverse *t, struct pml_record *r)
{
	while (pmap_watch_go(&t->watch, t->cursor.va)) {
		if (t->has_entered)
			read_entered(t);
		t->has_entered = false;
		if (!pml_next(&t->cursor, r))
			return false;
		/* What the cursor could not read because of it is no fault. */
		if (r->kind == PML_UNREADABLE && pmap_bridge_interrupted())
			return false;
		if (r->kind != PML_TABLE || r->leaving)
			return true;
		t->entered = *r;
		t->has_entered = true;
		if (t->wants_tables)
			return true;
	}
	return false;
}

void pmap_traverse_skip(struct pmap_traverse *t, const struct pml_record *r)
{
	t->has_entered = false;
	pml_skip(&t->cursor, r);
}

void pmap_traverse_skip_alike(struct pmap_traverse *t, struct pml_record *r)
{
	t->has_entered = false;
	pml_skip_alike(&t->cursor, r);
}

void pmap_traverse_cut(struct pmap_traverse *t, const struct pml_record *leaf)
{
	t->leaf = *leaf;
	pml_product_under(&t->under, &t->q->target.pair, leaf, PML_PRE);
}

bool pmap_traverse_piece(struct pmap_traverse *t,
			 struct pml_product_record *piece)
{
	struct pml_record r;

	while (pmap_watch_go(&t->watch, t->leaf.va)) {
		if (!pml_next(&t->under, &r) ||
		    (r.kind == PML_UNREADABLE && pmap_bridge_interrupted()))
			return false;
		if (r.kind != PML_TABLE) {
			pml_product_piece(&t->q->target.pair, &t->leaf, &r,
					  piece);
			return true;
		}
		/* More than one table below: a leaf larger than theirs. */
		if (r.level > 2 &&
		    (r.last - r.va) >> t->under.space->fmt->level[2].shift)
			pmap_ahead(t->q, &t->q->target.outer, &r);
	}
	return false;
}

void pmap_traverse_end(struct pmap_traverse *t)
{
	pmap_watch_end(&t->watch);
}
