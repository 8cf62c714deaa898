/*
 * Results of one command in the words of the next: see chain.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "bridge/chain.h"

#include <string.h>

#define RESULT	"$pmap_"
#define KEPT	"$pmap__was_"

static size_t name_length(const char *name)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

/* Is it one that this command sets? */
static bool is_result(const struct pmap_call *call, const char *name, size_t len)
{
	if (len == strlen("status") && memcmp(name, "status", len) == 0)
		return true;
	for (size_t i = 0; i < call->nresults; i++)
		if (strlen(call->results[i].name) == len &&
		    memcmp(call->results[i].name, name, len) == 0)
			return true;
	return false;
}

/* The next result that EXPR names, behind its RESULT; NULL: none. */
static const char *next_result(const struct pmap_call *call, const char *expr)
{
	while ((expr = strstr(expr, RESULT))) {
		expr += strlen(RESULT);
		if (is_result(call, expr, name_length(expr)))
			return expr;
	}
	return NULL;
}

/* One that is named twice is kept twice, which does no harm. */
void pmap_chain_keep(const struct pmap_call *call, struct pmap_text *script)
{
	for (size_t i = 0; i < call->nvalues; i++) {
		const char *name = call->values[i].expr;

		if (call->values[i].kind != PMAP_USER)
			continue;
		while ((name = next_result(call, name))) {
			int len = name_length(name);

			pmap_text_add(script, "," KEPT "%.*s=" RESULT "%.*s",
				      len, name, len, name);
		}
	}
}

void pmap_chain_rename(const struct pmap_call *call, const char *expr,
		       struct pmap_text *renamed)
{
	const char *name;

	while ((name = next_result(call, expr))) {
		pmap_text_put(renamed, expr, name - strlen(RESULT) - expr);
		pmap_text_puts(renamed, KEPT);
		expr = name;
	}
	pmap_text_puts(renamed, expr);
}
