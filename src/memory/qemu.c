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
 * agree; of two processes for which that holds, GDB having two connections, a
 * page in which they differ tells which it is.
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

#include "bridge/bridge.h"
#include "memory/peer.h"
#include "memory/process.h"
#include "memory/ram.h"
#include "memory/source.h"

#define PAGE_SIZE	4096
#define BLOCKS_MAX	64
#define SAMPLE_SIZE	256	/* bytes compared of a page */
#define SAMPLES		4	/* pages compared of a block */
#define TRIES		64	/* pages looked at for some that are not zero */
#define CHUNK_SIZE	(64 << 10)	/* compared at once of two processes */
#define COMPARE_MAX	(256UL << 20)	/* and altogether */

/* A block of QEMU's memory, of which ranges of physical addresses are parts. */
struct block {
	const struct pmap_ram_range *range;	/* the first of it */
	uint64_t size;		/* up to the end of its last range */
	uint64_t host;		/* address in QEMU of the block's byte 0 */
	bool known;		/* host is */
};

/* A process, and how each block is read of it. */
struct view {
	struct pmap_process process;
	struct {
		bool readable;
		int fd;		/* what is behind it; -1: the process's memory */
		uint64_t offset;	/* where in it the block's byte 0 is */
	} of[BLOCKS_MAX];
};

enum stage { MAP, ADDRESSES, VERIFY, RECHECK };

struct qemu {
	struct pmap_source source;
	struct pmap_ram ram;
	char *mtree;		/* what `ram` was made from */
	unsigned char *block_of;	/* of each range */
	struct block block[BLOCKS_MAX];
	size_t blocks, asked;
	struct view view;
	enum stage stage;
	bool usable;		/* was open before */
};

static void view_init(struct view *view)
{
	*view = (struct view){ .process.mem = -1 };
	for (size_t i = 0; i < BLOCKS_MAX; i++)
		view->of[i].fd = -1;
}

static void view_close(struct view *view)
{
	for (size_t i = 0; i < BLOCKS_MAX; i++)
		if (view->of[i].fd >= 0)
			close(view->of[i].fd);
	pmap_process_close(&view->process);
	view_init(view);
}

static void forget(struct qemu *q)
{
	view_close(&q->view);
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
				.range = range,
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

static size_t largest(const struct qemu *q)
{
	size_t best = 0;

	for (size_t i = 1; i < q->blocks; i++)
		if (q->block[i].size > q->block[best].size)
			best = i;
	return best;
}

/* --- Reading -------------------------------------------------------------- */

static int read_block(const struct qemu *q, const struct view *view, size_t b,
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

/* The block that all of these bytes are in; false: they are no RAM. */
static bool find_block(const struct qemu *q, uint64_t pa, size_t len,
		       size_t *block_ret, uint64_t *offset_ret)
{
	const struct pmap_ram_range *range = pmap_ram_find(&q->ram, pa, len);

	if (!range)
		return false;
	*offset_ret = range->offset + (pa - range->first);
	*block_ret = q->block_of[range - q->ram.range];
	return true;
}

static enum pmap_read qemu_read(struct pmap_source *source, uint64_t pa,
				void *buf, size_t len)
{
	struct qemu *q = (struct qemu *)source;
	uint64_t offset;
	size_t block;
	int error;

	if (!find_block(q, pa, len, &block, &offset))
		return pmap_ram_missing(&q->ram, pa, len);
	error = read_block(q, &q->view, block, offset, buf, len);
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
	size_t which[count], n = 0, done = 0, block;

	for (size_t i = 0; i < count; i++) {
		if (!find_block(q, pa[i], PAGE_SIZE, &block, &offset) ||
		    !q->view.of[block].readable || q->view.of[block].fd >= 0) {
			status_ret[i] = qemu_read(source, pa[i], page[i],
						  PAGE_SIZE);
			continue;
		}
		address[n] = q->block[block].host + offset;
		to[n] = page[i];
		which[n++] = i;
	}
	while (done < n) {
		size_t read = pmap_process_read_many(&q->view.process, address + done,
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

/*
 * A piece of the block as the stub has it; false: it has no physical address, or
 * cannot be read.
 */
static bool read_stub(const struct qemu *q, size_t block, uint64_t offset,
		      unsigned char sample[SAMPLE_SIZE])
{
	for (size_t i = 0; i < q->ram.count; i++) {
		const struct pmap_ram_range *range = &q->ram.range[i];

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
static int verify_block(const struct qemu *q, const struct view *view, size_t b)
{
	uint64_t pages = q->block[b].size / PAGE_SIZE;
	unsigned char direct[SAMPLE_SIZE], stub[SAMPLE_SIZE];
	unsigned compared = 0;

	for (unsigned i = 0; i < TRIES && compared < SAMPLES && pages; i++) {
		uint64_t offset = (i * 0x9e3779b97f4a7c15ULL >> 16) % pages *
				  PAGE_SIZE;
		int error = read_block(q, view, b, offset, direct,
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
static int try_peer(const struct qemu *q, pid_t pid, struct view *view)
{
	size_t ram = largest(q);
	bool needs_process = false;
	int error = 0;

	for (size_t i = 0; i < q->blocks; i++) {
		const struct block *block = &q->block[i];

		if (block->known)
			view->of[i].fd = pmap_process_backing(pid, block->host,
					block->size, &view->of[i].offset);
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
static enum choice ask_stub(const struct qemu *q, size_t block, uint64_t offset,
			    const unsigned char *first,
			    const unsigned char *second)
{
	unsigned char stub[SAMPLE_SIZE];

	if (!read_stub(q, block, offset, stub))
		return ALIKE;
	if (memcmp(stub, first, sizeof(stub)) == 0)
		return FIRST;
	return memcmp(stub, second, sizeof(stub)) == 0 ? SECOND : ALIKE;
}

static enum choice decide_chunk(const struct qemu *q, const struct view *first,
				const struct view *second, size_t block,
				uint64_t offset, size_t len)
{
	static unsigned char a[CHUNK_SIZE], b[CHUNK_SIZE];
	enum choice choice;

	if (read_block(q, first, block, offset, a, len) ||
	    read_block(q, second, block, offset, b, len) ||
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
static enum choice decide(const struct qemu *q, const struct view *first,
			  const struct view *second)
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
static int choose_peer(struct qemu *q, const struct pmap_peers *peers,
		       char *why, size_t size)
{
	bool found = false, alike = false;
	int error = 0;

	for (size_t i = 0; i < peers->count; i++) {
		/* GDB may throw through reads of the stub. */
		__attribute__((cleanup(view_close))) struct view view;
		enum choice choice = SECOND;

		view_init(&view);
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
			view_close(&q->view);
			q->view = view;
			view_init(&view);
		}
	}
	q->usable = found && !alike;
	return found ? 0 : error;
}

static enum pmap_open verify(struct qemu *q)
{
	struct pmap_peers peers;
	const char *how;
	char why[400];

	pmap_peers_find(&peers);
	if (!peers.count)
		return pmap_source_decline(&q->source, "%s; where it can reach a directory DIR of this host, `pmap source pmemsave DIR\' reads its memory faster than by its stub",
					   peers.why);
	if (choose_peer(q, &peers, why, sizeof(why)))
		return pmap_source_decline(&q->source, "%s; or have its monitor write it to files: `pmap source pmemsave\'",
					   why);
	how = q->view.of[largest(q)].fd >= 0 ? "its RAM's file" :
	      q->view.process.mem >= 0 ? "/proc/PID/mem" : "process_vm_readv";
	snprintf(q->source.why, sizeof(q->source.why),
		 "QEMU pid %d (%s), %zu RAM blocks, spot-checked against the stub",
		 q->view.process.pid, how, q->blocks);
	return PMAP_OPEN_DONE;
}

/* --- Opening, round by round ---------------------------------------------- */

static enum pmap_open ask_map(struct qemu *q)
{
	q->stage = MAP;
	snprintf(q->source.ask, sizeof(q->source.ask), "info mtree -f");
	return PMAP_OPEN_MONITOR;
}

/* A program has an address space, but no page tables that its stub could show. */
static enum pmap_open is_program(struct qemu *q, const char *under)
{
	q->source.program = true;
	return pmap_source_decline(&q->source, "the target is a program under %s, and has no page tables of its own: a guest's RAM in it is for `pmap source linear VA PA LEN'",
				   under);
}

/* A stub without a monitor: the name of its program may tell what it is. */
static enum pmap_open not_qemu(struct qemu *q)
{
	struct pmap_peers peers;
	char path[32], name[32] = "", under[80];
	FILE *file = NULL;

	pmap_peers_find(&peers);
	if (peers.count) {
		snprintf(path, sizeof(path), "/proc/%d/comm", peers.pid[0]);
		file = fopen(path, "re");
	}
	if (file && !fgets(name, sizeof(name), file))
		name[0] = '\0';
	if (file)
		fclose(file);
	name[strcspn(name, "\n")] = '\0';
	if (strcmp(name, "gdbserver") == 0)
		return is_program(q, name);
	if (strncmp(name, "qemu-", 5) == 0 && strncmp(name, "qemu-system", 11) != 0) {
		snprintf(under, sizeof(under), "QEMU's user mode emulation (%s)", name);
		return is_program(q, under);
	}
	return pmap_source_decline(&q->source, "the target has no monitor: it is not QEMU's system emulation%s%s%s",
				   name[0] ? ", but " : "", name,
				   name[0] ? ", by its name" : "");
}

static enum pmap_open take_map(struct qemu *q, const char *answer)
{
	/* The map is as it was: then one address shows whether QEMU is. */
	if (q->usable && answer && strcmp(answer, q->mtree) == 0) {
		q->stage = RECHECK;
		return ask_host(q, &q->block[largest(q)]);
	}
	forget(q);
	if (!answer)
		return not_qemu(q);
	/* So gdbserver answers to all that it does not know. */
	if (strncmp(answer, "Unknown monitor command", 23) == 0)
		return is_program(q, "gdbserver");
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
	if (!q->block[largest(q)].known)
		return pmap_source_decline(&q->source, "QEMU does not tell where it has its RAM (`monitor gpa2hva')");
	q->stage = VERIFY;
	return PMAP_OPEN_PHYSICAL;
}

static enum pmap_open recheck(struct qemu *q, const char *answer)
{
	const struct block *block = &q->block[largest(q)];
	uint64_t host;
	char byte;

	if (parse_host(answer, block, &host) && host == block->host &&
	    read_block(q, &q->view, largest(q), 0, &byte, 1) == 0)
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

static uint64_t qemu_last(const struct pmap_source *source)
{
	return pmap_ram_last(&((const struct qemu *)source)->ram);
}

static enum pmap_place qemu_place(const struct pmap_source *source, uint64_t pa,
				uint64_t *last_ret)
{
	return pmap_ram_place(&((const struct qemu *)source)->ram, pa, last_ret);
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
	view_init(&q->view);
	return &q->source;
}

const struct pmap_source_ops pmap_source_qemu = {
	.live = true,
	.name = "qemu",
	.title = "the RAM of a QEMU on this host, read directly",
	.usage = "",
	.automatic = true,
	.create = qemu_create,
	.open = qemu_open,
	.read = qemu_read,
	.read_pages = qemu_read_pages,
	.last = qemu_last,
	.place = qemu_place,
	.close = qemu_close,
};
