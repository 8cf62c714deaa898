/*
 * Names of virtual addresses: those that the user has given to ranges, for the
 * session, and the kernel's regions, as far as they are known.
 *
 * Any command may say them.  A name hides nothing: ranges may overlap, and an
 * address has the name of the smallest.  Manual: "Regions".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_NAMES_H
#define PMAP_SHOW_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/layout.h"
#include "target/query.h"

#define PMAP_NAMES_MAX	64
#define PMAP_NAME_SIZE	32	/* bytes of a name, with its end */

struct pmap_name {
	uint64_t first, last;	/* inclusive */
	char text[PMAP_NAME_SIZE];
};

/*
 * Why `text' cannot be a name, a constant; NULL: it can.  Names are printable
 * and fit.
 */
const char *pmap_names_refuse(const char *text);

/* The range's name from now on, in place of one for just that range; false: there is no room. */
bool pmap_names_set(uint64_t first, uint64_t last, const char *text);

/* Forget the names of ranges that lie in that one; how many they were. */
unsigned pmap_names_forget(uint64_t first, uint64_t last);

/* All of them, by their start; *count_ret tells how many. */
const struct pmap_name *pmap_names(size_t *count_ret);

/* The name of the address, NULL: none.  Valid until a name is set or forgotten. */
const struct pmap_name *pmap_names_find(uint64_t va);

/*
 * Does the answer say names that cost something to find: with --names, and to a
 * person, on a terminal that has room for them?
 */
bool pmap_names_shown(const struct pmap_query *q);

/* --- What an address is called -------------------------------------------- */

/*
 * The regions of the query's space, as they are found at this stop: names until the
 * target runs, or another space is looked at.
 */
void pmap_names_keep_areas(const struct pmap_query *q,
			   const struct pmap_layout *layout);

/* Are those of the query's space known? */
bool pmap_names_has_areas(const struct pmap_query *q);

#define PMAP_NAMED_SIZE	64

/*
 * "heap+0x10", by the user's names; else "direct map", by the regions, if they are
 * known.  NULL: it has no name.  The answer may be in `to'.  Without a query
 * (NULL) it is by the user's alone.
 */
const char *pmap_names_of(const struct pmap_query *q, uint64_t va,
			  char to[PMAP_NAMED_SIZE]);

/* Two blanks and that, if the address has a name, else nothing; and GDB's symbol. */
void pmap_names_add(struct pmap_query *q, uint64_t va);

/* The same as JSON's fields, each with a comma before it. */
void pmap_names_add_json(struct pmap_query *q, uint64_t va);

#endif
