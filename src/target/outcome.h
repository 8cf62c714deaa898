/*
 * Outcomes of walks, as the numbers and names that scripts see.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TARGET_OUTCOME_H
#define PMAP_TARGET_OUTCOME_H

#include <pml/pml.h>

/* $pmap_status for what a walk came to. */
int pmap_kind_status(enum pml_kind kind);
int pmap_status_2d(const struct pml_target_2d *t);

/* $pmap_where: "guest", "table" or "memory". */
const char *pmap_where_name(enum pml_where where);

#endif
