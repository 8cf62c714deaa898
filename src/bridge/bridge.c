/*
 * The round trip with GDB; doc/bridge.md tells the whole way.
 *
 * GDB visits whenever it looks for a frame's unwinder.  If the request file
 * is complete, that visit is a round: what is in it is taken, the command makes
 * its step, and the answer for GDB is put where GDB finds it.  A visit
 * without a request says that GDB has forgotten its frames, which it does when
 * the target has run or was written to.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "bridge/call.h"
#include "bridge/capture.h"
#include "bridge/chain.h"
#include "bridge/channel.h"
#include "bridge/environment.h"
#include "bridge/interrupt.h"
#include "bridge/reader.h"
#include "bridge/relay.h"
#include "bridge/request.h"
#include "bridge/script.h"

#define TEXT_PART (1UL << 20)	/* GDB prints it without a look for Ctrl-C */
#define TEXT_SHORT 2048		/* comes along with the answer */

#define PACKET_ON "Qqemu.PhyMemMode:1"

/* Physical memory mode, from the answer that asks for it to its end. */
enum window {
	WINDOW_SHUT,
	WINDOW_ASKED,
	WINDOW_NEAR,		/* the packet is next; hands off from here */
	WINDOW_OPEN,		/* GDB must not look at memory */
	WINDOW_OVER,		/* virtual again; Ctrl-C is still ours */
	WINDOW_FAILED,		/* the step never came back; wait for the end */
};

static struct {
	const struct pmap_handler *handler;
	struct gdb_unwind_callbacks *cb;	/* while a step runs */
	struct pmap_call *call;
	bool is_void;		/* results of the command before are gone */
	bool busy;		/* between a command's first and last round */
	bool step_failed;	/* GDB threw an exception through it */
	bool interrupted;	/* Ctrl-C came during the call */
	bool slow;		/* GDB has no debuginfod: text by script */
	bool pipe;		/* output is caught with pipes, not in logs */
	bool pipe_told;		/* as GDB knows it */
	bool log_tried;		/* whether the following is known */
	bool log_outside;	/* a log catches nothing inside `pipe' or `thread apply' */
	enum pmap_answer answer;
	enum window window;
	uint64_t epoch;
	size_t printed;		/* of a long text */
	bool answered;		/* what GDB has asked for last */
	bool stuck;		/* memory may be physical: an older command was abandoned */
	uint64_t probed;	/* 1 + the epoch in which $pmap__safe was found out */
	uint64_t stop[2];	/* registers in the last command's first round */
	bool keeps;		/* the frame of this visit is GDB's */
	bool same_stop;		/* they are those of the one before it */
	uint64_t proved;	/* 1 + the epoch in which the stub has shown its mode */
	bool writing;		/* the window is for writing */
	bool wrote;		/* a round has been in it */
	bool writing_told;	/* $pmap__writing is not 0 */
	unsigned writes;	/* that GDB was told to make in this call */
	struct pmap_text request;
	struct pmap_text script;	/* the answer: assignments */
	struct pmap_text command;	/* that makes them */
} bridge;

/* --- Services for a step -------------------------------------------------- */

bool pmap_bridge_read(uint64_t addr, void *buf, size_t len)
{
	unsigned char *to = buf;

	while (bridge.cb && len) {
		int part = len < INT_MAX ? len : INT_MAX;

		if (bridge.cb->target_read(addr, to, part) != GDB_SUCCESS)
			return false;
		addr += part;
		to += part;
		len -= part;
	}
	return !len;
}

bool pmap_bridge_interrupted(void)
{
	return pmap_interrupt_seen();
}

uint64_t pmap_bridge_epoch(void)
{
	return bridge.epoch;
}

void pmap_bridge_changed(void)
{
	bridge.epoch++;
}

struct pmap_ways pmap_bridge_ways(void)
{
	return (struct pmap_ways){
		.script = bridge.slow,
		.pipe = bridge.pipe,
		.log_outside = bridge.log_outside,
	};
}

/* --- Answers for GDB ------------------------------------------------------ */
/*
 * An answer is assignments for GDB, with commas between them.  $pmap__next is the
 * command of pmap.gdb that comes next.  GDB takes 10 us for each name in an
 * expression: so an answer has what has changed.
 */

static void answer_next(struct pmap_text *answer, const char *command)
{
	pmap_script_set_string(answer, "pmap__next", command);
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

static void answer_text(struct pmap_call *call, struct pmap_text *answer)
{
	size_t at = 0, parts = 0;

	bridge.printed = 0;
	text_tame(call, 0, bridge.slow || call->out.len <= TEXT_SHORT ?
		  call->out.len : 0);
	if (bridge.slow || call->out.len <= TEXT_SHORT) {
		pmap_script_set_string(answer, "pmap__s", bridge.slow ||
				       !call->out.len ? "" : call->out.data);
		if (probe_is_due(call))
			answer_next(answer, "_pm_print_probe");
		else
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

/* The user's expressions, if any are left, then pmap's questions. */
static void answer_values(struct pmap_call *call, struct pmap_text *answer)
{
	bool soon = call->physical_soon;
	unsigned int user;
	char next[48];

	if (soon && !pmap_call_wants(call)) {
		/* They have come, and the stub has but shown what it can do. */
		answer_physical(call, answer);
		return;
	}
	if (soon)
		answer_physical(call, answer);
	user = pmap_call_ask_values(call, answer, soon ? "" : ";g");
	if (user)
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
static void answer_publish(void)
{
	struct pmap_text *command = &bridge.command;

	bridge.answered = true;
	command->len = 0;
	/* Each assignment has a comma before it. */
	pmap_text_puts(command, "set variable ");
	pmap_text_put(command, bridge.script.data + 1, bridge.script.len - 1);
	if (!bridge.slow) {
		pmap_environment_put(command->data, command->len);
		return;
	}
	pmap_text_puts(command, "\n");
	if (bridge.answer == PMAP_DONE && bridge.call)
		pmap_script_echo(command, bridge.call->out.data,
				 bridge.call->out.len);
	pmap_channel_write(PMAP_CHANNEL_SCRIPT, command);
}

static bool is_proved(void)
{
	return bridge.proved == bridge.epoch + 1;
}

/*
 * Is what comes next caught by a pipe?  In a GDB whose logs catch nothing inside
 * the user's own `thread apply', the user would see it, and whether pmap is in one
 * cannot be seen: so the log is for what comes often, the packets of a stub that
 * has proved what it can.
 */
static bool goes_by_pipe(void)
{
	return bridge.pipe || (bridge.log_outside && !is_proved()) ||
	       (bridge.log_outside && bridge.answer == PMAP_NEED_MONITOR);
}

static void answer_start(void)
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
static void answer_repair(void)
{
	bridge.stuck = false;
	pmap_capture_empty();
	answer_start();
	pmap_text_puts(&bridge.script, ",$pmap__thread=$_thread");
	answer_next(&bridge.script, "_pm_repair");
	answer_publish();
}

/* What GDB shall do after this round. */
static void bridge_answer(void)
{
	static void (*const write[])(struct pmap_call *, struct pmap_text *) = {
		[PMAP_DONE] = answer_done,
		[PMAP_NEED_VALUES] = answer_values,
		[PMAP_NEED_MONITOR] = answer_monitor,
		[PMAP_NEED_PHYSICAL] = answer_physical,
		[PMAP_NEED_WRITE] = answer_write,
	};
	struct pmap_call *call = bridge.call;

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
	answer_start();
	if (bridge.writing_told)
		pmap_script_set(&bridge.script, "pmap__writing", 0);
	bridge.writing_told = false;
	if (call->round <= 1)
		pmap_text_puts(&bridge.script, ",$pmap__thread=$_thread");
	if (call->round <= 1 && bridge.probed != bridge.epoch + 1)
		pmap_text_puts(&bridge.script, ",$pmap__safe=0");
	if (bridge.answer != PMAP_DONE)
		answer_unfinished(call, &bridge.script);
	write[bridge.answer](call, &bridge.script);
	answer_publish();
}

/* --- Physical memory mode ------------------------------------------------- */

/* Has GDB shown that it sent the packet, and its answer? */
static bool packet_shown(const char *packet, const char *answer)
{
	struct pmap_text shown = { 0 };
	bool found;

	pmap_capture_read(&shown);
	found = shown.data && strstr(shown.data, packet) &&
		strstr(shown.data, answer);
	pmap_text_free(&shown);
	return found;
}

static void window_shut(void)
{
	bridge.window = WINDOW_SHUT;
	pmap_interrupt_release();
}

/* --- Rounds --------------------------------------------------------------- */

static void step_leave(int *unused)
{
	(void)unused;
	bridge.cb = NULL;
	bridge.interrupted |= pmap_interrupt_seen();
	if (bridge.step_failed && bridge.window == WINDOW_OPEN)
		bridge.window = WINDOW_FAILED;
	if (bridge.window == WINDOW_SHUT)
		pmap_interrupt_release();
}

/* The instruction and stack pointers of x86-64; of others, two registers. */
static void note_stop(struct gdb_unwind_callbacks *cb)
{
	static const int regno[] = { 16, 7 };
	uint64_t now[2] = { 0 };

	for (int i = 0; i < 2; i++) {
		struct gdb_reg_value *value = cb->reg_get(cb, regno[i]);

		if (value->defined && value->size <= (int)sizeof(now[i]))
			memcpy(&now[i], value->value, value->size);
		value->free(value);
	}
	bridge.same_stop = memcmp(now, bridge.stop, sizeof(now)) == 0;
	memcpy(bridge.stop, now, sizeof(now));
}

/* GDB's exceptions pass through here, which is why step_leave() cleans up. */
static void bridge_step(struct gdb_unwind_callbacks *cb)
{
	__attribute__((cleanup(step_leave))) int leave = 0;

	bridge.cb = cb;
	bridge.step_failed = true;
	if (!bridge.call->round)
		note_stop(cb);
	pmap_interrupt_hold();
	bridge.call->round++;
	bridge.answer = bridge.handler->step(bridge.call);
	bridge.step_failed = false;
	(void)leave;
}

static void call_forget(void)
{
	pmap_call_destroy(bridge.call);
	bridge.call = NULL;
	pmap_environment_release();
}

/* A new command; what an older one left unfinished is over. */
static void call_begin(void)
{
	if (bridge.busy)
		bridge.epoch++;
	call_forget();
	bridge.stuck |= bridge.window > WINDOW_ASKED &&
			bridge.window != WINDOW_OVER;
	window_shut();
	bridge.busy = true;
	bridge.writing = bridge.wrote = false;
	bridge.writes = 0;
	bridge.step_failed = false;
	bridge.interrupted = false;
	bridge.is_void = false;
	bridge.answer = PMAP_NEED_VALUES;
	bridge.call = pmap_call_create();
}

static void take_word(char *word)
{
	if (!pmap_call_add_word(bridge.call, word))
		bridge.call->no_memory = true;
}

/* A command's name and words. */
static void take_words(char *text)
{
	char *word;

	call_begin();
	while (bridge.call && (word = strsep(&text, PMAP_REQUEST_BETWEEN)))
		take_word(word);
}

/* What GDB is like now. */
static void take_header(char *text)
{
	struct pmap_call *call = bridge.call;
	int32_t v[PMAP_REQUEST_HEADER];

	memcpy(v, text, sizeof(v));
	call->inferior = v[0];
	call->thread = v[1];
	call->style = v[2];
	call->width = v[3];
	bridge.slow = v[4];
	if (v[5])
		bridge.epoch++;
}

static void take_values(char *text)
{
	char *one;

	while ((one = strsep(&text, ",")))
		pmap_call_take_value(bridge.call, one);
}

static void take_monitor(char *unused)
{
	(void)unused;
	bridge.call->monitor_ok = true;
}

static void take_go(char *unused)
{
	(void)unused;
	bridge.answered = false;
}

static void take_item(char kind, char *text)
{
	static const struct {
		char kind;
		void (*take)(char *text);
	} items[] = {
		{ 'b', take_header },
		{ 'v', take_values },
		{ 'm', take_monitor },
		{ 'g', take_go },
		{ 'p', take_go },
	};
	size_t i;

	if (kind == 'w')
		take_words(text);
	for (i = 0; bridge.call && i < sizeof(items) / sizeof(*items); i++)
		if (items[i].kind == kind)
			items[i].take(text);
}

static void take_request(void)
{
	pmap_request_each(&bridge.request, take_item);
}

static void values_changed(const struct pmap_call *call)
{
	size_t i;

	for (i = 0; i < call->nvalues; i++)
		if (call->values[i].kind == PMAP_USER &&
		    pmap_call_may_write(call->values[i].expr))
			bridge.epoch++;
}

/* The log was of no use: the same again, with a pipe from now on. */
static bool capture_by_pipe(void)
{
	if (bridge.pipe_told || !pmap_capture_is_useless())
		return false;
	bridge.pipe = true;
	return true;
}

/* Back with what the command asked for?  Not while GDB must be asked again. */
static bool answers_complete(struct pmap_call *call)
{
	call->physical = bridge.window == WINDOW_OPEN;
	if (call->round == 0)
		return true;
	switch (bridge.answer) {
	case PMAP_NEED_MONITOR:
		if (call->monitor_ok && capture_by_pipe())
			return false;
		call->monitor.len = 0;
		pmap_capture_read(&call->monitor);
		return true;
	case PMAP_NEED_VALUES:
		values_changed(call);
		return !pmap_call_wants(call);
	case PMAP_NEED_PHYSICAL:
	case PMAP_NEED_WRITE:
		return true;
	case PMAP_DONE:
		break;
	}
	return false;
}

static void bridge_round(struct gdb_unwind_callbacks *cb)
{
	struct pmap_call *call = bridge.call;

	if (!call || bridge.answer == PMAP_DONE)
		return;
	/* GDB has swallowed what went through a step, and comes back. */
	if (answers_complete(call) && !bridge.step_failed)
		bridge_step(cb);
	/*
	 * In physical memory mode the answer waits: it may be of megabytes, and
	 * GDB can start no process with that in its environment.
	 */
	if (bridge.window == WINDOW_SHUT)
		bridge_answer();
}

/* What GDB shall do next in the window: one write, or leave it. */
static void publish_write(void)
{
	struct pmap_call *call = bridge.call;
	struct pmap_text packet = { 0 };

	answer_start();
	if (!bridge.wrote || bridge.answer != PMAP_NEED_WRITE || !call->write.len) {
		pmap_script_set(&bridge.script, "pmap__writing", 0);
		bridge.writing_told = false;
		answer_publish();
		return;
	}
	pmap_text_add(&packet, "M%" PRIx64 ",%zx:", call->write.pa, call->write.len);
	for (size_t i = 0; i < call->write.len; i++)
		pmap_text_add(&packet, "%02x", call->write.bytes[i]);
	/* The number of the frame that GDB makes up next: another one each time. */
	pmap_script_set(&bridge.script, "pmap__writing", 4 + bridge.writes % 2);
	bridge.writing_told = true;
	pmap_script_set(&bridge.script, "pmap__written", bridge.writes++);
	pmap_script_set_string(&bridge.script, "pmap__packet", packet.data);
	pmap_text_free(&packet);
	answer_publish();
}

/* A round in the window for writing: the first one, or after a write. */
static bool round_write(struct gdb_unwind_callbacks *cb)
{
	if (!bridge.call || bridge.window != WINDOW_OPEN || !bridge.writing)
		return true;
	if (is_proved() && bridge.answer == PMAP_NEED_WRITE) {
		bridge.wrote = true;
		bridge.call->physical = true;
		bridge_step(cb);
	}
	publish_write();
	return true;
}

/* The window for writing is shut before the command was done. */
static void write_cut(struct gdb_unwind_callbacks *cb)
{
	bridge.writing = bridge.wrote = false;
	bridge.call->physical = false;
	if (bridge.answer == PMAP_NEED_WRITE)
		bridge_step(cb);
}

/*
 * A physical round.  GDB visits first before it sends the packet and then after
 * it; from the one to the other, and till the mode is off, Ctrl-C is ours.
 * What GDB shows of the packets comes when the mode is off again: so a stub has to
 * prove once, with nothing read, that it has the mode, and again when the target may
 * be another one.
 */
static bool round_physical(struct gdb_unwind_callbacks *cb)
{
	switch (bridge.window) {
	case WINDOW_ASKED:
		pmap_interrupt_hold();
		bridge.window = WINDOW_NEAR;
		break;
	case WINDOW_NEAR:
		bridge.window = WINDOW_OPEN;
		pmap_channel_empty(PMAP_CHANNEL_REQUEST);
		take_request();
		if (bridge.writing)
			round_write(cb);
		else if (is_proved())
			bridge_round(cb);
		break;
	default:
		break;
	}
	return true;
}

/* The mode is off, and frames are GDB's again. */
static bool round_off(struct gdb_unwind_callbacks *cb)
{
	(void)cb;
	bridge.window = WINDOW_OVER;
	return true;
}

/* Then what GDB has shown of the packets is there. */
static bool round_virtual(struct gdb_unwind_callbacks *cb)
{
	bool shown = packet_shown(PACKET_ON, "received: \"OK\"");
	bool proved = is_proved() && bridge.window != WINDOW_ASKED &&
		      bridge.window != WINDOW_NEAR;

	take_request();
	/* Ctrl-C may have come after the step. */
	bridge.interrupted |= pmap_interrupt_seen();
	window_shut();
	if (!bridge.call)
		return true;
	if (bridge.writing && bridge.wrote) {
		write_cut(cb);
		bridge_answer();
		return true;
	}
	bridge.writing = false;
	if (shown)
		bridge.proved = bridge.epoch + 1;
	/* The user has seen it, for once. */
	if (bridge.log_outside && proved && pmap_capture_is_useless())
		bridge.pipe = true;
	/* Again, if it has but proved it, or if nothing was shown by this way. */
	if (proved || shown || capture_by_pipe()) {
		bridge_answer();
		return true;
	}
	/* A pipe has caught nothing, either: there are no packets here. */
	if (pmap_capture_is_useless())
		bridge.pipe = pmap_capture_expects_mi();
	bridge_round(cb);
	return true;
}

static bool round_plain(struct gdb_unwind_callbacks *cb)
{
	take_request();
	if (bridge.stuck)
		answer_repair();
	else
		bridge_round(cb);
	return true;
}

/* The frame is wanted; the rest of the request is for the next round. */
static bool round_claim(struct gdb_unwind_callbacks *cb)
{
	(void)cb;
	take_request();
	return true;
}

/* GDB did not find the answer and asks for it in the other way. */
static bool round_repeat(struct gdb_unwind_callbacks *cb)
{
	(void)cb;
	take_request();
	bridge.slow = true;
	if (!bridge.call || !bridge.answered)
		return true;
	if (bridge.answer == PMAP_DONE)
		answer_text(bridge.call, &bridge.script);
	answer_publish();
	return true;
}

/* A part of a long text. */
static bool round_text(struct gdb_unwind_callbacks *cb)
{
	struct pmap_call *call = bridge.call;
	size_t len;

	(void)cb;
	if (!call || bridge.printed >= call->out.len)
		return true;
	len = text_part(call, bridge.printed);
	text_tame(call, bridge.printed, len);
	pmap_environment_put(call->out.data + bridge.printed, len);
	bridge.printed += len;
	return true;
}

static bool round_quit(struct gdb_unwind_callbacks *cb)
{
	(void)cb;
	pmap_interrupt_pass_on();
	return true;
}

/* Its answer may be long: GDB and QEMU must not wait for each other. */
static bool monitor_is_next(void)
{
	return bridge.busy && bridge.answer == PMAP_NEED_MONITOR &&
	       bridge.window == WINDOW_SHUT;
}

/* GDB identifies its frame for us, and with its own unwinders. */
static bool round_keep(struct gdb_unwind_callbacks *cb)
{
	(void)cb;
	bridge.keeps = true;
	return true;
}

/* Was this visit a round?  The last line of the request says of which kind. */
static bool visit_request(struct gdb_unwind_callbacks *cb)
{
	static const struct {
		char kind;
		bool (*round)(struct gdb_unwind_callbacks *cb);
	} kinds[] = {
		{ 'w', round_plain },
		{ 'g', round_plain },
		{ 'f', round_claim },
		{ 'p', round_physical },
		{ 'o', round_off },
		{ 'x', round_write },
		{ 's', round_virtual },
		{ 'r', round_repeat },
		{ 't', round_text },
		{ 'q', round_quit },
		{ 'k', round_keep },
	};
	bool is_round;
	char kind;
	size_t i;

	if (pmap_channel_is_empty(PMAP_CHANNEL_REQUEST))
		return false;
	pmap_channel_read(PMAP_CHANNEL_REQUEST, &bridge.request);
	kind = pmap_request_kind(&bridge.request);
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (kinds[i].kind != kind)
			continue;
		if (kind != 'p')
			pmap_channel_empty(PMAP_CHANNEL_REQUEST);
		pmap_relay_end();
		is_round = kinds[i].round(cb);
		if (monitor_is_next())
			pmap_relay_begin(cb, bridge.call->pc);
		return is_round;
	}
	return false;
}

/* While the mode is, or may be, on. */
static bool frames_are_ours(void)
{
	return bridge.window == WINDOW_NEAR || bridge.window == WINDOW_OPEN ||
	       bridge.window == WINDOW_FAILED;
}

bool pmap_bridge_visit(struct gdb_unwind_callbacks *cb)
{
	if (bridge.cb)
		return frames_are_ours();
	bridge.keeps = false;
	if (visit_request(cb))
		return !bridge.keeps;
	if (!bridge.busy)
		bridge.epoch++;
	return frames_are_ours();
}

/* --- The plugin's life ---------------------------------------------------- */

static void add_void(void *hello, const char *name)
{
	pmap_text_add(hello, ",$pmap_%s=" PMAP_SCRIPT_VOID, name);
}

void pmap_bridge_load(const struct pmap_handler *handler)
{
	struct pmap_text hello = { 0 };

	bridge.handler = handler;
	if (!pmap_channels_open())
		return;
	bridge.slow = !pmap_environment_works();
	bridge.pipe = pmap_capture_expects_mi();
	pmap_text_add(&hello, "set variable $pmap__loaded=1,$pmap__slow=%d\n",
		      bridge.slow);
	if (bridge.slow)
		pmap_text_puts(&hello, "_pm_without_environment\n");
	if (bridge.pipe)
		pmap_text_puts(&hello, "_pm_for_mi\n");
	/* For what ends before the plugin hears of it. */
	/* Hidden in a pipe, is what a log should catch there. */
	pmap_text_puts(&hello, "if !$_gdb_setting($pmap__logging)\n"
				"pipe _pm_log_trial | cat >/dev/null\nend\n");
	pmap_text_puts(&hello, "define _pm_forget\nset variable $pmap_reads=" PMAP_SCRIPT_VOID);
	bridge.handler->results(add_void, &hello);
	/* A plugin that was loaded before may have left some. */
	pmap_text_puts(&hello, "\nend\n_pm_forget\n");
	pmap_channel_write(PMAP_CHANNEL_HELLO, &hello);
	pmap_text_free(&hello);
}

void pmap_bridge_unload(void)
{
	pmap_relay_stop();
	call_forget();
	bridge.handler->unload();
	window_shut();
	pmap_text_free(&bridge.request);
	pmap_text_free(&bridge.script);
	pmap_text_free(&bridge.command);
	pmap_channels_close();
}
