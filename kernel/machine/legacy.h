/*
 * 32-bit processors' modes: out of long mode, one probe under other page tables,
 * and back.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_LEGACY_H
#define KERNEL_LEGACY_H

#include "machine/trap.h"

/* Segments of 32-bit code besides trap.h's: FS and GS begin at 2000 and 1000. */
#define SEL_FS32	0x8b
#define SEL_GS32	0x93

/* What legacy-entry.S is to set, in its order; below 4 GiB all of it. */
struct legacy_controls {
	uint32_t cr0, cr3, cr4, efer;
};

/* Data segments of the probe; in virtual-8086 mode what they are there. */
struct legacy_segments {
	uint32_t es, ds, fs, gs;
};

/*
 * As probe_run(), with the trampoline's page and the low megabyte's first table
 * in the tables at cr3: see legacy_map().
 */
void legacy_run(const struct legacy_controls *c,
		const struct legacy_segments *s, const struct probe *p,
		struct probe_result *result_ret);

/* The trampoline's memory, to be mapped where it is, for the supervisor. */
#define LEGACY_FIRST	0x100000UL
#define LEGACY_LAST	0x1fffffUL

void legacy_set_segment(unsigned int selector, uint64_t descriptor);

#endif
