/*
 * pmap find: every virtual address that leads to physical memory.
 *
 * A dump that keeps what maps the range, cut to it.  In two dimensions the range
 * is physical memory of the host's, found through both.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/run-record.h"
#include "traverse/runs.h"
#include "walkers/root-list.h"
#include "walkers/walkers.h"

struct find {
	struct pmap_query *q;
	struct pmap_filter filter;
	struct pmap_writer writer;
	struct pmap_run_about about;	/* which tables, where there are several */
	uint64_t roots;		/* in which it was found */
};

/* Only what maps the range. */
static void cut(const struct pmap_filter *f, struct pmap_run *run)
{
	uint64_t last_pa = run->pa + (run->last - run->va);

	if (run->pa < f->pa_first) {
		run->va += f->pa_first - run->pa;
		run->gpa += f->pa_first - run->pa;
		run->pa = f->pa_first;
	}
	if (last_pa > f->pa_last)
		run->last -= last_pa - f->pa_last;
}

static bool write_run(void *arg, const struct pmap_run *run)
{
	struct find *f = arg;
	struct pmap_run part = *run;

	if (run->kind == PML_LEAF && !(run->differs & PMAP_DIFFERS_PA))
		cut(&f->filter, &part);
	if (!f->writer.rows)
		pmap_result_u64(f->q->call, "va", part.va);
	pmap_write_run_about(&f->writer, &part, &f->about);
	return true;
}

/* The space that the query has now. */
static int look_through(struct find *f)
{
	struct pmap_query *q = f->q;
	const struct pmap_runs_job job = {
		.sink = write_run, .arg = f, .filter = &f->filter,
	};
	struct pmap_runs_counts counts = { 0 };
	uint64_t before = f->writer.rows;
	int status;

	q->first = 0;
	q->last = q->target.halves ? ~0ULL : pml_top(q->target.space.fmt);
	q->opt.combined = q->target.nested;
	status = pmap_runs_do(q, &job, &counts);
	f->roots += f->writer.rows > before;
	return status;
}

/* --- Several roots -------------------------------------------------------- */

static int look_in(struct find *f, const struct pmap_root *root)
{
	int status = pmap_root_use(f->q, root, true);

	if (status)
		return status;
	f->about.format = root->guest_fmt ? root->guest_fmt->name : root->fmt->name;
	f->about.root = root->guest_fmt ? root->guest_root : root->pa;
	f->about.why = root->why.data ? root->why.data : "";
	return look_through(f);
}

/* Those that were named: of the format that the query's own has. */
static int look_in_named(struct find *f)
{
	const struct pmap_expr_list *list = &f->q->opt.roots;
	const struct pml_format *fmt = f->q->target.space.fmt;
	int status = 0;

	for (size_t i = 0; i < list->count && !status &&
	     !pmap_bridge_interrupted(); i++) {
		const struct pmap_root root = {
			.pa = list->expr[i].value, .fmt = fmt,
		};

		status = look_in(f, &root);
	}
	return status;
}

static int look_in_all(struct find *f)
{
	static const struct pmap_root_range low = { 0, 0xffffffff };
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(pmap_root_list_free)))
	struct pmap_root_list list = { .count = 0 };
	int status = pmap_root_list_make(&list, f->q, &low);

	for (size_t i = 0; i < list.count && !status &&
	     !pmap_bridge_interrupted(); i++) {
		struct pmap_root *root = &list.root[i];

		if (root->guest_fmt)
			pmap_text_add(&root->why, ", through it the guest's own");
		status = look_in(f, root);
	}
	return status;
}

/* --- The command ---------------------------------------------------------- */

/* The operands are physical, and the range is everything. */
static int take_operands(struct find *f)
{
	const struct pmap_options *opt = &f->q->opt;
	const struct pmap_expr_range pa = {
		opt->start, opt->end, opt->end_is_length
	};
	int status = pmap_filter_init(&f->filter, f->q);

	return status ? status : pmap_filter_pa(&f->filter, f->q, "find", &pa);
}

static int check_options(struct pmap_query *q)
{
	const struct pmap_options *opt = &q->opt;
	bool one = opt->root.text || opt->user_root || opt->ttbr0.text || opt->ttbr1.text;

	if (q->target.guest_off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "paging is off in the guest: its addresses are guest-physical, leave out --root to see what the second dimension maps");
	if (opt->all_roots + (opt->roots.count > 0) + one > 1)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "find: --root is one root, --roots several, --all-roots all: one of the three");
	if (opt->all_roots && q->target.nested)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "find: --all-roots finds second dimensions by itself; with --npt, --ept and --gpa-space, --roots names the guest's");
	return 0;
}

int pmap_find(struct pmap_query *q)
{
	struct find f = { .q = q };
	int status = check_options(q);

	if (!status)
		status = take_operands(&f);
	if (status)
		return status;
	/* A run can be cut to the range only if its frames are contiguous. */
	q->opt.phys = true;
	pmap_run_begin(&f.writer, q);
	if (q->opt.all_roots)
		status = look_in_all(&f);
	else if (q->opt.roots.count)
		status = look_in_named(&f);
	else
		status = look_through(&f);
	if (status)
		return status;
	pmap_writer_end(&f.writer);
	pmap_result_u64(q->call, "ranges", f.writer.rows);
	pmap_result_u64(q->call, "roots", f.roots);
	if (pmap_bridge_interrupted())
		return PMAP_STATUS_INTERRUPTED;
	return f.writer.rows ? PMAP_STATUS_OK : PMAP_STATUS_HOLE;
}
