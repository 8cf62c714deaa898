/*
 * Addresses from left to right: runs as coloured parts of a strip.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/strip.h"

#include <inttypes.h>
#include <string.h>

#include "base/put.h"
#include "show/run-record.h"
#include "show/svg.h"

#define CRUMB		20	/* tenths of a pixel */
#define LABEL		620	/* ... from which on a run has its rights written in it */

static const char *const classes[PMAP_LOOKS] = {
	"r", "w", "x", "wx", "n", "np", "f", "rec", "rep",
};

static const char *const meaning[PMAP_LOOKS] = {
	"read only", "writable", "executable", "writable and executable",
	"no rights", "not present", "reserved, unreadable", "recursive", "repeats",
};

static unsigned look_of(const struct pmap_pen *pen, size_t i)
{
	const struct pmap_run *run = &pen->run[i];

	switch (run->kind) {
	case PML_LEAF:
		break;
	case PML_NONPRESENT:
		return PMAP_LOOK_NONPRESENT;
	case PML_RECURSIVE:
		return PMAP_LOOK_RECURSIVE;
	case PMAP_RUN_REPEAT:
		return PMAP_LOOK_REPEAT;
	default:
		return PMAP_LOOK_FAULT;
	}
	switch (pmap_rights_style(run->rights)) {
	case PMAP_STYLE_WX:
		return PMAP_LOOK_WX;
	case PMAP_STYLE_WRITE:
		return PMAP_LOOK_WRITE;
	case PMAP_STYLE_EXECUTE:
		return PMAP_LOOK_EXECUTE;
	default:
		return run->rights & PML_R ? PMAP_LOOK_READ : PMAP_LOOK_NONE;
	}
}

/* The line of a dump. */
static void say_run(struct pmap_pen *pen, size_t i)
{
	pmap_write_run(&pen->line, &pen->run[i]);
}

static void label_run(const struct pmap_pen *pen, size_t i, char text[PMAP_LABEL_SIZE])
{
	const struct pmap_run *run = &pen->run[i];
	char name[PMAP_RIGHTS_NAME];

	*pmap_put(text, run->kind == PML_LEAF ?
		  pmap_rights_name(run->fmt, run->rights, name) :
		  pmap_kind_name(run->kind)) = '\0';
}

const struct pmap_looks pmap_looks_of_rights = {
	.count = PMAP_LOOKS, .always = PMAP_LOOK_WX + 1, .loud = PMAP_LOOK_WX,
	.classes = classes, .meaning = meaning,
	.of = look_of, .say = say_run, .label = label_run,
};

/* Where an address of the strip is, `va' perhaps one behind its last. */
unsigned pmap_strip_place(const struct pmap_strip *strip, uint64_t va)
{
	unsigned __int128 span = (unsigned __int128)(strip->last - strip->first) + 1;

	return strip->x + (unsigned)((unsigned __int128)(va - strip->first) *
				     strip->width / span);
}

unsigned pmap_strip_end(const struct pmap_strip *strip, uint64_t last)
{
	return last == strip->last ? strip->x + strip->width
				   : pmap_strip_place(strip, last + 1);
}

static char *put_range(char *at, uint64_t first, uint64_t last)
{
	at = pmap_put_digits(at, first, 16);
	*at++ = '-';
	return pmap_put_digits(at, last, 16);
}

/* For whoever points at it. */
static const char *hover(struct pmap_pen *pen, size_t i)
{
	pen->words.len = 0;
	pen->looks->say(pen, i);
	if (!pen->words.len)
		return "";
	pen->words.data[pen->words.len - 1] = '\0';
	return pen->words.data;
}

/* Larger pages are coarser; where a run has several sizes, half of it is. */
static void put_texture(struct pmap_pen *pen, const struct pmap_strip *strip,
			const struct pmap_run *run, unsigned x, unsigned end)
{
	const struct pml_format *fmt = run->fmt;
	bool mixed = run->page_max != run->page;
	unsigned half = mixed ? strip->height / 2 : 0;

	if (run->kind != PML_LEAF || !fmt || end - x < 30 ||
	    run->page_max < 1ULL << fmt->level[2].shift)
		return;
	pmap_svg_rect(pen->out, fmt->levels > 2 && run->page_max >= 1ULL << fmt->level[3].shift ?
		      "p3" : "p2", x, end, strip->y + half, strip->height - half, NULL);
}

static void put_label(struct pmap_pen *pen, const struct pmap_strip *strip,
		      size_t i, uint64_t bytes, unsigned x, unsigned end)
{
	char text[PMAP_LABEL_SIZE + 16], *at;

	if (end - x < LABEL)
		return;
	pen->looks->label(pen, i, text);
	at = text + strlen(text);
	if (end - x >= 2 * LABEL)
		at = pmap_put_about(pmap_put(at, " "), bytes, 6);
	*at = '\0';
	pmap_svg_text(pen->out, "l", (x + end) / 2, strip->y + strip->height / 2 + 4, text);
}

/* What can be written and executed is seen however small it is. */
static void put_flag(struct pmap_pen *pen, const struct pmap_strip *strip, unsigned x, unsigned end)
{
	unsigned middle = (x + end) / 2;

	if (!strip->small)
		pmap_text_add(pen->out, "<path class=\"flag\" d=\"M%u.%u %ul-5 -8h10z\"/>\n",
			      middle / 10, middle % 10, strip->y - 1);
}

static void put_crumbs(struct pmap_pen *pen, const struct pmap_strip *strip)
{
	struct pmap_crumbs *c = &pen->crumbs;
	const struct pmap_looks *looks = pen->looks;
	unsigned most = 0;
	char text[240], *at;

	if (!c->count)
		return;
	for (unsigned i = 0; i < looks->count; i++)
		if (c->bytes[i] > c->bytes[most])
			most = i;
	if (c->bytes[looks->loud])
		most = looks->loud;
	at = put_range(text, c->first, c->last);
	at = pmap_put(pmap_put_dec(pmap_put(at, "  "), c->count), c->count == 1 ? " run:" : " runs:");
	for (unsigned i = 0; i < looks->count && at < text + 200; i++)
		if (c->bytes[i]) {
			at = pmap_put(pmap_put(at, " "), looks->classes[i]);
			at = pmap_put_about(pmap_put(at, " "), c->bytes[i], 6);
		}
	*at = '\0';
	pmap_svg_rect(pen->out, looks->classes[most], c->x, c->end, strip->y, strip->height, text);
	if (most == looks->loud)
		put_flag(pen, strip, c->x, c->end);
	*c = (struct pmap_crumbs){ 0 };
}

/* One more that is too small; where the crumb is full, the next one begins. */
static void add_crumb(struct pmap_pen *pen, const struct pmap_strip *strip,
		      size_t i, uint64_t first, uint64_t last)
{
	struct pmap_crumbs *c = &pen->crumbs;
	unsigned x = pmap_strip_place(strip, first), limit = strip->x + strip->width;

	if (c->count && x >= c->end)
		put_crumbs(pen, strip);
	if (!c->count) {
		c->x = x;
		c->end = x + CRUMB;
		if (c->end > limit) {
			c->end = limit;
			c->x = limit - CRUMB;
		}
		c->first = first;
	}
	c->last = last;
	c->count++;
	c->bytes[pen->looks->of(pen, i)] += last - first + 1;
}

static void put_run(struct pmap_pen *pen, const struct pmap_strip *strip, size_t i)
{
	const struct pmap_run *run = &pen->run[i];
	unsigned look = pen->looks->of(pen, i);
	uint64_t first = run->va < strip->first ? strip->first : run->va;
	uint64_t last = run->last > strip->last ? strip->last : run->last;
	unsigned x = pmap_strip_place(strip, first), end = pmap_strip_end(strip, last);

	if (end - x < CRUMB) {
		add_crumb(pen, strip, i, first, last);
		return;
	}
	put_crumbs(pen, strip);
	pmap_svg_rect(pen->out, pen->looks->classes[look], x, end, strip->y, strip->height,
		      hover(pen, i));
	if (look == pen->looks->loud)
		put_flag(pen, strip, x, end);
	if (strip->small)
		return;
	put_texture(pen, strip, run, x, end);
	if (run->kind == PML_LEAF && run->rights & PML_U)
		pmap_svg_rect(pen->out, "u", x, end, strip->y + strip->height - 3, 3, NULL);
	put_label(pen, strip, i, last - first + 1, x, end);
}

/* Four to eight of them, at round addresses. */
static void put_ticks(struct pmap_pen *pen, const struct pmap_strip *strip)
{
	unsigned bits = 64 - __builtin_clzll((strip->last - strip->first) | 1);
	uint64_t unit = bits > 15 ? 1ULL << (bits - 3) : 4096;
	uint64_t va = (strip->first | (unit - 1)) + 1;

	for (; va && va <= strip->last; va += unit) {
		unsigned x = pmap_strip_place(strip, va);

		pmap_text_add(pen->out, "<path class=\"tick\" d=\"M%u.%u %uv5\"/>\n",
			      x / 10, x % 10, strip->y + strip->height);
		if (va + unit < va)
			break;
	}
}

void pmap_strip_put(struct pmap_pen *pen, const struct pmap_strip *strip)
{
	pmap_svg_rect(pen->out, "bed", strip->x, strip->x + strip->width, strip->y,
		      strip->height, NULL);
	for (size_t i = strip->from; i < strip->to; i++)
		put_run(pen, strip, i);
	put_crumbs(pen, strip);
	put_ticks(pen, strip);
}
