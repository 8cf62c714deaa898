/*
 * pmap find: every virtual address that leads to physical memory.
 *
 * A dump that keeps what maps the range, cut to it.  In two dimensions the range
 * is physical memory of the host's, found through both.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/run-record.h"
#include "traverse/runs.h"
#include "walkers/walkers.h"

struct find {
	struct pmap_query *q;
	struct pmap_writer writer;
	uint64_t first, last;	/* physical, inclusive */
	bool found;
};

static bool write_run(void *arg, const struct pmap_run *run)
{
	struct find *f = arg;
	struct pmap_run cut = *run;

	if (run->kind == PML_LEAF && !(run->differs & PMAP_DIFFERS_PA)) {
		uint64_t last_pa = run->pa + (run->last - run->va);

		if (cut.pa < f->first) {
			cut.va += f->first - cut.pa;
			cut.gpa += f->first - cut.pa;
			cut.pa = f->first;
		}
		if (last_pa > f->last)
			cut.last -= last_pa - f->last;
	}
	if (!f->found)
		pmap_result_u64(f->q->call, "va", cut.va);
	f->found = true;
	pmap_write_run(&f->writer, &cut);
	return true;
}

/* The operands are those of --pa, and the range is everything. */
static void take_operands(struct pmap_query *q)
{
	struct pmap_options *opt = &q->opt;

	opt->pa = (struct pmap_expr_range){
		opt->start, opt->end, opt->end_is_length
	};
	opt->start = opt->end = (struct pmap_expr){ 0 };
	opt->end_is_length = false;
}

int pmap_find(struct pmap_query *q)
{
	struct pmap_runs_counts counts = { 0 };
	struct pmap_filter filter;
	struct find f = { .q = q };
	int status;

	if (q->target.guest_off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "paging is off in the guest: its addresses are guest-physical, leave out --root to see what the second dimension maps");
	take_operands(q);
	status = pmap_query_range(q);
	if (!status)
		status = pmap_filter_init(&filter, q);
	if (status)
		return status;
	f.first = filter.pa_first;
	f.last = filter.pa_last;
	/* Only contiguous frames can be cut. */
	q->opt.phys = true;
	q->opt.combined = q->target.nested;
	pmap_run_begin(&f.writer, q);
	status = pmap_runs_walk(q, NULL, write_run, &f, &counts);
	if (status)
		return status;
	pmap_writer_end(&f.writer);
	pmap_result_u64(q->call, "ranges", counts.ranges);
	if (pmap_bridge_interrupted())
		return PMAP_STATUS_INTERRUPTED;
	return f.found ? PMAP_STATUS_OK : PMAP_STATUS_HOLE;
}
