/*
 * pmap source: where physical memory is read from; another source by name.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/session.h"
#include "target/query.h"
#include "walkers/walkers.h"

/* --- The choice ----------------------------------------------------------- */

void pmap_source_choose(struct pmap_query *q)
{
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
		pmap_text_add(q->out, "auto: the first that works of qemu, %sgdbstub, elfcore\n",
			      choice->args.pmemsave ? "pmemsave, " : "");
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
