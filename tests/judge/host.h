/*
 * What the judge's common part, host.c, asks of each architecture's: worlds of
 * tables and questions about them, a machine to try them on, and a comparison.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_JUDGE_HOST_H
#define TESTS_JUDGE_HOST_H

#include <stdbool.h>
#include <stdint.h>

struct judge_case;
struct judge_question;
struct judge_world;
struct random;

#define JUDGE_ARGS	10	/* of QEMU's, that judge_machine_args() adds at most */

struct judge_machine {
	const char *environment;	/* the variable that may name QEMU */
	const char *qemu;		/* its name otherwise */
	const char *missing;		/* what to say if there is none */
	const char *id;			/* what the list's id[] has, in words */
};

/* machine.c */
extern const struct judge_machine judge_machine;

/* The machine, its processor and the program, for this version of QEMU. */
void judge_machine_args(int version, const char *program, const char **argv);

/* What all worlds have in memory. */
void judge_fill_fixed(uint8_t *ram);

/* A mismatch: the question, what the core said, what the processor did. */
void judge_report(const struct judge_world *w, const struct judge_question *q);

/* gen.c: random tables, from the world's `begin' on; false: try again. */
bool judge_world_make(struct judge_world *w, struct random *r);
/* The registers of one case, and its address. */
void judge_pick_controls(const struct judge_world *w, struct random *r,
			 struct judge_case *c);
void judge_pick_va(struct judge_world *w, struct random *r, struct judge_case *c);
/* The case as the core is asked about it. */
void judge_describe(const struct judge_world *w, struct judge_case *c,
		    struct judge_question *q_ret);
/* Can what the access meets be known, and is it the judge's own to change? */
bool judge_is_fair(const struct judge_world *w, const struct judge_question *q);
/* What the core has to be asked while the tables are as they were made. */
void judge_settle(const struct judge_world *w, struct judge_question *q);

/* host.c: --insns, cases that are instructions, which end the list of `how'. */
extern bool judge_by_insns;
/* insns.c */
void judge_pick_insn(struct judge_world *w, struct random *r,
		     struct judge_case *c, struct judge_question *q_ret);
bool judge_insn_agrees(const struct judge_world *w,
		       const struct judge_question *q);
void judge_print_insns(void);

/* masks.c: did the processor do what the core says? */
bool judge_access_agrees(const struct judge_world *w,
			 const struct judge_question *q);
void judge_print_counts(void);

#endif
