/*
 * The runs of a space: cursor, filter and merge in one.
 *
 * A table that is reached again in the same way is not walked again.  If all
 * below it was one run, or nothing, that is known and goes on as such; else a
 * run of kind PMAP_RUN_REPEAT says which addresses it repeats.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_RUNS_H
#define PMAP_RUNS_H

#include "show/merge.h"
#include "traverse/tables.h"
#include "traverse/traverse.h"

/* What is done with a run.  False: the walk has what it was for. */
typedef bool pmap_run_sink(void *arg, const struct pmap_run *run);

struct pmap_runs {
	struct pmap_query *q;
	struct pmap_traverse traverse;
	struct pmap_tables tables;
	struct pmap_merge merge;
	struct pmap_run held;
	pmap_run_sink *sink;
	void *arg;
	bool ended;		/* the sink wants no more */
	unsigned budget;	/* rows of repeats that may still be written out */
};

struct pmap_runs_counts {
	uint64_t ranges;	/* runs */
	uint64_t tables;	/* distinct ones that were walked; 0: not known */
};

/*
 * All runs of q->first..q->last, as q's options want them (--leaves, --phys,
 * --expand, --recursive, --combined), in order, into `sink'.  pmap_bridge_
 * interrupted() tells afterwards if Ctrl-C ended it.
 */
void pmap_runs_walk(struct pmap_query *q, pmap_run_sink *sink, void *arg,
		    struct pmap_runs_counts *counts_ret);

#endif
