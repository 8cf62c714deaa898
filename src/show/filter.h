/*
 * Which runs are wanted: the options that every command takes which lists.
 *
 * All but --has and --min-size say so of each entry alone, before runs are
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
	uint64_t pa_first, pa_last;
	const char *mt;		/* NULL: any */
	int pkey;		/* -1: any */
	uint8_t flags, flags_set; /* those that are asked for; those of them that must be set */
	/* Of whole runs: */
	bool has_va;
	uint64_t va;
	uint64_t min_size;
};

/* From the query's options; 0, or the status of pmap_fail(). */
int pmap_filter_init(struct pmap_filter *filter, struct pmap_query *q);

/* Is an entry wanted?  A run of one entry, or of one piece of it. */
bool pmap_filter_entry(const struct pmap_filter *filter,
		       const struct pmap_run *run);

/* Is a run wanted, whose entries all are?  Repeats are, whatever they have. */
static inline bool pmap_filter_run(const struct pmap_filter *filter,
				   const struct pmap_run *run)
{
	if (filter->has_va && (filter->va < run->va || filter->va > run->last))
		return false;
	/* A run of everything has a size of 0. */
	return run->kind == PMAP_RUN_REPEAT || !filter->min_size ||
	       run->last - run->va >= filter->min_size - 1;
}

#endif
