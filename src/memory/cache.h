/*
 * Pages of physical memory, read once.
 *
 * What walks read from: pmap_cache_at() is a pml_space's `at`.  A page is read
 * when it is first asked for and kept until the cache is dropped: when the
 * target may have run, memory was written, or another source was chosen.
 *
 * It holds PMAP_CACHE_PAGES at most.  Beyond that, pages that were read ahead
 * as droppable make room; without any, reads fail with PMAP_READ_FULL until
 * pmap_cache_begin() finds the cache full and empties it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_CACHE_H
#define PMAP_MEMORY_CACHE_H

#include "memory/source.h"

#define PMAP_CACHE_PAGES	(1UL << 18)	/* 1 GiB */

/*
 * Pages of one pmap_cache_ahead(): as many as make a call worth its while, and few
 * enough to be in the processor's own cache still when they are walked.
 */
#define PMAP_AHEAD_MAX		64

struct pmap_cache;

struct pmap_cache *pmap_cache_create(void);
void pmap_cache_destroy(struct pmap_cache *cache);

/* Another limit than PMAP_CACHE_PAGES, but at least 2 * PMAP_AHEAD_MAX. */
void pmap_cache_limit(struct pmap_cache *cache, size_t pages);

/* Read through `source` from now on; forgets everything if it is another one. */
void pmap_cache_use(struct pmap_cache *cache, struct pmap_source *source);

/* Forget every page. */
void pmap_cache_drop(struct pmap_cache *cache);

/* A command begins: no pointer from before is in use any more. */
void pmap_cache_begin(struct pmap_cache *cache);

/*
 * `size` bytes at physical address `pa`, all of them in one 4 KiB page: larger
 * tables (16 and 64 KiB of AArch64) are asked for in pieces, see pml_in_pieces().
 * Bytes of two pages, and none, cannot be read.  They are readable until the
 * cache is dropped, or the page is one that may be dropped
 * and PMAP_AHEAD_MAX others were read ahead after it.  NULL if they cannot be
 * read: pmap_cache_status() then says why.  ctx is a struct pmap_cache.
 */
const void *pmap_cache_at(void *ctx, uint64_t pa, size_t size);

/*
 * Read the pages at these addresses (up to PMAP_AHEAD_MAX; in any order, some
 * perhaps twice or there already) in as few requests as the source can.  They
 * may be `droppable`: wanted once, and not while others are read.
 */
void pmap_cache_ahead(struct pmap_cache *cache, uint64_t *pa, size_t count,
		      bool droppable);

/* Call `each` for every page that is held, in no order. */
void pmap_cache_each(const struct pmap_cache *cache,
		     void (*each)(void *arg, uint64_t pa), void *arg);

/* Of the last read that failed, and in words. */
enum pmap_read pmap_cache_status(const struct pmap_cache *cache);
const char *pmap_read_reason(enum pmap_read status);

/* It may be there all the same: this source has it not, or not for this processor. */
bool pmap_read_is_elsewhere(enum pmap_read status);

/* The same behind an address: "is not in RAM", "is not in this file", ... */
const char *pmap_read_verb(enum pmap_read status);

/* For `pmap info` and tests. */
struct pmap_cache_stats {
	uint64_t pages;		/* held */
	uint64_t reads;		/* pages, or single entries, read since the last drop */
	uint64_t bytes;		/* read in them */
	uint64_t ever;		/* `reads` over the cache's whole life */
};
struct pmap_cache_stats pmap_cache_stats(const struct pmap_cache *cache);

#endif
