/*
 * pmap watch, unwatch: stop when a mapping changes.
 *
 * Watchpoints are GDB's own, on the entries of the walk, at the virtual
 * addresses by which the kernel writes them.  When one is hit, GDB's commands for
 * it ask `pmap watch --check', which compares all entries that are watched with
 * what they were, and watches others where the walk goes another way now.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/watch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/cache.h"
#include "show/entry.h"
#include "show/run.h"
#include "target/nesting.h"
#include "walkers/walkers.h"

static struct pmap_watched *watches;
static unsigned last_id;

/* What the command is at, between rounds. */
struct progress {
	size_t bpnum;		/* of call->values */
	bool asked;
	bool unwatched;
};

/* A watch that ends. */
static void free_watch(struct pmap_watched *w)
{
	pmap_watch_forget(w);
	free(w);
}

/* --- GDB's commands --------------------------------------------------------- */

__attribute__((format(printf, 2, 3)))
static void add_command(struct pmap_query *q, const char *format, ...)
{
	struct pmap_call *call = q->call;
	char *line = pmap_call_alloc(call, 80);
	va_list args;

	if (!line || call->ncommands == PMAP_COMMANDS_MAX)
		return;
	va_start(args, format);
	vsnprintf(line, 80, format, args);
	va_end(args);
	call->commands[call->ncommands++] = line;
}

/* Watchpoints for what has none; the last levels first, as many as there may be. */
static void add_watchpoints(struct pmap_query *q, struct pmap_watched *w)
{
	unsigned set = 0;
	bool left = false;

	for (int level = 1; level <= w->space.fmt->levels; level++)
		for (unsigned i = 0; i < w->regions; i++) {
			struct pmap_watch_region *region = &w->region[i];

			if (region->level != level)
				continue;
			if (!region->at || set == w->most) {
				region->at = 0;
				left = true;
				continue;
			}
			set++;
			add_command(q, "_pm_watch_%u 0x%" PRIx64 " %#x",
				    pmap_watch_entry_size(w), region->at, region->count);
		}
	if (left)
		add_command(q, "_pm_watch_stops");
}

static void take_watchpoints(struct pmap_watched *w, uint64_t last)
{
	unsigned set = 0;

	for (unsigned i = 0; i < w->regions; i++)
		set += w->region[i].at != 0;
	for (int level = 1; level <= w->space.fmt->levels; level++)
		for (unsigned i = 0; i < w->regions; i++)
			if (w->region[i].level == level && w->region[i].at)
				w->region[i].number = last - --set;
}

static void remove_watchpoints(struct pmap_query *q, struct pmap_watched *w)
{
	for (unsigned i = 0; i < w->regions; i++)
		if (w->region[i].number)
			add_command(q, "delete %u", w->region[i].number);
}

/* --- In words --------------------------------------------------------------- */

static void add_range(struct pmap_query *q, const struct pmap_watched *w)
{
	pmap_text_add(q->out, "watch %u: 0x%" PRIx64, w->id, w->first);
	if (w->last != w->first)
		pmap_text_add(q->out, "-0x%" PRIx64, w->last);
}

/* What the first address is now: "rw-u 4K 0xa01000". */
static void add_now(struct pmap_query *q, const struct pmap_watched *w)
{
	struct pml_space space = w->space;
	struct pml_cursor c;
	struct pml_record r;

	space.at = pmap_cache_at;
	space.ctx = q->cache;
	pml_cursor_init(&c, &space, w->first, w->first, 0);
	if (pml_next(&c, &r))
		pmap_add_meaning(q->out, space.fmt, &r, w->first);
}

static void add_list_line(struct pmap_query *q, const struct pmap_watched *w)
{
	unsigned left = 0;

	add_range(q, w);
	pmap_text_puts(q->out, ", ");
	add_now(q, w);
	pmap_text_puts(q->out, "; watchpoints");
	for (unsigned i = w->regions; i-- > 0;) {
		left += !w->region[i].number;
		if (w->region[i].number)
			pmap_text_add(q->out, " %u", w->region[i].number);
	}
	if (left)
		pmap_text_add(q->out, "; %u of %u places without one: checked at each stop",
			      left, w->regions);
	pmap_text_puts(q->out, "\n");
}

/* Entries that are not what they were; how many. */
static unsigned add_changes(struct pmap_query *q, struct pmap_watched *w,
			    const struct pml_space *space)
{
	const struct pml_format *fmt = space->fmt;
	unsigned changes = 0;

	for (unsigned i = 0; i < w->regions; i++)
		for (unsigned k = 0; k < w->region[i].count; k++) {
			const struct pmap_watch_region *region = &w->region[i];
			uint64_t pa = region->slot_pa + k * fmt->entry_size, raw = 0;
			const void *at = space->at(space->ctx, pa, fmt->entry_size);

			if (at)
				memcpy(&raw, at, fmt->entry_size);
			if (at && raw == region->raw[k])
				continue;
			if (!changes++) {
				add_range(q, w);
				pmap_text_puts(q->out, " has changed\n");
			}
			pmap_text_add(q->out, "%s at 0x%" PRIx64 " for 0x%" PRIx64 "\n  old",
				      fmt->level[region->level].name, pa,
				      region->va + k * (pml_entry_span(fmt, region->level) + 1));
			pmap_add_entry(q->out, space, region->level,
				       pml_classify(space, region->level, region->raw[k]),
				       region->raw[k]);
			pmap_text_puts(q->out, "\n  new");
			pmap_add_entry(q->out, space, region->level,
				       pml_classify(space, region->level, raw), raw);
			pmap_text_puts(q->out, "\n");
		}
	return changes;
}

/* --- pmap watch --check ------------------------------------------------------ */

/* Are the entries still those of the walk? */
static bool same_places(const struct pmap_watched *a, const struct pmap_watched *b)
{
	if (a->regions != b->regions)
		return false;
	for (unsigned i = 0; i < a->regions; i++)
		if (a->region[i].slot_pa != b->region[i].slot_pa ||
		    a->region[i].count != b->region[i].count)
			return false;
	return true;
}

/* One watch; true if something has changed. */
static bool check_one(struct pmap_query *q, struct pmap_watched *w)
{
	struct pml_space space = w->space;
	struct pmap_watched now = { .space = w->space, .first = w->first, .last = w->last };

	space.at = pmap_cache_at;
	space.ctx = q->cache;
	if (!add_changes(q, w, &space))
		return false;
	pmap_text_add(q->out, "0x%" PRIx64 " is now ", w->first);
	add_now(q, w);
	pmap_text_puts(q->out, "\n");
	if (pmap_watch_entries(q, &now)) {
		pmap_text_add(q->out, "%s\n", q->why);
		q->why[0] = '\0';
		pmap_watch_forget(&now);
		return true;
	}
	if (same_places(w, &now)) {
		for (unsigned i = 0; i < w->regions; i++)
			memcpy(w->region[i].raw, now.region[i].raw,
			       w->region[i].count * sizeof(uint64_t));
		pmap_watch_forget(&now);
		return true;
	}
	/* Another table: other places. */
	remove_watchpoints(q, w);
	pmap_watch_forget(w);
	memcpy(w->region, now.region, sizeof(now.region));
	w->regions = now.regions;
	pmap_watch_addresses(q, w);
	add_watchpoints(q, w);
	pmap_text_puts(q->out, "its walk goes another way now: other entries are watched\n");
	return true;
}

/* After GDB has run the commands: the numbers that it gave. */
static int ask_numbers(struct pmap_query *q)
{
	struct progress *p = q->own;

	p->bpnum = pmap_want(q->call, PMAP_QUIET, "$bpnum");
	p->asked = true;
	q->asks = PMAP_NEED_VALUES;
	return PMAP_STATUS_OK;
}

/*
 * Watchpoints were added for the newest first: their numbers end with $bpnum.
 * A watch whose regions have numbers already has not got any.
 */
static void take_numbers(struct pmap_query *q)
{
	const struct progress *p = q->own;
	const struct pmap_value *value = &q->call->values[p->bpnum];
	uint64_t last = value->present ? value->value : 0;

	for (struct pmap_watched *w = watches; w && last; w = w->older) {
		unsigned set = 0, have = 0;

		for (unsigned i = 0; i < w->regions; i++) {
			set += w->region[i].at != 0;
			have += w->region[i].number != 0;
		}
		if (!set || have)
			continue;
		take_watchpoints(w, last);
		last -= set;
	}
}

/* What was begun in the round before: commands, then numbers, then done. */
static int go_on(struct pmap_query *q)
{
	struct progress *p = q->own;

	if (p->unwatched)
		return PMAP_STATUS_OK;
	if (!p->asked)
		return ask_numbers(q);
	take_numbers(q);
	return PMAP_STATUS_OK;
}

static int run_commands(struct pmap_query *q, bool unwatched)
{
	struct progress *p = pmap_call_alloc(q->call, sizeof(*p));

	if (!p)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	p->unwatched = unwatched;
	q->own = p;
	if (q->call->ncommands)
		q->asks = PMAP_NEED_COMMANDS;
	return PMAP_STATUS_OK;
}

static int check_all(struct pmap_query *q)
{
	unsigned changed = 0;

	if (!watches || !q->source)
		return PMAP_STATUS_OK;
	/* From the oldest on the numbers would be mixed: one at a time. */
	for (struct pmap_watched *w = watches; w; w = w->older)
		if (!q->call->ncommands)
			changed += check_one(q, w);
	pmap_result_u64(q->call, "changed", changed);
	return run_commands(q, false);
}

/* --- The commands ------------------------------------------------------------ */

static int add_watch(struct pmap_query *q)
{
	struct pmap_watched *w;
	int status;

	if (q->no_space[0])
		return pmap_fail(q, PMAP_STATUS_NO_PAGING, "%s", q->no_space);
	if (!q->source)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY, "physical memory is out of reach: see `pmap source'");
	q->opt.start.value = pmap_target_untagged(&q->target, q->opt.start.value);
	status = pmap_query_area(q);
	if (status)
		return status;
	w = calloc(1, sizeof(*w));
	if (!w)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	w->space = q->target.space;
	w->fmt = *w->space.fmt;
	w->space.fmt = &w->fmt;
	w->first = q->first;
	w->last = q->last;
	w->most = q->opt.limit.text ? q->opt.limit.value : PMAP_WATCH_REGIONS;
	status = pmap_watch_entries(q, w);
	if (status) {
		free_watch(w);
		return status;
	}
	w->id = ++last_id;
	w->older = watches;
	watches = w;
	pmap_watch_addresses(q, w);
	add_watchpoints(q, w);
	pmap_result_u64(q->call, "watch", w->id);
	return run_commands(q, false);
}

static int list(struct pmap_query *q)
{
	if (!watches)
		pmap_text_puts(q->out, "nothing is watched\n");
	for (const struct pmap_watched *w = watches; w; w = w->older)
		add_list_line(q, w);
	return PMAP_STATUS_OK;
}

int pmap_watch(struct pmap_query *q)
{
	bool added = q->own && q->opt.start.text;
	int status;

	if (q->own) {
		status = go_on(q);
		if (added && q->asks == PMAP_DONE)
			add_list_line(q, watches);
		return status;
	}
	if (!q->no_space[0] && (q->target.nested || q->target.guest_off))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "a guest's tables are written by the guest: watch them without a second dimension, where GDB has stopped in the guest; or %s alone",
				 pmap_nesting_names(q->target.arch));
	if (q->opt.check)
		return check_all(q);
	return q->opt.start.text ? add_watch(q) : list(q);
}

int pmap_unwatch(struct pmap_query *q)
{
	struct pmap_watched **at = &watches;
	unsigned removed = 0;

	if (q->own)
		return go_on(q);
	while (*at) {
		struct pmap_watched *w = *at;

		if (q->opt.start.text && w->id != q->opt.start.value) {
			at = &w->older;
			continue;
		}
		remove_watchpoints(q, w);
		*at = w->older;
		free_watch(w);
		removed++;
	}
	if (!removed)
		return pmap_fail(q, PMAP_STATUS_UNEXPECTED, "nothing like that is watched: see `pmap watch'");
	return run_commands(q, true);
}
