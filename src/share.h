/*
 * The tables that a walk has been through, so that one that is reached again
 * (KASAN's shadow, espfix) costs nothing the second time.
 *
 * What a table says depends on where it is, the level that it is used at and
 * the rights that are left on arrival; and, where it leads back to a table
 * above it, on the way there, which pmap_share_leave() is told.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHARE_H
#define PMAP_SHARE_H

#include "run.h"

struct pmap_share;

/* What became of all the addresses below a table. */
enum pmap_content {
	PMAP_CONTENT_NONE,	/* nothing seen yet */
	PMAP_CONTENT_HOLES,	/* nothing is mapped */
	PMAP_CONTENT_RUN,	/* one run, without a gap */
	PMAP_CONTENT_MIXED,
};

struct pmap_seen {
	uint64_t va;		/* where it was seen first */
	enum pmap_content content;
	const struct pmap_run *run;	/* PMAP_CONTENT_RUN */
};

/* NULL without memory. */
struct pmap_share *pmap_share_create(void);
void pmap_share_destroy(struct pmap_share *share);

/* Was this table seen before, used in the same way? */
bool pmap_share_find(const struct pmap_share *share, uint64_t pa, int level,
		     unsigned rights, struct pmap_seen *seen_ret);

/* Was it seen at a level below this one? */
bool pmap_share_below(const struct pmap_share *share, uint64_t pa, int level);

/* It has been walked wholly.  False without memory. */
bool pmap_share_add(struct pmap_share *share, uint64_t pa, int level,
		    unsigned rights, const struct pmap_seen *seen);

/* How many tables there are in it, whatever they are used for. */
uint64_t pmap_share_tables(const struct pmap_share *share);

#endif
