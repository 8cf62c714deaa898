/*
 * pmap aliases: physical memory that is mapped more than once, not in the same
 * way: with other rights or another memory type.
 *
 * All contiguous runs are sorted by their frames and gone through once, with the
 * runs that cover the place at hand and how many of them have each way.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "show/run-record.h"
#include "traverse/runs.h"
#include "walkers/walkers.h"

/* Rights and a memory type, and how many of the active runs have them. */
struct way {
	unsigned rights;
	const char *mt;
	size_t count;
};

struct mapping {
	uint64_t pa, end;	/* exclusive: 52 bits leave room */
	uint64_t va;
	unsigned way;
	size_t place;		/* in `active' */
};

/* A mapping begins or ends there. */
struct event {
	uint64_t pa;
	size_t mapping;
	bool ends;
};

struct aliases {
	struct pmap_query *q;
	struct pmap_writer writer;
	const struct pml_format *fmt;
	struct pmap_filter filter;	/* --pa cuts what it selects */
	struct mapping *mapping;
	size_t count, room;
	struct way *way;
	size_t ways, ways_used;	/* those with a count */
	struct event *event;
	size_t *active;
	size_t nactive;
	uint64_t bytes;		/* of memory, that is mapped in several ways */
	bool no_memory;
};

/* --- Collecting ----------------------------------------------------------- */

static bool grow(struct aliases *a)
{
	size_t room = a->room ? 2 * a->room : 1024;
	struct mapping *grown = realloc(a->mapping, room * sizeof(*grown));

	if (!grown)
		return false;
	a->mapping = grown;
	a->room = room;
	return true;
}

/* The number of a run's way; SIZE_MAX without memory.  There are few. */
static size_t find_way(struct aliases *a, const struct pmap_run *run)
{
	struct way *grown;
	size_t i = 0;

	while (i < a->ways && (a->way[i].rights != run->rights ||
			       a->way[i].mt != run->mt))
		i++;
	if (i < a->ways)
		return i;
	grown = realloc(a->way, (i + 1) * sizeof(*grown));
	if (!grown)
		return SIZE_MAX;
	a->way = grown;
	a->way[a->ways++] = (struct way){ run->rights, run->mt, 0 };
	return i;
}

static void cut(const struct aliases *a, struct mapping *m)
{
	if (m->pa < a->filter.pa_first) {
		m->va += a->filter.pa_first - m->pa;
		m->pa = a->filter.pa_first;
	}
	if (m->end - 1 > a->filter.pa_last)
		m->end = a->filter.pa_last + 1;
}

static bool collect(void *arg, const struct pmap_run *run)
{
	struct aliases *a = arg;
	size_t way;

	if (run->kind != PML_LEAF || run->differs & PMAP_DIFFERS_PA)
		return true;
	way = find_way(a, run);
	a->no_memory = way == SIZE_MAX || (a->count == a->room && !grow(a));
	if (a->no_memory)
		return false;
	a->fmt = run->fmt;
	a->mapping[a->count++] = (struct mapping){
		.pa = run->pa, .end = run->pa + (run->last - run->va) + 1,
		.va = run->va, .way = way,
	};
	if (a->filter.has_pa)
		cut(a, &a->mapping[a->count - 1]);
	return true;
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
	const struct mapping *mapping = arg;
	uint64_t x = mapping[*(const size_t *)a].va;
	uint64_t y = mapping[*(const size_t *)b].va;

	return x < y ? -1 : x > y;
}

static void write_mapping(struct aliases *a, const struct mapping *m,
			  uint64_t first, uint64_t end)
{
	const struct way *way = &a->way[m->way];
	char rights[PMAP_RIGHTS_NAME];
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_number(&row, PA, first);
	pmap_row_number(&row, PA_LAST, end - 1);
	pmap_row_number(&row, SIZE, end - first);
	pmap_row_number(&row, VA, m->va + (first - m->pa));
	pmap_row_word(&row, RIGHTS,
		      pmap_rights_name(a->fmt, way->rights, rights));
	row.style = pmap_rights_style(way->rights);
	if (way->mt)
		pmap_row_word(&row, MT, way->mt);
	pmap_write(&a->writer, &row);
}

/* --min-size is of that memory, and --has of an address that leads to it. */
static bool is_wanted(const struct aliases *a, uint64_t first, uint64_t end)
{
	bool has = !a->filter.has_va;

	if (a->filter.min_size && end - first < a->filter.min_size)
		return false;
	for (size_t i = 0; i < a->nactive && !has; i++) {
		const struct mapping *m = &a->mapping[a->active[i]];
		uint64_t va = m->va + (first - m->pa);

		has = a->filter.va >= va && a->filter.va - va < end - first;
	}
	return has;
}

/* All mappings of first..end-1, in which nothing begins or ends. */
static void write_segment(struct aliases *a, uint64_t first, uint64_t end)
{
	size_t *sorted;

	if (!is_wanted(a, first, end))
		return;
	sorted = malloc(a->nactive * sizeof(*sorted));
	if (!sorted) {
		a->no_memory = true;
		return;
	}
	for (size_t i = 0; i < a->nactive; i++)
		sorted[i] = a->active[i];
	qsort_r(sorted, a->nactive, sizeof(*sorted), by_va, a->mapping);
	for (size_t i = 0; i < a->nactive; i++)
		write_mapping(a, &a->mapping[sorted[i]], first, end);
	free(sorted);
	a->bytes += end - first;
}

/* --- Going through the frames --------------------------------------------- */

static int by_pa(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return x->pa < y->pa ? -1 : x->pa > y->pa;
}

static bool make_events(struct aliases *a)
{
	a->event = malloc((2 * a->count + 1) * sizeof(*a->event));
	a->active = malloc((a->count + 1) * sizeof(*a->active));
	if (!a->event || !a->active)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		a->event[2 * i] = (struct event){ a->mapping[i].pa, i, false };
		a->event[2 * i + 1] = (struct event){ a->mapping[i].end, i, true };
	}
	qsort(a->event, 2 * a->count, sizeof(*a->event), by_pa);
	return true;
}

static void take_event(struct aliases *a, const struct event *event)
{
	struct mapping *m = &a->mapping[event->mapping];
	struct way *way = &a->way[m->way];
	size_t moved;

	if (!event->ends) {
		a->ways_used += !way->count++;
		m->place = a->nactive;
		a->active[a->nactive++] = event->mapping;
		return;
	}
	a->ways_used -= !--way->count;
	moved = a->active[--a->nactive];
	a->active[m->place] = moved;
	a->mapping[moved].place = m->place;
}

static void go_through(struct aliases *a)
{
	for (size_t i = 0; i < 2 * a->count && !a->no_memory &&
	     !pmap_bridge_interrupted() && !a->q->out->error; i++) {
		uint64_t before = i ? a->event[i - 1].pa : 0;

		if (a->ways_used > 1 && a->event[i].pa > before)
			write_segment(a, before, a->event[i].pa);
		take_event(a, &a->event[i]);
	}
}

/* --- The command ---------------------------------------------------------- */

static void free_aliases(struct aliases *a)
{
	free(a->mapping);
	free(a->way);
	free(a->event);
	free(a->active);
}

int pmap_aliases(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
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
	if (!a.no_memory && make_events(&a))
		go_through(&a);
	else
		a.no_memory = true;
	if (a.no_memory)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	pmap_writer_end(&a.writer);
	pmap_result_u64(q->call, "ranges", a.writer.rows);
	pmap_result_u64(q->call, "bytes", a.bytes);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED
					 : PMAP_STATUS_OK;
}
