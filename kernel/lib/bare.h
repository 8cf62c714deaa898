/*
 * What the kernels of AArch64 and RISC-V have of a C library: the two functions that
 * compilers call, a line to print on, and TAP.  (x86's have print.c and tap.c.)
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_BARE_H
#define KERNEL_BARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One character on the serial line: each machine's own. */
void put_char(char c);

void print(const char *text);

/* "ok 1 - WHAT: 0x10": `n' is what was looked at. */
void ok(bool pass, const char *what, unsigned long n);

/* The plan, and READY if nothing failed: what the debugger's tests wait for. */
void print_plan(void);

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);

#endif
