/*
 * What the fuzz targets share: the input as a stream, and a check that ends the
 * program in any build.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(what) do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
			abort(); \
		} \
	} while (0)

struct input {
	const uint8_t *data;
	size_t size;
};

/* The next `bytes` of the input, little-endian; zeros after its end. */
static inline uint64_t take(struct input *in, unsigned bytes)
{
	uint64_t value = 0;
	unsigned i;

	for (i = 0; i < bytes && in->size; i++) {
		value |= (uint64_t)*in->data++ << 8 * i;
		in->size--;
	}
	return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
