/*
 * A plan in words: which entries would be what, which tables are new, and what
 * the range is then.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "show/entry.h"
#include "show/merge.h"
#include "show/run-record.h"
#include "walkers/edit.h"

#define RUNS_MAX	40	/* lines of runs, for people */

/* --- Entries -------------------------------------------------------------- */

/* New tables first, as they are written; then by place, then by time. */
static int by_place(const void *a, const void *b)
{
	const struct pmap_store *x = a, *y = b;

	if (x->fresh != y->fresh)
		return y->fresh - x->fresh;
	if (x->slot_pa != y->slot_pa)
		return x->slot_pa < y->slot_pa ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

int pmap_plan_entries(const struct pmap_plan *plan, struct pmap_store **ret,
		      size_t *count_ret)
{
	struct pmap_store *all = malloc((plan->nstores + 1) * sizeof(*all));
	size_t n = 0, out = 0;

	*ret = all;
	*count_ret = 0;
	if (!all)
		return pmap_fail(plan->q, PMAP_STATUS_INTERNAL, "out of memory");
	for (size_t i = 0; i < plan->nstores; i++) {
		const struct pmap_overlay_page *page =
			pmap_overlay_page(&plan->overlay, plan->stores[i].slot_pa);

		/* A table that was given back is as it was. */
		if (!plan->stores[i].fresh || page->fresh)
			all[n++] = plan->stores[i];
	}
	qsort(all, n, sizeof(*all), by_place);
	for (size_t i = 0; i < n; i++) {
		if (out && all[out - 1].slot_pa == all[i].slot_pa) {
			all[i].old = all[out - 1].old;
			all[out - 1] = all[i];
		} else {
			all[out++] = all[i];
		}
		if (i + 1 == n || all[i + 1].slot_pa != all[i].slot_pa)
			out -= all[out - 1].old == all[out - 1].raw;
	}
	*count_ret = out;
	return 0;
}

/* Neighbours in a table that change alike. */
struct change {
	struct pmap_store first;
	uint64_t last_pa, last_old, last_raw;
	uint64_t count;
};

enum field {
	ENTRY, LEVEL, SLOT, COUNT, VA, NEW_TABLE, OLD, OLD_KIND, NEW, NEW_KIND, FIELDS
};

static const struct pmap_field fields[FIELDS] = {
	[ENTRY] = PMAP_FIELD("entry", PMAP_WORD, .before = ""),
	[LEVEL] = PMAP_FIELD("level", PMAP_NUMBER),
	[SLOT] = PMAP_FIELD("slot", PMAP_HEX, .before = " at "),
	[COUNT] = PMAP_FIELD("count", PMAP_NUMBER),
	[VA] = PMAP_FIELD("va", PMAP_HEX),
	[NEW_TABLE] = PMAP_FIELD("new_table", PMAP_FLAG),
	[OLD] = PMAP_FIELD("old", PMAP_HEX),
	[OLD_KIND] = PMAP_FIELD("old_kind", PMAP_WORD),
	[NEW] = PMAP_FIELD("new", PMAP_HEX),
	[NEW_KIND] = PMAP_FIELD("new_kind", PMAP_WORD),
};

static const uint8_t columns[] = { ENTRY, SLOT };

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS,
	.columns = columns, .ncolumns = sizeof(columns), .note_at = 2,
};

struct show {
	const struct pmap_plan *plan;
	struct pmap_writer writer;
	struct pmap_merge merge;
	struct change held;
};

static enum pml_kind kind_of(const struct pmap_plan *plan, int level, uint64_t raw)
{
	return pml_classify(&plan->space, level, raw);
}

static uint64_t address_of(const struct pmap_plan *plan, int level, uint64_t raw)
{
	return kind_of(plan, level, raw) == PML_LEAF ?
	       pml_leaf_pa(&plan->space, level, raw) : 0;
}

/* Does an entry go on with the one before it: the same, or the next page? */
static bool goes_on(const struct pmap_plan *plan, int level, uint64_t before,
		    uint64_t raw)
{
	uint64_t from = address_of(plan, level, before);
	uint64_t to = address_of(plan, level, raw);
	uint64_t size = pml_entry_span(plan->space.fmt, level) + 1;

	if (kind_of(plan, level, before) != kind_of(plan, level, raw))
		return false;
	return before == raw || (from && to == from + size &&
				 (before ^ raw) == (from ^ to));
}

static bool join(void *held, const void *next, void *arg)
{
	struct change *h = held;
	const struct change *n = next;
	const struct pmap_plan *plan = ((struct show *)arg)->plan;
	int level = h->first.level;

	if (level != n->first.level || h->first.fresh != n->first.fresh ||
	    h->last_pa + plan->space.fmt->entry_size != n->first.slot_pa ||
	    !(n->first.slot_pa & (pml_table_size(plan->space.fmt, level) - 1)) ||
	    !goes_on(plan, level, h->last_old, n->first.old) ||
	    !goes_on(plan, level, h->last_raw, n->first.raw))
		return false;
	h->last_pa = n->first.slot_pa;
	h->last_old = n->first.old;
	h->last_raw = n->first.raw;
	h->count++;
	return true;
}

static void add_note(struct pmap_text *note, const struct show *s,
		     const struct change *c)
{
	const struct pmap_plan *plan = s->plan;
	int level = c->first.level;

	if (c->count > 1)
		pmap_text_add(note, " and %" PRIu64 " more", c->count - 1);
	if (c->first.fresh)
		pmap_text_puts(note, ", new table");
	else
		pmap_text_puts(note, "\n  old"),
		pmap_add_entry(note, &plan->space, level,
			       kind_of(plan, level, c->first.old), c->first.old);
	pmap_text_puts(note, "\n  new");
	pmap_add_entry(note, &plan->space, level,
		       kind_of(plan, level, c->first.raw), c->first.raw);
}

static void emit(const void *record, void *arg)
{
	const struct change *c = record;
	struct show *s = arg;
	const struct pmap_plan *plan = s->plan;
	struct pmap_text note = { 0 };
	struct pmap_row row;
	int level = c->first.level;

	pmap_row_init(&row);
	pmap_row_word(&row, ENTRY, plan->space.fmt->level[level].name);
	pmap_row_number(&row, LEVEL, level);
	pmap_row_number(&row, SLOT, c->first.slot_pa);
	pmap_row_number(&row, COUNT, c->count);
	pmap_row_number(&row, VA, c->first.va);
	pmap_row_number(&row, NEW_TABLE, c->first.fresh);
	pmap_row_number(&row, OLD, c->first.old);
	pmap_row_word(&row, OLD_KIND, pmap_kind_name(kind_of(plan, level, c->first.old)));
	pmap_row_number(&row, NEW, c->first.raw);
	pmap_row_word(&row, NEW_KIND, pmap_kind_name(kind_of(plan, level, c->first.raw)));
	add_note(&note, s, c);
	row.note = note.data;
	pmap_write(&s->writer, &row);
	pmap_text_free(&note);
}

static void show_entries(struct show *s, const struct pmap_store *entries, size_t n)
{
	s->merge = (struct pmap_merge){
		.held = &s->held, .size = sizeof(s->held),
		.join = join, .emit = emit, .arg = s,
	};
	for (size_t i = 0; i < n; i++) {
		struct change one = {
			.first = entries[i], .last_pa = entries[i].slot_pa,
			.last_old = entries[i].old, .last_raw = entries[i].raw,
			.count = 1,
		};

		pmap_merge_add(&s->merge, &one);
	}
	pmap_merge_flush(&s->merge);
	pmap_writer_end(&s->writer);
}

/* --- Runs ----------------------------------------------------------------- */

/* The range as a space has it, for people. */
static void show_runs(const struct pmap_plan *plan, const struct pml_space *space,
		      const char *title)
{
	struct pmap_query *q = plan->q;
	struct pmap_run held = { 0 }, run;
	struct pmap_writer w;
	struct pml_cursor c;
	struct pml_record r;
	bool has = false;

	pmap_text_add(q->out, "%s\n", title);
	pmap_run_begin(&w, q);
	pml_cursor_init(&c, space, plan->first, plan->last, 0);
	while (!pmap_bridge_interrupted() && w.rows < RUNS_MAX && pml_next(&c, &r)) {
		if (r.kind == PML_HOLE) {
			if (has)
				pmap_write_run(&w, &held);
			has = false;
			continue;
		}
		pmap_run_from(&run, &q->target, &r);
		if (has && pmap_run_join(&held, &run, false))
			continue;
		if (has)
			pmap_write_run(&w, &held);
		held = run;
		has = true;
	}
	if (has)
		pmap_write_run(&w, &held);
	if (w.rows >= RUNS_MAX)
		pmap_text_puts(q->out, "...\n");
	pmap_writer_end(&w);
}

/* --- All of it ------------------------------------------------------------ */

static bool is_zero(const unsigned char *bytes)
{
	for (size_t i = 0; i < PMAP_OVERLAY_PAGE; i++)
		if (bytes[i])
			return false;
	return true;
}

static void show_tables(const struct pmap_plan *plan)
{
	struct pmap_query *q = plan->q;

	for (size_t i = 0; i < plan->ntables; i++) {
		const struct pmap_overlay_page *page =
			pmap_overlay_page(&plan->overlay, plan->tables[i]);

		pmap_text_add(q->out, "new table at 0x%" PRIx64 "%s\n",
			      plan->tables[i], is_zero(page->was) ? "" :
			      " (the page is not empty: what is in it is lost)");
	}
}

static void show_flush(const struct pmap_plan *plan)
{
	const struct pml_pending *p = &plan->pending;
	size_t broken = 0;

	for (size_t i = 0; i < plan->nstores; i++)
		broken += plan->stores[i].break_first && !plan->stores[i].fresh;
	if (broken)
		pmap_text_add(plan->q->out, "%zu entr%s empty for a moment: break-before-make\n",
			      broken, broken == 1 ? "y is" : "ies are");

	if (p->flush && !plan->q->opt.flush)
		pmap_text_add(plan->q->out, "TLBs may still have 0x%" PRIx64 "-0x%" PRIx64 " as it was: flushing them is yours (--flush)\n",
			      p->first, p->last);
}

int pmap_plan_show(const struct pmap_plan *plan)
{
	struct pmap_query *q = plan->q;
	struct show s = { .plan = plan };
	struct pmap_store *entries;
	size_t n;
	int status = pmap_plan_entries(plan, &entries, &n);

	if (status)
		return status;
	pmap_writer_begin(&s.writer, q, &schema, 0);
	show_entries(&s, entries, n);
	free(entries);
	pmap_result_u64(q->call, "entries", n);
	pmap_result_u64(q->call, "tables", plan->ntables);
	if (s.writer.shape != PMAP_SHAPE_TEXT)
		return 0;
	if (!n)
		pmap_text_puts(q->out, "nothing changes: it is like that already\n");
	show_tables(plan);
	if (n) {
		show_runs(plan, &q->target.space, "before:");
		show_runs(plan, &plan->space, "after:");
		show_flush(plan);
	}
	return 0;
}

void pmap_plan_end(struct pmap_query *q, const char *what)
{
	if (!q->opt.json && !q->opt.csv)
		pmap_text_add(q->out, "%s\n", what);
}
