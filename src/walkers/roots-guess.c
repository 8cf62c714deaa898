/*
 * Roots by their contents alone.
 *
 * Many a page looks like a table of any level, since the levels are alike.  But
 * to a root no table refers (other than itself), and the roots of a kernel's
 * processes have the kernel's half in common.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/roots-guess.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MAX_CANDIDATES	4096
#define MAX_UPPER	8	/* entries of the upper half that are compared */
#define MAX_OTHERS	8	/* present bits clear, but not zero: swapped out, or data */
#define MAX_BELOW	(1 << 20)	/* tables that trees refer to */
#define FOLLOWED	4	/* tables that are looked into: most must be tables */

struct candidate {
	uint64_t pa;
	unsigned entries, uppers;
	int self;		/* the first entry that refers to itself; -1 */
	/* What no entry leaves to the tables below: PML_X, of user mode PML_XU. */
	unsigned denied;
	bool referred;		/* by another candidate's entry */
	unsigned alike;		/* others with an entry of the upper half in common */
	struct {
		unsigned index;
		uint64_t table;
	} upper[MAX_UPPER];
};

struct pmap_guess {
	struct pml_space space;
	bool halves;		/* the upper half has roots of its own */
	struct candidate *candidate;
	size_t count;
	uint64_t *table;	/* all that candidates refer to */
	size_t tables, room;
};

struct pmap_guess *pmap_guess_begin(const struct pml_space *space, bool halves)
{
	struct pmap_guess *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->space = *space;
	g->halves = halves;
	g->candidate = calloc(MAX_CANDIDATES, sizeof(*g->candidate));
	if (g->candidate)
		return g;
	free(g);
	return NULL;
}

/* A user's tables: the kernel executes nothing there. */
static bool is_users(const struct pmap_guess *g, const struct candidate *c)
{
	return g->halves && c->denied == PML_X;
}

/* Is that a table of `level', as are the first of those below it? */
static bool is_table(const struct pml_space *space, int level, uint64_t pa)
{
	unsigned n = 1u << space->fmt->level[level].bits;
	const void *page = space->at(space->ctx, pa, pml_table_size(space->fmt, level));
	uint64_t below = 0;
	unsigned present = 0, others = 0;

	for (unsigned i = 0; page && i < n; i++) {
		uint64_t raw = pml_entry(space->fmt, page, i);

		switch (raw ? pml_classify(space, level, raw) : PML_HOLE) {
		case PML_TABLE:
			below = below ? below : pml_table_pa(space, level, raw);
			/* fall through */
		case PML_LEAF:
			present++;
			break;
		case PML_NONPRESENT:
			others++;
			break;
		case PML_HOLE:
			break;
		default:
			return false;
		}
	}
	if (!page || !present || others > present + MAX_OTHERS)
		return false;
	return !below || is_table(space, level - 1, below);
}

static void add_table(struct pmap_guess *g, uint64_t pa)
{
	uint64_t *grown;

	if (g->tables == g->room) {
		grown = realloc(g->table, (g->room * 2 + 512) * sizeof(*grown));
		if (!grown)
			return;
		g->table = grown;
		g->room = g->room * 2 + 512;
	}
	g->table[g->tables++] = pa;
}

/*
 * What a table of `level' refers to, and so on down: where roots are small, tables
 * of theirs look like roots, too.
 */
static void add_below(struct pmap_guess *g, int level, uint64_t pa)
{
	const struct pml_format *fmt = g->space.fmt;
	unsigned n = 1u << fmt->level[level].bits;
	const uint64_t *page = g->space.at(g->space.ctx, pa, pml_table_size(fmt, level));
	uint64_t table[512];
	unsigned count = 0;

	for (unsigned i = 0; page && i < n && n <= 512; i++)
		if (pml_classify(&g->space, level, page[i]) == PML_TABLE)
			table[count++] = pml_table_pa(&g->space, level, page[i]);
	for (unsigned i = 0; i < count && g->tables < MAX_BELOW; i++) {
		add_table(g, table[i]);
		if (level > 2)
			add_below(g, level - 1, table[i]);
	}
}

/* The entries of a page as those of a root; false: it is none. */
static bool take_entries(const struct pmap_guess *g, struct candidate *c,
			 const void *page, uint64_t *table_ret)
{
	const struct pml_format *fmt = g->space.fmt;
	unsigned n = 1u << fmt->level[fmt->levels].bits;
	unsigned others = 0, reserved = 0;

	for (unsigned i = 0; i < n; i++) {
		uint64_t raw = pml_entry(fmt, page, i), table;

		if (!raw)
			continue;
		switch (pml_classify(&g->space, fmt->levels, raw)) {
		case PML_TABLE:
			break;
		case PML_NONPRESENT:
			if (++others > MAX_OTHERS)
				return false;
			continue;
		case PML_RESERVED:
			reserved++;
			continue;
		default:
			return false;
		}
		table = pml_table_pa(&g->space, fmt->levels, raw);
		table_ret[c->entries++] = table;
		c->denied &= ~pml_named_rights(fmt, pml_narrow_table(fmt, fmt->levels,
							PML_ALL_RIGHTS, raw));
		if (table == c->pa && c->self < 0) {
			c->self = i;
		} else if (i >= n / 2 && c->uppers < MAX_UPPER) {
			c->upper[c->uppers].index = i;
			c->upper[c->uppers++].table = table;
		}
	}
	/* One that is wrong among many may be a kernel's mistake. */
	return c->entries > (c->self >= 0) && reserved * 8 <= c->entries;
}

void pmap_guess_page(struct pmap_guess *g, uint64_t pa, const void *page)
{
	struct candidate c = { .pa = pa, .self = -1, .denied = PML_X | PML_XU };
	uint64_t table[1024];
	unsigned followed = 0, fine = 0;

	if (g->count == MAX_CANDIDATES || !take_entries(g, &c, page, table))
		return;
	for (unsigned i = 0; i < c.entries && followed < FOLLOWED; i++) {
		if (table[i] == pa)
			continue;
		fine += is_table(&g->space, g->space.fmt->levels - 1, table[i]);
		followed++;
	}
	if (2 * fine <= followed)
		return;
	for (unsigned i = 0; i < c.entries; i++)
		if (table[i] != pa)
			add_table(g, table[i]);
	for (unsigned i = 0; i < c.entries && is_users(g, &c); i++)
		add_below(g, g->space.fmt->levels - 1, table[i]);
	g->candidate[g->count++] = c;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool share_upper(const struct candidate *a, const struct candidate *b)
{
	for (unsigned i = 0; i < a->uppers; i++)
		for (unsigned j = 0; j < b->uppers; j++)
			if (a->upper[i].index == b->upper[j].index &&
			    a->upper[i].table == b->upper[j].table)
				return true;
	return false;
}

static void judge(struct pmap_guess *g)
{
	if (g->tables)
		qsort(g->table, g->tables, sizeof(*g->table), compare);
	for (size_t i = 0; i < g->count; i++)
		g->candidate[i].referred = g->tables &&
			bsearch(&g->candidate[i].pa, g->table, g->tables,
				sizeof(*g->table), compare);
	for (size_t i = 0; i < g->count; i++)
		for (size_t j = 0; j < g->count; j++)
			g->candidate[i].alike += i != j &&
				!g->candidate[j].referred &&
				share_upper(&g->candidate[i], &g->candidate[j]);
}

static bool is_likely(const struct pmap_guess *g, const struct candidate *c)
{
	return c->self >= 0 || (c->alike && !g->halves) || is_users(g, c);
}

/* A kernel's tables, where the kernel has a root of its own: no user executes there. */
static bool is_others(const struct pmap_guess *g, const struct candidate *c)
{
	return g->halves && c->denied == PML_XU;
}

static void add_guess(struct pmap_guess *g, struct pmap_roots *roots,
		      const struct candidate *c)
{
	struct pmap_text *why = roots->add(roots, c->pa, g->space.fmt);

	if (!why)
		return;
	pmap_text_add(why, "%s%s: a table with %u entries, to which no other refers",
		      is_likely(g, c) ? "likely" : "possible",
		      g->halves ? ", for the lower half" : "", c->entries);
	if (is_users(g, c))
		pmap_text_puts(why, ", below which only user mode may execute");
	if (c->alike && !g->halves)
		pmap_text_add(why, ", whose upper half %u other%s share%s",
			      c->alike, c->alike == 1 ? "" : "s",
			      c->alike == 1 ? "s" : "");
	if (c->self >= 0)
		pmap_text_add(why, ", itself at %d", c->self);
	if (!is_likely(g, c))
		pmap_text_puts(why, "; nothing else confirms it");
}

void pmap_guess_end(struct pmap_guess *g, struct pmap_roots *roots)
{
	judge(g);
	for (int likely = 1; likely >= 0; likely--)
		for (size_t i = 0; i < g->count; i++)
			if (!g->candidate[i].referred && !is_others(g, &g->candidate[i]) &&
			    is_likely(g, &g->candidate[i]) == likely)
				add_guess(g, roots, &g->candidate[i]);
}

void pmap_guess_drop(struct pmap_guess *g)
{
	if (!g)
		return;
	free(g->candidate);
	free(g->table);
	free(g);
}
