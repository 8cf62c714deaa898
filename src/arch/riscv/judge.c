/*
 * Would an access fault?  The core's answer, asked with what is known of a
 * RISC-V hart.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/riscv/judge.h"

#include <string.h>

/* Where PMP's ranges begin and end: log2 of what divides all of that. */
static uint8_t grain_of(const struct pml_riscv_pmp *pmp)
{
	uint64_t first, last, edges = 1ULL << 63;

	for (unsigned n = 0; n < pmp->count; n++)
		if (pml_riscv_pmp_range(pmp, n, &first, &last))
			edges |= first | (last + 1);
	return __builtin_ctzll(edges);
}

static unsigned unknown_of(const struct pmap_target *t)
{
	unsigned unknown = PMAP_RISCV_ASSUMED_NAPOT | PMAP_RISCV_MACHINE |
			   PMAP_RISCV_BARE;

	if (!pmap_target_has(t, PMAP_RISCV_MENVCFG))
		unknown |= PMAP_RISCV_ASSUMED_ENVCFG;
	else if (!pmap_target_has(t, PMAP_RISCV_SETS_AD))
		unknown |= PMAP_RISCV_ASSUMED_SVADE;
	if (pmap_riscv_priv(t) == PML_RISCV_MODE_U)
		unknown |= PMAP_RISCV_ASSUMED_SUM;
	if (pmap_riscv_virt(t))
		unknown |= PMAP_RISCV_ASSUMED_HOST_MXR;
	return unknown;
}

void pmap_riscv_judge_init(struct pmap_judge *judge, bool *knows_user_ret)
{
	const struct pmap_query *q = judge->q;
	const struct pmap_target *t = &q->target;
	const struct pml_riscv_regs *regs = &pmap_riscv_mmu.regs;
	struct pml_riscv_as supervisor = { PML_RISCV_MODE_S, regs->v };
	struct pmap_riscv_state *state = pmap_riscv_state(judge);

	/* Of a guest that is not running nobody is in any mode. */
	*knows_user_ret = pmap_target_knows(t, PMAP_RISCV_PRIV) &&
			  regs->v == pmap_riscv_virt(t);
	judge->user = pmap_riscv_priv(t) == PML_RISCV_MODE_U;
	judge->unknown |= unknown_of(t);
	state->machine = pmap_riscv_priv(t) == PML_RISCV_MODE_M && !regs->v &&
			 !q->opt.user && !q->opt.supervisor;
	state->sum = pml_riscv_sum(regs, supervisor);
	state->grain = grain_of(&regs->pmp);
	/* Where addresses are physical, PMP still has a say. */
	if (regs->pmp.count && !judge->two)
		judge->off = false;
}

/* As whom. */
static struct pml_riscv_as mode_of(const struct pmap_judge *judge,
				   const struct pmap_access *a)
{
	const struct pml_riscv_regs *regs = &pmap_riscv_mmu.regs;
	const struct pmap_riscv_state *state =
		(const struct pmap_riscv_state *)(const void *)judge->own;
	struct pml_riscv_as as = {
		.priv = a->user ? PML_RISCV_MODE_U : PML_RISCV_MODE_S,
		.v = regs->v,
	};

	if (a->how & PMAP_RISCV_HLV)
		return pml_riscv_as_guest(regs);
	return state->machine ? pml_riscv_as(regs, a->kind == PML_X) : as;
}

bool pmap_riscv_by_machine(const struct pmap_judge *judge,
			   const struct pmap_access *access)
{
	return mode_of(judge, access).priv == PML_RISCV_MODE_M;
}

/* MPRV: "Memory Privilege in mstatus Register". */
const char *pmap_riscv_who(const struct pmap_judge *judge,
			   const struct pmap_access *access)
{
	static const char *const names[2][4] = {
		{ "M mode as U (MPRV)", "M mode as S (MPRV)", "M mode", "M mode" },
		{ "M mode as VU (MPRV)", "M mode as VS (MPRV)", "M mode", "M mode" },
	};
	const struct pmap_riscv_state *state =
		(const struct pmap_riscv_state *)(const void *)judge->own;
	struct pml_riscv_as as;

	if (!state->machine)
		return NULL;
	if (!access)
		return "M mode";
	as = mode_of(judge, access);
	return names[as.v][as.priv];
}

static struct pml_riscv_access access_of(const struct pmap_judge *judge,
					 const struct pmap_access *a)
{
	struct pml_riscv_access access = {
		.va = a->va, .size = a->size, .kind = a->kind,
		.as = mode_of(judge, a),
		.hlv = a->how & PMAP_RISCV_HLV, .hlvx = a->how & PMAP_RISCV_HLVX,
		.cbo = a->how & PMAP_RISCV_CBO,
	};

	if (a->how & PMAP_RISCV_AMO)
		access.kind |= PML_R;
	return access;
}

/* The memory was not known when the spaces were made; SUM is of this access. */
static struct pml_riscv_mmu *mmu_of(const struct pmap_judge *judge, bool sum)
{
	const struct pml_space *memory = &judge->q->target.outer;
	struct pml_riscv_mmu *mmu = &pmap_riscv_mmu;
	uint64_t *status = mmu->regs.v ? &mmu->regs.vsstatus : &mmu->regs.mstatus;

	mmu->s.at = mmu->vs.at = mmu->g.at = memory->at;
	mmu->s.ctx = mmu->vs.ctx = mmu->g.ctx = memory->ctx;
	*status &= ~PML_RISCV_MSTATUS_SUM;
	if (sum)
		*status |= PML_RISCV_MSTATUS_SUM;
	return mmu;
}

/* Which of what is not known did count? */
static unsigned assumed_of(const struct pmap_access *a,
			   const struct pml_riscv_verdict *v, bool machine)
{
	uint64_t marks = PML_RISCV_A | (a->kind == PML_W ? PML_RISCV_D : 0);
	bool leaf = v->target.kind == PML_LEAF && v->target.level;
	unsigned assumed = machine ? PMAP_RISCV_MACHINE : 0;

	if (v->target.kind == PML_LEAF && !leaf && !machine && !v->g_stage)
		assumed = PMAP_RISCV_BARE;
	switch (v->reason) {
	case PML_RISCV_WHY_ACCESSED:
	case PML_RISCV_WHY_DIRTY:
		assumed |= PMAP_RISCV_ASSUMED_SVADE;
		break;
	case PML_RISCV_WHY_SUM:
		assumed |= PMAP_RISCV_ASSUMED_SUM;
		break;
	case PML_RISCV_WHY_READ:
		assumed |= v->g_stage ? PMAP_RISCV_ASSUMED_HOST_MXR : 0;
		break;
	case PML_RISCV_WHY_ALLOWED:
		if (leaf && (~v->target.raw & marks))
			assumed |= PMAP_RISCV_ASSUMED_ENVCFG;
		break;
	}
	if (leaf && (v->target.raw & PML_RISCV_PBMT))
		assumed |= PMAP_RISCV_ASSUMED_ENVCFG;
	if (leaf && (v->target.raw & PML_RISCV_N))
		assumed |= PMAP_RISCV_ASSUMED_NAPOT;
	return assumed;
}

static enum pmap_outcome outcome_of(bool allowed,
				    const struct pml_riscv_verdict *v)
{
	if (allowed)
		return PMAP_ALLOWED;
	if (!v->fault)
		return PMAP_UNTOLD;
	return pml_riscv_is_guest_fault(v->cause) ? PMAP_EXITS : PMAP_FAULTS;
}

bool pmap_riscv_judge(struct pmap_judge *judge, const struct pmap_access *access,
		      struct pmap_verdict *verdict)
{
	const struct pmap_riscv_state *state = pmap_riscv_state(judge);
	struct pml_riscv_access a = access_of(judge, access);
	bool sum = state->sum || (access->how & PMAP_RISCV_SUM);
	struct pml_riscv_verdict v;
	bool allowed = pml_riscv_access(mmu_of(judge, sum), &a, &v);

	*verdict = (struct pmap_verdict){
		.outcome = outcome_of(allowed, &v), .va = v.va,
		.by_tables = !allowed,
		.guests = judge->two && !v.g_stage && v.reason != PML_RISCV_WHY_PMP,
		.exception = v.cause, .target = v.target,
	};
	if (verdict->target.shift > state->grain)
		verdict->target.shift = state->grain;
	memcpy(verdict->own, &v, sizeof(v));
	judge->assumed |= assumed_of(access, &v, a.as.priv == PML_RISCV_MODE_M) & judge->unknown;
	if (state->machine && a.as.priv != PML_RISCV_MODE_M)
		judge->assumed |= PMAP_RISCV_MPRV;
	return allowed;
}

void pmap_riscv_no_verdict(struct pmap_verdict *verdict,
			   enum pmap_outcome outcome, uint64_t va)
{
	struct pml_riscv_verdict v;

	pml_riscv_verdict_init(&v, va);
	*verdict = (struct pmap_verdict){ .outcome = outcome, .va = va };
	memcpy(verdict->own, &v, sizeof(v));
}

/* A misaligned address, which AMOs and their like report, or another exception. */
void pmap_riscv_refuse(struct pmap_verdict *verdict, unsigned exception,
		       uint64_t error, uint64_t va)
{
	struct pml_riscv_verdict v;

	(void)error;
	pml_riscv_verdict_init(&v, va);
	v.cause = exception ? exception : PMAP_RISCV_MISALIGNED_STORE;
	*verdict = (struct pmap_verdict){
		.outcome = PMAP_FAULTS, .exception = v.cause, .va = va,
	};
	memcpy(verdict->own, &v, sizeof(v));
}
