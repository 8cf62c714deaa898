/*
 * What becomes of a guest's access: its own exception, or the exit that the
 * second dimension causes, as the processor reports it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_EXIT_H
#define PMAP_EXIT_H

#include <pml/access-x86-2d.h>

#include "target/query.h"

/* "nested page fault, EXITINFO1 0x100000004 (U, memory), EXITINFO2 0x5000" */
void pmap_add_exit(struct pmap_text *out, const struct pmap_target *target,
		   const struct pml_x86_verdict_2d *verdict);

/* "npf", "ept-violation", ...: $pmap_exit. */
const char *pmap_exit_name(const struct pml_x86_verdict_2d *verdict);

/* $pmap_exit, $pmap_exit_info, $pmap_exit_gpa. */
void pmap_exit_results(struct pmap_query *q,
		       const struct pml_x86_verdict_2d *verdict);

#endif
