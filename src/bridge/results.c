/*
 * What a command leaves behind: convenience variables of GDB's.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "bridge/call.h"
#include "bridge/script.h"

/* That of this name, made if there is none; NULL: there is no room. */
static struct pmap_result *result_of(struct pmap_call *call, const char *name)
{
	size_t i = 0;

	while (i < call->nresults && strcmp(call->results[i].name, name) != 0)
		i++;
	if (i == PMAP_RESULTS_MAX)
		return NULL;
	if (i == call->nresults)
		call->results[call->nresults++] =
			(struct pmap_result){ .name = name };
	return &call->results[i];
}

/* The last that is said of a name counts. */
static void result_put(struct pmap_call *call, const char *name,
		       const char *literal)
{
	struct pmap_result *result = result_of(call, name);

	if (!result || (literal && !(literal = pmap_call_strdup(call, literal))))
		call->no_memory = true;
	else
		result->literal = literal;
}

void pmap_result_declare(struct pmap_call *call, const char *name,
			 bool is_address)
{
	struct pmap_result *result = result_of(call, name);

	if (!result)
		call->no_memory = true;
	else
		*result = (struct pmap_result){ name, NULL, is_address };
}

void pmap_result_u64(struct pmap_call *call, const char *name, uint64_t value)
{
	const struct pmap_result *result = result_of(call, name);
	struct pmap_text literal = { 0 };

	if (result && result->is_address)
		pmap_script_address(&literal, value);
	else
		pmap_script_number(&literal, value);
	result_put(call, name, literal.data);
	pmap_text_free(&literal);
}

void pmap_result_str(struct pmap_call *call, const char *name, const char *text)
{
	struct pmap_text literal = { 0 };

	pmap_script_quote(&literal, text);
	result_put(call, name, literal.data);
	pmap_text_free(&literal);
}

/* The widest elements that it is a multiple of: fewer of them for GDB to parse. */
static size_t element_size(size_t len)
{
	return len % 8 == 0 ? 8 : len % 4 == 0 ? 4 : 1;
}

/*
 * GDB has no array of unsigned char for a literal, but reinterprets one of anything,
 * which it does not do while it makes it: hence a second assignment.
 */
void pmap_result_bytes(struct pmap_call *call, const char *name,
		       const void *bytes, size_t len)
{
	static const char *const before[] = {
		[1] = "(char)0x", [4] = "0x", [8] = "0x",
	};
	static const char *const behind[] = { [1] = "", [4] = "u", [8] = "ull" };
	size_t size = element_size(len);
	struct pmap_text literal = { 0 };

	for (size_t i = 0; i < len; i += size) {
		uint64_t value = 0;

		memcpy(&value, (const char *)bytes + i, size);
		pmap_text_add(&literal, "%s%s%llx%s", i ? "," : "{",
			      before[size], (unsigned long long)value,
			      behind[size]);
	}
	pmap_text_add(&literal, "},$pmap_%s=(unsigned char[])$pmap_%s", name, name);
	result_put(call, name, literal.data);
	pmap_text_free(&literal);
}

void pmap_result_void(struct pmap_call *call, const char *name)
{
	result_put(call, name, NULL);
}

void pmap_call_put_results(const struct pmap_call *call, bool has_them,
			   struct pmap_text *script)
{
	for (size_t i = 0; i < call->nresults; i++) {
		const char *literal = call->results[i].literal;

		pmap_text_add(script, ",$pmap_%s=%s", call->results[i].name,
			      has_them && literal ? literal : PMAP_SCRIPT_VOID);
	}
}
