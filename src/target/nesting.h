/*
 * A second dimension: what a guest's physical addresses go through.
 *
 * Options name it, which are the architecture's, or its registers do.  With
 * one, a walk is that of pml/nested.h, through the same cursor; the guest's
 * tables are those of --root, or of the registers where GDB has stopped inside
 * the guest.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_NESTING_H
#define PMAP_NESTING_H

#include "target/options.h"
#include "target/target.h"

/*
 * An option that names the root of a second dimension: --npt, --ept.  Each
 * architecture has a list of them, pmap_arch.outer_options.
 */
struct pmap_outer_option {
	enum pmap_option id;	/* of type expr; PMAP_OPTIONS ends the list */
	/* Options that go with this one, and others that name them; PMAP_OPTIONS ends. */
	const enum pmap_option *with;
};

/*
 * Do the options fit together?  `lists': all architectures' options that name a
 * second dimension; NULL ends.  `shows_both`: the command shows either of two
 * dimensions, or both (it takes --combined).  NULL, or one line, not to be
 * freed, that is valid until the next call.  Sets opt->outer and
 * opt->outer_alone.
 */
const char *pmap_nesting_check(struct pmap_options *opt,
			       const struct pmap_outer_option *const *lists,
			       bool shows_both);

/*
 * The same of what only the target tells, when its spaces were made: 0, or
 * PMAP_STATUS_USAGE with one line in `why'.
 */
int pmap_nesting_check_target(const struct pmap_target *target,
			      const struct pmap_options *opt,
			      char *why, size_t why_size);

/* "--npt, --ept or --gpa-space", of an architecture; valid until the next call. */
const char *pmap_nesting_names(const struct pmap_arch *arch);

/* Do the options ask for a second dimension? */
static inline bool pmap_nesting_asked(const struct pmap_options *opt)
{
	return opt->outer;
}

/* By this one? */
static inline bool pmap_nesting_by(const struct pmap_options *opt,
				   enum pmap_option id)
{
	return opt->outer && opt->outer->id == id;
}

/* What its root is. */
static inline uint64_t pmap_nesting_root(const struct pmap_options *opt)
{
	return pmap_option_value(opt, opt->outer->id);
}

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
