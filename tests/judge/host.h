/*
 * What the judge's common part, host.c, asks of an architecture's, besides its
 * judge.h: a machine, what is in its memory at all times, and how to print.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_JUDGE_HOST_H
#define TESTS_JUDGE_HOST_H

#include <stdbool.h>
#include <stdint.h>

struct judge_world;
struct judge_question;

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

/* An option of this machine's own: did it take it? */
bool judge_machine_option(const char *word);

/* What all worlds have in memory. */
void judge_fill_fixed(uint8_t *ram);

/* A mismatch: the question, what the core said, what the processor did. */
void judge_report(const struct judge_world *w, const struct judge_question *q);

#endif
