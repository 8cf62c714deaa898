/*
 * The way of a command from its words to its walker.
 *
 * Rounds (see bridge.h): the first parses the words and asks GDB for the
 * values of the expressions in them and of the control registers; the second
 * makes the space to walk; then the source of physical memory is opened, which
 * may ask the monitor; at last the walker runs, in one go.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/output.h"
#include "command/root.h"
#include "command/rounds.h"
#include "command/state.h"
#include "command/table.h"
#include "memory/session.h"
#include "memory/snapshot.h"
#include "target/context.h"
#include "target/kept.h"
#include "target/nesting.h"
#include "target/query.h"

bool pmap_needs(const struct pmap_query *q, enum pmap_need need)
{
	unsigned more = q->opt.all_roots ?
			PMAP_NEEDS_PROCESSOR | PMAP_NEEDS_SYMBOLS : 0;

	return (q->command->needs | more) & need;
}

bool pmap_needs_processor(const struct pmap_query *q)
{
	return pmap_needs(q, PMAP_NEEDS_PROCESSOR) && !q->opt.tasks;
}

static const struct pmap_command *find_command(const char *name)
{
	const struct pmap_command *command = pmap_commands;

	while (command->name && strcmp(name, command->name) != 0)
		command++;
	return command->name ? command : NULL;
}

static void free_state(void *arg)
{
	struct pmap_state *s = arg;

	pmap_options_free(&s->q.opt);
	pmap_source_args_free(&s->choice.args);
	pmap_output_abandon(&s->output);
}

void pmap_reset_results(const struct pmap_command *command,
			  struct pmap_call *call)
{
	call->nresults = 0;
	for (const struct pmap_result_kind *r = command->results; r->name; r++)
		pmap_result_declare(call, r->name, r->is_address);
	pmap_result_declare(call, "reads", false);
	pmap_result_declare(call, "context", false);
}

static void each_result(void (*each)(void *arg, const char *name), void *arg)
{
	for (const struct pmap_command *c = pmap_commands; c->name; c++)
		for (const struct pmap_result_kind *r = c->results; r->name; r++)
			each(arg, r->name);
}

/* --svg FILE and --sarif FILE are outputs of shapes of their own. */
static const char *file_words(struct pmap_options *opt)
{
	const char *file = opt->svg ? opt->svg : opt->sarif;

	if (!file)
		return NULL;
	if (opt->output || opt->json || opt->csv || opt->legend)
		return opt->svg ?
			"--svg FILE writes a picture alone: no --output, --json, --csv or --legend with it" :
			"--sarif FILE writes SARIF alone: no --output, --json, --csv or --legend with it";
	opt->output = strdup(file);
	return opt->output ? NULL : "out of memory";
}

static int parse_options(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;
	struct pmap_call *call = q->call;
	/* Those that change tables work on either dimension, too. */
	bool shows_both = pmap_needs(q, PMAP_NEEDS_EITHER) ||
			  pmap_syntax_takes(&q->command->syntax,
					    PMAP_OPT_COMBINED) ||
			  pmap_syntax_takes(&q->command->syntax, PMAP_OPT_APPLY);
	const char *bad;
	char *error;

	error = pmap_options_parse(&q->opt, &q->command->syntax, call->argc - 1,
				   (char *const *)call->argv + 1);
	bad = error;
	if (!bad && !pmap_needs(q, PMAP_NEEDS_CONTEXT) && !q->opt.snapshot)
		bad = pmap_context_apply(&q->opt, &q->command->syntax,
					 pmap_needs(q, PMAP_NEEDS_SPACE), &q->context);
	if (!bad)
		bad = pmap_nesting_check(&q->opt, pmap_arch_outer_options(),
					 shows_both);
	if (!bad)
		bad = pmap_root_words(&q->opt);
	if (!bad)
		bad = file_words(&q->opt);
	if (!bad)
		bad = pmap_kept_words(q->opt.os);
	q->opt.outer_only = pmap_needs(q, PMAP_NEEDS_OUTER) &&
			    pmap_nesting_asked(&q->opt) && !q->opt.root.text;
	if (!bad)
		return 0;
	pmap_fail(q, PMAP_STATUS_USAGE, "%s: %s; see `help pmap %s'",
		  call->argv[0], bad, call->argv[0]);
	free(error);
	return PMAP_STATUS_USAGE;
}

/* Also on an error in the words, so they need not be right. */
static bool asks_to_stop(const struct pmap_query *q)
{
	const struct pmap_call *call = q->call;

	for (int i = 1; i < call->argc; i++)
		if (strcmp(call->argv[i], "--stop") == 0)
			return pmap_syntax_takes(&q->command->syntax,
						 PMAP_OPT_STOP);
	return false;
}

static enum pmap_answer parse(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;
	struct pmap_call *call = q->call;
	bool known;

	q->command = find_command(call->argv[0]);
	if (!q->command)
		return pmap_error(call, PMAP_STATUS_USAGE,
				  "no command \"%s\": see `help pmap'",
				  call->argv[0]);
	call->stop = asks_to_stop(q);
	pmap_reset_results(q->command, call);
	if (q->command->words ? q->command->words(q) : parse_options(s))
		return pmap_end_with_error(s, PMAP_STATUS_USAGE);
	q->target.arch = pmap_arch_guess(&known);
	return known ? pmap_ask_values(s) : pmap_ask_probes(s);
}

static enum pmap_answer walk(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;
	struct pmap_call *call = q->call;
	int status;

	if (q->source && q->source->ops->physical_mode && !call->physical) {
		status = pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				   "this target's stub cannot read physical memory (QEMU's can)");
		return pmap_end_with_error(s, status);
	}
	if (q->cache)
		pmap_cache_begin(q->cache);
	status = pmap_add_registers(s);
	pmap_shorten_operands(q);
	if (!status && !q->no_space[0] && q->cache)
		status = pmap_root_resolve(q);
	if (!status)
		status = pmap_select_half(q);
	if (!status && pmap_needs_root(q))
		status = pmap_check_root(q);
	if (!status)
		status = pmap_run_walker(s);
	return pmap_end_walk(s, status);
}

/* The same walker in another round, with what it has asked for. */
static enum pmap_answer walk_on(struct pmap_state *s)
{
	s->q.asks = PMAP_DONE;
	s->q.call->physical_soon = false;
	return pmap_end_walk(s, pmap_run_walker(s));
}

/* A walker that asks GDB by itself: once a round. */
static enum pmap_answer run_round(struct pmap_state *s)
{
	struct pmap_query *q = &s->q;
	struct pmap_call *call = q->call;

	call->physical_soon = false;
	q->asks = PMAP_DONE;
	call->status = q->command->run(q);
	return q->why[0] ? pmap_end_with_error(s, call->status) : q->asks;
}

static struct pmap_state *new_state(struct pmap_call *call)
{
	struct pmap_state *s = pmap_call_alloc(call, sizeof(*s));

	if (!s)
		return NULL;
	s->q.call = call;
	s->q.out = &call->out;
	s->q.choice = &s->choice;
	s->output.fd = -1;
	call->state = s;
	call->free_state = free_state;
	return s;
}

static enum pmap_answer step(struct pmap_call *call)
{
	struct pmap_state *s = call->state ? call->state : new_state(call);
	enum pmap_answer answer = PMAP_DONE;
	int status;

	if (!s)
		return pmap_error(call, PMAP_STATUS_INTERNAL, "out of memory");
	switch ((enum pmap_stage)s->q.stage) {
	case PARSE:
		return parse(s);
	case PROBES:
		answer = pmap_take_probes(s);
		if (answer != PMAP_DONE)
			return answer;
		/* fall through */
	case VALUES:
		if (pmap_is_doubtful(s))
			return pmap_ask_probes(s);
		if (pmap_ask_rest(s))
			return PMAP_NEED_VALUES;
		status = pmap_take_values(s);
		if (status)
			return pmap_end_with_error(s, status);
		s->q.stage = MONITOR;
		if (pmap_ask_monitor(s))
			return PMAP_NEED_MONITOR;
		/* fall through */
	case MONITOR:
		pmap_take_monitor(s);
		s->q.stage = CPUS;
		/* fall through */
	case CPUS:
		if (pmap_ask_cpu(s))
			return PMAP_NEED_VALUES;
		s->q.stage = VIEW;
		/* fall through */
	case VIEW:
		if (pmap_ask_view(s))
			return PMAP_NEED_MONITOR;
		s->q.stage = MEMORY;
		/* fall through */
	case MEMORY:
		answer = pmap_open_memory(s);
		if (answer != PMAP_DONE || call->status)
			break;
		s->q.stage = WALK;
		/* fall through */
	case WALK:
		return pmap_needs(&s->q, PMAP_NEEDS_ROUNDS) ? run_round(s) : walk(s);
	case AGAIN:
		return walk_on(s);
	case SYMBOLS:
		s->q.asks = PMAP_DONE;
		return pmap_end_walk(s, pmap_end_symbols(s));
	}
	return answer;
}

static void unload(void)
{
	pmap_context_clear();
	pmap_snapshot_delete_all();
	pmap_session_close();
}

const struct pmap_handler pmap_command_handler = {
	.step = step,
	.results = each_result,
	.unload = unload,
};
