/*
 * Mappings by the frames that they lead to: which frames are mapped more than
 * once, and in which ways.
 *
 * A way is rights and a memory type.  All contiguous mappings are sorted by their
 * frames and gone through once, with those that cover the place at hand: the time
 * grows with the number of mappings and its logarithm, however they overlap.
 *
 *	while (...)
 *		if (!pmap_frames_add(&f, pa, size, va, rights, mt))
 *			...			(no memory)
 *	pmap_frames_sweep(&f, segment, arg);
 *	pmap_frames_free(&f);
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_FRAMES_H
#define PMAP_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PMAP_FRAMES_NONE	SIZE_MAX	/* ends a list of mappings */

/* Rights and a memory type, and the mappings of the place at hand that have them. */
struct pmap_way {
	unsigned rights;	/* of enum pml_rights */
	const char *mt;		/* compared by its address; NULL: there is none */
	size_t count;
	size_t first;		/* see pmap_frames_next() */
};

/* Contiguous frames, mapped at contiguous addresses, in one way. */
struct pmap_frames_mapping {
	uint64_t pa, end;	/* exclusive: 52 bits leave room */
	uint64_t va;
	unsigned way;
	size_t next, before;	/* of those of its way at the place at hand */
};

struct pmap_frames_event;

/* All zero: empty. */
struct pmap_frames {
	struct pmap_frames_mapping *mapping;
	size_t count, room;
	struct pmap_way *way;
	size_t ways;
	size_t used;		/* ways that have a count */
	struct pmap_frames_event *event;
};

/*
 * `size` bytes at pa are mapped at va.  Goes on with the mapping that was added
 * last where it can.  False without memory.
 */
bool pmap_frames_add(struct pmap_frames *f, uint64_t pa, uint64_t size,
		     uint64_t va, unsigned rights, const char *mt);

/*
 * Frames first..end-1 (end exclusive) are mapped; no mapping begins or ends in
 * between.  f->way[i].count says how many have that way.  False ends the sweep.
 */
typedef bool pmap_frames_segment(void *arg, const struct pmap_frames *f,
				 uint64_t first, uint64_t end);

/* All segments in ascending order.  False without memory. */
bool pmap_frames_sweep(struct pmap_frames *f, pmap_frames_segment *segment,
		       void *arg);

/* In a segment: where one of the mappings has `pa'. */
static inline uint64_t pmap_frames_va(const struct pmap_frames_mapping *m,
				      uint64_t pa)
{
	return m->va + (pa - m->pa);
}

void pmap_frames_free(struct pmap_frames *f);

#endif
