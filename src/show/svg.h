/*
 * Marks on paper: an SVG file that stands alone, light and dark.
 *
 * Lengths are in pixels, and those from left to right in tenths of one: no
 * floating point decides about the bytes of a file.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_SVG_H
#define PMAP_SHOW_SVG_H

#include "base/text.h"

/* The file's head, for a picture of that size; it ends with pmap_svg_end(). */
void pmap_svg_begin(struct pmap_text *out, const char *title, unsigned width,
		    unsigned height);
void pmap_svg_end(struct pmap_text *out);

/* Any bytes, as valid XML: what is no character becomes a question mark. */
void pmap_svg_escape(struct pmap_text *out, const char *text);

/* Text of a class of the file's style, from (or around, or to) x on. */
void pmap_svg_text(struct pmap_text *out, const char *kind, unsigned x,
		   unsigned y, const char *text);

/* A rectangle from `x' to `end', shown with the title where somebody points at
 * it; NULL: none. */
void pmap_svg_rect(struct pmap_text *out, const char *kind, unsigned x,
		   unsigned end, unsigned y, unsigned height, const char *title);

#endif
