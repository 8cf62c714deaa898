/*
 * Watches: mappings whose entries GDB watches.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_WATCH_H
#define PMAP_WALKERS_WATCH_H

#include "target/query.h"

#define PMAP_WATCH_REGIONS	16	/* of one watch: a watchpoint each */

/* Entries that follow each other in a table. */
struct pmap_watch_region {
	uint64_t slot_pa, va;	/* of the first */
	uint64_t at;		/* where the kernel writes it; 0: no watchpoint */
	uint64_t best;		/* how good `at' is: the kernel's own mapping, then its size */
	uint64_t *raw;		/* as they were when last looked at */
	unsigned count;
	unsigned number;	/* GDB's; 0: none yet */
	uint8_t level;
};

struct pmap_watched {
	struct pmap_watched *older;
	unsigned id;
	struct pml_space space;	/* but for `at' and `ctx' */
	struct pml_format fmt;	/* the space's: a register may make another of it later */
	uint64_t first, last;	/* inclusive */
	struct pmap_watch_region region[PMAP_WATCH_REGIONS];
	unsigned regions;
	unsigned most;		/* watchpoints; the others are checked at each stop */
};

static inline unsigned pmap_watch_entry_size(const struct pmap_watched *w)
{
	return w->space.fmt->entry_size;
}

/* --- watch-places.c ------------------------------------------------------- */

/* All entries of the walks to first..last, as they are now; 0, or the status of pmap_fail(). */
int pmap_watch_entries(struct pmap_query *q, struct pmap_watched *w);

/* Where the kernel writes them: by the CPU's own tables, whatever root is watched. */
void pmap_watch_addresses(struct pmap_query *q, struct pmap_watched *w);

/* Of all regions what was kept. */
void pmap_watch_forget(struct pmap_watched *w);

#endif
