/*
 * Memory images for the unit tests: page tables written as text.
 *
 *	struct image *img = image_new(8);
 *
 *	image_load(img,
 *		"1000[0]    = 2003	  the first entry of the table at 0x1000\n"
 *		"2000[3..5] = 5007 + 1000	three entries\n"
 *		"3000                     a table of zeros\n");
 *	space.at = image_at;
 *	space.ctx = img;
 *
 * Numbers of addresses and values are hexadecimal, indices are decimal.  What
 * follows on a line is ignored.  Memory that no line names is unreadable.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_IMAGE_H
#define TESTS_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_PAGE	4096ULL

struct image_page {
	uint64_t pa;
	unsigned char *bytes;
};

struct image {
	unsigned entry_size;		/* 4 or 8 */
	size_t count, room;
	struct image_page *page;	/* in ascending order */
	unsigned long reads;		/* calls of image_at() */
};

static inline struct image *image_new(unsigned entry_size)
{
	struct image *img = calloc(1, sizeof(*img));

	if (!img)
		abort();
	img->entry_size = entry_size;
	return img;
}

static inline void image_free(struct image *img)
{
	size_t i;

	for (i = 0; i < img->count; i++)
		free(img->page[i].bytes);
	free(img->page);
	free(img);
}

/* The first page that is not below `pa`'s. */
static inline size_t image_find(const struct image *img, uint64_t pa)
{
	size_t low = 0, high = img->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (img->page[mid].pa < (pa & ~(IMAGE_PAGE - 1)))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The memory at `pa`, or NULL where the image has none. */
static inline void *image_peek(const struct image *img, uint64_t pa)
{
	size_t i = image_find(img, pa);

	if (i == img->count || img->page[i].pa != (pa & ~(IMAGE_PAGE - 1)))
		return NULL;
	return img->page[i].bytes + (pa & (IMAGE_PAGE - 1));
}

/* The same; memory of zeros comes into being. */
static inline void *image_poke(struct image *img, uint64_t pa)
{
	size_t i = image_find(img, pa);
	void *found = image_peek(img, pa);

	if (found)
		return found;
	if (img->count == img->room) {
		img->room = img->room ? 2 * img->room : 16;
		img->page = realloc(img->page, img->room * sizeof(*img->page));
		if (!img->page)
			abort();
	}
	memmove(img->page + i + 1, img->page + i,
		(img->count - i) * sizeof(*img->page));
	img->count++;
	img->page[i].pa = pa & ~(IMAGE_PAGE - 1);
	img->page[i].bytes = aligned_alloc(IMAGE_PAGE, IMAGE_PAGE);
	if (!img->page[i].bytes)
		abort();
	memset(img->page[i].bytes, 0, IMAGE_PAGE);
	return img->page[i].bytes + (pa & (IMAGE_PAGE - 1));
}

static inline void image_set(struct image *img, uint64_t table,
			     unsigned index, uint64_t value)
{
	memcpy(image_poke(img, table + index * img->entry_size), &value,
	       img->entry_size);
}

static inline uint64_t image_get(const struct image *img, uint64_t table,
				 unsigned index)
{
	const void *slot = image_peek(img, table + index * img->entry_size);
	uint64_t value = 0;

	if (slot)
		memcpy(&value, slot, img->entry_size);
	return value;
}

/* One line; false if it cannot be understood. */
static inline bool image_line(struct image *img, const char *line)
{
	unsigned long long table, value, step = 0;
	unsigned first, last, i;
	int n = 0;

	if (sscanf(line, "%llx[%u..%u] = %llx + %llx", &table, &first, &last,
		   &value, &step) < 4) {
		if (sscanf(line, "%llx[%u] = %llx", &table, &first, &value) == 3)
			last = first;
		else if (sscanf(line, "%llx%n", &table, &n) == 1 && line[n] != '[')
			return image_poke(img, table);
		else
			return false;
	}
	for (i = first; i <= last; i++)
		image_set(img, table, i, value + (i - first) * step);
	return true;
}

/* Put a specification into the image.  A mistake in it ends the test. */
static inline void image_load(struct image *img, const char *spec)
{
	while (*spec) {
		size_t len = strcspn(spec, "\n");

		if (strspn(spec, " \t") < len && *spec != '#' &&
		    !image_line(img, spec)) {
			printf("Bail out! bad image line: %.*s\n", (int)len, spec);
			exit(99);
		}
		spec += len + (spec[len] == '\n');
	}
}

/* An image of SPEC in the place of another, which may be NULL. */
static inline struct image *image_renew(struct image *old, unsigned entry_size,
					const char *spec)
{
	struct image *img = image_new(entry_size);

	if (old)
		image_free(old);
	image_load(img, spec);
	return img;
}

/* The `at` of a space. */
static inline const void *image_at(void *ctx, uint64_t pa, size_t size)
{
	struct image *img = ctx;

	img->reads++;
	if ((pa & (IMAGE_PAGE - 1)) + size > IMAGE_PAGE)
		return NULL;
	return image_peek(img, pa);
}

#endif
