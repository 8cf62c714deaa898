/*
 * Outcomes of walks, as the numbers and names that scripts see.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/outcome.h"

#include "base/status.h"

int pmap_kind_status(enum pml_kind kind)
{
	static const int status[] = {
		[PML_HOLE] = PMAP_STATUS_HOLE,
		[PML_NONPRESENT] = PMAP_STATUS_NONPRESENT,
		[PML_LEAF] = PMAP_STATUS_OK,
		[PML_TABLE] = PMAP_STATUS_OK,
		[PML_RESERVED] = PMAP_STATUS_RESERVED,
		[PML_RECURSIVE] = PMAP_STATUS_OK,
		[PML_UNREADABLE] = PMAP_STATUS_UNREADABLE,
		[PML_NONCANONICAL] = PMAP_STATUS_NONCANONICAL,
	};

	return status[kind];
}

int pmap_status_2d(const struct pml_target_2d *t)
{
	if (t->mapped)
		return PMAP_STATUS_OK;
	if (t->where == PML_IN_INNER)
		return pmap_kind_status(t->inner.kind);
	if (t->outer.kind == PML_LEAF)
		return PMAP_STATUS_UNREADABLE;
	return pmap_kind_status(t->outer.kind);
}

const char *pmap_where_name(enum pml_where where)
{
	static const char *const names[] = {
		[PML_IN_INNER] = "guest",
		[PML_IN_TABLE] = "table",
		[PML_IN_FINAL] = "memory",
	};

	return names[where];
}
