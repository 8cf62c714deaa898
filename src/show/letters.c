/*
 * Values in the letters of GDB's `x': see letters.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/letters.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_MAX	(1LL << 40)

static unsigned size_of(char letter)
{
	static const char letters[] = "bhwg";
	const char *at = strchr(letters, letter);

	return at && *at ? 1u << (at - letters) : 0;
}

/* Sizes as GDB has them where a word names none. */
static unsigned default_size(char format, unsigned before, unsigned pointer)
{
	switch (format) {
	case 'c':
		return 1;
	case 'a':
		return pointer;
	case 'f':
		return before >= 4 ? before : 8;
	default:
		return before;
	}
}

const char *pmap_letters_parse(struct pmap_letters *letters, const char *word,
			       unsigned pointer)
{
	unsigned size = 0;
	char *end;

	letters->count = 1;
	if (isdigit((unsigned char)*word) || *word == '-') {
		letters->count = strtoll(word, &end, 10);
		if (end == word || letters->count > COUNT_MAX ||
		    letters->count < -COUNT_MAX)
			return "that is no count";
		word = end;
	}
	for (; *word; word++) {
		if (size_of(*word))
			size = size_of(*word);
		else if (strchr("xzduotcafsi", *word))
			letters->format = *word;
		else
			return "letters are x z d u o t c a f s i, sizes b h w g: x/4xg ADDR";
	}
	letters->size = size ? size : default_size(letters->format,
						   letters->size, pointer);
	if (letters->format == 'c' && letters->size != 1)
		return "c is for bytes";
	if (letters->format == 'f' && letters->size < 4)
		return "f is for w (float) and g (double)";
	if (letters->count < 0 && strchr("si", letters->format))
		return "strings and instructions go forwards only";
	return NULL;
}

unsigned pmap_letters_per_line(const struct pmap_letters *letters)
{
	return letters->size == 8 ? 2 : letters->size == 4 ? 4 : 8;
}

uint64_t pmap_letters_value(const struct pmap_letters *letters, const void *bytes)
{
	uint64_t value = 0;

	memcpy(&value, bytes, letters->size);
	return value;
}

static void add_binary(struct pmap_text *out, uint64_t value, unsigned size)
{
	for (int bit = 8 * size - 1; bit >= 0; bit--)
		pmap_text_put(out, value >> bit & 1 ? "1" : "0", 1);
}

static void add_float(struct pmap_text *out, uint64_t value, unsigned size)
{
	uint32_t half = value;
	double d;
	float f;

	memcpy(&d, &value, sizeof(d));
	memcpy(&f, &half, sizeof(f));
	if (size == 8)
		pmap_text_add(out, "%.17g", d);
	else
		pmap_text_add(out, "%.9g", f);
}

static void add_char(struct pmap_text *out, unsigned char value)
{
	pmap_text_add(out, "%d '", (signed char)value);
	pmap_add_escaped(out, &value, 1, '\'');
	pmap_text_puts(out, "'");
}

void pmap_letters_add(struct pmap_text *out, const struct pmap_letters *letters,
		      uint64_t value)
{
	unsigned size = letters->size, unused = 64 - 8 * size;

	switch (letters->format) {
	case 'd':
		pmap_text_add(out, "%" PRId64, (int64_t)(value << unused) >> unused);
		break;
	case 'u':
		pmap_text_add(out, "%" PRIu64, value);
		break;
	case 'o':
		pmap_text_add(out, value ? "0%" PRIo64 : "%" PRIo64, value);
		break;
	case 't':
		add_binary(out, value, size);
		break;
	case 'c':
		add_char(out, value);
		break;
	case 'a':
		pmap_text_add(out, "0x%" PRIx64, value);
		break;
	case 'f':
		add_float(out, value, size);
		break;
	default:
		pmap_text_add(out, "0x%0*" PRIx64, (int)(2 * size), value);
	}
}

void pmap_add_escaped(struct pmap_text *out, const void *bytes, size_t len,
		      char quote)
{
	static const char names[] = "abtnvfr";	/* of 7 to 13 */
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = at[i];

		if (c >= 7 && c <= 13)
			pmap_text_add(out, "\\%c", names[c - 7]);
		else if (c == quote || c == '\\')
			pmap_text_add(out, "\\%c", c);
		else if (c < ' ' || c >= 0x7f)
			pmap_text_add(out, "\\%03o", c);
		else
			pmap_text_put(out, &at[i], 1);
	}
}
