// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (C) 2026 The pmap authors
/* Growable text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"

/* Room for LEN more bytes and a NUL. */
static bool buf_reserve(struct pmap_buf *buf, size_t len)
{
	size_t size = buf->size ? buf->size : 256;
	char *data;

	if (len >= SIZE_MAX / 4 - buf->len)
		goto full;
	while (size <= buf->len + len)
		size *= 2;
	if (size == buf->size)
		return true;
	data = realloc(buf->data, size);
	if (!data)
		goto full;
	buf->data = data;
	buf->size = size;
	return true;
full:
	buf->truncated = true;
	return false;
}

void pmap_buf_add(struct pmap_buf *buf, const void *data, size_t len)
{
	if (!buf_reserve(buf, len))
		return;
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void pmap_puts(struct pmap_buf *buf, const char *text)
{
	pmap_buf_add(buf, text, strlen(text));
}

void pmap_vprintf(struct pmap_buf *buf, const char *format, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	if (buf_reserve(buf, 127)) {
		size_t room = buf->size - buf->len;

		len = vsnprintf(buf->data + buf->len, room, format, ap);
		if (len > 0 && (size_t)len >= room) {
			if (buf_reserve(buf, len))
				vsnprintf(buf->data + buf->len,
					  (size_t)len + 1, format, again);
			else
				len = 0;
		}
		if (len > 0)
			buf->len += len;
		buf->data[buf->len] = '\0';
	}
	va_end(again);
}

void pmap_printf(struct pmap_buf *buf, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	pmap_vprintf(buf, format, ap);
	va_end(ap);
}

void pmap_buf_release(struct pmap_buf *buf)
{
	free(buf->data);
	*buf = (struct pmap_buf){ 0 };
}
