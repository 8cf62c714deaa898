/*
 * pmap roots: which tables could be the root of something?
 *
 * From what is certain to what is likely: the CR3 of every CPU, tables that
 * kernels have symbols for, one that the user names; and with --scan whatever
 * in memory looks like a root, a VMCB or a VMCS, each with its reasons.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "memory/cache.h"
#include "memory/source.h"
#include "show/record.h"
#include "traverse/runs.h"
#include "walkers/root-list.h"
#include "walkers/roots-tasks.h"
#include "walkers/tasks.h"
#include "walkers/walkers.h"

enum field { ROOT, FORMAT, HALF, WHY, NOTE, COLUMN_ROOT, FIELDS };

static const struct pmap_field fields[FIELDS] = {
	[ROOT] = PMAP_FIELD("root", PMAP_ADDRESS),
	[FORMAT] = PMAP_FIELD("format", PMAP_WORD, .before = " ", .width = 11,
			      .head = "FORMAT"),
	[HALF] = PMAP_FIELD("half", PMAP_WORD),
	[WHY] = PMAP_FIELD("why", PMAP_WORD, .before = " ", .width = 3,
			   .head = "WHY"),
	[NOTE] = PMAP_FIELD("note", PMAP_WORD),
	[COLUMN_ROOT] = PMAP_COLUMN(PMAP_WORD, .before = "", .width = 18,
				    .head = "ROOT"),
};

static const uint8_t columns[] = { COLUMN_ROOT, FORMAT, WHY };

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS,
	.columns = columns, .ncolumns = sizeof(columns), .headed = true,
	.empty = "no root table was found\n",
	.legend =
	"ROOT    physical address of the root table\n"
	"FORMAT  its paging mode, as `--format' takes it; npt-4, ept-4 and the like\n"
	"        are roots of a second dimension\n"
	"WHY     where the address is from.  `found' and `looks like' are guesses by\n"
	"        what the table or the page has in it\n",
};

/* What there is to say about the list: a line for people, else a record. */
static void write_note(struct pmap_writer *w, const char *note)
{
	struct pmap_row row;

	if (w->shape == PMAP_SHAPE_TEXT) {
		pmap_text_puts(w->out, note);
		pmap_text_puts(w->out, "\n");
		return;
	}
	pmap_row_init(&row);
	pmap_row_word(&row, NOTE, note);
	pmap_write(w, &row);
}

static void write_root(struct pmap_writer *w, const struct pmap_root_list *r,
		       struct pmap_root *root)
{
	char text[20];
	struct pmap_row row;

	if (!root->in_guest && !pmap_root_list_page(r, root->pa & ~0xfffULL))
		pmap_text_puts(&root->why,
			       pmap_cache_status(r->q->cache) == PMAP_READ_ABSENT ?
			       "; not in this file" :
			       "; not in RAM that can be read");
	snprintf(text, sizeof(text), "0x%016" PRIx64, root->pa);
	pmap_row_init(&row);
	pmap_row_number(&row, ROOT, root->pa);
	pmap_row_word(&row, FORMAT, root->fmt->name);
	if (root->is_half)
		pmap_row_word(&row, HALF, root->fmt->upper ? "upper" : "lower");
	pmap_row_word(&row, WHY, root->why.data ? root->why.data : "");
	pmap_row_word(&row, COLUMN_ROOT, text);
	pmap_write(w, &row);
}

/* Memory that the scan has not looked at. */
static void write_beyond(struct pmap_writer *w, struct pmap_query *q,
			 uint64_t scanned)
{
	const struct pmap_source *source = q->source;
	uint64_t last = source->ops->last ? source->ops->last(source) : 0;
	char note[160];

	if (last <= scanned)
		return;
	snprintf(note, sizeof(note),
		 "memory goes on to 0x%" PRIx64 ": `pmap roots --scan 0x%" PRIx64 " 0x%" PRIx64 "' looks there",
		 last, scanned + 1, last + 1);
	write_note(w, note);
}

/* --- Filters -------------------------------------------------------------- */

static bool is_found(void *found, const struct pmap_run *run)
{
	(void)run;
	*(bool *)found = true;
	return false;
}

/* Do its tables map something that is wanted? */
static bool is_wanted(struct pmap_query *q, const struct pmap_root *root,
		      struct pmap_filter *filter)
{
	bool found = false;
	const struct pmap_runs_job job = {
		.sink = is_found, .arg = &found, .filter = filter,
	};
	struct pmap_runs_counts counts;

	/* What cannot be walked maps nothing. */
	if (pmap_root_use(q, root, false)) {
		q->why[0] = '\0';
		return false;
	}
	q->first = 0;
	q->last = q->target.halves ? ~0ULL : pml_top(q->target.space.fmt);
	if (filter->has_va)
		q->first = q->last = filter->va;
	if (filter->has_va) {
		const struct pml_space *space = pmap_target_space(&q->target, filter->va);

		if (!space->fmt || !pml_canonical(space->fmt, filter->va))
			return false;
	}
	pmap_runs_do(q, &job, &counts);
	return found;
}

/* Leave only those whose tables map what the filters want. */
static int filter_roots(struct pmap_root_list *r)
{
	struct pmap_query *q = r->q;
	struct pmap_filter filter;
	size_t left = 0;
	int status = pmap_filter_init(&filter, q);

	if (status || !pmap_filter_any(&filter))
		return status;
	for (size_t i = 0; i < r->count; i++) {
		struct pmap_root root = r->root[i];

		if (is_wanted(q, &root, &filter)) {
			r->root[i] = r->root[left];
			r->root[left++] = root;
		}
	}
	for (size_t i = left; i < r->count; i++)
		pmap_text_free(&r->root[i].why);
	r->count = left;
	return 0;
}

/* --- The command ---------------------------------------------------------- */

/* Names where there are names; what is missing for them is no error here. */
static void name_roots(struct pmap_root_list *r)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(pmap_tasks_free))) struct pmap_tasks tasks = { 0 };

	if (!r->q->opt.scan || r->guess)
		return;
	if (pmap_tasks_list(r->q, &tasks))
		r->q->why[0] = '\0';
	for (size_t i = 0; i < r->count; i++)
		pmap_roots_name(r->q, &tasks, r->root[i].pa, &r->root[i].why);
}

static void print_roots(struct pmap_root_list *r, uint64_t scanned)
{
	const struct pmap_options *opt = &r->q->opt;
	struct pmap_writer w;
	char note[sizeof(r->rejected) + 64];

	pmap_writer_begin(&w, r->q, &schema, 0);
	for (size_t i = 0; i < r->count; i++)
		write_root(&w, r, &r->root[i]);
	pmap_writer_end(&w);
	if (r->full) {
		snprintf(note, sizeof(note),
			 "more than %d: give --scan a RANGE", PMAP_ROOTS_MAX);
		write_note(&w, note);
	}
	if (r->rejected[0]) {
		snprintf(note, sizeof(note), "--table: %s", r->rejected);
		write_note(&w, note);
	}
	if (opt->scan && !opt->start.text)
		write_beyond(&w, r->q, scanned);
}

/* What of physical memory is to be searched; 0 or a status. */
static int set_range(struct pmap_query *q, struct pmap_root_range *range)
{
	uint64_t *first = &range->first, *last = &range->last;

	*first = q->opt.start.value;
	*last = 0xffffffff;
	if (q->opt.start.text && !q->opt.scan)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "a range is for --scan: physical addresses to search");
	if (q->opt.end.text)
		*last = q->opt.end.value - 1 +
			(q->opt.end_is_length ? *first : 0);
	if (q->opt.start.text && *last < *first)
		return pmap_query_inverted(q, *first, *last + 1);
	return 0;
}

int pmap_roots(struct pmap_query *q)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(pmap_root_list_free)))
	struct pmap_root_list r = { .count = 0 };
	struct pmap_root_range range;
	int status;

	if (q->opt.tasks)
		return pmap_roots_tasks(q);
	status = set_range(q, &range);
	if (!status)
		status = pmap_root_list_make(&r, q, q->opt.scan ? &range : NULL);
	if (status)
		return status;
	name_roots(&r);
	status = filter_roots(&r);
	if (status)
		return status;
	print_roots(&r, range.last);
	pmap_result_u64(q->call, "roots", r.count);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED
					 : PMAP_STATUS_OK;
}
