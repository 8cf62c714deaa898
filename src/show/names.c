/*
 * Names that the user has given to ranges of virtual addresses.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/names.h"

#include <inttypes.h>
#include <string.h>

static struct pmap_name names[PMAP_NAMES_MAX];	/* by `first', then `last' */
static size_t count;

const char *pmap_names_refuse(const char *text)
{
	size_t len = strlen(text);

	if (!len)
		return "a name is not empty";
	if (len >= PMAP_NAME_SIZE)
		return "a name has at most 31 bytes";
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 127)
			return "a name has no control characters";
	return NULL;
}

static void drop(size_t i)
{
	memmove(&names[i], &names[i + 1], (--count - i) * sizeof(names[0]));
}

bool pmap_names_set(uint64_t first, uint64_t last, const char *text)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (names[i].first == first && names[i].last == last) {
			drop(i);
			break;
		}
	if (count == PMAP_NAMES_MAX)
		return false;
	for (i = count; i > 0 && (names[i - 1].first > first ||
				  (names[i - 1].first == first &&
				   names[i - 1].last > last)); i--)
		names[i] = names[i - 1];
	names[i].first = first;
	names[i].last = last;
	memcpy(names[i].text, text, strlen(text) + 1);
	count++;
	return true;
}

unsigned pmap_names_forget(uint64_t first, uint64_t last)
{
	unsigned gone = 0;

	for (size_t i = count; i-- > 0;)
		if (names[i].first >= first && names[i].last <= last) {
			drop(i);
			gone++;
		}
	return gone;
}

const struct pmap_name *pmap_names(size_t *count_ret)
{
	*count_ret = count;
	return names;
}

const struct pmap_name *pmap_names_find(uint64_t va)
{
	const struct pmap_name *found = NULL;

	for (size_t i = 0; i < count && names[i].first <= va; i++)
		if (va <= names[i].last &&
		    (!found || names[i].last - names[i].first <
			       found->last - found->first))
			found = &names[i];
	return found;
}

void pmap_names_add(struct pmap_text *out, uint64_t va)
{
	const struct pmap_name *name = pmap_names_find(va);

	if (name && va == name->first)
		pmap_text_add(out, "  %s", name->text);
	else if (name)
		pmap_text_add(out, "  %s+0x%" PRIx64, name->text, va - name->first);
}
