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
#include <string.h>

#include "memory/source.h"
#include "walkers/edit-writes.h"
#include "walkers/walkers.h"

#define RETRIES		3	/* windows that may be cut before pmap gives up */

static struct pmap_edit *newest;

struct apply {
	struct pmap_edit *edit;
	bool undo;		/* from after to before */
	bool started;		/* all was found as it should be */
	bool back;		/* something went wrong: put back what was written */
	bool written;		/* number `at' was: read it back */
	size_t at;		/* the write that is next, in the direction of the command */
	int status;		/* of the trouble that turned it round */
	unsigned retries;
	struct pmap_flush *flush;	/* all is written, and flushed now */
	char trouble[200];
};

/* --- Is it as it should be? ----------------------------------------------- */

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
	const struct pmap_edit *e = a->edit;
	size_t other = a->undo ? i + 1 : i - 1;

	return other >= e->count || e->writes[other].pa != e->writes[i].pa;
}

/* What was cut short is as before, as after, or as between two writes to one place. */
static bool is_on_the_way(const struct pmap_edit *e, size_t i,
			  const unsigned char *now)
{
	const struct pmap_edit_write *w = &e->writes[i];
	uint64_t pa = w->pa;

	for (; w->pa == pa; w--) {
		if (pmap_edit_same(e, now, pmap_edit_before(e, w), w->len, e->marks))
			return true;
		if (w == e->writes)
			break;
	}
	return false;
}

/* Nothing was written yet: all places must have what the plan, or the edit, knows. */
static bool is_as_known(struct apply *a)
{
	const struct pmap_edit *e = a->edit;
	unsigned char now[PMAP_EDIT_CHUNK];

	for (size_t i = 0; i < e->count; i++) {
		const struct pmap_edit_write *w = &e->writes[i];
		const unsigned char *want = a->undo ? pmap_edit_after(e, w) :
					    pmap_edit_before(e, w);

		if (!is_outer(a, i))
			continue;
		if (!pmap_bridge_read(w->pa, now, w->len)) {
			set_trouble(a, PMAP_STATUS_NO_MEMORY,
				    "0x%" PRIx64 " cannot be read", w->pa);
			return false;
		}
		if (pmap_edit_same(e, now, want, w->len, a->undo ? e->marks : 0))
			continue;
		if (e->unfinished && is_on_the_way(e, i, now))
			continue;
		set_trouble(a, PMAP_STATUS_UNEXPECTED, a->undo ?
			    "the entries at 0x%" PRIx64 " are no longer what the edit has left" :
			    "memory at 0x%" PRIx64 " has changed meanwhile", w->pa);
		return false;
	}
	return true;
}

/* --- The rounds ----------------------------------------------------------- */

static const struct pmap_edit_write *write_at(const struct apply *a)
{
	const struct pmap_edit *e = a->edit;

	return &e->writes[a->undo ? e->count - 1 - a->at : a->at];
}

/* What is to be there after the write that is next, or was last. */
static const unsigned char *wanted_at(const struct apply *a)
{
	const struct pmap_edit_write *w = write_at(a);

	return a->undo != a->back ? pmap_edit_before(a->edit, w) :
				    pmap_edit_after(a->edit, w);
}

static int ask_write(struct pmap_query *q)
{
	struct apply *a = q->own;
	const struct pmap_edit_write *w = write_at(a);
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
	struct pmap_edit *e = newest;

	newest = e->older;
	pmap_edit_free(e);
}

static void say_end(const struct apply *a, char *said, size_t size)
{
	const struct pmap_edit *e = a->edit;
	char tables[64] = "";

	if (!a->undo) {
		snprintf(said, size,
			 "written: %zu entr%s, %zu new table%s, each read back (`pmap undo' takes it back)",
			 e->entries, e->entries == 1 ? "y" : "ies", e->tables,
			 e->tables == 1 ? "" : "s");
		return;
	}
	if (e->tables)
		snprintf(tables, sizeof(tables), ", and %zu page%s that had become tables",
			 e->tables, e->tables == 1 ? "" : "s");
	snprintf(said, size, "undone: %zu entr%s as before%s", e->entries,
		 e->entries == 1 ? "y is" : "ies are", tables);
}

/* The end, whatever it is. */
static int end_apply(struct pmap_query *q)
{
	struct apply *a = q->own;
	const struct pmap_edit *e = a->edit;
	char said[160];

	pmap_bridge_changed();
	if (a->back) {
		if (!a->undo)
			forget_newest();
		return pmap_fail(q, a->status, "%s; what was written is put back", a->trouble);
	}
	say_end(a, said, sizeof(said));
	pmap_result_u64(q->call, "entries", e->entries);
	newest->unfinished = false;
	if (a->undo)
		forget_newest();
	pmap_plan_end(q, said);
	a->flush = pmap_flush_begin(q);
	if (q->opt.flush && !a->flush)
		pmap_flush_absent(q);
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
	const struct pmap_edit_write *w = write_at(a);
	unsigned char now[PMAP_EDIT_CHUNK];

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

	if (a->flush) {
		pmap_flush_round(q, a->flush);
		return PMAP_STATUS_OK;
	}
	if (!q->call->physical && a->started)
		return cut_short(q);
	if (!q->call->physical) {
		if (!a->undo)
			pmap_edit_free(a->edit);
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 "this target's stub cannot write physical memory (QEMU's can): nothing was written");
	}
	if (a->started)
		return a->written ? go_on(q) : end_apply(q);
	if (!is_as_known(a) || pmap_bridge_interrupted()) {
		if (!a->undo)
			pmap_edit_free(a->edit);
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

static int ask_first(struct pmap_query *q, struct pmap_edit *e, bool undo)
{
	struct apply *a = pmap_call_alloc(q->call, sizeof(*a));

	if (!a)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	a->edit = e;
	a->undo = undo;
	q->own = a;
	q->call->if_lost = pmap_edit_list(q, e, undo);
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
	struct pmap_edit *e;

	if (status)
		return status;
	if (pmap_edit_is_unfinished())
		return pmap_fail(q, PMAP_STATUS_UNEXPECTED,
				 "an edit was left unfinished: `pmap undo' first (or `pmap undo --forget')");
	e = pmap_edit_new(plan);
	if (!e)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 q->target.nested ? "an entry is in guest memory that has no page of the host's" : "out of memory");
	if (e->count)
		return ask_first(q, e, false);
	pmap_edit_free(e);
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
