/*
 * The files between GDB's commands and the plugin.  They live in memory; GDB
 * opens them as /proc/self/fd/N, which is why N is fixed.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_CHANNEL_H
#define PMAP_CHANNEL_H

#include <stdbool.h>

#include "bridge/bridge.h"

enum pmap_channel {
	PMAP_CHANNEL_REQUEST = 700,	/* GDB appends, the plugin reads */
	PMAP_CHANNEL_SCRIPT,		/* the plugin writes, GDB sources */
	PMAP_CHANNEL_CAPTURE,		/* what GDB's other commands print */
	PMAP_CHANNEL_HELLO,		/* sourced when pmap.gdb is */
	PMAP_CHANNEL_END,
};

/* False if one of the numbers is taken by somebody else, or out of reach. */
bool pmap_channels_open(void);

/*
 * HELLO goes away, which is how pmap.gdb knows; the others stay, so that a
 * command typed later is told rather than fails.
 */
void pmap_channels_close(void);

/* The content; what was in BUF is dropped. */
void pmap_channel_read(enum pmap_channel channel, struct pmap_text *buf);
void pmap_channel_write(enum pmap_channel channel, const struct pmap_text *buf);
void pmap_channel_empty(enum pmap_channel channel);
bool pmap_channel_is_empty(enum pmap_channel channel);

#endif
