/*
 * From the system registers of AArch64 to spaces: which regime, which tables,
 * what is in force.
 *
 * Sections are those of the Arm Architecture Reference Manual (DDI 0487),
 * chapters D8 (translation) and D24 (registers).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_REGS_ARM64_H
#define PML_REGS_ARM64_H

#include <pml/format-arm64.h>

#define PML_ARM64_SCTLR_M	(1ULL << 0)
#define PML_ARM64_SCTLR_WXN	(1ULL << 19)
#define PML_ARM64_SCTLR_EE	(1ULL << 25)	/* tables are big-endian: not supported */
#define PML_ARM64_SCTLR_EPAN	(1ULL << 57)

#define PML_ARM64_HCR_VM	(1ULL << 0)	/* stage 2 is on */
#define PML_ARM64_HCR_DC	(1ULL << 12)	/* stage 2 is on, stage 1 off */
#define PML_ARM64_HCR_TGE	(1ULL << 27)	/* EL0 is EL2's */
#define PML_ARM64_HCR_E2H	(1ULL << 34)	/* EL2 has two halves */

/* TCR_EL1, and TCR_EL2 with E2H. */
#define PML_ARM64_TCR_EPD(half)		(1ULL << ((half) ? 23 : 7))
#define PML_ARM64_TCR_TBI(half)		(1ULL << (37 + (half)))
#define PML_ARM64_TCR_HA		(1ULL << 39)
#define PML_ARM64_TCR_HD		(1ULL << 40)
#define PML_ARM64_TCR_HPD(half)		(1ULL << (41 + (half)))
#define PML_ARM64_TCR_TBID(half)	(1ULL << (51 + (half)))
#define PML_ARM64_TCR_E0PD(half)	(1ULL << (55 + (half)))
#define PML_ARM64_TCR_DS		(1ULL << 59)

/* TCR_EL2 without E2H, and TCR_EL3; VTCR_EL2 has HA, HD and DS there, too. */
#define PML_ARM64_TCR2_TBI		(1ULL << 20)
#define PML_ARM64_TCR2_HA		(1ULL << 21)
#define PML_ARM64_TCR2_HD		(1ULL << 22)
#define PML_ARM64_TCR2_HPD		(1ULL << 24)
#define PML_ARM64_TCR2_TBID		(1ULL << 29)
#define PML_ARM64_TCR2_DS		(1ULL << 32)

/* The registers of one regime, and what the processor says that it can do. */
struct pml_arm64_regs {
	uint8_t regime;		/* of enum pml_arm64_regime, not STAGE2 */
	bool has_id;		/* mmfr[] is known; if not, all that is asked for is there */
	uint64_t sctlr, tcr;	/* SCTLR_ELx, TCR_ELx */
	uint64_t ttbr[2];	/* TTBR0_ELx; TTBR1_ELx where there are two halves */
	uint64_t hcr, vtcr, vttbr;	/* of EL2; 0 where there is none */
	uint64_t mmfr[3];	/* ID_AA64MMFR0_EL1 to ID_AA64MMFR2_EL1 */
};

PML_INLINE unsigned pml_arm64_field(uint64_t reg, unsigned low, unsigned bits)
{
	return reg >> low & ((1u << bits) - 1);
}

/* Bits of a physical address, from IPS, PS or PARange; others than these: 52. */
static inline unsigned pml_arm64_size(unsigned ps)
{
	static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48 };

	return ps < sizeof(bits) ? bits[ps] : 52;
}

/* A feature's field of ID_AA64MMFRn_EL1: at least this? */
static inline bool pml_arm64_has(const struct pml_arm64_regs *regs, int n,
				 unsigned low, unsigned least)
{
	return !regs->has_id ||
	       pml_arm64_field(regs->mmfr[n], low, 4) >= least;
}

static inline bool pml_arm64_has_lpa(const struct pml_arm64_regs *regs)
{
	return pml_arm64_has(regs, 0, 0, 6);
}

/*
 * How a processor has a granule in a stage: 0 not, 1 yes, 2 with LPA2.  Stage
 * 2's fields refer to stage 1's where they are 0.
 */
static inline int pml_arm64_granule_kind(const struct pml_arm64_regs *regs,
					 unsigned granule, bool stage2)
{
	unsigned stage1 = granule == 12 ? 28 : granule == 14 ? 20 : 24;
	unsigned kind = pml_arm64_field(regs->mmfr[0], stage1, 4), own;

	if (!regs->has_id)
		return 2;
	if (stage2) {
		own = pml_arm64_field(regs->mmfr[0], granule == 12 ? 40 :
				      granule == 14 ? 32 : 36, 4);
		if (own)
			return (int)own - 1;
	}
	/* Of 16 KiB 0 is none; of the others 15 is. */
	if (granule == 14)
		return kind < 3 ? (int)kind : 0;
	return kind == 15 ? 0 : (int)kind + 1;
}

/* A granule that is not there is taken for one that is: D8.2.1. */
static inline unsigned pml_arm64_sanitize(const struct pml_arm64_regs *regs,
					  unsigned granule, bool stage2)
{
	unsigned other = 12;

	if (pml_arm64_granule_kind(regs, granule, stage2))
		return granule;
	while (other < 16 && !pml_arm64_granule_kind(regs, other, stage2))
		other += 2;
	return other;
}

/* TG0, which VTCR_EL2 has as well, and TG1. */
static inline unsigned pml_arm64_tg(unsigned tg, bool upper)
{
	static const uint8_t low[] = { 12, 16, 14, 16 }, high[] = { 12, 14, 12, 16 };

	return (upper ? high : low)[tg & 3];
}

/* May TxSZ have this value?  D8.2.1: what it may not be is a fault here. */
static inline bool pml_arm64_good_size(const struct pml_arm64_regs *regs,
				       const struct pml_arm64_config *c,
				       unsigned tsz)
{
	bool small = pml_arm64_has(regs, 2, 28, 1);	/* FEAT_TTST */
	bool large = c->granule == 16 ? pml_arm64_has(regs, 2, 16, 1) : c->ds;
	unsigned most = !small ? 39 : c->granule == 16 ? 47 : 48;

	if (c->regime == PML_ARM64_STAGE2 && c->granule == 16)
		large = c->lpa;
	return tsz >= (large ? 12u : 16u) && tsz <= most;
}

/* Output size and what else all registers have; `ps` and `ds` from theirs. */
static inline void pml_arm64_sizes(const struct pml_arm64_regs *regs,
				   unsigned ps, bool ds,
				   struct pml_arm64_config *c)
{
	bool stage2 = c->regime == PML_ARM64_STAGE2;
	unsigned range = pml_arm64_field(regs->mmfr[0], 0, 4);

	c->granule = pml_arm64_sanitize(regs, c->granule, stage2);
	c->ds = ds && c->granule != 16 &&
		pml_arm64_granule_kind(regs, c->granule, stage2) == 2;
	c->lpa = pml_arm64_has_lpa(regs);
	c->pa_bits = pml_arm64_size(ps);
	if (regs->has_id && pml_arm64_size(range) < c->pa_bits)
		c->pa_bits = pml_arm64_size(range);
	c->levels = 0;
	c->xnx = stage2 && pml_arm64_has(regs, 1, 28, 1);
}

/* Stage 1 of a regime with two halves: TCR_EL1, or TCR_EL2 with E2H. */
static inline bool pml_arm64_config_halves(const struct pml_arm64_regs *regs,
					   struct pml_arm64_config *c)
{
	uint64_t tcr = regs->tcr;
	unsigned tsz = pml_arm64_field(tcr, c->upper ? 16 : 0, 6);

	c->granule = pml_arm64_tg(pml_arm64_field(tcr, c->upper ? 30 : 14, 2),
				  c->upper);
	pml_arm64_sizes(regs, pml_arm64_field(tcr, 32, 3),
			tcr & PML_ARM64_TCR_DS, c);
	c->hpd = (tcr & PML_ARM64_TCR_HPD(c->upper)) &&
		 pml_arm64_has(regs, 1, 12, 1);
	c->hd = (tcr & PML_ARM64_TCR_HD) && (tcr & PML_ARM64_TCR_HA) &&
		pml_arm64_has(regs, 1, 0, 2);
	c->va_bits = 64 - tsz;
	return pml_arm64_good_size(regs, c, tsz);
}

/* EL2 without E2H, and EL3. */
static inline bool pml_arm64_config_single(const struct pml_arm64_regs *regs,
					   struct pml_arm64_config *c)
{
	uint64_t tcr = regs->tcr;
	unsigned tsz = pml_arm64_field(tcr, 0, 6);

	c->granule = pml_arm64_tg(pml_arm64_field(tcr, 14, 2), false);
	pml_arm64_sizes(regs, pml_arm64_field(tcr, 16, 3),
			tcr & PML_ARM64_TCR2_DS, c);
	c->hpd = (tcr & PML_ARM64_TCR2_HPD) && pml_arm64_has(regs, 1, 12, 1);
	c->hd = (tcr & PML_ARM64_TCR2_HD) && (tcr & PML_ARM64_TCR2_HA) &&
		pml_arm64_has(regs, 1, 0, 2);
	c->va_bits = 64 - tsz;
	return pml_arm64_good_size(regs, c, tsz);
}

/*
 * What the registers choose for one half of stage 1; the lower one of a regime
 * with one root.  False if a field has a value that it may not have: every
 * address is then a translation fault of level 0.
 */
static inline bool pml_arm64_config(const struct pml_arm64_regs *regs,
				    bool upper, struct pml_arm64_config *c)
{
	c->regime = regs->regime;
	c->upper = upper;
	c->wxn = regs->sctlr & PML_ARM64_SCTLR_WXN;
	return pml_arm64_has_el0((enum pml_arm64_regime)regs->regime) ?
	       pml_arm64_config_halves(regs, c) :
	       pml_arm64_config_single(regs, c);
}

/* Our level of the root, from VTCR_EL2.SL0 and SL2: D8.2.2.  0: not one. */
static inline unsigned pml_arm64_start(const struct pml_arm64_config *c,
				       uint64_t vtcr)
{
	/* The manual's levels 2, 1, 0 and 3; with 16 and 64 KiB 3 - SL0. */
	static const uint8_t small[] = { 2, 3, 4, 1 };
	unsigned sl0 = pml_arm64_field(vtcr, 6, 2);

	if (c->ds && c->granule == 12 && (vtcr >> 33 & 1))
		return sl0 ? 0 : 5;
	if (c->granule == 12)
		return small[sl0];
	/* Level 0 exists with LPA2 alone. */
	return sl0 < 3 || c->ds ? sl0 + 1 : 0;
}

/* The same for stage 2, by VTCR_EL2. */
static inline bool pml_arm64_config_stage2(const struct pml_arm64_regs *regs,
					   struct pml_arm64_config *c)
{
	uint64_t vtcr = regs->vtcr;
	unsigned tsz = pml_arm64_field(vtcr, 0, 6);

	c->regime = PML_ARM64_STAGE2;
	c->upper = c->hpd = c->wxn = false;
	c->granule = pml_arm64_tg(pml_arm64_field(vtcr, 14, 2), false);
	pml_arm64_sizes(regs, pml_arm64_field(vtcr, 16, 3),
			vtcr & PML_ARM64_TCR2_DS, c);
	c->hd = (vtcr & PML_ARM64_TCR2_HD) && (vtcr & PML_ARM64_TCR2_HA) &&
		pml_arm64_has(regs, 1, 0, 2);
	c->va_bits = 64 - tsz;
	c->levels = pml_arm64_start(c, vtcr);
	if (regs->has_id && c->va_bits >
			    pml_arm64_size(pml_arm64_field(regs->mmfr[0], 0, 4)))
		return false;
	return c->levels && pml_arm64_good_size(regs, c, tsz);
}

/* Is AF set by hardware? */
static inline bool pml_arm64_sets_af(const struct pml_arm64_regs *regs,
				     bool stage2)
{
	uint64_t bit = stage2 ? regs->vtcr & PML_ARM64_TCR2_HA :
		       pml_arm64_has_el0((enum pml_arm64_regime)regs->regime) ?
		       regs->tcr & PML_ARM64_TCR_HA :
		       regs->tcr & PML_ARM64_TCR2_HA;

	return bit && pml_arm64_has(regs, 1, 0, 1);
}

/* Is the top byte of a half's addresses ignored?  Of fetches' as well? */
static inline bool pml_arm64_ignores_top(const struct pml_arm64_regs *regs,
					 bool upper, bool fetch)
{
	if (!pml_arm64_has_el0((enum pml_arm64_regime)regs->regime))
		return (regs->tcr & PML_ARM64_TCR2_TBI) &&
		       !(fetch && (regs->tcr & PML_ARM64_TCR2_TBID));
	return (regs->tcr & PML_ARM64_TCR_TBI(upper)) &&
	       !(fetch && (regs->tcr & PML_ARM64_TCR_TBID(upper)));
}

/* Stage 1 and stage 2: are they on?  D8.1.3. */
static inline bool pml_arm64_stage1_on(const struct pml_arm64_regs *regs)
{
	if (regs->regime == PML_ARM64_EL10 &&
	    (regs->hcr & (PML_ARM64_HCR_DC | PML_ARM64_HCR_TGE)))
		return false;
	return regs->sctlr & PML_ARM64_SCTLR_M;
}

static inline bool pml_arm64_stage2_on(const struct pml_arm64_regs *regs)
{
	return regs->regime == PML_ARM64_EL10 &&
	       !(regs->hcr & PML_ARM64_HCR_TGE) &&
	       (regs->hcr & (PML_ARM64_HCR_VM | PML_ARM64_HCR_DC));
}

/*
 * All that the registers say, set up once: the spaces point to the formats
 * beside them, so that it must not be copied.
 */
struct pml_arm64_mmu {
	struct pml_arm64_regs regs;
	struct pml_format fmt[2], stage2_fmt;
	struct pml_space half[2];	/* stage 1: lower and upper */
	struct pml_space stage2;
	bool has_half[2], has_stage2;	/* set up; false: their registers' values are wrong */
};

/* One space; its memory is the caller's. */
static inline bool pml_arm64_space(const struct pml_arm64_config *c,
				   uint64_t ttbr, struct pml_format *fmt,
				   struct pml_space *space)
{
	if (!pml_arm64_format(c, fmt))
		return false;
	space->fmt = fmt;
	space->root = ttbr;
	space->rsvd = 0;
	space->pa_rsvd = pml_arm64_pa_rsvd(c);
	space->ignored = space->encrypted = 0;
	space->no_leaf = space->options = 0;
	return true;
}

/* Set up what `regs` say, over memory that `at` reads. */
static inline void
pml_arm64_mmu_init(struct pml_arm64_mmu *mmu, const struct pml_arm64_regs *regs,
		   const void *(*at)(void *ctx, uint64_t pa, size_t size),
		   void *ctx)
{
	bool halves = pml_arm64_has_el0((enum pml_arm64_regime)regs->regime);
	struct pml_arm64_config c;
	int i;

	mmu->regs = *regs;
	mmu->has_half[1] = false;
	for (i = 0; i <= halves; i++) {
		mmu->half[i].at = at;
		mmu->half[i].ctx = ctx;
		mmu->has_half[i] = pml_arm64_config(regs, i, &c) &&
				   pml_arm64_space(&c, regs->ttbr[i],
						   &mmu->fmt[i], &mmu->half[i]);
		if (mmu->has_half[i] && pml_arm64_ignores_top(regs, i, false))
			mmu->half[i].ignored = PML_BITS(56, 63);
	}
	mmu->stage2.at = at;
	mmu->stage2.ctx = ctx;
	mmu->has_stage2 = pml_arm64_config_stage2(regs, &c) &&
			  pml_arm64_space(&c, regs->vttbr, &mmu->stage2_fmt,
					  &mmu->stage2);
}

#endif
