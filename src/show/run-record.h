/*
 * Runs as records: the contract of `pmap dump --json', which other commands
 * that list runs keep, too.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_RUN_RECORD_H
#define PMAP_SHOW_RUN_RECORD_H

#include "show/record.h"
#include "show/run.h"

/*
 * Fields that differ inside a run, or that the format does not have, are left
 * out; what is no leaf has a "kind" and no "pa".  A "repeat" has "of", the
 * address that the first of it repeats, and "every", the bytes after which it
 * does so again.  "pages" counts 4 KiB whatever the pages' size.
 */
extern const struct pmap_schema pmap_run_schema;

/* pmap_writer_begin() for runs of this target's space. */
void pmap_run_begin(struct pmap_writer *w, struct pmap_query *q);

void pmap_write_run(struct pmap_writer *w, const struct pmap_run *run);

/* What there is to say of a run besides; strings stay the caller's. */
struct pmap_run_about {
	const char *name;	/* of the addresses: "kernel text"; NULL: none */
	/* The tables that it is in, where several were looked through: */
	const char *format;	/* NULL: it was one */
	uint64_t root;		/* physical */
	const char *why;	/* what that root is; empty: who asked knows */
};

void pmap_write_run_about(struct pmap_writer *w, const struct pmap_run *run,
			  const struct pmap_run_about *about);

/* The colour that rights have: what can be written and executed stands out. */
enum pmap_style pmap_rights_style(unsigned rights);

#endif
