/*
 * Would an access fault?  The core's answer, asked with what is known of an
 * AArch64 processor.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/arm64/judge.h"

#include <string.h>

#define SCTLR_SPAN	(1ULL << 23)	/* exceptions leave PSTATE.PAN as it is */

void pmap_arm64_judge_init(struct pmap_judge *judge, bool *knows_user_ret)
{
	const struct pmap_target *t = &judge->q->target;
	const struct pml_arm64_regs *regs = &pmap_arm64_mmu.regs;
	uint64_t pstate = pmap_target_reg(t, PMAP_ARM64_CPSR);
	struct pmap_arm64_state *state = pmap_arm64_state(judge);

	*knows_user_ret = pmap_target_knows(t, PMAP_ARM64_CPSR) ||
			  pmap_target_knows(t, PMAP_ARM64_LEVEL);
	judge->user = pmap_arm64_el(t) == 0;
	state->pan = pstate & PMAP_ARM64_PAN;
	state->uao = pstate & PMAP_ARM64_UAO;
	/* What EL0 has there is nothing that EL1 would run with. */
	if (pmap_arm64_el(t) == 0 || pmap_arm64_is_elsewhere(t)) {
		state->pan = !(regs->sctlr & SCTLR_SPAN) &&
			     pml_arm64_has(regs, 1, 20, 1);
		judge->unknown |= PMAP_ARM64_ASSUMED_PAN;
	}
	/* Where addresses are physical, they may have too many bits. */
	if (t->paging_off && !judge->two)
		judge->off = false;
	if (!regs->has_id)
		judge->unknown |= PMAP_ARM64_ASSUMED_FEATURES;
}

static struct pml_arm64_access access_of(const struct pmap_judge *judge,
					 const struct pmap_access *a)
{
	const struct pmap_arm64_state *state =
		(const struct pmap_arm64_state *)(const void *)judge->own;

	return (struct pml_arm64_access){
		.va = a->va, .size = a->size, .kind = a->kind, .el0 = a->user,
		.unprivileged = !a->user && (a->how & PMAP_ARM64_UNPRIVILEGED) &&
				!state->uao,
		.pan = state->pan && !(a->how & PMAP_ARM64_NO_PAN),
	};
}

static struct pml_arm64_mmu *mmu_of(const struct pmap_judge *judge)
{
	/* The memory was not known when the spaces were made. */
	const struct pml_space *memory = &judge->q->target.outer;
	struct pml_arm64_mmu *mmu = &pmap_arm64_mmu;

	mmu->half[0].at = mmu->half[1].at = mmu->stage2.at = memory->at;
	mmu->half[0].ctx = mmu->half[1].ctx = mmu->stage2.ctx = memory->ctx;
	return mmu;
}

/* Would the answer be another one with the other PAN? */
static bool pan_counts(const struct pmap_judge *judge,
		       const struct pml_arm64_access *access,
		       const struct pml_arm64_verdict *v)
{
	struct pml_arm64_access a = *access;
	struct pml_arm64_verdict other;

	a.pan = !a.pan;
	pml_arm64_access(mmu_of(judge), &a, &other);
	return other.reason != v->reason;
}

static enum pmap_outcome outcome_of(bool allowed,
				    const struct pml_arm64_verdict *v)
{
	if (allowed)
		return PMAP_ALLOWED;
	if (!v->fault)
		return PMAP_UNTOLD;
	return v->stage2 ? PMAP_EXITS : PMAP_FAULTS;
}

bool pmap_arm64_judge(struct pmap_judge *judge, const struct pmap_access *access,
		      struct pmap_verdict *verdict)
{
	struct pml_arm64_access a = access_of(judge, access);
	struct pml_arm64_verdict v;
	bool allowed = pml_arm64_access(mmu_of(judge), &a, &v);

	*verdict = (struct pmap_verdict){
		.outcome = outcome_of(allowed, &v), .va = v.va,
		.by_tables = !allowed, .guests = judge->two && !v.stage2,
		.exception = v.ec, .target = v.target,
	};
	memcpy(verdict->own, &v, sizeof(v));
	if ((judge->unknown & PMAP_ARM64_ASSUMED_PAN) && !access->user &&
	    !(access->how & PMAP_ARM64_NO_PAN) && pan_counts(judge, &a, &v))
		judge->assumed |= PMAP_ARM64_ASSUMED_PAN;
	judge->assumed |= judge->unknown & PMAP_ARM64_ASSUMED_FEATURES;
	return allowed;
}

void pmap_arm64_no_verdict(struct pmap_verdict *verdict,
			   enum pmap_outcome outcome, uint64_t va)
{
	struct pml_arm64_verdict v;

	pml_arm64_verdict_init(&v, va);
	*verdict = (struct pmap_verdict){ .outcome = outcome, .va = va };
	memcpy(verdict->own, &v, sizeof(v));
}

static bool refuse_lower;	/* one command at a time, as pmap_arm64_mmu */

void pmap_arm64_refuse_of(bool user)
{
	refuse_lower = user;
}

/* An alignment fault, or an exception of another class. */
void pmap_arm64_refuse(struct pmap_verdict *verdict, unsigned exception,
		       uint64_t error, uint64_t va)
{
	struct pml_arm64_verdict v;

	pml_arm64_verdict_init(&v, va);
	v.ec = exception ? exception :
	       refuse_lower ? PML_ARM64_EC_DATA_LOWER : PML_ARM64_EC_DATA;
	v.fsc = exception ? error & 0x3f : 0x21;
	*verdict = (struct pmap_verdict){
		.outcome = PMAP_FAULTS, .exception = v.ec, .va = va,
	};
	memcpy(verdict->own, &v, sizeof(v));
}
