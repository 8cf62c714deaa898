/*
 * Values in the letters of GDB's `x': 4xg is four times eight bytes, in hexadecimal.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_LETTERS_H
#define PMAP_SHOW_LETTERS_H

#include <stdint.h>

#include "base/text.h"

struct pmap_letters {
	int64_t count;		/* below 0: backwards */
	char format;		/* x z d u o t c a f, s (a string) or i (instructions) */
	unsigned size;		/* bytes of a value: 1, 2, 4 or 8; s and i do not have one */
};

/*
 * `word' without its slash; what it leaves out is as in `letters' before, but for
 * the count, which then is 1.  `pointer' is the size of an address.  NULL, or what is wrong
 * in one line, a constant.
 */
const char *pmap_letters_parse(struct pmap_letters *letters, const char *word,
			       unsigned pointer);

/* How many values GDB has in a line. */
unsigned pmap_letters_per_line(const struct pmap_letters *letters);

/* A value of letters->size bytes, little-endian; for other formats than s and i. */
uint64_t pmap_letters_value(const struct pmap_letters *letters, const void *bytes);
void pmap_letters_add(struct pmap_text *out, const struct pmap_letters *letters,
		      uint64_t value);

/* Bytes of a string, with the escapes of C and without quotes. */
void pmap_add_escaped(struct pmap_text *out, const void *bytes, size_t len,
		      char quote);

#endif
