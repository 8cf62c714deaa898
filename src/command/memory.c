/*
 * The source of physical memory for a command, and whether its root can be read.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "command/state.h"
#include "memory/notes.h"
#include "target/context.h"
#include "target/nesting.h"
#include "target/query.h"
#include "walkers/walkers.h"

/* Nothing opens: why each source did not. */
static enum pmap_answer no_memory(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;

	if (q->chooses)
		pmap_source_unchoose(q);
	else if (!pmap_needs(q, PMAP_NEEDS_MEMORY))
		return PMAP_DONE;
	else
		pmap_source_explain(q);
	return pmap_end_with_error(s, PMAP_STATUS_NO_MEMORY);
}

enum pmap_answer pmap_open_memory(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;
	struct pmap_call *call = q->call;
	const struct pmap_session_round round = {
		.begin = !s->opening,
		.epoch = pmap_bridge_epoch(),
		.inferior = call->inferior,
		.physical = call->physical,
		.monitor = call->monitor_ok ? call->monitor.data : NULL,
		.target = &q->target,
	};

	if (q->opt.snapshot) {
		s->reads = pmap_cache_stats(q->cache).ever;
		return PMAP_DONE;
	}
	s->opening = true;
	switch (pmap_session_open(&round, &call->monitor_command)) {
	case PMAP_OPEN_MONITOR:
		return PMAP_NEED_MONITOR;
	case PMAP_OPEN_PHYSICAL:
		return PMAP_NEED_PHYSICAL;
	case PMAP_OPEN_DECLINED:
		return no_memory(s);
	case PMAP_OPEN_DONE:
		break;
	}
	q->source = pmap_session_source();
	q->cache = pmap_session_cache();
	s->reads = pmap_cache_stats(q->cache).ever;
	if (!q->source->ops->physical_mode || call->physical)
		return PMAP_DONE;
	s->q.stage = WALK;
	return PMAP_NEED_PHYSICAL;
}

/* The option that named the root; NULL: a register did. */
static const char *root_option(const struct pmap_query *q)
{
	return q->opt.outer ? pmap_option_name(q->opt.outer->id) :
	       q->target.root_given ? "--root" : NULL;
}

/* Is it a dump's kernel's, where nothing proves that? */
static bool is_assumed(const struct pmap_query *q, uint64_t root)
{
	const struct pmap_notes *notes = q->source && q->source->ops->notes ?
					 q->source->ops->notes(q->source) : NULL;
	int thread = q->opt.cpu.text ? (int)q->opt.cpu.value + 1 : q->call->thread;

	return notes && !root_option(q) && !notes->info.proven &&
	       pmap_notes_is_kernel_root(notes, thread, root);
}

int pmap_check_root(struct pmap_query *q)
{
	const struct pml_space *space = q->target.nested ? &q->target.outer :
			pmap_target_space(&q->target, q->opt.start.value);
	const char *option = root_option(q);
	uint64_t pa;
	size_t size;

	/* A half without tables: what a walker says of it is for people. */
	if (!space->fmt)
		return 0;
	pa = pml_root_pa(space);
	size = pmap_needs(q, PMAP_NEEDS_TABLES) &&
	       !pml_in_pieces(space->fmt, space->fmt->levels) ?
	       pml_table_size(space->fmt, space->fmt->levels) :
	       space->fmt->entry_size;
	if (space->at(space->ctx, pa, size))
		return 0;
	if (pmap_cache_status(q->cache) == PMAP_READ_INTERRUPTED)
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	if (pmap_read_is_elsewhere(pmap_cache_status(q->cache)))
		option = NULL;
	return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
			 "the root table at 0x%llx %s%s%s%s", (unsigned long long)pa,
			 pmap_read_verb(pmap_cache_status(q->cache)),
			 option ? ": check " : "", option ? option : "",
			 is_assumed(q, pa) ? ": it is assumed (`pmap info' says why): name another by --root, `pmap roots --scan' looks for one" : "");
}

bool pmap_needs_root(const struct pmap_query *q)
{
	/* What lists roots says of each whether it can be read. */
	return !q->no_space[0] && q->cache && !q->opt.physical &&
	       !pmap_needs(q, PMAP_NEEDS_SYMBOLS) &&
	       (pmap_needs(q, PMAP_NEEDS_MEMORY) ||
		(pmap_needs(q, PMAP_NEEDS_CONTEXT) && pmap_context_given(&q->opt)));
}
