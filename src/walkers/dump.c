/*
 * pmap dump: everything that is mapped, as runs, leaves or a tree.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "show/names.h"
#include "show/run-record.h"
#include "traverse/runs.h"
#include "walkers/dump.h"
#include "walkers/picture.h"
#include "walkers/survey.h"
#include "walkers/walkers.h"

/* Runs that wait to be sorted. */
struct sorted {
	struct pmap_run *run;
	size_t count, room;
	bool failed;		/* no memory */
};

struct dump {
	struct pmap_query *q;
	struct pmap_writer writer;
	uint64_t next;		/* --gaps: what comes next, if nothing is missing */
	bool at_end;		/* ... there is nothing more */
	bool named;		/* something may have a name */
	struct sorted sorted;
};

/* --- Gaps ----------------------------------------------------------------- */

void pmap_write_gap(struct pmap_writer *w, const struct pml_format *fmt,
		    uint64_t first, uint64_t last)
{
	struct pmap_run gap = { .kind = PMAP_RUN_GAP, .pkey = -1 };

	/* Addresses that are not canonical are no gap. */
	while (first <= last) {
		uint64_t end = pml_same_half(fmt, first);

		gap.va = first;
		gap.last = end < last ? end : last;
		if (pml_canonical(fmt, first))
			pmap_write_run(w, &gap);
		if (gap.last == last)
			return;
		first = gap.last + 1;
	}
}

static void add_gap(struct dump *d, uint64_t before)
{
	if (d->q->opt.gaps && before > d->next)
		pmap_write_gap(&d->writer, d->q->target.space.fmt, d->next,
			       before - 1);
}

static void end_gaps(struct dump *d)
{
	if (d->q->opt.gaps && !d->at_end && d->next <= d->q->last)
		pmap_write_gap(&d->writer, d->q->target.space.fmt, d->next,
			       d->q->last);
}

/* By what its first address is called, if anything is. */
static void write_named(struct dump *d, const struct pmap_run *run)
{
	struct pmap_run_about about = { .name = NULL };
	char name[PMAP_NAMED_SIZE];

	if (d->named)
		about.name = pmap_names_of(d->q, run->va, name);
	pmap_write_run_about(&d->writer, run, &about);
}

static bool write_run(void *arg, const struct pmap_run *run)
{
	struct dump *d = arg;

	add_gap(d, run->va);
	d->next = run->last + 1;
	d->at_end = !d->next;
	write_named(d, run);
	return true;
}

/* --- Sorted --------------------------------------------------------------- */

static bool keep_run(void *arg, const struct pmap_run *run)
{
	struct sorted *s = &((struct dump *)arg)->sorted;

	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 256;
		struct pmap_run *grown = realloc(s->run, room * sizeof(*grown));

		if (!grown) {
			s->failed = true;
			return false;
		}
		s->run = grown;
		s->room = room;
	}
	s->run[s->count++] = *run;
	return true;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* By what they map; then those that map nothing. */
static int by_pa(const void *a, const void *b)
{
	const struct pmap_run *x = a, *y = b;
	int order = (x->kind != PML_LEAF) - (y->kind != PML_LEAF);

	if (!order && x->kind == PML_LEAF)
		order = compare(x->pa, y->pa);
	return order ? order : compare(x->va, y->va);
}

/* The largest first. */
static int by_size(const void *a, const void *b)
{
	const struct pmap_run *x = a, *y = b;
	int order = compare(y->last - y->va, x->last - x->va);

	return order ? order : compare(x->va, y->va);
}

static int write_sorted(struct dump *d)
{
	struct sorted *s = &d->sorted;

	if (s->failed)
		return pmap_fail(d->q, PMAP_STATUS_INTERNAL, "out of memory");
	if (s->count)
		qsort(s->run, s->count, sizeof(*s->run),
		      strcmp(d->q->opt.sort, "pa") == 0 ? by_pa : by_size);
	for (size_t i = 0; i < s->count; i++)
		write_named(d, &s->run[i]);
	return 0;
}

/* --- The command ---------------------------------------------------------- */

static void free_sorted(struct dump *d)
{
	free(d->sorted.run);
}

static int dump_runs(struct pmap_query *q, struct pmap_runs_counts *counts)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(free_sorted))) struct dump d = {
		.q = q, .next = q->first,
	};
	int status;

	/* Only what is contiguous has one place in that order. */
	if (q->opt.sort && strcmp(q->opt.sort, "pa") == 0)
		q->opt.phys = true;
	d.named = pmap_dump_named(q);
	pmap_run_begin(&d.writer, q);
	status = pmap_runs_walk(q, NULL, q->opt.sort ? keep_run : write_run, &d,
				counts);
	if (status)
		return status;
	if (q->opt.sort)
		status = write_sorted(&d);
	else
		end_gaps(&d);
	pmap_writer_end(&d.writer);
	return status;
}

/* Options that exclude each other. */
static int check_options(struct pmap_query *q)
{
	const struct pmap_options *opt = &q->opt;

	if (opt->tree && (opt->json || opt->csv))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "dump: --tree has no JSON or CSV form; --leaves --json has every leaf");
	if (opt->sort && strcmp(opt->sort, "pa") != 0 &&
	    strcmp(opt->sort, "size") != 0)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "dump: --sort %s: by pa or size", opt->sort);
	if (opt->sort && (opt->gaps || opt->tree))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "dump: --sort and %s cannot be used together",
				 opt->gaps ? "--gaps" : "--tree");
	return 0;
}

/* Those of regions, too. */
static int find_names(struct pmap_query *q)
{
	return pmap_names_shown(q) ? pmap_survey_names(q) : 0;
}

bool pmap_dump_named(struct pmap_query *q)
{
	size_t count;

	if (q->opt.no_names)
		return false;
	pmap_names(&count);
	return count || q->opt.names || pmap_names_has_areas(q);
}

int pmap_dump(struct pmap_query *q)
{
	struct pmap_runs_counts counts = { 0 };
	bool around = q->opt.start.text && !q->opt.end.text && !q->opt.tree;
	int status;

	if (q->target.guest_off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "paging is off in the guest: its addresses are guest-physical, leave out --combined to see what they map");
	if (q->opt.svg)
		return pmap_picture(q);
	status = pmap_query_range(q);
	if (!status)
		status = check_options(q);
	if (!status && !q->opt.tree)
		status = find_names(q);
	if (status)
		return status;
	if (around)
		return pmap_dump_around(q);
	status = (q->opt.tree ? pmap_dump_tree : dump_runs)(q, &counts);
	if (status)
		return status;
	pmap_result_u64(q->call, "ranges", counts.ranges);
	if (counts.tables)
		pmap_result_u64(q->call, "tables", counts.tables);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED
					 : PMAP_STATUS_OK;
}
