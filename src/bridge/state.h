/*
 * What the files of the round trip share: bridge.c (visits and rounds), take.c (what
 * GDB says), answer.c (what it is told) and window.c (physical memory mode).  No other
 * file includes this one.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_BRIDGE_STATE_H
#define PMAP_BRIDGE_STATE_H

#include "bridge/bridge.h"
#include "bridge/handler.h"
#include "bridge/reader.h"

/* Physical memory mode, from the answer that asks for it to its end. */
enum pmap_window {
	WINDOW_SHUT,
	WINDOW_ASKED,
	WINDOW_NEAR,		/* the packet is next; hands off from here */
	WINDOW_OPEN,		/* GDB must not look at memory */
	WINDOW_OVER,		/* virtual again; Ctrl-C is still ours */
	WINDOW_FAILED,		/* the step never came back; wait for the end */
};

struct pmap_bridge_state {
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
	enum pmap_window window;
	uint64_t epoch;
	size_t printed;		/* of a long text */
	bool answered;		/* what GDB has asked for last */
	bool stuck;		/* memory may be physical: an older command was abandoned */
	uint64_t probed;	/* 1 + the epoch in which $pmap__safe was found out */
	uint64_t stop[2];	/* registers in the last command's first round */
	bool keeps;		/* the frame of this visit is GDB's */
	bool keep_next;		/* in the next scope the first one is */
	uint64_t safe;		/* 1 + the epoch in which that is known to do no harm */
	bool first;		/* this round has a command's words */
	bool next_told;		/* GDB has what comes behind it */
	bool at_once;		/* values come in the scope behind that one */
	bool mi;		/* GDB speaks MI */
	bool is_c;		/* there: the language is C, or what reads our scripts as C does */
	bool same_stop;		/* they are those of the one before it */
	uint64_t proved;	/* 1 + the epoch in which the stub has shown its mode */
	bool writing;		/* the window is for writing */
	bool wrote;		/* a round has been in it */
	bool writing_told;	/* $pmap__writing is not 0 */
	unsigned writes;	/* that GDB was told to make in this call */
	struct pmap_text request;
	struct pmap_text script;	/* the answer: assignments */
	struct pmap_text command;	/* that makes them */
};

extern struct pmap_bridge_state bridge;

/* --- answer.c ------------------------------------------------------------- */

/* Tell GDB what to do after this round. */
void pmap_answer(void);
/* The same, once more: GDB did not find it. */
void pmap_answer_again(void);
/* The next part of a long text. */
void pmap_answer_part(void);
/* Memory must be virtual again before anything else. */
void pmap_answer_repair(void);
/* An answer of the caller's own: begin bridge.script; put it where GDB finds it. */
void pmap_answer_start(void);
void pmap_answer_publish(void);

/* --- window.c ------------------------------------------------------------- */

/* Has the stub shown its mode since the target ran? */
bool pmap_window_is_proved(void);
/* Is the mode on, or may it be?  Then no frame is the target's. */
bool pmap_window_has_frames(void);
void pmap_window_shut(void);
/* Rounds: in the window, for a write, when it is off, and behind it. */
bool pmap_window_physical(struct gdb_unwind_callbacks *cb);
bool pmap_window_write(struct gdb_unwind_callbacks *cb);
bool pmap_window_off(struct gdb_unwind_callbacks *cb);
bool pmap_window_virtual(struct gdb_unwind_callbacks *cb);

/* --- take.c --------------------------------------------------------------- */

/* Take what is in the request. */
void pmap_take_request(void);
/* The command is over, and all that belongs to it. */
void pmap_take_forget(void);

/* --- bridge.c ------------------------------------------------------------- */

/* One step of the command; a whole round. */
void pmap_round_step(struct gdb_unwind_callbacks *cb);
void pmap_round(struct gdb_unwind_callbacks *cb);
/* The log was of no use: the same again, with a pipe from now on. */
bool pmap_round_by_pipe(void);

#endif
