/*
 * pmap access: would this access fault, how, and because of which bit?
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "arch/x86/judge.h"
#include "walkers/walkers.h"

static void text_answer(struct pmap_query *q, const struct pmap_judge *judge,
			const struct pml_x86_access *a, uint64_t len,
			const struct pml_x86_verdict *v)
{
	struct pmap_text *out = q->out;

	pmap_add_question(q, a, len);
	pmap_add_verdict(out, v);
	if (v->exception == PML_X86_GP)
		pmap_text_puts(out, " (#SS if it is by the stack's segment)");
	pmap_text_puts(out, "\n");
	if (!judge->space)
		pmap_text_puts(out, "  paging is off (CR0.PG=0)\n");
	if (v->reason != PML_X86_WHY_ALLOWED) {
		pmap_text_puts(out, "  ");
		pmap_add_culprit(out, judge, a, v);
		pmap_text_puts(out, "\n");
	}
	pmap_add_assumptions(out, judge, "  ");
}

static void json_answer(struct pmap_query *q, const struct pmap_judge *judge,
			const struct pml_x86_access *a, uint64_t len,
			const struct pml_x86_verdict *v)
{
	struct pmap_text *out = q->out;
	bool told = v->reason != PML_X86_WHY_UNREADABLE;

	pmap_text_add(out, "{\"va\":\"0x%" PRIx64 "\",\"bytes\":%" PRIu64
		      ",\"access\":\"%s\",\"by\":\"%s\",\"verdict\":\"%s\"",
		      a->va, len, pmap_access_name(a->kind),
		      a->user ? "user" : "supervisor",
		      !told ? "unknown" : v->exception == PML_X86_PF ? "#PF" :
		      v->exception == PML_X86_GP ? "#GP" :
		      v->exception == PML_X86_SS ? "#SS" : "allowed");
	if (v->exception)
		pmap_text_add(out, ",\"error\":\"0x%x\"", v->error);
	if (v->exception == PML_X86_PF)
		pmap_text_add(out, ",\"cr2\":\"0x%" PRIx64 "\",\"level\":%d,\"slot\":\"0x%" PRIx64
			      "\",\"raw\":\"0x%" PRIx64 "\",\"bits\":\"0x%" PRIx64 "\"",
			      v->va, v->level, v->slot_pa, v->raw, v->bits);
	if (v->reason != PML_X86_WHY_ALLOWED) {
		pmap_text_puts(out, ",\"reason\":\"");
		pmap_add_culprit(out, judge, a, v);
		pmap_text_puts(out, "\"");
	}
	pmap_text_puts(out, "}\n");
}

int pmap_access(struct pmap_query *q)
{
	struct pmap_judge judge;
	struct pml_x86_access a;
	struct pml_x86_verdict v;
	uint64_t len;
	int status = pmap_judge_possible(q);

	if (!status)
		status = pmap_query_length(q, &len);
	if (status)
		return status;
	if (!q->opt.rights || !strchr("rwx", *q->opt.rights) || q->opt.rights[1])
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "missing access type r, w or x: pmap access ADDR [+LEN] r|w|x");
	if (q->opt.shadow_stack && *q->opt.rights == 'x')
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "a shadow stack is read and written: r or w");
	if (q->target.nested && !q->cache)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 "physical memory cannot be read: see `pmap source'");
	if (q->target.nested)
		return pmap_access_2d(q);
	pmap_judge_init(&judge, q);
	a = (struct pml_x86_access){
		.va = q->opt.start.value, .size = len,
		.kind = pmap_access_kind(q->opt.rights), .user = judge.user,
		.shadow = q->opt.shadow_stack,
	};
	if (len <= 0x1000)
		pmap_judge(&judge, &a, &v);
	else
		pmap_judge_bytes(&judge, &a, len, &v);
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	(q->opt.json ? json_answer : text_answer)(q, &judge, &a, len, &v);
	return pmap_verdict_results(q, &v);
}
