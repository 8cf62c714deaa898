/*
 * hmp SOCKET COMMAND...: run commands in QEMU's human monitor, print what they
 * answer.  The monitor echoes what it is sent through a line editor, so the
 * first line of each answer is dropped and the next prompt ends it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PROMPT "(qemu) "
#define SILENCE_MS 120000

struct answer {
	char *text;
	size_t len, room;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int monitor_open(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(addr.sun_path)) {
		fprintf(stderr, "hmp: the socket's path is too long\n");
		exit(1);
	}
	strcpy(addr.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die(path);
	return fd;
}

static bool at_prompt(const struct answer *a)
{
	size_t n = strlen(PROMPT);

	return a->len >= n && !memcmp(a->text + a->len - n, PROMPT, n) &&
	       (a->len == n || a->text[a->len - n - 1] == '\n');
}

static void read_answer(int fd, struct answer *a)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (a->len = 0; !at_prompt(a);) {
		ssize_t n;

		if (a->room - a->len < 4096) {
			a->room = a->room ? 2 * a->room : 65536;
			a->text = realloc(a->text, a->room);
			if (!a->text)
				die("realloc");
		}
		if (poll(&p, 1, SILENCE_MS) != 1) {
			fprintf(stderr, "hmp: the monitor is silent\n");
			exit(1);
		}
		n = read(fd, a->text + a->len, a->room - a->len);
		if (n <= 0)
			die("hmp: the monitor hung up");
		a->len += n;
	}
	a->len -= strlen(PROMPT);
}

static void print_answer(const struct answer *a)
{
	const char *p = memchr(a->text, '\n', a->len);
	const char *end = a->text + a->len;

	for (p = p ? p + 1 : end; p < end; p++)
		if (*p != '\r')
			putchar(*p);
}

int main(int argc, char **argv)
{
	struct answer a = { 0 };
	int fd;

	if (argc < 3) {
		fprintf(stderr, "usage: %s SOCKET COMMAND...\n", argv[0]);
		return 2;
	}
	fd = monitor_open(argv[1]);
	read_answer(fd, &a);	/* the greeting */
	for (int i = 2; i < argc; i++) {
		if (dprintf(fd, "%s\n", argv[i]) < 0)
			die("hmp: write");
		read_answer(fd, &a);
		print_answer(&a);
	}
	free(a.text);
	return close(fd) || fflush(stdout) ? 1 : 0;
}
