/*
 * Roots by their contents alone: the tables that might be one, and what is said of
 * them.  roots-judge.c tells which are.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/roots-guess.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MAX_OTHERS	8	/* present bits clear, but not zero: swapped out, or data */
#define FOLLOWED	4	/* tables that are looked into: most must be tables */
#define FEW		16	/* entries of a root by which it is not known alone */

struct pmap_guess *pmap_guess_begin(const struct pml_space *space, enum pmap_guess_of of)
{
	struct pmap_guess *g = calloc(1, sizeof(*g));
	unsigned bits = space->fmt->level[space->fmt->levels].bits;

	if (!g)
		return NULL;
	g->space = *space;
	g->of = of;
	g->found = calloc(1u << bits, sizeof(*g->found));
	if (g->found)
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

const struct pml_format *pmap_guess_format(const struct pmap_guess *g)
{
	return g->space.fmt;
}

/* Are its roots so small that much in memory looks like one? */
static bool has_few(const struct pmap_guess *g)
{
	return 1u << g->space.fmt->level[g->space.fmt->levels].bits < FEW;
}

/* May a tree have this entry, which is present? */
static bool is_entry(const struct pmap_guess *g, int level, uint64_t raw)
{
	return g->of != PMAP_GUESS_OUTER ||
	       g->target->arch->is_outer_entry(g->target, g->space.fmt, level, raw);
}

const void *pmap_guess_piece(const struct pml_space *space, int level, uint64_t pa,
			     unsigned piece, unsigned *entries_ret)
{
	size_t size = pml_table_size(space->fmt, level), at = (size_t)piece * PML_AT_MOST;

	if (at >= size)
		return NULL;
	size = size < PML_AT_MOST ? size : PML_AT_MOST;
	*entries_ret = size / space->fmt->entry_size;
	return space->at(space->ctx, pa + at, size);
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

static bool count_table(const struct pmap_guess *g, int level, uint64_t pa,
			struct contents *c)
{
	unsigned entries = 0, piece = 0;
	const void *bytes;

	for (; (bytes = pmap_guess_piece(&g->space, level, pa, piece, &entries)); piece++)
		if (!count_piece(g, level, bytes, entries, c))
			return false;
	return c->others <= c->present + MAX_OTHERS;
}

bool pmap_guess_is_clean(const struct pmap_guess *g, int level, uint64_t pa)
{
	struct contents c = { .below = 0 };

	return count_table(g, level, pa, &c) && c.present;
}

enum looks { NO_TABLE, EMPTY, TABLE };

/* Is that a table of `level', as are the first of those below it? */
static enum looks look_at(const struct pmap_guess *g, int level, uint64_t pa)
{
	struct contents c = { .below = 0 };

	if (!count_table(g, level, pa, &c))
		return NO_TABLE;
	if (!c.present)
		return c.others ? NO_TABLE : EMPTY;
	return c.below ? look_at(g, level - 1, c.below) : TABLE;
}

static bool is_backed(const struct pmap_guess *g, uint64_t pa)
{
	return g->space.at(g->space.ctx, pa & ~0xfffULL, 8);
}

/* The entries of a page as those of a root; false: it is none. */
static bool take_entries(const struct pmap_guess *g, struct pmap_candidate *c,
			 const void *page, uint64_t *table_ret)
{
	const struct pml_format *fmt = g->space.fmt;
	unsigned n = 1u << fmt->level[fmt->levels].bits;
	unsigned others = 0, reserved = 0;
	uint64_t last = 0;
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
			if (++others > MAX_OTHERS || has_few(g))
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
		if (table == c->pa && c->self < 0)
			c->self = i;
		/* A table of pages that has itself and its neighbours is no root. */
		c->run |= table == last + pml_table_size(fmt, fmt->levels - 1) &&
			  (table == c->pa || last == c->pa);
		last = table;
	}
	/* Large blocks alone: they must have memory, and nothing else be there. */
	if (!c->entries && c->leaves)
		return backed && !others && !reserved;
	/* One that is wrong among many may be a kernel's mistake. */
	return c->entries > (c->self >= 0) && reserved * 8 <= c->entries;
}

static bool add_candidate(struct pmap_guess *g, const struct pmap_candidate *c)
{
	size_t room = g->room ? g->room * 2 : 256;
	struct pmap_candidate *grown;

	if (g->count == g->room) {
		grown = realloc(g->candidate, room * sizeof(*grown));
		if (!grown)
			return false;
		g->candidate = grown;
		g->room = room;
	}
	g->candidate[g->count++] = *c;
	return true;
}

/*
 * Most of the first tables must be tables, where there is something in them: kernels
 * have their own tables made before there is anything to map.
 */
void pmap_guess_page(struct pmap_guess *g, uint64_t pa, const void *page)
{
	struct pmap_candidate c = { .pa = pa, .self = -1, .denied = PML_X | PML_XU };
	uint64_t *table = g->found;
	unsigned count[3] = { 0 };

	if (!take_entries(g, &c, page, table))
		return;
	for (unsigned i = 0; i < c.entries; i++) {
		if (table[i] == pa)
			continue;
		if (count[NO_TABLE] + count[TABLE] >= FOLLOWED &&
		    (count[NO_TABLE] >= count[TABLE] || c.wrong))
			break;
		count[look_at(g, g->space.fmt->levels - 1, table[i])]++;
		c.wrong = count[NO_TABLE] != 0;
	}
	if (count[TABLE] > count[NO_TABLE] || (c.leaves && !c.entries))
		add_candidate(g, &c);
}

/* --- What is said of them -------------------------------------------------- */

/* Of which half is it? */
static const char *half_of(const struct pmap_guess *g, const struct pmap_candidate *c)
{
	if (g->of == PMAP_GUESS_OUTER)
		return ", for a second dimension";
	if (!c->users && !c->kernels && g->of != PMAP_GUESS_LOWER)
		return "";
	return c->kernels ? ", for the upper half" : ", for the lower half";
}

static void add_reasons(const struct pmap_guess *g, const struct pmap_candidate *c,
			struct pmap_text *why)
{
	if (c->users)
		pmap_text_puts(why, ", below which only user mode may execute");
	if (c->kernels)
		pmap_text_puts(why, ", below which user mode may execute nothing");
	if (c->maps)
		pmap_text_puts(why, ", which maps itself");
	/* Of a half it is not known where the half begins. */
	if (c->maps && (g->of == PMAP_GUESS_WHOLE || g->of == PMAP_GUESS_OTHER))
		pmap_text_add(why, " at 0x%" PRIx64, c->va);
	if (c->alike)
		pmap_text_add(why, ", %u of them as in others that are likely", c->alike);
	if (c->self >= 0)
		pmap_text_add(why, ", itself at %d", c->self);
	if (!c->likely)
		pmap_text_puts(why, "; nothing else confirms it");
	if (g->of == PMAP_GUESS_OUTER)
		pmap_text_add(why, "; in the format of %s", g->from);
	if (g->of == PMAP_GUESS_EITHER)
		pmap_text_add(why, "; if addresses have %u bits", g->space.fmt->va_bits);
}

static void add_guess(struct pmap_guess *g, struct pmap_roots *roots,
		      const struct pmap_candidate *c)
{
	struct pmap_text *why = roots->add(roots, c->pa, g->space.fmt);
	unsigned entries = c->entries + c->leaves;

	if (!why)
		return;
	pmap_text_add(why, "%s%s: a table with %u entr%s, to which no other refers",
		      c->likely ? "likely" : "possible", half_of(g, c),
		      entries, entries == 1 ? "y" : "ies");
	add_reasons(g, c, why);
}

/* Not wanted: a kernel's, where the kernel's root is known. */
static bool is_anothers(const struct pmap_guess *g, const struct pmap_candidate *c)
{
	return g->of == PMAP_GUESS_LOWER && c->kernels;
}

void pmap_guess_say(struct pmap_guess *g, struct pmap_roots *roots, bool likely)
{
	if (!likely && has_few(g))
		return;
	for (size_t i = 0; i < g->count; i++) {
		const struct pmap_candidate *c = &g->candidate[i];

		if (!c->referred && !is_anothers(g, c) && c->likely == likely)
			add_guess(g, roots, c);
	}
}

void pmap_guess_end(struct pmap_guess *g, struct pmap_roots *roots)
{
	pmap_guess_find(g);
	pmap_guess_judge(g);
	pmap_guess_say(g, roots, true);
	pmap_guess_say(g, roots, false);
}

void pmap_guess_drop(struct pmap_guess *g)
{
	if (!g)
		return;
	free(g->candidate);
	free(g->found);
	pmap_hash_free(&g->below);
	pmap_hash_free(&g->first);
	free(g);
}
