/*
 * Which of the tables that might be a root are one?
 *
 * Many a page looks like a table of any level, since the levels are alike, and what
 * once was a table looks like one until its page is used again.  A root shows by
 * what a table of a lower level has not:
 *
 * - Its tree maps the root itself, as a kernel maps all of memory: the distance from
 *   virtual to physical that the first page of an area has leads to the root, too,
 *   by tables that have nothing wrong in them.
 * - An entry of its own refers to it (a recursive slot).
 * - What it leaves to execute is all of one half's.
 *
 * What these trees have below their roots is no root.  Another table is likely one if
 * the upper half of its entries is theirs, in the same places, by half or more: the
 * roots of user mode with page table isolation.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "bridge/bridge.h"
#include "walkers/roots-guess.h"

#define MAX_BELOW	(1 << 20)	/* tables of trees */
#define MAX_LOOKS	1024	/* entries that are followed to where a root is mapped, */
#define FEW_LOOKS	64	/* and of one that leads to what is no table */

/* --- Sets of tables -------------------------------------------------------- */

struct slot {
	uint64_t key;
	unsigned count;
};

static uint64_t key_of(const void *slot)
{
	return ((const struct slot *)slot)->key;
}

static const struct pmap_hash_kind slots = { sizeof(struct slot), key_of };

/* How often is it there? */
static unsigned count_of(const struct pmap_hash *hash, uint64_t key)
{
	const struct slot *slot = hash->slots ? pmap_hash_find(hash, key, &slots) : NULL;

	return slot && slot->key ? slot->count : 0;
}

/* How often with this one?  0 without memory. */
static unsigned add_key(struct pmap_hash *hash, uint64_t key)
{
	struct slot *slot;

	if (!pmap_hash_room(hash, &slots))
		return 0;
	slot = pmap_hash_find(hash, key, &slots);
	if (!slot->key) {
		slot->key = key;
		hash->used++;
	}
	return ++slot->count;
}

/* Tables begin at multiples of 4096, but for roots. */
static uint64_t table_key(uint64_t pa, int level)
{
	return (pa & ~0xfffULL) | (unsigned)level;
}

/* No root has more than 8192 entries. */
static uint64_t entry_key(uint64_t table, unsigned index)
{
	return ((table >> 12) << 13 | index) + 1;
}

/* --- Trees ----------------------------------------------------------------- */

/* What an entry of `level' refers to, and so on down, each table once. */
static void add_below(struct pmap_guess *g, const struct pml_space *space, int level,
		      uint64_t pa)
{
	uint64_t table[PML_AT_MOST / 4];
	unsigned entries = 0, piece = 0;
	const void *bytes;

	for (; (bytes = pmap_guess_piece(space, level, pa, piece, &entries)); piece++) {
		unsigned count = 0;

		for (unsigned i = 0; i < entries; i++) {
			uint64_t raw = pml_entry(space->fmt, bytes, i);

			if (raw && pml_classify(space, level, raw) == PML_TABLE)
				table[count++] = pml_table_pa(space, level, raw);
		}
		for (unsigned i = 0; i < count && g->below.used < MAX_BELOW; i++)
			/* A recursive slot leads to no other table. */
			if (table[i] != pml_root_pa(space) &&
			    add_key(&g->below, table_key(table[i], level - 1)) == 1 &&
			    level > 2)
				add_below(g, space, level - 1, table[i]);
	}
}

void pmap_guess_refer(struct pmap_guess *g, const struct pml_space *space)
{
	add_below(g, space, space->fmt->levels, pml_root_pa(space));
}

static void refer(struct pmap_guess *g, struct pml_space space, uint64_t root)
{
	space.root = pml_root_value(space.fmt, root);
	pmap_guess_refer(g, &space);
}

void pmap_guess_refer_all(struct pmap_guess *g, const struct pmap_guess *from)
{
	for (size_t i = 0; i < from->count; i++)
		if (from->candidate[i].certain)
			refer(g, from->space, from->candidate[i].pa);
}

/* Both have them in the order of their addresses. */
void pmap_guess_give_up(struct pmap_guess *g, const struct pmap_guess *to)
{
	for (size_t i = 0, j = 0; i < g->count && j < to->count;) {
		struct pmap_candidate *mine = &g->candidate[i];
		const struct pmap_candidate *its = &to->candidate[j];

		if (mine->pa == its->pa)
			mine->referred |= its->certain && !mine->maps;
		i += mine->pa <= its->pa;
		j += its->pa <= mine->pa;
	}
}

/* Is it in a table of a tree's?  Roots may be smaller than tables. */
static bool is_below(const struct pmap_guess *g, uint64_t pa)
{
	uint64_t table = pa & -(uint64_t)pml_table_size(g->space.fmt, 1);

	for (int level = 1; level < PML_MAX_LEVELS; level++)
		if (count_of(&g->below, table_key(table, level)))
			return true;
	return false;
}

/* --- Is it mapped by its own tree? ----------------------------------------- */

struct look {
	const struct pmap_guess *g;
	struct pmap_candidate *c;
	struct pml_space space;	/* the candidate's */
	uint64_t tried;		/* a distance that does not lead to it */
	unsigned left;		/* tables that may still be looked into */
};

/* The address as the format has it: its highest bits are all alike. */
static uint64_t whole_address(const struct pml_format *fmt, uint64_t va)
{
	uint64_t above = -1ULL << fmt->va_bits;
	bool high = fmt->upper || (fmt->sign_extended && va >> (fmt->va_bits - 1) & 1);

	return high ? va | above : va & ~above;
}

/* A page is mapped so: does what is as far away lead to the root? */
static bool leads_back(struct look *l, uint64_t va, uint64_t pa)
{
	uint64_t at = whole_address(l->space.fmt, l->c->pa + (va - pa));
	struct pml_steps steps;
	struct pml_target end;

	if (va - pa == l->tried)
		return false;
	l->tried = va - pa;
	if (!pml_translate(&l->space, at, &end, &steps) || end.pa != l->c->pa)
		return false;
	for (int i = 1; i < steps.count; i++)
		if (!pmap_guess_is_clean(l->g, steps.step[i].level, steps.step[i].table_pa))
			return false;
	l->c->va = at;
	return true;
}

/* The first entry from that one on that has something in it; false: there is none. */
static bool next_entry(const struct pml_space *space, int level, uint64_t table,
		       unsigned *index, unsigned end, uint64_t *raw_ret)
{
	unsigned size = space->fmt->entry_size, entries = 0;
	unsigned in_piece = PML_AT_MOST / size;

	while (*index < end) {
		const void *bytes = pmap_guess_piece(space, level, table,
						     *index / in_piece, &entries);

		if (!bytes)
			return false;
		do {
			*raw_ret = pml_entry(space->fmt, bytes, *index % in_piece);
			if (*raw_ret)
				return true;
		} while (++*index < end && *index % in_piece);
	}
	return false;
}

static bool look_into(struct look *l, int level, uint64_t table, uint64_t va);

/* One entry; false where there is nothing to follow. */
static bool look_at(struct look *l, int level, uint64_t va, uint64_t raw, bool *found)
{
	const struct pml_space *space = &l->space;

	switch (pml_classify(space, level, raw)) {
	case PML_LEAF:
		*found = leads_back(l, va, pml_leaf_pa(space, level, raw));
		return true;
	case PML_TABLE:
		if (pml_table_pa(space, level, raw) != l->c->pa)
			*found = look_into(l, level - 1, pml_table_pa(space, level, raw), va);
		return true;
	default:
		return false;
	}
}

/*
 * Entries of a table.  Of the lowest two levels the first page is taken, since an area
 * has more than one such table.
 */
static bool look_between(struct look *l, int level, uint64_t table, uint64_t va,
			 unsigned index, unsigned end)
{
	const struct pml_level *lv = &l->space.fmt->level[level];
	bool found = false;
	uint64_t raw;

	for (; l->left && next_entry(&l->space, level, table, &index, end, &raw); index++) {
		if (!look_at(l, level, va | (uint64_t)index << lv->shift, raw, &found))
			continue;
		l->left--;
		if (found || level <= 2)
			break;
	}
	return found;
}

static bool look_into(struct look *l, int level, uint64_t table, uint64_t va)
{
	return look_between(l, level, table, va, 0, 1u << l->space.fmt->level[level].bits);
}

/* The upper half is the kernel's: it is looked at before the other. */
static bool maps_itself(const struct pmap_guess *g, struct pmap_candidate *c, unsigned looks)
{
	struct look l = { .g = g, .c = c, .space = g->space, .tried = 1, .left = looks };
	int level = g->space.fmt->levels;
	unsigned n = 1u << g->space.fmt->level[level].bits;

	l.space.root = pml_root_value(g->space.fmt, c->pa);
	return look_between(&l, level, c->pa, 0, n / 2, n) ||
	       look_between(&l, level, c->pa, 0, 0, n / 2);
}

/* --- The judgement --------------------------------------------------------- */

static void find_one(struct pmap_guess *g, struct pmap_candidate *c, bool halves)
{
	/* A user's: the kernel executes nothing there; a kernel's: no user does. */
	c->users = halves && c->denied == PML_X;
	c->kernels = halves && c->denied == PML_XU;
	c->maps = maps_itself(g, c, c->wrong ? FEW_LOOKS : MAX_LOOKS);
	c->certain = c->maps || c->users || c->kernels ||
		     (c->self >= 0 && !c->run && g->of != PMAP_GUESS_OTHER);
	if (c->certain)
		refer(g, g->space, c->pa);
}

void pmap_guess_find(struct pmap_guess *g)
{
	bool halves = g->of == PMAP_GUESS_LOWER || g->of == PMAP_GUESS_EITHER;

	if (g->of == PMAP_GUESS_OUTER)
		return;
	/* Those first that lead to tables alone: most of the others are below them. */
	for (int wrong = 0; wrong <= 1; wrong++)
		for (size_t i = 0; i < g->count && !pmap_bridge_interrupted(); i++)
			if (g->candidate[i].wrong == wrong &&
			    !is_below(g, g->candidate[i].pa))
				find_one(g, &g->candidate[i], halves);
	for (size_t i = 0; i < g->count; i++)
		g->candidate[i].certain &= !is_below(g, g->candidate[i].pa);
}

/* What it has to do with an entry of a candidate that refers to another table. */
typedef void entry_fn(struct pmap_guess *g, struct pmap_candidate *c, unsigned index,
		      uint64_t table);

static void for_entries(struct pmap_guess *g, struct pmap_candidate *c, entry_fn *fn)
{
	const struct pml_space *space = &g->space;
	int level = space->fmt->levels;
	unsigned n = 1u << space->fmt->level[level].bits;

	for (unsigned i = 0; i < n; i++) {
		uint64_t at = c->pa + (uint64_t)i * space->fmt->entry_size, table;
		const void *entry = space->at(space->ctx, at, space->fmt->entry_size);
		uint64_t raw = entry ? pml_entry(space->fmt, entry, 0) : 0;

		if (!raw || pml_classify(space, level, raw) != PML_TABLE)
			continue;
		table = pml_table_pa(space, level, raw);
		if (table != c->pa)
			fn(g, c, i, table);
	}
}

static void add_entry(struct pmap_guess *g, struct pmap_candidate *c, unsigned index,
		      uint64_t table)
{
	(void)c;
	add_key(&g->first, entry_key(table, index));
}

static void add_reference(struct pmap_guess *g, struct pmap_candidate *c, unsigned index,
			  uint64_t table)
{
	(void)c;
	(void)index;
	add_key(&g->below, table_key(table, g->space.fmt->levels - 1));
}

static void count_entry(struct pmap_guess *g, struct pmap_candidate *c, unsigned index,
			uint64_t table)
{
	unsigned n = 1u << g->space.fmt->level[g->space.fmt->levels].bits;
	bool known = count_of(&g->first, entry_key(table, index)) > c->certain;

	c->alike += known;
	if (index < n / 2)
		return;
	c->uppers++;
	c->uppers_alike += known;
}

/* Those that have what others have, of which it is certain. */
static void find_alike(struct pmap_guess *g)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->candidate[i].certain)
			for_entries(g, &g->candidate[i], add_entry);
	for (size_t i = 0; i < g->count; i++)
		if (!is_below(g, g->candidate[i].pa))
			for_entries(g, &g->candidate[i], count_entry);
}

void pmap_guess_judge(struct pmap_guess *g)
{
	if (g->of == PMAP_GUESS_WHOLE || g->of == PMAP_GUESS_OTHER)
		find_alike(g);
	for (size_t i = 0; i < g->count; i++) {
		struct pmap_candidate *c = &g->candidate[i];

		/* A table of pages that has its own page is no root. */
		c->referred |= is_below(g, c->pa) || (c->run && !c->certain);
		c->likely = c->certain || (c->uppers_alike && c->uppers_alike * 2 >= c->uppers);
		if (c->likely && !c->referred && !c->certain)
			refer(g, g->space, c->pa);
	}
	/* Of what is left each that another one of tables alone refers to is a lower table. */
	for (size_t i = 0; i < g->count; i++)
		if (!g->candidate[i].likely && !g->candidate[i].referred &&
		    !g->candidate[i].wrong)
			for_entries(g, &g->candidate[i], add_reference);
	for (size_t i = 0; i < g->count; i++)
		g->candidate[i].referred |= !g->candidate[i].likely &&
					    is_below(g, g->candidate[i].pa);
}
