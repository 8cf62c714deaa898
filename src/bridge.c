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

#include "call.h"
#include "capture.h"
#include "channel.h"
#include "environment.h"
#include "interrupt.h"
#include "reader.h"
#include "relay.h"
#include "request.h"
#include "script.h"
#include "status.h"

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
	uint64_t pc;
	unsigned int turn;	/* GDB's count of rounds */
	unsigned int answered;	/* the last one that got an answer */
	struct pmap_text request;
	struct pmap_text script;
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
 * An answer is one expression, assignments with commas between them; pmap__turn
 * in pmap.gdb is where they are read.
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
		pmap_text_puts(answer, ",$pmap__todo=\"print\"");
		return;
	}
	for (; at < call->out.len; parts++)
		at += text_part(call, at);
	pmap_script_set(answer, "pmap__parts", parts);
	pmap_text_puts(answer, ",$pmap__todo=\"text\"");
}

static void answer_done(struct pmap_call *call, struct pmap_text *answer)
{
	bridge.busy = false;
	if (call->results.len)
		pmap_text_put(answer, call->results.data, call->results.len);
	pmap_script_set(answer, "pmap_status", (unsigned)call->status);
	pmap_script_set(answer, "pmap__interrupted", bridge.interrupted);
	answer_text(call, answer);
}

static void answer_monitor(struct pmap_call *call, struct pmap_text *answer)
{
	pmap_capture_empty();
	pmap_script_set_string(answer, "pmap__expression",
			       call->monitor_command);
	pmap_text_puts(answer, ",$pmap__todo=\"monitor\",$pmap__go=1");
}

static void answer_physical(struct pmap_call *call, struct pmap_text *answer)
{
	(void)call;
	pmap_capture_empty();
	bridge.window = WINDOW_ASKED;
	pmap_text_puts(answer, ",$pmap__stuck=1,$pmap__physical=1"
			  ",$pmap__kind=\"p\",$pmap__go=1");
}

static void answer_values(struct pmap_call *call, struct pmap_text *answer)
{
	pmap_call_ask_values(call, answer);
	pmap_text_puts(answer, ",$pmap__go=1");
}

/*
 * GDB may give up on the command before it comes back: for an expression of
 * the user's that is an error, or for Ctrl-C.  What it leaves then is set now.
 */
static void answer_unfinished(struct pmap_call *call, struct pmap_text *answer)
{
	bool asks = bridge.answer == PMAP_NEED_VALUES &&
		    pmap_call_wants_user(call);

	if (call->results.len)
		pmap_text_put(answer, call->results.data, call->results.len);
	call->results.len = 0;
	pmap_script_set(answer, "pmap_status",
			asks ? PMAP_STATUS_USAGE : PMAP_STATUS_INTERRUPTED);
}

static void answer_start(void)
{
	bridge.script.len = 0;
	pmap_text_puts(&bridge.script, "$pmap__answered=1,$pmap__stuck=0"
		       ",$pmap__touched=0");
	pmap_script_set(&bridge.script, "pmap__turns", bridge.turn + 1);
	pmap_script_set(&bridge.script, "pmap__pipe", bridge.pipe);
}

/* Where GDB finds the answer; the text, too, if it will not come for it. */
static void answer_publish(void)
{
	struct pmap_call *call = bridge.call;
	struct pmap_text script = { 0 };

	bridge.answered = bridge.turn;
	if (!bridge.slow) {
		pmap_environment_put(bridge.script.data, bridge.script.len);
		return;
	}
	pmap_text_puts(&script, "set variable ");
	pmap_text_put(&script, bridge.script.data, bridge.script.len);
	if (bridge.answer == PMAP_DONE) {
		text_tame(call, 0, call->out.len);
		pmap_text_puts(&script, ",$pmap__t=\"\",$pmap__todo=\"print\"\n");
		pmap_script_echo(&script, call->out.data, call->out.len);
	} else {
		pmap_text_puts(&script, "\n");
	}
	pmap_channel_write(PMAP_CHANNEL_SCRIPT, &script);
	pmap_text_free(&script);
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
	bridge.answer = pmap_command_step(bridge.call);
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

static void take_begin(char *name)
{
	call_begin();
	if (bridge.call)
		pmap_call_add_word(bridge.call, name);
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

static void take_settings(char *text)
{
	struct pmap_call *call = bridge.call;
	int style = 0, slow = 0, touched = 0;

	sscanf(text, "%d:%d:%d:%u:%d:%u:%d:%" SCNu64, &call->inferior,
	       &call->thread, &style, &call->width, &slow, &bridge.turn,
	       &touched, &bridge.pc);
	/* Later on it may be pmap's own question to the monitor. */
	if (touched && !call->round)
		bridge.epoch++;
	call->style = style;
	bridge.slow = slow;
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
		{ 'g', take_settings },
		{ 'p', take_settings },
		{ 'r', take_settings },
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
static bool answer_again_by_pipe(void)
{
	if (bridge.pipe || !pmap_capture_is_mi())
		return false;
	bridge.pipe = true;
	bridge_answer();
	return true;
}

/* Back with what the command asked for?  Not while GDB must be asked again. */
static bool answers_complete(struct pmap_call *call)
{
	call->physical = false;
	if (call->round == 0)
		return true;
	switch (bridge.answer) {
	case PMAP_NEED_MONITOR:
		if (answer_again_by_pipe())
			return false;
		call->monitor.len = 0;
		pmap_capture_read(&call->monitor);
		return true;
	case PMAP_NEED_PHYSICAL:
		call->physical = bridge.window == WINDOW_OPEN;
		return true;
	case PMAP_NEED_VALUES:
		break;
	case PMAP_DONE:
		return false;
	}
	values_changed(call);
	answer_start();
	if (!pmap_call_ask_values(call, &bridge.script))
		return true;
	pmap_text_puts(&bridge.script, ",$pmap__go=1");
	answer_publish();
	return false;
}

static void bridge_round(struct gdb_unwind_callbacks *cb)
{
	struct pmap_call *call = bridge.call;

	if (!call)
		return;
	if (!answers_complete(call))
		return;
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
	if (missed && answer_again_by_pipe())
		return true;
	if (missed)
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
	unsigned int answered = bridge.answered;

	(void)cb;
	take_request();
	if (bridge.call && bridge.turn == answered)
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
			pmap_relay_begin(cb, bridge.pc);
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
	pmap_text_add(hello, ",$pmap_%s=$pmap__void", name);
}

void pmap_bridge_load(void)
{
	struct pmap_text hello = { 0 };

	if (!pmap_channels_open())
		return;
	pmap_text_add(&hello, "set variable $pmap__loaded=1,$pmap__slow=%d\n",
		      !pmap_environment_works());
	/* For what ends before the plugin hears of it. */
	pmap_text_puts(&hello, "define pmap__forget\nset variable $pmap_reads=$pmap__void");
	pmap_command_results(add_void, &hello);
	pmap_text_puts(&hello, "\nend\n");
	bridge.pipe = pmap_capture_expects_mi();
	pmap_channel_write(PMAP_CHANNEL_HELLO, &hello);
	pmap_text_free(&hello);
}

void pmap_bridge_unload(void)
{
	pmap_relay_stop();
	call_forget();
	pmap_command_unload();
	window_shut();
	pmap_text_free(&bridge.request);
	pmap_text_free(&bridge.script);
	pmap_channels_close();
}
