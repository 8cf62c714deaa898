/*
 * The writable half: arbitrary sequences of pml_map(), pml_unmap(),
 * pml_protect(), pml_add_tables(), pml_free_tables() and pml_release(), with
 * arbitrary arguments, entries of others in between, and memory that runs out.
 *
 * A call that is refused must have changed nothing; no table may be lost or
 * freed twice; every store must say what its bits say (world.h).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "format.h"
#include "world.h"

static void raced(struct world *w, uint64_t va, int level, unsigned marks)
{
	(void)w;
	(void)va;
	(void)level;
	(void)marks;
}

/* An entry that nobody checked, where there is no table. */
static void poke(struct world *w, uint64_t va, uint64_t raw)
{
	struct verdict v = oracle_walk(&w->g, &w->space, va);
	unsigned char *slot;

	if (v.kind == PML_NONCANONICAL || v.kind == PML_UNREADABLE)
		return;
	/* Seen through the root's own entry, a table's entry is another's. */
	if (w->level[world_table(w, v.slot_pa)] != v.level)
		return;
	if (w->fmt.entry_size == 4)
		raw = (uint32_t)raw;
	if (oracle_kind(&w->g, v.level, raw) == PML_TABLE &&
	    oracle_table_pa(&w->g, raw) != w->root)
		return;
	slot = w->memory + world_offset(w, v.slot_pa);
	memcpy(slot, &raw, w->fmt.entry_size);
}

/* Whole pages of the address space, most of the time. */
static uint64_t take_va(struct world *w, struct input *in)
{
	uint64_t va = take(in, 3);
	int top = 64 - w->fmt.va_bits;

	if (va >> 23)
		va ^= take(in, 8);
	else
		va <<= w->g.shift[1];
	if (w->fmt.upper && !(va >> w->fmt.va_bits))
		va |= pml_bottom(&w->fmt);
	if (w->fmt.sign_extended && !(va >> w->fmt.va_bits))
		va = (uint64_t)((int64_t)(va << top) >> top);
	return va;
}

static void take_attr(struct input *in, struct pml_attr *attr)
{
	uint64_t bits = take(in, 4);

	*attr = (struct pml_attr){
		.rights = bits & 31, .memtype = bits >> 5 & 15,
		.max_level = bits >> 9 & 7, .global = bits >> 12 & 1,
		.accessed = bits >> 13 & 1, .dirty = bits >> 14 & 1,
		.pkey = bits >> 15 & 31,
		.soft = bits >> 31 ? take(in, 8) : bits >> 11 & 0xe00,
	};
	if (!(bits >> 30 & 1))
		attr->rights |= PML_R;
}

static int step(struct world *w, struct input *in, struct pml_pending *pending,
		bool *freed)
{
	unsigned what = take(in, 1), flags = take(in, 1);
	uint64_t page = 1ULL << w->g.shift[1], first = take_va(w, in);
	uint64_t last = first + take(in, 1) * page + page - 1;
	struct pml_attr attr;

	take_attr(in, &attr);
	w->budget = what & 0x80 ? (long)(what >> 5 & 3) : -1;
	w->ed.free_level = (flags >> 4) % 6;
	w->ed.table_rights = what & 16 ? attr.rights : 0;
	switch (what & 7) {
	case 0: case 1:
		return pml_map(&w->ed, first, last, take(in, 5) * page, &attr,
			       flags & 15, pending);
	case 2:
		return pml_unmap(&w->ed, first, last, flags & 15, pending);
	case 3:
		return pml_protect(&w->ed, first, last, attr.rights, flags & 15,
				   pending);
	case 4:
		return pml_add_tables(&w->ed, first, last, flags & 7);
	case 5:
		*freed = true;
		return pml_free_tables(&w->ed, first, last, false);
	case 6:
		poke(w, first, take(in, 8));
		return 0;
	default:
		world_release(w, pending);
		return 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	const struct pml_format *fmt = take_format(&in);
	unsigned variant = take(&in, 1);
	int bits = fmt->levels == 2 ? 3 : fmt->levels == 5 ? 1 : 2, level;
	struct pml_pending pending;
	struct world *w;

	if (fmt == &pml_x86_32_pse)
		return 0;
	w = world_new(fmt, bits, 120, variant & 1);
	w->raced = raced;
	w->racing = variant >> 1 & 3;
	pml_pending_init(&pending);
	while (in.size) {
		uint64_t hash = world_hash(w);
		struct pml_pending before = pending;
		bool freed = false;
		size_t waiting = 0;
		int status = step(w, &in, &pending, &freed);

		if (status)
			MUST(hash == world_hash(w) &&
			     before.flush == pending.flush);
		for (level = 1; level <= PML_MAX_LEVELS; level++)
			waiting += pending.freed.chain[level].count;
		MUST(w->live == waiting + world_count(w, w->g.levels,
						      w->root));
		/* Tables that are freed at once are no longer in use. */
		if (freed)
			w->stale = false;
		MUST(world_flushes(w, &pending));
	}
	pml_release(&w->ed, &pending);
	world_delete(w);
	return 0;
}
