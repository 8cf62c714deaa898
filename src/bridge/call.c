/*
 * One command while it lasts: its memory, its words, its error.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/call.h"

/* A block of the arena; its memory follows it. */
struct block {
	struct block *next;
	max_align_t data[];
};

void *pmap_call_alloc(struct pmap_call *call, size_t size)
{
	struct block *block;

	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	block = calloc(1, sizeof(*block) + size);
	if (!block)
		return NULL;
	block->next = call->arena;
	call->arena = block;
	return block->data;
}

char *pmap_call_strdup(struct pmap_call *call, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = pmap_call_alloc(call, size);

	return copy ? memcpy(copy, text, size) : NULL;
}

struct pmap_call *pmap_call_create(void)
{
	return calloc(1, sizeof(struct pmap_call));
}

void pmap_call_destroy(struct pmap_call *call)
{
	struct block *block, *next;

	if (!call)
		return;
	if (call->free_state)
		call->free_state(call->state);
	for (block = call->arena; block; block = next) {
		next = block->next;
		free(block);
	}
	pmap_text_free(&call->out);
	pmap_text_free(&call->monitor);
	free(call->values);
	free(call->symbols);
	free((void *)call->argv);
	free(call);
}

bool pmap_call_add_word(struct pmap_call *call, const char *word)
{
	char *copy = pmap_call_strdup(call, word);
	const char **argv;

	argv = realloc((void *)call->argv, (call->argc + 2) * sizeof(*argv));
	if (!argv || !copy) {
		if (argv)
			call->argv = argv;
		return false;
	}
	argv[call->argc++] = copy;
	argv[call->argc] = NULL;
	call->argv = argv;
	return true;
}

enum pmap_answer pmap_error(struct pmap_call *call, int status,
			    const char *format, ...)
{
	va_list ap;

	call->status = status;
	pmap_text_free(&call->out);
	pmap_text_puts(&call->out, "pmap: ");
	va_start(ap, format);
	pmap_text_vadd(&call->out, format, ap);
	va_end(ap);
	pmap_text_puts(&call->out, "\n");
	return PMAP_DONE;
}
