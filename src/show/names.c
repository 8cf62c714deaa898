/*
 * Names of virtual addresses.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/names.h"

#include <string.h>
#include <unistd.h>

#include "base/put.h"
#include "bridge/bridge.h"
#include "show/symbols.h"

#define NAMES_WIDTH	100	/* columns, from which on a screen has room for names */

static struct pmap_name names[PMAP_NAMES_MAX];	/* by `first', then `last' */
static size_t count;

const char *pmap_names_refuse(const char *text)
{
	size_t len = strlen(text);

	if (!len)
		return "a name is not empty";
	if (len >= PMAP_NAME_SIZE)
		return "a name has at most 31 bytes";
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 127)
			return "a name has no control characters";
	return NULL;
}

static void drop(size_t i)
{
	memmove(&names[i], &names[i + 1], (--count - i) * sizeof(names[0]));
}

bool pmap_names_set(uint64_t first, uint64_t last, const char *text)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (names[i].first == first && names[i].last == last) {
			drop(i);
			break;
		}
	if (count == PMAP_NAMES_MAX)
		return false;
	for (i = count; i > 0 && (names[i - 1].first > first ||
				  (names[i - 1].first == first &&
				   names[i - 1].last > last)); i--)
		names[i] = names[i - 1];
	names[i].first = first;
	names[i].last = last;
	memcpy(names[i].text, text, strlen(text) + 1);
	count++;
	return true;
}

unsigned pmap_names_forget(uint64_t first, uint64_t last)
{
	unsigned gone = 0;

	for (size_t i = count; i-- > 0;)
		if (names[i].first >= first && names[i].last <= last) {
			drop(i);
			gone++;
		}
	return gone;
}

const struct pmap_name *pmap_names(size_t *count_ret)
{
	*count_ret = count;
	return names;
}

const struct pmap_name *pmap_names_find(uint64_t va)
{
	const struct pmap_name *found = NULL;

	for (size_t i = 0; i < count && names[i].first <= va; i++)
		if (va <= names[i].last &&
		    (!found || names[i].last - names[i].first <
			       found->last - found->first))
			found = &names[i];
	return found;
}

bool pmap_names_shown(const struct pmap_query *q)
{
	const struct pmap_options *opt = &q->opt;
	bool room = !q->call->width || q->call->width >= NAMES_WIDTH;

	return !opt->no_names &&
	       (opt->names || (room && !opt->json && !opt->csv && !opt->output &&
			       isatty(STDOUT_FILENO) && isatty(STDERR_FILENO)));
}

/* --- Regions --------------------------------------------------------------- */

/* The space that the regions are of, and the stop at which they were found. */
struct place {
	uint64_t epoch, lower, upper, outer;
	bool nested;
	const char *format;	/* by its name: the format may be a copy that goes away */
};

static struct {
	struct place place;
	struct pmap_area area[PMAP_AREAS_MAX];
	unsigned count;		/* 0: none are known */
} kept;

static struct place place_of(const struct pmap_query *q)
{
	const struct pml_format *fmt = pmap_target_format(&q->target);

	return (struct place){
		.epoch = pmap_bridge_epoch(),
		.lower = pmap_target_space(&q->target, 0)->root,
		.upper = pmap_target_space(&q->target, ~0ULL)->root,
		.format = fmt ? fmt->name : NULL,
		.outer = q->target.nested ? q->target.outer.root : 0,
		.nested = q->target.nested,
	};
}

void pmap_names_keep_areas(const struct pmap_query *q,
			   const struct pmap_layout *layout)
{
	kept.place = place_of(q);
	kept.count = layout->count;
	memcpy(kept.area, layout->area, layout->count * sizeof(kept.area[0]));
}

bool pmap_names_has_areas(const struct pmap_query *q)
{
	struct place now = place_of(q);

	return kept.count && kept.place.epoch == now.epoch &&
	       kept.place.lower == now.lower && kept.place.upper == now.upper &&
	       kept.place.nested == now.nested && kept.place.outer == now.outer &&
	       now.format && strcmp(kept.place.format, now.format) == 0;
}

const char *pmap_names_of(const struct pmap_query *q, uint64_t va,
			  char to[PMAP_NAMED_SIZE])
{
	const struct pmap_name *name = pmap_names_find(va);
	char *at;

	if (name && va == name->first)
		return name->text;
	if (name) {
		at = pmap_put_hex(pmap_put(pmap_put(to, name->text), "+"),
				  va - name->first);
		*at = '\0';
		return to;
	}
	if (!q || !kept.count || !pmap_names_has_areas(q))
		return NULL;
	for (unsigned i = 0; i < kept.count; i++)
		/* That an address is user mode's, its rights say. */
		if (kept.area[i].kernel && va >= kept.area[i].first &&
		    va <= kept.area[i].last)
			return kept.area[i].name;
	return NULL;
}

void pmap_names_add(struct pmap_query *q, uint64_t va)
{
	char text[PMAP_NAMED_SIZE];
	const char *name = q->opt.no_names ? NULL : pmap_names_of(q, va, text);

	if (name)
		pmap_text_add(q->out, "  %s", name);
	pmap_symbols_add(q, va, PMAP_SHAPE_TEXT);
}

void pmap_names_add_json(struct pmap_query *q, uint64_t va)
{
	char text[PMAP_NAMED_SIZE];
	const char *name = q->opt.no_names ? NULL : pmap_names_of(q, va, text);

	if (name) {
		pmap_text_puts(q->out, ",\"name\":");
		pmap_json_add(q->out, name);
	}
	pmap_symbols_add(q, va, PMAP_SHAPE_JSON);
}
