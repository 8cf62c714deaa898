/*
 * Translations as records.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/translation.h"

#include "show/names.h"
#include "show/run.h"
#include "show/symbols.h"
#include "target/outcome.h"

enum field { VA, KIND, GPA, PA, PAGE, RIGHTS, WHERE, REASON, NAME, FIELDS };

static const struct pmap_field fields[FIELDS] = {
	[VA] = PMAP_FIELD("va", PMAP_HEX),
	[KIND] = PMAP_FIELD("kind", PMAP_WORD),
	[GPA] = PMAP_FIELD("gpa", PMAP_HEX),
	[PA] = PMAP_FIELD("pa", PMAP_HEX),
	[PAGE] = PMAP_FIELD("page", PMAP_NUMBER),
	[RIGHTS] = PMAP_FIELD("rights", PMAP_WORD),
	[WHERE] = PMAP_FIELD("where", PMAP_WORD),
	[REASON] = PMAP_FIELD("reason", PMAP_WORD),
	[NAME] = PMAP_FIELD("name", PMAP_WORD),
};

const struct pmap_schema pmap_translation_schema = {
	.fields = fields, .count = FIELDS,
};

/* The fields of a row that do not depend on what is mapped at `va'. */
static void begin(struct pmap_row *row, const struct pmap_query *q, uint64_t va,
		  enum pml_kind kind, char named[static PMAP_NAMED_SIZE])
{
	const char *name = q->opt.no_names ? NULL : pmap_names_of(q, va, named);

	pmap_row_init(row);
	pmap_row_number(row, VA, va);
	if (name)
		pmap_row_word(row, NAME, name);
	pmap_row_word(row, KIND, pmap_kind_name(kind));
}

static void add_page(struct pmap_row *row, uint64_t pa, unsigned shift,
		     const char *rights)
{
	pmap_row_number(row, PA, pa);
	pmap_row_number(row, PAGE, 1ULL << shift);
	pmap_row_word(row, RIGHTS, rights);
}

void pmap_write_translation(struct pmap_writer *w,
			    const struct pmap_query *q, uint64_t va,
			    const struct pml_format *fmt,
			    const struct pml_target *end, const char *reason)
{
	struct pmap_row row;
	char rights[PMAP_RIGHTS_NAME], named[PMAP_NAMED_SIZE];

	begin(&row, q, va, end->kind, named);
	if (end->kind == PML_LEAF) {
		add_page(&row, end->pa, end->shift,
			 pmap_rights_name(fmt, end->rights, rights));
	} else if (reason) {
		pmap_row_word(&row, REASON, reason);
	}
	pmap_write(w, &row);
	pmap_symbols_add_row(w, va);
}

static enum pml_kind kind_2d(const struct pml_target_2d *t)
{
	if (t->mapped)
		return PML_LEAF;
	if (t->where == PML_IN_INNER)
		return t->inner.kind;
	return t->where == PML_IN_TABLE ? PML_UNREADABLE : t->outer.kind;
}

void pmap_write_translation_2d(struct pmap_writer *w,
			       const struct pmap_query *q, uint64_t va,
			       const struct pml_format *fmt,
			       const struct pml_target_2d *t,
			       const char *reason)
{
	struct pmap_row row;
	char rights[PMAP_RIGHTS_NAME], named[PMAP_NAMED_SIZE];

	begin(&row, q, va, kind_2d(t), named);
	if (t->where == PML_IN_FINAL)
		pmap_row_number(&row, GPA, t->gpa);
	if (t->mapped) {
		add_page(&row, t->pa, t->shift,
			 pmap_rights_name(fmt, t->rights, rights));
	} else {
		pmap_row_word(&row, WHERE, pmap_where_name(t->where));
		if (reason)
			pmap_row_word(&row, REASON, reason);
	}
	pmap_write(w, &row);
	pmap_symbols_add_row(w, va);
}
