/*
 * pmap expect: do these addresses have these rights, this memory type, pages of
 * this size, these frames, and what a snapshot has?  For scripts, and with --from for lists of such
 * questions.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "show/filter.h"
#include "show/merge.h"
#include "show/record.h"
#include "show/run.h"
#include "target/query.h"
#include "walkers/diff.h"
#include "walkers/walkers.h"

/* What was expected and did not hold. */
enum wrong { IN_RIGHTS = 1, IN_MT = 2, IN_PAGE = 4, IN_PA = 8 };

/* Neighbours that differ alike are one row. */
struct part {
	struct pmap_run run;
	char rights[PMAP_RIGHTS_NAME];
	unsigned wrong;		/* of enum wrong */
};

/* One expectation. */
struct expectation {
	const struct pmap_options *words;
	const char *rights;	/* NULL: any, but mapped */
	struct pmap_filter filter;	/* --mt, --page, --pa */
	bool one_pa;		/* --pa is where the range begins, contiguous */
	char text[160];		/* as it is said: "rw-s --mt wb" */
};

enum field { VA, LAST, RIGHTS, KIND, PA, PAGE, MT, EXPECTED, FIELDS };

static const struct pmap_field fields[FIELDS] = {
	[VA] = PMAP_FIELD("va", PMAP_ADDRESS, .before = "0x", .width = 16),
	[LAST] = PMAP_FIELD("last", PMAP_ADDRESS, .before = "-0x", .width = 16),
	[RIGHTS] = PMAP_FIELD("rights", PMAP_WORD, .before = "  ",
			      .look = PMAP_COLOURED),
	[KIND] = PMAP_FIELD("kind", PMAP_WORD),
	[PA] = PMAP_FIELD("pa", PMAP_FRAME),
	[PAGE] = PMAP_FIELD("page", PMAP_NUMBER),
	[MT] = PMAP_FIELD("mt", PMAP_WORD),
	[EXPECTED] = PMAP_FIELD("expected", PMAP_WORD, .before = ", expected "),
};

static const uint8_t columns[] = { VA, LAST, RIGHTS, EXPECTED };

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS,
	.columns = columns, .ncolumns = sizeof(columns), .note_at = 2,
};

struct expect {
	struct pmap_query *q;
	struct expectation one;
	struct pmap_writer writer;
	struct pmap_merge merge;
	struct part held;
};

/* --- What is expected ----------------------------------------------------- */

static bool expects_frames(const struct expectation *one)
{
	return one->words->mt || one->words->page || one->words->pa.start.text;
}

static void name_expectation(struct expectation *one)
{
	const struct pmap_options *w = one->words;
	struct pmap_text text = { 0 };

	pmap_text_puts(&text, one->rights ? one->rights : "mapped");
	if (w->mt)
		pmap_text_add(&text, " --mt %s", w->mt);
	if (w->page)
		pmap_text_add(&text, " --page %s", w->page);
	if (w->pa.start.text)
		pmap_text_add(&text, " --pa 0x%" PRIx64, one->filter.pa_first);
	if (w->pa.end.text)
		pmap_text_add(&text, ",0x%" PRIx64, one->filter.pa_last + 1);
	snprintf(one->text, sizeof(one->text), "%s", text.data ? text.data : "");
	pmap_text_free(&text);
}

/* From the words of q->opt; 0, or the status of pmap_fail(). */
static int take_expectation(struct expectation *one, struct pmap_query *q)
{
	const struct pmap_options *w = &q->opt;
	int status;

	*one = (struct expectation){ .words = w, .rights = w->rights_word };
	if (one->rights ? !pmap_options_is_rights(one->rights) :
			  !expects_frames(one) && !w->same_as)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "RIGHTS missing or malformed: rw-s, r-xu, r-x? or none; see `help pmap expect'");
	if (one->rights && strcmp(one->rights, "none") == 0 && expects_frames(one))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "none has no memory type, page size or frame: leave out --mt, --page and --pa");
	if (w->mt && q->target.nested)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--mt: what two dimensions make together depends on more than their tables");
	status = pmap_filter_init(&one->filter, q);
	one->one_pa = w->pa.start.text && !w->pa.end.text;
	name_expectation(one);
	return status;
}

/* A ? stands for anything, and so do letters that `expected' leaves out at its end. */
static bool holds(const char *expected, const char *got)
{
	if (strcmp(expected, "none") == 0 || strcmp(got, "none") == 0)
		return strcmp(expected, got) == 0;
	for (size_t i = 0; expected[i]; i++)
		if (expected[i] != '?' && expected[i] != got[i])
			return false;
	return true;
}

/* Does all of the run lie where it should, or does it begin at one address? */
static bool is_placed(const struct expect *e, const struct pmap_run *run)
{
	const struct pmap_filter *f = &e->one.filter;

	if (!f->has_pa)
		return true;
	if (e->one.one_pa)
		return run->pa == f->pa_first + (run->va - e->q->first);
	return run->pa >= f->pa_first && run->pa <= f->pa_last &&
	       f->pa_last - run->pa >= run->last - run->va;
}

static void judge_part(const struct expect *e, struct part *p)
{
	const struct expectation *one = &e->one;
	const struct pmap_run *run = &p->run;

	p->wrong = 0;
	if (run->kind == PML_LEAF)
		pmap_rights_name(run->fmt, run->rights, p->rights);
	else
		strcpy(p->rights, "none");
	if (!holds(one->rights ? one->rights : "???", p->rights))
		p->wrong |= IN_RIGHTS;
	if (run->kind != PML_LEAF)
		return;
	if (one->filter.mt && (!run->mt || strcmp(run->mt, one->filter.mt) != 0))
		p->wrong |= IN_MT;
	if (one->filter.pages && !(one->filter.pages & run->page))
		p->wrong |= IN_PAGE;
	if (!is_placed(e, run))
		p->wrong |= IN_PA;
}

/* --- What differs --------------------------------------------------------- */

static bool join(void *held, const void *next, void *arg)
{
	struct part *part = held;
	const struct part *now = next;
	const struct expect *e = arg;
	uint64_t length = part->run.last - part->run.va + 1;

	if (part->run.kind != now->run.kind || part->wrong != now->wrong ||
	    part->run.last + 1 != now->run.va ||
	    strcmp(part->rights, now->rights) != 0 ||
	    (e->one.filter.mt && part->run.mt != now->run.mt) ||
	    (e->one.filter.pages && part->run.page != now->run.page) ||
	    (e->one.filter.has_pa && part->run.pa + length != now->run.pa))
		return false;
	part->run.last = now->run.last;
	return true;
}

/* "  rwxs 4K wb 0x1000, expected rw-s": with what was asked for besides. */
static void add_note(struct pmap_text *note, const struct expect *e,
		     const struct part *p)
{
	const struct pmap_run *run = &p->run;

	pmap_text_add(note, "  %s", p->rights);
	if (run->kind != PML_LEAF)
		pmap_text_add(note, " (%s)", pmap_kind_name(run->kind));
	else if (e->one.filter.pages)
		pmap_text_puts(note, " "), pmap_text_size(note, run->page);
	if (run->kind == PML_LEAF && e->one.filter.mt)
		pmap_text_add(note, " %s", run->mt ? run->mt : "no memory type");
	if (run->kind == PML_LEAF && e->one.filter.has_pa)
		pmap_text_add(note, " 0x%" PRIx64, run->pa);
	pmap_text_add(note, ", expected %s", e->one.text);
}

static void fill_leaf(struct pmap_row *row, const struct expect *e,
		      const struct part *p)
{
	pmap_row_word(row, RIGHTS, p->rights);
	if (e->one.filter.has_pa)
		pmap_row_number(row, PA, p->run.pa);
	if (e->one.filter.pages)
		pmap_row_number(row, PAGE, p->run.page);
	if (e->one.filter.mt && p->run.mt)
		pmap_row_word(row, MT, p->run.mt);
}

static void emit(const void *record, void *arg)
{
	const struct part *p = record;
	struct expect *e = arg;
	struct pmap_text note = { 0 };
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_number(&row, VA, p->run.va);
	pmap_row_number(&row, LAST, p->run.last);
	if (p->run.kind == PML_LEAF)
		fill_leaf(&row, e, p);
	else
		pmap_row_word(&row, KIND, pmap_kind_name(p->run.kind));
	pmap_row_word(&row, EXPECTED, e->one.text);
	if (p->run.kind != PML_LEAF || expects_frames(&e->one)) {
		add_note(&note, e, p);
		row.note = note.data;
	}
	pmap_write(&e->writer, &row);
	pmap_text_free(&note);
}

/* The walk: one cursor, or the product of two. */
struct source {
	struct pml_cursor cursor;
	struct pml_product product;
};

static void begin_walk(struct source *s, struct pmap_target *t,
		       const struct pmap_piece *piece)
{
	pmap_target_select(t, piece->first);
	if (t->nested)
		pml_product_init(&s->product, &t->pair, piece->first, piece->last);
	else
		pml_cursor_init(&s->cursor, &t->space, piece->first, piece->last,
				PML_ENTER_RECURSIVE);
}

static bool next_run(struct source *s, struct pmap_query *q, struct pmap_run *run)
{
	struct pml_product_record product;
	struct pml_record r;

	if (pmap_bridge_interrupted())
		return false;
	if (q->target.nested) {
		if (!pml_product_next(&s->product, &product))
			return false;
		pmap_run_from_product(run, &q->target, &product);
		return true;
	}
	if (!pml_next(&s->cursor, &r))
		return false;
	pmap_run_from(run, &q->target, &r);
	return true;
}

static void compare_piece(struct expect *e, const struct pmap_piece *piece)
{
	struct source source;
	struct part now = { 0 };

	begin_walk(&source, &e->q->target, piece);
	while (next_run(&source, e->q, &now.run)) {
		judge_part(e, &now);
		if (now.wrong)
			pmap_merge_add(&e->merge, &now);
		else
			pmap_merge_flush(&e->merge);
	}
}

/* Writes what differs in q->first..q->last; how many parts that were. */
static uint64_t compare(struct expect *e)
{
	struct pmap_query *q = e->q;
	struct pmap_piece piece;

	e->merge = (struct pmap_merge){
		.held = &e->held, .size = sizeof(e->held),
		.join = join, .emit = emit, .arg = e,
	};
	for (unsigned i = 0;
	     pmap_target_piece(&q->target, i, q->first, q->last, &piece); i++)
		compare_piece(e, &piece);
	pmap_merge_flush(&e->merge);
	return e->merge.emitted;
}

/* One expectation, whose words are q->opt's. */
static int expect_one(struct expect *e, uint64_t *parts_ret)
{
	int status = take_expectation(&e->one, e->q);
	uint64_t others = 0;

	*parts_ret = 0;
	if (!status)
		status = pmap_query_areas(e->q);
	if (status)
		return status;
	if (e->one.rights || expects_frames(&e->one))
		*parts_ret = compare(e);
	if (!e->one.words->same_as)
		return 0;
	status = pmap_diff_since(e->q, e->one.words->same_as, e->writer.out, &others);
	*parts_ret += others;
	return status;
}

/* --- --from FILE ---------------------------------------------------------- */

/* Lines of `text', each as a comment of TAP's. */
static void add_comments(struct pmap_text *out, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");

		pmap_text_puts(out, "# ");
		pmap_text_put(out, text, len);
		pmap_text_puts(out, "\n");
		text += len + !!text[len];
	}
}

/* Line `i' of the file: true if it holds. */
static bool expect_line(struct expect *e, size_t i, struct pmap_text *said)
{
	struct pmap_query *q = e->q;
	const struct pmap_options all = q->opt;
	const struct pmap_options *line = &all.lines[i];
	uint64_t parts;
	int status;

	q->opt.start = line->start;
	q->opt.end = line->end;
	q->opt.end_is_length = line->end_is_length;
	q->opt.rights_word = line->rights_word;
	q->opt.mt = line->mt;
	q->opt.page = line->page;
	q->opt.pa = line->pa;
	q->opt.same_as = line->same_as;
	status = expect_one(e, &parts);
	q->opt = all;
	if (status)
		pmap_text_puts(said, q->why);
	q->why[0] = '\0';
	return !status && !parts;
}

static int expect_lines(struct expect *e)
{
	struct pmap_query *q = e->q;
	bool tap = e->writer.shape == PMAP_SHAPE_TEXT;
	struct pmap_text *out = q->out;
	uint64_t failed = 0;

	if (tap)
		pmap_text_add(out, "1..%zu\n", q->opt.nlines);
	for (size_t i = 0; i < q->opt.nlines && !pmap_bridge_interrupted(); i++) {
		struct pmap_text said = { 0 };
		bool good;

		if (tap)
			e->writer.out = &said;
		good = expect_line(e, i, &said);
		failed += !good;
		if (tap)
			pmap_text_add(out, "%sok %zu - %s\n", good ? "" : "not ",
				      i + 1, q->opt.lines[i].text);
		if (tap)
			add_comments(out, said.data);
		pmap_text_free(&said);
	}
	e->writer.out = out;
	return failed ? PMAP_STATUS_UNEXPECTED : PMAP_STATUS_OK;
}

/* --- The command ---------------------------------------------------------- */

int pmap_expect(struct pmap_query *q)
{
	struct expect e = { .q = q };
	uint64_t parts;
	int status;

	if (q->target.guest_off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "paging is off in the guest: its addresses are guest-physical, leave out --root to ask the second dimension");
	pmap_writer_begin(&e.writer, q, &schema, 0);
	if (q->opt.from) {
		status = expect_lines(&e);
	} else {
		status = expect_one(&e, &parts);
		if (status)
			return status;
		status = parts ? PMAP_STATUS_UNEXPECTED : PMAP_STATUS_OK;
	}
	pmap_writer_end(&e.writer);
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	pmap_result_u64(q->call, "ok", status == PMAP_STATUS_OK);
	if (!status)
		q->call->stop = false;
	return status;
}
