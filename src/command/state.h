/*
 * A command between its rounds, for the files that bring it on its way: rounds.c
 * (the stages, in order), values.c (words, registers, spaces), memory.c (the source
 * and the root) and ending.c (the walker, and what is printed).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_COMMAND_STATE_H
#define PMAP_COMMAND_STATE_H

#include "base/output.h"
#include "command/table.h"
#include "memory/session.h"
#include "target/arch.h"
#include "target/query.h"

enum pmap_stage {
	PARSE, PROBES, VALUES, MONITOR, CPUS, VIEW, MEMORY, WALK, AGAIN, SYMBOLS
};

/* A query as it is kept between rounds. */
struct pmap_state {
	struct pmap_query q;
	struct pmap_choice choice;	/* of `pmap source', then the one before */
	size_t first_probe;	/* call->values of the architectures' probes */
	unsigned asked_rest;	/* times that there was more to ask, pmap_ask_rest() */
	size_t first_reg;	/* of registers, */
	enum pmap_regs_group group;	/* of this group */
	size_t first_symbol;	/* of kernels' symbols for root tables */
	size_t first_task;	/* of what tells of tasks, */
	bool asks_tasks;	/* where that was asked for */
	bool asks_code;		/* for the architecture's code_expr, */
	size_t first_code;	/* which is here */
	bool asks_threads;	/* how many threads GDB has, */
	size_t first_threads;	/* which is here */
	size_t first_expr;	/* of the user's expressions */
	bool asked;		/* the user's expressions have been asked for */
	bool asks_monitor;	/* by the architecture's command */
	bool asks_cpus;		/* the registers of each CPU, one a round */
	char view_ask[32];	/* pmap_ask_view()'s question */
	bool opening;		/* memory: not the first round of it */
	uint64_t reads;		/* of the cache, before this command */
	int status;		/* of the walker, while GDB is asked for symbols */
	struct pmap_output output;
};

/* --- rounds.c ------------------------------------------------------------- */

/* Does the command need that?  --all-roots needs all that `pmap roots' does. */
bool pmap_needs(const struct pmap_query *q, enum pmap_need need);
/* Does it need all registers, the monitor's as well?  `pmap roots --tasks' does not. */
bool pmap_needs_processor(const struct pmap_query *q);
/* Makes the command's results void, until its walker sets them. */
void pmap_reset_results(const struct pmap_command *command,
			  struct pmap_call *call);

/* --- values.c ------------------------------------------------------------- */

/* Registers of the architecture that the target has, and what the user typed. */
enum pmap_answer pmap_ask_values(struct pmap_state *s);
enum pmap_answer pmap_ask_probes(struct pmap_state *s);
/* The probes have values: the target may be of another architecture than thought. */
enum pmap_answer pmap_take_probes(struct pmap_state *s);
/* Nothing shows that the target is still what it was. */
bool pmap_is_doubtful(struct pmap_state *s);
/* True: registers are asked for that the first values show to be of use. */
bool pmap_ask_rest(struct pmap_state *s);
/* The values are there: what is to be walked? */
int pmap_take_values(struct pmap_state *s);
/* Registers that only the memory's source knows: those of a core file. */
int pmap_add_registers(struct pmap_state *s);
/* Where there are two halves: the one of the address that is asked for. */
int pmap_select_half(struct pmap_query *q);
/* The command's own question to the monitor. */
bool pmap_ask_monitor(struct pmap_state *s);
/* Kept: the source's questions overwrite it. */
void pmap_take_monitor(struct pmap_state *s);
/* The registers of the next CPU; false: all have been asked for. */
bool pmap_ask_cpu(struct pmap_state *s);
/* The operands, in 32-bit paging, without the sign that GDB extended. */
void pmap_shorten_operands(struct pmap_query *q);

/* --- view.c --------------------------------------------------------------- */

/* Is it still to be asked which memory the processor sees? */
bool pmap_view_is_open(const struct pmap_query *q);
/* Takes the answer, if one was asked for.  False: q->target has it. */
bool pmap_ask_view(struct pmap_state *s);

/* --- memory.c ------------------------------------------------------------- */

/* One round of opening the source of physical memory. */
enum pmap_answer pmap_open_memory(struct pmap_state *s);
/*
 * Can the root be read at all?  Else every answer would be "unreadable".  A
 * guest's root has an answer of its own.
 */
int pmap_check_root(struct pmap_query *q);
/* Does it matter whether the root can be read? */
bool pmap_needs_root(const struct pmap_query *q);

/* --- ending.c ------------------------------------------------------------- */

/*
 * What was found on the way to an error is not a result; but a non-canonical
 * address is itself an answer, so its results are kept.
 */
enum pmap_answer pmap_end_with_error(struct pmap_state *s, int status);
int pmap_run_walker(struct pmap_state *s);
/* The walker has answered, and GDB was asked for the symbols that the answer names. */
int pmap_end_symbols(struct pmap_state *s);
/* The walker has answered, or asks for something. */
enum pmap_answer pmap_end_walk(struct pmap_state *s, int status);

#endif
