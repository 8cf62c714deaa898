/*
 * Where Linux has its tasks, and where their members are.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_TASKS_LAYOUT_H
#define PMAP_WALKERS_TASKS_LAYOUT_H

#include "target/query.h"

/* Members of task_struct, and of mm_struct: offsets in bytes. */
struct pmap_task_layout {
	uint64_t init;		/* the virtual address of init_task */
	uint64_t tasks, pid, comm, mm, pgd;
	unsigned word;		/* bytes of a pointer */
};

/*
 * From q->tasks, or from the target's memory.  `from' is told how.  0, or the
 * status of pmap_fail().
 */
int pmap_task_layout_find(struct pmap_query *q, struct pmap_task_layout *layout,
			  char *from, size_t size);

/* Is that where a task is that the others' list leads through? */
bool pmap_task_is_linked(struct pmap_query *q, const struct pmap_task_layout *layout,
			 uint64_t task);

/* A pointer at a virtual address; false: it cannot be read. */
bool pmap_task_pointer(struct pmap_query *q, const struct pmap_task_layout *layout,
		       uint64_t va, uint64_t *value_ret);

#endif
