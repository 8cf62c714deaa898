/*
 * pmap expect: do these addresses have these rights?  For scripts.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "show/merge.h"
#include "show/record.h"
#include "show/run.h"
#include "target/query.h"
#include "walkers/walkers.h"

/* A ? stands for anything, and so does what is not there. */
static bool holds(const char *expected, const char *got)
{
	if (strcmp(expected, "none") == 0 || strcmp(got, "none") == 0)
		return strcmp(expected, got) == 0;
	for (size_t i = 0; expected[i]; i++)
		if (expected[i] != '?' && expected[i] != got[i])
			return false;
	return true;
}

/* Neighbours that differ alike are one row. */
struct part {
	uint64_t va, last;
	char rights[PMAP_RIGHTS_NAME];
	uint8_t kind;
};

enum field { VA, LAST, RIGHTS, KIND, EXPECTED, FIELDS };

static const struct pmap_field fields[FIELDS] = {
	[VA] = PMAP_FIELD("va", PMAP_ADDRESS, .before = "0x", .width = 16),
	[LAST] = PMAP_FIELD("last", PMAP_ADDRESS, .before = "-0x", .width = 16),
	[RIGHTS] = PMAP_FIELD("rights", PMAP_WORD, .before = "  ",
			      .look = PMAP_COLOURED),
	[KIND] = PMAP_FIELD("kind", PMAP_WORD),
	[EXPECTED] = PMAP_FIELD("expected", PMAP_WORD, .before = ", expected "),
};

static const uint8_t columns[] = { VA, LAST, RIGHTS, EXPECTED };

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS,
	.columns = columns, .ncolumns = sizeof(columns), .note_at = 2,
};

struct expect {
	struct pmap_query *q;
	struct pmap_writer writer;
	struct pmap_merge merge;
	struct part held;
};

static bool join(void *held, const void *next, void *arg)
{
	struct part *part = held;
	const struct part *now = next;

	(void)arg;
	if (part->kind != now->kind || part->last + 1 != now->va ||
	    strcmp(part->rights, now->rights) != 0)
		return false;
	part->last = now->last;
	return true;
}

static void emit(const void *record, void *arg)
{
	const struct part *part = record;
	struct expect *e = arg;
	struct pmap_row row;
	char note[80];

	pmap_row_init(&row);
	pmap_row_number(&row, VA, part->va);
	pmap_row_number(&row, LAST, part->last);
	if (part->kind == PML_LEAF) {
		pmap_row_word(&row, RIGHTS, part->rights);
	} else {
		pmap_row_word(&row, KIND, pmap_kind_name(part->kind));
		snprintf(note, sizeof(note), "  none (%s), expected %s",
			 pmap_kind_name(part->kind), e->q->opt.rights_word);
		row.note = note;
	}
	pmap_row_word(&row, EXPECTED, e->q->opt.rights_word);
	pmap_write(&e->writer, &row);
}

static void part_from(struct part *p, const struct pml_format *fmt,
		      const struct pml_record *r)
{
	p->va = r->va;
	p->last = r->last;
	p->kind = r->kind;
	if (r->kind == PML_LEAF)
		pmap_rights_name(fmt, r->rights, p->rights);
	else
		strcpy(p->rights, "none");
}

/* Prints what differs; how many parts that were. */
static uint64_t compare(struct pmap_query *q)
{
	struct expect e = { .q = q };
	struct pml_cursor c;
	struct pml_record r;
	struct part now;

	e.merge = (struct pmap_merge){
		.held = &e.held, .size = sizeof(e.held),
		.join = join, .emit = emit, .arg = &e,
	};
	pmap_writer_begin(&e.writer, q, &schema, 0);
	pml_cursor_init(&c, &q->target.space, q->first, q->last,
			PML_ENTER_RECURSIVE);
	while (!pmap_bridge_interrupted() && pml_next(&c, &r)) {
		part_from(&now, q->target.space.fmt, &r);
		if (!holds(q->opt.rights_word, now.rights))
			pmap_merge_add(&e.merge, &now);
	}
	pmap_merge_flush(&e.merge);
	pmap_writer_end(&e.writer);
	return e.merge.emitted;
}

int pmap_expect(struct pmap_query *q)
{
	uint64_t parts;
	int status;

	if (!q->opt.rights_word || !pmap_options_is_rights(q->opt.rights_word))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "RIGHTS missing or malformed: rw-s, r-xu, r-x? or none; see `help pmap expect'");
	status = pmap_query_range(q);
	if (!status)
		status = pmap_query_canonical(q, q->first);
	if (!status)
		status = pmap_query_one_half(q);
	if (status)
		return status;
	parts = compare(q);
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	pmap_result_u64(q->call, "ok", parts == 0);
	if (!parts)
		q->call->stop = false;
	return parts ? PMAP_STATUS_UNEXPECTED : PMAP_STATUS_OK;
}
