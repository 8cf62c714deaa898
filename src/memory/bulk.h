/*
 * Much of physical memory, looked at once: past the cache.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_BULK_H
#define PMAP_MEMORY_BULK_H

#include "memory/source.h"

#define PMAP_BULK_PAGES	256	/* of one request: 1 MiB */

/*
 * Up to PMAP_BULK_PAGES pages of 4 KiB from `pa' on, a multiple of that, into
 * `buf'; status_ret[] has what became of each.  GDB may throw.
 */
void pmap_bulk_pages(struct pmap_source *source, uint64_t pa, void *buf,
		     size_t count, enum pmap_read *status_ret);

/*
 * Any number of them: how many there are before the first that cannot be read.
 */
size_t pmap_bulk_read(struct pmap_source *source, uint64_t pa, void *buf,
		      size_t count);

#endif
