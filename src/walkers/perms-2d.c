/*
 * pmap perms in two dimensions: what both allow, and which level of which one
 * takes each missing right away.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "describe.h"
#include "nesting.h"
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
	unsigned rights;
	uint8_t kind, where;
	/* Levels whose entry denies it, a PML_LEVEL() each: the guest's, the outer ones. */
	uint8_t denied[2][RIGHTS];
	/* Of the first page: */
	struct pml_target_2d target;
	struct pml_walk_2d walk;
};

/* A right, as the outer tables call it for an address of the guest's. */
static unsigned outer_right(const struct pmap_target *target, unsigned right,
			    unsigned guest)
{
	if (right == PML_X && (guest & PML_U) && pml_has_xu(target->outer.fmt))
		return PML_XU;
	return right;
}

static void add_denials(const struct pml_format *fmt, const struct pml_steps *steps,
			unsigned right, uint8_t *denied)
{
	for (int i = 0; i < steps->count; i++) {
		const struct pml_step *step = &steps->step[i];

		if (!(pml_rights(fmt, pml_narrow(fmt, step->level, PML_ALL_RIGHTS,
						 step->raw)) & right))
			*denied |= PML_LEVEL(step->level);
	}
}

static void look_at(struct pmap_query *q, const struct pml_product_record *p,
		    struct stretch *s)
{
	struct pmap_target *target = &q->target;

	s->va = p->r.va;
	s->last = p->r.last;
	s->kind = p->r.kind;
	s->where = p->where;
	s->rights = p->r.kind == PML_LEAF ? p->r.rights : 0;
	memset(s->denied, 0, sizeof(s->denied));
	pml_translate_2d(&target->pair, s->va, &s->target, &s->walk);
	if (!s->target.mapped)
		return;
	for (size_t r = 0; r < RIGHTS; r++) {
		add_denials(target->pair.inner.fmt, &s->walk.inner,
			    rights[r].right, &s->denied[0][r]);
		add_denials(target->outer.fmt,
			    &s->walk.turn[s->walk.turns - 1].steps,
			    outer_right(target, rights[r].right,
					s->target.inner.rights),
			    &s->denied[1][r]);
	}
}

static const char *add_levels(struct pmap_query *q, const struct pml_steps *steps,
			      const struct pml_format *fmt, uint8_t denied,
			      bool single, const char *before, const char *what)
{
	for (int i = 0; i < steps->count; i++) {
		const struct pml_step *step = &steps->step[i];

		if (!(denied & PML_LEVEL(step->level)))
			continue;
		pmap_text_add(q->out, "%s%s", before, what);
		if (single)
			pmap_add_step(q->out, fmt, step);
		else
			pmap_text_puts(q->out, fmt->level[step->level].name);
		before = ", ";
	}
	return before;
}

static void print_denials(struct pmap_query *q, const struct stretch *s,
			  bool single)
{
	const struct pmap_target *target = &q->target;

	for (size_t r = 0; r < RIGHTS; r++) {
		const char *before = "by ";

		if (!s->denied[0][r] && !s->denied[1][r])
			continue;
		pmap_text_add(q->out, "  no %-8s", rights[r].name);
		before = add_levels(q, &s->walk.inner, target->pair.inner.fmt,
				    s->denied[0][r], single, before, "the guest's ");
		add_levels(q, &s->walk.turn[s->walk.turns - 1].steps,
			   target->outer.fmt, s->denied[1][r], single, before,
			   "the outer ");
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
		pmap_text_add(q->out, "%s\n", pmap_rights_name(s->rights, name));
		print_denials(q, s, single);
		return;
	}
	pmap_text_puts(q->out, "nothing: ");
	if (single)
		pmap_add_reason_2d(q->out, &q->target, &s->target);
	else
		pmap_text_add(q->out, "%s (%s)", pmap_kind_name(s->kind),
			      pmap_where_name(s->where));
	pmap_text_puts(q->out, "\n");
}

/* Does the next stretch only go on with this one? */
static bool same(const struct stretch *a, const struct stretch *b)
{
	return a->kind == b->kind && a->where == b->where &&
	       a->rights == b->rights &&
	       memcmp(a->denied, b->denied, sizeof(a->denied)) == 0;
}

int pmap_perms_2d(struct pmap_query *q)
{
	struct stretch now = { 0 }, held = { 0 };
	bool single = !q->opt.end.text, has_held = false;
	unsigned common = ~0u;
	int status = PMAP_STATUS_OK;
	struct pml_product_record p;
	struct pml_product product;

	pml_product_init(&product, &q->target.pair, q->first, q->last);
	while (!pmap_bridge_interrupted() && pml_product_next(&product, &p)) {
		look_at(q, &p, &now);
		common &= now.rights;
		if (!status)
			status = pmap_status_2d(&now.target);
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
	pmap_perms_results(q, common, status);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED : status;
}
