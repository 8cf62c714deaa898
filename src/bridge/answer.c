/*
 * What GDB is told after a round.
 *
 * An answer is assignments for GDB, with commas between them.  $pmap__next is the
 * command of pmap.gdb that comes next.  GDB takes 10 us for each name in an
 * expression: so an answer has what has changed.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "bridge/call.h"
#include "bridge/capture.h"
#include "bridge/chain.h"
#include "bridge/channel.h"
#include "bridge/environment.h"
#include "bridge/script.h"
#include "bridge/state.h"
#include "bridge/symbols.h"

#define TEXT_PART (1UL << 20)	/* GDB prints it without a look for Ctrl-C */
#define TEXT_SHORT 2048		/* comes along with the answer */
#define TEXT_SHORT_MI 8192	/* of a longer one MI tells by which settings it is printed */

/*
 * The first round's is what a command begins with.  None may be left of it when the
 * next command begins, whose first scope may not come about.
 */
static void answer_next(struct pmap_text *answer, const char *command)
{
	pmap_script_set_string(answer, bridge.first ? "pmap__next" : "pmap__on",
			       command);
	if (bridge.next_told && !bridge.first)
		pmap_script_set_string(answer, "pmap__next", "_pm_gone");
	bridge.next_told = bridge.first;
}

/* The length of the next part of a long text: it ends after a line. */
static size_t text_part(const struct pmap_call *call, size_t from)
{
	const char *text = call->out.data + from;
	size_t len = call->out.len - from;
	const char *line;

	if (len <= TEXT_PART)
		return len;
	line = memrchr(text, '\n', TEXT_PART);
	return line ? (size_t)(line - text) + 1 : TEXT_PART;
}

static void text_tame(struct pmap_call *call, size_t from, size_t len)
{
	if (len)
		pmap_script_tame(call->out.data + from, len, call->style);
}

/* What prints the answer, and what it ends with. */
static void answer_print(struct pmap_call *call, struct pmap_text *answer,
			 const char *how)
{
	char command[32];

	snprintf(command, sizeof(command), "%s%s", how,
		 bridge.interrupted ? "_quit" : call->stop ? "_stop" : "");
	answer_next(answer, command);
}

/*
 * Where one command follows another at the same stop, it is worth while to keep
 * GDB's frame: see _pm_claim.
 */
static bool probe_is_due(const struct pmap_call *call)
{
	if (!bridge.same_stop || bridge.probed == bridge.epoch + 1 ||
	    bridge.interrupted || call->stop || bridge.pipe)
		return false;
	bridge.probed = bridge.epoch + 1;
	return true;
}

static bool text_is_short(const struct pmap_call *call)
{
	return call->out.len <= (bridge.mi ? TEXT_SHORT_MI : TEXT_SHORT);
}

static void answer_text(struct pmap_call *call, struct pmap_text *answer)
{
	bool all = bridge.slow || text_is_short(call);
	size_t at = 0, parts = 0;

	bridge.printed = 0;
	text_tame(call, 0, all ? call->out.len : 0);
	if (all) {
		pmap_script_set_string(answer, "pmap__s", bridge.slow ||
				       !call->out.len ? "" : call->out.data);
		if (probe_is_due(call)) {
			answer_next(answer, "_pm_print_probe");
			return;
		}
		if (bridge.at_once && !bridge.interrupted && !call->stop)
			pmap_script_set(answer, "pmap__more", 0);
		answer_print(call, answer, "_pm_print");
		return;
	}
	for (; at < call->out.len; parts++)
		at += text_part(call, at);
	pmap_script_set(answer, "pmap__parts", parts);
	answer_print(call, answer, "_pm_text");
}

static void answer_done(struct pmap_call *call, struct pmap_text *answer)
{
	bridge.busy = false;
	pmap_call_put_results(call, true, answer);
	pmap_script_set(answer, "pmap_status", (unsigned)call->status);
	answer_text(call, answer);
}

static void answer_monitor(struct pmap_call *call, struct pmap_text *answer)
{
	pmap_capture_empty();
	call->monitor_ok = false;
	pmap_script_set_string(answer, "pmap__expression",
			       call->monitor_command);
	answer_next(answer, "_pm_monitor");
}

static void answer_physical(struct pmap_call *call, struct pmap_text *answer)
{
	(void)call;
	pmap_capture_empty();
	bridge.window = WINDOW_ASKED;
	answer_next(answer, "_pm_physical");
}

static void answer_commands(struct pmap_call *call, struct pmap_text *answer)
{
	char next[40];

	for (unsigned i = 0; i < call->ncommands; i++)
		pmap_script_step(answer, i, call->commands[call->ncommands - 1 - i]);
	snprintf(next, sizeof(next), "_pm_commands %#x", call->ncommands - 1);
	call->ncommands = 0;
	answer_next(answer, next);
}

/* A window for writing.  The writes come one by one, when it is open. */
static void answer_write(struct pmap_call *call, struct pmap_text *answer)
{
	pmap_capture_empty();
	bridge.window = WINDOW_ASKED;
	bridge.writing = true;
	bridge.wrote = false;
	pmap_script_set(answer, "pmap__written", bridge.writes);
	pmap_script_set_string(answer, "pmap__list",
			       call->if_lost ? call->if_lost : "");
	answer_next(answer, "_pm_write");
}

static void answer_symbols(struct pmap_call *call, struct pmap_text *answer)
{
	pmap_capture_empty();
	call->symbols_ok = false;
	pmap_symbols_ask(call, answer);
	answer_next(answer, "_pm_symbols");
}

/*
 * Where symbols are many, each command of GDB's outside of scopes costs: so one
 * does what it can.  Not in MI, nor by script: these have scopes of another kind.
 */
static bool answer_at_once(struct pmap_call *call, struct pmap_text *answer)
{
	bool safe = bridge.safe == bridge.epoch + 1 && bridge.safe == bridge.probed;

	if (!bridge.first || bridge.slow || bridge.mi || call->physical_soon ||
	    !pmap_call_ask_at_once(call, answer,
				   safe ? "_pm_asks_kept" : "_pm_asks"))
		return false;
	/* Unless that scope says something else. */
	pmap_script_set(answer, "pmap__more", 1);
	bridge.next_told = true;
	bridge.at_once = true;
	bridge.keep_next = safe;
	return true;
}

/* The user's expressions, if any are left, then pmap's questions. */
static void answer_values(struct pmap_call *call, struct pmap_text *answer)
{
	bool soon = call->physical_soon;
	unsigned int user;
	char next[48];

	if (answer_at_once(call, answer))
		return;
	if (soon && !pmap_call_wants(call)) {
		/* They have come, and the stub has but shown what it can do. */
		answer_physical(call, answer);
		return;
	}
	if (soon)
		answer_physical(call, answer);
	user = pmap_call_ask_values(call, answer,
				    soon || call->on_thread ? "" : ";g");
	if (call->on_thread)
		snprintf(next, sizeof(next), "_pm_elsewhere %d", call->on_thread);
	else if (user)
		snprintf(next, sizeof(next), "_pm_user_%s %#x",
			 soon ? "physical" : "quiet", user - 1);
	else
		snprintf(next, sizeof(next), "_pm_quiet%s",
			 soon ? "_physical" : "");
	answer_next(answer, next);
}

/*
 * GDB may give up on the command before it comes back: for an expression of
 * the user's that is an error, or for Ctrl-C.  What it leaves then is set now.
 */
static void answer_unfinished(struct pmap_call *call, struct pmap_text *answer)
{
	bool asks = bridge.answer == PMAP_NEED_VALUES &&
		    pmap_call_wants_user(call);

	if (!bridge.is_void && (asks || bridge.answer != PMAP_NEED_VALUES)) {
		pmap_chain_keep(call, answer);
		pmap_call_put_results(call, false, answer);
		bridge.is_void = true;
	}
	pmap_script_set(answer, "pmap_status",
			asks ? PMAP_STATUS_USAGE : PMAP_STATUS_INTERRUPTED);
}

/* Where GDB finds the answer. */
void pmap_answer_publish(void)
{
	struct pmap_text *command = &bridge.command;

	bridge.answered = true;
	command->len = 0;
	if (bridge.mi && !bridge.is_c)
		pmap_text_puts(command, "with language c -- ");
	/* Each assignment has a comma before it. */
	pmap_text_puts(command, "set variable ");
	pmap_text_put(command, bridge.script.data + 1, bridge.script.len - 1);
	if (!bridge.slow && !bridge.mi) {
		pmap_environment_put(command->data, command->len);
		return;
	}
	pmap_text_puts(command, "\n");
	if (bridge.answer == PMAP_DONE && bridge.call && bridge.slow)
		pmap_script_echo(command, bridge.call->out.data,
				 bridge.call->out.len);
	pmap_channel_write(PMAP_CHANNEL_SCRIPT, command);
}

/*
 * Is what comes next caught by a pipe?  In a GDB whose logs catch nothing inside
 * the user's own `thread apply', the user would see it, and whether pmap is in one
 * cannot be seen.
 */
static bool goes_by_pipe(void)
{
	return bridge.pipe || bridge.log_outside;
}

void pmap_answer_start(void)
{
	bool pipe;

	/* What the trial at loading has left: see pmap_bridge_load(). */
	if (!bridge.log_tried)
		bridge.log_outside = pmap_capture_is_useless();
	bridge.log_tried = true;
	pipe = goes_by_pipe();
	bridge.script.len = 0;
	if (pipe != bridge.pipe_told)
		pmap_script_set(&bridge.script, "pmap__pipe", pipe);
	bridge.pipe_told = pipe;
}

/* Memory must be virtual again before anything else. */
void pmap_answer_repair(void)
{
	bridge.stuck = false;
	pmap_capture_empty();
	pmap_answer_start();
	pmap_text_puts(&bridge.script, ",$pmap__thread=$_thread");
	answer_next(&bridge.script, "_pm_repair");
	pmap_answer_publish();
}

/* What GDB shall do after this round. */
void pmap_answer(void)
{
	static void (*const write[])(struct pmap_call *, struct pmap_text *) = {
		[PMAP_DONE] = answer_done,
		[PMAP_NEED_VALUES] = answer_values,
		[PMAP_NEED_MONITOR] = answer_monitor,
		[PMAP_NEED_PHYSICAL] = answer_physical,
		[PMAP_NEED_COMMANDS] = answer_commands,
		[PMAP_NEED_WRITE] = answer_write,
		[PMAP_NEED_SYMBOLS] = answer_symbols,
	};
	struct pmap_call *call = bridge.call;
	bool at_once;

	if (bridge.step_failed)
		bridge.answer = pmap_error(call, PMAP_STATUS_NO_MEMORY,
				"the target failed while it was read");
	else if (call->no_memory)
		bridge.answer = pmap_error(call, PMAP_STATUS_INTERNAL,
					   "out of memory");
	else if (bridge.interrupted && bridge.answer != PMAP_DONE &&
		 !bridge.writes)
		bridge.answer = pmap_error(call, PMAP_STATUS_INTERRUPTED,
					   "interrupted");
	pmap_answer_start();
	if (bridge.writing_told)
		pmap_script_set(&bridge.script, "pmap__writing", 0);
	bridge.writing_told = false;
	if (call->round <= 1)
		pmap_text_puts(&bridge.script, ",$pmap__thread=$_thread");
	if (call->round <= 1 && bridge.mi)
		pmap_script_set(&bridge.script, "pmap__is_c", bridge.is_c);
	if (call->round <= 1 && bridge.probed != bridge.epoch + 1)
		pmap_text_puts(&bridge.script, ",$pmap__safe=0");
	if (bridge.answer != PMAP_DONE)
		answer_unfinished(call, &bridge.script);
	at_once = bridge.at_once;
	write[bridge.answer](call, &bridge.script);
	/* It holds for the round behind this one. */
	if (at_once)
		bridge.at_once = false;
	pmap_answer_publish();
}

void pmap_answer_again(void)
{
	if (bridge.answer == PMAP_DONE)
		answer_text(bridge.call, &bridge.script);
	pmap_answer_publish();
}

void pmap_answer_part(void)
{
	struct pmap_call *call = bridge.call;
	size_t len;

	if (!call)
		return;
	len = text_part(call, bridge.printed);
	text_tame(call, bridge.printed, len);
	pmap_environment_put(call->out.data + bridge.printed, len);
	bridge.printed += len;
}
