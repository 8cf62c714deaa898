/*
 * The tables that a walk is in, and those that it has been through: a table that
 * is reached again in the same way need not be walked again, nor one that says
 * the same as another.
 *
 *	pmap_tables_begin(&t, q);
 *	while (pmap_traverse_next(..., &r)) {
 *		if (r.kind == PML_RECURSIVE)
 *			pmap_tables_recursion(&t, &r);
 *		if (r.kind != PML_TABLE)
 *			pmap_tables_content(&t, r.level, ...);
 *		else if (r.leaving)
 *			pmap_tables_leave(&t, &r);
 *		else if (pmap_tables_met(&t, &r, &seen))
 *			...			(what `seen' says goes for it, too)
 *		else
 *			pmap_tables_enter(&t, &r, PMAP_CONTENT_NONE);
 *	}
 *	pmap_tables_end(&t);
 *
 * With --combined the guest's tables are walked like any other, and its leaves
 * cut by what the second dimension has there.  What that is depends on gpas
 * alone, so that a guest's table is still the same when it is reached again.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TABLES_H
#define PMAP_TABLES_H

#include "target/query.h"
#include "traverse/share.h"

/* A table that is being walked: what has been found below it so far. */
struct pmap_table {
	uint64_t pa, va;
	uint64_t sum;		/* 0: it is not known by what is in it */
	enum pmap_content content;
	struct pmap_run run;	/* PMAP_CONTENT_RUN */
	uint64_t rows;		/* of the output, before it */
	bool keep;		/* all of it is walked, and depends on nothing above */
};

struct pmap_tables {
	struct pmap_query *q;
	struct pmap_share *share;	/* NULL: every table is walked each time */
	bool merges;		/* runs are joined where they go on */
	struct pmap_table table[PML_MAX_LEVELS + 1];
};

void pmap_tables_begin(struct pmap_tables *t, struct pmap_query *q);
void pmap_tables_end(struct pmap_tables *t);

/*
 * Was the table that r leads to seen before, or one that says the same, and is
 * another walk of it sure to find the same?
 */
bool pmap_tables_met(struct pmap_tables *t, const struct pml_record *r,
		     struct pmap_seen *seen);

/* It is to be walked; pmap_tables_met() was asked.  `rows' are there already. */
void pmap_tables_enter(struct pmap_tables *t, const struct pml_record *r,
		       enum pmap_content content, uint64_t rows);
void pmap_tables_leave(struct pmap_tables *t, const struct pml_record *r,
		       uint64_t rows);

/* The table at this level has a hole, or (with `run') one more run. */
void pmap_tables_content(struct pmap_tables *t, int level,
			 const struct pmap_run *run);

/* What leads back to a table above says something else on another way. */
void pmap_tables_recursion(struct pmap_tables *t, const struct pml_record *r);

/* Distinct tables so far, the root included; 0 if nobody counted. */
uint64_t pmap_tables_count(const struct pmap_tables *t);

#endif
