/*
 * What GDB's symbol files call addresses.
 *
 * GDB has no expression for that, so what `info symbol' prints is caught: many in
 * one round, and a mark behind each.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "bridge/symbols.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/script.h"

#define TOGETHER	16	/* of one command: _pm_symbols_16 */
#define MARK		"\001\n"	/* bridge.gdb prints it behind each answer */

struct pmap_symbol *pmap_want_symbol(struct pmap_call *call, uint64_t address)
{
	struct pmap_symbol *grown;

	if (call->nsymbols == PMAP_SYMBOLS_MAX)
		return NULL;
	/* Room for a power of two of them. */
	if (!(call->nsymbols & (call->nsymbols - 1))) {
		size_t room = call->nsymbols ? 2 * call->nsymbols : 1;

		grown = realloc(call->symbols, room * sizeof(*grown));
		if (!grown) {
			call->no_memory = true;
			return NULL;
		}
		call->symbols = grown;
	}
	grown = &call->symbols[call->nsymbols++];
	*grown = (struct pmap_symbol){ .address = address };
	return grown;
}

/* The next of them, as many as go together: one command. */
static size_t add_command(const struct pmap_call *call, size_t from, unsigned int number,
			  struct pmap_text *script)
{
	size_t n = call->nsymbols - from < TOGETHER ? 1 : TOGETHER;
	struct pmap_text line = { 0 };

	pmap_text_puts(&line, n == 1 ? "_pm_symbol" : "_pm_symbols_16");
	for (size_t i = from; i < from + n; i++)
		pmap_text_add(&line, " 0x%" PRIx64, call->symbols[i].address);
	pmap_script_step(script, number, line.data ? line.data : "");
	pmap_text_free(&line);
	return n;
}

void pmap_symbols_ask(const struct pmap_call *call, struct pmap_text *script)
{
	size_t left = call->nsymbols / TOGETHER + call->nsymbols % TOGETHER;

	pmap_script_set(script, "pmap__asked", left - 1);
	for (size_t i = 0; i < call->nsymbols;)
		i += add_command(call, i, --left, script);
}

static const char *keep(struct pmap_call *call, const char *text)
{
	char *copy = pmap_call_alloc(call, strlen(text) + 1);

	return copy ? strcpy(copy, text) : NULL;
}

/* The last of its kind in the text; a C++ name may have it, too. */
static char *last_of(char *text, const char *what)
{
	char *found = NULL;

	for (char *at = text; (at = strstr(at, what)); at++)
		found = at;
	return found;
}

/* "NAME in section SECTION", "NAME + N in section SECTION of FILE". */
static void take_answer(struct pmap_call *call, struct pmap_symbol *symbol,
			char *line)
{
	static const char in[] = " in section ";
	char *section = last_of(line, in), *offset;

	if (!section)
		return;
	*section = '\0';
	section += strlen(in);
	section[strcspn(section, " ")] = '\0';
	offset = last_of(line, " + ");
	if (offset && !offset[3 + strspn(offset + 3, "0123456789")]) {
		*offset = '\0';
		symbol->offset = strtoull(offset + 3, NULL, 10);
	}
	symbol->name = keep(call, line);
	symbol->section = keep(call, section);
}

/* Where sections of several files are at one address, the first answer counts. */
void pmap_symbols_take(struct pmap_call *call, struct pmap_text *text)
{
	char *at = text->data, *end;

	for (size_t i = 0; at && i < call->nsymbols; i++, at = end + strlen(MARK)) {
		end = strstr(at, MARK);
		if (!end)
			return;
		*end = '\0';
		at[strcspn(at, "\n")] = '\0';
		take_answer(call, &call->symbols[i], at);
	}
}
