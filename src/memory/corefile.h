/*
 * A core file for GDB, so that a dump has frames and threads there.
 *
 * GDB calls a plugin only where it looks at a frame, and a file of memory alone
 * gives it none.  So there is a core file in memory, which GDB opens as
 * /proc/self/fd/704: at first of one blank thread; then of the dump's CPUs, a
 * thread each; or it is the dump itself, where GDB can read that.
 *
 * Manual: "Dumps and images".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_COREFILE_H
#define PMAP_MEMORY_COREFILE_H

#include <stdbool.h>

#include "memory/notes.h"

#define PMAP_COREFILE_FD	704	/* behind the bridge's: channel.h */

/* What GDB opens next; all are false if it cannot be, for want of that number. */
bool pmap_corefile_blank(void);
bool pmap_corefile_of(const struct pmap_notes *notes);
bool pmap_corefile_is(const char *path);

/* Of which architecture that is, as GDB's `set architecture' has it. */
const char *pmap_corefile_machine(const struct pmap_notes *notes);

/* One that was made here, and has no memory? */
bool pmap_corefile_is_made(int fd);

/* Does GDB have one of these open, and no target of the user's? */
bool pmap_corefile_in_use(void);

#endif
