/*
 * Pages of physical memory, read once.
 *
 * What walks read from: pmap_cache_at() is a pml_space's `at`.  A page is read
 * when it is first asked for and kept until the cache is dropped: when the
 * target may have run, memory was written, or another source was chosen.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_CACHE_H
#define PMAP_MEMORY_CACHE_H

#include "memory/source.h"

struct pmap_cache;

struct pmap_cache *pmap_cache_create(void);
void pmap_cache_destroy(struct pmap_cache *cache);

/* Read through `source` from now on; forgets everything if it is another one. */
void pmap_cache_use(struct pmap_cache *cache, struct pmap_source *source);

/* Forget every page. */
void pmap_cache_drop(struct pmap_cache *cache);

/*
 * `size` bytes at physical address `pa`, none of which may cross a 4 KiB page;
 * readable until the cache is dropped.  NULL if they cannot be read:
 * pmap_cache_status() then says why.  ctx is a struct pmap_cache.
 */
const void *pmap_cache_at(void *ctx, uint64_t pa, size_t size);

/* Of the last read that failed. */
enum pmap_read pmap_cache_status(const struct pmap_cache *cache);

/* For `pmap info` and tests. */
struct pmap_cache_stats {
	uint64_t pages;		/* held */
	uint64_t reads;		/* requests to the source since the last drop */
	uint64_t bytes;		/* read in them */
};
struct pmap_cache_stats pmap_cache_stats(const struct pmap_cache *cache);

#endif
