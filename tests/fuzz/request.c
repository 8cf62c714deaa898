/*
 * What GDB's scripts put into the request file, which a user's own commands can
 * write to as well: the items that are taken lie inside of it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "bridge/request.h"
#include "fuzz.h"

static const char *first, *end;
static char last_kind;

static void take_item(char kind, char *text)
{
	MUST(text >= first && text <= end);
	MUST(text + strlen(text) <= end);
	last_kind = kind;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pmap_text request = { .len = size };
	char kind;

	request.data = malloc(size + 1);
	MUST(request.data);
	memcpy(request.data, data, size);
	request.data[size] = 0;
	first = request.data;
	end = first + size;
	last_kind = 0;
	kind = pmap_request_kind(&request);
	pmap_request_each(&request, take_item);
	/* The last item is what the request is for, or it is not complete. */
	MUST(!kind || kind == last_kind);
	free(request.data);
	return 0;
}
