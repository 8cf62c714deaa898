/*
 * Text for GDB, where its setting `debuginfod urls` finds it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/environment.h"

#define NAME "DEBUGINFOD_URLS"

static char *assignment;	/* what putenv() was given */

bool pmap_environment_works(void)
{
	void *lib = dlopen("libdebuginfod.so.1", RTLD_LAZY | RTLD_NOLOAD);

	if (lib)
		dlclose(lib);
	return lib;
}

bool pmap_environment_is(const char *text)
{
	const char *value = getenv(NAME);
	size_t len = strlen(text);

	/* GDB may leave the blank that is behind it. */
	return value && strncmp(value, text, len) == 0 &&
	       value[len + strspn(value + len, " ")] == '\0';
}

/* setenv() would keep a copy of each text for ever. */
bool pmap_environment_put(const char *text, size_t len)
{
	static const char name[] = NAME "=";
	size_t at = sizeof(name) - 1;

	pmap_environment_release();
	assignment = malloc(at + len + 1);
	if (!assignment)
		return false;
	memcpy(assignment, name, at);
	memcpy(assignment + at, text, len);
	assignment[at + len] = '\0';
	return putenv(assignment) == 0;
}

void pmap_environment_release(void)
{
	const char *value = getenv(NAME);

	if (!assignment)
		return;
	/* Usually GDB has put its own value back by now. */
	if (value == assignment + sizeof(NAME))
		unsetenv(NAME);
	free(assignment);
	assignment = NULL;
}
