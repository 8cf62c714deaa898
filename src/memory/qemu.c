/*
 * The RAM of a QEMU on this host, read directly.
 *
 * QEMU's monitor tells what is RAM (`info mtree -f`) and where each block of
 * it is in QEMU's own memory (`gpa2hva`, once a block); the process is the peer
 * of GDB's own connection.  A block with a shared file or memfd behind it is
 * read from there, which needs no right to read the process; by pread() and
 * not by mapping it, since a mapping of a file that gets shorter is a SIGBUS
 * in GDB.  Other blocks are read by process_vm_readv().
 *
 * All this is believed only when a few pages read so and through QEMU's stub
 * agree.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge.h"
#include "memory/peer.h"
#include "memory/process.h"
#include "memory/ram.h"
#include "memory/source.h"

#define PAGE_SIZE	4096
#define BLOCKS_MAX	64
#define SAMPLE_SIZE	256	/* bytes compared of a page */
#define SAMPLES		4	/* pages compared of a block */
#define TRIES		64	/* pages looked at for some that are not zero */

/* A block of QEMU's memory, of which ranges of physical addresses are parts. */
struct block {
	const struct pmap_ram_range *range;	/* the first of it */
	uint64_t size;		/* up to the end of its last range */
	uint64_t host;		/* address in QEMU of the block's byte 0 */
	bool known;		/* host is */
	int fd;			/* what is behind it; -1: nothing that can be read */
	uint64_t fd_offset;	/* where in it the block's byte 0 is */
};

enum stage { MAP, ADDRESSES, VERIFY, RECHECK };

struct qemu {
	struct pmap_source source;
	struct pmap_ram ram;
	char *mtree;		/* what `ram` was made from */
	unsigned char *block_of;	/* of each range */
	struct block block[BLOCKS_MAX];
	size_t blocks, asked;
	struct pmap_process process;
	enum stage stage;
	bool usable;		/* was open before */
};

static void forget(struct qemu *q)
{
	for (size_t i = 0; i < q->blocks; i++)
		if (q->block[i].fd >= 0)
			close(q->block[i].fd);
	pmap_process_close(&q->process);
	pmap_ram_free(&q->ram);
	free(q->mtree);
	free(q->block_of);
	q->mtree = NULL;
	q->block_of = NULL;
	q->blocks = q->asked = 0;
	q->usable = false;
}

/* --- What is RAM, and where QEMU has it ----------------------------------- */

/*
 * Is `range` more of the block?  Names are not unique (two network cards of a
 * kind have ROMs of one name), but parts of one block do not overlap in it.
 */
static bool is_part(const struct qemu *q, size_t block, size_t upto,
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

static bool make_blocks(struct qemu *q)
{
	q->block_of = calloc(q->ram.count, 1);
	if (!q->block_of)
		return false;
	for (size_t i = 0; i < q->ram.count; i++) {
		const struct pmap_ram_range *range = &q->ram.range[i];
		uint64_t end = range->offset + (range->last - range->first) + 1;
		size_t b = 0;

		while (b < q->blocks && !is_part(q, b, i, range))
			b++;
		if (b == BLOCKS_MAX)
			return false;
		q->block_of[i] = b;
		if (b == q->blocks)
			q->block[q->blocks++] = (struct block){
				.range = range, .fd = -1,
			};
		if (end > q->block[b].size)
			q->block[b].size = end;
	}
	return true;
}

static enum pmap_open ask_host(struct qemu *q, const struct block *block)
{
	snprintf(q->source.ask, sizeof(q->source.ask), "gpa2hva 0x%" PRIx64,
		 block->range->first);
	return PMAP_OPEN_MONITOR;
}

/* "Host virtual address for 0x0 (pc.ram) is 0x7f..." */
static bool parse_host(const char *answer, const struct block *block,
		       uint64_t *host_ret)
{
	const char *is = answer ? strstr(answer, ") is 0x") : NULL;

	if (!is)
		return false;
	*host_ret = strtoull(is + 5, NULL, 16) - block->range->offset;
	return true;
}

static struct block *largest(struct qemu *q)
{
	struct block *best = &q->block[0];

	for (size_t i = 1; i < q->blocks; i++)
		if (q->block[i].size > best->size)
			best = &q->block[i];
	return best;
}

/* --- Reading -------------------------------------------------------------- */

static int read_block(struct qemu *q, const struct block *block,
		      uint64_t offset, void *buf, size_t len)
{
	ssize_t n;

	if (!block->known)
		return ENXIO;
	if (block->fd < 0)
		return pmap_process_read(&q->process, block->host + offset, buf,
					 len);
	n = pread(block->fd, buf, len, block->fd_offset + offset);
	if (n < 0)
		return errno;
	return (size_t)n == len ? 0 : EIO;
}

static const struct block *find_block(struct qemu *q, uint64_t pa, size_t len,
				      uint64_t *offset_ret)
{
	const struct pmap_ram_range *range = pmap_ram_find(&q->ram, pa, len);

	if (!range)
		return NULL;
	*offset_ret = range->offset + (pa - range->first);
	return &q->block[q->block_of[range - q->ram.range]];
}

static enum pmap_read qemu_read(struct pmap_source *source, uint64_t pa,
				void *buf, size_t len)
{
	struct qemu *q = (struct qemu *)source;
	uint64_t offset;
	const struct block *block = find_block(q, pa, len, &offset);
	int error;

	if (!block)
		return PMAP_READ_NOT_RAM;
	error = read_block(q, block, offset, buf, len);
	if (error == ESRCH || error == EPERM)
		source->broken = true;
	return error ? PMAP_READ_FAILED : PMAP_READ_OK;
}

/* Those that are behind process_vm_readv(), in as few calls as there are. */
static void qemu_read_pages(struct pmap_source *source, const uint64_t *pa,
			    void *const *page, size_t count,
			    enum pmap_read *status_ret)
{
	struct qemu *q = (struct qemu *)source;
	uint64_t address[count], offset;
	void *to[count];
	size_t which[count], n = 0, done = 0;

	for (size_t i = 0; i < count; i++) {
		const struct block *block = find_block(q, pa[i], PAGE_SIZE,
						       &offset);

		if (!block || !block->known || block->fd >= 0) {
			status_ret[i] = qemu_read(source, pa[i], page[i],
						  PAGE_SIZE);
			continue;
		}
		address[n] = block->host + offset;
		to[n] = page[i];
		which[n++] = i;
	}
	while (done < n) {
		size_t read = pmap_process_read_many(&q->process, address + done,
						     to + done, PAGE_SIZE,
						     n - done);

		for (; read; read--)
			status_ret[which[done++]] = PMAP_READ_OK;
		/* The one that ended the call gets a reason of its own. */
		if (done < n) {
			status_ret[which[done]] =
				qemu_read(source, pa[which[done]], to[done],
					  PAGE_SIZE);
			done++;
		}
	}
}

/* --- Verification --------------------------------------------------------- */

static bool all_zeros(const unsigned char *bytes, size_t len)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0;
}

/* Does a piece of the block read the same through the stub? */
static bool sample_agrees(struct qemu *q, const struct block *block,
			  uint64_t offset, const unsigned char *direct)
{
	unsigned char stub[SAMPLE_SIZE];

	for (size_t i = 0; i < q->ram.count; i++) {
		const struct pmap_ram_range *range = &q->ram.range[i];

		if (&q->block[q->block_of[i]] != block ||
		    offset < range->offset ||
		    offset - range->offset + SAMPLE_SIZE - 1 >
		    range->last - range->first)
			continue;
		return pmap_bridge_read(range->first + (offset - range->offset),
					stub, sizeof(stub)) &&
		       memcmp(stub, direct, sizeof(stub)) == 0;
	}
	return true;	/* a part of the block that has no physical address */
}

/*
 * Compare a few pages, spread over the block, that are not all zeros: those
 * would agree with anything.  0, or an errno; EFAULT where they differ.
 */
static int verify_block(struct qemu *q, const struct block *block)
{
	uint64_t pages = block->size / PAGE_SIZE;
	unsigned char direct[SAMPLE_SIZE];
	unsigned compared = 0;

	for (unsigned i = 0; i < TRIES && compared < SAMPLES && pages; i++) {
		uint64_t offset = (i * 0x9e3779b97f4a7c15ULL >> 16) % pages *
				  PAGE_SIZE;
		int error = read_block(q, block, offset, direct, sizeof(direct));

		if (error)
			return error;
		if (all_zeros(direct, sizeof(direct)) && i < TRIES - 1)
			continue;
		if (!sample_agrees(q, block, offset, direct))
			return EFAULT;
		compared++;
	}
	return 0;
}

/* Can this process be the QEMU?  0, or an errno of the process's. */
static int try_peer(struct qemu *q, pid_t pid)
{
	bool needs_process = false;
	int error = 0;

	for (size_t i = 0; i < q->blocks; i++) {
		struct block *block = &q->block[i];

		if (block->fd >= 0)
			close(block->fd);
		block->fd = !block->known ? -1 :
			    pmap_process_backing(pid, block->host, block->size,
						 &block->fd_offset);
		needs_process |= block->known && block->fd < 0;
	}
	pmap_process_close(&q->process);
	if (needs_process)
		error = pmap_process_open(&q->process, pid, largest(q)->host);
	/* ROMs may stay out of reach where the RAM itself is in a file. */
	if (error && largest(q)->fd < 0)
		return error;
	q->process.pid = pid;
	for (size_t i = 0; i < q->blocks; i++) {
		struct block *block = &q->block[i];

		if (error && block->fd < 0)
			block->known = false;
		else if (block->known && verify_block(q, block))
			return EFAULT;
	}
	return 0;
}

static enum pmap_open verify(struct qemu *q)
{
	struct pmap_peers peers;
	int error = 0;
	char why[400];

	pmap_peers_find(&peers);
	if (!peers.count)
		return pmap_source_decline(&q->source, "%s", peers.why);
	for (size_t i = 0; i < peers.count; i++) {
		error = try_peer(q, peers.pid[i]);
		if (!error)
			break;
		pmap_process_explain(peers.pid[i], error, why, sizeof(why));
	}
	if (error)
		return pmap_source_decline(&q->source, "%s", why);
	snprintf(q->source.why, sizeof(q->source.why),
		 "the memory of process %d (%s), the other end of GDB's connection; %zu blocks, pages of each compared with what its stub says",
		 q->process.pid, largest(q)->fd >= 0 ? "its RAM's file" :
		 q->process.mem >= 0 ? "/proc/PID/mem" : "process_vm_readv",
		 q->blocks);
	q->usable = true;
	return PMAP_OPEN_DONE;
}

/* --- Opening, round by round ---------------------------------------------- */

static enum pmap_open ask_map(struct qemu *q)
{
	q->stage = MAP;
	snprintf(q->source.ask, sizeof(q->source.ask), "info mtree -f");
	return PMAP_OPEN_MONITOR;
}

static enum pmap_open take_map(struct qemu *q, const char *answer)
{
	/* The map is as it was: then one address shows whether QEMU is. */
	if (q->usable && answer && strcmp(answer, q->mtree) == 0) {
		q->stage = RECHECK;
		return ask_host(q, largest(q));
	}
	forget(q);
	if (!answer)
		return pmap_source_decline(&q->source, "the target has no monitor, so it is no QEMU");
	if (!pmap_ram_parse(&q->ram, answer))
		return pmap_source_decline(&q->source, "the target's monitor does not tell what is RAM, as QEMU's would (`monitor info mtree -f')");
	q->mtree = strdup(answer);
	if (!q->mtree || !make_blocks(q))
		return pmap_source_decline(&q->source, "QEMU has more blocks of memory than expected");
	q->stage = ADDRESSES;
	return ask_host(q, &q->block[0]);
}

static enum pmap_open take_address(struct qemu *q, const char *answer)
{
	struct block *block = &q->block[q->asked++];

	block->known = parse_host(answer, block, &block->host);
	if (q->asked < q->blocks)
		return ask_host(q, &q->block[q->asked]);
	if (!largest(q)->known)
		return pmap_source_decline(&q->source, "QEMU does not tell where it has its RAM (`monitor gpa2hva')");
	q->stage = VERIFY;
	return PMAP_OPEN_PHYSICAL;
}

static enum pmap_open recheck(struct qemu *q, const char *answer)
{
	uint64_t host;
	char byte;

	if (parse_host(answer, largest(q), &host) &&
	    host == largest(q)->host &&
	    read_block(q, largest(q), 0, &byte, 1) == 0)
		return PMAP_OPEN_DONE;
	forget(q);
	return ask_map(q);
}

static enum pmap_open qemu_open(struct pmap_source *source,
				const struct pmap_open_round *round)
{
	struct qemu *q = (struct qemu *)source;

	if (round->first)
		return ask_map(q);
	switch (q->stage) {
	case MAP:
		return take_map(q, round->answer);
	case ADDRESSES:
		return take_address(q, round->answer);
	case RECHECK:
		return recheck(q, round->answer);
	case VERIFY:
		break;
	}
	if (!round->physical)
		return pmap_source_decline(source, "the stub has no physical memory mode to compare with");
	return verify(q);
}

static void qemu_close(struct pmap_source *source)
{
	struct qemu *q = (struct qemu *)source;

	forget(q);
	free(q);
}

static struct pmap_source *qemu_create(const struct pmap_source_args *args)
{
	struct qemu *q = calloc(1, sizeof(*q));

	(void)args;
	if (!q)
		return NULL;
	q->process.mem = -1;
	return &q->source;
}

const struct pmap_source_ops pmap_source_qemu = {
	.name = "qemu",
	.title = "the RAM of a QEMU on this host, read directly",
	.usage = "",
	.automatic = true,
	.create = qemu_create,
	.open = qemu_open,
	.read = qemu_read,
	.read_pages = qemu_read_pages,
	.close = qemu_close,
};
