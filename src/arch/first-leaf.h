/*
 * The first page of a range, without a walk of all of it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_ARCH_FIRST_LEAF_H
#define PMAP_ARCH_FIRST_LEAF_H

#include <pml/cursor.h>

/* The first page in first..last; false: there is none. */
static inline bool pmap_first_leaf(const struct pml_space *space, uint64_t first,
					 uint64_t last, struct pml_record *leaf_ret)
{
	struct pml_cursor c;

	pml_cursor_init(&c, space, first, last, 0);
	while (pml_next(&c, leaf_ret))
		if (leaf_ret->kind == PML_LEAF)
			return true;
	return false;
}

#endif
