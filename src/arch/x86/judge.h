/*
 * x86's part of a judge and of its answers.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_X86_JUDGE_H
#define PMAP_X86_JUDGE_H

#include <pml/access-x86-2d.h>

#include "arch/judge.h"
#include "arch/x86/x86.h"

/* Inputs the answer depended on but the target did not provide. */
enum pmap_x86_assumption {
	PMAP_X86_ASSUMED_PKRU = 1,	/* taken as 0 */
	PMAP_X86_ASSUMED_PKRS = 2,	/* taken as 0 */
	PMAP_X86_ASSUMED_MAXPHYADDR = 4,	/* no address bit is reserved */
	PMAP_X86_ASSUMED_CR0 = 8,	/* WP=1 */
	PMAP_X86_ASSUMED_CR4 = 16,	/* its protections are off */
	PMAP_X86_ASSUMED_EFER = 32,	/* NXE=1 */
	PMAP_X86_ASSUMED_AC = 64,	/* EFLAGS.AC=0 */
};

_Static_assert(sizeof(struct pml_x86_controls) <= PMAP_JUDGE_OWN, "room");
_Static_assert(sizeof(struct pml_x86_verdict_2d) <= PMAP_VERDICT_OWN, "room");

static inline struct pml_x86_controls *pmap_x86_controls(struct pmap_judge *judge)
{
	return (struct pml_x86_controls *)(void *)judge->own;
}

static inline const struct pml_x86_controls *
pmap_x86_controls_of(const struct pmap_judge *judge)
{
	return (const struct pml_x86_controls *)(const void *)judge->own;
}

/* The whole answer; without a second dimension `guest' is all that counts. */
static inline const struct pml_x86_verdict_2d *
pmap_x86_answer(const struct pmap_verdict *verdict)
{
	return (const struct pml_x86_verdict_2d *)(const void *)verdict->own;
}

/* The space that accesses go through; NULL: addresses are physical. */
static inline const struct pml_space *pmap_x86_space_of(const struct pmap_judge *judge)
{
	return judge->q->no_space[0] || judge->q->target.guest_off ? NULL :
	       &judge->q->target.space;
}

struct pml_x86_access pmap_x86_access(const struct pmap_access *access);

struct pmap_x86_bit {
	uint64_t bit;
	const char *name;
};

/*
 * Of a page fault's error code, and of EXITINFO1 of a nested page fault, which
 * has two more; name NULL ends.
 */
extern const struct pmap_x86_bit pmap_x86_pf_bits[];

/* "0x5 (P, U)", or with another string between.  False: no bit, no parentheses. */
bool pmap_x86_add_bits(struct pmap_text *out, uint64_t value,
		       const struct pmap_x86_bit *bits, const char *between);

/* "0x7 (P W U)" */
void pmap_x86_add_error_code(struct pmap_text *out, uint32_t error);

/* verdict-2d.c: "nested page fault, EXITINFO1 0x100000004 (U, memory), EXITINFO2 0x5000" */
void pmap_x86_add_exit(struct pmap_text *out, const struct pmap_target *target,
		       const struct pml_x86_verdict_2d *verdict);
/* "npf", "ept-violation", ...: $pmap_exit. */
const char *pmap_x86_exit_name(const struct pml_x86_verdict_2d *verdict);
/* $pmap_exit, $pmap_exit_info, $pmap_exit_gpa. */
void pmap_x86_exit_results(struct pmap_query *q,
			   const struct pml_x86_verdict_2d *verdict);

#endif
