/*
 * --svg FILE: the runs as a picture.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_PICTURE_H
#define PMAP_WALKERS_PICTURE_H

#include "show/picture.h"
#include "target/query.h"

/*
 * All of a command that has --svg, as q's options want it; the answer is the
 * picture.  The status, after pmap_fail() where it is an error.
 */
int pmap_picture(struct pmap_query *q);

#define PMAP_PICTURE_RUNS	(1UL << 22)	/* that one may have */

/*
 * The picture's runs, of the tables that q looks at, by the regions that they are in;
 * `part': only q->first..q->last were asked for, which no name is looked for in.
 * Sets its bands and parts and, where it has none, its title.
 */
int pmap_picture_draw(struct pmap_query *q, struct pmap_picture *picture, bool part);

#endif
