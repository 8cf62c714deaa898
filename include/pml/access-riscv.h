/*
 * Would this access fault on RISC-V, with which cause, because of which bit?
 *
 * pml_riscv_access() says what a hart does with one access under the given
 * registers: through satp's tables, or the VS stage and the G stage, and past
 * physical memory protection.  It reads tables and changes nothing.
 *
 *	struct pml_riscv_access store = {
 *		.va = va, .size = 8, .kind = PML_W,
 *		.as = pml_riscv_as(&regs, false)
 *	};
 *	struct pml_riscv_verdict v;
 *
 *	pml_riscv_mmu_init(&mmu, &regs, at, ctx);
 *	if (!pml_riscv_access(&mmu, &store, &v))
 *		printk("cause %d, entry %llx\n", v.cause, v.raw);
 *
 * RISC-V Instruction Set Manual, volume II: "Virtual Address Translation
 * Process", "Two-Stage Address Translation", "Physical Memory Protection".
 *
 * Not modelled: misaligned accesses, other than that each page of one counts;
 * physical memory attributes, where memory ends, shadow stacks (Zicfiss),
 * landing pads, Svukte, big-endian tables, SXL and VSXL other than `xlen`.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_ACCESS_RISCV_H
#define PML_ACCESS_RISCV_H

#include <pml/fault-riscv.h>
#include <pml/nested.h>
#include <pml/regs-riscv.h>
#include <pml/translate.h>

/* One access. */
struct pml_riscv_access {
	uint64_t va;
	unsigned size;		/* bytes; 0 is 1 */
	uint8_t kind;		/* PML_R, PML_W or PML_X; SC and CBO.ZERO are PML_W, an
				 * AMO is PML_R | PML_W */
	struct pml_riscv_as as;	/* as whom: pml_riscv_as(), or for HLV and its like
				 * pml_riscv_as_guest() */
	bool hlv;		/* by HLV, HLVX or HSV */
	bool hlvx;		/* by HLVX: reads what may be executed */
	bool cbo;		/* by CBO.CLEAN, CBO.FLUSH, CBO.INVAL, of kind PML_R: needs what
				 * a load needs, and its fault is a store's */
};

/* What one stage goes by. */
struct pml_riscv_rules {
	const struct pml_space *space;
	enum pml_riscv_stage stage;
	unsigned need;		/* of PML_R, PML_W and PML_X */
	bool fetch;		/* HLVX is none, though it needs X */
	bool user;		/* U must be 1; else it must be 0, but for */
	bool sum;
	bool mxr;
};

/* The stage that an access's address is looked up in first; NULL: in none. */
static inline const struct pml_space *
pml_riscv_first_stage(const struct pml_riscv_mmu *mmu, struct pml_riscv_as as)
{
	const struct pml_space *space = as.v ? &mmu->vs : &mmu->s;

	return as.priv != PML_RISCV_MODE_M && space->fmt ? space : NULL;
}

/* The address without what pointer masking ignores: "The Ignore Transformation". */
static inline uint64_t pml_riscv_untagged(const struct pml_riscv_mmu *mmu,
					  const struct pml_riscv_access *a,
					  uint64_t va)
{
	uint64_t ignored = 0;

	if (a->kind != PML_X && !a->hlvx)
		ignored = pml_riscv_ignored(&mmu->regs, a->as, a->hlv);
	/* Copies of the bit below, if it is virtual; else zeros. */
	if (pml_riscv_first_stage(mmu, a->as) &&
	    (va & (ignored & -ignored) >> 1))
		return va | ignored;
	return va & ~ignored;
}

/* Past physical memory protection?  *v says which entry denies. */
static inline bool pml_riscv_pmp_passes(const struct pml_riscv_mmu *mmu,
					uint64_t pa, unsigned size,
					unsigned need, bool machine,
					struct pml_riscv_verdict *v)
{
	struct pml_riscv_pmp_verdict pmp =
		pml_riscv_pmp(&mmu->regs.pmp, pa, size, need, machine);

	if (pmp.allowed)
		return true;
	v->reason = PML_RISCV_WHY_PMP;
	v->fault = true;
	v->pmp = pmp.entry;
	v->pmp_partial = pmp.partial;
	v->pmp_pa = pa;
	v->missing = need & ~pmp.rights;
	v->level = 0;
	v->slot_pa = v->raw = v->bits = 0;
	return false;
}

/* Every entry that was read, in physical memory. */
static inline bool pml_riscv_steps_pass(const struct pml_riscv_mmu *mmu,
					const struct pml_format *fmt,
					const struct pml_steps *steps,
					struct pml_riscv_verdict *v)
{
	int i;

	for (i = 0; i < steps->count; i++) {
		if (pml_riscv_pmp_passes(mmu, steps->step[i].slot_pa,
					 fmt->entry_size, PML_R, false, v))
			continue;
		v->implicit = true;
		if (!v->g_stage)
			v->table_level = steps->step[i].level;
		return false;
	}
	return true;
}

/* Why a walk came to no leaf. */
static inline enum pml_riscv_reason pml_riscv_no_leaf(enum pml_kind kind)
{
	switch (kind) {
	case PML_UNREADABLE:
		return PML_RISCV_WHY_UNREADABLE;
	case PML_NONCANONICAL:
		return PML_RISCV_WHY_RANGE;
	case PML_RESERVED:
		return PML_RISCV_WHY_RESERVED;
	default:
		return PML_RISCV_WHY_INVALID;
	}
}

/* Why a leaf's rights do not allow the access; ALLOWED if they do. */
static inline enum pml_riscv_reason
pml_riscv_denied(const struct pml_riscv_rules *rules, unsigned rights)
{
	unsigned given = rights;

	if (rules->user && !(rights & PML_U))
		return PML_RISCV_WHY_USER;
	if (!rules->user && (rights & PML_U)) {
		if (rules->fetch)
			return PML_RISCV_WHY_S_FETCH;
		if (!rules->sum)
			return PML_RISCV_WHY_SUM;
	}
	if (rules->mxr && (rights & PML_X))
		given |= PML_R;
	if (!(rules->need & ~given))
		return PML_RISCV_WHY_ALLOWED;
	return rules->need & ~given & PML_R ? PML_RISCV_WHY_READ :
	       rules->need & ~given & PML_W ? PML_RISCV_WHY_WRITE :
					      PML_RISCV_WHY_EXECUTE;
}

/* A and D that the access wants in a leaf, and that are not there. */
static inline uint64_t pml_riscv_marks(const struct pml_riscv_rules *rules,
				       uint64_t raw)
{
	uint64_t want = PML_RISCV_A;

	if (rules->need & PML_W)
		want |= PML_RISCV_D;
	return want & ~raw;
}

/* The bits of an entry by which it is the reason. */
static inline uint64_t pml_riscv_blamed(const struct pml_space *space,
					const struct pml_step *step,
					enum pml_riscv_reason reason)
{
	switch (reason) {
	case PML_RISCV_WHY_INVALID:
		return PML_RISCV_V;
	case PML_RISCV_WHY_RESERVED:
		return pml_bad_bits(space, step);
	case PML_RISCV_WHY_USER:
	case PML_RISCV_WHY_SUM:
	case PML_RISCV_WHY_S_FETCH:
		return PML_RISCV_U;
	case PML_RISCV_WHY_READ:
		return PML_RISCV_R;
	case PML_RISCV_WHY_WRITE:
		return PML_RISCV_W;
	case PML_RISCV_WHY_EXECUTE:
		return PML_RISCV_X;
	case PML_RISCV_WHY_ACCESSED:
		return PML_RISCV_A;
	case PML_RISCV_WHY_DIRTY:
		return PML_RISCV_D;
	default:
		return 0;
	}
}

/* Tables take no rights away, so that it is always the last entry. */
static inline bool pml_riscv_blame(const struct pml_space *space,
				   const struct pml_steps *steps,
				   enum pml_riscv_reason reason,
				   struct pml_riscv_verdict *v)
{
	const struct pml_step *step;

	v->reason = reason;
	v->fault = reason != PML_RISCV_WHY_UNREADABLE;
	v->level = 0;
	v->slot_pa = v->raw = v->bits = 0;
	if (!steps->count)
		return false;
	step = &steps->step[steps->count - 1];
	v->level = step->level;
	v->slot_pa = step->slot_pa;
	v->raw = step->raw;
	v->bits = pml_riscv_blamed(space, step, reason);
	return false;
}

/* What a stage says of the leaf, or of there being none. */
static inline bool pml_riscv_leaf_passes(const struct pml_riscv_mmu *mmu,
					 const struct pml_riscv_rules *rules,
					 const struct pml_target *t,
					 const struct pml_steps *steps,
					 struct pml_riscv_verdict *v)
{
	enum pml_riscv_reason why;
	uint64_t marks;

	if (t->kind != PML_LEAF)
		return pml_riscv_blame(rules->space, steps,
				       pml_riscv_no_leaf((enum pml_kind)t->kind), v);
	why = pml_riscv_denied(rules, t->rights);
	if (why != PML_RISCV_WHY_ALLOWED) {
		v->missing = rules->need & ~t->rights;
		return pml_riscv_blame(rules->space, steps, why, v);
	}
	marks = pml_riscv_marks(rules, t->raw);
	if (marks && !pml_riscv_sets_ad(&mmu->regs, rules->stage))
		return pml_riscv_blame(rules->space, steps, marks & PML_RISCV_A ?
				       PML_RISCV_WHY_ACCESSED :
				       PML_RISCV_WHY_DIRTY, v);
	return true;
}

/*
 * The G stage: may `need` be done at `gpa`?  v->outer is where it leads; `mxr` is
 * mstatus', and for explicit loads alone.
 */
static inline bool pml_riscv_gpa_passes(const struct pml_riscv_mmu *mmu,
					uint64_t gpa, unsigned need, bool mxr,
					struct pml_riscv_verdict *v)
{
	const struct pml_riscv_rules rules = {
		.space = &mmu->g, .stage = PML_RISCV_STAGE_G, .need = need,
		.user = true, .mxr = mxr,
	};
	struct pml_steps steps;

	if (!mmu->g.fmt) {
		pml_identity(gpa, &v->outer);
		return true;
	}
	v->g_stage = true;
	v->gpa = gpa;
	pml_translate(&mmu->g, gpa, &v->outer, &steps);
	if (!pml_riscv_steps_pass(mmu, mmu->g.fmt, &steps, v) ||
	    !pml_riscv_leaf_passes(mmu, &rules, &v->outer, &steps, v))
		return false;
	/* Its own A and D are set where its tables are. */
	if (pml_riscv_marks(&rules, v->outer.raw) &&
	    !pml_riscv_pmp_passes(mmu, v->outer.slot_pa, mmu->g.fmt->entry_size,
				  PML_W, false, v)) {
		v->implicit = true;
		return false;
	}
	v->g_stage = false;
	v->gpa = 0;
	return true;
}

/*
 * An entry of the VS stage at `gpa`, to be read, or written with A and D: as an
 * implicit access, whatever the access is that it is for.
 */
static inline bool pml_riscv_entry_passes(const struct pml_riscv_mmu *mmu,
					  uint64_t gpa, int level,
					  unsigned need,
					  struct pml_riscv_verdict *v)
{
	v->implicit = true;
	v->table_level = level;
	if (!pml_riscv_gpa_passes(mmu, gpa, need, false, v) ||
	    !pml_riscv_pmp_passes(mmu, v->outer.pa, mmu->vs.fmt->entry_size,
				  need, false, v))
		return false;
	v->implicit = false;
	v->table_level = 0;
	return true;
}

/* The VS stage's tables, read through the G stage: is each entry there? */
static inline bool pml_riscv_turns_pass(const struct pml_riscv_mmu *mmu,
					const struct pml_walk_2d *walk,
					struct pml_riscv_verdict *v)
{
	int i;

	for (i = 0; i < walk->turns; i++)
		if (!pml_riscv_entry_passes(mmu, walk->turn[i].gpa,
					    mmu->vs.fmt->levels - i, PML_R, v))
			return false;
	return true;
}

/* A and D of the S or VS stage's leaf, which hardware sets. */
static inline bool pml_riscv_marks_pass(const struct pml_riscv_mmu *mmu,
					const struct pml_riscv_rules *rules,
					struct pml_riscv_verdict *v)
{
	const struct pml_target *t = &v->target;

	if (!pml_riscv_marks(rules, t->raw))
		return true;
	if (rules->stage == PML_RISCV_STAGE_VS) {
		if (pml_riscv_entry_passes(mmu, t->slot_pa, t->level, PML_W, v))
			return true;
		if (v->reason != PML_RISCV_WHY_PMP &&
		    v->reason != PML_RISCV_WHY_UNREADABLE)
			v->reason = PML_RISCV_WHY_MARK;
		return false;
	}
	if (pml_riscv_pmp_passes(mmu, t->slot_pa, rules->space->fmt->entry_size,
				 PML_W, false, v))
		return true;
	v->implicit = true;
	v->table_level = t->level;
	return false;
}

/* The first stage, S or VS, if there is one. */
static inline bool pml_riscv_first_passes(const struct pml_riscv_mmu *mmu,
					  const struct pml_riscv_access *a,
					  uint64_t va,
					  struct pml_riscv_verdict *v)
{
	const struct pml_space *space = pml_riscv_first_stage(mmu, a->as);
	const struct pml_riscv_rules rules = {
		.space = space,
		.stage = a->as.v ? PML_RISCV_STAGE_VS : PML_RISCV_STAGE_S,
		.need = a->hlvx ? PML_X : a->kind,
		.fetch = a->kind == PML_X,
		.user = a->as.priv == PML_RISCV_MODE_U,
		.sum = pml_riscv_sum(&mmu->regs, a->as),
		.mxr = pml_riscv_mxr(&mmu->regs, a->as),
	};
	struct pml_walk_2d walk = { .turns = 0 };
	struct pml_steps steps;
	struct pml_nested n;
	bool passes;

	if (!space) {
		pml_identity(va, &v->target);
		return true;
	}
	if (a->as.v && mmu->g.fmt) {
		pml_nested_init(&n, space, &mmu->g, PML_STAGE2);
		n.walk = &walk;
		space = &n.inner;
	}
	pml_translate(space, va, &v->target, &steps);
	passes = space == rules.space ?
		 pml_riscv_steps_pass(mmu, space->fmt, &steps, v) :
		 pml_riscv_turns_pass(mmu, &walk, v);
	return passes &&
	       pml_riscv_leaf_passes(mmu, &rules, &v->target, &steps, v) &&
	       pml_riscv_marks_pass(mmu, &rules, v);
}

/* The part of an access that is in one page.  True if it is allowed. */
static inline bool pml_riscv_access_page(const struct pml_riscv_mmu *mmu,
					 const struct pml_riscv_access *a,
					 uint64_t given, unsigned size,
					 struct pml_riscv_verdict *v)
{
	uint64_t va = pml_riscv_untagged(mmu, a, given);

	v->va = va;
	if (!pml_riscv_first_passes(mmu, a, va, v))
		return false;
	v->pa = v->target.pa;
	if (a->as.v) {
		if (!pml_riscv_gpa_passes(mmu, v->target.pa,
					  a->hlvx ? PML_X : a->kind,
					  mmu->regs.mstatus & PML_RISCV_MSTATUS_MXR,
					  v))
			return false;
		v->pa = v->outer.pa;
	}
	/* HLVX reads: what PMP lets execute alone it cannot have. */
	return pml_riscv_pmp_passes(mmu, v->pa, size, a->kind,
				    a->as.priv == PML_RISCV_MODE_M, v);
}

/*
 * "Cache-Block Management Instructions": where neither a load nor a store is
 * allowed, but a fetch is, it is UNSPECIFIED whether these are.
 */
static inline void pml_riscv_settle_cbo(struct pml_riscv_verdict *v)
{
	const struct pml_target *t = v->g_stage ? &v->outer : &v->target;

	if (v->reason != PML_RISCV_WHY_READ || !(t->rights & PML_X))
		return;
	v->reason = PML_RISCV_WHY_CBO;
	v->fault = false;
}

/*
 * What becomes of the access?  Always fills *v; true if it is allowed.  Bytes
 * are tried in ascending order, page for page, so that of several faults the
 * first counts.
 */
static inline bool pml_riscv_access(const struct pml_riscv_mmu *mmu,
				    const struct pml_riscv_access *a,
				    struct pml_riscv_verdict *v)
{
	unsigned size = a->size ? a->size : 1;
	unsigned left = 4096 - (a->va & 4095), part = size < left ? size : left;
	uint64_t pa, va, at = a->va;
	bool passes;

	pml_riscv_verdict_init(v, a->va);
	passes = pml_riscv_access_page(mmu, a, at, part, v);
	pa = v->pa;
	va = v->va;
	while (passes && part < size) {
		at += part;
		size -= part;
		part = size < 4096 ? size : 4096;
		passes = pml_riscv_access_page(mmu, a, at, part, v);
		v->va = passes ? va : v->va;
	}
	v->pa = passes ? pa : 0;
	if (a->cbo)
		pml_riscv_settle_cbo(v);
	if (!passes)
		v->cause = pml_riscv_cause(a->cbo ? PML_W : a->kind,
					   v->reason == PML_RISCV_WHY_PMP ||
					   v->reason == PML_RISCV_WHY_UNREADABLE,
					   v->g_stage);
	return passes;
}

#endif
