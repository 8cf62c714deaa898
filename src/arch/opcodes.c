/*
 * The one door to libopcodes: see opcodes.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <config.h>

#include "arch/opcodes.h"

#ifdef HAVE_LIBOPCODES

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "target/arch.h"

bool pmap_opcodes_load(struct pmap_opcodes *o, const char *file)
{
	disassembler_ftype (*find)(enum bfd_architecture, bool, unsigned long,
				   bfd *);
	void *lib;

	/* Its own symbols come first, since GDB's binary exports some of the same names. */
	lib = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
	if (!lib)
		return false;
	*(void **)&o->init = dlsym(lib, "init_disassemble_info");
	*(void **)&find = dlsym(lib, "disassembler");
	if (o->init && find)
		o->print = find(o->arch, false, o->mach, NULL);
	if (!o->print)
		dlclose(lib);
	return o->print;
}

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

int pmap_opcodes_run(const struct pmap_opcodes *o, uint64_t va, const uint8_t *bytes,
		     size_t avail, struct pmap_code *code)
{
	struct sink sink = {
		.text = code->text, .size = sizeof(code->text),
		.bytes = bytes, .avail = avail, .va = va,
	};
	struct disassemble_info info;
	int length;

	code->text[0] = '\0';
#ifdef HAVE_STYLED_DISASSEMBLER
	o->init(&info, (void *)&sink, (fprintf_ftype)sink_printf,
		(fprintf_styled_ftype)sink_styled);
#else
	o->init(&info, (void *)&sink, (fprintf_ftype)sink_printf);
#endif
	info.arch = o->arch;
	info.mach = o->mach;
	info.endian = info.endian_code = BFD_ENDIAN_LITTLE;
	info.disassembler_options = o->options;
	info.read_memory_func = sink_read;
	info.memory_error_func = sink_error;
	info.print_address_func = sink_address;
	length = o->print(va, &info);
	code->cut = sink.truncated;
	code->refers = sink.address_end;
	code->address = sink.address;
	return length;
}

#endif
