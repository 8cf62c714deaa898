/*
 * pmap dump: everything that is mapped, as runs, leaves or a tree.
 *
 * A table that is reached again in the same way is not walked again, nor is one
 * that says the same as another.  If all below it was one run, or nothing, that
 * is known and goes on as such; else a record says which addresses the run
 * repeats.
 *
 * With --combined the guest's tables are walked like any other, and its leaves
 * cut by what the second dimension has there.  What that is, depends on gpas
 * alone, so that a guest's table is still the same when it is reached again.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "memory/cache.h"
#include "show/render.h"
#include "show/words.h"
#include "target/nesting.h"
#include "target/query.h"
#include "traverse/share.h"
#include "traverse/traverse.h"
#include "walkers/dump.h"
#include "walkers/walkers.h"

/* A table that is being walked: what has been found below it so far. */
struct table {
	uint64_t pa, va;
	uint64_t sum;		/* 0: it is not known by what is in it */
	enum pmap_content content;
	struct pmap_run run;	/* PMAP_CONTENT_RUN */
	bool keep;		/* all of it is walked, and depends on nothing above */
};

/* A dump in progress: one run is held back until it can grow no more. */
struct dump {
	struct pmap_query *q;
	const struct pmap_renderer *render;
	struct pmap_traverse traverse;
	struct pmap_share *share;	/* NULL: every table is walked each time */
	struct table table[PML_MAX_LEVELS + 1];
	struct pmap_run held;
	bool has_held;
	uint64_t ranges;
};

/* --- Runs ----------------------------------------------------------------- */

static void flush_run(struct dump *d)
{
	if (!d->has_held)
		return;
	d->render->run(d->q->out, &d->held);
	d->has_held = false;
	d->ranges++;
}

static void add_run(struct dump *d, const struct pmap_run *run)
{
	const struct pmap_options *opt = &d->q->opt;
	bool merge = !opt->leaves || run->kind == PMAP_RUN_REPEAT;

	if (d->has_held && merge && pmap_run_join(&d->held, run, opt->phys))
		return;
	flush_run(d);
	d->held = *run;
	d->has_held = true;
}

/* The table has a hole, or (with `run`) one more run. */
static void add_content(struct dump *d, struct table *table,
			const struct pmap_run *run)
{
	const struct pmap_options *opt = &d->q->opt;
	enum pmap_content before = table->content;

	if (!run) {
		table->content = before == PMAP_CONTENT_NONE ||
				 before == PMAP_CONTENT_HOLES ?
				 PMAP_CONTENT_HOLES : PMAP_CONTENT_MIXED;
	} else if (before == PMAP_CONTENT_NONE && !opt->leaves) {
		table->content = PMAP_CONTENT_RUN;
		table->run = *run;
	} else if (before != PMAP_CONTENT_RUN ||
		   !pmap_run_join(&table->run, run, opt->phys)) {
		table->content = PMAP_CONTENT_MIXED;
	}
}

/* One more run in the table. */
static void add_run_to(struct dump *d, struct table *table,
		       const struct pmap_run *run)
{
	if (table->content != PMAP_CONTENT_MIXED)
		add_content(d, table, run);
	add_run(d, run);
}

/* The guest's leaf, in as many pieces as the second dimension has there. */
static void add_pieces(struct dump *d, struct table *table,
		       const struct pml_record *leaf)
{
	struct pml_product_record piece;
	struct pmap_run run;

	pmap_traverse_cut(&d->traverse, leaf);
	while (pmap_traverse_piece(&d->traverse, &piece)) {
		pmap_run_from_product(&run, &d->q->target, &piece);
		add_run_to(d, table, &run);
	}
}

/* Why a table could not be read; with a second dimension, if it was mapped. */
static const char *read_cause(const struct dump *d)
{
	const struct pmap_target *target = &d->q->target;

	if (target->nested && !pmap_nesting_table_maps(target))
		return NULL;
	return pmap_read_reason(pmap_cache_status(d->q->cache));
}

static void run_from(const struct dump *d, const struct pml_record *r,
		     struct pmap_run *run)
{
	struct pml_product_record product;

	if (d->q->opt.combined) {
		pml_product_other(r, &product);
		pmap_run_from_product(run, &d->q->target, &product);
	} else {
		pmap_run_from(run, &d->q->target, r);
	}
	if (r->kind == PML_UNREADABLE)
		run->cause = read_cause(d);
}

static void add_record(struct dump *d, const struct pml_record *r)
{
	struct table *table = &d->table[r->level];
	struct pmap_run run;

	if (r->kind == PML_HOLE || r->kind == PML_NONCANONICAL) {
		add_content(d, table, NULL);
		flush_run(d);
	} else if (r->kind == PML_LEAF && d->q->opt.combined) {
		add_pieces(d, table, r);
	} else {
		run_from(d, r, &run);
		add_run_to(d, table, &run);
	}
}

/* --- Tables --------------------------------------------------------------- */

static bool is_whole(const struct pml_record *r)
{
	return r->last - r->va == (1ULL << r->shift) - 1;
}

/*
 * Would another way here have found the same?  Not if a table above is also
 * used below: there it was entered, here it would be recursive.
 */
static bool same_from_here(const struct dump *d, int level)
{
	for (int above = level + 1;
	     above <= d->q->target.space.fmt->levels; above++)
		if (pmap_share_below(d->share, d->table[above].pa, level))
			return false;
	return true;
}

/* The bytes of the table that r leads to. */
static const void *table_bytes(const struct dump *d, uint64_t pa, int level)
{
	const struct pml_space *space = &d->q->target.space;

	return space->at(space->ctx, pa, pml_table_size(space->fmt, level));
}

/*
 * Does a table that was seen before, and used in the same way, say the same as
 * the one at r?  Then this one is as good as seen.  Not asked of last tables:
 * to walk one takes no longer than to compare it.
 */
static bool find_twin(const struct dump *d, const struct pml_record *r,
		      struct pmap_seen *seen, uint64_t *sum_ret)
{
	int level = r->level - 1;
	size_t size = pml_table_size(d->q->target.space.fmt, level);
	const void *own, *other;

	if (level < 2 || !(own = table_bytes(d, r->pa, level)))
		return false;
	*sum_ret = pmap_share_sum(own, size);
	if (!pmap_share_find(d->share, *sum_ret, level, r->rights, seen))
		return false;
	other = table_bytes(d, seen->pa, level);
	/* An entry that leads to this very table means something else in it. */
	return other && !memcmp(own, other, size) &&
	       (d->q->opt.recursive ||
		!pmap_share_below(d->share, r->pa, level));
}

static bool was_seen(struct dump *d, const struct pml_record *r,
		     struct pmap_seen *seen)
{
	int level = r->level - 1;
	uint64_t *sum = &d->table[level].sum;
	bool known;

	*sum = 0;
	if (!d->share || !is_whole(r))
		return false;
	known = pmap_share_find(d->share, r->pa, level, r->rights, seen);
	if (!known && !find_twin(d, r, seen, sum))
		return false;
	/* What repeats is written out, but no single run is walked again. */
	if (d->q->opt.expand && seen->content == PMAP_CONTENT_MIXED)
		return false;
	if (!d->q->opt.recursive && !same_from_here(d, level))
		return false;
	return known ||
	       pmap_share_add(d->share, r->pa, level, r->rights, seen);
}

/* A run that stands for the table at r, which was seen before. */
static struct pmap_run seen_run(const struct pml_record *r,
				const struct pmap_seen *seen)
{
	struct pmap_run run;

	if (seen->content == PMAP_CONTENT_RUN)
		run = *seen->run;
	else
		run = (struct pmap_run){
			.kind = PMAP_RUN_REPEAT, .level = r->level, .pkey = -1,
			.raw = r->raw, .pa = seen->va, .page = 1ULL << r->shift,
		};
	run.va = r->va;
	run.last = r->va + (1ULL << r->shift) - 1;
	return run;
}

/*
 * Tables that were seen before, and others that follow and are the same:
 * KASAN's shadow has hundreds of such entries in a row.  One run is wanted for
 * each only where contiguous memory is.
 */
static void skip_seen(struct dump *d, struct pml_record *r,
		      const struct pmap_seen *seen)
{
	struct table *table = &d->table[r->level];
	struct pmap_run run = seen_run(r, seen), next = run;

	if (d->q->opt.phys && seen->content == PMAP_CONTENT_RUN)
		pmap_traverse_skip(&d->traverse, r);
	else
		pmap_traverse_skip_alike(&d->traverse, r);
	if (seen->content == PMAP_CONTENT_HOLES) {
		add_content(d, table, NULL);
		flush_run(d);
		return;
	}
	/* The second one tells what differs from one to the next. */
	next.va = run.last + 1;
	next.last = r->last;
	if (run.last != r->last)
		pmap_run_join(&run, &next, false);
	add_content(d, table, &run);
	add_run(d, &run);
}

/* The table that r leads to is walked; was_seen() has seen to its sum. */
static void begin_table(struct dump *d, const struct pml_record *r,
			enum pmap_content content)
{
	struct table *table = &d->table[r->level - 1];

	table->pa = r->pa;
	table->va = r->va;
	table->content = content;
	table->keep = is_whole(r);
}

static void enter(struct dump *d, struct pml_record *r)
{
	struct pmap_seen seen;

	if (was_seen(d, r, &seen)) {
		skip_seen(d, r, &seen);
		return;
	}
	begin_table(d, r, PMAP_CONTENT_NONE);
}

/* The table that r leads to has been walked.  False without memory. */
static bool remember(struct dump *d, const struct table *table,
		     const struct pml_record *r)
{
	const struct pmap_seen seen = {
		table->pa, table->va,
		table->keep ? table->content : PMAP_CONTENT_NONE, &table->run
	};
	int level = r->level - 1;

	return pmap_share_add(d->share, table->pa, level, r->rights, &seen) &&
	       (!table->keep || !table->sum ||
		pmap_share_add(d->share, table->sum, level, r->rights, &seen));
}

static void leave(struct dump *d, const struct pml_record *r)
{
	const struct table *table = &d->table[r->level - 1];
	struct table *above = &d->table[r->level];

	if (d->share && !remember(d, table, r)) {
		pmap_share_destroy(d->share);
		d->share = NULL;
	}
	if (table->content == PMAP_CONTENT_MIXED)
		above->content = PMAP_CONTENT_MIXED;
	else
		add_content(d, above, table->content == PMAP_CONTENT_RUN ?
			    &table->run : NULL);
}

/* What leads back to a table above says something else on another way. */
static void note_recursion(struct dump *d, const struct pml_record *r)
{
	for (int level = r->level; level < d->q->target.space.fmt->levels &&
	     d->table[level].pa != r->pa; level++)
		d->table[level].keep = false;
}

static void dump_runs(struct dump *d)
{
	struct pml_record r;

	if (d->render->begin)
		d->render->begin(d->q->out);
	while (pmap_traverse_next(&d->traverse, &r)) {
		if (r.kind == PML_RECURSIVE)
			note_recursion(d, &r);
		if (r.kind != PML_TABLE)
			add_record(d, &r);
		else if (r.leaving)
			leave(d, &r);
		else
			enter(d, &r);
	}
	flush_run(d);
}

/* --- The tree ------------------------------------------------------------- */

/* One line an entry that is not empty, below the entry that leads to it. */
static void tree_line(struct dump *d, const struct pml_record *r)
{
	const struct pml_space *space = &d->q->target.space;
	const struct pml_level *lv = &space->fmt->level[r->level];
	struct pmap_text *out = d->q->out;

	pmap_text_add(out, "%*s%s %u  %016" PRIx64 "  = %016" PRIx64 "  ",
		      2 * (space->fmt->levels - r->level), "", lv->name,
		      pml_index(lv, r->va), pml_record_base(r), r->raw);
	if (r->kind == PML_TABLE)
		pmap_text_add(out, "table %" PRIx64 "  ", r->pa);
	else if (r->kind == PML_LEAF)
		pmap_text_add(out, "page %" PRIx64 "  ",
			      pml_leaf_pa(space, r->level, r->raw));
	else
		pmap_text_add(out, "%s  ", pmap_kind_name(r->kind));
	if (r->kind != PML_NONPRESENT)
		pmap_add_flags(out, space->fmt, r->level, r->raw);
	d->ranges++;
}

/* The lines below a table that was shown before are not shown again. */
static void tree_table(struct dump *d, const struct pml_record *r)
{
	struct pmap_seen seen;

	if (was_seen(d, r, &seen)) {
		pmap_traverse_skip(&d->traverse, r);
		pmap_text_add(d->q->out, "  as at %016" PRIx64, seen.va);
		return;
	}
	begin_table(d, r, PMAP_CONTENT_MIXED);
}

static void dump_tree(struct dump *d)
{
	struct pml_record r;

	while (pmap_traverse_next(&d->traverse, &r)) {
		if (r.kind == PML_TABLE && r.leaving) {
			leave(d, &r);
			continue;
		}
		if (r.kind == PML_HOLE || r.kind == PML_NONCANONICAL || !r.level)
			continue;
		if (r.kind == PML_RECURSIVE)
			note_recursion(d, &r);
		tree_line(d, &r);
		if (r.kind == PML_TABLE)
			tree_table(d, &r);
		pmap_text_puts(d->q->out, "\n");
	}
}

/* --- The command ---------------------------------------------------------- */

static void free_share(struct dump *d)
{
	pmap_share_destroy(d->share);
}

void pmap_dump_with(struct pmap_query *q, const struct pmap_renderer *render,
		    struct pmap_dump_counts *counts_ret)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(free_share))) struct dump d = {
		.q = q, .render = render,
	};
	unsigned flags = PML_PRE | PML_POST;

	if (q->opt.recursive)
		flags |= PML_ENTER_RECURSIVE;
	d.share = pmap_share_create();
	d.table[q->target.space.fmt->levels].pa = pml_root_pa(&q->target.space);
	pmap_traverse_begin(&d.traverse, q, q->first, q->last, flags);
	(q->opt.tree ? dump_tree : dump_runs)(&d);
	pmap_traverse_end(&d.traverse);
	counts_ret->ranges = d.ranges;
	/* The root is nowhere left, so it is not among them. */
	counts_ret->tables = d.share ? pmap_share_tables(d.share) + 1 : 0;
}


int pmap_dump(struct pmap_query *q)
{
	struct pmap_dump_counts counts;
	int status;

	if (q->target.guest_off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "paging is off in the guest: its addresses are guest-physical, leave out --combined to see what they map");
	status = pmap_query_range(q);
	if (status)
		return status;
	if (q->opt.tree && q->opt.json)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "dump: --tree is text for people; --leaves --json has every leaf");
	if (q->opt.legend && !q->opt.json && !q->opt.tree)
		pmap_text_puts(q->out, pmap_text_legend);
	pmap_dump_with(q, q->opt.json ? &pmap_render_json : &pmap_render_text,
		       &counts);
	pmap_result_u64(q->call, "ranges", counts.ranges);
	if (counts.tables)
		pmap_result_u64(q->call, "tables", counts.tables);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED
					 : PMAP_STATUS_OK;
}
