/*
 * Much of physical memory, looked at once: see bulk.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/bulk.h"

#define PAGE_SIZE	4096

void pmap_bulk_pages(struct pmap_source *source, uint64_t pa, void *buf,
		     size_t count, enum pmap_read *status_ret)
{
	const struct pmap_source_ops *ops = source->ops;
	uint64_t at[PMAP_BULK_PAGES];
	void *page[PMAP_BULK_PAGES];

	for (size_t i = 0; i < count; i++) {
		at[i] = pa + i * PAGE_SIZE;
		page[i] = (char *)buf + i * PAGE_SIZE;
	}
	if (ops->read_pages) {
		ops->read_pages(source, at, page, count, status_ret);
		return;
	}
	for (size_t i = 0; i < count; i++)
		status_ret[i] = ops->read(source, at[i], page[i], PAGE_SIZE);
}

size_t pmap_bulk_read(struct pmap_source *source, uint64_t pa, void *buf,
		      size_t count)
{
	enum pmap_read status[PMAP_BULK_PAGES];
	size_t done = 0;

	while (done < count) {
		size_t part = count - done, n = 0;

		if (part > PMAP_BULK_PAGES)
			part = PMAP_BULK_PAGES;
		pmap_bulk_pages(source, pa + done * PAGE_SIZE,
				(char *)buf + done * PAGE_SIZE, part, status);
		while (n < part && status[n] == PMAP_READ_OK)
			n++;
		done += n;
		if (n < part)
			break;
	}
	return done;
}
