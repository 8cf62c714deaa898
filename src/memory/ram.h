/*
 * Which physical addresses are RAM, from QEMU's `info mtree -f`.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_RAM_H
#define PMAP_MEMORY_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory/source.h"

struct pmap_ram_range {
	uint64_t first, last;
	uint64_t offset;	/* into the block */
	bool rom;
	bool secure;		/* of pmap_ram.secure: only seen there */
	char block[64];		/* QEMU's name of the block, "pc.ram" */
};

struct pmap_ram {
	struct pmap_ram_range *range;	/* sorted, disjoint */
	size_t count;
	/*
	 * What a CPU in system management mode sees (the first that is listed):
	 * SMRAM besides, also where others see something else.  Empty on machines
	 * without that mode.
	 */
	struct pmap_ram_range *smm;
	size_t smm_count;
	bool sees_smm;		/* that is what counts now */
	/* The same of a CPU in Arm's Secure state. */
	struct pmap_ram_range *secure;
	size_t secure_count;
	bool sees_secure;	/* what has pmap_ram_range.secure is found */
};

/*
 * Parse the flat views of the address spaces "memory", "cpu-smm-N" and
 * "cpu-secure-memory-N".  False, with *ram empty, if the text has not the first.  The
 * caller ends with pmap_ram_free().
 */
bool pmap_ram_parse(struct pmap_ram *ram, const char *mtree);
void pmap_ram_free(struct pmap_ram *ram);

/*
 * Makes what the Secure state alone sees ranges of their own, in their place, for a
 * reader that can read them: while sees_secure is set.  False without memory.
 */
bool pmap_ram_add_secure(struct pmap_ram *ram);

/* The last address of RAM; 0: there is none.  Firmware at the top is not RAM. */
uint64_t pmap_ram_last(const struct pmap_ram *ram);

/* What to say of pa..pa+len-1 where pmap_ram_find() has no range for it. */
enum pmap_read pmap_ram_missing(const struct pmap_ram *ram, uint64_t pa,
				size_t len);

/*
 * The range that holds all of pa..pa+len-1, or NULL.  One of `range' wherever the
 * bytes are the same for all, else one of `smm': pmap_ram_is_smm().
 */
const struct pmap_ram_range *pmap_ram_find(const struct pmap_ram *ram,
					   uint64_t pa, size_t len);
bool pmap_ram_is_smm(const struct pmap_ram *ram, const struct pmap_ram_range *range);

/* What is at `pa', and up to *last_ret, inclusive; UNKNOWN if nothing is known. */
enum pmap_place pmap_ram_place(const struct pmap_ram *ram, uint64_t pa,
			       uint64_t *last_ret);

#endif
