/*
 * pmap source, pmap open: their words.
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
#include <unistd.h>

#include "base/output.h"
#include "memory/corefile.h"
#include "memory/mark.h"
#include "memory/session.h"
#include "target/expression.h"
#include "target/query.h"
#include "walkers/walkers.h"

/* A command line, and how far it is read. */
struct words {
	struct pmap_query *q;
	const char *const *at;
	struct pmap_source_piece *piece;	/* the last one */
	size_t expr;		/* its expression that a word would go on with */
};

static int usage(struct pmap_query *q, const char *problem)
{
	const struct pmap_source_ops *ops = q->choice->ops;

	return pmap_fail(q, PMAP_STATUS_USAGE, "source: %s: `pmap source %s%s%s'",
			 problem, ops ? ops->name : "auto",
			 ops && ops->usage[0] ? " " : "", ops ? ops->usage : "");
}

static int no_memory(struct pmap_query *q)
{
	return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
}

static int add_piece(struct words *w)
{
	w->piece = pmap_source_args_add(&w->q->choice->args);
	w->expr = 0;
	return w->piece ? 0 : usage(w->q, "too many pieces");
}

/* --- Files ---------------------------------------------------------------- */

/* A full name, so that the source survives GDB's `cd'; NULL and errno. */
static char *full_name(const char *word)
{
	char *name = pmap_options_unquote(word);
	char *path = name ? pmap_home_path(name) : NULL;
	char *full = path ? realpath(path, NULL) : NULL;

	free(name);
	free(path);
	return full;
}

static int take_file(struct words *w, const char *word)
{
	int status = add_piece(w);

	if (status)
		return status;
	w->piece->file = full_name(word);
	if (w->piece->file)
		return 0;
	return pmap_fail(w->q, PMAP_STATUS_USAGE, "%s: %s", word, strerror(errno));
}

/* A number is one, even where a file has that name. */
static bool names_file(const char *word)
{
	char *name = isdigit((unsigned char)word[0]) ? NULL : full_name(word);
	struct stat st;
	bool is = name && stat(name, &st) == 0 && S_ISREG(st.st_mode);

	free(name);
	return is;
}

/* Nobody divides by what begins like this: it is a name, right or wrong. */
static bool is_path(const char *word)
{
	return (word[0] == '/' && isalpha((unsigned char)word[1])) ||
	       strncmp(word, "~/", 2) == 0 || strncmp(word, "./", 2) == 0 ||
	       strncmp(word, "../", 3) == 0;
}

/* --- Expressions ---------------------------------------------------------- */

/* Appends a word to an expression, one blank between. */
static int join(struct words *w, struct pmap_expr *expr, const char *word)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", expr->text ? expr->text : "",
		     expr->text ? " " : "", word) < 0)
		return no_memory(w->q);
	free(expr->text);
	expr->text = joined;
	return 0;
}

/* All words are there: what GDB would get wrong, and sizes like 2G. */
static int check_exprs(struct pmap_query *q)
{
	struct pmap_source_args *args = &q->choice->args;

	for (size_t i = 0; i < args->count * 3; i++) {
		struct pmap_expr *expr = &args->piece[i / 3].expr[i % 3];
		char *bad;

		if (!expr->text)
			continue;
		expr->known = pmap_expression_size(expr->text, &expr->value);
		bad = expr->known ? NULL : pmap_expression_check(expr->text);
		if (bad) {
			usage(q, bad);
			free(bad);
			return PMAP_STATUS_USAGE;
		}
	}
	return 0;
}

/* --- Images: FILE [ADDR [+LEN]]... or FILE@ADDR+LEN ------------------------ */

/* FILE@ADDR or FILE@ADDR+LEN; -1: it is no such word. */
static int take_placed(struct words *w, const char *word)
{
	const char *at = strrchr(word, '@'), *plus;
	char *name = at ? strndup(word, at - word) : NULL, *address;
	int status;

	if (!name || !at[1] || !names_file(name)) {
		free(name);
		return -1;
	}
	status = take_file(w, name);
	free(name);
	plus = strchr(at, '+');
	address = strndup(at + 1, plus ? (size_t)(plus - at - 1) : strlen(at + 1));
	if (!status)
		status = address ? join(w, &w->piece->expr[0], address) :
				   no_memory(w->q);
	free(address);
	if (!status && plus)
		status = join(w, &w->piece->expr[1], plus + 1);
	w->expr = 2;
	return status;
}

static int take_layout(struct words *w, char **place)
{
	const char *word = *w->at++;

	if (!*w->at)
		return pmap_fail(w->q, PMAP_STATUS_USAGE, "source: %s needs a value",
				 word);
	free(*place);
	*place = place == &w->q->choice->args.map ? full_name(*w->at) :
						    strdup(*w->at);
	if (!*place)
		return pmap_fail(w->q, PMAP_STATUS_USAGE, "%s: %s", *w->at,
				 strerror(errno));
	w->at++;
	return 0;
}

/* A word behind a file: its address goes on, or its length begins. */
static int take_place(struct words *w, const char *word)
{
	struct pmap_expr *expr = w->piece->expr;

	if (w->expr == 0 && expr[0].text && word[0] == '+' && word[1] &&
	    pmap_expression_is_complete(expr[0].text)) {
		w->expr = 1;
		return join(w, &expr[1], word + 1);
	}
	if (w->expr > 1 || (expr[w->expr].text &&
			    pmap_expression_next(expr[w->expr].text, word) ==
			    PMAP_NEXT_BEGINS))
		return pmap_fail(w->q, PMAP_STATUS_USAGE, "source: \"%s\" is no file, and there is an address already",
				 word);
	return join(w, &expr[w->expr], word);
}

static int take_images(struct words *w)
{
	struct pmap_source_args *args = &w->q->choice->args;
	int status = 0;

	while (*w->at && !status) {
		const char *word = *w->at;

		if (strcmp(word, "--machine") == 0) {
			status = take_layout(w, &args->machine);
			continue;
		}
		if (strcmp(word, "--map") == 0) {
			status = take_layout(w, &args->map);
			continue;
		}
		w->at++;
		status = take_placed(w, word);
		if (status >= 0)
			continue;
		status = !w->piece || names_file(word) || is_path(word) ?
			 take_file(w, word) : take_place(w, word);
	}
	return status;
}

/* --- A linear map: VA, or VA PA LEN... ------------------------------------- */

static int take_map(struct words *w)
{
	struct pmap_expr *expr = NULL;
	size_t count = 0;
	int status = 0;

	for (; *w->at && !status; w->at++) {
		if (!expr || pmap_expression_next(expr->text, *w->at) ==
			     PMAP_NEXT_BEGINS) {
			status = count % 3 ? 0 : add_piece(w);
			if (status)
				return status;
			expr = &w->piece->expr[count++ % 3];
		}
		status = join(w, expr, *w->at);
	}
	if (status)
		return status;
	if (!count)
		return usage(w->q, "an address is missing");
	return count == 1 || count % 3 == 0 ? 0 :
	       usage(w->q, "pieces are VA PA LEN each");
}

/* --- The commands --------------------------------------------------------- */

static int unknown_source(struct pmap_query *q, const char *name)
{
	struct pmap_text names = { 0 };

	for (size_t i = 0; pmap_sources[i]; i++)
		pmap_text_add(&names, " %s", pmap_sources[i]->name);
	pmap_fail(q, PMAP_STATUS_USAGE, "source: no source \"%s\"; there are: auto%s",
		  name, names.data ? names.data : "");
	pmap_text_free(&names);
	return PMAP_STATUS_USAGE;
}

/* `pmap source file CORE' is `pmap source elfcore CORE'. */
static void choose_by_mark(struct pmap_choice *choice)
{
	const struct pmap_source_args *args = &choice->args;
	const struct pmap_mark *mark;
	int fd;

	if (args->count != 1 || args->piece[0].expr[0].text || args->machine ||
	    args->map)
		return;
	fd = open(args->piece[0].file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	mark = pmap_mark_find(fd);
	if (mark && mark->source)
		choice->ops = pmap_source_find(mark->source);
	close(fd);
}

/* The words behind the name of q->choice->ops. */
static int take_words(struct pmap_query *q, const char *const *word)
{
	enum pmap_source_words kind = q->choice->ops ? q->choice->ops->words :
						       PMAP_WORDS_NONE;
	struct words w = { .q = q, .at = word };
	int status = 0;

	q->chooses = true;
	if (kind == PMAP_WORDS_IMAGES)
		status = take_images(&w);
	else if (kind == PMAP_WORDS_MAP)
		status = take_map(&w);
	else if (kind != PMAP_WORDS_NONE && *w.at)
		status = take_file(&w, *w.at++);
	else if (!q->choice->ops && *w.at && strcmp(*w.at, "--pmemsave") == 0)
		q->choice->args.pmemsave = *w.at++;
	if (status)
		return status;
	if (*w.at)
		return usage(q, "too many words");
	if (!q->choice->args.count && kind != PMAP_WORDS_NONE &&
	    kind != PMAP_WORDS_MAYBE_FILE)
		return usage(q, "a file is missing");
	if (kind == PMAP_WORDS_IMAGES)
		choose_by_mark(q->choice);
	return check_exprs(q);
}

int pmap_source_words(struct pmap_query *q)
{
	const char *const *word = q->call->argv + 1;

	if (!*word)
		return 0;
	q->choice->ops = pmap_source_find(*word);
	if (!q->choice->ops && strcmp(*word, "auto") != 0)
		return unknown_source(q, *word);
	return take_words(q, word + 1);
}

int pmap_open_words(struct pmap_query *q)
{
	if (!pmap_corefile_in_use())
		return pmap_fail(q, PMAP_STATUS_USAGE, "open: there is a target already: `pmap source file FILE' reads FILE beside it; `detach', `kill' or `core-file' ends it");
	q->choice->ops = &pmap_source_file;
	return take_words(q, q->call->argv + 1);
}
