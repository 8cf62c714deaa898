/*
 * The words of a command that are no options: addresses, ranges, rights, lists.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "target/expression.h"
#include "target/parser.h"

/* The range that the current expression begins, if it is an option's; or NULL. */
static struct pmap_expr_range *range_of(const struct pmap_parser *p)
{
	return p->option && p->option->type == PMAP_TYPE_RANGE ?
	       (void *)((char *)p->opt + p->option->offset) : NULL;
}

/* Its end, behind the comma, or a length that follows. */
static bool take_range_end(struct pmap_parser *p, const char *word)
{
	struct pmap_expr_range *range = range_of(p);

	p->current = &range->end;
	range->end_is_length = word[0] == '+';
	word += range->end_is_length;
	return !*word || pmap_parser_join(p, word);
}

/* May another expression begin? */
static bool has_room(const struct pmap_parser *p)
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

bool pmap_parser_is_rights(const struct pmap_parser *p, const char *word)
{
	return p->syntax->rights && !p->opt->rights_word && !p->after_comma &&
	       is_whole(&p->opt->start) &&
	       (!p->opt->end.text || is_whole(&p->opt->end)) &&
	       (!p->current || is_whole(p->current)) && looks_like_rights(word);
}

/* "+LEN" behind START; or -1, which stands for the top of the address space. */
static bool is_end(const struct pmap_parser *p, const char *word)
{
	return (word[0] == '+' || strcmp(word, "-1") == 0) &&
	       is_whole(&p->opt->start) && !p->opt->end.text;
}

/* Could a word that may belong to an option's value be an operand instead? */
static bool could_begin(const struct pmap_parser *p, const char *word)
{
	return word[0] != '+' || is_end(p, word);
}

bool pmap_parser_take_rights(struct pmap_parser *p, const char *word)
{
	p->current = NULL;
	p->option = NULL;
	p->opt->rights_word = strdup(word);
	return p->opt->rights_word || pmap_parser_fail(p, "out of memory");
}

struct pmap_expr *pmap_parser_next_listed(struct pmap_parser *p)
{
	return p->opt->start.text ? pmap_parser_append(p, &p->opt->more, &p->opt->nmore) :
				    &p->opt->start;
}

bool pmap_parser_is_text(const struct pmap_parser *p, const char *word)
{
	return p->syntax->text && !p->after_comma &&
	       is_whole(&p->opt->start) && is_whole(&p->opt->end) &&
	       (!p->current || is_whole(p->current)) &&
	       (isalpha((unsigned char)word[0]) || strchr("_\"'", word[0]));
}

bool pmap_parser_take_text(struct pmap_parser *p, const char *word)
{
	struct pmap_text text = { 0 };

	pmap_text_puts(&text, word);
	for (; p->at < p->argc; p->at++)
		pmap_text_add(&text, " %s", p->argv[p->at]);
	p->current = NULL;
	p->opt->text = text.data ? pmap_options_unquote(text.data) : NULL;
	pmap_text_free(&text);
	return p->opt->text || pmap_parser_fail(p, "out of memory");
}

bool pmap_parser_is_letters(const struct pmap_parser *p, const char *word)
{
	return p->syntax->letters && !p->opt->letters && word[0] == '/' &&
	       !p->current && !p->after_comma;
}

bool pmap_parser_take_letters(struct pmap_parser *p, const char *word)
{
	p->opt->letters = strdup(word + 1);
	return p->opt->letters || pmap_parser_fail(p, "out of memory");
}

/* START, or what follows it. */
static bool begin_operand(struct pmap_parser *p, const char *word)
{
	struct pmap_options *opt = p->opt;

	p->option = NULL;
	p->after_comma = false;
	if (p->syntax->operands == PMAP_OPERANDS_LIST) {
		p->current = pmap_parser_next_listed(p);
		return p->current && pmap_parser_join(p, word);
	}
	p->current = !opt->start.text ? &opt->start :
		     !opt->end.text ? &opt->end : &opt->to;
	if (p->current != &opt->end || word[0] != '+')
		return pmap_parser_join(p, word);
	opt->end_is_length = true;
	return !word[1] || pmap_parser_join(p, word + 1);
}

static bool fail_unexpected(struct pmap_parser *p, const char *word)
{
	switch (p->syntax->operands) {
	case PMAP_OPERANDS_NONE:
		return pmap_parser_fail(p, "unexpected argument \"%s\": this command takes no address",
			    word);
	case PMAP_OPERANDS_ADDR:
		return pmap_parser_fail(p, "unexpected argument \"%s\": one address is all that this command takes",
			    word);
	case PMAP_OPERANDS_LIST:
	case PMAP_OPERANDS_RANGE:
		break;
	}
	return pmap_parser_fail(p, "unexpected argument \"%s\" (range: START END or START +LEN)",
		    word);
}

/* What can be read in two ways is not guessed. */
static bool fail_ambiguous(struct pmap_parser *p, const char *word)
{
	const char *text = p->current->text;

	if (p->option)
		return pmap_parser_fail(p, "\"%s %s %s\" can be one value, or a value and an address: write %s (%s %s), or the address before %s",
			    p->option->name, text, word, p->option->name, text,
			    word, p->option->name);
	return pmap_parser_fail(p, "\"%s %s\" can be one expression or two: write (%s %s), or %s,%s for %s",
		    text, word, text, word, text, word,
		    p->syntax->operands == PMAP_OPERANDS_LIST ?
		    "two addresses" : "START and END");
}

bool pmap_parser_take_word(struct pmap_parser *p, const char *word)
{
	bool at_start = p->current == &p->opt->start;
	enum pmap_next next = PMAP_NEXT_BEGINS;

	if (p->current && !p->after_comma)
		next = p->current->text ?
		       pmap_expression_next(p->current->text, word) :
		       PMAP_NEXT_JOINS;
	else if (!p->after_comma && p->opt->start.text &&
		 pmap_expression_next("x", word) == PMAP_NEXT_JOINS)
		return pmap_parser_fail(p, "unexpected \"%s\": an option has ended the expression before it",
			    word);
	if (next == PMAP_NEXT_JOINS)
		return pmap_parser_join(p, word);
	if (range_of(p) && p->current == &range_of(p)->start &&
	    word[0] == '+' && is_whole(p->current))
		return take_range_end(p, word);
	if (pmap_parser_is_option_like(word) && !p->operands_only)
		return pmap_parser_take_option(p, word);
	if (!has_room(p)) {
		/* What nothing else can be is left to GDB's judgement. */
		if (p->current && (next == PMAP_NEXT_EITHER || at_start))
			return pmap_parser_join(p, word);
		return fail_unexpected(p, word);
	}
	if (at_start && is_end(p, word))
		next = PMAP_NEXT_BEGINS;
	if (next == PMAP_NEXT_EITHER && p->option && !could_begin(p, word))
		return pmap_parser_join(p, word);
	/* No address begins with a plus. */
	if (next == PMAP_NEXT_EITHER && word[0] == '+' &&
	    p->syntax->operands == PMAP_OPERANDS_LIST)
		return pmap_parser_join(p, word);
	if (next == PMAP_NEXT_EITHER)
		return fail_ambiguous(p, word);
	return begin_operand(p, word);
}

/* What is before the comma, if anything is: taken as `take' takes a word. */
static bool take_head(struct pmap_parser *p, const char *word, const char *comma,
		      bool (*take)(struct pmap_parser *p, const char *word))
{
	char *head = strndup(word, comma - word);
	bool fine;

	if (!head)
		return pmap_parser_fail(p, "out of memory");
	fine = !*head || take(p, head);
	free(head);
	return fine;
}

/* In an option's value: another one may follow as END. */
static bool split_range(struct pmap_parser *p, const char *word, const char *comma)
{
	bool fine = take_head(p, word, comma, pmap_parser_join);

	return fine && (is_whole(p->current) ||
			pmap_parser_fail(p, "an address is missing before the comma")) &&
	       take_range_end(p, comma + 1);
}

/* In an option's value that is a list: another one follows. */
static bool split_values(struct pmap_parser *p, const char *word, const char *comma)
{
	struct pmap_expr_list *list = (void *)((char *)p->opt + p->option->offset);
	bool fine = take_head(p, word, comma, pmap_parser_join);

	if (fine && !is_whole(p->current))
		return pmap_parser_fail(p, "an address is missing before the comma");
	p->current = fine ? pmap_parser_append(p, &list->expr, &list->count) : NULL;
	return p->current && (!comma[1] || pmap_parser_take(p, comma + 1));
}

/* A,B is two of a list. */
static bool split_list(struct pmap_parser *p, const char *word, const char *comma)
{
	bool fine = take_head(p, word, comma, pmap_parser_take_word);

	if (fine && (!p->current || !is_whole(p->current)))
		return pmap_parser_fail(p, "an address is missing before the comma");
	p->current = NULL;
	return fine && (!comma[1] || pmap_parser_take(p, comma + 1));
}

/* Behind the second address, or a later one: what comes is a list. */
static bool split_several(struct pmap_parser *p, const char *word, const char *comma)
{
	struct pmap_options *opt = p->opt;
	bool fine = take_head(p, word, comma, pmap_parser_take_word);

	if (fine && (opt->end_is_length || !p->current || !is_whole(p->current)))
		return pmap_parser_fail_comma(p, word);
	p->listed = true;
	p->after_comma = false;
	p->current = fine ? pmap_parser_append(p, &opt->more, &opt->nmore) : NULL;
	return p->current && (!comma[1] || pmap_parser_take(p, comma + 1));
}

bool pmap_parser_take_comma(struct pmap_parser *p, const char *word, const char *comma)
{
	if (range_of(p) && p->current == &range_of(p)->start)
		return split_range(p, word, comma);
	if (p->option && p->option->type == PMAP_TYPE_LIST)
		return split_values(p, word, comma);
	if (p->syntax->operands == PMAP_OPERANDS_LIST && !p->option)
		return split_list(p, word, comma);
	if (p->syntax->several && !p->option &&
	    (p->after_comma || p->opt->end.text))
		return split_several(p, word, comma);
	if (p->syntax->operands != PMAP_OPERANDS_RANGE || p->opt->end.text ||
	    p->option || p->after_comma)
		return pmap_parser_fail_comma(p, word);
	if (!take_head(p, word, comma, pmap_parser_take_word))
		return false;
	if (!is_whole(&p->opt->start))
		return pmap_parser_fail(p, "an address is missing before the comma");
	p->after_comma = true;
	return !comma[1] || pmap_parser_take(p, comma + 1);
}
