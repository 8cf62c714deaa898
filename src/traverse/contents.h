/*
 * What is in memory, by the addresses of the space that is looked at: one
 * dimension or two, physical memory (--physical), or all of it where paging is off.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TRAVERSE_CONTENTS_H
#define PMAP_TRAVERSE_CONTENTS_H

#include "target/query.h"

/*
 * `len' bytes at `va', as the supervisor, whatever the rights say; how many could
 * be read.  Much of it goes past the cache.
 */
size_t pmap_read_virtual(struct pmap_query *q, uint64_t va, void *buf,
			 size_t len);

/*
 * Why the byte at `va' cannot be read, in one clause that names the entry, as
 * `pmap walk' does, or the frame.  Returns $pmap_status.
 */
int pmap_add_unread(struct pmap_text *out, struct pmap_query *q, uint64_t va);

#endif
