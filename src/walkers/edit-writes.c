/*
 * Edits: a plan as writes to the machine's memory, in their order, with what was
 * there before.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/edit-writes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LOST_MAX	200	/* entries that are listed where the target is gone */

void pmap_edit_free(struct pmap_edit *e)
{
	free(e->writes);
	free(e->pool);
	free(e);
}

unsigned char *pmap_edit_before(const struct pmap_edit *e, const struct pmap_edit_write *w)
{
	return e->pool + w->bytes;
}

unsigned char *pmap_edit_after(const struct pmap_edit *e, const struct pmap_edit_write *w)
{
	return e->pool + w->bytes + w->len;
}

static bool add_write(struct pmap_edit *e, uint64_t pa, const void *before,
		      const void *after, size_t len)
{
	struct pmap_edit_write *writes = realloc(e->writes, (e->count + 1) * sizeof(*writes));
	unsigned char *pool = realloc(e->pool, e->used + 2 * len);

	if (writes)
		e->writes = writes;
	if (pool)
		e->pool = pool;
	if (!writes || !pool)
		return false;
	e->writes[e->count++] = (struct pmap_edit_write){ pa, e->used, len };
	memcpy(e->pool + e->used, before, len);
	memcpy(e->pool + e->used + len, after, len);
	e->used += 2 * len;
	return true;
}

/* Where the host has what the tables call `pa'; false: nowhere. */
static bool host_address(const struct pmap_query *q, uint64_t pa, uint64_t *ret)
{
	struct pml_target end;

	*ret = pa & ~q->target.clears;
	if (!q->target.nested)
		return true;
	pml_translate(&q->target.outer, pa, &end, NULL);
	*ret = end.pa & ~q->target.clears;
	return end.kind == PML_LEAF;
}

static bool add_table(struct pmap_edit *e, const struct pmap_plan *plan, uint64_t pa)
{
	const struct pmap_overlay_page *page = pmap_overlay_page(&plan->overlay, pa);
	uint64_t host;

	if (!host_address(plan->q, pa, &host))
		return false;
	for (size_t at = 0; at < PMAP_OVERLAY_PAGE; at += PMAP_EDIT_CHUNK)
		if (memcmp(page->was + at, page->now + at, PMAP_EDIT_CHUNK) != 0 &&
		    !add_write(e, host + at, page->was + at, page->now + at, PMAP_EDIT_CHUNK))
			return false;
	return true;
}

static bool add_entry(struct pmap_edit *e, const struct pmap_plan *plan,
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
static bool add_all(struct pmap_edit *e, const struct pmap_plan *plan,
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

struct pmap_edit *pmap_edit_new(const struct pmap_plan *plan)
{
	const struct pml_format *fmt = plan->space.fmt;
	struct pmap_edit *e = calloc(1, sizeof(*e));
	struct pmap_store *entries = NULL;
	size_t n;

	if (!e)
		return NULL;
	e->marks = fmt->accessed | fmt->dirty;
	e->entry_size = fmt->entry_size;
	e->tables = plan->ntables;
	if (pmap_plan_entries(plan, &entries, &n) || !add_all(e, plan, entries, n)) {
		pmap_edit_free(e);
		e = NULL;
	}
	free(entries);
	return e;
}

/* The same, but for bits that a processor sets by itself. */
bool pmap_edit_same(const struct pmap_edit *e, const unsigned char *a,
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

/* For whoever has lost the target: what was to be written, in this order. */
const char *pmap_edit_list(struct pmap_query *q, const struct pmap_edit *e,
				bool undo)
{
	struct pmap_text text = { 0 };
	char *copy;

	for (size_t i = 0; i < e->count && i < LOST_MAX; i++) {
		const struct pmap_edit_write *w = &e->writes[undo ? e->count - 1 - i : i];
		uint64_t from = 0, to = 0;

		memcpy(&from, undo ? pmap_edit_after(e, w) : pmap_edit_before(e, w), e->entry_size);
		memcpy(&to, undo ? pmap_edit_before(e, w) : pmap_edit_after(e, w), e->entry_size);
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
