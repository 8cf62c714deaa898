/*
 * A cursor over the space of a query, with what surrounds a long walk.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "traverse.h"

#include "memory/cache.h"

/*
 * Read the tables that the one at `table_pa` leads to, within the range.
 * Those of the last level are read once and not needed again while others are:
 * they may leave a full cache.
 */
static void read_ahead(struct pmap_traverse *t, int level, uint64_t table_pa,
		       uint64_t first, uint64_t last)
{
	const struct pml_space *space = &t->q->target.space;
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[level];
	unsigned end = pml_index(lv, last);
	uint64_t pa[PMAP_AHEAD_MAX], before = 0;
	const void *table;
	size_t n = 0;

	/* In nested paging these are not the machine's addresses. */
	if (level < 2 || space->at != pmap_cache_at)
		return;
	table = space->at(space->ctx, table_pa, pml_table_size(fmt, level));
	for (unsigned i = pml_index(lv, first); table && i <= end; i++) {
		uint64_t raw = pml_entry(fmt, table, i);

		/* Neighbours that lead to one table are many where many do. */
		if (raw != before &&
		    pml_classify(space, level, raw) == PML_TABLE)
			pa[n++] = pml_table_pa(space, level, raw) & -4096ULL;
		before = raw;
		if (n == PMAP_AHEAD_MAX || (n && i == end)) {
			pmap_cache_ahead(t->q->cache, pa, n, level == 2);
			n = 0;
		}
	}
}

void pmap_traverse_begin(struct pmap_traverse *t, struct pmap_query *q,
			 uint64_t first, uint64_t last, unsigned flags)
{
	t->q = q;
	t->wants_tables = flags & PML_PRE;
	t->has_entered = false;
	t->reads = pmap_cache_stats(q->cache).ever;
	pmap_progress_begin(&t->progress);
	pml_cursor_init(&t->cursor, &q->target.space, first, last,
			flags | PML_PRE);
	if (first <= last)
		read_ahead(t, q->target.space.fmt->levels,
			   pml_root_pa(&q->target.space), first, last);
}

bool pmap_traverse_next(struct pmap_traverse *t, struct pml_record *r)
{
	while (!pmap_bridge_interrupted() && !t->q->out->error) {
		if (t->has_entered)
			read_ahead(t, t->entered.level - 1, t->entered.pa,
				   t->entered.va, t->entered.last);
		t->has_entered = false;
		if (!pml_next(&t->cursor, r))
			return false;
		if (pmap_progress_tick(&t->progress))
			pmap_progress_show(&t->progress,
					   pmap_cache_stats(t->q->cache).ever -
					   t->reads, r->va);
		/* What the cursor could not read because of it is no fault. */
		if (r->kind == PML_UNREADABLE && pmap_bridge_interrupted())
			return false;
		if (r->kind != PML_TABLE || r->leaving)
			return true;
		t->entered = *r;
		t->has_entered = r->level > 2;
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

void pmap_traverse_end(struct pmap_traverse *t)
{
	pmap_progress_end(&t->progress);
}
