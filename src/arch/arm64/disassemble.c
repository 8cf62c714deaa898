/*
 * An instruction in words, for `pmap x/i': all by libopcodes, as GDB has them,
 * where one that knows A64 is installed (Debian: binutils-aarch64-linux-gnu or
 * binutils-multiarch, of the release that pmap was built with); else what accesses
 * memory by the decoder of `pmap explain', and all else as a word.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "arch/arm64/judge.h"
#include "arch/opcodes.h"

static void print_own(uint64_t va, uint32_t word, struct pmap_code *code)
{
	const struct pmap_arm64_cpu cpu = { .pc = va };
	struct pmap_insn insn = { 0 };

	pmap_arm64_decode(&cpu, word, &insn);
	snprintf(code->text, sizeof(code->text), "%s", insn.text);
}

#ifdef LIBOPCODES_RELEASE

/* A cross binutils', one for all, and that of an AArch64 host. */
static const char *const files[] = {
	LIBOPCODES_RELEASE "-arm64.so", LIBOPCODES_RELEASE "-multiarch.so",
	LIBOPCODES_RELEASE "-system.so", LIBOPCODES_RELEASE ".so",
};

static bool print_all(uint64_t va, const uint8_t *bytes, struct pmap_code *code)
{
	static struct pmap_opcodes library = { .arch = bfd_arch_aarch64 };
	static bool tried;

	for (size_t i = 0; !tried && i < sizeof(files) / sizeof(files[0]); i++)
		tried = pmap_opcodes_load(&library, files[i]);
	tried = true;
	return library.print && pmap_opcodes_run(&library, va, bytes, 4, code) == 4;
}

#else

static bool print_all(uint64_t va, const uint8_t *bytes, struct pmap_code *code)
{
	(void)va, (void)bytes, (void)code;
	return false;
}

#endif

int pmap_arm64_disassemble(const struct pmap_query *q, uint64_t va,
			   const uint8_t *bytes, size_t avail,
			   struct pmap_code *code)
{
	uint32_t word;

	if (pmap_arm64_is_aarch32(&q->target)) {
		snprintf(code->text, sizeof(code->text), "x/i: %s", pmap_arm64_no_aarch32);
		return -1;
	}
	if (avail < sizeof(word))
		return 0;
	if (print_all(va, bytes, code))
		return sizeof(word);
	*code = (struct pmap_code){ .refers = 0 };
	memcpy(&word, bytes, sizeof(word));
	print_own(va, word, code);
	return sizeof(word);
}
