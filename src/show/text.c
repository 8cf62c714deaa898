/*
 * Records as aligned columns, for people.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>

#include "base/put.h"
#include "show/record.h"

#define FRAME_DIGITS	13	/* 52 bits */

static const char *const colours[] = {
	[PMAP_STYLE_NONE] = "",
	[PMAP_STYLE_WX] = "\033[1;31m",
	[PMAP_STYLE_WRITE] = "\033[33m",
	[PMAP_STYLE_EXECUTE] = "\033[32m",
	[PMAP_STYLE_FAULT] = "\033[35m",
	[PMAP_STYLE_DIM] = "\033[2m",
};

static void put_heads(struct pmap_writer *w)
{
	char line[512], *at = line;

	for (int i = 0; i < w->schema->ncolumns; i++) {
		int field = w->schema->columns[i];
		const struct pmap_field *f = &w->schema->fields[field];
		char head[32];

		if (!(w->columns >> field & 1) || f->look & PMAP_TRAILS)
			continue;
		*pmap_put(pmap_put(head, f->head ? f->head : ""),
			  w->doubtful >> field & 1 ? "?" : "") = '\0';
		at = pmap_put_left(at, "", strlen(f->before));
		at = f->look & PMAP_RIGHT ?
		     pmap_put_right(at, head, f->width) :
		     pmap_put_left(at, head, f->width);
	}
	while (at > line && at[-1] == ' ')
		at--;
	*at++ = '\n';
	pmap_text_put(w->out, line, at - line);
}

/* "4K", or "4K-2M": not aligned yet. */
static char *put_pages(char *at, uint64_t size, uint64_t most)
{
	at = pmap_put_size(at, size);
	if (!most || most == size)
		return at;
	*at++ = '-';
	return pmap_put_size(at, most);
}

static char *put_value(char *at, const struct pmap_field *f,
		       const struct pmap_row *row, int i)
{
	uint64_t number = row->value[i].number;
	char text[48];

	switch (f->type) {
	case PMAP_ADDRESS:
		return pmap_put_digits(at, number, 16);
	case PMAP_FRAME:
		return pmap_put_digits(at, number, number >> 52 ? 16 :
				       FRAME_DIGITS);
	case PMAP_HEX:
		return pmap_put_hex(at, number);
	case PMAP_BYTES:
		*pmap_put_about(text, number, f->width) = '\0';
		return pmap_put_right(at, text, f->width);
	case PMAP_PAGES:
		*put_pages(text, number, row->most) = '\0';
		return pmap_put_right(at, text, f->width);
	case PMAP_FLAG:
		*at++ = number ? f->letter : '-';
		return at;
	case PMAP_NUMBER:
		*pmap_put_dec(text, number) = '\0';
		return pmap_put_right(at, text, f->width);
	default:
		if (f->look & PMAP_COLOURED && row->suffix[0]) {
			snprintf(text, sizeof(text), "%s%s",
				 row->value[i].word, row->suffix);
			return pmap_put_left(at, text, f->width);
		}
		return f->look & PMAP_RIGHT ?
		       pmap_put_right(at, row->value[i].word, f->width) :
		       pmap_put_left(at, row->value[i].word, f->width);
	}
}

/* There is no one value: it differs, or there is none. */
static char *put_absent(char *at, const struct pmap_field *f, bool differs)
{
	const char *word = !differs ? "-" : f->type == PMAP_FLAG ? "+" : "...";

	return f->look & PMAP_RIGHT ? pmap_put_right(at, word, f->width) :
	       f->type == PMAP_FRAME ? pmap_put(at, word) :
	       pmap_put_left(at, word, f->width);
}

static char *put_field(const struct pmap_writer *w, char *at,
		       const struct pmap_row *row, int i)
{
	const struct pmap_field *f = &w->schema->fields[i];
	bool differs = row->differs >> i & 1, has = row->has >> i & 1;
	bool colour = w->colour && f->look & PMAP_COLOURED && row->style;

	if (f->look & PMAP_TRAILS && !differs && !has)
		return at;
	at = pmap_put(at, f->before);
	if (colour)
		at = pmap_put(at, colours[row->style]);
	at = has && !differs ? put_value(at, f, row, i) :
			       put_absent(at, f, differs);
	return colour ? pmap_put(at, "\033[m") : at;
}

static char *put_note(const struct pmap_writer *w, char *at,
		      const struct pmap_row *row)
{
	if (!w->colour || !row->style)
		return pmap_put(at, row->note);
	at = pmap_put(at, colours[row->style]);
	at = pmap_put(at, row->note);
	return pmap_put(at, "\033[m");
}

void pmap_text_row(struct pmap_writer *w, const struct pmap_row *row)
{
	const struct pmap_schema *schema = w->schema;
	char *start, *at;

	if (!w->rows && schema->headed)
		put_heads(w);
	start = at = pmap_text_room(w->out, PMAP_ROW_FIXED +
				    pmap_row_words(schema, row));
	if (!start)
		return;
	for (int i = 0; i < schema->ncolumns; i++) {
		bool hidden = row->note && i >= schema->note_at &&
			!(schema->fields[schema->columns[i]].look & PMAP_BEHIND);

		if (row->note && i == schema->note_at)
			at = put_note(w, at, row);
		if (!hidden && w->columns >> schema->columns[i] & 1)
			at = put_field(w, at, row, schema->columns[i]);
	}
	if (row->note && schema->note_at >= schema->ncolumns)
		at = put_note(w, at, row);
	while (at > start && at[-1] == ' ')
		at--;
	*at++ = '\n';
	pmap_text_used(w->out, at - start);
}
