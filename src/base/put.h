/*
 * Characters put one after the other, at the speed of dumps.  Each function
 * returns where the next ones go; the caller has made room.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_PUT_H
#define PMAP_PUT_H

#include <stdint.h>
#include <string.h>

/* Inline, so that the compiler knows the length of a literal. */
static inline char *pmap_put(char *at, const char *string)
{
	size_t len = strlen(string);

	memcpy(at, string, len);
	return at + len;
}

/* To the right of a field of `width` characters. */
static inline char *pmap_put_right(char *at, const char *string, int width)
{
	int len = strlen(string);

	for (; len < width; width--)
		*at++ = ' ';
	return pmap_put(at, string);
}

/* To the left of it. */
static inline char *pmap_put_left(char *at, const char *string, int width)
{
	char *end = at + width;

	at = pmap_put(at, string);
	while (at < end)
		*at++ = ' ';
	return at;
}

/* `digits` hexadecimal digits. */
static inline char *pmap_put_digits(char *at, uint64_t value, int digits)
{
	for (int i = digits - 1; i >= 0; i--, value >>= 4)
		at[i] = "0123456789abcdef"[value & 15];
	return at + digits;
}

/* "0x" and as many digits as there are. */
static inline char *pmap_put_hex(char *at, uint64_t value)
{
	int digits = value ? (67 - __builtin_clzll(value)) / 4 : 1;

	*at++ = '0';
	*at++ = 'x';
	return pmap_put_digits(at, value, digits);
}

static inline char *pmap_put_dec(char *at, uint64_t value)
{
	char digits[20];
	int n = 0;

	do {
		digits[n++] = '0' + value % 10;
		value /= 10;
	} while (value);
	while (n)
		*at++ = digits[--n];
	return at;
}

/* Bytes as people write them: 4K, 2M, 511B; 2^64, which does not fit, as 0. */
static inline char *pmap_put_size(char *at, uint64_t bytes)
{
	static const char unit[] = "BKMGTPE";
	int i = 0;

	if (!bytes)
		return pmap_put(at, "16E");
	while (bytes % 1024 == 0 && i < 6) {
		bytes /= 1024;
		i++;
	}
	at = pmap_put_dec(at, bytes);
	*at++ = unit[i];
	return at;
}

/*
 * The same in `width' characters at most, 6 or more: what is longer is rounded
 * down, and a ~ says so.
 */
static inline char *pmap_put_about(char *at, uint64_t bytes, int width)
{
	char size[24], *end = pmap_put_size(size, bytes);
	unsigned shift = 0;

	*end = '\0';
	if (end - size <= width)
		return pmap_put(at, size);
	while (bytes >> shift >= 10000)
		shift += 10;
	return pmap_put_size(pmap_put(at, "~"), bytes >> shift << shift);
}

#endif
