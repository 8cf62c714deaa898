/*
 * The commands, as functions: one file of this folder each.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_WALKERS_H
#define PMAP_WALKERS_WALKERS_H

#include "target/query.h"

/*
 * pmap_NAME() of each command NAME; and pmap_NAME_words() of one that takes its
 * own words apart.
 */
#include "walkers/command-list.h"

/*
 * `pmap source': the choice, once expressions have values, and back to the one
 * before, with an error, if it does not open.
 */
void pmap_source_choose(struct pmap_query *q);
void pmap_source_unchoose(struct pmap_query *q);

/* The error that says why each source does not open. */
void pmap_source_explain(struct pmap_query *q);

/* What others become with a second dimension. */
pmap_walker pmap_walk_2d;
pmap_walker pmap_access_2d;
pmap_walker pmap_fault_2d;

#endif
