/*
 * What a target is given by a unit test, options and registers, and what
 * pmap_target_init() makes of them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_LIB_GIVEN_H
#define TESTS_LIB_GIVEN_H

#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "target/arch.h"
#include "target/nesting.h"
#include "target/options.h"
#include "target/target.h"

static struct pmap_options opt;
static struct pmap_target target;
static bool shows_both;		/* the command shows the second dimension alone, too */
static char why[256];		/* what init() says where it refuses */

/* No option, and no register. */
static inline void begin_empty(const struct pmap_arch *arch)
{
	memset(&opt, 0, sizeof(opt));
	memset(&target, 0, sizeof(target));
	why[0] = '\0';
	shows_both = false;
	target.arch = arch;
}

static inline void set(unsigned reg, uint64_t value)
{
	target.reg[reg] = (struct pmap_reg){ value, PMAP_FROM_GDB };
}

static inline void forget(unsigned reg)
{
	target.reg[reg] = (struct pmap_reg){ 0 };
}

/* An option with an expression. */
static inline void give(struct pmap_expr *expr, uint64_t value)
{
	static char given[] = "given";

	expr->text = given;
	expr->value = value;
}

/* A status: 0, or why[] says what is missing. */
static inline int init(void)
{
	const struct pmap_outer_option *const lists[] = {
		target.arch->outer_options, NULL
	};
	const char *bad = pmap_nesting_check(&opt, lists, shows_both);

	if (bad) {
		snprintf(why, sizeof(why), "%s", bad);
		return PMAP_STATUS_USAGE;
	}
	return pmap_target_init(&target, &opt, why, sizeof(why));
}

#endif
