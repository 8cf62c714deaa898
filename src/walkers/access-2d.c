/*
 * pmap access in two dimensions: the guest's own exception, or which exit.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/x86/exit.h"
#include "arch/x86/judge.h"
#include "walkers/walkers.h"

/* All of `len` bytes, page by page; the first that is not allowed. */
static bool judge_all(struct pmap_judge *judge,
		      const struct pml_x86_access *access, uint64_t len)
{
	struct pml_x86_access part = *access;
	struct pml_x86_verdict v;
	uint64_t room;

	while (len) {
		room = 0x1000 - (part.va & 0xfff);
		part.size = len < room ? len : room;
		if (pmap_bridge_interrupted() || !pmap_judge(judge, &part, &v))
			return false;
		part.va += part.size;
		len -= part.size;
	}
	return true;
}

static void text_answer(struct pmap_query *q, const struct pml_x86_access *a,
			uint64_t len, const struct pml_x86_verdict_2d *v)
{
	pmap_add_question(q, a, len);
	pmap_add_exit(q->out, &q->target, v);
	pmap_text_puts(q->out, "\n");
}

/* The guest's culprit, where there is one. */
static void add_guest_reason(struct pmap_query *q, struct pmap_judge *judge,
			     const struct pml_x86_access *a,
			     const struct pml_x86_verdict_2d *v)
{
	if (v->exit != PML_X86_EXIT_EXCEPTION)
		return;
	pmap_text_puts(q->out, "  in the guest's tables: ");
	pmap_add_culprit(q->out, judge, a, &v->guest);
	pmap_text_puts(q->out, "\n");
}

static void json_answer(struct pmap_query *q, const struct pml_x86_access *a,
			uint64_t len, const struct pml_x86_verdict_2d *v)
{
	struct pmap_text *out = q->out;

	pmap_text_add(out, "{\"va\":\"0x%" PRIx64 "\",\"bytes\":%" PRIu64
		      ",\"access\":\"%s\",\"by\":\"%s\",\"verdict\":\"%s\"",
		      a->va, len, pmap_access_name(a->kind),
		      a->user ? "user" : "supervisor",
		      v->exit == PML_X86_EXIT_NONE ? "allowed" :
		      v->exit != PML_X86_EXIT_EXCEPTION ? pmap_exit_name(v) :
		      v->guest.exception == PML_X86_PF ? "#PF" :
		      v->guest.exception == PML_X86_GP ? "#GP" : "#SS");
	if (v->exit == PML_X86_EXIT_EXCEPTION)
		pmap_text_add(out, ",\"error\":\"0x%x\"", v->guest.error);
	else if (v->exit != PML_X86_EXIT_NONE)
		pmap_text_add(out, ",\"info\":\"0x%" PRIx64 "\",\"gpa\":\"0x%" PRIx64
			      "\",\"level\":%d,\"slot\":\"0x%" PRIx64
			      "\",\"raw\":\"0x%" PRIx64 "\"", v->info, v->gpa,
			      v->level, v->slot_pa, v->raw);
	pmap_text_puts(out, "}\n");
}

static int set_results(struct pmap_query *q, const struct pml_x86_verdict_2d *v)
{
	pmap_exit_results(q, v);
	if (v->exit == PML_X86_EXIT_EXCEPTION)
		return pmap_verdict_results(q, &v->guest);
	if (v->exit == PML_X86_EXIT_UNKNOWN)
		return PMAP_STATUS_UNTOLD;
	pmap_result_u64(q->call, "fault", v->exit != PML_X86_EXIT_NONE);
	if (v->exit != PML_X86_EXIT_NONE)
		pmap_result_u64(q->call, "level", v->level);
	return v->exit == PML_X86_EXIT_NONE ? PMAP_STATUS_OK :
					      PMAP_STATUS_FAULT;
}

int pmap_access_2d(struct pmap_query *q)
{
	const struct pml_x86_verdict_2d *v;
	struct pmap_judge judge;
	struct pml_x86_access a;
	uint64_t len;
	int status = pmap_query_length(q, &len);

	if (status)
		return status;
	pmap_judge_init(&judge, q);
	judge.space = q->target.guest_off ? NULL : &q->target.pair.inner;
	a = (struct pml_x86_access){
		.va = q->opt.start.value, .size = 1,
		.kind = pmap_access_kind(q->opt.rights), .user = judge.user,
		.shadow = q->opt.shadow_stack,
	};
	judge_all(&judge, &a, len);
	v = &judge.exit;
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	if (q->opt.json) {
		json_answer(q, &a, len, v);
	} else {
		text_answer(q, &a, len, v);
		add_guest_reason(q, &judge, &a, v);
		pmap_add_assumptions(q->out, &judge, "  ");
	}
	return set_results(q, v);
}
