/*
 * Entries of page tables: the one place that prints them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/entry.h"

#include <inttypes.h>

#include "show/run.h"

void pmap_add_flags(struct pmap_text *out, const struct pml_space *space,
		    int level, uint64_t raw)
{
	const struct pml_format *fmt = space->fmt;
	bool leaf = pml_is_leaf(&fmt->level[level], raw);
	const struct pml_flag *flag;
	const char *before = "";

	for (flag = fmt->flags; flag->name; flag++) {
		uint8_t levels = leaf ? flag->leaves : flag->tables;

		if (!(levels & PML_LEVEL(level)) || !(raw & flag->mask))
			continue;
		pmap_text_add(out, "%s%s", before, flag->name);
		before = " ";
	}
	if (raw & space->encrypted) {
		pmap_text_add(out, "%sC", before);
		before = " ";
	}
	if (leaf && fmt->pkey_shift && (raw >> fmt->pkey_shift & 15))
		pmap_text_add(out, "%spkey=%d", before,
			      (int)(raw >> fmt->pkey_shift & 15));
}

void pmap_add_step(struct pmap_text *out, const struct pml_format *fmt,
		   const struct pml_step *step)
{
	pmap_text_add(out, "%s %d at 0x%" PRIx64 " = 0x%" PRIx64,
		      fmt->level[step->level].name, step->index, step->slot_pa,
		      step->raw);
}

void pmap_add_entry(struct pmap_text *out, const struct pml_space *space,
		    int level, enum pml_kind kind, uint64_t raw)
{
	pmap_text_add(out, "  = %016" PRIx64 "  ", raw);
	if (kind == PML_TABLE)
		pmap_text_add(out, "table %" PRIx64 "  ",
			      pml_table_pa(space, level, raw));
	else if (kind == PML_LEAF)
		pmap_text_add(out, "page %" PRIx64 "  ",
			      pml_leaf_pa(space, level, raw));
	else
		pmap_text_add(out, "%s  ", pmap_kind_name(kind));
	if (kind != PML_HOLE && kind != PML_NONPRESENT)
		pmap_add_flags(out, space, level, raw);
}

void pmap_add_step_line(struct pmap_text *out, const struct pml_space *space,
			const struct pml_step *step)
{
	pmap_text_add(out, "%-6s %3d  at %016" PRIx64,
		      space->fmt->level[step->level].name, step->index,
		      step->slot_pa);
	if (step->kind == PML_UNREADABLE)
		pmap_text_puts(out, "  cannot be read");
	else
		pmap_add_entry(out, space, step->level, step->kind, step->raw);
	pmap_text_puts(out, "\n");
}

void pmap_add_tree_entry(struct pmap_text *out, const struct pml_space *space,
			 const struct pml_record *r, uint64_t last)
{
	const struct pml_level *lv = &space->fmt->level[r->level];
	unsigned first = pml_index(lv, r->va), end = pml_index(lv, last);

	pmap_text_add(out, "%*s%s %u", 2 * (space->fmt->levels - r->level), "",
		      lv->name, first);
	if (end != first)
		pmap_text_add(out, "-%u", end);
	pmap_text_add(out, "  %016" PRIx64, pml_record_base(r));
	pmap_add_entry(out, space, r->level, r->kind, r->raw);
}

void pmap_add_meaning(struct pmap_text *out, const struct pml_format *fmt,
		      const struct pml_record *r, uint64_t va)
{
	char rights[PMAP_RIGHTS_NAME];

	if (r->kind != PML_LEAF) {
		pmap_text_puts(out, pmap_kind_name(r->kind));
		if (r->raw)
			pmap_text_add(out, " 0x%" PRIx64, r->raw);
		return;
	}
	pmap_text_add(out, "%s ", pmap_rights_name(fmt, r->rights, rights));
	pmap_text_size(out, 1ULL << r->shift);
	pmap_text_add(out, " 0x%" PRIx64, r->pa + (va - r->va));
}

/* --- As records ----------------------------------------------------------- */

enum field {
	DIMENSION, FOR_GPA, LEVEL, ENTRY, TABLE, INDEX, SLOT, RAW, KIND, FLAGS,
	RIGHTS, FIELDS
};

static const struct pmap_field fields[FIELDS] = {
	[DIMENSION] = PMAP_FIELD("dimension", PMAP_WORD),
	[FOR_GPA] = PMAP_FIELD("gpa", PMAP_HEX),
	[LEVEL] = PMAP_FIELD("level", PMAP_NUMBER),
	[ENTRY] = PMAP_FIELD("entry", PMAP_WORD),
	[TABLE] = PMAP_FIELD("table", PMAP_HEX),
	[INDEX] = PMAP_FIELD("index", PMAP_NUMBER),
	[SLOT] = PMAP_FIELD("slot", PMAP_HEX),
	[RAW] = PMAP_FIELD("raw", PMAP_HEX),
	[KIND] = PMAP_FIELD("kind", PMAP_WORD),
	[FLAGS] = PMAP_FIELD("flags", PMAP_WORD),
	[RIGHTS] = PMAP_FIELD("rights", PMAP_WORD),
};

const struct pmap_schema pmap_step_schema = {
	.fields = fields, .count = FIELDS,
};

void pmap_write_step(struct pmap_writer *w, const struct pml_space *space,
		     const struct pml_step *step, const char *dimension,
		     const uint64_t *gpa)
{
	struct pmap_text flags = { 0 };
	struct pmap_row row;
	char rights[PMAP_RIGHTS_NAME];

	pmap_row_init(&row);
	if (dimension)
		pmap_row_word(&row, DIMENSION, dimension);
	if (gpa)
		pmap_row_number(&row, FOR_GPA, *gpa);
	pmap_row_number(&row, LEVEL, step->level);
	pmap_row_word(&row, ENTRY, space->fmt->level[step->level].name);
	pmap_row_number(&row, TABLE, step->table_pa);
	pmap_row_number(&row, INDEX, step->index);
	pmap_row_number(&row, SLOT, step->slot_pa);
	if (step->kind != PML_UNREADABLE)
		pmap_row_number(&row, RAW, step->raw);
	pmap_row_word(&row, KIND, pmap_kind_name(step->kind));
	if (step->kind == PML_TABLE || step->kind == PML_LEAF) {
		pmap_add_flags(&flags, space, step->level, step->raw);
		pmap_row_word(&row, FLAGS, flags.len ? flags.data : "");
		pmap_row_word(&row, RIGHTS,
			      pmap_rights_name(space->fmt, step->rights,
					       rights));
	}
	pmap_write(w, &row);
	pmap_text_free(&flags);
}
