/*
 * Linux's processes: pid, name and root of each.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/tasks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/judge.h"
#include "target/arch.h"
#include "walkers/tasks-layout.h"

#define TASKS_MAX	(1u << 20)

/* Where a page table is that the kernel has a pointer to. */
static bool take_root(struct pmap_query *q, const struct pmap_task_layout *l,
		      struct pmap_task *task)
{
	const struct pml_space *space;
	struct pml_target end;
	struct pml_target_2d both;
	uint64_t pgd;

	if (!task->mm || !pmap_task_pointer(q, l, task->mm + l->pgd, &pgd))
		return false;
	space = pmap_target_space(&q->target, pgd);
	if (!space->fmt || !pml_canonical(space->fmt, pgd))
		return false;
	if (q->target.nested) {
		/* A guest's root is what is physical to the guest. */
		pml_translate_2d(pmap_target_pair(&q->target, pgd), pgd, &both, NULL);
		task->root = both.inner.pa;
		return both.inner.kind == PML_LEAF;
	}
	if (!pml_translate(space, pgd, &end, NULL))
		return false;
	task->root = end.pa;
	return true;
}

static bool take_task(struct pmap_query *q, const struct pmap_task_layout *l,
		      uint64_t va, struct pmap_task *task)
{
	*task = (struct pmap_task){ .va = va };
	if (pmap_read_virtual(q, va + l->pid, &task->pid, sizeof(task->pid)) !=
	    sizeof(task->pid) ||
	    pmap_read_virtual(q, va + l->comm, task->name, 16) != 16 ||
	    !pmap_task_pointer(q, l, va + l->mm, &task->mm))
		return false;
	task->has_root = take_root(q, l, task);
	return true;
}

static bool add(struct pmap_tasks *tasks, const struct pmap_task *task, size_t *room)
{
	if (tasks->count == *room) {
		size_t more = *room ? 2 * *room : 256;
		struct pmap_task *grown = realloc(tasks->task, more * sizeof(*grown));

		if (!grown)
			return false;
		tasks->task = grown;
		*room = more;
	}
	tasks->task[tasks->count++] = *task;
	return true;
}

/* Along the list, which ends where it begins. */
static int follow(struct pmap_query *q, const struct pmap_task_layout *l,
		  struct pmap_tasks *tasks)
{
	uint64_t va = l->init, next;
	size_t room = 0;
	struct pmap_task task;

	do {
		if (pmap_bridge_interrupted())
			return 0;
		if (tasks->count == TASKS_MAX || !take_task(q, l, va, &task) ||
		    !pmap_task_is_linked(q, l, va) ||
		    !pmap_task_pointer(q, l, va + l->tasks, &next)) {
			snprintf(tasks->broken, sizeof(tasks->broken),
				 "the list of tasks breaks off at 0x%" PRIx64 ", behind %zu of them",
				 va, tasks->count);
			return 0;
		}
		if (!add(tasks, &task, &room))
			return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
		va = next - l->tasks;
	} while (va != l->init);
	return 0;
}

static int list(struct pmap_query *q, struct pmap_tasks *tasks)
{
	struct pmap_task_layout layout;
	int status = pmap_task_layout_find(q, &layout, tasks->from, sizeof(tasks->from));
	size_t n = strlen(tasks->from);

	if (status)
		return status;
	snprintf(tasks->from + n, sizeof(tasks->from) - n,
		 " (tasks +%" PRIu64 ", pid +%" PRIu64 ", comm +%" PRIu64 ", mm +%" PRIu64 "; pgd +%" PRIu64 ")",
		 layout.tasks, layout.pid, layout.comm, layout.mm, layout.pgd);
	status = follow(q, &layout, tasks);
	if (status || tasks->count || pmap_bridge_interrupted())
		return status;
	return pmap_fail(q, PMAP_STATUS_UNTOLD,
			 "init_task, 0x%" PRIx64 ", cannot be read, or is in no list: is that the kernel that runs here?",
			 layout.init);
}

/* Stopped on the user's half of two, which does not map the kernel: by the other one. */
static int list_by_other(struct pmap_query *q, struct pmap_tasks *tasks, int status)
{
	const struct pmap_arch *arch = q->target.arch;
	uint64_t root = q->target.space.root, other;
	struct pmap_query again = *q;

	if (q->target.nested || q->target.halves || !arch->user_root ||
	    arch->user_root(&again, &other))
		return status;
	q->target.space.root = other;
	pmap_tasks_free(tasks);
	if (!list(q, tasks)) {
		q->why[0] = '\0';
		status = 0;
	}
	q->target.space.root = root;
	return status;
}

int pmap_tasks_list(struct pmap_query *q, struct pmap_tasks *tasks)
{
	int status;

	*tasks = (struct pmap_tasks){ 0 };
	status = list(q, tasks);
	return status == PMAP_STATUS_UNTOLD ? list_by_other(q, tasks, status) : status;
}

void pmap_tasks_free(struct pmap_tasks *tasks)
{
	free(tasks->task);
	*tasks = (struct pmap_tasks){ 0 };
}

const struct pmap_task *pmap_tasks_of_root(const struct pmap_tasks *tasks,
					   uint64_t root, size_t *more_ret)
{
	const struct pmap_task *first = NULL;

	*more_ret = 0;
	for (size_t i = 0; i < tasks->count; i++) {
		const struct pmap_task *task = &tasks->task[i];

		if (!task->has_root || task->root != root)
			continue;
		*more_ret += first != NULL;
		first = first ? first : task;
	}
	return first;
}

/* --- One of them ---------------------------------------------------------- */

/* The number behind "pid:"; false: that is none. */
static bool take_pid(const char *text, uint32_t *pid_ret)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	*pid_ret = n;
	return *text >= '0' && *text <= '9' && !*end && n <= UINT32_MAX;
}

static int choose(struct pmap_query *q, const struct pmap_tasks *tasks,
		  const char *which, const struct pmap_task **task_ret)
{
	bool by_pid = strncmp(which, "pid:", 4) == 0;
	const char *name = strchr(which, ':') + 1;
	uint32_t pid = 0, others[2] = { 0 };
	size_t count = 0;

	if (by_pid && !take_pid(name, &pid))
		return pmap_fail(q, PMAP_STATUS_USAGE, "--root %s: a number of a process is missing", which);
	for (size_t i = 0; i < tasks->count; i++) {
		const struct pmap_task *task = &tasks->task[i];

		if (by_pid ? task->pid != pid : strcmp(task->name, name) != 0)
			continue;
		if (count < 2)
			others[count] = task->pid;
		if (!count++)
			*task_ret = task;
	}
	if (count > 1)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--root %s: %zu processes have that name: pid:%" PRIu32 ", pid:%" PRIu32 "%s",
				 which, count, others[0], others[1], count > 2 ? " ..." : "");
	if (!count)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--root %s: none of the %zu processes: see `pmap roots --tasks'%s%s",
				 which, tasks->count, tasks->broken[0] ? "; " : "", tasks->broken);
	if (!(*task_ret)->mm)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--root %s: %s, pid %" PRIu32 ", is a thread of the kernel's: it has no tables of its own",
				 which, (*task_ret)->name, (*task_ret)->pid);
	if (!(*task_ret)->has_root)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 "--root %s: its mm_struct at 0x%" PRIx64 " leads to no table",
				 which, (*task_ret)->mm);
	return 0;
}

int pmap_tasks_root(struct pmap_query *q, const char *which, uint64_t *root_ret)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(pmap_tasks_free))) struct pmap_tasks tasks = { 0 };
	const struct pmap_task *task = NULL;
	int status = pmap_tasks_list(q, &tasks);

	if (!status && pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	if (!status)
		status = choose(q, &tasks, which, &task);
	if (!status)
		*root_ret = task->root;
	return status;
}

/* Where both halves have one root, that of a process maps the kernel, too. */
static bool has_kernel(struct pmap_query *q, const struct pmap_task_layout *l, uint64_t root)
{
	struct pml_space space = q->target.space;
	struct pml_target now, then;

	if (q->target.halves)
		return true;
	if (!pml_translate(&space, l->init, &now, NULL))
		return false;
	space.root = root;
	return pml_translate(&space, l->init, &then, NULL) && then.pa == now.pa;
}

int pmap_tasks_root_at(struct pmap_query *q, uint64_t va, uint64_t *root_ret)
{
	struct pmap_task_layout l;
	struct pmap_task task;
	char from[256];
	int status = pmap_task_layout_find(q, &l, from, sizeof(from));

	if (status)
		return status;
	/* Each has a name; what lies beside one is not taken for it. */
	if (take_task(q, &l, va, &task) && task.name[0]) {
		if (!task.mm && pmap_task_is_linked(q, &l, va))
			return pmap_fail(q, PMAP_STATUS_USAGE,
					 "--task 0x%" PRIx64 ": pid %" PRIu32 " is a thread of the kernel's: it has no tables of its own",
					 va, task.pid);
		*root_ret = task.root;
		if (task.has_root && has_kernel(q, &l, task.root))
			return 0;
	}
	task = (struct pmap_task){ .mm = va };
	if (!take_root(q, &l, &task) || !has_kernel(q, &l, task.root))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--task 0x%" PRIx64 ": neither a task_struct nor a mm_struct is there, by %s",
				 va, from);
	*root_ret = task.root;
	return 0;
}
