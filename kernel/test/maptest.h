/*
 * Between the files of the mapping test.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_MAPTEST_H
#define KERNEL_MAPTEST_H

#include <stdint.h>

void maptest(uint64_t the_seed, uint64_t changes);

#endif
