/*
 * Results of a translation: the $pmap_ variables that several commands set.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/results.h"

#include "show/run.h"
#include "target/outcome.h"

void pmap_query_unset_target(struct pmap_query *q)
{
	pmap_result_void(q->call, "gpa");
	pmap_result_void(q->call, "page");
	pmap_result_void(q->call, "rights");
	pmap_result_void(q->call, "hpa");
	pmap_result_void(q->call, "where");
}

void pmap_query_set_entry(struct pmap_query *q, const struct pml_steps *steps)
{
	const struct pml_step *last;

	if (!steps->count)
		return;
	last = &steps->step[steps->count - 1];
	pmap_result_u64(q->call, "slot", last->slot_pa);
	pmap_result_u64(q->call, "level", last->level);
	if (last->kind != PML_UNREADABLE)
		pmap_result_u64(q->call, "raw", last->raw);
}

void pmap_query_set_target(struct pmap_query *q, const struct pml_target *end)
{
	char rights[PMAP_RIGHTS_NAME];

	if (end->kind != PML_LEAF)
		return;
	pmap_result_u64(q->call, "gpa", end->pa);
	pmap_result_u64(q->call, "page", 1ULL << end->shift);
	pmap_result_str(q->call, "rights",
			pmap_rights_name(pmap_target_format(&q->target),
					 end->rights, rights));
}

void pmap_query_set_target_2d(struct pmap_query *q,
			      const struct pml_target_2d *t)
{
	char rights[PMAP_RIGHTS_NAME];

	if (t->where == PML_IN_FINAL)
		pmap_result_u64(q->call, "gpa", t->gpa);
	if (!t->mapped) {
		pmap_result_str(q->call, "where", pmap_where_name(t->where));
		return;
	}
	pmap_result_u64(q->call, "hpa", t->pa);
	pmap_result_u64(q->call, "page", 1ULL << t->shift);
	pmap_result_str(q->call, "rights",
			pmap_rights_name(pmap_target_format(&q->target),
					 t->rights, rights));
}
