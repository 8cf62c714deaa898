/*
 * pmap bench: how long a dump takes here, and what it could take at least.
 *
 * The floor is a loop that reads each table that the dump reads, once, from
 * the same source.  All is measured in one run of one command, so that the
 * figures can be compared.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "memory/cache.h"
#include "memory/session.h"
#include "show/run-record.h"
#include "traverse/runs.h"
#include "walkers/walkers.h"

#define PAGE_SIZE	4096
#define MAX_ROUNDS	20
#define ENOUGH_US	3000000

/* The distinct tables of a walk. */
struct tables {
	uint64_t *pa;
	size_t count, room;
};

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

static void free_tables(struct tables *tables)
{
	free(tables->pa);
}

/* --- What there is to read ------------------------------------------------ */

static void note_table(void *arg, uint64_t pa)
{
	struct tables *tables = arg;
	size_t room = tables->room ? tables->room * 2 : 1024;
	uint64_t *grown;

	if (tables->count == tables->room) {
		grown = realloc(tables->pa, room * sizeof(*grown));
		if (!grown)
			return;
		tables->pa = grown;
		tables->room = room;
	}
	tables->pa[tables->count++] = pa;
}

/* --- The trials ----------------------------------------------------------- */

static bool read_all(struct pmap_query *q, const struct tables *tables)
{
	static unsigned char page[PAGE_SIZE];

	for (size_t i = 0; i < tables->count; i++) {
		if (pmap_bridge_interrupted())
			return false;
		q->source->ops->read(q->source, tables->pa[i], page, PAGE_SIZE);
	}
	return true;
}

enum what { FLOOR, WALK, AGAIN, LEAVES, TEXT, TRIALS };

static const struct trial {
	const char *name, *title;
	bool dumps, cold, leaves;
	enum pmap_shape shape;
} trials[TRIALS] = {
	[FLOOR] = { "floor_us", "each table read once, nothing else",
		    false, false, false, PMAP_SHAPE_NONE },
	[WALK] = { "walk_us", "dump, no output",
		   true, true, false, PMAP_SHAPE_NONE },
	[AGAIN] = { "again_us", "dump, no output, tables in the cache",
		    true, false, false, PMAP_SHAPE_NONE },
	[LEAVES] = { "leaves_us", "dump --leaves --json, into memory",
		     true, true, true, PMAP_SHAPE_JSON },
	[TEXT] = { "text_us", "dump, into memory",
		   true, true, false, PMAP_SHAPE_TEXT },
};

static bool write_run(void *arg, const struct pmap_run *run)
{
	pmap_write_run(arg, run);
	return true;
}

static void dump(struct pmap_query *q, enum pmap_shape shape)
{
	struct pmap_runs_counts counts;
	struct pmap_writer w;

	pmap_writer_init(&w, q->out, &pmap_run_schema, shape);
	pmap_runs_walk(q, NULL, write_run, &w, &counts);
}

/* Microseconds. */
static uint64_t run_trial(struct pmap_query *q, const struct trial *trial,
			  const struct tables *tables)
{
	uint64_t began;

	if (trial->cold)
		pmap_cache_drop(q->cache);
	q->opt.leaves = trial->leaves;
	q->out->len = 0;
	began = now_us();
	if (trial->dumps)
		dump(q, trial->shape);
	else
		read_all(q, tables);
	return now_us() - began;
}

static void report(struct pmap_query *q, const struct tables *tables,
		   const uint64_t *us)
{
	q->out->len = 0;
	pmap_text_add(q->out, "%zu tables through %s\n", tables->count,
		      q->source->ops->name);
	for (int i = 0; i < TRIALS; i++) {
		pmap_text_add(q->out, "%10" PRIu64 " us  %5.2f of the floor  %s\n",
			      us[i], us[FLOOR] ? (double)us[i] / us[FLOOR] : 0,
			      trials[i].title);
		pmap_result_u64(q->call, trials[i].name, us[i]);
	}
	pmap_result_u64(q->call, "tables", tables->count);
}

/*
 * All trials in turn, several times, the best of each: whatever else
 * the machine does falls on all.
 */
int pmap_bench(struct pmap_query *q)
{
	__attribute__((cleanup(free_tables))) struct tables tables = { 0 };
	int status = pmap_query_range(q);
	uint64_t us[TRIALS], took, end;

	if (status)
		return status;
	run_trial(q, &trials[WALK], &tables);
	pmap_cache_each(q->cache, note_table, &tables);
	memset(us, 0xff, sizeof(us));
	end = now_us() + ENOUGH_US;
	for (int round = 0; !round ||
	     (round < MAX_ROUNDS && now_us() < end); round++)
		for (int i = 0; i < TRIALS; i++) {
			if (pmap_bridge_interrupted())
				return pmap_fail(q, PMAP_STATUS_INTERRUPTED,
						 "interrupted");
			took = run_trial(q, &trials[i], &tables);
			if (took < us[i])
				us[i] = took;
		}
	report(q, &tables, us);
	return PMAP_STATUS_OK;
}
