/*
 * The kernel's side of the core: spaces, and the memory of their tables.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "space.h"

uint64_t reserved_bits(uint64_t efer)
{
	return pml_x86_rsvd_above(cpu.phys_bits) |
	       (efer & PML_X86_EFER_NXE ? 0 : PML_X86_NX);
}

const struct pml_format *cpu_format(void)
{
	const struct pml_x86_regs regs = {
		.cr0 = PML_X86_CR0_PG,
		.efer = PML_X86_EFER_LMA,
		.amd = cpu.amd,
		.cr4 = PML_X86_CR4_PAE |
		       (cpu.five_levels ? PML_X86_CR4_LA57 : 0),
	};

	return pml_x86_format(&regs);
}

struct pml_space space_of(uint64_t root)
{
	return (struct pml_space){
		.fmt = cpu_format(),
		.root = root,
		.rsvd = reserved_bits(rdmsr(MSR_EFER)),
		.no_leaf = cpu.page1gb ? 0 : PML_LEVEL(3),
		.at = space_at,
	};
}

const void *space_at(void *ctx, uint64_t pa, size_t size)
{
	(void)ctx;
	return pa < memory_end() && size <= memory_end() - pa ? kaddr(pa) : NULL;
}

static bool alloc_table(void *ctx, int level, uint64_t *pa_ret)
{
	(void)ctx;
	(void)level;
	*pa_ret = page_alloc(1, 1);
	if (*pa_ret)
		memset(kaddr(*pa_ret), 0, PGSIZE);
	return *pa_ret;
}

static void free_table(void *ctx, int level, uint64_t pa)
{
	(void)ctx;
	(void)level;
	page_free(pa, 1);
}

static uint64_t store_entry(void *ctx, const struct pml_change *change)
{
	(void)ctx;
	return pml_store_entry(&pml_x86_64_4, change);	/* as all with 8 bytes */
}

const struct pml_ops space_ops = { alloc_table, free_table, store_entry };
