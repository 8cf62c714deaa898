/*
 * Outcomes in words.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/words.h"

#include <inttypes.h>

#include "memory/cache.h"

/* What is wrong with the reserved bits of an entry. */
static void add_reserved_bits(struct pmap_text *out,
			      const struct pml_space *space, int level,
			      uint64_t raw, uint64_t bits)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[level];
	bool leaf = pml_is_leaf(lv, raw);
	uint64_t high = (leaf ? lv->leaf_pa : lv->table_pa) & space->rsvd;

	if (bits & fmt->nx & space->rsvd) {
		pmap_text_puts(out, "NX set, but EFER.NXE=0");
	} else if (bits & high) {
		pmap_text_add(out, "bit %d is above MAXPHYADDR %d",
			      63 - __builtin_clzll(bits & high),
			      __builtin_ctzll(high));
	} else if (pml_high_bits(space, level, raw)) {
		pmap_text_add(out, "the address is above the processor's %d bits",
			      __builtin_ctzll(space->pa_rsvd));
	} else if (leaf && space->no_leaf & PML_LEVEL(level)) {
		pmap_text_puts(out, "a ");
		pmap_text_size(out, 1ULL << lv->shift);
		pmap_text_puts(out, " page, which this processor does not have");
	} else if (leaf && level > 1 && !(bits >> lv->shift)) {
		pmap_text_puts(out, "a ");
		pmap_text_size(out, 1ULL << lv->shift);
		pmap_text_puts(out, " page that is not ");
		pmap_text_size(out, 1ULL << lv->shift);
		pmap_text_puts(out, "-aligned");
	} else {
		pmap_text_add(out, "bit %d must be 0 here", __builtin_ctzll(bits));
	}
}

static void add_reserved(struct pmap_text *out, const struct pml_space *space,
			 const struct pml_target *end)
{
	uint64_t bits = pml_reserved_bits(space, end->level, end->raw);
	const struct pml_invalid *bad =
		pml_invalid_as(space, end->level, end->raw);

	if (bits) {
		pmap_text_add(out, " has reserved bits set (0x%" PRIx64 " of 0x%" PRIx64 "): ",
			      bits, end->raw);
		add_reserved_bits(out, space, end->level, end->raw, bits);
	} else
		pmap_text_add(out, " is invalid (%s): 0x%" PRIx64,
			      bad ? bad->name : "?", end->raw);
}

/* The read that ended the walk was the last. */
static void add_unreadable(struct pmap_text *out, const struct pml_space *space)
{
	pmap_text_puts(out, " cannot be read");
	if (space->at == pmap_cache_at)
		pmap_text_add(out, ": %s",
			      pmap_read_reason(pmap_cache_status(space->ctx)));
}

void pmap_add_reason(struct pmap_text *out, const struct pml_space *space,
		     const struct pml_target *end)
{
	pmap_add_reason_at(out, space, end, "");
	/* PAE's top entries. */
	if (end->level && space->fmt->level[end->level].in_registers)
		pmap_text_puts(out, "; the CPU uses the PDPTEs it cached when CR3 was loaded");
}

void pmap_add_reason_at(struct pmap_text *out, const struct pml_space *space,
			const struct pml_target *end, const char *what)
{
	if (end->kind == PML_NONCANONICAL) {
		pmap_text_puts(out, "the address is not canonical");
		return;
	}
	pmap_text_add(out, "the %s at %s0x%" PRIx64,
		      space->fmt->level[end->level].name, what, end->slot_pa);
	switch (end->kind) {
	case PML_HOLE:
		pmap_text_puts(out, " is empty: nothing is mapped in its ");
		pmap_text_size(out, 1ULL << end->shift);
		break;
	case PML_NONPRESENT:
		pmap_text_add(out, " is not present: 0x%" PRIx64, end->raw);
		break;
	case PML_RESERVED:
		add_reserved(out, space, end);
		break;
	default:
		add_unreadable(out, space);
	}
}

const char *pmap_bit_name(const struct pml_format *fmt, int level, uint64_t raw,
			  uint64_t bit)
{
	bool leaf = pml_is_leaf(&fmt->level[level], raw);

	for (const struct pml_flag *f = fmt->flags; f->name; f++)
		if (f->mask == bit &&
		    (leaf ? f->leaves : f->tables) & PML_LEVEL(level))
			return f->name;
	return "bit";
}
