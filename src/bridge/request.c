/*
 * Reading what GDB has put into the request file.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdint.h>
#include <string.h>

#include "bridge/request.h"

#define HEADER_SIZE ((PMAP_REQUEST_HEADER + 1) * sizeof(int32_t))

/*
 * Where the item at `at` ends (behind it), or NULL.  Words are all that there is;
 * a header is numbers, its letter the first; others end with a semicolon.
 */
static char *item_end(char *at, char *end)
{
	char *semicolon;

	switch (*at) {
	case 'w':
		return end;
	case 'b':
		return (size_t)(end - at) < HEADER_SIZE ? NULL : at + HEADER_SIZE;
	}
	semicolon = memchr(at, ';', end - at);
	return semicolon ? semicolon + 1 : NULL;
}

/* GDB 13 writes a setting without its NUL, GDB 16 with it. */
static char *skip_nuls(char *at, char *end)
{
	while (at < end && *at == '\0')
		at++;
	return at;
}

char pmap_request_kind(const struct pmap_text *request)
{
	char *end = request->data + request->len;
	char *at = skip_nuls(request->data, end);
	char kind = 0;

	while (at < end) {
		kind = *at;
		at = item_end(at, end);
		if (!at)
			return 0;
		at = skip_nuls(at, end);
	}
	return kind;
}

void pmap_request_each(struct pmap_text *request,
		       void (*take)(char kind, char *text))
{
	char *end = request->data + request->len;
	char *at = skip_nuls(request->data, end);
	char *item, kind;

	while (at < end) {
		item = at;
		at = item_end(at, end);
		if (!at)
			return;
		kind = *item;
		/* Behind words is the NUL that ends each struct pmap_text. */
		if (kind != 'b' && kind != 'w')
			at[-1] = '\0';
		take(kind, item + (kind == 'b' ? sizeof(int32_t) : 1));
		at = skip_nuls(at, end);
	}
}
