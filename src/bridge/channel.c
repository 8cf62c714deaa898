/*
 * The memory files between GDB's commands and the plugin.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/channel.h"

#define MEMFD_NAME "pmap-channel"

/* A file of ours from before: the plugin was unloaded and comes back. */
static bool channel_is_ours(int fd)
{
	char path[32], target[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	return strcmp(target, "/memfd:" MEMFD_NAME " (deleted)") == 0;
}

static bool channel_open(int fd)
{
	int made, moved;

	if (fcntl(fd, F_GETFD) >= 0)
		return channel_is_ours(fd) && ftruncate(fd, 0) == 0;
	made = memfd_create(MEMFD_NAME, MFD_CLOEXEC);
	if (made < 0)
		return false;
	moved = dup3(made, fd, O_CLOEXEC);
	close(made);
	return moved == fd;
}

bool pmap_channels_open(void)
{
	int fd;

	/* HELLO is the last: it says that the others are there. */
	for (fd = PMAP_CHANNEL_REQUEST; fd < PMAP_CHANNEL_END; fd++)
		if (!channel_open(fd))
			return false;
	return true;
}

void pmap_channels_close(void)
{
	if (!channel_is_ours(PMAP_CHANNEL_HELLO))
		return;
	close(PMAP_CHANNEL_HELLO);
	pmap_channel_empty(PMAP_CHANNEL_REQUEST);
	pmap_channel_empty(PMAP_CHANNEL_CAPTURE);
	pmap_channel_empty(PMAP_CHANNEL_SCRIPT);
}

void pmap_channel_read(enum pmap_channel channel, struct pmap_text *buf)
{
	char chunk[4096];
	off_t at = 0;
	ssize_t got;

	buf->len = 0;
	while ((got = pread(channel, chunk, sizeof(chunk), at)) > 0) {
		pmap_text_put(buf, chunk, got);
		at += got;
	}
}

void pmap_channel_write(enum pmap_channel channel, const struct pmap_text *buf)
{
	size_t done = 0;
	ssize_t put;

	pmap_channel_empty(channel);
	while (done < buf->len) {
		put = pwrite(channel, buf->data + done, buf->len - done, done);
		if (put <= 0)
			return;
		done += put;
	}
}

void pmap_channel_empty(enum pmap_channel channel)
{
	/* It only fails on a file that is not ours, which is left alone. */
	if (ftruncate(channel, 0) != 0)
		return;
}

bool pmap_channel_is_empty(enum pmap_channel channel)
{
	struct stat st;

	return fstat(channel, &st) != 0 || st.st_size == 0;
}
