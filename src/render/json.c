/*
 * Runs as JSON, one object a line.
 *
 * Addresses are strings, so that no reader rounds them.  Fields that differ
 * inside a run, or that the format does not have, are left out; what is no
 * leaf has a "kind" and no "pa".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "render/render.h"

static void add_hex(struct pmap_text *out, const char *key, uint64_t value)
{
	pmap_text_puts(out, key);
	pmap_text_hex(out, value);
	pmap_text_puts(out, "\"");
}

static void add_number(struct pmap_text *out, const char *key, uint64_t value)
{
	pmap_text_add(out, "%s%llu", key, (unsigned long long)value);
}

static void add_bool(struct pmap_text *out, const char *key, bool value)
{
	pmap_text_puts(out, key);
	pmap_text_puts(out, value ? "true" : "false");
}

static void add_leaf(struct pmap_text *out, const struct pmap_run *run)
{
	char rights[5];

	if (!(run->differs & PMAP_DIFFERS_PA))
		add_hex(out, ",\"pa\":\"", run->pa);
	add_number(out, ",\"page\":", run->page);
	add_number(out, ",\"pages\":", (run->last >> 12) - (run->va >> 12) + 1);
	pmap_text_puts(out, ",\"rights\":\"");
	pmap_text_puts(out, pmap_rights_name(run->rights, rights));
	pmap_text_puts(out, "\"");
	if (!(run->differs & PMAP_DIFFERS_LEVEL))
		add_number(out, ",\"level\":", run->level);
	if (run->mt) {
		pmap_text_puts(out, ",\"mt\":\"");
		pmap_text_puts(out, run->mt);
		pmap_text_puts(out, "\"");
	}
	add_bool(out, ",\"global\":", run->global);
	if (!(run->differs & PMAP_DIFFERS_ACCESSED))
		add_bool(out, ",\"accessed\":", run->accessed);
	if (!(run->differs & PMAP_DIFFERS_DIRTY))
		add_bool(out, ",\"dirty\":", run->dirty);
	if (run->pkey >= 0 && !(run->differs & PMAP_DIFFERS_PKEY))
		add_number(out, ",\"pkey\":", run->pkey);
}

static void json_run(struct pmap_text *out, const struct pmap_run *run)
{
	add_hex(out, "{\"va\":\"", run->va);
	add_hex(out, ",\"last\":\"", run->last);
	if (run->kind == PML_LEAF) {
		add_leaf(out, run);
	} else {
		pmap_text_puts(out, ",\"kind\":\"");
		pmap_text_puts(out, pmap_kind_name(run->kind));
		pmap_text_puts(out, "\"");
		if (run->level && !(run->differs & PMAP_DIFFERS_LEVEL))
			add_number(out, ",\"level\":", run->level);
	}
	if (run->level && !(run->differs & PMAP_DIFFERS_RAW))
		add_hex(out, ",\"raw\":\"", run->raw);
	pmap_text_puts(out, "}\n");
}

const struct pmap_renderer pmap_render_json = { .run = json_run };
