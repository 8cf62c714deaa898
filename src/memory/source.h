/*
 * Where the bytes of physical memory come from.
 *
 * A source is one way to read the target's physical memory: QEMU's stub, the
 * memory of a QEMU process on this host, a core file, an image.  One file
 * each; source.c chooses.  Above every source stands the cache (cache.h),
 * which is what walks read from.
 *
 * Opening may take several rounds with GDB: open() is called again and again,
 * and says each time what it needs next, until it is done or declines.  When a
 * source is open, read() never suspends.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_SOURCE_H
#define PMAP_MEMORY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What became of a read.  Never half a read: all of `len` bytes or none. */
enum pmap_read {
	PMAP_READ_OK,
	PMAP_READ_NOT_RAM,	/* nothing, or a device, is at that address */
	PMAP_READ_FAILED,	/* it is memory, but reading it failed */
	PMAP_READ_INTERRUPTED,	/* Ctrl-C */
};

/* How opening goes on. */
enum pmap_open {
	PMAP_OPEN_DONE,
	PMAP_OPEN_DECLINED,	/* not for this target: why_not says why */
	PMAP_OPEN_MONITOR,	/* needs the output of a monitor command: `ask` */
};

struct pmap_source {
	const struct pmap_source_ops *ops;
	char ask[128];		/* PMAP_OPEN_MONITOR: the command, without "monitor" */
	char why[256];		/* why it was chosen, or why not; for `pmap info` */
};

struct pmap_source_ops {
	const char *name;	/* as in `pmap source NAME` */
	const char *title;	/* for people */
	/* Reads go through GDB, with QEMU's physical memory mode on. */
	bool physical_mode;
	/* Eight bytes cost much less than a page. */
	bool small_reads;
	/*
	 * One round of opening.  `answer` is what the monitor said to `ask`,
	 * NUL-terminated, or NULL in the first round and where the target has
	 * no monitor.
	 */
	enum pmap_open (*open)(struct pmap_source *source, const char *answer);
	/* All of pa..pa+len-1 into buf; a range never crosses a 4 KiB page. */
	enum pmap_read (*read)(struct pmap_source *source, uint64_t pa,
			       void *buf, size_t len);
	/* Gives back everything and frees the source. */
	void (*close)(struct pmap_source *source);
};

/* Each file's constructor: a closed source, or NULL without memory. */
struct pmap_source *pmap_gdbstub_create(void);

#endif
