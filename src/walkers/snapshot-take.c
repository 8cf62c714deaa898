/*
 * Taking a snapshot: each table is read, kept and summed up once.
 *
 * Last tables are not walked: what is in them is all that there is.  The sum of
 * another one is made of its bytes and of the sums of those that it leads to, in
 * their order.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/arch.h"
#include "target/nesting.h"
#include "traverse/traverse.h"
#include "walkers/snapshot.h"

struct taking {
	struct pmap_query *q;
	struct pmap_snapshot *s;
	bool guest;		/* tables are at guest-physical addresses */
	bool no_memory;
	uint64_t sum[PML_MAX_LEVELS + 1];	/* of the table of each level, so far */
};

/* Where the machine has a page of a guest's. */
static bool host_of(const struct taking *t, uint64_t gpa, uint64_t *pa_ret)
{
	struct pml_target end;

	if (!pml_translate(&t->q->target.outer, gpa, &end, NULL))
		return false;
	*pa_ret = end.pa;
	return true;
}

/* One page of a table, or the page that a small table is in; a sum of it. */
static uint64_t add_page(struct taking *t, uint64_t pa)
{
	uint64_t host = pa & -4096ULL, sum;
	const void *page;

	if (t->guest && !host_of(t, host, &host))
		return 2;
	page = pmap_cache_at(t->q->cache, host, 4096);
	if (!page)
		return 2;
	sum = pmap_snapshot_add(t->s, host, page);
	t->no_memory |= !sum;
	return sum;
}

/* A table, which may be several pages, or less than one. */
static uint64_t add_table(struct taking *t, uint64_t pa, int level)
{
	const struct pml_space *space = &t->q->target.space;
	size_t size = pml_table_size(space->fmt, level);
	uint64_t sum = level, part;
	const uint64_t *small;

	for (uint64_t at = 0; at < size; at += 4096) {
		part = add_page(t, pa + at);
		if (size >= 4096)
			sum = pmap_snapshot_mix(sum, part);
	}
	/* The rest of its page is not the table. */
	small = size < 4096 ? space->at(space->ctx, pa, size) : NULL;
	for (size_t i = 0; small && i < size / 8; i++)
		sum = pmap_snapshot_mix(sum, small[i]);
	return sum;
}

static void enter(struct taking *t, struct pmap_traverse *traverse,
		  struct pml_record *r)
{
	int level = r->level - 1;
	uint64_t sum = pmap_snapshot_sum(t->s, r->pa, level, t->guest);
	bool last = level == 1;

	if (!sum) {
		t->sum[level] = add_table(t, r->pa, level);
		if (!last)
			return;
		sum = t->sum[level] | 1;
		t->no_memory |= !pmap_snapshot_set_sum(t->s, r->pa, level,
						       t->guest, sum);
	}
	pmap_traverse_skip_alike(traverse, r);
	t->sum[r->level] = pmap_snapshot_mix(t->sum[r->level], sum);
}

static void leave(struct taking *t, const struct pml_record *r)
{
	uint64_t sum = t->sum[r->level - 1] | 1;

	t->no_memory |= !pmap_snapshot_set_sum(t->s, r->pa, r->level - 1,
					       t->guest, sum);
	t->sum[r->level] = pmap_snapshot_mix(t->sum[r->level], sum);
}

/* One space, whole. */
static void take_space(struct taking *t, uint64_t first, uint64_t last)
{
	const struct pml_space *space = &t->q->target.space;
	struct pmap_traverse traverse;
	struct pml_record r;
	int levels = space->fmt->levels;

	t->sum[levels] = add_table(t, pml_root_pa(space), levels);
	pmap_traverse_begin(&traverse, t->q, first, last, PML_PRE | PML_POST);
	while (!t->no_memory && pmap_traverse_next(&traverse, &r)) {
		if (r.kind == PML_TABLE && r.leaving)
			leave(t, &r);
		else if (r.kind == PML_TABLE)
			enter(t, &traverse, &r);
		else if (r.kind == PML_UNREADABLE || r.kind == PML_RECURSIVE)
			t->sum[r.level] = pmap_snapshot_mix(t->sum[r.level], r.kind);
	}
	pmap_traverse_end(&traverse);
	t->no_memory |= !pmap_snapshot_set_sum(t->s, pml_root_pa(space), levels,
					       t->guest, t->sum[levels]);
}

/* The second dimension, in the place of the first. */
static void take_outer(struct taking *t)
{
	struct pmap_target *target = &t->q->target;
	const struct pml_space space = target->space;
	bool combined = t->q->opt.combined;

	target->space = target->outer;
	target->nested = t->guest = t->q->opt.combined = false;
	take_space(t, 0, pml_top(target->outer.fmt));
	target->space = space;
	target->nested = true;
	t->q->opt.combined = combined;
}

static void take_all(struct taking *t)
{
	struct pmap_target *target = &t->q->target;
	struct pmap_piece piece;

	if (target->nested)
		take_outer(t);
	t->guest = target->nested;
	for (unsigned i = 0; pmap_target_piece(target, i, 0, ~0ULL, &piece); i++)
		if (pmap_target_select(target, piece.first) && target->space.fmt)
			take_space(t, piece.first, target->halves ? piece.last :
				   pml_top(target->space.fmt));
}

static int result(struct taking *t)
{
	if (pmap_bridge_interrupted())
		return pmap_fail(t->q, PMAP_STATUS_INTERRUPTED, "interrupted");
	return t->no_memory ? pmap_fail(t->q, PMAP_STATUS_INTERNAL, "out of memory") : 0;
}

static void free_taking(struct taking *t)
{
	pmap_snapshot_free(t->s);
}

static int take(struct pmap_query *q, const char *name, bool sums_alone,
		struct pmap_snapshot **s_ret)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(free_taking))) struct taking t = { .q = q };
	int status;

	t.s = pmap_snapshot_new(name, &q->target, &q->opt);
	if (!t.s)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	if (sums_alone)
		pmap_snapshot_keep_sums_alone(t.s);
	take_all(&t);
	status = result(&t);
	if (!status) {
		*s_ret = t.s;
		t.s = NULL;
	}
	return status;
}

int pmap_snapshot_take(struct pmap_query *q, const char *name,
		       struct pmap_snapshot **s_ret)
{
	return take(q, name, false, s_ret);
}

int pmap_snapshot_take_sums(struct pmap_query *q, struct pmap_snapshot **s_ret)
{
	return take(q, "now", true, s_ret);
}

int pmap_snapshot_look(struct pmap_query *q, struct pmap_snapshot *s)
{
	const char *bad;

	q->source = pmap_snapshot_source(s);
	q->cache = pmap_snapshot_cache(s);
	if (!q->cache || !pmap_snapshot_restore(s, &q->target, &q->opt))
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	bad = pmap_nesting_check(&q->opt, pmap_arch_outer_options(), true);
	if (bad)
		return pmap_fail(q, PMAP_STATUS_USAGE, "%s", bad);
	if (pmap_target_init(&q->target, &q->opt, q->no_space, sizeof(q->no_space)))
		return pmap_fail(q, PMAP_STATUS_NO_PAGING, "snapshot %s: %s",
				 pmap_snapshot_facts(s).name, q->no_space);
	pmap_nesting_attach(&q->target, pmap_cache_at, q->cache);
	return 0;
}

static void free_query(struct pmap_query *q)
{
	pmap_options_free(&q->opt);
}

int pmap_snapshot_sums(struct pmap_query *q, struct pmap_snapshot *s)
{
	__attribute__((cleanup(free_query))) struct pmap_query own = {
		.command = q->command, .call = q->call, .out = q->out,
	};
	struct taking t = { .q = &own, .s = s };
	int status = pmap_snapshot_look(&own, s);

	if (!status) {
		take_all(&t);
		status = result(&t);
	}
	pmap_snapshot_rest(s);
	return status ? pmap_fail(q, status, "%s", own.why) : 0;
}
