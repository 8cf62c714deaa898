/*
 * Records that go on are one: each is held back until the next one shows that
 * it grows no more.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_MERGE_H
#define PMAP_SHOW_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct pmap_merge {
	void *held;		/* the caller's room for one record */
	size_t size;		/* bytes of a record */
	/* Let `held' take in `next', if it goes on with it. */
	bool (*join)(void *held, const void *next, void *arg);
	void (*emit)(const void *record, void *arg);
	void *arg;
	bool has_held;
	uint64_t emitted;
};

/* Nothing that comes goes on with the record that is held. */
static inline void pmap_merge_flush(struct pmap_merge *m)
{
	if (!m->has_held)
		return;
	m->has_held = false;
	m->emitted++;
	m->emit(m->held, m->arg);
}

static inline void pmap_merge_add(struct pmap_merge *m, const void *record)
{
	if (m->has_held && m->join(m->held, record, m->arg))
		return;
	pmap_merge_flush(m);
	memcpy(m->held, record, m->size);
	m->has_held = true;
}

#endif
