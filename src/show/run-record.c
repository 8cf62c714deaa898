/*
 * Runs as records.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/run-record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/put.h"
#include "target/arch.h"
#include "target/kept.h"

enum field {
	VA, LAST, SIZE, KIND, OF, EVERY, CAUSE, PA, PAGE, PAGES, RIGHTS, LEVEL,
	MT, GLOBAL, ACCESSED, DIRTY, PKEY, WHERE, GPA, RAW, PAGE_MAX, ENCRYPTED,
	ROOT, FORMAT, ROOT_WHY, NAME, LINUX, FRAME, IN, GUESSED,
	SWAP_TYPE, SWAP_PAGE, FIELDS
};

static const struct pmap_field fields[FIELDS] = {
	PMAP_FIELDS_OF_RANGE(VA, LAST, SIZE),
	[KIND] = PMAP_FIELD("kind", PMAP_WORD),
	[OF] = PMAP_FIELD("of", PMAP_HEX),
	[EVERY] = PMAP_FIELD("every", PMAP_NUMBER),
	[CAUSE] = PMAP_FIELD("cause", PMAP_WORD),
	[PA] = PMAP_FIELD("pa", PMAP_FRAME, .before = " ", .width = 13,
			  .head = "PHYSICAL"),
	[PAGE] = PMAP_FIELD("page", PMAP_PAGES, .before = " ", .width = 5,
			    .look = PMAP_RIGHT, .drop = 2, .head = "PAGE"),
	[PAGES] = PMAP_FIELD("pages", PMAP_NUMBER),
	[RIGHTS] = PMAP_FIELD("rights", PMAP_WORD, .before = "  ", .width = 6,
			      .look = PMAP_COLOURED, .head = "RIGHTS"),
	[LEVEL] = PMAP_FIELD("level", PMAP_NUMBER),
	[MT] = PMAP_FIELD("mt", PMAP_WORD, .before = "  ", .width = 3,
			  .drop = 3, .head = "MT"),
	[GLOBAL] = PMAP_FIELD("global", PMAP_FLAG, .before = " ", .width = 1,
			      .letter = 'G', .drop = 5, .head = "G"),
	[ACCESSED] = PMAP_FIELD("accessed", PMAP_FLAG, .before = " ",
				.width = 1, .letter = 'A', .drop = 6,
				.head = "A"),
	[DIRTY] = PMAP_FIELD("dirty", PMAP_FLAG, .before = " ", .width = 1,
			     .letter = 'D', .drop = 4, .head = "D"),
	[PKEY] = PMAP_FIELD("pkey", PMAP_NUMBER),
	[WHERE] = PMAP_FIELD("where", PMAP_WORD),
	[GPA] = PMAP_FIELD("gpa", PMAP_HEX, .before = " gpa ",
			   .look = PMAP_TRAILS),
	[RAW] = PMAP_FIELD("raw", PMAP_HEX),
	[PAGE_MAX] = PMAP_FIELD("page_max", PMAP_NUMBER),
	[ENCRYPTED] = PMAP_FIELD("encrypted", PMAP_FLAG, .before = " ",
				 .width = 1, .letter = 'C', .head = "C"),
	[ROOT] = PMAP_FIELD("root", PMAP_HEX),
	[FORMAT] = PMAP_FIELD("format", PMAP_WORD),
	[ROOT_WHY] = PMAP_FIELD("root_why", PMAP_WORD),
	[NAME] = PMAP_FIELD("name", PMAP_WORD, .before = "  ",
			    .look = PMAP_TRAILS | PMAP_BEHIND),
	[LINUX] = PMAP_FIELD("linux", PMAP_WORD),
	[FRAME] = PMAP_FIELD("linux_pa", PMAP_HEX),
	[IN] = PMAP_COLUMN(PMAP_WORD, .before = "  in ",
			   .look = PMAP_TRAILS | PMAP_BEHIND),
	[GUESSED] = PMAP_FIELD("linux_guessed", PMAP_FLAG),
	[SWAP_TYPE] = PMAP_FIELD("linux_type", PMAP_NUMBER),
	[SWAP_PAGE] = PMAP_FIELD("linux_offset", PMAP_HEX),
};

static const uint8_t columns[] = {
	VA, LAST, SIZE, RIGHTS, PAGE, MT, GLOBAL, ACCESSED, DIRTY, ENCRYPTED,
	PA, GPA, NAME, IN
};

const struct pmap_schema pmap_run_schema = {
	.fields = fields, .count = FIELDS,
	.columns = columns, .ncolumns = sizeof(columns), .note_at = 3,
	.headed = true, .empty = "nothing mapped\n",
	.legend =
	"START-LAST  addresses, both included\n"
	"SIZE        of the run; ~ rounded down\n"
	"RIGHTS      r read, w write, x execute, u user or s supervisor only:\n"
	"            what every level of the tables allows; :5 protection key 5,\n"
	"            :+ several keys\n"
	"PAGE        the size of the pages, or the smallest and the largest\n"
	"MT          memory type; MT? is after IA32_PAT's reset value, since nothing\n"
	"            told the real one (set $pmap_pat)\n"
	"G A D       global; accessed, dirty: + on some pages only, - on none\n"
	"C           encrypted: the C-bit is set\n"
	"PHYSICAL    where START is mapped; ... the frames are not contiguous\n"
	"gpa         with --combined: what START is for the guest\n"
	"(guest)     it is the guest's tables that map nothing there; (table) one\n"
	"            of them has no memory, (memory) the guest maps it, but what\n"
	"            gpa leads to has none\n",
};

void pmap_run_begin(struct pmap_writer *w, struct pmap_query *q)
{
	const struct pmap_target *target = &q->target;

	pmap_writer_begin(w, q, &pmap_run_schema,
			  target->space.encrypted ? 0 : 1u << ENCRYPTED);
	if (target->arch->memory_type_assumed(target, target->space.fmt))
		w->doubtful = 1u << MT;
}

enum pmap_style pmap_rights_style(unsigned rights)
{
	bool executes = rights & (PML_X | PML_XU);

	if (rights & PML_W)
		return executes ? PMAP_STYLE_WX : PMAP_STYLE_WRITE;
	return executes ? PMAP_STYLE_EXECUTE : PMAP_STYLE_NONE;
}

/* What a run is that is no leaf, in place of the columns that only leaves have. */
static void put_note(char *at, const struct pmap_run *run, bool brief)
{
	at = pmap_put(pmap_put(at, "  "), pmap_kind_name(run->kind));
	if (run->kind == PMAP_RUN_REPEAT) {
		at = pmap_put_digits(pmap_put(at, "s "), run->pa, 16);
		if (run->last - run->va != run->page - 1)
			at = pmap_put_size(pmap_put(at, ", every "), run->page);
		*at = '\0';
		return;
	}
	if (run->cause || run->where) {
		at = pmap_put(at, " (");
		at = pmap_put(at, run->where ? run->where : run->cause);
		*at++ = ')';
	}
	if (run->has_gpa) {
		at = pmap_put(at, " gpa ");
		at = run->differs & PMAP_DIFFERS_GPA ? pmap_put(at, "...") :
						       pmap_put_hex(at, run->gpa);
	}
	if (!(run->differs & PMAP_DIFFERS_RAW) && run->level) {
		at = pmap_put_dec(pmap_put(at, brief ? ", L" : ", level "),
				  run->level);
		at = pmap_put_hex(pmap_put(at, brief ? " " : ", entry "),
				  run->raw);
	}
	*at = '\0';
}

/* What it means where it is one entry. */
static void fill_entry(struct pmap_row *row, const struct pmap_kept *kept)
{
	if (kept->kind == PMAP_KEPT_PROT_NONE || kept->pa)
		pmap_row_number(row, FRAME, kept->pa);
	if (kept->kind != PMAP_KEPT_PROT_NONE && !kept->since) {
		pmap_row_number(row, SWAP_TYPE, kept->type);
		pmap_row_number(row, SWAP_PAGE, kept->offset);
	}
}

/* What Linux keeps in the entry, or in all of them; in words behind the note. */
static void fill_kept(struct pmap_writer *w, struct pmap_row *row,
		      const struct pmap_run *run, char *note, size_t size)
{
	const char *name = run->kept ? pmap_kept_name(run->kept) : NULL;
	struct pmap_text words = { 0 };
	struct pmap_kept kept;
	size_t len = strlen(note);
	bool guessed;

	if (!name || !w->q || !pmap_kept_is_linux(w->q, &guessed))
		return;
	pmap_row_word(row, LINUX, name);
	if (guessed)
		pmap_row_number(row, GUESSED, true);
	if (run->differs & PMAP_DIFFERS_RAW) {
		snprintf(note + len, size - len, "; %s%s",
			 guessed ? "if this is Linux: " : "", pmap_kept_title(run->kept));
	} else {
		pmap_kept_entry(&w->q->target, run->fmt, run->level, run->raw, &kept);
		fill_entry(row, &kept);
		pmap_kept_add(&words, w->q, run->level, run->raw);
		snprintf(note + len, size - len, "%s", words.data ? words.data : "");
		pmap_text_free(&words);
	}
	if (!pmap_writer_note_fits(w, note))
		note[len] = '\0';
}

static void fill_other(struct pmap_row *row, const struct pmap_run *run)
{
	pmap_row_word(row, KIND, pmap_kind_name(run->kind));
	row->style = run->kind == PMAP_RUN_REPEAT ||
		     run->kind == PMAP_RUN_GAP ||
		     run->kind == PML_NONPRESENT ? PMAP_STYLE_DIM
						 : PMAP_STYLE_FAULT;
	if (run->kind == PMAP_RUN_REPEAT) {
		pmap_row_number(row, OF, run->pa);
		pmap_row_number(row, EVERY, run->page);
	}
	if (run->cause)
		pmap_row_word(row, CAUSE, run->cause);
	if (run->level && !(run->differs & PMAP_DIFFERS_LEVEL))
		pmap_row_number(row, LEVEL, run->level);
}

/* `rights' has the name of them until the row is written. */
static void fill_leaf(struct pmap_row *row, const struct pmap_run *run,
		      char rights[PMAP_RIGHTS_NAME])
{
	pmap_row_number(row, PA, run->pa);
	pmap_row_number(row, PAGE, run->page);
	pmap_row_number(row, PAGES, (run->last >> 12) - (run->va >> 12) + 1);
	pmap_row_word(row, RIGHTS, pmap_rights_name(run->fmt, run->rights, rights));
	row->style = pmap_rights_style(run->rights);
	if (!(run->differs & PMAP_DIFFERS_LEVEL))
		pmap_row_number(row, LEVEL, run->level);
	if (run->mt)
		pmap_row_word(row, MT, run->mt);
	pmap_row_number(row, GLOBAL, run->global);
	pmap_row_number(row, ACCESSED, run->accessed);
	pmap_row_number(row, DIRTY, run->dirty);
	if (run->differs & PMAP_DIFFERS_PKEY) {
		strcpy(row->suffix, ":+");
	} else if (run->pkey >= 0) {
		pmap_row_number(row, PKEY, run->pkey);
		if (run->pkey)
			*pmap_put_dec(pmap_put(row->suffix, ":"),
				      run->pkey) = '\0';
	}
	if (run->page_max != run->page) {
		pmap_row_number(row, PAGE_MAX, run->page_max);
		row->most = run->page_max;
	}
	if (run->encrypted)
		pmap_row_number(row, ENCRYPTED, true);
}

/* Those of which a column says that they are not the same all over the run. */
static uint32_t differing(const struct pmap_run *run)
{
	return (run->differs & PMAP_DIFFERS_PA ? 1u << PA : 0) |
	       (run->differs & PMAP_DIFFERS_ACCESSED ? 1u << ACCESSED : 0) |
	       (run->differs & PMAP_DIFFERS_DIRTY ? 1u << DIRTY : 0) |
	       (run->has_gpa && run->differs & PMAP_DIFFERS_GPA ? 1u << GPA : 0);
}

/* "0x1000 (x86-64-4, CR3 of the selected thread)": for people. */
static void fill_root(struct pmap_row *row, const struct pmap_run_about *about,
		      char *in, size_t size)
{
	pmap_row_number(row, ROOT, about->root);
	pmap_row_word(row, FORMAT, about->format);
	if (about->why[0])
		pmap_row_word(row, ROOT_WHY, about->why);
	snprintf(in, size, "0x%" PRIx64 " (%s%s%s)", about->root, about->format,
		 about->why[0] ? ", " : "", about->why);
	pmap_row_word(row, IN, in);
}

void pmap_write_run(struct pmap_writer *w, const struct pmap_run *run)
{
	static const struct pmap_run_about nothing;

	pmap_write_run_about(w, run, &nothing);
}

void pmap_write_run_about(struct pmap_writer *w, const struct pmap_run *run,
			  const struct pmap_run_about *about)
{
	char rights[PMAP_RIGHTS_NAME], note[320] = "", in[256];
	struct pmap_row row;

	if (w->shape == PMAP_SHAPE_NONE) {
		w->rows++;
		return;
	}
	pmap_row_init(&row);
	pmap_row_number(&row, VA, run->va);
	pmap_row_number(&row, LAST, run->last);
	pmap_row_number(&row, SIZE, run->last - run->va + 1);
	if (run->kind == PML_LEAF) {
		fill_leaf(&row, run, rights);
		row.differs = differing(run);
	} else {
		fill_other(&row, run);
	}
	if (run->where)
		pmap_row_word(&row, WHERE, run->where);
	if (run->has_gpa && !(run->differs & PMAP_DIFFERS_GPA))
		pmap_row_number(&row, GPA, run->gpa);
	if (run->level && !(run->differs & PMAP_DIFFERS_RAW))
		pmap_row_number(&row, RAW, run->raw);
	if (about->name)
		pmap_row_word(&row, NAME, about->name);
	if (about->format)
		fill_root(&row, about, in, sizeof(in));
	if (run->kind != PML_LEAF && w->shape == PMAP_SHAPE_TEXT) {
		put_note(note, run, false);
		if (!pmap_writer_note_fits(w, note))
			put_note(note, run, true);
		row.note = note;
	}
	if (run->kind == PML_NONPRESENT)
		fill_kept(w, &row, run, note, sizeof(note));
	pmap_write(w, &row);
}
