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
	unsigned leaves;	/* of a second dimension's */
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
	enum pmap_guess_of of;
	struct candidate *candidate;
	size_t count;
	uint64_t *found;	/* what a root that is looked at refers to */
	uint64_t *table;	/* all that candidates refer to */
	size_t tables, room;
	/* PMAP_GUESS_OUTER, or NULL */
	const struct pmap_target *target;
	const char *from;
};

struct pmap_guess *pmap_guess_begin(const struct pml_space *space, enum pmap_guess_of of)
{
	struct pmap_guess *g = calloc(1, sizeof(*g));
	unsigned bits = space->fmt->level[space->fmt->levels].bits;

	if (!g)
		return NULL;
	g->space = *space;
	g->of = of;
	g->candidate = calloc(MAX_CANDIDATES, sizeof(*g->candidate));
	g->found = calloc(1u << bits, sizeof(*g->found));
	if (g->candidate && g->found)
		return g;
	pmap_guess_drop(g);
	return NULL;
}

void pmap_guess_outer(struct pmap_guess *g, const struct pmap_target *target,
		      const char *from)
{
	g->target = target;
	g->from = from;
}

/* May a tree have this entry, which is present? */
static bool is_entry(const struct pmap_guess *g, int level, uint64_t raw)
{
	return g->of != PMAP_GUESS_OUTER ||
	       g->target->arch->is_outer_entry(g->target, g->space.fmt, level, raw);
}

/*
 * A piece of a table, which is a page of it or all; NULL at its end, and where it
 * cannot be read.
 */
static const void *piece_of(const struct pml_space *space, int level, uint64_t pa,
			    unsigned piece, unsigned *entries_ret)
{
	size_t size = pml_table_size(space->fmt, level), at = (size_t)piece * PML_AT_MOST;

	if (at >= size)
		return NULL;
	size = size < PML_AT_MOST ? size : PML_AT_MOST;
	*entries_ret = size / space->fmt->entry_size;
	return space->at(space->ctx, pa + at, size);
}

static bool has_halves(const struct pmap_guess *g)
{
	return g->of == PMAP_GUESS_LOWER || g->of == PMAP_GUESS_EITHER;
}

/* A user's tables: the kernel executes nothing there. */
static bool is_users(const struct pmap_guess *g, const struct candidate *c)
{
	return has_halves(g) && c->denied == PML_X;
}

/* A kernel's, where the kernel has a root of its own: no user executes there. */
static bool is_kernels(const struct pmap_guess *g, const struct candidate *c)
{
	return has_halves(g) && c->denied == PML_XU;
}

/* What is in a table. */
struct contents {
	uint64_t below;		/* the first table that it refers to; 0: none */
	unsigned present, others;
};

/* False: there is what no table has. */
static bool count_piece(const struct pmap_guess *g, int level, const void *piece,
			unsigned entries, struct contents *c)
{
	const struct pml_space *space = &g->space;

	for (unsigned i = 0; i < entries; i++) {
		uint64_t raw = pml_entry(space->fmt, piece, i);

		switch (raw ? pml_classify(space, level, raw) : PML_HOLE) {
		case PML_TABLE:
			c->below = c->below ? c->below : pml_table_pa(space, level, raw);
			/* fall through */
		case PML_LEAF:
			if (!is_entry(g, level, raw))
				return false;
			c->present++;
			break;
		case PML_NONPRESENT:
			c->others++;
			break;
		case PML_HOLE:
			break;
		default:
			return false;
		}
	}
	return true;
}

/* Is that a table of `level', as are the first of those below it? */
static bool is_table(const struct pmap_guess *g, int level, uint64_t pa)
{
	const struct pml_space *space = &g->space;
	struct contents c = { .below = 0 };
	unsigned entries = 0, piece = 0;
	const void *bytes;

	for (; (bytes = piece_of(space, level, pa, piece, &entries)); piece++)
		if (!count_piece(g, level, bytes, entries, &c))
			return false;
	if (!c.present || c.others > c.present + MAX_OTHERS)
		return false;
	return !c.below || is_table(g, level - 1, c.below);
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
static void add_below(struct pmap_guess *g, const struct pml_space *space, int level,
		      uint64_t pa)
{
	uint64_t table[PML_AT_MOST / 4];
	unsigned entries = 0, piece = 0;
	const void *bytes;

	for (; (bytes = piece_of(space, level, pa, piece, &entries)); piece++) {
		unsigned count = 0;

		for (unsigned i = 0; i < entries; i++) {
			uint64_t raw = pml_entry(space->fmt, bytes, i);

			if (raw && pml_classify(space, level, raw) == PML_TABLE)
				table[count++] = pml_table_pa(space, level, raw);
		}
		for (unsigned i = 0; i < count && g->tables < MAX_BELOW; i++) {
			add_table(g, table[i]);
			if (level > 2)
				add_below(g, space, level - 1, table[i]);
		}
	}
}

void pmap_guess_refer(struct pmap_guess *g, const struct pml_space *space)
{
	add_below(g, space, space->fmt->levels, pml_root_pa(space));
}

static bool is_backed(const struct pmap_guess *g, uint64_t pa)
{
	return g->space.at(g->space.ctx, pa & ~0xfffULL, 8);
}

/* The entries of a page as those of a root; false: it is none. */
static bool take_entries(const struct pmap_guess *g, struct candidate *c,
			 const void *page, uint64_t *table_ret)
{
	const struct pml_format *fmt = g->space.fmt;
	unsigned n = 1u << fmt->level[fmt->levels].bits;
	unsigned others = 0, reserved = 0;
	bool backed = false;

	for (unsigned i = 0; i < n; i++) {
		uint64_t raw = pml_entry(fmt, page, i), table;

		if (!raw)
			continue;
		switch (pml_classify(&g->space, fmt->levels, raw)) {
		case PML_TABLE:
			if (!is_entry(g, fmt->levels, raw))
				return false;
			break;
		case PML_LEAF:
			/* A hypervisor may give its guest memory in its largest blocks. */
			if (g->of != PMAP_GUESS_OUTER || !is_entry(g, fmt->levels, raw))
				return false;
			c->leaves++;
			backed |= is_backed(g, pml_leaf_pa(&g->space, fmt->levels, raw));
			continue;
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
	/* Large blocks alone: they must have memory, and nothing else be there. */
	if (!c->entries && c->leaves)
		return backed && !others && !reserved;
	/* One that is wrong among many may be a kernel's mistake. */
	return c->entries > (c->self >= 0) && reserved * 8 <= c->entries;
}

void pmap_guess_page(struct pmap_guess *g, uint64_t pa, const void *page)
{
	struct candidate c = { .pa = pa, .self = -1, .denied = PML_X | PML_XU };
	uint64_t *table = g->found;
	unsigned followed = 0, fine = 0;

	if (g->count == MAX_CANDIDATES || !take_entries(g, &c, page, table))
		return;
	for (unsigned i = 0; i < c.entries && followed < FOLLOWED; i++) {
		if (table[i] == pa)
			continue;
		fine += is_table(g, g->space.fmt->levels - 1, table[i]);
		followed++;
	}
	if (followed && 2 * fine <= followed)
		return;
	for (unsigned i = 0; i < c.entries; i++)
		if (table[i] != pa)
			add_table(g, table[i]);
	for (unsigned i = 0; i < c.entries && is_users(g, &c); i++)
		add_below(g, &g->space, g->space.fmt->levels - 1, table[i]);
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

/* Is it in a table that others refer to?  Roots may be smaller than tables. */
static bool is_referred(const struct pmap_guess *g, uint64_t pa)
{
	uint64_t table = pa & -(uint64_t)pml_table_size(g->space.fmt, 1);

	return g->tables && bsearch(&table, g->table, g->tables, sizeof(*g->table),
				    compare);
}

static void judge(struct pmap_guess *g)
{
	if (g->tables)
		qsort(g->table, g->tables, sizeof(*g->table), compare);
	for (size_t i = 0; i < g->count; i++)
		g->candidate[i].referred = is_referred(g, g->candidate[i].pa);
	for (size_t i = 0; i < g->count; i++)
		for (size_t j = 0; j < g->count; j++)
			g->candidate[i].alike += i != j &&
				!g->candidate[j].referred &&
				share_upper(&g->candidate[i], &g->candidate[j]);
}

static bool is_likely(const struct pmap_guess *g, const struct candidate *c)
{
	return (c->self >= 0 && g->of != PMAP_GUESS_OUTER) ||
	       (c->alike && g->of == PMAP_GUESS_WHOLE) ||
	       is_users(g, c) || is_kernels(g, c);
}

/* Of which half is it? */
static const char *half_of(const struct pmap_guess *g, const struct candidate *c)
{
	if (g->of == PMAP_GUESS_OUTER)
		return ", for a second dimension";
	if (g->of == PMAP_GUESS_WHOLE || (g->of == PMAP_GUESS_EITHER && !is_users(g, c) &&
					  !is_kernels(g, c)))
		return "";
	return is_kernels(g, c) ? ", for the upper half" : ", for the lower half";
}

static void add_guess(struct pmap_guess *g, struct pmap_roots *roots,
		      const struct candidate *c)
{
	struct pmap_text *why = roots->add(roots, c->pa, g->space.fmt);
	bool whole = g->of == PMAP_GUESS_WHOLE;
	unsigned entries = c->entries + c->leaves;

	if (!why)
		return;
	pmap_text_add(why, "%s%s: a table with %u entr%s, to which no other refers",
		      is_likely(g, c) ? "likely" : "possible", half_of(g, c),
		      entries, entries == 1 ? "y" : "ies");
	if (is_users(g, c))
		pmap_text_puts(why, ", below which only user mode may execute");
	if (is_kernels(g, c))
		pmap_text_puts(why, ", below which user mode may execute nothing");
	if (c->alike && whole)
		pmap_text_add(why, ", whose upper half %u other%s share%s",
			      c->alike, c->alike == 1 ? "" : "s",
			      c->alike == 1 ? "s" : "");
	if (c->self >= 0)
		pmap_text_add(why, ", itself at %d", c->self);
	if (!is_likely(g, c))
		pmap_text_puts(why, "; nothing else confirms it");
	if (g->of == PMAP_GUESS_OUTER)
		pmap_text_add(why, "; in the format of %s", g->from);
	if (g->of == PMAP_GUESS_EITHER)
		pmap_text_add(why, "; if addresses have %u bits", g->space.fmt->va_bits);
}

/* Not wanted: a kernel's, where the kernel's root is known. */
static bool is_anothers(const struct pmap_guess *g, const struct candidate *c)
{
	return g->of == PMAP_GUESS_LOWER && is_kernels(g, c);
}

void pmap_guess_end(struct pmap_guess *g, struct pmap_roots *roots)
{
	judge(g);
	for (int likely = 1; likely >= 0; likely--)
		for (size_t i = 0; i < g->count; i++)
			if (!g->candidate[i].referred && !is_anothers(g, &g->candidate[i]) &&
			    is_likely(g, &g->candidate[i]) == likely)
				add_guess(g, roots, &g->candidate[i]);
}

void pmap_guess_drop(struct pmap_guess *g)
{
	if (!g)
		return;
	free(g->candidate);
	free(g->found);
	free(g->table);
	free(g);
}
