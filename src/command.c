// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (C) 2026 The pmap authors
/* The table of commands: words in, a walker chosen. */
#include "bridge.h"

enum pmap_answer pmap_command_step(struct pmap_call *call)
{
	return pmap_error(call, 1, "\"%s\" is not there yet",
			  call->argc ? call->argv[0] : "");
}

void pmap_command_unload(void)
{
}
