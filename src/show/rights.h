/*
 * Patterns of rights, as people type them: `w', `wx', `-x', `rw-s', `wx,ux'.
 *
 * Letters say what must be there: r, w, x, u (user mode may), s (it may not).
 * A - before a letter turns it round, a ? stands for anything.  Where the
 * letters are in the places that pmap prints them in, `rw-s' or `r-x', it is
 * read like that: a - is then the right that is missing.  Alternatives have a |
 * or a comma between them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_RIGHTS_H
#define PMAP_SHOW_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PMAP_RIGHTS_ALTERNATIVES	8

struct pmap_rights {
	size_t count;		/* of alternatives */
	struct {
		uint8_t with, without;	/* of enum pml_rights */
	} one[PMAP_RIGHTS_ALTERNATIVES];
};

/* False if that is no pattern. */
bool pmap_rights_parse(struct pmap_rights *rights, const char *pattern);

/* Do these rights, of enum pml_rights, fit one of the alternatives? */
bool pmap_rights_fit(const struct pmap_rights *rights, unsigned got);

#endif
