/*
 * pmap check --mirror: where do two sets of tables diverge?
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "show/entry.h"
#include "show/merge.h"
#include "show/run.h"
#include "target/query.h"
#include "traverse/pairs.h"
#include "traverse/traverse.h"
#include "walkers/check.h"

/* What goes on over addresses that touch. */
struct difference {
	struct pml_mirror_record r;
	bool repeats;		/* that of tables which differed at `of' */
	uint64_t of;
	bool own_varies, other_varies;	/* non-present entries that are not the same */
};

struct check {
	struct pmap_query *q;
	struct pml_space mirror;
	struct pmap_pairs pairs;
	struct pmap_writer writer;
	struct pmap_merge merge;
	struct difference held;
	uint64_t entries;
};

/* --- Records -------------------------------------------------------------- */

enum field {
	VA, LAST, OF, DIFFERS, KIND, PA, PAGE, RIGHTS, RAW, MIRROR_KIND,
	MIRROR_PA, MIRROR_PAGE, MIRROR_RIGHTS, MIRROR_RAW, ENTRY, TABLE,
	EXPECTED, MIRROR_TABLE, FIELDS
};

static const struct pmap_field fields[FIELDS] = {
	[VA] = PMAP_FIELD("va", PMAP_ADDRESS, .before = "", .width = 16),
	[LAST] = PMAP_FIELD("last", PMAP_ADDRESS, .before = "-", .width = 16,
			    .look = PMAP_TRAILS),
	[OF] = PMAP_FIELD("of", PMAP_ADDRESS),
	[DIFFERS] = PMAP_FIELD("differs", PMAP_WORD),
	[KIND] = PMAP_FIELD("kind", PMAP_WORD),
	[PA] = PMAP_FIELD("pa", PMAP_FRAME),
	[PAGE] = PMAP_FIELD("page", PMAP_NUMBER),
	[RIGHTS] = PMAP_FIELD("rights", PMAP_WORD),
	[RAW] = PMAP_FIELD("raw", PMAP_HEX),
	[MIRROR_KIND] = PMAP_FIELD("mirror_kind", PMAP_WORD),
	[MIRROR_PA] = PMAP_FIELD("mirror_pa", PMAP_FRAME),
	[MIRROR_PAGE] = PMAP_FIELD("mirror_page", PMAP_NUMBER),
	[MIRROR_RIGHTS] = PMAP_FIELD("mirror_rights", PMAP_WORD),
	[MIRROR_RAW] = PMAP_FIELD("mirror_raw", PMAP_HEX),
	[ENTRY] = PMAP_FIELD("entry", PMAP_WORD),
	[TABLE] = PMAP_FIELD("table", PMAP_HEX),
	[EXPECTED] = PMAP_FIELD("expected", PMAP_HEX),
	[MIRROR_TABLE] = PMAP_FIELD("mirror_table", PMAP_HEX),
};

static const uint8_t columns[] = { VA, LAST };

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS,
	.columns = columns, .ncolumns = sizeof(columns), .note_at = 2,
};

/* "mapped, rights" */
static void add_differs(struct pmap_text *out, unsigned differs)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ PML_MIRROR_MAPPED, "mapped" }, { PML_MIRROR_KIND, "entry" },
		{ PML_MIRROR_FRAME, "frame" }, { PML_MIRROR_RIGHTS, "rights" },
		{ PML_MIRROR_PAGE, "page size" },
	};
	const char *comma = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(differs & names[i].bit))
			continue;
		pmap_text_add(out, "%s%s", comma, names[i].name);
		comma = ", ";
	}
}

/* The fields from `kind' on, which are those of one side. */
static void fill_side(struct pmap_row *row, int kind,
		      const struct pml_format *fmt,
		      const struct pml_record *r, uint64_t va, bool varies,
		      char rights[PMAP_RIGHTS_NAME])
{
	pmap_row_word(row, kind, pmap_kind_name(r->kind));
	if (r->kind == PML_LEAF) {
		pmap_row_number(row, kind + PA - KIND, r->pa + (va - r->va));
		pmap_row_number(row, kind + PAGE - KIND, 1ULL << r->shift);
		pmap_row_word(row, kind + RIGHTS - KIND,
			      pmap_rights_name(fmt, r->rights, rights));
	} else if (r->raw && !varies) {
		pmap_row_number(row, kind + RAW - KIND, r->raw);
	}
}

static void add_side(struct pmap_text *out, const struct pml_format *fmt,
		     const struct pml_record *r, uint64_t va, bool varies)
{
	if (varies)
		pmap_text_add(out, "%s ...", pmap_kind_name(r->kind));
	else
		pmap_add_meaning(out, fmt, r, va);
}

/* For people: all that is behind the addresses. */
static void add_note(struct pmap_text *note, const struct check *c,
		     const struct difference *d)
{
	pmap_text_puts(note, "  ");
	if (d->repeats) {
		pmap_text_add(note, "as at %016" PRIx64, d->of);
		return;
	}
	add_differs(note, d->r.differs);
	pmap_text_puts(note, ": ");
	add_side(note, c->q->target.space.fmt, &d->r.own, d->r.va, d->own_varies);
	pmap_text_puts(note, ", mirror ");
	add_side(note, c->mirror.fmt, &d->r.other, d->r.va, d->other_varies);
}

static void emit(const void *record, void *arg)
{
	const struct difference *d = record;
	struct pmap_text note = { 0 }, differs = { 0 };
	struct check *c = arg;
	char own[PMAP_RIGHTS_NAME], other[PMAP_RIGHTS_NAME];
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_number(&row, VA, d->r.va);
	pmap_row_number(&row, LAST, d->r.last);
	if (d->repeats) {
		pmap_row_number(&row, OF, d->of);
	} else {
		add_differs(&differs, d->r.differs);
		pmap_row_word(&row, DIFFERS, differs.data);
		fill_side(&row, KIND, c->q->target.space.fmt, &d->r.own,
			  d->r.va, d->own_varies, own);
		fill_side(&row, MIRROR_KIND, c->mirror.fmt, &d->r.other,
			  d->r.va, d->other_varies, other);
	}
	add_note(&note, c, d);
	row.note = note.data;
	pmap_write(&c->writer, &row);
	pmap_text_free(&note);
	pmap_text_free(&differs);
}

/* --- Differences that go on ----------------------------------------------- */

/* Does one side go on as it was: the same sort of page, in the next frame? */
static bool goes_on(const struct pml_record *held, const struct pml_record *r,
		    uint64_t va)
{
	if (held->kind != r->kind)
		return false;
	if (held->kind == PML_NONPRESENT)
		return true;
	if (held->kind != PML_LEAF)
		return held->raw == r->raw;
	return held->rights == r->rights && held->shift == r->shift &&
	       held->pa + (va - held->va) == r->pa + (va - r->va);
}

static bool join(void *held, const void *next, void *arg)
{
	struct difference *h = held;
	const struct difference *d = next;

	(void)arg;
	if (h->repeats != d->repeats || h->r.last + 1 != d->r.va ||
	    h->of != d->of)
		return false;
	if (!h->repeats && (h->r.differs != d->r.differs ||
			    !goes_on(&h->r.own, &d->r.own, d->r.va) ||
			    !goes_on(&h->r.other, &d->r.other, d->r.va)))
		return false;
	h->own_varies |= h->r.own.raw != d->r.own.raw &&
			 h->r.own.kind == PML_NONPRESENT;
	h->other_varies |= h->r.other.raw != d->r.other.raw &&
			   h->r.other.kind == PML_NONPRESENT;
	h->r.last = d->r.last;
	return true;
}

static void add_difference(struct check *c, const struct pml_mirror_record *r)
{
	pmap_pairs_differ(&c->pairs);
	pmap_merge_add(&c->merge, &(struct difference){ .r = *r });
}

/* The same tables as at `va', and something in them differs. */
static void add_repeated(struct check *c, const struct pml_mirror_record *r,
			 uint64_t va)
{
	pmap_pairs_differ(&c->pairs);
	pmap_merge_add(&c->merge, &(struct difference){
		.r = *r, .repeats = true, .of = va,
	});
}

/* One table of the own tree: is the mirror's at its distance? */
static void check_pair(struct check *c, uint64_t va, int level, uint64_t own_pa)
{
	struct pmap_query *q = c->q;
	const char *entry = q->target.space.fmt->level[level].name;
	uint64_t expected = own_pa + q->opt.paired.value, pa;
	bool there = pml_table_of(&c->mirror, va, level, &pa);
	struct pmap_row row;
	char note[160];
	int len;

	c->entries++;
	if (there && pa == expected)
		return;
	pmap_merge_flush(&c->merge);
	pmap_pairs_differ(&c->pairs);
	pmap_row_init(&row);
	pmap_row_number(&row, VA, va);
	pmap_row_word(&row, DIFFERS, "pair");
	pmap_row_word(&row, ENTRY, entry);
	pmap_row_number(&row, TABLE, own_pa);
	pmap_row_number(&row, EXPECTED, expected);
	len = snprintf(note, sizeof(note), "  the table of %ss at 0x%" PRIx64
		       " should have its pair at 0x%" PRIx64 ", ", entry,
		       own_pa, expected);
	if (there) {
		pmap_row_number(&row, MIRROR_TABLE, pa);
		snprintf(note + len, sizeof(note) - len,
			 "the mirror's is at 0x%" PRIx64, pa);
	} else {
		snprintf(note + len, sizeof(note) - len, "the mirror has none");
	}
	row.note = note;
	pmap_write(&c->writer, &row);
}

/* The rule of paired tables: for those that user mode gets to, if only it counts. */
static void check_table(struct check *c, const struct pml_record *table)
{
	const struct pmap_options *opt = &c->q->opt;

	if (opt->paired.text && table->kind == PML_TABLE &&
	    (!opt->user || (table->rights & PML_U)))
		check_pair(c, table->va, table->level - 1, table->pa);
}

/* Tables come next: what is known of them, or what is to be read. */
static void enter(struct check *c, struct pml_mirror *m,
		  const struct pml_mirror_record *r)
{
	struct pmap_query *q = c->q;
	bool differs;
	uint64_t va;

	if (pmap_pairs_met(&c->pairs, r, &va, &differs)) {
		if (differs)
			add_repeated(c, r, va);
		pml_mirror_skip(m, r);
		return;
	}
	/* Unless the mirror's table, which covers more, is to be entered first. */
	if (r->other.kind != PML_TABLE || r->own.last >= r->other.last)
		check_table(c, &r->own);
	if (r->own.kind == PML_TABLE)
		pmap_ahead(q, &q->target.space, &r->own);
	if (r->other.kind == PML_TABLE)
		pmap_ahead(q, &c->mirror, &r->other);
}

static void compare_one(struct check *c, struct pml_mirror *m,
			const struct pml_mirror_record *r)
{
	pmap_pairs_at(&c->pairs, r);
	if (r->entering) {
		enter(c, m, r);
		return;
	}
	c->entries++;
	/* A table that both sides use: it has no counterpart. */
	check_table(c, &r->own);
	if (r->differs)
		add_difference(c, r);
}

static void compare(struct check *c)
{
	struct pmap_query *q = c->q;
	const struct pml_space *own = &q->target.space;
	struct pmap_watch watch;
	struct pml_mirror m;
	struct pml_mirror_record r;

	pmap_watch_begin(&watch, q);
	pmap_ahead_root(q, own, q->first, q->last);
	pmap_ahead_root(q, &c->mirror, q->first, q->last);
	if (q->opt.paired.text)
		check_pair(c, q->first, own->fmt->levels, pml_root_pa(own));
	pml_mirror_init(&m, own, &c->mirror, q->first, q->last,
			PML_MIRROR_TABLES | (q->opt.user ? PML_MIRROR_USER : 0));
	while (pmap_watch_go(&watch, m.va) && pml_mirror_next(&m, &r)) {
		/* After Ctrl-C an unreadable table is no difference. */
		if (pmap_bridge_interrupted())
			break;
		compare_one(c, &m, &r);
	}
	pmap_merge_flush(&c->merge);
	pmap_watch_end(&watch);
}

/* What is compared if no range is given: what both can have addresses for. */
static void limit_range(struct check *c)
{
	struct pmap_query *q = c->q;
	const struct pml_format *own = q->target.space.fmt;
	const struct pml_format *other = c->mirror.fmt;
	uint64_t half = (1ULL << (own->va_bits - 1)) - 1;

	if (q->opt.start.text)
		return;
	if (own->sign_extended != other->sign_extended && q->last > half)
		q->last = half;
	if (pml_top(other) < q->last)
		q->last = pml_top(other);
}

static int set_mirror(struct check *c)
{
	struct pmap_query *q = c->q;
	const struct pmap_options *opt = &q->opt;

	c->mirror = q->target.space;
	if (opt->mirror_format)
		c->mirror.fmt = opt->mirror_format;
	c->mirror.root = pmap_target_root(c->mirror.fmt, opt->mirror.value);
	/* What NX=0 reserves is not what other formats have at that place. */
	if (!c->mirror.fmt->nx)
		c->mirror.rsvd &= (1ULL << 52) - 1;
	if (!c->mirror.at(c->mirror.ctx, pml_root_pa(&c->mirror),
			  c->mirror.fmt->entry_size))
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 "the mirror's root table at 0x%" PRIx64 " cannot be read: check --mirror",
				 pml_root_pa(&c->mirror));
	return 0;
}

/* For people, and in $pmap_ok and $pmap_ranges. */
static void report(struct check *c)
{
	struct pmap_query *q = c->q;

	if (c->writer.shape != PMAP_SHAPE_TEXT)
		;
	else if (c->writer.rows)
		pmap_text_add(q->out, "%" PRIu64 " differences\n",
			      c->writer.rows);
	else
		pmap_text_add(q->out, "the mirror agrees (%" PRIu64 " entries and holes compared)\n",
			      c->entries);
	pmap_result_u64(q->call, "ranges", c->writer.rows);
	pmap_result_u64(q->call, "ok", !c->writer.rows);
}

static void free_pairs(struct check *c)
{
	pmap_pairs_end(&c->pairs);
}

int pmap_check_mirror(struct pmap_query *q)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(free_pairs))) struct check c = { .q = q };
	int status;

	status = pmap_query_range(q);
	if (!status)
		status = pmap_query_one_half(q);
	if (!status)
		status = set_mirror(&c);
	if (status)
		return status;
	limit_range(&c);
	pmap_pairs_begin(&c.pairs, &q->target.space, &c.mirror);
	c.merge = (struct pmap_merge){
		.held = &c.held, .size = sizeof(c.held),
		.join = join, .emit = emit, .arg = &c,
	};
	pmap_writer_begin(&c.writer, q, &schema, 0);
	compare(&c);
	if (pmap_bridge_interrupted())
		return PMAP_STATUS_INTERRUPTED;
	report(&c);
	return c.writer.rows ? PMAP_STATUS_UNEXPECTED : PMAP_STATUS_OK;
}
