/*
 * The tables that a walk has been through.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "traverse/share.h"

#include <stdlib.h>

#include "base/hash.h"

/* One of a table's address tells of it; one of its sum leads to that. */
struct slot {
	uint64_t key;		/* see key_of() */
	union {
		uint64_t va;
		uint64_t pa;		/* of a sum */
	};
	struct pmap_run *run;
	uint8_t level;
	uint8_t rights;
	uint8_t content;
	uint16_t rows;		/* 0xffff: as many, or more */
};

static inline uint64_t key_of_slot(const void *slot)
{
	return ((const struct slot *)slot)->key;
}

static const struct pmap_hash_kind kind = { sizeof(struct slot), key_of_slot };

struct pmap_share {
	struct pmap_hash hash;	/* of struct slot */
	uint64_t tables;
};

struct pmap_share *pmap_share_create(void)
{
	struct pmap_share *share = calloc(1, sizeof(*share));

	if (!share)
		return NULL;
	if (pmap_hash_room(&share->hash, &kind))
		return share;
	free(share);
	return NULL;
}

void pmap_share_destroy(struct pmap_share *share)
{
	if (!share)
		return;
	for (size_t i = 0; i < share->hash.slots; i++) {
		struct slot *s = pmap_hash_slot(&share->hash, i, sizeof(*s));

		free(s->run);
	}
	pmap_hash_free(&share->hash);
	free(share);
}

/* Tables are at multiples of 32 at least (PAE's top table), sums are odd. */
static bool is_sum(uint64_t key)
{
	return key & 1;
}

/* Four at a time, for a multiplication need not wait for the one before. */
uint64_t pmap_share_sum(const void *table, size_t size)
{
	const uint64_t *word = table, *end = word + size / sizeof(*word);
	uint64_t sum[4] = { 1, 2, 3, 4 };

	for (; word < end; word += 4)
		for (int i = 0; i < 4; i++)
			sum[i] = ((sum[i] ^ word[i]) * PMAP_HASH_GOLDEN) ^ sum[i] >> 29;
	for (int i = 1; i < 4; i++)
		sum[0] = sum[0] * PMAP_HASH_GOLDEN ^ sum[i];
	return sum[0] | 1;
}

/* The table at 0 needs a key, too. */
static uint64_t key_of(uint64_t key)
{
	return is_sum(key) ? key : key | 2;
}

/* The uses of a table, one after the other, until one's key is 0. */
static struct slot *first_use(const struct pmap_share *share, uint64_t key)
{
	return pmap_hash_find(&share->hash, key_of(key), &kind);
}

static struct slot *next_use(const struct pmap_share *share,
			     const struct slot *s)
{
	return pmap_hash_next(&share->hash, s, &kind);
}

bool pmap_share_find(const struct pmap_share *share, uint64_t key, int level,
		     unsigned rights, struct pmap_seen *seen_ret)
{
	const struct slot *s;

	for (s = first_use(share, key); s->key; s = next_use(share, s)) {
		if (s->level != level || s->rights != rights ||
		    s->content == PMAP_CONTENT_NONE)
			continue;
		if (is_sum(key))
			return pmap_share_find(share, s->pa, level, rights,
					       seen_ret);
		*seen_ret = (struct pmap_seen){
			.pa = key, .va = s->va, .content = s->content,
			.run = s->run, .rows = s->rows,
		};
		return true;
	}
	return false;
}

/* Was it seen at one of the levels from `low' to `high'? */
static bool at_levels(const struct pmap_share *share, uint64_t key, int low,
		      int high)
{
	const struct slot *s;

	for (s = first_use(share, key); s->key; s = next_use(share, s))
		if (s->level >= low && s->level <= high)
			return true;
	return false;
}

bool pmap_share_below(const struct pmap_share *share, uint64_t key, int level)
{
	return at_levels(share, key, 1, level - 1);
}

bool pmap_share_add(struct pmap_share *share, uint64_t key, int level,
		    unsigned rights, const struct pmap_seen *seen)
{
	struct slot s = {
		.key = key_of(key), .level = level, .rights = rights,
		.content = seen->content,
		.rows = seen->rows < 0xffff ? seen->rows : 0xffff,
	};

	if (is_sum(key))
		s.pa = seen->pa;
	else
		s.va = seen->va;
	if (seen->content == PMAP_CONTENT_NONE &&
	    at_levels(share, key, level, level))
		return true;
	if (!pmap_hash_room(&share->hash, &kind))
		return false;
	if (seen->content == PMAP_CONTENT_RUN && !is_sum(key)) {
		s.run = malloc(sizeof(*s.run));
		if (!s.run)
			return false;
		*s.run = *seen->run;
	}
	if (!is_sum(key) && !first_use(share, key)->key)
		share->tables++;
	*(struct slot *)pmap_hash_empty(&share->hash, s.key, &kind) = s;
	share->hash.used++;
	return true;
}

uint64_t pmap_share_tables(const struct pmap_share *share)
{
	return share->tables;
}
