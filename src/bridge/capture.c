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

/* A stream record of MI: what GDB, the target or a log had to say. */
static bool is_stream_record(const char *line)
{
	return line[0] && strchr("~@&", line[0]) && line[1] == '"';
}

/* One character of a C string; returns what is behind it. */
static const char *unescape(const char *from, char *to)
{
	static const char letters[] = "n\nt\tr\re\033a\ab\bf\fv\v";

	*to = *from++;
	if (*to != '\\' || !*from)
		return from;
	if (*from >= '0' && *from <= '7') {
		*to = 0;
		for (int i = 0; i < 3 && *from >= '0' && *from <= '7'; i++)
			*to = *to * 8 + (*from++ - '0');
		return from;
	}
	*to = *from;
	for (const char *l = letters; *l; l += 2)
		if (*l == *from)
			*to = l[1];
	return from + 1;
}

static const char *line_end(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

static bool has_records(const char *text)
{
	for (; *text; text = line_end(text))
		if (is_stream_record(text))
			return true;
	return false;
}

/* What one line of MI says, written to `to': of a notice, nothing. */
static char *put_said(const char *line, char *to)
{
	const char *end = line_end(line);

	if (is_stream_record(line)) {
		line += 2;
		while (line < end && *line != '"')
			line = unescape(line, to++);
	} else if (!strchr("=*^(", *line)) {
		memmove(to, line, end - line);
		to += end - line;
	}
	return to;
}

/* In its own place: what was said is shorter than its record. */
static void join_records(struct pmap_text *text)
{
	const char *line = text->data, *next;
	char *to = text->data;

	for (; *line; line = next) {
		next = line_end(line);
		to = put_said(line, to);
	}
	*to = '\0';
	text->len = to - text->data;
}

/* Newer GDBs write into a pipe what MI shows, once more for each pipe inside it. */
void pmap_capture_read(struct pmap_text *text)
{
	pmap_channel_read(PMAP_CHANNEL_CAPTURE, text);
	while (text->len && has_records(text->data) && pmap_capture_expects_mi())
		join_records(text);
}

bool pmap_capture_is_useless(void)
{
	struct pmap_text text = { 0 };
	bool useless;

	pmap_channel_read(PMAP_CHANNEL_CAPTURE, &text);
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
