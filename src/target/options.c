/*
 * The words of a command: options and their values.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/options.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <pml/formats.h>

#include "base/text.h"
#include "target/expression.h"
#include "target/parser.h"

bool pmap_parser_fail(struct pmap_parser *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!p->error && vasprintf(&p->error, format, args) < 0)
		p->error = NULL;
	va_end(args);
	return false;
}

bool pmap_parser_join(struct pmap_parser *p, const char *word)
{
	struct pmap_expr *expr = p->current;
	char *joined;

	if (asprintf(&joined, "%s%s%s", expr->text ? expr->text : "",
		     expr->text ? " " : "", word) < 0)
		return pmap_parser_fail(p, "out of memory");
	free(expr->text);
	expr->text = joined;
	return true;
}

bool pmap_parser_is_option_like(const char *word)
{
	return word[0] == '-' && (isalpha((unsigned char)word[1]) ||
				  (word[1] == '-' && isalpha((unsigned char)word[2])));
}

/*
 * The first word of an option's value: the rest of "--name=value", or the next
 * word, which is an option's name more likely than a value that looks like one.
 */
static const char *value_word(struct pmap_parser *p,
			      const struct pmap_option_place *option,
			      const char *inlined)
{
	const char *word = inlined;

	if (!inlined && p->at < p->argc)
		word = p->argv[p->at];
	if (!word || !*word)
		pmap_parser_fail(p, "%s needs a value", option->name);
	else if (!inlined && pmap_parser_is_option_like(word) &&
		 (option->type != PMAP_TYPE_STRING || word[1] == '-'))
		pmap_parser_fail(p, "%s needs a value (if that is to be \"%s\": %s=%s)",
		     option->name, word, option->name, word);
	else
		p->at += !inlined;
	return p->error ? NULL : word;
}

char *pmap_options_unquote(const char *word)
{
	char *text = malloc(strlen(word) + 1), *to = text;
	char quote = 0;

	for (; text && *word; word++) {
		if (*word == '\\' && word[1])
			*to++ = *++word;
		else if (quote ? *word == quote : *word == '"' || *word == '\'')
			quote = quote ? 0 : *word;
		else
			*to++ = *word;
	}
	if (text)
		*to = '\0';
	return text;
}

/* A name of a file, which may be quoted. */
static bool set_string(struct pmap_parser *p,
		       const struct pmap_option_place *option,
		       const char *inlined, char **place)
{
	const char *word = value_word(p, option, inlined);

	if (!word)
		return false;
	free(*place);
	*place = pmap_options_unquote(word);
	if (!*place)
		return pmap_parser_fail(p, "out of memory");
	return **place || pmap_parser_fail(p, "%s needs a value", option->name);
}

static const struct pml_format *const *const format_lists[] = {
	pml_formats, pml_arm64_formats
};

#define LISTS	(sizeof(format_lists) / sizeof(format_lists[0]))

const struct pml_format *pmap_option_format(const char *name)
{
	for (size_t k = 0; k < LISTS; k++)
		for (size_t i = 0; format_lists[k][i]; i++)
			if (strcmp(name, format_lists[k][i]->name) == 0)
				return format_lists[k][i];
	return NULL;
}

/* "no format "x": there are ..." */
static bool fail_format(struct pmap_parser *p, const char *name)
{
	struct pmap_text names = { 0 };

	for (size_t k = 0; k < LISTS; k++)
		for (size_t i = 0; format_lists[k][i]; i++)
			pmap_text_add(&names, " %s", format_lists[k][i]->name);
	pmap_parser_fail(p, "no format \"%s\"; there are:%s", name, names.data);
	pmap_text_free(&names);
	return false;
}

static bool set_format(struct pmap_parser *p,
		       const struct pmap_option_place *option,
		       const char *inlined, const struct pml_format **place)
{
	const char *word = value_word(p, option, inlined);

	if (!word)
		return false;
	*place = pmap_option_format(word);
	return *place || fail_format(p, word);
}

bool pmap_parser_fail_comma(struct pmap_parser *p, const char *word)
{
	return pmap_parser_fail(p, "unexpected comma in \"%s\": an expression that has one is put in parentheses",
		    word);
}

/* Its first word; others may follow, see pmap_parser_take_word(). */
static bool set_expr(struct pmap_parser *p,
		     const struct pmap_option_place *option,
		     const char *inlined, struct pmap_expr *place)
{
	const char *word = value_word(p, option, inlined);

	if (!word)
		return false;
	if (place->text)
		return pmap_parser_fail(p, "%s is given twice", option->name);
	p->current = place;
	p->option = option;
	if (pmap_expression_comma(word))
		return pmap_parser_take_comma(p, word, pmap_expression_comma(word));
	return pmap_parser_join(p, word);
}

struct pmap_expr *pmap_parser_append(struct pmap_parser *p, struct pmap_expr **exprs,
				size_t *count)
{
	struct pmap_expr *grown;

	/* A power of two: it is full. */
	if (!(*count & (*count - 1))) {
		grown = realloc(*exprs, (*count ? 2 * *count : 1) * sizeof(*grown));
		if (!grown) {
			pmap_parser_fail(p, "out of memory");
			return NULL;
		}
		*exprs = grown;
	}
	(*exprs)[*count] = (struct pmap_expr){ 0 };
	return &(*exprs)[(*count)++];
}

static bool set_list(struct pmap_parser *p, const struct pmap_option_place *option,
		     const char *inlined, struct pmap_expr_list *list)
{
	struct pmap_expr *first = list->count ? NULL :
				  pmap_parser_append(p, &list->expr, &list->count);

	if (!first)
		return pmap_parser_fail(p, "%s is given twice: write A,B", option->name);
	return set_expr(p, option, inlined, first);
}

static bool set_option(struct pmap_parser *p,
		       const struct pmap_option_place *option,
		       const char *inlined)
{
	void *place = (char *)p->opt + option->offset;

	switch (option->type) {
	case PMAP_TYPE_FLAG:
		if (inlined)
			return pmap_parser_fail(p, "%s takes no value", option->name);
		*(bool *)place = true;
		return true;
	case PMAP_TYPE_EXPR:
		return set_expr(p, option, inlined, place);
	case PMAP_TYPE_RANGE:
		return set_expr(p, option, inlined,
				&((struct pmap_expr_range *)place)->start);
	case PMAP_TYPE_LIST:
		return set_list(p, option, inlined, place);
	case PMAP_TYPE_STRING:
		return set_string(p, option, inlined, place);
	case PMAP_TYPE_FORMAT:
		return set_format(p, option, inlined, place);
	}
	return false;
}

bool pmap_syntax_takes(const struct pmap_syntax *syntax, enum pmap_option id)
{
	const enum pmap_option *o = syntax->options;

	while (*o != PMAP_OPTIONS && *o != id)
		o++;
	return *o == id;
}

/* Which options would have been right; for the message. */
static char *allowed_names(const struct pmap_syntax *syntax)
{
	const enum pmap_option *o;
	struct pmap_text text = { 0 };

	for (o = syntax->options; *o != PMAP_OPTIONS; o++)
		pmap_text_add(&text, " %s", pmap_option_places[*o].name);
	if (!text.len)
		pmap_text_puts(&text, " none");
	return text.data;
}

static bool is_name(enum pmap_option o, const char *word, size_t len)
{
	const char *name = pmap_option_places[o].name;

	return strlen(name) == len && strncmp(word, name, len) == 0;
}

bool pmap_parser_take_option(struct pmap_parser *p, const char *word)
{
	const enum pmap_option *o = p->syntax->options;
	size_t len = strcspn(word, "=");
	char *names;

	p->current = NULL;
	p->option = NULL;
	while (*o != PMAP_OPTIONS && !is_name(*o, word, len))
		o++;
	if (*o != PMAP_OPTIONS)
		return set_option(p, &pmap_option_places[*o],
				  word[len] ? word + len + 1 : NULL);
	names = allowed_names(p->syntax);
	pmap_parser_fail(p, "no option \"%s\" here; there are:%s", word, names ? names : "");
	free(names);
	return false;
}

/* Names are words as they are. */
static bool add_name(struct pmap_parser *p, const char *word)
{
	char **place = p->opt->name;

	while (*place)
		place++;
	if (place == p->opt->name + PMAP_NAMES)
		return pmap_parser_fail(p, "unexpected argument \"%s\": %d names are enough",
			    word, PMAP_NAMES);
	*place = pmap_options_unquote(word);
	return *place || pmap_parser_fail(p, "out of memory");
}

bool pmap_parser_take(struct pmap_parser *p, const char *word)
{
	bool inside = p->current && p->current->text &&
		      pmap_expression_is_open(p->current->text);
	const char *comma = inside ? NULL : pmap_expression_comma(word);

	if (inside)
		return pmap_parser_join(p, word);
	if (p->syntax->names && !p->current &&
	    (p->operands_only || !pmap_parser_is_option_like(word)) && strcmp(word, "--") != 0)
		return add_name(p, word);
	if (pmap_parser_is_rights(p, word))
		return pmap_parser_take_rights(p, word);
	if (pmap_parser_is_text(p, word))
		return pmap_parser_take_text(p, word);
	if (pmap_parser_is_letters(p, word))
		return pmap_parser_take_letters(p, word);
	if (!p->operands_only && strncmp(word, "--", 2) == 0) {
		p->operands_only = !word[2];
		p->current = NULL;
		p->option = NULL;
		return !word[2] || pmap_parser_take_option(p, word);
	}
	return comma ? pmap_parser_take_comma(p, word, comma) : pmap_parser_take_word(p, word);
}

/* Is that a length: of a range that is one, or of --min-size? */
static bool is_length(const struct pmap_parser *p, const struct pmap_expr *expr)
{
	for (size_t i = 0; i < PMAP_OPTIONS; i++) {
		const struct pmap_expr_range *range =
			(void *)((char *)p->opt + pmap_option_places[i].offset);

		if (pmap_option_places[i].type == PMAP_TYPE_RANGE && expr == &range->end)
			return range->end_is_length;
	}
	return (expr == &p->opt->end && p->opt->end_is_length) ||
	       expr == &p->opt->min_size;
}

bool pmap_options_is_task(const struct pmap_expr *expr)
{
	return expr->text && (strncmp(expr->text, "pid:", 4) == 0 ||
			      strncmp(expr->text, "name:", 5) == 0);
}

/* A name may be quoted. */
static void take_name(struct pmap_parser *p, struct pmap_expr *expr)
{
	char *text = pmap_options_unquote(expr->text);

	if (!text) {
		pmap_parser_fail(p, "out of memory");
		return;
	}
	free(expr->text);
	expr->text = text;
}

/* Values that need no GDB; and what GDB would make something else of. */
static void check_expr(struct pmap_expr *expr, void *arg)
{
	struct pmap_parser *p = arg;

	if (expr == &p->opt->root && pmap_options_is_task(expr)) {
		take_name(p, expr);
		return;
	}
	if (is_length(p, expr) &&
	    pmap_expression_size(expr->text, &expr->value))
		expr->known = true;
	else if (!p->error)
		p->error = pmap_expression_check(expr->text);
}

char *pmap_options_parse(struct pmap_options *opt,
			 const struct pmap_syntax *syntax,
			 int argc, char *const *argv)
{
	struct pmap_parser p = {
		.opt = opt, .syntax = syntax, .argc = argc, .argv = argv,
	};

	while (p.at < argc && !p.error)
		if (*argv[p.at++])
			pmap_parser_take(&p, argv[p.at - 1]);
	if (!p.error && opt->from && syntax->operands != PMAP_OPERANDS_LIST &&
	    (opt->start.text || opt->rights_word))
		pmap_parser_fail(&p, "--from %s: its lines have the addresses, so there are none here",
		     opt->from);
	if (!p.error && p.listed)
		pmap_parser_make_lines(&p);
	if (!p.error && opt->from)
		pmap_parser_read_list(&p, opt->from);
	if (!p.error && !opt->start.text && !opt->nlines && syntax->required)
		pmap_parser_fail(&p, "an address is missing");
	if (!p.error && (p.after_comma || (opt->end_is_length && !opt->end.text)))
		pmap_parser_fail(&p, "the end of the range is missing: START,END or START,+LEN");
	pmap_parser_check_lists(&p);
	pmap_options_exprs(opt, check_expr, &p);
	return p.error;
}
