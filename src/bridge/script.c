/*
 * GDB script text, in which nothing from outside is a command.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bridge/script.h"

static bool is_plain(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || (c && strchr("$_+-*/&()<>.,:=~|^[]", c));
}

void pmap_script_quote(struct pmap_text *script, const char *text)
{
	pmap_text_puts(script, "\"");
	for (; *text; text++) {
		unsigned char c = *text;

		if (is_plain(c))
			pmap_text_put(script, text, 1);
		else
			pmap_text_add(script, "\\%03o", c);
	}
	pmap_text_puts(script, "\"");
}

void pmap_script_number(struct pmap_text *script, uint64_t value)
{
	pmap_text_add(script, "%#" PRIx64 "ull", value);
}

void pmap_script_address(struct pmap_text *script, uint64_t value)
{
	pmap_text_add(script, "(sizeof(void*)==0x8?(void*)%#" PRIx64 ":%#" PRIx64
		      "ull)", value, value);
}

void pmap_script_set(struct pmap_text *script, const char *name, uint64_t value)
{
	pmap_text_add(script, ",$%s=", name);
	pmap_script_number(script, value);
}

void pmap_script_set_string(struct pmap_text *script, const char *name,
			    const char *text)
{
	pmap_text_add(script, ",$%s=", name);
	pmap_script_quote(script, text);
}

void pmap_script_step(struct pmap_text *script, unsigned int number, const char *command)
{
	char name[40], next[40];

	snprintf(name, sizeof(name), "pmap__expression%#x", number);
	pmap_script_set_string(script, name, command);
	if (number) {
		snprintf(name, sizeof(name), "pmap__after%#x", number);
		snprintf(next, sizeof(next), "_pm_evaluate %#x", number - 1);
		pmap_script_set_string(script, name, next);
	}
}

void pmap_script_echo(struct pmap_text *script, const char *text, size_t len)
{
	bool fresh = true;	/* at the start of an echo: blanks vanish */
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = text[i];

		if (fresh)
			pmap_text_puts(script, "echo ");
		if (c == '\n')
			pmap_text_puts(script, "\\n\n");
		else if (is_plain(c) || (c == ' ' && !fresh))
			pmap_text_put(script, text + i, 1);
		else
			pmap_text_add(script, "\\%03o", c);
		fresh = c == '\n';
	}
	if (!fresh)
		pmap_text_puts(script, "\n");
}

/* --- What a terminal may see ---------------------------------------------- */

/* Length of a valid UTF-8 sequence of two bytes and more, else 0. */
static size_t utf8_length(const unsigned char *s, size_t len)
{
	static const struct {
		unsigned char mask, lead, length;
		uint32_t least;
	} forms[] = {
		{ 0xe0, 0xc0, 2, 0xa0 },	/* below are the C1 controls */
		{ 0xf0, 0xe0, 3, 0x800 },
		{ 0xf8, 0xf0, 4, 0x10000 },
	};
	size_t f, i;

	for (f = 0; f < sizeof(forms) / sizeof(*forms); f++) {
		uint32_t code;

		if ((s[0] & forms[f].mask) != forms[f].lead)
			continue;
		if (len < forms[f].length)
			return 0;
		code = s[0] & ~forms[f].mask;
		for (i = 1; i < forms[f].length; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (s[i] & 0x3f);
		}
		if (code < forms[f].least || code > 0x10ffff ||
		    (code >= 0xd800 && code <= 0xdfff))
			return 0;
		return forms[f].length;
	}
	return 0;
}

/* Length of ESC [ digits and semicolons m, else 0. */
static size_t colour_length(const unsigned char *s, size_t len)
{
	size_t i = 2;

	if (len < 3 || s[0] != 0x1b || s[1] != '[')
		return 0;
	while (i < len && ((s[i] >= '0' && s[i] <= '9') || s[i] == ';'))
		i++;
	return i < len && s[i] == 'm' ? i + 1 : 0;
}

void pmap_script_tame(char *text, size_t len, bool style)
{
	unsigned char *s = (unsigned char *)text;
	size_t i = 0, step;

	while (i < len) {
		step = 1;
		if (s[i] >= 0x80)
			step = utf8_length(s + i, len - i);
		else if (s[i] == 0x1b)
			step = style ? colour_length(s + i, len - i) : 0;
		else if ((s[i] < ' ' && s[i] != '\n' && s[i] != '\t') ||
			 s[i] == 0x7f)
			step = 0;
		if (!step) {
			s[i] = '?';
			step = 1;
		}
		i += step;
	}
}
