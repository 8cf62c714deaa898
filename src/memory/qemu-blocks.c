/*
 * The blocks of a QEMU's memory: what ranges of physical addresses are parts of
 * one, where QEMU has it, and its bytes, from a file or from the process.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/qemu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void pmap_qemu_view_init(struct pmap_qemu_view *view)
{
	*view = (struct pmap_qemu_view){ .process.mem = -1 };
	for (size_t i = 0; i < PMAP_QEMU_BLOCKS_MAX; i++)
		view->of[i].fd = -1;
}

void pmap_qemu_view_close(struct pmap_qemu_view *view)
{
	for (size_t i = 0; i < PMAP_QEMU_BLOCKS_MAX; i++)
		if (view->of[i].fd >= 0)
			close(view->of[i].fd);
	pmap_process_close(&view->process);
	pmap_qemu_view_init(view);
}

/*
 * Is `range` more of the block?  Names are not unique (two network cards of a
 * kind have ROMs of one name), but parts of one block do not overlap in it.
 */
static bool is_part(const struct pmap_qemu *q, size_t block, size_t upto,
		    const struct pmap_ram_range *range)
{
	if (strcmp(q->block[block].range->block, range->block) != 0)
		return false;
	for (size_t i = 0; i < upto; i++) {
		const struct pmap_ram_range *other = &q->ram.range[i];

		if (q->block_of[i] == block &&
		    range->offset <= other->offset + (other->last - other->first) &&
		    other->offset <= range->offset + (range->last - range->first))
			return false;
	}
	return true;
}

/*
 * The block of a range that SMM alone sees: of that name; PMAP_QEMU_BLOCKS_MAX where
 * there is none, or two of them.
 */
static unsigned char block_named(const struct pmap_qemu *q, const char *name)
{
	unsigned char found = PMAP_QEMU_BLOCKS_MAX;

	for (size_t b = 0; b < q->blocks; b++) {
		if (strcmp(q->block[b].range->block, name) != 0)
			continue;
		if (found != PMAP_QEMU_BLOCKS_MAX)
			return PMAP_QEMU_BLOCKS_MAX;
		found = b;
	}
	return found;
}

/* SMRAM is a part of the RAM that others see elsewhere, or not at all. */
static void add_smm(struct pmap_qemu *q)
{
	for (size_t i = 0; i < q->ram.smm_count; i++) {
		const struct pmap_ram_range *range = &q->ram.smm[i];
		uint64_t end = range->offset + (range->last - range->first) + 1;
		unsigned char b = block_named(q, range->block);

		q->block_of[q->ram.count + i] = b;
		if (b < PMAP_QEMU_BLOCKS_MAX && end > q->block[b].size)
			q->block[b].size = end;
	}
}

bool pmap_qemu_make_blocks(struct pmap_qemu *q)
{
	q->block_of = calloc(q->ram.count + q->ram.smm_count, 1);
	if (!q->block_of)
		return false;
	for (size_t i = 0; i < q->ram.count; i++) {
		const struct pmap_ram_range *range = &q->ram.range[i];
		uint64_t end = range->offset + (range->last - range->first) + 1;
		size_t b = 0;

		while (b < q->blocks && !is_part(q, b, i, range))
			b++;
		if (b == PMAP_QEMU_BLOCKS_MAX)
			return false;
		q->block_of[i] = b;
		if (b == q->blocks)
			q->block[q->blocks++] = (struct pmap_qemu_block){
				.range = range,
			};
		if (end > q->block[b].size)
			q->block[b].size = end;
	}
	add_smm(q);
	return true;
}

/* "Host virtual address for 0x0 (pc.ram) is 0x7f..." */
bool pmap_qemu_parse_host(const char *answer,
			  const struct pmap_qemu_block *block,
			  uint64_t *host_ret)
{
	const char *is = answer ? strstr(answer, ") is 0x") : NULL;

	if (!is)
		return false;
	*host_ret = strtoull(is + 5, NULL, 16) - block->range->offset;
	return true;
}

size_t pmap_qemu_largest(const struct pmap_qemu *q)
{
	size_t best = 0;

	for (size_t i = 1; i < q->blocks; i++)
		if (!q->block[i].range->secure &&
		    (q->block[best].range->secure ||
		     q->block[i].size > q->block[best].size))
			best = i;
	return best;
}

int pmap_qemu_read_block(const struct pmap_qemu *q,
			 const struct pmap_qemu_view *view, size_t b,
			 uint64_t offset, void *buf, size_t len)
{
	ssize_t n;

	if (!view->of[b].readable)
		return ENXIO;
	if (view->of[b].fd < 0)
		return pmap_process_read(&view->process,
					 q->block[b].host + offset, buf, len);
	n = pread(view->of[b].fd, buf, len, view->of[b].offset + offset);
	if (n < 0)
		return errno;
	return (size_t)n == len ? 0 : EIO;
}

bool pmap_qemu_find_block(const struct pmap_qemu *q, uint64_t pa, size_t len,
			  size_t *block_ret, uint64_t *offset_ret)
{
	const struct pmap_ram_range *range = pmap_ram_find(&q->ram, pa, len);

	if (!range)
		return false;
	*offset_ret = range->offset + (pa - range->first);
	*block_ret = q->block_of[pmap_ram_is_smm(&q->ram, range) ?
				 q->ram.count + (size_t)(range - q->ram.smm) :
				 (size_t)(range - q->ram.range)];
	return *block_ret < PMAP_QEMU_BLOCKS_MAX;
}
