/*
 * What GDB's symbol files call the addresses of an answer.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/symbols.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/names.h"
#include "target/arch.h"

/* GDB's symbols are of virtual addresses. */
static bool is_virtual(const struct pmap_query *q)
{
	const struct pmap_target *target = &q->target;
	const struct pml_format *fmt = pmap_target_format(target);

	return !q->opt.physical && !target->guest_off && fmt &&
	       (target->nested || target->arch->is_own(fmt));
}

bool pmap_symbols_wanted(const struct pmap_query *q)
{
	return pmap_names_shown(q) && is_virtual(q);
}

/* False: there is no more room, and no name. */
static bool place(struct pmap_query *q, uint64_t va, size_t at, enum pmap_shape shape)
{
	struct pmap_symbol *symbol = pmap_want_symbol(q->call, va);

	if (!symbol)
		return false;
	symbol->place = at;
	symbol->form = shape;
	/* A file gets it when it is filled. */
	q->out->held = true;
	return true;
}

void pmap_symbols_add(struct pmap_query *q, uint64_t va, enum pmap_shape shape)
{
	if (pmap_symbols_wanted(q))
		place(q, va, q->out->len, shape);
}

void pmap_symbols_begin(struct pmap_writer *w)
{
	w->symbols = pmap_symbols_wanted(w->q);
}

void pmap_symbols_add_row(struct pmap_writer *w, uint64_t va)
{
	/* Before the end of the line, or of the object. */
	size_t behind = w->shape == PMAP_SHAPE_JSON ? strlen("}\n") : strlen("\n");

	if (!w->symbols || w->out->error ||
	    place(w->q, va, w->out->len - behind, w->shape) ||
	    w->shape != PMAP_SHAPE_CSV)
		return;
	w->out->len -= behind;
	pmap_text_puts(w->out, ",,\n");
}

/* --- Filling --------------------------------------------------------------- */

/* "start_kernel+0x10" */
static void put_name(char *to, size_t size, const struct pmap_symbol *symbol)
{
	if (symbol->offset)
		snprintf(to, size, "%s+0x%" PRIx64, symbol->name, symbol->offset);
	else
		snprintf(to, size, "%s", symbol->name);
}

static void add_json(struct pmap_text *out, const char *key, const char *word)
{
	pmap_text_add(out, ",\"%s\":", key);
	pmap_json_add(out, word);
}

static void add_symbol(struct pmap_text *out, const struct pmap_symbol *symbol)
{
	char name[1024] = "";
	const char *section = symbol->section ? symbol->section : "";

	if (symbol->name)
		put_name(name, sizeof(name), symbol);
	if (symbol->form == PMAP_SHAPE_CSV) {
		pmap_text_puts(out, ",");
		pmap_csv_add(out, name);
		pmap_text_puts(out, ",");
		pmap_csv_add(out, section);
	} else if (!symbol->name) {
		return;
	} else if (symbol->form == PMAP_SHAPE_NONE) {
		pmap_text_add(out, " <%s>", name);
	} else if (symbol->form == PMAP_SHAPE_JSON) {
		add_json(out, "symbol", name);
		add_json(out, "section", section);
	} else {
		pmap_text_add(out, "  <%s in %s>", name, section);
	}
}

void pmap_symbols_fill(struct pmap_query *q)
{
	const struct pmap_call *call = q->call;
	struct pmap_text *out = q->out, filled = { 0 };
	size_t from = 0;

	for (size_t i = 0; i < call->nsymbols; i++) {
		const struct pmap_symbol *symbol = &call->symbols[i];

		pmap_text_put(&filled, out->data + from, symbol->place - from);
		add_symbol(&filled, symbol);
		from = symbol->place;
	}
	pmap_text_put(&filled, out->data + from, out->len - from);
	if (filled.error) {
		out->error = filled.error;
		pmap_text_free(&filled);
		return;
	}
	free(out->data);
	out->data = filled.data;
	out->len = filled.len;
	out->size = filled.size;
}
