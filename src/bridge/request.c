/*
 * Reading what GDB has put into the request file.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "bridge/request.h"

/*
 * Where the item at `at` ends, or NULL.  GDB 13 writes a string without its
 * NUL, GDB 16 with it: NULs may come before a word's newline and after each
 * item.
 */
static char *item_end(char *at, char *end)
{
	return memchr(at, *at == 'w' ? '\n' : ';', end - at);
}

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
		at = skip_nuls(at + 1, end);
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
		kind = *item;
		at = item_end(at, end);
		if (!at)
			return;
		*at = '\0';
		/* A lone end has no text. */
		take(kind, at > item ? item + 1 : at);
		at = skip_nuls(at + 1, end);
	}
}
