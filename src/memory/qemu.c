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
 * agree (qemu-peer.c).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/qemu.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE	4096

static void forget(struct pmap_qemu *q)
{
	pmap_qemu_view_close(&q->view);
	pmap_ram_free(&q->ram);
	free(q->mtree);
	free(q->block_of);
	q->mtree = NULL;
	q->block_of = NULL;
	q->blocks = q->asked = 0;
	q->usable = false;
}

/* --- Reading -------------------------------------------------------------- */

static enum pmap_read qemu_read(struct pmap_source *source, uint64_t pa,
				void *buf, size_t len)
{
	struct pmap_qemu *q = (struct pmap_qemu *)source;
	uint64_t offset;
	size_t block;
	int error;

	if (!pmap_qemu_find_block(q, pa, len, &block, &offset))
		return pmap_ram_missing(&q->ram, pa, len);
	error = pmap_qemu_read_block(q, &q->view, block, offset, buf, len);
	if (error == ESRCH || error == EPERM)
		source->broken = true;
	return error ? PMAP_READ_FAILED : PMAP_READ_OK;
}

/* Those that are behind process_vm_readv(), in as few calls as there are. */
static void qemu_read_pages(struct pmap_source *source, const uint64_t *pa,
			    void *const *page, size_t count,
			    enum pmap_read *status_ret)
{
	struct pmap_qemu *q = (struct pmap_qemu *)source;
	uint64_t address[count], offset;
	void *to[count];
	size_t which[count], n = 0, done = 0, block;

	for (size_t i = 0; i < count; i++) {
		if (!pmap_qemu_find_block(q, pa[i], PAGE_SIZE, &block, &offset) ||
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

/* --- Opening, round by round ---------------------------------------------- */

static enum pmap_open ask_host(struct pmap_qemu *q,
			       const struct pmap_qemu_block *block)
{
	snprintf(q->source.ask, sizeof(q->source.ask), "gpa2hva 0x%" PRIx64,
		 block->range->first);
	return PMAP_OPEN_MONITOR;
}

static enum pmap_open verify(struct pmap_qemu *q)
{
	struct pmap_peers peers;
	const char *how;
	char why[400];

	pmap_peers_find(&peers);
	if (!peers.count)
		return pmap_source_decline(&q->source, "%s; where it can reach a directory DIR of this host, `pmap source pmemsave DIR\' reads its memory faster than by its stub",
					   peers.why);
	if (pmap_qemu_choose_peer(q, &peers, why, sizeof(why)))
		return pmap_source_decline(&q->source, "%s; or have its monitor write it to files: `pmap source pmemsave\'",
					   why);
	how = q->view.of[pmap_qemu_largest(q)].fd >= 0 ? "its RAM's file" :
	      q->view.process.mem >= 0 ? "/proc/PID/mem" : "process_vm_readv";
	snprintf(q->source.why, sizeof(q->source.why),
		 "QEMU pid %d (%s), %zu RAM blocks, spot-checked against the stub",
		 q->view.process.pid, how, q->blocks);
	return PMAP_OPEN_DONE;
}

static enum pmap_open ask_map(struct pmap_qemu *q)
{
	q->stage = PMAP_QEMU_MAP;
	snprintf(q->source.ask, sizeof(q->source.ask), "info mtree -f");
	return PMAP_OPEN_MONITOR;
}

/* A program has an address space, but no page tables that its stub could show. */
static enum pmap_open is_program(struct pmap_qemu *q, const char *under)
{
	q->source.program = true;
	return pmap_source_decline(&q->source, "the target is a program under %s, and has no page tables of its own: a guest's RAM in it is for `pmap source linear VA PA LEN'",
				   under);
}

/* A stub without a monitor: the name of its program may tell what it is. */
static enum pmap_open not_qemu(struct pmap_qemu *q)
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

static enum pmap_open take_map(struct pmap_qemu *q, const char *answer)
{
	/* The map is as it was: then one address shows whether QEMU is. */
	if (q->usable && answer && strcmp(answer, q->mtree) == 0) {
		q->stage = PMAP_QEMU_RECHECK;
		return ask_host(q, &q->block[pmap_qemu_largest(q)]);
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
	if (!q->mtree || !pmap_ram_add_secure(&q->ram) || !pmap_qemu_make_blocks(q))
		return pmap_source_decline(&q->source, "QEMU has more blocks of memory than expected");
	q->stage = PMAP_QEMU_ADDRESSES;
	return ask_host(q, &q->block[0]);
}

static enum pmap_open take_address(struct pmap_qemu *q, const char *answer)
{
	struct pmap_qemu_block *block = &q->block[q->asked++];

	block->known = pmap_qemu_parse_host(answer, block, &block->host);
	if (q->asked < q->blocks)
		return ask_host(q, &q->block[q->asked]);
	if (!q->block[pmap_qemu_largest(q)].known)
		return pmap_source_decline(&q->source, "QEMU does not tell where it has its RAM (`monitor gpa2hva')");
	q->stage = PMAP_QEMU_VERIFY;
	return PMAP_OPEN_PHYSICAL;
}

static enum pmap_open recheck(struct pmap_qemu *q, const char *answer)
{
	const struct pmap_qemu_block *block = &q->block[pmap_qemu_largest(q)];
	uint64_t host;
	char byte;

	if (pmap_qemu_parse_host(answer, block, &host) && host == block->host &&
	    pmap_qemu_read_block(q, &q->view, pmap_qemu_largest(q), 0, &byte, 1) == 0)
		return PMAP_OPEN_DONE;
	forget(q);
	return ask_map(q);
}

static enum pmap_open qemu_open(struct pmap_source *source,
				const struct pmap_open_round *round)
{
	struct pmap_qemu *q = (struct pmap_qemu *)source;

	if (round->first)
		return ask_map(q);
	switch (q->stage) {
	case PMAP_QEMU_MAP:
		return take_map(q, round->answer);
	case PMAP_QEMU_ADDRESSES:
		return take_address(q, round->answer);
	case PMAP_QEMU_RECHECK:
		return recheck(q, round->answer);
	case PMAP_QEMU_VERIFY:
		break;
	}
	if (!round->physical)
		return pmap_source_decline(source, "the stub has no physical memory mode to compare with");
	return verify(q);
}

static uint64_t qemu_last(const struct pmap_source *source)
{
	return pmap_ram_last(&((const struct pmap_qemu *)source)->ram);
}

static enum pmap_place qemu_place(const struct pmap_source *source, uint64_t pa,
				  uint64_t *last_ret)
{
	return pmap_ram_place(&((const struct pmap_qemu *)source)->ram, pa, last_ret);
}

static void qemu_see_secure(struct pmap_source *source, bool sees)
{
	((struct pmap_qemu *)source)->ram.sees_secure = sees;
}

static void qemu_see_smm(struct pmap_source *source, bool sees)
{
	((struct pmap_qemu *)source)->ram.sees_smm = sees;
}

static void qemu_close(struct pmap_source *source)
{
	struct pmap_qemu *q = (struct pmap_qemu *)source;

	forget(q);
	free(q);
}

static struct pmap_source *qemu_create(const struct pmap_source_args *args)
{
	struct pmap_qemu *q = calloc(1, sizeof(*q));

	(void)args;
	if (!q)
		return NULL;
	pmap_qemu_view_init(&q->view);
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
	.see_secure = qemu_see_secure,
	.see_smm = qemu_see_smm,
	.close = qemu_close,
};
