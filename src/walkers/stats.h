/*
 * What `pmap stats' counts: each distinct table, once, by its level, and those that
 * could be one page but for something.
 *
 *	struct pmap_stats s = { .survey = { .q = q,
 *		.each_table = pmap_stats_each_table,
 *		.each_entry = pmap_stats_each_entry, .arg = &s }, .now = -1 };
 *	status = pmap_survey_make(&s.survey, false);
 *	pmap_stats_finish(&s);
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_STATS_H
#define PMAP_STATS_H

#include "base/hash.h"
#include "walkers/survey.h"

/* Why a table that could be one page is not; the first that is so. */
enum pmap_stats_why {
	PMAP_STATS_HOLES, PMAP_STATS_MIXED, PMAP_STATS_RIGHTS,
	PMAP_STATS_FRAMES, PMAP_STATS_ALIGNED, PMAP_STATS_TYPE,
	PMAP_STATS_FLAGS, PMAP_STATS_NOTHING, PMAP_STATS_WHYS
};

struct pmap_stats_level {
	uint64_t tables, again;	/* distinct ones; entries that lead to one again */
	uint64_t used;		/* entries that are not empty */
	uint64_t sparse;	/* tables with an eighth of their entries, or less */
	uint64_t leaves;	/* in distinct tables */
};

/* What was found in one table. */
struct pmap_stats_look {
	unsigned used, leaves, entries;
	bool could;		/* one page could be in its place, if not for: */
	enum pmap_stats_why why;
};

/* A table that was met. */
struct pmap_stats_met {
	uint64_t key;		/* its address, which is a multiple of 16, and its level */
	unsigned leaves;	/* that are wanted */
	bool wanted;		/* one of them, or of those below */
	bool counted;
};

/* One that is being walked. */
struct pmap_stats_open {
	struct pmap_stats_met met;
	struct pmap_stats_look look;
	uint64_t va, last;
	bool is_open;
};

/* A table that could be one page. */
struct pmap_stats_larger {
	uint64_t va, last;
	uint8_t level, why, half;
};

struct pmap_stats_half {
	const struct pml_format *fmt;	/* NULL: there is none */
	struct pmap_stats_level level[PML_MAX_LEVELS + 1];
};

struct pmap_stats {
	struct pmap_survey survey;
	struct pmap_stats_half half[2];	/* the lower and the upper, or the only one */
	int now;		/* which of them is being walked; -1: none yet */
	struct pmap_hash met;
	struct pmap_stats_open open[PML_MAX_LEVELS + 2];
	struct pmap_stats_larger *larger;
	size_t count, room;
	bool no_memory;
};

/* What is in a table; nothing, if it cannot be read. */
struct pmap_stats_look pmap_stats_look_at(const struct pml_space *space, int level,
					  uint64_t pa);

/* For the survey, which see: `arg' is a struct pmap_stats. */
void pmap_stats_each_table(void *arg, const struct pml_record *r,
			   const struct pmap_seen *seen);
void pmap_stats_each_entry(void *arg, const struct pmap_run *entry, bool known);

/* After the walk: a half in which nothing is mapped has a root all the same. */
void pmap_stats_finish(struct pmap_stats *s);

/* Gives back all but *s. */
void pmap_stats_free(struct pmap_stats *s);

#endif
