/*
 * pmap stats: what the tables cost, and what larger pages would save.
 *
 * Each distinct table is looked at once (stats-look.c, stats-tables.c).  What
 * region that is in, the same walk tells: see survey.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/put.h"
#include "walkers/stats.h"
#include "walkers/walkers.h"

static const char *const why_names[PMAP_STATS_WHYS] = {
	[PMAP_STATS_HOLES] = "not all of it is mapped",
	[PMAP_STATS_MIXED] = "it has tables, or entries that map nothing",
	[PMAP_STATS_RIGHTS] = "rights differ",
	[PMAP_STATS_FRAMES] = "the frames are not contiguous",
	[PMAP_STATS_ALIGNED] = "the frames are not aligned",
	[PMAP_STATS_TYPE] = "flags or memory types differ",
	[PMAP_STATS_FLAGS] = "only accessed or dirty differ",
	[PMAP_STATS_NOTHING] = "nothing: it could be one page",
};

/* --- Records -------------------------------------------------------------- */

enum field {
	KIND, LEVEL, ENTRY, TABLES, BYTES, ENTRIES, SPARSE, AGAIN, PAGE, PAGES,
	WHY, REGION, HALF, FIELDS
};

static const struct pmap_field fields[FIELDS] = {
	[KIND] = PMAP_FIELD("kind", PMAP_WORD, .before = "", .width = 6,
			    .head = "WHAT"),
	[LEVEL] = PMAP_FIELD("level", PMAP_NUMBER),
	[ENTRY] = PMAP_FIELD("entry", PMAP_WORD),
	[TABLES] = PMAP_FIELD("tables", PMAP_NUMBER),
	[BYTES] = PMAP_FIELD("bytes", PMAP_BYTES),
	[ENTRIES] = PMAP_FIELD("entries", PMAP_NUMBER),
	[SPARSE] = PMAP_FIELD("sparse", PMAP_NUMBER),
	[AGAIN] = PMAP_FIELD("again", PMAP_NUMBER),
	[PAGE] = PMAP_FIELD("page", PMAP_BYTES),
	[PAGES] = PMAP_FIELD("count", PMAP_NUMBER),
	[WHY] = PMAP_FIELD("why", PMAP_WORD),
	[REGION] = PMAP_FIELD("region", PMAP_WORD),
	[HALF] = PMAP_FIELD("half", PMAP_WORD),
};

static const uint8_t columns[] = { KIND };

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS,
	.columns = columns, .ncolumns = sizeof(columns), .note_at = 1,
};

static const char *size_of(uint64_t bytes, char text[24])
{
	*pmap_put_about(text, bytes, 6) = '\0';
	return text;
}

/* A part of the report: of one half, if there are two. */
struct report {
	struct pmap_stats *s;
	struct pmap_writer w;
	const struct pml_format *fmt;
	const struct pmap_stats_half *half;
	const char *name;	/* of the half; NULL: there is one only */
};

static void write_row(struct report *r, struct pmap_row *row, const char *note)
{
	char text[240];

	if (r->name)
		pmap_row_word(row, HALF, r->name);
	snprintf(text, sizeof(text), " %s%s%s", r->name ? r->name : "",
		 r->name ? " half, " : "", note);
	row->note = text;
	pmap_write(&r->w, row);
}

static void write_tables(struct report *r, int level)
{
	const struct pmap_stats_level *l = &r->half->level[level];
	const char *name = r->fmt->level[level].name;
	uint64_t bytes = l->tables * pml_table_size(r->fmt, level);
	char note[200], size[24];
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_word(&row, KIND, "tables");
	pmap_row_number(&row, LEVEL, level);
	pmap_row_word(&row, ENTRY, name);
	pmap_row_number(&row, TABLES, l->tables);
	pmap_row_number(&row, BYTES, bytes);
	pmap_row_number(&row, ENTRIES, l->used);
	pmap_row_number(&row, SPARSE, l->sparse);
	pmap_row_number(&row, AGAIN, l->again);
	snprintf(note, sizeof(note),
		 "level %d (%s): %" PRIu64 " in %s, %" PRIu64 " entries used, %"
		 PRIu64 " sparse, %" PRIu64 " times shared", level, name,
		 l->tables, size_of(bytes, size), l->used, l->sparse, l->again);
	write_row(r, &row, note);
}

static void write_pages(struct report *r, int level, uint64_t all)
{
	uint64_t page = 1ULL << r->fmt->level[level].shift;
	uint64_t count = r->half->level[level].leaves, bytes = count * page;
	char note[160], one[24], size[24];
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_word(&row, KIND, "pages");
	pmap_row_number(&row, LEVEL, level);
	pmap_row_number(&row, BYTES, bytes);
	pmap_row_number(&row, PAGE, page);
	pmap_row_number(&row, PAGES, count);
	snprintf(note, sizeof(note), "of %s: %" PRIu64 ", %s, %.1f %% of all",
		 size_of(page, one), count, size_of(bytes, size),
		 all ? 100.0 * bytes / all : 0);
	write_row(r, &row, note);
}

/* --- Larger pages --------------------------------------------------------- */

/* How many tables of each region, level and reason; the last is no region. */
typedef uint64_t larger_counts[PMAP_AREAS_MAX + 1][PML_MAX_LEVELS + 1][PMAP_STATS_WHYS];

/* The region that a table is of; PMAP_AREAS_MAX: none that has a name. */
static unsigned region_of(const struct pmap_layout *layout, const struct pmap_stats_larger *l)
{
	unsigned i = 0;

	while (i < layout->count && (layout->area[i].last < l->va ||
				     layout->area[i].first > l->last))
		i++;
	return i < layout->count ? i : PMAP_AREAS_MAX;
}

static void write_why(struct report *r, const char *region, int level,
		      enum pmap_stats_why why, uint64_t tables)
{
	const struct pml_level *lv = &r->fmt->level[level];
	uint64_t larger = 1ULL << (lv->shift + lv->bits);
	char note[200], page[24];
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_word(&row, KIND, "larger");
	pmap_row_number(&row, LEVEL, level);
	pmap_row_number(&row, TABLES, tables);
	pmap_row_number(&row, PAGE, larger);
	pmap_row_word(&row, WHY, why_names[why]);
	if (region)
		pmap_row_word(&row, REGION, region);
	snprintf(note, sizeof(note), "%s%s%" PRIu64 " %s no %s page: %s",
		 region ? region : "", region ? ": " : "", tables, tables == 1 ? "table is" : "tables are",
		 size_of(larger, page), why_names[why]);
	write_row(r, &row, note);
}

static void write_larger(struct report *r)
{
	const struct pmap_stats *s = r->s;
	const struct pmap_layout *layout = &s->survey.layout;
	larger_counts counts = { { { 0 } } };

	for (size_t i = 0; i < s->count; i++)
		if (&s->half[s->larger[i].half] == r->half)
			counts[region_of(layout, &s->larger[i])]
			      [s->larger[i].level][s->larger[i].why]++;
	for (unsigned area = 0; area <= PMAP_AREAS_MAX; area++)
		for (int level = r->fmt->levels; level > 0; level--)
			for (int why = 0; why < PMAP_STATS_WHYS; why++)
				if (counts[area][level][why])
					write_why(r, area < PMAP_AREAS_MAX ?
						  layout->area[area].name : NULL,
						  level, why,
						  counts[area][level][why]);
}

/* --- The command ---------------------------------------------------------- */

static void write_half(struct report *r, uint64_t *tables, uint64_t *bytes)
{
	const struct pmap_stats_level *l = r->half->level;
	uint64_t all = 0;
	int level;

	for (level = r->fmt->levels; level > 0; level--) {
		write_tables(r, level);
		*tables += l[level].tables;
		*bytes += l[level].tables * pml_table_size(r->fmt, level);
		all += l[level].leaves << r->fmt->level[level].shift;
	}
	for (level = r->fmt->levels; level > 0; level--)
		if (l[level].leaves)
			write_pages(r, level, all);
	write_larger(r);
}

static void report(struct pmap_stats *s)
{
	struct pmap_query *q = s->survey.q;
	struct report r = { .s = s };
	uint64_t tables = 0, bytes = 0;

	pmap_writer_begin(&r.w, q, &schema, 0);
	for (int half = 0; half < 2; half++) {
		r.half = &s->half[half];
		r.fmt = r.half->fmt;
		if (q->target.halves)
			r.name = half ? "upper" : "lower";
		if (r.fmt)
			write_half(&r, &tables, &bytes);
	}
	pmap_writer_end(&r.w);
	pmap_result_u64(q->call, "tables", tables);
	pmap_result_u64(q->call, "bytes", bytes);
}

int pmap_stats(struct pmap_query *q)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(pmap_stats_free))) struct pmap_stats s = {
		.survey = { .q = q, .each_table = pmap_stats_each_table,
			    .each_entry = pmap_stats_each_entry, .arg = &s },
		.now = -1,
	};
	int status = pmap_survey_make(&s.survey, false);

	if (status)
		return status;
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	pmap_stats_finish(&s);
	if (s.no_memory)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	report(&s);
	return PMAP_STATUS_OK;
}
