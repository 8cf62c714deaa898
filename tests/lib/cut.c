/*
 * Between GDB and a stub, for `target remote | cut SOCKET N ACTION [LETTER]': passes
 * bytes on, counts the packets that begin with LETTER (M, which write memory; or m,
 * which read it, while memory is physical: GDB itself never has it so), and acts at the
 * N-th.
 *
 *	die	ends, so that the packet and all after it are lost
 *	late	lets the packet through, then ends
 *	int	sends GDB SIGINT, as Ctrl-C does, and passes the packet on
 *	garble	passes it on with other bytes, as a stub that writes something else
 *	dead	counts the questions whether thread 1 is alive (T) in their place, and
 *		answers them by itself from the N-th on: it is not
 *
 * When GDB has detached it ends by itself: GDB 16 would wait for it for ever.
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

static int count, seen, detaching;
static const char *action;
static char letter = 'M';
static int physical;

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

/* The last digit of the data is another one, and the checksum fits. */
static int garble(int stub, const char *bytes, size_t len, size_t start)
{
	char copy[2048], *end;
	unsigned char sum = 0;

	if (len >= sizeof(copy))
		return 0;
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	end = strchr(copy + start, '#');
	if (!end || end + 3 > copy + len)
		return 0;
	end[-1] = end[-1] == '1' ? '2' : '1';
	for (const char *at = copy + start; at < end; at++)
		sum += *at;
	snprintf(end + 1, 3, "%02x", sum);
	return put(stub, copy, len);
}

/* "$T1#", "$Tp1.1#", with more zeros: the first thread, of the first process. */
static int asks_for_first(const char *packet)
{
	const char *at = packet + 2;

	if (strcmp(action, "dead") != 0 || packet[1] != 'T')
		return 0;
	at += *at == 'p' ? strcspn(at, ".#") + 1 : 0;
	return strtoul(at, NULL, 16) == 1;
}

static int counts(const char *packet, size_t len)
{
	static const char mode[] = "$Qqemu.PhyMemMode:";

	if (len > sizeof(mode) && memcmp(packet, mode, sizeof(mode) - 1) == 0)
		physical = packet[sizeof(mode) - 1] == '1';
	return len > 1 && packet[1] == letter && (letter == 'M' || physical);
}

/* GDB sends a packet at a time and waits: each read has one whole. */
static int act(int stub, const char *bytes, size_t len)
{
	const char *packet = memchr(bytes, '$', len);

	/* The stub has answered, and GDB says that it has heard. */
	if (detaching == 2) {
		put(stub, bytes, len);
		return 0;
	}
	detaching = packet && packet + 1 < bytes + len && packet[1] == 'D';
	if (packet && packet + 3 < bytes + len && asks_for_first(packet) &&
	    ++seen >= count)
		return put(STDOUT_FILENO, "+$E01#a6", 8);
	if (!packet || !counts(packet, bytes + len - packet) || ++seen != count)
		return put(stub, bytes, len);
	if (strcmp(action, "die") == 0)
		return 0;
	if (strcmp(action, "late") == 0) {
		put(stub, bytes, len);
		usleep(200000);
		return 0;
	}
	if (strcmp(action, "garble") == 0)
		return garble(stub, bytes, len, packet - bytes + 1);
	kill(getppid(), SIGINT);
	usleep(50000);
	return put(stub, bytes, len);
}

int main(int argc, char **argv)
{
	static char bytes[1 << 17];
	int stub = argc >= 4 ? stub_connect(argv[1]) : -1;
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
	if (argc > 4)
		letter = argv[4][0];
	for (;;) {
		poll(fds, 2, -1);
		for (int i = 0; i < 2; i++) {
			ssize_t n;

			if (!fds[i].revents)
				continue;
			n = read(fds[i].fd, bytes, sizeof(bytes));
			if (i && detaching && n > 0 && memchr(bytes, '$', n))
				detaching = 2;
			if (n <= 0 || !(i ? put(STDOUT_FILENO, bytes, n) :
					    act(stub, bytes, n)))
				return 0;
		}
	}
}
