/*
 * pmap edit, map, unmap, protect: what the core's writable half would do to
 * these tables.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/edit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "show/filter.h"
#include "show/run.h"
#include "target/arch.h"
#include "walkers/walkers.h"

/* --- The engine's memory: an overlay -------------------------------------- */

static uint64_t overlay_entry(const struct pmap_plan *plan, uint64_t slot_pa)
{
	size_t size = plan->space.fmt->entry_size;
	const void *at = pmap_overlay_at((void *)&plan->overlay, slot_pa, size);
	uint64_t raw = 0;

	if (at)
		memcpy(&raw, at, size);
	return raw;
}

static struct pmap_store *new_store(struct pmap_plan *plan)
{
	size_t n = plan->nstores;
	struct pmap_store *grown;

	if (!(n & (n - 1))) {
		grown = realloc(plan->stores, (n ? 2 * n : 1) * sizeof(*grown));
		if (!grown) {
			plan->no_memory = true;
			return NULL;
		}
		plan->stores = grown;
	}
	plan->nstores++;
	return &plan->stores[n];
}

static uint64_t store(void *ctx, const struct pml_change *change)
{
	struct pmap_plan *plan = ctx;
	uint64_t old = overlay_entry(plan, change->slot_pa);
	struct pmap_store *s = new_store(plan);

	if (s)
		*s = (struct pmap_store){
			.slot_pa = change->slot_pa, .va = change->va, .old = old,
			.raw = change->raw, .order = plan->nstores,
			.level = change->level,
			.fresh = pmap_overlay_page(&plan->overlay,
						   change->slot_pa)->fresh,
			.break_first = change->break_first,
		};
	pmap_overlay_write(&plan->overlay, change->slot_pa, &change->raw,
			   plan->space.fmt->entry_size);
	return old;
}

/* All pages of a table, or none. */
static bool take_table(struct pmap_plan *plan, uint64_t pa, size_t size)
{
	for (size_t at = 0; at < size; at += PMAP_OVERLAY_PAGE) {
		if (pmap_overlay_take(&plan->overlay, pa + at))
			continue;
		while (at) {
			at -= PMAP_OVERLAY_PAGE;
			pmap_overlay_give_back(&plan->overlay, pa + at);
		}
		return false;
	}
	return true;
}

static size_t pages_size(const struct pmap_plan *plan, int level)
{
	size_t size = pml_table_size(plan->space.fmt, level);

	return size < PMAP_OVERLAY_PAGE ? PMAP_OVERLAY_PAGE : size;
}

static bool note_table(struct pmap_plan *plan, uint64_t pa)
{
	uint64_t *grown = realloc(plan->tables,
				  (plan->ntables + 1) * sizeof(*grown));

	if (!grown) {
		plan->no_memory = true;
		return false;
	}
	plan->tables = grown;
	plan->tables[plan->ntables++] = pa;
	return true;
}

/* The next of --frames that no table is in. */
static bool alloc(void *ctx, int level, uint64_t *pa_ret)
{
	struct pmap_plan *plan = ctx;
	size_t size = pages_size(plan, level);

	plan->wanted++;
	if (!plan->has_frames || size & (size - 1))
		return false;
	for (;;) {
		uint64_t pa = (plan->frame + size - 1) & -(uint64_t)size;

		if (pa < plan->frame || pa > plan->last_frame ||
		    plan->last_frame - pa < size - 1)
			return false;
		plan->frame = pa + size;
		if (!take_table(plan, pa, size))
			continue;
		*pa_ret = pa;
		return note_table(plan, pa);
	}
}

/* Only tables that were not used after all: nothing of the target's is freed. */
static void give_back(void *ctx, int level, uint64_t pa)
{
	struct pmap_plan *plan = ctx;
	size_t n = 0;

	for (size_t at = 0; at < pages_size(plan, level); at += PMAP_OVERLAY_PAGE)
		pmap_overlay_give_back(&plan->overlay, pa + at);
	for (size_t i = 0; i < plan->ntables; i++)
		if (plan->tables[i] != pa)
			plan->tables[n++] = plan->tables[i];
	plan->ntables = n;
}

static const struct pml_ops ops = {
	.alloc = alloc, .free = give_back, .store = store,
};

/* --- A plan --------------------------------------------------------------- */

static int take_frames(struct pmap_plan *plan)
{
	struct pmap_query *q = plan->q;
	const struct pmap_expr_range *range = &q->opt.frames;

	plan->has_frames = range->start.text;
	if (!plan->has_frames)
		return 0;
	plan->frame = range->start.value;
	plan->last_frame = range->end.text ?
			   (range->end_is_length ? plan->frame : 0) +
			   range->end.value - 1 : plan->frame + 4095;
	if (plan->last_frame >= plan->frame && !(plan->frame & 4095))
		return 0;
	return pmap_fail(q, PMAP_STATUS_USAGE,
			 "--frames: 0x%" PRIx64 "-0x%" PRIx64 " are no whole pages of physical memory",
			 plan->frame, plan->last_frame);
}

static int begin_plan(struct pmap_plan *plan, struct pmap_query *q)
{
	*plan = (struct pmap_plan){ .q = q };
	if (q->target.guest_off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "paging is off in the guest: leave out --root to edit the second dimension");
	plan->overlay.at = q->target.space.at;
	plan->overlay.ctx = q->target.space.ctx;
	plan->space = q->target.space;
	plan->space.at = pmap_overlay_at;
	plan->space.ctx = &plan->overlay;
	plan->editor = (struct pml_editor){
		.space = &plan->space, .ops = &ops, .ctx = plan,
	};
	pml_pending_init(&plan->pending);
	return take_frames(plan);
}

static void free_plan(struct pmap_plan *plan)
{
	pmap_overlay_free(&plan->overlay);
	free(plan->stores);
	free(plan->tables);
}

/* The operands: whole pages; START alone is the page that begins there. */
static int take_pages(struct pmap_plan *plan)
{
	struct pmap_query *q = plan->q;
	uint64_t span = pml_entry_span(plan->space.fmt, 1);
	int status = pmap_query_range(q);

	if (!status)
		status = pmap_query_canonical(q, q->first);
	if (!status)
		status = pmap_query_one_half(q);
	if (status)
		return status;
	plan->first = q->first;
	plan->last = q->opt.end.text ? q->last : q->first + span;
	if ((plan->first & span) || (plan->last & span) != span)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "0x%" PRIx64 "-0x%" PRIx64 " are no whole pages of %" PRIu64 " KiB",
				 plan->first, plan->last, (span + 1) >> 10);
	return 0;
}

/* What the core has refused, in words that say the way out. */
static int refuse(struct pmap_plan *plan, int status)
{
	struct pmap_query *q = plan->q;

	switch (status) {
	case PML_ENOMEM:
		return pmap_fail(q, PMAP_STATUS_USAGE, plan->no_memory ? "out of memory" :
				 plan->has_frames ? "--frames has too few pages for new tables (%" PRIu64 " were wanted so far): pages that cannot be read, or that tables are in, do not count" :
				 "new tables are needed: name free physical pages with --frames START,END",
				 plan->wanted);
	case PML_EEXIST:
		return pmap_fail(q, PMAP_STATUS_UNEXPECTED,
				 "something is mapped in 0x%" PRIx64 "-0x%" PRIx64 " already (see `pmap dump'): --replace maps over it",
				 plan->first, plan->last);
	case PML_ERIGHTS:
		return pmap_fail(q, PMAP_STATUS_UNEXPECTED,
				 "%s cannot be given there: the format has no such rights, or a table above takes some away (see `pmap perms 0x%" PRIx64 "')",
				 q->opt.rights_word, plan->first);
	case PML_ERECURSIVE:
		return pmap_fail(q, PMAP_STATUS_UNEXPECTED,
				 "the range has a table that is on its own path (a recursive slot): it is not changed");
	case PML_EUNREADABLE:
		return pmap_fail(q, PMAP_STATUS_UNREADABLE,
				 "a table in the range cannot be read (see `pmap dump 0x%" PRIx64 "')",
				 plan->first);
	default:
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "the core refuses: an address, a memory type or a page size that the format does not have, or a page that cannot be split");
	}
}

/* The first round of all commands: show the plan, and --apply begins. */
static int carry_out(struct pmap_plan *plan, int core_status)
{
	struct pmap_query *q = plan->q;
	int status;

	if (core_status)
		return refuse(plan, core_status);
	if (plan->no_memory)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	status = pmap_plan_show(plan);
	if (status)
		return status;
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted; nothing was written");
	if (q->opt.apply)
		return pmap_apply_begin(plan);
	pmap_plan_end(q, "dry run: nothing was written (--apply writes)");
	return PMAP_STATUS_OK;
}

/* The result does not show what was asked for: nothing is written then. */
static int broken(struct pmap_plan *plan, const struct pml_record *r)
{
	return pmap_fail(plan->q, PMAP_STATUS_INTERNAL,
			 "the result, walked again, is not what was asked for at 0x%" PRIx64 " (%s): nothing was written",
			 r->va, pmap_kind_name(r->kind));
}

/* --- Words ---------------------------------------------------------------- */

static unsigned group_rights(const char *word, unsigned r, unsigned w, unsigned x)
{
	return (word[0] == 'r' ? r : 0) | (word[1] == 'w' ? w : 0) |
	       (word[2] == 'x' ? x : 0);
}

/* RIGHTS as bits of enum pml_rights; 0, or the status of pmap_fail(). */
static int take_rights(struct pmap_query *q, unsigned *rights_ret)
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

/* --mt, or the type of ordinary memory. */
static int take_memtype(struct pmap_query *q, const struct pml_format *fmt,
			uint8_t *memtype_ret)
{
	const char *want = q->opt.mt ? q->opt.mt : "wb";
	unsigned most = 2u << fmt->mt_bits;

	*memtype_ret = 0;
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

/* --page: the largest pages to use. */
static int take_page(struct pmap_query *q, const struct pml_format *fmt,
		     uint64_t pages, uint8_t *level_ret)
{
	*level_ret = 0;
	if (!pages)
		return 0;
	for (int level = 1; level <= fmt->levels; level++)
		if (pml_entry_span(fmt, level) + 1 == pages)
			*level_ret = level;
	if (*level_ret)
		return 0;
	return pmap_fail(q, PMAP_STATUS_USAGE,
			 "--page %s: one size of pages that %s has", q->opt.page,
			 fmt->title);
}

static int take_attr(struct pmap_plan *plan, struct pml_attr *attr)
{
	struct pmap_query *q = plan->q;
	const struct pml_format *fmt = plan->space.fmt;
	struct pmap_filter filter;
	int status;

	*attr = (struct pml_attr){ .accessed = fmt->accessed };
	status = take_rights(q, &attr->rights);
	if (!status)
		status = pmap_filter_init(&filter, q);
	if (!status)
		status = take_memtype(q, fmt, &attr->memtype);
	if (!status)
		status = take_page(q, fmt, filter.pages, &attr->max_level);
	attr->dirty = (attr->rights & PML_W) && (fmt->dirty || pml_given_back(fmt));
	attr->global = q->opt.global || (!fmt->global && !fmt->not_global);
	if (!fmt->global && !fmt->not_global)
		attr->global = false;
	attr->encrypted = plan->space.encrypted;
	return status;
}

/* --- map, unmap, protect -------------------------------------------------- */

static int check_mapped(struct pmap_plan *plan, const struct pml_attr *attr,
			uint64_t pa)
{
	struct pml_cursor c;
	struct pml_record r;

	pml_cursor_init(&c, &plan->space, plan->first, plan->last, 0);
	while (pml_next(&c, &r))
		if (attr->rights ? r.kind != PML_LEAF || r.rights != attr->rights ||
				   r.pa != pa + (r.va - plan->first) :
				   r.kind != PML_NONPRESENT)
			return broken(plan, &r);
	return 0;
}

int pmap_map(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(free_plan))) struct pmap_plan plan = { 0 };
	struct pml_attr attr;
	int status, core;

	if (q->own)
		return pmap_apply_round(q);
	status = begin_plan(&plan, q);
	if (!status && !q->opt.to.text)
		status = pmap_fail(q, PMAP_STATUS_USAGE,
				   "where to? pmap map START +LEN PA RIGHTS");
	if (!status)
		status = take_pages(&plan);
	if (!status)
		status = take_attr(&plan, &attr);
	if (status)
		return status;
	core = pml_map(&plan.editor, plan.first, plan.last, q->opt.to.value, &attr,
		       q->opt.replace ? PML_REPLACE | PML_OWN_NONPRESENT : 0,
		       &plan.pending);
	if (!core)
		status = check_mapped(&plan, &attr, q->opt.to.value);
	return status ? status : carry_out(&plan, core);
}

static int check_unmapped(struct pmap_plan *plan)
{
	struct pml_cursor c;
	struct pml_record r;

	pml_cursor_init(&c, &plan->space, plan->first, plan->last, 0);
	while (pml_next(&c, &r))
		if (r.kind != PML_HOLE)
			return broken(plan, &r);
	return 0;
}

int pmap_unmap(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(free_plan))) struct pmap_plan plan = { 0 };
	int status, core;

	if (q->own)
		return pmap_apply_round(q);
	status = begin_plan(&plan, q);
	if (!status)
		status = take_pages(&plan);
	if (status)
		return status;
	core = pml_unmap(&plan.editor, plan.first, plan.last, 0, &plan.pending);
	if (!core)
		status = check_unmapped(&plan);
	return status ? status : carry_out(&plan, core);
}

static int check_protected(struct pmap_plan *plan, unsigned rights)
{
	struct pml_cursor c;
	struct pml_record r;

	pml_cursor_init(&c, &plan->space, plan->first, plan->last, 0);
	while (pml_next(&c, &r))
		if (r.kind == PML_LEAF && r.rights != rights)
			return broken(plan, &r);
	return 0;
}

int pmap_protect(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(free_plan))) struct pmap_plan plan = { 0 };
	unsigned rights = 0;
	int status, core;

	if (q->own)
		return pmap_apply_round(q);
	status = begin_plan(&plan, q);
	if (!status)
		status = take_pages(&plan);
	if (!status)
		status = take_rights(q, &rights);
	if (status)
		return status;
	core = pml_protect(&plan.editor, plan.first, plan.last, rights,
			   PML_OWN_NONPRESENT, &plan.pending);
	if (!core)
		status = check_protected(&plan, rights);
	return status ? status : carry_out(&plan, core);
}

/* --- edit ----------------------------------------------------------------- */

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

/* The entry that is meant: the last of the walk, or that of --level. */
static int find_entry(struct pmap_plan *plan, struct pml_slot *slot)
{
	struct pmap_query *q = plan->q;
	uint64_t va = q->opt.start.value;
	int level = q->opt.level.text ? (int)q->opt.level.value : 0;
	struct pml_target end;
	struct pml_steps steps;

	if (pmap_query_canonical(q, va))
		return PMAP_STATUS_NONCANONICAL;
	pml_translate(&plan->space, va, &end, &steps);
	for (int i = steps.count; i-- > 0;) {
		const struct pml_step *step = &steps.step[i];

		if (level && step->level != level)
			continue;
		if (step->kind == PML_UNREADABLE)
			break;
		*slot = (struct pml_slot){
			.slot = pmap_overlay_at(&plan->overlay, step->slot_pa,
						plan->space.fmt->entry_size),
			.slot_pa = step->slot_pa,
			.va = va & ~pml_entry_span(plan->space.fmt, step->level),
			.raw = step->raw, .level = step->level,
			.kind = pml_classify(&plan->space, step->level, step->raw),
		};
		return 0;
	}
	return pmap_fail(q, PMAP_STATUS_UNREADABLE,
			 level ? "the walk to 0x%" PRIx64 " has no entry of level %d that can be read (see `pmap walk')" :
			 "no entry of the walk to 0x%" PRIx64 " can be read", va, level);
}

/* What the entry shall be. */
static int take_value(struct pmap_query *q, const struct pml_slot *slot,
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

int pmap_edit(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(free_plan))) struct pmap_plan plan = { 0 };
	struct pml_slot slot = { 0 };
	uint64_t raw = 0;
	int status;

	if (q->own)
		return pmap_apply_round(q);
	status = begin_plan(&plan, q);
	if (!status)
		status = find_entry(&plan, &slot);
	if (!status)
		status = take_value(q, &slot, &raw);
	if (status)
		return status;
	plan.first = slot.va;
	plan.last = slot.va + pml_entry_span(plan.space.fmt, slot.level);
	pml_put(&plan.editor, &slot, pml_classify(&plan.space, slot.level, raw),
		raw, 0, 0);
	if (slot.raw & plan.space.fmt->present)
		pml_note_flush(&plan.pending, plan.first, plan.last);
	return carry_out(&plan, PML_OK);
}
