/*
 * pmap snapshot: the page tables of a moment, kept in the session or in a file.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/snapshot.h"

#include <ctype.h>
#include <string.h>

#include "arch/arch.h"
#include "show/record.h"
#include "walkers/walkers.h"

enum { NAME, ARCH, TABLES, DISTINCT, BYTES, FIELDS };

static const struct pmap_field fields[FIELDS] = {
	[NAME] = PMAP_FIELD("name", PMAP_WORD, .before = "", .width = 16, .head = "NAME"),
	[ARCH] = PMAP_FIELD("arch", PMAP_WORD, .before = "  ", .width = 6, .head = "ARCH"),
	[TABLES] = PMAP_FIELD("tables", PMAP_NUMBER, .before = "  ", .width = 8,
			      .look = PMAP_RIGHT, .head = "TABLES"),
	[DISTINCT] = PMAP_FIELD("distinct", PMAP_NUMBER, .before = "  ", .width = 9,
				.look = PMAP_RIGHT, .head = "DIFFERENT"),
	[BYTES] = PMAP_FIELD("bytes", PMAP_NUMBER, .before = "  ", .width = 10,
			     .look = PMAP_RIGHT, .head = "BYTES"),
};
static const uint8_t columns[] = { NAME, ARCH, TABLES, DISTINCT, BYTES };
static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS, .columns = columns,
	.ncolumns = sizeof(columns), .note_at = sizeof(columns), .headed = true,
	.empty = "no snapshots: pmap snapshot NAME takes one\n",
	.legend = "TABLES     pages of 4096 bytes that tables are in\n"
		  "DIFFERENT  of these; equal ones are kept once\n",
};

static void write_one(struct pmap_writer *w, const struct pmap_snapshot *s)
{
	struct pmap_snapshot_facts facts = pmap_snapshot_facts(s);
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_word(&row, NAME, facts.name);
	pmap_row_word(&row, ARCH, facts.arch);
	pmap_row_number(&row, TABLES, facts.pages);
	pmap_row_number(&row, DISTINCT, facts.distinct);
	pmap_row_number(&row, BYTES, facts.bytes);
	pmap_write(w, &row);
}

static int list(struct pmap_query *q, const struct pmap_snapshot *only)
{
	struct pmap_snapshot *s;
	struct pmap_writer w;

	pmap_writer_begin(&w, q, &schema, 0);
	if (only)
		write_one(&w, only);
	for (size_t i = 0; !only && (s = pmap_snapshot_number(i)); i++)
		write_one(&w, s);
	pmap_writer_end(&w);
	pmap_result_u64(q->call, "ranges", w.rows);
	if (only)
		pmap_result_u64(q->call, "tables", pmap_snapshot_facts(only).pages);
	return PMAP_STATUS_OK;
}

static int remove_kept(struct pmap_query *q)
{
	if (q->opt.name[0])
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "snapshot: --delete NAME takes no other name");
	if (!pmap_snapshot_delete(q->opt.delete))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "snapshot: there is none of the name %s (`pmap snapshot' lists them)",
				 q->opt.delete);
	return PMAP_STATUS_OK;
}

static int load(struct pmap_query *q)
{
	char why[512];
	struct pmap_snapshot *s;
	int status;

	if (!q->opt.name[0])
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "snapshot: a name for it is missing: pmap snapshot NAME --load FILE");
	s = pmap_snapshot_load(q->opt.load, q->opt.name[0], pmap_archs, why,
			       sizeof(why));
	if (!s)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY, "%s: %s", q->opt.load, why);
	status = pmap_snapshot_sums(q, s);
	if (status) {
		pmap_snapshot_free(s);
		return status;
	}
	pmap_snapshot_keep(s);
	return list(q, s);
}

/* The target is asked only if there is no such snapshot yet, or --save is not given. */
static int take(struct pmap_query *q)
{
	struct pmap_snapshot *s = NULL;
	int status;

	if (q->no_space[0])
		return pmap_fail(q, PMAP_STATUS_NO_PAGING, "%s", q->no_space);
	if (!q->cache)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 "snapshot: physical memory cannot be read; see `pmap source'");
	status = pmap_snapshot_take(q, q->opt.name[0], &s);
	if (status)
		return status;
	pmap_snapshot_keep(s);
	return 0;
}

static int save(struct pmap_query *q)
{
	struct pmap_snapshot *s = pmap_snapshot_find(q->opt.name[0]);
	int error = pmap_snapshot_save(s, q->opt.save);

	if (error)
		return pmap_fail(q, PMAP_STATUS_OUTPUT, "%s: %s", q->opt.save,
				 strerror(error));
	return 0;
}

static const char *refuse_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isgraph((unsigned char)*c))
			return "a name has no blanks and no control characters";
	return strlen(name) > 31 ? "a name has 31 characters at most" : NULL;
}

int pmap_snapshot(struct pmap_query *q)
{
	const struct pmap_options *opt = &q->opt;
	const char *name = opt->name[0];
	int status = 0;

	if (opt->name[1])
		return pmap_fail(q, PMAP_STATUS_USAGE, "snapshot: \"%s\" is one name too many",
				 opt->name[1]);
	if (name && refuse_name(name))
		return pmap_fail(q, PMAP_STATUS_USAGE, "snapshot: %s", refuse_name(name));
	if (opt->load && opt->save)
		return pmap_fail(q, PMAP_STATUS_USAGE, "snapshot: --load and --save exclude each other");
	if (opt->delete)
		return remove_kept(q);
	if (opt->load)
		return load(q);
	if (!name)
		return opt->save ? pmap_fail(q, PMAP_STATUS_USAGE,
					     "snapshot: which one is to be saved? pmap snapshot NAME --save FILE") :
		       list(q, NULL);
	/* A file of one that is there is a file of that one. */
	if (!opt->save || !pmap_snapshot_find(name))
		status = take(q);
	if (!status && opt->save)
		status = save(q);
	return status ? status : list(q, pmap_snapshot_find(name));
}
