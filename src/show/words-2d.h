/*
 * Outcomes of a walk in two dimensions, in words.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_WORDS_2D_H
#define PMAP_SHOW_WORDS_2D_H

#include "base/text.h"
#include "target/target.h"

/* "the nested tables", "the EPT", "the outer tables". */
const char *pmap_outer_tables(const struct pmap_target *target);

/* Why a gpa has no memory: what the walk of the second dimension came to. */
void pmap_add_outer_reason(struct pmap_text *out,
			   const struct pmap_target *target, uint64_t gpa,
			   const struct pml_target *end);

/*
 * Why an address has no memory, or a guest's table cannot be used, in one
 * clause that names the dimension and its entry.
 */
void pmap_add_reason_2d(struct pmap_text *out, const struct pmap_target *target,
			const struct pml_target_2d *t);

#endif
