/*
 * pmap check: the rules about frames that are mapped more than once, and about
 * page tables that are mapped.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "walkers/check.h"

struct sweep {
	struct pmap_check *c;
	const struct pmap_check_table **table;	/* by their frames */
	size_t tables, at;	/* the sweep has passed those before `at' */
};

/* --- Ways that conflict --------------------------------------------------- */

#define EXEC	(PML_X | PML_XU)

static const struct pmap_frames_mapping *
one_of(const struct pmap_frames *f, const struct pmap_way *way)
{
	return &f->mapping[way->first];
}

/* A way that is in use, has `with' and nothing of `without'; or NULL. */
static const struct pmap_way *find_way(const struct pmap_frames *f,
				       unsigned with, unsigned without)
{
	for (size_t i = 0; i < f->ways; i++)
		if (f->way[i].count && f->way[i].rights & with &&
		    !(f->way[i].rights & without))
			return &f->way[i];
	return NULL;
}

static void add_alias(struct pmap_check *c, unsigned rule,
		      const struct pmap_frames *f, uint64_t first, uint64_t end,
		      const struct pmap_way *here, const struct pmap_way *there)
{
	struct pmap_finding finding = {
		.va = pmap_frames_va(one_of(f, here), first), .count = 1,
		.pa = first, .has_pa = true, .has_rights = true,
		.rights = here->rights, .mt = here->mt, .has_other = true,
		.other = pmap_frames_va(one_of(f, there), first),
		.other_rights = there->rights, .other_mt = there->mt,
	};

	finding.last = finding.va + (end - first) - 1;
	pmap_check_add(c, rule, &finding);
}

/* Two memory types of the same frames. */
static void check_types(struct pmap_check *c, const struct pmap_frames *f,
			uint64_t first, uint64_t end)
{
	const struct pmap_way *one = NULL;

	for (size_t i = 0; i < f->ways; i++) {
		const struct pmap_way *way = &f->way[i];

		if (!way->count || !way->mt)
			continue;
		if (one && one->mt != way->mt) {
			add_alias(c, PMAP_CHECK_ALIAS_MT, f, first, end, one, way);
			return;
		}
		one = way;
	}
}

static void check_ways(struct pmap_check *c, const struct pmap_frames *f,
		       uint64_t first, uint64_t end)
{
	const struct pmap_way *writes = find_way(f, PML_W, 0), *way;

	check_types(c, f, first, end);
	if (!writes)
		return;
	way = find_way(f, EXEC, PML_W);
	if (way) {
		add_alias(c, PMAP_CHECK_ALIAS_WX, f, first, end, way, writes);
		return;
	}
	way = find_way(f, PML_R | PML_U, PML_W | EXEC);
	if (way)
		add_alias(c, PMAP_CHECK_ALIAS_RO, f, first, end, way, writes);
}

/* --- Page tables that are mapped ------------------------------------------ */

static void add_table(struct sweep *s, unsigned rule, const struct pmap_frames *f,
		      const struct pmap_check_table *table,
		      const struct pmap_way *way, uint64_t other)
{
	uint64_t pa = table->key & ~1ULL;
	struct pmap_finding finding = {
		.va = pmap_frames_va(one_of(f, way), pa), .count = 1,
		.pa = pa, .has_pa = true, .has_rights = true,
		.rights = way->rights, .mt = way->mt,
		.has_other = true, .other = other,
	};

	finding.last = finding.va;
	pmap_check_add(s->c, rule, &finding);
}

/* In this segment: user mode's, or written at two places? */
static void check_table(struct sweep *s, const struct pmap_frames *f,
			const struct pmap_check_table *table)
{
	uint64_t pa = table->key & ~1ULL, other = 0;
	const struct pmap_way *writes = NULL, *user = NULL;
	size_t writers = 0;

	for (size_t i = 0; i < f->ways; i++) {
		const struct pmap_way *way = &f->way[i];

		if (!way->count)
			continue;
		if (way->rights & PML_U && (!user || way->rights & PML_W))
			user = way;
		if (!(way->rights & PML_W))
			continue;
		if (writers)
			other = pmap_frames_va(one_of(f, way), pa);
		else if (way->count > 1)
			other = pmap_frames_va(&f->mapping[one_of(f, way)->next], pa);
		if (!writers)
			writes = way;
		writers += way->count;
	}
	if (user)
		add_table(s, PMAP_CHECK_TABLE_USER, f, table, user, table->va);
	else if (writers > 1)
		add_table(s, PMAP_CHECK_TABLE_ALIAS, f, table, writes, other);
}

static int by_frame(const void *a, const void *b)
{
	const struct pmap_check_table *const *x = a, *const *y = b;

	return (*x)->key < (*y)->key ? -1 : (*x)->key > (*y)->key;
}

static uint64_t key_of_slot(const void *slot)
{
	return ((const struct pmap_check_table *)slot)->key;
}

static const struct pmap_hash_kind kind = {
	sizeof(struct pmap_check_table), key_of_slot
};

struct pmap_check_table *pmap_check_table(struct pmap_check *c, uint64_t pa)
{
	if (pmap_hash_room(&c->tables, &kind))
		return pmap_hash_find(&c->tables, pa | 1, &kind);
	c->no_memory = true;
	return NULL;
}

static bool sort_tables(struct sweep *s)
{
	const struct pmap_hash *hash = &s->c->tables;

	s->table = malloc((hash->used + 1) * sizeof(const void *));
	for (size_t i = 0; s->table && i < hash->slots; i++) {
		const struct pmap_check_table *table =
			pmap_hash_slot(hash, i, sizeof(*table));

		if (table->key)
			s->table[s->tables++] = table;
	}
	if (s->table)
		qsort(s->table, s->tables, sizeof(const void *), by_frame);
	return s->table;
}

/* --- All of them ---------------------------------------------------------- */

static bool check_segment(void *arg, const struct pmap_frames *f, uint64_t first,
			  uint64_t end)
{
	struct sweep *s = arg;

	if (f->used > 1)
		check_ways(s->c, f, first, end);
	while (s->at < s->tables && s->table[s->at]->key < first)
		s->at++;
	/* In a second dimension the tables are the host's, the frames as well. */
	for (; s->at < s->tables && s->table[s->at]->key < end; s->at++)
		check_table(s, f, s->table[s->at]);
	return !pmap_bridge_interrupted();
}

static void free_sweep(struct sweep *s)
{
	free(s->table);
}

void pmap_check_frames(struct pmap_check *c)
{
	__attribute__((cleanup(free_sweep))) struct sweep s = { .c = c };

	if (!c->no_memory &&
	    (!sort_tables(&s) || !pmap_frames_sweep(&c->frames, check_segment, &s)))
		c->no_memory = true;
}
