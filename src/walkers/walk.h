/*
 * What `pmap walk' does in the same way in one dimension and in two.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_WALK_H
#define PMAP_WALKERS_WALK_H

#include "show/record.h"
#include "target/query.h"

/*
 * Before the first step: looks for the address's name and begins `w'.  0, or the
 * status to return.
 */
int pmap_walk_begin(struct pmap_query *q, struct pmap_writer *w);

/* "0x1000 in a 4K page, rw-s": the memory that the walk ends at. */
void pmap_walk_add_page(struct pmap_query *q, uint64_t pa, unsigned shift,
			unsigned rights);

/* Between the last step and the record of the translation. */
void pmap_walk_begin_end(struct pmap_query *q, struct pmap_writer *w);

#endif
