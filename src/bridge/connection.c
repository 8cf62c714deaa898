/*
 * Which of GDB's sockets is its connection to the target: see connection.h.
 *
 * GDB may have others: a front end's, its Python's, another inferior's.  Linux
 * counts what is read from a Unix socket: a peek offset, once set, goes down by
 * as much.  So all get one, some memory is read, and the one whose offset has
 * moved it is.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <ctype.h>
#include <dirent.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/connection.h"

#define FDS_MAX	64
#define FAR	(1 << 30)	/* more than anybody reads */
#define NEAR	(-1)		/* no peek offset */

struct sockets {
	size_t count;
	int fd[FDS_MAX];
};

/* 0 to 2 are GDB's terminal or front end. */
static bool may_be_target(int fd)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer), len = sizeof(int);
	int domain, type, offset;

	return fd > 2 &&
	       getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       domain == AF_UNIX &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	       type == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, &len) == 0 &&
	       offset < 0 &&
	       getpeername(fd, (struct sockaddr *)&peer, &size) == 0;
}

static void collect(struct sockets *sockets)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) && sockets->count < FDS_MAX) {
		int fd = atoi(entry->d_name);

		if (isdigit((unsigned char)entry->d_name[0]) &&
		    may_be_target(fd))
			sockets->fd[sockets->count++] = fd;
	}
	if (dir)
		closedir(dir);
}

static void set_offsets(const struct sockets *sockets, int offset)
{
	for (size_t i = 0; i < sockets->count; i++)
		setsockopt(sockets->fd[i], SOL_SOCKET, SO_PEEK_OFF, &offset,
			   sizeof(offset));
}

static void clear_offsets(struct sockets *sockets)
{
	set_offsets(sockets, NEAR);
}

static int moved(const struct sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++) {
		socklen_t len = sizeof(int);
		int offset;

		if (getsockopt(sockets->fd[i], SOL_SOCKET, SO_PEEK_OFF, &offset,
			       &len) == 0 && offset >= 0 && offset < FAR)
			return sockets->fd[i];
	}
	return -1;
}

int pmap_connection_find(struct gdb_unwind_callbacks *cb, uint64_t pc)
{
	__attribute__((cleanup(clear_offsets))) struct sockets sockets = { 0 };
	char byte;

	collect(&sockets);
	if (!sockets.count)
		return -1;
	set_offsets(&sockets, FAR);
	/* That it cannot be read is an answer, too; that GDB throws, is not. */
	cb->target_read(pc, &byte, 1);
	return moved(&sockets);
}
