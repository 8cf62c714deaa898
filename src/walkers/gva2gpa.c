/*
 * pmap gva2gpa: where does an address lead?
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/judge.h"
#include "show/results.h"
#include "show/run.h"
#include "show/words-2d.h"
#include "show/words.h"
#include "target/nesting.h"
#include "target/outcome.h"
#include "target/query.h"
#include "walkers/walkers.h"

/* gva -> gpa -> hpa, or which dimension it fails in, and as what. */
static int two_dimensions(struct pmap_query *q)
{
	struct pmap_target *target = &q->target;
	uint64_t va = q->opt.start.value;
	struct pmap_verdict verdict;
	struct pmap_judge judge;
	struct pml_target_2d t;
	/* Whose memory that is, is not asked here: no SMAP, no PAN. */
	struct pmap_access read = { .va = va, .size = 1, .kind = PML_R,
				    .how = target->arch->unchecked };
	char rights[PMAP_RIGHTS_NAME];

	pml_translate_2d(pmap_target_pair(target, va), va, &t, NULL);
	pmap_query_set_target_2d(q, &t);
	if (!target->guest_off && pmap_query_canonical(q, va))
		return PMAP_STATUS_NONCANONICAL;
	pmap_text_add(q->out, "0x%" PRIx64 " -> ", va);
	if (t.where == PML_IN_FINAL)
		pmap_text_add(q->out, "gpa 0x%" PRIx64 " -> ", t.gpa);
	if (t.mapped) {
		pmap_text_add(q->out, "0x%" PRIx64 "  (", t.pa);
		pmap_text_size(q->out, 1ULL << t.shift);
		pmap_text_add(q->out, " page, %s)\n",
			      pmap_rights_name(pmap_target_format(target),
					       t.rights, rights));
	} else {
		pmap_text_puts(q->out, "nothing: ");
		pmap_add_reason_2d(q->out, target, &t);
		pmap_text_puts(q->out, "\n");
	}
	pmap_judge_init(&judge, q);
	if (!pmap_judge(&judge, &read, &verdict)) {
		pmap_text_puts(q->out, "  a read by the supervisor: ");
		judge.arch->add_verdict(q->out, &judge, &verdict);
		pmap_text_puts(q->out, "\n");
	}
	judge.arch->exit_results(q, &verdict);
	return pmap_status_2d(&t);
}

int pmap_gva2gpa(struct pmap_query *q)
{
	uint64_t va = q->opt.start.value;
	const struct pml_space *space = pmap_target_space(&q->target, va);
	struct pml_target end;
	char rights[PMAP_RIGHTS_NAME];

	if (q->target.nested)
		return two_dimensions(q);
	pml_translate(space, va, &end, NULL);
	pmap_query_set_target(q, &end);
	if (pmap_query_canonical(q, va))
		return PMAP_STATUS_NONCANONICAL;
	pmap_text_add(q->out, "0x%" PRIx64 " -> ", va);
	if (end.kind == PML_LEAF) {
		pmap_text_add(q->out, "0x%" PRIx64 "  (", end.pa);
		pmap_text_size(q->out, 1ULL << end.shift);
		pmap_text_add(q->out, " page, %s)\n",
			      pmap_rights_name(space->fmt, end.rights, rights));
	} else {
		pmap_text_puts(q->out, "nothing: ");
		pmap_add_reason(q->out, space, &end);
		pmap_text_puts(q->out, "\n");
	}
	return pmap_kind_status(end.kind);
}
