/*
 * The processor as an instruction sees it: general registers, the mode of its
 * code, segments, vectors.
 *
 * GDB tells the general registers.  What gdbstubs do not export - the bases and
 * modes of segments, descriptor tables, the upper halves of vectors - comes from
 * QEMU's monitor where there is one, and only from the processor whose registers
 * are those that GDB shows.  The rest is assumed, which the answer says.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_PROCESSOR_H
#define PMAP_PROCESSOR_H

#include "arch/x86/insn/insn.h"
#include "target/query.h"

struct pmap_processor {
	struct pmap_regs regs;
	bool gpr_known;
	bool monitor;		/* the monitor's word on this processor was used */
	bool assumed_bits;	/* 64-bit code, or 32-bit, for lack of a better word */
	bool assumed_flat;	/* segments that begin at 0 */
};

/* From q->target and q->monitor. */
void pmap_processor_init(struct pmap_processor *cpu,
			 const struct pmap_query *q);

/* The monitor's word on the processor whose registers are `regs`; else false. */
bool pmap_processor_parse(struct pmap_processor *cpu, const char *text);

#endif
