/*
 * The tables of a walk, each counted once however often it is met.  With filters a
 * table counts that has, or leads to, what is wanted.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/stats.h"

#include <stdlib.h>

static uint64_t key_of(const void *slot)
{
	return ((const struct pmap_stats_met *)slot)->key;
}

static const struct pmap_hash_kind met_kind = { sizeof(struct pmap_stats_met), key_of };

/* The table's place among those that were met; NULL without memory. */
static struct pmap_stats_met *find_met(struct pmap_stats *s, uint64_t pa, int level)
{
	struct pmap_stats_met *met;
	uint64_t key = pa << 3 | level;

	if (!pmap_hash_room(&s->met, &met_kind)) {
		s->no_memory = true;
		return NULL;
	}
	met = pmap_hash_find(&s->met, key, &met_kind);
	if (!met->key) {
		*met = (struct pmap_stats_met){ .key = key };
		s->met.used++;
	}
	return met;
}

static void keep_larger(struct pmap_stats *s, const struct pmap_stats_open *o, int level)
{
	struct pmap_stats_larger *grown = s->larger;

	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 256;
		grown = realloc(s->larger, s->room * sizeof(*grown));
		s->no_memory |= !grown;
		if (!grown)
			return;
		s->larger = grown;
	}
	grown[s->count++] = (struct pmap_stats_larger){
		o->va, o->last, level, o->look.why, s->now
	};
}

/* It is wanted: once. */
static void count_table(struct pmap_stats *s, const struct pmap_stats_open *o, int level,
			unsigned leaves)
{
	struct pmap_stats_level *l = &s->half[s->now].level[level];

	l->tables++;
	l->used += o->look.used;
	l->leaves += leaves;
	l->sparse += o->look.used * 8 <= o->look.entries;
	if (o->look.could && leaves)
		keep_larger(s, o, level);
}

/* All of it has been walked. */
static void close_table(struct pmap_stats *s, int level)
{
	struct pmap_stats_open *o = &s->open[level];
	struct pmap_stats_met *met;

	if (!o->is_open)
		return;
	o->is_open = false;
	if (!s->survey.filtered) {
		o->met.leaves = o->look.leaves;
		o->met.wanted = true;
	}
	s->open[level + 1].met.wanted |= o->met.wanted;
	met = find_met(s, o->met.key >> 3, level);
	if (!met)
		return;
	met->wanted |= o->met.wanted;
	if (o->met.leaves > met->leaves)
		met->leaves = o->met.leaves;
	if (met->wanted && !met->counted) {
		met->counted = true;
		count_table(s, o, level, o->met.leaves);
	}
}

static void close_tables(struct pmap_stats *s, int top)
{
	for (int level = 1; level <= top; level++)
		close_table(s, level);
}

static void open_table(struct pmap_stats *s, int level, uint64_t pa, uint64_t va,
		       uint64_t last)
{
	s->open[level] = (struct pmap_stats_open){
		.met = { .key = pa << 3 | level },
		.look = pmap_stats_look_at(&s->survey.q->target.space, level, pa),
		.va = va, .last = last, .is_open = true,
	};
}

/* Its contents equal those of a table that was walked; it may be another table. */
static void meet_again(struct pmap_stats *s, const struct pml_record *r,
		       const struct pmap_seen *seen)
{
	int level = r->level - 1;
	uint64_t times = ((r->last - r->va) >> r->shift) + 1;
	const struct pmap_stats_met *like = find_met(s, seen->pa, level);
	struct pmap_stats_met was = like ? *like : (struct pmap_stats_met){ .key = 0 };
	struct pmap_stats_met *met = find_met(s, r->pa, level);
	struct pmap_stats_open other = { .va = r->va, .last = r->va + (1ULL << r->shift) - 1 };

	if (!met || !was.wanted)
		return;
	s->open[r->level].met.wanted = true;
	s->half[s->now].level[level].again += times - !met->counted;
	if (met->counted)
		return;
	met->wanted = met->counted = true;
	met->leaves = was.leaves;
	other.look = pmap_stats_look_at(&s->survey.q->target.space, level, r->pa);
	count_table(s, &other, level, was.leaves);
}

/* The half that is walked now: its root, which nobody announces. */
static void enter_half(struct pmap_stats *s)
{
	const struct pmap_target *target = &s->survey.q->target;
	const struct pml_format *fmt = target->space.fmt;
	int half = target->halves && target->selected_upper;

	if (half == s->now)
		return;
	close_tables(s, PML_MAX_LEVELS);
	s->now = half;
	s->half[half].fmt = fmt;
	open_table(s, fmt->levels, pml_root_pa(&target->space),
		   pml_bottom(fmt), pml_top(fmt));
}

void pmap_stats_each_table(void *arg, const struct pml_record *r,
		       const struct pmap_seen *seen)
{
	struct pmap_stats *s = arg;

	enter_half(s);
	close_tables(s, r->level - 1);
	if (seen)
		meet_again(s, r, seen);
	else
		open_table(s, r->level - 1, r->pa, r->va, r->last);
}

void pmap_stats_each_entry(void *arg, const struct pmap_run *entry, bool known)
{
	struct pmap_stats *s = arg;
	struct pmap_stats_open *o = &s->open[entry->level];

	enter_half(s);
	/* A table that is met again was counted in full. */
	if (!s->survey.filtered || known ||
	    !pmap_filter_entry(&s->survey.filter, entry))
		return;
	o->met.wanted = true;
	if (entry->kind == PML_LEAF)
		o->met.leaves += (entry->last - entry->va + 1) >>
				 s->half[s->now].fmt->level[entry->level].shift;
}

void pmap_stats_finish(struct pmap_stats *s)
{
	struct pmap_query *q = s->survey.q;
	struct pmap_piece piece;

	for (unsigned i = 0; pmap_target_piece(&q->target, i, 0, ~0ULL, &piece); i++)
		if (pmap_target_select(&q->target, piece.first) &&
		    !s->half[q->target.halves && q->target.selected_upper].fmt)
			enter_half(s);
	close_tables(s, PML_MAX_LEVELS);
}

void pmap_stats_free(struct pmap_stats *s)
{
	pmap_survey_free(&s->survey);
	pmap_hash_free(&s->met);
	free(s->larger);
}
