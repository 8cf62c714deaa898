/*
 * The tables that a walk has been through.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "traverse/share.h"

#include <stdlib.h>

#define FIRST_SLOTS	1024	/* a power of two */

/* One of a table's address tells of it; one of its sum leads to that. */
struct slot {
	uint64_t key;
	union {
		uint64_t va;
		uint64_t pa;		/* of a sum */
	};
	struct pmap_run *run;
	uint8_t level;		/* 0: the slot is empty */
	uint8_t rights;
	uint8_t content;
	uint16_t rows;		/* 0xffff: as many, or more */
};

struct pmap_share {
	struct slot *slot;
	size_t slots, used;
	uint64_t tables;
};

struct pmap_share *pmap_share_create(void)
{
	struct pmap_share *share = calloc(1, sizeof(*share));

	if (!share)
		return NULL;
	share->slots = FIRST_SLOTS;
	share->slot = calloc(share->slots, sizeof(*share->slot));
	if (share->slot)
		return share;
	free(share);
	return NULL;
}

void pmap_share_destroy(struct pmap_share *share)
{
	if (!share)
		return;
	for (size_t i = 0; i < share->slots; i++)
		free(share->slot[i].run);
	free(share->slot);
	free(share);
}

#define GOLDEN	0x9e3779b97f4a7c15ULL	/* 2^64 / the golden ratio, odd */

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
			sum[i] = ((sum[i] ^ word[i]) * GOLDEN) ^ sum[i] >> 29;
	for (int i = 1; i < 4; i++)
		sum[0] = sum[0] * GOLDEN ^ sum[i];
	return sum[0] | 1;
}

/* Where the uses of a table begin: they are in slots that follow each other. */
static size_t home(uint64_t key, size_t slots)
{
	return ((key >> 5) * GOLDEN >> 20) & (slots - 1);
}

bool pmap_share_find(const struct pmap_share *share, uint64_t key, int level,
		     unsigned rights, struct pmap_seen *seen_ret)
{
	size_t i = home(key, share->slots);

	for (; share->slot[i].level; i = (i + 1) & (share->slots - 1)) {
		const struct slot *s = &share->slot[i];

		if (s->key != key || s->level != level || s->rights != rights ||
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
	size_t i = home(key, share->slots);

	for (; share->slot[i].level; i = (i + 1) & (share->slots - 1)) {
		const struct slot *s = &share->slot[i];

		if (s->key == key && s->level >= low && s->level <= high)
			return true;
	}
	return false;
}

bool pmap_share_below(const struct pmap_share *share, uint64_t key, int level)
{
	return at_levels(share, key, 1, level - 1);
}

/* Into the first free slot.  False if others have this key already. */
static bool place(struct slot *slot, size_t slots, const struct slot *s)
{
	size_t i = home(s->key, slots);
	bool only = true;

	for (; slot[i].level; i = (i + 1) & (slots - 1))
		only &= slot[i].key != s->key;
	slot[i] = *s;
	return only;
}

static bool grow(struct pmap_share *share)
{
	size_t slots = share->slots * 2;
	struct slot *slot = calloc(slots, sizeof(*slot));

	if (!slot)
		return false;
	for (size_t i = 0; i < share->slots; i++)
		if (share->slot[i].level)
			place(slot, slots, &share->slot[i]);
	free(share->slot);
	share->slot = slot;
	share->slots = slots;
	return true;
}

bool pmap_share_add(struct pmap_share *share, uint64_t key, int level,
		    unsigned rights, const struct pmap_seen *seen)
{
	struct slot s = {
		.key = key, .level = level, .rights = rights,
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
	if (share->used * 3 >= share->slots * 2 && !grow(share))
		return false;
	if (seen->content == PMAP_CONTENT_RUN && !is_sum(key)) {
		s.run = malloc(sizeof(*s.run));
		if (!s.run)
			return false;
		*s.run = *seen->run;
	}
	if (place(share->slot, share->slots, &s) && !is_sum(key))
		share->tables++;
	share->used++;
	return true;
}

uint64_t pmap_share_tables(const struct pmap_share *share)
{
	return share->tables;
}
