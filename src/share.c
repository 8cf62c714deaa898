/*
 * The tables that a walk has been through.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "share.h"

#include <stdlib.h>

#define FIRST_SLOTS	1024	/* a power of two */

/* Tables are at multiples of 32 at least, which PAE's top table is. */
struct slot {
	uint64_t pa;
	uint64_t va;
	struct pmap_run *run;
	uint8_t level;		/* 0: the slot is empty */
	uint8_t rights;
	uint8_t content;
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

/* Where the uses of a table begin: they are in slots that follow each other. */
static size_t home(uint64_t pa, size_t slots)
{
	return ((pa >> 5) * 0x9e3779b97f4a7c15ULL >> 20) & (slots - 1);
}

bool pmap_share_find(const struct pmap_share *share, uint64_t pa, int level,
		     unsigned rights, struct pmap_seen *seen_ret)
{
	size_t i = home(pa, share->slots);

	for (; share->slot[i].level; i = (i + 1) & (share->slots - 1)) {
		const struct slot *s = &share->slot[i];

		if (s->pa != pa || s->level != level || s->rights != rights)
			continue;
		*seen_ret = (struct pmap_seen){ s->va, s->content, s->run };
		return true;
	}
	return false;
}

bool pmap_share_below(const struct pmap_share *share, uint64_t pa, int level)
{
	size_t i = home(pa, share->slots);

	for (; share->slot[i].level; i = (i + 1) & (share->slots - 1))
		if (share->slot[i].pa == pa && share->slot[i].level < level)
			return true;
	return false;
}

/* Into the first free slot.  False if others have this table already. */
static bool place(struct slot *slot, size_t slots, const struct slot *s)
{
	size_t i = home(s->pa, slots);
	bool only = true;

	for (; slot[i].level; i = (i + 1) & (slots - 1))
		only &= slot[i].pa != s->pa;
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

bool pmap_share_add(struct pmap_share *share, uint64_t pa, int level,
		    unsigned rights, const struct pmap_seen *seen)
{
	struct slot s = {
		.pa = pa, .va = seen->va, .level = level, .rights = rights,
		.content = seen->content,
	};

	if (share->used * 3 >= share->slots * 2 && !grow(share))
		return false;
	if (seen->content == PMAP_CONTENT_RUN) {
		s.run = malloc(sizeof(*s.run));
		if (!s.run)
			return false;
		*s.run = *seen->run;
	}
	share->tables += place(share->slot, share->slots, &s);
	share->used++;
	return true;
}

uint64_t pmap_share_tables(const struct pmap_share *share)
{
	return share->tables;
}
