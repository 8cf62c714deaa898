/*
 * The tables that a walk has been through, so that one that is reached again
 * (KASAN's shadow, espfix) costs nothing the second time.
 *
 * What a table maps depends on what is in it, the level that it is used at and
 * the rights that are left on arrival; and, where it leads back to a table
 * above it, on the way there.  It is known by where it is, or by a sum over what
 * is in it: another table may say the same.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHARE_H
#define PMAP_SHARE_H

#include "show/run.h"

struct pmap_share;

/* What became of all the addresses below a table. */
enum pmap_content {
	PMAP_CONTENT_NONE,	/* nothing seen yet; or nothing to go by elsewhere */
	PMAP_CONTENT_HOLES,	/* nothing is mapped */
	PMAP_CONTENT_RUN,	/* one run, without a gap */
	PMAP_CONTENT_MIXED,
};

struct pmap_seen {
	uint64_t pa;		/* the table */
	uint64_t va;		/* where it was seen first */
	enum pmap_content content;
	const struct pmap_run *run;	/* PMAP_CONTENT_RUN */
	uint64_t rows;		/* of the output that it made */
};

/* NULL without memory. */
struct pmap_share *pmap_share_create(void);
void pmap_share_destroy(struct pmap_share *share);

/*
 * What a table is known by in place of its address: a number that is no address.
 * Different tables may have the same.  `size` is a multiple of 32.
 */
uint64_t pmap_share_sum(const void *table, size_t size);

/*
 * Was a table of this key, an address or a sum, seen before and used in the same
 * way?
 */
bool pmap_share_find(const struct pmap_share *share, uint64_t key, int level,
		     unsigned rights, struct pmap_seen *seen_ret);

/* Was it seen at a level below this one? */
bool pmap_share_below(const struct pmap_share *share, uint64_t key, int level);

/*
 * A table of this key has been walked.  Not wholly, or so that it says something
 * else on another way: PMAP_CONTENT_NONE, which is not found again.  A sum is
 * added after the table's address.  False without memory.
 */
bool pmap_share_add(struct pmap_share *share, uint64_t key, int level,
		    unsigned rights, const struct pmap_seen *seen);

/* How many tables there are in it, whatever they are used for. */
uint64_t pmap_share_tables(const struct pmap_share *share);

#endif
