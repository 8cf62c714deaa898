/*
 * Pages of physical memory, read once.
 *
 * A hash table of pages, whose bytes are in larger pieces of memory so that
 * pages that are read together lie together.  Where a source reads eight bytes
 * much faster than a page, single entries are read as they are asked for, and
 * `valid` says which words of a page are there.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/hash.h"

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096
#define WORD_SIZE	8
#define WORDS		(PAGE_SIZE / WORD_SIZE)
#define PIECE_PAGES	512	/* of memory, and of struct page, at a time: 2 MiB */
#define KEEP_PIECES	128	/* that are kept when the cache is emptied: 256 MiB */
#define PIECE_SIZE	((size_t)PIECE_PAGES * PAGE_SIZE)

struct page {
	uint64_t number;		/* physical address / PAGE_SIZE */
	unsigned char *data;		/* PAGE_SIZE bytes; NULL until one is read */
	uint64_t *valid;		/* a bit for each word; NULL: see `whole` */
	struct page *next;		/* of the droppable ones */
	uint8_t status;			/* of the last read; enum pmap_read */
	bool whole;			/* all of it was read */
	bool droppable;
};

/* A list of what was allocated in pieces. */
struct piece {
	struct piece *next;
	unsigned char *data;		/* PIECE_PAGES of memory */
	struct page page[PIECE_PAGES];
};

struct pmap_cache {
	struct pmap_source *source;
	struct pmap_hash hash;		/* of pointers to pages */
	size_t limit;
	struct piece *pieces, *spare;
	size_t spares;
	size_t used;			/* of the first piece */
	struct page *oldest, **newest;	/* droppable, in the order they were read */
	enum pmap_read status;
	struct pmap_cache_stats stats;
};

struct pmap_cache *pmap_cache_create(void)
{
	struct pmap_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->limit = PMAP_CACHE_PAGES;
	cache->newest = &cache->oldest;
	return cache;
}

/* Page 0 needs a key, too. */
static inline uint64_t key_of(uint64_t number)
{
	return number + 1;
}

static inline uint64_t key_of_slot(const void *slot)
{
	const struct page *page = *(struct page *const *)slot;

	return page ? key_of(page->number) : 0;
}

static const struct pmap_hash_kind kind = { sizeof(struct page *), key_of_slot };

static struct page *page_at(const struct pmap_cache *cache, size_t i)
{
	return *(struct page **)pmap_hash_slot(&cache->hash, i, kind.size);
}

static void free_piece(struct piece *piece)
{
	munmap(piece->data, PIECE_SIZE);
	free(piece);
}

/*
 * Some are kept: new memory costs more than reading into it.  What is in them is not,
 * so that the system may have the memory where it needs it.
 */
static void spare_piece(struct pmap_cache *cache, struct piece *piece)
{
	if (cache->spares == KEEP_PIECES) {
		free_piece(piece);
		return;
	}
	madvise(piece->data, PIECE_SIZE, MADV_FREE);
	cache->spares++;
	piece->next = cache->spare;
	cache->spare = piece;
}

void pmap_cache_destroy(struct pmap_cache *cache)
{
	if (!cache)
		return;
	pmap_cache_drop(cache);
	while (cache->spare) {
		struct piece *piece = cache->spare;

		cache->spare = piece->next;
		free_piece(piece);
	}
	free(cache);
}

void pmap_cache_limit(struct pmap_cache *cache, size_t pages)
{
	cache->limit = pages;
}

void pmap_cache_drop(struct pmap_cache *cache)
{
	uint64_t ever = cache->stats.ever;

	for (size_t i = 0; i < cache->hash.slots; i++)
		if (page_at(cache, i))
			free(page_at(cache, i)->valid);
	pmap_hash_free(&cache->hash);
	while (cache->pieces) {
		struct piece *piece = cache->pieces;

		cache->pieces = piece->next;
		spare_piece(cache, piece);
	}
	*cache = (struct pmap_cache){
		.source = cache->source, .limit = cache->limit,
		.spare = cache->spare, .spares = cache->spares,
		.newest = &cache->oldest, .stats.ever = ever,
	};
}

void pmap_cache_use(struct pmap_cache *cache, struct pmap_source *source)
{
	if (cache->source != source)
		pmap_cache_drop(cache);
	cache->source = source;
}

void pmap_cache_begin(struct pmap_cache *cache)
{
	if (cache->stats.pages >= cache->limit)
		pmap_cache_drop(cache);
}

enum pmap_read pmap_cache_status(const struct pmap_cache *cache)
{
	return cache->status;
}

const char *pmap_read_reason(enum pmap_read status)
{
	static const char *const reason[] = {
		[PMAP_READ_OK] = "",
		[PMAP_READ_NOT_RAM] = "not RAM",
		[PMAP_READ_SMRAM] = "SMRAM, which a CPU sees in SMM alone",
		[PMAP_READ_SECURE] = "secure memory",
		[PMAP_READ_ABSENT] = "not in this file",
		[PMAP_READ_CUT] = "the file is cut off before it",
		[PMAP_READ_FAILED] = "reading it failed",
		[PMAP_READ_INTERRUPTED] = "interrupted",
		[PMAP_READ_FULL] = "too many tables for pmap's cache",
	};

	return reason[status];
}

bool pmap_read_is_elsewhere(enum pmap_read status)
{
	return status == PMAP_READ_SMRAM || status == PMAP_READ_SECURE ||
	       status == PMAP_READ_ABSENT || status == PMAP_READ_CUT;
}

const char *pmap_read_verb(enum pmap_read status)
{
	switch (status) {
	case PMAP_READ_NOT_RAM:
		return "is not in RAM";
	case PMAP_READ_SMRAM:
		return "is in SMRAM, which the source `qemu' alone reads, for a CPU in system management mode (`monitor gva2gpa' follows it then)";
	case PMAP_READ_SECURE:
		return "is in secure memory, which the source `qemu' alone reads, for a CPU in the Secure state";
	case PMAP_READ_ABSENT:
		return "is not in this file";
	case PMAP_READ_CUT:
		return "is missing: the file is cut off before it";
	default:
		return "cannot be read";
	}
}

struct pmap_cache_stats pmap_cache_stats(const struct pmap_cache *cache)
{
	return cache->stats;
}

/* --- Finding and making pages --------------------------------------------- */

/* The slot of a page: its own, or the empty one where it belongs. */
static struct page **find_slot(const struct pmap_cache *cache, uint64_t number)
{
	return pmap_hash_find(&cache->hash, key_of(number), &kind);
}

/*
 * 2 MiB at a multiple of that, so that the kernel can give it as one page: a
 * fault for each 4 KiB of it would cost as much as reading a table.
 */
static unsigned char *new_memory(void)
{
	unsigned char *all, *at;

	all = mmap(NULL, 2 * PIECE_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (all == MAP_FAILED)
		return NULL;
	at = all + (-(uintptr_t)all & (PIECE_SIZE - 1));
	if (at > all)
		munmap(all, at - all);
	munmap(at + PIECE_SIZE, all + PIECE_SIZE - at);
	madvise(at, PIECE_SIZE, MADV_HUGEPAGE);
	return at;
}

static bool more_pages(struct pmap_cache *cache)
{
	struct piece *piece = cache->spare;

	if (piece) {
		cache->spare = piece->next;
		cache->spares--;
	} else {
		piece = malloc(sizeof(*piece));
		if (!piece)
			return false;
		piece->data = new_memory();
		if (!piece->data) {
			free(piece);
			return false;
		}
	}
	piece->next = cache->pieces;
	cache->pieces = piece;
	cache->used = 0;
	return true;
}

/* The oldest of those that may go. */
static struct page *evict(struct pmap_cache *cache)
{
	struct page *page = cache->oldest;

	if (!page)
		return NULL;
	cache->oldest = page->next;
	if (!cache->oldest)
		cache->newest = &cache->oldest;
	pmap_hash_remove(&cache->hash, key_of(page->number), &kind);
	cache->stats.pages--;
	free(page->valid);
	return page;
}

static struct page *new_page(struct pmap_cache *cache)
{
	struct page *page = NULL;

	if (cache->stats.pages >= cache->limit) {
		page = evict(cache);
	} else if ((cache->pieces && cache->used < PIECE_PAGES) ||
		   more_pages(cache)) {
		page = &cache->pieces->page[cache->used];
		page->data = cache->pieces->data + cache->used++ * PAGE_SIZE;
	}
	if (page)
		*page = (struct page){ .data = page->data };
	return page;
}

static struct page *get_page(struct pmap_cache *cache, uint64_t number)
{
	struct page **slot, *page;

	if (!pmap_hash_room(&cache->hash, &kind))
		return NULL;
	slot = find_slot(cache, number);
	page = *slot;
	if (page)
		return page;
	page = new_page(cache);
	if (!page)
		return NULL;
	/* Making room may have moved what was in the way. */
	slot = find_slot(cache, number);
	page->number = number;
	*slot = page;
	cache->hash.used++;
	cache->stats.pages++;
	return page;
}

/* --- Reading -------------------------------------------------------------- */

static bool has_words(const struct page *page, size_t first, size_t last)
{
	if (page->whole)
		return true;
	if (!page->valid)
		return false;
	for (size_t i = first; i <= last; i++)
		if (!(page->valid[i / 64] >> i % 64 & 1))
			return false;
	return true;
}

/* Where no memory is, there is none for as long as the cache lives. */
static bool is_nothing(const struct page *page)
{
	return page->status == PMAP_READ_NOT_RAM ||
	       pmap_read_is_elsewhere(page->status);
}

/* Note what became of a read of `len` bytes. */
static void count_read(struct pmap_cache *cache, struct page *page,
		       enum pmap_read status, size_t len)
{
	page->status = status;
	if (is_nothing(page))
		return;
	cache->stats.reads++;
	cache->stats.ever++;
	if (status == PMAP_READ_OK)
		cache->stats.bytes += len;
}

static bool note_words(struct page *page, size_t first, size_t last)
{
	if (first == 0 && last == WORDS - 1) {
		page->whole = true;
		return true;
	}
	if (!page->valid)
		page->valid = calloc(WORDS / 64, sizeof(*page->valid));
	if (!page->valid)
		return false;
	for (size_t i = first; i <= last; i++)
		page->valid[i / 64] |= 1ULL << i % 64;
	return true;
}

/* Read words first..last of a page from the source. */
static bool fill(struct pmap_cache *cache, struct page *page,
		 size_t first, size_t last)
{
	uint64_t pa = (page->number << PAGE_SHIFT) + first * WORD_SIZE;
	size_t len = (last - first + 1) * WORD_SIZE;

	/* A read that failed may be tried again. */
	if (is_nothing(page))
		return false;
	count_read(cache, page,
		   cache->source->ops->read(cache->source, pa,
					    page->data + first * WORD_SIZE, len),
		   len);
	return page->status == PMAP_READ_OK && note_words(page, first, last);
}

const void *pmap_cache_at(void *ctx, uint64_t pa, size_t size)
{
	struct pmap_cache *cache = ctx;
	struct page *page;
	size_t first = pa % PAGE_SIZE / WORD_SIZE;
	size_t last = (pa % PAGE_SIZE + size - 1) / WORD_SIZE;

	pa &= ~cache->source->clears;
	/* Two pages need not be next to each other in the cache. */
	if (!size || size > PAGE_SIZE - pa % PAGE_SIZE) {
		cache->status = PMAP_READ_FAILED;
		return NULL;
	}
	page = get_page(cache, pa >> PAGE_SHIFT);
	if (!page) {
		cache->status = PMAP_READ_FULL;
		return NULL;
	}
	if (has_words(page, first, last))
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

/* --- Reading ahead -------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Is there nothing to read, because it was read or is no RAM? */
static bool is_settled(const struct pmap_cache *cache, uint64_t pa)
{
	const struct page *page = cache->hash.slots ?
		*find_slot(cache, pa >> PAGE_SHIFT) : NULL;

	return page && (page->whole || is_nothing(page));
}

/* The addresses that are to be read, in order, each once. */
static size_t sort_out(const struct pmap_cache *cache, uint64_t *pa,
		       size_t count)
{
	size_t left = 0, n = 0;

	for (size_t i = 0; i < count; i++)
		if (!is_settled(cache, pa[i]))
			pa[left++] = pa[i];
	qsort(pa, left, sizeof(*pa), ascending);
	for (size_t i = 0; i < left; i++)
		if (!n || pa[i] != pa[n - 1])
			pa[n++] = pa[i];
	return n;
}

/* Pages for them; fewer where the cache is full. */
static size_t get_pages(struct pmap_cache *cache, const uint64_t *pa,
			size_t count, struct page **page_ret)
{
	size_t n = 0;

	while (n < count) {
		struct page *page = get_page(cache, pa[n] >> PAGE_SHIFT);

		if (!page)
			break;
		page_ret[n++] = page;
	}
	return n;
}

static void keep_droppable(struct pmap_cache *cache, struct page *page)
{
	if (page->droppable)
		return;
	page->droppable = true;
	page->next = NULL;
	*cache->newest = page;
	cache->newest = &page->next;
}

void pmap_cache_ahead(struct pmap_cache *cache, uint64_t *pa, size_t count,
		      bool droppable)
{
	struct page *page[PMAP_AHEAD_MAX];
	void *data[PMAP_AHEAD_MAX];
	enum pmap_read status[PMAP_AHEAD_MAX];

	if (!cache->source->ops->read_pages)
		return;
	for (size_t i = 0; i < count; i++)
		pa[i] &= ~cache->source->clears;
	count = sort_out(cache, pa, count);
	count = get_pages(cache, pa, count, page);
	for (size_t i = 0; i < count; i++)
		data[i] = page[i]->data;
	if (count)
		cache->source->ops->read_pages(cache->source, pa, data, count,
					       status);
	for (size_t i = 0; i < count; i++) {
		count_read(cache, page[i], status[i], PAGE_SIZE);
		page[i]->whole = status[i] == PMAP_READ_OK;
		if (droppable)
			keep_droppable(cache, page[i]);
	}
}

void pmap_cache_each(const struct pmap_cache *cache,
		     void (*each)(void *arg, uint64_t pa), void *arg)
{
	for (size_t i = 0; i < cache->hash.slots; i++) {
		const struct page *page = page_at(cache, i);

		if (page && page->whole)
			each(arg, page->number << PAGE_SHIFT);
	}
}
