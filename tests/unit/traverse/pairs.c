/*
 * Pairs of tables that are not compared twice, against a comparison that
 * compares everything: small address spaces of random tables that share much,
 * lead back to themselves, and are read with several rights.  Arguments: a seed
 * and the number of rounds.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/mirror.h>
#include <pml/pml.h>

#include "geometry.h"
#include "image.h"
#include "tap.h"
#include "traverse/pairs.h"

#define TABLES	9
#define BITS	2			/* of an index: 4 entries a table, */
#define PAGES	(1 << 4 * BITS)		/* and so many pages in all */

static uint64_t state;

static unsigned rnd(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state * 0x2545f4914f6cdd1d >> 33) % n;
}

static uint64_t table_pa(unsigned i)
{
	return 0x10000 + i * 0x1000;
}

/* Few values: neighbours and tables are often alike. */
static uint64_t random_entry(bool last)
{
	static const uint64_t rights[] = { 7, 7, 7, 7, 5, 3 };

	if (rnd(8) == 0)
		return 0;
	return (last ? 0x800000 + rnd(2) * 0x1000 : table_pa(rnd(TABLES))) |
	       rights[rnd(6)];
}

/* Any table may be at any level. */
static void random_tables(struct image *img)
{
	for (unsigned i = 0; i < TABLES; i++)
		for (unsigned j = 0; j < 1 << BITS; j++)
			image_set(img, table_pa(i), j,
				  j && rnd(2) ?
				  image_get(img, table_pa(i), j - 1) :
				  random_entry(rnd(4) == 0));
}

/* The address of page `i`: the upper half is at the top. */
static uint64_t page_va(unsigned i)
{
	uint64_t va = (uint64_t)i << 12;

	return i < PAGES / 2 ? va : va - ((uint64_t)PAGES << 12);
}

static unsigned page_of(uint64_t va)
{
	return va >> 12 & (PAGES - 1);
}

static void mark(uint8_t *page, const struct pml_mirror_record *r)
{
	for (unsigned i = 0; i < PAGES; i++)
		if (page_va(i) >= r->va && page_va(i) <= r->last)
			page[i] = r->differs;
}

static void compare_all(uint8_t *page, const struct pml_space *own,
			const struct pml_space *other, unsigned flags)
{
	struct pml_mirror m;
	struct pml_mirror_record r;

	pml_mirror_init(&m, own, other, 0, ~0ULL, flags);
	while (pml_mirror_next(&m, &r))
		mark(page, &r);
}

/* How often something was known, with differences and without. */
static unsigned agreed, differed;

static void compare_pairs(uint8_t *page, const struct pml_space *own,
			  const struct pml_space *other, unsigned flags)
{
	struct pmap_pairs pairs;
	struct pml_mirror m;
	struct pml_mirror_record r;
	uint64_t from;
	bool differs;

	pmap_pairs_begin(&pairs, own, other);
	pml_mirror_init(&m, own, other, 0, ~0ULL, flags | PML_MIRROR_TABLES);
	while (pml_mirror_next(&m, &r)) {
		pmap_pairs_at(&pairs, &r);
		if (r.entering) {
			if (!pmap_pairs_met(&pairs, &r, &from, &differs))
				continue;
			agreed += !differs;
			differed += differs;
			for (uint64_t at = r.va; differs && at - 1 != r.last;
			     at += 0x1000)
				page[page_of(at)] = page[page_of(from + at - r.va)];
			if (differs)
				pmap_pairs_differ(&pairs);
			pml_mirror_skip(&m, &r);
			continue;
		}
		mark(page, &r);
		if (r.differs)
			pmap_pairs_differ(&pairs);
	}
	pmap_pairs_end(&pairs);
}

/* Of the tables that were made; a mirror of another format shares none. */
static bool check_round(const struct pml_format *own_fmt,
			const struct pml_format *other_fmt)
{
	struct image *img = image_new(8);
	struct pml_space own = {
		.fmt = own_fmt, .root = table_pa(0), .at = image_at, .ctx = img
	};
	struct pml_space other = {
		.fmt = rnd(2) ? own_fmt : other_fmt,
		.root = table_pa(rnd(3)), .at = image_at, .ctx = img
	};
	unsigned flags = rnd(4) ? 0 : PML_MIRROR_USER;
	uint8_t plain[PAGES] = { 0 }, shared[PAGES] = { 0 };
	bool same;

	random_tables(img);
	compare_all(plain, &own, &other, flags);
	compare_pairs(shared, &own, &other, flags);
	same = !memcmp(plain, shared, sizeof(plain));
	image_free(img);
	return same;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 2;
	int rounds = argc > 2 ? atoi(argv[2]) : 60000, i;
	struct pml_format own = oracle_shrink(&pml_x86_64_4, BITS);
	struct pml_format other = oracle_shrink(&pml_amd64_4, BITS);
	bool same = true;

	state = seed * 0x9e3779b97f4a7c15 + 1;
	for (i = 0; i < rounds && same; i++)
		same = check_round(&own, &other);
	ok(same, "%d rounds from seed %" PRIu64, i, seed);
	ok(agreed > 1000 && differed > 1000,
	   "pairs that were known to agree: %u, to differ: %u", agreed, differed);
	return tap_done();
}
