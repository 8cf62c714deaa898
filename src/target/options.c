/*
 * The words of a command: options and operands.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/options.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <pml/formats.h>

#include "base/output.h"
#include "base/text.h"
#include "target/expression.h"

struct parser {
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

__attribute__((format(printf, 2, 3)))
static bool fail(struct parser *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!p->error && vasprintf(&p->error, format, args) < 0)
		p->error = NULL;
	va_end(args);
	return false;
}

/* Appends a word to the current expression, one space between. */
static bool join(struct parser *p, const char *word)
{
	struct pmap_expr *expr = p->current;
	char *joined;

	if (asprintf(&joined, "%s%s%s", expr->text ? expr->text : "",
		     expr->text ? " " : "", word) < 0)
		return fail(p, "out of memory");
	free(expr->text);
	expr->text = joined;
	return true;
}

/* "-w", "--json": what is meant to be an option. */
static bool is_option_like(const char *word)
{
	return word[0] == '-' && (isalpha((unsigned char)word[1]) ||
				  (word[1] == '-' && isalpha((unsigned char)word[2])));
}

/*
 * The first word of an option's value: the rest of "--name=value", or the next
 * word, which is an option's name more likely than a value that looks like one.
 */
static const char *value_word(struct parser *p,
			      const struct pmap_option_place *option,
			      const char *inlined)
{
	const char *word = inlined;

	if (!inlined && p->at < p->argc)
		word = p->argv[p->at];
	if (!word || !*word)
		fail(p, "%s needs a value", option->name);
	else if (!inlined && is_option_like(word) &&
		 (option->type != PMAP_TYPE_STRING || word[1] == '-'))
		fail(p, "%s needs a value (if that is to be \"%s\": %s=%s)",
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
static bool set_string(struct parser *p,
		       const struct pmap_option_place *option,
		       const char *inlined, char **place)
{
	const char *word = value_word(p, option, inlined);

	if (!word)
		return false;
	free(*place);
	*place = pmap_options_unquote(word);
	if (!*place)
		return fail(p, "out of memory");
	return **place || fail(p, "%s needs a value", option->name);
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
static bool fail_format(struct parser *p, const char *name)
{
	struct pmap_text names = { 0 };

	for (size_t k = 0; k < LISTS; k++)
		for (size_t i = 0; format_lists[k][i]; i++)
			pmap_text_add(&names, " %s", format_lists[k][i]->name);
	fail(p, "no format \"%s\"; there are:%s", name, names.data);
	pmap_text_free(&names);
	return false;
}

static bool set_format(struct parser *p,
		       const struct pmap_option_place *option,
		       const char *inlined, const struct pml_format **place)
{
	const char *word = value_word(p, option, inlined);

	if (!word)
		return false;
	*place = pmap_option_format(word);
	return *place || fail_format(p, word);
}

static bool fail_comma(struct parser *p, const char *word)
{
	return fail(p, "unexpected comma in \"%s\": an expression that has one is put in parentheses",
		    word);
}

static bool take_comma(struct parser *p, const char *word, const char *comma);

/* Its first word; others may follow, see take_word(). */
static bool set_expr(struct parser *p,
		     const struct pmap_option_place *option,
		     const char *inlined, struct pmap_expr *place)
{
	const char *word = value_word(p, option, inlined);

	if (!word)
		return false;
	if (place->text)
		return fail(p, "%s is given twice", option->name);
	p->current = place;
	p->option = option;
	if (pmap_expression_comma(word))
		return take_comma(p, word, pmap_expression_comma(word));
	return join(p, word);
}

/* One more behind `count' others; NULL without memory. */
static struct pmap_expr *append(struct parser *p, struct pmap_expr **exprs,
				size_t *count)
{
	struct pmap_expr *grown;

	/* A power of two: it is full. */
	if (!(*count & (*count - 1))) {
		grown = realloc(*exprs, (*count ? 2 * *count : 1) * sizeof(*grown));
		if (!grown) {
			fail(p, "out of memory");
			return NULL;
		}
		*exprs = grown;
	}
	(*exprs)[*count] = (struct pmap_expr){ 0 };
	return &(*exprs)[(*count)++];
}

static bool set_list(struct parser *p, const struct pmap_option_place *option,
		     const char *inlined, struct pmap_expr_list *list)
{
	struct pmap_expr *first = list->count ? NULL :
				  append(p, &list->expr, &list->count);

	if (!first)
		return fail(p, "%s is given twice: write A,B", option->name);
	return set_expr(p, option, inlined, first);
}

static bool set_option(struct parser *p,
		       const struct pmap_option_place *option,
		       const char *inlined)
{
	void *place = (char *)p->opt + option->offset;

	switch (option->type) {
	case PMAP_TYPE_FLAG:
		if (inlined)
			return fail(p, "%s takes no value", option->name);
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

static bool take_option(struct parser *p, const char *word)
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
	fail(p, "no option \"%s\" here; there are:%s", word, names ? names : "");
	free(names);
	return false;
}

static bool take(struct parser *p, const char *word);

/* --- Operands ------------------------------------------------------------- */

/* The range that the current expression begins, if it is an option's; or NULL. */
static struct pmap_expr_range *range_of(const struct parser *p)
{
	return p->option && p->option->type == PMAP_TYPE_RANGE ?
	       (void *)((char *)p->opt + p->option->offset) : NULL;
}

/* Its end, behind the comma, or a length that follows. */
static bool take_range_end(struct parser *p, const char *word)
{
	struct pmap_expr_range *range = range_of(p);

	p->current = &range->end;
	range->end_is_length = word[0] == '+';
	word += range->end_is_length;
	return !*word || join(p, word);
}

/* May another expression begin? */
static bool has_room(const struct parser *p)
{
	if (p->syntax->operands == PMAP_OPERANDS_LIST)
		return true;
	if (p->syntax->to && p->opt->end.text)
		return !p->opt->to.text;
	return p->syntax->operands == PMAP_OPERANDS_RANGE ? !p->opt->end.text :
	       p->syntax->operands == PMAP_OPERANDS_ADDR && !p->opt->start.text;
}

static bool is_whole(const struct pmap_expr *expr)
{
	return expr->text && pmap_expression_is_complete(expr->text);
}

/* "rw-", with ? for anything. */
static bool is_group(const char *word)
{
	static const char *const letters[] = { "r-?", "w-?", "x-?" };

	for (size_t i = 0; i < 3; i++)
		if (!word[i] || !strchr(letters[i], word[i]))
			return false;
	return true;
}

bool pmap_options_is_rights(const char *word)
{
	if (strcmp(word, "none") == 0)
		return true;
	if (!is_group(word))
		return false;
	word += 3;
	if (*word == '/')
		return is_group(word + 1) && !word[4];
	return !*word || (strchr("us?", *word) && !word[1]);
}

static bool looks_like_rights(const char *word)
{
	return (word[0] && strchr("rwx", word[0]) && !word[1]) ||
	       pmap_options_is_rights(word);
}

/* "r", "rw-s", "none": the word of rights behind a complete address. */
static bool is_rights(const struct parser *p, const char *word)
{
	return p->syntax->rights && !p->opt->rights_word && !p->after_comma &&
	       is_whole(&p->opt->start) &&
	       (!p->opt->end.text || is_whole(&p->opt->end)) &&
	       (!p->current || is_whole(p->current)) && looks_like_rights(word);
}

/* "+LEN" behind START; or -1, which stands for the top of the address space. */
static bool is_end(const struct parser *p, const char *word)
{
	return (word[0] == '+' || strcmp(word, "-1") == 0) &&
	       is_whole(&p->opt->start) && !p->opt->end.text;
}

/* Could a word that may belong to an option's value be an operand instead? */
static bool could_begin(const struct parser *p, const char *word)
{
	return word[0] != '+' || is_end(p, word);
}

static bool take_rights(struct parser *p, const char *word)
{
	p->current = NULL;
	p->opt->rights_word = strdup(word);
	return p->opt->rights_word || fail(p, "out of memory");
}

/* The next of a list, or of the lines of --from: the first one is `start'. */
static struct pmap_expr *next_listed(struct parser *p)
{
	return p->opt->start.text ? append(p, &p->opt->more, &p->opt->nmore) :
				    &p->opt->start;
}

/* The first word of a text, behind START END or START +LEN. */
static bool is_text(const struct parser *p, const char *word)
{
	return p->syntax->text && !p->after_comma &&
	       is_whole(&p->opt->start) && is_whole(&p->opt->end) &&
	       (!p->current || is_whole(p->current)) &&
	       (isalpha((unsigned char)word[0]) || strchr("_\"'", word[0]));
}

/* It has all words that are left. */
static bool take_text(struct parser *p, const char *word)
{
	struct pmap_text text = { 0 };

	pmap_text_puts(&text, word);
	for (; p->at < p->argc; p->at++)
		pmap_text_add(&text, " %s", p->argv[p->at]);
	p->current = NULL;
	p->opt->text = text.data ? pmap_options_unquote(text.data) : NULL;
	pmap_text_free(&text);
	return p->opt->text || fail(p, "out of memory");
}

/* No expression begins with a slash. */
static bool is_letters(const struct parser *p, const char *word)
{
	return p->syntax->letters && !p->opt->letters && word[0] == '/' &&
	       !p->current && !p->after_comma;
}

static bool take_letters(struct parser *p, const char *word)
{
	p->opt->letters = strdup(word + 1);
	return p->opt->letters || fail(p, "out of memory");
}

/* START, or what follows it. */
static bool begin_operand(struct parser *p, const char *word)
{
	struct pmap_options *opt = p->opt;

	p->option = NULL;
	p->after_comma = false;
	if (p->syntax->operands == PMAP_OPERANDS_LIST) {
		p->current = next_listed(p);
		return p->current && join(p, word);
	}
	p->current = !opt->start.text ? &opt->start :
		     !opt->end.text ? &opt->end : &opt->to;
	if (p->current != &opt->end || word[0] != '+')
		return join(p, word);
	opt->end_is_length = true;
	return !word[1] || join(p, word + 1);
}

static bool fail_unexpected(struct parser *p, const char *word)
{
	switch (p->syntax->operands) {
	case PMAP_OPERANDS_NONE:
		return fail(p, "unexpected argument \"%s\": this command takes no address",
			    word);
	case PMAP_OPERANDS_ADDR:
		return fail(p, "unexpected argument \"%s\": one address is all that this command takes",
			    word);
	case PMAP_OPERANDS_LIST:
	case PMAP_OPERANDS_RANGE:
		break;
	}
	return fail(p, "unexpected argument \"%s\" (range: START END or START +LEN)",
		    word);
}

/* What can be read in two ways is not guessed. */
static bool fail_ambiguous(struct parser *p, const char *word)
{
	const char *text = p->current->text;

	if (p->option)
		return fail(p, "\"%s %s %s\" can be one value, or a value and an address: write %s (%s %s), or the address before %s",
			    p->option->name, text, word, p->option->name, text,
			    word, p->option->name);
	return fail(p, "\"%s %s\" can be one expression or two: write (%s %s), or %s,%s for %s",
		    text, word, text, word, text, word,
		    p->syntax->operands == PMAP_OPERANDS_LIST ?
		    "two addresses" : "START and END");
}

/* Behind the current expression, or where there is none. */
static bool take_word(struct parser *p, const char *word)
{
	bool at_start = p->current == &p->opt->start;
	enum pmap_next next = PMAP_NEXT_BEGINS;

	if (p->current && !p->after_comma)
		next = p->current->text ?
		       pmap_expression_next(p->current->text, word) :
		       PMAP_NEXT_JOINS;
	else if (!p->after_comma && p->opt->start.text &&
		 pmap_expression_next("x", word) == PMAP_NEXT_JOINS)
		return fail(p, "unexpected \"%s\": an option has ended the expression before it",
			    word);
	if (next == PMAP_NEXT_JOINS)
		return join(p, word);
	if (range_of(p) && p->current == &range_of(p)->start &&
	    word[0] == '+' && is_whole(p->current))
		return take_range_end(p, word);
	if (is_option_like(word) && !p->operands_only)
		return take_option(p, word);
	if (!has_room(p)) {
		/* What nothing else can be is left to GDB's judgement. */
		if (p->current && (next == PMAP_NEXT_EITHER || at_start))
			return join(p, word);
		return fail_unexpected(p, word);
	}
	if (next == PMAP_NEXT_EITHER && at_start && is_end(p, word))
		next = PMAP_NEXT_BEGINS;
	if (next == PMAP_NEXT_EITHER && p->option && !could_begin(p, word))
		return join(p, word);
	/* No address begins with a plus. */
	if (next == PMAP_NEXT_EITHER && word[0] == '+' &&
	    p->syntax->operands == PMAP_OPERANDS_LIST)
		return join(p, word);
	if (next == PMAP_NEXT_EITHER)
		return fail_ambiguous(p, word);
	return begin_operand(p, word);
}

/* In an option's value: another one may follow as END. */
static bool split_range(struct parser *p, const char *word, const char *comma)
{
	char *head = strndup(word, comma - word);
	bool fine;

	if (!head)
		return fail(p, "out of memory");
	fine = !*head || join(p, head);
	free(head);
	return fine && (is_whole(p->current) ||
			fail(p, "an address is missing before the comma")) &&
	       take_range_end(p, comma + 1);
}

/* In an option's value that is a list: another one follows. */
static bool split_values(struct parser *p, const char *word, const char *comma)
{
	struct pmap_expr_list *list = (void *)((char *)p->opt + p->option->offset);
	char *head = strndup(word, comma - word);
	bool fine;

	if (!head)
		return fail(p, "out of memory");
	fine = !*head || join(p, head);
	free(head);
	if (fine && !is_whole(p->current))
		return fail(p, "an address is missing before the comma");
	p->current = fine ? append(p, &list->expr, &list->count) : NULL;
	return p->current && (!comma[1] || take(p, comma + 1));
}

/* A,B is two of a list. */
static bool split_list(struct parser *p, const char *word, const char *comma)
{
	char *head = strndup(word, comma - word);
	bool fine;

	if (!head)
		return fail(p, "out of memory");
	fine = !*head || take_word(p, head);
	free(head);
	if (fine && (!p->current || !is_whole(p->current)))
		return fail(p, "an address is missing before the comma");
	p->current = NULL;
	return fine && (!comma[1] || take(p, comma + 1));
}

/* Behind the second address, or a later one: what comes is a list. */
static bool split_several(struct parser *p, const char *word, const char *comma)
{
	struct pmap_options *opt = p->opt;
	char *head = strndup(word, comma - word);
	bool fine;

	if (!head)
		return fail(p, "out of memory");
	fine = !*head || take_word(p, head);
	free(head);
	if (fine && (opt->end_is_length || !p->current || !is_whole(p->current)))
		return fail_comma(p, word);
	p->listed = true;
	p->after_comma = false;
	p->current = fine ? append(p, &opt->more, &opt->nmore) : NULL;
	return p->current && (!comma[1] || take(p, comma + 1));
}

/* START,END and START,+LEN: the comma may be anywhere between the two. */
static bool take_comma(struct parser *p, const char *word, const char *comma)
{
	char *head;
	bool fine;

	if (range_of(p) && p->current == &range_of(p)->start)
		return split_range(p, word, comma);
	if (p->option && p->option->type == PMAP_TYPE_LIST && p->current)
		return split_values(p, word, comma);
	if (p->syntax->operands == PMAP_OPERANDS_LIST && !p->option)
		return split_list(p, word, comma);
	if (p->syntax->several && !p->option &&
	    (p->after_comma || p->opt->end.text))
		return split_several(p, word, comma);
	if (p->syntax->operands != PMAP_OPERANDS_RANGE || p->opt->end.text ||
	    p->option || p->after_comma)
		return fail_comma(p, word);
	head = strndup(word, comma - word);
	if (!head)
		return fail(p, "out of memory");
	fine = !*head || take_word(p, head);
	free(head);
	if (!fine)
		return false;
	if (!is_whole(&p->opt->start))
		return fail(p, "an address is missing before the comma");
	p->after_comma = true;
	return !comma[1] || take(p, comma + 1);
}

/* Names are words as they are. */
static bool add_name(struct parser *p, const char *word)
{
	char **place = p->opt->name;

	while (*place)
		place++;
	if (place == p->opt->name + PMAP_NAMES)
		return fail(p, "unexpected argument \"%s\": %d names are enough",
			    word, PMAP_NAMES);
	*place = pmap_options_unquote(word);
	return *place || fail(p, "out of memory");
}

static bool take(struct parser *p, const char *word)
{
	bool inside = p->current && p->current->text &&
		      pmap_expression_is_open(p->current->text);
	const char *comma = inside ? NULL : pmap_expression_comma(word);

	if (inside)
		return join(p, word);
	if (p->syntax->names && !p->current &&
	    (p->operands_only || !is_option_like(word)) && strcmp(word, "--") != 0)
		return add_name(p, word);
	if (is_rights(p, word))
		return take_rights(p, word);
	if (is_text(p, word))
		return take_text(p, word);
	if (is_letters(p, word))
		return take_letters(p, word);
	if (!p->operands_only && strncmp(word, "--", 2) == 0) {
		p->operands_only = !word[2];
		p->current = NULL;
		return !word[2] || take_option(p, word);
	}
	return comma ? take_comma(p, word, comma) : take_word(p, word);
}

/* --- --from FILE ---------------------------------------------------------- */

/* Is all of it a number that needs no GDB? */
static void note_number(struct pmap_expr *expr, void *unused)
{
	char *end;

	(void)unused;
	if (!isdigit((unsigned char)expr->text[0]))
		return;
	errno = 0;
	/* A leading 0 alone means octal, as in C. */
	expr->value = strtoull(expr->text, &end, 0);
	expr->known = !*end && !errno;
}

/* A line that is one of a list: an address. */
static bool add_address(struct parser *p, const char *line)
{
	struct pmap_expr *expr = next_listed(p);

	if (!expr)
		return false;
	expr->text = strdup(line);
	if (!expr->text)
		return fail(p, "out of memory");
	note_number(expr, NULL);
	return true;
}

/* What a line may have besides operands, of what the command takes. */
static void line_options(const struct pmap_syntax *syntax,
			 enum pmap_option *options_ret)
{
	static const enum pmap_option own[] = {
		PMAP_OPT_MT, PMAP_OPT_PAGE, PMAP_OPT_PA, PMAP_OPT_USER,
		PMAP_OPT_SUPERVISOR, PMAP_OPT_SHADOW_STACK,
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (pmap_syntax_takes(syntax, own[i]))
			*options_ret++ = own[i];
	*options_ret = PMAP_OPTIONS;
}

/* A line that has the words of a command. */
static bool parse_line(struct parser *p, struct pmap_options *line, char *words)
{
	enum pmap_option own[PMAP_OPTIONS + 1];
	struct pmap_syntax syntax = *p->syntax;
	char *argv[64], *word, *error;
	int argc = 0;

	while ((word = strsep(&words, " \t")))
		if (*word && argc < (int)(sizeof(argv) / sizeof(argv[0])))
			argv[argc++] = word;
	line_options(&syntax, own);
	syntax.options = own;
	error = pmap_options_parse(line, &syntax, argc, argv);
	if (!error)
		pmap_options_exprs(line, note_number, NULL);
	else
		fail(p, "%s, line \"%s\": %s", p->opt->from, line->text, error);
	free(error);
	return !p->error;
}

static bool add_words(struct parser *p, const char *text)
{
	struct pmap_options *opt = p->opt, *grown, *line;
	char *words = strdup(text);
	bool fine;

	grown = words ? realloc(opt->lines, (opt->nlines + 1) * sizeof(*grown)) : NULL;
	if (!grown) {
		free(words);
		return fail(p, "out of memory");
	}
	opt->lines = grown;
	line = &opt->lines[opt->nlines++];
	*line = (struct pmap_options){ .text = strdup(text) };
	fine = line->text ? parse_line(p, line, words) : fail(p, "out of memory");
	free(words);
	return fine;
}

static bool add_line(struct parser *p, char *line)
{
	char *end;

	line += strspn(line, " \t");
	end = line + strlen(line);
	while (end > line && strchr(" \t\r\n", end[-1]))
		end--;
	*end = '\0';
	if (!*line || *line == '#')
		return true;
	return p->syntax->operands == PMAP_OPERANDS_LIST ? add_address(p, line) :
							    add_words(p, line);
}

/* An expression, a number or a command's words a line; empty ones, and those with a #, are none. */
static void read_list(struct parser *p, const char *name)
{
	char *path = pmap_home_path(name), *line = NULL;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	struct stat st;
	size_t size = 0;

	if (!file)
		fail(p, "%s: %s", name, strerror(errno));
	else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		fail(p, "%s: not a regular file", name);
	while (file && !p->error && getline(&line, &size, file) >= 0 && add_line(p, line))
		;
	if (!p->error && !p->opt->start.text && !p->opt->nlines)
		fail(p, "%s: no address is in it", name);
	if (file)
		fclose(file);
	free(line);
	free(path);
}

/* Is that the end of an option's range, and a length? */
static bool is_range_length(const struct parser *p, const struct pmap_expr *expr)
{
	for (size_t i = 0; i < PMAP_OPTIONS; i++) {
		const struct pmap_expr_range *range =
			(void *)((char *)p->opt + pmap_option_places[i].offset);

		if (pmap_option_places[i].type == PMAP_TYPE_RANGE && expr == &range->end)
			return range->end_is_length;
	}
	return expr == &p->opt->end && p->opt->end_is_length;
}

bool pmap_options_is_task(const struct pmap_expr *expr)
{
	return expr->text && (strncmp(expr->text, "pid:", 4) == 0 ||
			      strncmp(expr->text, "name:", 5) == 0);
}

/* A name may be quoted. */
static void take_name(struct parser *p, struct pmap_expr *expr)
{
	char *text = pmap_options_unquote(expr->text);

	if (!text) {
		fail(p, "out of memory");
		return;
	}
	free(expr->text);
	expr->text = text;
}

/* Values that need no GDB; and what GDB would make something else of. */
static void check_expr(struct pmap_expr *expr, void *arg)
{
	struct parser *p = arg;

	if (expr == &p->opt->root && pmap_options_is_task(expr)) {
		take_name(p, expr);
		return;
	}
	if (is_range_length(p, expr) &&
	    pmap_expression_size(expr->text, &expr->value))
		expr->known = true;
	else if (!p->error)
		p->error = pmap_expression_check(expr->text);
}

/* The addresses of a list as lines, as those of --from are. */
static bool make_lines(struct parser *p)
{
	struct pmap_options *opt = p->opt;
	size_t count = opt->nmore + 2;

	if (!opt->more[opt->nmore - 1].text)
		return fail(p, "an address is missing behind the comma");
	opt->lines = calloc(count, sizeof(*opt->lines));
	if (!opt->lines)
		return fail(p, "out of memory");
	opt->nlines = count;
	for (size_t i = 0; i < count; i++) {
		struct pmap_options *line = &opt->lines[i];

		line->start = i == 0 ? opt->start : i == 1 ? opt->end :
			      opt->more[i - 2];
		if (line->start.text[0] == '+')
			fail(p, "unexpected length %s in a list of addresses",
			     line->start.text);
		line->rights_word = opt->rights_word ? strdup(opt->rights_word) : NULL;
	}
	opt->start = opt->end = (struct pmap_expr){ 0 };
	opt->nmore = 0;
	return !p->error;
}

/* A list that ends with a comma. */
static void check_lists(struct parser *p)
{
	for (size_t i = 0; i < PMAP_OPTIONS; i++) {
		const struct pmap_expr_list *list =
			(void *)((char *)p->opt + pmap_option_places[i].offset);

		if (pmap_option_places[i].type == PMAP_TYPE_LIST && list->count &&
		    !list->expr[list->count - 1].text)
			fail(p, "%s: an address is missing behind the comma",
			     pmap_option_places[i].name);
	}
}

char *pmap_options_parse(struct pmap_options *opt,
			 const struct pmap_syntax *syntax,
			 int argc, char *const *argv)
{
	struct parser p = {
		.opt = opt, .syntax = syntax, .argc = argc, .argv = argv,
	};

	while (p.at < argc && !p.error)
		if (*argv[p.at++])
			take(&p, argv[p.at - 1]);
	if (!p.error && opt->from && syntax->operands != PMAP_OPERANDS_LIST &&
	    (opt->start.text || opt->rights_word))
		fail(&p, "--from %s: its lines have the addresses, so there are none here",
		     opt->from);
	if (!p.error && p.listed)
		make_lines(&p);
	if (!p.error && opt->from)
		read_list(&p, opt->from);
	if (!p.error && !opt->start.text && !opt->nlines && syntax->required)
		fail(&p, "an address is missing");
	if (!p.error && (p.after_comma || (opt->end_is_length && !opt->end.text)))
		fail(&p, "the end of the range is missing: START,END or START,+LEN");
	check_lists(&p);
	pmap_options_exprs(opt, check_expr, &p);
	return p.error;
}
