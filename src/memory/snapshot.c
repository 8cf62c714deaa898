/*
 * Snapshots: pages of tables, as a source of memory; those of the session.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "memory/snapshot-store.h"
#include "target/arch.h"

/* --- Sums ----------------------------------------------------------------- */

static uint64_t secret(void)
{
	static uint64_t value;

	if (!value && getrandom(&value, sizeof(value), 0) != sizeof(value))
		value = PMAP_HASH_GOLDEN;
	return value |= 1;
}

uint64_t pmap_snapshot_mix(uint64_t sum, uint64_t more)
{
	unsigned __int128 product = (unsigned __int128)(sum ^ secret()) *
				    (more ^ PMAP_HASH_GOLDEN);

	product = (uint64_t)product ^ (uint64_t)(product >> 64) ^ sum;
	return (uint64_t)product * PMAP_HASH_GOLDEN + more;
}

static uint64_t sum_key(uint64_t pa, int level, bool guest)
{
	/* Tables are at multiples of 32 at least. */
	return pa | (guest ? 8 : 0) | (unsigned)level;
}

static uint64_t key_of_sum(const void *slot)
{
	return ((const struct pmap_snapshot_sum *)slot)->key;
}

static const struct pmap_hash_kind sum_kind = {
	sizeof(struct pmap_snapshot_sum), key_of_sum
};

uint64_t pmap_snapshot_sum(const struct pmap_snapshot *s, uint64_t pa, int level,
			   bool guest)
{
	const struct pmap_snapshot_sum *slot;

	if (!s->sums.slots)
		return 0;
	slot = pmap_hash_find(&s->sums, sum_key(pa, level, guest), &sum_kind);
	return slot->key ? slot->sum : 0;
}

bool pmap_snapshot_set_sum(struct pmap_snapshot *s, uint64_t pa, int level,
			   bool guest, uint64_t sum)
{
	struct pmap_snapshot_sum *slot;

	if (!pmap_hash_room(&s->sums, &sum_kind))
		return false;
	slot = pmap_hash_find(&s->sums, sum_key(pa, level, guest), &sum_kind);
	s->sums.used += !slot->key;
	slot->key = sum_key(pa, level, guest);
	slot->sum = sum | 1;
	return true;
}

/* --- Pages ---------------------------------------------------------------- */

static uint64_t key_of_page(const void *slot)
{
	return ((const struct pmap_snapshot_page *)slot)->key;
}

const struct pmap_hash_kind pmap_snapshot_page_kind = {
	sizeof(struct pmap_snapshot_page), key_of_page
};

static uint64_t key_of_content(const void *slot)
{
	return ((const struct pmap_snapshot_content *)slot)->key;
}

static const struct pmap_hash_kind content_kind = {
	sizeof(struct pmap_snapshot_content), key_of_content
};

/* A bitmap of the words that are not zero, and these; returns how many words. */
static size_t encode(const uint64_t *page, uint64_t to[PMAP_SNAPSHOT_MAX])
{
	size_t n = PMAP_SNAPSHOT_MAP;

	for (unsigned i = 0; i < PMAP_SNAPSHOT_MAP; i++) {
		uint64_t map = 0;

		for (unsigned bit = 0; bit < 64; bit++)
			if (page[i * 64 + bit]) {
				map |= 1ULL << bit;
				to[n++] = page[i * 64 + bit];
			}
		to[i] = map;
	}
	return n;
}

size_t pmap_snapshot_words(const uint64_t *content)
{
	size_t n = PMAP_SNAPSHOT_MAP;

	for (unsigned i = 0; i < PMAP_SNAPSHOT_MAP; i++)
		n += __builtin_popcountll(content[i]);
	return n;
}

static void decode(const uint64_t *content, uint64_t *page)
{
	const uint64_t *word = content + PMAP_SNAPSHOT_MAP;

	memset(page, 0, 4096);
	for (unsigned i = 0; i < PMAP_SNAPSHOT_MAP; i++)
		for (uint64_t map = content[i]; map; map &= map - 1)
			page[i * 64 + __builtin_ctzll(map)] = *word++;
}

static uint64_t sum_of(const uint64_t *content, size_t n)
{
	uint64_t sum = n;

	for (size_t i = 0; i < n; i++)
		sum = pmap_snapshot_mix(sum, content[i]);
	return sum | 1;
}

/* Where the same content is kept; SIZE_MAX without memory. */
static size_t intern(struct pmap_snapshot *s, const uint64_t *content, size_t n,
		     uint64_t sum)
{
	struct pmap_snapshot_content *slot;

	if (!pmap_hash_room(&s->contents, &content_kind))
		return SIZE_MAX;
	for (slot = pmap_hash_find(&s->contents, sum, &content_kind); slot->key;
	     slot = pmap_hash_next(&s->contents, slot, &content_kind))
		if (pmap_snapshot_words(s->word + slot->at) == n &&
		    !memcmp(s->word + slot->at, content, n * 8))
			return slot->at;
	if (s->words + n > s->room) {
		size_t room = s->room ? s->room + s->room / 2 + n : 65536;
		uint64_t *grown = realloc(s->word, room * 8);

		if (!grown)
			return SIZE_MAX;
		s->word = grown;
		s->room = room;
	}
	memcpy(s->word + s->words, content, n * 8);
	*slot = (struct pmap_snapshot_content){ .key = sum, .at = s->words };
	s->contents.used++;
	s->words += n;
	return slot->at;
}

bool pmap_snapshot_put(struct pmap_snapshot *s, uint64_t number,
		       const uint64_t *content, size_t n, uint64_t sum)
{
	struct pmap_snapshot_page *slot;
	size_t at;

	if (!pmap_hash_room(&s->pages, &pmap_snapshot_page_kind))
		return false;
	slot = pmap_hash_find(&s->pages, number + 1, &pmap_snapshot_page_kind);
	if (slot->key)
		return true;
	at = intern(s, content, n, sum);
	if (at == SIZE_MAX)
		return false;
	slot->key = number + 1;
	slot->at = at;
	s->pages.used++;
	return true;
}

uint64_t pmap_snapshot_add(struct pmap_snapshot *s, uint64_t pa, const void *page)
{
	uint64_t content[PMAP_SNAPSHOT_MAX];
	size_t n = encode(page, content);
	uint64_t sum = sum_of(content, n);

	s->summed += s->sums_alone;
	if (s->sums_alone)
		return sum;
	return pmap_snapshot_put(s, pa >> 12, content, n, sum) ? sum : 0;
}

bool pmap_snapshot_put_page(struct pmap_snapshot *s, uint64_t number,
			    const uint64_t *content)
{
	size_t n = pmap_snapshot_words(content);

	return pmap_snapshot_put(s, number, content, n, sum_of(content, n));
}

/* --- The source ----------------------------------------------------------- */

static enum pmap_read snapshot_read(struct pmap_source *source, uint64_t pa,
				    void *buf, size_t len)
{
	const struct pmap_snapshot *s = (const struct pmap_snapshot *)source;
	const struct pmap_snapshot_page *slot;
	uint64_t page[512];

	if (!s->pages.slots)
		return PMAP_READ_ABSENT;
	slot = pmap_hash_find(&s->pages, (pa >> 12) + 1, &pmap_snapshot_page_kind);
	if (!slot->key)
		return PMAP_READ_ABSENT;
	if (len == 4096) {
		decode(s->word + slot->at, buf);
		return PMAP_READ_OK;
	}
	decode(s->word + slot->at, page);
	memcpy(buf, (const char *)page + (pa & 4095), len);
	return PMAP_READ_OK;
}

static const struct pmap_source_ops ops = {
	.name = "snapshot",
	.title = "page tables of `pmap snapshot'",
	.usage = "",
	.read = snapshot_read,
};

void pmap_snapshot_keep_sums_alone(struct pmap_snapshot *s)
{
	s->sums_alone = true;
}

struct pmap_source *pmap_snapshot_source(struct pmap_snapshot *s)
{
	return &s->source;
}

struct pmap_cache *pmap_snapshot_cache(struct pmap_snapshot *s)
{
	if (!s->cache) {
		s->cache = pmap_cache_create();
		if (s->cache)
			pmap_cache_use(s->cache, &s->source);
	}
	return s->cache;
}

/* Tables of the last level that were asked for last, the oldest replaced next. */
#define LAST_TABLES	16

struct pmap_snapshot_last {
	uint64_t pa[LAST_TABLES];	/* | 1; 0: none yet */
	unsigned next;
	uint64_t page[LAST_TABLES][512];
};

/* Is what is in that page walked to as a table of the last level, and as no other? */
static bool is_last(const struct pmap_snapshot *s, uint64_t page)
{
	if (!pmap_snapshot_sum(s, page, 1, false))
		return false;
	for (int level = 2; level <= PML_MAX_LEVELS; level++)
		if (pmap_snapshot_sum(s, page, level, false))
			return false;
	return true;
}

static const uint64_t *last_page(struct pmap_snapshot *s, uint64_t page)
{
	const struct pmap_snapshot_page *slot;
	struct pmap_snapshot_last *l = s->last;
	unsigned i;

	for (i = 0; i < LAST_TABLES; i++)
		if (l->pa[i] == (page | 1))
			return l->page[i];
	slot = pmap_hash_find(&s->pages, (page >> 12) + 1, &pmap_snapshot_page_kind);
	if (!slot->key)
		return NULL;
	i = l->next++ % LAST_TABLES;
	l->pa[i] = page | 1;
	decode(s->word + slot->at, l->page[i]);
	return l->page[i];
}

const void *pmap_snapshot_at(void *ctx, uint64_t pa, size_t size)
{
	struct pmap_snapshot *s = ctx;
	uint64_t page = pa & -4096ULL;
	const uint64_t *found;

	if (!s->last)
		s->last = calloc(1, sizeof(*s->last));
	if (!s->last || pa - page + size > 4096 || !s->pages.slots || !is_last(s, page))
		return pmap_cache_at(pmap_snapshot_cache(s), pa, size);
	found = last_page(s, page);
	return found ? (const char *)found + (pa - page) : NULL;
}

void pmap_snapshot_rest(struct pmap_snapshot *s)
{
	free(s->last);
	s->last = NULL;
	pmap_cache_destroy(s->cache);
	s->cache = NULL;
}

struct pmap_snapshot_facts pmap_snapshot_facts(const struct pmap_snapshot *s)
{
	return (struct pmap_snapshot_facts){
		.name = s->name, .arch = s->arch->name,
		.pages = s->pages.used + s->summed, .distinct = s->contents.used,
		.bytes = s->room * 8 +
			 s->pages.slots * sizeof(struct pmap_snapshot_page) +
			 s->contents.slots * sizeof(struct pmap_snapshot_content) +
			 s->sums.slots * sizeof(struct pmap_snapshot_sum),
	};
}

/* --- Its life ------------------------------------------------------------- */

const enum pmap_option pmap_snapshot_options[] = {
	PMAP_OPT_ROOT, PMAP_OPT_TTBR0, PMAP_OPT_TTBR1, PMAP_OPT_EL,
	PMAP_OPT_FORMAT, PMAP_OPT_C_BIT, PMAP_OPT_NPT, PMAP_OPT_EPT,
	PMAP_OPT_MBEC, PMAP_OPT_GPA_SPACE, PMAP_OPT_STAGE2, PMAP_OPT_VTCR,
	PMAP_OPT_OUTER_FORMAT, PMAP_OPT_HGATP, PMAP_OPTIONS
};

static bool copy_options(struct pmap_options *to, const struct pmap_options *from)
{
	const enum pmap_option *id = pmap_snapshot_options;

	for (; *id != PMAP_OPTIONS; id++)
		if (pmap_option_given(from, *id) && !pmap_option_copy(to, from, *id))
			return false;
	return true;
}

struct pmap_snapshot *pmap_snapshot_new(const char *name,
					const struct pmap_target *target,
					const struct pmap_options *opt)
{
	struct pmap_snapshot *s = calloc(1, sizeof(*s));
	struct pmap_options from = *opt;

	if (!s)
		return NULL;
	s->source.ops = &ops;
	s->arch = target->arch;
	memcpy(s->reg, target->reg, sizeof(s->reg));
	/* --user-root and the like find a root without an expression: give it one. */
	if (!from.root.text && from.root.value)
		from.root.text = (char *)"--user-root";
	s->name = strdup(name);
	if (s->name && copy_options(&s->opt, &from))
		return s;
	pmap_snapshot_free(s);
	return NULL;
}

void pmap_snapshot_free(struct pmap_snapshot *s)
{
	if (!s)
		return;
	pmap_cache_destroy(s->cache);
	free(s->last);
	pmap_hash_free(&s->pages);
	pmap_hash_free(&s->contents);
	pmap_hash_free(&s->sums);
	pmap_options_free(&s->opt);
	free(s->word);
	free(s->name);
	free(s);
}

bool pmap_snapshot_restore(const struct pmap_snapshot *s,
			   struct pmap_target *target, struct pmap_options *opt)
{
	target->arch = s->arch;
	memcpy(target->reg, s->reg, sizeof(s->reg));
	return copy_options(opt, &s->opt);
}

/* --- Those of the session ------------------------------------------------- */

static struct pmap_snapshot *first;

static struct pmap_snapshot **place_of(const char *name)
{
	struct pmap_snapshot **at = &first;

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

struct pmap_snapshot *pmap_snapshot_find(const char *name)
{
	return *place_of(name);
}

struct pmap_snapshot *pmap_snapshot_number(size_t i)
{
	struct pmap_snapshot *s = first;

	while (s && i--)
		s = s->next;
	return s;
}

bool pmap_snapshot_keep(struct pmap_snapshot *s)
{
	struct pmap_snapshot **at = place_of(s->name);
	struct pmap_snapshot *before = *at;

	s->next = before ? before->next : NULL;
	*at = s;
	pmap_snapshot_free(before);
	return true;
}

bool pmap_snapshot_delete(const char *name)
{
	struct pmap_snapshot **at = place_of(name), *s = *at;

	if (!s)
		return false;
	*at = s->next;
	pmap_snapshot_free(s);
	return true;
}

void pmap_snapshot_delete_all(void)
{
	while (first)
		pmap_snapshot_delete(first->name);
}
