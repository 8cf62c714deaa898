/*
 * Results of one command in the words of the next: pmap gva2gpa $pmap_gpa.
 *
 * A command makes its results void before GDB evaluates the user's expressions,
 * so that none of an older command's is left if GDB gives up on them.  What
 * they name is kept under another name, and that is evaluated.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_BRIDGE_CHAIN_H
#define PMAP_BRIDGE_CHAIN_H

#include "bridge/bridge.h"

/* Assignments that keep CALL's results of before, as far as they are named. */
void pmap_chain_keep(const struct pmap_call *call, struct pmap_text *script);

/* EXPR with the names under which they are kept. */
void pmap_chain_rename(const struct pmap_call *call, const char *expr,
		       struct pmap_text *renamed);

#endif
