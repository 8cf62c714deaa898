/*
 * Entries of page tables: the one place that prints them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_ENTRY_H
#define PMAP_SHOW_ENTRY_H

#include "base/text.h"
#include "show/record.h"

/* "P RW US A": the flags that are set in an entry, by the manual's names; C for
 * memory encryption's bit. */
void pmap_add_flags(struct pmap_text *out, const struct pml_space *space,
		    int level, uint64_t raw);

/* "PDE 5 at 0x3028 = 0x0": an entry, its place and its value. */
void pmap_add_step(struct pmap_text *out, const struct pml_format *fmt,
		   const struct pml_step *step);

/* " = 0000000000100025  page 100000  P US A": an entry's value and meaning. */
void pmap_add_entry(struct pmap_text *out, const struct pml_space *space,
		    int level, enum pml_kind kind, uint64_t raw);

/* A line of `pmap walk': an entry, its place, value, meaning and flags. */
void pmap_add_step_line(struct pmap_text *out, const struct pml_space *space,
			const struct pml_step *step);

/*
 * A line of `pmap dump --tree' but for its end, indented by its level; for all
 * entries of the table up to that of the address `last', which are like it.
 */
void pmap_add_tree_entry(struct pmap_text *out, const struct pml_space *space,
			 const struct pml_record *r, uint64_t last);

/* "rw-u 4K 0xa01000", "hole", "nonpresent 0x30": what a record has for va. */
void pmap_add_meaning(struct pmap_text *out, const struct pml_format *fmt,
		      const struct pml_record *r, uint64_t va);

/*
 * Steps as records.  In two dimensions, `dimension' says whose entry it is, and
 * `gpa' which address of the guest's was on its way; else NULL.
 */
extern const struct pmap_schema pmap_step_schema;
void pmap_write_step(struct pmap_writer *w, const struct pml_space *space,
		     const struct pml_step *step, const char *dimension,
		     const uint64_t *gpa);

#endif
