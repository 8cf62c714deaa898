/*
 * pmap roots: which tables could be the root of something?
 *
 * From what is certain to what is likely: the CR3 of every CPU, tables that
 * kernels have symbols for, one that the user names; and with --scan whatever
 * in memory looks like a root, a VMCB or a VMCS, each with its reasons.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/cache.h"
#include "memory/notes.h"
#include "memory/source.h"
#include "show/record.h"
#include "show/words.h"
#include "target/arch.h"
#include "target/query.h"
#include "traverse/traverse.h"
#include "walkers/roots-guess.h"
#include "walkers/walkers.h"

#define MAX_ROOTS	512
#define MAX_ENTRIES	1024	/* of a root table, in any format */

struct root {
	uint64_t pa;
	const struct pml_format *fmt;
	struct pmap_text why;
};

struct roots {
	struct pmap_roots out;	/* what architectures add to; the first member */
	struct pmap_query *q;
	struct root *root;
	size_t count;
	bool full;
	struct pmap_guess *guess;	/* no register tells a root; NULL: one does */
	char rejected[256];	/* why --table is none; empty: it is, or was not given */
	/* What a table of the selected CPU's kernel must map alike: $pc. */
	uint64_t pc, pc_pa;
	bool has_pc;
	/* Where the upper half of its root leads, 0 where to no table. */
	uint64_t upper[MAX_ENTRIES];
	unsigned uppers;
};

static void free_roots(struct roots *r)
{
	for (size_t i = 0; r->root && i < r->count; i++)
		pmap_text_free(&r->root[i].why);
	free(r->root);
	pmap_guess_drop(r->guess);
}

static const struct pml_space *own_space(const struct roots *r)
{
	return &r->q->target.space;
}

static struct pmap_text *add(struct roots *r, uint64_t pa,
			     const struct pml_format *fmt);

static struct pmap_text *add_root(struct pmap_roots *out, uint64_t pa,
				  const struct pml_format *fmt)
{
	return add((struct roots *)out, pa, fmt);
}

/* The text to add a reason to; the same root has several. */
static struct pmap_text *add(struct roots *r, uint64_t pa,
			     const struct pml_format *fmt)
{
	struct root *root;

	for (size_t i = 0; i < r->count; i++) {
		root = &r->root[i];
		if (root->pa != pa || strcmp(root->fmt->name, fmt->name))
			continue;
		pmap_text_puts(&root->why, "; ");
		return &root->why;
	}
	if (r->count == MAX_ROOTS) {
		r->full = true;
		return NULL;
	}
	root = &r->root[r->count++];
	*root = (struct root){ .pa = pa, .fmt = fmt };
	return &root->why;
}

static const void *read_page(const struct roots *r, uint64_t pa)
{
	return pmap_cache_at(r->q->cache, pa, 4096);
}

/* --- What is certain --------------------------------------------------- */

static void add_own(struct roots *r)
{
	const struct pml_space *space = own_space(r);
	struct pmap_text *why = add(r, pml_root_pa(space), space->fmt);

	if (why && r->q->target.root_given)
		pmap_text_puts(why, "--root");
	else if (why)
		pmap_text_add(why, "%s of the selected thread",
			      r->q->target.arch->root_name(&r->q->target, space));
}

/*
 * A pointer to a table, in the selected CPU's address space.  NULL, or why that
 * is no root: the text is in `why'.
 */
static const char *add_pointer(struct roots *r, uint64_t va, const char *name,
			       char *why, size_t size)
{
	struct pmap_text reason = { 0 }, *text;
	const struct pml_space *space = pmap_target_space(&r->q->target, va);
	struct pml_target t;

	if (!space->fmt || !pml_translate(space, va, &t, NULL)) {
		if (space->fmt)
			pmap_add_reason(&reason, space, &t);
		snprintf(why, size, "0x%" PRIx64 " is not mapped%s%s", va,
			 reason.len ? ": " : "", reason.len ? reason.data : "");
		pmap_text_free(&reason);
		return why;
	}
	snprintf(why, size, "0x%" PRIx64 " is mapped to 0x%" PRIx64 ", where no table begins (a root is 4K-aligned)",
		 va, t.pa);
	if (t.pa & 0xfff)
		return why;
	text = add(r, t.pa, space->fmt);
	if (text)
		pmap_text_puts(text, name);
	return NULL;
}

static void add_symbols(struct roots *r)
{
	static const char cast[] = "(unsigned long)";
	const char *const *exprs = r->q->target.arch->root_exprs;
	char why[256];

	for (size_t i = 0; exprs[i]; i++)
		if (r->q->symbols[i].present && r->q->symbols[i].value)
			add_pointer(r, r->q->symbols[i].value,
				    exprs[i] + sizeof(cast) - 1, why,
				    sizeof(why));
}

/* The CPUs of a dump, by its notes. */
static void add_dump_cpus(struct roots *r)
{
	struct pmap_source *source = r->q->source;
	const struct pmap_notes *notes = source->ops->notes ?
					 source->ops->notes(source) : NULL;
	size_t cpus = notes ? pmap_notes_cpus(notes) : 0;

	for (size_t i = 0; i < cpus; i++) {
		struct pmap_target target = { .arch = r->q->target.arch };
		const struct pmap_options plain = { .json = false };
		struct pmap_text *text;
		char why[256];

		source->ops->registers(source, i + 1, &target);
		if (pmap_target_init(&target, &plain, why, sizeof(why)) ||
		    !target.space.fmt)
			continue;
		text = add(r, pml_root_pa(&target.space), target.space.fmt);
		if (text)
			pmap_text_add(text, "%s of CPU %zu, by the dump",
				      target.arch->root_name(&target, &target.space),
				      i);
	}
}

/* --- What looks like it ------------------------------------------------ */

/* What a page would be as a root table. */
struct shape {
	unsigned tables, leaves, others;
	int self;		/* the first entry that refers to the page; -1 */
	bool run;		/* and its neighbours to the pages beside: a page table */
	bool valid;
};

static struct shape shape_of(const struct roots *r, const struct pml_space *space,
			     uint64_t pa, const void *page)
{
	int level = space->fmt->levels;
	unsigned n = 1u << space->fmt->level[level].bits;
	struct shape s = { .self = -1, .valid = true };
	uint64_t last = 0;

	for (unsigned i = 0; i < n && s.valid; i++) {
		uint64_t raw = pml_entry(space->fmt, page, i), table;

		switch (raw ? pml_classify(space, level, raw) : PML_HOLE) {
		case PML_HOLE:
			break;
		case PML_TABLE:
			table = pml_table_pa(space, level, raw);
			s.tables++;
			if (table == pa && s.self < 0)
				s.self = i;
			if (i && table == last + 4096 &&
			    (table == pa || last == pa))
				s.run = true;
			last = table;
			/* few pages get this far: an entry must lead to memory */
			s.valid = s.tables > 4 || read_page(r, table & ~0xfffULL);
			break;
		case PML_LEAF:
			s.leaves++;
			break;
		case PML_NONPRESENT:
			s.valid = ++s.others <= 8;
			break;
		default:
			s.valid = false;
		}
	}
	s.valid = s.valid && s.tables + s.leaves;
	return s;
}

/* The table that entry `i` leads to, if it is another one; else 0. */
static uint64_t other_table(const struct pml_space *space, uint64_t pa,
			    const void *page, unsigned i)
{
	int level = space->fmt->levels;
	uint64_t raw = pml_entry(space->fmt, page, i), table;

	if (!raw || pml_classify(space, level, raw) != PML_TABLE)
		return 0;
	table = pml_table_pa(space, level, raw);
	return table == pa ? 0 : table;
}

static void learn_upper_half(struct roots *r)
{
	const struct pml_space *space = own_space(r);
	unsigned n = 1u << space->fmt->level[space->fmt->levels].bits;
	uint64_t pa = pml_root_pa(space);
	const void *page = read_page(r, pa & ~0xfffULL);

	/* PAE's four entries are too few to know a root by. */
	if (!page || n < 512)
		return;
	for (unsigned i = n / 2; i < n; i++) {
		r->upper[i] = other_table(space, pa, page, i);
		r->uppers += r->upper[i] != 0;
	}
}

/* How much of the upper half, where kernels are, is as in the root of now. */
static unsigned count_alike(const struct roots *r, const struct pml_space *space,
			    uint64_t pa, const void *page)
{
	unsigned n = 1u << space->fmt->level[space->fmt->levels].bits;
	unsigned alike = 0;

	for (unsigned i = n / 2; r->uppers && i < n; i++)
		alike += r->upper[i] &&
			 r->upper[i] == other_table(space, pa, page, i);
	return alike;
}

/*
 * Tables of the selected CPU's format that map its code as it does, have its
 * kernel, or contain themselves.
 */
static void try_root(struct roots *r, uint64_t pa, const void *page)
{
	struct pml_space space = *own_space(r);
	struct pml_target t;
	struct pmap_text *why;
	struct shape s = shape_of(r, &space, pa, page);
	unsigned alike;
	bool same;

	if (!s.valid || space.fmt->level[space.fmt->levels].bits < 9)
		return;
	space.root = pa;
	alike = count_alike(r, &space, pa, page);
	same = r->has_pc && pml_translate(&space, r->pc, &t, NULL) &&
	       t.pa == r->pc_pa;
	if (!same && 2 * alike <= r->uppers && (s.self < 0 || s.run))
		return;
	why = add(r, pa, space.fmt);
	if (!why)
		return;
	pmap_text_add(why, "found: %u entries", s.tables + s.leaves);
	if (same)
		pmap_text_puts(why, ", maps $pc as CR3 does");
	if (alike)
		pmap_text_add(why, ", %u of the %u in CR3's upper half", alike,
			      r->uppers);
	if (s.self >= 0)
		pmap_text_add(why, ", itself at %d", s.self);
}

/* An outer root that leads somewhere. */
static bool is_outer_root(struct pmap_roots *out, uint64_t pa,
			  const struct pml_format *fmt)
{
	struct roots *r = (struct roots *)out;
	struct pml_space space = *own_space(r);
	const void *page;

	space.fmt = fmt;
	space.rsvd &= (1ULL << 52) - 1;
	page = pa && !(pa & ~fmt->root_pa) ? read_page(r, pa) : NULL;
	return page && shape_of(r, &space, pa, page).valid;
}

/* Nothing is at home in a page of zeros. */
static bool is_empty(const void *page)
{
	const uint64_t *p = page;

	for (size_t i = 0; i < 512; i++)
		if (p[i])
			return false;
	return true;
}

static void scan_batch(struct roots *r, struct pmap_watch *watch,
		       uint64_t first, size_t count)
{
	uint64_t pa[PMAP_AHEAD_MAX];

	for (size_t i = 0; i < count; i++)
		pa[i] = first + i * 4096;
	pmap_cache_ahead(r->q->cache, pa, count, true);
	for (size_t i = 0; i < count &&
	     pmap_watch_go(watch, first + i * 4096); i++) {
		const void *page = read_page(r, first + i * 4096);

		if (!page || is_empty(page))
			continue;
		if (r->guess)
			pmap_guess_page(r->guess, first + i * 4096, page);
		else
			try_root(r, first + i * 4096, page);
		page = read_page(r, first + i * 4096);
		if (page && r->q->target.arch->roots_page)
			r->q->target.arch->roots_page(&r->out, first + i * 4096,
						      page);
	}
}

static void scan(struct roots *r, uint64_t first, uint64_t last)
{
	struct pmap_watch watch;
	uint64_t pa = first & ~0xfffULL;

	pmap_watch_begin(&watch, r->q);
	while (pa <= last && !pmap_bridge_interrupted()) {
		uint64_t left = (last - pa) / 4096 + 1;
		size_t n = left < PMAP_AHEAD_MAX ? left : PMAP_AHEAD_MAX;

		scan_batch(r, &watch, pa, n);
		pa += n * 4096;
		if (!pa)
			break;
	}
	pmap_watch_end(&watch);
}

enum field { ROOT, FORMAT, WHY, NOTE, COLUMN_ROOT, FIELDS };

static const struct pmap_field fields[FIELDS] = {
	[ROOT] = PMAP_FIELD("root", PMAP_ADDRESS),
	[FORMAT] = PMAP_FIELD("format", PMAP_WORD, .before = " ", .width = 11,
			      .head = "FORMAT"),
	[WHY] = PMAP_FIELD("why", PMAP_WORD, .before = " ", .width = 3,
			   .head = "WHY"),
	[NOTE] = PMAP_FIELD("note", PMAP_WORD),
	[COLUMN_ROOT] = PMAP_COLUMN(PMAP_WORD, .before = "", .width = 18,
				    .head = "ROOT"),
};

static const uint8_t columns[] = { COLUMN_ROOT, FORMAT, WHY };

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS,
	.columns = columns, .ncolumns = sizeof(columns), .headed = true,
	.empty = "no root table was found\n",
	.legend =
	"ROOT    physical address of the root table\n"
	"FORMAT  its paging mode, as `--format' takes it; npt-4, ept-4 and the like\n"
	"        are roots of a second dimension\n"
	"WHY     where the address is from.  `found' and `looks like' are guesses by\n"
	"        what the table or the page has in it\n",
};

/* What there is to say about the list: a line for people, else a record. */
static void write_note(struct pmap_writer *w, const char *note)
{
	struct pmap_row row;

	if (w->shape == PMAP_SHAPE_TEXT) {
		pmap_text_puts(w->out, note);
		pmap_text_puts(w->out, "\n");
		return;
	}
	pmap_row_init(&row);
	pmap_row_word(&row, NOTE, note);
	pmap_write(w, &row);
}

static void write_root(struct pmap_writer *w, const struct roots *r,
		       struct root *root)
{
	char text[20];
	struct pmap_row row;

	if (!read_page(r, root->pa & ~0xfffULL))
		pmap_text_puts(&root->why,
			       pmap_cache_status(r->q->cache) == PMAP_READ_ABSENT ?
			       "; not in this file" :
			       "; not in RAM that can be read");
	snprintf(text, sizeof(text), "0x%016" PRIx64, root->pa);
	pmap_row_init(&row);
	pmap_row_number(&row, ROOT, root->pa);
	pmap_row_word(&row, FORMAT, root->fmt->name);
	pmap_row_word(&row, WHY, root->why.data ? root->why.data : "");
	pmap_row_word(&row, COLUMN_ROOT, text);
	pmap_write(w, &row);
}

/* Memory that the scan has not looked at. */
static void write_beyond(struct pmap_writer *w, struct pmap_query *q,
			 uint64_t scanned)
{
	const struct pmap_source *source = q->source;
	uint64_t last = source->ops->last ? source->ops->last(source) : 0;
	char note[160];

	if (last <= scanned)
		return;
	snprintf(note, sizeof(note),
		 "memory goes on to 0x%" PRIx64 ": `pmap roots --scan 0x%" PRIx64 " 0x%" PRIx64 "' looks there",
		 last, scanned + 1, last + 1);
	write_note(w, note);
}

static void print_roots(struct roots *r, uint64_t scanned)
{
	const struct pmap_options *opt = &r->q->opt;
	struct pmap_writer w;
	char note[sizeof(r->rejected) + 64];

	pmap_writer_begin(&w, r->q, &schema, 0);
	for (size_t i = 0; i < r->count; i++)
		write_root(&w, r, &r->root[i]);
	pmap_writer_end(&w);
	if (r->full) {
		snprintf(note, sizeof(note),
			 "more than %d: give --scan a RANGE", MAX_ROOTS);
		write_note(&w, note);
	}
	if (r->rejected[0]) {
		snprintf(note, sizeof(note), "--table: %s", r->rejected);
		write_note(&w, note);
	}
	if (opt->scan && !opt->start.text)
		write_beyond(&w, r->q, scanned);
}

/* From what is certain to what is likely. */
static void add_known(struct roots *r)
{
	struct pmap_query *q = r->q;
	struct pml_target t;

	r->has_pc = pmap_target_pc(&q->target, &r->pc) &&
		    pml_translate(own_space(r), r->pc, &t, NULL);
	r->pc_pa = r->has_pc ? t.pa : 0;
	add_own(r);
	q->target.arch->roots_cpus(&r->out);
	add_dump_cpus(r);
	add_symbols(r);
	if (q->opt.table.text &&
	    !add_pointer(r, q->opt.table.value, "--table", r->rejected,
			 sizeof(r->rejected)))
		r->rejected[0] = '\0';
	learn_upper_half(r);
}

/* No register tells a root: what there is shows by its contents. */
static int begin_guess(struct roots *r)
{
	struct pmap_query *q = r->q;
	struct pml_space *space = &q->target.space;

	if (!q->opt.scan || q->target.nested ||
	    !(q->opt.format || q->target.arch->root_formats))
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "%s; `pmap roots --scan' finds tables by their contents",
				 q->no_space);
	*space = (struct pml_space){
		.fmt = q->opt.format ? q->opt.format :
				       q->target.arch->root_formats[0],
		.at = pmap_cache_at, .ctx = q->cache,
	};
	r->guess = pmap_guess_begin(space);
	return r->guess ? 0 : pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
}

/* What of physical memory is to be searched; 0 or a status. */
static int set_range(struct pmap_query *q, uint64_t *first, uint64_t *last)
{
	*first = q->opt.start.value;
	*last = 0xffffffff;
	if (q->opt.scan && q->target.halves)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--scan looks for one root of all addresses: it does not know %s's halves",
				 q->target.arch->title);
	if (q->opt.start.text && !q->opt.scan)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "a range is for --scan: physical addresses to search");
	if (q->opt.end.text)
		*last = q->opt.end.value - 1 +
			(q->opt.end_is_length ? *first : 0);
	if (q->opt.start.text && *last < *first)
		return pmap_query_inverted(q, *first, *last + 1);
	return 0;
}

int pmap_roots(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(free_roots))) struct roots r = {
		.out = { q, add_root, is_outer_root }, .q = q,
	};
	uint64_t first, last;
	int status = set_range(q, &first, &last);

	if (!status && q->no_space[0])
		status = begin_guess(&r);
	if (status)
		return status;
	r.root = calloc(MAX_ROOTS, sizeof(*r.root));
	if (!r.root)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	if (!r.guess)
		add_known(&r);
	if (q->opt.scan)
		scan(&r, first, last);
	if (r.guess)
		pmap_guess_end(r.guess, &r.out);
	print_roots(&r, last);
	pmap_result_u64(q->call, "roots", r.count);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED
					 : PMAP_STATUS_OK;
}
