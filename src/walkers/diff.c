/*
 * pmap diff: what changed between two sets of tables.
 *
 * Both are snapshots, or the sums of what is looked at now, which are taken first.
 * Two cursors go in lockstep, and tables whose sums agree are not entered: the cost
 * is that of what changed.  Runs that changed alike and touch are one line.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/diff.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "show/filter.h"
#include "show/merge.h"
#include "show/names.h"
#include "target/nesting.h"
#include "traverse/pairs.h"
#include "walkers/snapshot.h"
#include "walkers/survey.h"
#include "walkers/walkers.h"

/* One of the two. */
struct side {
	struct pmap_snapshot *s;
	bool taken;		/* sums of what is there now, for this command alone */
	struct pmap_expr root;	/* ... of these tables */
	struct pmap_query q;	/* its spaces */
	struct pml_format fmt, upper_fmt;	/* they may be made anew for the other */
};

struct diff {
	struct pmap_query *q;
	struct side side[2];
	struct pmap_pairs pairs;
	struct pmap_filter filter;
	struct pmap_writer writer;
	struct pmap_merge merge;
	struct pmap_difference held;
	uint64_t first, last;
	unsigned ignored;	/* of enum pmap_diff_change */
	bool named;		/* lines say what their addresses are called */
	bool sums;		/* they mean the same on both sides */
	struct pmap_diff_picture picture;	/* --svg */
};

/* --- Changes that go on --------------------------------------------------- */

static void emit(const void *record, void *arg)
{
	const struct pmap_difference *now = record;
	struct diff *d = arg;
	char named[PMAP_NAMED_SIZE];

	if (d->q->opt.svg) {
		d->writer.rows += pmap_diff_picture_add(&d->picture, now);
		return;
	}
	/* Regions are the current ones: the second side's, if it is what is looked at. */
	pmap_diff_write(&d->writer, now, !d->named ? NULL :
			pmap_names_of(&d->side[1].q, now->va, named));
}

static bool join(void *held, const void *next, void *arg)
{
	struct pmap_difference *h = held, joined = *h;
	const struct pmap_difference *d = next;

	(void)arg;
	if (h->change != d->change || h->last + 1 != d->va || h->of != d->of)
		return false;
	if (d->change != PMAP_DIFF_REPEATS && (!pmap_run_join(&joined.a, &d->a, false) ||
				     !pmap_run_join(&joined.b, &d->b, false)))
		return false;
	*h = joined;
	h->last = d->last;
	return true;
}

/* A side's record, as far as the other's reaches. */
static void run_from(struct pmap_run *run, const struct side *side,
		     const struct pml_record *r, uint64_t va, uint64_t last)
{
	pmap_run_from(run, &side->q.target, r);
	if (r->kind == PML_LEAF)
		run->pa += va - r->va;
	run->va = va;
	run->last = last;
	if (run->kind == PML_NONCANONICAL)
		run->kind = PML_HOLE;
}

static unsigned compare_leaves(const struct pmap_run *a, const struct pmap_run *b)
{
	return (a->pa != b->pa ? PMAP_DIFF_MOVED : 0) |
	       (a->rights != b->rights ? PMAP_DIFF_RIGHTS : 0) |
	       (a->page > b->page ? PMAP_DIFF_SPLIT : a->page < b->page ? PMAP_DIFF_COLLAPSED : 0) |
	       (a->mt != b->mt ? PMAP_DIFF_TYPE : 0) |
	       (a->global != b->global ? PMAP_DIFF_GLOBAL : 0) |
	       (!a->accessed && b->accessed ? PMAP_DIFF_ACCESSED : 0) |
	       (!a->dirty && b->dirty ? PMAP_DIFF_DIRTY : 0) |
	       ((a->accessed && !b->accessed) || (a->dirty && !b->dirty) ?
		PMAP_DIFF_FLAGS_OFF : 0);
}

static unsigned compare_runs(const struct pmap_run *a, const struct pmap_run *b)
{
	if (a->kind == PML_LEAF && b->kind == PML_LEAF)
		return compare_leaves(a, b);
	if (a->kind == PML_LEAF)
		return PMAP_DIFF_UNMAPPED;
	if (b->kind == PML_LEAF)
		return PMAP_DIFF_MAPPED;
	return a->kind != b->kind || a->raw != b->raw ? PMAP_DIFF_ENTRY : 0;
}

static bool is_wanted(const struct diff *d, const struct pmap_difference *now)
{
	bool touched = now->change & (PMAP_DIFF_ACCESSED | PMAP_DIFF_DIRTY) ||
		       (now->change & PMAP_DIFF_MAPPED && now->b.accessed);

	if (d->q->opt.touched && !touched)
		return false;
	return !d->filter.entries ||
	       pmap_filter_entry(&d->filter, now->b.kind == PML_LEAF ? &now->b
								     : &now->a);
}

/* Both have one entry, or one hole, each. */
static void compare_one(struct diff *d, const struct pml_mirror_record *r)
{
	const struct pml_record *a = &r->own, *b = &r->other;
	struct pmap_difference now = { .va = r->va, .last = r->last };

	if (a->kind == b->kind && a->raw == b->raw && a->rights == b->rights &&
	    a->shift == b->shift && a->kind != PML_LEAF)
		return;
	if (a->kind == PML_LEAF && b->kind == PML_LEAF && a->raw == b->raw &&
	    a->rights == b->rights && a->level == b->level && d->sums)
		return;
	run_from(&now.a, &d->side[0], a, r->va, r->last);
	run_from(&now.b, &d->side[1], b, r->va, r->last);
	now.change = compare_runs(&now.a, &now.b) & ~d->ignored;
	if (!now.change)
		return;
	pmap_pairs_differ(&d->pairs);
	if (is_wanted(d, &now))
		pmap_merge_add(&d->merge, &now);
}

/* --- The walk ------------------------------------------------------------- */

static uint64_t sum_of(const struct side *side, uint64_t pa, int level)
{
	return pmap_snapshot_sum(side->s, pa, level, side->q.target.nested);
}

/* Do the tables say the same, and all below them? */
static bool same_tables(const struct diff *d, const struct pml_mirror_record *r)
{
	const struct pml_record *a = &r->own, *b = &r->other;
	uint64_t sum;

	if (!d->sums || a->kind != PML_TABLE || b->kind != PML_TABLE ||
	    a->va != b->va || a->last != b->last || a->level != b->level ||
	    a->rights != b->rights || r->va != a->va || r->last != a->last)
		return false;
	sum = sum_of(&d->side[0], a->pa, a->level - 1);
	return sum && sum == sum_of(&d->side[1], b->pa, b->level - 1);
}

static void enter(struct diff *d, struct pml_mirror *m,
		  const struct pml_mirror_record *r)
{
	bool differs;
	uint64_t va;

	if (same_tables(d, r)) {
		pml_mirror_skip(m, r);
		return;
	}
	if (!pmap_pairs_met(&d->pairs, r, &va, &differs))
		return;
	if (differs) {
		pmap_pairs_differ(&d->pairs);
		pmap_merge_add(&d->merge, &(struct pmap_difference){
			.va = r->va, .last = r->last, .change = PMAP_DIFF_REPEATS, .of = va,
		});
	}
	pml_mirror_skip(m, r);
}

/* Do entries mean the same on both sides? */
static bool is_alike(const struct pml_space *a, const struct pml_space *b)
{
	return !memcmp(a->fmt, b->fmt, sizeof(*a->fmt)) && a->rsvd == b->rsvd &&
	       a->pa_rsvd == b->pa_rsvd && a->encrypted == b->encrypted &&
	       a->no_leaf == b->no_leaf && a->options == b->options;
}

static void compare_spaces(struct diff *d, uint64_t first, uint64_t last)
{
	struct pmap_target *target[2] = { &d->side[0].q.target, &d->side[1].q.target };
	const struct pml_space *a = &target[0]->space, *b = &target[1]->space;
	struct pml_mirror_record r;
	struct pml_mirror m;

	d->sums = is_alike(a, b) && target[0]->nested == target[1]->nested;
	if (d->sums && sum_of(&d->side[0], pml_root_pa(a), a->fmt->levels) &&
	    sum_of(&d->side[0], pml_root_pa(a), a->fmt->levels) ==
	    sum_of(&d->side[1], pml_root_pa(b), b->fmt->levels))
		return;
	pmap_pairs_begin(&d->pairs, a, b);
	pml_mirror_init(&m, a, b, first, last, PML_MIRROR_TABLES);
	/* Two snapshots may have different tables at the same address. */
	m.may_share = false;
	while (!pmap_bridge_interrupted() && !d->q->out->error &&
	       pml_mirror_next(&m, &r)) {
		pmap_pairs_at(&d->pairs, &r);
		if (r.entering)
			enter(d, &m, &r);
		else
			compare_one(d, &r);
	}
	pmap_pairs_end(&d->pairs);
}

/* Both halves, if there are two. */
static int compare(struct diff *d)
{
	struct pmap_target *a = &d->side[0].q.target, *b = &d->side[1].q.target;
	struct pmap_piece piece;

	d->merge = (struct pmap_merge){
		.held = &d->held, .size = sizeof(d->held),
		.join = join, .emit = emit, .arg = d,
	};
	if (a->halves != b->halves || a->arch != b->arch)
		return pmap_fail(d->q, PMAP_STATUS_USAGE,
				 "diff: the two are not of the same kind (architecture, or number of halves)");
	for (unsigned i = 0; pmap_target_piece(b, i, d->first, d->last, &piece); i++)
		if (pmap_target_select(a, piece.first) &&
		    pmap_target_select(b, piece.first) && a->space.fmt && b->space.fmt)
			compare_spaces(d, piece.first, piece.last);
	pmap_merge_flush(&d->merge);
	return 0;
}

/* --- The two sides -------------------------------------------------------- */

static void keep_format(struct pml_space *space, struct pml_format *copy)
{
	if (!space->fmt)
		return;
	*copy = *space->fmt;
	space->fmt = copy;
}

/* The target as it stands, whose tables the cache has since their sums were taken. */
static int look_at_target(const struct diff *d, struct side *side)
{
	struct pmap_query *q = &side->q;
	struct pmap_options opt = d->q->opt;
	int status;

	opt.root = side->root;
	q->source = d->q->source;
	q->cache = d->q->cache;
	q->target = d->q->target;
	status = pmap_target_init(&q->target, &opt, q->why, sizeof(q->why));
	if (!status)
		pmap_nesting_attach(&q->target, pmap_cache_at, q->cache);
	return status;
}

/* A snapshot, page by page of its tables. */
static int look_at_snapshot(struct side *side)
{
	struct pmap_target *target = &side->q.target;
	int status = pmap_snapshot_look(&side->q, side->s);

	if (!status && !target->nested)
		pmap_nesting_attach(target, pmap_snapshot_at, side->s);
	return status;
}

static int look(struct diff *d, struct side *side)
{
	struct pmap_target *target = &side->q.target;
	int status;

	side->q.command = d->q->command;
	side->q.call = d->q->call;
	side->q.out = d->q->out;
	status = side->taken ? look_at_target(d, side) : look_at_snapshot(side);
	if (status)
		return pmap_fail(d->q, status, "%s", side->q.why);
	/* With two dimensions, the pairs have spaces of their own. */
	if (!target->nested) {
		keep_format(&target->space, &side->fmt);
		keep_format(&target->upper, &side->upper_fmt);
	}
	return 0;
}

static int find_side(struct diff *d, struct side *side, const char *name)
{
	side->s = pmap_snapshot_find(name);
	return side->s ? 0 :
	       pmap_fail(d->q, PMAP_STATUS_USAGE, "%s: there is no snapshot %s (`pmap snapshot' lists them)",
			 d->q->call->argv[0], name);
}

static int take_side(struct diff *d, struct side *side)
{
	struct pmap_query *q = d->q;
	int status;

	if (q->no_space[0])
		return pmap_fail(q, PMAP_STATUS_NO_PAGING, "%s", q->no_space);
	if (!q->cache)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 "diff: physical memory cannot be read; see `pmap source'");
	status = pmap_snapshot_take_sums(q, &side->s);
	side->taken = !status;
	side->root = q->opt.root;
	if (!status && !pmap_snapshot_facts(side->s).pages)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY, "diff: the root table cannot be read");
	return status;
}

/* --with ROOT: the same target, but for that. */
static int take_other(struct diff *d, struct side *side)
{
	struct pmap_query *q = d->q;
	const struct pmap_expr root = q->opt.root;
	int status;

	q->opt.root = q->opt.with;
	status = pmap_target_init(&q->target, &q->opt, q->no_space, sizeof(q->no_space));
	if (status) {
		pmap_fail(q, status, "--with: %s", q->no_space);
	} else {
		pmap_nesting_attach(&q->target, pmap_cache_at, q->cache);
		status = take_side(d, side);
	}
	q->opt.root = root;
	return status;
}

static int set_sides(struct diff *d)
{
	char *const *name = d->q->opt.name;
	bool with = d->q->opt.with.text;
	int status;

	if ((name[1] && with) || (!name[0] && !with))
		return pmap_fail(d->q, PMAP_STATUS_USAGE,
				 "diff: name two snapshots, or one to compare with now, or the root to compare with (--with ROOT)");
	status = name[0] ? find_side(d, &d->side[0], name[0]) :
			   take_side(d, &d->side[0]);
	if (!status)
		status = name[1] ? find_side(d, &d->side[1], name[1]) :
			 with ? take_other(d, &d->side[1]) :
				take_side(d, &d->side[1]);
	for (int i = 0; i < 2 && !status; i++)
		status = look(d, &d->side[i]);
	return status;
}

static int set_range(struct diff *d)
{
	const struct pmap_expr_range *in = &d->q->opt.in;

	d->last = ~0ULL;
	if (!in->start.text)
		return 0;
	d->first = in->start.value;
	d->last = !in->end.text ? d->first : in->end_is_length ?
		  d->first + in->end.value - 1 : in->end.value - 1;
	return d->last < d->first ?
	       pmap_query_inverted(d->q, in->start.value, in->end.value) : 0;
}

static void free_diff(struct diff *d)
{
	pmap_pairs_end(&d->pairs);
	pmap_diff_picture_free(&d->picture);
	for (int i = 0; i < 2; i++) {
		struct side *side = &d->side[i];

		pmap_options_free(&side->q.opt);
		if (side->s && !side->taken)
			pmap_snapshot_rest(side->s);
		if (side->taken)
			pmap_snapshot_free(side->s);
	}
}

/* --svg: what was there before and is not any more is drawn, too. */
static int draw(struct diff *d)
{
	struct pmap_query *q = d->q, *now = &d->side[1].q;
	char *const *name = q->opt.name;
	char title[256], with[32];
	int status;

	snprintf(with, sizeof(with), "root 0x%" PRIx64, q->opt.with.value);
	snprintf(title, sizeof(title), "what changed: %.96s to %.96s",
		 name[0] ? name[0] : "now", name[1] ? name[1] :
		 q->opt.with.text ? with : "now");
	d->picture.writer = &d->writer;
	/* Its regions are found by a walk, which reads through the cache. */
	if (!now->target.nested)
		pmap_nesting_attach(&now->target, pmap_cache_at, now->cache);
	now->first = d->first;
	now->last = d->last;
	/* Those are of what is there now. */
	now->symbols = d->side[1].taken ? q->symbols : NULL;
	status = pmap_diff_picture_draw(now, &d->picture, title, q->opt.in.start.text);
	return status ? pmap_fail(q, status, "%s", now->why) : 0;
}

int pmap_diff(struct pmap_query *q)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(free_diff))) struct diff d = {
		.q = q, .named = !q->opt.no_names,
	};
	int status = set_range(&d);

	if (!status)
		status = pmap_survey_named(q);
	if (!status)
		status = pmap_filter_init(&d.filter, q);
	if (!status)
		status = set_sides(&d);
	if (status)
		return status;
	pmap_writer_begin(&d.writer, q, &pmap_diff_schema, 0);
	status = compare(&d);
	if (status)
		return status;
	if (q->opt.svg)
		status = draw(&d);
	else
		pmap_writer_end(&d.writer);
	if (status)
		return status;
	if (q->opt.touched && !q->opt.svg && d.writer.shape == PMAP_SHAPE_TEXT)
		pmap_text_puts(q->out, "(flags that were set in the first one already say nothing)\n");
	if (pmap_bridge_interrupted())
		return PMAP_STATUS_INTERRUPTED;
	pmap_result_u64(q->call, "ranges", d.writer.rows);
	pmap_result_u64(q->call, "ok", !d.writer.rows);
	if (!d.writer.rows)
		q->call->stop = false;
	return d.writer.rows ? PMAP_STATUS_UNEXPECTED : PMAP_STATUS_OK;
}

int pmap_diff_since(struct pmap_query *q, const char *name,
		    struct pmap_text *out, uint64_t *parts_ret)
{
	static struct pmap_schema plain;
	__attribute__((cleanup(free_diff))) struct diff d = {
		.q = q, .first = q->first, .last = q->last,
		.ignored = PMAP_DIFF_ACCESSED | PMAP_DIFF_DIRTY | PMAP_DIFF_FLAGS_OFF,
	};
	int status = find_side(&d, &d.side[0], name);

	if (!status)
		status = take_side(&d, &d.side[1]);
	for (int i = 0; i < 2 && !status; i++)
		status = look(&d, &d.side[i]);
	if (status)
		return status;
	plain = pmap_diff_schema;
	plain.headed = false;
	pmap_writer_begin(&d.writer, q, &plain, 0);
	d.writer.out = out;
	status = compare(&d);
	*parts_ret = d.writer.rows;
	return status;
}
