/*
 * What the files share that take a command's words apart: options.c (options and
 * their values), operands.c (all other words) and option-lines.c (one command's
 * words for many addresses).  No other file includes this one.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TARGET_PARSER_H
#define PMAP_TARGET_PARSER_H

#include "target/expression.h"
#include "target/options.h"

struct pmap_parser {
	struct pmap_options *opt;
	const struct pmap_syntax *syntax;
	int argc, at;
	char *const *argv;
	bool operands_only;		/* after -- */
	struct pmap_expr *current;	/* what the next word may go on with, or NULL */
	const struct pmap_option_place *option;	/* whose value that is; NULL: an operand */
	bool after_comma;		/* the next word begins END */
	bool listed;			/* and that is the second of several addresses */
	char *error;
};

/* --- options.c ------------------------------------------------------------ */

/* Each is true while the words can go on; p->error says why they cannot. */
__attribute__((format(printf, 2, 3)))
bool pmap_parser_fail(struct pmap_parser *p, const char *format, ...);
/* Appends a word to the current expression, one space between. */
bool pmap_parser_join(struct pmap_parser *p, const char *word);
/* "-w", "--json": what is meant to be an option. */
bool pmap_parser_is_option_like(const char *word);
bool pmap_parser_fail_comma(struct pmap_parser *p, const char *word);
/* One more behind `count' others; NULL without memory. */
struct pmap_expr *pmap_parser_append(struct pmap_parser *p, struct pmap_expr **exprs,
				size_t *count);
bool pmap_parser_take_option(struct pmap_parser *p, const char *word);
/* Any word, in its turn. */
bool pmap_parser_take(struct pmap_parser *p, const char *word);

/* --- operands.c ----------------------------------------------------------- */

/* "r", "rw-s", "none": the word of rights behind a complete address. */
bool pmap_parser_is_rights(const struct pmap_parser *p, const char *word);
bool pmap_parser_take_rights(struct pmap_parser *p, const char *word);
/* The next of a list, or of the lines of --from: the first one is `start'. */
struct pmap_expr *pmap_parser_next_listed(struct pmap_parser *p);
/* The first word of a text, behind START END or START +LEN. */
bool pmap_parser_is_text(const struct pmap_parser *p, const char *word);
/* It has all words that are left. */
bool pmap_parser_take_text(struct pmap_parser *p, const char *word);
/* No expression begins with a slash. */
bool pmap_parser_is_letters(const struct pmap_parser *p, const char *word);
bool pmap_parser_take_letters(struct pmap_parser *p, const char *word);
/* Behind the current expression, or where there is none. */
bool pmap_parser_take_word(struct pmap_parser *p, const char *word);
/* START,END and START,+LEN: the comma may be anywhere between the two. */
bool pmap_parser_take_comma(struct pmap_parser *p, const char *word, const char *comma);

/* --- option-lines.c ------------------------------------------------------- */

/* An expression, a number or a command's words a line; empty ones, and those with a #, are none. */
void pmap_parser_read_list(struct pmap_parser *p, const char *name);
/* The addresses of a list as lines, as those of --from are. */
bool pmap_parser_make_lines(struct pmap_parser *p);
/* A list that ends with a comma. */
void pmap_parser_check_lists(struct pmap_parser *p);

#endif
