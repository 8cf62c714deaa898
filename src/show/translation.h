/*
 * Translations as records: where an address leads, in one dimension and in two.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_TRANSLATION_H
#define PMAP_SHOW_TRANSLATION_H

#include "show/record.h"

extern const struct pmap_schema pmap_translation_schema;

/* `reason' is why there is no page, or NULL to leave that out. */
void pmap_write_translation(struct pmap_writer *w,
			    const struct pmap_query *q, uint64_t va,
			    const struct pml_format *fmt,
			    const struct pml_target *end, const char *reason);
void pmap_write_translation_2d(struct pmap_writer *w,
			       const struct pmap_query *q, uint64_t va,
			       const struct pml_format *fmt,
			       const struct pml_target_2d *t,
			       const char *reason);

#endif
