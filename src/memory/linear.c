/*
 * Physical memory through a kernel's linear map: physical address 0 is at a
 * known virtual one, and GDB reads that as it reads any other.
 *
 * For targets that have no other way to read physical memory: kgdb, the stubs
 * of VMware, VirtualBox and Bochs.  It is the target that walks its own tables
 * for each read, so what its kernel does not map cannot be seen.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bridge/bridge.h"
#include "memory/ram.h"
#include "memory/source.h"
#include "target/target.h"

struct linear {
	struct pmap_source source;
	const struct pmap_source_args *args;
	uint64_t base;		/* of all, where there are no pieces */
	bool tried;		/* and found right */
	uint64_t entry;
	struct pmap_ram ram;	/* where a monitor tells it */
};

/* VA PA LEN, not VA alone. */
static bool has_pieces(const struct linear *linear)
{
	return linear->args->piece[0].expr[1].text;
}

/*
 * Where GDB reads the byte at pa, and of *len_ret bytes how many follow it there.
 * False: nowhere.
 */
static bool find(const struct linear *linear, uint64_t pa, size_t *len_ret,
		 uint64_t *va_ret)
{
	const struct pmap_source_args *args = linear->args;

	*va_ret = linear->base + pa;
	/* Beyond the top of the address space there is no linear map. */
	if (!has_pieces(linear))
		return *va_ret >= linear->base;
	for (size_t i = 0; i < args->count; i++) {
		const struct pmap_expr *expr = args->piece[i].expr;
		uint64_t at = pa - expr[1].value;

		if (pa < expr[1].value || at >= expr[2].value)
			continue;
		if (*len_ret > expr[2].value - at)
			*len_ret = expr[2].value - at;
		*va_ret = expr[0].value + at;
		return true;
	}
	return false;
}

/* One entry of a table, while the base is checked. */
static const void *read_entry(void *ctx, uint64_t pa, size_t size)
{
	struct linear *linear = ctx;

	return pmap_bridge_read(linear->base + pa, &linear->entry, size) ?
	       &linear->entry : NULL;
}

/*
 * Checks the base: the tables, read by way of it, must map the root's own address
 * in the linear map to the root.
 */
static enum pmap_open try_base(struct linear *linear,
			       const struct pmap_target *target)
{
	struct pml_space space = target->space;
	uint64_t root, va;
	struct pml_target end;

	/* Only the processor's own root has to map the linear map. */
	if (!space.fmt || target->root_given || target->nested ||
	    space.fmt->memtype == PML_MT_EPT)
		return PMAP_OPEN_DONE;
	space.at = read_entry;
	space.ctx = linear;
	root = pml_root_pa(&space);
	va = linear->base + root;
	pml_translate(&space, va, &end, NULL);
	if (end.kind == PML_LEAF && end.pa == root)
		return PMAP_OPEN_DONE;
	if (end.kind == PML_UNREADABLE)
		return pmap_source_decline(&linear->source,
			"nothing can be read at 0x%" PRIx64 ": 0x%" PRIx64 " is not where this kernel maps its RAM, or this CR3's tables do not map it",
			linear->base + end.slot_pa, linear->base);
	return pmap_source_decline(&linear->source,
		"0x%" PRIx64 " is not where this kernel maps its RAM: what is read there as page tables does not map 0x%" PRIx64 " to 0x%" PRIx64,
		linear->base, va, root);
}

static enum pmap_open linear_open(struct pmap_source *source,
				  const struct pmap_open_round *round)
{
	struct linear *linear = (struct linear *)source;
	bool knows;

	/* The monitor would describe the machine, not the memory that GDB reads in it. */
	if (has_pieces(linear)) {
		snprintf(source->why, sizeof(source->why),
			 "%zu piece%s of virtual memory, as GDB reads it",
			 linear->args->count, linear->args->count == 1 ? "" : "s");
		return PMAP_OPEN_DONE;
	}
	if (round->first) {
		snprintf(source->ask, sizeof(source->ask), "info mtree -f");
		return PMAP_OPEN_MONITOR;
	}
	if (!linear->tried &&
	    try_base(linear, round->target) == PMAP_OPEN_DECLINED)
		return PMAP_OPEN_DECLINED;
	linear->tried = true;
	pmap_ram_free(&linear->ram);
	knows = round->answer && pmap_ram_parse(&linear->ram, round->answer);
	snprintf(source->why, sizeof(source->why),
		 "virtual memory from 0x%" PRIx64 " on, as physical memory from 0 on; %s",
		 linear->base, knows ? "RAM is what `monitor info mtree' says" :
		 "what is mapped there is taken for RAM");
	return PMAP_OPEN_DONE;
}

static enum pmap_read linear_read(struct pmap_source *source, uint64_t pa,
				  void *buf, size_t len)
{
	struct linear *linear = (struct linear *)source;
	uint64_t va;

	if (linear->ram.count && !pmap_ram_find(&linear->ram, pa, len))
		return pmap_ram_missing(&linear->ram, pa, len);
	for (size_t part; len; len -= part) {
		part = len;
		if (!find(linear, pa, &part, &va))
			return PMAP_READ_NOT_RAM;
		if (pmap_bridge_interrupted())
			return PMAP_READ_INTERRUPTED;
		if (!pmap_bridge_read(va, buf, part))
			return PMAP_READ_FAILED;
		pa += part;
		buf = (char *)buf + part;
	}
	return PMAP_READ_OK;
}

static void linear_close(struct pmap_source *source)
{
	struct linear *linear = (struct linear *)source;

	pmap_ram_free(&linear->ram);
	free(linear);
}

static struct pmap_source *linear_create(const struct pmap_source_args *args)
{
	struct linear *linear = calloc(1, sizeof(*linear));

	if (!linear)
		return NULL;
	linear->args = args;
	linear->base = args->piece[0].expr[0].value;
	return &linear->source;
}

const struct pmap_source_ops pmap_source_linear = {
	.name = "linear",
	.title = "virtual memory where a kernel maps all of its RAM",
	.usage = "VA | VA PA LEN [VA PA LEN]...",
	.words = PMAP_WORDS_MAP,
	.small_reads = true,
	.create = linear_create,
	.open = linear_open,
	.read = linear_read,
	.close = linear_close,
};
