/*
 * pmap name: the user's own names of ranges.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "show/names.h"
#include "show/record.h"
#include "target/query.h"
#include "walkers/walkers.h"

enum { NAME, VA, LAST, FIELDS };

static const struct pmap_field fields[FIELDS] = {
	[NAME] = PMAP_FIELD("name", PMAP_WORD, .before = "  ", .head = "NAME"),
	[VA] = PMAP_FIELD("va", PMAP_ADDRESS, .before = "", .width = 16, .head = "START"),
	[LAST] = PMAP_FIELD("last", PMAP_ADDRESS, .before = "-", .width = 16, .head = "LAST"),
};
static const uint8_t columns[] = { VA, LAST, NAME };
static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS, .columns = columns,
	.ncolumns = sizeof(columns), .note_at = sizeof(columns), .headed = true,
	.empty = "no names: pmap name RANGE TEXT gives one\n",
};

static int list(struct pmap_query *q)
{
	size_t count;
	const struct pmap_name *name = pmap_names(&count);
	struct pmap_writer w;

	pmap_writer_begin(&w, q, &schema, 0);
	for (size_t i = 0; i < count; i++) {
		struct pmap_row row;

		pmap_row_init(&row);
		pmap_row_word(&row, NAME, name[i].text);
		pmap_row_number(&row, VA, name[i].first);
		pmap_row_number(&row, LAST, name[i].last);
		pmap_write(&w, &row);
	}
	pmap_writer_end(&w);
	pmap_result_u64(q->call, "ranges", count);
	return PMAP_STATUS_OK;
}

static int forget(struct pmap_query *q, uint64_t first, uint64_t last)
{
	if (!pmap_names_forget(first, last))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "name: no name in 0x%" PRIx64 "-0x%" PRIx64 " (START END TEXT or START +LEN TEXT gives one)",
				 first, last);
	return PMAP_STATUS_OK;
}

/* No space is needed: names may be there before paging is. */
int pmap_name(struct pmap_query *q)
{
	uint64_t first = q->opt.start.value, length;
	const char *problem;
	int status;

	if (!q->opt.start.text)
		return list(q);
	status = pmap_query_length(q, &length);
	if (status)
		return status;
	if (first + length - 1 < first)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "name: 0x%" PRIx64 " + 0x%" PRIx64 " goes beyond the last address",
				 first, length);
	if (!q->opt.text)
		return forget(q, first, first + length - 1);
	problem = pmap_names_refuse(q->opt.text);
	if (problem)
		return pmap_fail(q, PMAP_STATUS_USAGE, "name: %s", problem);
	if (!pmap_names_set(first, first + length - 1, q->opt.text))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "name: there are %d names already; pmap name RANGE forgets those in RANGE",
				 PMAP_NAMES_MAX);
	return PMAP_STATUS_OK;
}
