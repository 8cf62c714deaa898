/*
 * Much of physical memory, looked at once: see bulk.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/bulk.h"

#define PAGE_SIZE	4096
#define BATCH		256	/* pages a request: 1 MiB */

/* Up to BATCH pages; how many before the first that cannot be read. */
static size_t read_batch(struct pmap_source *source, uint64_t pa,
			 unsigned char *buf, size_t count,
			 enum pmap_read *status_ret)
{
	uint64_t at[BATCH];
	void *page[BATCH];
	enum pmap_read status[BATCH];
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		at[i] = pa + i * PAGE_SIZE;
		page[i] = buf + i * PAGE_SIZE;
	}
	source->ops->read_pages(source, at, page, count, status);
	while (n < count && status[n] == PMAP_READ_OK)
		n++;
	*status_ret = n < count ? status[n] : PMAP_READ_OK;
	return n;
}

size_t pmap_bulk_read(struct pmap_source *source, uint64_t pa, void *buf,
		      size_t count, enum pmap_read *status_ret)
{
	unsigned char *to = buf;
	size_t done = 0, part;

	*status_ret = PMAP_READ_OK;
	while (done < count && *status_ret == PMAP_READ_OK) {
		part = count - done < BATCH ? count - done : BATCH;
		if (source->ops->read_pages) {
			done += read_batch(source, pa + done * PAGE_SIZE,
					   to + done * PAGE_SIZE, part,
					   status_ret);
			continue;
		}
		*status_ret = source->ops->read(source, pa + done * PAGE_SIZE,
						to + done * PAGE_SIZE, PAGE_SIZE);
		done += *status_ret == PMAP_READ_OK;
	}
	return done;
}
