/*
 * A kdump-compressed dump, made here: headers, two bitmaps, and a few pages.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TESTS_KDUMP_H
#define PMAP_TESTS_KDUMP_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BLOCK	4096
#define FRAMES	64	/* of the machine */
#define PAGES	8	/* of them in the dump, from 0 on */
#define DESCS	(4 * BLOCK)	/* behind a header, a sub-header and two bitmaps */
#define DATA	(5 * BLOCK)
#define SIZE	(DATA + PAGES * BLOCK)
#define FLAT	4096	/* a flattened file's header */

static unsigned char bytes[SIZE + 2 * FLAT];

static void put32(size_t at, uint32_t value)
{
	memcpy(bytes + at, &value, 4);
}

static void put64(size_t at, uint64_t value)
{
	memcpy(bytes + at, &value, 8);
}

/* See diskdump.h of makedumpfile. */
static void make_kdump(bool split)
{
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, "KDUMP   ", 8);
	put32(8, 6);
	memcpy(bytes + 12 + 4 * 65, "x86_64", 6);
	put32(428, BLOCK);
	put32(432, 1);		/* blocks of the sub-header */
	put32(436, 2);		/* of the bitmaps */
	put32(440, FRAMES);
	put32(460, 1);		/* CPUs */
	put32(BLOCK + 12, split);
	put64(BLOCK + 16, 0);
	put64(BLOCK + 24, FRAMES);
	put64(BLOCK + 80, 0);
	put64(BLOCK + 88, FRAMES);
	put64(BLOCK + 96, FRAMES);
	for (int i = 0; i < 2; i++)
		bytes[(2 + i) * BLOCK] = (1 << PAGES) - 1;
	for (int i = 0; i < PAGES; i++) {
		put64(DESCS + i * 24, DATA + i * BLOCK);
		put32(DESCS + i * 24 + 8, BLOCK);
		put64(DATA + i * BLOCK, 100 + i);
	}
}

/* A piece of a flattened file. */
static inline size_t flatten(size_t to, unsigned char *out, uint64_t offset, size_t size)
{
	uint64_t head[2] = { htobe64(offset), htobe64(size) };

	memcpy(out + to, head, sizeof(head));
	memcpy(out + to + sizeof(head), bytes + offset, size);
	return to + sizeof(head) + size;
}

#endif
