/*
 * Edits: the core's engine over a copy of the tables, and what it has refused.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "show/run.h"
#include "walkers/edit.h"

/* --- The engine's memory: an overlay ---------------------------------- */

static uint64_t overlay_entry(const struct pmap_plan *plan, uint64_t slot_pa)
{
	size_t size = plan->space.fmt->entry_size;
	const void *at = pmap_overlay_at((void *)&plan->overlay, slot_pa, size);
	uint64_t raw = 0;

	if (at)
		memcpy(&raw, at, size);
	return raw;
}

static struct pmap_store *new_store(struct pmap_plan *plan)
{
	size_t n = plan->nstores;
	struct pmap_store *grown;

	if (!(n & (n - 1))) {
		grown = realloc(plan->stores, (n ? 2 * n : 1) * sizeof(*grown));
		if (!grown) {
			plan->no_memory = true;
			return NULL;
		}
		plan->stores = grown;
	}
	plan->nstores++;
	return &plan->stores[n];
}

static uint64_t store(void *ctx, const struct pml_change *change)
{
	struct pmap_plan *plan = ctx;
	uint64_t old = overlay_entry(plan, change->slot_pa);
	struct pmap_store *s = new_store(plan);

	if (s)
		*s = (struct pmap_store){
			.slot_pa = change->slot_pa, .va = change->va, .old = old,
			.raw = change->raw, .order = plan->nstores,
			.level = change->level,
			.fresh = pmap_overlay_page(&plan->overlay,
						   change->slot_pa)->fresh,
			.break_first = change->break_first,
		};
	pmap_overlay_write(&plan->overlay, change->slot_pa, &change->raw,
			   plan->space.fmt->entry_size);
	return old;
}

static const struct pml_ops ops = {
	.alloc = pmap_plan_alloc, .free = pmap_plan_give_back, .store = store,
};

/* --- A plan ----------------------------------------------------------- */

int pmap_plan_begin(struct pmap_plan *plan, struct pmap_query *q)
{
	*plan = (struct pmap_plan){ .q = q };
	if (q->target.guest_off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "paging is off in the guest: leave out --root to edit the second dimension");
	if (pmap_flush_check(q))
		return PMAP_STATUS_USAGE;
	plan->overlay.at = q->target.space.at;
	plan->overlay.ctx = q->target.space.ctx;
	plan->space = q->target.space;
	plan->space.at = pmap_overlay_at;
	plan->space.ctx = &plan->overlay;
	plan->editor = (struct pml_editor){
		.space = &plan->space, .ops = &ops, .ctx = plan,
	};
	pml_pending_init(&plan->pending);
	return pmap_plan_take_frames(plan);
}

void pmap_plan_free(struct pmap_plan *plan)
{
	pmap_overlay_free(&plan->overlay);
	free(plan->stores);
	free(plan->tables);
	free(plan->used.slot);
}

/* The operands: whole pages; START alone is the page that begins there. */
int pmap_plan_pages(struct pmap_plan *plan)
{
	struct pmap_query *q = plan->q;
	uint64_t span = pml_entry_span(plan->space.fmt, 1);
	int status = pmap_query_area(q);

	if (status)
		return status;
	plan->first = q->first;
	plan->last = q->opt.end.text ? q->last : q->first + span;
	if ((plan->first & span) || (plan->last & span) != span)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "0x%" PRIx64 "-0x%" PRIx64 " are no whole pages of %" PRIu64 " KiB",
				 plan->first, plan->last, (span + 1) >> 10);
	return 0;
}

/* What the core has refused, in words that say the way out. */
static int refuse(struct pmap_plan *plan, int status)
{
	struct pmap_query *q = plan->q;
	const struct pml_space *space = &q->target.space;
	uint64_t first, last;

	if (status == PML_EINVAL &&
	    (pml_is_cut_run(space, plan->first, plan->first, plan->last, &first, &last) ||
	     pml_is_cut_run(space, plan->last, plan->first, plan->last, &first, &last)))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "0x%" PRIx64 "-0x%" PRIx64 " are contiguous entries, of which a part cannot be changed: change all of them, or clear the bit first (`pmap edit')",
				 first, last);
	switch (status) {
	case PML_ENOMEM:
		return pmap_fail(q, PMAP_STATUS_USAGE, plan->no_memory ? "out of memory" :
				 plan->has_frames ? "--frames has too few pages for new tables (%" PRIu64 " were wanted so far): pages that cannot be read, or that tables are in, do not count" :
				 "new tables are needed: name free physical pages with --frames START,END",
				 plan->wanted);
	case PML_EEXIST:
		return pmap_fail(q, PMAP_STATUS_UNEXPECTED,
				 "something is mapped in 0x%" PRIx64 "-0x%" PRIx64 " already (see `pmap dump'): --replace maps over it",
				 plan->first, plan->last);
	case PML_ERIGHTS:
		return pmap_fail(q, PMAP_STATUS_UNEXPECTED,
				 "%s cannot be given there: the format has no such rights, or a table above takes some away (see `pmap perms 0x%" PRIx64 "')",
				 q->opt.rights_word, plan->first);
	case PML_ERECURSIVE:
		return pmap_fail(q, PMAP_STATUS_UNEXPECTED,
				 "the range has a table that is on its own path (a recursive slot): it is not changed");
	case PML_EUNREADABLE:
		return pmap_fail(q, PMAP_STATUS_UNREADABLE,
				 "a table in the range cannot be read (see `pmap dump 0x%" PRIx64 "')",
				 plan->first);
	default:
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "the core refuses: an address, a memory type or a page size that the format does not have, or a page that cannot be split");
	}
}

/* The first round of all commands: show the plan, and --apply begins. */
int pmap_plan_carry_out(struct pmap_plan *plan, int core_status)
{
	struct pmap_query *q = plan->q;
	int status;

	if (core_status)
		return refuse(plan, core_status);
	if (plan->no_memory)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	status = pmap_plan_show(plan);
	if (status)
		return status;
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted; nothing was written");
	if (q->opt.apply)
		return pmap_apply_begin(plan);
	pmap_plan_end(q, "dry run: nothing was written (--apply writes)");
	return PMAP_STATUS_OK;
}

/* The result does not show what was asked for: nothing is written then. */
int pmap_plan_broken(struct pmap_plan *plan, const struct pml_record *r)
{
	return pmap_fail(plan->q, PMAP_STATUS_INTERNAL,
			 "the result, walked again, is not what was asked for at 0x%" PRIx64 " (%s): nothing was written",
			 r->va, pmap_kind_name(r->kind));
}
