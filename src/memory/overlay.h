/*
 * Memory that can be written without the target noticing: copies of pages,
 * above whatever the pages are read from.
 *
 * The core's writable half works on this, never on the cache and never on the
 * target.  A page is copied when it is first asked for, so that what
 * pmap_overlay_at() gave stays the place where later writes show.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_OVERLAY_H
#define PMAP_MEMORY_OVERLAY_H

#include "base/hash.h"

#define PMAP_OVERLAY_PAGE	4096

struct pmap_overlay_page {
	uint64_t pa;		/* of its first byte */
	bool fresh;		/* a new table: see pmap_overlay_take() */
	unsigned char now[PMAP_OVERLAY_PAGE], was[PMAP_OVERLAY_PAGE];
};

/* All zero but for `at' and `ctx', which read what is below. */
struct pmap_overlay {
	const void *(*at)(void *ctx, uint64_t pa, size_t size);
	void *ctx;
	struct pmap_hash hash;	/* of pointers to pages */
};

/* A pml_space's `at': as pmap_cache_at(), but of the overlay `ctx'. */
const void *pmap_overlay_at(void *ctx, uint64_t pa, size_t size);

/* The page that has `pa', if it was asked for or taken; or NULL. */
struct pmap_overlay_page *pmap_overlay_page(const struct pmap_overlay *overlay,
					    uint64_t pa);

/*
 * A page that nothing of the tables is in becomes fresh, and all zero.  False:
 * it is in use, or cannot be read, or there is no memory.
 */
bool pmap_overlay_take(struct pmap_overlay *overlay, uint64_t pa);

/* Takes that back: the page is as it was, and not fresh. */
void pmap_overlay_give_back(struct pmap_overlay *overlay, uint64_t pa);

/* Write `len' bytes of one page that was asked for or taken. */
void pmap_overlay_write(struct pmap_overlay *overlay, uint64_t pa,
			const void *bytes, size_t len);

/* Call `each' for every page, in no order. */
void pmap_overlay_each(const struct pmap_overlay *overlay,
		       void (*each)(void *arg, const struct pmap_overlay_page *page),
		       void *arg);

void pmap_overlay_free(struct pmap_overlay *overlay);

#endif
