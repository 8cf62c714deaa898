/*
 * x86's instructions by libopcodes: see arch/opcodes.h.
 *
 * Either the archive is linked in (LIBOPCODES is "static"), where this file and it
 * come from the same release, or the very shared object that configure saw is
 * loaded when first needed.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "arch/opcodes.h"
#include "arch/x86/opcodes.h"
#include "target/arch.h"

#ifndef HAVE_LIBOPCODES

const char *pmap_opcodes_missing(void)
{
	return "pmap was built without libopcodes (Debian: apt-get install "
	       "binutils-dev libiberty-dev, then configure and build again)";
}

int pmap_opcodes_print(uint64_t va, const uint8_t *bytes, size_t avail,
		       unsigned bits, bool att, struct pmap_code *code)
{
	(void)va, (void)bytes, (void)avail, (void)bits, (void)att, (void)code;
	return PMAP_OPCODES_MISSING;
}

#else

#ifdef LIBOPCODES_FILE

static struct pmap_opcodes library = {
	.arch = bfd_arch_i386, .mach = bfd_mach_x86_64
};

const char *pmap_opcodes_missing(void)
{
	if (library.print || pmap_opcodes_load(&library, LIBOPCODES_FILE))
		return NULL;
	return "this build of pmap needs the file " LIBOPCODES_FILE
	       " of the binutils that it was built with, which decodes x86 code";
}

#else

/*
 * The public disassembler() would draw in every architecture and libbfd; what
 * it returns for x86 is this function, with the type disassembler_ftype.
 */
int print_insn_i386(bfd_vma, disassemble_info *);

static struct pmap_opcodes library = {
	.init = (pmap_opcodes_init *)init_disassemble_info,
	.print = print_insn_i386, .arch = bfd_arch_i386
};

const char *pmap_opcodes_missing(void)
{
	return NULL;
}

#endif

int pmap_opcodes_print(uint64_t va, const uint8_t *bytes, size_t avail,
		       unsigned bits, bool att, struct pmap_code *code)
{
	int length;

	if (pmap_opcodes_missing())
		return PMAP_OPCODES_MISSING;
	library.mach = bits == 64 ? bfd_mach_x86_64 :
		       bits == 32 ? bfd_mach_i386_i386 : bfd_mach_i386_i8086;
	library.options = att ? "att" : "intel-mnemonic,intel";
	length = pmap_opcodes_run(&library, va, bytes, avail, code);
	/* libopcodes looks behind an fwait, for which there need be nothing. */
	if (length == 1 && !strcmp(code->text, "fwait"))
		return length;
	return length > 0 && !code->cut ? length : PMAP_OPCODES_TRUNCATED;
}

#endif

int pmap_opcodes_text(uint64_t va, const uint8_t *bytes, size_t avail,
		      unsigned bits, char *text, size_t size)
{
	struct pmap_code code = { .refers = 0 };
	int length = pmap_opcodes_print(va, bytes, avail, bits, false, &code);

	snprintf(text, size, "%s", code.text);
	return length;
}
