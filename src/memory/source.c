/*
 * What every source of physical memory says in the same way.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum pmap_open pmap_source_decline(struct pmap_source *source,
				   const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(source->why, sizeof(source->why), format, args);
	va_end(args);
	return PMAP_OPEN_DECLINED;
}

enum pmap_place pmap_source_place(const struct pmap_source *source, uint64_t pa,
				  uint64_t *last_ret)
{
	uint64_t seen, end;
	enum pmap_place place;

	*last_ret = UINT64_MAX;
	if (!source || !source->ops->place)
		return PMAP_PLACE_UNKNOWN;
	seen = pa & ~source->clears;
	place = source->ops->place(source, seen, last_ret);
	/* No farther than such a bit stays as it is; the caller looks again there. */
	end = pa | ((source->clears & -source->clears) - 1);
	if (*last_ret - seen > end - pa)
		*last_ret = end;
	else
		*last_ret += pa - seen;
	return place;
}

struct pmap_source_piece *pmap_source_args_add(struct pmap_source_args *args)
{
	struct pmap_source_piece *grown;

	if (args->count == PMAP_PIECES_MAX)
		return NULL;
	grown = realloc(args->piece, (args->count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	args->piece = grown;
	grown += args->count++;
	*grown = (struct pmap_source_piece){ 0 };
	return grown;
}

void pmap_source_args_free(struct pmap_source_args *args)
{
	for (size_t i = 0; i < args->count; i++) {
		free(args->piece[i].file);
		for (size_t j = 0; j < 3; j++)
			free(args->piece[i].expr[j].text);
	}
	free(args->piece);
	free(args->machine);
	free(args->map);
	*args = (struct pmap_source_args){ 0 };
}

void pmap_source_args_exprs(struct pmap_source_args *args,
			    void (*each)(struct pmap_expr *expr, void *arg),
			    void *arg)
{
	for (size_t i = 0; i < args->count; i++)
		for (size_t j = 0; j < 3; j++)
			if (args->piece[i].expr[j].text &&
			    !args->piece[i].expr[j].known)
				each(&args->piece[i].expr[j], arg);
}
