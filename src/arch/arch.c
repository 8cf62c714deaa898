/*
 * The architectures that there are, and which of them the target is.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/arch.h"

#include <string.h>

const struct pmap_arch *const pmap_archs[] = {
	&pmap_arch_x86,
	&pmap_arch_arm64,
	NULL
};

static struct {
	const struct pmap_arch *arch;	/* the last that was found */
	/* Where the probes were asked last. */
	uint64_t epoch;
	int inferior;
} found;

const struct pmap_arch *pmap_arch_guess(bool *known_ret)
{
	/* With one there is nothing to choose. */
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

size_t pmap_arch_want_regs(const struct pmap_arch *arch, struct pmap_call *call,
			   enum pmap_regs_group group)
{
	size_t first = call->nvalues;

	for (unsigned i = 0; i < arch->nexprs[group]; i++)
		pmap_want(call, PMAP_QUIET, arch->exprs[i]);
	return first;
}

void pmap_arch_take_regs(struct pmap_target *target, const struct pmap_call *call,
			 size_t first, enum pmap_regs_group group)
{
	const struct pmap_arch *arch = target->arch;

	for (unsigned i = 0; i < arch->nexprs[group]; i++) {
		const struct pmap_value *value = &call->values[first + i];

		if (value->present)
			pmap_target_set(target, i, value->value,
					strncmp(arch->exprs[i], "$pmap_", 6) ?
					PMAP_FROM_GDB : PMAP_FROM_USER);
	}
}
