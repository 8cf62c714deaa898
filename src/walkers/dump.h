/*
 * The parts of pmap dump.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_DUMP_H
#define PMAP_DUMP_H

#include "traverse/runs.h"

/* --tree, of q->first..q->last, for people. */
void pmap_dump_tree(struct pmap_query *q, struct pmap_runs_counts *counts_ret);

#endif
