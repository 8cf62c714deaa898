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
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/output.h"
#include "command/root.h"
#include "command/rounds.h"
#include "command/table.h"
#include "memory/notes.h"
#include "memory/session.h"
#include "memory/snapshot.h"
#include "show/record.h"
#include "target/context.h"
#include "target/kept.h"
#include "target/nesting.h"
#include "target/query.h"
#include "traverse/progress.h"
#include "walkers/tasks.h"
#include "walkers/walkers.h"

#define INTERRUPTED_MAX	(256 << 10)	/* bytes printed of an answer that Ctrl-C ended */

enum stage { PARSE, PROBES, VALUES, MONITOR, MEMORY, WALK, AGAIN };

/* A query as it is kept between rounds. */
struct state {
	struct pmap_query q;
	struct pmap_choice choice;	/* of `pmap source', then the one before */
	size_t first_probe;	/* call->values of the architectures' probes */
	size_t first_reg;	/* of registers, */
	enum pmap_regs_group group;	/* of this group */
	size_t first_symbol;	/* of kernels' symbols for root tables */
	size_t first_task;	/* of what tells of tasks, */
	bool asks_tasks;	/* where that was asked for */
	size_t first_expr;	/* of the user's expressions */
	bool asked;		/* the user's expressions have been asked for */
	bool asks_monitor;	/* by the architecture's command */
	bool opening;		/* memory: not the first round of it */
	uint64_t reads;		/* of the cache, before this command */
	struct pmap_output output;
};

/* Roots are told by all that the command `roots' needs. */
static bool needs(const struct pmap_query *q, enum pmap_need need)
{
	unsigned more = q->opt.all_roots ?
			PMAP_NEEDS_PROCESSOR | PMAP_NEEDS_SYMBOLS : 0;

	return (q->command->needs | more) & need;
}

/* All registers, the monitor's as well?  Of `pmap roots', its list of tasks does not. */
static bool needs_processor(const struct pmap_query *q)
{
	return needs(q, PMAP_NEEDS_PROCESSOR) && !q->opt.tasks;
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
	struct state *s = arg;

	pmap_options_free(&s->q.opt);
	pmap_source_args_free(&s->choice.args);
	pmap_output_abandon(&s->output);
}

static void want_expr(struct pmap_expr *expr, void *call)
{
	pmap_want(call, PMAP_USER, expr->text);
}

/* Expressions come back in the order in which they were asked for. */
static void take_expr(struct pmap_expr *expr, void *arg)
{
	struct state *s = arg;
	const struct pmap_value *value = &s->q.call->values[s->first_expr++];

	expr->value = value->value;
	if (!value->present && !s->q.why[0])
		pmap_fail(&s->q, PMAP_STATUS_USAGE,
			  "no register or convenience variable named %s has a value",
			  expr->text);
}

/* Results are void until the walker has them. */
static void reset_results(const struct pmap_command *command,
			  struct pmap_call *call)
{
	call->nresults = 0;
	for (const struct pmap_result_kind *r = command->results; r->name; r++)
		pmap_result_declare(call, r->name, r->is_address);
	pmap_result_declare(call, "reads", false);
	pmap_result_declare(call, "context", false);
}

/* As far as is known: the word may be where parsing did not come to. */
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
	char *room;

	if (!wants_json(q))
		return pmap_error(q->call, status, "%s", q->why);
	q->call->status = status;
	pmap_text_free(out);
	pmap_text_add(out, "{\"kind\":\"error\",\"status\":%d,\"message\":\"",
		      status);
	room = pmap_text_room(out, 6 * strlen(q->why));
	if (room)
		pmap_text_used(out, pmap_put_json(room, q->why) - room);
	pmap_text_puts(out, "\"}\n");
	return PMAP_DONE;
}

/* Its options may be what is wrong, and nobody has typed them just now. */
static void blame_context(struct pmap_query *q)
{
	size_t len = strlen(q->why);
	struct pmap_text words = { 0 };

	pmap_context_add_words(&words, q->context);
	snprintf(q->why + len, sizeof(q->why) - len, " (pmap use %s)",
		 words.data ? words.data : "");
	pmap_text_free(&words);
}

/*
 * What was found on the way to an error is not a result; but a non-canonical
 * address is itself an answer, so its results are kept.
 */
static enum pmap_answer answer_error(struct state *s, int status)
{
	if (status != PMAP_STATUS_NONCANONICAL)
		reset_results(s->q.command, s->q.call);
	if (s->q.context)
		blame_context(&s->q);
	return report_error(&s->q, status);
}

static void each_result(void (*each)(void *arg, const char *name), void *arg)
{
	for (const struct pmap_command *c = pmap_commands; c->name; c++)
		for (const struct pmap_result_kind *r = c->results; r->name; r++)
			each(arg, r->name);
}

/* --svg FILE is an output of a shape of its own. */
static const char *svg_words(struct pmap_options *opt)
{
	if (!opt->svg)
		return NULL;
	if (opt->output || opt->json || opt->csv || opt->legend)
		return "--svg FILE writes a picture alone: no --output, --json, --csv or --legend with it";
	opt->output = strdup(opt->svg);
	return opt->output ? NULL : "out of memory";
}

static int parse_options(struct state *s)
{
	struct pmap_query *q = &s->q;
	struct pmap_call *call = q->call;
	/* Those that change tables work on either dimension, too. */
	bool shows_both = needs(q, PMAP_NEEDS_EITHER) ||
			  pmap_syntax_takes(&q->command->syntax,
					    PMAP_OPT_COMBINED) ||
			  pmap_syntax_takes(&q->command->syntax, PMAP_OPT_APPLY);
	const char *bad;
	char *error;

	error = pmap_options_parse(&q->opt, &q->command->syntax, call->argc - 1,
				   (char *const *)call->argv + 1);
	bad = error;
	if (!bad && !needs(q, PMAP_NEEDS_CONTEXT) && !q->opt.snapshot)
		bad = pmap_context_apply(&q->opt, &q->command->syntax,
					 needs(q, PMAP_NEEDS_SPACE), &q->context);
	if (!bad)
		bad = pmap_nesting_check(&q->opt, pmap_arch_outer_options(),
					 shows_both);
	if (!bad)
		bad = pmap_root_words(&q->opt);
	if (!bad)
		bad = svg_words(&q->opt);
	if (!bad)
		bad = pmap_kept_words(q->opt.os);
	q->opt.outer_only = needs(q, PMAP_NEEDS_OUTER) &&
			    pmap_nesting_asked(&q->opt) && !q->opt.root.text;
	if (!bad)
		return 0;
	pmap_fail(q, PMAP_STATUS_USAGE, "%s: %s; see `help pmap %s'",
		  call->argv[0], bad, call->argv[0]);
	free(error);
	return PMAP_STATUS_USAGE;
}

/* A bare translation is what loops ask for: no more registers than it takes. */
static enum pmap_regs_group wanted_registers(const struct pmap_query *q)
{
	if (needs_processor(q))
		return PMAP_REGS_INSN;
	return needs(q, PMAP_NEEDS_CONTROLS) || pmap_nesting_asked(&q->opt) ?
	       PMAP_REGS_JUDGE : PMAP_REGS_TRANSLATE;
}

/* As far as is known: the source may turn out to be another one. */
static bool reads_physically(const struct pmap_query *q)
{
	const struct pmap_source *source = pmap_session_source();

	return source && source->ops->physical_mode &&
	       !needs_processor(q) && !q->command->words && !q->opt.snapshot;
}

/* The kernel's names that the command asks for; NULL: none. */
static const char *const *wanted_symbols(const struct pmap_query *q)
{
	return needs(q, PMAP_NEEDS_SYMBOLS) && !q->opt.tasks ? q->target.arch->root_exprs :
	       needs(q, PMAP_NEEDS_LAYOUT) || q->opt.svg ?
	       q->target.arch->layout_exprs : NULL;
}

/* Will it need to know where Linux has its tasks? */
static bool wants_tasks(const struct pmap_query *q)
{
	return q->opt.tasks || q->opt.root_is_task ||
	       (q->opt.scan && needs(q, PMAP_NEEDS_SYMBOLS));
}

/* Registers of the architecture that the target has, and what the user typed. */
static enum pmap_answer ask_values(struct state *s)
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
	if (!s->asked) {
		s->first_expr = call->nvalues;
		pmap_options_exprs(&q->opt, want_expr, call);
		pmap_source_args_exprs(&s->choice.args, want_expr, call);
	}
	s->asked = true;
	call->physical_soon = reads_physically(q);
	return PMAP_NEED_VALUES;
}

static enum pmap_answer ask_probes(struct state *s)
{
	s->q.stage = PROBES;
	s->first_probe = pmap_arch_want_probes(s->q.call);
	return PMAP_NEED_VALUES;
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

static enum pmap_answer parse(struct state *s)
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
	reset_results(q->command, call);
	if (q->command->words ? q->command->words(q) : parse_options(s))
		return answer_error(s, PMAP_STATUS_USAGE);
	q->target.arch = pmap_arch_guess(&known);
	return known ? ask_values(s) : ask_probes(s);
}

/* The probes are there: the registers to go by may be others. */
static enum pmap_answer take_probes(struct state *s)
{
	struct pmap_target *target = &s->q.target;
	const struct pmap_arch *before = target->arch;

	target->arch = pmap_arch_take_probes(s->q.call, s->first_probe);
	if (!s->asked || target->arch != before)
		return ask_values(s);
	s->q.stage = VALUES;
	return PMAP_DONE;
}

/* Nothing shows that the target is still what it was. */
static bool is_doubtful(struct state *s)
{
	const struct pmap_arch *arch = s->q.target.arch;
	const struct pmap_value *value =
		&s->q.call->values[s->first_reg + arch->identity];

	return !value->present && pmap_arch_doubtful(s->q.call);
}

/*
 * Another monitor than GDB's (a reset, a snapshot) can change a stopped machine.
 * Registers that are not what they were at the same stop show that.
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

/* The values are there: what is to be walked? */
static int take_values(struct state *s)
{
	struct pmap_query *q = &s->q;
	int status;

	pmap_arch_take_regs(&q->target, q->call, s->first_reg, s->group);
	pmap_target_pc(&q->target, &q->call->pc);
	compare_registers(q);
	q->symbols = wanted_symbols(q) ? &q->call->values[s->first_symbol] : NULL;
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
			(!needs(q, PMAP_NEEDS_SPACE) || !q->target.paging_off)))
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

/* Registers that only the memory's source knows: those of a core file. */
static int add_registers(struct state *s)
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
	if (q->no_space[0] && needs(q, PMAP_NEEDS_SPACE))
		status = pmap_fail(q, PMAP_STATUS_NO_PAGING, "%s", q->no_space);
	pmap_nesting_attach(&q->target, pmap_cache_at, q->cache);
	return status;
}

/* Where there are two halves: the one of the address that is asked for. */
static int select_half(struct pmap_query *q)
{
	struct pmap_target *t = &q->target;
	uint64_t *start = &q->opt.start.value;

	if (!needs(q, PMAP_NEEDS_SPACE))
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

/* Nothing opens: why each source did not. */
static enum pmap_answer no_memory(struct state *s)
{
	struct pmap_query *q = &s->q;

	if (q->chooses)
		pmap_source_unchoose(q);
	else if (!needs(q, PMAP_NEEDS_MEMORY))
		return PMAP_DONE;
	else
		pmap_source_explain(q);
	return answer_error(s, PMAP_STATUS_NO_MEMORY);
}

/* The command's own question to the monitor. */
static bool ask_monitor(struct state *s)
{
	const struct pmap_arch *arch = s->q.target.arch;

	/* In physical mode there is no round for it. */
	s->asks_monitor = arch->monitor &&
		(needs_processor(&s->q) ||
		 (arch->asks_monitor && !s->q.call->physical &&
		  arch->asks_monitor(&s->q.target)));
	if (s->asks_monitor)
		s->q.call->monitor_command = arch->monitor;
	return s->asks_monitor;
}

/* Kept: the source's questions overwrite it. */
static void take_monitor(struct state *s)
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

/* One round of opening the source of physical memory. */
static enum pmap_answer open_memory(struct state *s)
{
	struct pmap_query *q = &s->q;
	struct pmap_call *call = q->call;
	const struct pmap_session_round round = {
		.begin = !s->opening,
		.epoch = pmap_bridge_epoch(),
		.inferior = call->inferior,
		.physical = call->physical,
		.monitor = s->opening && call->monitor_ok ?
			   call->monitor.data : NULL,
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

/*
 * Can the root be read at all?  Else every answer would be "unreadable".  A
 * guest's root has an answer of its own.
 */
static int check_root(struct pmap_query *q)
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
	size = needs(q, PMAP_NEEDS_TABLES) &&
	       !pml_in_pieces(space->fmt, space->fmt->levels) ?
	       pml_table_size(space->fmt, space->fmt->levels) :
	       space->fmt->entry_size;
	if (space->at(space->ctx, pa, size))
		return 0;
	if (pmap_cache_status(q->cache) == PMAP_READ_INTERRUPTED)
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	/* A file that lacks it says nothing against the root, nor does SMRAM. */
	if (pmap_cache_status(q->cache) == PMAP_READ_ABSENT ||
	    pmap_cache_status(q->cache) == PMAP_READ_SMRAM)
		option = NULL;
	return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
			 "the root table at 0x%llx %s%s%s", (unsigned long long)pa,
			 pmap_read_verb(pmap_cache_status(q->cache)),
			 option ? ": check " : "", option ? option : "");
}

/* Does it matter whether the root can be read? */
static bool needs_root(const struct pmap_query *q)
{
	return !q->no_space[0] && q->cache && !q->opt.physical &&
	       (needs(q, PMAP_NEEDS_MEMORY) ||
		(needs(q, PMAP_NEEDS_CONTEXT) && pmap_context_given(&q->opt)));
}

/* The operands, in 32-bit paging, without the sign that GDB extended. */
static void shorten_operands(struct pmap_query *q)
{
	struct pmap_options *opt = &q->opt;

	if (opt->physical)
		return;
	opt->start.value = pmap_query_va(q, opt->start.value);
	/* -1 is the top, see pmap_query_range(). */
	if (!opt->end_is_length && opt->end.value != ~0ULL)
		opt->end.value = pmap_query_va(q, opt->end.value);
}

/* The file that the answer goes to, if it goes to one. */
static int open_output(struct state *s)
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

/* The end of Ctrl-C: a file is all or nothing, elsewhere is what was found. */
static int end_interrupted(struct state *s)
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

/* What the answer depended on, and nobody has typed just now. */
static void add_notes(struct pmap_query *q)
{
	struct pmap_text words = { 0 };

	if (q->context) {
		pmap_context_add_words(&words, q->context);
		pmap_result_str(q->call, "context", words.data ? words.data : "");
	}
	if ((q->out->len || q->opt.output) && !q->no_notes) {
		pmap_root_add_note(q);
		if (q->context && q->opt.json)
			pmap_context_add_json(q->out, q->context);
		else if (q->context && !q->opt.csv)
			pmap_text_add(q->out, "(pmap use %s)\n", words.data);
	}
	pmap_text_free(&words);
}

static int end_output(struct state *s, int status)
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

static int run_walker(struct state *s)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(clear_progress))) int status = open_output(s);

	if (!status) {
		status = s->q.command->run(&s->q);
		/* It goes on in another round. */
		if (s->q.asks != PMAP_DONE && !s->q.why[0])
			return status;
		status = end_output(s, status);
	}
	/* An error leaves nothing behind. */
	pmap_output_abandon(&s->output);
	return status;
}

/* The walker has answered, or asks for something. */
static enum pmap_answer end_walk(struct state *s, int status)
{
	struct pmap_query *q = &s->q;

	if (q->asks != PMAP_DONE && !q->why[0]) {
		q->stage = AGAIN;
		return q->asks;
	}
	if (q->source)
		pmap_result_u64(q->call, "reads",
				pmap_cache_stats(q->cache).ever - s->reads);
	if (q->why[0])
		return answer_error(s, status);
	q->call->status = status;
	return PMAP_DONE;
}

static enum pmap_answer walk(struct state *s)
{
	struct pmap_query *q = &s->q;
	struct pmap_call *call = q->call;
	int status;

	if (q->source && q->source->ops->physical_mode && !call->physical) {
		status = pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				   "this target's stub cannot read physical memory (QEMU's can)");
		return answer_error(s, status);
	}
	if (q->cache)
		pmap_cache_begin(q->cache);
	status = add_registers(s);
	shorten_operands(q);
	if (!status && !q->no_space[0] && q->cache)
		status = pmap_root_resolve(q);
	if (!status)
		status = select_half(q);
	if (!status && needs_root(q))
		status = check_root(q);
	if (!status)
		status = run_walker(s);
	return end_walk(s, status);
}

/* The same walker in another round, with what it has asked for. */
static enum pmap_answer walk_on(struct state *s)
{
	s->q.asks = PMAP_DONE;
	s->q.call->physical_soon = false;
	return end_walk(s, run_walker(s));
}

/* A walker that asks GDB by itself: once a round. */
static enum pmap_answer run_round(struct state *s)
{
	struct pmap_query *q = &s->q;
	struct pmap_call *call = q->call;

	call->physical_soon = false;
	q->asks = PMAP_DONE;
	call->status = q->command->run(q);
	return q->why[0] ? answer_error(s, call->status) : q->asks;
}

static struct state *new_state(struct pmap_call *call)
{
	struct state *s = pmap_call_alloc(call, sizeof(*s));

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
	struct state *s = call->state ? call->state : new_state(call);
	enum pmap_answer answer = PMAP_DONE;
	int status;

	if (!s)
		return pmap_error(call, PMAP_STATUS_INTERNAL, "out of memory");
	switch ((enum stage)s->q.stage) {
	case PARSE:
		return parse(s);
	case PROBES:
		answer = take_probes(s);
		if (answer != PMAP_DONE)
			return answer;
		/* fall through */
	case VALUES:
		if (is_doubtful(s))
			return ask_probes(s);
		status = take_values(s);
		if (status)
			return answer_error(s, status);
		s->q.stage = MONITOR;
		if (ask_monitor(s))
			return PMAP_NEED_MONITOR;
		/* fall through */
	case MONITOR:
		take_monitor(s);
		s->q.stage = MEMORY;
		/* fall through */
	case MEMORY:
		answer = open_memory(s);
		if (answer != PMAP_DONE || call->status)
			break;
		s->q.stage = WALK;
		/* fall through */
	case WALK:
		return needs(&s->q, PMAP_NEEDS_ROUNDS) ? run_round(s) : walk(s);
	case AGAIN:
		return walk_on(s);
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
