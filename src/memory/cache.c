/*
 * Pages of physical memory, read once.
 *
 * A hash table of pages.  Where a source reads eight bytes much faster than a
 * page, single entries are read as they are asked for, and `valid` says which
 * words of a page are there.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/cache.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096
#define WORD_SIZE	8
#define WORDS		(PAGE_SIZE / WORD_SIZE)
#define FIRST_SLOTS	1024	/* a power of two */

struct page {
	uint64_t number;		/* physical address / PAGE_SIZE */
	uint64_t valid[WORDS / 64];	/* a bit for each word that was read */
	enum pmap_read status;		/* of the last read of it */
	unsigned char *data;		/* PAGE_SIZE bytes; NULL until one is read */
};

struct pmap_cache {
	struct pmap_source *source;
	struct page **slot;		/* open addressing, never full */
	size_t slots;
	enum pmap_read status;
	struct pmap_cache_stats stats;
};

struct pmap_cache *pmap_cache_create(void)
{
	return calloc(1, sizeof(struct pmap_cache));
}

void pmap_cache_destroy(struct pmap_cache *cache)
{
	if (!cache)
		return;
	pmap_cache_drop(cache);
	free(cache);
}

void pmap_cache_drop(struct pmap_cache *cache)
{
	size_t i;

	for (i = 0; i < cache->slots; i++) {
		if (!cache->slot[i])
			continue;
		free(cache->slot[i]->data);
		free(cache->slot[i]);
	}
	free(cache->slot);
	cache->slot = NULL;
	cache->slots = 0;
	cache->stats = (struct pmap_cache_stats){ 0 };
}

void pmap_cache_use(struct pmap_cache *cache, struct pmap_source *source)
{
	if (cache->source != source)
		pmap_cache_drop(cache);
	cache->source = source;
}

enum pmap_read pmap_cache_status(const struct pmap_cache *cache)
{
	return cache->status;
}

struct pmap_cache_stats pmap_cache_stats(const struct pmap_cache *cache)
{
	return cache->stats;
}

/* The slot of a page: its own, or the empty one where it belongs. */
static struct page **find_slot(struct page **slot, size_t slots,
			       uint64_t number)
{
	size_t i = (number * 0x9e3779b97f4a7c15ULL >> 20) & (slots - 1);

	while (slot[i] && slot[i]->number != number)
		i = (i + 1) & (slots - 1);
	return &slot[i];
}

/* Keep at least half of the slots empty. */
static bool make_room(struct pmap_cache *cache)
{
	size_t slots = cache->slots ? cache->slots * 2 : FIRST_SLOTS, i;
	struct page **slot;

	if (cache->stats.pages * 2 < cache->slots)
		return true;
	slot = calloc(slots, sizeof(*slot));
	if (!slot)
		return false;
	for (i = 0; i < cache->slots; i++)
		if (cache->slot[i])
			*find_slot(slot, slots, cache->slot[i]->number) =
				cache->slot[i];
	free(cache->slot);
	cache->slot = slot;
	cache->slots = slots;
	return true;
}

static struct page *get_page(struct pmap_cache *cache, uint64_t number)
{
	struct page **slot;

	if (!make_room(cache))
		return NULL;
	slot = find_slot(cache->slot, cache->slots, number);
	if (*slot)
		return *slot;
	*slot = calloc(1, sizeof(**slot));
	if (!*slot)
		return NULL;
	(*slot)->number = number;
	cache->stats.pages++;
	return *slot;
}

static bool has_words(const struct page *page, size_t first, size_t last)
{
	size_t i;

	for (i = first; i <= last; i++)
		if (!(page->valid[i / 64] >> i % 64 & 1))
			return false;
	return true;
}

/* Read words first..last of a page from the source. */
static bool fill(struct pmap_cache *cache, struct page *page,
		 size_t first, size_t last)
{
	uint64_t pa = (page->number << PAGE_SHIFT) + first * WORD_SIZE;
	size_t len = (last - first + 1) * WORD_SIZE, i;

	/* What is no RAM stays none; what failed once may be asked again. */
	if (page->status == PMAP_READ_NOT_RAM)
		return false;
	if (!page->data)
		page->data = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	if (!page->data) {
		page->status = PMAP_READ_FAILED;
		return false;
	}
	page->status = cache->source->ops->read(cache->source, pa,
						page->data + first * WORD_SIZE,
						len);
	cache->stats.reads++;
	if (page->status != PMAP_READ_OK)
		return false;
	cache->stats.bytes += len;
	for (i = first; i <= last; i++)
		page->valid[i / 64] |= 1ULL << i % 64;
	return true;
}

const void *pmap_cache_at(void *ctx, uint64_t pa, size_t size)
{
	struct pmap_cache *cache = ctx;
	struct page *page = get_page(cache, pa >> PAGE_SHIFT);
	size_t first = pa % PAGE_SIZE / WORD_SIZE;
	size_t last = (pa % PAGE_SIZE + size - 1) / WORD_SIZE;

	if (!page) {
		cache->status = PMAP_READ_FAILED;
		return NULL;
	}
	if (page->data && has_words(page, first, last))
		return page->data + pa % PAGE_SIZE;
	if (!cache->source->ops->small_reads) {
		first = 0;
		last = WORDS - 1;
	}
	if (!fill(cache, page, first, last)) {
		cache->status = page->status;
		return NULL;
	}
	return page->data + pa % PAGE_SIZE;
}
