/*
 * Much of physical memory, looked at once: past the cache.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_BULK_H
#define PMAP_MEMORY_BULK_H

#include "memory/source.h"

/*
 * `count' pages of 4 KiB from `pa' on, a multiple of that, into `buf'.  Returns
 * how many there are before the first that cannot be read; *status_ret is what
 * became of that one, PMAP_READ_OK where there is none.  GDB may throw.
 */
size_t pmap_bulk_read(struct pmap_source *source, uint64_t pa, void *buf,
		      size_t count, enum pmap_read *status_ret);

#endif
