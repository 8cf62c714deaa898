/*
 * --flush: have the processors forget translations, by writing their root register.
 *
 * GDB writes no register that has the value already: so one bit is turned and then
 * turned back.  Between the two GDB reads it again, which shows whether the target's
 * stub lets it be written.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "target/arch.h"
#include "walkers/edit.h"

struct pmap_flush {
	struct pmap_reload how;
	bool asked;
	size_t cpus, reloaded;	/* of call->values */
};

struct pmap_flush *pmap_flush_begin(struct pmap_query *q)
{
	const struct pmap_arch *arch = q->target.arch;
	struct pmap_flush *f;
	char *line;

	if (!q->opt.flush || !arch->reload)
		return NULL;
	f = pmap_call_alloc(q->call, sizeof(*f));
	line = pmap_call_alloc(q->call, 80);
	if (!f || !line)
		return NULL;
	arch->reload(&q->target, &f->how);
	snprintf(line, 80, "_pm_reload %s %#" PRIx64, f->how.reg, f->how.turn);
	q->call->commands[q->call->ncommands++] = line;
	q->asks = PMAP_NEED_COMMANDS;
	return f;
}

static void say(struct pmap_query *q, const struct pmap_flush *f)
{
	const struct pmap_value *cpus = &q->call->values[f->cpus];
	const struct pmap_value *reloaded = &q->call->values[f->reloaded];
	uint64_t all = cpus->present ? cpus->value : 0;
	uint64_t done = reloaded->present ? reloaded->value : 0;

	pmap_result_u64(q->call, "flushed", done);
	if (q->opt.json || q->opt.csv)
		return;
	if (done && done == all)
		pmap_text_add(q->out, "TLBs flushed: %s was written on %" PRIu64 " CPU%s\n",
			      f->how.reg, done, done == 1 ? "" : "s");
	else if (done)
		pmap_text_add(q->out, "TLBs flushed on %" PRIu64 " of %" PRIu64 " CPUs: the target lets GDB write %s on these alone\n",
			      done, all, f->how.reg);
	else
		pmap_text_add(q->out, "TLBs not flushed: the target does not let GDB write %s\n",
			      f->how.reg);
}

void pmap_flush_round(struct pmap_query *q, struct pmap_flush *f)
{
	if (f->asked) {
		say(q, f);
		return;
	}
	f->cpus = pmap_want(q->call, PMAP_QUIET, "$pmap__cpus");
	f->reloaded = pmap_want(q->call, PMAP_QUIET, "$pmap__reloaded");
	f->asked = true;
	q->asks = PMAP_NEED_VALUES;
}

int pmap_flush_check(struct pmap_query *q)
{
	if (q->opt.flush && !q->opt.apply)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--flush goes with --apply: a dry run changes nothing that a TLB could have");
	return 0;
}

void pmap_flush_absent(struct pmap_query *q)
{
	pmap_result_u64(q->call, "flushed", 0);
	if (!q->opt.json && !q->opt.csv)
		pmap_text_add(q->out, "TLBs not flushed: %s has no register by which a debugger could do that\n",
			      q->target.arch->title);
}
