/*
 * The walk of `pmap dump', for those that want it otherwise written.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_DUMP_H
#define PMAP_WALKERS_DUMP_H

#include "show/render.h"
#include "target/query.h"

struct pmap_dump_counts {
	uint64_t ranges;	/* written */
	uint64_t tables;	/* walked; 0 if there was no memory to count them */
};

/* Dump q->first..q->last as q->opt says, into `render`. */
void pmap_dump_with(struct pmap_query *q, const struct pmap_renderer *render,
		    struct pmap_dump_counts *counts_ret);

#endif
