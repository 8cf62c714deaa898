/*
 * What GDB's other commands printed: see capture.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/capture.h"
#include "bridge/channel.h"

/* That a setting (of logging) has changed: the first thing in each MI log. */
#define MI_NOTICE "=cmd-param-changed"

void pmap_capture_empty(void)
{
	pmap_channel_empty(PMAP_CHANNEL_CAPTURE);
}

void pmap_capture_read(struct pmap_text *text)
{
	pmap_channel_read(PMAP_CHANNEL_CAPTURE, text);
}

bool pmap_capture_is_useless(void)
{
	struct pmap_text text = { 0 };
	bool useless;

	pmap_capture_read(&text);
	useless = !text.len ||
		  strncmp(text.data, MI_NOTICE, strlen(MI_NOTICE)) == 0;
	pmap_text_free(&text);
	return useless;
}

/* `-i`, `--interpreter` and what is between; then the rest is its value. */
static const char *interpreter_option(const char *arg)
{
	static const char name[] = "interpreter";
	size_t len;

	if (*arg != '-')
		return NULL;
	arg += strspn(arg, "-");
	len = strcspn(arg, "=");
	if (!len || strncmp(arg, name, len) != 0)
		return NULL;
	return arg + len;
}

bool pmap_capture_expects_mi(void)
{
	FILE *file = fopen("/proc/self/cmdline", "re");
	bool value_follows = false, mi = false;
	const char *value;
	char *arg = NULL;
	size_t size = 0;

	while (file && getdelim(&arg, &size, '\0', file) > 0) {
		value = value_follows ? arg : interpreter_option(arg);
		value_follows = !value_follows && value && !*value;
		if (value && strncmp(value + (*value == '='), "mi", 2) == 0)
			mi = true;
	}
	free(arg);
	if (file)
		fclose(file);
	return mi;
}
