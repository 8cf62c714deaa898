/*
 * The memory that commands read, kept from one command to the next.
 *
 * One source is open at a time, with one cache above it.  Which one is what
 * the user chose, or the first that opens of those that need no words.  Both
 * live as long as nothing can have changed: when the target ran, the cache is
 * dropped and the source opened again, since the machine's memory map may have
 * changed as well; when GDB's connections did, the choice starts anew.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_SESSION_H
#define PMAP_MEMORY_SESSION_H

#include "memory/cache.h"
#include "memory/source.h"

/* One round of making memory ready for a command. */
struct pmap_session_round {
	bool begin;		/* the command's first */
	uint64_t epoch;		/* the bridge's */
	int inferior;
	bool physical;		/* in physical memory mode */
	const char *monitor;	/* the answer to the last round's question, or NULL */
	const struct pmap_target *target;	/* the registers that GDB shows */
};

/*
 * PMAP_OPEN_MONITOR: ask the monitor *ask_ret and come again.
 * PMAP_OPEN_PHYSICAL: come again in physical memory mode.
 */
enum pmap_open pmap_session_open(const struct pmap_session_round *round,
				 const char **ask_ret);

/* After PMAP_OPEN_DONE: the source and the cache above it. */
struct pmap_source *pmap_session_source(void);
struct pmap_cache *pmap_session_cache(void);

/* What the user chose: `ops` NULL is "whatever works". */
struct pmap_choice {
	const struct pmap_source_ops *ops;
	struct pmap_source_args args;
};

/*
 * Choose; takes args over and gives back the choice before, for the
 * caller to free or to put back.
 */
struct pmap_choice pmap_session_choose(struct pmap_choice choice);
const struct pmap_choice *pmap_session_choice(void);

/* All sources there are, in the order in which they are tried; NULL ends. */
extern const struct pmap_source_ops *const pmap_sources[];
const struct pmap_source_ops *pmap_source_find(const char *name);

/* Why a source was not chosen the last time it was tried; "" if it was not. */
const char *pmap_session_declined(const struct pmap_source_ops *ops);

/*
 * The target is a program, as a source found that was tried for it: under what,
 * a sentence that lives until sources are tried again.  NULL: nothing says so.
 */
const char *pmap_session_program(void);

/* The plugin goes. */
void pmap_session_close(void);

#endif
