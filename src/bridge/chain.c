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

/* The one of this name that this command sets; NULL: it sets none. */
static const struct pmap_result *find_result(const struct pmap_call *call,
					     const char *name, size_t len)
{
	static const struct pmap_result status = { .name = "status" };

	if (len == strlen(status.name) && memcmp(name, status.name, len) == 0)
		return &status;
	for (size_t i = 0; i < call->nresults; i++)
		if (strlen(call->results[i].name) == len &&
		    memcmp(call->results[i].name, name, len) == 0)
			return &call->results[i];
	return NULL;
}

/* The next result that EXPR names, behind its RESULT; NULL: none. */
static const char *next_result(const struct pmap_call *call, const char *expr)
{
	while ((expr = strstr(expr, RESULT))) {
		expr += strlen(RESULT);
		if (find_result(call, expr, name_length(expr)))
			return expr;
	}
	return NULL;
}

/* A pointer has no bits to GDB; in the words of a command an address has. */
static void keep(const struct pmap_result *result, struct pmap_text *script)
{
	pmap_text_add(script, "," KEPT "%s=", result->name);
	if (result->is_address)
		pmap_text_add(script, "$_isvoid(" RESULT "%s)?" RESULT
			      "%s:(unsigned long long)", result->name,
			      result->name);
	pmap_text_add(script, RESULT "%s", result->name);
}

/* One that is named twice is kept twice, which does no harm. */
void pmap_chain_keep(const struct pmap_call *call, struct pmap_text *script)
{
	for (size_t i = 0; i < call->nvalues; i++) {
		const char *name = call->values[i].expr;

		if (call->values[i].kind != PMAP_USER)
			continue;
		while ((name = next_result(call, name)))
			keep(find_result(call, name, name_length(name)), script);
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
