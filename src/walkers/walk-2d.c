/*
 * pmap walk in two dimensions: every entry that hardware reads on the way from
 * a guest's address to memory, in its order.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "show/entry.h"
#include "show/names.h"
#include "show/results.h"
#include "show/translation.h"
#include "show/words-2d.h"
#include "show/words.h"
#include "target/nesting.h"
#include "target/outcome.h"
#include "target/query.h"
#include "walkers/walk.h"
#include "walkers/walkers.h"

static void text_begin(struct pmap_query *q, uint64_t va)
{
	const struct pmap_target *target = &q->target;

	pmap_text_add(q->out, "0x%" PRIx64 ", ", va);
	if (target->guest_off)
		pmap_text_puts(q->out, "a guest that does not page");
	else
		pmap_text_add(q->out, "%s, root gpa 0x%" PRIx64,
			      target->space.fmt->title,
			      pml_root_pa(&target->space));
	pmap_text_add(q->out, "; %s, root 0x%" PRIx64 "\n",
		      target->outer.fmt->title, pml_root_pa(&target->outer));
}

/* The way of one gpa through the second dimension, indented. */
static void add_turn(struct pmap_query *q, struct pmap_writer *w,
		     const struct pml_turn *turn, const char *what)
{
	const struct pml_space *outer = &q->target.outer;

	if (w->shape == PMAP_SHAPE_TEXT)
		pmap_text_add(q->out, "    gpa %" PRIx64 ", %s\n", turn->gpa, what);
	for (int i = 0; i < turn->steps.count; i++) {
		if (w->shape != PMAP_SHAPE_TEXT) {
			pmap_write_step(w, outer, &turn->steps.step[i], "outer",
					&turn->gpa);
			continue;
		}
		pmap_text_puts(q->out, "    ");
		pmap_add_step_line(q->out, outer, &turn->steps.step[i]);
	}
}

static void add_guest_step(struct pmap_query *q, struct pmap_writer *w,
			   const struct pml_step *step)
{
	if (w->shape == PMAP_SHAPE_TEXT)
		pmap_add_step_line(q->out, &q->target.pair.inner, step);
	else
		pmap_write_step(w, &q->target.pair.inner, step, "guest", NULL);
}

static void text_end(struct pmap_query *q, uint64_t va,
		     const struct pml_target_2d *t, int entries)
{
	pmap_text_add(q->out, "0x%" PRIx64 " is ", va);
	if (t->where == PML_IN_FINAL)
		pmap_text_add(q->out, "gpa 0x%" PRIx64 ", ", t->gpa);
	if (t->mapped) {
		pmap_walk_add_page(q, t->pa, t->shift, t->rights);
		pmap_names_add(q, va);
	} else {
		pmap_text_puts(q->out, "not mapped: ");
		pmap_add_reason_2d(q->out, &q->target, t);
	}
	pmap_text_add(q->out, "\n%d entries read\n", entries);
}

/* What the way of turn `i` is for. */
static const char *purpose(const struct pml_nested *pair,
			   const struct pml_walk_2d *walk, int i)
{
	if (i >= walk->inner.count)
		return "the memory";
	if (i == 0 && pml_keeps_top(pair))
		return "the guest's PDPTEs: the processor has them in registers, and reads none of these";
	return "the guest's table";
}

/* Entries that could be read. */
static int count_read(const struct pml_steps *steps)
{
	int count = 0;

	for (int i = 0; i < steps->count; i++)
		count += steps->step[i].kind != PML_UNREADABLE;
	return count;
}

int pmap_walk_2d(struct pmap_query *q)
{
	struct pmap_target *target = &q->target;
	uint64_t va = q->opt.start.value;
	struct pml_target_2d t;
	struct pml_walk_2d walk;
	struct pmap_writer w;
	int entries, i;

	pml_translate_2d(&target->pair, va, &t, &walk);
	pmap_query_set_target_2d(q, &t);
	pmap_query_set_entry(q, &walk.inner);
	if (!target->guest_off && pmap_query_canonical(q, va))
		return PMAP_STATUS_NONCANONICAL;
	i = pmap_walk_begin(q, &w);
	if (i)
		return i;
	if (w.shape == PMAP_SHAPE_TEXT)
		text_begin(q, va);
	entries = count_read(&walk.inner);
	for (i = 0; i < walk.turns; i++) {
		add_turn(q, &w, &walk.turn[i], purpose(&target->pair, &walk, i));
		if (i || !pml_keeps_top(&target->pair))
			entries += count_read(&walk.turn[i].steps);
		else if (walk.inner.step[0].kind != PML_UNREADABLE)
			entries--;
		if (i < walk.inner.count)
			add_guest_step(q, &w, &walk.inner.step[i]);
	}
	if (w.shape == PMAP_SHAPE_TEXT) {
		text_end(q, va, &t, entries);
	} else {
		pmap_walk_begin_end(q, &w);
		pmap_write_translation_2d(&w, q, va,
					  pmap_target_format(&q->target), &t, NULL);
	}
	return pmap_status_2d(&t);
}
