/*
 * Physical pages, from behind the kernel's image to the end of memory or of the
 * boot tables' direct map.  A bit a page: runs of any length and alignment, so
 * that paired tables and frames for large pages come from the same place.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel.h"

#define MAX_PAGES	(1UL << 18)	/* 1 GiB */

extern char kernel_end[];

static uint64_t used[MAX_PAGES / 64];
static size_t first_page, end_page, free_count, hint, limit = -1;

static bool is_used(size_t page)
{
	return used[page / 64] >> (page % 64) & 1;
}

static void set_used(size_t page, bool on)
{
	uint64_t bit = 1UL << (page % 64);

	if (on)
		used[page / 64] |= bit;
	else
		used[page / 64] &= ~bit;
}

void page_init(uint64_t end)
{
	first_page = (paddr(kernel_end) + PGSIZE - 1) / PGSIZE;
	end_page = end / PGSIZE;
	if (end_page > MAX_PAGES)
		end_page = MAX_PAGES;
	if (end_page <= first_page)
		panic("no memory behind the kernel");
	free_count = end_page - first_page;
	hint = first_page;
}

/* The first run at or above `from'; 0 if there is none. */
static size_t find_run(size_t from, unsigned pages, unsigned align)
{
	size_t page = (from + align - 1) / align * align, n;

	while (page + pages <= end_page) {
		for (n = 0; n < pages && !is_used(page + n); n++)
			;
		if (n == pages)
			return page;
		page = (page + n + align) / align * align;
	}
	return 0;
}

uint64_t page_alloc(unsigned pages, unsigned align_pages)
{
	size_t page;

	if (pages > limit)
		return 0;
	page = find_run(hint, pages, align_pages);
	if (!page)
		page = find_run(first_page, pages, align_pages);
	if (!page)
		return 0;
	for (size_t i = page; i < page + pages; i++)
		set_used(i, true);
	free_count -= pages;
	if (limit != (size_t)-1)
		limit -= pages;
	hint = page + pages;
	return page * PGSIZE;
}

uint64_t page_zeroed(void)
{
	uint64_t pa = page_alloc(1, 1);

	if (!pa)
		panic("no memory for a page");
	memset(kaddr(pa), 0, PGSIZE);
	return pa;
}

void page_free(uint64_t pa, unsigned pages)
{
	size_t page = pa / PGSIZE;

	for (size_t i = page; i < page + pages; i++) {
		if (i < first_page || i >= end_page || !is_used(i))
			panic("page %lx is freed but not in use", i);
		set_used(i, false);
	}
	free_count += pages;
	if (page < hint)
		hint = page;
}

size_t pages_free(void)
{
	return free_count;
}

/* To run out of memory on purpose. */
void page_limit(size_t pages)
{
	limit = pages;
}

/* The first address that is not memory, as far as this kernel uses it. */
uint64_t memory_end(void)
{
	return end_page * PGSIZE;
}
