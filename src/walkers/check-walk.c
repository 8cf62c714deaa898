/*
 * pmap check: the walk that asks the rules about each entry.
 *
 * A table that is reached again in the same way is not walked again: all that is
 * wrong in it was said where it was met first.  Of neighbours in a table that
 * differ in nothing that a rule goes by, the first is asked about for all.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "memory/cache.h"
#include "show/run.h"
#include "target/arch.h"
#include "traverse/tables.h"
#include "traverse/traverse.h"
#include "walkers/check.h"

/* For pmap_tables, which goes by rights: the upper half is another use of a table. */
#define UPPER_HALF	32u

struct walker {
	struct pmap_check *c;
	struct pmap_query *q;
	const struct pml_space *space;
	struct pmap_traverse traverse;
	struct pmap_tables tables;
	/* By its level: the entry that leads to the next table, and entries so far. */
	struct pml_record above[PML_MAX_LEVELS + 1];
	uint64_t filled[PML_MAX_LEVELS + 1];
	uint64_t same[PML_MAX_LEVELS + 1];	/* bits of leaves that rules go by */
	/* The last leaf that was asked about: */
	unsigned level;		/* 0: none in this table */
	uint64_t flags;
	unsigned rights;
	uint64_t broken;	/* by it, a bit for each rule */
	struct pmap_finding sample[PMAP_CHECK_RULES];	/* what these found */
	const char *mt;
	/* What is at the frames around the last one: */
	enum pmap_place place;
	uint64_t place_first, place_last;
};

/* --- Findings ------------------------------------------------------------- */

static struct pmap_finding finding(const struct walker *w,
				   const struct pml_record *r)
{
	return (struct pmap_finding){
		.va = r->va, .last = r->last, .count = 1, .pa = r->pa,
		.slot = r->slot_pa, .raw = r->raw, .level = r->level,
		.rights = r->rights, .has_rights = r->kind == PML_LEAF,
		.has_pa = r->pa || r->kind == PML_LEAF,
		.mt = r->kind == PML_LEAF ? w->mt : NULL,
	};
}

/* All rules of the entry's kind; those that it breaks, and what they found. */
static uint64_t ask(struct walker *w, const struct pml_record *r,
		    struct pmap_finding sample[PMAP_CHECK_RULES])
{
	struct pmap_check *c = w->c;
	const struct pmap_rule_entry e = {
		.q = w->q, .space = w->space, .r = r, .mt = w->mt,
		.outer = c->walk.outer, .root = pml_root_pa(w->space),
		.not_ram = r->kind == PML_UNREADABLE &&
			   pmap_cache_status(w->q->cache) == PMAP_READ_NOT_RAM,
	};
	uint64_t broken = 0;

	for (int last_resort = 0; last_resort < 2 && !broken; last_resort++)
		for (uint64_t left = c->of_kind[r->kind]; left; left &= left - 1) {
			unsigned i = __builtin_ctzll(left);

			if (c->rule[i]->last_resort != last_resort)
				continue;
			sample[i] = finding(w, r);
			if (c->rule[i]->entry(&e, &sample[i]))
				broken |= 1ULL << i;
		}
	return broken;
}

/* --- Tables --------------------------------------------------------------- */

/* The bit of an entry for a table that takes `right' away; 0: not a single one. */
static uint64_t denying_bit(const struct pml_format *fmt, int level,
			    uint64_t raw, unsigned right)
{
	for (size_t i = 0; i < sizeof(fmt->rights) / sizeof(fmt->rights[0]); i++) {
		uint64_t mask = fmt->rights[i].mask;

		if (fmt->rights[i].right != right)
			continue;
		if (!((raw ^ fmt->invert) & mask & ~fmt->level[level].grant) &&
		    !(mask & fmt->level[level].grant))
			return mask & -mask;
		for (size_t j = 0; j < sizeof(fmt->deny) / sizeof(fmt->deny[0]); j++)
			if ((raw & fmt->deny[j].mask) >> fmt->deny[j].shift & mask)
				return (mask << fmt->deny[j].shift) & raw & fmt->deny[j].mask;
	}
	return 0;
}

/* The highest entry on the way that takes rights away which the leaf allows. */
static void find_blocking(struct walker *w, const struct pml_record *r)
{
	static const struct { unsigned right; const char *name; } rights[] = {
		{ PML_U, "the user's access" }, { PML_W, "writes" },
	};
	const struct pml_format *fmt = w->space->fmt;
	unsigned lost = pml_own_rights(fmt, r->level, r->raw) & ~r->rights;

	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		unsigned right = lost & rights[i].right;
		int level = fmt->levels;

		while (right && level > r->level &&
		       pml_own_rights(fmt, level, w->above[level].raw) & right)
			level--;
		if (!right || level == r->level)
			continue;
		struct pmap_finding f = finding(w, r);
		const struct pml_record *above = &w->above[level];

		f.slot = above->slot_pa;
		f.raw = above->raw;
		f.level = level;
		f.has_pa = f.has_rights = false;
		f.spans = true;
		f.bits = denying_bit(fmt, level, above->raw, right);
		f.why = rights[i].name;
		pmap_check_add(w->c, PMAP_CHECK_BLOCKED, &f);
	}
}

/* A table is met, perhaps once more: at which level, and where is it? */
static void note_table(struct walker *w, const struct pml_record *r)
{
	struct pmap_check *c = w->c;
	struct pmap_check_table *table = pmap_check_table(c, r->pa);
	uint64_t last;

	if (!table)
		return;
	if (!table->key) {
		*table = (struct pmap_check_table){
			.key = r->pa | 1, .va = r->va, .slot = r->slot_pa,
			.raw = r->raw, .level = r->level - 1,
		};
		c->tables.used++;
		if (!c->no_place && pmap_check_asks(c, PMAP_CHECK_TABLE_ROM) &&
		    pmap_source_place(w->q->source, r->pa, &last) == PMAP_PLACE_ROM) {
			struct pmap_finding f = finding(w, r);

			pmap_check_add(c, PMAP_CHECK_TABLE_ROM, &f);
		}
	} else if (table->level != r->level - 1) {
		struct pmap_finding f = finding(w, r);

		f.other = table->va;
		f.has_other = true;
		pmap_check_add(c, PMAP_CHECK_LEVELS, &f);
	}
}

static void enter(struct walker *w, struct pml_record *r)
{
	struct pml_record use = *r;
	struct pmap_seen seen;

	note_table(w, r);
	if (r->va >> 63)
		use.rights |= UPPER_HALF;
	if (pmap_tables_met(&w->tables, &use, &seen)) {
		pmap_traverse_skip_alike(&w->traverse, r);
		return;
	}
	pmap_tables_enter(&w->tables, &use, PMAP_CONTENT_MIXED, 0);
	w->above[r->level] = *r;
	w->filled[r->level - 1] = 0;
	w->level = 0;
}

static void leave(struct walker *w, struct pml_record *r)
{
	bool whole = r->last - r->va == (1ULL << r->shift) - 1;

	if (!w->filled[r->level - 1] && whole) {
		struct pmap_finding f = finding(w, r);

		pmap_check_add(w->c, PMAP_CHECK_EMPTY_TABLE, &f);
	}
	if (r->va >> 63)
		r->rights |= UPPER_HALF;
	pmap_tables_leave(&w->tables, r, 0);
	w->level = 0;
}

/* --- Leaves --------------------------------------------------------------- */

static bool is_cached(const char *mt)
{
	return mt && strcmp(mt, "uc") != 0 && strcmp(mt, "uc-") != 0 &&
	       strcmp(mt, "wc") != 0 && strcmp(mt, "nc") != 0 &&
	       strncmp(mt, "device", 6) != 0;
}

static void find_place(struct walker *w, uint64_t pa)
{
	w->place = pmap_source_place(w->q->source, pa, &w->place_last);
	w->place_first = pa;
}

/* Part of a leaf that is not RAM. */
static void add_place(struct walker *w, const struct pml_record *r,
		      uint64_t first, uint64_t last)
{
	bool exec = r->rights & (PML_X | PML_XU);
	struct pmap_finding f = finding(w, r);
	unsigned rule = is_cached(w->mt) ? PMAP_CHECK_DEVICE_CACHED
					 : PMAP_CHECK_DEVICE;

	f.pa = first;
	f.va = r->va + (first - r->pa);
	f.last = f.va + (last - first);
	if (w->place == PMAP_PLACE_ROM) {
		if (r->rights & PML_W)
			pmap_check_add(w->c, PMAP_CHECK_ROM_WRITE, &f);
		return;
	}
	pmap_check_add(w->c, rule, &f);
	if (exec)
		pmap_check_add(w->c, PMAP_CHECK_DEVICE_EXEC, &f);
}

/* What is at the leaf's frames?  A large page may have several things. */
static void check_place(struct walker *w, const struct pml_record *r)
{
	uint64_t pa = r->pa, end = r->pa + (r->last - r->va), last;

	if (pa >= w->place_first && end <= w->place_last &&
	    w->place == PMAP_PLACE_RAM)
		return;
	for (;; pa = last + 1) {
		if (pa < w->place_first || pa > w->place_last)
			find_place(w, pa);
		last = w->place_last < end ? w->place_last : end;
		if (w->place == PMAP_PLACE_OTHER || w->place == PMAP_PLACE_ROM)
			add_place(w, r, pa, last);
		if (last == end)
			break;
	}
}

/* A group of entries that one TLB entry may stand for. */
static void check_contiguous(struct walker *w, const struct pml_record *r)
{
	const struct pml_format *fmt = w->space->fmt;
	const struct pml_level *lv = &fmt->level[r->level];
	unsigned count = 1u << (lv->run_shift - lv->shift);
	uint64_t size = 1ULL << lv->run_shift;
	uint64_t keep = ~(fmt->accessed | fmt->dirty | pml_given_back(fmt) |
			  lv->leaf_pa | lv->leaf_high);
	bool fine = !(r->pa & (size - 1));

	if (r->va & (size - 1) || lv->run_pa || !r->slot)
		return;
	for (unsigned i = 1; i < count && fine; i++) {
		uint64_t raw = pml_entry(fmt, r->slot, i);

		fine = !((raw ^ r->raw) & keep) &&
		       pml_leaf_pa(w->space, r->level, raw) ==
		       r->pa + ((uint64_t)i << lv->shift);
	}
	if (!fine) {
		struct pmap_finding f = finding(w, r);

		f.last = r->va + size - 1;
		f.bits = lv->run;
		pmap_check_add(w->c, PMAP_CHECK_CONTIGUOUS, &f);
	}
}

/* A leaf whose bits are others than the last one's. */
static void ask_anew(struct walker *w, const struct pml_record *r)
{
	w->level = r->level;
	w->flags = r->raw & w->same[r->level];
	w->rights = r->rights;
	w->mt = pmap_memory_type(&w->q->target, r->level, r->raw);
	w->broken = ask(w, r, w->sample);
	if (pmap_check_asks(w->c, PMAP_CHECK_BLOCKED) &&
	    pml_own_rights(w->space->fmt, r->level, r->raw) & ~r->rights &
	    (PML_U | PML_W))
		w->broken |= 1ULL << PMAP_CHECK_BLOCKED;
}

static void add_broken(struct walker *w, const struct pml_record *r)
{
	for (uint64_t left = w->broken; left; left &= left - 1) {
		unsigned i = __builtin_ctzll(left);
		struct pmap_finding f = w->sample[i];

		if (i == PMAP_CHECK_BLOCKED) {
			find_blocking(w, r);
			continue;
		}
		f.va = r->va;
		f.last = r->last;
		f.pa = r->pa;
		f.slot = r->slot_pa;
		f.raw = r->raw;
		pmap_check_add(w->c, i, &f);
	}
}

/* Do the filters want it? */
static bool is_wanted(const struct walker *w, const struct pml_record *r)
{
	struct pmap_run run;

	if (pmap_check_excepted(w->c, r->va, r->last))
		return false;
	if (!w->c->filter.entries)
		return true;
	pmap_run_from(&run, &w->q->target, r);
	return pmap_filter_entry(&w->c->filter, &run);
}

static void leaf(struct walker *w, const struct pml_record *r)
{
	struct pmap_check *c = w->c;

	if (r->level != w->level || (r->raw & w->same[r->level]) != w->flags ||
	    r->rights != w->rights)
		ask_anew(w, r);
	if ((c->filter.entries || c->has_except) && !is_wanted(w, r))
		return;
	if (r->rights & PML_U && !c->walk.has_user) {
		c->walk.has_user = true;
		c->walk.user_va = r->va;
	}
	if (w->broken)
		add_broken(w, r);
	if (!c->no_place)
		check_place(w, r);
	if (r->raw & w->space->fmt->level[r->level].run &&
	    pmap_check_asks(c, PMAP_CHECK_CONTIGUOUS))
		check_contiguous(w, r);
	if (!pmap_frames_add(&c->frames, r->pa, r->last - r->va + 1, r->va,
			     r->rights, w->mt))
		c->no_memory = true;
}

/* --- The walk ------------------------------------------------------------- */

/* What is neither a leaf, nor a table, nor a hole. */
static void other(struct walker *w, const struct pml_record *r)
{
	struct pmap_finding sample[PMAP_CHECK_RULES];
	uint64_t left;

	w->mt = NULL;
	w->level = 0;
	if (!is_wanted(w, r))
		return;
	for (left = ask(w, r, sample); left; left &= left - 1) {
		unsigned i = __builtin_ctzll(left);

		if (r->kind == PML_UNREADABLE)
			sample[i].why = pmap_read_reason(pmap_cache_status(w->q->cache));
		pmap_check_add(w->c, i, &sample[i]);
	}
}

static void take(struct walker *w, struct pml_record *r)
{
	if (r->kind == PML_HOLE || r->kind == PML_NONCANONICAL)
		return;
	if (!r->leaving)
		w->filled[r->level]++;
	if (r->kind == PML_LEAF)
		leaf(w, r);
	else if (r->kind != PML_TABLE)
		other(w, r);
	else if (r->leaving)
		leave(w, r);
	else
		enter(w, r);
	if (r->kind == PML_RECURSIVE)
		pmap_tables_recursion(&w->tables, r);
}

static void walk_piece(struct walker *w, const struct pmap_piece *piece)
{
	const struct pml_format *fmt = w->space->fmt;
	struct pml_record root = {
		.va = piece->first, .last = piece->last, .kind = PML_TABLE,
		.pa = pml_root_pa(w->space), .level = fmt->levels + 1,
	}, r;

	/* A piece begins in the hole between the halves. */
	if (fmt->upper && root.va < pml_bottom(fmt))
		root.va = pml_bottom(fmt);
	for (int level = 1; level <= fmt->levels; level++)
		w->same[level] = ~(fmt->level[level].leaf_pa |
				   fmt->level[level].leaf_high | fmt->accessed |
				   fmt->dirty | fmt->soft);
	w->level = 0;
	note_table(w, &root);
	pmap_tables_begin(&w->tables, w->q);
	pmap_traverse_begin(&w->traverse, w->q, piece->first, piece->last,
			    PML_PRE | PML_POST);
	while (!w->c->no_memory && pmap_traverse_next(&w->traverse, &r)) {
		w->c->entries++;
		take(w, &r);
	}
	pmap_traverse_end(&w->traverse);
	pmap_tables_end(&w->tables);
}

/* Those that are asked once. */
static void ask_walk(struct pmap_check *c)
{
	for (unsigned i = 0; i < c->rules; i++)
		if (c->rule[i]->walk && pmap_check_asks(c, i) &&
		    !pmap_bridge_interrupted())
			c->rule[i]->walk(&c->walk, c->rule[i]);
}

static void end(struct walker *w)
{
	pmap_tables_end(&w->tables);
}

void pmap_check_walk(struct pmap_check *c)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(end))) struct walker w = {
		.c = c, .q = c->q, .place_first = 1,
	};
	struct pmap_piece piece;

	for (unsigned i = 0; pmap_target_piece(&c->q->target, i, c->q->first,
					       c->q->last, &piece); i++) {
		if (!pmap_target_select(&c->q->target, piece.first))
			continue;
		w.space = c->walk.space = &c->q->target.space;
		c->walk.has_user = false;
		walk_piece(&w, &piece);
		ask_walk(c);
	}
}
