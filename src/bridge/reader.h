/*
 * What GDB's JIT-reader interface is connected to.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_READER_H
#define PMAP_READER_H

#include <stdbool.h>

#include <gdb/jit-reader.h>

#include "bridge/handler.h"

void pmap_bridge_load(const struct pmap_handler *handler);
void pmap_bridge_unload(void);

/*
 * GDB looks for somebody who can unwind a frame.  True if no other unwinder
 * may be asked, because it would read physical memory by virtual addresses.
 */
bool pmap_bridge_visit(struct gdb_unwind_callbacks *cb);

#endif
