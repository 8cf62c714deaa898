/*
 * A second dimension: what a guest's physical addresses go through.
 *
 * Options name it (--npt, --ept, --gpa-space on x86), or the architecture's
 * registers.  With one, a walk is that of pml/nested.h, through the same
 * cursor; the guest's tables are those of --root, or of the registers where
 * GDB has stopped inside the guest.
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

/*
 * Memory for the target's spaces: `at` reads physical memory.  With a second
 * dimension their tables are read through it from now on; the target must not
 * be moved any more.
 */
void pmap_nesting_attach(struct pmap_target *target,
			 const void *(*at)(void *, uint64_t, size_t), void *ctx);

/*
 * Of the guest's table that was asked for last and could not be read: does the
 * second dimension have it, so that it is the memory that cannot be read?
 */
bool pmap_nesting_table_maps(const struct pmap_target *target);

#endif
