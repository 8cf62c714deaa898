/*
 * Runs as a picture: its rows, bands, legend, and all of it to scale.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/picture.h"

#include <string.h>

#include "base/put.h"
#include "show/names.h"
#include "show/run-record.h"
#include "show/strip.h"
#include "show/svg.h"

#define WIDTH		1240	/* pixels, as those that follow */
#define LEFT		170	/* where strips begin */
#define STRIP		880	/* the longest of them */
#define LEAST		200	/* the shortest: of one page */
#define HIGH		24	/* a strip's height */
#define PITCH		46	/* from row to row */
#define NAMED		14	/* more, where names may be under a row */
#define GLYPH		73	/* a character of a name, in tenths */
#define ROWS_MAX	12	/* of a band */

/* A strip that may be split: its widest gap, and the run behind that. */
struct row {
	struct pmap_strip strip;
	uint64_t gap;
	size_t gap_at;
};

struct drawing {
	struct pmap_pen pen;
	const struct pmap_picture *p;
	unsigned y;
};

/* The user's names, under the strip; one that has no room is said when pointed at. */
static void put_names(struct drawing *d, const struct pmap_strip *strip)
{
	unsigned y = strip->y + strip->height + 9;
	unsigned taken = 0;	/* up to there is another name */
	size_t count;
	const struct pmap_name *name = pmap_names(&count);

	for (; count--; name++) {
		uint64_t first = name->first < strip->first ? strip->first : name->first;
		uint64_t last = name->last > strip->last ? strip->last : name->last;
		unsigned x, end;

		if (first > last)
			continue;
		x = pmap_strip_place(strip, first);
		end = pmap_strip_end(strip, last);
		pmap_text_add(d->pen.out, "<path class=\"name\" d=\"M%u.%u %uv3H%u.%uv-3\"><title>",
			      x / 10, x % 10, y - 4, end / 10, end % 10);
		pmap_svg_escape(d->pen.out, name->text);
		pmap_text_puts(d->pen.out, "</title></path>\n");
		if (x < taken)
			continue;
		pmap_svg_text(d->pen.out, "s", x, y + 10, name->text);
		taken = x + (strlen(name->text) + 1) * GLYPH;
	}
}

/* --- Rows ----------------------------------------------------------------- */

/* The runs of first..last, which is cut to them; false: there are none. */
static bool take_runs(const struct pmap_picture *p, struct pmap_strip *strip,
		      uint64_t first, uint64_t last)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->run[middle].last < first)
			low = middle + 1;
		else
			high = middle;
	}
	strip->from = strip->to = low;
	while (strip->to < p->count && p->run[strip->to].va <= last)
		strip->to++;
	if (strip->from == strip->to)
		return false;
	strip->first = p->run[low].va < first ? first : p->run[low].va;
	strip->last = p->run[strip->to - 1].last > last ? last :
		      p->run[strip->to - 1].last;
	return true;
}

static void find_gap(const struct pmap_picture *p, struct row *row)
{
	const struct pmap_strip *strip = &row->strip;

	row->gap = 0;
	for (size_t i = strip->from + 1; i < strip->to; i++) {
		uint64_t gap = p->run[i].va - p->run[i - 1].last - 1;

		if (gap > row->gap) {
			row->gap = gap;
			row->gap_at = i;
		}
	}
	/* A strip that shows most of its range is not split. */
	if (row->gap < (strip->last - strip->first) / 12)
		row->gap = 0;
}

/* Split rows at the widest gap, again and again; returns how many there are. */
static unsigned split(const struct pmap_picture *p, struct row *row)
{
	unsigned count = 1;

	find_gap(p, row);
	for (; count < ROWS_MAX; count++) {
		struct row *low = row;

		for (unsigned i = 1; i < count; i++)
			if (row[i].gap > low->gap)
				low = &row[i];
		if (!low->gap)
			break;
		memmove(low + 1, low, (row + count - low) * sizeof(*row));
		low->strip.to = low[1].strip.from = low->gap_at;
		low->strip.last = p->run[low->gap_at - 1].last;
		low[1].strip.first = p->run[low->gap_at].va;
		find_gap(p, low);
		find_gap(p, low + 1);
	}
	return count;
}

/* A row is linear; its length grows with the logarithm of its size. */
static unsigned row_width(const struct pmap_strip *row)
{
	unsigned bits = 64 - __builtin_clzll((row->last - row->first) | 4095);

	return bits >= 32 ? STRIP * 10 :
	       (LEAST + (STRIP - LEAST) * (bits - 12) / 20) * 10;
}

static uint64_t mapped_in(const struct pmap_picture *p, const struct pmap_strip *strip)
{
	uint64_t bytes = 0;

	for (size_t i = strip->from; i < strip->to; i++) {
		const struct pmap_run *run = &p->run[i];
		uint64_t first = run->va < strip->first ? strip->first : run->va;
		uint64_t last = run->last > strip->last ? strip->last : run->last;

		if (run->kind == PML_LEAF)
			bytes += last - first + 1;
	}
	return bytes;
}

/* "96M of 128M", "128M" */
static void say_mapped(char *to, uint64_t mapped, uint64_t first, uint64_t last)
{
	if (mapped && mapped != last - first + 1)
		to = pmap_put(pmap_put_about(to, mapped, 6), " of ");
	*pmap_put_about(to, last - first + 1, 6) = '\0';
}

static void put_row(struct drawing *d, const struct pmap_strip *row)
{
	char text[64];

	*pmap_put_digits(text, row->first, 16) = '\0';
	pmap_svg_text(d->pen.out, "e", (LEFT - 10) * 10, row->y + 16, text);
	pmap_strip_put(&d->pen, row);
	put_names(d, row);
	say_mapped(text, mapped_in(d->p, row), row->first, row->last);
	pmap_svg_text(d->pen.out, "s", row->x + row->width + 100, row->y + 16, text);
}

/* From where a row is in the whole of its band down to the row. */
static void put_join(struct drawing *d, const struct pmap_strip *whole,
		     const struct pmap_strip *row)
{
	unsigned x = pmap_strip_place(whole, row->first);
	unsigned end = pmap_strip_end(whole, row->last);
	unsigned y = whole->y + whole->height;

	pmap_text_add(d->pen.out, "<path class=\"join\" d=\"M%u %uL%u %uL%u %uL%u %uz\"/>\n",
		      x / 10, y, (end + 9) / 10, y,
		      (row->x + row->width) / 10, row->y, row->x / 10, row->y);
}

static void put_band(struct drawing *d, const struct pmap_band *band)
{
	struct row row[ROWS_MAX];
	struct pmap_strip whole = { .x = LEFT * 10, .width = STRIP * 10 };
	char text[96], *at;
	unsigned count, pitch;
	size_t names;

	if (!take_runs(d->p, &whole, band->first, band->last))
		return;
	pmap_svg_text(d->pen.out, "h", 200, d->y + 15, band->name);
	at = pmap_put(pmap_put_digits(text, band->first, 16), "-");
	at = pmap_put(pmap_put_digits(at, band->last, 16), "   ");
	say_mapped(at, mapped_in(d->p, &whole), band->first, band->last);
	pmap_svg_text(d->pen.out, "s", LEFT * 10, d->y + 15, text);
	pmap_svg_text(d->pen.out, "m", (WIDTH - 20) * 10, d->y + 15, band->how);
	d->y += 28;
	row[0].strip = whole;
	count = split(d->p, row);
	pmap_names(&names);
	pitch = names ? PITCH + NAMED : PITCH;
	for (unsigned i = 0; i < count; i++) {
		row[i].strip.width = row_width(&row[i].strip);
		row[i].strip.height = HIGH;
		row[i].strip.y = d->y + (count > 1 ? 34 : 6) + i * pitch;
	}
	if (count > 1) {
		whole.y = d->y;
		whole.height = 8;
		whole.small = true;
		put_join(d, &whole, &row[0].strip);
		pmap_strip_put(&d->pen, &whole);
	}
	for (unsigned i = 0; i < count; i++)
		put_row(d, &row[i].strip);
	d->y = row[count - 1].strip.y + pitch + 14;
}

/* --- The whole ------------------------------------------------------------ */

/* A sample, and what it says. */
static void put_sample(struct drawing *d, unsigned column, const char *kind,
		       const char *over, const char *says, const char *text)
{
	unsigned x = 200 + column * 3000;

	pmap_svg_rect(d->pen.out, kind, x, x + 220, d->y, 14, NULL);
	if (over)
		pmap_svg_rect(d->pen.out, over, x, x + 220, d->y, 14, NULL);
	pmap_svg_text(d->pen.out, says, x + 300, d->y + 12, text);
}

static void put_legend(struct drawing *d)
{
	const struct pmap_run *run = d->p->run;
	const struct pmap_looks *looks = d->p->looks;
	uint64_t bytes[PMAP_LOOKS_MAX] = { 0 };
	unsigned column = 0;
	char text[64], *at;

	for (size_t i = 0; i < d->p->count; i++)
		bytes[looks->of(&d->pen, i)] += run[i].last - run[i].va + 1;
	for (unsigned i = 0; i < looks->count; i++) {
		if (!bytes[i] && i >= looks->always)
			continue;
		if (column == 4) {
			column = 0;
			d->y += 22;
		}
		at = pmap_put(pmap_put(text, looks->meaning[i]), "  ");
		at = bytes[i] ? pmap_put_about(at, bytes[i], 6) : pmap_put(at, "none");
		*at = '\0';
		put_sample(d, column++, looks->classes[i], NULL,
			   i == looks->loud && bytes[i] ? "bad" : "s", text);
	}
	d->y += 22;
	/* These have the colour of no kind. */
	put_sample(d, 0, "eg", NULL, "s", "the smallest pages");
	put_sample(d, 1, "eg", "p2", "s", "pages of the next size");
	put_sample(d, 2, "eg", "p3", "s", "larger ones");
	put_sample(d, 3, "eg", NULL, "s", "user mode may use it");
	pmap_svg_rect(d->pen.out, "u", 9200, 9420, d->y + 11, 3, NULL);
	d->y += 40;
}

/* The bands of a part, under it. */
static void put_bands(struct drawing *d, const struct pmap_strip *strip)
{
	unsigned limit = strip->x + strip->width;

	for (size_t i = 0; i < d->p->bands; i++) {
		const struct pmap_band *band = &d->p->band[i];
		unsigned x, end;

		if (band->first < strip->first || band->last > strip->last)
			continue;
		x = pmap_strip_place(strip, band->first);
		end = pmap_strip_end(strip, band->last);
		if (end - x < 40 && x + 40 <= limit)
			end = x + 40;
		pmap_svg_rect(d->pen.out, "band", x, end, strip->y + 26, 8, band->name);
		if (end - x >= 80 * strlen(band->name))
			pmap_svg_text(d->pen.out, "s", x, strip->y + 48, band->name);
	}
}

/* Everything to scale, with its bands. */
static void put_overview(struct drawing *d)
{
	unsigned width = (WIDTH - 40 - (d->p->parts - 1) * 20) / d->p->parts;

	for (unsigned i = 0; i < d->p->parts; i++) {
		struct pmap_strip strip = {
			.x = (20 + i * (width + 20)) * 10, .width = width * 10,
			.y = d->y + 18, .height = 18, .small = true,
		};
		uint64_t first = d->p->part[i].first, last = d->p->part[i].last;
		char text[20];

		take_runs(d->p, &strip, first, last);
		strip.first = first;
		strip.last = last;
		*pmap_put_digits(text, first, 16) = '\0';
		pmap_svg_text(d->pen.out, "s", strip.x, d->y + 12, text);
		*pmap_put_digits(text, last, 16) = '\0';
		pmap_svg_text(d->pen.out, "m", strip.x + strip.width, d->y + 12, text);
		pmap_strip_put(&d->pen, &strip);
		put_bands(d, &strip);
	}
	d->y += 96;
}

/* Into d->pen.out, from the title to the last row. */
static void put_all(struct drawing *d)
{
	struct pmap_strip all = { 0 };
	char text[128], *at;

	d->y = 20;
	pmap_svg_text(d->pen.out, "t", 200, d->y + 18, d->p->title);
	d->y += 36;
	if (!d->p->count) {
		pmap_svg_text(d->pen.out, "s", 200, d->y + 12, d->p->nothing);
		d->y += 40;
		return;
	}
	take_runs(d->p, &all, 0, ~0ULL);
	at = pmap_put_about(text, mapped_in(d->p, &all), 6);
	at = pmap_put(pmap_put(at, " "), d->p->verb);
	at = pmap_put_dec(pmap_put(at, ", in "), d->p->count);
	at = pmap_put(at, " runs.  Each row is linear, and the longer the larger.  Point at a part of one to see what it is.");
	*at = '\0';
	pmap_svg_text(d->pen.out, "s", 200, d->y + 12, text);
	d->y += 34;
	put_legend(d);
	put_overview(d);
	for (size_t i = 0; i < d->p->bands; i++)
		put_band(d, &d->p->band[i]);
}

static void end(struct drawing *d)
{
	pmap_text_free(&d->pen.words);
	pmap_text_free(d->pen.out);
}

void pmap_picture_write(struct pmap_query *q, const struct pmap_picture *picture)
{
	struct pmap_text body = { 0 };
	__attribute__((cleanup(end))) struct drawing d = {
		.pen = { .out = &body, .run = picture->run, .looks = picture->looks,
			 .own = picture->own }, .p = picture,
	};

	pmap_run_begin(&d.pen.line, q);
	d.pen.line.out = &d.pen.words;
	d.pen.line.rows = 1;	/* no heads */
	/* The height is known when all is drawn. */
	put_all(&d);
	pmap_svg_begin(q->out, picture->title, WIDTH, d.y + 10);
	if (body.error && !q->out->error)
		q->out->error = body.error;
	if (body.len)
		pmap_text_put(q->out, body.data, body.len);
	pmap_svg_end(q->out);
}
