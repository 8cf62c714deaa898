/*
 * pmap dump: everything that is mapped, as runs, leaves or a tree.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/run-record.h"
#include "traverse/runs.h"
#include "walkers/dump.h"
#include "walkers/walkers.h"

static bool write_run(void *arg, const struct pmap_run *run)
{
	pmap_write_run(arg, run);
	return true;
}

static void dump_runs(struct pmap_query *q, struct pmap_runs_counts *counts)
{
	struct pmap_writer w;

	pmap_run_begin(&w, q);
	pmap_runs_walk(q, write_run, &w, counts);
	pmap_writer_end(&w);
}

int pmap_dump(struct pmap_query *q)
{
	struct pmap_runs_counts counts;
	int status;

	if (q->target.guest_off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "paging is off in the guest: its addresses are guest-physical, leave out --combined to see what they map");
	status = pmap_query_range(q);
	if (status)
		return status;
	if (q->opt.tree && (q->opt.json || q->opt.csv))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "dump: --tree has no JSON or CSV form; --leaves --json has every leaf");
	(q->opt.tree ? pmap_dump_tree : dump_runs)(q, &counts);
	pmap_result_u64(q->call, "ranges", counts.ranges);
	if (counts.tables)
		pmap_result_u64(q->call, "tables", counts.tables);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED
					 : PMAP_STATUS_OK;
}
