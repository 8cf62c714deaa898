/*
 * pmap perms: what is allowed, and which level takes each missing right away.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "describe.h"
#include "judge.h"
#include "query.h"
#include "run.h"

static const struct {
	unsigned right;
	const char *name;
} rights[] = {
	{ PML_R, "read" }, { PML_W, "write" }, { PML_X, "execute" },
	{ PML_U, "user" },
};
#define RIGHTS	(sizeof(rights) / sizeof(rights[0]))

/* Pages that touch and are allowed the same, for the same reason. */
struct stretch {
	uint64_t va, last;
	uint8_t kind, level;
	unsigned rights;
	/* Levels whose entry denies it, a PML_LEVEL() each. */
	uint8_t denied[RIGHTS];
	/* Of the first page: the entries, for the ones to name. */
	struct pml_steps steps;
	struct pml_target end;
};

/* The steps to a leaf, from the entries that the cursor passed on its way. */
static void explain(const struct pml_format *fmt, struct stretch *s)
{
	memset(s->denied, 0, sizeof(s->denied));
	for (int i = 0; i < s->steps.count; i++) {
		const struct pml_step *step = &s->steps.step[i];
		unsigned own = pml_rights(fmt, pml_narrow(fmt, step->level,
							  PML_ALL_RIGHTS,
							  step->raw));

		if (step->kind != PML_TABLE && step->kind != PML_LEAF)
			continue;
		for (size_t r = 0; r < RIGHTS; r++)
			if (!(own & rights[r].right))
				s->denied[r] |= PML_LEVEL(step->level);
	}
}

static void print_denials(struct pmap_query *q, const struct stretch *s,
			  bool single)
{
	const struct pml_format *fmt = q->target.space.fmt;

	for (size_t r = 0; r < RIGHTS; r++) {
		const char *before = "by ";

		if (!s->denied[r])
			continue;
		pmap_text_add(q->out, "  no %-8s", rights[r].name);
		for (int i = 0; i < s->steps.count; i++) {
			const struct pml_step *step = &s->steps.step[i];

			if (!(s->denied[r] & PML_LEVEL(step->level)))
				continue;
			pmap_text_puts(q->out, before);
			if (single)
				pmap_add_step(q->out, fmt, step);
			else
				pmap_text_puts(q->out,
					       fmt->level[step->level].name);
			before = ", ";
		}
		pmap_text_puts(q->out, "\n");
	}
}

static void print_stretch(struct pmap_query *q, const struct stretch *s,
			  bool single)
{
	char name[5];

	if (single)
		pmap_text_add(q->out, "0x%" PRIx64 "  ", s->va);
	else
		pmap_text_add(q->out, "0x%" PRIx64 "-0x%" PRIx64 "  ",
			      s->va, s->last);
	if (s->kind == PML_LEAF) {
		pmap_text_add(q->out, "%s\n",
			      pmap_rights_name(s->rights, name));
		print_denials(q, s, single);
		return;
	}
	pmap_text_puts(q->out, "nothing: ");
	if (single)
		pmap_add_reason(q->out, &q->target.space, &s->end);
	else
		pmap_text_puts(q->out, pmap_kind_name(s->kind));
	pmap_text_puts(q->out, "\n");
}

/* Does the next stretch only go on with this one? */
static bool same(const struct stretch *a, const struct stretch *b)
{
	return a->kind == b->kind && a->rights == b->rights &&
	       memcmp(a->denied, b->denied, sizeof(a->denied)) == 0;
}

/* What the cursor passed on the way to a record, as steps. */
static void keep_step(struct stretch *s, const struct pml_format *fmt,
		      const struct pml_record *r)
{
	struct pml_step *step = &s->steps.step[fmt->levels - r->level];

	s->steps.count = fmt->levels - r->level + 1;
	step->level = r->level;
	step->kind = r->kind;
	step->raw = r->raw;
	step->slot_pa = r->slot_pa;
	step->index = pml_index(&fmt->level[r->level], r->va);
	step->rights = r->rights;
}

static void from_record(struct stretch *s, const struct pml_record *r)
{
	s->va = r->va;
	s->last = r->last;
	s->kind = r->kind;
	s->level = r->level;
	s->rights = r->kind == PML_LEAF ? r->rights : 0;
	s->end = (struct pml_target){
		.kind = r->kind, .level = r->level, .shift = r->shift,
		.raw = r->raw, .slot_pa = r->slot_pa,
	};
}

/* Everything is denied at least once, or nothing is mapped at all: the union. */
void pmap_perms_results(struct pmap_query *q, unsigned common, int status)
{
	char name[5];

	pmap_result_str(q->call, "rights", pmap_rights_name(common, name));
	pmap_result_u64(q->call, "can_read", status == 0 && common & PML_R);
	pmap_result_u64(q->call, "can_write", status == 0 && common & PML_W);
	pmap_result_u64(q->call, "can_execute", status == 0 && common & PML_X);
	pmap_result_u64(q->call, "can_user", status == 0 && common & PML_U);
}

/*
 * What each kind of access by each accessor comes to, under the controls of
 * now: "yes", or the exception with its error code.
 */
static void print_table(struct pmap_query *q, uint64_t va)
{
	static const uint8_t kinds[] = { PML_R, PML_W, PML_X };
	struct pmap_judge judge;
	struct pml_verdict v;

	pmap_judge_init(&judge, q);
	pmap_text_puts(q->out, "              read     write    fetch\n");
	for (int user = 0; user < 2; user++) {
		pmap_text_add(q->out, "  %-10s", user ? "user" : "supervisor");
		for (size_t i = 0; i < sizeof(kinds); i++) {
			struct pml_access a = { .va = va, .size = 1,
						.kind = kinds[i], .user = user };

			if (pmap_judge(&judge, &a, &v))
				pmap_text_puts(q->out, "  yes    ");
			else if (v.exception == PML_PF)
				pmap_text_add(q->out, "  #PF 0x%-3x", v.error);
			else
				pmap_text_puts(q->out, "  ?      ");
		}
		pmap_text_puts(q->out, "\n");
	}
	judge.assumed &= ~(unsigned)PMAP_ASSUMED_CPL;
	pmap_add_assumptions(q->out, &judge, "  ");
}

int pmap_perms(struct pmap_query *q)
{
	const struct pml_format *fmt = q->target.space.fmt;
	struct stretch now = { 0 }, held = { 0 };
	bool single = !q->opt.end.text, has_held = false;
	unsigned common = ~0u;
	struct pml_cursor c;
	struct pml_record r;
	int status;

	if (q->target.guest_off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "paging is off in the guest: its addresses are guest-physical, `pmap gva2gpa' and `pmap dump' show what they map");
	status = pmap_query_range(q);
	if (!status)
		status = pmap_query_canonical(q, q->first);
	if (status)
		return status;
	if (q->target.nested)
		return pmap_perms_2d(q);
	pml_cursor_init(&c, &q->target.space, q->first, q->last,
			PML_PRE | PML_ENTER_RECURSIVE);
	while (!pmap_bridge_interrupted() && pml_next(&c, &r)) {
		if (r.level)
			keep_step(&now, fmt, &r);
		if (r.kind == PML_TABLE)
			continue;
		from_record(&now, &r);
		explain(fmt, &now);
		common &= now.rights;
		if (!status)
			status = pmap_kind_status(r.kind);
		if (has_held && same(&held, &now)) {
			held.last = now.last;
			continue;
		}
		if (has_held)
			print_stretch(q, &held, single);
		held = now;
		has_held = true;
	}
	if (has_held)
		print_stretch(q, &held, single);
	if (single)
		print_table(q, q->first);
	pmap_perms_results(q, common, status);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED : status;
}
