/*
 * pmap walk: every entry on the way to an address, and how it ends.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "show/results.h"
#include "show/run.h"
#include "show/words.h"
#include "target/outcome.h"
#include "target/query.h"
#include "walkers/walkers.h"

static void text_end(struct pmap_query *q, uint64_t va,
		     const struct pml_target *end)
{
	const char *mt;
	char rights[5];

	pmap_text_add(q->out, "0x%" PRIx64 " ", va);
	if (end->kind != PML_LEAF) {
		pmap_text_puts(q->out, "is not mapped: ");
		pmap_add_reason(q->out, &q->target.space, end);
		pmap_text_puts(q->out, "\n");
		return;
	}
	pmap_text_add(q->out, "is 0x%" PRIx64 " in a ", end->pa);
	pmap_text_size(q->out, 1ULL << end->shift);
	pmap_text_add(q->out, " page, %s",
		      pmap_rights_name(end->rights, rights));
	mt = pmap_memory_type(&q->target, end->level, end->raw);
	if (mt)
		pmap_text_add(q->out, ", %s", mt);
	pmap_text_puts(q->out, "\n");
}

static void json_end(struct pmap_query *q, uint64_t va,
		     const struct pml_target *end)
{
	char rights[5];

	pmap_text_add(q->out, "{\"va\":\"0x%" PRIx64 "\",\"kind\":\"%s\"", va,
		      pmap_kind_name(end->kind));
	if (end->kind == PML_LEAF)
		pmap_text_add(q->out, ",\"pa\":\"0x%" PRIx64 "\",\"page\":%llu"
			      ",\"rights\":\"%s\"", end->pa, 1ULL << end->shift,
			      pmap_rights_name(end->rights, rights));
	pmap_text_puts(q->out, "}\n");
}

int pmap_walk(struct pmap_query *q)
{
	const struct pml_space *space = &q->target.space;
	uint64_t va = q->opt.start.value;
	struct pml_target end;
	struct pml_steps steps;
	int i;

	if (q->target.nested)
		return pmap_walk_2d(q);
	pml_translate(space, va, &end, &steps);
	pmap_query_set_target(q, &end);
	if (pmap_query_canonical(q, va))
		return PMAP_STATUS_NONCANONICAL;
	if (!q->opt.json)
		pmap_text_add(q->out, "0x%" PRIx64 ", %s, root 0x%" PRIx64 "\n",
			      va, space->fmt->title, pml_root_pa(space));
	for (i = 0; i < steps.count; i++)
		if (q->opt.json)
			pmap_add_step_json(q->out, space, &steps.step[i], "");
		else
			pmap_add_step_line(q->out, space, &steps.step[i]);
	(q->opt.json ? json_end : text_end)(q, va, &end);
	return pmap_kind_status(end.kind);
}
