/*
 * pmap info: what is being looked at, and through which memory.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "arch/judge.h"
#include "memory/session.h"
#include "show/words.h"
#include "target/arch.h"
#include "target/context.h"
#include "target/kept.h"
#include "target/query.h"
#include "walkers/walkers.h"

static void add_root(struct pmap_query *q, const struct pml_space *space)
{
	const struct pmap_target *target = &q->target;
	const char *name = target->root_given ? "--root" :
			   target->arch->root_name(target, space);

	if (!space->fmt) {
		pmap_text_add(q->out, "root       none: walks by %s are disabled\n",
			      name);
		return;
	}
	pmap_text_add(q->out, "paging     %s (%s%s)\n", space->fmt->title,
		      space->fmt->name,
		      target->format_given ? ", by --format" : "");
	pmap_text_add(q->out, "root       %s0x%" PRIx64 " (%s)\n",
		      target->nested ? "gpa " : "", pml_root_pa(space), name);
}

static void add_context(struct pmap_query *q)
{
	pmap_text_puts(q->out, "use        ");
	pmap_context_add_words(q->out, q->context);
	pmap_text_puts(q->out, "\n");
}

static void add_mode(struct pmap_query *q)
{
	const struct pmap_target *target = &q->target;

	pmap_text_add(q->out, "cpu        %s, thread %d\n", target->arch->title,
		      q->call->thread);
	if (q->context)
		add_context(q);
	if (q->no_space[0]) {
		pmap_text_add(q->out, "paging     %s\n", q->no_space);
		return;
	}
	if (target->nested || q->opt.outer_alone)
		target->arch->info_outer(q);
	if (target->guest_off) {
		pmap_text_puts(q->out, "paging     off in the guest: its addresses are guest-physical\n");
		return;
	}
	add_root(q, &target->space);
	if (target->halves)
		add_root(q, &target->upper);
	target->arch->info_mode(q);
}

/* What pmap is not shown says nothing of the tables. */
static bool cannot_see(const struct pmap_query *q)
{
	enum pmap_read status = pmap_cache_status(q->cache);

	return status == PMAP_READ_ABSENT || status == PMAP_READ_CUT ||
	       status == PMAP_READ_SMRAM;
}

/* Code runs at $pc: if $pc is not mapped, these are not the tables in use. */
static void add_pc(struct pmap_query *q)
{
	const struct pml_space *space;
	struct pml_target end;
	uint64_t pc;

	if (q->no_space[0] || !q->cache || q->target.guest_off ||
	    q->target.nested || q->opt.outer_alone ||
	    !pmap_target_pc(&q->target, &pc))
		return;
	pc = pmap_query_va(q, pc);
	space = pmap_target_space(&q->target, pc);
	if (!space->fmt || pml_translate(space, pc, &end, NULL))
		return;
	pmap_text_add(q->out, "pc         0x%" PRIx64 " is not mapped: ", pc);
	if (end.kind == PML_UNREADABLE)
		pmap_add_unreadable(q->out, space, pc);
	else
		pmap_add_reason(q->out, space, &end);
	pmap_text_puts(q->out, q->target.root_given ||
		       (end.kind == PML_UNREADABLE && cannot_see(q)) ? "\n" :
		       "; stopped inside a guest, or these tables are broken? See `pmap roots --scan', `pmap explain'\n");
}

/* Who keeps what in entries that are not present: it decides what they are said to be. */
static void add_os(struct pmap_query *q)
{
	bool guessed, is_linux;

	if (!q->target.arch->linux_entry || q->no_space[0] || q->target.guest_off)
		return;
	is_linux = pmap_kept_is_linux(q, &guessed);
	if (!guessed)
		pmap_text_add(q->out, "os         %s, by --os\n", q->opt.os);
	else if (is_linux)
		pmap_text_add(q->out, "os         likely Linux: %s (--os none: it is not)\n",
			      pmap_kept_signs(q));
	else
		pmap_text_puts(q->out, "os         not known: nothing is said of entries that are not present (--os linux)\n");
}

static void add_memory(struct pmap_query *q)
{
	struct pmap_cache_stats stats;

	if (q->source)
		pmap_text_add(q->out, "memory     %s%s: %s\n",
			      q->source->ops->name,
			      pmap_session_choice()->ops ?
			      ", by `pmap source'" : "", q->source->why);
	else
		pmap_text_puts(q->out, "memory     none: physical memory cannot be read\n");
	for (size_t i = 0; pmap_sources[i]; i++) {
		const char *why = pmap_session_declined(pmap_sources[i]);

		if (why[0])
			pmap_text_add(q->out, "           not %s: %s\n",
				      pmap_sources[i]->name, why);
	}
	if (!q->source)
		return;
	stats = pmap_cache_stats(q->cache);
	pmap_text_add(q->out, "cache      %" PRIu64 " pages of at most %lu; %" PRIu64 " reads of %" PRIu64 " bytes since the target stopped\n",
		      stats.pages, PMAP_CACHE_PAGES, stats.reads, stats.bytes);
}

int pmap_info(struct pmap_query *q)
{
	const char *program = pmap_session_program();

	/* Its stub may show control registers all the same: of no tables. */
	if (program && !q->target.root_given)
		snprintf(q->no_space, sizeof(q->no_space), "none: %s", program);
	q->no_notes = q->context;
	add_mode(q);
	add_pc(q);
	q->target.arch->info_registers(q);
	q->target.arch->info_assumptions(q);
	add_os(q);
	add_memory(q);
	if (q->source)
		pmap_result_str(q->call, "source", q->source->ops->name);
	if (!q->no_space[0] && !q->target.guest_off && q->target.space.fmt)
		pmap_result_u64(q->call, "root",
				pml_root_pa(&q->target.space));
	return PMAP_STATUS_OK;
}
