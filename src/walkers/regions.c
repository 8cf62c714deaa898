/*
 * pmap regions: what the kernel has where, one line a region.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "base/put.h"
#include "show/names.h"
#include "show/run-record.h"
#include "walkers/picture.h"
#include "walkers/survey.h"
#include "walkers/walkers.h"

enum {
	NAME, VA, LAST, PA, MAPPED, TABLES, ACCESSED, DIRTY, RIGHTS, ODD, FROM,
	CERTAIN, WHY, HOW, MOST, RATIO, FIELDS
};

static const struct pmap_field fields[FIELDS] = {
	[NAME] = PMAP_FIELD("name", PMAP_WORD, .before = "  ", .width = 13, .head = "NAME"),
	[VA] = PMAP_FIELD("va", PMAP_ADDRESS, .before = "", .width = 16, .head = "START"),
	[LAST] = PMAP_FIELD("last", PMAP_ADDRESS, .before = "-", .width = 16, .head = "LAST"),
	[PA] = PMAP_FIELD("pa", PMAP_HEX),
	[MAPPED] = PMAP_FIELD("mapped", PMAP_BYTES, .before = " ", .width = 6,
			      .look = PMAP_RIGHT, .head = "MAPPED"),
	[TABLES] = PMAP_FIELD("tables", PMAP_NUMBER, .before = " ", .width = 6,
			      .look = PMAP_RIGHT, .drop = 1, .head = "TABLES"),
	[ACCESSED] = PMAP_FIELD("accessed_bytes", PMAP_NUMBER),
	[DIRTY] = PMAP_FIELD("dirty_bytes", PMAP_NUMBER),
	[RIGHTS] = PMAP_FIELD("rights", PMAP_WORD),
	[ODD] = PMAP_FIELD("odd", PMAP_WORD, .before = "  ", .look = PMAP_TRAILS),
	[FROM] = PMAP_FIELD("from", PMAP_WORD),
	[CERTAIN] = PMAP_FIELD("certain", PMAP_FLAG),
	[WHY] = PMAP_FIELD("why", PMAP_WORD),
	[HOW] = PMAP_COLUMN(PMAP_WORD, .before = " ", .width = 11, .head = "HOW"),
	[MOST] = PMAP_COLUMN(PMAP_WORD, .before = "  ", .width = 11,
			     .look = PMAP_COLOURED, .head = "RIGHTS"),
	[RATIO] = PMAP_COLUMN(PMAP_WORD, .before = " ", .width = 9, .drop = 2,
			      .look = PMAP_RIGHT, .head = "A/D"),
};
static const uint8_t columns[] = {
	VA, LAST, MAPPED, TABLES, RATIO, NAME, HOW, MOST, ODD
};

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS, .columns = columns,
	.ncolumns = sizeof(columns), .note_at = sizeof(columns), .headed = true,
	.empty = "nothing mapped\n",
	.legend =
	"START-LAST  the room that the region has, both included\n"
	"MAPPED      of it; ~ rounded down\n"
	"TABLES      that map nothing else\n"
	"A/D         how much of it is accessed, and dirty; rounded down\n"
	"HOW         what the name is known by: user (pmap name), symbol, vmcoreinfo,\n"
	"            tables (what is mapped there), layout (the kernel's own); ? likely\n"
	"RIGHTS      those that most of it has, how much, and how many others there are\n"
	"            W+X can be written and executed; user-visible: a kernel's pages\n"
	"            that user mode may use\n",
};

#define MAX_ROWS	(2 * PMAP_AREAS_MAX + PMAP_NAMES_MAX + 16)

struct regions {
	struct pmap_survey survey;
	const struct pml_format *fmt;
	struct pmap_area row[MAX_ROWS];
	unsigned count;
};

/* --- Which regions -------------------------------------------------------- */

static struct pmap_area *add(struct regions *r, const char *name,
			     uint64_t first, uint64_t last, enum pmap_found found)
{
	struct pmap_area *area;

	if (r->count == MAX_ROWS)
		return NULL;
	area = &r->row[r->count++];
	*area = (struct pmap_area){
		.name = name, .first = first, .last = last, .found = found,
		.certain = true, .kernel = first >> 63,
	};
	return area;
}

/* What is mapped in between two areas. */
static void add_unnamed(struct regions *r, uint64_t first, uint64_t last)
{
	const struct pmap_survey *s = &r->survey;
	size_t from = pmap_survey_from(&s->all, first), i;
	uint64_t end = 0, start = 0;
	bool any = false;

	for (i = from; i < s->all.count && s->all.extent[i].va <= last; i++) {
		const struct pmap_extent *x = &s->all.extent[i];

		if (x->kind != PML_LEAF && x->kind != PMAP_RUN_REPEAT)
			continue;
		if (!any)
			start = x->va > first ? x->va : first;
		end = x->last < last ? x->last : last;
		any = true;
	}
	if (any)
		add(r, "unnamed", start, end, PMAP_FOUND_TABLES);
}

/* Areas, and what is between them. */
static void add_areas(struct regions *r)
{
	const struct pmap_layout *layout = &r->survey.layout;
	uint64_t next = 0;
	bool done = false;

	for (unsigned i = 0; i < layout->count; i++) {
		const struct pmap_area *area = &layout->area[i];

		if (area->first > next)
			add_unnamed(r, next, area->first - 1);
		if (r->count < MAX_ROWS &&
		    (r->survey.filtered ||
		     pmap_survey_mapped(&r->survey, area->first, area->last).bytes))
			r->row[r->count++] = *area;
		next = area->last + 1;
		done = !next;
	}
	if (!done)
		add_unnamed(r, next, ~0ULL);
}

/* Slots that lead back to a table above: the tables themselves, as memory. */
static void add_recursive(struct regions *r)
{
	const struct pmap_survey *s = &r->survey;

	for (size_t i = 0; i < s->all.count; i++)
		if (s->all.extent[i].kind == PML_RECURSIVE)
			add(r, "page tables", s->all.extent[i].va,
			    s->all.extent[i].last, PMAP_FOUND_TABLES);
}

static void add_names(struct regions *r)
{
	size_t count;
	const struct pmap_name *name = pmap_names(&count);

	for (size_t i = 0; i < count; i++)
		add(r, name[i].text, name[i].first, name[i].last, PMAP_FOUND_USER);
}

/* By the start; of two, the larger one first. */
static int by_place(const void *a, const void *b)
{
	const struct pmap_area *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->last > y->last ? -1 : x->last < y->last;
}

/* --- A row ---------------------------------------------------------------- */

/* Rounded down, so that 100 means all. */
static unsigned percent(uint64_t bytes, uint64_t all)
{
	return (unsigned __int128)bytes * 100 / all;
}

/* "rw-s 97% +2" */
static void say_most(const struct regions *r, const struct pmap_mapped *mapped, char *to)
{
	char name[PMAP_RIGHTS_NAME];

	to = pmap_put(to, pmap_rights_name(r->fmt, mapped->share[0].rights, name));
	if (mapped->count > 1) {
		to = pmap_put_dec(pmap_put(to, " "),
				  percent(mapped->share[0].bytes, mapped->bytes));
		to = pmap_put_dec(pmap_put(to, "% +"), mapped->count - 1);
	}
	*to = '\0';
}

/* "rw-s 4096, r-xs 8192" */
static void say_all(const struct regions *r, const struct pmap_mapped *mapped, char *to)
{
	char name[PMAP_RIGHTS_NAME];

	for (unsigned i = 0; i < mapped->count; i++) {
		to = pmap_put(to, i ? ", " : "");
		to = pmap_put(to, pmap_rights_name(r->fmt, mapped->share[i].rights, name));
		to = pmap_put_dec(pmap_put(to, " "), mapped->share[i].bytes);
	}
	*to = '\0';
}

static char *add_odd(char *to, const char *start, const char *what, uint64_t bytes)
{
	to = pmap_put(to, to == start ? "" : ", ");
	return pmap_put_size(pmap_put(to, what), bytes);
}

static void say_odd(const struct pmap_area *area, const struct pmap_mapped *mapped, char *to)
{
	uint64_t wx = 0, user = 0;
	char *start = to;

	for (unsigned i = 0; i < mapped->count; i++) {
		unsigned rights = mapped->share[i].rights;

		if (rights & PML_W && rights & (PML_X | PML_XU))
			wx += mapped->share[i].bytes;
		if (rights & PML_U && area->kernel)
			user += mapped->share[i].bytes;
	}
	if (wx)
		to = add_odd(to, start, "W+X ", wx);
	if (user)
		to = add_odd(to, start, "user-visible ", user);
	*to = '\0';
}

/* "98/12%" */
static void say_ratio(const struct pmap_mapped *mapped, char *to)
{
	to = pmap_put_dec(to, percent(mapped->accessed, mapped->bytes));
	to = pmap_put_dec(pmap_put(to, "/"), percent(mapped->dirty, mapped->bytes));
	*pmap_put(to, "%") = '\0';
}

/* What is mapped there, in words. */
struct words {
	char most[40], all[PMAP_SHARES_MAX * 40], odd[80], ratio[16];
};

static void fill_mapped(struct pmap_row *row, const struct regions *r,
			const struct pmap_area *area,
			const struct pmap_mapped *mapped, struct words *words)
{
	pmap_row_number(row, MAPPED, mapped->bytes);
	pmap_row_number(row, TABLES, pmap_survey_tables(&r->survey, area->first,
							area->last));
	say_most(r, mapped, words->most);
	say_all(r, mapped, words->all);
	pmap_row_word(row, MOST, words->most);
	pmap_row_word(row, RIGHTS, words->all);
	row->style = pmap_rights_style(mapped->share[0].rights);
	if (!r->fmt->accessed)
		return;
	pmap_row_number(row, ACCESSED, mapped->accessed);
	pmap_row_number(row, DIRTY, mapped->dirty);
	say_ratio(mapped, words->ratio);
	pmap_row_word(row, RATIO, words->ratio);
}

static void write_row(struct pmap_writer *w, const struct regions *r,
		      const struct pmap_area *area)
{
	struct pmap_mapped mapped = pmap_survey_mapped(&r->survey, area->first, area->last);
	struct words words;
	struct pmap_row row;

	if ((r->survey.filtered && !mapped.bytes) ||
	    !pmap_filter_line(&r->survey.filter, area->first, area->last))
		return;
	pmap_row_init(&row);
	pmap_row_word(&row, NAME, area->name);
	pmap_row_number(&row, VA, area->first);
	pmap_row_number(&row, LAST, area->last);
	if (area->has_pa)
		pmap_row_number(&row, PA, area->pa);
	if (mapped.bytes)
		fill_mapped(&row, r, area, &mapped, &words);
	say_odd(area, &mapped, words.odd);
	if (words.odd[0])
		pmap_row_word(&row, ODD, words.odd);
	pmap_survey_how(&row, FROM, area);
	pmap_write(w, &row);
}

static void end(struct regions *r)
{
	pmap_survey_free(&r->survey);
}

int pmap_regions(struct pmap_query *q)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(end))) struct regions r = { .survey = { .q = q } };
	struct pmap_writer w;
	int status;

	if (q->opt.svg)
		return pmap_picture(q);
	status = pmap_survey_make(&r.survey, false);
	if (status)
		return status;
	r.fmt = pmap_target_format(&q->target);
	add_areas(&r);
	add_recursive(&r);
	add_names(&r);
	qsort(r.row, r.count, sizeof(r.row[0]), by_place);
	pmap_writer_begin(&w, q, &schema, 0);
	for (unsigned i = 0; i < r.count; i++)
		write_row(&w, &r, &r.row[i]);
	pmap_writer_end(&w);
	pmap_result_u64(q->call, "ranges", w.rows);
	if (r.survey.distinct)
		pmap_result_u64(q->call, "tables", r.survey.distinct);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED
					 : PMAP_STATUS_OK;
}
