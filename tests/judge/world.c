/*
 * What the worlds of all architectures have in common: memory, tables to choose
 * from, and counts of what was judged.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "judge.h"

#include <stdio.h>

void *judge_memory(const struct judge_world *w, uint64_t pa)
{
	return w->ram + (pa - JUDGE_RAM);
}

const void *judge_at(void *ctx, uint64_t pa, size_t size)
{
	const struct judge_world *w = ctx;

	if (pa < w->begin || pa + size > w->next)
		return NULL;
	return judge_memory(w, pa);
}

uint64_t judge_take(struct judge_world *w, uint64_t size)
{
	uint64_t pa = (w->next + size - 1) & -size;

	if (pa + size > w->end)
		return 0;
	w->next = pa + size;
	return pa;
}

unsigned judge_pick_index(struct random *r, unsigned bits)
{
	unsigned count = 1u << bits;

	if (random_percent(r, 30))
		return random_percent(r, 50) ? 0 : count - 1;
	return (unsigned)random_below(r, count);
}

uint64_t judge_pick_table(const struct judge_stage *s, struct random *r,
			  int level)
{
	int i, n = 0;

	if (random_percent(r, 3))
		return s->table[random_below(r, (uint64_t)s->tables)];
	for (i = 0; i < s->tables; i++)
		n += s->level[i] == level;
	n = (int)random_below(r, (uint64_t)n);
	for (i = 0; i < s->tables; i++)
		if (s->level[i] == level && !n--)
			return s->table[i];
	return 0;
}

void judge_print_met(const char *where, const char *const *reasons,
		     const unsigned long *met, size_t count, size_t step)
{
	printf("# %s:", where);
	for (size_t i = 0; i < count; i++)
		if (met[i * step])
			printf(" %s %lu", reasons[i], met[i * step]);
	printf("\n");
}

void judge_print_masks(const char *const *names, const unsigned long *used,
		       size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (used[i])
			printf("# masked as the emulator's: %s, %lu times\n",
			       names[i], used[i]);
}
