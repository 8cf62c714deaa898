/*
 * The multiboot command line: words, each a name or name=value.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel.h"

static char line[512];

void cmdline_init(const char *text)
{
	size_t n = 0;

	for (; text[n] && n < sizeof(line) - 1; n++)
		line[n] = text[n];
	line[n] = '\0';
}

/* The text behind `name' in the first word that is name or name=...: "" for
 * the first sort, "=..." for the second; NULL if there is none. */
static const char *find_word(const char *name)
{
	size_t n = strlen(name);
	const char *p = line;

	while (*p) {
		while (*p == ' ')
			p++;
		if (!memcmp(p, name, n) &&
		    (p[n] == '=' || p[n] == ' ' || p[n] == '\0'))
			return p + n;
		while (*p && *p != ' ')
			p++;
	}
	return NULL;
}

bool cmdline_flag(const char *name)
{
	return find_word(name);
}

bool cmdline_is(const char *name, const char *value)
{
	const char *p = find_word(name);
	size_t n = strlen(value);

	return p && *p == '=' && !memcmp(p + 1, value, n) &&
	       (p[1 + n] == ' ' || p[1 + n] == '\0');
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return 16;
}

/* Decimal, or hexadecimal with 0x. */
uint64_t cmdline_u64(const char *name, uint64_t otherwise)
{
	const char *p = find_word(name);
	uint64_t v = 0;
	int base = 10;

	if (!p || *p++ != '=')
		return otherwise;
	if (p[0] == '0' && p[1] == 'x') {
		base = 16;
		p += 2;
	}
	for (; digit(*p) < base; p++)
		v = v * base + digit(*p);
	return v;
}
