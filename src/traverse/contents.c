/*
 * What is in memory: see contents.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "traverse/contents.h"

#include <inttypes.h>
#include <string.h>

#include "memory/bulk.h"
#include "memory/cache.h"
#include "show/words-2d.h"
#include "show/words.h"
#include "target/outcome.h"

#define PAGE_SIZE	4096
#define BULK		(64u << 10)	/* from so many bytes on, past the cache */
#define FLAT_SHIFT	21		/* where no page says how much lies together */

/* Where an address leads, and how many bytes lie together from there on. */
struct place {
	bool is_flat;		/* it is the physical address itself */
	bool mapped;
	uint64_t pa, left;
	struct pml_target one;
	struct pml_target_2d both;	/* of two dimensions */
};

static void find(struct pmap_query *q, uint64_t va, struct place *p)
{
	const struct pml_space *space = pmap_target_space(&q->target, va);
	unsigned shift = FLAT_SHIFT;

	p->is_flat = q->opt.physical || q->no_space[0];
	p->mapped = p->is_flat;
	p->pa = va;
	if (p->is_flat) {
		;
	} else if (q->target.nested) {
		p->mapped = pml_translate_2d(pmap_target_pair(&q->target, va),
					     va, &p->both, NULL);
		p->pa = p->both.pa;
		shift = p->both.shift;
	} else if (space->fmt) {
		p->mapped = pml_translate(space, va, &p->one, NULL);
		p->pa = p->one.pa;
		shift = p->one.shift;
	}
	/* No page has 2^64 bytes: the shift is defined. */
	p->left = p->mapped ? (1ULL << shift) - (va & ((1ULL << shift) - 1)) : 0;
}

/* A part of it that lies together; how many bytes could be read. */
static size_t read_part(struct pmap_query *q, uint64_t pa, void *buf, size_t len)
{
	const void *bytes;
	size_t part;

	if (len >= BULK && pa % PAGE_SIZE == 0)
		return pmap_bulk_read(q->source, pa, buf, len / PAGE_SIZE) *
		       PAGE_SIZE;
	part = PAGE_SIZE - pa % PAGE_SIZE;
	if (part > len)
		part = len;
	bytes = pmap_cache_at(q->cache, pa, part);
	if (!bytes)
		return 0;
	memcpy(buf, bytes, part);
	return part;
}

size_t pmap_read_virtual(struct pmap_query *q, uint64_t va, void *buf,
			 size_t len)
{
	size_t done = 0, got;
	struct place place;

	while (done < len && q->cache) {
		uint64_t part = len - done;

		find(q, va + done, &place);
		if (!place.mapped)
			break;
		if (part > place.left)
			part = place.left;
		got = read_part(q, place.pa, (char *)buf + done, part);
		if (!got)
			break;
		done += got;
	}
	return done;
}

int pmap_add_unread(struct pmap_text *out, struct pmap_query *q, uint64_t va)
{
	const struct pml_space *space = pmap_target_space(&q->target, va);
	struct place place;

	find(q, va, &place);
	if (place.mapped) {
		/* Read again, so that the cache's status is that of this address. */
		pmap_cache_at(q->cache, place.pa, 1);
		if (!place.is_flat)
			pmap_text_add(out, "it is mapped to 0x%" PRIx64 ", which ",
				      place.pa);
		pmap_text_puts(out, pmap_read_verb(pmap_cache_status(q->cache)));
		return PMAP_STATUS_UNREADABLE;
	}
	if (q->target.nested) {
		pmap_add_reason_2d(out, &q->target, &place.both);
		return pmap_status_2d(&place.both);
	}
	if (!space->fmt) {
		pmap_text_puts(out, "walks of this half of the addresses are disabled");
		return PMAP_STATUS_HOLE;
	}
	pmap_add_reason(out, space, &place.one);
	return pmap_kind_status(place.one.kind);
}
