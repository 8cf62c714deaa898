/*
 * From AArch64's registers and the options to what is walked: both halves of
 * EL1&0 and EL2&0, the one of EL2 and EL3, and stage 2 where it is on.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "arch/arm64/arm64.h"
#include "base/status.h"
#include "target/nesting.h"
#include "target/options.h"

#define PSTATE_M	0x1f	/* of AArch32: its mode */
#define MODE_USR	0x10
#define HCR_RW		(1ULL << 31)	/* EL1 is AArch64 */

struct pml_arm64_mmu pmap_arm64_mmu;

bool pmap_arm64_has_format(const struct pml_format *fmt)
{
	return fmt->memtype == PML_MT_MAIR || fmt->memtype == PML_MT_ARM64_S2;
}

bool pmap_arm64_is_own(const struct pml_format *fmt)
{
	return fmt->memtype == PML_MT_MAIR;
}

const enum pmap_option pmap_arm64_options[] = {
	PMAP_OPT_TTBR0, PMAP_OPT_TTBR1, PMAP_OPT_EL, PMAP_OPT_STAGE2,
	PMAP_OPT_VTCR, PMAP_OPTIONS
};

static const enum pmap_option vtcr[] = { PMAP_OPT_VTCR, PMAP_OPTIONS };

const struct pmap_outer_option pmap_arm64_outer_options[] = {
	{ PMAP_OPT_STAGE2, vtcr },
	{ PMAP_OPTIONS, NULL }
};

/* A format by name, and a root of its own. */
static int given_format(struct pmap_target *target,
			const struct pmap_options *opt, char *why, size_t size)
{
	struct pml_arm64_mmu *mmu = &pmap_arm64_mmu;

	if (!opt->root.text) {
		snprintf(why, size, "--format %s needs --root: which tables are these?",
			 opt->format->name);
		/* A scan looks for them. */
		return opt->scan ? PMAP_STATUS_NO_PAGING : PMAP_STATUS_USAGE;
	}
	target->space.fmt = opt->format;
	target->space.root = opt->root.value;
	/* For the judge: these tables, whatever the registers say. */
	mmu->regs.regime = PML_ARM64_EL10;
	mmu->regs.sctlr |= PML_ARM64_SCTLR_M;
	mmu->regs.tcr = 0;
	if (!opt->stage2.text)
		mmu->regs.hcr = 0;
	mmu->has_half[0] = true;
	mmu->has_half[1] = false;
	mmu->half[0] = target->space;
	return 0;
}

/* Options in the place of registers. */
static void take_given(struct pml_arm64_regs *regs,
		       const struct pmap_options *opt)
{
	if (opt->root.text)
		regs->ttbr[0] = opt->root.value;
	if (opt->ttbr0.text)
		regs->ttbr[0] = opt->ttbr0.value;
	if (opt->ttbr1.text)
		regs->ttbr[1] = opt->ttbr1.value;
	if (opt->vtcr.text)
		regs->vtcr = opt->vtcr.value;
	if (!opt->stage2.text)
		return;
	regs->vttbr = opt->stage2.value;
	regs->hcr = (regs->hcr & ~PML_ARM64_HCR_TGE) | PML_ARM64_HCR_VM;
}

static int check_registers(const struct pmap_target *target, char *why,
			   size_t size)
{
	const struct pml_arm64_regs *regs = &pmap_arm64_mmu.regs;

	if (!pmap_target_has(target, PMAP_ARM64_TCR) ||
	    !pmap_target_has(target, PMAP_ARM64_TTBR0)) {
		snprintf(why, size, "the target does not provide its TCR and TTBR0: name the tables with --format arm64-4k (-16k, -64k) and --root");
		return PMAP_STATUS_NO_PAGING;
	}
	if (regs->sctlr & PML_ARM64_SCTLR_EE) {
		snprintf(why, size, "the tables are big-endian (SCTLR.EE=1), which pmap does not know");
		return PMAP_STATUS_NO_PAGING;
	}
	if (target->paging_off && !pml_arm64_stage2_on(regs)) {
		snprintf(why, size, "the MMU is off at EL%u (SCTLR.M=0), addresses are physical; to inspect tables that are not in use yet, give --root",
			 pmap_arm64_el(target));
		return PMAP_STATUS_NO_PAGING;
	}
	return 0;
}

/* One half; its walks may be disabled. */
static void set_half(struct pml_space *space, bool upper)
{
	const struct pml_arm64_mmu *mmu = &pmap_arm64_mmu;
	bool halves = pml_arm64_has_el0((enum pml_arm64_regime)mmu->regs.regime);

	*space = mmu->half[upper];
	if (!mmu->has_half[upper] ||
	    (halves && (mmu->regs.tcr & PML_ARM64_TCR_EPD(upper))))
		space->fmt = NULL;
}

static int set_stage2(struct pmap_target *target,
		      const struct pmap_options *opt, char *why, size_t size)
{
	const struct pml_arm64_mmu *mmu = &pmap_arm64_mmu;

	if (!pml_arm64_stage2_on(&mmu->regs))
		return 0;
	if (opt->stage2.text && !opt->vtcr.text &&
	    !pmap_target_has(target, PMAP_ARM64_VTCR)) {
		snprintf(why, size, "the target does not provide VTCR_EL2: give --vtcr with --stage2");
		return PMAP_STATUS_USAGE;
	}
	if (target->secure) {
		snprintf(why, size, "stage 2 is on in the Secure state (SCR_EL3.EEL2=1), whose VSTTBR_EL2 and VSTCR_EL2 pmap does not know");
		return PMAP_STATUS_NO_PAGING;
	}
	if (!mmu->has_stage2) {
		snprintf(why, size, "stage 2 is on, and VTCR_EL2=0x%" PRIx64 " does not fit together: nothing is translated",
			 mmu->regs.vtcr);
		return opt->stage2.text ? PMAP_STATUS_USAGE : PMAP_STATUS_NO_PAGING;
	}
	target->nested = true;
	target->nesting = PML_STAGE2;
	target->outer = mmu->stage2;
	return 0;
}

/* The halves of stage 1, or the one that there is. */
static int set_stage1(struct pmap_target *target,
		      const struct pmap_options *opt, char *why, size_t size)
{
	const struct pml_arm64_regs *regs = &pmap_arm64_mmu.regs;

	target->guest_off = target->paging_off;
	if (target->guest_off)
		return 0;
	set_half(&target->space, false);
	/* --root is one root, and the lower half's format. */
	target->halves = !opt->root.text &&
		pml_arm64_has_el0((enum pml_arm64_regime)regs->regime);
	if (target->halves)
		set_half(&target->upper, true);
	if (target->space.fmt || target->upper.fmt)
		return 0;
	snprintf(why, size, "no walks: TCR=0x%" PRIx64 " disables them, or has sizes that it may not have%s",
		 regs->tcr, opt->root.text ? ": give --format with --root" : "");
	return PMAP_STATUS_NO_PAGING;
}

/*
 * AArch32 at EL1, or 2, has tables of its own.  Below an EL1 in AArch64 a program has
 * that one's: HCR_EL2.RW, where there is an EL2 that has set it, tells.
 */
static bool has_other_tables(const struct pmap_target *target)
{
	uint64_t hcr = pmap_target_reg(target, PMAP_ARM64_HCR);

	if (pmap_arm64_el(target) > 1 && pmap_target_has(target, PMAP_ARM64_LEVEL))
		return false;
	if (!(pmap_target_reg(target, PMAP_ARM64_CPSR) & PMAP_ARM64_AARCH32))
		return false;
	return (pmap_target_reg(target, PMAP_ARM64_CPSR) & PSTATE_M) != MODE_USR ||
	       (hcr && !(hcr & HCR_RW)) || !pmap_target_has(target, PMAP_ARM64_TCR);
}

int pmap_arm64_space(struct pmap_target *target, const struct pmap_options *opt,
		     char *why, size_t size)
{
	struct pml_arm64_regs regs;
	int status = pmap_arm64_choose_level(target, opt, why, size);

	if (status)
		return status;
	if (pmap_target_reg(target, PMAP_ARM64_REDIRECTED) && !opt->format &&
	    !opt->outer_alone) {
		snprintf(why, size, "at EL2 with HCR_EL2.E2H=1 the registers of EL1 are not to be had here: GDB has EL2's under their names; stop at EL1, or give --format and --root");
		return PMAP_STATUS_NO_PAGING;
	}
	if (has_other_tables(target) && !opt->format && !opt->outer_alone) {
		snprintf(why, size, "the processor is in AArch32 state (PSTATE.M=0x%x), whose tables pmap does not know; AArch64's are named by --format and --root",
			 (unsigned)pmap_target_reg(target, PMAP_ARM64_CPSR) & PSTATE_M);
		return PMAP_STATUS_NO_PAGING;
	}
	target->secure = pmap_target_reg(target, PMAP_ARM64_SECURE);
	pmap_arm64_regs(target, &regs);
	take_given(&regs, opt);
	pml_arm64_mmu_init(&pmap_arm64_mmu, &regs, NULL, NULL);
	if (opt->format)
		status = given_format(target, opt, why, size);
	if (!status)
		status = set_stage2(target, opt, why, size);
	if (status || opt->format)
		return status;
	if (opt->outer_alone) {
		target->space = target->outer;
		target->nested = false;
		return 0;
	}
	target->paging_off = !pml_arm64_stage1_on(&regs) &&
			     pmap_target_has(target, PMAP_ARM64_SCTLR) &&
			     !opt->root.text && !opt->ttbr0.text &&
			     !opt->ttbr1.text;
	status = check_registers(target, why, size);
	return status ? status : set_stage1(target, opt, why, size);
}
