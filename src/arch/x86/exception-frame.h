/*
 * The frame that a page fault leaves on the handler's stack.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_FRAME_H
#define PMAP_FRAME_H

#include "arch/x86/processor.h"

struct pmap_frame {
	uint64_t at;		/* its linear address: the error code's place */
	uint64_t error, rip, cs, rflags, rsp, ss;
	bool has_stack;		/* rsp and ss are part of it */
	bool vm86;		/* from virtual-8086 mode: ES, DS, FS, GS behind them */
	bool user;		/* from CPL 3 */
	uint16_t seg[4];
};

/*
 * The frame of the page fault whose handler is about to execute its first
 * instruction: the general registers are still those of the fault.
 */
bool pmap_frame_here(struct pmap_frame *frame, struct pmap_query *q,
		     const struct pmap_processor *cpu);

/*
 * The nearest frame on the stack, by its looks: a selector of code, code
 * where it points to, flags, an error code that fits.  For a handler that has gone on.
 */
bool pmap_frame_search(struct pmap_frame *frame, struct pmap_query *q,
		       const struct pmap_processor *cpu);

/* Make the registers those of the fault. */
void pmap_frame_restore(const struct pmap_frame *frame,
			struct pmap_query *q,
			struct pmap_processor *cpu);

#endif
