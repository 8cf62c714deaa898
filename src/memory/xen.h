/*
 * Cores of Xen's guests (`xl dump-core'): ELF files without segments, whose
 * sections hold the pages and where each belongs.
 *
 * xen.git: docs/misc/dump-core-format.txt.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_XEN_H
#define PMAP_MEMORY_XEN_H

#include "memory/elf.h"
#include "memory/notes.h"
#include "memory/segments.h"

/*
 * False if it is no such file.  *why_ret is NULL where it was read, or a
 * constant that says why it cannot be.  Addresses are the guest's own (HVM, PVH)
 * or the machine's (PV, whose tables have these).
 */
bool pmap_xen_load(int fd, const Elf64_Ehdr *head,
		   struct pmap_segments *segments, struct pmap_notes *notes,
		   const char **why_ret);

#endif
