/*
 * pmap use: a context that stays.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/context.h"
#include "target/query.h"
#include "walkers/walkers.h"

static int show(struct pmap_query *q)
{
	if (q->opt.json)
		pmap_context_add_json(q->out, PMAP_CONTEXT_ALL);
	else
		pmap_context_add_lines(q->out);
	return PMAP_STATUS_OK;
}

int pmap_use(struct pmap_query *q)
{
	const struct pmap_options *opt = &q->opt;
	bool given = pmap_context_given(opt);

	if (opt->none && given)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "use: --none forgets everything: no other option with it");
	if (opt->none)
		pmap_context_clear();
	if (!given)
		return show(q);
	if (q->no_space[0])
		return pmap_fail(q, PMAP_STATUS_NO_PAGING, "%s", q->no_space);
	if (!q->cache && (opt->root_is_virtual || opt->root_is_task ||
			  opt->user_root))
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 "the root is in memory, which cannot be read: see `pmap source'");
	if (!pmap_context_set(opt))
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	return show(q);
}
