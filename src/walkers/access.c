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

/* `list': one line, and what was assumed is said behind all of them. */
static void text_answer(struct pmap_query *q, const struct pmap_judge *judge,
			const struct pmap_access *a, uint64_t len,
			const struct pmap_verdict *v, bool list)
{
	const char *between = list ? "; " : "\n  ";
	struct pmap_text *out = q->out;

	pmap_add_question(judge, a, len, q->opt.shadow_stack ? "of a shadow stack " : "");
	judge->arch->add_verdict(out, judge, v);
	if (judge->off)
		pmap_text_add(out, "%spaging is off: addresses are physical", between);
	if (v->by_tables) {
		pmap_text_puts(out, between);
		pmap_text_puts(out, v->guests ? "in the guest's tables: " : "");
		judge->arch->add_culprit(out, judge, a, v);
	}
	pmap_text_puts(out, "\n");
	if (!list)
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
		      pmap_judge_who(judge, a),
		      judge->arch->verdict_name(v));
	judge->arch->json_verdict(out, judge, v);
	if (v->by_tables) {
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

/* One access: the current operands. */
static int answer(struct pmap_query *q, struct pmap_judge *judge, bool list)
{
	struct pmap_access a;
	struct pmap_verdict v;
	uint64_t len;
	int status = pmap_query_length(q, &len);

	if (!status)
		status = check_words(q);
	if (status)
		return status;
	pmap_judge_init(judge, q);
	a = (struct pmap_access){
		.va = q->opt.start.value, .size = len,
		.kind = pmap_access_kind(q->opt.rights_word), .user = judge->user,
		.how = q->opt.shadow_stack ? judge->arch->shadow_stack : 0,
	};
	/* The second dimension may map each byte's page on its own: bytes are judged singly. */
	if (len <= 0x1000 && !judge->two)
		pmap_judge(judge, &a, &v);
	else
		pmap_judge_bytes(judge, &a, len, &v);
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	if (q->opt.json)
		json_answer(q, judge, &a, len, &v);
	else
		text_answer(q, judge, &a, len, &v, list);
	return pmap_judge_results(q, &v);
}

/* Those of --from, or of A,B,C; results are the last one's, the status the first's. */
static int all_lines(struct pmap_query *q)
{
	struct pmap_options *opt = &q->opt;
	struct pmap_judge judge = { .assumed = 0 };
	const bool user = opt->user, supervisor = opt->supervisor;
	const bool shadow_stack = opt->shadow_stack;
	unsigned assumed = 0;
	bool says_user = false;
	int status = 0;

	for (size_t i = 0; i < opt->nlines && !q->why[0]; i++) {
		struct pmap_options *line = &opt->lines[i];
		int own;

		/* What the command says, each line says. */
		line->shadow_stack |= shadow_stack;
		if (!line->user && !line->supervisor) {
			line->user = user;
			line->supervisor = supervisor;
		}
		pmap_query_swap(q, line);
		own = answer(q, &judge, true);
		pmap_query_swap(q, line);
		assumed |= judge.assumed;
		says_user |= judge.says_user;
		if (!status)
			status = own;
	}
	judge.assumed = assumed;
	judge.says_user = says_user;
	if (!q->why[0] && !opt->json)
		pmap_add_assumptions(q->out, &judge, "");
	return status;
}

int pmap_access(struct pmap_query *q)
{
	struct pmap_judge judge;
	int status = pmap_judge_possible(q);

	if (status)
		return status;
	if (q->target.nested && !q->cache)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 "physical memory cannot be read: see `pmap source'");
	return q->opt.nlines ? all_lines(q) : answer(q, &judge, false);
}
