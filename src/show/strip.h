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

#define PMAP_LOOKS_MAX	16
#define PMAP_LABEL_SIZE	48	/* bytes of what is written in a part, with its end */

struct pmap_pen;

/* What there is to see of each run, and how it looks: a rectangle's class, see svg.h. */
struct pmap_looks {
	unsigned count;		/* PMAP_LOOKS_MAX at most */
	unsigned always;	/* so many are in the legend even where there is none */
	unsigned loud;		/* the one that has a flag, however small it is */
	const char *const *classes;
	const char *const *meaning;
	unsigned (*of)(const struct pmap_pen *pen, size_t i);
	/* One line, for whoever points at it, into pen->words. */
	void (*say)(struct pmap_pen *pen, size_t i);
	/* What is written in it, where there is room. */
	void (*label)(const struct pmap_pen *pen, size_t i, char text[PMAP_LABEL_SIZE]);
};

/* By rights: of enum pmap_look. */
extern const struct pmap_looks pmap_looks_of_rights;

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
	uint64_t bytes[PMAP_LOOKS_MAX];
};

/* What strips are drawn with. */
struct pmap_pen {
	const struct pmap_looks *looks;
	const void *own;		/* theirs */
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
