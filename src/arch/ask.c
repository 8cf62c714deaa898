/*
 * What to ask GDB for of an architecture's registers, and what need not be asked
 * again.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "arch/arch.h"

/* Those of exprs[fixed..], of one CPU; they hold as long as the epoch lasts. */
static struct {
	const struct pmap_arch *arch;
	uint64_t epoch;
	int inferior, thread;
	struct pmap_known known[PMAP_REGS_MAX];
} fixed;

static bool is_fixed(const struct pmap_arch *arch, unsigned i)
{
	return i >= arch->fixed && i < arch->fixed_end;
}

static int thread_of(const struct pmap_call *call)
{
	return call->on_thread ? call->on_thread : call->thread;
}

/* A command's first round does not know the CPU yet: it may be the last one's. */
static bool is_other_cpu(const struct pmap_call *call)
{
	return thread_of(call) && (fixed.inferior != call->inferior ||
				   fixed.thread != thread_of(call));
}

/* Forgets what is of another stop, or of another CPU. */
static struct pmap_known *known_of(const struct pmap_arch *arch,
				   const struct pmap_call *call)
{
	if (fixed.arch == arch && fixed.epoch == pmap_bridge_epoch() &&
	    !is_other_cpu(call))
		return fixed.known;
	memset(fixed.known, 0, sizeof(fixed.known));
	fixed.arch = arch;
	fixed.epoch = pmap_bridge_epoch();
	fixed.inferior = call->inferior;
	fixed.thread = thread_of(call);
	return fixed.known;
}

static enum pmap_use use_of(const struct pmap_arch *arch, unsigned i,
			    const struct pmap_known *known)
{
	return is_fixed(arch, i) && arch->use ? arch->use(i, known) : PMAP_USED;
}

static void want_reg(const struct pmap_arch *arch, const char *expr, unsigned i,
		     struct pmap_call *call)
{
	const struct pmap_known *all = known_of(arch, call);
	const struct pmap_known *known = is_fixed(arch, i) ? &all[i - arch->fixed] : NULL;

	if (known && known->asked)
		pmap_want_known(call, known->present, known->value);
	else if (use_of(arch, i, all) == PMAP_USED)
		pmap_want(call, PMAP_QUIET, expr);
	else
		pmap_want_known(call, false, 0);
}

size_t pmap_arch_want_regs(const struct pmap_arch *arch,
			   const struct pmap_options *opt, struct pmap_call *call,
			   enum pmap_regs_group group)
{
	const char *const *expr = pmap_arch_exprs(arch, opt);
	size_t first = call->nvalues;

	for (unsigned i = 0; i < arch->nexprs[group]; i++)
		want_reg(arch, expr[i], i, call);
	return first;
}

bool pmap_arch_wants_later(const struct pmap_arch *arch, const struct pmap_call *call,
			   enum pmap_regs_group group)
{
	const struct pmap_known *known = known_of(arch, call);

	for (unsigned i = arch->fixed; i < arch->fixed_end; i++)
		if (i < arch->nexprs[group] && use_of(arch, i, known) == PMAP_USE_LATER)
			return true;
	return false;
}

/* What the last answers show to be of use is asked for; the others are as they are. */
size_t pmap_arch_want_rest(const struct pmap_arch *arch,
			   const struct pmap_options *opt, struct pmap_call *call,
			   size_t first, enum pmap_regs_group group)
{
	const char *const *expr = pmap_arch_exprs(arch, opt);
	size_t next = call->nvalues;

	for (unsigned i = 0; i < arch->nexprs[group]; i++) {
		struct pmap_value value = call->values[first + i];

		if (is_fixed(arch, i))
			want_reg(arch, expr[i], i, call);
		else
			pmap_want_known(call, value.present, value.value);
	}
	return next;
}

bool pmap_arch_note_regs(const struct pmap_arch *arch, const struct pmap_call *call,
			 size_t first, enum pmap_regs_group group)
{
	/* What was known when they were asked for is of no use now. */
	bool other = fixed.arch != arch || fixed.epoch != pmap_bridge_epoch() ||
		     (fixed.thread && is_other_cpu(call));
	bool more = false;
	struct pmap_known *known = known_of(arch, call);
	enum pmap_use use[PMAP_REGS_MAX];
	unsigned end = arch->nexprs[group] < arch->fixed_end ?
		       arch->nexprs[group] : arch->fixed_end;

	/* By what was known when they were asked for. */
	for (unsigned i = arch->fixed; i < end; i++)
		use[i] = use_of(arch, i, known);
	for (unsigned i = arch->fixed; i < end && !other; i++) {
		const struct pmap_value *value = &call->values[first + i];

		if (use[i] == PMAP_USED)
			known[i - arch->fixed] = (struct pmap_known){
				true, value->present, value->value
			};
	}
	for (unsigned i = arch->fixed; i < end; i++)
		more |= !known[i - arch->fixed].asked &&
			use_of(arch, i, known) == PMAP_USED;
	return more;
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
