/*
 * What the words of a command line show of GDB's expressions, before GDB
 * evaluates them: where one ends, and what GDB would silently cut to fit.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_EXPRESSION_H
#define PMAP_EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

/* Is a bracket or a parenthesis open at the end of `text`?  Quotes hide them. */
bool pmap_expression_is_open(const char *text);

/* Can an expression end behind `text`, as far as its characters show? */
bool pmap_expression_is_complete(const char *text);

/* What a word does behind the words of an expression. */
enum pmap_next {
	PMAP_NEXT_JOINS,	/* it goes on with the expression */
	PMAP_NEXT_BEGINS,	/* it begins another one */
	PMAP_NEXT_EITHER,	/* it can be read in both ways: a -b, f (x) */
};
enum pmap_next pmap_expression_next(const char *text, const char *word);

/* The first comma outside of brackets and quotes, or NULL. */
const char *pmap_expression_comma(const char *word);

/* "64K", "2M", "1G", "1T": bytes.  False: that is no such number. */
bool pmap_expression_size(const char *text, uint64_t *bytes);

/*
 * NULL where GDB evaluates `text` to what it says; else one line that tells
 * what GDB would cut, round or overflow, which the caller frees.
 */
char *pmap_expression_check(const char *text);

#endif
