/*
 * The relay in GDB's connection: what GDB writes is never refused, nothing is lost
 * or said twice, and in the end GDB has its own socket again.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/connection.h"
#include "bridge/relay.h"
#include "tap.h"

#define MANY	(300 << 10)	/* bytes: more than a socket holds, less than with the relay */

static int gdb = -1, stub = -1;	/* the ends of the connection */
static bool is_found;

int pmap_connection_find(struct gdb_unwind_callbacks *cb, uint64_t pc)
{
	(void)cb, (void)pc;
	return is_found ? gdb : -1;
}

static ino_t inode(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : st.st_ino;
}

static void connect_both(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		abort();
	gdb = pair[0];
	stub = pair[1];
}

/* Is there something to read, within ten seconds? */
static bool arrives(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, 10000) == 1;
}

/* All of `text' comes, and it alone. */
static bool reads(int fd, const char *text, size_t len)
{
	static char got[MANY + 1];
	size_t at = 0;

	while (at < len && arrives(fd)) {
		ssize_t n = read(fd, got + at, sizeof(got) - at);

		if (n <= 0)
			return false;
		at += n;
	}
	return at == len && memcmp(got, text, len) == 0;
}

static bool passes(int from, int to, const char *text)
{
	return write(from, text, strlen(text)) == (ssize_t)strlen(text) &&
	       reads(to, text, strlen(text));
}

static void test_both_ways(void)
{
	static char many[MANY];
	ino_t before;

	connect_both();
	before = inode(gdb);
	pmap_relay_begin(NULL, 0);
	ok(inode(gdb) == before, "a connection that was not found is left alone");
	is_found = true;
	pmap_relay_begin(NULL, 0);
	ok(inode(gdb) != before, "one that was found has another socket in its place");
	ok(passes(gdb, stub, "$qRcmd#00"), "what GDB writes arrives");
	ok(passes(stub, gdb, "$OK#9a"), "so does what the stub writes");
	ok(passes(gdb, stub, "+") && passes(gdb, stub, "+"), "each once");
	for (size_t i = 0; i < MANY; i++)
		many[i] = i % 251;
	fcntl(gdb, F_SETFL, O_NONBLOCK);
	for (size_t at = 0; at < MANY;) {
		ssize_t n = write(gdb, many + at, MANY - at);
		struct pollfd room = { .fd = gdb, .events = POLLOUT };

		if (n < 0 && (errno != EAGAIN || poll(&room, 1, 10000) != 1))
			break;
		at += n > 0 ? n : 0;
	}
	fcntl(gdb, F_SETFL, 0);
	ok(reads(stub, many, MANY), "300K that the stub has not read yet are not refused, nor lost");
	ok(passes(stub, gdb, "$again#00"), "and nothing comes twice");
	pmap_relay_end();
	is_u64(inode(gdb), before, "at the end GDB has its own socket");
	ok(passes(gdb, stub, "direct") && passes(stub, gdb, "direct, too"), "which works");
	pmap_relay_end();
	pmap_relay_stop();
	is_u64(inode(gdb), before, "an end without a beginning does nothing");
	close(stub);
	close(gdb);
}

/* The stub speaks when GDB is not reading. */
static void test_late(void)
{
	ino_t before;

	connect_both();
	before = inode(gdb);
	pmap_relay_begin(NULL, 0);
	ok(write(stub, "late", 4) == 4 && arrives(gdb), "what GDB has not read yet");
	pmap_relay_end();
	ok(inode(gdb) != before && reads(gdb, "late", 4), "keeps the relay, and is not lost");
	pmap_relay_end();
	is_u64(inode(gdb), before, "then it ends");
	pmap_relay_begin(NULL, 0);
	ok(write(stub, "late", 4) == 4 && arrives(gdb), "the same");
	pmap_relay_stop();
	is_u64(inode(gdb), before, "when the plugin goes it ends at once");
	close(stub);
	close(gdb);
}

/* One of both closes its end. */
static void test_closed(void)
{
	char byte;

	connect_both();
	pmap_relay_begin(NULL, 0);
	close(gdb);
	ok(arrives(stub) && read(stub, &byte, 1) == 0, "the stub sees that GDB has gone");
	gdb = open("/dev/null", O_RDONLY);
	pmap_relay_end();
	ok(inode(gdb) && read(gdb, &byte, 1) == 0, "what GDB opened there since is left alone");
	close(gdb);
	close(stub);
	connect_both();
	pmap_relay_begin(NULL, 0);
	close(stub);
	ok(arrives(gdb) && read(gdb, &byte, 1) == 0, "GDB sees that the stub has gone");
	pmap_relay_stop();
	close(gdb);
}

static size_t open_files(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 200; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

int main(void)
{
	size_t before = open_files();

	signal(SIGPIPE, SIG_IGN);
	test_both_ways();
	test_late();
	test_closed();
	is_u64(open_files(), before, "no socket stays open");
	return tap_done();
}
