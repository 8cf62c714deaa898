/*
 * pmap dump --tree: one line an entry that is not empty, below the entry that
 * leads to it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "show/entry.h"
#include "walkers/dump.h"

struct tree {
	struct pmap_query *q;
	struct pmap_traverse traverse;
	struct pmap_tables tables;
	uint64_t lines;
};

/* The lines below a table that was shown before are not shown again. */
static void add_table(struct tree *t, const struct pml_record *r)
{
	struct pmap_seen seen;

	if (pmap_tables_met(&t->tables, r, &seen)) {
		pmap_traverse_skip(&t->traverse, r);
		pmap_text_add(t->q->out, "  as at %016" PRIx64, seen.va);
		return;
	}
	pmap_tables_enter(&t->tables, r, PMAP_CONTENT_MIXED, t->lines);
}

static void walk(struct tree *t)
{
	const struct pml_space *space = &t->q->target.space;
	struct pml_record r;

	while (pmap_traverse_next(&t->traverse, &r)) {
		if (r.kind == PML_TABLE && r.leaving) {
			pmap_tables_leave(&t->tables, &r, t->lines);
			continue;
		}
		if (r.kind == PML_HOLE || r.kind == PML_NONCANONICAL || !r.level)
			continue;
		if (r.kind == PML_RECURSIVE)
			pmap_tables_recursion(&t->tables, &r);
		pmap_add_tree_entry(t->q->out, space, &r);
		t->lines++;
		if (r.kind == PML_TABLE)
			add_table(t, &r);
		pmap_text_puts(t->q->out, "\n");
	}
}

static void end(struct tree *t)
{
	pmap_tables_end(&t->tables);
}

int pmap_dump_tree(struct pmap_query *q, struct pmap_runs_counts *counts_ret)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(end))) struct tree t = { .q = q };
	struct pmap_filter filter;
	int status = pmap_filter_init(&filter, q);
	struct pmap_piece piece;

	if (!status && (filter.entries || filter.has_va || filter.min_size))
		status = pmap_fail(q, PMAP_STATUS_USAGE,
				   "dump: --tree shows every entry: filters are for dumps without it");
	if (status)
		return status;
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
	counts_ret->ranges = t.lines;
	return 0;
}
