/*
 * A physical memory of tables for the tests of the writable half: it counts,
 * it runs out on request, it checks each store, it keeps a second table beside
 * each one, and a processor in it sets accessed and dirty bits at the worst
 * moment.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

/* The checks here are the test. */
#undef NDEBUG
#include <assert.h>
#include "geometry.h"

/* An entry of the table beside the processor's: what it means, not its bits. */
struct beside {
	uint64_t pa;
	unsigned rights;
	enum pml_kind kind;
	uint64_t flags;		/* accessed, dirty: set here only */
};

struct world {
	struct pml_format fmt;
	struct geometry g;
	struct pml_space space;
	struct pml_editor ed;
	size_t tables;		/* table i is at physical page i */
	size_t entries;		/* room in each, in entries */
	unsigned char *memory;
	struct beside *beside;	/* NULL: tables are not in pairs */
	uint8_t *level;		/* of the table in each page; 0: it is free */
	size_t live, next;
	long budget;		/* allocations until there are no more; -1: no end */
	uint64_t rng;
	unsigned racing;	/* one store in so many meets the processor; 0: none */
	void (*raced)(struct world *w, uint64_t va, int level, uint64_t flags);
	void *arg;		/* of raced */
	bool stale;		/* entries were overwritten that may be cached: */
	uint64_t stale_first, stale_last;	/* all of their addresses */
};

/* xorshift64*: enough for tests, and the same everywhere. */
static inline uint64_t rnd(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static inline unsigned rnd_below(uint64_t *state, unsigned n)
{
	return (uint32_t)(rnd(state) >> 32) % n;
}

static inline size_t world_stride(const struct world *w)
{
	return w->entries * w->fmt.entry_size;
}

static inline const void *world_at(void *ctx, uint64_t pa, size_t size)
{
	struct world *w = ctx;
	size_t offset = pa & 4095;

	if (pa >> 12 >= w->tables || offset + size > world_stride(w) ||
	    !w->level[pa >> 12])
		return NULL;
	return w->memory + (pa >> 12) * world_stride(w) + offset;
}

static inline bool world_alloc(void *ctx, int level, uint64_t *pa_ret)
{
	struct world *w = ctx;
	size_t i;

	if (w->budget == 0 || w->live == w->tables)
		return false;
	w->budget -= w->budget > 0;
	for (i = w->next; w->level[i]; i = (i + 1) % w->tables)
		;
	w->next = (i + 1) % w->tables;
	w->level[i] = level;
	w->live++;
	memset(w->memory + i * world_stride(w), 0, world_stride(w));
	if (w->beside)
		memset(w->beside + i * w->entries, 0,
		       w->entries * sizeof(*w->beside));
	*pa_ret = (uint64_t)i << 12;
	return true;
}

static inline void world_free(void *ctx, int level, uint64_t pa)
{
	struct world *w = ctx;

	assert(!(pa & 4095) && pa >> 12 < w->tables);
	assert(w->level[pa >> 12] == level);
	w->level[pa >> 12] = 0;
	w->live--;
}

/* What a store says must be what its bits say. */
static inline void world_check_change(const struct world *w,
				      const struct pml_change *c)
{
	enum pml_kind kind = oracle_kind(&w->g, c->level, c->raw);
	uint64_t secret = w->space.encrypted, raw = c->raw & ~secret;

	assert(c->level == w->level[c->slot_pa >> 12]);
	assert(kind == c->kind);
	if (kind == PML_LEAF)
		assert(oracle_leaf_pa(&w->g, c->level, raw) == c->pa &&
		       oracle_rights(&w->g, c->level, raw) == c->rights);
	if (kind == PML_TABLE)
		assert(oracle_table_pa(&w->g, raw) == c->pa &&
		       (c->raw & secret) == secret);
	if (kind == PML_HOLE)
		assert(!c->pa && !c->rights && !c->raw);
}

/* A processor sets a bit between the engine's reading and its store. */
static inline void world_race(struct world *w, const struct pml_change *c,
			      unsigned char *slot, struct beside *beside)
{
	bool leaf = oracle_kind(&w->g, c->level, c->old) == PML_LEAF;
	uint64_t flags = rnd_below(&w->rng, 2) ? w->fmt.accessed :
			 w->fmt.accessed | w->fmt.dirty;

	if (!leaf || !w->racing || rnd_below(&w->rng, w->racing))
		return;
	if (beside && rnd_below(&w->rng, 2)) {
		beside->flags |= flags;
	} else {
		uint64_t raw = 0;

		memcpy(&raw, slot, w->fmt.entry_size);
		raw |= flags;
		memcpy(slot, &raw, w->fmt.entry_size);
	}
	w->raced(w, c->va, c->level, flags);
}

/* What a TLB may still know of an entry that says something else now. */
static inline void world_stale(struct world *w, const struct pml_change *c,
			       uint64_t old)
{
	uint64_t last = c->va | oracle_ones(0, w->g.shift[c->level] - 1);

	if (!((old ^ c->raw) & ~(w->fmt.accessed | w->fmt.dirty)))
		return;
	if (!w->stale || c->va < w->stale_first)
		w->stale_first = c->va;
	if (!w->stale || last > w->stale_last)
		w->stale_last = last;
	w->stale = true;
}

/* Does the caller know of all that has to be flushed?  Begins anew after it. */
static inline bool world_flushes(const struct world *w,
				 const struct pml_pending *pending)
{
	return !w->stale || (pending->flush && pending->first <= w->stale_first &&
			     pending->last >= w->stale_last);
}

static inline void world_release(struct world *w, struct pml_pending *pending)
{
	pml_release(&w->ed, pending);
	w->stale = false;
}

static inline uint64_t world_store(void *ctx, const struct pml_change *c)
{
	struct world *w = ctx;
	unsigned char *slot = w->memory + (c->slot_pa >> 12) * world_stride(w) +
			      (c->slot_pa & 4095);
	size_t index = (c->slot_pa >> 12) * w->entries +
		       (c->slot_pa & 4095) / w->fmt.entry_size;
	struct beside *beside = w->beside ? w->beside + index : NULL;
	uint64_t old = 0, flags = w->fmt.accessed | w->fmt.dirty;
	bool present;

	assert(world_at(w, c->slot_pa, w->fmt.entry_size) == c->slot &&
	       slot == c->slot);
	world_check_change(w, c);
	if (c->exchange)
		world_race(w, c, slot, beside);
	memcpy(&old, slot, w->fmt.entry_size);
	assert(!((old ^ c->old) & ~flags));
	present = old & w->fmt.present;
	assert(present == c->exchange);
	old = pml_store_entry(&w->fmt, c);
	if (present)
		world_stale(w, c, old);
	if (beside) {
		if (present)
			old |= beside->flags;
		*beside = (struct beside){ .pa = c->pa, .rights = c->rights,
					   .kind = c->kind };
	}
	return old;
}

static const struct pml_ops world_ops = {
	.alloc = world_alloc, .free = world_free, .store = world_store
};

/* A world of `tables` tables; `bits` of 0 is the manuals' geometry. */
static inline struct world *world_new(const struct pml_format *fmt, int bits,
				      size_t tables, bool paired)
{
	struct world *w = calloc(1, sizeof(*w));
	uint64_t root = 0;

	assert(w);
	w->fmt = bits ? oracle_shrink(fmt, bits) : *fmt;
	w->g = oracle_geometry(fmt->name, bits);
	w->tables = tables;
	w->entries = 1u << w->fmt.level[1].bits;
	w->memory = aligned_alloc(4096, (tables * world_stride(w) + 4095) &
				  ~4095ULL);
	w->level = calloc(tables, 1);
	if (paired)
		w->beside = calloc(tables * w->entries, sizeof(*w->beside));
	assert(w->memory && w->level && (!paired || w->beside));
	w->budget = -1;
	w->rng = 1;
	w->next = 1;	/* the root is not at 0, but tables may be */
	w->space = (struct pml_space){ .fmt = &w->fmt, .at = world_at, .ctx = w };
	w->ed = (struct pml_editor){ .space = &w->space, .ops = &world_ops,
				     .ctx = w, .free_level = fmt->levels - 1 };
	world_alloc(w, fmt->levels, &root);
	w->space.root = root;
	return w;
}

static inline void world_delete(struct world *w)
{
	free(w->memory);
	free(w->beside);
	free(w->level);
	free(w);
}

/* Tables that the root leads to, itself included; a shared one counts twice. */
static inline size_t world_count(const struct world *w, int level, uint64_t pa)
{
	size_t count = 1, i;

	/* An entry may refer to where there is no memory. */
	if (pa >> 12 >= w->tables)
		return 0;
	for (i = 0; level > 1 && i < 1u << w->g.bits[level]; i++) {
		uint64_t raw = 0, below;

		memcpy(&raw, w->memory + (pa >> 12) * world_stride(w) +
		       i * w->fmt.entry_size, w->fmt.entry_size);
		below = oracle_table_pa(&w->g, raw) & ~w->space.encrypted;
		if (oracle_kind(&w->g, level, raw) == PML_TABLE &&
		    below != w->space.root)
			count += world_count(w, level - 1, below);
	}
	return count;
}

/* A hash of all tables in use (FNV-1a over words): did anything change? */
static inline uint64_t world_hash(const struct world *w)
{
	uint64_t hash = 0xcbf29ce484222325ULL;
	size_t i, j;

	for (i = 0; i < w->tables; i++) {
		const uint32_t *word = (const void *)(w->memory +
						      i * world_stride(w));

		hash = (hash ^ w->level[i]) * 0x100000001b3ULL;
		for (j = 0; w->level[i] && j < world_stride(w) / 4; j++)
			hash = (hash ^ word[j]) * 0x100000001b3ULL;
	}
	return hash;
}

#endif
