/*
 * x86's second dimension: AMD's nested tables, Intel's extended ones, or a plain
 * map of addresses.
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

static const enum pmap_option formats[] = { PMAP_OPT_OUTER_FORMAT, PMAP_OPTIONS };
static const enum pmap_option mbec[] = { PMAP_OPT_MBEC, PMAP_OPTIONS };

const struct pmap_outer_option pmap_x86_outer_options[] = {
	{ PMAP_OPT_NPT, formats },
	/* An EPTP says its levels itself. */
	{ PMAP_OPT_EPT, mbec },
	{ PMAP_OPT_GPA_SPACE, formats },
	{ PMAP_OPTIONS, NULL }
};

const char *pmap_x86_outer_tables(const struct pmap_target *target)
{
	static const char *const names[] = {
		[PML_PLAIN] = "the outer tables",
		[PML_NPT] = "the nested tables",
		[PML_EPT] = "the EPT",
		[PML_EPT_AD] = "the EPT",
	};

	return names[target->nesting];
}

/*
 * The host's mode decides how many levels there are.  The registers are the
 * host's where GDB has stopped there; a guest's are the next best guess.
 */
static int init_npt(struct pmap_target *target, const struct pmap_options *opt,
		    struct pml_x86_regs *regs, char *why, size_t size)
{
	const struct pml_format *own = pml_x86_format(regs);

	if (opt->outer_format && opt->outer_format->memtype == PML_MT_EPT) {
		snprintf(why, size, "--outer-format: AMD's nested tables are in no format of EPT; for an EPT give --ept EPTP");
		return PMAP_STATUS_USAGE;
	}
	target->nesting = PML_NPT;
	target->outer.fmt = opt->outer_format ? pml_npt_format(opt->outer_format) :
			    own && own->levels == 5 ? &pml_npt_5 : &pml_npt_4;
	target->outer.root = opt->npt.value;
	/* EFER is the guest's where GDB has stopped inside one. */
	regs->efer |= PML_X86_EFER_NXE;
	return 0;
}

static int init_ept(struct pmap_target *target, const struct pmap_options *opt,
		    char *why, size_t size)
{
	uint64_t eptp = opt->ept.value;

	target->nesting = eptp & PML_EPTP_AD ? PML_EPT_AD : PML_EPT;
	target->outer.fmt = pml_ept_format(eptp, opt->mbec);
	target->outer.root = eptp;
	if (!target->outer.fmt)
		snprintf(why, size, "--ept: 0x%" PRIx64 " is not an EPTP: it says %d levels (bits 5:3, plus one), not 4 or 5; for a root alone give ROOT | 0x1e",
			 eptp, (int)((eptp & PML_EPTP_WALK) >> PML_EPTP_WALK_SHIFT) + 1);
	else if (!pml_eptp_valid(eptp))
		snprintf(why, size, "--ept: 0x%" PRIx64 " is not an EPTP: its memory type (bits 2:0) must be 0 or 6, and bits 11:8 and 63:52 zero; for a root alone give ROOT | 0x1e",
			 eptp);
	else
		return 0;
	return PMAP_STATUS_USAGE;
}

/* The address space of a process, or of a kernel: of this CPU's own mode. */
static void init_plain(struct pmap_target *target, const struct pmap_options *opt,
		       const struct pml_x86_regs *regs)
{
	const struct pml_format *own = pml_x86_format(regs);

	target->nesting = PML_PLAIN;
	target->outer.fmt = opt->outer_format ? opt->outer_format :
			    own ? own : &pml_x86_64_4;
	target->outer.root = opt->gpa_space.value;
}

int pmap_x86_outer(struct pmap_target *target,
		   const struct pmap_options *opt, char *why, size_t size)
{
	struct pml_x86_regs regs;
	int status = 0;

	target->nested = pmap_nesting_asked(opt);
	if (!target->nested)
		return 0;
	pmap_x86_regs(target, &regs);
	regs.amd |= opt->npt.text != NULL;
	if (opt->npt.text)
		status = init_npt(target, opt, &regs, why, size);
	else if (opt->ept.text)
		status = init_ept(target, opt, why, size);
	else
		init_plain(target, opt, &regs);
	if (!status && !opt->ept.text)
		status = pmap_target_check_root(target->outer.fmt, opt->npt.text ?
						"--npt" : "--gpa-space",
						target->outer.root, why, size);
	if (status)
		return status;
	if (target->outer.fmt->memtype != PML_MT_EPT)
		target->outer.encrypted = regs.encrypted;
	target->outer.rsvd = pml_x86_rsvd(target->outer.fmt, &regs);
	target->outer.pa_rsvd = pml_x86_pa_rsvd(&regs);
	if (opt->outer_alone) {
		target->space = target->outer;
		target->nested = false;
	}
	return 0;
}

