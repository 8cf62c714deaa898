/*
 * Physical memory through QEMU's stub: its physical memory mode.
 *
 * The stub answers reads of addresses where nothing is, and of devices, with
 * zeros and no error (and a device may notice).  So QEMU's map of what is RAM
 * comes first, and nothing else is ever read.  Where QEMU does not tell, every
 * address is tried, and `why` says so.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>

#include "bridge.h"
#include "memory/ram.h"
#include "memory/source.h"

struct gdbstub {
	struct pmap_source source;
	struct pmap_ram ram;
	bool asked, knows_ram;
};

static enum pmap_open gdbstub_open(struct pmap_source *source,
				   const char *answer)
{
	struct gdbstub *stub = (struct gdbstub *)source;

	if (!stub->asked) {
		stub->asked = true;
		snprintf(source->ask, sizeof(source->ask), "info mtree -f");
		return PMAP_OPEN_MONITOR;
	}
	stub->knows_ram = answer && pmap_ram_parse(&stub->ram, answer);
	snprintf(source->why, sizeof(source->why), "%s",
		 stub->knows_ram ? "the stub's physical memory mode; RAM is what `monitor info mtree` says" :
		 "the stub's physical memory mode; what is RAM is not known: what is not may read as zeros");
	return PMAP_OPEN_DONE;
}

static enum pmap_read gdbstub_read(struct pmap_source *source, uint64_t pa,
				   void *buf, size_t len)
{
	struct gdbstub *stub = (struct gdbstub *)source;

	if (stub->knows_ram && !pmap_ram_find(&stub->ram, pa, len))
		return PMAP_READ_NOT_RAM;
	if (pmap_bridge_interrupted())
		return PMAP_READ_INTERRUPTED;
	return pmap_bridge_read(pa, buf, len) ? PMAP_READ_OK
					      : PMAP_READ_FAILED;
}

static void gdbstub_close(struct pmap_source *source)
{
	struct gdbstub *stub = (struct gdbstub *)source;

	pmap_ram_free(&stub->ram);
	free(stub);
}

static const struct pmap_source_ops gdbstub_ops = {
	.name = "gdbstub",
	.title = "QEMU's stub",
	.physical_mode = true,
	.small_reads = true,
	.open = gdbstub_open,
	.read = gdbstub_read,
	.close = gdbstub_close,
};

struct pmap_source *pmap_gdbstub_create(void)
{
	struct gdbstub *stub = calloc(1, sizeof(*stub));

	if (!stub)
		return NULL;
	stub->source.ops = &gdbstub_ops;
	return &stub->source;
}
