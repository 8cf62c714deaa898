/*
 * Text for GDB, at once and of any length: GDB's setting `debuginfod urls` is
 * an environment variable that GDB reads whenever it is asked for it.  pmap.gdb
 * has saved the user's value and restores it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_ENVIRONMENT_H
#define PMAP_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* Can GDB be expected to look there?  One without debuginfod does not. */
bool pmap_environment_works(void);

/* False when there is no memory. */
bool pmap_environment_put(const char *text, size_t len);

/* Is this what GDB finds there? */
bool pmap_environment_is(const char *text);

/* The last text is not needed any more. */
void pmap_environment_release(void);

#endif
