/*
 * A hash table of slots, in one piece of memory.
 *
 * A slot is whatever the user has; a function says its key.  It is 0 for a slot
 * that is all zero, which is an empty one; no other slot has that key.
 *
 * Collisions go to the slots that follow.  At least half of the slots are empty,
 * so that a search is short and ends.
 *
 * Inline, with what a slot is as an argument: size and function are constants for
 * the compiler.  A pointer to a slot is good until pmap_hash_room() or
 * pmap_hash_remove().
 *
 *	static const struct pmap_hash_kind kind = { sizeof(*slot), key_of_slot };
 *	struct pmap_hash hash = { 0 };
 *
 *	if (!pmap_hash_room(&hash, &kind))
 *		return false;
 *	slot = pmap_hash_find(&hash, key, &kind);
 *	if (!slot->key) {
 *		slot->key = key;
 *		hash.used++;
 *	}
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_HASH_H
#define PMAP_HASH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PMAP_HASH_FIRST_BITS	10
#define PMAP_HASH_GOLDEN	0x9e3779b97f4a7c15ULL	/* 2^64 / the golden ratio, odd */

struct pmap_hash_kind {
	size_t size;			/* of a slot, in bytes */
	uint64_t (*key)(const void *slot);
};

/* All zero: it is empty, and has no memory yet. */
struct pmap_hash {
	unsigned char *slot;
	size_t slots;		/* a power of two; 0: there are none yet */
	size_t used;		/* counted by who fills a slot */
	int bits;		/* log2 of slots */
};

static inline void *pmap_hash_slot(const struct pmap_hash *hash, size_t i,
				   size_t size)
{
	return hash->slot + i * size;
}

/* The product's upper bits depend on all of the key's. */
static inline size_t pmap_hash_home(const struct pmap_hash *hash, uint64_t key)
{
	return key * PMAP_HASH_GOLDEN >> (64 - hash->bits);
}

/* From slot `i` on: the first with this key, or the empty one behind them. */
static inline void *pmap_hash_from(const struct pmap_hash *hash, size_t i,
				   uint64_t key, const struct pmap_hash_kind *kind)
{
	for (;; i++) {
		void *slot = pmap_hash_slot(hash, i & (hash->slots - 1),
					    kind->size);

		if (kind->key(slot) == key || !kind->key(slot))
			return slot;
	}
}

/*
 * The slot of a key, or the empty one (its key is 0) where it belongs.  There
 * must be slots: pmap_hash_room() succeeded once.
 */
static inline void *pmap_hash_find(const struct pmap_hash *hash, uint64_t key,
				   const struct pmap_hash_kind *kind)
{
	return pmap_hash_from(hash, pmap_hash_home(hash, key), key, kind);
}

/* A key may have several slots: the next behind `slot`, or an empty one. */
static inline void *pmap_hash_next(const struct pmap_hash *hash,
				   const void *slot,
				   const struct pmap_hash_kind *kind)
{
	size_t i = ((const unsigned char *)slot - hash->slot) / kind->size;

	return pmap_hash_from(hash, i + 1, kind->key(slot), kind);
}

/* The first empty slot for a key that may have others. */
static inline void *pmap_hash_empty(const struct pmap_hash *hash, uint64_t key,
				    const struct pmap_hash_kind *kind)
{
	return pmap_hash_from(hash, pmap_hash_home(hash, key), 0, kind);
}

/* Room for one more.  False: no memory, and nothing has changed. */
static inline bool pmap_hash_room(struct pmap_hash *hash,
				  const struct pmap_hash_kind *kind)
{
	struct pmap_hash more = *hash;

	if (hash->used * 2 < hash->slots)
		return true;
	more.bits = hash->slots ? hash->bits + 1 : PMAP_HASH_FIRST_BITS;
	more.slots = (size_t)1 << more.bits;
	more.slot = calloc(more.slots, kind->size);
	if (!more.slot)
		return false;
	for (size_t i = 0; i < hash->slots; i++) {
		const void *old = pmap_hash_slot(hash, i, kind->size);
		uint64_t key = kind->key(old);

		if (key)
			memcpy(pmap_hash_empty(&more, key, kind), old, kind->size);
	}
	free(hash->slot);
	*hash = more;
	return true;
}

/* Empty the slot of a key, and close the gap that others would stop at. */
static inline void pmap_hash_remove(struct pmap_hash *hash, uint64_t key,
				    const struct pmap_hash_kind *kind)
{
	unsigned char *gap = pmap_hash_find(hash, key, kind), *slot;
	size_t mask = hash->slots - 1, at = (gap - hash->slot) / kind->size;

	if (!kind->key(gap))
		return;
	for (size_t i = (at + 1) & mask;; i = (i + 1) & mask) {
		slot = pmap_hash_slot(hash, i, kind->size);
		key = kind->key(slot);
		if (!key)
			break;
		/* One whose home lies behind the gap stays. */
		if (((i - pmap_hash_home(hash, key)) & mask) < ((i - at) & mask))
			continue;
		memcpy(gap, slot, kind->size);
		gap = slot;
		at = i;
	}
	memset(gap, 0, kind->size);
	hash->used--;
}

static inline void pmap_hash_free(struct pmap_hash *hash)
{
	free(hash->slot);
	*hash = (struct pmap_hash){ 0 };
}

#endif
