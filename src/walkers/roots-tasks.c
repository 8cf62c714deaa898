/*
 * pmap roots --tasks: Linux's processes, and their names for roots that were found.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/roots-tasks.h"

#include <inttypes.h>
#include <stdio.h>

#include "show/record.h"
#include "target/arch.h"
#include "walkers/tasks.h"

enum field { PID, ROOT, NAME, TASK, MM, NOTE, FIELDS };

static const struct pmap_field fields[FIELDS] = {
	[PID] = PMAP_FIELD("pid", PMAP_NUMBER, .before = "", .width = 7,
			   .look = PMAP_RIGHT, .head = "PID"),
	[ROOT] = PMAP_FIELD("root", PMAP_ADDRESS, .before = "  ", .width = 16,
			    .head = "ROOT"),
	[NAME] = PMAP_FIELD("name", PMAP_WORD, .before = "  ", .width = 16,
			    .head = "NAME"),
	[TASK] = PMAP_FIELD("task", PMAP_HEX, .before = "  ", .width = 18,
			    .drop = 1, .head = "TASK_STRUCT"),
	[MM] = PMAP_FIELD("mm", PMAP_HEX),
	[NOTE] = PMAP_FIELD("note", PMAP_WORD),
};

static const uint8_t columns[] = { PID, ROOT, NAME, TASK };

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS,
	.columns = columns, .ncolumns = sizeof(columns), .headed = true,
	.legend =
	"PID          of the process; its threads have the same root\n"
	"ROOT         physical address of its root table; - for a thread of the\n"
	"             kernel's, which runs on that of whoever ran before\n"
	"NAME         as the kernel has it (comm)\n"
	"TASK_STRUCT  where the kernel describes it\n",
};

static void write_note(struct pmap_writer *w, const char *note)
{
	struct pmap_row row;

	if (w->shape == PMAP_SHAPE_TEXT) {
		pmap_text_add(w->out, "%s\n", note);
		return;
	}
	pmap_row_init(&row);
	pmap_row_word(&row, NOTE, note);
	pmap_write(w, &row);
}

/* Any process can give itself any name: only what a terminal shows as it is. */
static const char *clean(const char *name, char to[17])
{
	int i = 0;

	for (; name[i]; i++)
		to[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
	to[i] = '\0';
	return to;
}

static void write_task(struct pmap_writer *w, const struct pmap_task *task)
{
	struct pmap_row row;
	char name[17];

	pmap_row_init(&row);
	pmap_row_number(&row, PID, task->pid);
	if (task->has_root)
		pmap_row_number(&row, ROOT, task->root);
	pmap_row_word(&row, NAME, clean(task->name, name));
	pmap_row_number(&row, TASK, task->va);
	if (task->mm)
		pmap_row_number(&row, MM, task->mm);
	pmap_write(w, &row);
}

int pmap_roots_tasks(struct pmap_query *q)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(pmap_tasks_free))) struct pmap_tasks tasks = { 0 };
	struct pmap_writer w;
	uint64_t roots = 0;
	char note[320];
	int status;

	if (q->opt.scan || q->opt.table.text || q->opt.start.text)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "roots: --tasks is alone: what --scan finds has the processes' names by itself");
	if (q->no_space[0])
		return pmap_fail(q, PMAP_STATUS_NO_PAGING, "%s", q->no_space);
	status = pmap_tasks_list(q, &tasks);
	if (status)
		return status;
	pmap_writer_begin(&w, q, &schema, 0);
	for (size_t i = 0; i < tasks.count; i++) {
		write_task(&w, &tasks.task[i]);
		roots += tasks.task[i].has_root;
	}
	pmap_writer_end(&w);
	if (tasks.broken[0])
		write_note(&w, tasks.broken);
	snprintf(note, sizeof(note), "if this is Linux, by %s", tasks.from);
	write_note(&w, note);
	pmap_result_u64(q->call, "roots", roots);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED : PMAP_STATUS_OK;
}

/* --- Names for others' roots ---------------------------------------------- */

/* Of two that belong together, the one that the kernel has a pointer to; or the same. */
static uint64_t own_root(struct pmap_query *q, uint64_t root)
{
	const struct pmap_arch *arch = q->target.arch;
	struct pmap_query at = *q;
	uint64_t other;

	if (q->target.nested || q->target.halves || !arch->user_root)
		return root;
	at.target.space.root = root;
	return arch->user_root(&at, &other) ? root : other;
}

void pmap_roots_name(struct pmap_query *q, const struct pmap_tasks *tasks,
		     uint64_t root, struct pmap_text *why)
{
	const struct pmap_task *task;
	bool user = false;
	size_t more;
	char name[17];

	if (!tasks->count)
		return;
	task = pmap_tasks_of_root(tasks, root, &more);
	if (!task) {
		task = pmap_tasks_of_root(tasks, own_root(q, root), &more);
		user = true;
	}
	if (!task)
		return;
	pmap_text_add(why, "%s%spid %" PRIu32 ", %s", why->len ? "; " : "",
		      user ? "the user half of " : "", task->pid, clean(task->name, name));
	if (more)
		pmap_text_add(why, ", and %zu more", more);
}
