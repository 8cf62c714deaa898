/*
 * One command for many addresses: A,B,C and the lines of --from FILE.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/output.h"
#include "target/expression.h"
#include "target/parser.h"

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
static bool add_address(struct pmap_parser *p, const char *line)
{
	struct pmap_expr *expr = pmap_parser_next_listed(p);

	if (!expr)
		return false;
	expr->text = strdup(line);
	if (!expr->text)
		return pmap_parser_fail(p, "out of memory");
	note_number(expr, NULL);
	return true;
}

/* What a line may have besides operands, of what the command takes. */
static void line_options(const struct pmap_syntax *syntax,
			 enum pmap_option *options_ret)
{
	static const enum pmap_option own[] = {
		PMAP_OPT_MT, PMAP_OPT_PAGE, PMAP_OPT_PA, PMAP_OPT_USER,
		PMAP_OPT_SUPERVISOR, PMAP_OPT_SHADOW_STACK, PMAP_OPT_SAME_AS,
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (pmap_syntax_takes(syntax, own[i]))
			*options_ret++ = own[i];
	*options_ret = PMAP_OPTIONS;
}

/* A line that has the words of a command. */
static bool parse_line(struct pmap_parser *p, struct pmap_options *line, char *words)
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
		pmap_parser_fail(p, "%s, line \"%s\": %s", p->opt->from, line->text, error);
	free(error);
	return !p->error;
}

static bool add_words(struct pmap_parser *p, const char *text)
{
	struct pmap_options *opt = p->opt, *grown, *line;
	char *words = strdup(text);
	bool fine;

	grown = words ? realloc(opt->lines, (opt->nlines + 1) * sizeof(*grown)) : NULL;
	if (!grown) {
		free(words);
		return pmap_parser_fail(p, "out of memory");
	}
	opt->lines = grown;
	line = &opt->lines[opt->nlines++];
	*line = (struct pmap_options){ .text = strdup(text) };
	fine = line->text ? parse_line(p, line, words) : pmap_parser_fail(p, "out of memory");
	free(words);
	return fine;
}

static bool add_line(struct pmap_parser *p, char *line)
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

void pmap_parser_read_list(struct pmap_parser *p, const char *name)
{
	char *path = pmap_home_path(name), *line = NULL;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	struct stat st;
	size_t size = 0;

	if (!file)
		pmap_parser_fail(p, "%s: %s", name, strerror(errno));
	else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		pmap_parser_fail(p, "%s: not a regular file", name);
	while (file && !p->error && getline(&line, &size, file) >= 0 && add_line(p, line))
		;
	if (!p->error && !p->opt->start.text && !p->opt->nlines)
		pmap_parser_fail(p, "%s: no address is in it", name);
	if (file)
		fclose(file);
	free(line);
	free(path);
}

bool pmap_parser_make_lines(struct pmap_parser *p)
{
	struct pmap_options *opt = p->opt;
	size_t count = opt->nmore + 2;

	if (!opt->more[opt->nmore - 1].text)
		return pmap_parser_fail(p, "an address is missing behind the comma");
	opt->lines = calloc(count, sizeof(*opt->lines));
	if (!opt->lines)
		return pmap_parser_fail(p, "out of memory");
	opt->nlines = count;
	for (size_t i = 0; i < count; i++) {
		struct pmap_options *line = &opt->lines[i];

		line->start = i == 0 ? opt->start : i == 1 ? opt->end :
			      opt->more[i - 2];
		if (line->start.text[0] == '+')
			pmap_parser_fail(p, "unexpected length %s in a list of addresses",
			     line->start.text);
		line->rights_word = opt->rights_word ? strdup(opt->rights_word) : NULL;
	}
	opt->start = opt->end = (struct pmap_expr){ 0 };
	opt->nmore = 0;
	return !p->error;
}

void pmap_parser_check_lists(struct pmap_parser *p)
{
	for (size_t i = 0; i < PMAP_OPTIONS; i++) {
		const struct pmap_expr_list *list =
			(void *)((char *)p->opt + pmap_option_places[i].offset);

		if (pmap_option_places[i].type == PMAP_TYPE_LIST && list->count &&
		    !list->expr[list->count - 1].text)
			pmap_parser_fail(p, "%s: an address is missing behind the comma",
			     pmap_option_places[i].name);
	}
}
