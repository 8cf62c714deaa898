/*
 * The pairs of tables that a comparison has been through.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "traverse/pairs.h"

void pmap_pairs_begin(struct pmap_pairs *p, const struct pml_space *own,
		      const struct pml_space *other)
{
	struct pml_mirror_record *root = &p->open[0].r;

	*p = (struct pmap_pairs){
		.other = other, .depth = 1,
		.seen = pmap_share_create(), .others = pmap_share_create(),
	};
	/* The roots are above all others, and never behind. */
	root->last = ~0ULL;
	root->own.pa = pml_root_pa(own);
	root->own.level = own->fmt->levels + 1;
	root->other.pa = pml_root_pa(other);
	root->other.level = other->fmt->levels + 1;
	root->own.kind = root->other.kind = PML_TABLE;
}

void pmap_pairs_end(struct pmap_pairs *p)
{
	pmap_share_destroy(p->seen);
	pmap_share_destroy(p->others);
	p->seen = p->others = NULL;
}

/* Does the other side have at `va' what it has at r? */
static bool same_other(const struct pmap_pairs *p,
		       const struct pml_mirror_record *r, uint64_t va)
{
	const struct pml_record *other = &r->other;
	struct pml_steps steps;
	struct pml_target t;

	pml_translate(p->other, va, &t, &steps);
	/* No page: the same reason for it, all over the table's range. */
	if (other->kind != PML_TABLE)
		return other->kind != PML_LEAF && t.kind == other->kind &&
		       t.raw == other->raw && t.shift >= r->own.shift;
	for (int i = 0; i < steps.count; i++)
		if (steps.step[i].level == other->level)
			return steps.step[i].kind == PML_TABLE &&
			       steps.step[i].rights == other->rights &&
			       pml_table_pa(p->other, other->level,
					    steps.step[i].raw) == other->pa;
	return false;
}

/* Is a table above also used below one that would be left out? */
static bool leads_up(const struct pmap_pairs *p,
		     const struct pml_mirror_record *r)
{
	for (int i = 0; i < p->depth; i++) {
		const struct pml_mirror_record *above = &p->open[i].r;

		if (above->own.kind == PML_TABLE &&
		    pmap_share_below(p->seen, above->own.pa, r->own.level - 1))
			return true;
		if (above->other.kind == PML_TABLE &&
		    r->other.kind == PML_TABLE &&
		    pmap_share_below(p->others, above->other.pa,
				     r->other.level - 1))
			return true;
	}
	return false;
}

/* Tables of the own side, all of whose addresses are compared with one thing. */
static bool can_be_kept(const struct pml_mirror_record *r)
{
	uint64_t span = (1ULL << r->own.shift) - 1;

	return r->own.kind == PML_TABLE && r->va == r->own.va &&
	       r->last == r->own.last && r->last - r->va == span &&
	       (r->other.kind != PML_TABLE ||
		(r->other.va == r->va && r->other.last == r->last));
}

bool pmap_pairs_met(struct pmap_pairs *p, const struct pml_mirror_record *r,
		    uint64_t *va_ret, bool *differs_ret)
{
	struct pmap_seen seen;

	if (p->seen && can_be_kept(r) &&
	    pmap_share_find(p->seen, r->own.pa, r->own.level - 1,
			    r->own.rights, &seen) &&
	    same_other(p, r, seen.va) && !leads_up(p, r)) {
		*va_ret = seen.va;
		*differs_ret = seen.content == PMAP_CONTENT_MIXED;
		return true;
	}
	p->open[p->depth++] = (struct pmap_pair){
		.r = *r, .keep = can_be_kept(r),
	};
	return false;
}

/* The table of one side that r leads to, if it is one, has been walked. */
static bool add(struct pmap_share *share, const struct pml_record *r,
		const struct pmap_pair *pair)
{
	const struct pmap_seen seen = {
		.pa = r->pa, .va = pair->r.va,
		.content = pair->differs ? PMAP_CONTENT_MIXED
					 : PMAP_CONTENT_HOLES,
	};

	return r->kind != PML_TABLE ||
	       pmap_share_add(share, r->pa, r->level - 1, r->rights, &seen);
}

/* False without memory. */
static bool remember(struct pmap_pairs *p, const struct pmap_pair *pair)
{
	return (!pair->keep || add(p->seen, &pair->r.own, pair)) &&
	       add(p->others, &pair->r.other, pair);
}

/* The innermost pair has been compared. */
static void close_pair(struct pmap_pairs *p)
{
	const struct pmap_pair *pair = &p->open[--p->depth];

	p->open[p->depth - 1].differs |= pair->differs;
	if (p->seen && !remember(p, pair))
		pmap_pairs_end(p);
}

void pmap_pairs_at(struct pmap_pairs *p, const struct pml_mirror_record *r)
{
	while (p->depth > 1 && p->open[p->depth - 1].r.last < r->va)
		close_pair(p);
	if (r->own.kind == PML_RECURSIVE || r->other.kind == PML_RECURSIVE)
		for (int i = 0; i < p->depth; i++)
			p->open[i].keep = false;
	/* A table of both, which agrees with itself, but may be above as well. */
	if (r->own.kind == PML_TABLE && !r->entering && p->seen &&
	    !remember(p, &(struct pmap_pair){ .r = *r, .keep = true }))
		pmap_pairs_end(p);
}

void pmap_pairs_differ(struct pmap_pairs *p)
{
	p->open[p->depth - 1].differs = true;
}
