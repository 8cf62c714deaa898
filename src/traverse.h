/*
 * A cursor over the space of a query, with what surrounds a long walk: tables
 * are read ahead, many a request; Ctrl-C ends it; progress is shown.
 *
 *	pmap_traverse_begin(&t, q, first, last, 0);
 *	while (pmap_traverse_next(&t, &r))
 *		...
 *	pmap_traverse_end(&t);
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TRAVERSE_H
#define PMAP_TRAVERSE_H

#include "progress.h"
#include "query.h"

struct pmap_traverse {
	struct pmap_query *q;
	struct pml_cursor cursor;
	struct pmap_progress progress;
	struct pml_record entered;	/* the table whose own are to be read ahead */
	bool has_entered;
	bool wants_tables;	/* the caller asked for PML_PRE */
	uint64_t reads;		/* of the cache, when it began */
};

/* `flags` are of enum pml_cursor_flags. */
void pmap_traverse_begin(struct pmap_traverse *t, struct pmap_query *q,
			 uint64_t first, uint64_t last, unsigned flags);

/*
 * The next record; false at the end, on Ctrl-C (pmap_bridge_interrupted()
 * tells), and where the answer cannot be written any more.
 */
bool pmap_traverse_next(struct pmap_traverse *t, struct pml_record *r);

/* pml_skip(), or pml_skip_alike(), for the table that was just announced. */
void pmap_traverse_skip(struct pmap_traverse *t, const struct pml_record *r);
void pmap_traverse_skip_alike(struct pmap_traverse *t, struct pml_record *r);

void pmap_traverse_end(struct pmap_traverse *t);

#endif
