/*
 * What a request of GDB's says, taken: a command begins, its words, values, and what
 * has been printed.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/call.h"
#include "bridge/environment.h"
#include "bridge/request.h"
#include "bridge/state.h"

void pmap_take_forget(void)
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
	pmap_take_forget();
	bridge.stuck |= bridge.window > WINDOW_ASKED &&
			bridge.window != WINDOW_OVER;
	pmap_window_shut();
	bridge.busy = true;
	bridge.writing = bridge.wrote = false;
	bridge.writes = 0;
	bridge.step_failed = false;
	bridge.interrupted = false;
	bridge.is_void = false;
	bridge.at_once = bridge.keep_next = false;
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
	bridge.slow = v[3];
	if (v[4]) {
		bridge.epoch++;
		pmap_call_forget_failed(call);
	}
}

static void take_columns(char *text)
{
	bridge.call->width = strtoul(text, NULL, 10);
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

static void take_symbols(char *unused)
{
	(void)unused;
	bridge.call->symbols_ok = true;
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
		{ 'c', take_columns },
		{ 'v', take_values },
		{ 'm', take_monitor },
		{ 'n', take_symbols },
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

void pmap_take_request(void)
{
	pmap_request_each(&bridge.request, take_item);
}
