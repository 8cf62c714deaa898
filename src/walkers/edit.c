/*
 * pmap edit, map, unmap, protect: what the core's writable half would do to
 * these tables.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/edit.h"

#include <inttypes.h>

#include "walkers/walkers.h"

/* --- map, unmap, protect ---------------------------------------------- */

static int check_mapped(struct pmap_plan *plan, const struct pml_attr *attr,
			uint64_t pa)
{
	struct pml_cursor c;
	struct pml_record r;

	pml_cursor_init(&c, &plan->space, plan->first, plan->last, 0);
	while (pml_next(&c, &r))
		if (attr->rights ? r.kind != PML_LEAF || r.rights != attr->rights ||
				   r.pa != pa + (r.va - plan->first) :
				   r.kind != PML_NONPRESENT)
			return pmap_plan_broken(plan, &r);
	return 0;
}

int pmap_map(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(pmap_plan_free))) struct pmap_plan plan = { 0 };
	struct pml_attr attr;
	int status, core;

	if (q->own)
		return pmap_apply_round(q);
	status = pmap_plan_begin(&plan, q);
	if (!status && !q->opt.to.text)
		status = pmap_fail(q, PMAP_STATUS_USAGE,
				   "where to? pmap map START +LEN PA RIGHTS");
	if (!status)
		status = pmap_plan_pages(&plan);
	if (!status)
		status = pmap_edit_attr(&plan, &attr);
	if (status)
		return status;
	core = pml_map(&plan.editor, plan.first, plan.last, q->opt.to.value, &attr,
		       q->opt.replace ? PML_REPLACE | PML_OWN_NONPRESENT : 0,
		       &plan.pending);
	if (!core)
		status = check_mapped(&plan, &attr, q->opt.to.value);
	return status ? status : pmap_plan_carry_out(&plan, core);
}

static int check_unmapped(struct pmap_plan *plan)
{
	struct pml_cursor c;
	struct pml_record r;

	pml_cursor_init(&c, &plan->space, plan->first, plan->last, 0);
	while (pml_next(&c, &r))
		if (r.kind != PML_HOLE)
			return pmap_plan_broken(plan, &r);
	return 0;
}

int pmap_unmap(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(pmap_plan_free))) struct pmap_plan plan = { 0 };
	int status, core;

	if (q->own)
		return pmap_apply_round(q);
	status = pmap_plan_begin(&plan, q);
	if (!status)
		status = pmap_plan_pages(&plan);
	if (status)
		return status;
	core = pml_unmap(&plan.editor, plan.first, plan.last, 0, &plan.pending);
	if (!core)
		status = check_unmapped(&plan);
	return status ? status : pmap_plan_carry_out(&plan, core);
}

static int check_protected(struct pmap_plan *plan, unsigned rights)
{
	struct pml_cursor c;
	struct pml_record r;

	pml_cursor_init(&c, &plan->space, plan->first, plan->last, 0);
	while (pml_next(&c, &r))
		if (r.kind == PML_LEAF && r.rights != rights)
			return pmap_plan_broken(plan, &r);
	return 0;
}

int pmap_protect(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(pmap_plan_free))) struct pmap_plan plan = { 0 };
	unsigned rights = 0;
	int status, core;

	if (q->own)
		return pmap_apply_round(q);
	status = pmap_plan_begin(&plan, q);
	if (!status)
		status = pmap_plan_pages(&plan);
	if (!status)
		status = pmap_edit_rights(q, &rights);
	if (status)
		return status;
	core = pml_protect(&plan.editor, plan.first, plan.last, rights,
			   PML_OWN_NONPRESENT, &plan.pending);
	if (!core)
		status = check_protected(&plan, rights);
	return status ? status : pmap_plan_carry_out(&plan, core);
}

/* --- edit ------------------------------------------------------------- */

/* The entry that is meant: the last of the walk, or that of --level. */
static int find_entry(struct pmap_plan *plan, struct pml_slot *slot)
{
	struct pmap_query *q = plan->q;
	uint64_t va = q->opt.start.value;
	int level = q->opt.level.text ? (int)q->opt.level.value : 0;
	struct pml_target end;
	struct pml_steps steps;

	if (pmap_query_canonical(q, va))
		return PMAP_STATUS_NONCANONICAL;
	pml_translate(&plan->space, va, &end, &steps);
	for (int i = steps.count; i-- > 0;) {
		const struct pml_step *step = &steps.step[i];

		if (level && step->level != level)
			continue;
		if (step->kind == PML_UNREADABLE)
			break;
		*slot = (struct pml_slot){
			.slot = pmap_overlay_at(&plan->overlay, step->slot_pa,
						plan->space.fmt->entry_size),
			.slot_pa = step->slot_pa,
			.va = va & ~pml_entry_span(plan->space.fmt, step->level),
			.raw = step->raw, .level = step->level,
			.kind = pml_classify(&plan->space, step->level, step->raw),
		};
		return 0;
	}
	return pmap_fail(q, PMAP_STATUS_UNREADABLE,
			 level ? "the walk to 0x%" PRIx64 " has no entry of level %d that can be read (see `pmap walk')" :
			 "no entry of the walk to 0x%" PRIx64 " can be read", va, level);
}

int pmap_edit(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(pmap_plan_free))) struct pmap_plan plan = { 0 };
	struct pml_slot slot = { 0 };
	uint64_t raw = 0;
	int status;

	if (q->own)
		return pmap_apply_round(q);
	status = pmap_plan_begin(&plan, q);
	if (!status)
		status = find_entry(&plan, &slot);
	if (!status)
		status = pmap_edit_value(q, &slot, &raw);
	if (status)
		return status;
	plan.first = slot.va;
	plan.last = slot.va + pml_entry_span(plan.space.fmt, slot.level);
	pml_put(&plan.editor, &slot, pml_classify(&plan.space, slot.level, raw),
		raw, 0, 0);
	if (slot.raw & plan.space.fmt->present)
		pml_note_flush(&plan.pending, plan.first, plan.last);
	return pmap_plan_carry_out(&plan, PML_OK);
}
