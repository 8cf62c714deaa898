/*
 * Which of GDB's sockets is its connection to the target?
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_CONNECTION_H
#define PMAP_CONNECTION_H

#include <stdint.h>

#include "bridge/reader.h"

/*
 * A connected Unix stream socket of GDB's by which a byte of memory at `pc`
 * arrives; -1 if there is none: the target is reached by TCP or a serial line,
 * or is no remote one.  `pc` should be an address where code is, of which GDB's
 * own unwinders read as well: it is no device's.
 */
int pmap_connection_find(struct gdb_unwind_callbacks *cb, uint64_t pc);

#endif
