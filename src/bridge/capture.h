/*
 * What GDB's other commands printed.
 *
 * GDB has two ways to catch it: a log, and a pipe to a process.  A log is
 * fifty times cheaper, but there is only one of it, and in MI it gets notices
 * instead of what a command prints.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_CAPTURE_H
#define PMAP_CAPTURE_H

#include <stdbool.h>

#include "base/text.h"

void pmap_capture_empty(void);

/* The text caught since; what was in `text` is dropped. */
void pmap_capture_read(struct pmap_text *text);

/* Is nothing there, or what shows that GDB speaks MI? */
bool pmap_capture_is_useless(void);

/* Was this GDB started for MI? */
bool pmap_capture_expects_mi(void);

#endif
