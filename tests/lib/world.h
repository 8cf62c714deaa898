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
#include "geometry.h"
#include <assert.h>

/* An entry of the table beside the processor's: what it means, not its bits. */
struct beside {
	uint64_t pa;
	unsigned rights;
	enum pml_kind kind;
	unsigned marks;		/* set here only */
};

/* What a processor notes in an entry. */
enum { MARK_ACCESSED = 1, MARK_DIRTY = 2 };

struct world {
	struct pml_format fmt;
	struct geometry g;
	struct pml_space space;
	struct pml_editor ed;
	size_t tables;		/* table i is at i << table_shift */
	int table_shift;
	uint64_t root;		/* its address */
	size_t entries;		/* room in each, in entries */
	unsigned char *memory;
	struct beside *beside;	/* NULL: tables are not in pairs */
	uint8_t *level;		/* of the table in each page; 0: it is free */
	size_t live, next;
	long budget;		/* allocations until there are no more; -1: no end */
	uint64_t rng;
	unsigned racing;	/* one store in so many meets the processor; 0: none */
	void (*raced)(struct world *w, uint64_t va, int level, unsigned marks);
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

/* Which table is at a physical address, and where in the memory that is. */
static inline size_t world_table(const struct world *w, uint64_t pa)
{
	return pa >> w->table_shift;
}

static inline size_t world_inside(const struct world *w, uint64_t pa)
{
	return pa & oracle_ones(0, w->table_shift - 1);
}

static inline size_t world_offset(const struct world *w, uint64_t pa)
{
	return world_table(w, pa) * world_stride(w) + world_inside(w, pa);
}

static inline const void *world_at(void *ctx, uint64_t pa, size_t size)
{
	struct world *w = ctx;

	assert(size && pa / PML_AT_MOST == (pa + size - 1) / PML_AT_MOST);
	if (world_table(w, pa) >= w->tables ||
	    world_inside(w, pa) + size > world_stride(w) ||
	    !w->level[world_table(w, pa)])
		return NULL;
	return w->memory + world_offset(w, pa);
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
	*pa_ret = (uint64_t)i << w->table_shift;
	return true;
}

static inline void world_free(void *ctx, int level, uint64_t pa)
{
	struct world *w = ctx;

	assert(!world_inside(w, pa) && world_table(w, pa) < w->tables);
	assert(w->level[world_table(w, pa)] == level);
	w->level[world_table(w, pa)] = 0;
	w->live--;
}

/* What a store says must be what its bits say. */
static inline void world_check_change(const struct world *w,
				      const struct pml_change *c)
{
	enum pml_kind kind = oracle_kind(&w->g, c->level, c->raw);
	uint64_t secret = w->space.encrypted, raw = c->raw & ~secret;

	assert(c->level == w->level[world_table(w, c->slot_pa)]);
	assert(kind == c->kind);
	if (kind == PML_LEAF)
		assert(oracle_pa_at(&w->g, c->level, raw, c->va) == c->pa &&
		       oracle_effective(&w->g, oracle_rights(&w->g, c->level,
							     raw)) ==
		       c->rights);
	if (kind == PML_TABLE)
		assert(oracle_table_pa(&w->g, raw) == c->pa &&
		       (c->raw & secret) == secret);
	if (kind == PML_HOLE)
		assert(!c->pa && !c->rights && !c->raw);
}

/* The bit that is clear, or set, in a leaf that the processor may make dirty. */
static inline uint64_t world_clean_bit(const struct world *w, uint64_t raw)
{
	bool given = w->g.inv.family == INV_A || w->g.inv.family == INV_S;

	return given && raw >> 51 & 1 ? 0x80 : 0;
}

/* The bits by which the processor notes something in an entry. */
static inline uint64_t world_marks(const struct world *w, uint64_t raw)
{
	return w->fmt.accessed | w->fmt.dirty | world_clean_bit(w, raw);
}

/* A leaf after the processor used it. */
static inline uint64_t world_mark(const struct world *w, uint64_t raw,
				  unsigned marks)
{
	if (marks & MARK_ACCESSED)
		raw |= w->fmt.accessed;
	if (marks & MARK_DIRTY)
		raw |= w->fmt.dirty;
	if ((marks & MARK_DIRTY) && w->g.inv.family == INV_A)
		raw &= ~world_clean_bit(w, raw);
	if ((marks & MARK_DIRTY) && w->g.inv.family == INV_S)
		raw |= world_clean_bit(w, raw);
	return raw;
}

/* Some of the marks that a leaf can have. */
static inline unsigned world_some_marks(struct world *w, uint64_t raw)
{
	bool dirty = w->fmt.dirty || world_clean_bit(w, raw);

	return rnd_below(&w->rng, 2) || !dirty ? MARK_ACCESSED :
	       MARK_ACCESSED | MARK_DIRTY;
}

/* A processor sets a bit between the engine's reading and its store. */
static inline void world_race(struct world *w, const struct pml_change *c,
			      unsigned char *slot, struct beside *beside)
{
	bool leaf = oracle_kind(&w->g, c->level, c->old) == PML_LEAF;
	unsigned marks = world_some_marks(w, c->old);

	if (!leaf || !w->racing || rnd_below(&w->rng, w->racing))
		return;
	if (beside && rnd_below(&w->rng, 2)) {
		beside->marks |= marks;
	} else {
		uint64_t raw = 0;

		memcpy(&raw, slot, w->fmt.entry_size);
		raw = world_mark(w, raw, marks);
		memcpy(slot, &raw, w->fmt.entry_size);
	}
	w->raced(w, c->va, c->level, marks);
}

/* What a TLB may still know of an entry that says something else now. */
static inline void world_stale(struct world *w, const struct pml_change *c,
			       uint64_t old)
{
	uint64_t last = c->va | oracle_ones(0, w->g.shift[c->level] - 1);

	if (!((old ^ c->raw) & ~(world_marks(w, old) & world_marks(w, c->raw))))
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
	unsigned char *slot = w->memory + world_offset(w, c->slot_pa);
	size_t index = world_offset(w, c->slot_pa) / w->fmt.entry_size;
	struct beside *beside = w->beside ? w->beside + index : NULL;
	uint64_t old = 0;
	bool present;

	assert(world_at(w, c->slot_pa, w->fmt.entry_size) == c->slot &&
	       slot == c->slot);
	world_check_change(w, c);
	if (c->exchange)
		world_race(w, c, slot, beside);
	memcpy(&old, slot, w->fmt.entry_size);
	assert(!((old ^ c->old) & ~world_marks(w, c->old)));
	present = old & w->fmt.present;
	assert(present == c->exchange);
	old = pml_store_entry(&w->fmt, c);
	if (present)
		world_stale(w, c, old);
	if (beside) {
		if (present)
			old = world_mark(w, old, beside->marks);
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
	int level;

	assert(w);
	w->fmt = bits ? oracle_shrink(fmt, bits) : *fmt;
	w->g = oracle_geometry(fmt->name, bits);
	w->tables = tables;
	w->table_shift = w->g.apart;
	for (level = 1; level <= w->g.levels; level++)
		if (w->entries < 1u << w->fmt.level[level].bits)
			w->entries = 1u << w->fmt.level[level].bits;
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
	world_alloc(w, fmt->levels, &w->root);
	w->space.root = oracle_root(&w->g, w->root);
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
	if (world_table(w, pa) >= w->tables)
		return 0;
	for (i = 0; level > 1 && i < 1u << w->g.bits[level]; i++) {
		uint64_t raw = 0, below;

		memcpy(&raw, w->memory + world_offset(w, pa) +
		       i * w->fmt.entry_size, w->fmt.entry_size);
		below = oracle_table_pa(&w->g, raw) & ~w->space.encrypted;
		if (oracle_kind(&w->g, level, raw) == PML_TABLE &&
		    below != w->root)
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
