/*
 * What a fault on AArch64 is: its reason, the status code of the syndrome, and the
 * entry to blame.
 *
 * DDI 0487, D8.15 (faults) and D24.2.40, D24.2.41 (ESR_ELx).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_FAULT_ARM64_H
#define PML_FAULT_ARM64_H

#include <pml/format-arm64.h>
#include <pml/translate.h>

/* Fault status codes, but for the level in the low two bits: D24.2.41. */
#define PML_ARM64_FSC_SIZE		0x00
#define PML_ARM64_FSC_TRANSLATION	0x04
#define PML_ARM64_FSC_FLAG		0x08
#define PML_ARM64_FSC_PERMISSION	0x0c
#define PML_ARM64_FSC_WALK_ABORT	0x14	/* external, for a table */
/* With level -1 these have codes of their own. */
#define PML_ARM64_FSC_WALK_ABORT_M1	0x13
#define PML_ARM64_FSC_SIZE_M1		0x29
#define PML_ARM64_FSC_TRANSLATION_M1	0x2b

/* Exception classes of ESR_ELx, D24.2.40. */
#define PML_ARM64_EC_FETCH_LOWER	0x20
#define PML_ARM64_EC_FETCH		0x21
#define PML_ARM64_EC_DATA_LOWER		0x24
#define PML_ARM64_EC_DATA		0x25

/* Bits of ESR_ELx's ISS. */
#define PML_ARM64_ISS_WNR	(1u << 6)
#define PML_ARM64_ISS_S1PTW	(1u << 7)

enum pml_arm64_reason {
	PML_ARM64_WHY_ALLOWED,
	PML_ARM64_WHY_UNREADABLE,	/* a table cannot be read: there is no telling */
	PML_ARM64_WHY_SETUP,	/* TxSZ, or SL0, has a value that is none */
	PML_ARM64_WHY_RANGE,	/* outside of what TxSZ says */
	PML_ARM64_WHY_EPD,	/* TCR.EPDn: no walks in this half */
	PML_ARM64_WHY_E0PD,	/* TCR.E0PDn: not for EL0 */
	PML_ARM64_WHY_INVALID,	/* not valid, or of no type that its level has */
	PML_ARM64_WHY_SIZE,	/* an address of more bits than come out */
	PML_ARM64_WHY_FLAG,	/* AF=0, and no hardware to set it */
	PML_ARM64_WHY_READ,	/* stage 2 alone: not readable */
	PML_ARM64_WHY_WRITE,
	PML_ARM64_WHY_EL0,	/* data of the privileged level, for EL0 */
	PML_ARM64_WHY_XN,	/* never to be executed at that level */
	PML_ARM64_WHY_EL0_WRITES, /* EL1 does not execute what EL0 can write */
	PML_ARM64_WHY_WXN,	/* writable, and SCTLR.WXN */
	PML_ARM64_WHY_PAN,	/* data that EL0 may access, too */
	PML_ARM64_WHY_MARK,	/* stage 2: AF, or the dirty state, of stage 1 has to be written */
};

/*
 * The answer.  `level` to `bits` are of the entry that is the reason, the first
 * on the way down: level 0 if there is none.  The fault's own level, which is
 * the last entry's, is in `fsc`.
 */
struct pml_arm64_verdict {
	uint8_t reason;		/* of enum pml_arm64_reason */
	bool fault;		/* the processor reports one; false also where there is
				 * no telling */
	bool stage2;		/* stage 2's: it goes to EL2 */
	bool s1ptw;		/* for one of stage 1's tables, */
	uint8_t table_level;	/* which is of this level */
	uint8_t ec;		/* exception class */
	uint8_t fsc;		/* fault status code */
	uint8_t level;
	uint64_t va;		/* the first address that faults: FAR_ELx */
	uint64_t ipa;		/* stage2: what has no translation; HPFAR_EL2 has its page */
	uint64_t slot_pa, raw, bits;
	unsigned missing;	/* rights that are not there */
	struct pml_target target;	/* stage 1: where `va` leads */
	struct pml_target outer;	/* stage 2, where it is on: the last address
					 * that it was asked for */
	uint64_t pa;		/* allowed: where the access goes */
};

/* Field by field, so that no memset is called. */
static inline void pml_arm64_verdict_init(struct pml_arm64_verdict *v,
					  uint64_t va)
{
	v->reason = PML_ARM64_WHY_ALLOWED;
	v->fault = v->stage2 = v->s1ptw = false;
	v->ec = v->fsc = v->level = v->table_level = 0;
	v->va = va;
	v->ipa = v->slot_pa = v->raw = v->bits = v->pa = 0;
	v->missing = 0;
	v->target.pa = v->target.raw = v->target.slot_pa = 0;
	v->target.rights = 0;
	v->target.kind = PML_NONCANONICAL;
	v->target.level = v->target.shift = 0;
	v->outer = v->target;
}

/* HPFAR_EL2. */
static inline uint64_t pml_arm64_hpfar(const struct pml_arm64_verdict *v)
{
	return v->ipa >> 12 << 4;
}

/* The status code of `base` at our level; 6 and up is none. */
static inline uint8_t pml_arm64_fsc(unsigned base, int level)
{
	if (level < 5)
		return base | (unsigned)(4 - level);
	return base == PML_ARM64_FSC_SIZE ? PML_ARM64_FSC_SIZE_M1 :
	       base == PML_ARM64_FSC_WALK_ABORT ? PML_ARM64_FSC_WALK_ABORT_M1 :
						  PML_ARM64_FSC_TRANSLATION_M1;
}

/* The family of status codes that a reason has. */
static inline unsigned pml_arm64_base_fsc(enum pml_arm64_reason reason)
{
	switch (reason) {
	case PML_ARM64_WHY_ALLOWED:
	case PML_ARM64_WHY_SIZE:
		return PML_ARM64_FSC_SIZE;
	case PML_ARM64_WHY_UNREADABLE:
		return PML_ARM64_FSC_WALK_ABORT;
	case PML_ARM64_WHY_SETUP:
	case PML_ARM64_WHY_RANGE:
	case PML_ARM64_WHY_EPD:
	case PML_ARM64_WHY_E0PD:
	case PML_ARM64_WHY_INVALID:
		return PML_ARM64_FSC_TRANSLATION;
	case PML_ARM64_WHY_FLAG:
		return PML_ARM64_FSC_FLAG;
	default:
		return PML_ARM64_FSC_PERMISSION;
	}
}

/* A fault before any entry was read: level 0. */
static inline bool pml_arm64_fault0(struct pml_arm64_verdict *v,
				    enum pml_arm64_reason reason)
{
	v->reason = reason;
	v->fault = true;
	v->fsc = pml_arm64_base_fsc(reason);
	return false;
}

/* The bits of a table's entry that deny `right` below it, or those of a leaf. */
static inline uint64_t pml_arm64_right_bits(const struct pml_format *fmt,
					    const struct pml_step *step,
					    unsigned right)
{
	uint64_t bits = pml_bits_of_right(fmt, right), found = 0;
	size_t i;

	if (step->kind == PML_LEAF)
		return bits;
	for (i = 0; i < sizeof(fmt->deny) / sizeof(fmt->deny[0]); i++)
		found |= bits << fmt->deny[i].shift & fmt->deny[i].mask;
	return found;
}

/* Fill in a fault that has an entry, the last of `steps`. */
static inline bool pml_arm64_blame(const struct pml_space *space,
				   const struct pml_steps *steps,
				   enum pml_arm64_reason reason,
				   struct pml_arm64_verdict *v)
{
	const struct pml_step *last = &steps->step[steps->count - 1];
	const struct pml_step *step = last;
	unsigned missing = v->missing & -v->missing;

	v->reason = reason;
	v->fault = reason != PML_ARM64_WHY_UNREADABLE;
	v->fsc = pml_arm64_fsc(pml_arm64_base_fsc(reason), last->level);
	if (missing)
		step = pml_step_without(steps, missing);
	v->level = step->level;
	v->slot_pa = step->slot_pa;
	v->raw = step->raw;
	if (reason == PML_ARM64_WHY_FLAG || reason == PML_ARM64_WHY_MARK)
		v->bits = space->fmt->accessed;
	else if (reason == PML_ARM64_WHY_SIZE)
		v->bits = pml_high_bits(space, step->level, step->raw);
	else if (reason == PML_ARM64_WHY_INVALID && (step->raw & PML_ARM64_VALID))
		v->bits = PML_ARM64_TABLE;
	else if (reason == PML_ARM64_WHY_INVALID)
		v->bits = PML_ARM64_VALID;
	else if (reason == PML_ARM64_WHY_PAN)
		v->bits = PML_ARM64_AP1;
	else
		v->bits = pml_arm64_right_bits(space->fmt, step, missing);
	return false;
}

/* Why a walk came to no leaf. */
static inline enum pml_arm64_reason
pml_arm64_no_leaf(const struct pml_space *space, const struct pml_target *t)
{
	if (t->kind == PML_UNREADABLE)
		return PML_ARM64_WHY_UNREADABLE;
	if (t->kind == PML_NONCANONICAL)
		return PML_ARM64_WHY_RANGE;
	/* The type is looked at before the address. */
	if (t->kind == PML_RESERVED &&
	    !pml_invalid_as(space, t->level, t->raw))
		return PML_ARM64_WHY_SIZE;
	return PML_ARM64_WHY_INVALID;
}

#endif
