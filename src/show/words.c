/*
 * Entries and outcomes in words.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/words.h"

#include <inttypes.h>

#include "memory/cache.h"
#include "show/run.h"

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

void pmap_add_step_line(struct pmap_text *out, const struct pml_space *space,
			const struct pml_step *step)
{
	const struct pml_format *fmt = space->fmt;

	pmap_text_add(out, "%-6s %3d  at %016" PRIx64,
		      fmt->level[step->level].name, step->index, step->slot_pa);
	if (step->kind == PML_UNREADABLE) {
		pmap_text_puts(out, "  cannot be read\n");
		return;
	}
	pmap_text_add(out, "  = %016" PRIx64 "  ", step->raw);
	if (step->kind == PML_TABLE)
		pmap_text_add(out, "table %" PRIx64 "  ",
			      pml_table_pa(space, step->level, step->raw));
	else if (step->kind == PML_LEAF)
		pmap_text_add(out, "page %" PRIx64 "  ",
			      pml_leaf_pa(space, step->level, step->raw));
	else
		pmap_text_add(out, "%s  ", pmap_kind_name(step->kind));
	if (step->kind != PML_HOLE && step->kind != PML_NONPRESENT)
		pmap_add_flags(out, fmt, step->level, step->raw);
	pmap_text_puts(out, "\n");
}

void pmap_add_step_json(struct pmap_text *out, const struct pml_space *space,
			const struct pml_step *step, const char *fields)
{
	char rights[5];

	pmap_text_add(out, "{%s\"level\":%d,\"entry\":\"%s\",\"table\":\"0x%" PRIx64
		      "\",\"index\":%d,\"slot\":\"0x%" PRIx64 "\"", fields,
		      step->level, space->fmt->level[step->level].name,
		      step->table_pa, step->index, step->slot_pa);
	if (step->kind != PML_UNREADABLE)
		pmap_text_add(out, ",\"raw\":\"0x%" PRIx64 "\"", step->raw);
	pmap_text_add(out, ",\"kind\":\"%s\"", pmap_kind_name(step->kind));
	if (step->kind == PML_TABLE || step->kind == PML_LEAF) {
		pmap_text_puts(out, ",\"flags\":\"");
		pmap_add_flags(out, space->fmt, step->level, step->raw);
		pmap_text_add(out, "\",\"rights\":\"%s\"",
			      pmap_rights_name(step->rights, rights));
	}
	pmap_text_puts(out, "}\n");
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
		pmap_text_puts(out, "; a processor goes by what was there when CR3 was loaded");
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
