/*
 * Runs as a picture, for a browser: an SVG file.
 *
 * On top everything to scale, then one block a band: its clusters of runs, each
 * a row that is linear in itself.  The same runs give the same bytes; how many
 * they are depends on the number of rows.  Manual: "Pictures".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_PICTURE_H
#define PMAP_SHOW_PICTURE_H

#include "show/run.h"
#include "show/strip.h"
#include "target/query.h"

/* A part of the address space with a name of its own. */
struct pmap_band {
	const char *name, *how;	/* how the name is known; "": there is nothing to say */
	uint64_t first, last;	/* inclusive; ascending and disjoint */
};

struct pmap_picture {
	const char *title;
	const struct pmap_looks *looks;	/* how runs look, */
	const void *own;		/* and of what they make that */
	const char *verb;		/* what all of it is: "mapped" */
	const char *nothing;		/* in place of it all where there are no runs */
	const struct pmap_run *run;	/* ascending and disjoint */
	size_t count;
	const struct pmap_band *band;	/* all runs are in one, or in several */
	size_t bands;
	/* What is drawn to scale on top: one part, or two side by side. */
	struct {
		uint64_t first, last;	/* inclusive */
	} part[2];
	unsigned parts;
};

/* All of the file into q->out.  Names may have any bytes. */
void pmap_picture_write(struct pmap_query *q, const struct pmap_picture *picture);

#endif
