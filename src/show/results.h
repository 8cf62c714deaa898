/*
 * Results of a translation: the $pmap_ variables that several commands set.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_RESULTS_H
#define PMAP_SHOW_RESULTS_H

#include "target/query.h"

/* $pmap_gpa, $pmap_page and $pmap_rights, if that is a page. */
void pmap_query_set_target(struct pmap_query *q, const struct pml_target *end);

/* None of them, nor of those below: one more address is to come. */
void pmap_query_unset_target(struct pmap_query *q);

/* $pmap_slot, $pmap_raw and $pmap_level of the last entry on the way. */
void pmap_query_set_entry(struct pmap_query *q, const struct pml_steps *steps);

/* The same in two dimensions, with $pmap_hpa; or $pmap_where it failed. */
void pmap_query_set_target_2d(struct pmap_query *q,
			      const struct pml_target_2d *t);

#endif
