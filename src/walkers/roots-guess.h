/*
 * Roots by their contents alone, where no register tells one.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_ROOTS_GUESS_H
#define PMAP_WALKERS_ROOTS_GUESS_H

#include "target/arch.h"

/*
 * A scan of physical memory that is under way: every place for a root is shown to it, and
 * at the end it adds what can only be a root: a table of the format whose first
 * tables are tables as well, to which no other such table refers.
 */
struct pmap_guess;

/* What a root that is looked for translates. */
enum pmap_guess_of {
	PMAP_GUESS_WHOLE,	/* all addresses */
	PMAP_GUESS_LOWER,	/* the lower half: tables of kernels are not wanted */
	PMAP_GUESS_EITHER,	/* one of two halves */
	PMAP_GUESS_OUTER,	/* a second dimension's addresses */
};

/* NULL without memory; `space' has the format and memory, its root is none. */
struct pmap_guess *pmap_guess_begin(const struct pml_space *space, enum pmap_guess_of of);

/*
 * Of the second dimension: the target, whose architecture knows its entries, and what
 * tells the format.  Both live as long as the guess does.
 */
void pmap_guess_outer(struct pmap_guess *guess, const struct pmap_target *target,
		      const char *from);

/* What would be a root at `pa': as many bytes as the format's root has. */
void pmap_guess_page(struct pmap_guess *guess, uint64_t pa, const void *root);

/* No table of that tree is a root. */
void pmap_guess_refer(struct pmap_guess *guess, const struct pml_space *space);

/* Adds them, the surest first, each with how sure it is. */
void pmap_guess_end(struct pmap_guess *guess, struct pmap_roots *roots);
void pmap_guess_drop(struct pmap_guess *guess);	/* which may be NULL */

#endif
