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
#define PACKET_OFF "Qqemu.PhyMemMode:0"

/* Physical memory mode, from the answer that asks for it to its end. */
enum window {
	WINDOW_SHUT,
	WINDOW_ASKED,
	WINDOW_NEAR,		/* the packet is next; hands off from here */
	WINDOW_OPEN,		/* GDB must not look at memory */
	WINDOW_FAILED,		/* the step never came back; wait for the end */
};

static struct {
	const struct pmap_handler *handler;
	struct gdb_unwind_callbacks *cb;	/* while a step runs */
	struct pmap_call *call;
	bool busy;		/* between a command's first and last round */
	bool step_failed;	/* GDB threw an exception through it */
	bool interrupted;	/* Ctrl-C came during the call */
	bool slow;		/* GDB has no debuginfod: text by script */
	bool pipe;		/* output is caught with pipes, not in logs */
	enum pmap_answer answer;
	enum window window;
	uint64_t epoch;
	size_t printed;		/* of a long text */
	bool answered;		/* what GDB has asked for last */
	bool touched;		/* GDB has $pmap__touched set */
	bool stuck;		/* GDB sets $pmap__stuck for this answer */
	bool wants;		/* GDB has $pmap__wants set */
	struct pmap_text request;
	struct pmap_text script;	/* the answer's assignments */
	const char *then;		/* what makes them */
	struct pmap_text command;	/* both */
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

/* --- Answers for GDB ------------------------------------------------------ */
/*
 * An answer is a command of GDB's, bridge.then, for one expression: assignments
 * with commas between them.  pmap__turn in pmap.gdb executes it.  GDB takes 10 us
 * for each name in an expression: so an answer has what has changed.
 */

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

static void answer_text(struct pmap_call *call, struct pmap_text *answer)
{
	size_t at = 0, parts = 0;

	bridge.printed = 0;
	if (call->out.len <= TEXT_SHORT) {
		text_tame(call, 0, call->out.len);
		pmap_script_set_string(answer, "pmap__t",
				       call->out.len ? call->out.data : "");
		bridge.then = bridge.interrupted ? "pmap__print_quit" : "pmap__print";
		return;
	}
	for (; at < call->out.len; parts++)
		at += text_part(call, at);
	pmap_script_set(answer, "pmap__parts", parts);
	bridge.then = bridge.interrupted ? "pmap__text_quit" : "pmap__text";
}

static void answer_done(struct pmap_call *call, struct pmap_text *answer)
{
	bridge.busy = false;
	pmap_call_put_results(call, true, answer);
	pmap_script_set(answer, "pmap_status", (unsigned)call->status);
	if (bridge.interrupted)
		pmap_text_puts(answer, ",$pmap__interrupted=1");
	if (bridge.touched)
		pmap_text_puts(answer, ",$pmap__touched=0");
	bridge.touched = false;
	answer_text(call, answer);
}

static void answer_monitor(struct pmap_call *call, struct pmap_text *answer)
{
	pmap_capture_empty();
	pmap_script_set_string(answer, "pmap__expression",
			       call->monitor_command);
	bridge.then = "pmap__monitor";
	/* What a hook of pmap's sees of it. */
	bridge.touched = true;
}

static void answer_physical(struct pmap_call *call, struct pmap_text *answer)
{
	(void)call;
	bridge.stuck = true;
	pmap_capture_empty();
	bridge.window = WINDOW_ASKED;
	pmap_text_puts(answer, ",$pmap__special=2");
}

static void answer_values(struct pmap_call *call, struct pmap_text *answer)
{
	pmap_call_ask_values(call, answer, call->physical_soon ? "" : ";g");
	if (call->physical_soon)
		answer_physical(call, answer);
}

/*
 * GDB may give up on the command before it comes back: for an expression of
 * the user's that is an error, or for Ctrl-C.  What it leaves then is set now.
 */
static void answer_unfinished(struct pmap_call *call, struct pmap_text *answer)
{
	bool asks = bridge.answer == PMAP_NEED_VALUES &&
		    pmap_call_wants_user(call);

	if (call->round <= 1)
		pmap_call_put_results(call, false, answer);
	pmap_script_set(answer, "pmap_status",
			asks ? PMAP_STATUS_USAGE : PMAP_STATUS_INTERRUPTED);
	pmap_text_puts(answer, ",$pmap__go=1");
}

static void answer_start(void)
{
	bridge.script.len = 0;
	bridge.then = "set variable";
	if (bridge.stuck)
		pmap_text_puts(&bridge.script, ",$pmap__stuck=0");
	bridge.stuck = false;
	if (bridge.wants)
		pmap_text_puts(&bridge.script, ",$pmap__wants=0");
	if (bridge.pipe)
		pmap_text_puts(&bridge.script, ",$pmap__pipe=1");
}

/* The text comes along: GDB will not ask for it. */
static void answer_in_script(struct pmap_call *call)
{
	struct pmap_text *command = &bridge.command;

	if (bridge.answer == PMAP_DONE) {
		text_tame(call, 0, call->out.len);
		pmap_script_echo(command, call->out.data, call->out.len);
		pmap_text_puts(command, bridge.interrupted ? "pmap__quit\n" : "");
	}
	pmap_text_puts(command, "set variable $pmap__t=\"pmap__nothing\"\n");
	pmap_channel_write(PMAP_CHANNEL_SCRIPT, command);
}

/* Where GDB finds the answer. */
static void answer_publish(void)
{
	struct pmap_text *command = &bridge.command;

	bridge.answered = true;
	bridge.wants = bridge.answer == PMAP_NEED_VALUES;
	command->len = 0;
	pmap_text_add(command, "%s ", bridge.slow && bridge.answer == PMAP_DONE ?
		      "set variable" : bridge.then);
	/* Each assignment has a comma before it. */
	pmap_text_put(command, bridge.script.data + 1, bridge.script.len - 1);
	if (!bridge.slow) {
		pmap_environment_put(command->data, command->len);
		return;
	}
	pmap_text_puts(command, "\n");
	answer_in_script(bridge.call);
}

/* What GDB shall do after this round. */
static void bridge_answer(void)
{
	static void (*const write[])(struct pmap_call *, struct pmap_text *) = {
		[PMAP_DONE] = answer_done,
		[PMAP_NEED_VALUES] = answer_values,
		[PMAP_NEED_MONITOR] = answer_monitor,
		[PMAP_NEED_PHYSICAL] = answer_physical,
	};
	struct pmap_call *call = bridge.call;

	if (bridge.step_failed)
		bridge.answer = pmap_error(call, PMAP_STATUS_NO_MEMORY,
				"the target failed while it was read");
	else if (call->no_memory)
		bridge.answer = pmap_error(call, PMAP_STATUS_INTERNAL,
					   "out of memory");
	else if (bridge.interrupted && bridge.answer != PMAP_DONE)
		bridge.answer = pmap_error(call, PMAP_STATUS_INTERRUPTED,
					   "interrupted");
	answer_start();
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

/* GDB's exceptions pass through here, which is why step_leave() cleans up. */
static void bridge_step(struct gdb_unwind_callbacks *cb)
{
	__attribute__((cleanup(step_leave))) int leave = 0;

	bridge.cb = cb;
	bridge.step_failed = true;
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
	window_shut();
	bridge.busy = true;
	bridge.step_failed = false;
	bridge.interrupted = false;
	bridge.answer = PMAP_NEED_VALUES;
	bridge.call = pmap_call_create();
}

/* What GDB is like now, and the command's name. */
static void take_begin(char *text)
{
	int style = 0, slow = 0, touched = 0, name = 0;
	struct pmap_call *call;

	call_begin();
	call = bridge.call;
	if (!call)
		return;
	sscanf(text, "%d:%d:%d:%u:%d:%d:%n", &call->inferior, &call->thread,
	       &style, &call->width, &slow, &touched, &name);
	call->style = style;
	bridge.slow = slow;
	bridge.touched = touched;
	if (touched)
		bridge.epoch++;
	pmap_call_add_word(call, text + name);
}

static void take_word(char *word)
{
	if (!pmap_call_add_word(bridge.call, word))
		bridge.call->no_memory = true;
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
		{ 'w', take_word },
		{ 'v', take_values },
		{ 'm', take_monitor },
		{ 'g', take_go },
		{ 'p', take_go },
	};
	size_t i;

	if (kind == 'b')
		take_begin(text);
	for (i = 0; bridge.call && i < sizeof(items) / sizeof(*items); i++)
		if (items[i].kind == kind)
			items[i].take(text);
}

static void take_request(void)
{
	if (bridge.call)
		bridge.call->monitor_ok = false;
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
	if (bridge.pipe || !pmap_capture_is_mi())
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
		if (capture_by_pipe())
			return false;
		call->monitor.len = 0;
		pmap_capture_read(&call->monitor);
		return true;
	case PMAP_NEED_VALUES:
		values_changed(call);
		return !pmap_call_wants(call);
	case PMAP_NEED_PHYSICAL:
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

/*
 * A physical round.  GDB visits first before it sends the packet and then after
 * it; from the one to the other, and till the mode is off, Ctrl-C is ours and
 * so are all frames.
 */
static bool round_physical(struct gdb_unwind_callbacks *cb)
{
	if (bridge.window != WINDOW_ASKED && bridge.window != WINDOW_NEAR)
		return false;
	pmap_interrupt_hold();
	bridge.window = WINDOW_NEAR;
	if (!packet_shown(PACKET_ON, "received: "))
		return true;
	bridge.window = packet_shown(PACKET_ON, "received: \"OK\"") ?
			WINDOW_OPEN : WINDOW_FAILED;
	pmap_channel_empty(PMAP_CHANNEL_REQUEST);
	take_request();
	bridge_round(cb);
	return true;
}

/* After it: memory is virtual again.  Was there a packet at all? */
static bool round_virtual(struct gdb_unwind_callbacks *cb)
{
	bool missed = bridge.window == WINDOW_ASKED ||
		      bridge.window == WINDOW_NEAR;

	take_request();
	/* Ctrl-C may have come after the step. */
	bridge.interrupted |= pmap_interrupt_seen();
	window_shut();
	if (missed && !capture_by_pipe())
		bridge_round(cb);
	else if (bridge.call)
		bridge_answer();
	return true;
}

static bool round_plain(struct gdb_unwind_callbacks *cb)
{
	take_request();
	bridge_round(cb);
	return true;
}

/* GDB did not find the answer and asks for it in the other way. */
static bool round_repeat(struct gdb_unwind_callbacks *cb)
{
	(void)cb;
	take_request();
	bridge.slow = true;
	if (bridge.call && bridge.answered)
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

/* Was this visit a round?  The last line of the request says of which kind. */
static bool visit_request(struct gdb_unwind_callbacks *cb)
{
	static const struct {
		char kind;
		bool (*round)(struct gdb_unwind_callbacks *cb);
	} kinds[] = {
		{ 'g', round_plain },
		{ 'p', round_physical },
		{ 's', round_virtual },
		{ 'r', round_repeat },
		{ 't', round_text },
		{ 'q', round_quit },
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
	if (bridge.window == WINDOW_OPEN)
		return !packet_shown(PACKET_OFF, "received: \"OK\"");
	return bridge.window == WINDOW_NEAR;
}

bool pmap_bridge_visit(struct gdb_unwind_callbacks *cb)
{
	if (!bridge.cb && !visit_request(cb) && !bridge.busy)
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
	pmap_text_add(&hello, "set variable $pmap__loaded=1,$pmap__slow=%d\n",
		      !pmap_environment_works());
	/* For what ends before the plugin hears of it. */
	pmap_text_puts(&hello, "define pmap__forget\nset variable $pmap_reads=" PMAP_SCRIPT_VOID);
	bridge.handler->results(add_void, &hello);
	/* A plugin that was loaded before may have left some. */
	pmap_text_puts(&hello, "\nend\npmap__forget\n");
	bridge.pipe = pmap_capture_expects_mi();
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
