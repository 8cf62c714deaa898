/*
 * Which physical addresses are RAM, from QEMU's `info mtree -f`.
 *
 * The text has one FlatView after the other; each names the address spaces
 * that see it ( AS "memory", ...) and then lists its regions:
 *
 *   0000000000100000-0000000007ffffff (prio 0, ram): pc.ram @0000000000100000
 *
 * Kinds other than ram, rom, romd and nv-ram are devices; ramd, too: the
 * registers of a device of the host that was handed to the guest.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/ram.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is this kind of region memory that can be read without side effects? */
static bool is_memory(const char *kind, bool *rom_ret)
{
	static const struct {
		const char *kind;
		bool rom;
	} kinds[] = {
		{ "ram", false }, { "nv-ram", false },
		{ "rom", true }, { "romd", true },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i].kind) == 0) {
			*rom_ret = kinds[i].rom;
			return true;
		}
	return false;
}

/* One line of a flat view; false if it is no region of memory. */
static bool parse_region(const char *line, struct pmap_ram_range *range)
{
	char kind[32], name[sizeof(range->block)];
	const char *at;

	*range = (struct pmap_ram_range){ 0 };
	if (sscanf(line, " %" SCNx64 "-%" SCNx64 " (prio %*d, %31[^)]): %63[^\r\n]",
		   &range->first, &range->last, kind, name) != 4)
		return false;
	at = strstr(name, " @");
	if (at)
		range->offset = strtoull(at + 2, NULL, 16);
	memcpy(range->block, name, sizeof(name));
	range->block[at ? (size_t)(at - name) : strcspn(name, " ")] = '\0';
	return is_memory(kind, &range->rom) && range->first <= range->last;
}

/* A list of ranges that grows. */
struct list {
	struct pmap_ram_range **range;
	size_t *count;
};

static bool append(const struct list *to, const struct pmap_ram_range *range)
{
	struct pmap_ram_range *grown =
		realloc(*to->range, (*to->count + 1) * sizeof(*grown));

	if (!grown)
		return false;
	*to->range = grown;
	grown[(*to->count)++] = *range;
	return true;
}

enum view { MEMORY, SMM, SECURE, VIEWS };

/* The list for a view, by a line that names who sees it; NULL: it names nobody. */
static const struct list *list_for(const char *line, const struct list *views)
{
	static const char *const names[VIEWS] = {
		[MEMORY] = " AS \"memory\"", [SMM] = " AS \"cpu-smm-",
		[SECURE] = " AS \"cpu-secure-memory-",
	};

	for (size_t i = 0; i < VIEWS; i++)
		/* The first view of its kind counts. */
		if (strncmp(line, names[i], strlen(names[i])) == 0)
			return *views[i].count ? NULL : &views[i];
	return NULL;
}

bool pmap_ram_parse(struct pmap_ram *ram, const char *mtree)
{
	const struct list views[VIEWS] = {
		[MEMORY] = { &ram->range, &ram->count },
		[SMM] = { &ram->smm, &ram->smm_count },
		[SECURE] = { &ram->secure, &ram->secure_count },
	};
	const struct list *to = NULL, *named;
	const char *line;

	*ram = (struct pmap_ram){ 0 };
	for (line = mtree; line && *line; ) {
		const char *next = strchr(line, '\n');
		size_t len = next ? (size_t)(next - line) : strlen(line);
		struct pmap_ram_range range;
		char copy[256];

		snprintf(copy, sizeof(copy), "%.*s", (int)len, line);
		named = list_for(copy, views);
		if (strncmp(copy, "FlatView", 8) == 0)
			to = NULL;
		else if (named)
			to = to == &views[MEMORY] ? to : named;
		else if (to && parse_region(copy, &range) &&
			 !append(to, &range)) {
			pmap_ram_free(ram);
			return false;
		}
		line = next ? next + 1 : NULL;
	}
	if (!ram->count)
		pmap_ram_free(ram);
	return ram->count > 0;
}

void pmap_ram_free(struct pmap_ram *ram)
{
	free(ram->range);
	free(ram->smm);
	free(ram->secure);
	*ram = (struct pmap_ram){ 0 };
}

uint64_t pmap_ram_last(const struct pmap_ram *ram)
{
	uint64_t last = 0;

	for (size_t i = 0; i < ram->count; i++)
		if (!ram->range[i].rom && !ram->range[i].secure &&
		    ram->range[i].last > last)
			last = ram->range[i].last;
	return last;
}

static const struct pmap_ram_range *find(const struct pmap_ram_range *ranges,
					 size_t count, uint64_t pa, size_t len)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct pmap_ram_range *range = &ranges[mid];

		if (pa > range->last)
			low = mid + 1;
		else if (pa < range->first)
			high = mid;
		else
			return range->last - pa >= len - 1 ? range : NULL;
	}
	return NULL;
}

/* Do two views have the same bytes where these ranges overlap? */
static bool same_bytes(const struct pmap_ram_range *a, const struct pmap_ram_range *b)
{
	return a->offset - a->first == b->offset - b->first &&
	       strcmp(a->block, b->block) == 0;
}

const struct pmap_ram_range *pmap_ram_find(const struct pmap_ram *ram,
					   uint64_t pa, size_t len)
{
	const struct pmap_ram_range *range = find(ram->range, ram->count, pa, len), *own;

	if (range && range->secure && !ram->sees_secure)
		range = NULL;
	if (!ram->sees_smm)
		return range;
	own = find(ram->smm, ram->smm_count, pa, len);
	return range && own && same_bytes(range, own) ? range : own;
}

bool pmap_ram_is_smm(const struct pmap_ram *ram, const struct pmap_ram_range *range)
{
	return range >= ram->smm && range < ram->smm + ram->smm_count;
}

/* Does a range share an address with one of what everybody sees? */
static bool is_seen(const struct pmap_ram *ram, const struct pmap_ram_range *range)
{
	for (size_t i = 0; i < ram->count; i++)
		if (ram->range[i].first <= range->last &&
		    range->first <= ram->range[i].last)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	const struct pmap_ram_range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

bool pmap_ram_add_secure(struct pmap_ram *ram)
{
	const struct list to = { &ram->range, &ram->count };

	for (size_t i = 0; i < ram->secure_count; i++) {
		struct pmap_ram_range range = ram->secure[i];

		range.secure = true;
		if (!is_seen(ram, &range) && !append(&to, &range))
			return false;
	}
	if (ram->count)
		qsort(ram->range, ram->count, sizeof(*ram->range), compare);
	return true;
}

enum pmap_read pmap_ram_missing(const struct pmap_ram *ram, uint64_t pa,
				size_t len)
{
	if (find(ram->smm, ram->smm_count, pa, len))
		return PMAP_READ_SMRAM;
	return find(ram->secure, ram->secure_count, pa, len) ? PMAP_READ_SECURE :
							       PMAP_READ_NOT_RAM;
}

enum pmap_place pmap_ram_place(const struct pmap_ram *ram, uint64_t pa,
			       uint64_t *last_ret)
{
	const struct pmap_ram_range *range = ram->sees_smm ? ram->smm : ram->range;
	size_t count = ram->sees_smm ? ram->smm_count : ram->count, i = 0;

	*last_ret = UINT64_MAX;
	if (!count)
		return PMAP_PLACE_UNKNOWN;
	while (i < count && range[i].last < pa)
		i++;
	if (i == count)
		return PMAP_PLACE_OTHER;
	if (range[i].first > pa) {
		*last_ret = range[i].first - 1;
		return PMAP_PLACE_OTHER;
	}
	*last_ret = range[i].last;
	if (range[i].secure && !ram->sees_secure)
		return PMAP_PLACE_OTHER;
	return range[i].rom ? PMAP_PLACE_ROM : PMAP_PLACE_RAM;
}
