/*
 * Tables that are read before a walk comes to them: between the files of
 * traverse/.  Others have pmap_ahead(), see traverse.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TRAVERSE_AHEAD_H
#define PMAP_TRAVERSE_AHEAD_H

#include "target/query.h"

/*
 * Read what the table at `table_pa`, of `level', leads to within first..last; not
 * tables that are read in pieces.  Those of the last level may be `droppable`, to
 * leave a full cache: where they are read once, and nothing else is read while they
 * are in use.
 */
void pmap_ahead_table(struct pmap_query *q, const struct pml_space *space,
		      int level, uint64_t table_pa, uint64_t first,
		      uint64_t last, bool droppable);

/*
 * Where tables are read in pieces: those of the entries from the one for `va' on,
 * as many as are PMAP_AHEAD_MAX pages; not those behind `last'.  Returns from where
 * on none was read (0: nothing is left).
 */
uint64_t pmap_ahead_pieces(struct pmap_query *q, const struct pml_space *space,
			   int level, uint64_t table_pa, uint64_t va, uint64_t last,
			   bool droppable);

#endif
