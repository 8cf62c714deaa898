/*
 * The part of GDB's JIT-reader interface that pmap needs, declared by pmap: for
 * systems whose GDB comes without <gdb/jit-reader.h>, like Debian 12's
 * gdb-minimal.  configure uses GDB's own header wherever there is one;
 * tests/unit/bridge/jit-reader.sh compares the two.
 *
 * "Debugging with GDB", Custom Debug Info: a reader is a shared object that
 * exports plugin_is_GPL_compatible() and gdb_init_reader().
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_GDB_JIT_READER_H
#define PMAP_GDB_JIT_READER_H

#define GDB_READER_INTERFACE_VERSION	1

/* Once in a reader: without it GDB refuses to load it. */
#define GDB_DECLARE_GPL_COMPATIBLE_READER				\
	int plugin_is_GPL_compatible(void);				\
	int plugin_is_GPL_compatible(void)				\
	{								\
		return 0;						\
	}

enum gdb_status { GDB_FAIL, GDB_SUCCESS };

/* An address of the target's. */
typedef unsigned long GDB_CORE_ADDR;

/* The target's memory to `buf`, by virtual addresses. */
typedef enum gdb_status gdb_target_read(GDB_CORE_ADDR from, void *buf, int len);

/* --- Registers of a frame, by their DWARF numbers ------------------------- */

struct gdb_reg_value {
	int size;		/* bytes at `value` */
	int defined;		/* 0: the value is not known */
	/* For whoever has got the value, once done with it; may be NULL. */
	void (*free)(struct gdb_reg_value *value);
	unsigned char value[1];	/* `size` of them */
};

struct gdb_unwind_callbacks {
	/* A register of the frame that is unwound; never NULL. */
	struct gdb_reg_value *(*reg_get)(struct gdb_unwind_callbacks *cb,
					 int regnum);
	/* A register of its caller's; GDB keeps the value and frees it. */
	void (*reg_set)(struct gdb_unwind_callbacks *cb, int regnum,
			struct gdb_reg_value *value);
	gdb_target_read *target_read;
	void *priv_data;	/* GDB's */
};

struct gdb_frame_id {
	GDB_CORE_ADDR code_address;
	GDB_CORE_ADDR stack_address;
};

/* --- The reader ---------------------------------------------------------- */

/* What hands over symbols, of which pmap has none. */
struct gdb_symbol_callbacks;

/* All of them must be set. */
struct gdb_reader_funcs {
	int reader_version;	/* GDB_READER_INTERFACE_VERSION */
	void *priv_data;	/* the reader's */
	/* `size` bytes of symbols that a JIT compiler has put at `memory`. */
	enum gdb_status (*read)(struct gdb_reader_funcs *self,
				struct gdb_symbol_callbacks *cb, void *memory,
				long size);
	enum gdb_status (*unwind)(struct gdb_reader_funcs *self,
				  struct gdb_unwind_callbacks *cb);
	/* Of the frame that `unwind` has taken on. */
	struct gdb_frame_id (*get_frame_id)(struct gdb_reader_funcs *self,
					    struct gdb_unwind_callbacks *cb);
	void (*destroy)(struct gdb_reader_funcs *self);
};

/* The reader's; NULL if it cannot be loaded. */
struct gdb_reader_funcs *gdb_init_reader(void);

#endif
