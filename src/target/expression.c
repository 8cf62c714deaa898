/*
 * Where an expression ends, told by its characters; see expression.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/expression.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Where it ends -------------------------------------------------------- */

/* What a scan over an expression has seen. */
struct scan {
	int depth;		/* brackets that are open */
	char quote;		/* the quotes that are open, or 0 */
};

/* Past one character, or an escaped one. */
static const char *scan_one(struct scan *scan, const char *s)
{
	if (*s == '\\' && s[1])
		return s + 2;
	if (scan->quote)
		scan->quote = *s == scan->quote ? 0 : scan->quote;
	else if (*s == '\'' || *s == '"')
		scan->quote = *s;
	else if (*s == '(' || *s == '[' || *s == '{')
		scan->depth++;
	else if (*s == ')' || *s == ']' || *s == '}')
		scan->depth--;
	return s + 1;
}

bool pmap_expression_is_open(const char *text)
{
	struct scan scan = { 0 };

	while (*text)
		text = scan_one(&scan, text);
	return scan.depth > 0;
}

const char *pmap_expression_comma(const char *word)
{
	struct scan scan = { 0 };

	while (*word && (*word != ',' || scan.depth || scan.quote))
		word = scan_one(&scan, word);
	return *word ? word : NULL;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* The last parenthesis of `text`, which ends with `)'; NULL: there is none. */
static const char *last_group(const char *text)
{
	const char *s = text + strlen(text);
	int depth = 0;

	while (s-- > text) {
		depth += (*s == ')') - (*s == '(');
		if (!depth)
			return s;
	}
	return NULL;
}

/* Can what is before `end` be called, or end an expression? */
static bool is_operand_before(const char *text, const char *end)
{
	while (end > text && end[-1] == ' ')
		end--;
	return end > text && (is_name_char(end[-1]) || strchr(")]'\"", end[-1]));
}

static bool names_type(const char *s, size_t len)
{
	static const char *const types[] = {
		"char", "short", "int", "long", "unsigned", "signed", "float",
		"double", "void", "bool", "_Bool", "struct", "union", "enum",
		"const", "volatile",
	};
	size_t word = 0;

	if (memchr(s, '*', len) || memchr(s, ' ', len))
		return true;
	while (word < len && is_name_char(s[word]))
		word++;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (word == strlen(types[i]) && !strncmp(s, types[i], word))
			return true;
	return word > 2 && strncmp(s + word - 2, "_t", 2) == 0;
}

/*
 * "(unsigned long)" at the end can only be a cast, which wants an operand;
 * "(x)" may be one or a value.
 */
enum cast { NO_CAST, PERHAPS_CAST, CAST };

static enum cast ends_with_cast(const char *text)
{
	size_t len = strlen(text), inner;
	const char *open;

	if (!len || text[len - 1] != ')')
		return NO_CAST;
	open = last_group(text);
	if (!open || is_operand_before(text, open))
		return NO_CAST;
	inner = text + len - 1 - (open + 1);
	if (!inner || (!isalpha((unsigned char)open[1]) && open[1] != '_'))
		return NO_CAST;
	for (size_t i = 1; i <= inner; i++)
		if (!is_name_char(open[i]) && !strchr(" *", open[i]))
			return NO_CAST;
	return names_type(open + 1, inner) ? CAST : PERHAPS_CAST;
}

bool pmap_expression_is_complete(const char *text)
{
	size_t len = strlen(text);

	if (!len || pmap_expression_is_open(text) || ends_with_cast(text) == CAST)
		return false;
	return !strchr("+-*/%&|^<>=!~?:.,@", text[len - 1]);
}

/* A word that no expression begins with, so that it can only go on with one. */
static bool only_joins(const char *word)
{
	static const char *const operators[] = { "->", "&&", "!=" };

	if (strchr("/%|^<>=?:.,)]@[", word[0]))
		return true;
	if (!word[1])
		return strchr("+-*&", word[0]) != NULL;
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (strncmp(word, operators[i], 2) == 0)
			return true;
	/* An address or the target of a number is nothing; a mask is. */
	return strchr("*&", word[0]) && (isdigit((unsigned char)word[1]) ||
					 strchr("~-!+", word[1]));
}

enum pmap_next pmap_expression_next(const char *text, const char *word)
{
	size_t len = strlen(text);

	if (!pmap_expression_is_complete(text) || only_joins(word))
		return PMAP_NEXT_JOINS;
	if (ends_with_cast(text) == PERHAPS_CAST)
		return PMAP_NEXT_EITHER;
	/* Addresses are not multiplied, and no masks. */
	if (word[0] == '&' && text[0] == '&')
		return PMAP_NEXT_BEGINS;
	if (strchr("+-*&", word[0]))
		return PMAP_NEXT_EITHER;
	/* A call, if a name is before it. */
	if (word[0] == '(' && is_name_char(text[len - 1])) {
		while (len && is_name_char(text[len - 1]))
			len--;
		return isdigit((unsigned char)text[len]) ? PMAP_NEXT_BEGINS :
							   PMAP_NEXT_EITHER;
	}
	return PMAP_NEXT_BEGINS;
}

/* --- Numbers -------------------------------------------------------------- */

bool pmap_expression_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	const char *unit;
	unsigned shift;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*bytes = strtoull(text, &end, strncmp(text, "0x", 2) ? 10 : 16);
	unit = *end ? strchr(units, *end) : NULL;
	if (errno || !unit || end[1])
		return false;
	shift = 10 * (unsigned)(unit - units + 1);
	if (*bytes > UINT64_MAX >> shift)
		return false;
	*bytes <<= shift;
	return true;
}

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

/* GDB cuts what has more than 64 bits, and rounds what has a fraction. */
static const char *number_trouble(const char *s, const char *end)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');

	if (!hex && is_fraction(s, end))
		return "is not an integer";
	errno = 0;
	strtoull(s, NULL, hex ? 16 : 10);
	return errno == ERANGE ? "has more than 64 bits" : NULL;
}

static const char *skip_blanks(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

/* Does a constant at `s` stand by itself on the left of a shift? */
static bool is_whole_operand(const char *text, const char *s)
{
	while (s > text && s[-1] == ' ')
		s--;
	return s == text || strchr("(,|&^<>=?:[", s[-1]);
}

/*
 * "1 << 47" at `s`: in C, GDB's result has the 32 bits of an int.  Tells the
 * number of bits, else 0.
 */
static unsigned long long overflows_int(const char *text, const char *s,
					const char *end)
{
	unsigned long long value, count;
	char *stop;

	value = strtoull(s, &stop, 0);
	if (stop < end && (*stop == 'u' || *stop == 'U'))
		stop++;
	if (stop != end || value > INT32_MAX || !value ||
	    !is_whole_operand(text, s))
		return 0;
	s = skip_blanks(end);
	if (strncmp(s, "<<", 2) != 0)
		return 0;
	s = skip_blanks(s + 2);
	count = isdigit((unsigned char)*s) ? strtoull(s, NULL, 0) : 0;
	return count > 31 || value << count > INT32_MAX ? count : 0;
}

__attribute__((format(printf, 1, 2)))
static char *line(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = strdup("out of memory");
	va_end(args);
	return text;
}

/* What is wrong with the number from `s` to `end`; or NULL. */
static char *check_number(const char *text, const char *s, const char *end)
{
	const char *trouble = number_trouble(s, end);
	unsigned long long count;
	char *stop;

	if (trouble)
		return line("%.*s %s", (int)(end - s), s, trouble);
	count = overflows_int(text, s, end);
	if (!count)
		return NULL;
	strtoull(s, &stop, 0);
	return line("%.*s << %llu overflows a C int, which has 32 bits: write %.*sull << %llu",
		    (int)(end - s), s, count, (int)(stop - s), s, count);
}

char *pmap_expression_check(const char *text)
{
	struct scan scan = { 0 };
	const char *s = text, *end;
	char *error = NULL;

	/* For a string GDB wants the program to have a malloc(). */
	if (*text == '"')
		return line("%s is a string, not an address", text);
	while (*s && !error) {
		if (scan.quote || !is_name_char(*s)) {
			s = scan_one(&scan, s);
			continue;
		}
		end = number_end(s + 1);
		if (isdigit((unsigned char)*s)) {
			end = number_end(s);
			error = check_number(text, s, end);
		}
		s = end;
	}
	return error;
}
