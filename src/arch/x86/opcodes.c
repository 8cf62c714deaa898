/*
 * The one door to libopcodes.
 *
 * Its shared object has another name in each release of binutils, and its
 * structure another layout.  So either the archive is linked in (LIBOPCODES is
 * "static"), where this file and it come from the same release, or the very
 * shared object that configure saw is loaded when first needed.  A missing
 * libopcodes never keeps the plugin itself from loading.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

#include <dis-asm.h>

/* What libopcodes calls back with. */
struct sink {
	char *text;
	size_t size, used;
	const uint8_t *bytes;
	size_t avail;
	uint64_t va;
	int truncated;
	uint64_t address;	/* that was printed last, */
	size_t address_end;	/* up to there; 0: none was */
};

#ifdef LIBOPCODES_FILE

#include <dlfcn.h>

static void (*init_info)();
static disassembler_ftype print_insn;

const char *pmap_opcodes_missing(void)
{
	disassembler_ftype (*find)(enum bfd_architecture, bool, unsigned long,
				   bfd *);
	void *lib;

	if (print_insn)
		return NULL;
	/* Its own symbols first: GDB's binary exports some of the names. */
	lib = dlopen(LIBOPCODES_FILE, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
	if (!lib)
		return "this build of pmap needs the file " LIBOPCODES_FILE
		       " of the binutils that it was built with";
	init_info = (void (*)())dlsym(lib, "init_disassemble_info");
	*(void **)&find = dlsym(lib, "disassembler");
	if (init_info && find)
		print_insn = find(bfd_arch_i386, false, bfd_mach_x86_64, NULL);
	return print_insn ? NULL : LIBOPCODES_FILE " cannot decode x86 code";
}

#else

/*
 * The public disassembler() would draw in every architecture and libbfd; what
 * it returns for x86 is this function, with the type disassembler_ftype.
 */
int print_insn_i386(bfd_vma, disassemble_info *);

#define init_info	init_disassemble_info
#define print_insn	print_insn_i386

const char *pmap_opcodes_missing(void)
{
	return NULL;
}

#endif

__attribute__((format(printf, 2, 0)))
static int sink_add(struct sink *sink, const char *fmt, va_list args)
{
	size_t left = sink->size - sink->used;
	int n = vsnprintf(sink->text + sink->used, left, fmt, args);

	if (n > 0)
		sink->used += (size_t)n < left ? (size_t)n : left - 1;
	return n;
}

__attribute__((format(printf, 2, 3)))
static int sink_printf(void *stream, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = sink_add(stream, fmt, args);
	va_end(args);
	return n;
}

#ifdef HAVE_STYLED_DISASSEMBLER
/* Styles are not needed: Intel's syntax tells registers and numbers apart. */
__attribute__((format(printf, 3, 4)))
static int sink_styled(void *stream, enum disassembler_style style,
		       const char *fmt, ...)
{
	va_list args;
	int n;

	(void)style;
	va_start(args, fmt);
	n = sink_add(stream, fmt, args);
	va_end(args);
	return n;
}
#endif

static int sink_read(bfd_vma va, bfd_byte *to, unsigned int size,
		     struct disassemble_info *info)
{
	struct sink *sink = info->stream;
	uint64_t at = va - sink->va;

	if (at > sink->avail || size > sink->avail - at) {
		sink->truncated = 1;
		return -1;
	}
	memcpy(to, sink->bytes + at, size);
	return 0;
}

static void sink_error(int status, bfd_vma va, struct disassemble_info *info)
{
	(void)status, (void)va, (void)info;
}

static void sink_address(bfd_vma va, struct disassemble_info *info)
{
	struct sink *sink = info->stream;

	info->fprintf_func(info->stream, "0x%llx", (unsigned long long)va);
	sink->address = va;
	sink->address_end = sink->used;
}

int pmap_opcodes_print(uint64_t va, const uint8_t *bytes, size_t avail,
		       unsigned bits, bool att, struct pmap_code *code)
{
	struct sink sink = {
		.text = code->text, .size = sizeof(code->text),
		.bytes = bytes, .avail = avail, .va = va,
	};
	struct disassemble_info info;
	int length;

	if (pmap_opcodes_missing())
		return PMAP_OPCODES_MISSING;
	code->text[0] = '\0';
#ifdef HAVE_STYLED_DISASSEMBLER
	init_info(&info, (void *)&sink, (fprintf_ftype)sink_printf,
		  (fprintf_styled_ftype)sink_styled);
#else
	init_info(&info, (void *)&sink, (fprintf_ftype)sink_printf);
#endif
	info.arch = bfd_arch_i386;
	info.mach = bits == 64 ? bfd_mach_x86_64 :
		    bits == 32 ? bfd_mach_i386_i386 : bfd_mach_i386_i8086;
	info.endian = BFD_ENDIAN_LITTLE;
	info.disassembler_options = att ? "att" : "intel-mnemonic,intel";
	info.read_memory_func = sink_read;
	info.memory_error_func = sink_error;
	info.print_address_func = sink_address;
	length = print_insn(va, &info);
	/* libopcodes looks behind an fwait, for which there need be nothing. */
	if (length == 1 && !strcmp(code->text, "fwait"))
		return length;
	if (sink.truncated || length <= 0)
		return PMAP_OPCODES_TRUNCATED;
	code->refers = sink.address_end && sink.address_end == sink.used;
	code->address = sink.address;
	return length;
}

#endif

int pmap_opcodes_text(uint64_t va, const uint8_t *bytes, size_t avail,
		      unsigned bits, char *text, size_t size)
{
	struct pmap_code code = { .refers = false };
	int length = pmap_opcodes_print(va, bytes, avail, bits, false, &code);

	snprintf(text, size, "%s", code.text);
	return length;
}
