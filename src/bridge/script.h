/*
 * GDB script text.  Whatever comes from the guest or the user passes through
 * one of these, so that it is data for GDB and never a command.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SCRIPT_H
#define PMAP_SCRIPT_H

#include "bridge/bridge.h"

/* What makes a convenience variable void. */
#define PMAP_SCRIPT_VOID "(void)0"

/* A number, of 64 bits whatever its size and `set input-radix'. */
void pmap_script_number(struct pmap_text *script, uint64_t value);

/*
 * The same as a pointer, which GDB prints in hexadecimal.  Where pointers are of 32
 * bits a physical address may not be one.
 */
void pmap_script_address(struct pmap_text *script, uint64_t value);

/* A C string literal, quotes included. */
void pmap_script_quote(struct pmap_text *script, const char *text);

/* Assignments, each with a comma before it: they make one expression. */
void pmap_script_set(struct pmap_text *script, const char *name, uint64_t value);
void pmap_script_set_string(struct pmap_text *script, const char *name,
			    const char *text);

/*
 * The same, of one of the commands that `_pm_evaluate LAST` runs, from number LAST to
 * 0: $pmap__expressionN, N being 0, 0x1, and so on; $pmap__afterN goes on with N - 1.
 * So GDB counts nothing, and no number is an expression in the user's language.
 */
void pmap_script_step(struct pmap_text *script, unsigned int number, const char *command);

/* `echo` commands that print TEXT. */
void pmap_script_echo(struct pmap_text *script, const char *text, size_t len);

/*
 * Make TEXT fit for a terminal, in place: what is neither printable, nor
 * valid UTF-8, nor a newline or tab becomes '?'.  STYLE lets colours pass
 * (ESC [ digits and semicolons m).
 */
void pmap_script_tame(char *text, size_t len, bool style);

#endif
