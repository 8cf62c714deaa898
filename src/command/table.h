/*
 * The table of commands, which is made of commands.in.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_COMMAND_TABLE_H
#define PMAP_COMMAND_TABLE_H

#include "target/query.h"

/* What has to be there before a command's walker runs. */
enum pmap_need {
	PMAP_NEEDS_SPACE = 1 << 0,	/* page tables to walk */
	PMAP_NEEDS_MEMORY = 1 << 1,	/* physical memory can be read */
	PMAP_NEEDS_TABLES = 1 << 2,	/* it reads whole tables, not entries */
	PMAP_NEEDS_CONTROLS = 1 << 3,	/* the registers that decide about rights */
	PMAP_NEEDS_VERDICTS = 1 << 11,	/* and those beside tables that forbid an access */
	PMAP_NEEDS_PROCESSOR = 1 << 4,	/* all other registers */
	PMAP_NEEDS_SYMBOLS = 1 << 5,	/* the kernel's names of root tables */
	PMAP_NEEDS_LAYOUT = 1 << 7,	/* in their place, those of what is where */
	PMAP_NEEDS_OUTER = 1 << 6,	/* of two dimensions the second alone */
	PMAP_NEEDS_CONTEXT = 1 << 9,	/* it chooses the context: none counts for itself */
	PMAP_NEEDS_EITHER = 1 << 10,	/* either of two dimensions, or both */
	PMAP_NEEDS_ROUNDS = 1 << 8,	/* it runs in each round until q->asks is PMAP_DONE */
};

/* A $pmap_NAME. */
struct pmap_result_kind {
	const char *name;
	bool is_address;	/* prints as pointers do */
};

struct pmap_command {
	const char *name;
	pmap_walker *run;
	/* Takes call->argv apart, in place of `syntax'; 0 or a status.  Or NULL. */
	pmap_walker *words;
	struct pmap_syntax syntax;
	unsigned needs;			/* of enum pmap_need */
	/*
	 * The $pmap_NAME that it sets, besides $pmap_status and $pmap_reads: void
	 * until the walker sets them.  Ends with one without a name.
	 */
	const struct pmap_result_kind *results;
};

/* Ends with a command without a name. */
extern const struct pmap_command pmap_commands[];

#endif
