/*
 * Taking snapshots; for `pmap snapshot' and `pmap diff'.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_SNAPSHOT_H
#define PMAP_WALKERS_SNAPSHOT_H

#include "memory/snapshot.h"
#include "target/query.h"

/*
 * All tables of what the query looks at, in both dimensions, with their sums.  0, or
 * the status of pmap_fail(); the caller frees *s_ret, or keeps it.
 */
int pmap_snapshot_take(struct pmap_query *q, const char *name,
		       struct pmap_snapshot **s_ret);

/*
 * The same, of sums alone: nothing of it can be walked, but what it was taken of can,
 * as long as the target stands.
 */
int pmap_snapshot_take_sums(struct pmap_query *q, struct pmap_snapshot **s_ret);

/* The spaces of a snapshot, and memory for them, in `q'; 0, or as above. */
int pmap_snapshot_look(struct pmap_query *q, struct pmap_snapshot *s);

/* The sums of one that came from a file; as above. */
int pmap_snapshot_sums(struct pmap_query *q, struct pmap_snapshot *s);

#endif
