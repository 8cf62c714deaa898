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
#include <limits.h>
#include <string.h>

#include "base/status.h"
#include "bridge/broken-pipe.h"
#include "bridge/call.h"
#include "bridge/capture.h"
#include "bridge/channel.h"
#include "bridge/environment.h"
#include "bridge/interrupt.h"
#include "bridge/reader.h"
#include "bridge/relay.h"
#include "bridge/request.h"
#include "bridge/script.h"
#include "bridge/state.h"
#include "bridge/symbols.h"

struct pmap_bridge_state bridge;

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
	else if (pmap_window_has_frames())
		pmap_interrupt_defer();
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
void pmap_round_step(struct gdb_unwind_callbacks *cb)
{
	__attribute__((cleanup(step_leave))) int leave = 0;

	bridge.cb = cb;
	bridge.step_failed = true;
	if (!bridge.call->round)
		note_stop(cb);
	pmap_interrupt_hold();
	pmap_interrupt_resume();
	bridge.call->round++;
	bridge.answer = bridge.handler->step(bridge.call);
	bridge.step_failed = false;
	(void)leave;
}

static void values_changed(const struct pmap_call *call)
{
	size_t i;

	for (i = 0; i < call->nvalues; i++)
		if (call->values[i].kind == PMAP_USER &&
		    pmap_call_may_write(call->values[i].expr))
			bridge.epoch++;
}

bool pmap_round_by_pipe(void)
{
	if (bridge.pipe_told || !pmap_capture_is_useless())
		return false;
	bridge.pipe = true;
	return true;
}

/* What GDB has said of symbols; false: it must be asked once more, by a pipe. */
static bool symbols_complete(struct pmap_call *call)
{
	struct pmap_text said = { 0 };

	if (call->symbols_ok && pmap_round_by_pipe())
		return false;
	pmap_capture_read(&said);
	pmap_symbols_take(call, &said);
	pmap_text_free(&said);
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
		if (call->monitor_ok && pmap_round_by_pipe())
			return false;
		call->monitor.len = 0;
		pmap_capture_read(&call->monitor);
		return true;
	case PMAP_NEED_VALUES:
		values_changed(call);
		if (pmap_call_wants(call))
			return false;
		pmap_call_note_failed(call);
		return true;
	case PMAP_NEED_SYMBOLS:
		return symbols_complete(call);
	case PMAP_NEED_PHYSICAL:
	case PMAP_NEED_COMMANDS:
	case PMAP_NEED_WRITE:
		return true;
	case PMAP_DONE:
		break;
	}
	return false;
}

void pmap_round(struct gdb_unwind_callbacks *cb)
{
	struct pmap_call *call = bridge.call;

	if (!call || bridge.answer == PMAP_DONE)
		return;
	/* GDB has swallowed what went through a step, and comes back. */
	if (answers_complete(call) && !bridge.step_failed)
		pmap_round_step(cb);
	/*
	 * In physical memory mode the answer waits: it may be of megabytes, and
	 * GDB can start no process with that in its environment.
	 */
	if (bridge.window == WINDOW_SHUT)
		pmap_answer();
}

static bool round_plain(struct gdb_unwind_callbacks *cb)
{
	pmap_take_request();
	if (bridge.stuck)
		pmap_answer_repair();
	else
		pmap_round(cb);
	return true;
}

/* The frame is wanted; the rest of the request is for the next round. */
static bool round_claim(struct gdb_unwind_callbacks *cb)
{
	(void)cb;
	pmap_take_request();
	return true;
}

/* GDB did not find the answer and asks for it in the other way. */
static bool round_repeat(struct gdb_unwind_callbacks *cb)
{
	(void)cb;
	pmap_take_request();
	bridge.slow = true;
	if (!bridge.call || !bridge.answered)
		return true;
	pmap_answer_again();
	return true;
}

/* In MI, `show language' has been caught before: "auto; currently c", or "c". */
static void note_language(void)
{
	static const char *const alike[] = { "c", "c++", "asm", "minimal" };
	static const char before[] = "currently ";
	struct pmap_text said = { 0 };
	char *name, *at;

	bridge.is_c = false;
	pmap_capture_read(&said);
	if (said.len && (name = strchr(said.data, '"'))) {
		at = strstr(name, before);
		name = at ? at + strlen(before) : name + 1;
		name[strcspn(name, "\"")] = '\0';
		for (size_t i = 0; i < sizeof(alike) / sizeof(*alike); i++)
			bridge.is_c |= strcmp(name, alike[i]) == 0;
	}
	pmap_text_free(&said);
}

/* A command's words; its next scope may follow at once: see _pm_asks. */
static bool round_first(struct gdb_unwind_callbacks *cb)
{
	if (bridge.mi)
		note_language();
	bridge.first = true;
	round_plain(cb);
	bridge.first = false;
	return true;
}

static bool round_text(struct gdb_unwind_callbacks *cb)
{
	(void)cb;
	pmap_answer_part();
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

/* GDB has identified its frame, and that was no error. */
static bool round_safe(struct gdb_unwind_callbacks *cb)
{
	(void)cb;
	bridge.safe = bridge.probed;
	return false;
}

/* Was this visit a round?  The last line of the request says of which kind. */
static bool visit_request(struct gdb_unwind_callbacks *cb)
{
	static const struct {
		char kind;
		bool (*round)(struct gdb_unwind_callbacks *cb);
	} kinds[] = {
		{ 'w', round_first },
		{ 'g', round_plain },
		{ 'f', round_claim },
		{ 'p', pmap_window_physical },
		{ 'o', pmap_window_off },
		{ 'x', pmap_window_write },
		{ 's', pmap_window_virtual },
		{ 'r', round_repeat },
		{ 't', round_text },
		{ 'q', round_quit },
		{ 'k', round_keep },
		{ 'y', round_safe },
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

/* No request, but GDB says in its environment that this is a scope. */
static bool visit_in_scope(void)
{
	bool keeps = pmap_environment_is("_pm_keep");

	if (!keeps && !pmap_environment_is("_pm_unanswered"))
		return false;
	bridge.keeps = keeps && bridge.keep_next;
	bridge.keep_next = false;
	return true;
}

bool pmap_bridge_visit(struct gdb_unwind_callbacks *cb)
{
	if (bridge.cb)
		return pmap_window_has_frames();
	bridge.keeps = false;
	if (visit_request(cb))
		return !bridge.keeps;
	if (visit_in_scope())
		return !bridge.keeps;
	if (!bridge.busy)
		bridge.epoch++;
	return pmap_window_has_frames();
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
	pmap_broken_pipe_hold();
	bridge.slow = !pmap_environment_works();
	bridge.pipe = bridge.mi = pmap_capture_expects_mi();
	pmap_text_add(&hello, "set variable $pmap__loaded=1,$pmap__slow=%d\n",
		      bridge.slow);
	if (bridge.slow || bridge.mi)
		pmap_text_puts(&hello, "_pm_without_environment\n");
	if (bridge.mi)
		pmap_text_puts(&hello, "_pm_for_mi\n");
	/* An alias cannot be made twice.  In MI it changes what nobody is told of. */
	pmap_text_add(&hello, "if $_isvoid($pmap__aliased)\nalias -a -- _pm_c = %s --\n"
		      "set variable $pmap__aliased=1\nend\n", bridge.mi ?
		      "maintenance with test-settings auto-boolean off" :
		      "with language c");
	/* Hidden in a pipe, is what a log should catch there: in MI, notices. */
	bridge.log_outside = bridge.log_tried = bridge.mi;
	if (!bridge.mi)
		pmap_text_puts(&hello, "if !$_gdb_setting($pmap__logging)\n"
				"pipe _pm_log_trial | cat >/dev/null\nend\n");
	/* For what ends before the plugin hears of it. */
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
	pmap_broken_pipe_release();
	pmap_take_forget();
	bridge.handler->unload();
	pmap_window_shut();
	pmap_text_free(&bridge.request);
	pmap_text_free(&bridge.script);
	pmap_text_free(&bridge.command);
	pmap_channels_close();
}
