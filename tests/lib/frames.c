/*
 * frames [FIRST LAST] <RECORDS: which addresses lead to each frame of 4 KiB.
 *
 * The inverse of a list of leaves, as plain as it can be: a line "PA VA RIGHTS" for
 * each 4 KiB of each record that has "va", "pa" and "rights", whoever wrote it (the
 * naive walker; pmap's dump, find and aliases).  How long it is, "last" says, or
 * "pa_last".  What a record of kind "repeat" repeats is written out, from those
 * before it.  Only frames from FIRST to LAST, in hexadecimal.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct leaf {
	uint64_t va, last, pa;
	char rights[16];
};

static struct leaf *leaf;
static size_t count;
static uint64_t first_pa, last_pa = ~0ull;

/* The number behind "NAME":, quoted or not. */
static int number(const char *line, const char *name, uint64_t *to)
{
	char key[32];
	const char *at;

	snprintf(key, sizeof(key), "\"%s\":", name);
	at = strstr(line, key);
	if (!at)
		return 0;
	at += strlen(key);
	*to = strtoull(at + (*at == '"'), NULL, 0);
	return 1;
}

static void keep(const struct leaf *l)
{
	/* Room for a power of two of them. */
	if ((count & (count - 1)) == 0) {
		struct leaf *grown = realloc(leaf, (count ? 2 * count : 1) * sizeof(*leaf));

		if (!grown)
			exit(1);
		leaf = grown;
	}
	leaf[count++] = *l;
}

/* All that is in of..of+every-1, again from `va' to `last'. */
static void repeat(uint64_t va, uint64_t last, uint64_t of, uint64_t every)
{
	size_t n = count;

	for (uint64_t at = va; at - va <= last - va; at += every) {
		for (size_t i = 0; i < n; i++) {
			struct leaf l = leaf[i];

			if (l.va < of || l.va - of >= every)
				continue;
			l.va = leaf[i].va - of + at;
			l.last = leaf[i].last - of + at;
			keep(&l);
		}
		if (at + every < at)
			break;
	}
}

static void take(const char *line)
{
	struct leaf l = { 0 };
	uint64_t end, of, every;
	const char *rights = strstr(line, "\"rights\":\"");

	if (!number(line, "va", &l.va))
		return;
	if (strstr(line, "\"kind\":\"repeat\"")) {
		if (number(line, "last", &l.last) && number(line, "of", &of) &&
		    number(line, "every", &every))
			repeat(l.va, l.last, of, every);
		return;
	}
	if (!number(line, "pa", &l.pa) || !rights)
		return;
	if (!number(line, "last", &l.last)) {
		if (!number(line, "pa_last", &end))
			return;
		l.last = l.va + (end - l.pa);
	}
	sscanf(rights + strlen("\"rights\":\""), "%15[^\"]", l.rights);
	keep(&l);
}

static void put(const struct leaf *l)
{
	for (uint64_t at = 0; at <= l->last - l->va; at += 4096)
		if (l->pa + at >= first_pa && l->pa + at <= last_pa)
			printf("%012" PRIx64 " %016" PRIx64 " %s\n", l->pa + at,
			       l->va + at, l->rights);
}

int main(int argc, char **argv)
{
	char line[1024];

	if (argc == 3) {
		first_pa = strtoull(argv[1], NULL, 16);
		last_pa = strtoull(argv[2], NULL, 16);
	}
	while (fgets(line, sizeof(line), stdin))
		take(line);
	for (size_t i = 0; i < count; i++)
		put(&leaf[i]);
	return 0;
}
