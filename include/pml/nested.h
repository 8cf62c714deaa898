/*
 * Two dimensions: gva -> gpa -> hpa.
 *
 * The inner space is a guest's, the outer one the tables that its physical
 * addresses go through: AMD's nested paging (an x86 format, whichever the host
 * runs with) or Intel's EPT.  The inner space reads its own tables through the
 * outer one, so that the walk is pml_translate() and pml_next() as ever:
 *
 *	struct pml_nested n;
 *
 *	pml_nested_init(&n, &guest, &host, PML_NPT);
 *	pml_cursor_init(&c, &n.inner, ...);		the guest's tables alone
 *	pml_translate_2d(&n, gva, &target, &walk);	both, one address
 *	pml_product_init(&p, &n, first, last);		both, a range
 *
 * What the hardware asks of the outer tables where the guest's own tables are
 * read is more than one would think.  AMD: they are walked as user mode and
 * written (APM 2, 15.25.5), so U and W are needed at every level.  Intel: they
 * are read, and with accessed and dirty flags in the EPT also written (SDM 3C,
 * 29.3.3.2).  A guest's table in memory without these rights cannot be used
 * and is UNREADABLE here.
 *
 * Of a PAE guest Intel's processors have the four top entries in registers,
 * which VM entries and writes to CR3 fill (SDM 3A, 4.4.1; 3C, 27.3.2.4): no
 * translation reads them.  Those registers are in no memory, so that what CR3
 * refers to has to stand for them here; see pml_keeps_top().  AMD's nested
 * paging reads them as any other table (APM 2, 15.25.10).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_NESTED_H
#define PML_NESTED_H

#include <pml/cursor.h>
#include <pml/translate.h>

/* What the outer tables are. */
enum pml_nesting {
	PML_PLAIN,	/* a map of addresses, whoever made it: its rights stop no table walk */
	PML_NPT,
	PML_EPT,
	PML_EPT_AD,	/* with accessed and dirty flags: EPTP bit 6 */
	PML_STAGE2,	/* AArch64's stage 2, RISC-V's G stage: tables must be readable,
			 * by the user (on AArch64 all is) */
};

/* Rights that they must give to the guest's tables. */
static inline unsigned pml_nested_need(enum pml_nesting nesting)
{
	static const uint8_t need[] = {
		[PML_PLAIN] = 0,
		[PML_NPT] = PML_R | PML_W | PML_U,
		[PML_EPT] = PML_R,
		[PML_EPT_AD] = PML_R | PML_W,
		[PML_STAGE2] = PML_R | PML_U,
	};

	return need[nesting];
}

/* One address through the outer tables. */
struct pml_turn {
	uint64_t gpa;
	struct pml_target target;
	struct pml_steps steps;
};

/*
 * A walk in two dimensions, as hardware does it.  turn[i] finds the entry of
 * inner.step[i]; one more turn, if the guest's tables map the address, finds
 * the memory itself.  With 4 levels by 4 that is 24 entries, 5 by 5 make 35.
 */
struct pml_walk_2d {
	struct pml_steps inner;
	int turns;
	struct pml_turn turn[PML_MAX_LEVELS + 1];
};

/* A space whose tables lie in another.  Not to be copied once set up. */
struct pml_nested {
	struct pml_space inner;
	const struct pml_space *outer;
	enum pml_nesting nesting;
	bool ept_advanced;		/* EPT violations tell the guest's rights, too */
	uint64_t failed_pa;		/* last gpa of a table that could not be read */
	struct pml_target failed;	/* why; a LEAF: lacks a right, or no memory is there */
	bool has_failed;		/* the two above are set */
	struct pml_walk_2d *walk;	/* keeps the turns, if not NULL */
};

/* Does the processor have the guest's top table in registers, all of it? */
static inline bool pml_keeps_top(const struct pml_nested *n)
{
	const struct pml_format *fmt = n->inner.fmt;

	return (n->nesting == PML_EPT || n->nesting == PML_EPT_AD) && fmt &&
	       fmt->level[fmt->levels].in_registers;
}

/* Is `gpa` in such a table? */
static inline bool pml_is_kept(const struct pml_nested *n, uint64_t gpa)
{
	return pml_keeps_top(n) && gpa - pml_root_pa(&n->inner) <
	       pml_table_size(n->inner.fmt, n->inner.fmt->levels);
}

/* Translate one gpa, keeping the turn if there is room to. */
static inline bool pml_nested_turn(struct pml_nested *n, uint64_t gpa,
				   struct pml_target *target)
{
	struct pml_turn *turn;
	bool mapped;

	if (!n->walk)
		return pml_translate(n->outer, gpa, target, NULL);
	turn = &n->walk->turn[n->walk->turns++];
	turn->gpa = gpa;
	mapped = pml_translate(n->outer, gpa, &turn->target, &turn->steps);
	*target = turn->target;
	return mapped;
}

/* The inner space's `at`. */
static inline const void *pml_nested_at(void *ctx, uint64_t gpa, size_t size)
{
	struct pml_nested *n = ctx;
	unsigned need = pml_is_kept(n, gpa) ? 0 : pml_nested_need(n->nesting);
	struct pml_target target;
	const void *table = NULL;

	if (pml_nested_turn(n, gpa, &target) &&
	    (target.rights & need) == need)
		table = n->outer->at(n->outer->ctx, target.pa, size);
	if (!table) {
		n->failed_pa = gpa;
		n->failed = target;
		n->has_failed = true;
	}
	return table;
}

/*
 * The guest `inner`, whose memory is what `outer` maps.  `outer` must outlive
 * *n; of `inner`, which is copied, `at` and `ctx` do not matter.  A guest that
 * does not use paging has a `fmt` of NULL: pml_translate_2d() and
 * pml_x86_access_2d() take its addresses for what they are, and there are no
 * tables of its own to walk.
 */
static inline void pml_nested_init(struct pml_nested *n,
				   const struct pml_space *inner,
				   const struct pml_space *outer,
				   enum pml_nesting nesting)
{
	n->inner = *inner;
	n->inner.at = pml_nested_at;
	n->inner.ctx = n;
	n->outer = outer;
	n->nesting = nesting;
	n->ept_advanced = false;
	n->failed_pa = 0;
	n->has_failed = false;
	n->walk = NULL;
}

/*
 * What both dimensions allow.  The outer's U is needed for anything at all:
 * nested accesses are user accesses on AMD and RISC-V, and EPT and AArch64's
 * stage 2 always have it.  Where the outer tells user and supervisor execution
 * apart and the inner does not, the address is a user's if the guest's tables
 * say so (SDM 3C, 29.3.2).
 */
static inline unsigned pml_combine(const struct pml_nested *n,
				   unsigned inner, unsigned outer)
{
	bool inner_xu = n->inner.fmt && pml_has_xu(n->inner.fmt);
	unsigned rights = inner & (outer | PML_U | PML_XU), user = outer;

	if (!(outer & PML_U) && n->nesting != PML_PLAIN)
		return 0;
	/* What a fetch by user mode needs of the outer, as its X. */
	if (pml_has_xu(n->outer->fmt))
		user = outer & PML_XU ? PML_X : 0;
	if (!(user & PML_X))
		rights &= ~(unsigned)PML_XU;
	if (!inner_xu && (inner & PML_U))
		rights = (rights & ~(unsigned)PML_X) | (inner & user & PML_X);
	return rights;
}

/* Where a walk in two dimensions ended. */
enum pml_where {
	PML_IN_INNER,		/* in the guest's tables, that could all be read */
	PML_IN_TABLE,		/* the outer tables, on the way to one of the guest's */
	PML_IN_FINAL,		/* the outer tables, on the way to the memory itself */
};

struct pml_target_2d {
	bool mapped;
	enum pml_where where;		/* IN_FINAL if mapped */
	struct pml_target inner;	/* gva -> gpa */
	struct pml_target outer;	/* the last turn: gpa -> hpa */
	uint64_t gpa;			/* what that turn was for */
	uint64_t pa;			/* mapped: the address in the outer's memory */
	unsigned rights;		/* mapped: what both allow */
	uint8_t shift;			/* mapped: log2 of the smaller page */
};

/* Paging is off: an address is its own physical address, without any limit. */
static inline void pml_identity(uint64_t va, struct pml_target *target)
{
	target->pa = va;
	target->raw = target->slot_pa = 0;
	target->rights = PML_R | PML_W | PML_X | PML_U;
	target->kind = PML_LEAF;
	target->level = 0;
	target->shift = 63;
}

/* gva -> gpa, keeping the guest's steps if the walk is to be kept. */
static inline bool pml_nested_inner(struct pml_nested *n, uint64_t gva,
				    struct pml_target *target)
{
	struct pml_steps *steps = n->walk ? &n->walk->inner : NULL;

	if (n->inner.fmt)
		return pml_translate(&n->inner, gva, target, steps);
	if (steps)
		steps->count = 0;
	pml_identity(gva, target);
	return true;
}

/*
 * Translate `gva` through both.  Always fills *t; true if it is mapped.
 * `walk` may be NULL.
 */
static inline bool pml_translate_2d(struct pml_nested *n, uint64_t gva,
				    struct pml_target_2d *t,
				    struct pml_walk_2d *walk)
{
	bool inner, mapped = false;

	t->pa = t->gpa = 0;
	t->rights = t->shift = 0;
	n->has_failed = false;
	n->walk = walk;
	if (walk)
		walk->turns = 0;
	inner = pml_nested_inner(n, gva, &t->inner);
	if (inner) {
		t->where = PML_IN_FINAL;
		t->gpa = t->inner.pa;
		mapped = pml_nested_turn(n, t->gpa, &t->outer);
	} else if (n->has_failed) {
		t->where = PML_IN_TABLE;
		t->gpa = n->failed_pa;
		t->outer = n->failed;
	} else {
		t->where = PML_IN_INNER;
	}
	n->walk = NULL;
	t->mapped = mapped;
	if (mapped) {
		t->pa = t->outer.pa;
		t->rights = pml_combine(n, t->inner.rights, t->outer.rights);
		t->shift = t->inner.shift < t->outer.shift ? t->inner.shift
							   : t->outer.shift;
	}
	return mapped;
}

/*
 * The product: every gva with what both dimensions make of it.  The guest's
 * leaves are cut where the outer tables have another leaf.
 */
struct pml_product_record {
	struct pml_record r;	/* LEAF: pa is the outer's, rights are combined; else why not */
	enum pml_where where;	/* which dimension r's entry is of; IN_FINAL for a LEAF */
	uint64_t gpa;		/* where != IN_INNER: what r.va, or its table, is for the guest */
	struct pml_record guest;	/* the guest's entry, uncut */
};

struct pml_product {
	struct pml_nested *nested;
	struct pml_cursor inner, outer;
	struct pml_record leaf;	/* of the guest, being cut */
	bool cutting;
};

/* Begin a walk of the guest's first..last; *n and what it refers to must outlive it. */
static inline void pml_product_init(struct pml_product *p,
				    struct pml_nested *n, uint64_t first,
				    uint64_t last)
{
	p->nested = n;
	p->cutting = false;
	n->has_failed = false;
	pml_cursor_init(&p->inner, &n->inner, first, last, 0);
}

/* A piece of the guest's leaf: where the outer tables have the record `outer`. */
static inline void pml_product_piece(const struct pml_nested *n,
				     const struct pml_record *leaf,
				     const struct pml_record *outer,
				     struct pml_product_record *out)
{
	out->guest = *leaf;
	out->where = PML_IN_FINAL;
	out->gpa = outer->va;
	out->r = *outer;
	out->r.va = leaf->va + (outer->va - leaf->pa);
	out->r.last = leaf->va + (outer->last - leaf->pa);
	if (outer->kind != PML_LEAF)
		return;
	out->r.rights = pml_combine(n, leaf->rights, outer->rights);
	if (leaf->shift < outer->shift)
		out->r.shift = leaf->shift;
}

/* A record of the guest's that is no leaf. */
static inline void pml_product_other(const struct pml_record *guest,
				     struct pml_product_record *out)
{
	out->guest = *guest;
	out->r = *guest;
	out->where = PML_IN_INNER;
	out->gpa = 0;
	/* A table that failed to translate, rather than a guest's own mistake. */
	if (guest->kind == PML_UNREADABLE) {
		out->where = PML_IN_TABLE;
		out->gpa = guest->pa;
	}
}

/* A walk of the outer tables, over what the guest's leaf maps to. */
static inline void pml_product_under(struct pml_cursor *outer,
				     const struct pml_nested *n,
				     const struct pml_record *leaf,
				     unsigned flags)
{
	pml_cursor_init(outer, n->outer, leaf->pa,
			leaf->pa + (leaf->last - leaf->va), flags);
}

/* The next piece of the guest's leaf, as the outer tables cut it. */
static inline bool pml_product_cut(struct pml_product *p,
				   struct pml_product_record *out)
{
	struct pml_record r;

	if (!pml_next(&p->outer, &r))
		return false;
	pml_product_piece(p->nested, &p->leaf, &r, out);
	return true;
}

/* The next record, or false when the range has been covered. */
static inline bool pml_product_next(struct pml_product *p,
				    struct pml_product_record *out)
{
	if (p->cutting && pml_product_cut(p, out))
		return true;
	p->cutting = false;
	if (!pml_next(&p->inner, &p->leaf))
		return false;
	if (p->leaf.kind == PML_LEAF) {
		p->cutting = true;
		pml_product_under(&p->outer, p->nested, &p->leaf, 0);
		return pml_product_cut(p, out);
	}
	pml_product_other(&p->leaf, out);
	return true;
}

#endif
