/*
 * Edits: what rights, kinds of memory, pages and bits the words ask for.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "show/filter.h"
#include "show/run.h"
#include "target/arch.h"
#include "walkers/edit.h"

/* --- Pages ------------------------------------------------------------ */

static unsigned group_rights(const char *word, unsigned r, unsigned w, unsigned x)
{
	return (word[0] == 'r' ? r : 0) | (word[1] == 'w' ? w : 0) |
	       (word[2] == 'x' ? x : 0);
}

/* RIGHTS as bits of enum pml_rights; 0, or the status of pmap_fail(). */
int pmap_edit_rights(struct pmap_query *q, unsigned *rights_ret)
{
	const struct pml_format *fmt = q->target.space.fmt;
	const char *word = q->opt.rights_word;
	char name[PMAP_RIGHTS_NAME];
	unsigned rights = 0;

	if (!word || !pmap_options_is_rights(word) || strchr(word, '?'))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "RIGHTS missing or malformed: rw-s, r-xu, r-x, none; rw-/r-x");
	*rights_ret = 0;
	if (strcmp(word, "none") == 0)
		return 0;
	rights = group_rights(word, PML_R, PML_W, PML_X);
	if (word[3] == 'u')
		rights |= PML_U;
	if (word[3] == '/')
		rights |= group_rights(word + 4, PML_U, PML_U, PML_XU);
	rights |= fmt->always & (PML_U | PML_XU);
	*rights_ret = rights;
	pmap_rights_name(fmt, rights, name);
	if (strncmp(name, word, strlen(word)) == 0)
		return 0;
	return pmap_fail(q, PMAP_STATUS_USAGE,
			 "%s has no rights %s: these would be %s", fmt->title,
			 word, name);
}

/* --mt, or the type of ordinary memory; *memtype_ret stays 0 where there is none. */
static int take_memtype(struct pmap_query *q, const struct pml_format *fmt,
			uint8_t *memtype_ret)
{
	const char *want = q->opt.mt ? q->opt.mt : "wb";
	unsigned most = 2u << fmt->mt_bits;

	for (unsigned m = 0; m < most && fmt->memtype != PML_MT_NONE; m++) {
		uint64_t raw = pml_memtype_bits(fmt, 1, m);
		const char *name;

		if (pml_leaf_memtype(fmt, 1, raw) != m)
			continue;
		name = q->target.arch->memory_type(&q->target, fmt, 1, raw);
		if (!name || strcmp(name, want) != 0)
			continue;
		*memtype_ret = m;
		return 0;
	}
	if (!q->opt.mt)
		return 0;
	return pmap_fail(q, PMAP_STATUS_USAGE,
			 "--mt %s: no entry of %s can say that now", want, fmt->title);
}

/* --page: the largest pages to use; *level_ret, which is 0, stays so without it. */
static int take_page(struct pmap_query *q, const struct pml_space *space,
		     uint64_t pages, uint8_t *level_ret)
{
	const struct pml_format *fmt = space->fmt;

	if (!pages)
		return 0;
	for (int level = 1; level <= fmt->levels; level++)
		if (pml_entry_span(fmt, level) + 1 == pages &&
		    pml_has_leaves(space, level))
			*level_ret = level;
	if (*level_ret)
		return 0;
	return pmap_fail(q, PMAP_STATUS_USAGE,
			 "--page %s: one size of pages that %s has", q->opt.page,
			 fmt->title);
}

int pmap_edit_attr(struct pmap_plan *plan, struct pml_attr *attr)
{
	struct pmap_query *q = plan->q;
	const struct pml_format *fmt = plan->space.fmt;
	struct pmap_filter filter;
	int status;

	*attr = (struct pml_attr){ .accessed = fmt->accessed };
	status = pmap_edit_rights(q, &attr->rights);
	if (!status)
		status = pmap_filter_init(&filter, q);
	if (!status)
		status = take_memtype(q, fmt, &attr->memtype);
	if (!status)
		status = take_page(q, &plan->space, filter.pages, &attr->max_level);
	attr->dirty = (attr->rights & PML_W) && (fmt->dirty || pml_given_back(fmt));
	attr->global = q->opt.global || (!fmt->global && !fmt->not_global);
	if (!fmt->global && !fmt->not_global)
		attr->global = false;
	attr->encrypted = plan->space.encrypted;
	return status;
}

/* --- One entry -------------------------------------------------------- */

/* One of --set and --clear: a flag's name, or a mask. */
static bool add_flag(const struct pml_format *fmt, int level, const char *name,
		     size_t len, uint64_t *mask)
{
	char *end;
	uint64_t number;

	for (const struct pml_flag *flag = fmt->flags; flag->name; flag++)
		if (((flag->tables | flag->leaves) & PML_LEVEL(level)) &&
		    strlen(flag->name) == len &&
		    strncasecmp(flag->name, name, len) == 0) {
			*mask |= flag->mask;
			return true;
		}
	if (name[0] < '0' || name[0] > '9')
		return false;
	number = strtoull(name, &end, 0);
	*mask |= number;
	return end == name + len;
}

static int take_flags(struct pmap_query *q, int level, const char *option,
		      const char *words, uint64_t *mask_ret)
{
	const struct pml_format *fmt = q->target.space.fmt;
	struct pmap_text names = { 0 };

	*mask_ret = 0;
	for (const char *at = words; at && *at; at += strspn(at, ", ")) {
		size_t len = strcspn(at, ", ");

		if (add_flag(fmt, level, at, len, mask_ret)) {
			at += len;
			continue;
		}
		for (const struct pml_flag *flag = fmt->flags; flag->name; flag++)
			if ((flag->tables | flag->leaves) & PML_LEVEL(level))
				pmap_text_add(&names, " %s", flag->name);
		pmap_fail(q, PMAP_STATUS_USAGE,
			  "%s %s: a %s has%s; or a mask like 0x200", option, words,
			  fmt->level[level].name, names.len ? names.data : " no flags");
		pmap_text_free(&names);
		return PMAP_STATUS_USAGE;
	}
	return 0;
}

/* What the entry shall be. */
int pmap_edit_value(struct pmap_query *q, const struct pml_slot *slot,
		      uint64_t *raw_ret)
{
	uint64_t set, clear;
	int status;

	if (q->opt.raw.text && (q->opt.set || q->opt.clear))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--raw is all of the entry: no --set and --clear with it");
	if (!q->opt.raw.text && !q->opt.set && !q->opt.clear)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "what is to change? --set FLAG,..., --clear FLAG,... or --raw VALUE");
	status = take_flags(q, slot->level, "--set", q->opt.set, &set);
	if (!status)
		status = take_flags(q, slot->level, "--clear", q->opt.clear, &clear);
	if (status)
		return status;
	*raw_ret = q->opt.raw.text ? q->opt.raw.value : (slot->raw | set) & ~clear;
	if (q->target.space.fmt->entry_size == 8 || !(*raw_ret >> 32))
		return 0;
	return pmap_fail(q, PMAP_STATUS_USAGE,
			 "0x%" PRIx64 " has more bits than an entry of %s, which has 32",
			 *raw_ret, q->target.space.fmt->title);
}
