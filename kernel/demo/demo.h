/*
 * What the demo is made of, and how it prints itself.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_DEMO_H
#define KERNEL_DEMO_H

#include <pml/format.h>

/* Every leaf; with print=json on the command line, the lines that pmap dump
 * --leaves --json prints. */
void demo_print(const struct pml_space *space);

#endif
