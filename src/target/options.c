/*
 * The words of a command: options and operands.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pml/formats.h>

#include "base/text.h"

enum type { FLAG, EXPR, STRING, FORMAT };

/* Every option of every command, once. */
static const struct option {
	const char *name;
	enum type type;
	size_t offset;		/* of its place in struct pmap_options */
} options[PMAP_OPTIONS] = {
#define PMAP_OPTION(ID, place, type, name, value) \
	[PMAP_OPT_##ID] = { name, type, offsetof(struct pmap_options, place) },
#include "target/option-list.h"
#undef PMAP_OPTION
};

struct parser {
	struct pmap_options *opt;
	const struct pmap_syntax *syntax;
	int argc, at;
	char *const *argv;
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

/* How many parentheses and brackets are open at the end of `s`; quotes hide them. */
static int open_brackets(const char *s)
{
	char quote = 0;
	int depth = 0;

	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (quote)
			quote = *s == quote ? 0 : quote;
		else if (*s == '\'' || *s == '"')
			quote = *s;
		else if (*s == '(' || *s == '[' || *s == '{')
			depth++;
		else if (*s == ')' || *s == ']' || *s == '}')
			depth--;
	}
	return depth;
}

/* Appends a word to an expression, one space between. */
static bool join(struct parser *p, char **text, const char *word)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", *text ? *text : "",
		     *text ? " " : "", word) < 0)
		return fail(p, "out of memory");
	free(*text);
	*text = joined;
	return true;
}

/* "(unsigned long)": a parenthesis that can only be a cast wants an operand. */
static bool is_cast(const char *text)
{
	size_t len = strlen(text);

	if (len < 3 || text[0] != '(' || !isalpha((unsigned char)text[1]))
		return false;
	for (size_t i = 1; i < len - 1; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("_ *", text[i]))
			return false;
	return text[len - 1] == ')';
}

/* Is the expression complete, as far as words show? */
static bool is_complete(const char *text)
{
	if (!text || !*text || open_brackets(text) > 0 || is_cast(text))
		return false;
	return !strchr("+-*/%&|^<>=!~?:.,", text[strlen(text) - 1]);
}

/*
 * Does `word` go on with an expression that could end here?  Operators alone
 * do; so do those glued to what follows, unless it reads better as an operand
 * of its own: &symbol, *pointer, -1, or (+LEN) a length.
 */
static bool continues(const char *word)
{
	if (!word[1])
		return strchr("+-*/%&|^<>=?:", word[0]) != NULL;
	if (strchr("/%|^<>=?:.,)]", word[0]))
		return true;
	return strncmp(word, "->", 2) == 0 || strncmp(word, "&&", 2) == 0;
}

/*
 * The value of an option: the rest of "--name=value", or the next words.  The
 * next word is an option's name more likely than a value that begins like one.
 */
static bool option_value(struct parser *p, const struct option *option,
			 const char *inlined, char **text)
{
	const char *word = inlined;

	if (!inlined && p->at < p->argc)
		word = p->argv[p->at];
	if (!word || !*word)
		return fail(p, "%s needs a value", option->name);
	if (!inlined && word[0] == '-' && word[1] == '-' &&
	    isalpha((unsigned char)word[2]))
		return fail(p, "%s needs a value (if that is to be \"%s\": %s=%s)",
			    option->name, word, option->name, word);
	p->at += !inlined;
	free(*text);
	*text = NULL;
	if (!join(p, text, word))
		return false;
	while (option->type == EXPR && p->at < p->argc &&
	       (open_brackets(*text) > 0 || is_cast(*text)))
		if (!join(p, text, p->argv[p->at++]))
			return false;
	return true;
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
static bool set_string(struct parser *p, const struct option *option,
		       const char *inlined, char **place)
{
	char *text;

	if (!option_value(p, option, inlined, place))
		return false;
	text = pmap_options_unquote(*place);
	if (!text)
		return fail(p, "out of memory");
	free(*place);
	*place = text;
	return *text || fail(p, "%s needs a value", option->name);
}

static const struct pml_format *find_format(const char *name)
{
	for (size_t i = 0; pml_formats[i]; i++)
		if (strcmp(name, pml_formats[i]->name) == 0)
			return pml_formats[i];
	return NULL;
}

/* "no format "x": there are ..." */
static bool fail_format(struct parser *p, const char *name)
{
	struct pmap_text names = { 0 };

	for (size_t i = 0; pml_formats[i]; i++)
		pmap_text_add(&names, " %s", pml_formats[i]->name);
	fail(p, "no format \"%s\"; there are:%s", name, names.data);
	pmap_text_free(&names);
	return false;
}

static bool set_format(struct parser *p, const struct option *option,
		       const char *inlined, const struct pml_format **place)
{
	char *text = NULL;

	if (!option_value(p, option, inlined, &text))
		return false;
	*place = find_format(text);
	if (!*place)
		fail_format(p, text);
	free(text);
	return *place != NULL;
}

static bool set_option(struct parser *p, const struct option *option,
		       const char *inlined)
{
	void *place = (char *)p->opt + option->offset;

	switch (option->type) {
	case FLAG:
		if (inlined)
			return fail(p, "%s takes no value", option->name);
		*(bool *)place = true;
		return true;
	case EXPR:
		return option_value(p, option, inlined,
				    &((struct pmap_expr *)place)->text);
	case STRING:
		return set_string(p, option, inlined, place);
	case FORMAT:
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
		pmap_text_add(&text, " %s", options[*o].name);
	if (!text.len)
		pmap_text_puts(&text, " none");
	return text.data;
}

static bool parse_option(struct parser *p, const char *word)
{
	const enum pmap_option *o = p->syntax->options;
	size_t len = strcspn(word, "=");
	char *names;

	while (*o != PMAP_OPTIONS && (strlen(options[*o].name) != len ||
				      strncmp(word, options[*o].name, len) != 0))
		o++;
	if (*o != PMAP_OPTIONS)
		return set_option(p, &options[*o],
				  word[len] ? word + len + 1 : NULL);
	names = allowed_names(p->syntax);
	fail(p, "no option \"%s\" here; there are:%s", word, names ? names : "");
	free(names);
	return false;
}

/* "+LEN", glued, after a complete START. */
static bool is_length(const struct parser *p, const char *word)
{
	return p->syntax->operands == PMAP_OPERANDS_RANGE && !p->opt->end.text &&
	       is_complete(p->opt->start.text) && word[0] == '+' && word[1];
}

/* "r", "rw-s", "none": the word of rights behind a complete address. */
static bool is_rights(const struct parser *p, const char *word)
{
	return p->syntax->rights && !p->opt->rights &&
	       is_complete(p->opt->start.text) &&
	       (!p->opt->end.text || is_complete(p->opt->end.text)) &&
	       (strcmp(word, "none") == 0 || word[strspn(word, "rwxus-?")] == '\0');
}

static bool parse_operand(struct parser *p, const char *word)
{
	struct pmap_options *opt = p->opt;
	char **text = opt->end.text ? &opt->end.text : &opt->start.text;

	if (is_rights(p, word)) {
		opt->rights = strdup(word);
		return opt->rights || fail(p, "out of memory");
	}
	if (p->syntax->operands == PMAP_OPERANDS_NONE)
		return fail(p, "\"%s\" is too much: this command takes no address",
			    word);
	if (p->syntax->operands == PMAP_OPERANDS_ADDR || !is_complete(*text))
		return join(p, text, word);
	if (is_length(p, word)) {
		opt->end_is_length = true;
		return join(p, &opt->end.text, word + 1);
	}
	if (continues(word))
		return join(p, text, word);
	if (opt->end.text)
		return fail(p, "unexpected argument \"%s\" (range: START END or START +LEN)",
			    word);
	return join(p, &opt->end.text, word);
}

/* A range may be written START,END or START,+LEN, too. */
static bool split_comma(struct parser *p, const char *word)
{
	const char *comma = strchr(word, ',');
	char *head;
	bool fine;

	if (p->syntax->operands != PMAP_OPERANDS_RANGE || !comma ||
	    p->opt->end.text || open_brackets(word) != 0 ||
	    (p->opt->start.text && open_brackets(p->opt->start.text) > 0) ||
	    memchr(word, '(', comma - word) || memchr(word, '\'', comma - word))
		return parse_operand(p, word);
	head = strndup(word, comma - word);
	if (!head)
		return fail(p, "out of memory");
	fine = !*head || parse_operand(p, head);
	free(head);
	if (!fine || !comma[1])
		return fine;
	p->opt->end_is_length = comma[1] == '+';
	return join(p, &p->opt->end.text, comma + 1 + (comma[1] == '+'));
}

/* --- Constants ------------------------------------------------------------ */
/*
 * GDB cuts what has more than 64 bits, rounds what has a fraction, and for a
 * string wants the program to have a malloc().  No such thing is an address.
 */

/* Behind the characters of a number, in any language's spelling. */
static const char *number_end(const char *s)
{
	while (isalnum((unsigned char)*s) || *s == '_' ||
	       (*s == '.' && isdigit((unsigned char)s[1])))
		s++;
	return s;
}

/* Digits, and then a point with more of them.  An exponent may be hexadecimal. */
static bool is_fraction(const char *s, const char *end)
{
	size_t digits = strspn(s, "0123456789");

	return s + digits < end && s[digits] == '.';
}

static const char *number_trouble(const char *s, const char *end)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');

	if (!hex && is_fraction(s, end))
		return "is no integer";
	errno = 0;
	strtoull(s, NULL, hex ? 16 : 10);
	return errno == ERANGE ? "has more than 64 bits" : NULL;
}

char *pmap_options_check(const char *text)
{
	struct parser p = { 0 };
	const char *s, *end;
	char quote = 0;

	if (*text == '"')
		fail(&p, "%s is a string, no address", text);
	for (s = text; *s; s++) {
		if (*s == '\\' && s[1]) {
			s++;
		} else if (quote) {
			quote = *s == quote ? 0 : quote;
		} else if (*s == '\'' || *s == '"') {
			quote = *s;
		} else if (isdigit((unsigned char)*s)) {
			end = number_end(s);
			if (number_trouble(s, end))
				fail(&p, "%.*s %s", (int)(end - s), s,
				     number_trouble(s, end));
			s = end - 1;
		} else if (isalpha((unsigned char)*s) || *s == '_' || *s == '$') {
			s = number_end(s + 1) - 1;
		}
	}
	return p.error;
}

static void check_expr(struct pmap_expr *expr, void *arg)
{
	struct parser *p = arg;

	if (!p->error)
		p->error = pmap_options_check(expr->text);
}

char *pmap_options_parse(struct pmap_options *opt,
			 const struct pmap_syntax *syntax,
			 int argc, char *const *argv)
{
	struct parser p = {
		.opt = opt, .syntax = syntax, .argc = argc, .argv = argv,
	};
	bool operands_only = false;

	while (p.at < argc && !p.error) {
		const char *word = argv[p.at++];

		if (!*word)
			continue;
		if (operands_only || strncmp(word, "--", 2) != 0)
			split_comma(&p, word);
		else if (strcmp(word, "--") == 0)
			operands_only = true;
		else
			parse_option(&p, word);
	}
	if (!p.error && !opt->start.text && syntax->required)
		fail(&p, "an address is missing");
	pmap_options_exprs(opt, check_expr, &p);
	return p.error;
}

void pmap_options_free(struct pmap_options *opt)
{
	free(opt->start.text);
	free(opt->end.text);
	free(opt->rights);
	for (size_t i = 0; i < PMAP_OPTIONS; i++) {
		void *place = (char *)opt + options[i].offset;

		if (options[i].type == EXPR)
			free(((struct pmap_expr *)place)->text);
		else if (options[i].type == STRING)
			free(*(char **)place);
	}
}

void pmap_options_exprs(struct pmap_options *opt,
			void (*each)(struct pmap_expr *expr, void *arg),
			void *arg)
{
	if (opt->start.text)
		each(&opt->start, arg);
	if (opt->end.text)
		each(&opt->end, arg);
	for (size_t i = 0; i < PMAP_OPTIONS; i++) {
		struct pmap_expr *expr =
			(void *)((char *)opt + options[i].offset);

		if (options[i].type == EXPR && expr->text)
			each(expr, arg);
	}
}
