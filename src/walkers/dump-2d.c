/*
 * pmap dump --combined: what the guest's tables and the second dimension make
 * together.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "query.h"
#include "render/render.h"

/* One run is held back until it can grow no more. */
struct product {
	struct pmap_query *q;
	const struct pmap_renderer *render;
	struct pmap_run held;
	bool has_held;
	uint64_t ranges;
};

static void flush_run(struct product *d)
{
	if (!d->has_held)
		return;
	d->render->run(d->q->out, &d->held);
	d->has_held = false;
	d->ranges++;
}

static void add_record(struct product *d, const struct pml_product_record *p)
{
	const struct pmap_options *opt = &d->q->opt;
	struct pmap_run run;

	pmap_run_from_product(&run, &d->q->target, p);
	if (d->has_held && !opt->leaves &&
	    pmap_run_join(&d->held, &run, opt->phys))
		return;
	flush_run(d);
	d->held = run;
	d->has_held = true;
}

/* What the guest maps and has no memory is worth a line. */
static bool is_nothing(const struct pml_product_record *p)
{
	return p->where == PML_IN_INNER &&
	       (p->r.kind == PML_HOLE || p->r.kind == PML_NONCANONICAL);
}

int pmap_dump_2d(struct pmap_query *q)
{
	struct product d = {
		.q = q,
		.render = q->opt.json ? &pmap_render_json : &pmap_render_text,
	};
	struct pml_product_record p;
	struct pml_product product;

	if (d.render->begin)
		d.render->begin(q->out);
	pml_product_init(&product, &q->target.pair, q->first, q->last);
	while (!q->out->error && pml_product_next(&product, &p)) {
		/* What could not be read because of it is no fault. */
		if (pmap_bridge_interrupted())
			break;
		if (is_nothing(&p))
			flush_run(&d);
		else
			add_record(&d, &p);
	}
	flush_run(&d);
	pmap_result_u64(q->call, "ranges", d.ranges);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED
					 : PMAP_STATUS_OK;
}
