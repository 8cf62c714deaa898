/*
 * Which runs are wanted.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/filter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "target/arch.h"

const struct pmap_filter pmap_filter_none = { .pkey = -1 };

enum flag { GLOBAL = 1, ACCESSED = 2, DIRTY = 4 };

/* --- From the options ----------------------------------------------------- */

static int set_rights(struct pmap_filter *f, struct pmap_query *q)
{
	const struct pmap_options *opt = &q->opt;

	if (opt->w)
		f->with |= PML_W;
	if (opt->x)
		f->with |= PML_X;
	if (opt->u || opt->user)
		f->with |= PML_U;
	if (opt->kernel)
		f->without |= PML_U;
	if (!opt->rights)
		return 0;
	f->has_rights = true;
	if (pmap_rights_parse(&f->rights, opt->rights))
		return 0;
	return pmap_fail(q, PMAP_STATUS_USAGE,
			 "--rights %s: letters of rwxus, each perhaps after a -; alternatives with a comma between: w, wx, -x, rw-s, wx,ux",
			 opt->rights);
}

/* "4k", "2M", "1g", "64K": one size of pages, or 0. */
static uint64_t page_size(const char *text, size_t len)
{
	static const char units[] = "kmgt";
	char *end;
	unsigned long long n = strtoull(text, &end, 10);
	const char *unit;

	if (end == text || end != text + len - 1 || !n || n >> 10)
		return 0;
	unit = strchr(units, *end | 0x20);
	return unit && *unit ? n << 10 * (unit - units + 1) : 0;
}

static int set_pages(struct pmap_filter *f, struct pmap_query *q)
{
	const char *at = q->opt.page;

	while (at) {
		size_t len = strcspn(at, ",");
		uint64_t size = page_size(at, len);

		if (!size)
			return pmap_fail(q, PMAP_STATUS_USAGE,
					 "--page %s: sizes are like 4K, 2M or 2M,1G",
					 q->opt.page);
		f->pages |= size;
		at = at[len] ? at + len + 1 : NULL;
	}
	return 0;
}

int pmap_filter_pa(struct pmap_filter *f, struct pmap_query *q, const char *name,
		   const struct pmap_expr_range *pa)
{
	uint64_t first = pa->start.value, last = first, end = pa->end.value;

	if (pa->end.text) {
		last = (pa->end_is_length ? first : 0) + end - 1;
		if (!end || last < first)
			return pmap_fail(q, PMAP_STATUS_USAGE,
					 pa->end_is_length ?
					 "%s: the length 0x%" PRIx64 " is empty, or goes beyond 2^64" :
					 "%s: the end 0x%" PRIx64 " is not above the start",
					 name, end);
	}
	if (!f->has_pa || first > f->pa_first)
		f->pa_first = first;
	if (!f->has_pa || last < f->pa_last)
		f->pa_last = last;
	f->has_pa = f->leaves = f->entries = true;
	return 0;
}

static int set_pa(struct pmap_filter *f, struct pmap_query *q)
{
	const struct pmap_expr_range *pa = &q->opt.pa;

	return pa->start.text ? pmap_filter_pa(f, q, "--pa", pa) : 0;
}

static int set_kinds(struct pmap_filter *f, struct pmap_query *q)
{
	static const uint8_t kinds[] = {
		PML_LEAF, PML_NONPRESENT, PML_RESERVED, PML_UNREADABLE,
		PML_RECURSIVE
	};
	const char *at = q->opt.kind;

	while (at) {
		size_t len = strcspn(at, ","), i = 0;

		while (i < sizeof(kinds) &&
		       (strlen(pmap_kind_name(kinds[i])) != len ||
			strncmp(pmap_kind_name(kinds[i]), at, len) != 0))
			i++;
		if (i == sizeof(kinds))
			return pmap_fail(q, PMAP_STATUS_USAGE,
					 "--kind %s: there are leaf, nonpresent, reserved, unreadable and recursive",
					 q->opt.kind);
		f->kinds |= 1u << kinds[i];
		at = at[len] ? at + len + 1 : NULL;
	}
	return 0;
}

static int set_mt(struct pmap_filter *f, struct pmap_query *q)
{
	const char *const *names = q->target.arch->memory_types;
	struct pmap_text list = { 0 };

	f->mt = q->opt.mt;
	if (!f->mt || !names)
		return 0;
	for (; *names && strcmp(*names, f->mt) != 0; names++)
		pmap_text_add(&list, "%s%s", list.len ? ", " : "", *names);
	if (!*names)
		pmap_fail(q, PMAP_STATUS_USAGE, "--mt %s: there are %s", f->mt,
			  list.data);
	pmap_text_free(&list);
	return *names ? 0 : PMAP_STATUS_USAGE;
}

static int set_flag(struct pmap_filter *f, struct pmap_query *q, enum flag flag,
		    const char *name, bool with, bool without)
{
	if (with && without)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--%s and --no-%s cannot be used together",
				 name, name);
	if (with || without)
		f->flags |= flag;
	if (with)
		f->flags_set |= flag;
	return 0;
}

static int set_flags(struct pmap_filter *f, struct pmap_query *q)
{
	const struct pmap_options *opt = &q->opt;
	int status = set_flag(f, q, GLOBAL, "global", opt->global,
			      opt->no_global);

	if (!status)
		status = set_flag(f, q, ACCESSED, "accessed", opt->accessed,
				  opt->no_accessed);
	if (!status)
		status = set_flag(f, q, DIRTY, "dirty", opt->dirty,
				  opt->no_dirty);
	return status;
}

static int set_pkey(struct pmap_filter *f, struct pmap_query *q)
{
	f->pkey = -1;
	if (!q->opt.pkey.text)
		return 0;
	if (!q->target.space.fmt->pkey_shift)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--pkey: %s has no protection keys",
				 q->target.space.fmt->title);
	if (q->opt.pkey.value > 15)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--pkey: keys are 0 to 15");
	f->pkey = q->opt.pkey.value;
	return 0;
}

static void set_whole(struct pmap_filter *f, const struct pmap_query *q)
{
	f->has_va = q->opt.has.text;
	f->va = f->has_va ? pmap_query_va(q, q->opt.has.value) : 0;
	f->min_size = q->opt.min_size.text ? q->opt.min_size.value : 0;
}

int pmap_filter_init(struct pmap_filter *f, struct pmap_query *q)
{
	static int (*const parts[])(struct pmap_filter *, struct pmap_query *) = {
		set_rights, set_pages, set_pa, set_kinds, set_mt, set_flags,
		set_pkey,
	};

	*f = (struct pmap_filter){ 0 };
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int status = parts[i](f, q);

		if (status)
			return status;
	}
	set_whole(f, q);
	f->leaves = f->has_rights || f->with || f->without || f->pages ||
		    f->has_pa || f->mt || f->pkey >= 0 || f->flags;
	f->entries = f->leaves || f->kinds;
	return 0;
}

/* --- What is wanted ------------------------------------------------------- */

static unsigned flags_of(const struct pmap_run *run)
{
	return (run->global ? GLOBAL : 0) | (run->accessed ? ACCESSED : 0) |
	       (run->dirty ? DIRTY : 0);
}

bool pmap_filter_entry(const struct pmap_filter *f, const struct pmap_run *run)
{
	if (f->kinds && !(f->kinds >> run->kind & 1))
		return false;
	if (run->kind != PML_LEAF)
		return f->kinds || !f->leaves;
	if ((run->rights & f->with) != f->with || run->rights & f->without)
		return false;
	if (f->has_rights && !pmap_rights_fit(&f->rights, run->rights))
		return false;
	if (f->pages && !(f->pages & run->page))
		return false;
	if (f->has_pa && (f->pa_first > f->pa_last || run->pa > f->pa_last ||
			  run->pa + (run->last - run->va) < f->pa_first))
		return false;
	if (f->mt && (!run->mt || strcmp(run->mt, f->mt) != 0))
		return false;
	if (f->pkey >= 0 && run->pkey != f->pkey)
		return false;
	return (flags_of(run) & f->flags) == f->flags_set;
}

bool pmap_filter_record(const struct pmap_filter *f,
			const struct pmap_target *target,
			const struct pml_record *r)
{
	struct pmap_run run;

	if (!f->entries)
		return true;
	pmap_run_from(&run, target, r);
	return pmap_filter_entry(f, &run);
}

bool pmap_filter_product(const struct pmap_filter *f,
			 const struct pmap_target *target,
			 const struct pml_product_record *p)
{
	struct pmap_run run;

	if (!f->entries)
		return true;
	pmap_run_from_product(&run, target, p);
	return pmap_filter_entry(f, &run);
}
