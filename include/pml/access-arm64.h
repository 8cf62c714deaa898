/*
 * Would this access fault on AArch64, with which syndrome, because of which bit?
 *
 * pml_arm64_access() says what a processor does with one access under the given
 * registers, through stage 1 and, where it is on, stage 2: DDI 0487, D8.4
 * (permissions), D8.5 (flags set by hardware), D8.15 (faults).  It reads tables
 * and changes nothing.
 *
 *	struct pml_arm64_access store = { .va = va, .size = 8, .kind = PML_W };
 *	struct pml_arm64_verdict v;
 *
 *	pml_arm64_mmu_init(&mmu, &regs, at, ctx);
 *	if (!pml_arm64_access(&mmu, &store, &v))
 *		printk("fault status %x, entry %llx\n", v.fsc, v.raw);
 *
 * Not modelled: alignment, tag checks (MTE), branch targets (BTI), memory types,
 * Realm and Secure state, permission indirection and overlays, nested
 * virtualization, granule protection.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_ACCESS_ARM64_H
#define PML_ACCESS_ARM64_H

#include <pml/fault-arm64.h>
#include <pml/nested.h>
#include <pml/regs-arm64.h>

/* One access.  A read-modify-write is a write. */
struct pml_arm64_access {
	uint64_t va;
	unsigned size;		/* bytes; 0 is 1 */
	uint8_t kind;		/* PML_R, PML_W or PML_X */
	bool el0;		/* made at EL0 */
	bool unprivileged;	/* as if: by LDTR and its like, without PSTATE.UAO */
	bool pan;		/* PSTATE.PAN is 1, and this access obeys it */
	bool stage1;		/* an AT instruction that asks for stage 1 alone */
};

/* By EL0's rights? */
static inline bool pml_arm64_as_el0(const struct pml_arm64_access *a)
{
	return a->el0 || a->unprivileged;
}

/* ESR_ELx's low 25 bits, as far as they are known here. */
static inline uint32_t pml_arm64_iss(const struct pml_arm64_access *a,
				     const struct pml_arm64_verdict *v)
{
	return v->fsc | (a->kind == PML_W ? PML_ARM64_ISS_WNR : 0) |
	       (v->s1ptw ? PML_ARM64_ISS_S1PTW : 0);
}

/*
 * Stage 2: may `need` be done at `ipa`?  *v says why not; `s1ptw` is for a
 * table of stage 1.
 */
static inline bool pml_arm64_ipa_passes(const struct pml_arm64_mmu *mmu,
					uint64_t ipa, unsigned need, bool s1ptw,
					struct pml_arm64_verdict *v)
{
	const struct pml_space *space = &mmu->stage2;
	struct pml_steps steps;
	struct pml_target *t = &v->outer;

	v->stage2 = true;
	v->s1ptw = s1ptw;
	v->ipa = ipa;
	v->missing = 0;
	if (!mmu->has_stage2)
		return pml_arm64_fault0(v, PML_ARM64_WHY_SETUP);
	if (!pml_canonical(space->fmt, ipa))
		return pml_arm64_fault0(v, PML_ARM64_WHY_RANGE);
	if (pml_root_pa(space) & space->pa_rsvd)
		return pml_arm64_fault0(v, PML_ARM64_WHY_SIZE);
	if (!pml_translate(space, ipa, t, &steps))
		return pml_arm64_blame(space, &steps,
				       pml_arm64_no_leaf(space, t), v);
	if (!(t->raw & PML_ARM64_AF) && !pml_arm64_sets_af(&mmu->regs, true))
		return pml_arm64_blame(space, &steps, PML_ARM64_WHY_FLAG, v);
	v->missing = need & ~t->rights;
	if (v->missing)
		return pml_arm64_blame(space, &steps,
				       v->missing & PML_R ? PML_ARM64_WHY_READ :
				       v->missing & PML_W ? PML_ARM64_WHY_WRITE :
							    PML_ARM64_WHY_XN, v);
	v->stage2 = v->s1ptw = false;
	v->ipa = 0;
	return true;
}

/* Is the right to execute in the entries, and lost by what can be written? */
static inline bool pml_arm64_excluded(const struct pml_format *fmt,
				      const struct pml_steps *steps,
				      unsigned right)
{
	int leaf = steps->count - 1;
	unsigned above = leaf ? steps->step[leaf - 1].rights : ~0u;

	return (above & right) &&
	       !(steps->step[leaf].raw & pml_bits_of_right(fmt, right));
}

/* Why stage 1's rights do not allow the access; ALLOWED if they do.  D8.4.1. */
static inline enum pml_arm64_reason
pml_arm64_denied(const struct pml_arm64_mmu *mmu, const struct pml_space *space,
		 const struct pml_arm64_access *a, const struct pml_steps *steps,
		 unsigned *missing)
{
	unsigned rights = steps->step[steps->count - 1].rights;
	unsigned execute = pml_arm64_as_el0(a) ? PML_XU : PML_X;

	*missing = 0;
	if (a->kind == PML_X) {
		if (rights & execute)
			return PML_ARM64_WHY_ALLOWED;
		if (!pml_arm64_excluded(space->fmt, steps, execute)) {
			*missing = execute;
			return PML_ARM64_WHY_XN;
		}
		*missing = 0;
		return !pml_arm64_as_el0(a) && (rights & PML_U) ? PML_ARM64_WHY_EL0_WRITES :
						     PML_ARM64_WHY_WXN;
	}
	if (pml_arm64_as_el0(a) && !(rights & PML_U)) {
		*missing = PML_U;
		return PML_ARM64_WHY_EL0;
	}
	if (!pml_arm64_as_el0(a) && a->pan &&
	    ((rights & PML_U) || ((mmu->regs.sctlr & PML_ARM64_SCTLR_EPAN) &&
				  pml_arm64_has(&mmu->regs, 1, 20, 3) &&
				  (rights & PML_XU))))
		return PML_ARM64_WHY_PAN;
	if (a->kind == PML_W && !(rights & PML_W)) {
		*missing = PML_W;
		return PML_ARM64_WHY_WRITE;
	}
	return PML_ARM64_WHY_ALLOWED;
}

/* Must the processor write to stage 1's leaf: AF, or that it is dirty? */
static inline bool pml_arm64_marks(const struct pml_arm64_mmu *mmu,
				   const struct pml_space *space,
				   const struct pml_arm64_access *a,
				   const struct pml_target *t)
{
	if (!(t->raw & PML_ARM64_AF))
		return pml_arm64_sets_af(&mmu->regs, false);
	return a->kind == PML_W && space->fmt->allow.mask &&
	       (t->raw & PML_ARM64_DBM) && (t->raw & PML_ARM64_AP2);
}

/* Each entry of stage 1 that was read, through stage 2. */
static inline bool pml_arm64_tables_pass(const struct pml_arm64_mmu *mmu,
					 const struct pml_walk_2d *walk,
					 int levels, struct pml_arm64_verdict *v)
{
	int i;

	for (i = 0; i < walk->turns; i++) {
		v->table_level = levels - i;
		if (!pml_arm64_ipa_passes(mmu, walk->turn[i].gpa, PML_R, true, v))
			return false;
	}
	v->table_level = 0;
	return true;
}

/* Stage 1's tables, read through stage 2 if that is on. */
static inline bool pml_arm64_walk(const struct pml_arm64_mmu *mmu,
				  const struct pml_space *half,
				  const struct pml_arm64_access *a,
				  uint64_t va, struct pml_arm64_verdict *v)
{
	bool nested = pml_arm64_stage2_on(&mmu->regs);
	const struct pml_space *space = half;
	enum pml_arm64_reason why;
	struct pml_walk_2d walk;
	struct pml_nested n;
	struct pml_steps steps;
	bool mapped;

	walk.turns = 0;
	if (nested) {
		if (!mmu->has_stage2)
			return pml_arm64_ipa_passes(mmu, pml_root_pa(half),
						    PML_R, true, v);
		pml_nested_init(&n, half, &mmu->stage2, PML_STAGE2);
		n.walk = &walk;
		space = &n.inner;
	}
	mapped = pml_translate(space, va, &v->target, &steps);
	if (!pml_arm64_tables_pass(mmu, &walk, half->fmt->levels, v))
		return false;
	if (!mapped)
		return pml_arm64_blame(space, &steps,
				       pml_arm64_no_leaf(space, &v->target), v);
	if (!(v->target.raw & PML_ARM64_AF) &&
	    !pml_arm64_sets_af(&mmu->regs, false))
		return pml_arm64_blame(space, &steps, PML_ARM64_WHY_FLAG, v);
	why = pml_arm64_denied(mmu, space, a, &steps, &v->missing);
	if (why != PML_ARM64_WHY_ALLOWED)
		return pml_arm64_blame(space, &steps, why, v);
	if (nested && pml_arm64_marks(mmu, space, a, &v->target) &&
	    !pml_arm64_ipa_passes(mmu, v->target.slot_pa, PML_R | PML_W, true, v)) {
		v->reason = PML_ARM64_WHY_MARK;
		v->table_level = v->target.level;
		return false;
	}
	return true;
}

/* What can be said of the address before any table is read. */
static inline enum pml_arm64_reason
pml_arm64_no_walk(const struct pml_arm64_mmu *mmu, bool upper,
		  const struct pml_arm64_access *a, uint64_t va)
{
	const struct pml_space *space = &mmu->half[upper];
	bool halves = pml_arm64_has_el0((enum pml_arm64_regime)mmu->regs.regime);

	if (!mmu->has_half[upper])
		return PML_ARM64_WHY_SETUP;
	if (!pml_canonical(space->fmt, va))
		return PML_ARM64_WHY_RANGE;
	if (halves && (mmu->regs.tcr & PML_ARM64_TCR_EPD(upper)))
		return PML_ARM64_WHY_EPD;
	if (halves && pml_arm64_as_el0(a) && (mmu->regs.tcr & PML_ARM64_TCR_E0PD(upper)) &&
	    pml_arm64_has(&mmu->regs, 2, 60, 1))
		return PML_ARM64_WHY_E0PD;
	if (pml_root_pa(space) & space->pa_rsvd)
		return PML_ARM64_WHY_SIZE;
	return PML_ARM64_WHY_ALLOWED;
}

/* Stage 1 is off: addresses are their own, as far as there are any. */
static inline bool pml_arm64_flat(const struct pml_arm64_mmu *mmu, uint64_t va,
				  struct pml_arm64_verdict *v)
{
	unsigned bits = mmu->regs.has_id ?
			pml_arm64_size(mmu->regs.mmfr[0] & 15) : 52;

	if (va >> bits)
		return pml_arm64_fault0(v, PML_ARM64_WHY_SIZE);
	pml_identity(va, &v->target);
	return true;
}

/* Which half an address is in: D8.2.4. */
static inline bool pml_arm64_is_upper(const struct pml_arm64_regs *regs,
				      uint64_t va)
{
	return pml_arm64_has_el0((enum pml_arm64_regime)regs->regime) &&
	       (va >> 55 & 1);
}

/* The address without its tag, where that is ignored: bit 55 is copied. */
static inline uint64_t pml_arm64_untagged(const struct pml_arm64_regs *regs,
					  const struct pml_arm64_access *a,
					  uint64_t va)
{
	bool upper = pml_arm64_is_upper(regs, va);

	if (!pml_arm64_ignores_top(regs, upper, a->kind == PML_X))
		return va;
	return upper ? va | PML_BITS(56, 63) : va & PML_BITS(0, 55);
}

/* The part of an access that is in one page.  True if it is allowed. */
static inline bool pml_arm64_access_page(const struct pml_arm64_mmu *mmu,
					 const struct pml_arm64_access *a,
					 uint64_t given,
					 struct pml_arm64_verdict *v)
{
	uint64_t va = pml_arm64_untagged(&mmu->regs, a, given);
	bool upper = pml_arm64_is_upper(&mmu->regs, va);
	enum pml_arm64_reason why;

	v->va = given;
	if (!pml_arm64_stage1_on(&mmu->regs)) {
		if (!pml_arm64_flat(mmu, va, v))
			return false;
	} else {
		why = pml_arm64_no_walk(mmu, upper, a, va);
		if (why != PML_ARM64_WHY_ALLOWED)
			return pml_arm64_fault0(v, why);
		if (!pml_arm64_walk(mmu, &mmu->half[upper], a, va, v))
			return false;
	}
	v->pa = v->target.pa;
	if (a->stage1 || !pml_arm64_stage2_on(&mmu->regs))
		return true;
	if (!pml_arm64_ipa_passes(mmu, v->target.pa, a->kind == PML_X && a->el0 ?
				  PML_XU : a->kind, false, v))
		return false;
	v->pa = v->outer.pa;
	return true;
}

/*
 * What becomes of the access?  Always fills *v; true if it is allowed.  Bytes
 * are tried in ascending order, page for page, so that of several faults the
 * first counts.
 */
static inline bool pml_arm64_access(const struct pml_arm64_mmu *mmu,
				    const struct pml_arm64_access *a,
				    struct pml_arm64_verdict *v)
{
	uint64_t more = ((a->va & 0xfff) + (a->size ? a->size - 1 : 0)) >> 12;
	uint64_t page = a->va & ~0xfffULL, pa;
	bool passes;

	pml_arm64_verdict_init(v, a->va);
	passes = pml_arm64_access_page(mmu, a, a->va, v);
	pa = v->pa;
	while (passes && more--) {
		page += 0x1000;
		passes = pml_arm64_access_page(mmu, a, page, v);
		v->va = passes ? a->va : v->va;
		v->pa = passes ? pa : 0;
	}
	if (!passes && v->fault) {
		v->ec = a->kind == PML_X ? PML_ARM64_EC_FETCH : PML_ARM64_EC_DATA;
		/* From below, seen from the level that takes it. */
		if (v->stage2 || a->el0)
			v->ec -= 1;
	}
	return passes;
}

#endif
