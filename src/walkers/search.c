/*
 * pmap search: where in memory are these bytes?
 *
 * The runs that are chosen are read in large pieces, past the cache, each piece
 * behind the end of the one before, so that a match may cross from one to the
 * next wherever their frames are.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scan.h"
#include "memory/bulk.h"
#include "memory/cache.h"
#include "show/names.h"
#include "show/record.h"
#include "show/symbols.h"
#include "traverse/runs.h"
#include "walkers/survey.h"
#include "walkers/walkers.h"

#define PAGE_SIZE	4096
#define MAX_DEFAULT	1000	/* commands.in says so */

enum { VA, PA, GPA, NAME, FIELDS };

static const struct pmap_field fields[FIELDS] = {
	[VA] = PMAP_FIELD("va", PMAP_ADDRESS, .before = "", .width = 16, .head = "ADDRESS"),
	[PA] = PMAP_FIELD("pa", PMAP_FRAME, .before = " ", .width = 13, .head = "PHYSICAL"),
	[GPA] = PMAP_FIELD("gpa", PMAP_FRAME, .before = " ", .width = 13,
			   .drop = 1, .head = "GUEST'S"),
	[NAME] = PMAP_FIELD("name", PMAP_WORD, .before = "  ", .look = PMAP_TRAILS),
};
static const uint8_t columns[] = { VA, GPA, PA, NAME };
static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS, .columns = columns,
	.ncolumns = sizeof(columns), .note_at = sizeof(columns), .headed = true,
	.empty = "not found\n",
	.legend =
	"ADDRESS   where it is\n"
	"GUEST'S   the guest-physical address\n"
	"PHYSICAL  the physical address; in two dimensions the host's\n",
};

struct search {
	struct pmap_query *q;
	struct pmap_pattern pattern;
	struct pmap_writer writer;
	struct pmap_watch watch;
	uint64_t ram_last;	/* behind it there is no memory; 0: it is not known */
	unsigned char *base;	/* what is read goes here; */
	size_t held;		/* so many bytes of what came before lie before it, */
	uint64_t next;		/* up to this address */
	uint64_t count, max;
	bool ended;		/* nothing more is wanted */
};

/* --- What is found -------------------------------------------------------- */

static void add_places(struct search *s, struct pmap_row *row, uint64_t va)
{
	struct pmap_target *target = &s->q->target;
	struct pml_target_2d both;
	struct pml_target end;

	pmap_row_number(row, VA, va);
	if (!target->nested) {
		if (pml_translate(pmap_target_space(target, va), va, &end, NULL))
			pmap_row_number(row, PA, end.pa);
		return;
	}
	if (!pml_translate_2d(pmap_target_pair(target, va), va, &both, NULL))
		return;
	pmap_row_number(row, GPA, both.gpa);
	pmap_row_number(row, PA, both.pa);
}

static void report(struct search *s, uint64_t at)
{
	const char *name = NULL;
	char text[PMAP_NAMED_SIZE];
	struct pmap_row row;

	if (!s->count++)
		pmap_result_u64(s->q->call, "found", at);
	pmap_row_init(&row);
	if (s->q->opt.physical) {
		pmap_row_number(&row, PA, at);
	} else {
		add_places(s, &row, at);
		name = s->q->opt.no_names ? NULL : pmap_names_of(s->q, at, text);
	}
	if (name)
		pmap_row_word(&row, NAME, name);
	pmap_write(&s->writer, &row);
	pmap_symbols_add_row(&s->writer, at);
	s->ended = s->count == s->max;
}

/* --- Reading -------------------------------------------------------------- */

/* `len' bytes of `address' are at `bytes', and may go on with what is held. */
static void scan(struct search *s, unsigned char *bytes, uint64_t address,
		 size_t len)
{
	const struct pmap_pattern *p = &s->pattern;
	size_t held = s->next == address ? s->held : 0, total = held + len;
	unsigned char *from = bytes - held;
	size_t at = pmap_pattern_find(p, from, total, 0, address - held);

	while (at != SIZE_MAX && !s->ended) {
		report(s, address - held + at);
		at = pmap_pattern_find(p, from, total, at + 1, address - held);
	}
	s->held = p->len - 1 < total ? p->len - 1 : total;
	memmove(s->base - s->held, from + total - s->held, s->held);
	s->next = address + len;
}

/* A part of a page. */
static size_t search_part(struct search *s, uint64_t address, uint64_t pa,
			  uint64_t len)
{
	size_t n = PAGE_SIZE - pa % PAGE_SIZE;
	const void *bytes;

	if (n > len)
		n = len;
	bytes = pmap_cache_at(s->q->cache, pa, n);
	if (bytes) {
		memcpy(s->base, bytes, n);
		scan(s, s->base, address, n);
	}
	return n;
}

/* Whole pages, those of them that can be read. */
static size_t search_pages(struct search *s, uint64_t address, uint64_t pa,
			   uint64_t count)
{
	enum pmap_read status[PMAP_BULK_PAGES];
	size_t n = count < PMAP_BULK_PAGES ? count : PMAP_BULK_PAGES, i = 0;

	pmap_bulk_pages(s->q->source, pa, s->base, n, status);
	while (i < n) {
		size_t first = i;

		while (i < n && status[i] == PMAP_READ_OK)
			i++;
		if (i > first)
			scan(s, s->base + first * PAGE_SIZE,
			     address + first * PAGE_SIZE,
			     (i - first) * PAGE_SIZE);
		while (i < n && status[i] != PMAP_READ_OK)
			i++;
	}
	return n * PAGE_SIZE;
}

/* `len' bytes of physical memory that lie together; 0 are 2^64. */
static void search_memory(struct search *s, uint64_t address, uint64_t pa,
			  uint64_t len)
{
	uint64_t left = len - 1, part;

	for (;; address += part, pa += part, left -= part) {
		if (s->ram_last && pa > s->ram_last)
			return;
		if (!pmap_watch_go(&s->watch, address)) {
			s->ended = true;
			return;
		}
		if (pa % PAGE_SIZE || left < PAGE_SIZE - 1)
			part = search_part(s, address, pa, left + 1);
		else
			part = search_pages(s, address, pa,
					    (left - (PAGE_SIZE - 1)) / PAGE_SIZE + 1);
		if (s->ended || part > left)
			return;
	}
}

static bool search_run(void *arg, const struct pmap_run *run)
{
	struct search *s = arg;

	if (run->kind == PML_LEAF)
		search_memory(s, run->va, run->pa, run->last - run->va + 1);
	return !s->ended;
}

/* --- What is looked for --------------------------------------------------- */

/* "de ad be ef", "deadbeef", "de:ad": how many bytes; 0: that is none of it. */
static size_t parse_bytes(const char *text, unsigned char *to)
{
	size_t n = 0;

	for (; *text; text++) {
		char digits[3] = { text[0], text[1] };

		if (strchr(" ,:", *text))
			continue;
		if (n == PMAP_PATTERN_MAX || !isxdigit((unsigned char)text[0]) ||
		    !isxdigit((unsigned char)text[1]))
			return 0;
		to[n++] = strtoul(digits, NULL, 16);
		text++;
	}
	return n;
}

static int set_number(struct search *s, const struct pmap_expr *value, unsigned size)
{
	uint64_t high = size == 8 ? 0 : value->value >> (8 * size);
	uint64_t ones = size == 8 ? 0 : ~0ULL >> (8 * size);
	bool negative = value->value >> (8 * size - 1) & 1;

	if (high && !(high == ones && negative))
		return pmap_fail(s->q, PMAP_STATUS_USAGE,
				 "search: 0x%" PRIx64 " does not fit into %u byte%s",
				 value->value, size, size == 1 ? "" : "s");
	memcpy(s->pattern.bytes, &value->value, size);
	s->pattern.len = size;
	return 0;
}

/* The integer's option that was given: its value, and its bytes; NULL: none was. */
static const struct pmap_expr *number_of(const struct pmap_options *opt,
					 unsigned *size_ret)
{
	const struct pmap_expr *const value[] = {
		&opt->u8, &opt->u16, &opt->u32, &opt->u64
	};

	for (unsigned i = 0; i < 4; i++)
		if (value[i]->text) {
			*size_ret = 1u << i;
			return value[i];
		}
	return NULL;
}

static int set_bytes(struct search *s)
{
	const struct pmap_options *opt = &s->q->opt;
	struct pmap_pattern *p = &s->pattern;
	const struct pmap_expr *value;
	unsigned size;

	if (!!opt->bytes + !!opt->string + !!opt->u8.text + !!opt->u16.text +
	    !!opt->u32.text + !!opt->u64.text != 1)
		return pmap_fail(s->q, PMAP_STATUS_USAGE,
				 "search: one of --bytes, --string, --u8, --u16, --u32 and --u64 says what is looked for");
	value = number_of(opt, &size);
	if (value)
		return set_number(s, value, size);
	if (opt->bytes)
		p->len = parse_bytes(opt->bytes, p->bytes);
	else if (strlen(opt->string) <= PMAP_PATTERN_MAX)
		memcpy(p->bytes, opt->string, p->len = strlen(opt->string));
	if (p->len)
		return 0;
	return pmap_fail(s->q, PMAP_STATUS_USAGE,
			 "search: %s: %s, 1 to %d of them",
			 opt->bytes ? opt->bytes : "--string", opt->bytes ?
			 "bytes are pairs of hexadecimal digits (\"de ad be ef\")" :
			 "bytes of a text", PMAP_PATTERN_MAX);
}

static int set_mask(struct search *s)
{
	const char *mask = s->q->opt.mask;
	struct pmap_pattern *p = &s->pattern;
	uint64_t number;
	char *end;
	bool fine = true;

	memset(p->mask, 0xff, p->len);
	if (mask && !s->q->opt.bytes && !s->q->opt.string) {
		number = strtoull(mask, &end, 0);
		fine = !*end;
		memcpy(p->mask, &number, p->len);
	} else if (mask) {
		fine = parse_bytes(mask, p->mask) == p->len;
	}
	if (fine)
		return 0;
	return pmap_fail(s->q, PMAP_STATUS_USAGE,
			 "search: --mask %s: a number for an integer, as many bytes as are looked for else",
			 mask);
}

static int set_align(struct search *s)
{
	const struct pmap_options *opt = &s->q->opt;

	s->max = opt->max.text ? opt->max.value : MAX_DEFAULT;
	s->pattern.align = opt->align.text ? opt->align.value : 1;
	if (!s->pattern.align || s->pattern.align & (s->pattern.align - 1))
		return pmap_fail(s->q, PMAP_STATUS_USAGE,
				 "search: --align %" PRIu64 " is not a power of two",
				 s->pattern.align);
	if (!s->max)
		return pmap_fail(s->q, PMAP_STATUS_USAGE, "search: --max 0 finds nothing");
	pmap_pattern_prepare(&s->pattern);
	return 0;
}

/* --- Where ---------------------------------------------------------------- */

static int search_physical(struct search *s)
{
	struct pmap_query *q = s->q;
	const struct pmap_options *opt = &q->opt;
	uint64_t first = opt->start.text ? opt->start.value : 0, last = s->ram_last;

	if (opt->end.text) {
		last = (opt->end_is_length ? first : 0) + opt->end.value - 1;
		if (last < first || (opt->end_is_length && !opt->end.value))
			return pmap_query_inverted(q, first, last + 1);
	}
	if (!opt->end.text && !s->ram_last)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "search: nothing tells where memory ends: give a RANGE");
	if (last >= first)
		search_memory(s, first, first, last - first + 1);
	return 0;
}

static int search_virtual(struct search *s)
{
	const struct pmap_runs_job job = {
		.sink = search_run, .arg = s, .addresses = true,
	};
	struct pmap_runs_counts counts = { 0 };
	struct pmap_query *q = s->q;
	int status;

	if (q->no_space[0] || q->target.guest_off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING, "%s%ssearch --physical looks through memory by physical addresses",
				 q->no_space, q->no_space[0] ? ": " : "paging is off in the guest: ");
	status = pmap_query_range(q);
	if (status)
		return status;
	if (q->opt.start.text && !q->opt.end.text)
		q->last = q->target.halves ? ~0ULL : pml_top(q->target.space.fmt);
	/* Pieces are of memory that lies together. */
	q->opt.phys = true;
	q->opt.combined = q->target.nested;
	return pmap_runs_do(q, &job, &counts);
}

static bool has_filter(struct pmap_query *q)
{
	struct pmap_filter filter;

	return !q->no_space[0] && q->target.space.fmt &&
	       !pmap_filter_init(&filter, q) && filter.entries;
}

static uint32_t hidden(const struct pmap_query *q)
{
	return q->opt.physical ? 1u << VA | 1u << GPA :
	       q->target.nested ? 0 : 1u << GPA;
}

static void end_watch(struct pmap_watch **watch)
{
	pmap_watch_end(*watch);
}

static int look(struct search *s)
{
	struct pmap_query *q = s->q;
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(end_watch))) struct pmap_watch *watch = &s->watch;
	int status;

	status = q->opt.physical ? 0 : pmap_survey_named(q);
	if (status)
		return status;
	pmap_watch_begin(watch, q);
	pmap_writer_begin(&s->writer, q, &schema, hidden(q));
	pmap_symbols_begin(&s->writer);
	status = q->opt.physical ? search_physical(s) : search_virtual(s);
	if (status)
		return status;
	if (pmap_bridge_interrupted())
		return PMAP_STATUS_INTERRUPTED;
	pmap_writer_end(&s->writer);
	if (s->count == s->max && s->writer.shape == PMAP_SHAPE_TEXT)
		pmap_text_add(q->out, "(the first %" PRIu64 "; --max N for more)\n",
			      s->max);
	return s->count ? PMAP_STATUS_OK : PMAP_STATUS_HOLE;
}

int pmap_search(struct pmap_query *q)
{
	struct search *s = pmap_call_alloc(q->call, sizeof(*s));
	unsigned char *room = pmap_call_alloc(q->call, PAGE_SIZE +
					      PMAP_BULK_PAGES * PAGE_SIZE);
	int status;

	if (!s || !room)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	s->q = q;
	s->base = room + PAGE_SIZE;
	status = set_bytes(s);
	if (!status)
		status = set_mask(s);
	if (!status)
		status = set_align(s);
	if (!status && q->opt.physical && has_filter(q))
		status = pmap_fail(q, PMAP_STATUS_USAGE,
				   "search: --physical asks no tables, and filters are about these");
	if (status)
		return status;
	if (q->source->ops->last)
		s->ram_last = q->source->ops->last(q->source);
	status = look(s);
	pmap_result_u64(q->call, "count", s->count);
	return status;
}
