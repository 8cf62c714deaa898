/*
 * Records as CSV, RFC 4180's but for the ends of lines: a line of heads, then a
 * line a record, with nothing where it has no value.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/put.h"
#include "show/record.h"

static void put_heads(struct pmap_writer *w)
{
	const char *comma = "";

	for (int i = 0; i < w->schema->count; i++) {
		if (!w->schema->fields[i].name)
			continue;
		pmap_text_puts(w->out, comma);
		pmap_text_puts(w->out, w->schema->fields[i].name);
		comma = ",";
	}
	pmap_text_puts(w->out, w->symbols ? ",symbol,section\n" : "\n");
}

static char *put_word(char *at, const char *word)
{
	if (!word[strcspn(word, ",\"\r\n")])
		return pmap_put(at, word);
	*at++ = '"';
	for (; *word; word++) {
		if (*word == '"')
			*at++ = '"';
		*at++ = *word;
	}
	*at++ = '"';
	return at;
}

void pmap_csv_add(struct pmap_text *out, const char *word)
{
	char *room = pmap_text_room(out, 2 * strlen(word) + 2);

	if (room)
		pmap_text_used(out, put_word(room, word) - room);
}

static char *put_value(char *at, const struct pmap_field *f,
		       union pmap_field_value value)
{
	switch (f->type) {
	case PMAP_ADDRESS:
	case PMAP_FRAME:
	case PMAP_HEX:
		return pmap_put_hex(at, value.number);
	case PMAP_FLAG:
		return pmap_put(at, value.number ? "true" : "false");
	case PMAP_WORD:
		return put_word(at, value.word);
	default:
		return pmap_put_dec(at, value.number);
	}
}

void pmap_csv_row(struct pmap_writer *w, const struct pmap_row *row)
{
	const struct pmap_schema *schema = w->schema;
	char *start, *at;
	bool first = true;

	if (!w->rows)
		put_heads(w);
	start = at = pmap_text_room(w->out, PMAP_ROW_FIXED +
				    pmap_row_words(schema, row));
	if (!start)
		return;
	for (int i = 0; i < schema->count; i++) {
		if (!schema->fields[i].name)
			continue;
		if (!first)
			*at++ = ',';
		first = false;
		if ((row->has & ~row->differs) >> i & 1)
			at = put_value(at, &schema->fields[i], row->value[i]);
	}
	*at++ = '\n';
	pmap_text_used(w->out, at - start);
}
