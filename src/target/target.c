/*
 * What is being looked at: from register values to a space.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/target.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/status.h"
#include "target/nesting.h"
#include "target/options.h"

/* IA32_PAT after reset: WB, WT, UC-, UC, twice.  SDM 3A, 12.12.4. */
#define PAT_AFTER_RESET	0x0007040600070406ULL

/* Where a C-bit can be: CPUID 8000001FH tells, 47 and 51 so far. */
#define C_BIT_MASK	PML_BITS(32, 51)

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
	[PMAP_REG_CBIT] = "$pmap_cbit",
	[PMAP_REG_AMD] = "$pmap_amd",
};

bool pmap_target_paging_off(const struct pmap_target *target)
{
	return target->has[PMAP_REG_CR0] && !target->format_given &&
	       !(target->reg[PMAP_REG_CR0] & PML_X86_CR0_PG);
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
	regs->amd = target->reg[PMAP_REG_AMD];
	if (target->has[PMAP_REG_CBIT])
		regs->encrypted = target->reg[PMAP_REG_CBIT];
	/* A stub that does not tell EFER cannot make NX a reserved bit. */
	if (!target->has[PMAP_REG_EFER])
		regs->efer = PML_X86_EFER_NXE;
}

/*
 * What the user told: $pmap_maxphyaddr, and the C-bit by option or by variable,
 * which becomes the same register.
 */
static int check_told(struct pmap_target *target,
		      const struct pmap_options *opt, char *why, size_t size)
{
	uint64_t *c_bit = &target->reg[PMAP_REG_CBIT];

	if (target->has[PMAP_REG_MAXPHYADDR] &&
	    (target->reg[PMAP_REG_MAXPHYADDR] < 32 ||
	     target->reg[PMAP_REG_MAXPHYADDR] > 52)) {
		snprintf(why, size, "$pmap_maxphyaddr is %" PRIu64 ": it must be 32 to 52",
			 target->reg[PMAP_REG_MAXPHYADDR]);
		return PMAP_STATUS_USAGE;
	}
	target->c_bit_given = opt->c_bit.text != NULL;
	if (target->c_bit_given) {
		target->has[PMAP_REG_CBIT] = true;
		*c_bit = opt->c_bit.value;
	}
	if (!target->has[PMAP_REG_CBIT] || !(*c_bit & ~C_BIT_MASK))
		return 0;
	snprintf(why, size, "%s is 0x%" PRIx64 ": it must be a mask of address bits, such as 1ull << 47",
		 target->c_bit_given ? "--c-bit" : "$pmap_cbit", *c_bit);
	return PMAP_STATUS_USAGE;
}

/* May a guest's addresses be its physical ones? */
static bool is_guest_off(const struct pmap_target *target,
			 const struct pmap_options *opt)
{
	return pmap_nesting_asked(opt) && !opt->outer_alone && !target->root_given &&
	       pmap_target_paging_off(target);
}

/* The paging mode; 0 or a status. */
static int choose_format(struct pmap_target *target,
			 const struct pml_x86_regs *regs,
			 const struct pmap_options *opt,
			 char *why, size_t size)
{
	target->guest_off = is_guest_off(target, opt);
	if (opt->outer_alone || target->guest_off)
		return 0;
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
	if (!target->has[PMAP_REG_EFER] && regs->cr4 & PML_X86_CR4_PAE) {
		snprintf(why, size, "this target shows no $efer, which tells PAE from 64-bit paging: name the paging mode with --format");
		return PMAP_STATUS_NO_PAGING;
	}
	target->space.fmt = pml_x86_format(regs);
	if (target->space.fmt)
		return 0;
	snprintf(why, size, "no format for CR4=0x%" PRIx64 ", EFER=0x%" PRIx64 ": name it with --format",
		 regs->cr4, regs->efer);
	return PMAP_STATUS_NO_PAGING;
}

int pmap_target_check_root(const struct pml_format *fmt, const char *option,
			   uint64_t root, char *why, size_t size)
{
	/* As GDB gives it, perhaps extended by its sign. */
	if (fmt->va_bits > 32 || root >> 32 == 0 || root >> 31 == 0x1ffffffff)
		return 0;
	snprintf(why, size, "%s is 0x%" PRIx64 ": no root of this paging mode (%s) is above 4 GiB",
		 option, root, fmt->title);
	return PMAP_STATUS_USAGE;
}

int pmap_target_init(struct pmap_target *target,
		     const struct pmap_options *opt, char *why, size_t size)
{
	struct pml_x86_regs regs = { 0 };
	int status;

	status = check_told(target, opt, why, size);
	if (status)
		return status;
	fill_regs(target, &regs);
	regs.amd |= opt->npt.text != NULL;
	target->format_given = opt->format != NULL;
	target->root_given = opt->root.text != NULL;
	status = choose_format(target, &regs, opt, why, size);
	if (!status)
		status = pmap_nesting_init(target, opt, &regs, why, size);
	if (status || opt->outer_alone || target->guest_off)
		return status;
	if (!target->root_given && !target->has[PMAP_REG_CR3]) {
		snprintf(why, size, "this target shows no $cr3: give the root with --root");
		return PMAP_STATUS_NO_PAGING;
	}
	target->space.root = target->root_given ? opt->root.value : regs.cr3;
	if (target->root_given &&
	    pmap_target_check_root(target->space.fmt, "--root",
				   opt->root.value, why, size))
		return PMAP_STATUS_USAGE;
	target->space.rsvd = pml_x86_rsvd(target->space.fmt, &regs);
	target->space.pa_rsvd = pml_x86_pa_rsvd(&regs);
	if (target->space.fmt->memtype != PML_MT_EPT)
		target->space.encrypted = regs.encrypted;
	return 0;
}
