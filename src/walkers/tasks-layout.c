/*
 * Where Linux has its tasks, and where their members are.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/tasks-layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/judge.h"
#include "memory/btf.h"
#include "memory/cache.h"
#include "target/arch.h"
#include "traverse/runs.h"
#include "walkers/tasks.h"

enum { INIT_TASK, TASKS, PID, COMM, MM, PGD, EXPRS };

const char *const pmap_task_exprs[] = {
	[INIT_TASK] = "(unsigned long)&init_task",
	[TASKS] = "(unsigned long)&((struct task_struct *)0)->tasks",
	[PID] = "(unsigned long)&((struct task_struct *)0)->pid",
	[COMM] = "(unsigned long)&((struct task_struct *)0)->comm",
	[MM] = "(unsigned long)&((struct task_struct *)0)->mm",
	[PGD] = "(unsigned long)&((struct mm_struct *)0)->pgd",
	NULL
};

#define CHUNK		(64 << 10)	/* bytes that are searched at a time */
#define COMM_SIZE	16
#define SEARCHED_MAX	(1ULL << 30)	/* bytes, of each kind of memory */

/* Where it was found last, which is looked at first. */
static struct {
	uint64_t btf, init;
	unsigned char header[PMAP_BTF_HEADER];
	struct pmap_task_layout layout;
} known;

/* --- Memory of the kernel ------------------------------------------------- */

/* The kernel's half, in parts that are contiguous in memory; by their address. */
struct parts {
	struct { uint64_t va, last; bool writes; } *part;
	size_t count, room;
	bool no_memory;
};

static bool keep_part(void *arg, const struct pmap_run *run)
{
	struct parts *p = arg;
	unsigned other = PML_X | PML_XU | PML_U;

	/* Single pages are neither the image's data nor its read-only data. */
	if (run->kind != PML_LEAF || !(run->rights & PML_R) || run->rights & other ||
	    run->last - run->va < CHUNK - 1)
		return true;
	if (p->count == p->room) {
		size_t room = p->room ? 2 * p->room : 64;
		void *grown = realloc(p->part, room * sizeof(*p->part));

		p->no_memory = !grown;
		if (!grown)
			return false;
		p->part = grown;
		p->room = room;
	}
	p->part[p->count].va = run->va;
	p->part[p->count].last = run->last;
	p->part[p->count++].writes = run->rights & PML_W;
	return true;
}

static void free_parts(struct parts *p)
{
	free(p->part);
}

static int find_parts(struct pmap_query *q, struct parts *parts)
{
	const struct pml_format *fmt = pmap_target_format(&q->target);
	struct pmap_query all = *q;
	struct pmap_runs_counts counts;
	int status;

	all.opt = (struct pmap_options){ .phys = true };
	all.first = 1ULL << (fmt->va_bits == 32 ? 31 : 63);
	all.last = q->target.halves ? ~0ULL : pml_top(fmt);
	status = pmap_runs_walk(&all, NULL, keep_part, parts, &counts);
	if (status)
		return pmap_fail(q, status, "%s", all.why);
	return parts->no_memory ?
	       pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory") : 0;
}

/* In as few requests as the source can. */
static void read_ahead(struct pmap_query *q, uint64_t va, size_t size)
{
	const struct pml_space *space = pmap_target_space(&q->target, va);
	uint64_t pa[CHUNK / 4096 + 2];
	struct pml_target end;
	size_t n = 0;

	if (q->target.nested || !space->fmt)
		return;
	for (uint64_t at = va & ~4095ULL; at < va + size && n < sizeof(pa) / sizeof(pa[0]);
	     at += 4096)
		if (pml_translate(space, at, &end, NULL))
			pa[n++] = end.pa;
	pmap_cache_ahead(q->cache, pa, n, false);
}

static size_t read_chunk(struct pmap_query *q, uint64_t va, void *buf, size_t size)
{
	read_ahead(q, va, size);
	return pmap_read_virtual(q, va, buf, size);
}

/*
 * Call `each' for every place of the pattern, in the part with the highest
 * addresses first, where the image mostly is; until it says true.
 */
static bool search(struct pmap_query *q, const struct parts *parts, bool writes,
		   const void *pattern, size_t size,
		   bool (*each)(struct pmap_query *q, uint64_t va, void *arg), void *arg)
{
	unsigned char buf[CHUNK + COMM_SIZE];
	uint64_t searched = 0;

	for (size_t i = parts->count; i-- > 0 && searched < SEARCHED_MAX;) {
		uint64_t va = parts->part[i].va, left = parts->part[i].last - va + 1;

		if (parts->part[i].writes != writes)
			continue;
		for (size_t step; left && !pmap_bridge_interrupted(); va += step, left -= step) {
			size_t n = left < sizeof(buf) ? left : sizeof(buf);
			const unsigned char *at = buf, *found;

			step = left < CHUNK ? left : CHUNK;
			searched += step;
			n = read_chunk(q, va, buf, n);
			while ((found = memmem(at, buf + n - at, pattern, size))) {
				if (found < buf + step && each(q, va + (found - buf), arg))
					return true;
				at = found + 1;
			}
		}
	}
	return false;
}

/* --- BTF ------------------------------------------------------------------ */

static bool take_offsets(const struct pmap_btf *btf, struct pmap_task_layout *l)
{
	return pmap_btf_offset(btf, "task_struct", "tasks", &l->tasks) &&
	       pmap_btf_offset(btf, "task_struct", "pid", &l->pid) &&
	       pmap_btf_offset(btf, "task_struct", "comm", &l->comm) &&
	       pmap_btf_offset(btf, "task_struct", "mm", &l->mm) &&
	       pmap_btf_offset(btf, "mm_struct", "pgd", &l->pgd);
}

static bool take_btf(struct pmap_query *q, uint64_t va, void *arg)
{
	struct pmap_task_layout *l = arg;
	unsigned char header[PMAP_BTF_HEADER], *all;
	struct pmap_btf btf;
	size_t size, done = 0;
	bool fine;

	if (va % 4 || pmap_read_virtual(q, va, header, sizeof(header)) != sizeof(header))
		return false;
	size = pmap_btf_size(header);
	all = size ? malloc(size) : NULL;
	while (all && done < size) {
		size_t n = size - done < CHUNK ? size - done : CHUNK;

		if (pmap_bridge_interrupted() || read_chunk(q, va + done, all + done, n) != n)
			break;
		done += n;
	}
	fine = all && done == size && pmap_btf_open(&btf, all, size);
	if (fine) {
		fine = take_offsets(&btf, l);
		pmap_btf_close(&btf);
	}
	free(all);
	if (!fine)
		return false;
	known.btf = va;
	memcpy(known.header, header, sizeof(header));
	return true;
}

/* Is it still there?  Another kernel has another one. */
static bool still_there(struct pmap_query *q)
{
	unsigned char header[PMAP_BTF_HEADER];

	return known.btf &&
	       pmap_read_virtual(q, known.btf, header, sizeof(header)) == sizeof(header) &&
	       memcmp(header, known.header, sizeof(header)) == 0;
}

/* --- init_task ------------------------------------------------------------ */

bool pmap_task_pointer(struct pmap_query *q, const struct pmap_task_layout *l,
		       uint64_t va, uint64_t *value_ret)
{
	uint64_t value = 0;

	if (pmap_read_virtual(q, va, &value, l->word) != l->word)
		return false;
	*value_ret = value;
	return true;
}

bool pmap_task_is_linked(struct pmap_query *q, const struct pmap_task_layout *l,
			 uint64_t task)
{
	uint64_t own = task + l->tasks, next, before, back;

	return pmap_task_pointer(q, l, own, &next) &&
	       pmap_task_pointer(q, l, own + l->word, &before) &&
	       pmap_task_pointer(q, l, next + l->word, &back) && back == own &&
	       pmap_task_pointer(q, l, before, &back) && back == own;
}

/* The first CPU's idle task: Linux gives it this name, no number, and no memory. */
static bool is_init(struct pmap_query *q, const struct pmap_task_layout *l, uint64_t task)
{
	char name[COMM_SIZE + 1] = "";
	uint32_t pid;
	uint64_t mm;

	return pmap_read_virtual(q, task + l->comm, name, COMM_SIZE) == COMM_SIZE &&
	       (strcmp(name, "swapper/0") == 0 || strcmp(name, "swapper") == 0) &&
	       pmap_read_virtual(q, task + l->pid, &pid, sizeof(pid)) == sizeof(pid) && !pid &&
	       pmap_task_pointer(q, l, task + l->mm, &mm) && !mm &&
	       pmap_task_is_linked(q, l, task);
}

static bool take_init(struct pmap_query *q, uint64_t va, void *arg)
{
	struct pmap_task_layout *l = arg;

	if (!is_init(q, l, va - l->comm))
		return false;
	l->init = va - l->comm;
	return true;
}

/* --- From here or there --------------------------------------------------- */

static bool told(const struct pmap_query *q, int i)
{
	return q->tasks && q->tasks[i].present;
}

/* By debug information: all of them, or none. */
static bool take_told(const struct pmap_query *q, struct pmap_task_layout *l)
{
	for (int i = TASKS; i < EXPRS; i++)
		if (!told(q, i))
			return false;
	l->tasks = q->tasks[TASKS].value;
	l->pid = q->tasks[PID].value;
	l->comm = q->tasks[COMM].value;
	l->mm = q->tasks[MM].value;
	l->pgd = q->tasks[PGD].value;
	return true;
}

/* What was found last, if it is still so. */
static bool take_known(struct pmap_query *q, struct pmap_task_layout *l, bool has_init)
{
	if (!still_there(q))
		return false;
	*l = known.layout;
	if (has_init)
		l->init = q->tasks[INIT_TASK].value;
	return has_init || is_init(q, l, l->init);
}

static int fail_missing(struct pmap_query *q, const char *what)
{
	return pmap_fail(q, pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED :
			 PMAP_STATUS_UNTOLD,
			 "%s; Linux's processes are known by vmlinux's debug information, or by a kernel with BTF that runs here (stop in the kernel, or in a process that maps it)",
			 what);
}

static int search_memory(struct pmap_query *q, struct pmap_task_layout *l,
			 bool has_layout, bool has_init)
{
	__attribute__((cleanup(free_parts))) struct parts parts = { 0 };
	int status = find_parts(q, &parts);

	if (status)
		return status;
	if (!has_layout && !search(q, &parts, false, pmap_btf_magic,
				   sizeof(pmap_btf_magic), take_btf, l))
		return fail_missing(q, "no BTF is in the kernel's read-only memory");
	if (!has_init && !search(q, &parts, true, "swapper", 7, take_init, l))
		return fail_missing(q, "no init_task is in the kernel's memory");
	return 0;
}

int pmap_task_layout_find(struct pmap_query *q, struct pmap_task_layout *l,
			  char *from, size_t size)
{
	const struct pml_format *fmt = pmap_target_format(&q->target);
	unsigned word = fmt && fmt->va_bits == 32 ? 4 : 8;
	bool has_layout, has_init = told(q, INIT_TASK);
	int status = 0;

	*l = (struct pmap_task_layout){ .word = word };
	has_layout = take_told(q, l);
	if (has_init)
		l->init = q->tasks[INIT_TASK].value;
	snprintf(from, size, "GDB's debug information");
	if (has_layout && has_init)
		return 0;
	if (has_layout || !take_known(q, l, has_init)) {
		status = search_memory(q, l, has_layout, has_init);
		if (status)
			return status;
		if (!has_layout)
			known.layout = *l;
	}
	snprintf(from, size, "%s, init_task at 0x%" PRIx64 " %s",
		 has_layout ? "GDB's debug information" : "the kernel's BTF", l->init, has_init ? "by its symbol" : "by its name and list");
	return 0;
}
