/*
 * The bridge with other commands behind it, which show what it carries.  The
 * tests beside it load it in pmap's place.
 *
 * 	pmap trial words WORD...	each word in brackets
 * 	pmap trial user EXPR...		the user's expressions, one a word
 * 	pmap trial quiet EXPR...	values that pmap would want to know
 * 	pmap trial monitor COMMAND	what the monitor says
 * 	pmap trial physical ADDR	8 bytes of physical memory
 * 	pmap trial long N		N lines of text
 * 	pmap trial bytes HEX		text of these bytes
 * 	pmap trial result TEXT NUMBER	$pmap_text, $pmap_number; $pmap_gone is void
 * 	pmap trial fail STATUS		an error
 * 	pmap trial spin [physical]	reads memory until Ctrl-C
 * 	pmap trial epoch		has the target run?
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/reader.h"

static const char *word(const struct pmap_call *call, int n)
{
	return call->argc > n + 1 ? call->argv[n + 1] : "0";
}

static enum pmap_answer words(struct pmap_call *call)
{
	int i;

	for (i = 1; i < call->argc; i++)
		pmap_text_add(&call->out, "[%s]\n", call->argv[i]);
	return PMAP_DONE;
}

static enum pmap_answer values(struct pmap_call *call, enum pmap_want_kind kind)
{
	size_t i;

	if (call->round == 1) {
		for (i = 2; i < (size_t)call->argc; i++)
			pmap_want(call, kind, call->argv[i]);
		return PMAP_NEED_VALUES;
	}
	for (i = 0; i < call->nvalues; i++) {
		if (call->values[i].present)
			pmap_text_add(&call->out, "%#" PRIx64 "\n",
				      call->values[i].value);
		else
			pmap_text_puts(&call->out, "absent\n");
	}
	return PMAP_DONE;
}

static enum pmap_answer user(struct pmap_call *call)
{
	return values(call, PMAP_USER);
}

static enum pmap_answer quiet(struct pmap_call *call)
{
	return values(call, PMAP_QUIET);
}

static enum pmap_answer monitor(struct pmap_call *call)
{
	static struct pmap_text command;
	int i;

	if (call->round == 1) {
		pmap_text_free(&command);
		for (i = 2; i < call->argc; i++)
			pmap_text_add(&command, i > 2 ? " %s" : "%s", call->argv[i]);
		call->monitor_command = command.data ? command.data : "";
		return PMAP_NEED_MONITOR;
	}
	if (!call->monitor_ok)
		return pmap_error(call, 1, "no monitor");
	pmap_text_add(&call->out, "%zu bytes: ", call->monitor.len);
	pmap_text_put(&call->out, call->monitor.data, call->monitor.len);
	return PMAP_DONE;
}

static enum pmap_answer physical(struct pmap_call *call)
{
	uint64_t value;

	if (call->round == 1)
		return PMAP_NEED_PHYSICAL;
	if (!call->physical)
		return pmap_error(call, 1, "no physical memory");
	if (!pmap_bridge_read(strtoull(word(call, 1), NULL, 0), &value,
			      sizeof(value)))
		return pmap_error(call, 2, "unreadable");
	pmap_text_add(&call->out, "%#" PRIx64 "\n", value);
	return PMAP_DONE;
}

static enum pmap_answer longer(struct pmap_call *call)
{
	long i, lines = strtol(word(call, 1), NULL, 0);

	for (i = 0; i < lines; i++)
		pmap_text_add(&call->out, "line %09ld of the long text\n", i);
	return PMAP_DONE;
}

static enum pmap_answer bytes(struct pmap_call *call)
{
	const char *hex = word(call, 1);
	unsigned int byte;

	/* How GDB prints is told with the values. */
	if (call->round == 1)
		return PMAP_NEED_VALUES;
	for (; hex[0] && hex[1] && sscanf(hex, "%2x", &byte) == 1; hex += 2) {
		unsigned char c = byte;

		pmap_text_put(&call->out, &c, 1);
	}
	return PMAP_DONE;
}

static enum pmap_answer result(struct pmap_call *call)
{
	pmap_result_str(call, "text", word(call, 1));
	pmap_result_u64(call, "number", strtoull(word(call, 2), NULL, 0));
	pmap_result_void(call, "gone");
	return PMAP_DONE;
}

static enum pmap_answer fail(struct pmap_call *call)
{
	pmap_text_puts(&call->out, "this is dropped\n");
	return pmap_error(call, atoi(word(call, 1)), "it failed");
}

static enum pmap_answer spin(struct pmap_call *call)
{
	uint64_t value;

	if (call->round == 1 && strcmp(word(call, 1), "physical") == 0)
		return PMAP_NEED_PHYSICAL;
	while (!pmap_bridge_interrupted())
		pmap_bridge_read(0x1000, &value, sizeof(value));
	pmap_text_add(&call->out, "spun, physical %d\n", call->physical);
	call->status = 14;
	return PMAP_DONE;
}

static enum pmap_answer epoch(struct pmap_call *call)
{
	static uint64_t last = UINT64_MAX;

	pmap_text_puts(&call->out,
		       pmap_bridge_epoch() == last ? "same\n" : "other\n");
	last = pmap_bridge_epoch();
	return PMAP_DONE;
}

static enum pmap_answer step(struct pmap_call *call)
{
	static const struct {
		const char *name;
		enum pmap_answer (*step)(struct pmap_call *call);
	} trials[] = {
		{ "words", words },
		{ "user", user },
		{ "quiet", quiet },
		{ "monitor", monitor },
		{ "physical", physical },
		{ "long", longer },
		{ "bytes", bytes },
		{ "result", result },
		{ "fail", fail },
		{ "spin", spin },
		{ "epoch", epoch },
	};
	size_t i;

	for (i = 0; i < sizeof(trials) / sizeof(*trials); i++)
		if (strcmp(word(call, 0), trials[i].name) == 0)
			return trials[i].step(call);
	return words(call);
}

static void unload(void)
{
}

static void results(void (*each)(void *arg, const char *name), void *arg)
{
	each(arg, "text");
	each(arg, "number");
	each(arg, "gone");
}

GDB_DECLARE_GPL_COMPATIBLE_READER

struct gdb_reader_funcs *gdb_init_reader(void)
{
	static const struct pmap_handler handler = {
		.step = step,
		.results = results,
		.unload = unload,
	};

	return pmap_reader_load(&handler);
}
