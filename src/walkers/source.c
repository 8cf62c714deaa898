/*
 * pmap source: where physical memory is read from; another source by name.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/output.h"
#include "memory/corefile.h"
#include "memory/mark.h"
#include "memory/session.h"
#include "target/expression.h"
#include "target/query.h"
#include "walkers/walkers.h"

/* --- Words ---------------------------------------------------------------- */

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

static int usage(struct pmap_query *q, const char *problem)
{
	const struct pmap_source_ops *ops = q->choice->ops;

	return pmap_fail(q, PMAP_STATUS_USAGE, "source: %s: `pmap source %s%s%s'",
			 problem, ops ? ops->name : "auto",
			 ops && ops->usage[0] ? " " : "", ops ? ops->usage : "");
}

/* A full name, so that the source survives GDB's `cd'. */
static int take_file(struct pmap_query *q, const char *word)
{
	char *name = pmap_options_unquote(word);
	char *path = name ? pmap_home_path(name) : NULL;

	if (path)
		q->choice->args.file = realpath(path, NULL);
	free(name);
	free(path);
	if (q->choice->args.file)
		return 0;
	return pmap_fail(q, PMAP_STATUS_USAGE, "%s: %s", word, strerror(errno));
}

/* `pmap source file CORE' is `pmap source elfcore CORE'. */
static void choose_by_mark(struct pmap_choice *choice)
{
	const struct pmap_mark *mark;
	int fd = open(choice->args.file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return;
	mark = pmap_mark_find(fd);
	if (mark && mark->source)
		choice->ops = pmap_source_find(mark->source);
	close(fd);
}

/* The rest of the words, as one expression. */
static int take_value(struct pmap_query *q, const char *const *word)
{
	struct pmap_text text = { 0 };
	char *bad;

	for (; *word; word++)
		pmap_text_add(&text, "%s%s", text.len ? " " : "", *word);
	if (!text.data)
		return usage(q, "out of memory");
	q->opt.start.text = text.data;
	q->choice->args.has_value = true;
	bad = pmap_expression_check(text.data);
	if (!bad)
		return 0;
	usage(q, bad);
	free(bad);
	return PMAP_STATUS_USAGE;
}

/* The words behind the name of q->choice->ops. */
static int take_words(struct pmap_query *q, const char *const *word)
{
	const struct pmap_source_ops *ops = q->choice->ops;
	int status;

	q->chooses = true;
	if (ops && ops->file != PMAP_WORD_NONE && *word) {
		status = take_file(q, *word++);
		if (status)
			return status;
	}
	if (ops == &pmap_source_file && q->choice->args.file && !*word) {
		choose_by_mark(q->choice);
		ops = q->choice->ops;
	}
	if (ops && ops->file == PMAP_WORD_REQUIRED && !q->choice->args.file)
		return usage(q, "a file is missing");
	if (ops && ops->value != PMAP_WORD_NONE && *word)
		return take_value(q, word);
	if (ops && ops->value == PMAP_WORD_REQUIRED)
		return usage(q, "an address is missing");
	return *word ? usage(q, "too many words") : 0;
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

/* --- The choice ----------------------------------------------------------- */

void pmap_source_choose(struct pmap_query *q)
{
	q->choice->args.value = q->opt.start.value;
	/* From here on q->choice is the one before. */
	*q->choice = pmap_session_choose(*q->choice);
}

void pmap_source_unchoose(struct pmap_query *q)
{
	const struct pmap_source_ops *ops = pmap_session_choice()->ops;

	if (ops)
		pmap_fail(q, PMAP_STATUS_NO_MEMORY, "source %s: %s", ops->name,
			  pmap_session_declined(ops));
	else
		pmap_source_explain(q);
	*q->choice = pmap_session_choose(*q->choice);
}

void pmap_source_explain(struct pmap_query *q)
{
	struct pmap_text text = { 0 };

	for (size_t i = 0; pmap_sources[i]; i++) {
		const char *why = pmap_session_declined(pmap_sources[i]);

		if (why[0])
			pmap_text_add(&text, "\n  %s: %s", pmap_sources[i]->name,
				      why);
	}
	pmap_fail(q, PMAP_STATUS_NO_MEMORY, "no way to read physical memory of this target; see `help pmap source'%s",
		  text.data ? text.data : "");
	pmap_text_free(&text);
}

/* --- The command ---------------------------------------------------------- */

static void add_source(struct pmap_query *q, const struct pmap_source_ops *ops)
{
	bool in_use = q->source && q->source->ops == ops;
	const char *why = in_use ? q->source->why : pmap_session_declined(ops);

	pmap_text_add(q->out, "%c %-8s %-13s %s\n", in_use ? '*' : ' ',
		      ops->name, ops->usage, ops->title);
	if (why[0])
		pmap_text_add(q->out, "    %s: %s\n",
			      in_use ? "in use" : "declined", why);
}

int pmap_source(struct pmap_query *q)
{
	const struct pmap_choice *choice = pmap_session_choice();

	if (q->source)
		pmap_result_str(q->call, "source", q->source->ops->name);
	if (q->chooses && q->source) {
		pmap_text_add(q->out, "%s: %s\n", q->source->ops->name,
			      q->source->why);
		return PMAP_STATUS_OK;
	}
	if (!choice->ops)
		pmap_text_puts(q->out, "auto: the first that works of qemu, gdbstub, elfcore\n");
	else
		pmap_text_add(q->out, "%s, by `pmap source'\n",
			      choice->ops->name);
	for (size_t i = 0; pmap_sources[i]; i++)
		add_source(q, pmap_sources[i]);
	if (q->source)
		return PMAP_STATUS_OK;
	pmap_text_puts(q->out, "none works for this target\n");
	return PMAP_STATUS_NO_MEMORY;
}
