/*
 * pmap stats: what the tables cost, and what larger pages would save.
 *
 * Each distinct table is looked at once, all of its entries together: how many
 * are used, what they map, and whether one page of the next size could do it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/put.h"
#include "show/record.h"
#include "traverse/tables.h"
#include "traverse/traverse.h"
#include "walkers/walkers.h"

/* Why a table that could be one page is not; the first that is so. */
enum why {
	WHY_HOLES, WHY_MIXED, WHY_RIGHTS, WHY_FRAMES, WHY_ALIGNED, WHY_TYPE,
	WHY_NOTHING, WHYS
};

static const char *const why_names[WHYS] = {
	[WHY_HOLES] = "not all of it is mapped",
	[WHY_MIXED] = "it has tables, or entries that map nothing",
	[WHY_RIGHTS] = "rights differ",
	[WHY_FRAMES] = "the frames are not contiguous",
	[WHY_ALIGNED] = "the frames are not aligned",
	[WHY_TYPE] = "flags or memory types differ",
	[WHY_NOTHING] = "nothing: it could be one page",
};

struct level {
	uint64_t tables, again;	/* distinct ones; entries that lead to one again */
	uint64_t used;		/* entries that are not empty */
	uint64_t sparse;	/* tables with an eighth of their entries, or less */
	uint64_t leaves;	/* in distinct tables */
	uint64_t why[WHYS];
};

struct stats {
	struct pmap_query *q;
	struct pmap_traverse traverse;
	struct pmap_tables tables;
	struct level level[PML_MAX_LEVELS + 1];
};

/* --- One table ------------------------------------------------------------ */

/* What all leaves of a table have in common. */
struct common {
	uint64_t first_raw;
	uint64_t rights;	/* bits of them that differ */
	uint64_t others;	/* other bits but those of the address, A and D */
	bool contiguous, aligned;
	unsigned leaves, used;
};

static void look_at_entry(struct common *c, const struct pml_space *space,
			  int level, unsigned index, uint64_t raw)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[level];
	uint64_t differ, first_pa;

	c->used += raw != 0;
	if (!raw || pml_classify(space, level, raw) != PML_LEAF)
		return;
	if (!c->leaves++) {
		c->first_raw = raw;
		/* Had it begun at the table's start. */
		c->contiguous = true;
		c->aligned = index == 0 &&
			!(pml_leaf_pa(space, level, raw) &
			  ((1ULL << (lv->shift + lv->bits)) - 1));
	}
	differ = raw ^ c->first_raw;
	first_pa = pml_leaf_pa(space, level, c->first_raw);
	c->rights |= differ & pml_right_mask(fmt);
	c->others |= differ & ~(lv->leaf_pa | lv->leaf_high | fmt->accessed |
				fmt->dirty | pml_right_mask(fmt));
	if (pml_leaf_pa(space, level, raw) !=
	    first_pa + ((uint64_t)(c->leaves - 1) << lv->shift))
		c->contiguous = false;
}

static enum why why_not(const struct common *c, unsigned entries)
{
	if (c->used < entries)
		return WHY_HOLES;
	if (c->leaves < entries)
		return WHY_MIXED;
	if (c->rights)
		return WHY_RIGHTS;
	if (!c->contiguous)
		return WHY_FRAMES;
	if (!c->aligned)
		return WHY_ALIGNED;
	return c->others ? WHY_TYPE : WHY_NOTHING;
}

/* Can an entry of this level be a page at all? */
static bool has_pages(const struct pml_space *space, int level)
{
	const struct pml_level *lv = &space->fmt->level[level];

	return level <= space->fmt->levels &&
	       !(lv->leaf_value & ~lv->leaf_mask) &&
	       !(space->no_leaf & PML_LEVEL(level));
}

/* False if it cannot be read. */
static bool look_at_table(struct stats *s, int level, uint64_t pa)
{
	const struct pml_space *space = &s->q->target.space;
	unsigned entries = 1u << space->fmt->level[level].bits;
	struct level *l = &s->level[level];
	struct common c = { .leaves = 0 };
	const void *table = space->at(space->ctx, pa,
				      pml_table_size(space->fmt, level));

	if (!table)
		return false;
	for (unsigned i = 0; i < entries; i++)
		look_at_entry(&c, space, level, i,
			      pml_entry(space->fmt, table, i));
	l->tables++;
	l->used += c.used;
	l->leaves += c.leaves;
	l->sparse += c.used * 8 <= entries;
	if (c.leaves && has_pages(space, level + 1))
		l->why[why_not(&c, entries)]++;
	return true;
}

/* --- All of them ---------------------------------------------------------- */

static void enter(struct stats *s, struct pml_record *r)
{
	struct pmap_seen seen;
	int level = r->level - 1;

	if (pmap_tables_met(&s->tables, r, &seen) && seen.pa == r->pa) {
		s->level[level].again++;
		pmap_traverse_skip(&s->traverse, r);
		return;
	}
	pmap_tables_enter(&s->tables, r, PMAP_CONTENT_MIXED, 0);
	look_at_table(s, level, r->pa);
}

static void walk(struct stats *s)
{
	struct pml_record r;

	look_at_table(s, s->q->target.space.fmt->levels,
		      pml_root_pa(&s->q->target.space));
	while (pmap_traverse_next(&s->traverse, &r)) {
		if (r.kind == PML_RECURSIVE)
			pmap_tables_recursion(&s->tables, &r);
		if (r.kind != PML_TABLE)
			continue;
		if (r.leaving)
			pmap_tables_leave(&s->tables, &r, 0);
		else
			enter(s, &r);
	}
}

/* --- Records -------------------------------------------------------------- */

enum field {
	KIND, LEVEL, ENTRY, TABLES, BYTES, ENTRIES, SPARSE, AGAIN, PAGE, PAGES,
	WHY, FIELDS
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

static void write_tables(struct pmap_writer *w, const struct pml_format *fmt,
			 int level, const struct level *l)
{
	uint64_t bytes = l->tables * pml_table_size(fmt, level);
	char note[200], size[24];
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_word(&row, KIND, "tables");
	pmap_row_number(&row, LEVEL, level);
	pmap_row_word(&row, ENTRY, fmt->level[level].name);
	pmap_row_number(&row, TABLES, l->tables);
	pmap_row_number(&row, BYTES, bytes);
	pmap_row_number(&row, ENTRIES, l->used);
	pmap_row_number(&row, SPARSE, l->sparse);
	pmap_row_number(&row, AGAIN, l->again);
	snprintf(note, sizeof(note),
		 " level %d (%s): %" PRIu64 " in %s, %" PRIu64 " entries used, %"
		 PRIu64 " sparse, %" PRIu64 " times shared", level,
		 fmt->level[level].name, l->tables, size_of(bytes, size),
		 l->used, l->sparse, l->again);
	row.note = note;
	pmap_write(w, &row);
}

static void write_pages(struct pmap_writer *w, const struct pml_format *fmt,
			int level, const struct level *l, uint64_t all)
{
	uint64_t page = 1ULL << fmt->level[level].shift;
	uint64_t bytes = l->leaves << fmt->level[level].shift;
	char note[160], one[24], size[24];
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_word(&row, KIND, "pages");
	pmap_row_number(&row, LEVEL, level);
	pmap_row_number(&row, BYTES, bytes);
	pmap_row_number(&row, PAGE, page);
	pmap_row_number(&row, PAGES, l->leaves);
	snprintf(note, sizeof(note), " of %s: %" PRIu64 ", %s, %.1f %% of all",
		 size_of(page, one), l->leaves, size_of(bytes, size),
		 all ? 100.0 * bytes / all : 0);
	row.note = note;
	pmap_write(w, &row);
}

static void write_why(struct pmap_writer *w, const struct pml_format *fmt,
		      int level, enum why why, uint64_t tables)
{
	const struct pml_level *lv = &fmt->level[level];
	char note[160], page[24];
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_word(&row, KIND, "larger");
	pmap_row_number(&row, TABLES, tables);
	pmap_row_number(&row, PAGE, 1ULL << (lv->shift + lv->bits));
	pmap_row_word(&row, WHY, why_names[why]);
	snprintf(note, sizeof(note), " %" PRIu64 " tables are no %s page: %s",
		 tables, size_of(1ULL << (lv->shift + lv->bits), page),
		 why_names[why]);
	row.note = note;
	pmap_write(w, &row);
}

static void report(struct stats *s)
{
	const struct pml_format *fmt = s->q->target.space.fmt;
	uint64_t all = 0, tables = 0, bytes = 0;
	struct pmap_writer w;
	int level;

	pmap_writer_begin(&w, s->q, &schema, 0);
	for (level = fmt->levels; level > 0; level--) {
		write_tables(&w, fmt, level, &s->level[level]);
		tables += s->level[level].tables;
		bytes += s->level[level].tables * pml_table_size(fmt, level);
		all += s->level[level].leaves << fmt->level[level].shift;
	}
	for (level = fmt->levels; level > 0; level--)
		if (s->level[level].leaves)
			write_pages(&w, fmt, level, &s->level[level], all);
	for (level = fmt->levels; level > 0; level--)
		for (int why = 0; why < WHYS; why++)
			if (s->level[level].why[why])
				write_why(&w, fmt, level, why,
					  s->level[level].why[why]);
	pmap_writer_end(&w);
	pmap_result_u64(s->q->call, "tables", tables);
	pmap_result_u64(s->q->call, "bytes", bytes);
}

static void end(struct stats *s)
{
	pmap_tables_end(&s->tables);
}

int pmap_stats(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(end))) struct stats s = { .q = q };
	int status = pmap_query_range(q);

	if (status)
		return status;
	if (!q->target.space.fmt)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "the lower half of the address space has no tables: name a root with --root and --format");
	pmap_tables_begin(&s.tables, q);
	pmap_traverse_begin(&s.traverse, q, q->first, q->last,
			    PML_PRE | PML_POST);
	walk(&s);
	pmap_traverse_end(&s.traverse);
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	report(&s);
	return PMAP_STATUS_OK;
}
