/*
 * Roots of x86: by symbols, and those of all CPUs.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stddef.h>

#include "arch/monitor.h"
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

/*
 * PWT decides how the root table is cached, and with PCIDs is one bit of theirs: no
 * instruction runs while it is turned.  SDM 3A, 4.5 and 4.10.4.1.
 */
void pmap_x86_reload(const struct pmap_target *target, struct pmap_reload *reload)
{
	(void)target;
	*reload = (struct pmap_reload){ .reg = "cr3", .turn = 1 << 3 };
}

/* By QEMU's monitor. */
void pmap_x86_roots_cpus(struct pmap_roots *roots)
{
	struct pmap_monitor_cpu part = { .next = roots->q->monitor };
	struct pml_x86_regs regs;
	int cpu = 0;

	pmap_x86_regs(&roots->q->target, &regs);
	while (pmap_monitor_next(&part)) {
		const struct pml_format *fmt;
		struct pmap_text *why;

		if (!pmap_monitor_number(&part, "CR0=", &regs.cr0) ||
		    !pmap_monitor_number(&part, "CR3=", &regs.cr3) ||
		    !pmap_monitor_number(&part, "CR4=", &regs.cr4) ||
		    !pmap_monitor_number(&part, "EFER=", &regs.efer))
			continue;
		fmt = pml_x86_format(&regs);
		why = fmt ? roots->add(roots, regs.cr3 & fmt->root_pa, fmt) : NULL;
		if (why)
			pmap_text_add(why, "CR3 of CPU %d", cpu);
		cpu++;
	}
}
