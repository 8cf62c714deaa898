/*
 * The architectures that there are, and which of them the target is.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/arch.h"

#include <stdio.h>
#include <string.h>

const struct pmap_arch *const pmap_archs[] = {
	&pmap_arch_x86,
	&pmap_arch_arm64,
	&pmap_arch_riscv,
	NULL
};

#define ARCHS	(sizeof(pmap_archs) / sizeof(pmap_archs[0]))	/* and the end */

static struct {
	const struct pmap_arch *arch;	/* the last that was found */
	/* Where the probes were asked last. */
	uint64_t epoch;
	int inferior;
} found;

const struct pmap_arch *pmap_arch_guess(bool *known_ret)
{
	/* A build with one architecture needs no probes. */
	*known_ret = found.arch || !pmap_archs[1];
	return found.arch ? found.arch : pmap_archs[0];
}

size_t pmap_arch_want_probes(struct pmap_call *call)
{
	size_t first = call->nvalues;

	for (size_t i = 0; pmap_archs[i]; i++)
		for (const char *const *p = pmap_archs[i]->probes; *p; p++)
			pmap_want(call, PMAP_QUIET, *p);
	return first;
}

const struct pmap_arch *pmap_arch_take_probes(const struct pmap_call *call,
					      size_t first)
{
	const struct pmap_value *value = &call->values[first];
	const struct pmap_arch *arch = NULL;

	for (size_t i = 0; pmap_archs[i]; i++)
		for (const char *const *p = pmap_archs[i]->probes; *p; p++, value++)
			if (value->present && !arch)
				arch = pmap_archs[i];
	found.epoch = pmap_bridge_epoch();
	found.inferior = call->inferior;
	found.arch = arch ? arch : found.arch ? found.arch : pmap_archs[0];
	return found.arch;
}

bool pmap_arch_doubtful(const struct pmap_call *call)
{
	return pmap_archs[1] && (found.epoch != pmap_bridge_epoch() ||
				 found.inferior != call->inferior);
}

const struct pmap_outer_option *const *pmap_arch_outer_options(void)
{
	static const struct pmap_outer_option *lists[ARCHS];
	size_t n = 0;

	for (size_t i = 0; pmap_archs[i]; i++)
		if (pmap_archs[i]->outer_options)
			lists[n++] = pmap_archs[i]->outer_options;
	return lists;
}

/* The first of its own options that is given, PMAP_OPTIONS if none is. */
static enum pmap_option own_option(const struct pmap_arch *arch,
				   const struct pmap_options *opt)
{
	const enum pmap_option *own = arch->options;

	while (own && *own != PMAP_OPTIONS && !pmap_option_given(opt, *own))
		own++;
	return own ? *own : PMAP_OPTIONS;
}

bool pmap_arch_refuses(const struct pmap_arch *arch,
		       const struct pmap_options *opt, char *why, size_t size)
{
	for (size_t i = 0; pmap_archs[i]; i++) {
		enum pmap_option id = own_option(pmap_archs[i], opt);

		if (pmap_archs[i] == arch || id == PMAP_OPTIONS)
			continue;
		snprintf(why, size, "%s is %s's; this target is %s",
			 pmap_option_name(id), pmap_archs[i]->title, arch->title);
		return true;
	}
	return false;
}

const char *const *pmap_arch_exprs(const struct pmap_arch *arch,
				   const struct pmap_options *opt)
{
	return arch->exprs_for ? arch->exprs_for(opt) : arch->exprs;
}
