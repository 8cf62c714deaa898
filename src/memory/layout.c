/*
 * Where the bytes of a file with all of a machine's RAM are.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/layout.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/ram.h"

#define FOUR_GIB	(1ULL << 32)
#define MAP_MAX		(16 << 20)	/* bytes of text */

/*
 * From `limit' bytes of RAM on, `low' of them are below 4 GiB and the others
 * from 4 GiB on; else all are below.  (Options of QEMU's machines can change
 * that: then the map tells.)
 */
static const struct {
	const char *name;
	uint64_t limit, low;
} machines[] = {
	{ "q35", 0xb0000000, 0x80000000 },
	{ "pc", 0xe0000000, 0xc0000000 },
};

bool pmap_layout_machine(struct pmap_segments *segments, int fd, uint64_t size,
			 const char *name)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		uint64_t low = size < machines[i].limit ? size : machines[i].low;

		if (strcmp(name, machines[i].name) == 0)
			return pmap_segments_add(segments, fd, 0, low, 0) &&
			       pmap_segments_add(segments, fd, FOUR_GIB,
						 size - low, low);
	}
	return false;
}

static char *read_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size <= MAP_MAX)
		text = calloc(st.st_size + 1, 1);
	if (text && pmap_read_at(fd, 0, text, st.st_size)) {
		free(text);
		text = NULL;
	}
	if (fd >= 0)
		close(fd);
	return text;
}

/* The name of the block that most of the addresses belong to. */
static const char *largest_block(const struct pmap_ram *ram)
{
	const char *best = NULL;
	uint64_t most = 0;

	for (size_t i = 0; i < ram->count; i++) {
		uint64_t size = 0;

		for (size_t j = 0; j < ram->count; j++)
			if (strcmp(ram->range[j].block, ram->range[i].block) == 0)
				size += ram->range[j].last - ram->range[j].first + 1;
		if (size > most) {
			most = size;
			best = ram->range[i].block;
		}
	}
	return best;
}

static const char *add_block(struct pmap_segments *segments, int fd,
			     uint64_t size, const struct pmap_ram *ram)
{
	const char *block = largest_block(ram);

	for (size_t i = 0; i < ram->count; i++) {
		const struct pmap_ram_range *range = &ram->range[i];
		uint64_t len = range->last - range->first + 1;

		if (strcmp(range->block, block) != 0)
			continue;
		if (range->offset > size || len > size - range->offset)
			return "its largest block of RAM is larger than the file: the file is no image of it";
		if (!pmap_segments_add(segments, fd, range->first, len,
				       range->offset))
			return "out of memory";
	}
	return NULL;
}

const char *pmap_layout_map(struct pmap_segments *segments, int fd,
			    uint64_t size, const char *path)
{
	char *text = read_text(path);
	const char *why = "it cannot be read";
	struct pmap_ram ram = { 0 };

	if (text)
		why = pmap_ram_parse(&ram, text) ?
		      add_block(segments, fd, size, &ram) :
		      "it is no answer to `info mtree -f'";
	pmap_ram_free(&ram);
	free(text);
	return why;
}
