/*
 * What a long operation shows of itself on a terminal.
 *
 * GDB has no stream for this, so the line goes to the terminal itself, past
 * logging and `pipe'.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "traverse/progress.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "memory/peer.h"

#define FIRST_MS	500
#define AGAIN_MS	200

/* A line is on the terminal; whatever ends the operation, it has to go. */
static bool shown;

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/* The next of the words that `at` points to, up to `end`. */
static const char *next_word(const char **at, const char *end)
{
	const char *word = *at;

	if (word >= end)
		return NULL;
	*at += strlen(word) + 1;
	return word;
}

static bool is_option(const char *word, const char *name)
{
	word += strspn(word, "-");
	return strncmp(word, name, strlen(name)) == 0;
}

/* GDB was told that no person watches: by -batch, or by an interpreter. */
static bool by_machine(void)
{
	static int known = -1;
	char words[4096];
	const char *at = words, *word;
	ssize_t len;
	int fd;

	if (known >= 0)
		return known;
	known = 0;
	fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? 0 : read(fd, words, sizeof(words) - 1);
	if (fd >= 0)
		close(fd);
	words[len > 0 ? len : 0] = '\0';
	while ((word = next_word(&at, words + len))) {
		if (strcmp(word, "--args") == 0)
			break;
		if (word[0] == '-' && (is_option(word, "batch") ||
				       is_option(word, "interp") ||
				       is_option(word, "i=")))
			known = 1;
	}
	return known;
}

/* Something like GDB's TUI draws there: it wants to echo what is typed itself. */
static bool is_drawn_on(void)
{
	struct termios mode;

	return tcgetattr(STDERR_FILENO, &mode) == 0 && !(mode.c_lflag & ECHO);
}

void pmap_progress_begin(struct pmap_progress *progress)
{
	*progress = (struct pmap_progress){
		.watched = isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) &&
			   !by_machine(),
	};
	if (!progress->watched)
		return;
	progress->began = now_ms();
	progress->next = progress->began + FIRST_MS;
}

/* Who watches takes time to find out, so it is asked only when a line is due. */
bool pmap_progress_due(struct pmap_progress *progress)
{
	if (now_ms() < progress->next)
		return false;
	if (!shown)
		progress->watched = !is_drawn_on() && !pmap_peer_reads_output();
	return progress->watched;
}

static void put_line(const char *text, int width)
{
	char line[128];
	int len = snprintf(line, sizeof(line), "\r%-*.*s\r", width, width, text);

	/* A line that the terminal does not take is not tried again. */
	if (len > 0 && write(STDERR_FILENO, line, len) < 0)
		return;
}

void pmap_progress_show(struct pmap_progress *progress, uint64_t tables,
			uint64_t va)
{
	uint64_t now = now_ms();
	char text[112];

	snprintf(text, sizeof(text), "pmap: %" PRIu64 " tables, %" PRIu64 "/s, at %016" PRIx64 " (Ctrl-C ends)",
		 tables, tables * 1000 / (now - progress->began + 1), va);
	put_line(text, 78);
	shown = true;
	progress->next = now + AGAIN_MS;
}

void pmap_progress_clear(void)
{
	if (shown)
		put_line("", 78);
	shown = false;
}

void pmap_progress_end(struct pmap_progress *progress)
{
	pmap_progress_clear();
	progress->watched = false;
}
