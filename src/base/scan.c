/*
 * Looking for bytes in memory: see scan.h.
 *
 * Two bytes of the pattern, its rarest, are compared at 64 places at once; only
 * where both are there the rest is looked at.  memmem() is slower, and knows
 * neither masks nor alignment.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/scan.h"

#include <string.h>

#define WIDTH	16
#define STEP	(4 * WIDTH)

/* The compiler makes of it what the machine has. */
typedef unsigned char block __attribute__((vector_size(WIDTH)));

/* How common a byte is: zeros fill memory, all ones are next. */
static int rank(const struct pmap_pattern *p, size_t i)
{
	if (p->mask[i] != 0xff)
		return 4;
	return p->bytes[i] == 0 ? 3 : p->bytes[i] == 0xff ? 2 :
	       p->bytes[i] < 8 ? 1 : 0;
}

void pmap_pattern_prepare(struct pmap_pattern *p)
{
	size_t best = 0, second;

	p->exact = true;
	for (size_t i = 0; i < p->len; i++) {
		p->bytes[i] &= p->mask[i];
		p->exact &= p->mask[i] == 0xff;
		if (rank(p, i) < rank(p, best))
			best = i;
	}
	second = best ? 0 : p->len - 1;
	for (size_t i = 0; i < p->len; i++)
		if (i != best && rank(p, i) < rank(p, second))
			second = i;
	if (rank(p, second) == 4)
		second = best;
	p->has_anchors = rank(p, best) < 4;
	p->anchor[0] = best;
	p->anchor[1] = second;
}

static bool matches(const struct pmap_pattern *p, const unsigned char *at)
{
	if (p->exact)
		return memcmp(at, p->bytes, p->len) == 0;
	for (size_t i = 0; i < p->len; i++)
		if ((at[i] & p->mask[i]) != p->bytes[i])
			return false;
	return true;
}

static inline block filled(unsigned char byte)
{
	block b;

	memset(&b, byte, sizeof(b));
	return b;
}

static inline block load(const unsigned char *at)
{
	block b;

	memcpy(&b, at, sizeof(b));
	return b;
}

static inline bool any(block b)
{
	uint64_t word[2];

	memcpy(word, &b, sizeof(word));
	return word[0] | word[1];
}

/* Are both anchors together at one of STEP places from `at' on? */
static inline bool may_match(const unsigned char *a, const unsigned char *b,
			     block want_a, block want_b)
{
	block hit = { 0 };

	for (int i = 0; i < STEP; i += WIDTH)
		hit |= (block)(load(a + i) == want_a) &
		       (block)(load(b + i) == want_b);
	return any(hit);
}

/* One by one: the first match at from..end-1, or SIZE_MAX. */
static size_t find_slowly(const struct pmap_pattern *p, const unsigned char *buf,
			  size_t from, size_t end, uint64_t address)
{
	size_t first = p->anchor[0];

	for (size_t i = from; i < end; i++)
		if ((!p->has_anchors || buf[i + first] == p->bytes[first]) &&
		    !((address + i) & (p->align - 1)) && matches(p, buf + i))
			return i;
	return SIZE_MAX;
}

size_t pmap_pattern_find(const struct pmap_pattern *p, const unsigned char *buf,
			 size_t len, size_t from, uint64_t address)
{
	const unsigned char *a = buf + p->anchor[0], *b = buf + p->anchor[1];
	block want_a = filled(p->bytes[p->anchor[0]]);
	block want_b = filled(p->bytes[p->anchor[1]]);
	size_t end, at = from, found;

	if (len < p->len || from > len - p->len)
		return SIZE_MAX;
	end = len - p->len + 1;		/* behind the last place for a match */
	for (; p->has_anchors && at + STEP <= end; at += STEP) {
		if (!may_match(a + at, b + at, want_a, want_b))
			continue;
		found = find_slowly(p, buf, at, at + STEP, address);
		if (found != SIZE_MAX)
			return found;
	}
	return find_slowly(p, buf, at, end, address);
}
