/*
 * What differs between two sets of tables, as records.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/diff.h"

#include <inttypes.h>

static const struct { unsigned bit; const char *name; } names[] = {
	{ PMAP_DIFF_MAPPED, "mapped" }, { PMAP_DIFF_UNMAPPED, "unmapped" }, { PMAP_DIFF_MOVED, "moved" },
	{ PMAP_DIFF_RIGHTS, "rights" }, { PMAP_DIFF_SPLIT, "split" }, { PMAP_DIFF_COLLAPSED, "collapsed" },
	{ PMAP_DIFF_TYPE, "type" }, { PMAP_DIFF_GLOBAL, "global" }, { PMAP_DIFF_ACCESSED, "accessed" },
	{ PMAP_DIFF_DIRTY, "dirty" }, { PMAP_DIFF_FLAGS_OFF, "aged" }, { PMAP_DIFF_ENTRY, "entry" },
	{ PMAP_DIFF_REPEATS, "repeats" },
};

enum field {
	VA, LAST, SIZE, CHANGE, OF, KIND, PA, PAGE, RIGHT, MT, WAS_KIND, WAS_PA,
	WAS_PAGE, WAS_RIGHT, WAS_MT, NAME, FIELDS
};

static const struct pmap_field fields[FIELDS] = {
	PMAP_FIELDS_OF_RANGE(VA, LAST, SIZE),
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

const struct pmap_schema pmap_diff_schema = {
	.fields = fields, .count = FIELDS, .columns = columns,
	.ncolumns = sizeof(columns), .note_at = 3, .headed = true,
	.empty = "no difference\n",
	.legend = "CHANGE  mapped, unmapped; moved: another frame; rights; split, collapsed:\n"
		  "        another size of pages; type: of memory; global; accessed, dirty:\n"
		  "        since the first one; aged: such a flag was cleared; entry: no page\n"
		  "        before and after, but another entry; repeats: the same tables\n",
};

void pmap_diff_add_change(struct pmap_text *out, unsigned change)
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

static void add_note(struct pmap_text *note, const struct pmap_difference *d,
		     const char *name)
{
	pmap_text_puts(note, "  ");
	pmap_diff_add_change(note, d->change);
	if (d->change == PMAP_DIFF_REPEATS) {
		pmap_text_add(note, " %016" PRIx64, d->of);
	} else if (d->change == PMAP_DIFF_MAPPED) {
		pmap_text_puts(note, "  ");
		add_side(note, &d->b);
	} else if (d->change == PMAP_DIFF_UNMAPPED) {
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

void pmap_diff_write(struct pmap_writer *w, const struct pmap_difference *d,
		     const char *name)
{
	char rights[PMAP_RIGHTS_NAME], was[PMAP_RIGHTS_NAME];
	struct pmap_text change = { 0 }, note = { 0 };
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_number(&row, VA, d->va);
	pmap_row_number(&row, LAST, d->last);
	pmap_row_number(&row, SIZE, d->last - d->va + 1);
	pmap_diff_add_change(&change, d->change);
	pmap_row_word(&row, CHANGE, change.data ? change.data : "");
	if (d->change == PMAP_DIFF_REPEATS) {
		pmap_row_number(&row, OF, d->of);
	} else {
		fill_side(&row, KIND, &d->b, rights);
		fill_side(&row, WAS_KIND, &d->a, was);
	}
	if (name)
		pmap_row_word(&row, NAME, name);
	add_note(&note, d, name);
	row.note = note.data;
	pmap_write(w, &row);
	pmap_text_free(&change);
	pmap_text_free(&note);
}
