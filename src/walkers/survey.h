/*
 * All that the tables map, kept in short, and the areas that it is made of:
 * what `pmap regions' and `pmap kaslr' look at.  One walk.
 *
 *	__attribute__((cleanup(pmap_survey_free))) struct pmap_survey s = { .q = q };
 *	status = pmap_survey_make(&s, false);
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SURVEY_H
#define PMAP_SURVEY_H

#include "show/record.h"
#include "target/layout.h"
#include "traverse/runs.h"

#define PMAP_SHARES_MAX	12	/* sets of rights; what more there are, the last one has */

struct pmap_mapped {
	uint64_t bytes, accessed, dirty;
	unsigned count;		/* of share[], the largest first */
	struct {
		unsigned rights;
		uint64_t bytes;
	} share[PMAP_SHARES_MAX];
};

struct pmap_survey_table {
	uint64_t va, last;	/* what it maps */
};

/* What repeats after `every' bytes. */
struct pmap_survey_repeat {
	uint64_t every;
	struct pmap_mapped once;
};

struct pmap_extents {
	struct pmap_extent *extent;	/* ascending */
	size_t count, room;
	uint64_t accessed, dirty;	/* bytes, of the one that is not there yet */
};

struct pmap_survey {
	struct pmap_query *q;
	/* Besides: each table and entry of the walk, see traverse/runs.h; or NULL. */
	pmap_run_table *each_table;
	pmap_run_entry *each_entry;
	void *arg;
	struct pmap_extents all;
	struct pmap_filter filter;	/* what the options want, for --has and --min-size */
	bool filtered;		/* not all is wanted: then that is in */
	struct pmap_extents wanted;
	struct pmap_survey_repeat *repeat;
	size_t repeats, repeat_room;
	struct pmap_survey_table *table;	/* that are walked, by their address */
	size_t tables, table_room;
	uint64_t distinct;	/* of all tables; 0: not known */
	bool no_memory;
	char vmcoreinfo[4097];	/* its text; empty: not found */
	uint64_t vmcoreinfo_pa;
	struct pmap_layout layout;	/* areas by their address */
};

/*
 * Walk the whole space.  With `scan' search the direct map for VMCOREINFO, if
 * it is not where it was found last.  0, or the status of pmap_fail();
 * pmap_bridge_interrupted() tells afterwards if Ctrl-C ended it.
 */
int pmap_survey_make(struct pmap_survey *s, bool scan);
void pmap_survey_free(struct pmap_survey *s);

/*
 * Make one for its names alone, if they are not known at this stop: regions are
 * names from then on, see show/names.h.  0, or the status of pmap_fail().
 */
int pmap_survey_names(struct pmap_query *q);

/* The same for --names of a command that looks at single addresses. */
int pmap_survey_named(struct pmap_query *q);

/*
 * What is mapped in first..last, as far as the options want it, and the tables
 * that map nothing else.
 */
struct pmap_mapped pmap_survey_mapped(const struct pmap_survey *s,
				      uint64_t first, uint64_t last);
uint64_t pmap_survey_tables(const struct pmap_survey *s, uint64_t first,
			    uint64_t last);

/* The first extent that ends at `va' or behind it; x->count: none. */
size_t pmap_survey_from(const struct pmap_extents *x, uint64_t va);

/* "symbol"; a constant. */
const char *pmap_found_name(enum pmap_found found);
/* The same with a ? where that is not certain. */
const char *pmap_found_how(const struct pmap_area *area);

/* The fields of a row that say how an area is known, in this order. */
enum { PMAP_HOW_FROM, PMAP_HOW_CERTAIN, PMAP_HOW_WHY, PMAP_HOW_COLUMN };

/* Fill them; `first' is the first of these fields. */
void pmap_survey_how(struct pmap_row *row, int first, const struct pmap_area *area);

#endif
