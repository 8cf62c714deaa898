/*
 * Pieces of physical memory in files: which of it is where.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_SEGMENTS_H
#define PMAP_MEMORY_SEGMENTS_H

#include <sys/types.h>

#include "memory/source.h"

/* Files and tables are little-endian, and read as they are. */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "pmap's plugin runs on little-endian hosts only"
#endif
_Static_assert(sizeof(off_t) == 8, "files may be larger than 2 GiB: -D_FILE_OFFSET_BITS=64");

struct pmap_segment {
	uint64_t first, last;
	uint64_t offset;	/* of first, in the file */
	int fd;			/* of the file, which is the caller's to close */
};

struct pmap_segments {
	struct pmap_segment *segment;
	size_t count, room;
};

/* False without memory.  An empty piece, or one past the top, is left out. */
bool pmap_segments_add(struct pmap_segments *s, int fd, uint64_t first,
		       uint64_t size, uint64_t offset);

/*
 * All have been added: put them in order.  Of what two of them hold, the one
 * that begins first is used.  True: there is such a thing.
 */
bool pmap_segments_sort(struct pmap_segments *s);
void pmap_segments_free(struct pmap_segments *s);

/* The last address; 0: there is none. */
uint64_t pmap_segments_last(const struct pmap_segments *s);

/* Bytes in all. */
uint64_t pmap_segments_size(const struct pmap_segments *s);

/* All of it, wherever its parts are: see pmap_source_ops.read. */
enum pmap_read pmap_segments_read(const struct pmap_segments *s, uint64_t pa,
				  void *buf, size_t len);

/* Pages in ascending order: see pmap_source_ops.read_pages. */
void pmap_segments_read_pages(const struct pmap_segments *s,
			      const uint64_t *pa, void *const *page,
			      size_t count, enum pmap_read *status_ret);

/*
 * A regular file with something in it, to read: its descriptor, and its size now.
 * -1: *why_ret says why not.  A pipe without a writer would block, and is none.
 */
int pmap_open_image(const char *name, uint64_t *size_ret, const char **why_ret);

/* Behind the size of what a file has: how many bytes it lacks; of 0 nothing. */
void pmap_describe_missing(char *text, size_t size, uint64_t missing);

/* read() until there is everything: 0, or an errno (ENODATA: the file ends). */
int pmap_read_at(int fd, uint64_t offset, void *buf, size_t len);

#endif
