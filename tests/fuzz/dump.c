/*
 * Dumps: ELF cores with their notes, and raw or LiME images.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "dump.h"

static const struct pmap_source_ops *const kinds[] = {
	&pmap_source_elfcore, &pmap_source_file,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char path[40];
	size_t i;
	int fd = file_of(data, size, path);

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		open_as(kinds[i], path, &in);
	close(fd);
	return 0;
}
