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

#include "target/layout.h"
#include "target/query.h"

#define PMAP_SHARES_MAX	12	/* sets of rights; what more there are, the last one has */

struct pmap_mapped {
	uint64_t bytes;
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

struct pmap_survey {
	struct pmap_query *q;
	struct pmap_extent *extent;
	size_t count, room;
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

/* What is mapped in first..last, and the tables that map nothing else. */
struct pmap_mapped pmap_survey_mapped(const struct pmap_survey *s,
				      uint64_t first, uint64_t last);
uint64_t pmap_survey_tables(const struct pmap_survey *s, uint64_t first,
			    uint64_t last);

/* The first extent that ends at `va' or behind it; s->count: none. */
size_t pmap_survey_from(const struct pmap_survey *s, uint64_t va);

/* "symbol"; a constant. */
const char *pmap_found_name(enum pmap_found found);
/* The same with a ? where that is not certain. */
const char *pmap_found_how(const struct pmap_area *area);

#endif
