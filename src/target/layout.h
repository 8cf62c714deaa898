/*
 * What a kernel's address space is made of, and how that is known.
 *
 * A walk collects extents; an architecture's hook (arch.h) makes areas of them:
 * by symbols, by VMCOREINFO, by what the tables show, or because that kernel
 * always has it there.  Manual: "Regions".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TARGET_LAYOUT_H
#define PMAP_TARGET_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pml/format.h>

struct pmap_value;
struct pml_format;

/* A part of the tables that agrees in its rights. */
struct pmap_extent {
	uint64_t va, last;	/* inclusive */
	uint64_t pa;		/* of va; only where it is linear */
	uint64_t page;		/* bytes of the smallest leaf */
	uint64_t accessed, dirty; /* how many of its bytes are */
	uint32_t repeats;	/* REPEAT: which of the shares it has, see walkers/survey.h */
	uint8_t kind;		/* as of struct pmap_run */
	uint8_t rights;
	bool linear;		/* LEAF: in contiguous frames */
};

/* All that a name can be told by.  Nothing here is sure to be of Linux. */
struct pmap_evidence {
	const struct pml_format *fmt;
	const struct pmap_extent *extent;	/* ascending, disjoint */
	size_t count;
	const struct pmap_value *symbols;	/* of the architecture's layout_exprs */
	const char *vmcoreinfo;	/* its text; NULL: it was not found */
};

enum pmap_found {
	PMAP_FOUND_USER,	/* `pmap name' */
	PMAP_FOUND_SYMBOL,
	PMAP_FOUND_VMCOREINFO,
	PMAP_FOUND_TABLES,	/* the tables show it */
	PMAP_FOUND_LAYOUT,	/* this kernel has it there whenever it is this kernel */
};

struct pmap_area {
	const char *name;	/* a constant, or the session's own */
	uint64_t first, last;	/* inclusive */
	uint8_t found;		/* of enum pmap_found */
	bool certain;		/* false: likely */
	bool kernel;		/* user mode has no business there */
	bool has_pa;
	uint64_t pa;		/* what `first' is mapped to */
	/* Its first address is one that KASLR moves, */
	bool moves;
	uint64_t unmoved;	/* and which is this without KASLR */
	char why[112];		/* the evidence, in one clause; empty: none */
};

#define PMAP_AREAS_MAX	32	/* that an architecture may know */

struct pmap_layout {
	const char *kernel;	/* "Linux"; NULL: no kernel that is known */
	struct pmap_area area[PMAP_AREAS_MAX];	/* in any order, disjoint */
	unsigned count;
};

/* --- For who makes a layout ------------------------------------------------ */

/*
 * One more area, to which a reason can be added.  When there is no room, the last
 * one is overwritten.
 */
static inline struct pmap_area *
pmap_layout_put(struct pmap_layout *layout, const char *name, uint64_t first,
		uint64_t last, enum pmap_found found, bool certain)
{
	struct pmap_area *area = &layout->area[layout->count];

	layout->count += layout->count < PMAP_AREAS_MAX - 1;
	*area = (struct pmap_area){
		.name = name, .first = first, .last = last,
		.found = found, .certain = certain, .kernel = first >> 63,
	};
	return area;
}

/* The first page from `x' to `last' on that has that right, or has not; or NULL. */
static inline const struct pmap_extent *
pmap_extent_until(const struct pmap_evidence *e, const struct pmap_extent *x,
		  uint64_t last, unsigned right, bool has)
{
	const struct pmap_extent *end = e->extent + e->count;

	for (; x && x < end && x->va <= last; x++)
		if (x->kind == PML_LEAF && !!(x->rights & right) == has)
			return x;
	return NULL;
}

#endif
