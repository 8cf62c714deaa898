/*
 * Text that grows.  All zeros is an empty one.
 *
 * With a file behind it (pmap_text_to_fd) the text is written out as it grows
 * and memory stays small.  A failure, of memory or of writing, sticks: adding
 * goes on to do nothing, and `error' tells.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TEXT_H
#define PMAP_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pmap_text {
	char *data;		/* NUL-terminated once anything was added */
	size_t len, size;
	int fd;			/* to write to, if there is a file */
	bool has_file;
	bool held;		/* all of it stays in memory until pmap_text_end_fd() */
	bool (*stop)(void);	/* asked while the file takes no more; or NULL */
	int error;		/* errno of the first failure, or 0 */
};

void pmap_text_free(struct pmap_text *text);

/*
 * From now on the text goes to `fd`, which stays the caller's.  Where that does
 * not block, `stop` ends waiting for room, as EINTR.
 */
void pmap_text_to_fd(struct pmap_text *text, int fd, bool (*stop)(void));

/* Write out what is still held, and leave the file.  Returns 0 or an errno. */
int pmap_text_end_fd(struct pmap_text *text);

void pmap_text_put(struct pmap_text *text, const void *data, size_t len);
void pmap_text_puts(struct pmap_text *text, const char *string);

__attribute__((format(printf, 2, 3)))
void pmap_text_add(struct pmap_text *text, const char *format, ...);
void pmap_text_vadd(struct pmap_text *text, const char *format, va_list args);

/*
 * For those who put many characters at once: room for `len` of them, or NULL
 * after a failure; and how many were put there.
 */
char *pmap_text_room(struct pmap_text *text, size_t len);
void pmap_text_used(struct pmap_text *text, size_t len);

/* A number of bytes as people write it: 4K, 2M, 511B; 1.5 GiB is 1536M. */
void pmap_text_size(struct pmap_text *text, uint64_t bytes);

#endif
