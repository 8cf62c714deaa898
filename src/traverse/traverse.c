/*
 * A cursor over the space of a query, with what surrounds a long walk.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "traverse/traverse.h"

#include <string.h>

#include "memory/cache.h"
#include "traverse/ahead.h"

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

/* --- The cursor ----------------------------------------------------------- */

void pmap_traverse_begin(struct pmap_traverse *t, struct pmap_query *q,
			 uint64_t first, uint64_t last, unsigned flags)
{
	t->q = q;
	t->wants_tables = flags & PML_PRE;
	t->has_entered = false;
	memset(t->table, 0, sizeof(t->table));
	t->table[q->target.space.fmt->levels].pa = pml_root_pa(&q->target.space);
	pmap_watch_begin(&t->watch, q);
	if (first <= last)
		pmap_ahead_root(q, &q->target.space, first, last);
	pml_cursor_init(&t->cursor, &q->target.space, first, last,
			flags | PML_PRE);
}

/*
 * What has been entered, with its neighbours, if nobody has read it yet, and what
 * it leads to.  A guest's tables are not read alone: there is the way to them.
 */
static void read_entered(struct pmap_traverse *t)
{
	const struct pml_space *space = &t->q->target.space;
	const struct pml_record *e = &t->entered;
	struct pmap_traverse_table *above = &t->table[e->level];
	bool droppable = !t->q->target.nested;

	t->table[e->level - 1].pa = e->pa;
	if (pml_in_pieces(space->fmt, e->level - 1) && e->va >= above->unread)
		above->unread = pmap_ahead_pieces(t->q, space, e->level, above->pa,
						  e->va, t->cursor.last, droppable);
	pmap_ahead_table(t->q, space, e->level - 1, e->pa, e->va, e->last,
			 droppable);
}

bool pmap_traverse_next(struct pmap_traverse *t, struct pml_record *r)
{
	while (pmap_watch_go(&t->watch, t->cursor.va)) {
		if (t->has_entered)
			read_entered(t);
		t->has_entered = false;
		if (!pml_next(&t->cursor, r))
			return false;
		/* After Ctrl-C an unreadable table is no finding. */
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

void pmap_traverse_extend(struct pmap_traverse *t, struct pml_record *leaf)
{
	pml_extend_page(&t->cursor, leaf);
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
