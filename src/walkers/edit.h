/*
 * Edits: what the core's writable half would do to the target's tables, and
 * doing it.
 *
 *	words --edit-words.c--> what the entries shall be
 *	--frames --edit-frames.c--> pages for new tables
 *	edit.c --edit-plan.c--> core's engine over an overlay --> stores
 *	stores --edit-show.c--> the answer
 *	stores --edit-writes.c, edit-apply.c--> writes, in an order that hardware may see
 *	--edit-flush.c--> TLBs
 *
 * Nothing here but edit-apply.c can make anything be written to the target, and
 * that does so by asking the bridge (PMAP_NEED_WRITE), one write a round.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_EDIT_H
#define PMAP_WALKERS_EDIT_H

#include <pml/map.h>

#include "base/hash.h"
#include "memory/overlay.h"
#include "target/query.h"

/* One store of the core's engine, in its order. */
struct pmap_store {
	uint64_t slot_pa;	/* as the tables have it: a guest's is guest-physical */
	uint64_t va;		/* what the entry stands for; 0 in a new table */
	uint64_t old, raw;
	uint32_t order;
	uint8_t level;
	bool fresh;		/* in a new table, which nothing refers to yet */
	bool break_first;	/* see pml_change */
};

/* A change that is tried in an overlay. */
struct pmap_plan {
	struct pmap_query *q;
	struct pmap_overlay overlay;
	struct pml_space space;	/* the query's, read through the overlay */
	struct pml_editor editor;
	struct pml_pending pending;
	struct pmap_store *stores;
	size_t nstores;
	bool no_memory;
	/* --frames: where new tables come from. */
	uint64_t frame, last_frame;
	bool has_frames;
	struct pmap_hash used;	/* tables that the space has: edit-frames.c's */
	uint64_t wanted;	/* tables that were asked for */
	uint64_t *tables;	/* the new ones that are used, */
	size_t ntables;		/* in the order in which they were taken */
	uint64_t first, last;	/* virtual, inclusive */
};

/* --- edit-frames.c -------------------------------------------------------- */

/* --frames, and the tables that are there.  0, or the status of pmap_fail(). */
int pmap_plan_take_frames(struct pmap_plan *plan);

/* For struct pml_ops: the next page, or pages, of --frames that no table is in. */
bool pmap_plan_alloc(void *plan, int level, uint64_t *pa_ret);

/* Only tables that were not used after all: nothing of the target's is freed. */
void pmap_plan_give_back(void *plan, int level, uint64_t pa);

/* --- edit-plan.c ---------------------------------------------------------- */

/* 0, or the status of pmap_fail(); to be freed in either case. */
int pmap_plan_begin(struct pmap_plan *plan, struct pmap_query *q);
void pmap_plan_free(struct pmap_plan *plan);

/* The operands as plan->first, ->last: whole pages; START alone is a page. */
int pmap_plan_pages(struct pmap_plan *plan);

/*
 * What came of the engine (`core_status', of enum pml_status) is shown, and with
 * --apply its first round begins.
 */
int pmap_plan_carry_out(struct pmap_plan *plan, int core_status);

/* The result, walked again, is not what was asked for. */
int pmap_plan_broken(struct pmap_plan *plan, const struct pml_record *r);

/* --- edit-words.c --------------------------------------------------------- */

/* RIGHTS as bits of enum pml_rights; 0, or the status of pmap_fail(). */
int pmap_edit_rights(struct pmap_query *q, unsigned *rights_ret);

/* And --mt, --page, --global. */
int pmap_edit_attr(struct pmap_plan *plan, struct pml_attr *attr);

/* --set, --clear, --raw: what the entry shall be. */
int pmap_edit_value(struct pmap_query *q, const struct pml_slot *slot,
		    uint64_t *raw_ret);

/* --- edit-show.c ---------------------------------------------------------- */

/* An entry as it is in the end: the stores to one slot, taken together. */
int pmap_plan_entries(const struct pmap_plan *plan, struct pmap_store **ret,
		      size_t *count_ret);

/* The plan into q->out; 0, or the status of pmap_fail(). */
int pmap_plan_show(const struct pmap_plan *plan);

/* What became of it, after what pmap_plan_show() has said. */
void pmap_plan_end(struct pmap_query *q, const char *what);

/* --- edit-apply.c --------------------------------------------------------- */

/*
 * --apply: the first round, or a later one (then `plan' is NULL).  Sets q->asks
 * while there is something to be written; the status at the end.
 */
int pmap_apply_begin(const struct pmap_plan *plan);
int pmap_apply_round(struct pmap_query *q);

/* Was an edit cut short, by GDB or by its target, and not undone yet? */
bool pmap_edit_is_unfinished(void);

/* --- edit-flush.c --------------------------------------------------------- */

struct pmap_flush;

/* Is --flush where there is something to flush?  0, or the status of pmap_fail(). */
int pmap_flush_check(struct pmap_query *q);

/* Sets q->asks; NULL: --flush is not given, or the architecture has no way. */
struct pmap_flush *pmap_flush_begin(struct pmap_query *q);

/* The rounds after that; the last one says what came of it. */
void pmap_flush_round(struct pmap_query *q, struct pmap_flush *flush);

/* Says that there is no way. */
void pmap_flush_absent(struct pmap_query *q);

#endif
