/*
 * Pages for new tables: those of --frames in which no table is, neither one of the
 * overlay's nor one that the space has anywhere.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdlib.h>

#include "traverse/traverse.h"
#include "walkers/edit.h"

/* --- Tables that are there -------------------------------------------- */

/*
 * Keys: a table's address and level, which tells that it was walked; a page in
 * which a table is.  Tables are multiples of 64 bytes.
 */
#define PAGE_USED	63

static uint64_t key_of(const void *slot)
{
	return *(const uint64_t *)slot;
}

static const struct pmap_hash_kind kind = { sizeof(uint64_t), key_of };

/* False: it is there already, or memory is short. */
static bool note(struct pmap_plan *plan, uint64_t key)
{
	uint64_t *slot;

	if (!pmap_hash_room(&plan->used, &kind)) {
		plan->no_memory = true;
		return false;
	}
	slot = pmap_hash_find(&plan->used, key, &kind);
	if (*slot)
		return false;
	*slot = key;
	plan->used.used++;
	return true;
}

static void note_table(struct pmap_plan *plan, uint64_t pa, int level)
{
	size_t size = pml_table_size(plan->space.fmt, level);
	uint64_t page = pa & -(uint64_t)PMAP_OVERLAY_PAGE;

	for (; page < pa + size; page += PMAP_OVERLAY_PAGE)
		note(plan, page | PAGE_USED);
}

/* Last tables are not looked into. */
static void note_space(struct pmap_plan *plan, uint64_t first, uint64_t last)
{
	const struct pml_space *space = &plan->q->target.space;
	struct pmap_traverse traverse;
	struct pml_record r;

	note_table(plan, pml_root_pa(space), space->fmt->levels);
	pmap_traverse_begin(&traverse, plan->q, first, last, PML_PRE);
	while (!plan->no_memory && pmap_traverse_next(&traverse, &r)) {
		int level = r.level - 1;
		bool walked;

		if (r.kind != PML_TABLE)
			continue;
		walked = !note(plan, r.pa + (unsigned)level);
		note_table(plan, r.pa, level);
		if (walked || level == 1)
			pmap_traverse_skip(&traverse, &r);
	}
	pmap_traverse_end(&traverse);
}

/* Of both halves, where there are two.  Ctrl-C ends it, and the edit. */
static void note_all(struct pmap_plan *plan)
{
	struct pmap_target *target = &plan->q->target;
	const struct pmap_target chosen = *target;
	struct pmap_piece piece;

	for (unsigned i = 0; pmap_target_piece(target, i, 0, ~0ULL, &piece); i++)
		if (pmap_target_select(target, piece.first) && target->space.fmt)
			note_space(plan, piece.first, target->halves ? piece.last :
				   pml_top(target->space.fmt));
	*target = chosen;
}

static bool is_used(const struct pmap_plan *plan, uint64_t pa, size_t size)
{
	for (size_t at = 0; at < size && !plan->no_memory; at += PMAP_OVERLAY_PAGE)
		if (*(const uint64_t *)pmap_hash_find(&plan->used,
						      (pa + at) | PAGE_USED, &kind))
			return true;
	return plan->no_memory;
}

/* --- Pages for new ones ------------------------------------------------ */

/* All pages of a table, or none. */
static bool take_table(struct pmap_plan *plan, uint64_t pa, size_t size)
{
	for (size_t at = 0; at < size; at += PMAP_OVERLAY_PAGE) {
		if (pmap_overlay_take(&plan->overlay, pa + at))
			continue;
		while (at) {
			at -= PMAP_OVERLAY_PAGE;
			pmap_overlay_give_back(&plan->overlay, pa + at);
		}
		return false;
	}
	return true;
}

static size_t pages_size(const struct pmap_plan *plan, int level)
{
	size_t size = pml_table_size(plan->space.fmt, level);

	return size < PMAP_OVERLAY_PAGE ? PMAP_OVERLAY_PAGE : size;
}

static bool note_new(struct pmap_plan *plan, uint64_t pa)
{
	uint64_t *grown = realloc(plan->tables,
				  (plan->ntables + 1) * sizeof(*grown));

	if (!grown) {
		plan->no_memory = true;
		return false;
	}
	plan->tables = grown;
	plan->tables[plan->ntables++] = pa;
	return true;
}

bool pmap_plan_alloc(void *ctx, int level, uint64_t *pa_ret)
{
	struct pmap_plan *plan = ctx;
	size_t size = pages_size(plan, level);

	plan->wanted++;
	if (!plan->has_frames || size & (size - 1))
		return false;
	for (;;) {
		uint64_t pa = (plan->frame + size - 1) & -(uint64_t)size;

		if (pa < plan->frame || pa > plan->last_frame ||
		    plan->last_frame - pa < size - 1)
			return false;
		plan->frame = pa + size;
		if (is_used(plan, pa, size) || !take_table(plan, pa, size))
			continue;
		*pa_ret = pa;
		return note_new(plan, pa);
	}
}

void pmap_plan_give_back(void *ctx, int level, uint64_t pa)
{
	struct pmap_plan *plan = ctx;
	size_t n = 0;

	for (size_t at = 0; at < pages_size(plan, level); at += PMAP_OVERLAY_PAGE)
		pmap_overlay_give_back(&plan->overlay, pa + at);
	for (size_t i = 0; i < plan->ntables; i++)
		if (plan->tables[i] != pa)
			plan->tables[n++] = plan->tables[i];
	plan->ntables = n;
}

int pmap_plan_take_frames(struct pmap_plan *plan)
{
	struct pmap_query *q = plan->q;
	const struct pmap_expr_range *range = &q->opt.frames;

	plan->has_frames = range->start.text;
	if (!plan->has_frames)
		return 0;
	plan->frame = range->start.value;
	plan->last_frame = range->end.text ?
			   (range->end_is_length ? plan->frame : 0) +
			   range->end.value - 1 : plan->frame + 4095;
	if (plan->last_frame >= plan->frame && !(plan->frame & 4095)) {
		note_all(plan);
		return 0;
	}
	return pmap_fail(q, PMAP_STATUS_USAGE,
			 "--frames: 0x%" PRIx64 "-0x%" PRIx64 " are no whole pages of physical memory",
			 plan->frame, plan->last_frame);
}
