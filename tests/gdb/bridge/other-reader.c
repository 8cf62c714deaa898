/*
 * Somebody else's JIT reader, which does nothing.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gdb/jit-reader.h>

GDB_DECLARE_GPL_COMPATIBLE_READER

static enum gdb_status no_symbols(struct gdb_reader_funcs *self,
				  struct gdb_symbol_callbacks *cb,
				  void *memory, long size)
{
	(void)self, (void)cb, (void)memory, (void)size;
	return GDB_FAIL;
}

static enum gdb_status no_frame(struct gdb_reader_funcs *self,
				struct gdb_unwind_callbacks *cb)
{
	(void)self, (void)cb;
	return GDB_FAIL;
}

static struct gdb_frame_id no_id(struct gdb_reader_funcs *self,
				 struct gdb_unwind_callbacks *cb)
{
	(void)self, (void)cb;
	return (struct gdb_frame_id){ 0 };
}

static void destroy(struct gdb_reader_funcs *self)
{
	(void)self;
}

struct gdb_reader_funcs *gdb_init_reader(void)
{
	static struct gdb_reader_funcs reader = {
		.reader_version = GDB_READER_INTERFACE_VERSION,
		.read = no_symbols,
		.unwind = no_frame,
		.get_frame_id = no_id,
		.destroy = destroy,
	};

	return &reader;
}
