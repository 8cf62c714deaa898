/*
 * Text that grows.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/put.h"

#define FLUSH_AT	(1 << 20)	/* bytes held before a file is written */
#define WAIT_MS		50
#define MOST		(1UL << 30)	/* bytes without a file: GDB needs memory, too */

void pmap_text_free(struct pmap_text *text)
{
	free(text->data);
	*text = (struct pmap_text){ 0 };
}

void pmap_text_to_fd(struct pmap_text *text, int fd, bool (*stop)(void))
{
	text->fd = fd;
	text->stop = stop;
	text->has_file = true;
}

/* A pipe is full while its reader does not read: wait, and look for Ctrl-C. */
static void wait_for_room(struct pmap_text *text)
{
	struct pollfd fd = { .fd = text->fd, .events = POLLOUT };

	while (poll(&fd, 1, WAIT_MS) <= 0)
		if (text->stop && text->stop()) {
			text->error = EINTR;
			return;
		}
}

static void write_out(struct pmap_text *text)
{
	size_t done = 0;

	while (!text->error && done < text->len) {
		ssize_t n = write(text->fd, text->data + done,
				  text->len - done);

		if (n >= 0)
			done += n;
		else if (errno == EAGAIN)
			wait_for_room(text);
		else if (errno != EINTR)
			text->error = errno;
	}
	text->len = 0;
}

int pmap_text_end_fd(struct pmap_text *text)
{
	if (text->has_file)
		write_out(text);
	text->has_file = false;
	return text->error;
}

/* Room for `len` more bytes and a NUL. */
static bool reserve(struct pmap_text *text, size_t len)
{
	size_t size = text->size ? text->size : 256;
	char *data;

	if (text->has_file && !text->held && text->len >= FLUSH_AT)
		write_out(text);
	if (text->error)
		return false;
	if (text->len + len + 1 <= text->size)
		return true;
	if (text->len + len >= MOST) {
		text->error = EFBIG;
		return false;
	}
	while (size < text->len + len + 1)
		size *= 2;
	data = realloc(text->data, size);
	if (!data) {
		text->error = ENOMEM;
		return false;
	}
	text->data = data;
	text->size = size;
	return true;
}

void pmap_text_put(struct pmap_text *text, const void *data, size_t len)
{
	if (!reserve(text, len))
		return;
	if (len)
		memcpy(text->data + text->len, data, len);
	text->len += len;
	text->data[text->len] = '\0';
}

char *pmap_text_room(struct pmap_text *text, size_t len)
{
	return reserve(text, len) ? text->data + text->len : NULL;
}

void pmap_text_used(struct pmap_text *text, size_t len)
{
	text->len += len;
	text->data[text->len] = '\0';
}

void pmap_text_puts(struct pmap_text *text, const char *string)
{
	pmap_text_put(text, string, strlen(string));
}

void pmap_text_vadd(struct pmap_text *text, const char *format, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	if (len >= 0 && reserve(text, len)) {
		vsnprintf(text->data + text->len, len + 1, format, again);
		text->len += len;
	}
	va_end(again);
}

void pmap_text_add(struct pmap_text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	pmap_text_vadd(text, format, args);
	va_end(args);
}

void pmap_text_size(struct pmap_text *text, uint64_t bytes)
{
	char size[24];

	pmap_text_put(text, size, pmap_put_size(size, bytes) - size);
}
