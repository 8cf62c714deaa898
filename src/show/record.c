/*
 * Records out: which shape, how wide, and what of it is for people alone.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/record.h"

#include <string.h>
#include <unistd.h>

#include "memory/peer.h"

/* Colours for a person: nothing reads GDB's output but a terminal. */
static bool wants_colour(const struct pmap_query *q)
{
	return q->call->style && !q->opt.output && isatty(STDOUT_FILENO) &&
	       !pmap_peer_reads_output();
}

static const struct pmap_field *column(const struct pmap_writer *w, int i)
{
	return &w->schema->fields[w->schema->columns[i]];
}

static bool is_shown(const struct pmap_writer *w, int i)
{
	return w->columns >> w->schema->columns[i] & 1;
}

/* Of the first `count' columns. */
static unsigned row_width(const struct pmap_writer *w, int count)
{
	unsigned width = 0;

	for (int i = 0; i < count; i++)
		if (is_shown(w, i) && !(column(w, i)->look & PMAP_TRAILS))
			width += strlen(column(w, i)->before) +
				 column(w, i)->width;
	return width;
}

/* The field whose column is dropped first; -1: none may be. */
static int least(const struct pmap_writer *w)
{
	int best = -1;

	for (int i = 0; i < w->schema->ncolumns; i++)
		if (is_shown(w, i) && column(w, i)->drop &&
		    (best < 0 || column(w, i)->drop > column(w, best)->drop))
			best = i;
	return best < 0 ? -1 : w->schema->columns[best];
}

void pmap_writer_fit(struct pmap_writer *w, unsigned width)
{
	w->width = width;
	while (row_width(w, w->schema->ncolumns) > width && least(w) >= 0)
		w->columns &= ~(1u << least(w));
}

bool pmap_writer_note_fits(const struct pmap_writer *w, const char *note)
{
	return !w->width ||
	       row_width(w, w->schema->note_at) + strlen(note) <= w->width;
}

void pmap_writer_init(struct pmap_writer *w, struct pmap_text *out,
		      const struct pmap_schema *schema, enum pmap_shape shape)
{
	*w = (struct pmap_writer){
		.out = out, .schema = schema, .shape = shape,
	};
	for (int i = 0; i < schema->ncolumns; i++)
		w->columns |= 1u << schema->columns[i];
}

void pmap_writer_begin(struct pmap_writer *w, struct pmap_query *q,
		       const struct pmap_schema *schema, uint32_t hidden)
{
	const struct pmap_options *opt = &q->opt;

	pmap_writer_init(w, q->out, schema,
			 opt->sarif ? PMAP_SHAPE_SARIF :
			 opt->json ? PMAP_SHAPE_JSON :
			 opt->csv ? PMAP_SHAPE_CSV : PMAP_SHAPE_TEXT);
	w->q = q;
	if (w->shape != PMAP_SHAPE_TEXT)
		return;
	w->columns &= ~hidden;
	w->colour = wants_colour(q);
	if (q->call->width && !opt->output)
		pmap_writer_fit(w, q->call->width);
	if (opt->legend && schema->legend)
		pmap_text_puts(w->out, schema->legend);
}

size_t pmap_row_words(const struct pmap_schema *schema,
		      const struct pmap_row *row)
{
	size_t len = row->note ? strlen(row->note) : 0;

	for (uint32_t left = row->has; left; left &= left - 1) {
		int i = __builtin_ctz(left);

		if (schema->fields[i].type == PMAP_WORD)
			len += 6 * strlen(row->value[i].word);
	}
	return len;
}

void pmap_write(struct pmap_writer *w, const struct pmap_row *row)
{
	switch (w->shape) {
	case PMAP_SHAPE_TEXT:
		pmap_text_row(w, row);
		break;
	case PMAP_SHAPE_JSON:
		pmap_json_row(w, row);
		break;
	case PMAP_SHAPE_CSV:
		pmap_csv_row(w, row);
		break;
	case PMAP_SHAPE_SARIF:
		pmap_sarif_row(w, row);
		break;
	case PMAP_SHAPE_NONE:
		break;
	}
	w->rows++;
}

void pmap_writer_end(struct pmap_writer *w)
{
	if (!w->rows && w->shape == PMAP_SHAPE_TEXT && w->schema->empty)
		pmap_text_puts(w->out, w->schema->empty);
	if (w->shape == PMAP_SHAPE_SARIF)
		pmap_sarif_end(w);
}
