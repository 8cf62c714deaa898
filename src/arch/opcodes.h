/*
 * The one door to libopcodes, for the architectures that print instructions by it.
 *
 * Its shared object has another name in each release of binutils, and its
 * structure another layout: what is linked in or loaded is of the release whose
 * header this was built with.  A missing libopcodes never keeps the plugin itself
 * from loading.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_ARCH_OPCODES_H
#define PMAP_ARCH_OPCODES_H

#include <config.h>

#ifdef HAVE_LIBOPCODES

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dis-asm.h>

struct pmap_code;

/* init_disassemble_info(), whose arguments depend on the release. */
typedef void pmap_opcodes_init();

struct pmap_opcodes {
	pmap_opcodes_init *init;
	disassembler_ftype print;
	enum bfd_architecture arch;
	unsigned long mach;
	const char *options;	/* as `objdump -M' has them; NULL: none */
};

/* Load the library `file', and find what prints o->arch; false: there is none. */
bool pmap_opcodes_load(struct pmap_opcodes *o, const char *file);

/*
 * The instruction at address `va', of which there are `avail' bytes, into *code.
 * Returns its length, or what libopcodes has for errors, 0 or less.
 */
int pmap_opcodes_run(const struct pmap_opcodes *o, uint64_t va, const uint8_t *bytes,
		     size_t avail, struct pmap_code *code);

#endif

#endif
