/*
 * GDB's connection, relayed while the monitor answers: see relay.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/connection.h"
#include "bridge/relay.h"

/* What GDB writes is never refused: an acknowledgement a line, and no more. */
#define ROOM_TO_STUB	(256 << 10)
#define ROOM_TO_GDB	(64 << 10)

/* Bytes on their way from one socket to another. */
struct way {
	int from, to;
	char *data;
	size_t len, room;
	bool closed;		/* there is no more to come */
};

static struct {
	bool active;
	int fd;			/* GDB's number of its connection */
	int flags;		/* of that: GDB's is passed on to its children */
	ino_t ino;		/* of the socket that stands in there */
	int stub;		/* the connection itself */
	int inner;		/* the other end of what stands in */
	int wake;		/* says to the thread: enough */
	struct way to_stub, to_gdb;
	pthread_t thread;
} relay;

/* --- The thread ----------------------------------------------------------- */

static bool would_block(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void way_receive(struct way *way)
{
	ssize_t n;

	while (!way->closed && way->len < way->room) {
		n = recv(way->from, way->data + way->len, way->room - way->len,
			 MSG_DONTWAIT);
		if (would_block(n))
			return;
		way->closed = n <= 0;
		way->len += n > 0 ? n : 0;
	}
}

static void way_send(struct way *way)
{
	ssize_t n;

	while (way->len) {
		n = send(way->to, way->data, way->len,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (would_block(n))
			return;
		/* Nobody is there to take it. */
		way->closed |= n < 0;
		n = n < 0 ? (ssize_t)way->len : n;
		memmove(way->data, way->data + n, way->len - n);
		way->len -= n;
	}
	/* The receiver shall see the end of it, too. */
	if (way->closed)
		shutdown(way->to, SHUT_WR);
}

static void way_move(struct way *way)
{
	way_receive(way);
	way_send(way);
}

static short way_events(const struct way *in, const struct way *out)
{
	return (!in->closed && in->len < in->room ? POLLIN : 0) |
	       (out->len ? POLLOUT : 0);
}

/* GDB has closed its end: then QEMU shall not find us connected. */
static bool hang_up(void)
{
	if (!relay.to_stub.closed || relay.to_stub.len)
		return false;
	close(relay.stub);
	close(relay.inner);
	relay.stub = relay.inner = -1;
	return true;
}

/* Nothing is asked of a socket whose hanging up is known. */
static struct pollfd poll_socket(int fd, short events)
{
	return (struct pollfd){ .fd = events ? fd : -1, .events = events };
}

static void *relay_run(void *unused)
{
	struct pollfd fds[3];

	(void)unused;
	do {
		fds[0] = poll_socket(relay.inner, way_events(&relay.to_stub,
							     &relay.to_gdb));
		fds[1] = poll_socket(relay.stub, way_events(&relay.to_gdb,
							    &relay.to_stub));
		fds[2] = poll_socket(relay.wake, POLLIN);
		if (poll(fds, 3, -1) < 0)
			continue;
		/* All that GDB wrote before it said "enough" is there. */
		way_move(&relay.to_stub);
		if (!(fds[2].revents & POLLIN))
			way_move(&relay.to_gdb);
	} while (!hang_up() && !(fds[2].revents & POLLIN));
	return NULL;
}

/* Signals are GDB's. */
static bool thread_start(void)
{
	sigset_t all, before;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = pthread_create(&relay.thread, NULL, relay_run, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

static void thread_stop(void)
{
	eventfd_t count;

	eventfd_write(relay.wake, 1);
	pthread_join(relay.thread, NULL);
	eventfd_read(relay.wake, &count);
}

/* --- Beginning and end ---------------------------------------------------- */

static void release(void)
{
	int fds[] = { relay.stub, relay.inner, relay.wake };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(relay.to_stub.data);
	free(relay.to_gdb.data);
	relay.active = false;
}

static void way_init(struct way *way, int from, int to, size_t room)
{
	*way = (struct way){
		.from = from, .to = to, .data = malloc(room), .room = room,
	};
}

/* What the relay consists of; *outer_ret is to stand in for the connection. */
static bool acquire(int fd, int *outer_ret)
{
	int pair[2] = { -1, -1 };
	struct stat st;
	bool paired = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				 pair) == 0;

	relay.fd = fd;
	relay.flags = fcntl(fd, F_GETFD) & FD_CLOEXEC ? O_CLOEXEC : 0;
	relay.inner = pair[0];
	*outer_ret = pair[1];
	relay.stub = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	relay.wake = eventfd(0, EFD_CLOEXEC);
	way_init(&relay.to_stub, relay.inner, relay.stub, ROOM_TO_STUB);
	way_init(&relay.to_gdb, relay.stub, relay.inner, ROOM_TO_GDB);
	if (!paired || relay.stub < 0 || relay.wake < 0 ||
	    !relay.to_stub.data || !relay.to_gdb.data ||
	    fstat(*outer_ret, &st) != 0)
		return false;
	relay.ino = st.st_ino;
	return fcntl(*outer_ret, F_SETFL, fcntl(fd, F_GETFL)) == 0;
}

void pmap_relay_begin(struct gdb_unwind_callbacks *cb, uint64_t pc)
{
	int outer, fd;

	pmap_relay_end();
	if (relay.active)
		return;
	fd = pmap_connection_find(cb, pc);
	if (fd < 0)
		return;
	relay.active = acquire(fd, &outer) && dup3(outer, fd, O_CLOEXEC) == fd;
	if (outer >= 0)
		close(outer);
	if (relay.active && thread_start())
		return;
	if (relay.active)
		dup3(relay.stub, fd, relay.flags);
	release();
}

/* GDB may have closed it, and opened something else there. */
static bool stands_in(void)
{
	struct stat st;

	return fstat(relay.fd, &st) == 0 && S_ISSOCK(st.st_mode) &&
	       st.st_ino == relay.ino;
}

/* Has everything arrived that the thread has taken? */
static bool is_idle(void)
{
	int unread = 0;

	return !relay.to_stub.len && !relay.to_gdb.len &&
	       ioctl(relay.fd, FIONREAD, &unread) == 0 && !unread;
}

static void give_back(void)
{
	if (stands_in())
		dup3(relay.stub, relay.fd, relay.flags);
	release();
}

void pmap_relay_end(void)
{
	if (!relay.active)
		return;
	thread_stop();
	if (stands_in() && !is_idle() && thread_start())
		return;
	give_back();
}

void pmap_relay_stop(void)
{
	if (!relay.active)
		return;
	thread_stop();
	give_back();
}
