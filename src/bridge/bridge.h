/*
 * The round trip with GDB, as the command layer sees it.
 *
 * GDB gives a plugin no commands, no expressions and no output.  The scripts
 * in gdbinit/pmap.gdb lend it all three, in rounds: each round GDB calls into
 * the plugin once, the plugin calls the handler's step() once (handler.h), and the answer
 * says what GDB shall do before the next round.
 *
 * 	static enum pmap_answer step(struct pmap_call *call)
 * 	{
 * 		struct mine *m = call->state;
 *
 * 		switch (call->round) {
 * 		case 1:
 * 			call->state = m = pmap_call_alloc(call, sizeof(*m));
 * 			m->addr = pmap_want(call, PMAP_USER, call->argv[1]);
 * 			m->cr3 = pmap_want(call, PMAP_QUIET, "$cr3");
 * 			return PMAP_NEED_VALUES;
 * 		case 2:
 * 			if (!call->values[m->cr3].present)
 * 				return pmap_error(call, 1, "no $cr3");
 * 			return PMAP_NEED_PHYSICAL;
 * 		}
 * 		...pmap_bridge_read() now reads physical memory
 * 		pmap_result_u64(call, "gpa", pa);
 * 		pmap_text_add(&call->out, "%#lx\n", pa);
 * 		return PMAP_DONE;
 * 	}
 *
 * GDB throws C++ exceptions through pmap_bridge_read() (connection lost), so
 * everything that a step holds across it is either taken from the call
 * (pmap_call_alloc, call->free_state) or released by a cleanup attribute.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_BRIDGE_H
#define PMAP_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* --- One command -------------------------------------------------------- */

enum pmap_answer {
	PMAP_DONE,		/* print call->out, hand over the results, end */
	PMAP_NEED_VALUES,	/* evaluate what pmap_want() collected */
	PMAP_NEED_MONITOR,	/* run call->monitor_command */
	PMAP_NEED_PHYSICAL,	/* next round in physical memory mode */
	PMAP_NEED_COMMANDS,	/* have GDB run call->commands */
	PMAP_NEED_WRITE,	/* write call->write, and come back in that mode */
	PMAP_NEED_SYMBOLS,	/* have GDB say what call->symbols are called */
};

enum pmap_want_kind {
	/*
	 * What the user typed: in the user's language and selected frame.  An
	 * error is GDB's own message, and the command ends there.  `present` is
	 * false for a name like $x that has no value.
	 */
	PMAP_USER,
	/*
	 * What pmap wants to know: in C, in frame 0 of the selected thread.  An
	 * error (no such register, unavailable) leaves `present` false.
	 */
	PMAP_QUIET,
};

struct pmap_value {
	const char *expr;
	enum pmap_want_kind kind;
	int asked;		/* the bridge's */
	bool present;
	uint64_t value;		/* signed types arrive sign-extended */
};

/* One $pmap_NAME; the name is a constant. */
struct pmap_result {
	const char *name;
	const char *literal;	/* NULL: void */
	bool is_address;
};

#define PMAP_COMMANDS_MAX 64

#define PMAP_WRITE_MAX 256	/* bytes */

/* What PMAP_NEED_WRITE writes: bytes of physical memory. */
struct pmap_write {
	uint64_t pa;
	size_t len;		/* up to PMAP_WRITE_MAX; 0: nothing yet */
	unsigned char bytes[PMAP_WRITE_MAX];
};

#define PMAP_SYMBOLS_MAX 1024	/* of one command */

/* An address, and what GDB's symbol file calls it: see PMAP_NEED_SYMBOLS. */
struct pmap_symbol {
	uint64_t address;	/* virtual */
	const char *name;	/* NULL: it has none, or none is known yet */
	uint64_t offset;	/* from where the symbol begins */
	const char *section;	/* ".text" */
	/* The command's own. */
	size_t place;
	int form;
};

#define PMAP_RESULTS_MAX 20	/* of one command */

struct pmap_call {
	/* The words: argv[0] is the sub-command ("dump"), argv[argc] is NULL. */
	int argc;
	const char *const *argv;

	unsigned int round;	/* 1 the first time */
	int inferior, thread;	/* GDB's numbers of what is selected */
	bool style;		/* `set style enabled`: colours are welcome */
	unsigned int width;	/* `set width`: columns, 0 unlimited */

	/* The command's own, kept between rounds; free_state may be NULL. */
	void *state;
	void (*free_state)(void *state);

	uint64_t pc;		/* set by the step that learns it, for the bridge */

	/* What pmap_want() asked for; an index stays valid for the whole call. */
	struct pmap_value *values;
	size_t nvalues;

	/*
	 * PMAP_NEED_MONITOR: set the command; in the next round `monitor` is its
	 * output and `monitor_ok` false if the target has no monitor.  The
	 * command must not come from the guest or the user.
	 */
	const char *monitor_command;
	struct pmap_text monitor;
	bool monitor_ok;

	/*
	 * With PMAP_NEED_VALUES: GDB's number of the thread in whose frame 0 quiet
	 * ones are evaluated; 0: the selected one.  One that is not there gives no
	 * values.  Without physical_soon.
	 */
	int on_thread;

	/*
	 * With PMAP_NEED_VALUES: the step that gets them will want to read
	 * physical memory, so let it come in that mode, which saves a round.
	 * For it `physical' is as below.
	 */
	bool physical_soon;

	/*
	 * After PMAP_NEED_PHYSICAL: true, pmap_bridge_read() reads physical
	 * memory in this round and in this round only; false, the target's stub
	 * cannot do that.
	 */
	bool physical;

	/*
	 * PMAP_NEED_COMMANDS: lines for GDB, commands of bridge.gdb with numbers,
	 * which it runs in this order, in the user's language and frame, where
	 * they may print.  An error in one ends all.  The bridge empties the list.
	 */
	const char *commands[PMAP_COMMANDS_MAX];
	unsigned ncommands;

	/*
	 * PMAP_NEED_WRITE: each answer in physical memory mode is one write, which
	 * the round after it can read back by pmap_bridge_read().  The first such
	 * answer may come from any round, and only opens the mode: its `write' is
	 * not made.  In the round that follows `physical' is false if the stub
	 * cannot do that, or if the mode ended before the command did: then what
	 * was asked for last may have been written or not.  `if_lost' (may be NULL)
	 * is what is to be written, in order, for a person whose target is gone.
	 */
	struct pmap_write write;
	const char *if_lost;

	/*
	 * PMAP_NEED_SYMBOLS: what pmap_want_symbol() asked for; in the next round
	 * they have their names, as far as GDB has any.  No packet is sent for that.
	 */
	struct pmap_symbol *symbols;
	size_t nsymbols;
	bool symbols_ok;	/* GDB was asked: the bridge's */

	/* PMAP_DONE: the text, and the status that becomes $pmap_status. */
	struct pmap_text out;
	int status;
	bool stop;		/* when that is printed, `quit 1' */

	/* see pmap_result_*() */
	struct pmap_result results[PMAP_RESULTS_MAX];
	size_t nresults;
	void *arena;			/* see pmap_call_alloc() */
	bool no_memory;		/* the bridge ends the call by itself */
};

/* Ask for EXPR (copied); returns its index in call->values. */
size_t pmap_want(struct pmap_call *call, enum pmap_want_kind kind,
		 const char *expr);

/* The same of what needs no asking: a value, or that there is none. */
size_t pmap_want_known(struct pmap_call *call, bool present, uint64_t value);

/*
 * Ask for what GDB's symbol file calls an address.  Valid until the next is asked
 * for; NULL: there are PMAP_SYMBOLS_MAX already.
 */
struct pmap_symbol *pmap_want_symbol(struct pmap_call *call, uint64_t address);

/* Zeroed memory that lives as long as the call; NULL when there is none. */
void *pmap_call_alloc(struct pmap_call *call, size_t size);

/*
 * Results: convenience variables named "pmap_" NAME, each declared before the
 * command sets it, and void until then.  Those that are addresses print as
 * pointers do, where the target's pointers are of 64 bits.  Strings are escaped.
 * pmap_result_void() makes one void, so that no earlier command's value stays;
 * what the first step sets holds even if GDB gives up on the command later.
 */
void pmap_result_declare(struct pmap_call *call, const char *name,
			 bool is_address);
void pmap_result_u64(struct pmap_call *call, const char *name, uint64_t value);
void pmap_result_str(struct pmap_call *call, const char *name, const char *text);
void pmap_result_void(struct pmap_call *call, const char *name);
/*
 * Bytes, as an array of unsigned char; `len' is not 0.  GDB makes it of an
 * expression as long as five times that.
 */
void pmap_result_bytes(struct pmap_call *call, const char *name,
		       const void *bytes, size_t len);

/*
 * End the call with one line, "pmap: " and the message; what call->out had is
 * dropped.  STATUS must not be 0.  To be used as `return pmap_error(...)`.
 */
__attribute__((format(printf, 3, 4)))
enum pmap_answer pmap_error(struct pmap_call *call, int status,
			    const char *format, ...);

/* --- Services while a step runs ----------------------------------------- */

/*
 * Read LEN bytes of the target at ADDR: physical memory when call->physical,
 * else virtual memory as GDB sees it.  False: unreadable (or no step runs).
 * One call is one request to GDB, which splits it as its target demands.
 */
bool pmap_bridge_read(uint64_t addr, void *buf, size_t len);

/*
 * Ctrl-C was pressed: end soon, with what there is.  GDB's "Quit" follows by
 * itself once the text is printed, so that scripts and loops end too.
 */
bool pmap_bridge_interrupted(void);

/*
 * Grows whenever the target may have run, been exchanged, or been written to
 * since the last call; what was read under one epoch stays true during it.
 */
uint64_t pmap_bridge_epoch(void);

/* Something shows that it has, though GDB did not say so: a new epoch. */
void pmap_bridge_changed(void);

/* Which of two ways GDB has shown to need so far, for `pmap selftest'. */
struct pmap_ways {
	bool script;	/* answers: by a script, not in the environment */
	bool pipe;	/* what is caught: by a pipe even while nobody is logging */
	bool log_outside;	/* logs catch nothing inside commands that collect output */
};
struct pmap_ways pmap_bridge_ways(void);

#endif
