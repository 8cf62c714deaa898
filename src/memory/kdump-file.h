/*
 * What a kdump-compressed dump has where, by its headers; and what of them
 * libkdumpfile may be given, which takes the file's numbers as they are.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_KDUMP_FILE_H
#define PMAP_MEMORY_KDUMP_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "memory/source.h"

struct pmap_kdump_part {
	uint64_t at, size;	/* bytes; of a size of 0 there is none */
};

struct pmap_kdump_file {
	int fd;			/* the caller's */
	uint64_t size;		/* of the file, which the caller knows */
	uint16_t machine;	/* ELF's number; 0: it is not told */
	bool wide;		/* the headers have the layout of 64 bits */
	bool split;		/* makedumpfile --split has put the other pages elsewhere */
	bool cut;		/* it ends before its pages do */
	uint64_t phys_base;
	struct pmap_kdump_part vmcoreinfo, notes;
	uint64_t block, bitmap, descs;	/* a page's size; where there is what */
	uint64_t frames;	/* that have a bit */
	uint64_t *before;	/* pages that the file has before each CHUNK of them */
	uint64_t first, end;	/* the frames of this part */
	uint64_t others;	/* pages before them, in other parts */
};

/* NULL if the library can have it; else what is wrong, behind the file's name. */
const char *pmap_kdump_read_headers(struct pmap_kdump_file *file);
void pmap_kdump_forget(struct pmap_kdump_file *file);

/*
 * May the library read the page at physical address pa?  PMAP_READ_OK also where the
 * file has none, which the library says; PMAP_READ_CUT: it is behind the file's end;
 * PMAP_READ_FAILED: it cannot be what its descriptor says.
 */
enum pmap_read pmap_kdump_check_page(const struct pmap_kdump_file *file, uint64_t pa);

#endif
