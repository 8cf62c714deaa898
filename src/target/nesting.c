/*
 * A second dimension: what a guest's physical addresses go through.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/nesting.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/status.h"
#include "target/options.h"

bool pmap_nesting_asked(const struct pmap_options *opt)
{
	return opt->npt.text || opt->ept.text || opt->gpa_space.text;
}

const char *pmap_nesting_check(struct pmap_options *opt, bool shows_both)
{
	int given = !!opt->npt.text + !!opt->ept.text + !!opt->gpa_space.text;

	if (given > 1)
		return "--npt, --ept and --gpa-space exclude each other: a guest has one second dimension";
	if (opt->mbec && !opt->ept.text)
		return "--mbec is for --ept";
	if (opt->outer_format && (opt->ept.text || !given))
		return "--outer-format is for --npt and --gpa-space (an EPTP says its levels itself)";
	if (opt->npt.text && opt->outer_format &&
	    opt->outer_format->memtype == PML_MT_EPT)
		return "--outer-format: AMD's nested tables are in no format of EPT; for an EPT give --ept EPTP";
	if (given && opt->format && !pml_x86_is_own(opt->format))
		return "--format is the guest's own paging, not that of nested tables: see --outer-format";
	if (opt->combined && !given)
		return "--combined needs a second dimension: --npt, --ept or --gpa-space";
	if (opt->combined && opt->tree)
		return "--combined has no tree: the product of two trees is none";
	/* Commands that show either dimension: without a guest's root, the outer one. */
	opt->outer_alone = given && shows_both &&
			   !opt->combined && !opt->root.text;
	if (opt->outer_alone && opt->format)
		return "--format is the guest's: without --root and --combined, only --outer-format counts";
	return NULL;
}

/*
 * The host's mode decides how many levels there are.  The registers are the
 * host's where GDB has stopped there; a guest's are the next best guess.
 */
static int init_npt(struct pmap_target *target, const struct pmap_options *opt,
		    struct pml_x86_regs *regs)
{
	const struct pml_format *own = pml_x86_format(regs);

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
		snprintf(why, size, "--ept: 0x%" PRIx64 " is no EPTP: it says %d levels (bits 5:3, plus one), not 4 or 5; for a root alone give ROOT | 0x1e",
			 eptp, (int)((eptp & PML_EPTP_WALK) >> PML_EPTP_WALK_SHIFT) + 1);
	else if (!pml_eptp_valid(eptp))
		snprintf(why, size, "--ept: 0x%" PRIx64 " is no EPTP: its memory type (bits 2:0) must be 0 or 6, and bits 11:8 and 63:52 zero; for a root alone give ROOT | 0x1e",
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

int pmap_nesting_init(struct pmap_target *target,
		      const struct pmap_options *opt,
		      const struct pml_x86_regs *guest, char *why, size_t size)
{
	struct pml_x86_regs regs = *guest;
	int status = 0;

	target->nested = pmap_nesting_asked(opt);
	if (!target->nested)
		return 0;
	if (opt->npt.text)
		status = init_npt(target, opt, &regs);
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

void pmap_nesting_attach(struct pmap_target *target,
			 const void *(*at)(void *, uint64_t, size_t), void *ctx)
{
	target->space.at = target->outer.at = at;
	target->space.ctx = target->outer.ctx = ctx;
	if (!target->nested)
		return;
	pml_nested_init(&target->pair, &target->space, &target->outer,
			target->nesting);
	target->space = target->pair.inner;
}

bool pmap_nesting_table_maps(const struct pmap_target *target)
{
	const struct pml_nested *pair = &target->pair;
	unsigned need = pml_nested_need(pair->nesting);

	return pair->has_failed && pair->failed.kind == PML_LEAF &&
	       !(need & ~pair->failed.rights);
}
