/*
 * A second dimension: what a guest's physical addresses go through.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/nesting.h"

#include "target/options.h"

bool pmap_nesting_asked(const struct pmap_options *opt)
{
	return opt->npt.text || opt->ept.text || opt->gpa_space.text;
}

/* Is it a second dimension's format, rather than a processor's own paging? */
static bool is_outer(const struct pml_format *fmt)
{
	return !fmt->sign_extended && fmt->va_bits != 32;
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
	if (given && opt->format && is_outer(opt->format))
		return "--format is the guest's own paging, not that of nested tables: see --outer-format";
	if (opt->combined && !given)
		return "--combined needs a second dimension: --npt, --ept or --gpa-space";
	if (opt->combined && opt->tree)
		return "--tree and --combined cannot be used together";
	/* Commands that show either dimension: without a guest's root, the outer one. */
	opt->outer_alone = given && shows_both &&
			   !opt->combined && !opt->root.text;
	if (opt->outer_alone && opt->format)
		return "--format is the guest's: without --root and --combined, only --outer-format counts";
	return NULL;
}

void pmap_nesting_attach(struct pmap_target *target,
			 const void *(*at)(void *, uint64_t, size_t), void *ctx)
{
	target->space.at = target->upper.at = target->outer.at = at;
	target->space.ctx = target->upper.ctx = target->outer.ctx = ctx;
	if (!target->nested)
		return;
	pml_nested_init(&target->pair, &target->space, &target->outer,
			target->nesting);
	target->space = target->pair.inner;
	pml_nested_init(&target->upper_pair, &target->upper, &target->outer,
			target->nesting);
	target->upper = target->upper_pair.inner;
}

bool pmap_nesting_table_maps(const struct pmap_target *target)
{
	const struct pml_nested *pair = &target->pair;
	unsigned need = pml_nested_need(pair->nesting);

	return pair->has_failed && pair->failed.kind == PML_LEAF &&
	       !(need & ~pair->failed.rights);
}
