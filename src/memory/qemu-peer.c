/*
 * Which process on this host is the QEMU: a few pages read from it and through
 * QEMU's stub must agree.  Of two processes for which that holds, GDB having two
 * connections, a page in which they differ tells which it is.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/qemu.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bridge/bridge.h"

#define PAGE_SIZE	4096
#define SAMPLE_SIZE	256	/* bytes compared of a page */
#define SAMPLES		4	/* pages compared of a block */
#define TRIES		64	/* pages looked at for some that are not zero */
#define CHUNK_SIZE	(64 << 10)	/* compared at once of two processes */
#define COMPARE_MAX	(256UL << 20)	/* and altogether */

static bool all_zeros(const unsigned char *bytes, size_t len)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0;
}

/*
 * A piece of the block as the stub has it; false: it has no physical address, or
 * cannot be read.
 */
static bool read_stub(const struct pmap_qemu *q, size_t block, uint64_t offset,
		      unsigned char sample[SAMPLE_SIZE])
{
	for (size_t i = 0; i < q->ram.count; i++) {
		const struct pmap_ram_range *range = &q->ram.range[i];

		/* The stub shows another memory in its place. */
		if (range->secure)
			continue;
		if (q->block_of[i] != block || offset < range->offset ||
		    offset - range->offset + SAMPLE_SIZE - 1 >
			    range->last - range->first)
			continue;
		return pmap_bridge_read(range->first + (offset - range->offset),
					sample, SAMPLE_SIZE);
	}
	return false;
}

/*
 * Compare a few pages, spread over the block, that are not all zeros: those
 * would agree with anything.  0, or an errno; EFAULT where they differ.
 */
static int verify_block(const struct pmap_qemu *q,
			const struct pmap_qemu_view *view, size_t b)
{
	uint64_t pages = q->block[b].size / PAGE_SIZE;
	unsigned char direct[SAMPLE_SIZE], stub[SAMPLE_SIZE];
	unsigned compared = 0;

	for (unsigned i = 0; i < TRIES && compared < SAMPLES && pages; i++) {
		uint64_t offset =
			(i * 0x9e3779b97f4a7c15ULL >> 16) % pages * PAGE_SIZE;
		int error = pmap_qemu_read_block(q, view, b, offset, direct,
						 sizeof(direct));

		if (error)
			return error;
		if (all_zeros(direct, sizeof(direct)) && i < TRIES - 1)
			continue;
		if (read_stub(q, b, offset, stub) &&
		    memcmp(stub, direct, sizeof(stub)) != 0)
			return EFAULT;
		compared++;
	}
	return 0;
}

/* Can this process be the QEMU?  0, or an errno of the process's. */
static int try_peer(const struct pmap_qemu *q, pid_t pid,
		    struct pmap_qemu_view *view)
{
	size_t ram = pmap_qemu_largest(q);
	bool needs_process = false;
	int error = 0;

	for (size_t i = 0; i < q->blocks; i++) {
		const struct pmap_qemu_block *block = &q->block[i];

		if (block->known)
			view->of[i].fd = pmap_process_backing(
				pid, block->host, block->size,
				&view->of[i].offset);
		view->of[i].readable = block->known;
		needs_process |= block->known && view->of[i].fd < 0;
	}
	if (needs_process)
		error = pmap_process_open(&view->process, pid,
					  q->block[ram].host);
	/* ROMs may stay out of reach where the RAM itself is in a file. */
	if (error && view->of[ram].fd < 0)
		return error;
	view->process.pid = pid;
	for (size_t i = 0; i < q->blocks; i++) {
		if (error && view->of[i].fd < 0)
			view->of[i].readable = false;
		if (view->of[i].readable && verify_block(q, view, i))
			return EFAULT;
	}
	return 0;
}

/* --- Two that may be it --------------------------------------------------- */

enum choice { ALIKE, FIRST, SECOND, UNTOLD };

/* Which of them has at `offset` what the stub says?  ALIKE: none, or both. */
static enum choice ask_stub(const struct pmap_qemu *q, size_t block,
			    uint64_t offset, const unsigned char *first,
			    const unsigned char *second)
{
	unsigned char stub[SAMPLE_SIZE];

	if (!read_stub(q, block, offset, stub))
		return ALIKE;
	if (memcmp(stub, first, sizeof(stub)) == 0)
		return FIRST;
	return memcmp(stub, second, sizeof(stub)) == 0 ? SECOND : ALIKE;
}

static enum choice decide_chunk(const struct pmap_qemu *q,
				const struct pmap_qemu_view *first,
				const struct pmap_qemu_view *second,
				size_t block, uint64_t offset, size_t len)
{
	static unsigned char a[CHUNK_SIZE], b[CHUNK_SIZE];
	enum choice choice;

	if (pmap_qemu_read_block(q, first, block, offset, a, len) ||
	    pmap_qemu_read_block(q, second, block, offset, b, len) ||
	    memcmp(a, b, len) == 0)
		return ALIKE;
	for (size_t i = 0; i + SAMPLE_SIZE <= len; i += SAMPLE_SIZE) {
		if (memcmp(a + i, b + i, SAMPLE_SIZE) == 0)
			continue;
		choice = ask_stub(q, block, offset + i, a + i, b + i);
		if (choice)
			return choice;
	}
	return ALIKE;
}

/* Looks for a place in which they differ. */
static enum choice decide(const struct pmap_qemu *q,
			  const struct pmap_qemu_view *first,
			  const struct pmap_qemu_view *second)
{
	uint64_t compared = 0, offset, left;
	enum choice choice;

	for (size_t b = 0; b < q->blocks; b++)
		for (offset = 0; offset < q->block[b].size; offset += CHUNK_SIZE) {
			left = q->block[b].size - offset;
			choice = decide_chunk(q, first, second, b, offset,
					      left < CHUNK_SIZE ? left : CHUNK_SIZE);
			if (choice)
				return choice;
			compared += CHUNK_SIZE;
			if (compared > COMPARE_MAX || pmap_bridge_interrupted())
				return UNTOLD;
		}
	return ALIKE;
}

/* --- Which process it is -------------------------------------------------- */

/*
 * 0, or an errno of the last one that cannot be it, explained in `why`.  Of two
 * that are alike in everything, either will do, but not longer than this stop.
 */
int pmap_qemu_choose_peer(struct pmap_qemu *q, const struct pmap_peers *peers,
			  char *why, size_t size)
{
	bool found = false, alike = false;
	int error = 0;

	for (size_t i = 0; i < peers->count; i++) {
		/* GDB may throw through reads of the stub. */
		__attribute__((cleanup(pmap_qemu_view_close))) struct pmap_qemu_view view;
		enum choice choice = SECOND;

		pmap_qemu_view_init(&view);
		error = try_peer(q, peers->pid[i], &view);
		if (error) {
			pmap_process_explain(peers->pid[i], error, why, size);
			continue;
		}
		if (found)
			choice = decide(q, &q->view, &view);
		if (choice == UNTOLD) {
			snprintf(why, size, "processes %d and %d, both at the other end of a connection of GDB's, cannot be told apart",
				 q->view.process.pid, peers->pid[i]);
			return EBUSY;
		}
		alike = choice == ALIKE || (alike && choice == FIRST);
		found = true;
		if (choice == SECOND) {
			pmap_qemu_view_close(&q->view);
			q->view = view;
			pmap_qemu_view_init(&view);
		}
	}
	q->usable = found && !alike;
	return found ? 0 : error;
}
