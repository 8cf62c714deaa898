/*
 * pmap access: would this access fault, how, and because of which bit?
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "arch/judge.h"
#include "walkers/walkers.h"

/* The tables' reason; an exit has named it already. */
static bool has_culprit(const struct pmap_judge *judge,
			const struct pmap_verdict *v)
{
	return v->by_tables && (v->outcome == PMAP_FAULTS ||
				(v->outcome == PMAP_UNTOLD && !judge->two));
}

static void text_answer(struct pmap_query *q, const struct pmap_judge *judge,
			const struct pmap_access *a, uint64_t len,
			const struct pmap_verdict *v)
{
	struct pmap_text *out = q->out;

	pmap_add_question(q, a, len, q->opt.shadow_stack ? "of a shadow stack " : "");
	judge->arch->add_verdict(out, judge, v);
	pmap_text_puts(out, "\n");
	if (judge->off)
		pmap_text_puts(out, "  paging is off: addresses are physical\n");
	if (has_culprit(judge, v)) {
		pmap_text_puts(out, judge->two ? "  in the guest's tables: " : "  ");
		judge->arch->add_culprit(out, judge, a, v);
		pmap_text_puts(out, "\n");
	}
	pmap_add_assumptions(out, judge, "  ");
}

static void json_answer(struct pmap_query *q, const struct pmap_judge *judge,
			const struct pmap_access *a, uint64_t len,
			const struct pmap_verdict *v)
{
	struct pmap_text *out = q->out;

	pmap_text_add(out, "{\"va\":\"0x%" PRIx64 "\",\"bytes\":%" PRIu64
		      ",\"access\":\"%s\",\"by\":\"%s\",\"verdict\":\"%s\"",
		      a->va, len, pmap_access_name(a->kind),
		      a->user ? "user" : "supervisor",
		      judge->arch->verdict_name(v));
	judge->arch->json_verdict(out, judge, v);
	if (has_culprit(judge, v)) {
		pmap_text_puts(out, ",\"reason\":\"");
		judge->arch->add_culprit(out, judge, a, v);
		pmap_text_puts(out, "\"");
	}
	pmap_text_puts(out, "}\n");
}

static int check_words(struct pmap_query *q)
{
	if (!q->opt.rights_word || !strchr("rwx", *q->opt.rights_word) || q->opt.rights_word[1])
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "missing access type r, w or x: pmap access ADDR [+LEN] r|w|x");
	if (q->opt.shadow_stack && *q->opt.rights_word == 'x')
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "a shadow stack is read and written: r or w");
	return 0;
}

int pmap_access(struct pmap_query *q)
{
	struct pmap_judge judge;
	struct pmap_access a;
	struct pmap_verdict v;
	uint64_t len;
	int status = pmap_judge_possible(q);

	if (!status)
		status = pmap_query_length(q, &len);
	if (!status)
		status = check_words(q);
	if (status)
		return status;
	if (q->target.nested && !q->cache)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 "physical memory cannot be read: see `pmap source'");
	pmap_judge_init(&judge, q);
	a = (struct pmap_access){
		.va = q->opt.start.value, .size = len,
		.kind = pmap_access_kind(q->opt.rights_word), .user = judge.user,
		.how = q->opt.shadow_stack ? judge.arch->shadow_stack : 0,
	};
	/* Of what the second dimension maps, pages can be anywhere. */
	if (len <= 0x1000 && !judge.two)
		pmap_judge(&judge, &a, &v);
	else
		pmap_judge_bytes(&judge, &a, len, &v);
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	(q->opt.json ? json_answer : text_answer)(q, &judge, &a, len, &v);
	return judge.arch->results(q, &v);
}
