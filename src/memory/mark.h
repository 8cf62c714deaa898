/*
 * What a file's first bytes say of its format.
 *
 * An image of raw memory has no mark.  What has another format's mark would be
 * read as nonsense, so it is named, with the source that reads it or the way to
 * convert it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_MARK_H
#define PMAP_MEMORY_MARK_H

#include <stdbool.h>
#include <stdint.h>

struct pmap_mark {
	const char *title;	/* behind "is": "a qcow2 disk image" */
	const char *source;	/* the source that reads it; NULL: none does */
	const char *advice;	/* where none does: what to do */
	bool compressed;	/* an image that is not LiME's, but AVML's */
};

/* NULL where there is none: the file may be raw memory. */
const struct pmap_mark *pmap_mark_find(int fd);

#endif
