/*
 * The root that the words name, where it takes memory to find it: a virtual
 * address, or the other one of a pair.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_COMMAND_ROOT_H
#define PMAP_COMMAND_ROOT_H

#include "target/query.h"

/*
 * After the words are parsed: --root-va is --root from here on.  NULL, or one
 * line that says what does not fit together, not to be freed.
 */
const char *pmap_root_words(struct pmap_options *opt);

/*
 * With memory at hand: makes q->target anew where its root is another one than
 * the value given.  0, or the status of pmap_fail().
 */
int pmap_root_resolve(struct pmap_query *q);

/* Says to people what became of --root, behind an answer. */
void pmap_root_add_note(struct pmap_query *q);

#endif
