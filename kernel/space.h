/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright (C) 2026 The pmap authors
 *
 * The kernel's side of the core: where tables are, and what this processor
 * keeps reserved.
 */
#ifndef KERNEL_SPACE_H
#define KERNEL_SPACE_H

#include <pml/pml.h>

#include "kernel.h"
#include "x86.h"

static inline const void *space_at(void *ctx, uint64_t pa, size_t size)
{
	(void)ctx;
	return pa < memory_end() && size <= memory_end() - pa ? kaddr(pa) : NULL;
}

static inline struct pml_space space_of(uint64_t root)
{
	const struct pml_x86_regs regs = {
		.cr0 = rcr0(), .cr3 = root, .cr4 = rcr4(),
		.efer = rdmsr(MSR_EFER), .maxphyaddr = cpu.phys_bits,
	};
	const struct pml_format *fmt = pml_x86_format(&regs);

	return (struct pml_space){
		.fmt = fmt,
		.root = root,
		.rsvd = pml_x86_rsvd(fmt, &regs),
		.no_leaf = cpu.page1gb ? 0 : PML_LEVEL(3),
		.at = space_at,
	};
}

#endif
