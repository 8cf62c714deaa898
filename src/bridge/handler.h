/*
 * What the bridge calls: whoever has the commands.  The bridge is given one
 * when GDB loads the plugin, and knows no command itself.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_BRIDGE_HANDLER_H
#define PMAP_BRIDGE_HANDLER_H

#include "bridge/bridge.h"

struct gdb_reader_funcs;

struct pmap_handler {
	/*
	 * One round of a command.  Once a call has answered PMAP_DONE, or was
	 * abandoned (a bad expression, Ctrl-C in GDB), its state is freed when
	 * the next one starts or the plugin is unloaded.
	 */
	enum pmap_answer (*step)(struct pmap_call *call);

	/* Call EACH with the name of every result there is. */
	void (*results)(void (*each)(void *arg, const char *name), void *arg);

	/* The plugin is being unloaded: drop caches. */
	void (*unload)(void);
};

/*
 * For gdb_init_reader(): open the bridge, with HANDLER behind it, which stays
 * the caller's.  Never NULL; GDB 13 does not survive a NULL.
 */
struct gdb_reader_funcs *pmap_reader_load(const struct pmap_handler *handler);

#endif
