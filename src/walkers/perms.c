/*
 * pmap perms: what is allowed, and which level takes each missing right away;
 * in two dimensions, which level of which one.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arch/judge.h"
#include "show/entry.h"
#include "show/filter.h"
#include "show/merge.h"
#include "show/run-record.h"
#include "show/words-2d.h"
#include "show/words.h"
#include "target/kept.h"
#include "target/nesting.h"
#include "target/outcome.h"
#include "target/query.h"
#include "walkers/walkers.h"

static const struct {
	unsigned right;
	const char *name;
} rights[] = {
	{ PML_R, "read" }, { PML_W, "write" }, { PML_X, "execute" },
	{ PML_U, "user" },
};
#define RIGHTS	(sizeof(rights) / sizeof(rights[0]))

/* The entries by which one set of tables leads to a page. */
struct side {
	const struct pml_format *fmt;
	struct pml_steps steps;
	uint8_t denied[RIGHTS];		/* levels that deny it, a PML_LEVEL() each */
};

/* Pages that touch and are allowed the same, for the same reason. */
struct stretch {
	uint64_t va, last;
	unsigned rights;
	uint8_t kind, where;	/* where: of enum pml_where, if nested */
	int status;
	struct side side[2];	/* of the first page; [1] is the outer, if nested */
	struct pml_target end;
	struct pml_target_2d end_2d;
};

/* The walk that stretches come from: one cursor, or the product of two. */
struct perms {
	struct pmap_query *q;
	bool single;		/* one address: entries are named in full */
	bool list;		/* several questions: a line each */
	struct pml_cursor cursor;
	struct pml_product product;
	struct pmap_filter filter;
	struct pmap_writer writer;
	struct pmap_merge merge;
	struct stretch held;
	unsigned common;	/* rights that all lines have */
	int status;		/* the first that is not 0 */
};

/* `xu`: execution counts by the bit for user addresses. */
static void find_denials(struct side *side, bool xu)
{
	memset(side->denied, 0, sizeof(side->denied));
	for (int i = 0; i < side->steps.count; i++) {
		const struct pml_step *step = &side->steps.step[i];
		unsigned own = pml_own_rights(side->fmt, step->level,
					      step->raw);

		for (size_t r = 0; r < RIGHTS; r++) {
			unsigned right = rights[r].right;

			if (!(own & (right == PML_X && xu ? PML_XU : right)))
				side->denied[r] |= PML_LEVEL(step->level);
		}
	}
}

static void look_at(struct pmap_query *q, struct stretch *s)
{
	const struct pml_space *space = &q->target.space;

	s->side[0].fmt = space->fmt;
	pml_translate(space, s->va, &s->end, &s->side[0].steps);
	s->status = pmap_kind_status(s->kind);
	if (s->kind == PML_LEAF)
		find_denials(&s->side[0], false);
}

static void look_at_2d(struct pmap_query *q, struct stretch *s)
{
	struct pml_nested *pair = &q->target.pair;
	struct pml_walk_2d walk;

	pml_translate_2d(pair, s->va, &s->end_2d, &walk);
	s->status = pmap_status_2d(&s->end_2d);
	if (s->kind != PML_LEAF)
		return;
	s->side[0].fmt = pair->inner.fmt;
	s->side[0].steps = walk.inner;
	s->side[1].fmt = pair->outer->fmt;
	s->side[1].steps = walk.turn[walk.turns - 1].steps;
	find_denials(&s->side[0], false);
	find_denials(&s->side[1], (s->end_2d.inner.rights & PML_U) &&
				  pml_has_xu(pair->outer->fmt));
}

/* The next one that the filters want. */
static bool next_record(struct perms *p, struct pml_product_record *product)
{
	const struct pmap_target *target = &p->q->target;
	bool nested = target->nested, wanted;

	do {
		if (pmap_bridge_interrupted() ||
		    !(nested ? pml_product_next(&p->product, product)
			     : pml_next(&p->cursor, &product->r)))
			return false;
		wanted = nested ?
			pmap_filter_product(&p->filter, target, product) :
			pmap_filter_record(&p->filter, target, &product->r);
	} while (!wanted);
	return true;
}

static bool next_stretch(struct perms *p, struct stretch *s)
{
	bool nested = p->q->target.nested;
	struct pml_product_record product;
	struct pml_record *r = &product.r;

	if (!next_record(p, &product))
		return false;
	memset(s, 0, sizeof(*s));
	s->va = r->va;
	s->last = r->last;
	s->kind = r->kind;
	s->where = nested ? product.where : 0;
	s->rights = r->kind == PML_LEAF ? r->rights : 0;
	(nested ? look_at_2d : look_at)(p->q, s);
	return true;
}

/* --- Records -------------------------------------------------------------- */

enum field { VA, LAST, KIND, NAMES, WHERE, REASON, NO_READ, FIELDS = NO_READ + RIGHTS };

static const struct pmap_field fields[FIELDS] = {
	[VA] = PMAP_FIELD("va", PMAP_HEX, .before = ""),
	[LAST] = PMAP_FIELD("last", PMAP_HEX, .before = "-", .look = PMAP_TRAILS),
	[KIND] = PMAP_FIELD("kind", PMAP_WORD),
	[NAMES] = PMAP_FIELD("rights", PMAP_WORD, .before = "  "),
	[WHERE] = PMAP_FIELD("where", PMAP_WORD),
	[REASON] = PMAP_FIELD("reason", PMAP_WORD),
	[NO_READ] = PMAP_FIELD("no_read", PMAP_WORD),
	[NO_READ + 1] = PMAP_FIELD("no_write", PMAP_WORD),
	[NO_READ + 2] = PMAP_FIELD("no_execute", PMAP_WORD),
	[NO_READ + 3] = PMAP_FIELD("no_user", PMAP_WORD),
};

static const uint8_t columns[] = { VA, LAST, NAMES };

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS,
	.columns = columns, .ncolumns = sizeof(columns), .note_at = 2,
	.empty = "nothing mapped\n",
};

static void add_side_denials(const struct perms *p, const struct side *side,
			     size_t r, const char *whose, struct pmap_text *out)
{
	for (int i = 0; i < side->steps.count; i++) {
		const struct pml_step *step = &side->steps.step[i];

		if (!(side->denied[r] & PML_LEVEL(step->level)))
			continue;
		pmap_text_add(out, "%s%s", out->len ? ", " : "", whose);
		if (p->single)
			pmap_add_step(out, side->fmt, step);
		else
			pmap_text_puts(out, side->fmt->level[step->level].name);
	}
}

/* The entries that take a right away: "PDE, the outer PTE"; else empty. */
static void add_denials(const struct perms *p, const struct stretch *s,
			size_t r, struct pmap_text *out)
{
	add_side_denials(p, &s->side[0], r,
			 p->q->target.nested ? "the guest's " : "", out);
	add_side_denials(p, &s->side[1], r, "the outer ", out);
}

static void add_reason(const struct perms *p, const struct stretch *s,
		       struct pmap_text *out)
{
	struct pmap_query *q = p->q;

	if (!p->single)
		pmap_text_puts(out, pmap_kind_name(s->kind));
	else if (q->target.nested)
		pmap_add_reason_2d(out, &q->target, &s->end_2d);
	else
		pmap_add_reason(out, &q->target.space, &s->end);
	if (p->single && !q->target.nested)
		pmap_kept_add(out, q, s->end.level, s->end.raw);
	if (!p->single && q->target.nested)
		pmap_text_add(out, " (%s)", pmap_where_name(s->where));
}

struct texts {
	struct pmap_text denied[RIGHTS], reason, note;
};

static void free_texts(struct texts *t)
{
	for (size_t r = 0; r < RIGHTS; r++)
		pmap_text_free(&t->denied[r]);
	pmap_text_free(&t->reason);
	pmap_text_free(&t->note);
}

/* For people: what is missing, in lines below the rights, or behind them. */
static void add_note(const struct pml_format *fmt, const struct stretch *s,
		     bool list, struct texts *t)
{
	char name[PMAP_RIGHTS_NAME];

	if (s->kind != PML_LEAF) {
		pmap_text_add(&t->note, "  nothing: %s", t->reason.data);
		return;
	}
	pmap_text_add(&t->note, "  %s",
		      pmap_rights_name(fmt, s->rights, name));
	for (size_t r = 0; r < RIGHTS; r++)
		if (t->denied[r].len)
			pmap_text_add(&t->note, list ? ", no %s by %s" :
							"\n  no %-7s by %s",
				      rights[r].name, t->denied[r].data);
}

static void emit(const void *record, void *arg)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(free_texts))) struct texts t = { 0 };
	const struct stretch *s = record;
	struct perms *p = arg;
	const struct pml_format *fmt = pmap_target_format(&p->q->target);
	struct pmap_row row;
	char name[PMAP_RIGHTS_NAME];

	if (!pmap_filter_line(&p->filter, s->va, s->last))
		return;
	p->common &= s->rights;
	if (!p->status)
		p->status = s->status;
	pmap_row_init(&row);
	pmap_row_number(&row, VA, s->va);
	if (!p->single)
		pmap_row_number(&row, LAST, s->last);
	if (s->kind == PML_LEAF) {
		pmap_row_word(&row, NAMES,
			      pmap_rights_name(fmt, s->rights, name));
		row.style = pmap_rights_style(s->rights);
	} else {
		add_reason(p, s, &t.reason);
		pmap_row_word(&row, KIND, pmap_kind_name(s->kind));
		if (p->q->target.nested)
			pmap_row_word(&row, WHERE, pmap_where_name(s->where));
		if (p->single)
			pmap_row_word(&row, REASON, t.reason.data);
	}
	for (size_t r = 0; r < RIGHTS && s->kind == PML_LEAF; r++) {
		add_denials(p, s, r, &t.denied[r]);
		if (t.denied[r].len)
			pmap_row_word(&row, NO_READ + r, t.denied[r].data);
	}
	add_note(fmt, s, p->list, &t);
	row.note = t.note.data;
	pmap_write(&p->writer, &row);
}

/* Does the next stretch only go on with this one? */
static bool join(void *held, const void *next, void *arg)
{
	struct stretch *a = held;
	const struct stretch *b = next;

	(void)arg;
	for (int i = 0; i < 2; i++)
		if (memcmp(a->side[i].denied, b->side[i].denied,
			   sizeof(a->side[i].denied)) != 0)
			return false;
	if (a->kind != b->kind || a->where != b->where ||
	    a->rights != b->rights || a->last + 1 != b->va)
		return false;
	a->last = b->last;
	return true;
}

/* What holds for all of the range. */
static void set_results(struct pmap_query *q, unsigned common, int status)
{
	char name[PMAP_RIGHTS_NAME];

	pmap_result_str(q->call, "rights",
			pmap_rights_name(pmap_target_format(&q->target),
					 common, name));
	pmap_result_u64(q->call, "can_read", status == 0 && common & PML_R);
	pmap_result_u64(q->call, "can_write", status == 0 && common & PML_W);
	pmap_result_u64(q->call, "can_execute", status == 0 && common & PML_X);
	pmap_result_u64(q->call, "can_user", status == 0 && common & PML_U);
}

/* One of the table: "yes", the exception with its error code, or the exit. */
static void name_outcome(struct pmap_judge *judge,
			 const struct pmap_access *a, char *to, size_t size)
{
	struct pmap_verdict v;

	pmap_judge(judge, a, &v);
	judge->arch->short_verdict(&v, to, size);
}

/* Of the user and the supervisor, in whatever mode the CPU is. */
static void judge_both(struct pmap_judge *judge, struct pmap_query *q)
{
	q->opt.supervisor = true;
	pmap_judge_init(judge, q);
	q->opt.supervisor = false;
}

/*
 * What each kind of access by each accessor comes to, under the current
 * control registers.
 */
static void print_table(struct pmap_query *q, uint64_t va)
{
	static const uint8_t kinds[] = { PML_R, PML_W, PML_X };
	int width = q->target.nested ? 20 : 7;
	struct pmap_judge judge;
	char outcome[32];

	judge_both(&judge, q);
	pmap_text_add(q->out, "              %-*s  %-*s  fetch\n", width, "read",
		      width, "write");
	for (int user = 0; user < 2; user++) {
		pmap_text_add(q->out, "  %-10s", user ? "user" : "supervisor");
		for (size_t i = 0; i < sizeof(kinds); i++) {
			struct pmap_access a = { .va = va, .size = 1,
						.kind = kinds[i], .user = user };

			name_outcome(&judge, &a, outcome, sizeof(outcome));
			pmap_text_add(q->out, "  %-*s", i < 2 ? width : 0, outcome);
		}
		pmap_text_puts(q->out, "\n");
	}
	pmap_add_assumptions(q->out, &judge, "  ");
}

/* What of the range is in one half. */
static void walk_piece(struct perms *p, const struct pmap_piece *piece)
{
	struct pmap_target *t = &p->q->target;
	struct stretch now;

	pmap_target_select(t, piece->first);
	if (t->nested)
		pml_product_init(&p->product, &t->pair, piece->first, piece->last);
	else
		pml_cursor_init(&p->cursor, &t->space, piece->first, piece->last,
				PML_ENTER_RECURSIVE);
	while (next_stretch(p, &now))
		pmap_merge_add(&p->merge, &now);
}

/* Write the range; the first status that is not 0, or 0. */
static int walk(struct perms *p)
{
	struct pmap_query *q = p->q;
	uint64_t before = p->writer.rows;
	struct pmap_piece piece;

	p->common = ~0u;
	p->status = PMAP_STATUS_OK;
	for (unsigned i = 0;
	     pmap_target_piece(&q->target, i, q->first, q->last, &piece); i++)
		walk_piece(p, &piece);
	pmap_merge_flush(&p->merge);
	if (p->writer.rows == before) {
		p->common = 0;
		p->status = PMAP_STATUS_HOLE;
	}
	return p->status;
}

/* The current operands: one range.  0, or the status of pmap_fail(). */
static int take_range(struct perms *p)
{
	struct pmap_query *q = p->q;
	int status = pmap_query_areas(q);

	p->single = !q->opt.end.text;
	return status;
}

static int one_range(struct perms *p)
{
	int status = take_range(p);

	if (status)
		return status;
	pmap_writer_begin(&p->writer, p->q, &schema, p->single ? 1u << LAST : 0);
	status = walk(p);
	pmap_writer_end(&p->writer);
	return status;
}

/* A line that is no address is an answer as well. */
static void say_refused(struct perms *p, const char *why)
{
	struct pmap_row row;
	char note[320];

	pmap_row_init(&row);
	pmap_row_number(&row, VA, p->q->opt.start.value);
	pmap_row_word(&row, REASON, why);
	snprintf(note, sizeof(note), "  nothing: %.300s", why);
	row.note = note;
	pmap_write(&p->writer, &row);
	p->common = 0;
}

/* Those of --from, or of A,B,C; results are the last one's, the status the first's. */
static int all_lines(struct perms *p)
{
	struct pmap_query *q = p->q;
	int status = 0;

	p->list = true;
	pmap_writer_begin(&p->writer, q, &schema, 0);
	for (size_t i = 0; i < q->opt.nlines && !pmap_bridge_interrupted(); i++) {
		int own;

		pmap_query_swap(q, &q->opt.lines[i]);
		own = take_range(p);
		if (own)
			say_refused(p, q->why);
		else
			own = walk(p);
		q->why[0] = '\0';
		pmap_query_swap(q, &q->opt.lines[i]);
		p->status = own;
		if (!status)
			status = own;
	}
	pmap_writer_end(&p->writer);
	return status;
}

int pmap_perms(struct pmap_query *q)
{
	struct perms p = { .q = q };
	int status;

	if (q->target.guest_off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "paging is off in the guest: its addresses are guest-physical, `pmap gva2gpa' and `pmap dump' show what they map");
	status = pmap_filter_init(&p.filter, q);
	if (status)
		return status;
	p.merge = (struct pmap_merge){
		.held = &p.held, .size = sizeof(p.held),
		.join = join, .emit = emit, .arg = &p,
	};
	status = q->opt.nlines ? all_lines(&p) : one_range(&p);
	if (q->why[0])
		return status;
	set_results(q, p.common, p.status);
	/* An EPT or NPT by itself has no accesses of programs. */
	if (!p.list && p.single && p.writer.rows && p.writer.shape == PMAP_SHAPE_TEXT &&
	    (q->target.nested || q->target.arch->is_own(q->target.space.fmt)))
		print_table(q, q->first);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED : status;
}
