/*
 * What it takes to open a dump outside of GDB.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TESTS_DUMP_ARCH_H
#define PMAP_TESTS_DUMP_ARCH_H

#include <stdbool.h>

#include "arch/x86/registers.h"

/* What dumps ask of x86. */
static const struct pmap_arch arch = {
	.exprs = pmap_x86_exprs,
	.pc = PMAP_X86_RIP,
	.dump_registers = pmap_x86_dump_registers,
	.prstatus_pc = PMAP_X86_PRSTATUS_RIP,
	.prstatus_pc_32 = PMAP_X86_PRSTATUS_EIP,
};

/* What a dump asks of GDB while it looks through memory. */
bool pmap_bridge_interrupted(void)
{
	return false;
}

#endif
