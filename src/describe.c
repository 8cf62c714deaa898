/*
 * Entries and outcomes in words.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "describe.h"

#include <inttypes.h>

#include "status.h"

int pmap_kind_status(enum pml_kind kind)
{
	static const int status[] = {
		[PML_HOLE] = PMAP_STATUS_HOLE,
		[PML_NONPRESENT] = PMAP_STATUS_NONPRESENT,
		[PML_LEAF] = PMAP_STATUS_OK,
		[PML_TABLE] = PMAP_STATUS_OK,
		[PML_RESERVED] = PMAP_STATUS_RESERVED,
		[PML_RECURSIVE] = PMAP_STATUS_OK,
		[PML_UNREADABLE] = PMAP_STATUS_UNREADABLE,
		[PML_NONCANONICAL] = PMAP_STATUS_NONCANONICAL,
	};

	return status[kind];
}

void pmap_add_flags(struct pmap_text *out, const struct pml_format *fmt,
		    int level, uint64_t raw)
{
	bool leaf = pml_is_leaf(&fmt->level[level], raw);
	const struct pml_flag *flag;
	const char *space = "";

	for (flag = fmt->flags; flag->name; flag++) {
		uint8_t levels = leaf ? flag->leaves : flag->tables;

		if (!(levels & PML_LEVEL(level)) || !(raw & flag->mask))
			continue;
		pmap_text_add(out, "%s%s", space, flag->name);
		space = " ";
	}
	if (leaf && fmt->pkey_shift && (raw >> fmt->pkey_shift & 15))
		pmap_text_add(out, "%spkey=%d", space,
			      (int)(raw >> fmt->pkey_shift & 15));
}

void pmap_add_step(struct pmap_text *out, const struct pml_format *fmt,
		   const struct pml_step *step)
{
	pmap_text_add(out, "%s %d at 0x%" PRIx64 " = 0x%" PRIx64,
		      fmt->level[step->level].name, step->index, step->slot_pa,
		      step->raw);
}

static void add_reserved(struct pmap_text *out, const struct pml_space *space,
			 const struct pml_target *end)
{
	uint64_t bits = pml_reserved_bits(space, end->level, end->raw);
	const struct pml_invalid *bad =
		pml_invalid_as(space, end->level, end->raw);

	if (bits)
		pmap_text_add(out, " has reserved bits set (0x%" PRIx64 " of 0x%" PRIx64 ")",
			      bits, end->raw);
	else
		pmap_text_add(out, " is invalid (%s): 0x%" PRIx64,
			      bad ? bad->name : "?", end->raw);
}

void pmap_add_reason(struct pmap_text *out, const struct pml_space *space,
		     const struct pml_target *end)
{
	if (end->kind == PML_NONCANONICAL) {
		pmap_text_puts(out, "the address is not canonical");
		return;
	}
	pmap_text_add(out, "the %s at 0x%" PRIx64,
		      space->fmt->level[end->level].name, end->slot_pa);
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
		pmap_text_puts(out, " cannot be read");
	}
}
