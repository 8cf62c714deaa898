/*
 * Outcomes of a walk in two dimensions, in words.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/words-2d.h"

#include <inttypes.h>

#include "memory/cache.h"
#include "show/words.h"
#include "target/arch.h"

const char *pmap_outer_tables(const struct pmap_target *target)
{
	return target->arch->outer_tables(target);
}

/* The guest's PDPTEs: Intel's processors read them when CR3 is loaded, not now. */
static void add_kept(struct pmap_text *out, const struct pmap_target *target,
		     const struct pml_target_2d *t)
{
	if (pml_keeps_top(&target->pair) &&
	    t->inner.level == target->pair.inner.fmt->levels)
		pmap_text_puts(out, "; the CPU uses the PDPTEs it cached when CR3 was loaded");
}

/* The read that ended the walk was the last. */
static const char *not_there(const struct pml_space *outer)
{
	return pmap_read_verb(outer->at == pmap_cache_at ?
			      pmap_cache_status(outer->ctx) : PMAP_READ_NOT_RAM);
}

/* A guest's table that hardware cannot reach, or not use. */
static void add_table_reason(struct pmap_text *out,
			     const struct pmap_target *target,
			     const struct pml_target *end)
{
	unsigned missing = pml_nested_need(target->nesting) & ~end->rights;

	if (end->kind != PML_LEAF)
		pmap_text_puts(out, " has no memory: ");
	else if (!missing)
		pmap_text_add(out, " cannot be read: 0x%" PRIx64 " %s", end->pa,
			      not_there(&target->outer));
	else
		pmap_text_add(out, " cannot be used: it is not %s in %s",
			      missing & PML_R ? "readable" :
			      missing & PML_W ? "writable" : "user mode's",
			      pmap_outer_tables(target));
}

void pmap_add_outer_reason(struct pmap_text *out,
			   const struct pmap_target *target, uint64_t gpa,
			   const struct pml_target *end)
{
	if (end->kind == PML_NONCANONICAL) {
		pmap_text_add(out, "gpa 0x%" PRIx64 " is out of the range of %s",
			      gpa, pmap_outer_tables(target));
		return;
	}
	pmap_text_add(out, "in %s, ", pmap_outer_tables(target));
	pmap_add_reason(out, &target->outer, end);
}

static void add_reason(struct pmap_text *out, const struct pmap_target *target,
		       const struct pml_target_2d *t)
{
	if (t->where == PML_IN_INNER) {
		if (t->inner.kind != PML_NONCANONICAL)
			pmap_text_puts(out, "in the guest's tables, ");
		pmap_add_reason_at(out, &target->pair.inner, &t->inner, "gpa ");
		return;
	}
	if (t->where == PML_IN_TABLE) {
		pmap_text_add(out, "the guest's %s at gpa 0x%" PRIx64,
			      target->pair.inner.fmt->level[t->inner.level].name,
			      t->gpa);
		add_table_reason(out, target, &t->outer);
		if (t->outer.kind == PML_LEAF)
			return;
	}
	pmap_add_outer_reason(out, target, t->gpa, &t->outer);
}

void pmap_add_reason_2d(struct pmap_text *out, const struct pmap_target *target,
			const struct pml_target_2d *t)
{
	add_reason(out, target, t);
	if (t->where != PML_IN_FINAL)
		add_kept(out, target, t);
}
