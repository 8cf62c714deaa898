/*
 * Where the bytes of a file with all of a machine's RAM are in its physical
 * address space: QEMU's memory-backend-file is the RAM in one piece, which the
 * machine puts below and above the hole for PCI.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_LAYOUT_H
#define PMAP_MEMORY_LAYOUT_H

#include "memory/segments.h"

/* Names of machines, for people. */
#define PMAP_LAYOUT_MACHINES	"q35, pc"

/*
 * Adds the pieces of a file of `size` bytes, as QEMU's machine `name` has them.
 * False: no such machine, or no memory.
 */
bool pmap_layout_machine(struct pmap_segments *segments, int fd, uint64_t size,
			 const char *name);

/*
 * The same by the saved text of `info mtree -f', of the block of RAM that is
 * the largest there.  NULL, or a constant: why not.
 */
const char *pmap_layout_map(struct pmap_segments *segments, int fd,
			    uint64_t size, const char *path);

#endif
