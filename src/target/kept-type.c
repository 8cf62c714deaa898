/*
 * What the types of Linux's swap entries are that no area has.
 *
 * include/linux/swap.h: of the 32 numbers the highest are not areas, and how many
 * those are depends on the release, and on what the kernel is made for.  From the
 * top down: markers, memory of devices, migration, poison.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/kept.h"

#include <stddef.h>

#define TYPES	32

/* How many types of each a release can have. */
struct census {
	unsigned since;
	uint8_t markers, markers_more;	/* at least; and others by configuration */
	uint8_t migration;
	const char *device[7];	/* with CONFIG_DEVICE_PRIVATE; else none */
};

static const struct census releases[] = {
	{ PMAP_LINUX(6, 19), 1, 0, 3,
	  { "write", "read", "exclusive", "in migration, read",
	    "in migration, read, of one process", "in migration, write" } },
	{ PMAP_LINUX(6, 15), 1, 0, 3, { "write", "read", "exclusive" } },
	{ PMAP_LINUX(6, 2), 1, 0, 3,
	  { "write", "read", "exclusive, write", "exclusive, read" } },
	{ PMAP_LINUX(5, 19), 1, 1, 3,
	  { "write", "read", "exclusive, write", "exclusive, read" } },
	{ PMAP_LINUX(5, 14), 0, 0, 2,
	  { "write", "read", "exclusive, write", "exclusive, read" } },
	{ 0, 0, 0, 2, { "write", "read" } },
};

static const struct census *census_of(unsigned release)
{
	const struct census *c = releases;

	while (release < c->since)
		c++;
	return c;
}

static unsigned count(const char *const *words)
{
	unsigned n = 0;

	while (words[n])
		n++;
	return n;
}

/* What a type is with that many markers, with device memory or without. */
static struct pmap_kept_reading reading(const struct census *c, unsigned markers,
					bool has_device, unsigned type)
{
	static const char *const migrations[] = { "read", "read, of one process", "write" };
	unsigned first = TYPES - markers;

	if (type >= first)
		return (struct pmap_kept_reading){ PMAP_KEPT_MARKER, NULL };
	first -= has_device ? count(c->device) : 0;
	if (type >= first)
		return (struct pmap_kept_reading){ PMAP_KEPT_DEVICE, c->device[type - first] };
	first -= c->migration;
	if (type >= first)
		return (struct pmap_kept_reading){
			PMAP_KEPT_MIGRATION,
			migrations[type == first + 1 && c->migration == 2 ? 2 : type - first]
		};
	return (struct pmap_kept_reading){
		type == first - 1 ? PMAP_KEPT_POISON : PMAP_KEPT_SWAP, NULL
	};
}

static void add_reading(struct pmap_kept *kept, struct pmap_kept_reading new)
{
	/* Few have so many areas: one is taken for it where it can be nothing else. */
	if (new.kind == PMAP_KEPT_SWAP)
		return;
	for (unsigned i = 0; i < kept->count; i++)
		if (kept->may[i].kind == new.kind && kept->may[i].how == new.how)
			return;
	kept->may[kept->count++] = new;
}

void pmap_kept_settle(struct pmap_kept *kept, unsigned release, int page_shift)
{
	const struct census *c = census_of(release);

	kept->count = 0;
	for (int has_device = 0; has_device < 2; has_device++)
		for (int more = c->markers_more; more >= 0; more--)
			add_reading(kept, reading(c, c->markers + more, has_device, kept->type));
	kept->kind = kept->count ? kept->may[0].kind : PMAP_KEPT_SWAP;
	for (unsigned i = 1; i < kept->count; i++)
		if (kept->may[i].kind != kept->kind)
			kept->kind = PMAP_KEPT_SPECIAL;
	if (kept->count && kept->kind != PMAP_KEPT_MARKER)
		kept->pa = kept->offset << page_shift & ((1ULL << kept->pa_bits) - 1);
}
