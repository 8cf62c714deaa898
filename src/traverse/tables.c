/*
 * The tables that a walk is in, and those that it has been through.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "traverse/tables.h"

#include <string.h>

void pmap_tables_begin(struct pmap_tables *t, struct pmap_query *q)
{
	const struct pml_space *space = &q->target.space;

	t->q = q;
	t->merges = !q->opt.leaves;
	t->share = pmap_share_create();
	t->table[space->fmt->levels].pa = pml_root_pa(space);
}

void pmap_tables_end(struct pmap_tables *t)
{
	pmap_share_destroy(t->share);
	t->share = NULL;
}

void pmap_tables_content(struct pmap_tables *t, int level,
			 const struct pmap_run *run)
{
	struct pmap_table *table = &t->table[level];
	enum pmap_content before = table->content;

	if (before == PMAP_CONTENT_MIXED)
		return;
	if (!run) {
		table->content = before == PMAP_CONTENT_NONE ||
				 before == PMAP_CONTENT_HOLES ?
				 PMAP_CONTENT_HOLES : PMAP_CONTENT_MIXED;
	} else if (before == PMAP_CONTENT_NONE && t->merges) {
		table->content = PMAP_CONTENT_RUN;
		table->run = *run;
	} else if (before != PMAP_CONTENT_RUN ||
		   !pmap_run_join(&table->run, run, t->q->opt.phys)) {
		table->content = PMAP_CONTENT_MIXED;
	}
}

static bool is_whole(const struct pml_record *r)
{
	return r->last - r->va == (1ULL << r->shift) - 1;
}

/*
 * Would another way here have found the same?  Not if a table above is also
 * used below: there it was entered, here it would be recursive.
 */
static bool same_from_here(const struct pmap_tables *t, int level)
{
	for (int above = level + 1;
	     above <= t->q->target.space.fmt->levels; above++)
		if (pmap_share_below(t->share, t->table[above].pa, level))
			return false;
	return true;
}

/* The bytes of the table that r leads to. */
static const void *table_bytes(const struct pmap_tables *t, uint64_t pa,
			       int level)
{
	const struct pml_space *space = &t->q->target.space;

	return space->at(space->ctx, pa, pml_table_size(space->fmt, level));
}

/*
 * Does a table that was seen before, and used in the same way, say the same as
 * the one at r?  Then this one is as good as seen.  Not asked of last tables:
 * to walk one takes no longer than to compare it.
 */
static bool find_twin(const struct pmap_tables *t, const struct pml_record *r,
		      struct pmap_seen *seen, uint64_t *sum_ret)
{
	int level = r->level - 1;
	size_t size = pml_table_size(t->q->target.space.fmt, level);
	const void *own, *other;

	/* A table that is read in pieces is not compared: it would take as long. */
	if (level < 2 || pml_in_pieces(t->q->target.space.fmt, level) ||
	    !(own = table_bytes(t, r->pa, level)))
		return false;
	*sum_ret = pmap_share_sum(own, size);
	if (!pmap_share_find(t->share, *sum_ret, level, r->rights, seen))
		return false;
	other = table_bytes(t, seen->pa, level);
	/* Below this table an entry that leads back to it would be recursive. */
	return other && !memcmp(own, other, size) &&
	       (t->q->opt.recursive ||
		!pmap_share_below(t->share, r->pa, level));
}

bool pmap_tables_met(struct pmap_tables *t, const struct pml_record *r,
		     struct pmap_seen *seen)
{
	int level = r->level - 1;
	uint64_t *sum = &t->table[level].sum;
	bool known;

	*sum = 0;
	if (!t->share || !is_whole(r))
		return false;
	known = pmap_share_find(t->share, r->pa, level, r->rights, seen);
	if (!known && !find_twin(t, r, seen, sum))
		return false;
	/* --expand walks repeats again, unless one run tells all of them. */
	if (t->q->opt.expand && seen->content == PMAP_CONTENT_MIXED)
		return false;
	if (!t->q->opt.recursive && !same_from_here(t, level))
		return false;
	return known ||
	       pmap_share_add(t->share, r->pa, level, r->rights, seen);
}

void pmap_tables_enter(struct pmap_tables *t, const struct pml_record *r,
		       enum pmap_content content, uint64_t rows)
{
	struct pmap_table *table = &t->table[r->level - 1];

	table->pa = r->pa;
	table->va = r->va;
	table->content = content;
	table->rows = rows;
	table->keep = is_whole(r);
}

/* The table that r leads to has been walked.  False without memory. */
static bool remember(struct pmap_tables *t, const struct pmap_table *table,
		     const struct pml_record *r, uint64_t rows)
{
	const struct pmap_seen seen = {
		.pa = table->pa, .va = table->va,
		.content = table->keep ? table->content : PMAP_CONTENT_NONE,
		.run = &table->run, .rows = rows - table->rows,
	};
	int level = r->level - 1;

	return pmap_share_add(t->share, table->pa, level, r->rights, &seen) &&
	       (!table->keep || !table->sum ||
		pmap_share_add(t->share, table->sum, level, r->rights, &seen));
}

void pmap_tables_leave(struct pmap_tables *t, const struct pml_record *r,
		       uint64_t rows)
{
	const struct pmap_table *table = &t->table[r->level - 1];

	if (t->share && !remember(t, table, r, rows))
		pmap_tables_end(t);
	if (table->content == PMAP_CONTENT_MIXED)
		t->table[r->level].content = PMAP_CONTENT_MIXED;
	else
		pmap_tables_content(t, r->level,
				    table->content == PMAP_CONTENT_RUN ?
				    &table->run : NULL);
}

void pmap_tables_recursion(struct pmap_tables *t, const struct pml_record *r)
{
	for (int level = r->level; level < t->q->target.space.fmt->levels &&
	     t->table[level].pa != r->pa; level++)
		t->table[level].keep = false;
}

uint64_t pmap_tables_count(const struct pmap_tables *t)
{
	/* The root is left nowhere, so it is not among them. */
	return t->share ? pmap_share_tables(t->share) + 1 : 0;
}
