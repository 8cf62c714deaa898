/*
 * Rules of AArch64's own for `pmap check', and where its manual (DDI 0487) speaks
 * of the general ones.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/arm64/arm64.h"
#include "target/rule.h"

/*
 * PSTATE.PAN is of the moment: a kernel clears it while it copies to and from user
 * mode, and at EL0 it says nothing.
 */
static void check_pan(struct pmap_rule_walk *walk, const struct pmap_rule *rule)
{
	const struct pmap_target *t = &walk->q->target;

	if (walk->outer || !walk->has_user ||
	    !pmap_target_knows(t, PMAP_ARM64_CPSR) || !pmap_arm64_el(t) ||
	    pmap_target_reg(t, PMAP_ARM64_CPSR) & PMAP_ARM64_PAN)
		return;
	walk->add(walk, &(struct pmap_finding){
		.rule = rule, .va = walk->user_va, .last = walk->user_va,
		.count = 1,
	});
}

const struct pmap_rule pmap_arm64_rules[] = {
	{
		.name = "pan",
		.title = "PSTATE.PAN is 0: the kernel can read and write pages of user mode now",
		.reason = "a stray pointer of the kernel uses the user's data (some CPUs do not have it)",
		.section = "DDI 0487, D8.4, privileged access never",
		.severity = PMAP_NOTE, .walk = check_pan,
	},
	{ .name = NULL },
};

const struct pmap_rule_section pmap_arm64_sections[] = {
	{ "reserved", "DDI 0487, D8.3, descriptor formats" },
	{ "misaligned", "DDI 0487, D8.3, descriptor formats" },
	{ "table-not-ram", "DDI 0487, D8.2, translation process" },
	{ "table-rom", "DDI 0487, D8.5, hardware updates" },
	{ "blocked", "DDI 0487, D8.4, hierarchical permissions" },
	{ "loop", "DDI 0487, D8.2, translation process" },
	{ "levels", "DDI 0487, D8.2, translation process" },
	{ "kernel-user", "DDI 0487, D8.4, memory access control" },
	{ "wx", "DDI 0487, D8.4, WXN" },
	{ "alias-wx", "DDI 0487, D8.4, WXN" },
	{ "alias-mt", "DDI 0487, B2, mismatched memory attributes" },
	{ "device-cached", "DDI 0487, B2, device memory" },
	{ "device-exec", "DDI 0487, B2, device memory" },
	{ "global-user", "DDI 0487, D8.16, global and process-specific entries" },
	{ "contiguous", "DDI 0487, D8.7, the contiguous bit" },
	{ NULL, NULL },
};
