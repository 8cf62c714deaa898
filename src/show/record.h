/*
 * Records out: one writer for every command that lists.
 *
 * A command describes its records once, as a schema of typed fields; a row has
 * the values.  Behind the writer are columns for people, JSON with one object a
 * line, and CSV; for findings also SARIF.  What a row has no value for, JSON leaves out.
 *
 *	struct pmap_writer w;
 *
 *	pmap_writer_begin(&w, q, &schema, 0);
 *	while (...) {
 *		struct pmap_row row;
 *
 *		pmap_row_init(&row);
 *		pmap_row_number(&row, FIELD_VA, va);
 *		pmap_write(&w, &row);
 *	}
 *	pmap_writer_end(&w);
 *
 * A dump has a million rows: no format strings, one look for room a row.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_RECORD_H
#define PMAP_SHOW_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "target/query.h"

#define PMAP_FIELDS_MAX	32

/* What a value is.  JSON has addresses as strings, so that no reader rounds. */
enum pmap_field_type {
	PMAP_ADDRESS,	/* 16 digits in a column, "0x..." in JSON and CSV */
	PMAP_FRAME,	/* a physical address: 13 digits, which have 52 bits */
	PMAP_HEX,	/* "0x..." everywhere */
	PMAP_NUMBER,
	PMAP_BYTES,	/* a number; in a column 4K, 2M */
	PMAP_PAGES,	/* a size of pages, or two: "4K-2M", see pmap_row.most */
	PMAP_FLAG,	/* true or false; in a column its letter or - */
	PMAP_WORD,	/* a string */
};

/* How a field looks in a column. */
enum pmap_field_look {
	PMAP_RIGHT = 1,		/* aligned to the right */
	PMAP_TRAILS = 2,	/* after the columns, and only where there is a value */
	PMAP_COLOURED = 4,	/* in the row's style, with the row's suffix */
	PMAP_BEHIND = 8,	/* behind a note, too */
};

struct pmap_field {
	const char *name;	/* JSON's key and CSV's head; NULL: only columns have it */
	char key[24];		/* ,"name": */
	uint8_t key_len;
	uint8_t type;		/* of enum pmap_field_type */
	uint8_t look;		/* of enum pmap_field_look */
	uint8_t width;		/* of the column */
	uint8_t drop;		/* columns are dropped from the highest down; 0: never */
	char letter;		/* of a FLAG */
	const char *before;	/* what parts it from the column before */
	const char *head;	/* NULL: none */
};

/* PMAP_FIELD("va", PMAP_ADDRESS, .before = "", .width = 16, .head = "START"). */
#define PMAP_FIELD(field_name, field_type, ...) { \
	.name = field_name, .key = ",\"" field_name "\":", \
	.key_len = sizeof(",\"" field_name "\":") - 1, .type = field_type, \
	__VA_ARGS__ }
/* One that only the columns have. */
#define PMAP_COLUMN(field_type, ...) { .type = field_type, __VA_ARGS__ }

/* START-LAST and SIZE, the first columns of whatever lists ranges. */
#define PMAP_FIELDS_OF_RANGE(va, last, size) \
	[va] = PMAP_FIELD("va", PMAP_ADDRESS, .before = "", .width = 16, \
			  .head = "START-LAST"), \
	[last] = PMAP_FIELD("last", PMAP_ADDRESS, .before = "-", .width = 16), \
	[size] = PMAP_COLUMN(PMAP_BYTES, .before = " ", .width = 6, \
			     .look = PMAP_RIGHT, .drop = 1, .head = "SIZE")

/* The fields that a SARIF result is made of; all others are its properties. */
struct pmap_sarif_fields {
	uint8_t rule, level, message, first, last;
};

struct pmap_schema {
	const struct pmap_field *fields;	/* in the order of JSON and CSV */
	uint8_t count;		/* PMAP_FIELDS_MAX at most */
	const uint8_t *columns;	/* those that are columns, in that order */
	uint8_t ncolumns;
	uint8_t note_at;	/* the first column that gives way to a note */
	bool headed;		/* columns have a line of heads */
	const char *empty;	/* said to people if there is no row; NULL: nothing */
	const char *legend;	/* of --legend; NULL: there is none */
	const struct pmap_sarif_fields *sarif;	/* NULL: these are no findings */
};

/* Colours, where GDB has them. */
enum pmap_style {
	PMAP_STYLE_NONE,
	PMAP_STYLE_WX,		/* can be written and executed */
	PMAP_STYLE_WRITE,
	PMAP_STYLE_EXECUTE,
	PMAP_STYLE_FAULT,	/* reserved, unreadable */
	PMAP_STYLE_DIM,		/* says less than the others */
};

union pmap_field_value {
	uint64_t number;
	const char *word;
};

struct pmap_row {
	uint32_t has;		/* bit N: field N has a value */
	uint32_t differs;	/* ... it has more than one */
	uint8_t style;		/* of enum pmap_style */
	uint64_t most;		/* of a field of type PMAP_PAGES: the largest; 0: one size */
	char suffix[8];		/* of a word in columns: more of it, for people */
	const char *note;	/* in columns, in place of those from schema->note_at on */
	union pmap_field_value value[PMAP_FIELDS_MAX];	/* read only where `has' says so */
};

static inline void pmap_row_init(struct pmap_row *row)
{
	row->has = row->differs = 0;
	row->style = PMAP_STYLE_NONE;
	row->most = 0;
	row->suffix[0] = '\0';
	row->note = NULL;
}

static inline void pmap_row_number(struct pmap_row *row, int field,
				   uint64_t number)
{
	row->has |= 1u << field;
	row->value[field].number = number;
}

/* The string stays the caller's and is read when the row is written. */
static inline void pmap_row_word(struct pmap_row *row, int field,
				 const char *word)
{
	row->has |= 1u << field;
	row->value[field].word = word;
}

enum pmap_shape { PMAP_SHAPE_TEXT, PMAP_SHAPE_JSON, PMAP_SHAPE_CSV, PMAP_SHAPE_SARIF,
		  PMAP_SHAPE_NONE };

struct pmap_writer {
	struct pmap_text *out;
	struct pmap_query *q;	/* NULL: it belongs to none */
	const struct pmap_schema *schema;
	enum pmap_shape shape;
	uint32_t columns;	/* fields that have room as columns */
	uint32_t doubtful;	/* fields whose head has a ? for it */
	bool symbols;		/* rows end with what GDB calls them: see symbols.h */
	unsigned width;		/* that rows should have at most; 0: no matter */
	bool colour;
	uint64_t rows;		/* written so far */
	uint64_t rules;		/* of a SARIF log, likewise */
};

/*
 * What the options of `q' ask for: its shape, for a screen as wide as GDB's if
 * it is one.  Columns of the fields `hidden', a bit each, are left out.
 * --legend comes at once.
 */
void pmap_writer_begin(struct pmap_writer *w, struct pmap_query *q,
		       const struct pmap_schema *schema, uint32_t hidden);

/* The same to anywhere, as wide as it gets; PMAP_SHAPE_NONE only counts. */
void pmap_writer_init(struct pmap_writer *w, struct pmap_text *out,
		      const struct pmap_schema *schema, enum pmap_shape shape);

void pmap_write(struct pmap_writer *w, const struct pmap_row *row);

/* What there is to say about no rows. */
void pmap_writer_end(struct pmap_writer *w);

/* Leave out columns, as the schema says, until a row has `width' characters. */
void pmap_writer_fit(struct pmap_writer *w, unsigned width);

/* Does a row with this note fit the width? */
bool pmap_writer_note_fits(const struct pmap_writer *w, const char *note);

/* --- One file a shape ----------------------------------------------------- */

void pmap_text_row(struct pmap_writer *w, const struct pmap_row *row);
void pmap_json_row(struct pmap_writer *w, const struct pmap_row *row);
void pmap_csv_row(struct pmap_writer *w, const struct pmap_row *row);
void pmap_sarif_row(struct pmap_writer *w, const struct pmap_row *row);

/* Of a log of SARIF: rules come before the first row.  Strings are read at once. */
struct pmap_sarif_rule {
	const char *name, *level, *title, *reason;
	const char *section;	/* NULL: none */
};
void pmap_sarif_begin(struct pmap_writer *w);
void pmap_sarif_rule(struct pmap_writer *w, const struct pmap_sarif_rule *rule);
void pmap_sarif_end(struct pmap_writer *w);

/* A word as a value of CSV. */
void pmap_csv_add(struct pmap_text *out, const char *word);

/* A word as a value of JSON, in quotes. */
void pmap_json_add(struct pmap_text *out, const char *word);

/* Bytes that a row can need beside its fields of fixed size. */
size_t pmap_row_words(const struct pmap_schema *schema,
		      const struct pmap_row *row);

#define PMAP_ROW_FIXED	(PMAP_FIELDS_MAX * 56)

#endif
