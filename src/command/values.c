/*
 * What the words of a command and its registers say: asked of GDB, and made into the
 * spaces to walk.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "arch/arch.h"
#include "command/state.h"
#include "memory/notes.h"
#include "memory/session.h"
#include "memory/snapshot.h"
#include "target/context.h"
#include "target/nesting.h"
#include "target/query.h"
#include "walkers/tasks.h"
#include "walkers/walkers.h"

static void want_expr(struct pmap_expr *expr, void *call)
{
	pmap_want(call, PMAP_USER, expr->text);
}

/* Expressions come back in the order in which they were asked for. */
static void take_expr(struct pmap_expr *expr, void *arg)
{
	struct pmap_state *s = arg;
	const struct pmap_value *value = &s->q.call->values[s->first_expr++];

	expr->value = value->value;
	if (!value->present && !s->q.why[0])
		pmap_fail(&s->q, PMAP_STATUS_USAGE,
			  "no register or convenience variable named %s has a value",
			  expr->text);
}

/* Loops ask for bare translations, so these read no more registers than they need. */
static enum pmap_regs_group wanted_registers(const struct pmap_query *q)
{
	if (pmap_needs_processor(q))
		return PMAP_REGS_INSN;
	if (pmap_needs(q, PMAP_NEEDS_VERDICTS))
		return PMAP_REGS_VERDICT;
	if (pmap_needs(q, PMAP_NEEDS_CONTROLS))
		return PMAP_REGS_JUDGE;
	/* Which says what an access by both dimensions would be. */
	return pmap_nesting_asked(&q->opt) ? PMAP_REGS_VERDICT :
					     PMAP_REGS_TRANSLATE;
}

/* By the source of the last command: another one may be opened later. */
static bool reads_physically(const struct pmap_query *q)
{
	const struct pmap_source *source = pmap_session_source();

	return source && source->ops->physical_mode && !pmap_view_is_open(q) &&
	       !pmap_needs_processor(q) && !q->command->words && !q->opt.snapshot;
}

/* The kernel's names that the command asks for; NULL: none. */
static const char *const *wanted_symbols(const struct pmap_query *q)
{
	return pmap_needs(q, PMAP_NEEDS_SYMBOLS) && !q->opt.tasks ? q->target.arch->root_exprs :
	       pmap_needs(q, PMAP_NEEDS_LAYOUT) || q->opt.svg ?
	       q->target.arch->layout_exprs : NULL;
}

/* Will it need to know where Linux has its tasks? */
static bool wants_tasks(const struct pmap_query *q)
{
	return q->opt.tasks || q->opt.root_is_task ||
	       (q->opt.scan && pmap_needs(q, PMAP_NEEDS_SYMBOLS));
}

/* May it show instructions?  Without a letter the format is that of the last one. */
static bool wants_code(const struct pmap_query *q)
{
	return q->command->syntax.letters && q->target.arch->code_expr &&
	       (!q->opt.letters || !strpbrk(q->opt.letters, "xzduotcafs"));
}

/* Those of each CPU, for a list of roots. */
static bool asks_cpus(const struct pmap_query *q)
{
	return q->target.arch->asks_cpus && pmap_needs_processor(q) &&
	       pmap_needs(q, PMAP_NEEDS_SYMBOLS) && !q->opt.snapshot;
}

enum pmap_answer pmap_ask_values(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;
	struct pmap_call *call = q->call;
	const char *const *symbol = wanted_symbols(q);

	s->q.stage = VALUES;
	s->group = wanted_registers(q);
	s->first_reg = pmap_arch_want_regs(q->target.arch, &q->opt, call,
					   s->group);
	s->first_symbol = call->nvalues;
	for (; symbol && *symbol; symbol++)
		pmap_want(call, PMAP_QUIET, *symbol);
	s->first_task = call->nvalues;
	s->asks_tasks = wants_tasks(q);
	for (symbol = pmap_task_exprs; s->asks_tasks && *symbol; symbol++)
		pmap_want(call, PMAP_QUIET, *symbol);
	s->first_code = call->nvalues;
	s->asks_code = wants_code(q);
	if (s->asks_code)
		pmap_want(call, PMAP_QUIET, q->target.arch->code_expr);
	s->first_threads = call->nvalues;
	s->asks_threads = asks_cpus(q);
	if (s->asks_threads)
		pmap_want(call, PMAP_QUIET, "$_inferior_thread_count");
	if (!s->asked) {
		s->first_expr = call->nvalues;
		pmap_options_exprs(&q->opt, want_expr, call);
		pmap_source_args_exprs(&s->choice.args, want_expr, call);
	}
	s->asked = true;
	s->asked_rest = 0;
	call->physical_soon = reads_physically(q) &&
			      !pmap_arch_wants_later(q->target.arch, call, s->group);
	return PMAP_NEED_VALUES;
}

/* Twice at most: another CPU's than what was known, and what these show to be of use. */
#define ASKED_REST_MAX	2

bool pmap_ask_rest(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;
	const struct pmap_arch *arch = q->target.arch;

	if (!pmap_arch_note_regs(arch, q->call, s->first_reg, s->group) ||
	    s->asked_rest == ASKED_REST_MAX)
		return false;
	s->asked_rest++;
	s->first_reg = pmap_arch_want_rest(arch, &q->opt, q->call, s->first_reg, s->group);
	q->call->physical_soon = reads_physically(q);
	return true;
}

enum pmap_answer pmap_ask_probes(struct pmap_state *s)
{
	s->q.stage = PROBES;
	s->first_probe = pmap_arch_want_probes(s->q.call);
	return PMAP_NEED_VALUES;
}

enum pmap_answer pmap_take_probes(struct pmap_state *s)
{
	struct pmap_target *target = &s->q.target;
	const struct pmap_arch *before = target->arch;

	target->arch = pmap_arch_take_probes(s->q.call, s->first_probe);
	if (!s->asked || target->arch != before)
		return pmap_ask_values(s);
	s->q.stage = VALUES;
	return PMAP_DONE;
}

bool pmap_is_doubtful(struct pmap_state *s)
{
	const struct pmap_arch *arch = s->q.target.arch;
	const struct pmap_value *value =
		&s->q.call->values[s->first_reg + arch->identity];

	return !value->present && pmap_arch_doubtful(s->q.call);
}

/*
 * A monitor that GDB does not know of can change a stopped machine (a reset, a
 * snapshot).  Registers that differ from those read at the same stop show it.
 */
static void compare_registers(const struct pmap_query *q)
{
	static struct {
		const char *const *exprs;
		uint64_t epoch, reg[PMAP_REGS_MAX];
		int inferior, thread;
	} last;
	const struct pmap_call *call = q->call;
	const struct pmap_arch *arch = q->target.arch;
	/* With an option they are others. */
	const char *const *exprs = pmap_arch_exprs(arch, &q->opt);
	bool same = last.exprs == exprs && last.epoch == pmap_bridge_epoch() &&
		    last.inferior == call->inferior &&
		    last.thread == call->thread, changed = false;

	for (unsigned i = 0; i < arch->watched; i++) {
		changed |= last.reg[i] != q->target.reg[i].value;
		last.reg[i] = q->target.reg[i].value;
	}
	if (same && changed)
		pmap_bridge_changed();
	last.exprs = exprs;
	last.epoch = pmap_bridge_epoch();
	last.inferior = call->inferior;
	last.thread = call->thread;
}

/* Spaces by the registers, and whether the options fit them. */
static int make_spaces(struct pmap_query *q)
{
	int status = pmap_target_init(&q->target, &q->opt, q->no_space,
				      sizeof(q->no_space));

	return status ? status :
	       pmap_nesting_check_target(&q->target, &q->opt, q->no_space,
					 sizeof(q->no_space));
}

/* --snapshot: its registers and options, in place of the target's. */
static int use_snapshot(struct pmap_query *q)
{
	struct pmap_snapshot *snapshot = pmap_snapshot_find(q->opt.snapshot);
	const char *bad;

	if (!snapshot)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--snapshot: there is none of the name %s (`pmap snapshot' lists them)",
				 q->opt.snapshot);
	if (pmap_context_given(&q->opt))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--snapshot has its own root and paging mode: no other with it");
	q->source = pmap_snapshot_source(snapshot);
	q->cache = pmap_snapshot_cache(snapshot);
	if (!q->cache || !pmap_snapshot_restore(snapshot, &q->target, &q->opt))
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	bad = pmap_nesting_check(&q->opt, pmap_arch_outer_options(), true);
	return bad ? pmap_fail(q, PMAP_STATUS_USAGE, "%s", bad) : 0;
}

int pmap_take_values(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;
	int status;

	pmap_arch_take_regs(&q->target, q->call, s->first_reg, s->group);
	pmap_target_pc(&q->target, &q->call->pc);
	compare_registers(q);
	q->symbols = wanted_symbols(q) ? &q->call->values[s->first_symbol] : NULL;
	q->code_style = s->asks_code ? &q->call->values[s->first_code] : NULL;
	q->tasks = s->asks_tasks ? &q->call->values[s->first_task] : NULL;
	pmap_options_exprs(&q->opt, take_expr, s);
	pmap_source_args_exprs(&s->choice.args, take_expr, s);
	if (q->why[0])
		return PMAP_STATUS_USAGE;
	if (pmap_arch_refuses(q->target.arch, &q->opt, q->why, sizeof(q->why)))
		return PMAP_STATUS_USAGE;
	if (q->chooses)
		pmap_source_choose(q);
	status = q->opt.snapshot ? use_snapshot(q) : 0;
	if (status)
		return status;
	status = make_spaces(q);
	/* What GDB does not show of the registers, the memory's source may. */
	if (!status || (status != PMAP_STATUS_USAGE &&
			(!pmap_needs(q, PMAP_NEEDS_SPACE) || !q->target.paging_off)))
		return 0;
	return pmap_fail(q, status, "%s", q->no_space);
}

/* --cpu: the registers of another CPU of the dump than GDB's thread. */
static int choose_cpu(struct pmap_query *q)
{
	const struct pmap_source *source = q->source;
	const struct pmap_notes *notes = source && source->ops->notes ?
					 source->ops->notes(source) : NULL;
	size_t cpus = notes ? pmap_notes_cpus(notes) : 0;

	if (!cpus)
		return pmap_fail(q, PMAP_STATUS_USAGE, "--cpu chooses among the CPUs of a dump: here `thread N' does");
	if (q->opt.cpu.value >= cpus)
		return pmap_fail(q, PMAP_STATUS_USAGE, "--cpu %llu: the dump has CPUs 0 to %zu",
				 (unsigned long long)q->opt.cpu.value, cpus - 1);
	/* GDB's are those of its thread. */
	for (unsigned i = 0; i < PMAP_REGS_MAX; i++)
		if (q->target.reg[i].from == PMAP_FROM_GDB)
			q->target.reg[i] = (struct pmap_reg){ 0 };
	return 0;
}

int pmap_add_registers(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;
	int status = q->opt.cpu.text ? choose_cpu(q) : 0;

	if (status)
		return status;
	if (q->source && q->source->ops->registers) {
		q->source->ops->registers(q->source, q->opt.cpu.text ?
					  (int)q->opt.cpu.value + 1 :
					  q->call->thread, &q->target);
		q->no_space[0] = '\0';
		if (make_spaces(q) == PMAP_STATUS_USAGE)
			return pmap_fail(q, PMAP_STATUS_USAGE, "%s", q->no_space);
	}
	if (q->no_space[0] && pmap_needs(q, PMAP_NEEDS_SPACE))
		status = pmap_fail(q, PMAP_STATUS_NO_PAGING, "%s", q->no_space);
	pmap_nesting_attach(&q->target, pmap_cache_at, q->cache);
	return status;
}

int pmap_select_half(struct pmap_query *q)
{
	struct pmap_target *t = &q->target;
	uint64_t *start = &q->opt.start.value;

	if (!pmap_needs(q, PMAP_NEEDS_SPACE))
		return 0;
	if (q->opt.start.text)
		*start = pmap_target_untagged(t, *start);
	if (!t->halves || pmap_target_select(t, *start))
		return 0;
	if (!q->opt.start.text && pmap_target_select(t, ~0ULL))
		return 0;
	return pmap_fail(q, PMAP_STATUS_NO_PAGING,
			 "walks by %s are disabled: nothing is mapped there",
			 t->arch->root_name(t, &t->space));
}

bool pmap_ask_monitor(struct pmap_state *s)
{
	const struct pmap_arch *arch = s->q.target.arch;

	/* In physical mode there is no round for it. */
	s->asks_monitor = arch->monitor &&
		(pmap_needs_processor(&s->q) ||
		 (arch->asks_monitor && !s->q.call->physical &&
		  arch->asks_monitor(&s->q.target)));
	s->asks_cpus = asks_cpus(&s->q);
	if (s->asks_monitor || s->asks_cpus)
		s->q.call->monitor_command = s->asks_monitor ? arch->monitor :
							       "info cpus";
	return s->asks_monitor || s->asks_cpus;
}

/*
 * By QEMU's list of its CPUs, whose threads in GDB have the numbers from 1 on; those of
 * another kind, in a machine that has some, are another inferior's.
 */
static unsigned count_cpus(const struct pmap_state *s)
{
	const struct pmap_call *call = s->q.call;
	const struct pmap_value *threads = s->asks_threads ?
		&call->values[s->first_threads] : NULL;
	static const char mark[] = "CPU #";
	const char *at = call->monitor_ok ? call->monitor.data : NULL;
	unsigned n = 0;

	for (; at && (at = strstr(at, mark)); at += sizeof(mark) - 1)
		n++;
	return threads && threads->present && threads->value < n ?
	       threads->value : n;
}

bool pmap_ask_cpu(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;
	struct pmap_call *call = q->call;

	if (!s->asks_cpus)
		return false;
	if (!call->on_thread) {
		q->cpus = count_cpus(s);
		q->first_cpu = call->nvalues;
	}
	if ((unsigned)call->on_thread == q->cpus) {
		call->on_thread = 0;
		s->asks_cpus = false;
		return false;
	}
	call->on_thread++;
	call->physical_soon = false;
	pmap_arch_want_regs(q->target.arch, &q->opt, call, PMAP_REGS_TRANSLATE);
	return true;
}

void pmap_take_monitor(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;
	struct pmap_call *call = q->call;
	char *copy;

	if (!s->asks_monitor || !call->monitor_ok || !call->monitor.len)
		return;
	copy = pmap_call_alloc(call, call->monitor.len + 1);
	if (copy)
		memcpy(copy, call->monitor.data, call->monitor.len);
	q->monitor = copy;
	if (!copy || !q->target.arch->monitor_registers)
		return;
	q->target.arch->monitor_registers(&q->target, copy);
	q->no_space[0] = '\0';
	make_spaces(q);
}

void pmap_shorten_operands(struct pmap_query *q)
{
	struct pmap_options *opt = &q->opt;

	if (opt->physical)
		return;
	opt->start.value = pmap_query_va(q, opt->start.value);
	/* -1 is the top, see pmap_query_range(). */
	if (!opt->end_is_length && opt->end.value != ~0ULL)
		opt->end.value = pmap_query_va(q, opt->end.value);
}
