/*
 * Between GDB and a stub, for `target remote | cut SOCKET N ACTION': passes bytes
 * on, counts the packets that write memory (M), and acts at the N-th.
 *
 *	die	ends, so that the packet and all after it are lost
 *	late	lets the packet through, then ends
 *	int	sends GDB SIGINT, as Ctrl-C does, and passes the packet on
 *	refuse	answers E01 itself, and goes on
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int count, seen;
static const char *action;

static int stub_connect(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(name.sun_path, path, sizeof(name.sun_path) - 1);
	return connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0 ? fd : -1;
}

static int put(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n <= 0)
			return 0;
		bytes += n;
		len -= n;
	}
	return 1;
}

/* GDB sends a packet at a time and waits: each read has one whole. */
static int act(int stub, const char *bytes, size_t len)
{
	const char *packet = memchr(bytes, '$', len);

	if (!packet || packet + 1 == bytes + len || packet[1] != 'M' ||
	    ++seen != count)
		return put(stub, bytes, len);
	if (strcmp(action, "die") == 0)
		return 0;
	if (strcmp(action, "late") == 0) {
		put(stub, bytes, len);
		usleep(200000);
		return 0;
	}
	if (strcmp(action, "refuse") == 0)
		return put(STDOUT_FILENO, "+$E01#a6", 8);
	kill(getppid(), SIGINT);
	usleep(50000);
	return put(stub, bytes, len);
}

int main(int argc, char **argv)
{
	static char bytes[1 << 17];
	int stub = argc == 4 ? stub_connect(argv[1]) : -1;
	struct pollfd fds[2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = stub, .events = POLLIN },
	};

	if (stub < 0) {
		fprintf(stderr, "cut: no stub\n");
		return 1;
	}
	signal(SIGINT, SIG_IGN);
	count = atoi(argv[2]);
	action = argv[3];
	for (;;) {
		poll(fds, 2, -1);
		for (int i = 0; i < 2; i++) {
			ssize_t n;

			if (!fds[i].revents)
				continue;
			n = read(fds[i].fd, bytes, sizeof(bytes));
			if (n <= 0 || !(i ? put(STDOUT_FILENO, bytes, n) :
					    act(stub, bytes, n)))
				return 0;
		}
	}
}
