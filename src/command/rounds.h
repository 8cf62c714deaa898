/*
 * The commands, as what the bridge calls.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_COMMAND_ROUNDS_H
#define PMAP_COMMAND_ROUNDS_H

#include "bridge/handler.h"

extern const struct pmap_handler pmap_command_handler;

#endif
