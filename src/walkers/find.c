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
	struct pmap_filter filter;
	struct pmap_writer writer;
	bool found;
};

/* Only what maps the range. */
static void cut(const struct pmap_filter *f, struct pmap_run *run)
{
	uint64_t last_pa = run->pa + (run->last - run->va);

	if (run->pa < f->pa_first) {
		run->va += f->pa_first - run->pa;
		run->gpa += f->pa_first - run->pa;
		run->pa = f->pa_first;
	}
	if (last_pa > f->pa_last)
		run->last -= last_pa - f->pa_last;
}

static bool write_run(void *arg, const struct pmap_run *run)
{
	struct find *f = arg;
	struct pmap_run part = *run;

	if (run->kind == PML_LEAF && !(run->differs & PMAP_DIFFERS_PA))
		cut(&f->filter, &part);
	if (!f->found)
		pmap_result_u64(f->q->call, "va", part.va);
	f->found = true;
	pmap_write_run(&f->writer, &part);
	return true;
}

/* The operands are physical, and the range is everything. */
static int take_operands(struct find *f)
{
	struct pmap_query *q = f->q;
	struct pmap_options *opt = &q->opt;
	const struct pmap_expr_range pa = {
		opt->start, opt->end, opt->end_is_length
	};
	int status = pmap_filter_init(&f->filter, q);

	if (!status)
		status = pmap_filter_pa(&f->filter, q, "find", &pa);
	if (status)
		return status;
	q->first = 0;
	q->last = q->target.halves ? ~0ULL : pml_top(q->target.space.fmt);
	return 0;
}

int pmap_find(struct pmap_query *q)
{
	struct pmap_runs_counts counts = { 0 };
	struct find f = { .q = q };
	const struct pmap_runs_job job = {
		.sink = write_run, .arg = &f, .filter = &f.filter,
	};
	int status;

	if (q->target.guest_off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "paging is off in the guest: its addresses are guest-physical, leave out --root to see what the second dimension maps");
	status = take_operands(&f);
	if (status)
		return status;
	/* Only contiguous frames can be cut. */
	q->opt.phys = true;
	q->opt.combined = q->target.nested;
	pmap_run_begin(&f.writer, q);
	status = pmap_runs_do(q, &job, &counts);
	if (status)
		return status;
	pmap_writer_end(&f.writer);
	pmap_result_u64(q->call, "ranges", counts.ranges);
	if (pmap_bridge_interrupted())
		return PMAP_STATUS_INTERRUPTED;
	return f.found ? PMAP_STATUS_OK : PMAP_STATUS_HOLE;
}
