/*
 * The context: options about what is looked at that stay, from `pmap use' on,
 * until it says otherwise.
 *
 * They join those of each command that takes them, and whatever the command says
 * itself wins.  Their values are those that they had when `pmap use' ran: a
 * command never evaluates them again.  Manual: "A context that stays".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TARGET_CONTEXT_H
#define PMAP_TARGET_CONTEXT_H

#include "base/text.h"
#include "target/options.h"

/* Do the options have one that a context can keep? */
bool pmap_context_given(const struct pmap_options *opt);

/*
 * Keep them, in place of all that were kept before.  Values are known, and the
 * root is a physical address: command/root.h.  False without memory; then
 * nothing is kept.
 */
bool pmap_context_set(const struct pmap_options *opt);
void pmap_context_clear(void);

/*
 * Give `opt' what it leaves open and `syntax' takes.  `whole': the command walks
 * tables, and would walk others without what it does not take.  NULL, or one line
 * that says so; it is valid until the next call.  *applied_ret: a bit for each
 * option that was given.
 */
const char *pmap_context_apply(struct pmap_options *opt,
			       const struct pmap_syntax *syntax, bool whole,
			       unsigned *applied_ret);

#define PMAP_CONTEXT_ALL	(~0u)

/*
 * "--root 0x1000 --npt 0x6000000": those of pmap_context_apply(), or all that are
 * kept; nothing if there are none.
 */
void pmap_context_add_words(struct pmap_text *out, unsigned which);

/* A line for each option, as `pmap use' shows them, with the words it was given by. */
void pmap_context_add_lines(struct pmap_text *out);

/* The same as {"kind":"context","root":"0x1000","npt":"0x6000000"}, in a line. */
void pmap_context_add_json(struct pmap_text *out, unsigned which);

#endif
