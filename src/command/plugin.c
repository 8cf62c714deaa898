/*
 * What GDB looks for in the plugin: two names, and behind them the commands.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gdb/jit-reader.h>

#include "command/rounds.h"
#include "memory/corefile.h"

GDB_DECLARE_GPL_COMPATIBLE_READER

struct gdb_reader_funcs *gdb_init_reader(void)
{
	/* Without it `pmap open' says so. */
	pmap_corefile_blank();
	return pmap_reader_load(&pmap_command_handler);
}
