/*
 * pmap dump --tree: one line an entry that is not empty, below the entry that
 * leads to it.  Entries that are alike are one line: with --phys only where
 * their frames go on, too, and with --leaves none.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "show/entry.h"
#include "show/merge.h"
#include "walkers/dump.h"

/* A line: an entry, or several of one table. */
struct line {
	struct pml_record r;	/* the first */
	uint64_t last;		/* an address that the last one covers */
	bool scattered;		/* pages, whose frames do not follow each other */
	bool entered;		/* what it leads to comes below */
	bool met;		/* ... was shown before, */
	uint64_t as;		/* at this address */
};

struct tree {
	struct pmap_query *q;
	struct pmap_traverse traverse;
	struct pmap_tables tables;
	struct pmap_merge merge;
	struct line held;
};

static void emit(const void *record, void *arg)
{
	const struct line *line = record;
	struct tree *t = arg;

	pmap_add_tree_entry(t->q->out, &t->q->target.space, &line->r, line->last);
	if (line->met)
		pmap_text_add(t->q->out, "  as at %016" PRIx64, line->as);
	if (line->scattered)
		pmap_text_puts(t->q->out, "  (frames are not contiguous)");
	pmap_text_puts(t->q->out, "\n");
}

/* But for where they lead, are the entries of two pages the same? */
static bool same_bits(const struct pml_space *space, const struct pml_record *a,
		      const struct pml_record *b)
{
	return !((a->raw ^ b->raw) &
		 ~(pml_leaf_pa_bits(space->fmt, a->level, ~0ULL) & ~space->encrypted));
}

static bool join(void *held, const void *next, void *arg)
{
	const struct pmap_query *q = ((const struct tree *)arg)->q;
	struct line *a = held;
	const struct line *b = next;
	bool leaf = a->r.kind == PML_LEAF;
	bool contiguous = b->r.pa == a->r.pa + (b->r.va - a->r.va);

	if (q->opt.leaves || a->entered || b->entered ||
	    a->r.level != b->r.level || a->r.kind != b->r.kind ||
	    a->last + 1 != b->r.va)
		return false;
	if (leaf ? !same_bits(&q->target.space, &a->r, &b->r) ||
		   (q->opt.phys && !contiguous) : a->r.raw != b->r.raw)
		return false;
	a->scattered |= leaf && !contiguous;
	a->last = b->last;
	return true;
}

/* The lines below a table that was shown before are not shown again. */
static void add_table(struct tree *t, struct line *line)
{
	struct pmap_seen seen;

	line->met = pmap_tables_met(&t->tables, &line->r, &seen);
	line->entered = !line->met;
	if (line->met) {
		line->as = seen.va;
		pmap_traverse_skip(&t->traverse, &line->r);
		return;
	}
	pmap_tables_enter(&t->tables, &line->r, PMAP_CONTENT_MIXED, t->merge.emitted);
}

static void walk(struct tree *t)
{
	struct pml_record r;

	while (pmap_traverse_next(&t->traverse, &r)) {
		struct line line = { .r = r, .last = r.last };

		if (r.kind == PML_TABLE && r.leaving) {
			pmap_merge_flush(&t->merge);
			pmap_tables_leave(&t->tables, &r, t->merge.emitted);
			continue;
		}
		if (r.kind == PML_HOLE || r.kind == PML_NONCANONICAL || !r.level)
			continue;
		if (r.kind == PML_RECURSIVE)
			pmap_tables_recursion(&t->tables, &r);
		if (r.kind == PML_TABLE)
			add_table(t, &line);
		pmap_merge_add(&t->merge, &line);
	}
	pmap_merge_flush(&t->merge);
}

static void end(struct tree *t)
{
	pmap_tables_end(&t->tables);
}

int pmap_dump_tree(struct pmap_query *q, struct pmap_runs_counts *counts_ret)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(end))) struct tree t = { .q = q };
	struct pmap_filter filter;
	int status = pmap_filter_init(&filter, q);
	struct pmap_piece piece;

	if (!status && (filter.entries || filter.has_va || filter.min_size))
		status = pmap_fail(q, PMAP_STATUS_USAGE,
				   "dump: --tree shows every entry: filters are for dumps without it");
	if (status)
		return status;
	t.merge = (struct pmap_merge){
		.held = &t.held, .size = sizeof(t.held),
		.join = join, .emit = emit, .arg = &t,
	};
	counts_ret->tables = 0;
	for (unsigned i = 0;
	     pmap_target_piece(&q->target, i, q->first, q->last, &piece); i++) {
		if (!pmap_target_select(&q->target, piece.first))
			continue;
		pmap_tables_begin(&t.tables, q);
		pmap_traverse_begin(&t.traverse, q, piece.first, piece.last,
				    PML_PRE | PML_POST |
				    (q->opt.recursive ? PML_ENTER_RECURSIVE : 0));
		walk(&t);
		pmap_traverse_end(&t.traverse);
		counts_ret->tables += pmap_tables_count(&t.tables);
		pmap_tables_end(&t.tables);
	}
	counts_ret->ranges = t.merge.emitted;
	return 0;
}
