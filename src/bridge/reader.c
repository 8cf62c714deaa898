/*
 * The JIT reader that GDB loads: the only plugin that stock GDB knows.  pmap
 * reads no JIT's symbols and unwinds no frames.  GDB calls a JIT reader to
 * unwind a frame and hands it a function that reads the target: that call is
 * pmap's way in.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "bridge/reader.h"

static enum gdb_status reader_read(struct gdb_reader_funcs *self,
				   struct gdb_symbol_callbacks *cb,
				   void *memory, long size)
{
	(void)self, (void)cb, (void)memory, (void)size;
	return GDB_FAIL;
}

static enum gdb_status reader_unwind(struct gdb_reader_funcs *self,
				     struct gdb_unwind_callbacks *cb)
{
	(void)self;
	return pmap_bridge_visit(cb) ? GDB_SUCCESS : GDB_FAIL;
}

/*
 * Only asked of a frame that reader_unwind() kept from the other unwinders;
 * with the same identity for all of them, GDB stops at the first.
 */
static struct gdb_frame_id reader_frame_id(struct gdb_reader_funcs *self,
					   struct gdb_unwind_callbacks *cb)
{
	(void)self, (void)cb;
	return (struct gdb_frame_id){ .code_address = 1, .stack_address = 1 };
}

static void reader_destroy(struct gdb_reader_funcs *self)
{
	(void)self;
	pmap_bridge_unload();
}

struct gdb_reader_funcs *pmap_reader_load(const struct pmap_handler *handler)
{
	static struct gdb_reader_funcs reader = {
		.reader_version = GDB_READER_INTERFACE_VERSION,
		.read = reader_read,
		.unwind = reader_unwind,
		.get_frame_id = reader_frame_id,
		.destroy = reader_destroy,
	};

	pmap_bridge_load(handler);
	return &reader;
}
