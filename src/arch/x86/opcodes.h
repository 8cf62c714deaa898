/*
 * The one door to libopcodes.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_OPCODES_H
#define PMAP_OPCODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `avail` bytes end inside the instruction. */
#define PMAP_OPCODES_TRUNCATED	(-1)
/* libopcodes is missing. */
#define PMAP_OPCODES_MISSING	(-2)

/*
 * The instruction at address `va` in Intel's syntax, for code of 16, 32 or 64
 * `bits`.  Returns its length, or one of the above.
 */
int pmap_opcodes_text(uint64_t va, const uint8_t *bytes, size_t avail,
		      unsigned bits, char *text, size_t size);

/* The same in AT&T's syntax, if `att', and the address that the text ends with. */
struct pmap_code;
int pmap_opcodes_print(uint64_t va, const uint8_t *bytes, size_t avail,
		       unsigned bits, bool att, struct pmap_code *code);

/* Why there is no libopcodes; NULL if there is. */
const char *pmap_opcodes_missing(void);

#endif
