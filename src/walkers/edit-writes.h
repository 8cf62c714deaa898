/*
 * Writes to the target's memory that an edit is made of, and what was there before.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_EDIT_WRITES_H
#define PMAP_WALKERS_EDIT_WRITES_H

#include "walkers/edit.h"

#define PMAP_EDIT_CHUNK	256	/* bytes of a new table that are written at a time */

/* One write: `len' bytes of before and of after, in the edit's pool. */
struct pmap_edit_write {
	uint64_t pa;		/* the host's, in two dimensions */
	size_t bytes;		/* in the pool: before, then after */
	uint16_t len;
};

/* An edit that was applied, or is being. */
struct pmap_edit {
	struct pmap_edit *older;
	struct pmap_edit_write *writes;
	size_t count;
	unsigned char *pool;
	size_t used;
	uint64_t marks;		/* accessed and dirty, which a processor sets */
	uint8_t entry_size;
	size_t entries, tables;
	bool unfinished;	/* the target was lost on the way */
};

/*
 * New tables first, then entries in the engine's order.  The caller frees it; NULL:
 * no memory, or an entry is where the host has nothing.
 */
struct pmap_edit *pmap_edit_new(const struct pmap_plan *plan);
void pmap_edit_free(struct pmap_edit *e);

/* Of one write: what was there, and what it leaves; `len' bytes each. */
unsigned char *pmap_edit_before(const struct pmap_edit *e,
				const struct pmap_edit_write *w);
unsigned char *pmap_edit_after(const struct pmap_edit *e,
			       const struct pmap_edit_write *w);

/* The same entries, but for bits of `marks'? */
bool pmap_edit_same(const struct pmap_edit *e, const unsigned char *a,
		    const unsigned char *b, size_t len, uint64_t marks);

/* What is to be written, a line each, for whoever has lost the target; of the call. */
const char *pmap_edit_list(struct pmap_query *q, const struct pmap_edit *e,
			   bool undo);

#endif
