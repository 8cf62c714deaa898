/*
 * Which memory the processor sees, where the monitor alone tells: asked once a stop
 * and CPU, before its memory is read.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>

#include "arch/arch.h"
#include "command/state.h"
#include "memory/session.h"
#include "target/query.h"

/* What the monitor said at this stop. */
static struct {
	const struct pmap_arch *arch;
	uint64_t epoch, clears;
	int inferior, thread;
	bool smm;
} kept;

/* A command's first round does not know the CPU yet: it may be the last one's. */
static bool is_kept(const struct pmap_query *q)
{
	const struct pmap_call *call = q->call;

	return kept.arch == q->target.arch && kept.epoch == pmap_bridge_epoch() &&
	       (!call->thread || (kept.inferior == call->inferior &&
				  kept.thread == call->thread));
}

static void keep(const struct pmap_query *q)
{
	kept.arch = q->target.arch;
	kept.epoch = pmap_bridge_epoch();
	kept.inferior = q->call->inferior;
	kept.thread = q->call->thread;
	kept.smm = q->target.smm;
	kept.clears = q->target.clears;
}

bool pmap_view_is_open(const struct pmap_query *q)
{
	const struct pmap_choice *choice = pmap_session_choice();

	return q->target.arch->view && !q->opt.snapshot && !q->chooses &&
	       (pmap_needs(q, PMAP_NEEDS_MEMORY) || pmap_needs_processor(q)) &&
	       (!choice->ops || choice->ops->live) && !is_kept(q);
}

static bool parse(struct pmap_query *q, const char *text)
{
	unsigned cpu = q->call->thread ? q->call->thread - 1 : 0;

	return text && q->target.arch->view(&q->target, text, cpu);
}

/* The answer; true: another question is to be asked. */
static bool take(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;
	const char *text = q->call->monitor_ok ? q->call->monitor.data : NULL;
	bool first = q->call->monitor_command == s->view_ask;

	/* An older QEMU takes no number; or GDB counts the CPUs in another way. */
	if (!parse(q, text) && text && first) {
		q->call->monitor_command = q->target.arch->monitor;
		return true;
	}
	keep(q);
	return false;
}

bool pmap_ask_view(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;

	if (s->view_ask[0])
		return take(s);
	if (!pmap_view_is_open(q)) {
		if (q->target.arch->view && is_kept(q) && !q->opt.snapshot) {
			q->target.smm = kept.smm;
			q->target.clears = kept.clears;
		}
		return false;
	}
	/* The command's own question was the same, and more. */
	if (q->monitor) {
		parse(q, q->monitor);
		keep(q);
		return false;
	}
	snprintf(s->view_ask, sizeof(s->view_ask), q->target.arch->view_ask,
		 q->call->thread ? q->call->thread - 1 : 0);
	q->call->monitor_command = s->view_ask;
	return true;
}
