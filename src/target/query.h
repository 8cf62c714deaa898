/*
 * One question of the user's, from its words to its answer: what walkers see.
 *
 * command/rounds.c makes it, in as many rounds with GDB as that takes; when a walker
 * runs, everything is there: the options, the space to walk, the memory.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_QUERY_H
#define PMAP_QUERY_H

#include "base/status.h"
#include "base/text.h"
#include "bridge/bridge.h"
#include "target/options.h"
#include "target/target.h"

struct pmap_cache;
struct pmap_choice;
struct pmap_command;
struct pmap_source;

struct pmap_query {
	const struct pmap_command *command;
	struct pmap_call *call;		/* for results and services of the bridge */
	struct pmap_options opt;
	struct pmap_target target;
	struct pmap_cache *cache;	/* the space's memory */
	struct pmap_source *source;	/* below the cache; NULL: physical memory is out of reach */
	/* Of the architecture's root_exprs, or its layout_exprs. */
	const struct pmap_value *symbols;
	bool guessed_os;
	const char *linux_signs;	/* see pmap_kept_is_linux() */
	const struct pmap_value *tasks;	/* of pmap_task_exprs; NULL: not asked for */
	/* Of the architecture's code_expr; NULL: not asked for. */
	const struct pmap_value *code_style;
	const char *monitor;		/* what the command's monitor command said; NULL: nothing */
	/*
	 * CPUs whose registers of PMAP_REGS_TRANSLATE were asked for: those of CPU n
	 * are call->values from first_cpu + n * as many as there are.
	 */
	unsigned cpus;
	size_t first_cpu;
	uint64_t root_va;	/* --root was this virtual address; 0: it was none */
	unsigned context;	/* options that are of `pmap use': see context.h */
	bool no_notes;		/* the answer says of context and root what there is to say */
	uint64_t first, last;		/* the operands, see pmap_query_range() */
	struct pmap_choice *choice;	/* of `pmap source', then the one before */
	bool chooses;
	struct pmap_text *out;		/* the answer: the call's, or a file's */
	int stage;			/* rounds.c's own */
	/* Of a walker that needs rounds: what it asks for, and its own between them. */
	enum pmap_answer asks;
	void *own;
	char no_space[256];	/* why there is nothing to walk; empty: there is */
	char why[2048];		/* the error that ends it, see pmap_fail() */
};

/* A walker: answers into q->out and $pmap_*; returns $pmap_status. */
typedef int pmap_walker(struct pmap_query *q);

/* End with one line of error; `return pmap_fail(q, PMAP_STATUS_..., ...)`. */
__attribute__((format(printf, 3, 4)))
int pmap_fail(struct pmap_query *q, int status, const char *format, ...);

/* An address as GDB gives it: extended, in 32-bit paging, by its sign. */
uint64_t pmap_query_va(const struct pmap_query *q, uint64_t value);

/* The operands as first..last; 0, or the status of pmap_fail(). */
int pmap_query_range(struct pmap_query *q);

/*
 * Of opt.lines the operands of one, with what it says besides, in the place of the
 * command's; once more, and they are back.
 */
void pmap_query_swap(struct pmap_query *q, struct pmap_options *line);

/* The error of a range that ends before it starts. */
int pmap_query_inverted(struct pmap_query *q, uint64_t start, uint64_t end);

/* How many bytes the operands are, 1 for START alone; 0, or as above. */
int pmap_query_length(struct pmap_query *q, uint64_t *length);

/* 0 if the range is in one half of the address space, or the status of pmap_fail(). */
int pmap_query_one_half(struct pmap_query *q);

/*
 * The operands as first..last of one half, all of it addresses, with the target's
 * space that half's; 0, or the status of pmap_fail().
 */
int pmap_query_area(struct pmap_query *q);

/*
 * The same, of one half or both: to be walked by pmap_target_piece(), each half of
 * which has tables.
 */
int pmap_query_areas(struct pmap_query *q);

/* 0 if `va` is an address of the format, else the status of pmap_fail(). */
int pmap_query_canonical(struct pmap_query *q, uint64_t va);

#endif
