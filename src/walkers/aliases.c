/*
 * pmap aliases: physical memory that is mapped more than once, not in the same
 * way: with other rights or another memory type.
 *
 * Contiguous runs go into traverse/frames.h, which has each segment of frames
 * with the ways in which it is mapped.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "show/run-record.h"
#include "traverse/frames.h"
#include "traverse/runs.h"
#include "walkers/walkers.h"

struct aliases {
	struct pmap_query *q;
	struct pmap_writer writer;
	const struct pml_format *fmt;
	struct pmap_filter filter;	/* --pa cuts what it selects */
	struct pmap_frames frames;
	uint64_t bytes;		/* of memory, that is mapped in several ways */
	bool no_memory;
};

/* --- Collecting ----------------------------------------------------------- */

/* The part of a run that --pa selects. */
static void cut(const struct aliases *a, uint64_t *pa, uint64_t *last,
		uint64_t *va)
{
	if (*pa < a->filter.pa_first) {
		*va += a->filter.pa_first - *pa;
		*pa = a->filter.pa_first;
	}
	if (*last > a->filter.pa_last)
		*last = a->filter.pa_last;
}

static bool collect(void *arg, const struct pmap_run *run)
{
	struct aliases *a = arg;
	uint64_t pa = run->pa, last = pa + (run->last - run->va), va = run->va;

	if (run->kind != PML_LEAF || run->differs & PMAP_DIFFERS_PA)
		return true;
	a->fmt = run->fmt;
	if (a->filter.has_pa)
		cut(a, &pa, &last, &va);
	a->no_memory = !pmap_frames_add(&a->frames, pa, last - pa + 1, va,
					run->rights, run->mt);
	return !a->no_memory;
}

/* --- Records -------------------------------------------------------------- */

enum field { PA, PA_LAST, SIZE, VA, RIGHTS, MT, FIELDS };

static const struct pmap_field fields[FIELDS] = {
	[PA] = PMAP_FIELD("pa", PMAP_FRAME, .before = "", .width = 13,
			  .head = "PHYSICAL"),
	[PA_LAST] = PMAP_FIELD("pa_last", PMAP_FRAME, .before = "-",
			       .width = 13),
	[SIZE] = PMAP_COLUMN(PMAP_BYTES, .before = " ", .width = 6,
			     .look = PMAP_RIGHT, .drop = 1, .head = "SIZE"),
	[VA] = PMAP_FIELD("va", PMAP_ADDRESS, .before = "  ", .width = 16,
			  .head = "ADDRESS"),
	[RIGHTS] = PMAP_FIELD("rights", PMAP_WORD, .before = "  ", .width = 6,
			      .look = PMAP_COLOURED, .head = "RIGHTS"),
	[MT] = PMAP_FIELD("mt", PMAP_WORD, .before = "  ", .width = 3,
			  .head = "MT"),
};

static const uint8_t columns[] = { PA, PA_LAST, SIZE, VA, RIGHTS, MT };

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS,
	.columns = columns, .ncolumns = sizeof(columns), .note_at = 3,
	.headed = true, .empty = "no memory is mapped in two ways\n",
	.legend = "PHYSICAL  memory that is mapped in more than one way, and\n"
		  "ADDRESS   where that begins in each of its mappings\n",
};

static int by_va(const void *a, const void *b, void *arg)
{
	const struct pmap_frames_mapping *mapping = arg;
	uint64_t x = mapping[*(const size_t *)a].va;
	uint64_t y = mapping[*(const size_t *)b].va;

	return x < y ? -1 : x > y;
}

static void write_mapping(struct aliases *a,
			  const struct pmap_frames_mapping *m,
			  uint64_t first, uint64_t end)
{
	const struct pmap_way *way = &a->frames.way[m->way];
	char rights[PMAP_RIGHTS_NAME];
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_number(&row, PA, first);
	pmap_row_number(&row, PA_LAST, end - 1);
	pmap_row_number(&row, SIZE, end - first);
	pmap_row_number(&row, VA, pmap_frames_va(m, first));
	pmap_row_word(&row, RIGHTS,
		      pmap_rights_name(a->fmt, way->rights, rights));
	row.style = pmap_rights_style(way->rights);
	if (way->mt)
		pmap_row_word(&row, MT, way->mt);
	pmap_write(&a->writer, &row);
}

/* --min-size is of that memory, and --has of an address that leads to it. */
static bool is_wanted(const struct aliases *a, const size_t *mapping, size_t count,
		      uint64_t first, uint64_t end)
{
	bool has = !a->filter.has_va;

	if (a->filter.min_size && end - first < a->filter.min_size)
		return false;
	for (size_t i = 0; i < count && !has; i++) {
		uint64_t va = pmap_frames_va(&a->frames.mapping[mapping[i]],
					     first);

		has = a->filter.va >= va && a->filter.va - va < end - first;
	}
	return has;
}

/* The mappings of a segment, by their addresses; NULL without memory. */
static size_t *sorted_mappings(const struct pmap_frames *f, size_t *count_ret)
{
	size_t count = 0, n = 0, *sorted;

	for (size_t w = 0; w < f->ways; w++)
		count += f->way[w].count;
	sorted = malloc(count * sizeof(*sorted));
	*count_ret = count;
	for (size_t w = 0; sorted && w < f->ways; w++)
		for (size_t i = f->way[w].first; i != PMAP_FRAMES_NONE;
		     i = f->mapping[i].next)
			sorted[n++] = i;
	if (sorted)
		qsort_r(sorted, count, sizeof(*sorted), by_va, f->mapping);
	return sorted;
}

static bool write_segment(void *arg, const struct pmap_frames *f,
			  uint64_t first, uint64_t end)
{
	struct aliases *a = arg;
	size_t count, *sorted;

	if (pmap_bridge_interrupted() || a->q->out->error)
		return false;
	if (f->used < 2)
		return true;
	sorted = sorted_mappings(f, &count);
	a->no_memory = !sorted;
	if (!sorted)
		return false;
	if (is_wanted(a, sorted, count, first, end)) {
		for (size_t i = 0; i < count; i++)
			write_mapping(a, &f->mapping[sorted[i]], first, end);
		a->bytes += end - first;
	}
	free(sorted);
	return true;
}

/* --- The command ---------------------------------------------------------- */

static void free_aliases(struct aliases *a)
{
	pmap_frames_free(&a->frames);
}

int pmap_aliases(struct pmap_query *q)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(free_aliases))) struct aliases a = { .q = q };
	struct pmap_runs_counts counts = { 0 };
	struct pmap_filter filter;
	const struct pmap_runs_job job = {
		.sink = collect, .arg = &a, .filter = &filter,
	};
	int status = pmap_query_range(q);

	if (!status)
		status = pmap_filter_init(&a.filter, q);
	if (status)
		return status;
	q->opt.phys = true;
	/* Those are of lines of the answer. */
	filter = a.filter;
	filter.has_va = false;
	filter.min_size = 0;
	status = pmap_runs_do(q, &job, &counts);
	if (status)
		return status;
	pmap_writer_begin(&a.writer, q, &schema, 0);
	if (a.no_memory || !pmap_frames_sweep(&a.frames, write_segment, &a) ||
	    a.no_memory)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	pmap_writer_end(&a.writer);
	pmap_result_u64(q->call, "ranges", a.writer.rows);
	pmap_result_u64(q->call, "bytes", a.bytes);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED
					 : PMAP_STATUS_OK;
}
