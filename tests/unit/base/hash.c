/*
 * The hash table against a list: what was put in is found, what was removed is
 * not, whatever collides.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/hash.h"
#include "tap.h"

#define KEYS	3000

struct slot {
	uint64_t key;
	unsigned value;
};

static inline uint64_t key_of_slot(const void *slot)
{
	return ((const struct slot *)slot)->key;
}

static const struct pmap_hash_kind kind = { sizeof(struct slot), key_of_slot };

/* Of few homes: many collide, around the end of the table, too. */
static uint64_t key_of(unsigned i)
{
	uint64_t inverse = PMAP_HASH_GOLDEN;

	for (int n = 0; n < 6; n++)
		inverse *= 2 - PMAP_HASH_GOLDEN * inverse;
	return ((uint64_t)(i % 7 + 0x1ffc) << 51 | (i + 1)) * inverse;
}

static bool put(struct pmap_hash *hash, unsigned i)
{
	struct slot *slot;

	if (!pmap_hash_room(hash, &kind))
		return false;
	slot = pmap_hash_find(hash, key_of(i), &kind);
	if (slot->key)
		return false;
	*slot = (struct slot){ key_of(i), i };
	hash->used++;
	return true;
}

/* Those of `in` are found with their values, and no others. */
static bool agrees(const struct pmap_hash *hash, const bool *in)
{
	size_t count = 0;

	for (unsigned i = 0; i < KEYS; i++) {
		const struct slot *slot = pmap_hash_find(hash, key_of(i),
							 &kind);

		if ((slot->key != 0) != in[i] || (in[i] && slot->value != i))
			return false;
		count += in[i];
	}
	return count == hash->used;
}

static void test_model(void)
{
	struct pmap_hash hash = { 0 };
	bool in[KEYS] = { false }, right = true;
	uint64_t random = 1;

	for (unsigned i = 0; i < 400; i++)
		in[i] = put(&hash, i);
	ok(agrees(&hash, in), "what was put in is found");
	ok(pmap_hash_home(&hash, key_of(3)) == hash.slots - 1 &&
	   pmap_hash_home(&hash, key_of(4)) == 0,
	   "the keys collide on both sides of the table's end");
	for (unsigned n = 0; n < 4000; n++) {
		unsigned i;

		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		i = (random >> 33) % 400;
		if (in[i])
			pmap_hash_remove(&hash, key_of(i), &kind);
		else
			right = right && put(&hash, i);
		in[i] = !in[i];
		if (n % 64 == 0)
			right = right && agrees(&hash, in);
	}
	ok(right && agrees(&hash, in),
	   "removing leaves the others where they are found");
	for (unsigned i = 0; i < KEYS; i++)
		in[i] = in[i] || put(&hash, i);
	ok(agrees(&hash, in) && hash.used * 2 <= hash.slots,
	   "it grows, half of it is empty");
	pmap_hash_free(&hash);
	ok(!hash.slots && !hash.used, "and goes");
}

static void test_several(void)
{
	struct pmap_hash hash = { 0 };
	unsigned found = 0, value = 0;
	bool ordered = true;
	struct slot *s;

	for (unsigned i = 0; i < 30; i++) {
		ordered = ordered && pmap_hash_room(&hash, &kind);
		s = pmap_hash_empty(&hash, key_of(i % 2 * 7), &kind);
		*s = (struct slot){ key_of(i % 2 * 7), i };
		hash.used++;
	}
	for (s = pmap_hash_find(&hash, key_of(7), &kind); s->key;
	     s = pmap_hash_next(&hash, s, &kind)) {
		ordered = ordered && s->key == key_of(7) &&
			  s->value > value;
		value = s->value;
		found++;
	}
	ok(found == 15 && ordered, "a key's slots, in the order they were filled");
	pmap_hash_free(&hash);
}

int main(void)
{
	test_model();
	test_several();
	return tap_done();
}
