/*
 * A cursor over the space of a query, with what surrounds a long walk: tables
 * are read ahead, many a request; Ctrl-C ends it; progress is shown.
 *
 *	pmap_traverse_begin(&t, q, first, last, 0);
 *	while (pmap_traverse_next(&t, &r))
 *		...
 *	pmap_traverse_end(&t);
 *
 * The tables of a guest are read ahead as others are, and so is what the way to
 * them takes.  With --combined a leaf of the guest's is cut into what its second
 * dimension has there:
 *
 *	pmap_traverse_cut(&t, &r);
 *	while (pmap_traverse_piece(&t, &piece))
 *		...
 *
 * Walks that are no cursor's have the same of pmap_watch and pmap_ahead().
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TRAVERSE_H
#define PMAP_TRAVERSE_H

#include "target/query.h"
#include "traverse/progress.h"

/* What ends a long walk, and what it shows meanwhile. */
struct pmap_watch {
	struct pmap_query *q;
	struct pmap_progress progress;
	uint64_t reads;		/* of the cache, when it began */
};

void pmap_watch_begin(struct pmap_watch *w, struct pmap_query *q);

/*
 * `at` has been reached.  False on Ctrl-C (pmap_bridge_interrupted() tells), and
 * where the answer cannot be written any more.
 */
bool pmap_watch_go(struct pmap_watch *w, uint64_t at);
void pmap_watch_end(struct pmap_watch *w);

/*
 * Read the tables that the one which `table` announces leads to, within its
 * range.  `space` is that of the query, or one beside it.
 */
void pmap_ahead(struct pmap_query *q, const struct pml_space *space,
		const struct pml_record *table);

/* The same for a root. */
void pmap_ahead_root(struct pmap_query *q, const struct pml_space *space,
		     uint64_t first, uint64_t last);

/* A table on the way to where the cursor is. */
struct pmap_traverse_table {
	uint64_t pa;
	uint64_t unread;	/* from here on, its entries' tables are not read ahead */
};

struct pmap_traverse {
	struct pmap_query *q;
	struct pml_cursor cursor;
	struct pmap_watch watch;
	struct pml_record entered;	/* the table whose own are to be read ahead */
	bool has_entered;
	bool wants_tables;	/* the caller asked for PML_PRE */
	struct pmap_traverse_table table[PML_MAX_LEVELS + 1];	/* by its level */
	struct pml_record leaf;	/* that is being cut, */
	struct pml_cursor under;	/* and what is under it */
};

/* `flags` are of enum pml_cursor_flags. */
void pmap_traverse_begin(struct pmap_traverse *t, struct pmap_query *q,
			 uint64_t first, uint64_t last, unsigned flags);

/* The next record; false at the end, and where pmap_watch_go() is. */
bool pmap_traverse_next(struct pmap_traverse *t, struct pml_record *r);

/* pml_skip(), or pml_skip_alike(), for the table that was just announced. */
void pmap_traverse_skip(struct pmap_traverse *t, const struct pml_record *r);
void pmap_traverse_skip_alike(struct pmap_traverse *t, struct pml_record *r);

/* pml_extend_page(), for the leaf that was just found. */
void pmap_traverse_extend(struct pmap_traverse *t, struct pml_record *leaf);

/* Cut the leaf that was just found; its next piece, or false as above. */
void pmap_traverse_cut(struct pmap_traverse *t, const struct pml_record *leaf);
bool pmap_traverse_piece(struct pmap_traverse *t,
			 struct pml_product_record *piece);

void pmap_traverse_end(struct pmap_traverse *t);

#endif
