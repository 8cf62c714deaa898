/*
 * Roots of AArch64: by symbols.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
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

static void add(struct pmap_roots *roots, const struct pml_space *space,
		const char *name)
{
	struct pmap_text *why = roots->add(roots, pml_root_pa(space), space->fmt);

	if (why)
		pmap_text_add(why, "%s of the selected CPU", name);
}

/* QEMU's `info registers' has no system register of AArch64's: the selected CPU's. */
void pmap_arm64_roots_cpus(struct pmap_roots *roots)
{
	const struct pmap_query *q = roots->q;
	const struct pmap_target *t = &q->target;
	const struct pml_space *space[] = { &t->space, &t->upper };

	for (int i = 0; i < 2; i++)
		if (!t->root_given && space[i]->fmt && (!i || t->halves))
			add(roots, space[i], pmap_arm64_root_name(t, space[i]));
	if (t->nested)
		add(roots, &t->outer, q->opt.stage2.text ? "--stage2" : "VTTBR_EL2");
}
