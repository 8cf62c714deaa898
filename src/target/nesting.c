/*
 * A second dimension: what a guest's physical addresses go through.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/nesting.h"

void pmap_nesting_attach(struct pmap_target *target,
			 const void *(*at)(void *, uint64_t, size_t), void *ctx)
{
	target->space.at = target->upper.at = target->outer.at = at;
	target->space.ctx = target->upper.ctx = target->outer.ctx = ctx;
	if (!target->nested)
		return;
	pml_nested_init(&target->pair, &target->space, &target->outer,
			target->nesting);
	target->space = target->pair.inner;
	pml_nested_init(&target->upper_pair, &target->upper, &target->outer,
			target->nesting);
	target->upper = target->upper_pair.inner;
}

bool pmap_nesting_table_maps(const struct pmap_target *target)
{
	const struct pml_nested *pair = &target->pair;
	unsigned need = pml_nested_need(pair->nesting);

	return pair->has_failed && pair->failed.kind == PML_LEAF &&
	       !(need & ~pair->failed.rights);
}
