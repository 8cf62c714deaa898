/*
 * What differs between two sets of tables, as a picture: colours are the kinds of
 * change.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "base/put.h"
#include "walkers/diff.h"
#include "walkers/picture.h"

enum look {
	LOOK_MAPPED, LOOK_UNMAPPED, LOOK_MOVED, LOOK_RIGHTS, LOOK_WX, LOOK_SIZE,
	LOOK_TYPE, LOOK_FLAGS, LOOK_ENTRY, LOOK_REPEATS, LOOKS
};

static const char *const classes[LOOKS] = {
	"dm", "du", "dv", "dr", "wx", "ds", "dt", "df", "de", "rep",
};

static const char *const meaning[LOOKS] = {
	"mapped", "unmapped", "moved: another frame", "other rights",
	"now writable and executable", "split or collapsed", "type, or global",
	"accessed, dirty, aged", "another entry, no page", "repeats",
};

static const struct pmap_difference *difference(const struct pmap_pen *pen, size_t i)
{
	return &((const struct pmap_diff_picture *)pen->own)->change[i];
}

static bool is_wx(const struct pmap_run *run)
{
	return run->kind == PML_LEAF && run->rights & PML_W &&
	       run->rights & (PML_X | PML_XU);
}

/* Of several changes the one that matters most to whoever looks. */
static unsigned look_of(const struct pmap_pen *pen, size_t i)
{
	static const struct {
		unsigned change;
		enum look look;
	} order[] = {
		{ PMAP_DIFF_MAPPED, LOOK_MAPPED }, { PMAP_DIFF_UNMAPPED, LOOK_UNMAPPED },
		{ PMAP_DIFF_MOVED, LOOK_MOVED }, { PMAP_DIFF_RIGHTS, LOOK_RIGHTS },
		{ PMAP_DIFF_SPLIT | PMAP_DIFF_COLLAPSED, LOOK_SIZE },
		{ PMAP_DIFF_TYPE | PMAP_DIFF_GLOBAL, LOOK_TYPE },
		{ PMAP_DIFF_ENTRY, LOOK_ENTRY }, { PMAP_DIFF_REPEATS, LOOK_REPEATS },
	};
	const struct pmap_difference *d = difference(pen, i);

	if (d->change & (PMAP_DIFF_MAPPED | PMAP_DIFF_RIGHTS) && is_wx(&d->b))
		return LOOK_WX;
	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		if (d->change & order[k].change)
			return order[k].look;
	return LOOK_FLAGS;
}

static void say(struct pmap_pen *pen, size_t i)
{
	const struct pmap_diff_picture *p = pen->own;
	struct pmap_writer w = *p->writer;

	w.out = &pen->words;
	w.rows = 1;	/* no heads */
	pmap_diff_write(&w, &p->change[i], NULL);
}

static void label(const struct pmap_pen *pen, size_t i, char text[PMAP_LABEL_SIZE])
{
	struct pmap_text words = { 0 };

	pmap_diff_add_change(&words, difference(pen, i)->change);
	text[0] = '\0';
	if (words.data)
		strncat(text, words.data, PMAP_LABEL_SIZE - 1);
	pmap_text_free(&words);
}

static const struct pmap_looks looks = {
	.count = LOOKS, .always = LOOK_WX + 1, .loud = LOOK_WX,
	.classes = classes, .meaning = meaning,
	.of = look_of, .say = say, .label = label,
};

bool pmap_diff_picture_add(struct pmap_diff_picture *p, const struct pmap_difference *d)
{
	if (p->count == p->room) {
		size_t room = p->room ? 2 * p->room : 64;
		struct pmap_difference *grown;

		p->full = room > PMAP_PICTURE_RUNS / 4;
		grown = p->full ? NULL : realloc(p->change, room * sizeof(*grown));
		p->failed = !grown;
		if (!grown)
			return false;
		p->change = grown;
		p->room = room;
	}
	p->change[p->count++] = *d;
	return true;
}

static void free_runs(struct pmap_run **run)
{
	free(*run);
}

int pmap_diff_picture_draw(struct pmap_query *q, struct pmap_diff_picture *p,
			   const char *title, bool part)
{
	__attribute__((cleanup(free_runs))) struct pmap_run *run = NULL;
	struct pmap_picture picture = {
		.title = title, .looks = &looks, .own = p, .verb = "changed",
		.nothing = "no difference", .count = p->count,
	};

	if (p->full)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--svg: more than %lu changes: give --in RANGE, or filters",
				 PMAP_PICTURE_RUNS / 4);
	run = p->failed ? NULL : calloc(p->count + 1, sizeof(*run));
	if (!run)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	for (size_t i = 0; i < p->count; i++) {
		const struct pmap_difference *d = &p->change[i];

		run[i] = d->b.kind == PML_LEAF ? d->b : d->a;
		run[i].va = d->va;
		run[i].last = d->last;
		/* What is drawn is that it changed, a page or not. */
		run[i].kind = PML_LEAF;
	}
	picture.run = run;
	return pmap_picture_draw(q, &picture, part);
}

void pmap_diff_picture_free(struct pmap_diff_picture *p)
{
	free(p->change);
}
