/*
 * Entries and outcomes in words, for every walker that prints them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_DESCRIBE_H
#define PMAP_DESCRIBE_H

#include "base/text.h"
#include "target/target.h"

/* "P RW US A": the flags that are set in an entry, by the manual's names. */
void pmap_add_flags(struct pmap_text *out, const struct pml_format *fmt,
		    int level, uint64_t raw);

/* "PDE 5 at 0x3028 = 0x0": an entry, its place and its value. */
void pmap_add_step(struct pmap_text *out, const struct pml_format *fmt,
		   const struct pml_step *step);

/* A line of `pmap walk': an entry, its place, value, meaning and flags. */
void pmap_add_step_line(struct pmap_text *out, const struct pml_space *space,
			const struct pml_step *step);

/* The same as a JSON object, with more `fields' ("\"name\":1,") first. */
void pmap_add_step_json(struct pmap_text *out, const struct pml_space *space,
			const struct pml_step *step, const char *fields);

/*
 * Why a walk ended without a page, in one clause that names the entry: "the
 * PDE at 0x3028 is empty (nothing is mapped in its 2M)".
 */
void pmap_add_reason(struct pmap_text *out, const struct pml_space *space,
		     const struct pml_target *end);

/* The same; addresses are "gpa " ones, or whatever else `what' says. */
void pmap_add_reason_at(struct pmap_text *out, const struct pml_space *space,
			const struct pml_target *end, const char *what);

#endif
