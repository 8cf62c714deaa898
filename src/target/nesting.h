/*
 * A second dimension: what a guest's physical addresses go through.
 *
 * --npt NCR3, --ept EPTP and --gpa-space ROOT name it.  With one of them a
 * walk is that of pml/nested.h, through the same cursor; the guest's tables
 * are those of --root, or of CR3 where GDB has stopped inside the guest.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_NESTING_H
#define PMAP_NESTING_H

#include "target/target.h"

/*
 * Do the options fit together?  `shows_both`: the command shows either of two
 * dimensions, or both (it takes --combined).  NULL, or
 * one line, not to be freed.  Sets opt->outer_alone.
 */
const char *pmap_nesting_check(struct pmap_options *opt, bool shows_both);

/* Do the options ask for a second dimension? */
bool pmap_nesting_asked(const struct pmap_options *opt);

/* Set up target->outer, if the options ask for one; 0 or a status. */
int pmap_nesting_init(struct pmap_target *target,
		      const struct pmap_options *opt,
		      const struct pml_x86_regs *regs,
		      char *why, size_t why_size);

/*
 * Memory for target->space: `at` reads physical memory.  With a second
 * dimension the space's tables are read through it from now on; the target
 * must not be moved any more.
 */
void pmap_nesting_attach(struct pmap_target *target,
			 const void *(*at)(void *, uint64_t, size_t), void *ctx);

/*
 * Of the guest's table that was asked for last and could not be read: does the
 * second dimension have it, so that it is the memory that cannot be read?
 */
bool pmap_nesting_table_maps(const struct pmap_target *target);

#endif
