/*
 * The words of a command: options and operands.
 *
 * An operand is any expression that GDB evaluates, so its words are kept as
 * typed and only told apart here.  Values come later, in `value`.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_OPTIONS_H
#define PMAP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pmap_outer_option;
struct pml_format;

/* An expression of the user's. */
struct pmap_expr {
	char *text;		/* NULL: not given */
	uint64_t value;		/* valid once GDB has evaluated it, */
	bool known;		/* or from the words: 2M */
};

/* A range of them: START alone, START and END, or START and a length. */
struct pmap_expr_range {
	struct pmap_expr start, end;
	bool end_is_length;
};

/* Several, with commas between. */
struct pmap_expr_list {
	struct pmap_expr *expr;
	size_t count;
};

/* Every option of every command: PMAP_OPT_ROOT, ...  From commands.in. */
enum pmap_option {
#define PMAP_OPTION(ID, place, type, name, value) PMAP_OPT_##ID,
#include "target/option-list.h"
#undef PMAP_OPTION
	PMAP_OPTIONS
};

/* What a command takes besides options. */
enum pmap_operands {
	PMAP_OPERANDS_NONE,
	PMAP_OPERANDS_ADDR,	/* ADDR */
	PMAP_OPERANDS_LIST,	/* one ADDR or several */
	PMAP_OPERANDS_RANGE,	/* START END, START +LEN, or START alone */
};

#define PMAP_NAMES	2	/* that a command takes at most */

struct pmap_syntax {
	enum pmap_operands operands;
	bool required;		/* an address at least */
	bool several;		/* of a RANGE: three with commas are addresses */
	bool rights;		/* and one word of rights, such as rw-s */
	bool to;		/* behind a whole range, one more expression */
	bool text;		/* behind a whole range, words that are a text */
	bool letters;		/* a word that begins with a slash: /4xg */
	bool names;		/* words that are names, up to PMAP_NAMES */
	const enum pmap_option *options; /* that it takes; ends with PMAP_OPTIONS */
};

/* What was typed; an option's place has its name, with _ for -. */
struct pmap_options {
	struct pmap_expr start, end;	/* the operands */
	bool end_is_length;
	struct pmap_expr *more;	/* behind `start': of a LIST, or of --from */
	size_t nmore;
	/*
	 * Of --from, where a command's operands are no list: each line has words
	 * of its own, and its `text' is the line.  Also the addresses of A,B,C, where
	 * the operands are a RANGE.
	 */
	struct pmap_options *lines;
	size_t nlines;
	struct pmap_expr to;	/* see struct pmap_syntax */
	char *rights_word;	/* the same */
	char *name[PMAP_NAMES + 1];	/* the same; NULL: there are no more */
	char *text;		/* the same; without its quotes */
	char *letters;		/* the same; without its slash */
	/* That names a second dimension; NULL: none does.  See nesting.h. */
	const struct pmap_outer_option *outer;
	bool outer_alone;	/* options say so together: see nesting.h */
	bool outer_only;	/* the guest's own tables do not matter */
	bool root_is_virtual;	/* `root' is of --root-va */
	bool root_is_task;	/* `root' is a process, whose root is to be found */
#define PMAP_PLACE_FLAG(place)		bool place;
#define PMAP_PLACE_EXPR(place)		struct pmap_expr place;
#define PMAP_PLACE_RANGE(place)		struct pmap_expr_range place;
#define PMAP_PLACE_LIST(place)		struct pmap_expr_list place;
#define PMAP_PLACE_STRING(place)	char *place;
#define PMAP_PLACE_FORMAT(place)	const struct pml_format *place;
#define PMAP_OPTION(ID, place, type, name, value) PMAP_PLACE_##type(place)
#include "target/option-list.h"
#undef PMAP_OPTION
};

/* What an option's value is. */
enum pmap_option_type {
	PMAP_TYPE_FLAG, PMAP_TYPE_EXPR, PMAP_TYPE_RANGE, PMAP_TYPE_LIST,
	PMAP_TYPE_STRING, PMAP_TYPE_FORMAT
};

/* Every option of every command, once. */
struct pmap_option_place {
	const char *name;	/* "--root" */
	enum pmap_option_type type;
	size_t offset;		/* of its place in struct pmap_options */
};
extern const struct pmap_option_place pmap_option_places[PMAP_OPTIONS];

bool pmap_syntax_takes(const struct pmap_syntax *syntax, enum pmap_option id);

/*
 * Parse `argc` words.  Returns NULL, or one line that says what is wrong and
 * what to do, which the caller frees.
 */
char *pmap_options_parse(struct pmap_options *opt,
			 const struct pmap_syntax *syntax,
			 int argc, char *const *argv);
/* A word without its quotes and backslashes, which the caller frees; or NULL. */
char *pmap_options_unquote(const char *word);
void pmap_options_free(struct pmap_options *opt);

/* A paging mode by its name; NULL: there is none. */
const struct pml_format *pmap_option_format(const char *name);

/* "--npt" */
const char *pmap_option_name(enum pmap_option id);
/* Was it typed? */
bool pmap_option_given(const struct pmap_options *opt, enum pmap_option id);
/* The value of one of type expr, once GDB has evaluated it; 0: not given. */
uint64_t pmap_option_value(const struct pmap_options *opt, enum pmap_option id);

/*
 * Is it a word of rights: "rw-", "rw-s", "rw-/r-x" (of two privileges, where a
 * format tells them apart), with ? for anything, or "none"?
 */
bool pmap_options_is_rights(const char *word);

/* Is it a process of Linux's, rather than an expression: "pid:1", "name:init"? */
bool pmap_options_is_task(const struct pmap_expr *expr);

/* Calls `each` for every expression that was given and is not known. */
void pmap_options_exprs(struct pmap_options *opt,
			void (*each)(struct pmap_expr *expr, void *arg),
			void *arg);

/*
 * `to', which does not have the option, gets it as `from' has it, with its value.
 * Not for ranges.  False without memory.
 */
bool pmap_option_copy(struct pmap_options *to, const struct pmap_options *from,
		      enum pmap_option id);

#endif
