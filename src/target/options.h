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

struct pml_format;

/* An expression of the user's. */
struct pmap_expr {
	char *text;		/* NULL: not given */
	uint64_t value;		/* valid once GDB has evaluated it */
};

/* What operands a command takes. */
enum pmap_operands {
	PMAP_OPERANDS_NONE,
	PMAP_OPERANDS_MAYBE_ADDR,	/* ADDR, or nothing */
	PMAP_OPERANDS_ADDR,	/* ADDR, required */
	PMAP_OPERANDS_ADDR_LEN,	/* ADDR, or ADDR and a length in bytes */
	PMAP_OPERANDS_RANGE,	/* START END or START +LEN */
	PMAP_OPERANDS_ANY_RANGE,	/* the same, or nothing: everything */
	PMAP_OPERANDS_SOURCE,	/* of a source of memory: source.c parses them */
};

/* One bit an option; a command says which it takes. */
enum pmap_option_bit {
	PMAP_OPT_ROOT = 1 << 0,
	PMAP_OPT_FORMAT = 1 << 1,
	PMAP_OPT_LEAVES = 1 << 2,
	PMAP_OPT_PHYS = 1 << 3,
	PMAP_OPT_JSON = 1 << 4,
	PMAP_OPT_OUTPUT = 1 << 5,
	PMAP_OPT_TREE = 1 << 6,
	PMAP_OPT_LEGEND = 1 << 7,
	PMAP_OPT_RECURSIVE = 1 << 8,
	PMAP_OPT_SCAN = 1 << 10,	/* --scan and --table */
	PMAP_OPT_MIRROR = 1 << 9,	/* --mirror and what belongs to it */
	PMAP_OPT_SHADOW = 1 << 11,
	PMAP_OPT_NESTED = 1 << 16,	/* --npt and all that belongs to a second dimension */
	PMAP_OPT_COMBINED = 1 << 17,
	PMAP_OPT_CBIT = 1 << 18,
	PMAP_OPT_ANY_MEMORY = 1 << 21,	/* not an option: runs where memory cannot be read, too */
	PMAP_OPT_EXPAND = 1 << 22,
	PMAP_OPT_PROCESSOR = 1 << 23,	/* not an option: needs the processor's registers */
	PMAP_OPT_USER = 1 << 24,
	PMAP_OPT_SUPERVISOR = 1 << 25,
	PMAP_OPT_AT = 1 << 26,
	PMAP_OPT_FAULT = 1 << 27,
	PMAP_OPT_ERROR = 1 << 28,
	PMAP_OPT_STOP = 1 << 29,
	PMAP_OPT_RIGHTS = 1 << 30,	/* not an option: a word of rights behind the address */
};

struct pmap_options {
	struct pmap_expr start, end;	/* the operands */
	bool end_is_length;
	struct pmap_expr root;
	const struct pml_format *format;
	bool leaves, phys, json, tree, legend, recursive, expand;
	char *output;
	/* A second dimension, see nesting.h. */
	struct pmap_expr npt, ept, gpa_space;
	const struct pml_format *outer_format;
	bool mbec, combined;
	bool outer_alone;	/* it is what is walked: the options say so together */
	struct pmap_expr c_bit;
	struct pmap_expr at, error;
	bool user, supervisor, shadow, fault, stop;
	struct pmap_expr table;
	bool scan;
	struct pmap_expr mirror, paired;
	const struct pml_format *mirror_format;
	char *rights;		/* the word of PMAP_OPT_RIGHTS */
};

/*
 * Parse `argc` words.  Returns NULL, or one line that says what is wrong and
 * what to do, which the caller frees.
 */
char *pmap_options_parse(struct pmap_options *opt, enum pmap_operands operands,
			 unsigned allowed, int argc, char *const *argv);
/*
 * Is the text of an expression nothing that GDB would silently cut to fit?
 * NULL, or one line that the caller frees.
 */
char *pmap_options_check(const char *text);

/* A word without its quotes and backslashes, which the caller frees; or NULL. */
char *pmap_options_unquote(const char *word);
void pmap_options_free(struct pmap_options *opt);

/* Calls `each` for every expression that was given. */
void pmap_options_exprs(struct pmap_options *opt,
			void (*each)(struct pmap_expr *expr, void *arg),
			void *arg);

#endif
