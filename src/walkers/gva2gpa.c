/*
 * pmap gva2gpa: where do addresses lead?
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/judge.h"
#include "show/names.h"
#include "show/results.h"
#include "show/run.h"
#include "show/symbols.h"
#include "show/translation.h"
#include "show/words-2d.h"
#include "show/words.h"
#include "target/nesting.h"
#include "target/outcome.h"
#include "target/query.h"
#include "walkers/survey.h"
#include "walkers/walkers.h"

struct translations {
	struct pmap_query *q;
	struct pmap_writer writer;
	struct pmap_judge judge;	/* in two dimensions */
};

static void add_page(struct pmap_query *q, const struct pml_format *fmt,
		     uint64_t va, uint64_t pa, unsigned shift, unsigned rights)
{
	struct pmap_text *out = q->out;
	char name[PMAP_RIGHTS_NAME];

	pmap_text_add(out, "0x%" PRIx64 "  (", pa);
	pmap_text_size(out, 1ULL << shift);
	pmap_text_add(out, " page, %s)", pmap_rights_name(fmt, rights, name));
	pmap_names_add(q, va);
	pmap_text_puts(out, "\n");
}

static void free_text(struct pmap_text *text)
{
	pmap_text_free(text);
}

/* --- One dimension -------------------------------------------------------- */

static int one_dimension(struct translations *t, uint64_t va)
{
	struct pmap_query *q = t->q;
	const struct pml_space *space = pmap_target_space(&q->target, va);
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(free_text))) struct pmap_text reason = { 0 };
	struct pml_target end;

	pml_translate(space, va, &end, NULL);
	pmap_query_set_target(q, &end);
	if (end.kind != PML_LEAF)
		pmap_add_reason(&reason, space, &end);
	if (t->writer.shape != PMAP_SHAPE_TEXT) {
		pmap_write_translation(&t->writer, q, va, space->fmt, &end,
				       reason.data);
	} else {
		pmap_text_add(q->out, "0x%" PRIx64 " -> ", va);
		if (end.kind == PML_LEAF)
			add_page(q, space->fmt, va, end.pa, end.shift,
				 end.rights);
		else
			pmap_text_add(q->out, "nothing: %s\n", reason.data);
	}
	return pmap_kind_status(end.kind);
}

/* --- Two ------------------------------------------------------------------ */

static void text_2d(struct pmap_query *q, uint64_t va,
		    const struct pml_target_2d *end, const char *reason)
{
	pmap_text_add(q->out, "0x%" PRIx64 " -> ", va);
	if (end->where == PML_IN_FINAL)
		pmap_text_add(q->out, "gpa 0x%" PRIx64 " -> ", end->gpa);
	if (end->mapped)
		add_page(q, pmap_target_format(&q->target), va, end->pa,
			 end->shift, end->rights);
	else
		pmap_text_add(q->out, "nothing: %s\n", reason);
}

/* As what the processor reports a read. */
static void add_verdict(struct translations *t, uint64_t va)
{
	struct pmap_query *q = t->q;
	struct pmap_judge *judge = &t->judge;
	/* Whose page it is does not matter here: SMAP and PAN do not stop this read. */
	struct pmap_access read = { .va = va, .size = 1, .kind = PML_R,
				    .how = q->target.arch->unchecked };
	struct pmap_verdict verdict;

	if (!pmap_judge(judge, &read, &verdict) &&
	    t->writer.shape == PMAP_SHAPE_TEXT) {
		pmap_text_puts(q->out, "  a read by the supervisor: ");
		judge->arch->add_verdict(q->out, judge, &verdict);
		pmap_text_puts(q->out, "\n");
	}
	judge->arch->exit_results(q, &verdict);
}

/* gva -> gpa -> hpa, or which dimension it fails in, and as what. */
static int two_dimensions(struct translations *t, uint64_t va)
{
	struct pmap_query *q = t->q;
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(free_text))) struct pmap_text reason = { 0 };
	struct pml_target_2d end;

	pml_translate_2d(pmap_target_pair(&q->target, va), va, &end, NULL);
	pmap_query_set_target_2d(q, &end);
	if (!end.mapped)
		pmap_add_reason_2d(&reason, &q->target, &end);
	if (t->writer.shape == PMAP_SHAPE_TEXT)
		text_2d(q, va, &end, reason.data);
	else
		pmap_write_translation_2d(&t->writer, q, va,
					  pmap_target_format(&q->target), &end,
					  reason.data);
	add_verdict(t, va);
	return pmap_status_2d(&end);
}

/* --- The command ---------------------------------------------------------- */

/* One address that is not canonical: an error in words, an answer for scripts. */
static bool is_refused(struct pmap_query *q, uint64_t va)
{
	struct pml_target_2d end;

	if (q->target.guest_off || !pmap_query_canonical(q, va))
		return false;
	if (q->target.nested) {
		pml_translate_2d(pmap_target_pair(&q->target, va), va, &end, NULL);
		pmap_query_set_target_2d(q, &end);
	}
	return true;
}

int pmap_gva2gpa(struct pmap_query *q)
{
	struct translations t = { .q = q };
	size_t n = q->opt.nmore + 1;
	int status = 0;

	if (n == 1 && is_refused(q, q->opt.start.value))
		return PMAP_STATUS_NONCANONICAL;
	status = pmap_survey_named(q);
	if (status)
		return status;
	pmap_writer_begin(&t.writer, q, &pmap_translation_schema, 0);
	pmap_symbols_begin(&t.writer);
	if (q->target.nested)
		pmap_judge_init(&t.judge, q);
	for (size_t i = 0; i < n && !pmap_bridge_interrupted(); i++) {
		uint64_t va = i ? pmap_query_va(q, q->opt.more[i - 1].value)
				: q->opt.start.value;
		int own;

		pmap_query_unset_target(q);
		own = (q->target.nested ? two_dimensions : one_dimension)(&t, va);
		if (!status)
			status = own;
	}
	pmap_writer_end(&t.writer);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED : status;
}
