/*
 * GDB's connection, relayed while the monitor answers.
 *
 * QEMU sends each line of a monitor's answer in a packet of its own and reads
 * nothing before it is done; GDB acknowledges each, one byte a time.  A Unix
 * socket of Linux holds less than 300 of those.  Then GDB waits until QEMU
 * reads and QEMU until GDB does, for ever: 32 processors' registers are enough.
 * Larger buffers are root's to have, and acknowledgements cannot be switched
 * off.  So GDB gets a socket of the plugin's in its connection's place for as
 * long as that takes, and a thread that carries the bytes between the two and
 * takes whatever GDB writes.
 *
 * TCP joins the bytes and needs none of this.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_RELAY_H
#define PMAP_RELAY_H

#include <stdint.h>

#include "bridge/reader.h"

/*
 * From here on; `pc` is an address of code.  Where GDB is connected by no Unix
 * socket, nothing happens.
 */
void pmap_relay_begin(struct gdb_unwind_callbacks *cb, uint64_t pc);

/*
 * GDB has its own socket again, unless there are bytes under way that it has
 * yet to read: then later.  Harmless without a beginning.
 */
void pmap_relay_end(void);

/* At once and whatever is under way: the thread's code goes away. */
void pmap_relay_stop(void);

#endif
