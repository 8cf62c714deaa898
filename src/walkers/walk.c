/*
 * pmap walk: every entry on the way to an address, and how it ends.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "show/entry.h"
#include "show/names.h"
#include "show/results.h"
#include "show/run.h"
#include "show/symbols.h"
#include "show/translation.h"
#include "show/words.h"
#include "target/kept.h"
#include "target/outcome.h"
#include "target/query.h"
#include "walkers/survey.h"
#include "walkers/walk.h"
#include "walkers/walkers.h"

int pmap_walk_begin(struct pmap_query *q, struct pmap_writer *w)
{
	int status = pmap_survey_named(q);

	if (!status)
		pmap_writer_begin(w, q, &pmap_step_schema, 0);
	return status;
}

void pmap_walk_add_page(struct pmap_query *q, uint64_t pa, unsigned shift,
			unsigned rights)
{
	char name[PMAP_RIGHTS_NAME];

	pmap_text_add(q->out, "0x%" PRIx64 " in a ", pa);
	pmap_text_size(q->out, 1ULL << shift);
	pmap_text_add(q->out, " page, %s",
		      pmap_rights_name(pmap_target_format(&q->target), rights, name));
}

void pmap_walk_begin_end(struct pmap_query *q, struct pmap_writer *w)
{
	pmap_writer_begin(w, q, &pmap_translation_schema, 0);
	pmap_symbols_begin(w);
}

static void text_end(struct pmap_query *q, uint64_t va,
		     const struct pml_target *end)
{
	const char *mt;

	pmap_text_add(q->out, "0x%" PRIx64 " ", va);
	if (end->kind != PML_LEAF) {
		pmap_text_puts(q->out, "is not mapped: ");
		pmap_add_reason(q->out, &q->target.space, end);
		if (end->kind == PML_NONPRESENT)
			pmap_kept_add(q->out, q, end->level, end->raw);
		pmap_text_puts(q->out, "\n");
		return;
	}
	pmap_text_puts(q->out, "is ");
	pmap_walk_add_page(q, end->pa, end->shift, end->rights);
	mt = pmap_memory_type(&q->target, end->level, end->raw);
	if (mt)
		pmap_text_add(q->out, ", %s", mt);
	pmap_kept_add_zero(q->out, q, end);
	pmap_names_add(q, va);
	pmap_text_puts(q->out, "\n");
}

int pmap_walk(struct pmap_query *q)
{
	const struct pml_space *space = &q->target.space;
	uint64_t va = q->opt.start.value;
	struct pml_target end;
	struct pml_steps steps;
	struct pmap_writer w;
	int i;

	if (q->target.nested)
		return pmap_walk_2d(q);
	pml_translate(space, va, &end, &steps);
	pmap_query_set_target(q, &end);
	pmap_query_set_entry(q, &steps);
	if (pmap_query_canonical(q, va))
		return PMAP_STATUS_NONCANONICAL;
	i = pmap_walk_begin(q, &w);
	if (i)
		return i;
	if (w.shape == PMAP_SHAPE_TEXT)
		pmap_text_add(q->out, "0x%" PRIx64 ", %s, root 0x%" PRIx64 "\n",
			      va, space->fmt->title, pml_root_pa(space));
	for (i = 0; i < steps.count; i++)
		if (w.shape == PMAP_SHAPE_TEXT)
			pmap_add_step_line(q->out, space, &steps.step[i]);
		else
			pmap_write_step(&w, space, &steps.step[i], NULL, NULL);
	if (w.shape == PMAP_SHAPE_TEXT) {
		text_end(q, va, &end);
	} else {
		pmap_walk_begin_end(q, &w);
		pmap_write_translation(&w, q, va,
				       pmap_target_format(&q->target), &end, NULL);
	}
	return pmap_kind_status(end.kind);
}
