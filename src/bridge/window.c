/*
 * Physical memory mode, and what is done in it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "bridge/call.h"
#include "bridge/capture.h"
#include "bridge/channel.h"
#include "bridge/interrupt.h"
#include "bridge/script.h"
#include "bridge/state.h"

#define PACKET_ON "Qqemu.PhyMemMode:1"

bool pmap_window_is_proved(void)
{
	return bridge.proved == bridge.epoch + 1;
}

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

void pmap_window_shut(void)
{
	bridge.window = WINDOW_SHUT;
	pmap_interrupt_resume();
	pmap_interrupt_release();
}

/* What GDB shall do next in the window: one write, or leave it. */
static void publish_write(void)
{
	struct pmap_call *call = bridge.call;
	struct pmap_text packet = { 0 };

	pmap_answer_start();
	if (!bridge.wrote || bridge.answer != PMAP_NEED_WRITE || !call->write.len) {
		pmap_script_set(&bridge.script, "pmap__writing", 0);
		bridge.writing_told = false;
		pmap_answer_publish();
		return;
	}
	pmap_text_add(&packet, "M%" PRIx64 ",%zx:", call->write.pa, call->write.len);
	for (size_t i = 0; i < call->write.len; i++)
		pmap_text_add(&packet, "%02x", call->write.bytes[i]);
	/*
	 * The number of the frame that GDB makes up next: one that it has not made up
	 * yet, or it would not visit (from GDB 16 on it keeps them).
	 */
	pmap_script_set(&bridge.script, "pmap__writing", 4 + bridge.writes);
	bridge.writing_told = true;
	pmap_script_set(&bridge.script, "pmap__written", bridge.writes++);
	pmap_script_set_string(&bridge.script, "pmap__packet", packet.data);
	pmap_text_free(&packet);
	pmap_answer_publish();
}

/* A round in the window for writing: the first one, or after a write. */
bool pmap_window_write(struct gdb_unwind_callbacks *cb)
{
	if (!bridge.call || bridge.window != WINDOW_OPEN || !bridge.writing)
		return true;
	if (pmap_window_is_proved() && bridge.answer == PMAP_NEED_WRITE) {
		bridge.wrote = true;
		bridge.call->physical = true;
		pmap_round_step(cb);
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
		pmap_round_step(cb);
}

/*
 * A physical round.  GDB visits first before it sends the packet and then after
 * it; from the one to the other, and till the mode is off, Ctrl-C is ours.
 * What GDB shows of the packets comes when the mode is off again: so a stub has to
 * prove once, with nothing read, that it has the mode, and again when the target may
 * be another one.
 */
bool pmap_window_physical(struct gdb_unwind_callbacks *cb)
{
	switch (bridge.window) {
	case WINDOW_ASKED:
		pmap_interrupt_hold();
		pmap_interrupt_defer();
		bridge.window = WINDOW_NEAR;
		break;
	case WINDOW_NEAR:
		bridge.window = WINDOW_OPEN;
		pmap_channel_empty(PMAP_CHANNEL_REQUEST);
		pmap_take_request();
		if (bridge.writing)
			pmap_window_write(cb);
		else if (pmap_window_is_proved())
			pmap_round(cb);
		break;
	default:
		break;
	}
	return true;
}

/* The mode is off, and frames are GDB's again. */
bool pmap_window_off(struct gdb_unwind_callbacks *cb)
{
	(void)cb;
	bridge.window = WINDOW_OVER;
	pmap_interrupt_hold();
	pmap_interrupt_resume();
	return true;
}

/* Then what GDB has shown of the packets is there. */
bool pmap_window_virtual(struct gdb_unwind_callbacks *cb)
{
	bool shown = packet_shown(PACKET_ON, "received: \"OK\"");
	bool proved = pmap_window_is_proved() && bridge.window != WINDOW_ASKED &&
		      bridge.window != WINDOW_NEAR;

	pmap_take_request();
	pmap_interrupt_resume();
	/* Ctrl-C may have come after the step. */
	bridge.interrupted |= pmap_interrupt_seen();
	pmap_window_shut();
	if (!bridge.call)
		return true;
	if (bridge.writing && bridge.wrote) {
		write_cut(cb);
		pmap_answer();
		return true;
	}
	bridge.writing = false;
	if (shown)
		bridge.proved = bridge.epoch + 1;
	/* Again, if it has but proved it, or if nothing was shown by this way. */
	if (proved || shown || pmap_round_by_pipe()) {
		pmap_answer();
		return true;
	}
	/* A pipe has caught nothing, either: there are no packets here. */
	if (pmap_capture_is_useless())
		bridge.pipe = pmap_capture_expects_mi();
	pmap_round(cb);
	return true;
}

/* While the mode is, or may be, on. */
bool pmap_window_has_frames(void)
{
	return bridge.window == WINDOW_NEAR || bridge.window == WINDOW_OPEN ||
	       bridge.window == WINDOW_FAILED;
}
