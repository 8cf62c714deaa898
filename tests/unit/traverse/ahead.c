/*
 * Tables of more than a page are read before the walk comes to them, many at once,
 * and no more of them than can be kept.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>
#include <string.h>

#include "memory/cache.h"
#include "tap.h"
#include "traverse/ahead.h"

#define PAGE	4096ULL
#define LAST	0x1000000ULL	/* the first table of the last level */
#define ABOVE	0x100000ULL	/* the one above */
#define GIVEN	200		/* its entries that refer to tables */
#define SIZE	(16 << 10)	/* of a table */

/* Entry n of the table above is table n of the last level, where all is empty. */
struct fake {
	struct pmap_source source;
	unsigned alone, batches, pages;
};

static void fill(uint64_t pa, uint64_t *page)
{
	memset(page, 0, PAGE);
	for (unsigned i = 0; pa >= ABOVE && pa < ABOVE + SIZE && i < PAGE / 8; i++) {
		uint64_t n = (pa - ABOVE) / 8 + i;

		if (n < GIVEN)
			page[i] = (LAST + n * SIZE) | PML_ARM64_VALID | PML_ARM64_TABLE;
	}
}

static enum pmap_read fake_read(struct pmap_source *source, uint64_t pa, void *buf,
				size_t len)
{
	uint64_t page[PAGE / 8];

	((struct fake *)source)->alone++;
	fill(pa & -PAGE, page);
	memcpy(buf, (const char *)page + pa % PAGE, len);
	return PMAP_READ_OK;
}

static void fake_read_pages(struct pmap_source *source, const uint64_t *pa,
			    void *const *page, size_t count, enum pmap_read *status_ret)
{
	struct fake *fake = (struct fake *)source;

	fake->batches++;
	fake->pages += count;
	for (size_t i = 0; i < count; i++) {
		fill(pa[i], page[i]);
		status_ret[i] = PMAP_READ_OK;
	}
}

static const struct pmap_source_ops ops = {
	.name = "fake", .read = fake_read, .read_pages = fake_read_pages,
};

int main(void)
{
	struct pmap_cache *cache = pmap_cache_create();
	struct fake fake = { .source.ops = &ops };
	const struct pml_space space = {
		.fmt = &pml_arm64_16k, .at = pmap_cache_at, .ctx = cache,
	};
	struct pmap_query q = { .cache = cache };
	unsigned shift = space.fmt->level[2].shift, alone, there = 0, rounds;
	uint64_t next, last = ~0ULL >> 16;

	pmap_cache_use(cache, &fake.source);
	pmap_ahead_table(&q, &space, 2, ABOVE, 0, last, false);
	is_u64(fake.batches, 0, "whole tables of 16 KiB are not read at once");
	next = pmap_ahead_pieces(&q, &space, 2, ABOVE, 0, last, true);
	is_u64(next >> shift, PMAP_AHEAD_MAX / 4, "as many as the cache keeps");
	is_u64(fake.batches, 1, "in one request");
	is_u64(fake.pages, PMAP_AHEAD_MAX, "all of their pages");
	alone = fake.alone;
	for (unsigned i = 0; i < PMAP_AHEAD_MAX; i++)
		there += pmap_cache_at(cache, LAST + i * PAGE, PAGE) != NULL;
	is_u64(there, PMAP_AHEAD_MAX, "they are there");
	is_u64(fake.alone, alone, "which takes no request more");
	for (rounds = 1; rounds < GIVEN && next >> shift < GIVEN; rounds++)
		next = pmap_ahead_pieces(&q, &space, 2, ABOVE, next, last, true);
	is_u64(fake.pages, GIVEN * 4, "then the rest");
	is_u64(rounds, (GIVEN * 4 + PMAP_AHEAD_MAX - 1) / PMAP_AHEAD_MAX,
	       "in no more requests than it needs");

	/* Of a range within one table its own pages alone. */
	pmap_cache_drop(cache);
	fake.pages = 0;
	pmap_ahead_pieces(&q, &space, 2, ABOVE, (5ULL << shift) + 600 * 16384,
			  (5ULL << shift) + 700 * 16384, true);
	is_u64(fake.pages, 1, "of a range inside of a table what has its entries");
	ok(pmap_cache_at(cache, LAST + 5 * SIZE + PAGE, PAGE), "which is there");
	pmap_cache_destroy(cache);
	return tap_done();
}
