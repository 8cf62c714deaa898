/*
 * The pairs of tables that a comparison has been through, so that two which are
 * met again, as KASAN's shadow and its mirror are thousands of times, need not
 * be compared again.
 *
 * A pair is known by the table of the own side.  What the other side had there
 * when it was met first is looked up: the same tables with the same rights left
 * say the same.  Not so where a table leads back to one above it, on either
 * side: that says something else on another way.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_PAIRS_H
#define PMAP_PAIRS_H

#include "traverse/share.h"

/* One that is being compared. */
struct pmap_pair {
	struct pml_mirror_record r;	/* that announced it */
	bool differs;			/* something below */
	bool keep;
};

struct pmap_pairs {
	const struct pml_space *other;
	struct pmap_share *seen, *others;	/* NULL: without memory, or not wanted */
	/* Outermost first: each side can go down a level without the other. */
	struct pmap_pair open[2 * PML_MAX_LEVELS];
	int depth;
};

void pmap_pairs_begin(struct pmap_pairs *p, const struct pml_space *own,
		      const struct pml_space *other);
void pmap_pairs_end(struct pmap_pairs *p);

/*
 * Tables are announced.  True if the same were met before: *va_ret is where,
 * *differs_ret whether anything below them differed.  Else they are open now.
 */
bool pmap_pairs_met(struct pmap_pairs *p, const struct pml_mirror_record *r,
		    uint64_t *va_ret, bool *differs_ret);

/* A record of the comparison: what is before it has been compared. */
void pmap_pairs_at(struct pmap_pairs *p, const struct pml_mirror_record *r);

/* Something in the tables that are open differs. */
void pmap_pairs_differ(struct pmap_pairs *p);

#endif
