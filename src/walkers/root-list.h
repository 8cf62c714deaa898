/*
 * Tables that could be the root of something, with the reasons: what `pmap roots'
 * lists, and `--all-roots' looks through.
 *
 *	__attribute__((cleanup(pmap_root_list_free))) struct pmap_root_list l = { 0 };
 *	status = pmap_root_list_make(&l, q, &range);
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_ROOT_LIST_H
#define PMAP_WALKERS_ROOT_LIST_H

#include "target/arch.h"
#include "target/query.h"

#define PMAP_ROOTS_MAX		512
#define PMAP_ROOT_ENTRIES	8192	/* of a root table, in any format */
#define PMAP_ROOT_FORMATS	4	/* that are guessed at, besides the first */

struct pmap_guess;
struct pmap_outer_option;

struct pmap_root {
	uint64_t pa;
	const struct pml_format *fmt;
	bool is_half;		/* of an address space in two: fmt->upper says which */
	bool in_guest;		/* pa is guest-physical */
	struct pmap_text why;	/* reasons, with "; " between */
	/* Of a second dimension whose guest is known; NULL: it is not. */
	const struct pml_format *guest_fmt;
	uint64_t guest_root;
	const struct pmap_outer_option *by;	/* which option would name it */
};

struct pmap_root_list {
	struct pmap_roots out;	/* what architectures add to; the first member */
	struct pmap_query *q;
	struct pmap_root *root;	/* from what is certain to what is likely */
	size_t count;
	bool full;		/* there are more */
	struct pmap_guess *guess;	/* no register tells a root; NULL: one does */
	struct pmap_guess *other[PMAP_ROOT_FORMATS];	/* by formats of other sizes */
	size_t others;
	/* Where there are two halves: nothing that the roots of the lower have is known. */
	struct pmap_guess *lower;
	struct pmap_guess *outer;	/* a second dimension, whose format is known: */
	const struct pml_format *outer_fmt;
	char rejected[256];	/* why --table is none; empty: it is, or was not given */
	/* What a table of the selected CPU's kernel must map alike: $pc. */
	uint64_t pc, pc_pa;
	bool has_pc;
	/*
	 * Where the upper half of its root leads, or the upper half's root; 0 where to
	 * no table.
	 */
	uint64_t *upper;	/* PMAP_ROOT_ENTRIES; NULL: not known */
	unsigned uppers;
	uint64_t *table;	/* a root of more than a page, put together */
};

/* Physical memory to search, inclusive. */
struct pmap_root_range {
	uint64_t first, last;
};

/*
 * Of the query's CPUs, symbols and --table; with a range also of what is in
 * memory there.  0, or the status of pmap_fail().
 */
int pmap_root_list_make(struct pmap_root_list *l, struct pmap_query *q,
			const struct pmap_root_range *scan);
void pmap_root_list_free(struct pmap_root_list *l);

/*
 * Make the query's space that of a root, which walks then go through: of a second
 * dimension whose guest is known, of both, if `guest'.  0, or the status of
 * pmap_fail(), with the space undefined.
 */
int pmap_root_use(struct pmap_query *q, const struct pmap_root *root, bool guest);

/* --- Between its files ----------------------------------------------------- */

/* The text to add a reason to; the same root has several.  NULL: it is full. */
struct pmap_text *pmap_root_list_add(struct pmap_root_list *l, uint64_t pa,
				     const struct pml_format *fmt);

/* NULL if it cannot be read; valid until the next one. */
const void *pmap_root_list_page(const struct pmap_root_list *l, uint64_t pa);

/* root-scan.c: what the current root has, by which others are known. */
void pmap_root_scan_learn(struct pmap_root_list *l);
/* Have its roots entries enough to be known by? */
bool pmap_root_scan_knows(const struct pmap_query *q, const struct pml_format *fmt);
/* Does an outer root lead somewhere? */
bool pmap_root_scan_is_outer(struct pmap_roots *out, uint64_t pa,
			     const struct pml_format *fmt);
void pmap_root_scan(struct pmap_root_list *l, uint64_t first, uint64_t last);

#endif
