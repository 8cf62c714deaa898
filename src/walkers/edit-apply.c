/*
 * --apply and `pmap undo': a plan's writes, made one by one.
 *
 * The order is one that hardware may see at any moment: new tables, which
 * nothing refers to yet, then entries in the engine's order; where the
 * architecture asks for it an entry is emptied before it is replaced.  Each
 * write is a round of its own in the stub's physical memory mode, and is read
 * back there.  What goes wrong on the way, Ctrl-C included, turns the direction
 * round: what was written is put back, newest first.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/source.h"
#include "walkers/edit.h"
#include "walkers/walkers.h"

#define CHUNK		256	/* bytes of a new table that are written at a time */
#define LOST_MAX	200	/* entries that are listed where the target is gone */
#define RETRIES		3	/* windows that may be cut before pmap gives up */

/* One write: `len' bytes of before and of after, in the edit's pool. */
struct write {
	uint64_t pa;		/* the host's, in two dimensions */
	size_t bytes;		/* in the pool: before, then after */
	uint16_t len;
};

/* An edit that was applied, or is being. */
struct edit {
	struct edit *older;
	struct write *writes;
	size_t count;
	unsigned char *pool;
	size_t used;
	uint64_t marks;		/* accessed and dirty, which a processor sets */
	uint8_t entry_size;
	size_t entries, tables;
	bool unfinished;	/* the target was lost on the way */
};

static struct edit *newest;

struct apply {
	struct edit *edit;
	bool undo;		/* from after to before */
	bool started;		/* all was found as it should be */
	bool back;		/* something went wrong: put back what was written */
	bool written;		/* number `at' was: read it back */
	size_t at;		/* the write that is next, in the direction of the command */
	int status;		/* of the trouble that turned it round */
	unsigned retries;
	char trouble[200];
};

/* --- Edits ---------------------------------------------------------------- */

static void free_edit(struct edit *e)
{
	free(e->writes);
	free(e->pool);
	free(e);
}

static unsigned char *before_of(const struct edit *e, const struct write *w)
{
	return e->pool + w->bytes;
}

static unsigned char *after_of(const struct edit *e, const struct write *w)
{
	return e->pool + w->bytes + w->len;
}

static bool add_write(struct edit *e, uint64_t pa, const void *before,
		      const void *after, size_t len)
{
	struct write *writes = realloc(e->writes, (e->count + 1) * sizeof(*writes));
	unsigned char *pool = realloc(e->pool, e->used + 2 * len);

	if (writes)
		e->writes = writes;
	if (pool)
		e->pool = pool;
	if (!writes || !pool)
		return false;
	e->writes[e->count++] = (struct write){ pa, e->used, len };
	memcpy(e->pool + e->used, before, len);
	memcpy(e->pool + e->used + len, after, len);
	e->used += 2 * len;
	return true;
}

/* Where the host has what the tables call `pa'; false: nowhere. */
static bool host_address(const struct pmap_query *q, uint64_t pa, uint64_t *ret)
{
	struct pml_target end;

	*ret = pa;
	if (!q->target.nested)
		return true;
	pml_translate(&q->target.outer, pa, &end, NULL);
	*ret = end.pa;
	return end.kind == PML_LEAF;
}

static bool add_table(struct edit *e, const struct pmap_plan *plan, uint64_t pa)
{
	const struct pmap_overlay_page *page = pmap_overlay_page(&plan->overlay, pa);
	uint64_t host;

	if (!host_address(plan->q, pa, &host))
		return false;
	for (size_t at = 0; at < PMAP_OVERLAY_PAGE; at += CHUNK)
		if (memcmp(page->was + at, page->now + at, CHUNK) != 0 &&
		    !add_write(e, host + at, page->was + at, page->now + at, CHUNK))
			return false;
	return true;
}

static bool add_entry(struct edit *e, const struct pmap_plan *plan,
		      const struct pmap_store *s)
{
	static const uint64_t empty;
	uint64_t host;

	if (!host_address(plan->q, s->slot_pa, &host))
		return false;
	if (!s->break_first)
		return add_write(e, host, &s->old, &s->raw, e->entry_size);
	return add_write(e, host, &s->old, &empty, e->entry_size) &&
	       add_write(e, host, &empty, &s->raw, e->entry_size);
}

static int by_order(const void *a, const void *b)
{
	const struct pmap_store *x = a, *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

/* All pages of new tables, then the entries in order. */
static bool add_all(struct edit *e, const struct pmap_plan *plan,
		    struct pmap_store *entries, size_t n)
{
	for (size_t i = 0; i < plan->ntables; i++) {
		uint64_t pa = plan->tables[i];
		const struct pmap_overlay_page *page;

		for (; (page = pmap_overlay_page(&plan->overlay, pa)) &&
		     page->fresh; pa += PMAP_OVERLAY_PAGE) {
			if (!add_table(e, plan, pa))
				return false;
			if (i + 1 < plan->ntables &&
			    pa + PMAP_OVERLAY_PAGE == plan->tables[i + 1])
				break;
		}
	}
	qsort(entries, n, sizeof(*entries), by_order);
	for (size_t i = 0; i < n; i++) {
		if (entries[i].fresh)
			continue;
		if (!add_entry(e, plan, &entries[i]))
			return false;
		e->entries++;
	}
	return true;
}

static struct edit *new_edit(const struct pmap_plan *plan)
{
	const struct pml_format *fmt = plan->space.fmt;
	struct edit *e = calloc(1, sizeof(*e));
	struct pmap_store *entries = NULL;
	size_t n;

	if (!e)
		return NULL;
	e->marks = fmt->accessed | fmt->dirty;
	e->entry_size = fmt->entry_size;
	e->tables = plan->ntables;
	if (pmap_plan_entries(plan, &entries, &n) || !add_all(e, plan, entries, n)) {
		free_edit(e);
		e = NULL;
	}
	free(entries);
	return e;
}

/* --- Is it as it should be? ----------------------------------------------- */

/* The same, but for bits that a processor sets by itself. */
static bool same_entries(const struct edit *e, const unsigned char *a,
			 const unsigned char *b, size_t len, uint64_t marks)
{
	for (size_t at = 0; at < len; at += e->entry_size) {
		uint64_t x = 0, y = 0;

		memcpy(&x, a + at, e->entry_size);
		memcpy(&y, b + at, e->entry_size);
		if ((x ^ y) & ~marks)
			return false;
	}
	return true;
}

__attribute__((format(printf, 3, 4)))
static void set_trouble(struct apply *a, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(a->trouble, sizeof(a->trouble), format, args);
	va_end(args);
	a->status = status;
}

/* Is number `i' the first, or the last, of those to its place? */
static bool is_outer(const struct apply *a, size_t i)
{
	const struct edit *e = a->edit;
	size_t other = a->undo ? i + 1 : i - 1;

	return other >= e->count || e->writes[other].pa != e->writes[i].pa;
}

/* Nothing was written yet: all places must have what the plan, or the edit, knows. */
static bool is_as_known(struct apply *a)
{
	const struct edit *e = a->edit;
	unsigned char now[CHUNK];

	for (size_t i = 0; i < e->count; i++) {
		const struct write *w = &e->writes[i];
		const unsigned char *want = a->undo ? after_of(e, w) : before_of(e, w);

		if (!is_outer(a, i))
			continue;
		if (!pmap_bridge_read(w->pa, now, w->len)) {
			set_trouble(a, PMAP_STATUS_NO_MEMORY,
				    "0x%" PRIx64 " cannot be read", w->pa);
			return false;
		}
		if (same_entries(e, now, want, w->len, a->undo ? e->marks : 0))
			continue;
		if (e->unfinished && same_entries(e, now, before_of(e, w), w->len, e->marks))
			continue;
		set_trouble(a, PMAP_STATUS_UNEXPECTED, a->undo ?
			    "the entries at 0x%" PRIx64 " are no longer what the edit has left" :
			    "memory at 0x%" PRIx64 " has changed meanwhile", w->pa);
		return false;
	}
	return true;
}

/* --- The rounds ----------------------------------------------------------- */

static const struct write *write_at(const struct apply *a)
{
	const struct edit *e = a->edit;

	return &e->writes[a->undo ? e->count - 1 - a->at : a->at];
}

/* What is to be there after the write that is next, or was last. */
static const unsigned char *wanted_at(const struct apply *a)
{
	const struct write *w = write_at(a);

	return a->undo != a->back ? before_of(a->edit, w) : after_of(a->edit, w);
}

static int ask_write(struct pmap_query *q)
{
	struct apply *a = q->own;
	const struct write *w = write_at(a);
	struct pmap_write *to = &q->call->write;

	to->pa = w->pa;
	to->len = w->len;
	memcpy(to->bytes, wanted_at(a), w->len);
	a->written = true;
	q->asks = PMAP_NEED_WRITE;
	return PMAP_STATUS_OK;
}

static void forget_newest(void)
{
	struct edit *e = newest;

	newest = e->older;
	free_edit(e);
}

/* The end, whatever it is. */
static int end_apply(struct pmap_query *q)
{
	struct apply *a = q->own;
	const struct edit *e = a->edit;
	char said[160];

	pmap_bridge_changed();
	if (a->back) {
		if (!a->undo)
			forget_newest();
		return pmap_fail(q, a->status, "%s; what was written is put back", a->trouble);
	}
	snprintf(said, sizeof(said), a->undo ?
		 "undone: %zu entries, %zu tables are as they were" :
		 "written: %zu entries, %zu new tables, each read back (`pmap undo' takes it back)",
		 e->entries, e->tables);
	pmap_result_u64(q->call, "entries", e->entries);
	newest->unfinished = false;
	if (a->undo)
		forget_newest();
	pmap_plan_end(q, said);
	return PMAP_STATUS_OK;
}

/* Putting back does not work, either. */
static int give_up(struct pmap_query *q)
{
	struct apply *a = q->own;

	newest->unfinished = true;
	pmap_bridge_changed();
	return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
			 "%s; %zu of %zu writes are not put back, the last at 0x%" PRIx64 ": see `pmap undo'",
			 a->trouble, a->at + 1, a->edit->count, write_at(a)->pa);
}

/* The next write in the direction of now; false: there is none. */
static bool advance(struct apply *a)
{
	if (!a->back)
		return ++a->at < a->edit->count;
	return a->at-- > 0;
}

static bool is_read_back(const struct apply *a)
{
	const struct write *w = write_at(a);
	unsigned char now[CHUNK];

	return pmap_bridge_read(w->pa, now, w->len) &&
	       memcmp(now, wanted_at(a), w->len) == 0;
}

/* After a write: go on, or turn round. */
static int go_on(struct pmap_query *q)
{
	struct apply *a = q->own;

	a->written = false;
	if (!is_read_back(a)) {
		if (a->back)
			return give_up(q);
		set_trouble(a, PMAP_STATUS_NO_MEMORY,
			    "0x%" PRIx64 " does not keep what is written there",
			    write_at(a)->pa);
		a->back = true;
		return ask_write(q);
	}
	if (!a->back && a->at + 1 < a->edit->count && pmap_bridge_interrupted()) {
		set_trouble(a, PMAP_STATUS_INTERRUPTED, "interrupted");
		a->back = true;
		return ask_write(q);
	}
	return advance(a) ? ask_write(q) : end_apply(q);
}

/* The window was shut before all was done. */
static int cut_short(struct pmap_query *q)
{
	struct apply *a = q->own;

	if (a->retries++ == RETRIES)
		return give_up(q);
	if (!a->back)
		set_trouble(a, PMAP_STATUS_NO_MEMORY, "the target failed while it was written");
	a->back = true;
	return ask_write(q);
}

int pmap_apply_round(struct pmap_query *q)
{
	struct apply *a = q->own;

	if (!q->call->physical && a->started)
		return cut_short(q);
	if (!q->call->physical) {
		if (!a->undo)
			free_edit(a->edit);
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 "this target's stub cannot write physical memory (QEMU's can): nothing was written");
	}
	if (a->started)
		return a->written ? go_on(q) : end_apply(q);
	if (!is_as_known(a) || pmap_bridge_interrupted()) {
		if (!a->undo)
			free_edit(a->edit);
		return pmap_fail(q, a->status ? a->status : PMAP_STATUS_INTERRUPTED,
				 "%s: nothing was written", a->status ? a->trouble : "interrupted");
	}
	a->started = true;
	if (!a->undo) {
		a->edit->older = newest;
		a->edit->unfinished = true;
		newest = a->edit;
	}
	return ask_write(q);
}

/* --- The first round ------------------------------------------------------ */

/* For whoever has lost the target: what was to be written, in this order. */
static const char *list_writes(struct pmap_query *q, const struct apply *a)
{
	struct pmap_text text = { 0 };
	const struct edit *e = a->edit;
	char *copy;

	for (size_t i = 0; i < e->count && i < LOST_MAX; i++) {
		const struct write *w = &e->writes[a->undo ? e->count - 1 - i : i];
		uint64_t from = 0, to = 0;

		memcpy(&from, a->undo ? after_of(e, w) : before_of(e, w), e->entry_size);
		memcpy(&to, a->undo ? before_of(e, w) : after_of(e, w), e->entry_size);
		if (w->len > e->entry_size)
			pmap_text_add(&text, "  0x%" PRIx64 ": %u bytes of a new table\n", w->pa, w->len);
		else
			pmap_text_add(&text, "  0x%" PRIx64 ": 0x%" PRIx64 " -> 0x%" PRIx64 "\n", w->pa, from, to);
	}
	if (e->count > LOST_MAX)
		pmap_text_add(&text, "  and %zu more\n", e->count - LOST_MAX);
	copy = pmap_call_alloc(q->call, text.len + 1);
	if (copy && text.data)
		memcpy(copy, text.data, text.len);
	pmap_text_free(&text);
	return copy;
}

static int ask_first(struct pmap_query *q, struct edit *e, bool undo)
{
	struct apply *a = pmap_call_alloc(q->call, sizeof(*a));

	if (!a)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	a->edit = e;
	a->undo = undo;
	q->own = a;
	q->call->if_lost = list_writes(q, a);
	q->call->write.len = 0;
	q->asks = PMAP_NEED_WRITE;
	return PMAP_STATUS_OK;
}

/* Can the source's memory be written at all? */
static int check_source(struct pmap_query *q)
{
	const struct pmap_source *source = q->source;

	if (source && source->ops->live)
		return 0;
	return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
			 "nothing can be written: `source %s' only reads (%s); a QEMU that runs, with GDB at its stub, can be written to",
			 source ? source->ops->name : "none",
			 source ? source->ops->title : "no memory");
}

int pmap_apply_begin(const struct pmap_plan *plan)
{
	struct pmap_query *q = plan->q;
	int status = check_source(q);
	struct edit *e;

	if (status)
		return status;
	if (pmap_edit_is_unfinished())
		return pmap_fail(q, PMAP_STATUS_UNEXPECTED,
				 "an edit was left unfinished: `pmap undo' first (or `pmap undo --forget')");
	e = new_edit(plan);
	if (!e)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 q->target.nested ? "an entry is in guest memory that has no page of the host's" : "out of memory");
	if (e->count)
		return ask_first(q, e, false);
	free_edit(e);
	return PMAP_STATUS_OK;
}

bool pmap_edit_is_unfinished(void)
{
	return newest && newest->unfinished;
}

int pmap_undo(struct pmap_query *q)
{
	int status;

	if (q->own)
		return pmap_apply_round(q);
	if (!newest)
		return pmap_fail(q, PMAP_STATUS_UNEXPECTED,
				 "nothing to undo: no edit was applied (--apply)");
	if (q->opt.forget) {
		forget_newest();
		pmap_plan_end(q, "forgotten: what it has written stays");
		return PMAP_STATUS_OK;
	}
	status = check_source(q);
	return status ? status : ask_first(q, newest, true);
}
