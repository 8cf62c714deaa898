/*
 * Test results on the serial port.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_TAP_H
#define KERNEL_TAP_H

#include <stdbool.h>

bool tap(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The plan; the machine ends with the result. */
void tap_exit(void) __attribute__((noreturn));

#endif
