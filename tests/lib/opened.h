/*
 * The source of memory that a unit test has opened, and what it says of itself.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TESTS_OPENED_H
#define PMAP_TESTS_OPENED_H

#include <stdio.h>
#include <string.h>

#include "memory/source.h"

static struct pmap_source *source;

static void end(void)
{
	source->ops->close(source);
}

static bool says(const char *words)
{
	if (strstr(source->why, words))
		return true;
	printf("# expected \"%s\"\n# in \"%s\"\n", words, source->why);
	return false;
}

#endif
