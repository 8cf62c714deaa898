/*
 * The life of a struct pmap_call, as the bridge sees it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_CALL_H
#define PMAP_CALL_H

#include "bridge/bridge.h"

/* NULL when there is no memory. */
struct pmap_call *pmap_call_create(void);
void pmap_call_destroy(struct pmap_call *call);

/* A copy that lives as long as the call; NULL when there is no memory. */
char *pmap_call_strdup(struct pmap_call *call, const char *text);

/* Appends to argv; false when there is no memory. */
bool pmap_call_add_word(struct pmap_call *call, const char *word);

/* Takes one answer to pmap_want(): "INDEX=[IS_VOID:]VALUE" or "INDEX?IS_VOID". */
void pmap_call_take_value(struct pmap_call *call, const char *text);

/*
 * Is there something to ask (again)?  Assignments of the commands that make GDB
 * evaluate it: $pmap__question for pmap's own questions, which ends with END (";g"
 * or nothing); $pmap__expression0, 0x1 and so on for the user's, whose number is
 * returned.
 */
bool pmap_call_wants(const struct pmap_call *call);
unsigned int pmap_call_ask_values(struct pmap_call *call,
				  struct pmap_text *script, const char *end);

/*
 * The same where the user has at most one expression, else false and nothing done:
 * $pmap__next becomes what evaluates it and runs COMMAND in a scope, with its value.
 */
bool pmap_call_ask_at_once(struct pmap_call *call, struct pmap_text *script,
			   const char *command);

/* Assignments of all results: of what they are or, before the call has them, void. */
void pmap_call_put_results(const struct pmap_call *call, bool has_them,
			   struct pmap_text *script);

/* All has been asked for: what gave no value needs not be asked again in this epoch. */
void pmap_call_note_failed(const struct pmap_call *call);

/* It is another epoch than when they were wanted: they are asked after all. */
void pmap_call_forget_failed(struct pmap_call *call);

/* Does it wait for an expression of the user's? */
bool pmap_call_wants_user(const struct pmap_call *call);

/* Has the user's expression EXPR perhaps changed the target? */
bool pmap_call_may_write(const char *expr);

#endif
