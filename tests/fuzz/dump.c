/*
 * Dumps: ELF cores with their notes, and raw or LiME images.  Whatever a file
 * claims, opening ends, and reading gives all of the bytes or none.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <sys/mman.h>
#include <unistd.h>

#include "arch/x86/registers.h"
#include "fuzz.h"
#include "memory/source.h"

static const struct pmap_source_ops *const kinds[] = {
	&pmap_source_elfcore, &pmap_source_file,
};

/* What dumps ask of x86. */
static const struct pmap_arch arch = {
	.exprs = pmap_x86_exprs,
	.pc = PMAP_X86_RIP,
	.dump_registers = pmap_x86_dump_registers,
	.prstatus_pc = PMAP_X86_PRSTATUS_RIP,
	.prstatus_pc_32 = PMAP_X86_PRSTATUS_EIP,
};

/* What a dump asks of GDB while it looks through memory. */
bool pmap_bridge_interrupted(void)
{
	return false;
}

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char path[40];
	size_t i;
	int fd = memfd_create("dump", MFD_CLOEXEC);

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		open_as(kinds[i], path, &in);
	close(fd);
	return 0;
}
