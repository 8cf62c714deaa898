/*
 * Rules of x86's own for `pmap check', and where Intel's manual speaks of the
 * general ones.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/x86/registers.h"
#include "arch/x86/x86.h"
#include "memory/cache.h"
#include "target/rule.h"

#define KIND(kind)	(1u << (kind))
#define OTHER_ROOT	(1ULL << 12)	/* of page table isolation, see isolation.c */
#define ENTRIES		512
#define LOWER_HALF	256

/* --- Asked of entries ----------------------------------------------------- */

static bool is_nx_off(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	f->bits = e->r->raw & e->space->fmt->nx & e->space->rsvd;
	return f->bits;
}

static bool is_pge_off(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	const struct pmap_target *t = &e->q->target;

	f->bits = e->r->raw & e->space->fmt->global;
	return f->bits && pmap_target_knows(t, PMAP_X86_CR4) &&
	       !(pmap_target_reg(t, PMAP_X86_CR4) & PML_X86_CR4_PGE);
}

static bool is_exec_only(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	(void)f;
	return e->space->fmt->memtype == PML_MT_EPT &&
	       e->r->rights & (PML_X | PML_XU) && !(e->r->rights & PML_R);
}

/* --- Controls that are off ------------------------------------------------ */

/* User mode has pages, and a control that keeps the kernel from them is off. */
static void control_off(struct pmap_rule_walk *walk, const struct pmap_rule *rule,
			enum pmap_x86_reg reg, uint64_t bit)
{
	const struct pmap_target *t = &walk->q->target;

	if (walk->outer || !walk->has_user || !pmap_target_knows(t, reg) ||
	    pmap_target_reg(t, reg) & bit)
		return;
	walk->add(walk, &(struct pmap_finding){
		.rule = rule, .va = walk->user_va, .last = walk->user_va,
		.count = 1,
	});
}

static void check_wp(struct pmap_rule_walk *walk, const struct pmap_rule *rule)
{
	control_off(walk, rule, PMAP_X86_CR0, PML_X86_CR0_WP);
}

static void check_smep(struct pmap_rule_walk *walk, const struct pmap_rule *rule)
{
	control_off(walk, rule, PMAP_X86_CR4, PML_X86_CR4_SMEP);
}

static void check_smap(struct pmap_rule_walk *walk, const struct pmap_rule *rule)
{
	control_off(walk, rule, PMAP_X86_CR4, PML_X86_CR4_SMAP);
}

/* --- The hole of the address space ---------------------------------------- */

/*
 * SYSCALL in the last bytes of the lower half returns to an address that is not
 * canonical: Intel's SYSRET then faults in the kernel, with the user's stack.
 */
static void check_hole(struct pmap_rule_walk *walk, const struct pmap_rule *rule)
{
	const struct pml_format *fmt = walk->space->fmt;
	struct pml_steps steps;
	struct pml_target end;
	uint64_t last;

	if (walk->outer || !fmt->sign_extended)
		return;
	last = (1ULL << (fmt->va_bits - 1)) - 1;
	if (last < walk->q->first || last > walk->q->last ||
	    !pml_translate(walk->space, last, &end, &steps) ||
	    !(end.rights & PML_U) || !(end.rights & PML_X))
		return;
	walk->add(walk, &(struct pmap_finding){
		.rule = rule, .va = last & -(1ULL << end.shift), .last = last,
		.count = 1, .slot = end.slot_pa, .raw = end.raw,
		.level = end.level, .rights = end.rights, .has_rights = true,
	});
}

/* --- Page table isolation ------------------------------------------------- */

/* What two entries of a pair must have in common. */
static bool agree(uint64_t a, uint64_t b)
{
	return !((a ^ b) & (PML_BITS(12, 51) | PML_X86_P));
}

/*
 * Is the neighbour a pair's other root?  The two share tables of user mode and,
 * for the way in, of the kernel; a page of something else does neither.
 */
static bool is_pair(const uint64_t *own, const uint64_t *other)
{
	bool lower = false, upper = false;

	for (int i = 0; i < ENTRIES; i++) {
		if (!(own[i] & PML_X86_P) || !agree(own[i], other[i]))
			continue;
		lower |= i < LOWER_HALF;
		upper |= i >= LOWER_HALF;
	}
	return lower && upper;
}

static void check_kpti(struct pmap_rule_walk *walk, const struct pmap_rule *rule)
{
	const struct pml_format *fmt = walk->space->fmt;
	uint64_t root = pml_root_pa(walk->space);
	unsigned shift = fmt->level[fmt->levels].shift;
	const uint64_t *own, *other;

	if (walk->outer || fmt->levels < 4 || walk->q->target.nested)
		return;
	other = pmap_cache_at(walk->q->cache, root ^ OTHER_ROOT, 4096);
	own = pmap_cache_at(walk->q->cache, root, 4096);
	if (!own || !other || !is_pair(own, other))
		return;
	for (uint64_t i = 0; i < LOWER_HALF; i++)
		if (!agree(own[i], other[i]))
			walk->add(walk, &(struct pmap_finding){
				.rule = rule, .va = i << shift, .count = 1,
				.last = (i << shift) + (1ULL << shift) - 1,
				.slot = root + i * 8, .raw = own[i],
				.level = fmt->levels, .other = other[i],
			});
}

static void say_kpti(struct pmap_text *out, const struct pmap_query *q,
		     const struct pmap_finding *f)
{
	(void)q;
	pmap_text_add(out, "the root's entry at 0x%" PRIx64 " = 0x%" PRIx64 ", its pair's at 0x%" PRIx64 " = 0x%" PRIx64,
		      f->slot, f->raw, (uint64_t)(f->slot ^ OTHER_ROOT),
		      f->other);
}

/* --- The tables ----------------------------------------------------------- */

const struct pmap_rule pmap_x86_rules[] = {
	{
		.name = "nx-off",
		.title = "an entry has NX set while EFER.NXE is 0",
		.reason = "the bit is reserved then: every access faults",
		.section = "SDM 3A, 4.6 and 4.7",
		.severity = PMAP_ERROR, .outer = PMAP_ERROR,
		.kinds = KIND(PML_RESERVED), .entry = is_nx_off,
	}, {
		.name = "kpti",
		.title = "the two roots of page table isolation differ in user mode's half",
		.reason = "the kernel and user mode do not see the same process",
		.section = "Linux: Documentation/arch/x86/pti",
		.severity = PMAP_ERROR, .walk = check_kpti, .say = say_kpti,
	}, {
		.name = "wp",
		.title = "CR0.WP is off: the kernel can write read-only pages of user mode",
		.reason = "copy-on-write and read-only protection do not hold for the kernel",
		.section = "SDM 3A, 4.6.1",
		.severity = PMAP_WARNING, .walk = check_wp,
	}, {
		.name = "smep",
		.title = "CR4.SMEP is off: the kernel can execute pages of user mode",
		.reason = "a stray jump of the kernel runs the user's code (some CPUs do not have it)",
		.section = "SDM 3A, 4.6.1",
		.severity = PMAP_WARNING, .walk = check_smep,
	}, {
		.name = "smap",
		.title = "CR4.SMAP is off: the kernel can read and write pages of user mode",
		.reason = "a stray pointer of the kernel uses the user's data (some CPUs do not have it)",
		.section = "SDM 3A, 4.6.1",
		.severity = PMAP_WARNING, .walk = check_smap,
	}, {
		.name = "hole",
		.title = "user mode can execute the last page before the canonical hole",
		.reason = "SYSRET to the address behind it faults in the kernel, on the user's stack",
		.section = "SDM 2B, SYSRET",
		.severity = PMAP_WARNING, .walk = check_hole,
	}, {
		.name = "pge",
		.title = "pages are global, but CR4.PGE is off",
		.reason = "the bit has no effect",
		.section = "SDM 3A, 4.10.2.4",
		.severity = PMAP_NOTE, .kinds = KIND(PML_LEAF),
		.entry = is_pge_off,
	}, {
		.name = "exec-only",
		.title = "the EPT allows fetches but no reads",
		.reason = "a misconfiguration where IA32_VMX_EPT_VPID_CAP says that the CPU has no such pages",
		.section = "SDM 3C, 29.3.3.1",
		.outer = PMAP_NOTE, .kinds = KIND(PML_LEAF),
		.entry = is_exec_only,
	},
	{ .name = NULL },
};

const struct pmap_rule_section pmap_x86_sections[] = {
	{ "reserved", "SDM 3A, 4.7" },
	{ "misaligned", "SDM 3A, 4.5" },
	{ "table-not-ram", "SDM 3A, 4.2" },
	{ "table-rom", "SDM 3A, 4.8" },
	{ "blocked", "SDM 3A, 4.6.1" },
	{ "loop", "SDM 3A, 4.2" },
	{ "levels", "SDM 3A, 4.2" },
	{ "kernel-user", "SDM 3A, 4.6.1" },
	{ "wx", "SDM 3A, 4.6" },
	{ "alias-wx", "SDM 3A, 4.6" },
	{ "alias-ro", "SDM 3A, 4.6" },
	{ "alias-mt", "SDM 3A, 12.12.4" },
	{ "device-cached", "SDM 3A, 12.3" },
	{ "device-exec", "SDM 3A, 12.3" },
	{ "device", "SDM 3A, 12.3" },
	{ "global-user", "SDM 3A, 4.10.2.4" },
	{ NULL, NULL },
};
