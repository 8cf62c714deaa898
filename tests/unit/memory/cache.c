/*
 * Pages are read once, the cache is bounded, and a failure is no page.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "memory/cache.h"
#include "tap.h"

#define PAGE	4096

/* Every page holds its own address; some are no RAM, some fail. */
struct fake {
	struct pmap_source source;
	unsigned reads, batches;
	uint64_t last;		/* of a page that was read alone */
	bool fails;
};

static enum pmap_read fake_status(const struct fake *fake, uint64_t pa)
{
	if (pa >> 40)
		return PMAP_READ_NOT_RAM;
	return fake->fails ? PMAP_READ_FAILED : PMAP_READ_OK;
}

static enum pmap_read fake_read(struct pmap_source *source, uint64_t pa,
				void *buf, size_t len)
{
	struct fake *fake = (struct fake *)source;

	fake->reads++;
	fake->last = pa;
	for (size_t i = 0; i + 8 <= len; i += 8) {
		uint64_t word = pa + i;

		memcpy((char *)buf + i, &word, 8);
	}
	return fake_status(fake, pa);
}

static void fake_read_pages(struct pmap_source *source, const uint64_t *pa,
			    void *const *page, size_t count,
			    enum pmap_read *status_ret)
{
	struct fake *fake = (struct fake *)source;

	fake->batches++;
	for (size_t i = 0; i < count; i++)
		status_ret[i] = fake_read(source, pa[i], page[i], PAGE);
}

static const struct pmap_source_ops whole_ops = {
	.name = "whole", .read = fake_read, .read_pages = fake_read_pages,
};
static const struct pmap_source_ops small_ops = {
	.name = "small", .small_reads = true, .read = fake_read,
};

static bool holds(struct pmap_cache *cache, uint64_t pa)
{
	const void *at = pmap_cache_at(cache, pa, 8);
	uint64_t word = ~pa;

	if (at)
		memcpy(&word, at, 8);
	return word == pa;
}

static void test_once(void)
{
	struct pmap_cache *cache = pmap_cache_create();
	struct fake fake = { .source.ops = &whole_ops };

	pmap_cache_use(cache, &fake.source);
	ok(holds(cache, 0x1008) && holds(cache, 0x1ff8) && holds(cache, 0x1000),
	   "a page's words");
	is_u64(fake.reads, 1, "read once");
	is_u64(fake.last, 0x1000, "as a whole");
	ok(!pmap_cache_at(cache, 1ULL << 40, 8) &&
	   pmap_cache_status(cache) == PMAP_READ_NOT_RAM, "what is no RAM");
	fake.fails = true;
	ok(!pmap_cache_at(cache, 0x5000, 8) &&
	   pmap_cache_status(cache) == PMAP_READ_FAILED, "a read that fails");
	fake.fails = false;
	ok(holds(cache, 0x5000), "may succeed later");
	is_u64(pmap_cache_stats(cache).reads, 3, "reads of RAM are counted");
	pmap_cache_drop(cache);
	is_u64(pmap_cache_stats(cache).pages, 0, "dropped");
	is_u64(pmap_cache_stats(cache).ever, 3, "but counted still");
	ok(holds(cache, 0x1000) && fake.reads == 5, "and read again");
	pmap_cache_destroy(cache);
}

static void test_small(void)
{
	struct pmap_cache *cache = pmap_cache_create();
	struct fake fake = { .source.ops = &small_ops };
	uint64_t pa = 0x3000;

	pmap_cache_use(cache, &fake.source);
	ok(holds(cache, 0x2010) && holds(cache, 0x2010) && fake.reads == 1,
	   "a single entry, read once");
	ok(holds(cache, 0x2018) && fake.reads == 2, "its neighbour is another");
	ok(pmap_cache_at(cache, 0x2000, PAGE) && fake.reads == 3, "then all of it");
	ok(holds(cache, 0x2ff8) && fake.reads == 3, "and no more");
	pmap_cache_ahead(cache, &pa, 1, false);
	is_u64(fake.reads, 3, "such a source reads nothing ahead");
	pmap_cache_destroy(cache);
}

/* Tables of 16 and 64 KiB come in pieces, each of one page. */
static void test_pieces(void)
{
	struct pmap_cache *cache = pmap_cache_create();
	struct fake fake = { .source.ops = &whole_ops };
	bool right = true;

	pmap_cache_use(cache, &fake.source);
	for (uint64_t pa = 0x10000; pa < 0x20000; pa += PAGE)
		right &= pmap_cache_at(cache, pa, PAGE) && holds(cache, pa + PAGE - 8);
	ok(right, "a table of 64 KiB, piece by piece");
	is_u64(fake.reads, 16, "each read once");
	ok(!pmap_cache_at(cache, 0x10ff8, 16) &&
	   pmap_cache_status(cache) == PMAP_READ_FAILED,
	   "bytes of two pages cannot be had, though both are there");
	ok(!pmap_cache_at(cache, 0x10000, 4 * PAGE) &&
	   !pmap_cache_at(cache, 0x10000, 0), "nor a whole table, nor nothing");
	is_u64(fake.reads, 16, "and no source is asked for them");
	pmap_cache_destroy(cache);
}

static void test_ahead(void)
{
	struct pmap_cache *cache = pmap_cache_create();
	struct fake fake = { .source.ops = &whole_ops };
	uint64_t pa[] = { 0x9000, 0x4000, 0x9000, 1ULL << 40, 0x6000 };

	pmap_cache_use(cache, &fake.source);
	ok(holds(cache, 0x6000), "one is there");
	pmap_cache_ahead(cache, pa, 5, false);
	is_u64(fake.batches, 1, "the others come in one request");
	is_u64(fake.reads, 4, "none twice");
	is_u64(pmap_cache_stats(cache).reads, 3, "of which those of RAM are counted");
	is_u64(pmap_cache_stats(cache).bytes, 3 * PAGE, "and their bytes");
	ok(holds(cache, 0x4000) && holds(cache, 0x9000) && fake.reads == 4,
	   "and are there");
	ok(!pmap_cache_at(cache, 1ULL << 40, 8) &&
	   pmap_cache_status(cache) == PMAP_READ_NOT_RAM, "what is no RAM is not");
	pmap_cache_destroy(cache);
}

/* Droppable pages make room, in the order in which they came. */
static void test_bound(void)
{
	struct pmap_cache *cache = pmap_cache_create();
	struct fake fake = { .source.ops = &whole_ops };
	const size_t limit = 2 * PMAP_AHEAD_MAX, rounds = 40;
	uint64_t pa[PMAP_AHEAD_MAX];
	bool right = true;

	pmap_cache_use(cache, &fake.source);
	pmap_cache_limit(cache, limit);
	ok(holds(cache, 0x1000), "a page that stays");
	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < PMAP_AHEAD_MAX; i++)
			pa[i] = (1 + round * PMAP_AHEAD_MAX + i) * 0x10000;
		pmap_cache_ahead(cache, pa, PMAP_AHEAD_MAX, true);
		for (size_t i = 0; i < PMAP_AHEAD_MAX; i++)
			right &= holds(cache, (1 + round * PMAP_AHEAD_MAX + i) *
				       0x10000);
	}
	ok(right, "each page as it was read");
	is_u64(fake.reads, 1 + rounds * PMAP_AHEAD_MAX, "read once each");
	ok(pmap_cache_stats(cache).pages <= limit, "within the limit");
	ok(holds(cache, 0x1000) && fake.reads == 1 + rounds * PMAP_AHEAD_MAX,
	   "what may not be dropped is there");
	for (size_t i = 0; i < 2 * limit; i++)
		pmap_cache_at(cache, (1ULL << 32) + i * PAGE, 8);
	is_u64(pmap_cache_status(cache), PMAP_READ_FULL,
	       "pages that may not be dropped fill it");
	ok(pmap_cache_stats(cache).pages <= limit, "and no more");
	pmap_cache_begin(cache);
	ok(holds(cache, 1ULL << 33), "the next command has room");
	pmap_cache_destroy(cache);
}

/* Random pages, against a source that says what they hold. */
static void test_random(void)
{
	struct pmap_cache *cache = pmap_cache_create();
	struct fake fake = { .source.ops = &whole_ops };
	uint64_t state = 88172645463325252ULL;
	bool right = true;

	pmap_cache_use(cache, &fake.source);
	pmap_cache_limit(cache, 2 * PMAP_AHEAD_MAX);
	for (int i = 0; i < 200000; i++) {
		uint64_t pa;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		pa = state % (1 << 26) & ~7ULL;
		if (state >> 60) {
			right &= holds(cache, pa);
			pmap_cache_begin(cache);
			continue;
		}
		pa &= -4096ULL;
		pmap_cache_ahead(cache, &pa, 1, true);
	}
	ok(right, "200,000 words, with pages dropped all the while");
	pmap_cache_destroy(cache);
}

int main(void)
{
	test_once();
	test_small();
	test_pieces();
	test_ahead();
	test_bound();
	test_random();
	return tap_done();
}
