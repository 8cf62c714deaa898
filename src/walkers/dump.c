/*
 * pmap dump: everything that is mapped, as runs, leaves or a tree.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "describe.h"
#include "query.h"
#include "render/render.h"

/* A dump in progress: one run is held back until it can grow no more. */
struct dump {
	struct pmap_query *q;
	const struct pmap_renderer *render;
	struct pmap_run held;
	bool has_held;
	uint64_t ranges;
};

static void flush_run(struct dump *d)
{
	if (!d->has_held)
		return;
	d->render->run(d->q->out, &d->held);
	d->has_held = false;
	d->ranges++;
}

static void add_record(struct dump *d, const struct pml_record *r)
{
	const struct pmap_options *opt = &d->q->opt;
	struct pmap_run run;

	if (r->kind == PML_HOLE || r->kind == PML_NONCANONICAL) {
		flush_run(d);
		return;
	}
	pmap_run_from(&run, &d->q->target, r);
	if (d->has_held && !opt->leaves &&
	    pmap_run_join(&d->held, &run, opt->phys))
		return;
	flush_run(d);
	d->held = run;
	d->has_held = true;
}

static void dump_runs(struct dump *d, struct pml_cursor *c)
{
	struct pml_record r;

	if (d->render->begin)
		d->render->begin(d->q->out);
	while (!pmap_bridge_interrupted() && pml_next(c, &r))
		add_record(d, &r);
	flush_run(d);
}

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
	pmap_text_puts(out, "\n");
	d->ranges++;
}

static void dump_tree(struct dump *d, struct pml_cursor *c)
{
	struct pml_record r;

	while (!pmap_bridge_interrupted() && pml_next(c, &r))
		if (r.kind != PML_HOLE && r.kind != PML_NONCANONICAL && r.level)
			tree_line(d, &r);
}

int pmap_dump(struct pmap_query *q)
{
	struct dump d = {
		.q = q,
		.render = q->opt.json ? &pmap_render_json : &pmap_render_text,
	};
	struct pml_cursor c;
	unsigned flags = q->opt.tree ? PML_PRE : 0;
	int status = pmap_query_range(q);

	if (status)
		return status;
	if (q->opt.tree && q->opt.json)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "dump: --tree is text for people; --leaves --json has every leaf");
	if (q->opt.recursive)
		flags |= PML_ENTER_RECURSIVE;
	if (q->opt.legend && !q->opt.json && !q->opt.tree)
		pmap_text_puts(q->out, pmap_text_legend);
	pml_cursor_init(&c, &q->target.space, q->first, q->last, flags);
	(q->opt.tree ? dump_tree : dump_runs)(&d, &c);
	pmap_result_u64(q->call, "ranges", d.ranges);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED
					 : PMAP_STATUS_OK;
}
