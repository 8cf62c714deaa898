/*
 * What is being looked at: registers, and the spaces that they select.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/target.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "target/arch.h"
#include "target/options.h"

#define UPPER	(1ULL << 63)	/* and above: the upper half, if there are two */

void pmap_target_set(struct pmap_target *target, unsigned reg, uint64_t value,
		     enum pmap_from from)
{
	struct pmap_reg *r = &target->reg[reg];

	if (from <= r->from)
		return;
	r->value = value;
	r->from = from;
}

void pmap_target_set_named(struct pmap_target *target, const char *name,
			   uint64_t value, enum pmap_from from)
{
	const char *const *expr = target->arch->exprs;

	for (unsigned i = 0; expr[i]; i++)
		if (strcmp(expr[i] + 1, name) == 0)
			pmap_target_set(target, i, value, from);
}

bool pmap_target_pc(const struct pmap_target *target, uint64_t *pc_ret)
{
	*pc_ret = pmap_target_reg(target, target->arch->pc);
	return pmap_target_knows(target, target->arch->pc);
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

/* Tables of another architecture: their root is given, and nothing of the registers is theirs. */
static int foreign_space(struct pmap_target *target,
			 const struct pmap_options *opt, char *why, size_t size)
{
	if (!target->root_given) {
		snprintf(why, size, "--format %s needs --root: no register of %s leads to such tables",
			 opt->format->name, target->arch->title);
		return PMAP_STATUS_USAGE;
	}
	target->space.fmt = opt->format;
	target->space.root = pmap_target_root(opt->format, opt->root.value);
	return pmap_target_check_root(opt->format, "--root", opt->root.value,
				      why, size);
}

int pmap_target_init(struct pmap_target *target,
		     const struct pmap_options *opt, char *why, size_t size)
{
	target->format_given = opt->format != NULL;
	target->root_given = opt->root.text || opt->root.value;
	target->halves = target->paging_off = target->guest_off = false;
	target->nested = target->selected_upper = target->secure = false;
	target->space = target->upper = target->outer = (struct pml_space){ 0 };
	if (opt->format && !target->arch->has_format(opt->format))
		return foreign_space(target, opt, why, size);
	return target->arch->space(target, opt, why, size);
}

uint64_t pmap_target_root(const struct pml_format *fmt, uint64_t root)
{
	uint64_t below = (1ULL << fmt->root_shift) - 1;
	uint64_t last = fmt->root_pa << fmt->root_shift | below;

	return fmt->root_shift && root <= last ? pml_root_value(fmt, root) : root;
}

/* Is it the half that is not selected? */
static bool in_other(const struct pmap_target *target, uint64_t va)
{
	return target->halves && !!(va & UPPER) != target->selected_upper;
}

const struct pml_space *pmap_target_space(const struct pmap_target *target,
					  uint64_t va)
{
	return in_other(target, va) ? &target->upper : &target->space;
}

struct pml_nested *pmap_target_pair(struct pmap_target *target, uint64_t va)
{
	return in_other(target, va) ? &target->upper_pair : &target->pair;
}

/* The memory that each is read from stays where it is. */
static void exchange(struct pml_space *a, struct pml_space *b)
{
	struct pml_space was = *a;

	*a = *b;
	a->at = was.at;
	a->ctx = was.ctx;
	was.at = b->at;
	was.ctx = b->ctx;
	*b = was;
}

bool pmap_target_select(struct pmap_target *target, uint64_t va)
{
	if (in_other(target, va)) {
		exchange(&target->space, &target->upper);
		if (target->nested)
			exchange(&target->pair.inner, &target->upper_pair.inner);
		target->selected_upper = !target->selected_upper;
	}
	return target->space.fmt || !target->halves;
}

uint64_t pmap_target_untagged(const struct pmap_target *target, uint64_t va)
{
	uint64_t ignored = target->space.ignored | target->upper.ignored;
	uint64_t half = va & (ignored & -ignored) >> 1 ? UPPER : 0;

	if (!ignored)
		return va;
	return pml_untagged(pmap_target_space(target, half), va);
}

const struct pml_format *pmap_target_format(const struct pmap_target *target)
{
	if (target->space.fmt)
		return target->space.fmt;
	return target->upper.fmt ? target->upper.fmt : target->outer.fmt;
}

bool pmap_target_piece(const struct pmap_target *target, unsigned i,
		       uint64_t first, uint64_t last, struct pmap_piece *piece)
{
	bool both = target->halves && first < UPPER && last >= UPPER;

	if (i > both)
		return false;
	*piece = (struct pmap_piece){ .first = first, .last = last };
	if (both && i == 0)
		piece->last = UPPER - 1;
	else if (both)
		piece->first = UPPER;
	piece->space = pmap_target_space(target, piece->first);
	return true;
}
