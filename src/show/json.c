/*
 * Records as JSON, one object a line.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/record.h"

#include <string.h>

#include "base/put.h"

/* With JSON's escapes, without quotes; 6 bytes a character at most. */
static char *put_string(char *at, const char *word)
{
	for (; *word; word++) {
		unsigned char c = *word;

		if (c == '"' || c == '\\') {
			*at++ = '\\';
			*at++ = c;
		} else if (c < ' ' || c == 0x7f) {
			at = pmap_put_digits(pmap_put(at, "\\u"), c, 4);
		} else {
			*at++ = c;
		}
	}
	return at;
}

void pmap_json_add(struct pmap_text *out, const char *word)
{
	char *room;

	pmap_text_puts(out, "\"");
	room = pmap_text_room(out, 6 * strlen(word) + 1);
	if (room)
		pmap_text_used(out, put_string(room, word) - room);
	pmap_text_puts(out, "\"");
}

static inline char *put_value(char *at, const struct pmap_field *f,
			      union pmap_field_value value)
{
	switch (f->type) {
	case PMAP_ADDRESS:
	case PMAP_FRAME:
	case PMAP_HEX:
		*at++ = '"';
		at = pmap_put_hex(at, value.number);
		*at++ = '"';
		return at;
	case PMAP_FLAG:
		return pmap_put(at, value.number ? "true" : "false");
	case PMAP_WORD:
		*at++ = '"';
		at = put_string(at, value.word);
		*at++ = '"';
		return at;
	default:
		return pmap_put_dec(at, value.number);
	}
}

void pmap_json_row(struct pmap_writer *w, const struct pmap_row *row)
{
	const struct pmap_field *fields = w->schema->fields;
	char *start = pmap_text_room(w->out, PMAP_ROW_FIXED +
				     pmap_row_words(w->schema, row));
	char *at = start;

	if (!start)
		return;
	for (uint32_t left = row->has & ~row->differs; left; left &= left - 1) {
		int i = __builtin_ctz(left);
		const struct pmap_field *f = &fields[i];

		if (!f->name)
			continue;
		/* All of it: a length that is known needs no loop. */
		memcpy(at, f->key, sizeof(f->key));
		at = put_value(at + f->key_len, f, row->value[i]);
	}
	if (at == start)
		*at++ = '{';
	*start = '{';
	*at++ = '}';
	*at++ = '\n';
	pmap_text_used(w->out, at - start);
}
