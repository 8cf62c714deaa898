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

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/kdump-file.h"
#include "memory/notes.h"
#include "memory/segments.h"

struct kdump {
	struct pmap_source source;
	const char *name;
	struct pmap_notes notes;
	struct pmap_kdump_file file;
#ifdef HAVE_LIBKDUMPFILE
	struct _kdump_ctx *ctx;
	unsigned char bytes[4096];	/* that read_bytes() has read */
#endif
};

#ifdef HAVE_LIBKDUMPFILE
#include <libkdumpfile/kdumpfile.h>

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

		if (n == 0)
			errno = ENODATA;
		if (n <= 0)
			return -1;
		size -= n;
	}
	return 0;
}

/* The dump as a file of its own; -1 and errno if that cannot be (ENODATA: it is cut off). */
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
	/* A piece at -1 is the end. */
	while (to >= 0) {
		int error = pmap_read_at(from, at, word, sizeof(word));

		if (!error && (int64_t)be64toh(word[0]) < 0)
			break;
		at += sizeof(word);
		if (!error && copy_piece(to, from, at, be64toh(word[0]), be64toh(word[1])))
			error = errno;
		at += be64toh(word[1]);
		if (error) {
			close(to);
			errno = error;
			return -1;
		}
	}
	return to;
}

/* A part of the file, with a NUL behind it; NULL if there is none. */
static char *read_part(const struct kdump *kdump, struct pmap_kdump_part part)
{
	char *text;

	if (!part.size)
		return NULL;
	text = malloc(part.size + 1);
	if (text && pmap_read_at(kdump->file.fd, part.at, text, part.size) == 0) {
		text[part.size] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

/* Within a page. */
static enum pmap_read read_page(struct kdump *kdump, uint64_t pa, void *buf, size_t len)
{
	enum pmap_read answer = pmap_kdump_check_page(&kdump->file, pa);

	if (answer != PMAP_READ_OK)
		return answer;
	switch (kdump_read(kdump->ctx, KDUMP_MACHPHYSADDR, pa, buf, &len)) {
	case KDUMP_OK:
		return PMAP_READ_OK;
	case KDUMP_ERR_NODATA:
		return PMAP_READ_ABSENT;
	default:
		return PMAP_READ_FAILED;
	}
}

static enum pmap_read kdump_source_read(struct pmap_source *source, uint64_t pa,
					void *buf, size_t len)
{
	struct kdump *kdump = (struct kdump *)source;
	uint64_t block = kdump->file.block;

	while (len) {
		size_t here = block - pa % block < len ? block - pa % block : len;
		enum pmap_read answer = read_page(kdump, pa, buf, here);

		if (answer != PMAP_READ_OK)
			return answer;
		buf = (char *)buf + here;
		pa += here;
		len -= here;
	}
	return PMAP_READ_OK;
}

/* Up to a page, while the kernel's root is looked for and checked. */
static const void *read_bytes(void *ctx, uint64_t pa, size_t size)
{
	struct kdump *kdump = ctx;

	return kdump_source_read(&kdump->source, pa, kdump->bytes, size) == PMAP_READ_OK ?
	       kdump->bytes : NULL;
}

#define SEARCHED_MAX	(1ULL << 28)	/* frames, whatever the header says */

/* Looks for VMCOREINFO in memory, where the notes do not have it. */
static void search(struct kdump *kdump)
{
	kdump_num_t frames = 0;

	if (!pmap_notes_wants_search(&kdump->notes) ||
	    kdump_get_number_attr(kdump->ctx, "max_pfn", &frames) != KDUMP_OK)
		return;
	if (frames > SEARCHED_MAX)
		frames = SEARCHED_MAX;
	pmap_notes_search(&kdump->notes, 0, frames * kdump->file.block - 1);
}

/* Older files have no notes, but VMCOREINFO; QEMU's have no such thing. */
static void load_notes(struct kdump *kdump)
{
	struct pmap_vmcoreinfo *info = &kdump->notes.info;
	const struct pmap_kdump_file *file = &kdump->file;
	char *text;

	kdump->notes.at = read_bytes;
	kdump->notes.ctx = kdump;
	/* Without the machine's name the layout tells 64 bits from 32, and notes the machine. */
	kdump->notes.machine = file->machine;
	kdump->notes.long_mode = file->machine || file->wide;
	text = read_part(kdump, file->notes);
	if (text)
		pmap_notes_parse(&kdump->notes, text, file->notes.size);
	free(text);
	text = info->has_root ? NULL : read_part(kdump, file->vmcoreinfo);
	if (text)
		pmap_notes_take_vmcoreinfo(&kdump->notes, text);
	if (info->base_from == PMAP_BASE_UNKNOWN && file->phys_base) {
		info->base = file->phys_base;
		info->base_from = PMAP_BASE_HEADER;
	}
	pmap_vmcoreinfo_settle(info, read_bytes, kdump);
	search(kdump);
}

/* Open it, and see whether it is one. */
static bool open_dump(struct kdump *kdump)
{
	char signature[16];
	const char *why;
	struct stat st;
	int flat;

	kdump->file.fd = pmap_open_image(kdump->name, &kdump->file.size, &why);
	if (kdump->file.fd < 0) {
		pmap_source_decline(&kdump->source, "%s: %s", kdump->name, why);
		return false;
	}
	if (pmap_read_at(kdump->file.fd, 0, signature, sizeof(signature)))
		signature[0] = '\0';
	if (memcmp(signature, FLAT_SIGNATURE, sizeof(FLAT_SIGNATURE)) == 0) {
		flat = unflatten(kdump->file.fd);
		if (flat < 0 && errno == ENODATA) {
			pmap_source_decline(&kdump->source, "%s is cut off: it does not have all pieces of a flattened dump, and they are in no order",
					    kdump->name);
			return false;
		}
		if (flat < 0) {
			pmap_source_decline(&kdump->source, "%s is flattened and cannot be put in order here (%s): `makedumpfile -R FILE <%s' does it",
					    kdump->name, strerror(errno),
					    kdump->name);
			return false;
		}
		close(kdump->file.fd);
		kdump->file.fd = flat;
		kdump->file.size = fstat(flat, &st) ? 0 : st.st_size;
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
	if (kdump->file.fd >= 0)
		close(kdump->file.fd);
	pmap_kdump_forget(&kdump->file);
	pmap_notes_free(&kdump->notes);
}

static enum pmap_open kdump_source_open(struct pmap_source *source,
					const struct pmap_open_round *round)
{
	struct kdump *kdump = (struct kdump *)source;
	char registers[256];
	const char *why;

	(void)round;
	forget(kdump);
	if (!open_dump(kdump))
		return PMAP_OPEN_DECLINED;
	why = pmap_kdump_read_headers(&kdump->file);
	if (why)
		return pmap_source_decline(source, "%s %s", kdump->name, why);
	kdump->ctx = kdump_new();
	/* What is mapped and behind the file's end raises SIGBUS. */
	if (kdump->ctx)
		kdump_set_number_attr(kdump->ctx, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER);
	if (!kdump->ctx || kdump_open_fd(kdump->ctx, kdump->file.fd) != KDUMP_OK)
		return pmap_source_decline(source, "%s: %s", kdump->name,
					   kdump->ctx ? kdump_get_err(kdump->ctx) :
					   "out of memory");
	load_notes(kdump);
	pmap_notes_describe(&kdump->notes, registers, sizeof(registers));
	snprintf(source->why, sizeof(source->why), "%s%s%s; %s", kdump->name,
		 kdump->file.split ? ", which is one part of a split dump" : "",
		 kdump->file.cut ? ", which is cut off: pages are missing" : "", registers);
	return PMAP_OPEN_DONE;
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

static const struct pmap_notes *kdump_notes(const struct pmap_source *source)
{
	return &((const struct kdump *)source)->notes;
}

static void kdump_close(struct pmap_source *source)
{
	struct kdump *kdump = (struct kdump *)source;

	forget(kdump);
	free(kdump);
}

static struct pmap_source *kdump_create(const struct pmap_source_args *args)
{
	struct kdump *kdump = calloc(1, sizeof(*kdump));

	if (!kdump)
		return NULL;
	kdump->file.fd = -1;
	kdump->name = args->piece[0].file;
	return &kdump->source;
}

const struct pmap_source_ops pmap_source_kdump = {
	.name = "kdump",
	.title = "a kdump-compressed dump, through libkdumpfile",
	.usage = "FILE",
	.words = PMAP_WORDS_FILE,
	.create = kdump_create,
	.open = kdump_source_open,
	.read = kdump_source_read,
	.registers = kdump_registers,
	.notes = kdump_notes,
	.close = kdump_close,
};
