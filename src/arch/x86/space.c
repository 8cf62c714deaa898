/*
 * From x86's registers and the options to what is walked.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "arch/x86/registers.h"
#include "arch/x86/x86.h"
#include "base/status.h"
#include "target/nesting.h"
#include "target/options.h"

/* Where a C-bit can be: CPUID 8000001FH tells, 47 and 51 so far. */
#define C_BIT_MASK	PML_BITS(32, 51)

const enum pmap_option pmap_x86_options[] = {
	PMAP_OPT_C_BIT, PMAP_OPT_NPT, PMAP_OPT_EPT, PMAP_OPT_MBEC,
	PMAP_OPT_GPA_SPACE, PMAP_OPT_OUTER_FORMAT, PMAP_OPTIONS
};

bool pmap_x86_has_format(const struct pml_format *fmt)
{
	return fmt->memtype == PML_MT_PAT || fmt->memtype == PML_MT_EPT;
}

bool pmap_x86_is_own(const struct pml_format *fmt)
{
	return pml_x86_is_own(fmt);
}

/*
 * What the user told: $pmap_maxphyaddr, and the C-bit by option or by variable,
 * which becomes the same register.
 */
static int check_told(struct pmap_target *target,
		      const struct pmap_options *opt, char *why, size_t size)
{
	uint64_t width = pmap_target_reg(target, PMAP_X86_MAXPHYADDR), c_bit;

	if (pmap_target_has(target, PMAP_X86_MAXPHYADDR) &&
	    (width < 32 || width > 52)) {
		snprintf(why, size, "$pmap_maxphyaddr is %" PRIu64 ": it must be 32 to 52",
			 width);
		return PMAP_STATUS_USAGE;
	}
	if (opt->c_bit.text)
		target->reg[PMAP_X86_CBIT] = (struct pmap_reg){
			opt->c_bit.value, PMAP_FROM_USER
		};
	c_bit = pmap_target_reg(target, PMAP_X86_CBIT);
	if (!(c_bit & ~C_BIT_MASK))
		return 0;
	snprintf(why, size, "%s is 0x%" PRIx64 ": it must be a mask of address bits, such as 1ull << 47",
		 opt->c_bit.text ? "--c-bit" : "$pmap_cbit", c_bit);
	return PMAP_STATUS_USAGE;
}

/*
 * Bit 1 of EFLAGS is always 1 (SDM 1, 3.4.3): where it is not, GDB shows the
 * registers of no CPU, such as those of a core file without any.
 */
static void doubt_blank(struct pmap_target *target)
{
	static const uint8_t blank[] = {
		PMAP_X86_RIP, PMAP_X86_CS, PMAP_X86_EFLAGS
	};

	if (!pmap_target_knows(target, PMAP_X86_EFLAGS) ||
	    pmap_target_reg(target, PMAP_X86_EFLAGS) & 2)
		return;
	for (size_t i = 0; i < sizeof(blank); i++)
		if (pmap_target_knows(target, blank[i]))
			target->reg[blank[i]].from = PMAP_FROM_ASSUMPTION;
}

/* Paging is off, and no option says otherwise. */
static bool is_off(const struct pmap_target *target)
{
	return pmap_target_has(target, PMAP_X86_CR0) && !target->format_given &&
	       !(pmap_target_reg(target, PMAP_X86_CR0) & PML_X86_CR0_PG);
}

/* The paging mode; 0 or a status. */
static int choose_format(struct pmap_target *target,
			 const struct pml_x86_regs *regs,
			 const struct pmap_options *opt,
			 char *why, size_t size)
{
	/* A guest's addresses may be its physical ones. */
	target->guest_off = target->paging_off && pmap_nesting_asked(opt) &&
			    !opt->outer_alone && !target->root_given;
	if (opt->outer_alone || opt->outer_only || target->guest_off)
		return 0;
	if (opt->format) {
		target->space.fmt = opt->format;
		return 0;
	}
	if (!pmap_target_has(target, PMAP_X86_CR0) ||
	    !pmap_target_has(target, PMAP_X86_CR4)) {
		snprintf(why, size, "the target does not provide $cr0 and $cr4: name the paging mode with --format");
		return PMAP_STATUS_NO_PAGING;
	}
	if (target->paging_off) {
		snprintf(why, size, "paging is off (CR0.PG=0), addresses are physical; to inspect tables that are not in use yet, give both --root and --format");
		return PMAP_STATUS_NO_PAGING;
	}
	if (!pmap_target_has(target, PMAP_X86_EFER) &&
	    regs->cr4 & PML_X86_CR4_PAE) {
		snprintf(why, size, "the target does not provide $efer, which tells PAE from 64-bit paging: name the paging mode with --format");
		return PMAP_STATUS_NO_PAGING;
	}
	target->space.fmt = pml_x86_format(regs);
	if (target->space.fmt)
		return 0;
	snprintf(why, size, "no format for CR4=0x%" PRIx64 ", EFER=0x%" PRIx64 ": name it with --format",
		 regs->cr4, regs->efer);
	return PMAP_STATUS_NO_PAGING;
}

static int choose_root(struct pmap_target *target,
		       const struct pmap_options *opt, char *why, size_t size)
{
	if (!target->root_given && !pmap_target_has(target, PMAP_X86_CR3)) {
		snprintf(why, size, "the target does not provide $cr3: give the root with --root");
		return PMAP_STATUS_NO_PAGING;
	}
	target->space.root = target->root_given ? opt->root.value :
			     pmap_target_reg(target, PMAP_X86_CR3);
	return !target->root_given ? 0 :
	       pmap_target_check_root(target->space.fmt, "--root",
				      opt->root.value, why, size);
}

int pmap_x86_space(struct pmap_target *target, const struct pmap_options *opt,
		   char *why, size_t size)
{
	struct pml_space *space = &target->space;
	struct pml_x86_regs regs;
	int status;

	status = check_told(target, opt, why, size);
	if (status)
		return status;
	doubt_blank(target);
	pmap_x86_regs(target, &regs);
	regs.amd |= opt->npt.text != NULL;
	target->paging_off = is_off(target);
	status = choose_format(target, &regs, opt, why, size);
	if (!status)
		status = pmap_x86_outer(target, opt, why, size);
	if (status || opt->outer_alone || opt->outer_only || target->guest_off)
		return status;
	status = choose_root(target, opt, why, size);
	if (status)
		return status;
	space->rsvd = pml_x86_rsvd(space->fmt, &regs);
	space->pa_rsvd = pml_x86_pa_rsvd(&regs);
	if (space->fmt->memtype != PML_MT_EPT)
		space->encrypted = regs.encrypted;
	/* CPUID 80000001H:EDX.Page1GB, which no register shows. */
	if (space->fmt->levels >= 4 && pmap_target_reg(target, PMAP_X86_NO_1G))
		space->no_leaf = PML_LEVEL(3);
	return 0;
}
