/*
 * Roots of RISC-V: by symbols, and those of all harts.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/monitor.h"
#include "arch/riscv/riscv.h"

/* Pointers to root tables, where kernels keep them: Linux, FreeBSD. */
const char *const pmap_riscv_root_exprs[] = {
	"(unsigned long)&swapper_pg_dir",
	"(unsigned long)init_mm.pgd",
	"(unsigned long)&early_pg_dir",
	"(unsigned long)&trampoline_pg_dir",
	"(unsigned long)kernel_pmap_store.pm_top",
	NULL
};

const struct pml_format *const pmap_riscv_root_formats[] = {
	&pml_sv39, &pml_sv48, &pml_sv57, NULL
};

/*
 * The lowest bit of the ASID.  A processor forgets by SFENCE.VMA alone; QEMU does it
 * where satp changes.  Privileged architecture, "Supervisor Address Translation and
 * Protection Register".
 */
void pmap_riscv_reload(const struct pmap_target *target,
		       struct pmap_reload *reload)
{
	(void)target;
	*reload = (struct pmap_reload){
		.reg = "satp",
		.turn = pml_riscv_is_32(&pmap_riscv_mmu.regs) ? 1ULL << 22 : 1ULL << 44,
	};
}

/* The G stage, of what the command is about. */
static void add_outer(struct pmap_roots *roots)
{
	const struct pmap_query *q = roots->q;
	const struct pmap_target *t = &q->target;
	struct pmap_text *why = !t->nested ? NULL :
		roots->add(roots, pml_root_pa(&t->outer), t->outer.fmt);

	if (why)
		pmap_text_add(why, "%s", q->opt.hgatp.text ? "--hgatp" :
			      "hgatp of the selected thread");
}

/* By QEMU's monitor, whose satp is vsatp while V=1. */
void pmap_riscv_roots_cpus(struct pmap_roots *roots)
{
	struct pmap_monitor_cpu part = { .next = roots->q->monitor };
	bool is_32 = pml_riscv_is_32(&pmap_riscv_mmu.regs);

	add_outer(roots);
	while (pmap_monitor_next(&part)) {
		struct pml_space space = { .fmt = NULL };
		struct pmap_text *why;
		uint64_t v = 0, hart = 0;

		if (!pmap_monitor_number(&part, "satp ", &space.root))
			continue;
		pmap_riscv_monitor_virt(&part, &v);
		pmap_monitor_number(&part, "mhartid ", &hart);
		space.fmt = pml_riscv_format(space.root, is_32, false);
		/* A guest's is a guest-physical address. */
		if (!space.fmt || v)
			continue;
		why = roots->add(roots, pml_root_pa(&space), space.fmt);
		if (why)
			pmap_text_add(why, "satp of hart %" PRIu64, hart);
	}
}
