/*
 * kdump-compressed dumps (makedumpfile, QEMU's dump-guest-memory -z), through
 * libkdumpfile where this was built with it.
 *
 * The library reads memory; the notes are found here, since it does not hand
 * out QEMU's.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/notes.h"
#include "memory/segments.h"

struct kdump {
	struct pmap_source source;
	char *name;
	int fd;
	struct pmap_notes notes;
#ifdef HAVE_LIBKDUMPFILE
	struct _kdump_ctx *ctx;
#endif
};

#ifdef HAVE_LIBKDUMPFILE
#include <libkdumpfile/kdumpfile.h>

/* Of the headers, what leads to the notes: diskdump.h of makedumpfile. */
#define BLOCK_SIZE_AT	428
#define NOTES_AT	48	/* in the second block: offset, size */
#define NOTES_MAX	(64UL << 20)
#define MACHINE_AT	(12 + 4 * 65)	/* of the names that uname() gives */

/*
 * QEMU and `makedumpfile -F' write to pipes: pieces, each with where it
 * belongs, in big-endian words, behind a header of a page.  The library reads
 * files only, so a file without a name is made of them, where it is not large.
 */
#define FLAT_SIGNATURE	"makedumpfile"
#define FLAT_HEAD	4096
#define FLAT_MAX	(1LL << 30)

static int copy_piece(int to, int from, uint64_t at, uint64_t offset,
		      uint64_t size)
{
	off_t in = at;

	if (lseek(to, offset, SEEK_SET) < 0)
		return -1;
	while (size) {
		ssize_t n = sendfile(to, from, &in, size);

		if (n <= 0)
			return -1;
		size -= n;
	}
	return 0;
}

/* The dump as a file of its own; -1 and errno if that cannot be. */
static int unflatten(int from)
{
	uint64_t at = FLAT_HEAD, word[2];
	struct stat st;
	int to;

	if (fstat(from, &st) || st.st_size > FLAT_MAX) {
		errno = EFBIG;
		return -1;
	}
	to = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	while (to >= 0 && !pmap_read_at(from, at, word, sizeof(word)) &&
	       (int64_t)be64toh(word[0]) >= 0) {
		at += sizeof(word);
		if (copy_piece(to, from, at, be64toh(word[0]),
			       be64toh(word[1]))) {
			close(to);
			return -1;
		}
		at += be64toh(word[1]);
	}
	return to;
}

static void load_notes(struct kdump *kdump)
{
	uint64_t place[2];
	char machine[65] = "";
	uint32_t block;
	void *text;

	if (pmap_read_at(kdump->fd, BLOCK_SIZE_AT, &block, sizeof(block)) ||
	    pmap_read_at(kdump->fd, block + NOTES_AT, place, sizeof(place)) ||
	    pmap_read_at(kdump->fd, MACHINE_AT, machine, sizeof(machine) - 1) ||
	    !place[1] || place[1] > NOTES_MAX)
		return;
	kdump->notes.long_mode = strcmp(machine, "x86_64") == 0;
	text = malloc(place[1]);
	if (text && !pmap_read_at(kdump->fd, place[0], text, place[1]))
		pmap_notes_parse(&kdump->notes, text, place[1]);
	free(text);
}

/* Open it, and see whether it is one. */
static bool open_dump(struct kdump *kdump)
{
	char signature[16];
	int flat;

	kdump->fd = open(kdump->name, O_RDONLY | O_CLOEXEC);
	if (kdump->fd < 0) {
		pmap_source_decline(&kdump->source, "%s: %s", kdump->name,
				    strerror(errno));
		return false;
	}
	if (pmap_read_at(kdump->fd, 0, signature, sizeof(signature)))
		signature[0] = '\0';
	if (memcmp(signature, FLAT_SIGNATURE, sizeof(FLAT_SIGNATURE)) == 0) {
		flat = unflatten(kdump->fd);
		if (flat < 0) {
			pmap_source_decline(&kdump->source, "%s is flattened and cannot be put in order here (%s): `makedumpfile -R FILE <%s' does it",
					    kdump->name, strerror(errno),
					    kdump->name);
			return false;
		}
		close(kdump->fd);
		kdump->fd = flat;
	} else if (memcmp(signature, "KDUMP   ", 8) != 0) {
		pmap_source_decline(&kdump->source, "%s is not kdump-compressed; ELF cores are for `pmap source elfcore'",
				    kdump->name);
		return false;
	}
	return true;
}

static void forget(struct kdump *kdump)
{
	if (kdump->ctx)
		kdump_free(kdump->ctx);
	kdump->ctx = NULL;
	if (kdump->fd >= 0)
		close(kdump->fd);
	kdump->fd = -1;
	pmap_notes_free(&kdump->notes);
}

static enum pmap_open kdump_source_open(struct pmap_source *source,
					const struct pmap_open_round *round)
{
	struct kdump *kdump = (struct kdump *)source;
	char registers[128];

	(void)round;
	forget(kdump);
	if (!open_dump(kdump))
		return PMAP_OPEN_DECLINED;
	kdump->ctx = kdump_new();
	if (!kdump->ctx || kdump_open_fd(kdump->ctx, kdump->fd) != KDUMP_OK)
		return pmap_source_decline(source, "%s: %s", kdump->name,
					   kdump->ctx ? kdump_get_err(kdump->ctx) :
					   "out of memory");
	load_notes(kdump);
	pmap_notes_describe(&kdump->notes, registers, sizeof(registers));
	snprintf(source->why, sizeof(source->why), "%s; %s", kdump->name,
		 registers);
	return PMAP_OPEN_DONE;
}

static enum pmap_read kdump_source_read(struct pmap_source *source, uint64_t pa,
					void *buf, size_t len)
{
	struct kdump *kdump = (struct kdump *)source;
	size_t got = len;

	switch (kdump_read(kdump->ctx, KDUMP_MACHPHYSADDR, pa, buf, &got)) {
	case KDUMP_OK:
		return PMAP_READ_OK;
	case KDUMP_ERR_NODATA:
		return PMAP_READ_NOT_RAM;
	default:
		return PMAP_READ_FAILED;
	}
}

#else

static void forget(struct kdump *kdump)
{
	pmap_notes_free(&kdump->notes);
}

static enum pmap_open kdump_source_open(struct pmap_source *source,
					const struct pmap_open_round *round)
{
	(void)round;
	return pmap_source_decline(source, "this pmap was built without libkdumpfile: install it (Debian: libkdumpfile-dev) and configure again");
}

static enum pmap_read kdump_source_read(struct pmap_source *source, uint64_t pa,
					void *buf, size_t len)
{
	(void)source, (void)pa, (void)buf, (void)len;
	return PMAP_READ_FAILED;
}

#endif

static void kdump_registers(struct pmap_source *source, int thread,
			    struct pmap_target *target)
{
	pmap_notes_registers(&((struct kdump *)source)->notes, thread, target);
}

static void kdump_close(struct pmap_source *source)
{
	struct kdump *kdump = (struct kdump *)source;

	forget(kdump);
	free(kdump->name);
	free(kdump);
}

static struct pmap_source *kdump_create(const struct pmap_source_args *args)
{
	struct kdump *kdump = calloc(1, sizeof(*kdump));

	if (!kdump)
		return NULL;
	kdump->fd = -1;
	kdump->name = strdup(args->file);
	if (kdump->name)
		return &kdump->source;
	free(kdump);
	return NULL;
}

const struct pmap_source_ops pmap_source_kdump = {
	.name = "kdump",
	.title = "a kdump-compressed dump, through libkdumpfile",
	.usage = "FILE",
	.file = PMAP_WORD_REQUIRED,
	.create = kdump_create,
	.open = kdump_source_open,
	.read = kdump_source_read,
	.registers = kdump_registers,
	.close = kdump_close,
};
