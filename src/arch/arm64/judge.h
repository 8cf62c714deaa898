/*
 * AArch64's part of a judge and of its answers.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_ARM64_JUDGE_H
#define PMAP_ARM64_JUDGE_H

#include "arch/arm64/arm64.h"
#include "arch/judge.h"

/* Inputs the answer depended on but the target did not provide. */
enum pmap_arm64_assumption {
	PMAP_ARM64_ASSUMED_PAN = 1,	/* as an exception from EL0 leaves it */
	PMAP_ARM64_ASSUMED_FEATURES = 2,	/* all that the registers ask for */
};

/* Of PSTATE, what bears on accesses of the privileged level. */
struct pmap_arm64_state {
	bool pan, uao;
};

_Static_assert(sizeof(struct pmap_arm64_state) <= PMAP_JUDGE_OWN, "room");
_Static_assert(sizeof(struct pml_arm64_verdict) <= PMAP_VERDICT_OWN, "room");

static inline struct pmap_arm64_state *pmap_arm64_state(struct pmap_judge *judge)
{
	return (struct pmap_arm64_state *)(void *)judge->own;
}

static inline const struct pml_arm64_verdict *
pmap_arm64_answer(const struct pmap_verdict *verdict)
{
	return (const struct pml_arm64_verdict *)(const void *)verdict->own;
}

/* ESR_ELx as the processor would report it: of the class and the ISS. */
static inline uint64_t pmap_arm64_esr(const struct pml_arm64_access *a,
				      const struct pml_arm64_verdict *v)
{
	/* IL is 1: the instruction has 32 bits. */
	return (uint64_t)v->ec << 26 | 1u << 25 | pml_arm64_iss(a, v);
}

#endif
