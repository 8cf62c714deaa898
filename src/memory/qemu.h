/*
 * A QEMU on this host, between the files that read its RAM: which blocks its
 * memory has (qemu-blocks.c), which process it is (qemu-peer.c), and the source
 * that is opened of these (qemu.c).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_QEMU_H
#define PMAP_MEMORY_QEMU_H

#include "memory/peer.h"
#include "memory/process.h"
#include "memory/ram.h"
#include "memory/source.h"

#define PMAP_QEMU_BLOCKS_MAX	64

/* A block of QEMU's memory, of which ranges of physical addresses are parts. */
struct pmap_qemu_block {
	const struct pmap_ram_range *range;	/* the first of it */
	uint64_t size;		/* up to the end of its last range */
	uint64_t host;		/* address in QEMU of the block's byte 0 */
	bool known;		/* host is */
};

/* A process, and how each block is read of it. */
struct pmap_qemu_view {
	struct pmap_process process;
	struct {
		bool readable;
		int fd;		/* what is behind it; -1: the process's memory */
		uint64_t offset;	/* where in it the block's byte 0 is */
	} of[PMAP_QEMU_BLOCKS_MAX];
};

/* What opening has asked for last. */
enum pmap_qemu_stage {
	PMAP_QEMU_MAP, PMAP_QEMU_ADDRESSES, PMAP_QEMU_VERIFY, PMAP_QEMU_RECHECK
};

struct pmap_qemu {
	struct pmap_source source;
	struct pmap_ram ram;
	char *mtree;		/* what `ram` was made from */
	unsigned char *block_of;	/* of each range, then of each that SMM sees */
	struct pmap_qemu_block block[PMAP_QEMU_BLOCKS_MAX];
	size_t blocks, asked;
	struct pmap_qemu_view view;
	enum pmap_qemu_stage stage;
	bool usable;		/* was open before */
};

/* --- qemu-blocks.c -------------------------------------------------------- */

void pmap_qemu_view_init(struct pmap_qemu_view *view);
void pmap_qemu_view_close(struct pmap_qemu_view *view);

/* From q->ram: false without memory, or if there are too many. */
bool pmap_qemu_make_blocks(struct pmap_qemu *q);

/* The number of the largest block: the RAM itself. */
size_t pmap_qemu_largest(const struct pmap_qemu *q);

/*
 * Where QEMU has byte 0 of the block, by the monitor's answer to `gpa2hva'; NULL is
 * none.  False: it does not say.
 */
bool pmap_qemu_parse_host(const char *answer, const struct pmap_qemu_block *block,
			  uint64_t *host_ret);

/* 0, or an errno; ENXIO: the view has no way to read that block. */
int pmap_qemu_read_block(const struct pmap_qemu *q,
			 const struct pmap_qemu_view *view, size_t b,
			 uint64_t offset, void *buf, size_t len);

/* The block that all of these bytes are in; false: they are no RAM. */
bool pmap_qemu_find_block(const struct pmap_qemu *q, uint64_t pa, size_t len,
			  size_t *block_ret, uint64_t *offset_ret);

/* --- qemu-peer.c ---------------------------------------------------------- */

/*
 * Sets q->view and q->usable: the process, of these, whose memory is what the stub
 * shows.  Reads the stub's physical memory.  0, or an errno of the last one that
 * cannot be it, explained in `why`.
 */
int pmap_qemu_choose_peer(struct pmap_qemu *q, const struct pmap_peers *peers,
			  char *why, size_t size);

#endif
