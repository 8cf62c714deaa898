/*
 * Rules of RISC-V's own for `pmap check', and where its manual, volume II, speaks of
 * the general ones.
 *
 * Encodings that are reserved (W without R, a pointer with U, A or D or in a last
 * table, NAPOT of another size, PBMT where it is off, misaligned superpages) are the
 * format's own: "reserved" and "misaligned".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/riscv/riscv.h"
#include "target/rule.h"

/* The G stage takes every access for the user's. */
static bool is_not_users(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	if (!pml_riscv_is_g(e->space->fmt) || e->r->raw & PML_RISCV_U)
		return false;
	f->bits = PML_RISCV_U;
	return true;
}

static bool is_g_global(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	f->bits = pml_riscv_is_g(e->space->fmt) ? e->r->raw & PML_RISCV_G : 0;
	return f->bits;
}

/* As PAN of others: data alone, for S mode never executes what is the user's. */
static void check_sum(struct pmap_rule_walk *walk, const struct pmap_rule *rule)
{
	const struct pmap_target *t = &walk->q->target;
	uint64_t status = pmap_target_reg(t, PMAP_RISCV_MSTATUS);

	if (walk->outer || !walk->has_user ||
	    !pmap_target_knows(t, PMAP_RISCV_MSTATUS) ||
	    !pmap_target_knows(t, PMAP_RISCV_PRIV) ||
	    pmap_riscv_priv(t) == PML_RISCV_MODE_U ||
	    !(status & PML_RISCV_MSTATUS_SUM))
		return;
	walk->add(walk, &(struct pmap_finding){
		.rule = rule, .va = walk->user_va, .last = walk->user_va,
		.count = 1,
	});
}

const struct pmap_rule pmap_riscv_rules[] = {
	{
		.name = "g-user",
		.title = "the G stage's leaf has U=0",
		.reason = "every access of a guest counts as the user's, and is a guest-page fault",
		.section = "Volume II, Hypervisor Extension, Guest Physical Address Translation",
		.severity = PMAP_ERROR, .outer = PMAP_ERROR,
		.kinds = 1 << PML_LEAF, .entry = is_not_users,
	},
	{
		.name = "g-global",
		.title = "the G stage's entry has G=1",
		.reason = "it is reserved for future use there, and no hart looks at it",
		.section = "Volume II, Hypervisor Extension, Guest Physical Address Translation",
		.severity = PMAP_NOTE, .outer = PMAP_NOTE,
		.kinds = 1 << PML_LEAF, .entry = is_g_global,
	},
	{
		.name = "sum",
		.title = "SUM is 1: the kernel can read and write pages of user mode now",
		.reason = "a stray pointer of the kernel uses the user's data",
		.section = "Volume II, Machine-Level ISA, Memory Privilege in mstatus Register",
		.severity = PMAP_NOTE, .walk = check_sum,
	},
	{ .name = NULL },
};

#define PROCESS "Volume II, Supervisor-Level ISA, Virtual Address Translation Process"
#define SPACE	"Volume II, Supervisor-Level ISA, Addressing and Memory Protection"
#define PMA	"Volume II, Machine-Level ISA, Physical Memory Attributes"

const struct pmap_rule_section pmap_riscv_sections[] = {
	{ "reserved", PROCESS },
	{ "misaligned", PROCESS },
	{ "table-not-ram", PROCESS },
	{ "table-rom", PROCESS },
	{ "loop", PROCESS },
	{ "levels", PROCESS },
	{ "kernel-user", SPACE },
	{ "wx", SPACE },
	{ "alias-wx", SPACE },
	{ "alias-mt", "Volume II, Svpbmt" },
	{ "device-cached", PMA },
	{ "device-exec", PMA },
	{ "global-user", SPACE },
	{ NULL, NULL },
};
