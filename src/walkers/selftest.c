/*
 * pmap selftest: which of the ways between pmap, GDB and the target work here.
 *
 * Each is tried in a round of its own, as other commands use it.
 * doc/bridge.md tells what they are.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "memory/session.h"
#include "target/query.h"
#include "walkers/walkers.h"

/* What GDB is asked for, where the answer is known but for the last three. */
enum question { USER, WIDE, SIGN, ABSENT, LOGGING, KEEPS, QUESTIONS };

static const struct {
	enum pmap_want_kind kind;
	const char *expr;
} questions[QUESTIONS] = {
	[USER] = { PMAP_USER, "$_thread" },
	[WIDE] = { PMAP_QUIET, "0xfedcba9876543210ull + 0xf" },
	[SIGN] = { PMAP_QUIET, "(signed char)-0x2" },
	[ABSENT] = { PMAP_QUIET, "$pmap__absent" },
	[LOGGING] = { PMAP_QUIET, "$_gdb_setting($pmap__logging)" },
	[KEEPS] = { PMAP_QUIET, "$pmap__safe" },
};

/* What has come of it, between the rounds. */
struct trial {
	enum { VALUES, MONITOR, WINDOW } asked;
	size_t first;		/* of call->values */
	bool monitor;
	char version[64];	/* the monitor's answer: its first line */
};

static const struct pmap_value *value_of(const struct pmap_query *q,
					 enum question question)
{
	const struct trial *t = q->own;

	return &q->call->values[t->first + question];
}

static bool is(const struct pmap_query *q, enum question question, uint64_t want)
{
	const struct pmap_value *v = value_of(q, question);

	return v->present && v->value == want;
}

static bool values_work(const struct pmap_query *q)
{
	return is(q, USER, q->call->thread) &&
	       is(q, WIDE, 0xfedcba987654321fULL) && is(q, SIGN, -2ULL) &&
	       !value_of(q, ABSENT)->present;
}

/* --- The rounds ----------------------------------------------------------- */

static int ask_values(struct pmap_query *q)
{
	struct trial *t = pmap_call_alloc(q->call, sizeof(*t));

	if (!t)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	q->own = t;
	t->first = q->call->nvalues;
	for (size_t i = 0; i < QUESTIONS; i++)
		pmap_want(q->call, questions[i].kind, questions[i].expr);
	t->asked = VALUES;
	q->asks = PMAP_NEED_VALUES;
	return PMAP_STATUS_OK;
}

/* Short, harmless, and QEMU's; others say that they do not know it. */
static int ask_monitor(struct pmap_query *q)
{
	struct trial *t = q->own;

	q->call->monitor_command = "info version";
	t->asked = MONITOR;
	q->asks = PMAP_NEED_MONITOR;
	return PMAP_STATUS_OK;
}

static int ask_window(struct pmap_query *q)
{
	const struct pmap_call *call = q->call;
	struct trial *t = q->own;

	t->monitor = call->monitor_ok && call->monitor.len;
	if (t->monitor) {
		strncpy(t->version, call->monitor.data, sizeof(t->version) - 1);
		t->version[strcspn(t->version, "\r\n")] = '\0';
	}
	t->asked = WINDOW;
	q->asks = PMAP_NEED_PHYSICAL;
	return PMAP_STATUS_OK;
}

/* --- The report ----------------------------------------------------------- */

static void add(struct pmap_query *q, const char *way, const char *verdict,
		const char *text)
{
	pmap_text_add(q->out, "%-10s %-6s %s\n", way, verdict, text);
}

static void add_values(struct pmap_query *q)
{
	if (values_work(q)) {
		add(q, "values", "ok", "with all bits and their sign; a name without one is told");
		return;
	}
	add(q, "values", "no", "not what they should be:");
	for (size_t i = USER; i <= ABSENT; i++) {
		const struct pmap_value *v = value_of(q, i);

		pmap_text_add(q->out, "%18s%s is %s0x%" PRIx64 "\n", "",
			      v->expr, v->present ? "" : "absent, ",
			      v->present ? v->value : 0);
	}
}

static void add_answers(struct pmap_query *q)
{
	if (pmap_bridge_ways().script)
		add(q, "answers", "other", "by a script: this GDB does not look for `debuginfod urls' in its environment; long texts take longer");
	else
		add(q, "answers", "ok", "in GDB's environment");
}

static void add_visit(struct pmap_query *q)
{
	pmap_text_add(q->out, "%-10s %-6s round %u of this command, in thread %d; frame 0 is %s between commands\n",
		      "visit", "ok", q->call->round, q->call->thread,
		      is(q, KEEPS, 0) ? "forgotten" : "kept");
}

static void add_monitor(struct pmap_query *q)
{
	const struct trial *t = q->own;

	if (t->monitor)
		add(q, "monitor", "ok", t->version);
	else
		add(q, "monitor", "no", "the target has none that knows `info version': neither `source qemu' nor `source pmemsave'");
}

static void add_capture(struct pmap_query *q)
{
	const struct trial *t = q->own;
	bool logging = is(q, LOGGING, 1);

	if (!t->monitor && !q->call->physical)
		add(q, "capture", "-", "the target had nothing to be caught");
	else if (logging)
		add(q, "capture", "other", "by a pipe: the log is the user's");
	else if (pmap_bridge_ways().pipe)
		add(q, "capture", "other", "by a pipe: a log has caught nothing, or GDB speaks MI");
	else if (pmap_bridge_ways().log_outside)
		add(q, "capture", "other", "by a pipe: logs catch nothing inside `thread apply'");
	else
		add(q, "capture", "ok", "in a log around the command");
}

static void add_window(struct pmap_query *q)
{
	if (q->call->physical)
		add(q, "window", "ok", "the stub has agreed to Qqemu.PhyMemMode");
	else
		add(q, "window", "no", "the target does not know Qqemu.PhyMemMode: no `source gdbstub'");
}

static int add_memory(struct pmap_query *q)
{
	if (!q->source) {
		add(q, "memory", "no", "no source works: see `pmap source'");
		return PMAP_STATUS_NO_MEMORY;
	}
	pmap_text_add(q->out, "%-10s %-6s %s: %s\n", "memory", "ok",
		      q->source->ops->name, q->source->why);
	pmap_result_str(q->call, "source", q->source->ops->name);
	return PMAP_STATUS_OK;
}

static int report(struct pmap_query *q)
{
	int status;

	/* Were it another word, this would not run. */
	add(q, "words", "ok", q->call->argv[0]);
	add_values(q);
	add_answers(q);
	add_visit(q);
	add_monitor(q);
	add_capture(q);
	add_window(q);
	status = add_memory(q);
	return values_work(q) ? status : PMAP_STATUS_INTERNAL;
}

int pmap_selftest(struct pmap_query *q)
{
	const struct trial *t = q->own;

	if (!t)
		return ask_values(q);
	switch (t->asked) {
	case VALUES:
		return ask_monitor(q);
	case MONITOR:
		return ask_window(q);
	case WINDOW:
		break;
	}
	return report(q);
}
