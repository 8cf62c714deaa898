/*
 * Watching a mapping: which entries it is made of, and where the kernel writes them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memory/cache.h"
#include "target/arch.h"
#include "target/nesting.h"
#include "traverse/runs.h"

#define ENTRIES_MAX	4096	/* of one region */

/* --- The entries of a range ------------------------------------------------ */

void pmap_watch_forget(struct pmap_watched *w)
{
	for (unsigned i = 0; i < w->regions; i++)
		free(w->region[i].raw);
	w->regions = 0;
}

/* Entries of a record: one more region, or more of the last at its level. */
static bool add_entries(struct pmap_watched *w, const struct pml_record *r)
{
	uint64_t count = (r->last >> r->shift) - (r->va >> r->shift) + 1;
	unsigned size = pmap_watch_entry_size(w);
	struct pmap_watch_region *region = NULL;

	for (unsigned i = 0; i < w->regions; i++)
		if (w->region[i].level == r->level &&
		    w->region[i].slot_pa + w->region[i].count * size == r->slot_pa)
			region = &w->region[i];
	if (!region) {
		if (w->regions == PMAP_WATCH_REGIONS)
			return false;
		region = &w->region[w->regions++];
		*region = (struct pmap_watch_region){
			.slot_pa = r->slot_pa, .level = r->level,
			.va = pml_record_base(r),
		};
	}
	if (count > ENTRIES_MAX - region->count)
		return false;
	region->count += count;
	return true;
}

static bool read_entries(const struct pmap_watched *w, const struct pml_space *space,
			 struct pmap_watch_region *region)
{
	unsigned size = pmap_watch_entry_size(w);

	region->raw = calloc(region->count, sizeof(*region->raw));
	if (!region->raw)
		return false;
	for (unsigned i = 0; i < region->count; i++) {
		const void *at = space->at(space->ctx, region->slot_pa + i * size,
					   size);

		if (!at)
			return false;
		memcpy(&region->raw[i], at, size);
	}
	return true;
}

/* All entries of the walks to first..last, as they are now; w has none yet. */
int pmap_watch_entries(struct pmap_query *q, struct pmap_watched *w)
{
	struct pml_space space = w->space;
	struct pml_cursor c;
	struct pml_record r;

	space.at = pmap_cache_at;
	space.ctx = q->cache;
	pml_cursor_init(&c, &space, w->first, w->last, PML_PRE);
	while (pml_next(&c, &r)) {
		if (r.kind == PML_UNREADABLE || !r.slot)
			return pmap_fail(q, PMAP_STATUS_UNREADABLE,
					 "a table on the way to 0x%" PRIx64 " cannot be read", r.va);
		if (!add_entries(w, &r))
			return pmap_fail(q, PMAP_STATUS_USAGE,
					 "0x%" PRIx64 "-0x%" PRIx64 " has entries in more than %d places: watch less",
					 w->first, w->last, PMAP_WATCH_REGIONS);
	}
	for (unsigned i = 0; i < w->regions; i++)
		if (!read_entries(w, &space, &w->region[i]))
			return pmap_fail(q, PMAP_STATUS_UNREADABLE,
					 "the entry at 0x%" PRIx64 " cannot be read",
					 w->region[i].slot_pa);
	return 0;
}

/* --- Where the kernel writes them ------------------------------------------ */

static bool note_run(void *arg, const struct pmap_run *run)
{
	struct pmap_watched *w = arg;
	uint64_t size = run->last - run->va + 1;
	uint64_t good = size | (run->rights & PML_U ? 0 : 1ULL << 63);

	if (run->kind != PML_LEAF || run->differs & PMAP_DIFFERS_PA ||
	    !(run->rights & PML_W))
		return true;
	for (unsigned i = 0; i < w->regions; i++) {
		struct pmap_watch_region *region = &w->region[i];
		uint64_t bytes = (uint64_t)region->count * pmap_watch_entry_size(w);

		if (region->slot_pa < run->pa || region->slot_pa - run->pa > size - bytes ||
		    size < bytes || good <= region->best)
			continue;
		region->at = run->va + (region->slot_pa - run->pa);
		region->best = good;
	}
	return true;
}

/*
 * The address of an entry through a table's own entry number `index' of the root:
 * that many indices of `va' moved down, `index' before them.
 */
static uint64_t recursive_address(const struct pml_format *fmt, uint64_t va,
				  int level, uint64_t index)
{
	int top = fmt->level[fmt->levels].shift, bits = fmt->level[1].bits;
	uint64_t mask = fmt->va_bits == 64 ? ~0ULL : (1ULL << fmt->va_bits) - 1;

	for (int i = 0; i < level; i++)
		va = (va & mask) >> bits | index << top;
	va &= -(uint64_t)fmt->entry_size;
	if (fmt->sign_extended && va >> (fmt->va_bits - 1) & 1)
		va |= ~mask;
	return va;
}

/* Does `va' lead there, by tables of now? */
static bool leads_to(const struct pml_space *space, uint64_t va, uint64_t pa)
{
	struct pml_target end;

	pml_translate(space, va, &end, NULL);
	return end.kind == PML_LEAF && end.pa == pa && (end.rights & PML_W);
}

static void try_recursion(struct pmap_watched *w, const struct pml_space *own)
{
	const struct pml_format *fmt = own->fmt;

	for (uint64_t index = 0; index < 1u << fmt->level[fmt->levels].bits; index++)
		for (unsigned i = 0; i < w->regions; i++) {
			struct pmap_watch_region *region = &w->region[i];
			uint64_t va = recursive_address(fmt, region->va,
							region->level, index);

			if (!region->at && leads_to(own, va, region->slot_pa))
				region->at = va;
		}
}

static bool all_found(const struct pmap_watched *w)
{
	for (unsigned i = 0; i < w->regions; i++)
		if (!w->region[i].at)
			return false;
	return true;
}

static void search_space(struct pmap_query *q, struct pmap_watched *w)
{
	struct pmap_runs_counts counts;

	pmap_runs_walk(q, NULL, note_run, w, &counts);
	if (!q->target.halves)
		try_recursion(w, &q->target.space);
}

/* Where user mode has tables of its own, a CPU may be stopped on those. */
static void search_kernel(struct pmap_query *q, struct pmap_watched *w)
{
	uint64_t root;

	if (all_found(w) || q->target.halves || !q->target.arch->user_root)
		return;
	if (q->target.arch->user_root(q, &root) == 0) {
		q->target.space.root = root;
		search_space(q, w);
	}
	q->why[0] = '\0';
}

/* By the CPU's own tables, whatever root is watched. */
void pmap_watch_addresses(struct pmap_query *q, struct pmap_watched *w)
{
	const struct pmap_options plain = { .c_bit = q->opt.c_bit };
	struct pmap_target saved = q->target;
	const bool phys = q->opt.phys;
	char why[256];

	q->target.root_given = q->target.format_given = false;
	q->target.nested = false;
	if (pmap_target_init(&q->target, &plain, why, sizeof(why)) == 0) {
		pmap_nesting_attach(&q->target, pmap_cache_at, q->cache);
		q->opt.phys = true;
		q->first = 0;
		q->last = q->target.halves ? ~0ULL : pml_top(q->target.space.fmt);
		search_space(q, w);
		search_kernel(q, w);
	}
	q->opt.phys = phys;
	q->target = saved;
}
