/*
 * What GDB's symbol files call addresses: PMAP_NEED_SYMBOLS, see bridge.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_BRIDGE_SYMBOLS_H
#define PMAP_BRIDGE_SYMBOLS_H

#include "bridge/bridge.h"

/*
 * Assignments of the commands that ask for all of them: $pmap__expression0, 0x1 and
 * so on, which run from the last to 0; $pmap__asked is the number of the last.
 */
void pmap_symbols_ask(const struct pmap_call *call, struct pmap_text *script);

/* What GDB has printed of them; `text' is cut apart. */
void pmap_symbols_take(struct pmap_call *call, struct pmap_text *text);

#endif
