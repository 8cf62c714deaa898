/*
 * Tables that the core makes itself: map.h and unmap.h, in the machine's memory.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/map.h>

#include "judge.h"

static bool made_alloc(void *ctx, int level, uint64_t *pa_ret)
{
	struct judge_world *w = ctx;

	(void)level;
	*pa_ret = judge_take(w, 4096);
	return *pa_ret;
}

/* None is used again. */
static void made_free(void *ctx, int level, uint64_t pa)
{
	(void)ctx;
	(void)level;
	(void)pa;
}

static uint64_t made_store(void *ctx, const struct pml_change *change)
{
	const struct judge_world *w = ctx;

	return pml_store_entry(w->s1.fmt, change);
}

static struct pml_attr made_attr(struct random *r)
{
	static const uint8_t rights[] = {
		PML_R, PML_R | PML_W, PML_X, PML_R | PML_X,
		PML_R | PML_W | PML_X, 0
	};
	struct pml_attr attr = {
		.rights = rights[random_below(r, 6)],
		.accessed = random_percent(r, 90), .dirty = random_percent(r, 90),
		.global = random_percent(r, 20), .soft = random_below(r, 4) << 8,
	};

	if (attr.rights && random_percent(r, 50))
		attr.rights |= PML_U;
	attr.max_level = random_percent(r, 50) ? 0 : 1;
	return attr;
}

/* A region of 4 MiB, in which map.h maps, protects and unmaps at random. */
bool judge_make_by_core(struct judge_world *w, struct random *r)
{
	static const struct pml_ops ops = {
		.alloc = made_alloc, .free = made_free, .store = made_store
	};
	struct pml_space space = { .fmt = w->s1.fmt, .at = judge_at, .ctx = w };
	struct pml_editor ed = { .space = &space, .ops = &ops, .ctx = w,
				 .free_level = w->s1.fmt->levels - 1 };
	struct pml_pending pending;
	uint64_t base = random_below(r, 1024) << 22;

	if (random_percent(r, 50))
		base |= ~0ULL << (w->s1.fmt->va_bits - 1);
	w->s1.root = judge_take(w, 4096);
	space.root = w->s1.root >> 12;
	pml_pending_init(&pending);
	for (int n = 0; n < 24; n++) {
		uint64_t first = random_below(r, 1024) << 12;
		uint64_t last = first + (random_below(r, 600) << 12) + 0xfff;
		uint64_t pa = JUDGE_SCRATCH + (first & (JUDGE_SCRATCH_SIZE - 1));
		struct pml_attr attr = made_attr(r);

		last = last > 0x3fffff ? 0x3fffff : last;
		if (random_percent(r, 60))
			pml_map(&ed, base + first, base + last, pa, &attr,
				PML_REPLACE, &pending);
		else if (random_percent(r, 60))
			pml_protect(&ed, base + first, base + last, attr.rights,
				    PML_OWN_NONPRESENT, &pending);
		else
			pml_unmap(&ed, base + first, base + last,
				  PML_OWN_NONPRESENT, &pending);
	}
	pml_release(&ed, &pending);
	return true;
}
