/*
 * What differs between two sets of tables.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_DIFF_H
#define PMAP_WALKERS_DIFF_H

#include "show/record.h"
#include "show/run.h"
#include "target/query.h"

/* In what way; a run may have changed in several. */
enum pmap_diff_change {
	PMAP_DIFF_MAPPED = 1, PMAP_DIFF_UNMAPPED = 2, PMAP_DIFF_MOVED = 4,
	PMAP_DIFF_RIGHTS = 8, PMAP_DIFF_SPLIT = 16, PMAP_DIFF_COLLAPSED = 32,
	PMAP_DIFF_TYPE = 64, PMAP_DIFF_GLOBAL = 128, PMAP_DIFF_ACCESSED = 256,
	PMAP_DIFF_DIRTY = 512,
	PMAP_DIFF_FLAGS_OFF = 1024,	/* accessed or dirty is not set any more */
	PMAP_DIFF_ENTRY = 2048,		/* no page in either, but another entry */
	PMAP_DIFF_REPEATS = 4096,	/* the same tables as at another address */
};

/* A run that changed in one way, and what it is on each side. */
struct pmap_difference {
	uint64_t va, last;
	unsigned change;	/* of enum pmap_diff_change */
	uint64_t of;		/* PMAP_DIFF_REPEATS: that address */
	struct pmap_run a, b;
};

/* --- diff-show.c ---------------------------------------------------------- */

extern const struct pmap_schema pmap_diff_schema;
/* `name': of its first address; NULL: none. */
void pmap_diff_write(struct pmap_writer *w, const struct pmap_difference *d,
		     const char *name);

/* "moved,rights" */
void pmap_diff_add_change(struct pmap_text *out, unsigned change);

/* --- diff-picture.c ------------------------------------------------------- */

/* Changes that wait to be drawn, ascending and disjoint; zeros before. */
struct pmap_diff_picture {
	const struct pmap_writer *writer;	/* that says them, as text */
	struct pmap_difference *change;
	size_t count, room;
	bool failed, full;
};

/* False: there is no room, which the next one says. */
bool pmap_diff_picture_add(struct pmap_diff_picture *p, const struct pmap_difference *d);
/*
 * All of them, in the space that q looks at and by its regions; `part': in
 * q->first..q->last alone.  The answer is the picture.
 */
int pmap_diff_picture_draw(struct pmap_query *q, struct pmap_diff_picture *p,
			   const char *title, bool part);
void pmap_diff_picture_free(struct pmap_diff_picture *p);

/* --- diff.c --------------------------------------------------------------- */

/*
 * q->first..q->last now, against the snapshot NAME: what differs, but for accessed
 * and dirty flags, goes to `out', a line each.  0, or the status of pmap_fail().
 */
int pmap_diff_since(struct pmap_query *q, const char *name,
		    struct pmap_text *out, uint64_t *parts_ret);

#endif
