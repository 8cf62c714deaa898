/*
 * What `pmap roots' wants of GDB: pointers to root tables by their symbols.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_ROOTS_H
#define PMAP_WALKERS_ROOTS_H

extern const char *const pmap_roots_exprs[];	/* ends with NULL */

#endif
