/*
 * One table, all of its entries together: how many are used, what they map, and
 * whether one page of the next size could be in its place.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/stats.h"

#include <string.h>

/* What all leaves of a table have in common. */
struct common {
	uint64_t first_raw;
	uint64_t rights;	/* bits of them that differ */
	uint64_t flags;		/* the same of A and D */
	uint64_t others;	/* and of other bits but those of the address */
	bool contiguous, aligned;
	unsigned leaves, used;
};

static void look_at_entry(struct common *c, const struct pml_space *space,
			  int level, unsigned index, uint64_t raw)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[level];
	uint64_t differ, first_pa;

	c->used++;
	if (pml_classify(space, level, raw) != PML_LEAF)
		return;
	if (!c->leaves++) {
		c->first_raw = raw;
		/* Had it begun at the table's start. */
		c->contiguous = true;
		c->aligned = index == 0 &&
			!(pml_leaf_pa(space, level, raw) &
			  ((1ULL << (lv->shift + lv->bits)) - 1));
	}
	differ = raw ^ c->first_raw;
	first_pa = pml_leaf_pa(space, level, c->first_raw);
	c->rights |= differ & pml_right_mask(fmt);
	c->flags |= differ & (fmt->accessed | fmt->dirty);
	c->others |= differ & ~(lv->leaf_pa | lv->leaf_high | fmt->accessed |
				fmt->dirty | pml_right_mask(fmt));
	if (pml_leaf_pa(space, level, raw) !=
	    first_pa + ((uint64_t)(c->leaves - 1) << lv->shift))
		c->contiguous = false;
}

static enum pmap_stats_why why_not(const struct common *c, unsigned entries)
{
	if (c->used < entries)
		return PMAP_STATS_HOLES;
	if (c->leaves < entries)
		return PMAP_STATS_MIXED;
	if (c->rights)
		return PMAP_STATS_RIGHTS;
	if (!c->contiguous)
		return PMAP_STATS_FRAMES;
	if (!c->aligned)
		return PMAP_STATS_ALIGNED;
	if (c->others)
		return PMAP_STATS_TYPE;
	return c->flags ? PMAP_STATS_FLAGS : PMAP_STATS_NOTHING;
}

/* Can an entry of this level be a page at all? */
static bool has_pages(const struct pml_space *space, int level)
{
	const struct pml_level *lv = &space->fmt->level[level];

	return level <= space->fmt->levels &&
	       !(lv->leaf_value & ~lv->leaf_mask) &&
	       !(space->no_leaf & PML_LEVEL(level));
}

#define BLOCK	256		/* bytes of a table that are looked at together */

/* Most tables have few entries: are the next BLOCK bytes all zero? */
static inline bool is_blank(const void *table, size_t offset)
{
	/* As the compiler has it: in registers of 16 bytes or more. */
	typedef uint64_t wide __attribute__((vector_size(64)));
	wide words[BLOCK / sizeof(wide)], any = { 0 };
	uint64_t one = 0;

	memcpy(words, (const char *)table + offset, sizeof(words));
	for (size_t i = 0; i < BLOCK / sizeof(wide); i++)
		any |= words[i];
	for (int i = 0; i < 8; i++)
		one |= any[i];
	return !one;
}

static void look_at_entries(struct common *c, const struct pml_space *space,
			    int level, const void *table, unsigned entries)
{
	unsigned size = space->fmt->entry_size, block = BLOCK / size;

	for (unsigned i = 0; i < entries; i++) {
		uint64_t raw;

		if (i % block == 0 && i + block <= entries &&
		    is_blank(table, (size_t)i * size)) {
			i += block - 1;
			continue;
		}
		raw = pml_entry(space->fmt, table, i);
		if (raw)
			look_at_entry(c, space, level, i, raw);
	}
}

struct pmap_stats_look pmap_stats_look_at(const struct pml_space *space, int level, uint64_t pa)
{
	unsigned entries = 1u << space->fmt->level[level].bits;
	struct pmap_stats_look look = { .entries = entries };
	struct common c = { .leaves = 0 };
	const void *table = space->at(space->ctx, pa,
				      pml_table_size(space->fmt, level));

	if (table)
		look_at_entries(&c, space, level, table, entries);
	look.used = c.used;
	look.leaves = c.leaves;
	look.could = c.leaves && has_pages(space, level + 1);
	if (look.could)
		look.why = why_not(&c, entries);
	return look;
}
