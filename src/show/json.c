/*
 * Runs as JSON, one object a line.
 *
 * Addresses are strings, so that no reader rounds them.  Fields that differ
 * inside a run, or that the format does not have, are left out; what is no
 * leaf has a "kind" and no "pa".  A "repeat" has "of", the address that the
 * first of it repeats, and "every", the bytes after which it does so again.
 *
 * A dump has a million of these: no format strings, one look for room a line.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/put.h"
#include "show/render.h"

#define LINE_MAX_BYTES	512

static char *put_hex_field(char *at, const char *key, uint64_t value)
{
	at = pmap_put(at, key);
	at = pmap_put_hex(at, value);
	*at++ = '"';
	return at;
}

static char *put_number(char *at, const char *key, uint64_t value)
{
	return pmap_put_dec(pmap_put(at, key), value);
}

static char *put_bool(char *at, const char *key, bool value)
{
	return pmap_put(pmap_put(at, key), value ? "true" : "false");
}

static char *put_leaf(char *at, const struct pmap_run *run)
{
	char rights[5];

	if (!(run->differs & PMAP_DIFFERS_PA))
		at = put_hex_field(at, ",\"pa\":\"", run->pa);
	at = put_number(at, ",\"page\":", run->page);
	at = put_number(at, ",\"pages\":",
			(run->last >> 12) - (run->va >> 12) + 1);
	at = pmap_put(at, ",\"rights\":\"");
	at = pmap_put(at, pmap_rights_name(run->rights, rights));
	*at++ = '"';
	if (!(run->differs & PMAP_DIFFERS_LEVEL))
		at = put_number(at, ",\"level\":", run->level);
	if (run->mt) {
		at = pmap_put(at, ",\"mt\":\"");
		at = pmap_put(at, run->mt);
		*at++ = '"';
	}
	at = put_bool(at, ",\"global\":", run->global);
	if (!(run->differs & PMAP_DIFFERS_ACCESSED))
		at = put_bool(at, ",\"accessed\":", run->accessed);
	if (!(run->differs & PMAP_DIFFERS_DIRTY))
		at = put_bool(at, ",\"dirty\":", run->dirty);
	if (run->pkey >= 0 && !(run->differs & PMAP_DIFFERS_PKEY))
		at = put_number(at, ",\"pkey\":", run->pkey);
	return at;
}

static char *put_other(char *at, const struct pmap_run *run)
{
	at = pmap_put(at, ",\"kind\":\"");
	at = pmap_put(at, pmap_kind_name(run->kind));
	*at++ = '"';
	if (run->kind == PMAP_RUN_REPEAT) {
		at = put_hex_field(at, ",\"of\":\"", run->pa);
		at = put_number(at, ",\"every\":", run->page);
	}
	if (run->cause) {
		at = pmap_put(at, ",\"cause\":\"");
		at = pmap_put(at, run->cause);
		*at++ = '"';
	}
	if (run->level && !(run->differs & PMAP_DIFFERS_LEVEL))
		at = put_number(at, ",\"level\":", run->level);
	return at;
}

static void json_run(struct pmap_text *out, const struct pmap_run *run)
{
	char *start = pmap_text_room(out, LINE_MAX_BYTES), *at = start;

	if (!start)
		return;
	at = put_hex_field(at, "{\"va\":\"", run->va);
	at = put_hex_field(at, ",\"last\":\"", run->last);
	at = run->kind == PML_LEAF ? put_leaf(at, run) : put_other(at, run);
	if (run->where) {
		at = pmap_put(at, ",\"where\":\"");
		at = pmap_put(at, run->where);
		*at++ = '"';
	}
	if (run->has_gpa && !(run->differs & PMAP_DIFFERS_GPA))
		at = put_hex_field(at, ",\"gpa\":\"", run->gpa);
	if (run->level && !(run->differs & PMAP_DIFFERS_RAW))
		at = put_hex_field(at, ",\"raw\":\"", run->raw);
	*at++ = '}';
	*at++ = '\n';
	pmap_text_used(out, at - start);
}

const struct pmap_renderer pmap_render_json = { .run = json_run };
