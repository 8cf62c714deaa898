/*
 * All that the tables map, kept in short, and the areas that it is made of.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/survey.h"

#include <stdlib.h>
#include <string.h>

#include "memory/cache.h"
#include "memory/vmcoreinfo.h"
#include "show/names.h"
#include "target/arch.h"
#include "target/kept.h"

#define PAGE	4096

/* Room for one more of `size' bytes in *array; false without memory. */
static bool grow(struct pmap_survey *s, void **array, size_t count, size_t *room,
		 size_t size)
{
	size_t more = *room ? 2 * *room : 256;
	void *grown;

	if (count < *room)
		return true;
	grown = realloc(*array, more * size);
	if (!grown) {
		s->no_memory = true;
		return false;
	}
	*array = grown;
	*room = more;
	return true;
}

void pmap_survey_free(struct pmap_survey *s)
{
	free(s->all.extent);
	free(s->wanted.extent);
	free(s->repeat);
	free(s->table);
}

/* --- What is mapped ------------------------------------------------------- */

size_t pmap_survey_from(const struct pmap_extents *x, uint64_t va)
{
	size_t low = 0, high = x->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (x->extent[middle].last < va)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void add_share(struct pmap_mapped *to, unsigned rights, uint64_t bytes)
{
	unsigned i;

	if (!bytes)
		return;
	for (i = 0; i < to->count && to->share[i].rights != rights; i++)
		;
	if (i == PMAP_SHARES_MAX)
		i--;
	if (i == to->count)
		to->share[to->count++].rights = rights;
	to->share[i].bytes += bytes;
	to->bytes += bytes;
}

/* A part of `all', which is `bytes' of `whole'. */
static uint64_t part(uint64_t all, uint64_t bytes, uint64_t whole)
{
	return bytes == whole ? all : (unsigned __int128)all * bytes / whole;
}

/* `bytes' of what repeats. */
static void add_repeat(struct pmap_mapped *to,
		       const struct pmap_survey_repeat *repeat, uint64_t bytes)
{
	for (unsigned i = 0; i < repeat->once.count; i++)
		add_share(to, repeat->once.share[i].rights,
			  part(repeat->once.share[i].bytes, bytes, repeat->every));
	to->accessed += part(repeat->once.accessed, bytes, repeat->every);
	to->dirty += part(repeat->once.dirty, bytes, repeat->every);
}

/* `bytes' of a run. */
static void add_leaf(struct pmap_mapped *to, const struct pmap_extent *x, uint64_t bytes)
{
	uint64_t whole = x->last - x->va + 1;

	add_share(to, x->rights, bytes);
	to->accessed += part(x->accessed, bytes, whole);
	to->dirty += part(x->dirty, bytes, whole);
}

static int larger_share(const void *a, const void *b)
{
	const uint64_t *x = &((const __typeof__(((struct pmap_mapped *)0)->share[0]) *)a)->bytes;
	const uint64_t *y = &((const __typeof__(((struct pmap_mapped *)0)->share[0]) *)b)->bytes;

	return *x < *y ? 1 : *x > *y ? -1 : 0;
}

static struct pmap_mapped mapped(const struct pmap_survey *s,
				 const struct pmap_extents *in,
				 uint64_t first, uint64_t last)
{
	struct pmap_mapped to = { 0 };

	for (size_t i = pmap_survey_from(in, first);
	     i < in->count && in->extent[i].va <= last; i++) {
		const struct pmap_extent *x = &in->extent[i];
		uint64_t low = x->va > first ? x->va : first;
		uint64_t bytes = (x->last < last ? x->last : last) - low + 1;

		if (x->kind == PML_LEAF)
			add_leaf(&to, x, bytes);
		else if (x->kind == PMAP_RUN_REPEAT)
			add_repeat(&to, &s->repeat[x->repeats], bytes);
	}
	qsort(to.share, to.count, sizeof(to.share[0]), larger_share);
	return to;
}

struct pmap_mapped pmap_survey_mapped(const struct pmap_survey *s,
				      uint64_t first, uint64_t last)
{
	return mapped(s, s->filtered ? &s->wanted : &s->all, first, last);
}

uint64_t pmap_survey_tables(const struct pmap_survey *s, uint64_t first,
			    uint64_t last)
{
	size_t low = 0, high = s->tables;
	uint64_t n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->table[middle].va < first)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < s->tables && s->table[low].va <= last; low++)
		n += s->table[low].last <= last;
	return n;
}

/* --- The walk ------------------------------------------------------------- */

/* A walk that fills one of the two. */
struct filling {
	struct pmap_survey *s;
	struct pmap_extents *in;
};

/* Which of s->repeat: what the run is, once. */
static uint32_t keep_repeat(const struct filling *f, const struct pmap_run *run)
{
	struct pmap_survey *s = f->s;
	struct pmap_survey_repeat *repeat;

	if (!grow(s, (void **)&s->repeat, s->repeats, &s->repeat_room,
		  sizeof(*s->repeat)))
		return 0;
	repeat = &s->repeat[s->repeats];
	repeat->every = run->page;
	repeat->once = mapped(s, f->in, run->pa, run->pa + run->page - 1);
	return s->repeats++;
}

static bool keep_run(void *arg, const struct pmap_run *run)
{
	const struct filling *f = arg;
	struct pmap_survey *s = f->s;
	struct pmap_extents *in = f->in;
	struct pmap_extent *x;
	uint32_t repeats = run->kind == PMAP_RUN_REPEAT ? keep_repeat(f, run) : 0;

	if (s->no_memory || !grow(s, (void **)&in->extent, in->count, &in->room,
				  sizeof(*in->extent)))
		return false;
	x = &in->extent[in->count++];
	*x = (struct pmap_extent){
		.va = run->va, .last = run->last, .pa = run->pa,
		.page = run->page, .repeats = repeats, .kind = run->kind,
		.accessed = in->accessed, .dirty = in->dirty,
		.rights = run->rights,
		.linear = run->kind == PML_LEAF && !(run->differs & PMAP_DIFFERS_PA),
	};
	in->accessed = in->dirty = 0;
	return true;
}

/*
 * It belongs to the run that comes next.  Of a table that was seen before, and
 * whose entries are not alike in that, is not told how many are.
 */
static void keep_entry(void *arg, const struct pmap_run *entry, bool known)
{
	const struct filling *f = arg;
	uint64_t bytes = entry->last - entry->va + 1;

	if (entry->accessed && !(entry->differs & PMAP_DIFFERS_ACCESSED))
		f->in->accessed += bytes;
	if (entry->dirty && !(entry->differs & PMAP_DIFFERS_DIRTY))
		f->in->dirty += bytes;
	if (f->s->each_entry)
		f->s->each_entry(f->s->arg, entry, known);
}

static void keep_table(void *arg, const struct pml_record *r,
		       const struct pmap_seen *seen)
{
	struct pmap_survey *s = ((struct filling *)arg)->s;

	if (s->each_table)
		s->each_table(s->arg, r, seen);
	if (seen || !grow(s, (void **)&s->table, s->tables, &s->table_room,
			  sizeof(*s->table)))
		return;
	s->table[s->tables].va = r->va;
	s->table[s->tables++].last = r->last;
}

/* All that the options want, once more: tables are known by now. */
static int walk_wanted(struct pmap_survey *s)
{
	struct filling filling = { s, &s->wanted };
	struct pmap_filter entries = s->filter;
	const struct pmap_runs_job job = {
		.sink = keep_run, .entry = keep_entry, .arg = &filling,
		.filter = &entries,
	};
	struct pmap_runs_counts counts;

	/* Those are of lines of the answer. */
	entries.has_va = false;
	entries.min_size = 0;
	s->each_entry = NULL;
	return pmap_runs_do(s->q, &job, &counts);
}

static int walk(struct pmap_survey *s)
{
	struct pmap_query *q = s->q;
	struct filling filling = { s, &s->all };
	const struct pmap_runs_job job = {
		.sink = keep_run, .table = keep_table, .entry = keep_entry,
		.arg = &filling, .filter = &pmap_filter_none,
	};
	struct pmap_runs_counts counts;
	int status = pmap_filter_init(&s->filter, q);

	q->opt.phys = true;
	q->first = 0;
	q->last = q->target.halves ? ~0ULL : pml_top(q->target.space.fmt);
	s->filtered = s->filter.entries;
	if (!status)
		status = pmap_runs_do(q, &job, &counts);
	if (status)
		return status;
	s->distinct = counts.tables;
	if (s->filtered)
		status = walk_wanted(s);
	if (!status && s->no_memory)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	return status;
}

/* --- VMCOREINFO ----------------------------------------------------------- */

/* Is it the running kernel's?  Memory may hold that of an earlier one, too. */
static bool is_true(const struct pmap_survey *s, const char *text)
{
	uint64_t va = pmap_vmcoreinfo_address(text, "SYMBOL(_stext)", NULL);
	size_t i = pmap_survey_from(&s->all, va);
	const struct pmap_extent *x = s->all.extent;

	return va && i < s->all.count && x[i].va <= va &&
	       x[i].kind == PML_LEAF && x[i].rights & (PML_X | PML_XU);
}

/* Is it at that page?  Then the text is kept. */
static bool take_page(struct pmap_survey *s, uint64_t pa)
{
	const char *page = pmap_cache_at(s->q->cache, pa, PAGE), *text;
	size_t len;

	text = page ? pmap_vmcoreinfo_page(page, PAGE) : NULL;
	if (!text)
		return false;
	len = strnlen(text, page + PAGE - text);
	memcpy(s->vmcoreinfo, text, len);
	s->vmcoreinfo[len] = '\0';
	s->vmcoreinfo_pa = pa;
	if (is_true(s, s->vmcoreinfo)) {
		pmap_kept_told(&s->q->target, s->vmcoreinfo);
		return true;
	}
	s->vmcoreinfo[0] = '\0';
	return false;
}

static bool scan_extent(struct pmap_survey *s, struct pmap_watch *watch,
			const struct pmap_extent *x)
{
	uint64_t pa[PMAP_AHEAD_MAX], left = (x->last - x->va + 1) / PAGE;

	for (uint64_t at = x->pa; left && !pmap_bridge_interrupted();) {
		size_t n = left < PMAP_AHEAD_MAX ? left : PMAP_AHEAD_MAX;

		for (size_t i = 0; i < n; i++)
			pa[i] = at + i * PAGE;
		pmap_cache_ahead(s->q->cache, pa, n, true);
		for (size_t i = 0; i < n && pmap_watch_go(watch, at + i * PAGE); i++)
			if (take_page(s, at + i * PAGE))
				return true;
		at += n * PAGE;
		left -= n;
	}
	return false;
}

/* What the direct map has: all memory, and little else. */
static bool scan_memory(struct pmap_survey *s)
{
	const struct pmap_area *direct = NULL;
	struct pmap_watch watch;
	bool found = false;

	for (unsigned i = 0; i < s->layout.count; i++)
		if (strcmp(s->layout.area[i].name, "direct map") == 0)
			direct = &s->layout.area[i];
	if (!direct)
		return false;
	pmap_watch_begin(&watch, s->q);
	for (size_t i = pmap_survey_from(&s->all, direct->first);
	     i < s->all.count && !found; i++) {
		const struct pmap_extent *x = &s->all.extent[i];

		if (x->va > direct->last)
			break;
		if (x->linear && x->va - direct->first == x->pa - direct->pa)
			found = scan_extent(s, &watch, x);
	}
	pmap_watch_end(&watch);
	return found;
}

/* --- Areas ---------------------------------------------------------------- */

static int by_first(const void *a, const void *b)
{
	const struct pmap_area *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static void find_areas(struct pmap_survey *s)
{
	const struct pmap_query *q = s->q;
	const struct pmap_evidence evidence = {
		.fmt = pmap_target_format(&q->target),
		.extent = s->all.extent, .count = s->all.count, .symbols = q->symbols,
		.vmcoreinfo = s->vmcoreinfo[0] ? s->vmcoreinfo : NULL,
	};

	memset(&s->layout, 0, sizeof(s->layout));
	if (!q->target.arch->layout)
		return;
	q->target.arch->layout(&evidence, &s->layout);
	qsort(s->layout.area, s->layout.count, sizeof(s->layout.area[0]), by_first);
}

int pmap_survey_make(struct pmap_survey *s, bool scan)
{
	static uint64_t known;	/* where VMCOREINFO was found last; 0: nowhere */
	int status = walk(s);
	bool found;

	if (status)
		return status;
	found = known && take_page(s, known);
	find_areas(s);
	if (!found && scan && scan_memory(s)) {
		known = s->vmcoreinfo_pa;
		find_areas(s);
	}
	if (!pmap_bridge_interrupted())
		pmap_names_keep_areas(s->q, &s->layout);
	return 0;
}

int pmap_survey_names(struct pmap_query *q)
{
	__attribute__((cleanup(pmap_survey_free))) struct pmap_survey s = { .q = q };
	struct pmap_options *opt = &q->opt;
	const bool leaves = opt->leaves, phys = opt->phys, expand = opt->expand;
	const bool combined = opt->combined;
	const uint64_t first = q->first, last = q->last;
	int status;

	if (pmap_names_has_areas(q))
		return 0;
	opt->leaves = opt->expand = opt->combined = false;
	q->first = 0;
	q->last = q->target.halves ? ~0ULL : pml_top(q->target.space.fmt);
	status = pmap_survey_make(&s, false);
	opt->leaves = leaves;
	opt->phys = phys;
	opt->expand = expand;
	opt->combined = combined;
	q->first = first;
	q->last = last;
	return status;
}

int pmap_survey_named(struct pmap_query *q)
{
	return q->opt.names && !q->no_space[0] && q->cache ? pmap_survey_names(q) : 0;
}

const char *pmap_found_name(enum pmap_found found)
{
	static const char *const names[] = {
		[PMAP_FOUND_USER] = "user",
		[PMAP_FOUND_SYMBOL] = "symbol",
		[PMAP_FOUND_VMCOREINFO] = "vmcoreinfo",
		[PMAP_FOUND_TABLES] = "tables",
		[PMAP_FOUND_LAYOUT] = "layout",
	};

	return names[found];
}

const char *pmap_found_how(const struct pmap_area *area)
{
	static const char *const doubtful[] = {
		[PMAP_FOUND_USER] = "user",
		[PMAP_FOUND_SYMBOL] = "symbol?",
		[PMAP_FOUND_VMCOREINFO] = "vmcoreinfo?",
		[PMAP_FOUND_TABLES] = "tables?",
		[PMAP_FOUND_LAYOUT] = "layout?",
	};

	return area->certain ? pmap_found_name(area->found) : doubtful[area->found];
}

void pmap_survey_how(struct pmap_row *row, int first, const struct pmap_area *area)
{
	pmap_row_word(row, first + PMAP_HOW_FROM, pmap_found_name(area->found));
	pmap_row_number(row, first + PMAP_HOW_CERTAIN, area->certain);
	if (area->why[0])
		pmap_row_word(row, first + PMAP_HOW_WHY, area->why);
	pmap_row_word(row, first + PMAP_HOW_COLUMN, pmap_found_how(area));
}
