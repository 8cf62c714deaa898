/*
 * The end of a command: its walker, its text, its errors.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/output.h"
#include "command/root.h"
#include "command/state.h"
#include "show/record.h"
#include "show/symbols.h"
#include "target/context.h"
#include "target/query.h"
#include "traverse/progress.h"
#include "walkers/edit.h"

#define INTERRUPTED_MAX	(256 << 10)	/* bytes printed of an answer that Ctrl-C ended */

/* Looked for in the words: parsing may have failed before it came to this option. */
static bool wants_json(const struct pmap_query *q)
{
	const char *const *word = q->call->argv;

	while (*word && strcmp(*word, "--json") != 0)
		word++;
	return *word;
}

/* q->why, as a line or as a record. */
static enum pmap_answer report_error(struct pmap_query *q, int status)
{
	struct pmap_text *out = &q->call->out;

	if (!wants_json(q))
		return pmap_error(q->call, status, "%s", q->why);
	q->call->status = status;
	pmap_text_free(out);
	pmap_text_add(out, "{\"kind\":\"error\",\"status\":%d,\"message\":",
		      status);
	pmap_json_add(out, q->why);
	pmap_text_puts(out, "}\n");
	return PMAP_DONE;
}

/* The error may come from options of `pmap use', which this command does not show. */
static void blame_context(struct pmap_query *q)
{
	size_t len = strlen(q->why);
	struct pmap_text words = { 0 };

	pmap_context_add_words(&words, q->context);
	snprintf(q->why + len, sizeof(q->why) - len, " (pmap use %s)",
		 words.data ? words.data : "");
	pmap_text_free(&words);
}

enum pmap_answer pmap_end_with_error(struct pmap_state *s, int status)
{
	if (status != PMAP_STATUS_NONCANONICAL)
		pmap_reset_results(s->q.command, s->q.call);
	if (s->q.context)
		blame_context(&s->q);
	return report_error(&s->q, status);
}

/* The file that the answer goes to, if it goes to one. */
static int open_output(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;
	int error;

	if (!q->opt.output)
		return 0;
	error = pmap_output_open(&s->output, q->opt.output);
	if (error)
		return pmap_fail(q, PMAP_STATUS_OUTPUT, "%s: %s", q->opt.output,
				 error == ENXIO ? "no reader on this pipe" :
				 strerror(error));
	pmap_text_to_fd(q->out, s->output.fd, pmap_bridge_interrupted);
	return 0;
}

/* After Ctrl-C print at most INTERRUPTED_MAX. */
static void cut_text(struct pmap_text *text)
{
	const char *line;

	if (text->len <= INTERRUPTED_MAX)
		return;
	line = memrchr(text->data, '\n', INTERRUPTED_MAX);
	text->len = line ? (size_t)(line - text->data) + 1 : 0;
	text->data[text->len] = '\0';
}

/* After Ctrl-C a file is left as it was; elsewhere stands what was found so far. */
static int end_interrupted(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;

	if (s->output.temporary)
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED,
				 "interrupted; %s left unchanged", q->opt.output);
	if (q->opt.output)
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED,
				 "interrupted; %s has a part of the answer only",
				 q->opt.output);
	cut_text(q->out);
	pmap_text_puts(q->out, q->opt.json ? "{\"kind\":\"interrupted\"}\n" :
		       "pmap: interrupted: this is a part of the answer only\n");
	return PMAP_STATUS_INTERRUPTED;
}

/* Addresses of which memory has others. */
static void add_clears(struct pmap_query *q)
{
	if (!q->target.clears || !q->source || !q->source->ops->live || q->opt.csv ||
	    q->chooses)
		return;
	if (q->opt.json)
		pmap_text_add(q->out, "{\"kind\":\"cleared\",\"bits\":\"0x%" PRIx64 "\"}\n",
			      q->target.clears);
	else
		pmap_text_add(q->out, "%s\n", q->target.arch->clears_note);
}

/* What the answer depended on and the command does not show: options of `pmap use'. */
static void add_notes(struct pmap_query *q)
{
	struct pmap_text words = { 0 };

	if (q->context) {
		pmap_context_add_words(&words, q->context);
		pmap_result_str(q->call, "context", words.data ? words.data : "");
	}
	if ((q->out->len || q->opt.output) && !q->no_notes) {
		pmap_root_add_note(q);
		add_clears(q);
		if (pmap_edit_is_unfinished() && !q->opt.json && !q->opt.csv)
			pmap_text_puts(q->out, "(an edit was left unfinished: `pmap undo' takes back what it has written)\n");
		if (q->context && q->opt.json)
			pmap_context_add_json(q->out, q->context);
		else if (q->context && !q->opt.csv)
			pmap_text_add(q->out, "(pmap use %s)\n", words.data);
	}
	pmap_text_free(&words);
}

static int end_output(struct pmap_state *s, int status)
{
	struct pmap_query *q = &s->q;
	int error;

	if (!q->why[0])
		add_notes(q);
	error = pmap_text_end_fd(q->out);
	if (q->why[0])
		return status;
	if (status == PMAP_STATUS_UNREADABLE && pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	if (status == PMAP_STATUS_INTERRUPTED || error == EINTR)
		return end_interrupted(s);
	if (!error && q->opt.output)
		error = pmap_output_commit(&s->output);
	if (error == EFBIG && !q->opt.output)
		return pmap_fail(q, PMAP_STATUS_OUTPUT, "the answer is larger than memory should hold: write it to a file with --output");
	if (error)
		return pmap_fail(q, PMAP_STATUS_OUTPUT, "%s: %s",
				 q->opt.output ? q->opt.output : "output",
				 strerror(error));
	return status;
}

static void clear_progress(int *unused)
{
	(void)unused;
	pmap_progress_clear();
}

/* Does the answer have places for symbols?  GDB is not asked once it should end. */
static bool asks_symbols(struct pmap_state *s, int status)
{
	struct pmap_query *q = &s->q;

	if (!q->call->nsymbols || q->why[0] || pmap_bridge_interrupted())
		return false;
	s->status = status;
	q->asks = PMAP_NEED_SYMBOLS;
	return true;
}

int pmap_end_symbols(struct pmap_state *s)
{
	int status;

	if (s->q.call->nsymbols)
		pmap_symbols_fill(&s->q);
	status = end_output(s, s->status);
	pmap_output_abandon(&s->output);
	return status;
}

int pmap_run_walker(struct pmap_state *s)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(clear_progress))) int status = open_output(s);

	if (!status) {
		status = s->q.command->run(&s->q);
		/* It goes on in another round. */
		if (s->q.asks != PMAP_DONE && !s->q.why[0])
			return status;
		if (asks_symbols(s, status))
			return status;
		s->status = status;
		return pmap_end_symbols(s);
	}
	/* An error leaves nothing behind. */
	pmap_output_abandon(&s->output);
	return status;
}

enum pmap_answer pmap_end_walk(struct pmap_state *s, int status)
{
	struct pmap_query *q = &s->q;

	if (q->asks != PMAP_DONE && !q->why[0]) {
		q->stage = q->asks == PMAP_NEED_SYMBOLS ? SYMBOLS : AGAIN;
		return q->asks;
	}
	if (q->source)
		pmap_result_u64(q->call, "reads",
				pmap_cache_stats(q->cache).ever - s->reads);
	if (q->why[0])
		return pmap_end_with_error(s, status);
	q->call->status = status;
	return PMAP_DONE;
}
