/*
 * pmap dump ADDR: the run that covers an address, and its neighbours.
 *
 * Where that run begins is not known before what lies below the address has been
 * walked.  So the walk begins at the table that covers the address, and where
 * that is not far enough, at the one above it, and so on: mostly the first is.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/put.h"
#include "show/names.h"
#include "show/run-record.h"
#include "show/symbols.h"
#include "walkers/dump.h"

#define NEIGHBOURS_MAX	10000

struct around {
	struct pmap_query *q;
	uint64_t va;
	struct pmap_run *before;	/* the last ones, in a ring */
	uint64_t nbefore, seen;		/* wanted (and one more); seen so far */
	struct pmap_run *after;
	uint64_t nafter, found;		/* wanted; found so far */
	struct pmap_run run;
	bool has_run;
};

/* The format of the half that the address is in. */
static const struct pml_format *format_at(const struct pmap_query *q, uint64_t va)
{
	const struct pml_space *space = pmap_target_space(&q->target, va);

	return space->fmt ? space->fmt : pmap_target_format(&q->target);
}

/* --- Looking -------------------------------------------------------------- */

static bool take(void *arg, const struct pmap_run *run)
{
	struct around *a = arg;

	if (run->last < a->va) {
		a->before[a->seen++ % (a->nbefore + 1)] = *run;
		return true;
	}
	if (run->va <= a->va) {
		a->run = *run;
		a->has_run = true;
		return a->nafter > 0;
	}
	if (a->found < a->nafter)
		a->after[a->found++] = *run;
	return a->found < a->nafter;
}

/* Is all known, although the walk began at `first' and not at 0? */
static bool is_enough(const struct around *a, uint64_t first)
{
	uint64_t whole = a->seen;

	/* What begins there may have begun before. */
	if (a->has_run && a->run.va == first)
		return false;
	if (a->seen && a->seen <= a->nbefore + 1 && a->before[0].va == first)
		whole--;
	return whole >= a->nbefore;
}

static int look(struct around *a)
{
	const struct pml_format *fmt = format_at(a->q, a->va);
	struct pmap_runs_counts counts;
	int status = 0;

	for (int level = 2; !status && !pmap_bridge_interrupted(); level++) {
		uint64_t first = level > fmt->levels ? 0 :
			a->va >> fmt->level[level].shift
			      << fmt->level[level].shift;

		a->seen = a->found = 0;
		a->has_run = false;
		a->q->first = first;
		a->q->last = pml_top(fmt);
		status = pmap_runs_walk(a->q, &a->va, take, a, &counts);
		if (!first || is_enough(a, first))
			break;
	}
	return status;
}

/* --- Showing -------------------------------------------------------------- */

/* The I-th of the neighbours below that are shown. */
static const struct pmap_run *before(const struct around *a, uint64_t i)
{
	uint64_t shown = a->seen < a->nbefore ? a->seen : a->nbefore;

	return &a->before[(a->seen - shown + i) % (a->nbefore + 1)];
}

static void show_run(const struct around *a, struct pmap_writer *w,
		     const struct pmap_run *run, uint64_t *next)
{
	struct pmap_run_about about = { .name = NULL };
	char name[PMAP_NAMED_SIZE];

	if (a->q->opt.gaps && w->rows && run->va > *next)
		pmap_write_gap(w, a->q->target.space.fmt, *next, run->va - 1);
	if (pmap_dump_named(a->q))
		about.name = pmap_names_of(a->q, run->va, name);
	pmap_write_run_about(w, run, &about);
	*next = run->last + 1;
}

static void show_gap(const struct around *a)
{
	const struct pml_format *fmt = format_at(a->q, a->va);
	uint64_t first = a->seen ? a->before[(a->seen - 1) % (a->nbefore + 1)].last + 1
				 : 0;
	uint64_t half = pml_same_half(fmt, a->va);
	uint64_t last = a->found && a->after[0].va - 1 < half ?
			a->after[0].va - 1 : half;
	char size[24];

	/* Not below the hole in the middle of the address space. */
	if (pml_same_half(fmt, first) != half)
		first = half - (1ULL << (fmt->va_bits - 1)) + 1;
	pmap_text_add(a->q->out, "0x%" PRIx64 " is in none of them: ", a->va);
	if (a->nafter && a->nbefore) {
		*pmap_put_about(size, last - first + 1, 6) = '\0';
		pmap_text_add(a->q->out, "%s are free from 0x%" PRIx64 " to 0x%" PRIx64 "\n",
			      size, first, last);
	} else {
		pmap_text_puts(a->q->out, "nothing is mapped there\n");
	}
}

/* For people: where in the run the address is. */
static void show_offset(const struct around *a)
{
	const struct pmap_run *run = &a->run;
	uint64_t offset = a->va - run->va;

	pmap_text_add(a->q->out, "0x%" PRIx64 " is at +0x%" PRIx64 " of 0x%" PRIx64 "-0x%" PRIx64,
		      a->va, offset, run->va, run->last);
	if (run->kind == PML_LEAF && !(run->differs & PMAP_DIFFERS_PA))
		pmap_text_add(a->q->out, ", physical 0x%" PRIx64,
			      run->pa + offset);
	pmap_symbols_add(a->q, a->va, PMAP_SHAPE_TEXT);
	pmap_text_puts(a->q->out, "\n");
}

static void show(struct around *a)
{
	uint64_t shown = a->seen < a->nbefore ? a->seen : a->nbefore, next = 0;
	struct pmap_writer w;

	pmap_run_begin(&w, a->q);
	for (uint64_t i = 0; i < shown; i++)
		show_run(a, &w, before(a, i), &next);
	if (a->has_run)
		show_run(a, &w, &a->run, &next);
	for (uint64_t i = 0; i < a->found; i++)
		show_run(a, &w, &a->after[i], &next);
	pmap_writer_end(&w);
	pmap_result_u64(a->q->call, "ranges", w.rows);
	if (a->has_run)
		pmap_result_u64(a->q->call, "offset", a->va - a->run.va);
	if (w.shape != PMAP_SHAPE_TEXT)
		return;
	(a->has_run ? show_offset : show_gap)(a);
}

/* --- The command ---------------------------------------------------------- */

static int set_count(struct pmap_query *q, const struct pmap_expr *own,
		     uint64_t *count)
{
	const struct pmap_expr *expr = own->text ? own : &q->opt.C;

	*count = expr->text ? expr->value : 1;
	if (*count <= NEIGHBOURS_MAX)
		return 0;
	return pmap_fail(q, PMAP_STATUS_USAGE,
			 "dump: %s: at most %d lines before or after",
			 expr->text, NEIGHBOURS_MAX);
}

static void free_runs(struct around *a)
{
	free(a->before);
	free(a->after);
}

int pmap_dump_around(struct pmap_query *q)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(free_runs))) struct around a = {
		.q = q, .va = q->first,
	};
	int status = set_count(q, &q->opt.B, &a.nbefore);

	if (!status)
		status = set_count(q, &q->opt.A, &a.nafter);
	if (status)
		return status;
	/* One more than is shown tells where a gap begins. */
	a.before = calloc(a.nbefore + 1, sizeof(*a.before));
	a.after = calloc(a.nafter + 1, sizeof(*a.after));
	if (!a.before || !a.after)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	status = look(&a);
	if (status)
		return status;
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	show(&a);
	return a.has_run ? PMAP_STATUS_OK : PMAP_STATUS_HOLE;
}
