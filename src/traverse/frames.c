/*
 * Mappings by the frames that they lead to.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "traverse/frames.h"

#include <stdlib.h>

/* A mapping begins or ends there. */
struct pmap_frames_event {
	uint64_t pa;
	size_t mapping;
	bool ends;
};

/* --- Collecting ----------------------------------------------------------- */

static bool grow(struct pmap_frames *f)
{
	size_t room = f->room ? 2 * f->room : 1024;
	struct pmap_frames_mapping *grown =
		realloc(f->mapping, room * sizeof(*grown));

	if (!grown)
		return false;
	f->mapping = grown;
	f->room = room;
	return true;
}

/* The number of a way; SIZE_MAX without memory.  There are few. */
static size_t find_way(struct pmap_frames *f, unsigned rights, const char *mt)
{
	struct pmap_way *grown;
	size_t i = 0;

	while (i < f->ways && (f->way[i].rights != rights || f->way[i].mt != mt))
		i++;
	if (i < f->ways)
		return i;
	grown = realloc(f->way, (i + 1) * sizeof(*grown));
	if (!grown)
		return SIZE_MAX;
	f->way = grown;
	f->way[f->ways++] = (struct pmap_way){
		.rights = rights, .mt = mt, .first = PMAP_FRAMES_NONE,
	};
	return i;
}

static bool goes_on(const struct pmap_frames *f, uint64_t pa, uint64_t va,
		    unsigned rights, const char *mt)
{
	const struct pmap_frames_mapping *m = &f->mapping[f->count - 1];
	const struct pmap_way *way = &f->way[m->way];

	return m->end == pa && pmap_frames_va(m, pa) == va &&
	       way->rights == rights && way->mt == mt;
}

bool pmap_frames_add(struct pmap_frames *f, uint64_t pa, uint64_t size,
		     uint64_t va, unsigned rights, const char *mt)
{
	size_t way;

	if (f->count && goes_on(f, pa, va, rights, mt)) {
		f->mapping[f->count - 1].end += size;
		return true;
	}
	way = find_way(f, rights, mt);
	if (way == SIZE_MAX || (f->count == f->room && !grow(f)))
		return false;
	f->mapping[f->count++] = (struct pmap_frames_mapping){
		.pa = pa, .end = pa + size, .va = va, .way = way,
	};
	return true;
}

/* --- Going through the frames --------------------------------------------- */

static int by_pa(const void *a, const void *b)
{
	const struct pmap_frames_event *x = a, *y = b;

	return x->pa < y->pa ? -1 : x->pa > y->pa;
}

static bool make_events(struct pmap_frames *f)
{
	free(f->event);
	f->event = malloc((2 * f->count + 1) * sizeof(*f->event));
	if (!f->event)
		return false;
	for (size_t i = 0; i < f->count; i++) {
		f->event[2 * i] = (struct pmap_frames_event){
			f->mapping[i].pa, i, false };
		f->event[2 * i + 1] = (struct pmap_frames_event){
			f->mapping[i].end, i, true };
	}
	qsort(f->event, 2 * f->count, sizeof(*f->event), by_pa);
	return true;
}

static void begin(struct pmap_frames *f, size_t i)
{
	struct pmap_frames_mapping *m = &f->mapping[i];
	struct pmap_way *way = &f->way[m->way];

	f->used += !way->count++;
	m->before = PMAP_FRAMES_NONE;
	m->next = way->first;
	if (m->next != PMAP_FRAMES_NONE)
		f->mapping[m->next].before = i;
	way->first = i;
}

static void end(struct pmap_frames *f, size_t i)
{
	struct pmap_frames_mapping *m = &f->mapping[i];
	struct pmap_way *way = &f->way[m->way];

	f->used -= !--way->count;
	if (m->before == PMAP_FRAMES_NONE)
		way->first = m->next;
	else
		f->mapping[m->before].next = m->next;
	if (m->next != PMAP_FRAMES_NONE)
		f->mapping[m->next].before = m->before;
}

bool pmap_frames_sweep(struct pmap_frames *f, pmap_frames_segment *segment,
		       void *arg)
{
	if (!make_events(f))
		return false;
	for (size_t i = 0; i < 2 * f->count; i++) {
		const struct pmap_frames_event *event = &f->event[i];
		uint64_t before = i ? event[-1].pa : 0;

		if (f->used && event->pa > before &&
		    !segment(arg, f, before, event->pa))
			return true;
		(event->ends ? end : begin)(f, event->mapping);
	}
	return true;
}

void pmap_frames_free(struct pmap_frames *f)
{
	free(f->mapping);
	free(f->way);
	free(f->event);
	*f = (struct pmap_frames){ 0 };
}
