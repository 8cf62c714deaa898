/*
 * Do two sets of tables say the same?
 *
 * A kernel that keeps a second set beside its own - an EPT that mirrors a
 * process, the user half of a split address space - wants to know where they
 * diverge.  Two cursors in lockstep:
 *
 *	struct pml_mirror m;
 *	struct pml_mirror_record r;
 *
 *	pml_mirror_init(&m, &own, &mirror, first, last, PML_MIRROR_USER);
 *	while (pml_mirror_next(&m, &r))
 *		if (r.differs)
 *			report(r.va, r.last, r.differs);
 *
 * Formats may differ: rights are compared as far as both can deny them.  Tables
 * that both use agree with themselves and are not walked, so that two halves of
 * one kernel cost what is different.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_MIRROR_H
#define PML_MIRROR_H

#include <pml/cursor.h>
#include <pml/translate.h>

enum pml_mirror_flags {
	/* Only user mode's pages are mirrored: no others may be there. */
	PML_MIRROR_USER = 1,
	/* Yield a record before tables are entered; pml_mirror_skip() declines. */
	PML_MIRROR_TABLES = 2,
};

enum pml_mirror_differs {
	PML_MIRROR_MAPPED = 1,	/* a page here, none there */
	PML_MIRROR_KIND = 2,	/* no page in either, but not for the same reason, or
				 * none that is known */
	PML_MIRROR_FRAME = 4,	/* another physical address */
	PML_MIRROR_RIGHTS = 8,
	PML_MIRROR_PAGE = 16,	/* a page of another size */
};

/* A range in which both have one entry, or one hole, each. */
struct pml_mirror_record {
	uint64_t va, last;
	unsigned differs;	/* of enum pml_mirror_differs; 0: they agree */
	bool entering;		/* a TABLE, or two, that has not been compared yet */
	struct pml_record own, other;	/* whole, so perhaps larger */
};

struct pml_mirror {
	struct pml_cursor own, other;
	struct pml_record r_own, r_other;	/* TABLE: not entered yet */
	uint64_t va, last;
	unsigned rights;	/* those that are compared */
	unsigned flags;
	bool may_share;		/* a table of both says the same in both */
	bool announced;		/* the tables that are to be entered */
	bool more;
};

/* Rights that entries of the format can take away. */
static inline unsigned pml_deniable(const struct pml_format *fmt)
{
	unsigned rights = 0;
	size_t i;

	for (i = 0; i < sizeof(fmt->rights) / sizeof(fmt->rights[0]); i++)
		rights |= fmt->rights[i].right;
	return rights & ~fmt->always;
}

/* Begin to compare first..last of both, which must outlive the comparison. */
static inline void pml_mirror_init(struct pml_mirror *m,
				   const struct pml_space *own,
				   const struct pml_space *other,
				   uint64_t first, uint64_t last, unsigned flags)
{
	pml_cursor_init(&m->own, own, first, last, PML_PRE);
	pml_cursor_init(&m->other, other, first, last, PML_PRE);
	m->va = first;
	m->last = last;
	m->flags = flags;
	m->announced = false;
	m->rights = pml_deniable(own->fmt) & pml_deniable(other->fmt);
	m->may_share = own->fmt == other->fmt && own->rsvd == other->rsvd &&
		       own->pa_rsvd == other->pa_rsvd;
	m->more = pml_next(&m->own, &m->r_own) &&
		  pml_next(&m->other, &m->r_other);
}

/* No page: the reasons that count as one. */
static inline unsigned pml_mirror_kind(enum pml_kind kind)
{
	return kind == PML_NONCANONICAL ? PML_HOLE : kind;
}

static inline unsigned pml_mirror_compare(const struct pml_mirror *m)
{
	const struct pml_record *a = &m->r_own, *b = &m->r_other;
	bool hidden = (m->flags & PML_MIRROR_USER) && a->kind == PML_LEAF &&
		      !(a->rights & PML_U);
	bool mapped = a->kind == PML_LEAF && !hidden;
	unsigned differs = 0;

	if (mapped != (b->kind == PML_LEAF))
		return PML_MIRROR_MAPPED;
	if (hidden)
		return b->kind == PML_RESERVED || b->kind == PML_UNREADABLE ?
		       PML_MIRROR_KIND : 0;
	/* What cannot be read may say anything, unless it is one table. */
	if (a->kind == PML_UNREADABLE && b->kind == PML_UNREADABLE)
		return a->pa != b->pa || a->level != b->level ?
		       PML_MIRROR_KIND : 0;
	if (!mapped)
		return pml_mirror_kind(a->kind) != pml_mirror_kind(b->kind) ?
		       PML_MIRROR_KIND : 0;
	if (a->pa + (m->va - a->va) != b->pa + (m->va - b->va))
		differs |= PML_MIRROR_FRAME;
	if ((a->rights ^ b->rights) & m->rights)
		differs |= PML_MIRROR_RIGHTS;
	if (a->shift != b->shift)
		differs |= PML_MIRROR_PAGE;
	return differs;
}

/* Have both come to the same table, with the same rights on the way? */
static inline bool pml_mirror_shared(const struct pml_mirror *m)
{
	const struct pml_record *a = &m->r_own, *b = &m->r_other;

	return m->may_share && a->kind == PML_TABLE && b->kind == PML_TABLE &&
	       a->pa == b->pa && a->level == b->level && a->va == b->va &&
	       a->rights == b->rights && !(m->flags & PML_MIRROR_USER);
}

/* What both are at now. */
static inline void pml_mirror_fill(const struct pml_mirror *m,
				   struct pml_mirror_record *r)
{
	r->va = m->va;
	r->last = m->r_own.last < m->r_other.last ? m->r_own.last
						  : m->r_other.last;
	r->differs = 0;
	r->entering = false;
	r->own = m->r_own;
	r->other = m->r_other;
}

/* Everything up to `last` has been compared, or is not to be. */
static inline void pml_mirror_advance(struct pml_mirror *m, uint64_t last)
{
	m->more = last != m->last;
	m->va = last + 1;
	if (m->more && m->r_own.last == last)
		m->more = pml_next(&m->own, &m->r_own);
	if (m->more && m->r_other.last == last)
		m->more = pml_next(&m->other, &m->r_other);
}

/* One table down, on the side that covers more, or on both. */
static inline void pml_mirror_enter(struct pml_mirror *m)
{
	bool own = m->r_own.kind == PML_TABLE;
	bool other = m->r_other.kind == PML_TABLE;
	bool both = own && other;
	uint64_t own_last = m->r_own.last, other_last = m->r_other.last;

	m->announced = false;
	if (own && (!both || own_last >= other_last))
		pml_next(&m->own, &m->r_own);
	if (other && (!both || other_last >= own_last))
		pml_next(&m->other, &m->r_other);
}

/*
 * Do not compare what is in tables that were just announced: `r` must be all
 * that they cover.
 */
static inline void pml_mirror_skip(struct pml_mirror *m,
				   const struct pml_mirror_record *r)
{
	m->announced = false;
	if (m->r_own.kind == PML_TABLE)
		pml_skip(&m->own, &m->r_own);
	if (m->r_other.kind == PML_TABLE)
		pml_skip(&m->other, &m->r_other);
	pml_mirror_advance(m, r->last);
}

/*
 * The next range, or false when all has been compared.  A table of both is one
 * range, of kind TABLE.
 */
static inline bool pml_mirror_next(struct pml_mirror *m,
				   struct pml_mirror_record *r)
{
	if (!m->more)
		return false;
	while (!pml_mirror_shared(m)) {
		if (m->r_own.kind != PML_TABLE && m->r_other.kind != PML_TABLE)
			break;
		if ((m->flags & PML_MIRROR_TABLES) && !m->announced) {
			pml_mirror_fill(m, r);
			r->entering = m->announced = true;
			return true;
		}
		pml_mirror_enter(m);
	}
	pml_mirror_fill(m, r);
	if (r->own.kind == PML_TABLE) {
		pml_mirror_skip(m, r);
		return true;
	}
	r->differs = pml_mirror_compare(m);
	pml_mirror_advance(m, r->last);
	return true;
}

/*
 * The table of `level` that va's walk goes through.  False if there is none.
 * For kernels whose mirrored tables lie at a fixed distance from their own.
 */
static inline bool pml_table_of(const struct pml_space *space, uint64_t va,
				int level, uint64_t *pa_ret)
{
	struct pml_target target;
	struct pml_steps steps;
	int i;

	pml_translate(space, va, &target, &steps);
	for (i = 0; i < steps.count; i++) {
		if (steps.step[i].level != level)
			continue;
		*pa_ret = steps.step[i].table_pa;
		return true;
	}
	return false;
}

#endif
