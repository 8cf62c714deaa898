/*
 * Roots of AArch64: by symbols, and those of all CPUs.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include <pml/formats.h>

#include "arch/arm64/arm64.h"

/* Pointers to root tables, where kernels keep them: Linux, FreeBSD. */
const char *const pmap_arm64_root_exprs[] = {
	"(unsigned long)&swapper_pg_dir",
	"(unsigned long)init_mm.pgd",
	"(unsigned long)&idmap_pg_dir",
	"(unsigned long)&tramp_pg_dir",
	"(unsigned long)kernel_pmap_store.pm_l0",
	NULL
};

/* What most kernels have: 48 bits.  No contents tell of another size. */
const struct pml_format *const pmap_arm64_root_formats[] = { &pml_arm64_4k, NULL };

/*
 * Formats outlive this: the selected CPU's, if that CPU has the same, or the
 * granule's own.
 */
static const struct pml_format *lasting(const struct pmap_target *t,
					const struct pml_format *fmt)
{
	const struct pml_format *own = fmt->upper ? t->upper.fmt : t->space.fmt;

	if (own && own->name == fmt->name && own->va_bits == fmt->va_bits)
		return own;
	for (size_t i = 0; pml_formats[i]; i++)
		if (strcmp(pml_formats[i]->name, fmt->name) == 0)
			return pml_formats[i];
	return own;
}

static void add(struct pmap_roots *roots, const struct pml_space *space,
		const char *name, size_t cpu)
{
	const struct pml_format *fmt = lasting(&roots->q->target, space->fmt);
	struct pmap_text *why = fmt ? roots->add(roots, pml_root_pa(space), fmt) : NULL;

	if (why)
		pmap_text_add(why, "%s of CPU %zu", name, cpu);
}

/* Of stage 2 only the selected CPU's format lasts. */
static void add_stage2(struct pmap_roots *roots, const struct pml_space *space,
		       size_t cpu)
{
	const struct pmap_target *t = &roots->q->target;
	struct pmap_text *why;

	if (!t->nested || t->outer.fmt->name != space->fmt->name)
		return;
	why = roots->add(roots, pml_root_pa(space), t->outer.fmt);
	if (why)
		pmap_text_add(why, "VTTBR_EL2 of CPU %zu", cpu);
}

/* A CPU by the values that GDB has told of its registers. */
static bool take_cpu(const struct pmap_query *q, size_t cpu,
		     struct pml_arm64_regs *regs)
{
	const struct pmap_value *value = &q->call->values[q->first_cpu +
							  cpu * PMAP_ARM64_TRANSLATE];
	struct pmap_target target = { .arch = q->target.arch };

	for (unsigned i = 0; i < PMAP_ARM64_TRANSLATE; i++)
		if (value[i].present)
			pmap_target_set(&target, i, value[i].value, PMAP_FROM_GDB);
	/* --el is of all of them: the values are those of its registers. */
	if (pmap_target_has(&q->target, PMAP_ARM64_LEVEL))
		pmap_target_set(&target, PMAP_ARM64_LEVEL,
				pmap_target_reg(&q->target, PMAP_ARM64_LEVEL), PMAP_FROM_USER);
	pmap_arm64_regs(&target, regs);
	return pmap_target_has(&target, PMAP_ARM64_TCR) &&
	       pmap_target_has(&target, PMAP_ARM64_TTBR0);
}

#define S2_NG		(1ULL << 11)	/* nG of stage 1: hypervisors leave it 0 */
#define TABLE_RIGHTS	PML_BITS(59, 63)	/* which stage 2's tables do not have */

const struct pml_format *pmap_arm64_scan_outer(const struct pmap_target *t,
					       const char **from)
{
	*from = pmap_target_has(t, PMAP_ARM64_VTCR) ? "VTCR_EL2" : "--vtcr";
	return pmap_arm64_mmu.has_stage2 && !t->secure ? &pmap_arm64_mmu.stage2_fmt : NULL;
}

/*
 * A kernel's own pages (AP is 0) could not be read in stage 2, a program's have nG, and
 * the attributes of memory are no index.
 */
bool pmap_arm64_is_outer_entry(const struct pmap_target *t,
			       const struct pml_format *fmt, int level, uint64_t raw)
{
	if (!pml_is_leaf(&fmt->level[level], raw))
		return !(raw & TABLE_RIGHTS);
	return (raw & PML_ARM64_AF) && !(raw & S2_NG) &&
	       (pml_rights(fmt, pml_narrow_leaf(fmt, PML_ALL_RIGHTS, raw)) & PML_R) &&
	       pmap_arm64_memory_type(t, fmt, level, raw);
}

static void add_cpu(struct pmap_roots *roots, size_t cpu)
{
	enum pml_arm64_regime regime;
	struct pml_arm64_regs regs;
	struct pml_arm64_mmu mmu;

	if (!take_cpu(roots->q, cpu, &regs))
		return;
	pml_arm64_mmu_init(&mmu, &regs, NULL, NULL);
	regime = (enum pml_arm64_regime)regs.regime;
	for (int i = 0; i < 2; i++)
		if (pml_arm64_stage1_on(&regs) && mmu.has_half[i] &&
		    !(pml_arm64_has_el0(regime) && regs.tcr & PML_ARM64_TCR_EPD(i)))
			add(roots, &mmu.half[i], pmap_arm64_ttbr_name(regime, i), cpu);
	if (pml_arm64_stage2_on(&regs) && mmu.has_stage2)
		add_stage2(roots, &mmu.stage2, cpu);
}

/* A dump has no registers of this kind, and --root is none of a CPU's. */
void pmap_arm64_roots_cpus(struct pmap_roots *roots)
{
	const struct pmap_query *q = roots->q;
	const struct pmap_target *t = &q->target;
	struct pmap_text *why;

	for (size_t i = 0; i < q->cpus; i++)
		add_cpu(roots, i);
	if (!t->nested)
		return;
	why = roots->add(roots, pml_root_pa(&t->outer), t->outer.fmt);
	if (why)
		pmap_text_puts(why, q->opt.stage2.text ? "--stage2" :
			       "VTTBR_EL2 of the selected thread");
}
