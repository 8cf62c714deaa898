/*
 * pmap walk in two dimensions: every entry that hardware reads on the way from
 * a guest's address to memory, in its order.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "show/results.h"
#include "show/run.h"
#include "show/words-2d.h"
#include "show/words.h"
#include "target/nesting.h"
#include "target/outcome.h"
#include "target/query.h"
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
static void add_turn(struct pmap_query *q, const struct pml_turn *turn,
		     const char *what)
{
	const struct pml_space *outer = &q->target.outer;
	char fields[80];

	if (!q->opt.json)
		pmap_text_add(q->out, "    gpa %" PRIx64 ", %s\n", turn->gpa, what);
	snprintf(fields, sizeof(fields),
		 "\"dimension\":\"outer\",\"gpa\":\"0x%" PRIx64 "\",", turn->gpa);
	for (int i = 0; i < turn->steps.count; i++) {
		if (q->opt.json) {
			pmap_add_step_json(q->out, outer, &turn->steps.step[i],
					   fields);
			continue;
		}
		pmap_text_puts(q->out, "    ");
		pmap_add_step_line(q->out, outer, &turn->steps.step[i]);
	}
}

static void add_guest_step(struct pmap_query *q, const struct pml_step *step)
{
	if (q->opt.json)
		pmap_add_step_json(q->out, &q->target.pair.inner, step,
				   "\"dimension\":\"guest\",");
	else
		pmap_add_step_line(q->out, &q->target.pair.inner, step);
}

static void text_end(struct pmap_query *q, uint64_t va,
		     const struct pml_target_2d *t, int entries)
{
	char rights[5];

	pmap_text_add(q->out, "0x%" PRIx64 " is ", va);
	if (t->where == PML_IN_FINAL)
		pmap_text_add(q->out, "gpa 0x%" PRIx64 ", ", t->gpa);
	if (t->mapped) {
		pmap_text_add(q->out, "0x%" PRIx64 " in a ", t->pa);
		pmap_text_size(q->out, 1ULL << t->shift);
		pmap_text_add(q->out, " page, %s",
			      pmap_rights_name(t->rights, rights));
	} else {
		pmap_text_puts(q->out, "not mapped: ");
		pmap_add_reason_2d(q->out, &q->target, t);
	}
	pmap_text_add(q->out, "\n%d entries read\n", entries);
}

static void json_end(struct pmap_query *q, uint64_t va,
		     const struct pml_target_2d *t)
{
	char rights[5];

	pmap_text_add(q->out, "{\"va\":\"0x%" PRIx64 "\",\"kind\":\"%s\"", va,
		      pmap_kind_name(t->mapped ? PML_LEAF :
				     t->where == PML_IN_INNER ? t->inner.kind :
				     t->where == PML_IN_TABLE ? PML_UNREADABLE :
				     t->outer.kind));
	if (t->where == PML_IN_FINAL)
		pmap_text_add(q->out, ",\"gpa\":\"0x%" PRIx64 "\"", t->gpa);
	if (t->mapped)
		pmap_text_add(q->out, ",\"pa\":\"0x%" PRIx64 "\",\"page\":%llu"
			      ",\"rights\":\"%s\"", t->pa, 1ULL << t->shift,
			      pmap_rights_name(t->rights, rights));
	else
		pmap_text_add(q->out, ",\"where\":\"%s\"",
			      pmap_where_name(t->where));
	pmap_text_puts(q->out, "}\n");
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
	int entries, i;

	pml_translate_2d(&target->pair, va, &t, &walk);
	pmap_query_set_target_2d(q, &t);
	if (!target->guest_off && pmap_query_canonical(q, va))
		return PMAP_STATUS_NONCANONICAL;
	if (!q->opt.json)
		text_begin(q, va);
	entries = count_read(&walk.inner);
	for (i = 0; i < walk.turns; i++) {
		add_turn(q, &walk.turn[i], purpose(&target->pair, &walk, i));
		if (i || !pml_keeps_top(&target->pair))
			entries += count_read(&walk.turn[i].steps);
		else if (walk.inner.step[0].kind != PML_UNREADABLE)
			entries--;
		if (i < walk.inner.count)
			add_guest_step(q, &walk.inner.step[i]);
	}
	if (q->opt.json)
		json_end(q, va, &t);
	else
		text_end(q, va, &t, entries);
	return pmap_status_2d(&t);
}
