/*
 * SIGPIPE, which a write raises whose reader has gone away: QEMU, or a pager.
 *
 * A GDB with Python ignores it, one without dies of it.  The handler does
 * nothing, so that the write fails with EPIPE and is reported; unlike SIG_IGN it
 * does not pass to the programs that GDB starts.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_BROKEN_PIPE_H
#define PMAP_BROKEN_PIPE_H

/* From now on, if nobody else deals with it. */
void pmap_broken_pipe_hold(void);

/* As it was; idempotent. */
void pmap_broken_pipe_release(void);

#endif
