/*
 * Roots by their contents alone, where no register tells one.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_ROOTS_GUESS_H
#define PMAP_WALKERS_ROOTS_GUESS_H

#include "base/hash.h"
#include "target/arch.h"

/*
 * A scan of physical memory that is under way: every place for a root is shown to it, and
 * at the end it adds what may be a root, with how sure that is: tables of the format
 * whose first tables are tables as well, and to which no other refers.
 */
struct pmap_guess;

/* What a root that is looked for translates. */
enum pmap_guess_of {
	PMAP_GUESS_WHOLE,	/* all addresses */
	/* The same in a format of another size, where an entry for itself proves nothing. */
	PMAP_GUESS_OTHER,
	PMAP_GUESS_LOWER,	/* the lower half: tables of kernels are not wanted */
	PMAP_GUESS_EITHER,	/* one of two halves */
	PMAP_GUESS_OUTER,	/* a second dimension's addresses */
};

/* NULL without memory; `space' has the format and memory, its root is none. */
struct pmap_guess *pmap_guess_begin(const struct pml_space *space, enum pmap_guess_of of);

/*
 * Of the second dimension: the target, whose architecture knows its entries, and what
 * tells the format.  Both live as long as the guess does.
 */
void pmap_guess_outer(struct pmap_guess *guess, const struct pmap_target *target,
		      const char *from);

/* What would be a root at `pa': as many bytes as the format's root has. */
void pmap_guess_page(struct pmap_guess *guess, uint64_t pa, const void *root);

/* No table of that tree is a root. */
void pmap_guess_refer(struct pmap_guess *guess, const struct pml_space *space);

const struct pml_format *pmap_guess_format(const struct pmap_guess *guess);

/* Adds them, the surest first, each with how sure it is: the next three in turn. */
void pmap_guess_end(struct pmap_guess *guess, struct pmap_roots *roots);
/* Those that are roots by what they are; then trees of another guess may be told it. */
void pmap_guess_find(struct pmap_guess *guess);
/* And which of all are likely; after it, they are those that are told another. */
void pmap_guess_judge(struct pmap_guess *guess);
/* Adds the likely ones, or the others. */
void pmap_guess_say(struct pmap_guess *guess, struct pmap_roots *roots, bool likely);
/* What pmap_guess_find() has found in `from': the tables of these trees are no roots. */
void pmap_guess_refer_all(struct pmap_guess *guess, const struct pmap_guess *from);
/* Those that it has found in `to' are roots in its format, if they do not map themselves. */
void pmap_guess_give_up(struct pmap_guess *guess, const struct pmap_guess *to);
void pmap_guess_drop(struct pmap_guess *guess);	/* which may be NULL */

/* --- Between its files ----------------------------------------------------- */

struct pmap_candidate {
	uint64_t pa;
	unsigned entries;	/* that refer to tables */
	unsigned leaves;	/* of a second dimension's */
	int self;		/* the first entry that refers to itself; -1 */
	/* What no entry leaves to the tables below: PML_X, of user mode PML_XU. */
	unsigned denied;
	bool wrong;		/* an entry of it leads to what is no table */
	bool run;		/* its neighbours are beside it there: a table of pages */
	/* By roots-judge.c: */
	bool maps;		/* its tree maps it, at ->va */
	uint64_t va;
	bool users, kernels;	/* of one half: by what may be executed below */
	bool certain;		/* by what it has itself */
	bool likely;
	bool referred;		/* by another one's tree: it is none */
	unsigned alike;		/* entries that certain ones have in the same place */
	unsigned uppers, uppers_alike;	/* of these in the upper half: all, and alike */
};

struct pmap_guess {
	struct pml_space space;
	enum pmap_guess_of of;
	struct pmap_candidate *candidate;
	size_t count, room;
	uint64_t *found;	/* what a root that is looked at refers to */
	struct pmap_hash below;	/* tables of trees, with their levels */
	struct pmap_hash first;	/* entries of likely roots, with their places */
	/* PMAP_GUESS_OUTER, or NULL */
	const struct pmap_target *target;
	const char *from;
};

/*
 * A piece of a table, which is a page of it or all; NULL at its end, and where it
 * cannot be read.
 */
const void *pmap_guess_piece(const struct pml_space *space, int level, uint64_t pa,
			     unsigned piece, unsigned *entries_ret);
/* Has a table nothing that no table of that level has? */
bool pmap_guess_is_clean(const struct pmap_guess *guess, int level, uint64_t pa);

#endif
