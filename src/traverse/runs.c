/*
 * The runs of a space: cursor, filter and merge in one.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "traverse/runs.h"

#include "memory/cache.h"
#include "target/kept.h"
#include "target/nesting.h"

/*
 * For people, a repeat of at most so many rows is written out, as long as there
 * is budget.
 */
#define SMALL_REPEAT	16
#define REPEAT_BUDGET	64
/* A search for frames lists addresses, not repeats, in every output format. */
#define FRAME_BUDGET	4096

/* --- Runs ----------------------------------------------------------------- */

static bool join(void *held, const void *next, void *arg)
{
	const struct pmap_options *opt = &((struct pmap_runs *)arg)->q->opt;
	const struct pmap_run *run = next;

	return (!opt->leaves || run->kind == PMAP_RUN_REPEAT) &&
	       pmap_run_join(held, run, opt->phys);
}

static void emit(const void *record, void *arg)
{
	struct pmap_runs *runs = arg;

	if (runs->ended || !pmap_filter_run(&runs->filter, record))
		return;
	runs->passed++;
	runs->ended = !runs->job->sink(runs->job->arg, record);
}

/* Rows that are there, with the one that is held. */
static uint64_t rows(const struct pmap_runs *runs)
{
	return runs->merge.emitted + runs->merge.has_held;
}

static void add_gap(struct pmap_runs *runs, int level)
{
	pmap_tables_content(&runs->tables, level, NULL);
	pmap_merge_flush(&runs->merge);
}

/* One more run in the table at `level'. */
static void add_any(struct pmap_runs *runs, int level,
		    const struct pmap_run *run, bool known)
{
	pmap_tables_content(&runs->tables, level, run);
	pmap_merge_add(&runs->merge, run);
	if (runs->job->entry)
		runs->job->entry(runs->job->arg, run, known);
}

/* The same, if it is wanted. */
static void add_run(struct pmap_runs *runs, int level,
		    const struct pmap_run *run)
{
	if (runs->filter.entries && !pmap_filter_entry(&runs->filter, run)) {
		add_gap(runs, level);
		return;
	}
	add_any(runs, level, run, false);
}

/* Splits the guest's leaf at the boundaries of the second-stage mappings. */
static void add_pieces(struct pmap_runs *runs, const struct pml_record *leaf)
{
	struct pml_product_record piece;
	struct pmap_run run;

	pmap_traverse_cut(&runs->traverse, leaf);
	while (pmap_traverse_piece(&runs->traverse, &piece)) {
		pmap_run_from_product(&run, &runs->q->target, &piece);
		add_run(runs, leaf->level, &run);
	}
}

/* Why a table could not be read; with a second dimension, if it was mapped. */
static const char *read_cause(const struct pmap_query *q)
{
	if (q->target.nested && !pmap_nesting_table_maps(&q->target))
		return NULL;
	return pmap_read_reason(pmap_cache_status(q->cache));
}

static void run_from(struct pmap_query *q, const struct pml_record *r,
		     struct pmap_run *run)
{
	struct pml_product_record product;
	bool guessed;

	if (q->opt.combined) {
		pml_product_other(r, &product);
		pmap_run_from_product(run, &q->target, &product);
	} else {
		pmap_run_from(run, &q->target, r);
	}
	if (r->kind == PML_UNREADABLE)
		run->cause = read_cause(q);
	/* Where this is not Linux, such entries are merged as any others. */
	if (run->kept && !pmap_kept_is_linux(q, &guessed))
		run->kept = PMAP_KEPT_NONE;
}

static void add_record(struct pmap_runs *runs, const struct pml_record *r)
{
	struct pmap_run run;

	if (r->kind == PML_HOLE || r->kind == PML_NONCANONICAL) {
		add_gap(runs, r->level);
	} else if (r->kind == PML_LEAF && runs->q->opt.combined) {
		add_pieces(runs, r);
	} else {
		run_from(runs->q, r, &run);
		add_run(runs, r->level, &run);
	}
}

/* --- Tables that were seen before ----------------------------------------- */

/* A run that stands for the table at r. */
static struct pmap_run seen_run(const struct pml_record *r,
				const struct pmap_seen *seen)
{
	struct pmap_run run;

	if (seen->content == PMAP_CONTENT_RUN)
		run = *seen->run;
	else
		run = (struct pmap_run){
			.kind = PMAP_RUN_REPEAT, .level = r->level, .pkey = -1,
			.raw = r->raw, .pa = seen->va, .page = 1ULL << r->shift,
		};
	run.va = r->va;
	run.last = r->va + (1ULL << r->shift) - 1;
	return run;
}

/*
 * One, and others that follow and are the same: KASAN's shadow has hundreds of
 * such entries in a row.  One run is wanted for each only where contiguous
 * memory is.
 */
static void skip_seen(struct pmap_runs *runs, struct pml_record *r,
		      const struct pmap_seen *seen)
{
	struct pmap_run run = seen_run(r, seen), next = run;

	if (runs->q->opt.phys && seen->content == PMAP_CONTENT_RUN)
		pmap_traverse_skip(&runs->traverse, r);
	else
		pmap_traverse_skip_alike(&runs->traverse, r);
	if (runs->job->table)
		runs->job->table(runs->job->arg, r, seen);
	if (seen->content == PMAP_CONTENT_HOLES) {
		add_gap(runs, r->level);
		return;
	}
	/* The second one tells what differs from one to the next. */
	next.va = run.last + 1;
	next.last = r->last;
	if (run.last != r->last)
		pmap_run_join(&run, &next, false);
	add_any(runs, r->level, &run, true);
}

/*
 * A few rows say more written out than as a repeat: else the kernel's half of a
 * small machine would be one line that points to the other half.
 */
static bool writes_out(struct pmap_runs *runs, const struct pmap_seen *seen)
{
	if (seen->content != PMAP_CONTENT_MIXED || seen->rows > SMALL_REPEAT ||
	    seen->rows > runs->budget)
		return false;
	runs->budget -= seen->rows;
	return true;
}

/* The line that is asked for is no repeat. */
static bool is_asked_for(const struct pmap_runs *runs,
			 const struct pml_record *r)
{
	return runs->at && *runs->at >= r->va && *runs->at <= r->last;
}

static void enter(struct pmap_runs *runs, struct pml_record *r)
{
	struct pmap_seen seen;

	if (pmap_tables_met(&runs->tables, r, &seen) &&
	    !is_asked_for(runs, r) && !writes_out(runs, &seen)) {
		skip_seen(runs, r, &seen);
		return;
	}
	if (runs->job->table)
		runs->job->table(runs->job->arg, r, NULL);
	pmap_tables_enter(&runs->tables, r, PMAP_CONTENT_NONE, rows(runs));
}

/* --- The walk ------------------------------------------------------------- */

static void walk(struct pmap_runs *runs)
{
	struct pml_record r;

	while (!runs->ended && pmap_traverse_next(&runs->traverse, &r)) {
		if (r.kind == PML_RECURSIVE)
			pmap_tables_recursion(&runs->tables, &r);
		if (r.kind == PML_LEAF && runs->extends)
			pmap_traverse_extend(&runs->traverse, &r);
		if (r.kind != PML_TABLE)
			add_record(runs, &r);
		else if (r.leaving)
			pmap_tables_leave(&runs->tables, &r, rows(runs));
		else
			enter(runs, &r);
	}
}

static void end(struct pmap_runs *runs)
{
	pmap_tables_end(&runs->tables);
}

int pmap_runs_walk(struct pmap_query *q, const uint64_t *at,
		   pmap_run_sink *sink, void *arg,
		   struct pmap_runs_counts *counts_ret)
{
	const struct pmap_runs_job job = { .sink = sink, .arg = arg, .at = at };

	return pmap_runs_do(q, &job, counts_ret);
}

/* What is wanted, and how far repeats are written out for that. */
static int set_filter(struct pmap_runs *runs)
{
	const struct pmap_runs_job *job = runs->job;
	struct pmap_query *q = runs->q;
	int status = 0;

	if (job->filter)
		runs->filter = *job->filter;
	else
		status = pmap_filter_init(&runs->filter, q);
	if (status)
		return status;
	runs->at = runs->filter.has_va ? &runs->filter.va : job->at;
	/* A caller that keeps tables gets each one once. */
	if (!q->opt.json && !q->opt.csv && !job->table)
		runs->budget = REPEAT_BUDGET;
	if (runs->filter.has_pa || job->addresses)
		runs->budget = FRAME_BUDGET;
	runs->extends = !q->opt.leaves && !q->opt.combined && !job->entry &&
			!runs->filter.has_pa;
	return 0;
}

int pmap_runs_do(struct pmap_query *q, const struct pmap_runs_job *job,
		 struct pmap_runs_counts *counts_ret)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(end))) struct pmap_runs runs = {
		.q = q, .job = job,
	};
	unsigned flags = PML_PRE | PML_POST;
	int status = set_filter(&runs);
	struct pmap_piece piece;

	if (status)
		return status;
	if (q->opt.recursive)
		flags |= PML_ENTER_RECURSIVE;
	runs.merge = (struct pmap_merge){
		.held = &runs.held, .size = sizeof(runs.held),
		.join = join, .emit = emit, .arg = &runs,
	};
	counts_ret->tables = 0;
	for (unsigned i = 0; !runs.ended &&
	     pmap_target_piece(&q->target, i, q->first, q->last, &piece); i++) {
		if (!pmap_target_select(&q->target, piece.first))
			continue;
		pmap_tables_begin(&runs.tables, q);
		pmap_traverse_begin(&runs.traverse, q, piece.first, piece.last,
				    flags);
		walk(&runs);
		pmap_traverse_end(&runs.traverse);
		counts_ret->tables += pmap_tables_count(&runs.tables);
		pmap_tables_end(&runs.tables);
	}
	pmap_merge_flush(&runs.merge);
	counts_ret->ranges = runs.passed;
	return 0;
}
