/*
 * Outcomes in words, for every walker that prints them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_DESCRIBE_H
#define PMAP_DESCRIBE_H

#include "base/text.h"
#include "target/target.h"

/*
 * Why a walk ended without a page, in one clause that names the entry: "the
 * PDE at 0x3028 is empty (nothing is mapped in its 2M)".
 */
void pmap_add_reason(struct pmap_text *out, const struct pml_space *space,
		     const struct pml_target *end);

/* The same; addresses are "gpa " ones, or whatever else `what' says. */
void pmap_add_reason_at(struct pmap_text *out, const struct pml_space *space,
			const struct pml_target *end, const char *what);

/* The name of one bit of an entry, by the format's flags; "bit" if it has none. */
const char *pmap_bit_name(const struct pml_format *fmt, int level, uint64_t raw,
			  uint64_t bit);

#endif
