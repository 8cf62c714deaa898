/*
 * The options that name a second dimension: do they fit together?
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/nesting.h"

#include <stdio.h>

#include "base/status.h"
#include "target/arch.h"

static char line[256];	/* see pmap_nesting_check() */

/* Which option is given; NULL, or the line that two are. */
static const char *take(struct pmap_options *opt,
			const struct pmap_outer_option *list)
{
	for (; list && list->id != PMAP_OPTIONS; list++) {
		if (!pmap_option_given(opt, list->id))
			continue;
		if (!opt->outer) {
			opt->outer = list;
			continue;
		}
		snprintf(line, sizeof(line), "%s and %s exclude each other: a guest has one second dimension",
			 pmap_option_name(opt->outer->id),
			 pmap_option_name(list->id));
		return line;
	}
	return NULL;
}

static bool goes_with(const struct pmap_outer_option *outer, enum pmap_option id)
{
	const enum pmap_option *with = outer->with;

	while (with && *with != PMAP_OPTIONS && *with != id)
		with++;
	return with && *with == id;
}

/* "--outer-format is for --npt and --gpa-space" */
static const char *is_for(const struct pmap_outer_option *const *lists,
			  enum pmap_option id)
{
	int n = snprintf(line, sizeof(line), "%s is for", pmap_option_name(id));
	const char *and = "";

	for (; *lists; lists++)
		for (const struct pmap_outer_option *o = *lists;
		     o->id != PMAP_OPTIONS; o++) {
			if (!goes_with(o, id))
				continue;
			n += snprintf(line + n, sizeof(line) - n, "%s %s", and,
				      pmap_option_name(o->id));
			and = " and";
		}
	return line;
}

/* Options that are given, but not the one that they go with. */
static const char *check_with(const struct pmap_options *opt,
			      const struct pmap_outer_option *const *lists)
{
	const struct pmap_outer_option *const *list = lists;

	for (; *list; list++)
		for (const struct pmap_outer_option *o = *list;
		     o->id != PMAP_OPTIONS; o++)
			for (const enum pmap_option *with = o->with;
			     with && *with != PMAP_OPTIONS; with++)
				if (pmap_option_given(opt, *with) &&
				    !(opt->outer && goes_with(opt->outer, *with)))
					return is_for(lists, *with);
	return NULL;
}

const char *pmap_nesting_check(struct pmap_options *opt,
			       const struct pmap_outer_option *const *lists,
			       bool shows_both)
{
	const char *bad = NULL;

	opt->outer = NULL;
	for (size_t i = 0; !bad && lists[i]; i++)
		bad = take(opt, lists[i]);
	if (!bad)
		bad = check_with(opt, lists);
	if (bad)
		return bad;
	if (opt->combined && opt->tree)
		return "--tree and --combined cannot be used together";
	/* Commands that show either dimension: without a guest's root, the outer one. */
	opt->outer_alone = opt->outer && shows_both &&
			   !opt->combined && !opt->root.text;
	if (opt->outer_alone && opt->format)
		return "--format is the guest's: without --root and --combined, the second dimension alone is shown";
	return NULL;
}

const char *pmap_nesting_names(const struct pmap_arch *arch)
{
	const struct pmap_outer_option *o = arch->outer_options;
	static char names[128];
	size_t n = 0;

	for (names[0] = '\0'; o && o->id != PMAP_OPTIONS && n < sizeof(names); o++)
		n += snprintf(names + n, sizeof(names) - n, "%s%s", !n ? "" :
			      o[1].id == PMAP_OPTIONS ? " or " : ", ",
			      pmap_option_name(o->id));
	return names;
}

int pmap_nesting_check_target(const struct pmap_target *target,
			      const struct pmap_options *opt,
			      char *why, size_t size)
{
	if (opt->outer && opt->format && !target->arch->is_own(opt->format))
		snprintf(why, size, "--format is the guest's own paging, not that of nested tables (for those there is --outer-format)");
	else if (opt->combined && !target->nested)
		snprintf(why, size, "--combined needs a second dimension: %s",
			 pmap_nesting_names(target->arch));
	else
		return 0;
	return PMAP_STATUS_USAGE;
}
