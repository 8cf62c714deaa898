/*
 * What the targets of files share: a file of these bytes is opened as a source.
 * Whatever it claims, opening ends, and reading gives all of the bytes or none.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_FUZZ_DUMP_H
#define TESTS_FUZZ_DUMP_H

#include <sys/mman.h>
#include <unistd.h>

#include "dump-arch.h"
#include "fuzz.h"
#include "memory/source.h"

static void open_as(const struct pmap_source_ops *ops, char *path,
		    struct input *in)
{
	struct pmap_source_piece piece = {
		.file = path, .expr[0].value = take(in, 4) << 12,
	};
	struct pmap_source_args args = { .count = 1, .piece = &piece };
	struct pmap_target target = { .arch = &arch };
	struct pmap_open_round round = { .first = true, .target = &target };
	struct pmap_source *source = ops->create(&args);
	unsigned char buf[64];
	int i;

	MUST(source);
	source->ops = ops;
	if (ops->open(source, &round) == PMAP_OPEN_DONE) {
		for (i = 0; i < 8; i++)
			ops->read(source, (take(in, 6) << 12) + i * 8, buf, sizeof(buf));
		if (ops->registers)
			ops->registers(source, 1, &target);
	} else {
		MUST(source->why[0]);
	}
	ops->close(source);
}

/* The bytes as a file of its own, which is open until close(). */
static int file_of(const void *data, size_t size, char path[static 40])
{
	int fd = memfd_create("dump", MFD_CLOEXEC);

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, 40, "/proc/self/fd/%d", fd);
	return fd;
}

#endif
