/*
 * Which runs are wanted: the options that every command takes which lists, the
 * set FILTERS of command/commands.in.  Where runs come from traverse/runs.h they
 * are applied there; who walks by itself asks pmap_filter_record() of each
 * record, and pmap_filter_line() of each line that records became.
 *
 * All but --has and --min-size judge each entry by itself, before runs are
 * merged, so that a table which is reached twice has the same for an answer.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_FILTER_H
#define PMAP_SHOW_FILTER_H

#include "show/rights.h"
#include "show/run.h"
#include "target/query.h"

struct pmap_filter {
	bool entries;		/* something is asked of entries */
	bool leaves;		/* ... of leaves */
	unsigned kinds;		/* a bit for each kind that is wanted; 0: any */
	bool has_rights;
	struct pmap_rights rights;
	unsigned with, without;	/* of enum pml_rights: -w -x -u, --kernel */
	uint64_t pages;		/* sizes that are wanted, added; 0: any */
	bool has_pa;
	uint64_t pa_first, pa_last;	/* nothing, if the first is above the last */
	const char *mt;		/* NULL: any */
	int pkey;		/* -1: any */
	uint8_t flags, flags_set; /* those that are asked for; those of them that must be set */
	/* Of whole runs: */
	bool has_va;
	uint64_t va;
	uint64_t min_size;
};

/* All is wanted. */
extern const struct pmap_filter pmap_filter_none;

/* From the query's options; 0, or the status of pmap_fail(). */
int pmap_filter_init(struct pmap_filter *filter, struct pmap_query *q);

/*
 * Physical memory in that range, too: what --pa (`name') says, or an operand
 * besides it.  0, or as above.
 */
int pmap_filter_pa(struct pmap_filter *filter, struct pmap_query *q,
		   const char *name, const struct pmap_expr_range *range);

/* Is an entry wanted?  A run of one entry, or of one piece of it. */
bool pmap_filter_entry(const struct pmap_filter *filter,
		       const struct pmap_run *run);

/* The same of a walk's record, or of both dimensions together. */
bool pmap_filter_record(const struct pmap_filter *filter,
			const struct pmap_target *target,
			const struct pml_record *r);
bool pmap_filter_product(const struct pmap_filter *filter,
			 const struct pmap_target *target,
			 const struct pml_product_record *p);

/* Is anything left out at all? */
static inline bool pmap_filter_any(const struct pmap_filter *filter)
{
	return filter->entries || filter->has_va || filter->min_size;
}

/* Is a line wanted, whose entries all are: one that covers va..last? */
static inline bool pmap_filter_line(const struct pmap_filter *filter,
				    uint64_t va, uint64_t last)
{
	if (filter->has_va && (filter->va < va || filter->va > last))
		return false;
	/* A line of everything has a size of 0. */
	return !filter->min_size || last - va >= filter->min_size - 1;
}

/* The same of a run.  Repeats are, whatever their size. */
static inline bool pmap_filter_run(const struct pmap_filter *filter,
				   const struct pmap_run *run)
{
	return pmap_filter_line(filter, run->va, run->last) ||
	       (run->kind == PMAP_RUN_REPEAT &&
		!(filter->has_va && (filter->va < run->va ||
				     filter->va > run->last)));
}

#endif
