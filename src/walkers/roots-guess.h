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
 * A scan of physical memory that is under way: every page is shown to it, and
 * at the end it adds what can only be a root: a table of the format whose first
 * tables are tables as well, to which no other such table refers.
 */
struct pmap_guess;

/*
 * NULL without memory; `space' has the format and memory, its root is none.
 * `halves': it is the lower one of two, and tables of kernels are not wanted.
 */
struct pmap_guess *pmap_guess_begin(const struct pml_space *space, bool halves);
void pmap_guess_page(struct pmap_guess *guess, uint64_t pa, const void *page);

/* Adds them, the surest first, each with how sure it is. */
void pmap_guess_end(struct pmap_guess *guess, struct pmap_roots *roots);
void pmap_guess_drop(struct pmap_guess *guess);	/* which may be NULL */

#endif
