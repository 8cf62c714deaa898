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

#include "bridge/bridge.h"
#include "memory/ram.h"
#include "memory/source.h"

#define PAGE_SIZE	4096
#define RUN_PAGES	16	/* pages asked for at once: between two looks for Ctrl-C */

struct gdbstub {
	struct pmap_source source;
	struct pmap_ram ram;
	bool knows_ram;
	bool mapped;		/* the map was asked for in this opening */
};

static enum pmap_open gdbstub_open(struct pmap_source *source,
				   const struct pmap_open_round *round)
{
	struct gdbstub *stub = (struct gdbstub *)source;

	if (round->first) {
		stub->mapped = false;
		snprintf(source->ask, sizeof(source->ask), "info mtree -f");
		return PMAP_OPEN_MONITOR;
	}
	if (!stub->mapped) {
		stub->mapped = true;
		pmap_ram_free(&stub->ram);
		stub->knows_ram = round->answer &&
				  pmap_ram_parse(&stub->ram, round->answer);
		return PMAP_OPEN_PHYSICAL;
	}
	if (!round->physical)
		return pmap_source_decline(source, "the target's stub has no physical memory mode (QEMU's has)");
	snprintf(source->why, sizeof(source->why), "%s",
		 stub->knows_ram ? "the stub's physical memory mode; RAM is what `monitor info mtree' says" :
		 "the stub's physical memory mode; what is RAM is not known: what is not may read as zeros");
	return PMAP_OPEN_DONE;
}

/* The stub reads as devices do: what they do not see as SMM does is out of reach. */
static bool is_readable(const struct gdbstub *stub, uint64_t pa, size_t len)
{
	const struct pmap_ram_range *range = pmap_ram_find(&stub->ram, pa, len);

	return range && !pmap_ram_is_smm(&stub->ram, range);
}

static enum pmap_read gdbstub_read(struct pmap_source *source, uint64_t pa,
				   void *buf, size_t len)
{
	struct gdbstub *stub = (struct gdbstub *)source;

	if (stub->knows_ram && !is_readable(stub, pa, len))
		return pmap_ram_missing(&stub->ram, pa, len);
	if (pmap_bridge_interrupted())
		return PMAP_READ_INTERRUPTED;
	return pmap_bridge_read(pa, buf, len) ? PMAP_READ_OK
					      : PMAP_READ_FAILED;
}

/* How many pages from the first on follow each other, there and here. */
static size_t run_length(const uint64_t *pa, void *const *page, size_t count)
{
	size_t n = 1;

	while (n < count && n < RUN_PAGES && pa[n] == pa[0] + n * PAGE_SIZE &&
	       (char *)page[n] == (char *)page[0] + n * PAGE_SIZE)
		n++;
	return n;
}

/* Pages that follow each other are one request, in packets as large as can be. */
static void gdbstub_read_pages(struct pmap_source *source, const uint64_t *pa,
			       void *const *page, size_t count,
			       enum pmap_read *status_ret)
{
	size_t i = 0, n;

	while (i < count) {
		enum pmap_read status;

		n = run_length(pa + i, page + i, count - i);
		status = gdbstub_read(source, pa[i], page[i], n * PAGE_SIZE);
		if (n > 1 && status != PMAP_READ_OK &&
		    status != PMAP_READ_INTERRUPTED) {
			n = 1;
			status = gdbstub_read(source, pa[i], page[i], PAGE_SIZE);
		}
		while (n--)
			status_ret[i++] = status;
	}
}

static uint64_t gdbstub_last(const struct pmap_source *source)
{
	return pmap_ram_last(&((const struct gdbstub *)source)->ram);
}

static enum pmap_place gdbstub_place(const struct pmap_source *source, uint64_t pa,
				uint64_t *last_ret)
{
	return pmap_ram_place(&((const struct gdbstub *)source)->ram, pa, last_ret);
}

static void gdbstub_see_smm(struct pmap_source *source, bool sees)
{
	((struct gdbstub *)source)->ram.sees_smm = sees;
}

static void gdbstub_close(struct pmap_source *source)
{
	struct gdbstub *stub = (struct gdbstub *)source;

	pmap_ram_free(&stub->ram);
	free(stub);
}

static struct pmap_source *gdbstub_create(const struct pmap_source_args *args)
{
	struct gdbstub *stub = calloc(1, sizeof(*stub));

	(void)args;
	return stub ? &stub->source : NULL;
}

const struct pmap_source_ops pmap_source_gdbstub = {
	.live = true,
	.name = "gdbstub",
	.title = "QEMU's stub, in its physical memory mode",
	.usage = "",
	.automatic = true,
	.physical_mode = true,
	.small_reads = true,
	.create = gdbstub_create,
	.open = gdbstub_open,
	.read = gdbstub_read,
	.read_pages = gdbstub_read_pages,
	.last = gdbstub_last,
	.place = gdbstub_place,
	.see_smm = gdbstub_see_smm,
	.close = gdbstub_close,
};
