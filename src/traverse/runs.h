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

#include "show/filter.h"
#include "show/merge.h"
#include "traverse/tables.h"
#include "traverse/traverse.h"

/* What is done with a run.  False: the walk has what it was for. */
typedef bool pmap_run_sink(void *arg, const struct pmap_run *run);

/*
 * What is done with a table that is reached, before its runs; `r' announces it.
 * `seen': it is not walked, since that one, walked before, is the same; then
 * r->last is the end of the last of those that follow and are the same.  NULL: it
 * is walked.
 */
typedef void pmap_run_table(void *arg, const struct pml_record *r,
			    const struct pmap_seen *seen);

/*
 * What is done with an entry, or (`known') with all of a table that was seen before
 * and is one run: after the runs that end before it, before the one that it is in.
 */
typedef void pmap_run_entry(void *arg, const struct pmap_run *entry, bool known);

/* A walk; only `sink' and its `arg' must be there. */
struct pmap_runs_job {
	pmap_run_sink *sink;
	pmap_run_table *table;
	pmap_run_entry *entry;
	void *arg;
	const uint64_t *at;	/* an address of which more is asked than that it
				 * repeats another */
	const struct pmap_filter *filter;	/* in place of what the options say */
	bool addresses;		/* all addresses are wanted, not few rows */
};

struct pmap_runs {
	struct pmap_query *q;
	const struct pmap_runs_job *job;
	struct pmap_traverse traverse;
	struct pmap_tables tables;
	struct pmap_merge merge;
	struct pmap_run held;
	struct pmap_filter filter;
	const uint64_t *at;	/* or NULL */
	uint64_t passed;	/* runs that were wanted */
	bool ended;		/* the sink wants no more */
	bool extends;		/* nobody asks of each page: those that go on are one */
	unsigned budget;	/* rows of repeats that may still be written out */
};

struct pmap_runs_counts {
	uint64_t ranges;	/* runs, as far as they were wanted */
	uint64_t tables;	/* distinct ones that were walked; 0: not known */
};

/*
 * All runs of q->first..q->last, as q's options want them (--leaves, --phys,
 * --expand, --recursive, --combined, filters), in order, into `sink'.
 * pmap_bridge_interrupted() tells afterwards if Ctrl-C ended it.  0, or the
 * status of pmap_fail() if an option is wrong.  `at', if not NULL, is an address
 * of which more is asked than that it repeats another.
 */
int pmap_runs_walk(struct pmap_query *q, const uint64_t *at,
		   pmap_run_sink *sink, void *arg,
		   struct pmap_runs_counts *counts_ret);

/* The same, with more that can be asked for. */
int pmap_runs_do(struct pmap_query *q, const struct pmap_runs_job *job,
		 struct pmap_runs_counts *counts_ret);

#endif
