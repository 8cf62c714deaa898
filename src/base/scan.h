/*
 * Looking for bytes in memory, at memory's speed.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_BASE_SCAN_H
#define PMAP_BASE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PMAP_PATTERN_MAX	256

/* Bits that are 0 in `mask' may be anything. */
struct pmap_pattern {
	unsigned char bytes[PMAP_PATTERN_MAX], mask[PMAP_PATTERN_MAX];
	size_t len;		/* 1 to PMAP_PATTERN_MAX */
	uint64_t align;		/* of a match's address: a power of two */
	/* Made by pmap_pattern_prepare(): */
	bool exact;		/* all bits count */
	bool has_anchors;	/* two bytes of which all bits count, the rarest there are */
	size_t anchor[2];
};

void pmap_pattern_prepare(struct pmap_pattern *p);

/*
 * The offset of the first match that begins at `from' or behind it and ends
 * within `len'; SIZE_MAX: there is none.  `address' is that of buf[0].
 */
size_t pmap_pattern_find(const struct pmap_pattern *p, const unsigned char *buf,
			 size_t len, size_t from, uint64_t address);

#endif
