/*
 * Linux's processes: pid, name and root of each.
 *
 * Its list of tasks is followed from init_task on.  Where members are is told by
 * GDB's debug information, or by the kernel's own BTF, which is searched for in
 * its read-only data; init_task by its symbol, or by what it says of itself.
 * Manual: "Processes".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_TASKS_H
#define PMAP_WALKERS_TASKS_H

#include "target/query.h"

/* Expressions whose values pmap_tasks_list() takes as q->tasks; NULL ends. */
extern const char *const pmap_task_exprs[];

struct pmap_task {
	uint64_t va;		/* its task_struct */
	uint64_t mm;		/* its mm_struct; 0: a thread of the kernel's */
	bool has_root;		/* its mm_struct can be read, and leads to a table */
	uint64_t root;		/* physical */
	uint32_t pid;
	char name[17];		/* as it is: any bytes but a NUL */
};

struct pmap_tasks {
	struct pmap_task *task;	/* in the list's order, which is that of their start */
	size_t count;		/* the idle task of the first CPU, pid 0, is one */
	char from[256];		/* what they are known by, for people */
	char broken[128];	/* why the list is not whole; empty: it is */
};

/*
 * All of them; q->target is the kernel's own view, not another root's.  0, or the
 * status of pmap_fail(): one line that says what is missing.
 */
int pmap_tasks_list(struct pmap_query *q, struct pmap_tasks *tasks);
void pmap_tasks_free(struct pmap_tasks *tasks);

/* The first that runs on that root, or NULL; *more_ret: how many others do. */
const struct pmap_task *pmap_tasks_of_root(const struct pmap_tasks *tasks,
					   uint64_t root, size_t *more_ret);

/* "pid:1", "name:init" of --root: the process' root.  0, or the status of pmap_fail(). */
int pmap_tasks_root(struct pmap_query *q, const char *which, uint64_t *root_ret);

/* The root of the task_struct or mm_struct at a virtual address; the same. */
int pmap_tasks_root_at(struct pmap_query *q, uint64_t va, uint64_t *root_ret);

#endif
