/*
 * The parts of pmap dump.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_DUMP_H
#define PMAP_DUMP_H

#include "show/record.h"
#include "traverse/runs.h"

/* --tree, of q->first..q->last, for people; 0 or a status. */
int pmap_dump_tree(struct pmap_query *q, struct pmap_runs_counts *counts_ret);

/* The run around q->first with its neighbours; the command's status. */
int pmap_dump_around(struct pmap_query *q);

/* first..last as a gap, less what is not canonical in it. */
void pmap_write_gap(struct pmap_writer *w, const struct pml_format *fmt,
		    uint64_t first, uint64_t last);

/* Are runs shown with names? */
bool pmap_dump_named(struct pmap_query *q);

#endif
