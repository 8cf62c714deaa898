/*
 * The memory that commands read, kept from one command to the next.
 *
 * One source is open at a time, with one cache above it.  Both live as long as
 * nothing can have changed: when the target ran or was exchanged, the cache is
 * dropped and the source opened anew, since the machine's memory map may have
 * changed as well.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_SESSION_H
#define PMAP_MEMORY_SESSION_H

#include "memory/cache.h"
#include "memory/source.h"

/*
 * One round of making memory ready for a command; `epoch` and `inferior` are
 * the bridge's.  `monitor` is the answer to the last round's question, or
 * NULL.  PMAP_OPEN_MONITOR: ask the monitor *ask_ret and come again.
 */
enum pmap_open pmap_session_open(uint64_t epoch, int inferior,
				 const char *monitor, const char **ask_ret);

/* After PMAP_OPEN_DONE: the source and the cache above it. */
struct pmap_source *pmap_session_source(void);
struct pmap_cache *pmap_session_cache(void);

/* The plugin goes. */
void pmap_session_close(void);

#endif
