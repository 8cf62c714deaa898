/*
 * Roots of x86: by symbols, and those of all CPUs.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "arch/x86/registers.h"
#include "arch/x86/x86.h"

/* Pointers to root tables, where kernels keep them: Linux, Akaros, FreeBSD, Xen. */
const char *const pmap_x86_root_exprs[] = {
	"(unsigned long)&init_top_pgt",
	"(unsigned long)&init_level4_pgt",
	"(unsigned long)&swapper_pg_dir",
	"(unsigned long)init_mm.pgd",
	"(unsigned long)boot_pgdir.kpte",
	"(unsigned long)kernel_pmap_store.pm_pml4",
	"(unsigned long)&idle_pg_table",
	NULL
};

/* The number behind `name', which is there once for each CPU; moves *text on. */
static bool next_register(const char **text, const char *name, uint64_t *value_ret)
{
	const char *p = strstr(*text, name);

	if (!p)
		return false;
	*text = p + strlen(name);
	*value_ret = strtoull(*text, NULL, 16);
	return true;
}

/* QEMU's `info registers -a': the CPUs in their order, CR0 to CR4, then EFER. */
void pmap_x86_roots_cpus(struct pmap_roots *roots)
{
	const char *p = roots->q->monitor;
	struct pml_x86_regs regs;
	int cpu;

	pmap_x86_regs(&roots->q->target, &regs);
	for (cpu = 0; p && next_register(&p, "CR0=", &regs.cr0); cpu++) {
		const struct pml_format *fmt;
		struct pmap_text *why;

		if (!next_register(&p, "CR3=", &regs.cr3) ||
		    !next_register(&p, "CR4=", &regs.cr4) ||
		    !next_register(&p, "EFER=", &regs.efer))
			return;
		fmt = pml_x86_format(&regs);
		why = fmt ? roots->add(roots, regs.cr3 & fmt->root_pa, fmt) : NULL;
		if (why)
			pmap_text_add(why, "CR3 of CPU %d", cpu);
	}
}
