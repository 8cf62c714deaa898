/*
 * kdump-compressed dumps: a good one, in which the input changes what it likes, cuts
 * it off, or gives it as the pieces of a flattened file.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kdump.h"

#include "dump.h"

/* Fields that lead somewhere: of the header, the sub-header, a bitmap, a descriptor. */
static const uint16_t fields[] = {
	0, 8, 272, 416, 420, 424, 428, 432, 436, 440, 460, BLOCK, BLOCK + 8, BLOCK + 12,
	BLOCK + 16, BLOCK + 24, BLOCK + 32, BLOCK + 40, BLOCK + 48, BLOCK + 56, BLOCK + 64,
	BLOCK + 72, BLOCK + 80, BLOCK + 88, BLOCK + 96, 2 * BLOCK, 3 * BLOCK, DESCS,
	DESCS + 8, DESCS + 12, DESCS + 24, DESCS + 32,
};

static unsigned char flat[SIZE + 2 * FLAT];

/* Anything in so many bytes gets another value: a field, or a place that the input says. */
static void change(unsigned char *file, size_t size, struct input *in, size_t from)
{
	unsigned which = take(in, 1), length = 1 << (which >> 6);
	size_t at = from + (take(in, 2) % (size - from));
	uint64_t value = take(in, length);

	if (!from && which & 32)
		at = fields[which & 31];
	if (at + length <= size)
		memcpy(file + at, &value, length);
}

/* The pages come first, as makedumpfile writes them. */
static size_t flatten_all(struct input *in)
{
	size_t used;

	memset(flat, 0, FLAT);
	memcpy(flat, "makedumpfile", 12);
	used = flatten(flatten(FLAT, flat, DATA, SIZE - DATA), flat, 0, DATA);
	memset(flat + used, 0xff, 16);
	used += 16;
	for (int left = take(in, 1) & 3; left; left--)
		change(flat, FLAT + 16, in, FLAT);
	return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned how = take(&in, 1);
	size_t cut = take(&in, 2), used = SIZE;
	char path[40];
	int fd;

	make_kdump(how & 1);
	for (int left = how >> 4; left; left--)
		change(bytes, SIZE, &in, 0);
	if (how & 2)
		used = flatten_all(&in);
	if (how & 4 && cut < used)
		used = cut;
	fd = file_of(how & 2 ? flat : bytes, used, path);
	open_as(&pmap_source_kdump, path, &in);
	close(fd);
	return 0;
}
