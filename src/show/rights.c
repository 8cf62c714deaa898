/*
 * Patterns of rights.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/rights.h"

#include <string.h>

#include <pml/format.h>

/* `text' up to `len', in the places of "rwxu". */
static bool is_placed(const char *text, size_t len)
{
	static const char *const places[] = { "r-?", "w-?", "x-?", "us?" };

	if (len < 3 || len > 4)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!strchr(places[i], text[i]))
			return false;
	return true;
}

/* One letter: a right that must be there, or must not. */
static bool add_letter(struct pmap_rights *rights, char letter, bool with)
{
	static const struct {
		char letter;
		uint8_t right;
		bool with;
	} letters[] = {
		{ 'r', PML_R, true }, { 'w', PML_W, true }, { 'x', PML_X, true },
		{ 'u', PML_U, true }, { 's', PML_U, false },
	};

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (letters[i].letter != letter)
			continue;
		if (letters[i].with == with)
			rights->one[rights->count].with |= letters[i].right;
		else
			rights->one[rights->count].without |= letters[i].right;
		return true;
	}
	return false;
}

static bool add_placed(struct pmap_rights *rights, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != '?' &&
		    !add_letter(rights, text[i] == '-' ? "rwx"[i] : text[i],
				text[i] != '-'))
			return false;
	return true;
}

static bool add_letters(struct pmap_rights *rights, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool with = text[i] != '-';

		if (text[i] == '?')
			continue;
		i += !with;
		if (i == len || !add_letter(rights, text[i], with))
			return false;
	}
	return true;
}

bool pmap_rights_parse(struct pmap_rights *rights, const char *pattern)
{
	*rights = (struct pmap_rights){ 0 };
	for (;;) {
		size_t len = strcspn(pattern, "|,");

		if (!len || rights->count == PMAP_RIGHTS_ALTERNATIVES ||
		    !(is_placed(pattern, len) ? add_placed : add_letters)
		     (rights, pattern, len))
			return false;
		rights->count++;
		if (!pattern[len])
			return true;
		pattern += len + 1;
	}
}

bool pmap_rights_fit(const struct pmap_rights *rights, unsigned got)
{
	/* Whoever may: "x" asks for both of a format's two. */
	if (got & PML_XU)
		got |= PML_X;
	for (size_t i = 0; i < rights->count; i++)
		if ((got & rights->one[i].with) == rights->one[i].with &&
		    !(got & rights->one[i].without))
			return true;
	return false;
}
