/*
 * The commands, as functions: one file of this folder each.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_WALKERS_H
#define PMAP_WALKERS_WALKERS_H

#include "target/query.h"

pmap_walker pmap_info;
pmap_walker pmap_dump;
pmap_walker pmap_walk;
pmap_walker pmap_perms;
pmap_walker pmap_gva2gpa;
pmap_walker pmap_access;
pmap_walker pmap_explain;
pmap_walker pmap_fault;
pmap_walker pmap_fault_2d;
pmap_walker pmap_check;
pmap_walker pmap_roots;
pmap_walker pmap_expect;
pmap_walker pmap_bench;
pmap_walker pmap_source;

/*
 * `pmap source': its words; the choice, once expressions have values, and back
 * to the one before, with an error, if it does not open.
 */
int pmap_source_words(struct pmap_query *q);
void pmap_source_choose(struct pmap_query *q);
void pmap_source_unchoose(struct pmap_query *q);

/* The error that says why each source does not open. */
void pmap_source_explain(struct pmap_query *q);

/* What others become with a second dimension. */
pmap_walker pmap_walk_2d;
pmap_walker pmap_access_2d;

#endif
