/*
 * Would an access fault?  The core's answer, asked with what is known of an x86
 * processor; and whether something that the target did not provide decided it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/x86/judge.h"

#include <string.h>

#include "arch/x86/registers.h"

/* Addresses that no processor in use lacks; above, MAXPHYADDR counts. */
#define MAXPHYADDR_AT_LEAST	36

struct pml_x86_access pmap_x86_access(const struct pmap_access *a)
{
	return (struct pml_x86_access){
		.va = a->va, .size = a->size, .kind = a->kind, .user = a->user,
		.implicit = a->implicit, .stack = a->how & PMAP_X86_STACK,
		.shadow = a->how & PMAP_X86_SHADOW,
	};
}

/*
 * CPL 3?  In virtual-8086 mode always, in real mode never, whatever CS is.
 * SDM 3A, 5.5 and 20.2.
 */
static bool is_user(const struct pmap_target *t)
{
	if (pmap_target_has(t, PMAP_X86_CR0) &&
	    !(pmap_target_reg(t, PMAP_X86_CR0) & PML_X86_CR0_PE))
		return false;
	return (pmap_target_reg(t, PMAP_X86_EFLAGS) & PML_X86_EFLAGS_VM) ||
	       (pmap_target_reg(t, PMAP_X86_CS) & 3) == 3;
}

void pmap_x86_judge_init(struct pmap_judge *judge, bool *knows_user_ret)
{
	static const struct {
		enum pmap_x86_reg reg;
		enum pmap_x86_assumption assumption;
	} needed[] = {
		{ PMAP_X86_CR0, PMAP_X86_ASSUMED_CR0 },
		{ PMAP_X86_CR4, PMAP_X86_ASSUMED_CR4 },
		{ PMAP_X86_EFER, PMAP_X86_ASSUMED_EFER },
		{ PMAP_X86_EFLAGS, PMAP_X86_ASSUMED_AC },
		{ PMAP_X86_MAXPHYADDR, PMAP_X86_ASSUMED_MAXPHYADDR },
		{ PMAP_X86_PKRU, PMAP_X86_ASSUMED_PKRU },
		{ PMAP_X86_PKRS, PMAP_X86_ASSUMED_PKRS },
	};
	const struct pmap_target *t = &judge->q->target;
	struct pml_x86_controls *c = pmap_x86_controls(judge);

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!pmap_target_knows(t, needed[i].reg))
			judge->unknown |= needed[i].assumption;
	*knows_user_ret = pmap_target_knows(t, PMAP_X86_CS);
	judge->user = is_user(t);
	c->cr0 = pmap_target_has(t, PMAP_X86_CR0) ?
		 pmap_target_reg(t, PMAP_X86_CR0) : PML_X86_CR0_WP;
	c->cr4 = pmap_target_reg(t, PMAP_X86_CR4);
	c->efer = pmap_target_has(t, PMAP_X86_EFER) ?
		  pmap_target_reg(t, PMAP_X86_EFER) : PML_X86_EFER_NXE;
	c->ac = pmap_target_reg(t, PMAP_X86_EFLAGS) & PML_X86_EFLAGS_AC;
	c->pkru = pmap_target_reg(t, PMAP_X86_PKRU);
	c->pkrs = pmap_target_reg(t, PMAP_X86_PKRS);
}

/* --- What the target did not provide -------------------------------------- */

/* Address bits that a processor may lack, in an entry that is used. */
static bool has_high_bits(const struct pml_space *space,
			  const struct pml_step *step)
{
	const struct pml_level *lv = &space->fmt->level[step->level];
	uint64_t pa = step->raw & lv->table_pa;

	if (step->kind == PML_LEAF)
		pa = pml_leaf_pa(space, step->level, step->raw);
	else if (step->kind != PML_TABLE)
		return false;
	return pa & pml_x86_rsvd_above(MAXPHYADDR_AT_LEAST) & ~space->encrypted;
}

static bool maxphyaddr_counts(const struct pml_space *space, uint64_t va)
{
	struct pml_steps steps;
	struct pml_target t;

	pml_translate(space, va, &t, &steps);
	for (int i = 0; i < steps.count; i++)
		if (has_high_bits(space, &steps.step[i]))
			return true;
	return false;
}

/* Does it matter whether EFER.NXE is on: where NX is set, and for I of an error code? */
static bool nxe_counts(const struct pmap_judge *judge,
		       const struct pml_x86_access *access, uint64_t va,
		       bool allowed)
{
	const struct pml_space *space = pmap_x86_space_of(judge);
	uint64_t nx = space->fmt->nx;
	struct pml_steps steps;
	struct pml_target t;

	if (!nx)
		return false;
	pml_translate(space, va, &t, &steps);
	for (int i = 0; i < steps.count; i++)
		if (steps.step[i].raw & nx && steps.step[i].kind != PML_NONPRESENT)
			return true;
	return access->kind == PML_X && !allowed &&
	       !(pmap_x86_controls_of(judge)->cr4 & PML_X86_CR4_SMEP);
}

static bool ask(const struct pmap_judge *judge,
		const struct pml_x86_controls *controls,
		const struct pml_x86_access *access,
		struct pml_x86_verdict_2d *v)
{
	if (judge->two)
		return pml_x86_access_2d(&judge->q->target.pair, controls, access, v);
	memset(v, 0, sizeof(*v));
	return pml_x86_access(pmap_x86_space_of(judge), controls, access,
			      &v->guest);
}

/* Would the answer be another one under these controls? */
static bool differs(const struct pmap_judge *judge,
		    const struct pml_x86_controls *controls,
		    const struct pml_x86_access *access,
		    const struct pml_x86_verdict_2d *v)
{
	struct pml_x86_verdict_2d other;

	ask(judge, controls, access, &other);
	return other.exit != v->exit || other.info != v->info ||
	       other.guest.exception != v->guest.exception ||
	       other.guest.error != v->guest.error;
}

/*
 * The assumptions that decided: those whose opposite gives another answer.  A
 * key counts where keys may be on, and their switch where a key may deny.
 */
static unsigned controls_that_count(const struct pmap_judge *judge,
				    const struct pml_x86_controls *controls,
				    const struct pml_x86_access *access,
				    const struct pml_x86_verdict_2d *v)
{
	static const struct {
		unsigned assumption;
		uint64_t cr0, cr4;
		uint32_t pkru, pkrs;
		bool ac;
	} turned[] = {
		{ .assumption = PMAP_X86_ASSUMED_CR0, .cr0 = PML_X86_CR0_WP },
		{ .assumption = PMAP_X86_ASSUMED_CR4, .cr4 = PML_X86_CR4_SMEP },
		{ .assumption = PMAP_X86_ASSUMED_CR4, .cr4 = PML_X86_CR4_SMAP },
		{ .assumption = PMAP_X86_ASSUMED_CR4, .cr4 = PML_X86_CR4_PKE },
		{ .assumption = PMAP_X86_ASSUMED_CR4, .cr4 = PML_X86_CR4_PKS },
		{ .assumption = PMAP_X86_ASSUMED_PKRU, .pkru = ~0u },
		{ .assumption = PMAP_X86_ASSUMED_PKRS, .pkrs = ~0u },
		{ .assumption = PMAP_X86_ASSUMED_AC, .ac = true },
	};
	unsigned counted = 0;

	for (size_t i = 0; i < sizeof(turned) / sizeof(turned[0]); i++) {
		struct pml_x86_controls c = *controls;

		if (!(turned[i].assumption & judge->unknown) ||
		    turned[i].assumption & counted)
			continue;
		if ((turned[i].pkru | turned[i].pkrs) &&
		    !(c.cr4 & (PML_X86_CR4_PKE | PML_X86_CR4_PKS)))
			continue;
		c.cr0 ^= turned[i].cr0;
		c.cr4 ^= turned[i].cr4;
		c.pkru |= turned[i].pkru;
		c.pkrs |= turned[i].pkrs;
		c.ac |= turned[i].ac;
		/* Key 0 is that of all pages that have none: nobody denies it. */
		if (turned[i].cr4 && judge->unknown & PMAP_X86_ASSUMED_PKRU)
			c.pkru = ~3u;
		if (turned[i].cr4 && judge->unknown & PMAP_X86_ASSUMED_PKRS)
			c.pkrs = ~3u;
		if (differs(judge, &c, access, v))
			counted |= turned[i].assumption;
	}
	return counted;
}

static unsigned assumptions(const struct pmap_judge *judge,
			    const struct pml_x86_controls *controls,
			    const struct pml_x86_access *access, bool allowed,
			    const struct pml_x86_verdict_2d *v)
{
	const struct pml_space *space = pmap_x86_space_of(judge);
	unsigned counted;

	if (!judge->unknown || !space)
		return 0;
	counted = controls_that_count(judge, controls, access, v);
	if (judge->unknown & PMAP_X86_ASSUMED_EFER &&
	    nxe_counts(judge, access, v->guest.va, allowed))
		counted |= PMAP_X86_ASSUMED_EFER;
	if (judge->unknown & PMAP_X86_ASSUMED_MAXPHYADDR &&
	    maxphyaddr_counts(space, v->guest.va))
		counted |= PMAP_X86_ASSUMED_MAXPHYADDR;
	return counted;
}

/* --- The answer ----------------------------------------------------------- */

static uint8_t outcome_of(const struct pmap_judge *judge, bool allowed,
			  const struct pml_x86_verdict_2d *v)
{
	if (judge->two && v->exit == PML_X86_EXIT_UNKNOWN)
		return PMAP_UNTOLD;
	if (judge->two && v->exit != PML_X86_EXIT_NONE &&
	    v->exit != PML_X86_EXIT_EXCEPTION)
		return PMAP_EXITS;
	if (allowed)
		return PMAP_ALLOWED;
	return v->guest.reason == PML_X86_WHY_UNREADABLE ? PMAP_UNTOLD :
							 PMAP_FAULTS;
}

bool pmap_x86_judge(struct pmap_judge *judge, const struct pmap_access *access,
		    struct pmap_verdict *verdict)
{
	struct pml_x86_access a = pmap_x86_access(access);
	struct pml_x86_controls c = *pmap_x86_controls(judge);
	struct pml_x86_verdict_2d v;
	bool allowed;

	c.ac |= (access->how & PMAP_X86_AC) != 0;
	allowed = ask(judge, &c, &a, &v);
	judge->assumed |= assumptions(judge, &c, &a, allowed, &v);
	verdict->outcome = outcome_of(judge, allowed, &v);
	/* An exit names its entry by itself. */
	verdict->by_tables = !allowed && (!judge->two || verdict->outcome == PMAP_FAULTS);
	verdict->guests = judge->two && verdict->by_tables;
	verdict->exception = verdict->outcome == PMAP_FAULTS ?
			     v.guest.exception : 0;
	verdict->va = v.guest.va;
	verdict->target = v.guest.target;
	memcpy(verdict->own, &v, sizeof(v));
	return allowed;
}

void pmap_x86_no_verdict(struct pmap_verdict *verdict, enum pmap_outcome outcome,
			 uint64_t va)
{
	struct pml_x86_verdict_2d v = { .exit = PML_X86_EXIT_NONE };

	pml_x86_verdict_init(&v.guest, va);
	if (outcome == PMAP_UNTOLD)
		v.guest.reason = PML_X86_WHY_UNREADABLE;
	*verdict = (struct pmap_verdict){ .outcome = outcome, .va = va };
	memcpy(verdict->own, &v, sizeof(v));
}

void pmap_x86_refuse(struct pmap_verdict *verdict, unsigned exception,
		     uint64_t error, uint64_t va)
{
	struct pml_x86_verdict_2d v = { .exit = PML_X86_EXIT_EXCEPTION };

	pml_x86_verdict_init(&v.guest, va);
	/* Misaligned operands of SSE: SDM 3A, 6.15. */
	v.guest.exception = exception ? exception : PML_X86_GP;
	v.guest.error = error;
	*verdict = (struct pmap_verdict){
		.outcome = PMAP_FAULTS, .exception = v.guest.exception, .va = va,
	};
	memcpy(verdict->own, &v, sizeof(v));
}
