/*
 * pmap diff: what changed between two sets of tables.
 *
 * Both are snapshots; what is looked at now is taken as one first.  Two cursors go
 * in lockstep, and tables whose sums agree are not entered: the cost is that of what
 * changed.  Runs that changed alike and touch are one line.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "show/filter.h"
#include "show/merge.h"
#include "show/names.h"
#include "show/record.h"
#include "target/nesting.h"
#include "traverse/pairs.h"
#include "walkers/snapshot.h"
#include "walkers/survey.h"
#include "walkers/walkers.h"

enum change {
	MAPPED = 1, UNMAPPED = 2, MOVED = 4, RIGHTS = 8, SPLIT = 16,
	COLLAPSED = 32, TYPE = 64, GLOBAL = 128, ACCESSED = 256, DIRTY = 512,
	FLAGS_OFF = 1024,	/* accessed or dirty is not set any more */
	ENTRY = 2048,		/* no page in either, but another entry */
	REPEATS = 4096,		/* the same tables as at another address */
};

static const struct { unsigned bit; const char *name; } names[] = {
	{ MAPPED, "mapped" }, { UNMAPPED, "unmapped" }, { MOVED, "moved" },
	{ RIGHTS, "rights" }, { SPLIT, "split" }, { COLLAPSED, "collapsed" },
	{ TYPE, "type" }, { GLOBAL, "global" }, { ACCESSED, "accessed" },
	{ DIRTY, "dirty" }, { FLAGS_OFF, "aged" }, { ENTRY, "entry" },
	{ REPEATS, "repeats" },
};

struct difference {
	uint64_t va, last;
	unsigned change;
	uint64_t of;		/* REPEATS: that address */
	struct pmap_run a, b;
};

/* One of the two. */
struct side {
	struct pmap_snapshot *s;
	bool taken;		/* for this command alone */
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
	struct difference held;
	uint64_t first, last;
	bool sums;		/* they mean the same on both sides */
};

/* --- Records -------------------------------------------------------------- */

enum field {
	VA, LAST, SIZE, CHANGE, OF, KIND, PA, PAGE, RIGHT, MT, WAS_KIND, WAS_PA,
	WAS_PAGE, WAS_RIGHT, WAS_MT, NAME, FIELDS
};

static const struct pmap_field fields[FIELDS] = {
	[VA] = PMAP_FIELD("va", PMAP_ADDRESS, .before = "", .width = 16,
			  .head = "START-LAST"),
	[LAST] = PMAP_FIELD("last", PMAP_ADDRESS, .before = "-", .width = 16),
	[SIZE] = PMAP_COLUMN(PMAP_BYTES, .before = " ", .width = 6,
			     .look = PMAP_RIGHT, .drop = 1, .head = "SIZE"),
	[CHANGE] = PMAP_FIELD("change", PMAP_WORD, .before = "  ", .width = 8,
			      .head = "CHANGE"),
	[OF] = PMAP_FIELD("of", PMAP_ADDRESS),
	[KIND] = PMAP_FIELD("kind", PMAP_WORD),
	[PA] = PMAP_FIELD("pa", PMAP_FRAME),
	[PAGE] = PMAP_FIELD("page", PMAP_NUMBER),
	[RIGHT] = PMAP_FIELD("rights", PMAP_WORD),
	[MT] = PMAP_FIELD("mt", PMAP_WORD),
	[WAS_KIND] = PMAP_FIELD("was_kind", PMAP_WORD),
	[WAS_PA] = PMAP_FIELD("was_pa", PMAP_FRAME),
	[WAS_PAGE] = PMAP_FIELD("was_page", PMAP_NUMBER),
	[WAS_RIGHT] = PMAP_FIELD("was_rights", PMAP_WORD),
	[WAS_MT] = PMAP_FIELD("was_mt", PMAP_WORD),
	[NAME] = PMAP_FIELD("name", PMAP_WORD, .before = "  ", .look = PMAP_TRAILS),
};

static const uint8_t columns[] = { VA, LAST, SIZE, CHANGE };

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS, .columns = columns,
	.ncolumns = sizeof(columns), .note_at = 3, .headed = true,
	.empty = "no difference\n",
	.legend = "CHANGE  mapped, unmapped; moved: another frame; rights; split, collapsed:\n"
		  "        another size of pages; type: of memory; global; accessed, dirty:\n"
		  "        since the first one; aged: such a flag was cleared; entry: no page\n"
		  "        before and after, but another entry; repeats: the same tables\n",
};

static void add_change(struct pmap_text *out, unsigned change)
{
	const char *comma = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(change & names[i].bit))
			continue;
		pmap_text_add(out, "%s%s", comma, names[i].name);
		comma = ",";
	}
}

/* The fields from `kind' on, which are those of one side. */
static void fill_side(struct pmap_row *row, int kind, const struct pmap_run *run,
		      char rights[PMAP_RIGHTS_NAME])
{
	pmap_row_word(row, kind, pmap_kind_name(run->kind));
	if (run->kind != PML_LEAF)
		return;
	if (!(run->differs & PMAP_DIFFERS_PA))
		pmap_row_number(row, kind + PA - KIND, run->pa);
	pmap_row_number(row, kind + PAGE - KIND, run->page);
	pmap_row_word(row, kind + RIGHT - KIND,
		      pmap_rights_name(run->fmt, run->rights, rights));
	if (run->mt)
		pmap_row_word(row, kind + MT - KIND, run->mt);
}

/* "rw-u 4K wb 0x1234000" */
static void add_side(struct pmap_text *out, const struct pmap_run *run)
{
	char rights[PMAP_RIGHTS_NAME];

	if (run->kind != PML_LEAF) {
		pmap_text_puts(out, pmap_kind_name(run->kind));
		if (run->raw && !(run->differs & PMAP_DIFFERS_RAW))
			pmap_text_add(out, " 0x%" PRIx64, run->raw);
		return;
	}
	pmap_text_add(out, "%s ", pmap_rights_name(run->fmt, run->rights, rights));
	pmap_text_size(out, run->page);
	pmap_text_add(out, " %s%s", run->mt ? run->mt : "", run->mt ? " " : "");
	if (run->differs & PMAP_DIFFERS_PA)
		pmap_text_puts(out, "...");
	else
		pmap_text_add(out, "0x%" PRIx64, run->pa);
}

static void add_note(struct pmap_text *note, const struct difference *d,
		     const char *name)
{
	pmap_text_puts(note, "  ");
	add_change(note, d->change);
	if (d->change == REPEATS) {
		pmap_text_add(note, " %016" PRIx64, d->of);
	} else if (d->change == MAPPED) {
		pmap_text_puts(note, "  ");
		add_side(note, &d->b);
	} else if (d->change == UNMAPPED) {
		pmap_text_puts(note, "  was ");
		add_side(note, &d->a);
	} else {
		pmap_text_puts(note, "  ");
		add_side(note, &d->a);
		pmap_text_puts(note, " -> ");
		add_side(note, &d->b);
	}
	if (name)
		pmap_text_add(note, "  %s", name);
}

static void emit(const void *record, void *arg)
{
	const struct difference *d = record;
	struct diff *diff = arg;
	char rights[PMAP_RIGHTS_NAME], was[PMAP_RIGHTS_NAME], named[PMAP_NAMED_SIZE];
	/* Regions are those of now: the second side's, if it is what is looked at. */
	const char *name = diff->q->opt.no_names ? NULL :
			   pmap_names_of(&diff->side[1].q, d->va, named);
	struct pmap_text change = { 0 }, note = { 0 };
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_number(&row, VA, d->va);
	pmap_row_number(&row, LAST, d->last);
	pmap_row_number(&row, SIZE, d->last - d->va + 1);
	add_change(&change, d->change);
	pmap_row_word(&row, CHANGE, change.data ? change.data : "");
	if (d->change == REPEATS) {
		pmap_row_number(&row, OF, d->of);
	} else {
		fill_side(&row, KIND, &d->b, rights);
		fill_side(&row, WAS_KIND, &d->a, was);
	}
	if (name)
		pmap_row_word(&row, NAME, name);
	add_note(&note, d, name);
	row.note = note.data;
	pmap_write(&diff->writer, &row);
	pmap_text_free(&change);
	pmap_text_free(&note);
}

/* --- Changes that go on --------------------------------------------------- */

static bool join(void *held, const void *next, void *arg)
{
	struct difference *h = held, joined = *h;
	const struct difference *d = next;

	(void)arg;
	if (h->change != d->change || h->last + 1 != d->va || h->of != d->of)
		return false;
	if (d->change != REPEATS && (!pmap_run_join(&joined.a, &d->a, false) ||
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
	return (a->pa != b->pa ? MOVED : 0) |
	       (a->rights != b->rights ? RIGHTS : 0) |
	       (a->page > b->page ? SPLIT : a->page < b->page ? COLLAPSED : 0) |
	       (a->mt != b->mt ? TYPE : 0) |
	       (a->global != b->global ? GLOBAL : 0) |
	       (!a->accessed && b->accessed ? ACCESSED : 0) |
	       (!a->dirty && b->dirty ? DIRTY : 0) |
	       ((a->accessed && !b->accessed) || (a->dirty && !b->dirty) ?
		FLAGS_OFF : 0);
}

static unsigned compare_runs(const struct pmap_run *a, const struct pmap_run *b)
{
	if (a->kind == PML_LEAF && b->kind == PML_LEAF)
		return compare_leaves(a, b);
	if (a->kind == PML_LEAF)
		return UNMAPPED;
	if (b->kind == PML_LEAF)
		return MAPPED;
	return a->kind != b->kind || a->raw != b->raw ? ENTRY : 0;
}

static bool is_wanted(const struct diff *d, const struct difference *now)
{
	bool touched = now->change & (ACCESSED | DIRTY) ||
		       (now->change & MAPPED && now->b.accessed);

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
	struct difference now = { .va = r->va, .last = r->last };

	if (a->kind == b->kind && a->raw == b->raw && a->rights == b->rights &&
	    a->shift == b->shift && a->kind != PML_LEAF)
		return;
	if (a->kind == PML_LEAF && b->kind == PML_LEAF && a->raw == b->raw &&
	    a->rights == b->rights && a->level == b->level && d->sums)
		return;
	run_from(&now.a, &d->side[0], a, r->va, r->last);
	run_from(&now.b, &d->side[1], b, r->va, r->last);
	now.change = compare_runs(&now.a, &now.b);
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
		pmap_merge_add(&d->merge, &(struct difference){
			.va = r->va, .last = r->last, .change = REPEATS, .of = va,
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
	/* A table at the same address is another one, of another time. */
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

static int look(struct diff *d, struct side *side)
{
	struct pmap_target *target = &side->q.target;
	int status;

	side->q.command = d->q->command;
	side->q.call = d->q->call;
	side->q.out = d->q->out;
	status = pmap_snapshot_look(&side->q, side->s);
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
	       pmap_fail(d->q, PMAP_STATUS_USAGE, "diff: no snapshot %s (`pmap snapshot' lists them)",
			 name);
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
	status = pmap_snapshot_take(q, "now", &side->s);
	side->taken = !status;
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
	for (int i = 0; i < 2; i++) {
		struct side *side = &d->side[i];

		pmap_options_free(&side->q.opt);
		if (side->s && !side->taken)
			pmap_snapshot_rest(side->s);
		if (side->taken)
			pmap_snapshot_free(side->s);
	}
}

int pmap_diff(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(free_diff))) struct diff d = { .q = q };
	int status = set_range(&d);

	if (!status)
		status = pmap_survey_named(q);
	if (!status)
		status = pmap_filter_init(&d.filter, q);
	if (!status)
		status = set_sides(&d);
	if (status)
		return status;
	d.merge = (struct pmap_merge){
		.held = &d.held, .size = sizeof(d.held),
		.join = join, .emit = emit, .arg = &d,
	};
	pmap_writer_begin(&d.writer, q, &schema, 0);
	status = compare(&d);
	if (status)
		return status;
	pmap_writer_end(&d.writer);
	if (q->opt.touched && d.writer.shape == PMAP_SHAPE_TEXT)
		pmap_text_puts(q->out, "(flags that were set in the first one already say nothing)\n");
	if (pmap_bridge_interrupted())
		return PMAP_STATUS_INTERRUPTED;
	pmap_result_u64(q->call, "ranges", d.writer.rows);
	pmap_result_u64(q->call, "ok", !d.writer.rows);
	if (!d.writer.rows)
		q->call->stop = false;
	return d.writer.rows ? PMAP_STATUS_UNEXPECTED : PMAP_STATUS_OK;
}
