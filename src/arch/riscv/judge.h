/*
 * RISC-V's part of a judge and of its answers.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_RISCV_JUDGE_H
#define PMAP_RISCV_JUDGE_H

#include "arch/judge.h"
#include "arch/riscv/riscv.h"

/* Inputs the answer depended on but the target did not provide. */
enum pmap_riscv_assumption {
	PMAP_RISCV_ASSUMED_ENVCFG = 1,	/* PBMTE=1, ADUE=1 */
	PMAP_RISCV_ASSUMED_SVADE = 2,	/* with ADUE=0, A=0 and D=0 fault */
	PMAP_RISCV_ASSUMED_SUM = 4,	/* SUM as another mode has it now */
	PMAP_RISCV_ASSUMED_HOST_MXR = 8,	/* V=1: mstatus.MXR=0 */
	PMAP_RISCV_ASSUMED_NAPOT = 16,	/* Svnapot is there */
	/* No assumptions, but to be said with the answer: */
	PMAP_RISCV_MACHINE = 32,	/* it is M mode's access */
	PMAP_RISCV_BARE = 64,	/* satp.MODE is Bare */
	PMAP_RISCV_MPRV = 128,	/* it is M mode's, made as another mode's */
};

/* What else bears on an access. */
struct pmap_riscv_state {
	bool machine;		/* who accesses is M mode */
	bool sum;		/* of the supervisor's accesses */
	uint8_t grain;		/* log2 of the smallest part that PMP tells apart */
};

_Static_assert(sizeof(struct pmap_riscv_state) <= PMAP_JUDGE_OWN, "room");
_Static_assert(sizeof(struct pml_riscv_verdict) <= PMAP_VERDICT_OWN, "room");

static inline struct pmap_riscv_state *pmap_riscv_state(struct pmap_judge *judge)
{
	return (struct pmap_riscv_state *)(void *)judge->own;
}

static inline const struct pml_riscv_verdict *
pmap_riscv_answer(const struct pmap_verdict *verdict)
{
	return (const struct pml_riscv_verdict *)(const void *)verdict->own;
}

#endif
