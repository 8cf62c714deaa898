/*
 * pmap stats: what the tables cost, and what larger pages would save.
 *
 * Each distinct table is looked at once, all of its entries together: how many
 * are used, what they map, and whether one page of the next size could do it.
 * What region that is in, the same walk tells: see survey.h.
 *
 * With filters a table counts that has, or leads to, what is wanted.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/put.h"
#include "walkers/survey.h"
#include "walkers/walkers.h"

/* Why a table that could be one page is not; the first that is so. */
enum why {
	WHY_HOLES, WHY_MIXED, WHY_RIGHTS, WHY_FRAMES, WHY_ALIGNED, WHY_TYPE,
	WHY_FLAGS, WHY_NOTHING, WHYS
};

static const char *const why_names[WHYS] = {
	[WHY_HOLES] = "not all of it is mapped",
	[WHY_MIXED] = "it has tables, or entries that map nothing",
	[WHY_RIGHTS] = "rights differ",
	[WHY_FRAMES] = "the frames are not contiguous",
	[WHY_ALIGNED] = "the frames are not aligned",
	[WHY_TYPE] = "flags or memory types differ",
	[WHY_FLAGS] = "only accessed or dirty differ",
	[WHY_NOTHING] = "nothing: it could be one page",
};

struct level {
	uint64_t tables, again;	/* distinct ones; entries that lead to one again */
	uint64_t used;		/* entries that are not empty */
	uint64_t sparse;	/* tables with an eighth of their entries, or less */
	uint64_t leaves;	/* in distinct tables */
};

/* What was found in one table. */
struct look {
	unsigned used, leaves, entries;
	bool could;		/* one page could be in its place, if not for: */
	enum why why;
};

/* A table that was met. */
struct met {
	uint64_t key;		/* its address, which is a multiple of 16, and its level */
	unsigned leaves;	/* that are wanted */
	bool wanted;		/* one of them, or of those below */
	bool counted;
};

/* One that is being walked. */
struct open {
	struct met met;
	struct look look;
	uint64_t va, last;
	bool is_open;
};

/* A table that could be one page. */
struct larger {
	uint64_t va, last;
	uint8_t level, why, half;
};

struct half {
	const struct pml_format *fmt;	/* NULL: there is none */
	struct level level[PML_MAX_LEVELS + 1];
};

struct stats {
	struct pmap_survey survey;
	struct half half[2];	/* the lower and the upper, or the only one */
	int now;		/* which of them is being walked; -1: none yet */
	struct pmap_hash met;
	struct open open[PML_MAX_LEVELS + 2];
	struct larger *larger;
	size_t count, room;
	bool no_memory;
};

/* --- One table ------------------------------------------------------------ */

/* What all leaves of a table have in common. */
struct common {
	uint64_t first_raw;
	uint64_t rights;	/* bits of them that differ */
	uint64_t flags;		/* the same of A and D */
	uint64_t others;	/* and of other bits but those of the address */
	bool contiguous, aligned;
	unsigned leaves, used;
};

static void look_at_entry(struct common *c, const struct pml_space *space,
			  int level, unsigned index, uint64_t raw)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[level];
	uint64_t differ, first_pa;

	c->used++;
	if (pml_classify(space, level, raw) != PML_LEAF)
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
	c->flags |= differ & (fmt->accessed | fmt->dirty);
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
	if (c->others)
		return WHY_TYPE;
	return c->flags ? WHY_FLAGS : WHY_NOTHING;
}

/* Can an entry of this level be a page at all? */
static bool has_pages(const struct pml_space *space, int level)
{
	const struct pml_level *lv = &space->fmt->level[level];

	return level <= space->fmt->levels &&
	       !(lv->leaf_value & ~lv->leaf_mask) &&
	       !(space->no_leaf & PML_LEVEL(level));
}

#define BLOCK	256		/* bytes of a table that are looked at together */

/* Most tables have few entries: are the next BLOCK bytes all zero? */
static inline bool is_blank(const void *table, size_t offset)
{
	/* As the compiler has it: in registers of 16 bytes or more. */
	typedef uint64_t wide __attribute__((vector_size(64)));
	wide words[BLOCK / sizeof(wide)], any = { 0 };
	uint64_t one = 0;

	memcpy(words, (const char *)table + offset, sizeof(words));
	for (size_t i = 0; i < BLOCK / sizeof(wide); i++)
		any |= words[i];
	for (int i = 0; i < 8; i++)
		one |= any[i];
	return !one;
}

static void look_at_entries(struct common *c, const struct pml_space *space,
			    int level, const void *table, unsigned entries)
{
	unsigned size = space->fmt->entry_size, block = BLOCK / size;

	for (unsigned i = 0; i < entries; i++) {
		uint64_t raw;

		if (i % block == 0 && i + block <= entries &&
		    is_blank(table, (size_t)i * size)) {
			i += block - 1;
			continue;
		}
		raw = pml_entry(space->fmt, table, i);
		if (raw)
			look_at_entry(c, space, level, i, raw);
	}
}

/* What is in a table; nothing, if it cannot be read. */
static struct look look_at_table(const struct pml_space *space, int level, uint64_t pa)
{
	unsigned entries = 1u << space->fmt->level[level].bits;
	struct look look = { .entries = entries };
	struct common c = { .leaves = 0 };
	const void *table = space->at(space->ctx, pa,
				      pml_table_size(space->fmt, level));

	if (table)
		look_at_entries(&c, space, level, table, entries);
	look.used = c.used;
	look.leaves = c.leaves;
	look.could = c.leaves && has_pages(space, level + 1);
	if (look.could)
		look.why = why_not(&c, entries);
	return look;
}

/* --- All of them ---------------------------------------------------------- */

static uint64_t key_of(const void *slot)
{
	return ((const struct met *)slot)->key;
}

static const struct pmap_hash_kind met_kind = { sizeof(struct met), key_of };

/* The table's place among those that were met; NULL without memory. */
static struct met *find_met(struct stats *s, uint64_t pa, int level)
{
	struct met *met;
	uint64_t key = pa << 3 | level;

	if (!pmap_hash_room(&s->met, &met_kind)) {
		s->no_memory = true;
		return NULL;
	}
	met = pmap_hash_find(&s->met, key, &met_kind);
	if (!met->key) {
		*met = (struct met){ .key = key };
		s->met.used++;
	}
	return met;
}

static void keep_larger(struct stats *s, const struct open *o, int level)
{
	struct larger *grown = s->larger;

	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 256;
		grown = realloc(s->larger, s->room * sizeof(*grown));
		s->no_memory |= !grown;
		if (!grown)
			return;
		s->larger = grown;
	}
	grown[s->count++] = (struct larger){
		o->va, o->last, level, o->look.why, s->now
	};
}

/* It is wanted: once. */
static void count_table(struct stats *s, const struct open *o, int level,
			unsigned leaves)
{
	struct level *l = &s->half[s->now].level[level];

	l->tables++;
	l->used += o->look.used;
	l->leaves += leaves;
	l->sparse += o->look.used * 8 <= o->look.entries;
	if (o->look.could && leaves)
		keep_larger(s, o, level);
}

/* All of it has been walked. */
static void close_table(struct stats *s, int level)
{
	struct open *o = &s->open[level];
	struct met *met;

	if (!o->is_open)
		return;
	o->is_open = false;
	if (!s->survey.filtered) {
		o->met.leaves = o->look.leaves;
		o->met.wanted = true;
	}
	s->open[level + 1].met.wanted |= o->met.wanted;
	met = find_met(s, o->met.key >> 3, level);
	if (!met)
		return;
	met->wanted |= o->met.wanted;
	if (o->met.leaves > met->leaves)
		met->leaves = o->met.leaves;
	if (met->wanted && !met->counted) {
		met->counted = true;
		count_table(s, o, level, o->met.leaves);
	}
}

static void close_tables(struct stats *s, int top)
{
	for (int level = 1; level <= top; level++)
		close_table(s, level);
}

static void open_table(struct stats *s, int level, uint64_t pa, uint64_t va,
		       uint64_t last)
{
	s->open[level] = (struct open){
		.met = { .key = pa << 3 | level },
		.look = look_at_table(&s->survey.q->target.space, level, pa),
		.va = va, .last = last, .is_open = true,
	};
}

/* The same as one that was walked: it need not be, but it may be another one. */
static void meet_again(struct stats *s, const struct pml_record *r,
		       const struct pmap_seen *seen)
{
	int level = r->level - 1;
	uint64_t times = ((r->last - r->va) >> r->shift) + 1;
	const struct met *like = find_met(s, seen->pa, level);
	struct met was = like ? *like : (struct met){ .key = 0 };
	struct met *met = find_met(s, r->pa, level);
	struct open other = { .va = r->va, .last = r->va + (1ULL << r->shift) - 1 };

	if (!met || !was.wanted)
		return;
	s->open[r->level].met.wanted = true;
	s->half[s->now].level[level].again += times - !met->counted;
	if (met->counted)
		return;
	met->wanted = met->counted = true;
	met->leaves = was.leaves;
	other.look = look_at_table(&s->survey.q->target.space, level, r->pa);
	count_table(s, &other, level, was.leaves);
}

/* The half that is walked now: its root, which nobody announces. */
static void enter_half(struct stats *s)
{
	const struct pmap_target *target = &s->survey.q->target;
	const struct pml_format *fmt = target->space.fmt;
	int half = target->halves && target->selected_upper;

	if (half == s->now)
		return;
	close_tables(s, PML_MAX_LEVELS);
	s->now = half;
	s->half[half].fmt = fmt;
	open_table(s, fmt->levels, pml_root_pa(&target->space),
		   pml_bottom(fmt), pml_top(fmt));
}

static void each_table(void *arg, const struct pml_record *r,
		       const struct pmap_seen *seen)
{
	struct stats *s = arg;

	enter_half(s);
	close_tables(s, r->level - 1);
	if (seen)
		meet_again(s, r, seen);
	else
		open_table(s, r->level - 1, r->pa, r->va, r->last);
}

static void each_entry(void *arg, const struct pmap_run *entry, bool known)
{
	struct stats *s = arg;
	struct open *o = &s->open[entry->level];

	enter_half(s);
	/* Of a table that is met again all is known. */
	if (!s->survey.filtered || known ||
	    !pmap_filter_entry(&s->survey.filter, entry))
		return;
	o->met.wanted = true;
	if (entry->kind == PML_LEAF)
		o->met.leaves += (entry->last - entry->va + 1) >>
				 s->half[s->now].fmt->level[entry->level].shift;
}

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
	struct stats *s;
	struct pmap_writer w;
	const struct pml_format *fmt;
	const struct half *half;
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
	const struct level *l = &r->half->level[level];
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
typedef uint64_t larger_counts[PMAP_AREAS_MAX + 1][PML_MAX_LEVELS + 1][WHYS];

/* The region that a table is of; PMAP_AREAS_MAX: none that has a name. */
static unsigned region_of(const struct pmap_layout *layout, const struct larger *l)
{
	unsigned i = 0;

	while (i < layout->count && (layout->area[i].last < l->va ||
				     layout->area[i].first > l->last))
		i++;
	return i < layout->count ? i : PMAP_AREAS_MAX;
}

static void write_why(struct report *r, const char *region, int level,
		      enum why why, uint64_t tables)
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
	snprintf(note, sizeof(note), "%s%s%" PRIu64 " tables are no %s page: %s",
		 region ? region : "", region ? ": " : "", tables,
		 size_of(larger, page), why_names[why]);
	write_row(r, &row, note);
}

static void write_larger(struct report *r)
{
	const struct stats *s = r->s;
	const struct pmap_layout *layout = &s->survey.layout;
	larger_counts counts = { { { 0 } } };

	for (size_t i = 0; i < s->count; i++)
		if (&s->half[s->larger[i].half] == r->half)
			counts[region_of(layout, &s->larger[i])]
			      [s->larger[i].level][s->larger[i].why]++;
	for (unsigned area = 0; area <= PMAP_AREAS_MAX; area++)
		for (int level = r->fmt->levels; level > 0; level--)
			for (int why = 0; why < WHYS; why++)
				if (counts[area][level][why])
					write_why(r, area < PMAP_AREAS_MAX ?
						  layout->area[area].name : NULL,
						  level, why,
						  counts[area][level][why]);
}

/* --- The command ---------------------------------------------------------- */

static void write_half(struct report *r, uint64_t *tables, uint64_t *bytes)
{
	const struct level *l = r->half->level;
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

static void report(struct stats *s)
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

/* A half in which nothing is mapped has a root all the same. */
static void enter_empty_halves(struct stats *s)
{
	struct pmap_query *q = s->survey.q;
	struct pmap_piece piece;

	for (unsigned i = 0; pmap_target_piece(&q->target, i, 0, ~0ULL, &piece); i++)
		if (pmap_target_select(&q->target, piece.first) &&
		    !s->half[q->target.halves && q->target.selected_upper].fmt)
			enter_half(s);
	close_tables(s, PML_MAX_LEVELS);
}

static void end(struct stats *s)
{
	pmap_survey_free(&s->survey);
	pmap_hash_free(&s->met);
	free(s->larger);
}

int pmap_stats(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(end))) struct stats s = {
		.survey = { .q = q, .each_table = each_table,
			    .each_entry = each_entry, .arg = &s },
		.now = -1,
	};
	int status = pmap_survey_make(&s.survey, false);

	if (status)
		return status;
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	enter_empty_halves(&s);
	if (s.no_memory)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	report(&s);
	return PMAP_STATUS_OK;
}
