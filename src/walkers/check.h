/*
 * pmap check: the parts of one command.
 *
 *	check.c		the command: which rules, the range, the order of the answer
 *	check-rules.c	the rules of every architecture, as one table
 *	check-walk.c	the walk that asks them
 *	check-frames.c	what only shows when mappings are sorted by their frames
 *	check-report.c	findings as records
 *	check-mirror.c	--mirror: two sets of tables
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_CHECK_H
#define PMAP_WALKERS_CHECK_H

#include "base/hash.h"
#include "show/filter.h"
#include "target/query.h"
#include "target/rule.h"
#include "traverse/frames.h"

#define PMAP_CHECK_RULES	64	/* at most, of all kinds: a bit each in a word */
#define PMAP_CHECK_KEPT		100000	/* findings of one rule that are kept; others are counted */

/* The general rules, by their places in pmap_check_rules[]. */
enum pmap_check_rule {
	PMAP_CHECK_RESERVED, PMAP_CHECK_MISALIGNED, PMAP_CHECK_TABLE_NOT_RAM,
	PMAP_CHECK_TABLE_USER, PMAP_CHECK_BLOCKED, PMAP_CHECK_TABLE_ROM,
	PMAP_CHECK_LOOP, PMAP_CHECK_LEVELS, PMAP_CHECK_KERNEL_USER,
	PMAP_CHECK_WX, PMAP_CHECK_ALIAS_WX, PMAP_CHECK_ALIAS_MT,
	PMAP_CHECK_DEVICE_CACHED, PMAP_CHECK_DEVICE_EXEC, PMAP_CHECK_ROM_WRITE,
	PMAP_CHECK_GLOBAL_USER, PMAP_CHECK_CONTIGUOUS, PMAP_CHECK_ALIAS_RO,
	PMAP_CHECK_TABLE_ALIAS, PMAP_CHECK_DEVICE, PMAP_CHECK_UNREADABLE,
	PMAP_CHECK_RECURSIVE, PMAP_CHECK_EMPTY_TABLE,
	PMAP_CHECK_GENERAL
};

extern const struct pmap_rule pmap_check_rules[PMAP_CHECK_GENERAL + 1];

/* What broke one rule, in the order in which it was found. */
struct pmap_check_found {
	struct pmap_finding *finding;
	size_t count, room;
	uint64_t more;		/* beyond PMAP_CHECK_KEPT */
};

/* A table that the walk came to. */
struct pmap_check_table {
	uint64_t key;		/* its address, | 1 */
	uint64_t va;		/* where it was met first */
	uint64_t slot, raw;	/* the entry that led there; raw 0: the root */
	uint8_t level;		/* that it is used at */
};

struct pmap_check {
	struct pmap_rule_walk walk;	/* first: what rules see of it */
	struct pmap_query *q;
	struct pmap_filter filter;
	const struct pmap_rule *rule[PMAP_CHECK_RULES];
	unsigned rules;
	uint64_t on;		/* a bit for each rule that is asked */
	uint64_t of_kind[PML_NONCANONICAL + 1];	/* ... about entries of that kind */
	bool has_except;
	uint64_t except_first, except_last;
	struct pmap_check_found found[PMAP_CHECK_RULES];
	struct pmap_hash tables;	/* of struct pmap_check_table */
	struct pmap_frames frames;
	const char *no_place;	/* why nothing is known of RAM; NULL: it is */
	uint64_t entries;	/* looked at */
	bool no_memory;
};

/* Is a rule asked? */
static inline bool pmap_check_asks(const struct pmap_check *c, unsigned rule)
{
	return c->on >> rule & 1;
}

/* Is it to be left out: --except? */
static inline bool pmap_check_excepted(const struct pmap_check *c, uint64_t va,
				       uint64_t last)
{
	return c->has_except && va >= c->except_first && last <= c->except_last;
}

/* The severity that a rule has for these tables. */
static inline unsigned pmap_check_severity(const struct pmap_check *c,
					   const struct pmap_rule *rule)
{
	return c->walk.outer ? rule->outer : rule->severity;
}

/* Findings that touch and are alike are one.  c->rule[rule] has found f. */
void pmap_check_add(struct pmap_check *c, unsigned rule, struct pmap_finding *f);

/* The hash of tables; NULL without memory.  A new one has a key of 0 before. */
struct pmap_check_table *pmap_check_table(struct pmap_check *c, uint64_t pa);

/* Asks all rules about q->first..q->last. */
void pmap_check_walk(struct pmap_check *c);

/* Those that go by frames. */
void pmap_check_frames(struct pmap_check *c);

/* The rules as a list; and what was found, the most severe first. */
int pmap_check_list(struct pmap_check *c);
void pmap_check_report(struct pmap_check *c);

/* pmap check --mirror. */
pmap_walker pmap_check_mirror;

#endif
