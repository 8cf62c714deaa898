/*
 * Addresses from left to right: runs as coloured parts of a strip.
 *
 * Colours are rights, texture the size of pages; what can be written and
 * executed has a flag, however small it is.  What is smaller than a crumb is
 * drawn together with its neighbours: a strip's bytes do not grow with its runs.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_STRIP_H
#define PMAP_SHOW_STRIP_H

#include "show/record.h"
#include "show/run.h"

/* How a run looks. */
enum pmap_look {
	PMAP_LOOK_READ, PMAP_LOOK_WRITE, PMAP_LOOK_EXECUTE, PMAP_LOOK_WX,
	PMAP_LOOK_NONE, PMAP_LOOK_NONPRESENT, PMAP_LOOK_FAULT,
	PMAP_LOOK_RECURSIVE, PMAP_LOOK_REPEAT, PMAP_LOOKS
};

enum pmap_look pmap_look_of(const struct pmap_run *run);
/* The class of its rectangles, see svg.h. */
const char *pmap_look_class(enum pmap_look look);

struct pmap_strip {
	uint64_t first, last;	/* inclusive */
	size_t from, to;	/* of the runs, those that are in it; `to' excluded */
	unsigned x, width;	/* tenths of a pixel */
	unsigned y, height;	/* pixels */
	bool small;		/* nothing but colours */
};

struct pmap_crumbs {
	unsigned x, end;
	uint64_t first, last, count;
	uint64_t bytes[PMAP_LOOKS];
};

/* What strips are drawn with. */
struct pmap_pen {
	struct pmap_text *out;
	const struct pmap_run *run;
	struct pmap_writer line;	/* a run in words, for hover titles, */
	struct pmap_text words;		/* which go here */
	struct pmap_crumbs crumbs;
};

/* Where an address of the strip is, and where what ends with `last' does. */
unsigned pmap_strip_place(const struct pmap_strip *strip, uint64_t va);
unsigned pmap_strip_end(const struct pmap_strip *strip, uint64_t last);

void pmap_strip_put(struct pmap_pen *pen, const struct pmap_strip *strip);

#endif
