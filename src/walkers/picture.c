/*
 * --svg FILE of `pmap dump', `pmap regions' and `pmap diff': runs as a picture, by
 * the regions that they are in.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "show/picture.h"
#include "target/arch.h"
#include "traverse/runs.h"
#include "walkers/survey.h"

#define BANDS_MAX	(2 * PMAP_AREAS_MAX + 4)

struct collected {
	struct pmap_run *run;
	size_t count, room;
	bool failed, full;
};

struct bands {
	struct pmap_survey survey;	/* of all addresses: what is where */
	struct pmap_band band[BANDS_MAX];
	size_t bands;
};

static bool keep_run(void *arg, const struct pmap_run *run)
{
	struct collected *c = arg;

	if (c->count == c->room) {
		size_t room = c->room ? 2 * c->room : 256;
		struct pmap_run *grown;

		c->full = room > PMAP_PICTURE_RUNS;
		grown = c->full ? NULL : realloc(c->run, room * sizeof(*grown));
		c->failed = !grown;
		if (c->failed)
			return false;
		c->run = grown;
		c->room = room;
	}
	c->run[c->count++] = *run;
	return true;
}

static int collect(struct pmap_query *q, struct collected *c)
{
	struct pmap_runs_counts counts = { 0 };
	int status = pmap_runs_walk(q, NULL, keep_run, c, &counts);

	if (status)
		return status;
	if (c->full)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--svg: more than %lu runs: give a RANGE, or leave out --leaves and --expand",
				 PMAP_PICTURE_RUNS);
	if (c->failed)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	pmap_result_u64(q->call, "ranges", counts.ranges);
	if (counts.tables)
		pmap_result_u64(q->call, "tables", counts.tables);
	return 0;
}

/* --- Bands ---------------------------------------------------------------- */

static void add_band(struct bands *c, const char *name, const char *how,
		     uint64_t first, uint64_t last)
{
	if (first <= last && c->bands < BANDS_MAX)
		c->band[c->bands++] = (struct pmap_band){ name, how, first, last };
}

/*
 * What the kernel has where, without filters: they would hide what areas are
 * known by.
 */
static int find_areas(struct pmap_query *q, struct bands *c)
{
	struct pmap_query all = *q;
	int status;

	all.opt = (struct pmap_options){ .combined = q->opt.combined };
	c->survey.q = &all;
	status = pmap_survey_make(&c->survey, false);
	c->survey.q = NULL;
	if (status)
		return pmap_fail(q, status, "%s", all.why);
	return 0;
}

/* Areas, and what is between them. */
static void name_bands(const struct pmap_query *q, struct bands *c, bool part)
{
	const struct pmap_layout *layout = &c->survey.layout;
	uint64_t next = 0;
	bool done = false;

	for (unsigned i = 0; i < layout->count && !done; i++) {
		const struct pmap_area *area = &layout->area[i];

		if (area->first > next)
			add_band(c, "unnamed", "", next, area->first - 1);
		add_band(c, area->name, pmap_found_how(area), area->first, area->last);
		next = area->last + 1;
		done = !next;
	}
	if (part)
		add_band(c, "range", "", q->first, q->last);
	else if (!done)
		add_band(c, layout->count ? "unnamed" : "addresses", "", next, q->last);
}

/* --- The picture ---------------------------------------------------------- */

static void say_title(const struct pmap_query *q, char *title, size_t size)
{
	const struct pmap_target *t = &q->target;
	const struct pml_space *space = t->space.fmt ? &t->space : &t->upper;
	int n = snprintf(title, size, "%s 0x%" PRIx64 ", %s",
			 t->root_given ? "root" : t->arch->root_name(t, space),
			 pml_root_pa(space), space->fmt->title);

	if (t->nested && n > 0 && (size_t)n < size)
		snprintf(title + n, size - n, ", through %s at 0x%" PRIx64,
			 t->arch->outer_tables(t), pml_root_pa(&t->outer));
}

/* To scale: what was asked for, or all addresses, without the hole between halves. */
static void set_parts(const struct pmap_query *q, struct pmap_picture *p)
{
	const struct pmap_target *t = &q->target;
	const struct pml_format *low = t->selected_upper ? t->upper.fmt : t->space.fmt;
	const struct pml_format *high = t->selected_upper ? t->space.fmt : t->upper.fmt;
	uint64_t end, begin;

	p->parts = 1;
	p->part[0].first = q->first;
	p->part[0].last = q->last;
	if (t->halves) {
		end = low ? pml_top(low) : ~0ULL >> 1;
		begin = high ? pml_bottom(high) : 1ULL << 63;
	} else if (low->sign_extended) {
		end = pml_same_half(low, 0);
		begin = ~end;
	} else {
		return;
	}
	if (q->first > end || q->last < begin)
		return;
	p->parts = 2;
	p->part[0].last = end;
	p->part[1].first = begin;
	p->part[1].last = q->last;
}

static int check_options(struct pmap_query *q)
{
	const struct pmap_options *opt = &q->opt;
	const char *other = opt->tree ? "--tree" : opt->gaps ? "--gaps" :
			    opt->sort ? "--sort" : NULL;

	if (other)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--svg and %s cannot be used together", other);
	if (opt->start.text && !opt->end.text)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--svg draws a range: START END, or START +LEN");
	return 0;
}

static void end_bands(struct bands *c)
{
	pmap_survey_free(&c->survey);
}

int pmap_picture_draw(struct pmap_query *q, struct pmap_picture *picture, bool part)
{
	__attribute__((cleanup(end_bands))) struct bands c = { .bands = 0 };
	char title[256];
	/* For a part of the address space not all tables are read to find names. */
	int status = part ? 0 : find_areas(q, &c);

	if (status)
		return status;
	name_bands(q, &c, part);
	if (!picture->title) {
		say_title(q, title, sizeof(title));
		picture->title = title;
	}
	picture->band = c.band;
	picture->bands = c.bands;
	set_parts(q, picture);
	pmap_picture_write(q, picture);
	return 0;
}

static void end(struct collected *c)
{
	free(c->run);
}

int pmap_picture(struct pmap_query *q)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(end))) struct collected c = { 0 };
	struct pmap_picture picture = {
		.looks = &pmap_looks_of_rights, .verb = "mapped", .nothing = "nothing mapped",
	};
	int status = check_options(q);

	if (!status)
		status = pmap_query_range(q);
	if (!status)
		status = collect(q, &c);
	if (status)
		return status;
	picture.run = c.run;
	picture.count = c.count;
	status = pmap_picture_draw(q, &picture, q->opt.start.text);
	if (status)
		return status;
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED
					 : PMAP_STATUS_OK;
}
