/*
 * pmap fault: a fault that was taken, against the tables as they are now.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/judge.h"
#include "show/names.h"
#include "walkers/survey.h"
#include "walkers/walkers.h"

static void add_instruction(struct pmap_query *q, const struct pmap_fault *f)
{
	if (!f->has_pc)
		return;
	pmap_text_add(q->out, "  by the instruction at 0x%" PRIx64, f->pc);
	if (f->source)
		pmap_text_add(q->out, "; %s%s", q->opt.error.text ? "" : "from ",
			      f->source);
	if (f->source && f->at)
		pmap_text_add(q->out, " at 0x%" PRIx64, f->at);
	pmap_names_add(q, f->pc);
	pmap_text_puts(q->out, "\n");
}

static void add_verdict(struct pmap_query *q, const struct pmap_judge *judge,
			const struct pmap_fault *f,
			const struct pmap_verdict *v)
{
	const struct pmap_arch *arch = judge->arch;
	struct pmap_text *out = q->out;

	if (f->elsewhere) {
		pmap_text_puts(out, "  the reason is in none of these tables: ");
		arch->add_elsewhere(out, f);
		pmap_text_puts(out, "\n");
		return;
	}
	if (v->outcome == PMAP_ALLOWED) {
		pmap_text_puts(out, q->target.paging_off ?
			       "  paging is off, and allows this access: it was on, or the tables are another mode's\n" :
			       "  the tables allow this access now: they were changed since, or the processor used an old translation (a stale TLB entry)\n");
		return;
	}
	pmap_text_puts(out, "  ");
	if (v->outcome != PMAP_UNTOLD && !arch->explains(v, f)) {
		pmap_text_puts(out, "the tables were changed since (or an old translation was used), and would now give ");
		arch->add_verdict(out, judge, v);
		pmap_text_puts(out, ":\n  ");
	}
	arch->add_culprit(out, judge, &f->access, v);
	pmap_text_puts(out, "\n");
}

int pmap_fault(struct pmap_query *q)
{
	const struct pmap_arch *arch = q->target.arch;
	struct pmap_judge judge;
	struct pmap_fault f;
	struct pmap_verdict v;
	int status;

	if (!arch->find_fault)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "pmap does not know %s's faults", arch->title);
	if (q->target.nested && arch->fault_2d)
		return arch->fault_2d(q);
	status = pmap_judge_possible(q);
	if (status)
		return status;
	pmap_judge_init(&judge, q);
	if (q->target.paging_off && judge.off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING, "%s", q->no_space);
	status = arch->find_fault(q, &judge, &f);
	if (status)
		return status;
	pmap_judge(&judge, &f.access, &v);
	status = pmap_survey_named(q);
	if (status)
		return status;
	arch->add_fault(q->out, &judge, &f);
	pmap_names_add(q, f.access.va);
	pmap_text_puts(q->out, "\n");
	add_instruction(q, &f);
	add_verdict(q, &judge, &f, &v);
	pmap_add_assumptions(q->out, &judge, "  ");
	if (v.outcome == PMAP_UNTOLD || f.elsewhere)
		return PMAP_STATUS_UNTOLD;
	arch->fault_results(q, &f);
	pmap_result_u64(q->call, "fault", v.outcome != PMAP_ALLOWED);
	pmap_result_u64(q->call, "explained", arch->explains(&v, &f));
	return PMAP_STATUS_OK;
}
