/*
 * The JIT reader that GDB loads: the only plugin that stock GDB knows.  pmap
 * reads no JIT's symbols and unwinds no frames; it is the being asked to
 * unwind that counts, for it comes with a way to read the target.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "reader.h"

GDB_DECLARE_GPL_COMPATIBLE_READER

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

/* GDB 13 does not survive a NULL from here. */
struct gdb_reader_funcs *gdb_init_reader(void)
{
	static struct gdb_reader_funcs reader = {
		.reader_version = GDB_READER_INTERFACE_VERSION,
		.read = reader_read,
		.unwind = reader_unwind,
		.get_frame_id = reader_frame_id,
		.destroy = reader_destroy,
	};

	pmap_bridge_load();
	return &reader;
}
