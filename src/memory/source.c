/*
 * What every source of physical memory says in the same way.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/source.h"

#include <stdarg.h>
#include <stdio.h>

enum pmap_open pmap_source_decline(struct pmap_source *source,
				   const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(source->why, sizeof(source->why), format, args);
	va_end(args);
	return PMAP_OPEN_DECLINED;
}
