/*
 * Looking for bytes, against a loop: patterns of all lengths, masks and
 * alignments, in memory that has them often, at its ends, too.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/scan.h"
#include "tap.h"

#define SIZE	700
#define ROUNDS	20000

static uint64_t seed = 1;

static unsigned below(unsigned n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

static bool is_at(const struct pmap_pattern *p, const unsigned char *at)
{
	for (size_t i = 0; i < p->len; i++)
		if ((at[i] ^ p->bytes[i]) & p->mask[i])
			return false;
	return true;
}

static size_t naive(const struct pmap_pattern *p, const unsigned char *buf,
		    size_t len, size_t from, uint64_t address)
{
	for (size_t i = from; i + p->len <= len; i++)
		if ((address + i) % p->align == 0 && is_at(p, buf + i))
			return i;
	return SIZE_MAX;
}

/* Few values, so that much nearly matches; some of it nothing but zeros. */
static void make(struct pmap_pattern *p, unsigned char *buf)
{
	static const unsigned char values[] = { 0, 0, 0, 0xff, 1, 0x80, 'a' };
	unsigned kinds = 1 + below(7), masks = below(3);

	for (size_t i = 0; i < SIZE; i++)
		buf[i] = values[below(kinds)];
	memset(p, 0, sizeof(*p));
	p->len = 1 + below(below(2) ? 8 : PMAP_PATTERN_MAX);
	p->align = 1u << below(4);
	memset(p->mask, 0xff, p->len);
	memcpy(p->bytes, buf + below(SIZE - p->len + 1), p->len);
	for (size_t i = 0; i < p->len && masks; i++)
		p->mask[i] = masks == 2 ? 0x7f : below(4) ? 0xff : below(256);
	if (!below(4))
		p->bytes[below(p->len)] ^= 1;
}

int main(void)
{
	unsigned char buf[SIZE];
	struct pmap_pattern p;
	unsigned wrong = 0, found = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		size_t len, from;
		uint64_t address = below(64);

		make(&p, buf);
		pmap_pattern_prepare(&p);
		len = below(SIZE + 1);
		from = below(2) ? 0 : below(len + 2);
		found += naive(&p, buf, len, from, address) != SIZE_MAX;
		wrong += naive(&p, buf, len, from, address) !=
			 pmap_pattern_find(&p, buf, len, from, address);
	}
	ok(found > ROUNDS / 10 && found < ROUNDS, "%u of %u are there", found, ROUNDS);
	ok(!wrong, "%u are found elsewhere than by a loop", wrong);
	return tap_done();
}
