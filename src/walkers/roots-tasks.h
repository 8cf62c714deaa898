/*
 * pmap roots --tasks: Linux's processes, and their names for roots that were found.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_ROOTS_TASKS_H
#define PMAP_WALKERS_ROOTS_TASKS_H

#include "target/query.h"

struct pmap_tasks;

/* All of the command with --tasks. */
int pmap_roots_tasks(struct pmap_query *q);

/* "pid 1, init": adds whose root that is, if it is one of theirs. */
void pmap_roots_name(struct pmap_query *q, const struct pmap_tasks *tasks,
		     uint64_t root, struct pmap_text *why);

#endif
