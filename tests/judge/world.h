/*
 * What the worlds of all architectures have in common: world.c, which is compiled
 * with the judge.h of each.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_JUDGE_WORLD_H
#define TESTS_JUDGE_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include "lib/random.h"

struct judge_stage;
struct judge_world;

/* The machine's memory at `pa`, which is RAM. */
void *judge_memory(const struct judge_world *w, uint64_t pa);

/*
 * The `at` of all spaces: a world's own tables alone, so that none of them is
 * another's to change.
 */
const void *judge_at(void *ctx, uint64_t pa, size_t size);

/* Memory for tables, aligned to its size; 0 if there is no more. */
uint64_t judge_take(struct judge_world *w, uint64_t size);

/* An index of a table of 1 << bits entries: often the first or the last. */
unsigned judge_pick_index(struct random *r, unsigned bits);

/* A table of the level, or sometimes any. */
uint64_t judge_pick_table(const struct judge_stage *s, struct random *r,
			  int level);

/* A line: of each of `count` reasons how often it was met, in met[reason * step]. */
void judge_print_met(const char *where, const char *const *reasons,
		     const unsigned long *met, size_t count, size_t step);

/* A line for each way of the emulator's to differ that was met; the first is none. */
void judge_print_masks(const char *const *names, const unsigned long *used,
		       size_t count);

#endif
