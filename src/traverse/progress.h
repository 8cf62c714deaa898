/*
 * What a long operation shows of itself on a terminal.
 *
 * One line, from half a second on, that is wiped at the end.  Nothing where
 * nobody watches: not on a terminal, in batch mode, under MI.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_PROGRESS_H
#define PMAP_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct pmap_progress {
	uint64_t began, next;	/* milliseconds; when it is to be shown again */
	uint64_t ticks;
	bool watched;
};

void pmap_progress_begin(struct pmap_progress *progress);

/* Is it time to show something?  Cheap: to be called for every record. */
static inline bool pmap_progress_tick(struct pmap_progress *progress);
bool pmap_progress_due(struct pmap_progress *progress);

/* So many tables read; `va` has been reached. */
void pmap_progress_show(struct pmap_progress *progress, uint64_t tables,
			uint64_t va);
void pmap_progress_end(struct pmap_progress *progress);

/* Wipes the line from the terminal: for a command that ends early. */
void pmap_progress_clear(void);

static inline bool pmap_progress_tick(struct pmap_progress *progress)
{
	return progress->watched && (++progress->ticks & 63) == 0 &&
	       pmap_progress_due(progress);
}

#endif
