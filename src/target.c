/*
 * What is being looked at: from register values to a space.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target.h"

#include <inttypes.h>
#include <stdio.h>

#include "options.h"
#include "status.h"

/* IA32_PAT after reset: WB, WT, UC-, UC, twice.  SDM 3A, 12.12.4. */
#define PAT_AFTER_RESET	0x0007040600070406ULL

const char *const pmap_target_exprs[PMAP_REGS] = {
	[PMAP_REG_CR0] = "$cr0",
	[PMAP_REG_CR2] = "$cr2",
	[PMAP_REG_CR3] = "$cr3",
	[PMAP_REG_CR4] = "$cr4",
	[PMAP_REG_EFER] = "$efer",
	[PMAP_REG_CS] = "$cs",
	[PMAP_REG_EFLAGS] = "$eflags",
	[PMAP_REG_RIP] = "$pc",
	[PMAP_REG_MAXPHYADDR] = "$pmap_maxphyaddr",
	[PMAP_REG_PAT] = "$pmap_pat",
	[PMAP_REG_PKRU] = "$pmap_pkru",
	[PMAP_REG_PKRS] = "$pmap_pkrs",
};

bool pmap_target_paging_off(const struct pmap_target *target)
{
	return target->has[PMAP_REG_CR0] && !target->format_given &&
	       !(target->reg[PMAP_REG_CR0] & PML_CR0_PG);
}

uint64_t pmap_target_pat(const struct pmap_target *target)
{
	return target->has[PMAP_REG_PAT] ? target->reg[PMAP_REG_PAT]
					 : PAT_AFTER_RESET;
}

static void fill_regs(const struct pmap_target *target,
		      struct pml_x86_regs *regs)
{
	regs->cr0 = target->reg[PMAP_REG_CR0];
	regs->cr3 = target->reg[PMAP_REG_CR3];
	regs->cr4 = target->reg[PMAP_REG_CR4];
	regs->efer = target->reg[PMAP_REG_EFER];
	regs->maxphyaddr = target->reg[PMAP_REG_MAXPHYADDR];
	/* A stub that does not tell EFER cannot make NX a reserved bit. */
	if (!target->has[PMAP_REG_EFER])
		regs->efer = PML_EFER_NXE;
}

/* The paging mode; 0 or a status. */
static int choose_format(struct pmap_target *target,
			 const struct pml_x86_regs *regs,
			 const struct pmap_options *opt,
			 char *why, size_t size)
{
	if (opt->format) {
		target->space.fmt = opt->format;
		return 0;
	}
	if (!target->has[PMAP_REG_CR0] || !target->has[PMAP_REG_CR4]) {
		snprintf(why, size, "this target shows no $cr0 and $cr4: name the paging mode with --format");
		return PMAP_STATUS_NO_PAGING;
	}
	if (pmap_target_paging_off(target)) {
		snprintf(why, size, "paging is off (CR0.PG=0): addresses are physical; stop later, or give --root and --format");
		return PMAP_STATUS_NO_PAGING;
	}
	target->space.fmt = pml_x86_format(regs);
	if (target->space.fmt)
		return 0;
	snprintf(why, size, "no format for CR4=0x%" PRIx64 ", EFER=0x%" PRIx64 ": name it with --format",
		 regs->cr4, regs->efer);
	return PMAP_STATUS_NO_PAGING;
}

int pmap_target_init(struct pmap_target *target,
		     const struct pmap_options *opt, char *why, size_t size)
{
	struct pml_x86_regs regs = { 0 };
	int status;

	if (target->has[PMAP_REG_MAXPHYADDR] &&
	    (target->reg[PMAP_REG_MAXPHYADDR] < 32 ||
	     target->reg[PMAP_REG_MAXPHYADDR] > 52)) {
		snprintf(why, size, "$pmap_maxphyaddr is %" PRIu64 ": it must be 32 to 52",
			 target->reg[PMAP_REG_MAXPHYADDR]);
		return PMAP_STATUS_USAGE;
	}
	fill_regs(target, &regs);
	target->format_given = opt->format != NULL;
	target->root_given = opt->root.text != NULL;
	status = choose_format(target, &regs, opt, why, size);
	if (status)
		return status;
	if (!target->root_given && !target->has[PMAP_REG_CR3]) {
		snprintf(why, size, "this target shows no $cr3: give the root with --root");
		return PMAP_STATUS_NO_PAGING;
	}
	target->space.root = target->root_given ? opt->root.value : regs.cr3;
	target->space.rsvd = pml_x86_rsvd(target->space.fmt, &regs);
	return 0;
}
