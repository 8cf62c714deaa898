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

#include "memory/notes.h"
#include "memory/segments.h"

struct kdump {
	struct pmap_source source;
	const char *name;
	int fd;
	struct pmap_notes notes;
	uint64_t size;		/* of the file */
	bool cut;		/* it ends before its pages do */
	bool wide;		/* its header has the layout of 64 bits */
	bool split;		/* makedumpfile --split has put the others elsewhere */
#ifdef HAVE_LIBKDUMPFILE
	struct _kdump_ctx *ctx;
	uint64_t block, bitmap, descs;	/* a page's size; where there is what */
	uint64_t frames;		/* that have a bit */
	unsigned char bytes[4096];	/* that read_bytes() has read */
#endif
};

#ifdef HAVE_LIBKDUMPFILE
#include <libkdumpfile/kdumpfile.h>

/*
 * Of the headers, what leads to the notes: diskdump.h of makedumpfile, whose
 * fields are those of the machine that wrote the dump.
 */
#define MACHINE_AT	(12 + 4 * 65)	/* of the names that uname() gives */
#define NOTES_MAX	(64UL << 20)
struct part {
	uint64_t at, size;
};
/* In the second block: */
struct sub_header {
	uint64_t phys_base;
	uint32_t level, split;
	uint64_t first_frame, last_frame;
	struct part info;	/* VMCOREINFO alone */
	struct part notes;
	struct part erased;	/* what makedumpfile was told to leave out */
};
struct sub_header_32 {
	uint32_t phys_base, level, split, first_frame, last_frame;
	uint32_t info_at[2], info_size;
	uint32_t notes_at[2], notes_size;
	uint32_t erased_at[2], erased_size;
};
#define BLOCK_SIZE_AT		428	/* and the blocks of the sub-header, and of the bitmaps */
#define BLOCK_SIZE_AT_32	416

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

static uint64_t joined(const uint32_t half[2])
{
	return half[0] | (uint64_t)half[1] << 32;
}

static bool read_sub_header(const struct kdump *kdump, struct sub_header *head)
{
	struct sub_header_32 head32;

	if (kdump->wide)
		return !pmap_read_at(kdump->fd, kdump->block, head, sizeof(*head));
	if (pmap_read_at(kdump->fd, kdump->block, &head32, sizeof(head32)))
		return false;
	*head = (struct sub_header){
		.phys_base = head32.phys_base, .split = head32.split,
		.info = { joined(head32.info_at), head32.info_size },
		.notes = { joined(head32.notes_at), head32.notes_size },
		.erased = { joined(head32.erased_at), head32.erased_size },
	};
	return true;
}

/* A part of the file, with a NUL behind it; NULL if there is none. */
static char *read_part(const struct kdump *kdump, struct part part)
{
	char *text;

	if (!part.size || part.size > NOTES_MAX)
		return NULL;
	text = malloc(part.size + 1);
	if (text && pmap_read_at(kdump->fd, part.at, text, part.size) == 0) {
		text[part.size] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

/* Up to a page, while the kernel's root is looked for and checked. */
static const void *read_bytes(void *ctx, uint64_t pa, size_t size)
{
	struct kdump *kdump = ctx;
	size_t got = size;

	return kdump_read(kdump->ctx, KDUMP_MACHPHYSADDR, pa, kdump->bytes,
			  &got) == KDUMP_OK ? kdump->bytes : NULL;
}

#define FRAMES_MAX	(1ULL << 28)	/* that are looked at, whatever the header says */

/* Looks for VMCOREINFO in memory, where the notes do not have it. */
static void search(struct kdump *kdump)
{
	kdump_num_t frames = 0, size = 4096;

	if (!pmap_notes_wants_search(&kdump->notes) ||
	    kdump_get_number_attr(kdump->ctx, "max_pfn", &frames) != KDUMP_OK)
		return;
	kdump_get_number_attr(kdump->ctx, "arch.page_size", &size);
	if (frames > FRAMES_MAX)
		frames = FRAMES_MAX;
	pmap_notes_search(&kdump->notes, 0, frames * size - 1);
}

/* The header's numbers from the size of a page on. */
struct numbers {
	uint32_t block, sub_blocks, bitmap_blocks, frames;
};

/* Can these be a header's?  The bitmaps, one behind the other, have a bit for each frame. */
static bool fit(struct numbers n)
{
	return n.block >= 4096 && n.block <= 1 << 18 && (n.block & (n.block - 1)) == 0 &&
	       8ULL * n.bitmap_blocks * n.block >= n.frames;
}

static bool fit_big_endian(struct numbers n)
{
	return fit((struct numbers){ be32toh(n.block), be32toh(n.sub_blocks),
				     be32toh(n.bitmap_blocks), be32toh(n.frames) });
}

/* In the order of the library, so that both have the same layout.  NULL, or what is wrong. */
static const char *read_numbers(struct kdump *kdump, struct numbers *n)
{
	if (pmap_read_at(kdump->fd, BLOCK_SIZE_AT_32, n, sizeof(*n)))
		return "is cut off in its headers";
	if (fit(*n))
		return NULL;
	if (fit_big_endian(*n))
		return "is of a big-endian machine";
	kdump->wide = true;
	if (pmap_read_at(kdump->fd, BLOCK_SIZE_AT, n, sizeof(*n)))
		return "is cut off in its headers";
	return fit(*n) ? NULL : fit_big_endian(*n) ? "is of a big-endian machine" :
	       "is damaged: the numbers in its header do not fit together";
}

/* ELF's number for what `uname -m` calls so; 0: it is not one of 64 bits. */
static uint16_t machine_number(const char *machine)
{
	static const struct {
		const char *name;
		uint16_t number;
	} machines[] = {
		{ "x86_64", EM_X86_64 },
		{ "aarch64", EM_AARCH64 },
		{ "riscv64", EM_RISCV },
	};

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (strcmp(machine, machines[i].name) == 0)
			return machines[i].number;
	return 0;
}

/*
 * QEMU calls AArch64 "Unknown", QEMU 11 all machines: then the layout of the header
 * tells 64 bits from 32, and notes the machine.
 */
static void read_machine(struct kdump *kdump)
{
	char machine[65] = "";

	if (pmap_read_at(kdump->fd, MACHINE_AT, machine, sizeof(machine) - 1))
		return;
	kdump->notes.machine = machine_number(machine);
	kdump->notes.long_mode = kdump->notes.machine || kdump->wide;
}

/* Older files have no notes, but VMCOREINFO; QEMU's have no such thing. */
static void load_notes(struct kdump *kdump)
{
	struct pmap_vmcoreinfo *info = &kdump->notes.info;
	struct sub_header head;
	char *text;

	kdump->notes.at = read_bytes;
	kdump->notes.ctx = kdump;
	if (!read_sub_header(kdump, &head))
		return;
	kdump->split = head.split;
	text = read_part(kdump, head.notes);
	if (text)
		pmap_notes_parse(&kdump->notes, text, head.notes.size);
	free(text);
	text = info->has_root ? NULL : read_part(kdump, head.info);
	if (text)
		pmap_notes_take_vmcoreinfo(&kdump->notes, text);
	if (info->base_from == PMAP_BASE_UNKNOWN && head.phys_base) {
		info->base = head.phys_base;
		info->base_from = PMAP_BASE_HEADER;
	}
	pmap_vmcoreinfo_settle(info, read_bytes, kdump);
	search(kdump);
}

/* What there is of a page: behind the second bitmap, one for each bit that is set there. */
struct page_desc {
	uint64_t at;
	uint32_t size, flags;
	uint64_t page_flags;
};
#define DESCS	64	/* that are looked at */

/* How many of the first bits of the second bitmap are set; -1: it cannot be read. */
static int64_t count_bits(const struct kdump *kdump, uint64_t bits)
{
	uint64_t word[512], count = 0;

	for (uint64_t done = 0; done < bits; done += 512 * 64) {
		uint64_t left = bits - done < 512 * 64 ? bits - done : 512 * 64;

		if (pmap_read_at(kdump->fd, kdump->bitmap + done / 8, word, (left + 63) / 64 * 8))
			return -1;
		for (uint64_t i = 0; i < left; i += 64)
			count += __builtin_popcountll(left - i < 64 ?
				word[i / 64] & ((1ULL << (left - i)) - 1) : word[i / 64]);
	}
	return count;
}

/* Are any of the pages of these descriptors behind the file's end? */
static bool are_missing(const struct kdump *kdump, uint64_t first, uint64_t n)
{
	struct page_desc desc[DESCS];

	if (pmap_read_at(kdump->fd, kdump->descs + first * sizeof(*desc), desc, n * sizeof(*desc)))
		return true;
	for (uint64_t i = 0; i < n; i++)
		if (desc[i].at > kdump->size || desc[i].size > kdump->size - desc[i].at)
			return true;
	return false;
}

/* The library gives zeros for what is behind the end of the file. */
static bool is_missing(const struct kdump *kdump, uint64_t pa)
{
	uint64_t frame = pa / kdump->block, word;
	int64_t index;

	/* Of what is not in the dump at all the library says so. */
	if (frame >= kdump->frames ||
	    pmap_read_at(kdump->fd, kdump->bitmap + frame / 64 * 8, &word, sizeof(word)) ||
	    !(word >> frame % 64 & 1))
		return false;
	index = count_bits(kdump, frame);
	return index >= 0 && are_missing(kdump, index, 1);
}

#define FRAMES_CLAIMED	(1ULL << 34)	/* at most: 64 TiB */

static bool has_part(const struct kdump *kdump, struct part part)
{
	return !part.size || (part.size <= NOTES_MAX && part.at <= kdump->size &&
			      part.size <= kdump->size - part.at);
}

/*
 * What is wrong with what comes before the pages; NULL if the library can have it,
 * which takes the header's numbers as they are.  Then kdump->cut is: it does not have
 * all of its pages.  They are in the order of their descriptors, but for those that
 * are all zeros, which may have one in common.
 */
static const char *wrong_headers(struct kdump *kdump)
{
	struct numbers numbers;
	struct sub_header head;
	uint64_t half, n;
	int64_t count;
	const char *why = read_numbers(kdump, &numbers);

	if (why)
		return why;
	half = (uint64_t)numbers.bitmap_blocks * numbers.block / 2;
	kdump->block = numbers.block;
	kdump->frames = half * 8;
	kdump->bitmap = (1 + (uint64_t)numbers.sub_blocks) * numbers.block + half;
	kdump->descs = kdump->bitmap + half;
	if (kdump->descs > kdump->size)
		return "is cut off in its headers";
	if (kdump->frames > FRAMES_CLAIMED)
		return "is damaged: its header claims more memory than a machine has";
	read_machine(kdump);
	if (!read_sub_header(kdump, &head) || !has_part(kdump, head.info) ||
	    !has_part(kdump, head.notes) || !has_part(kdump, head.erased))
		return "is damaged: its header has notes that the file has not";
	count = count_bits(kdump, kdump->frames);
	n = count < DESCS ? count : DESCS;
	kdump->cut = count > 0 && are_missing(kdump, count - n, n);
	return NULL;
}

/* Open it, and see whether it is one. */
static bool open_dump(struct kdump *kdump)
{
	char signature[16];
	const char *why;
	struct stat st;
	int flat;

	kdump->fd = pmap_open_image(kdump->name, &kdump->size, &why);
	if (kdump->fd < 0) {
		pmap_source_decline(&kdump->source, "%s: %s", kdump->name, why);
		return false;
	}
	if (pmap_read_at(kdump->fd, 0, signature, sizeof(signature)))
		signature[0] = '\0';
	if (memcmp(signature, FLAT_SIGNATURE, sizeof(FLAT_SIGNATURE)) == 0) {
		flat = unflatten(kdump->fd);
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
		close(kdump->fd);
		kdump->fd = flat;
		kdump->size = fstat(flat, &st) ? 0 : st.st_size;
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
	char registers[256];
	const char *why;

	(void)round;
	forget(kdump);
	kdump->wide = false;
	if (!open_dump(kdump))
		return PMAP_OPEN_DECLINED;
	why = wrong_headers(kdump);
	if (why)
		return pmap_source_decline(source, "%s %s", kdump->name, why);
	kdump->ctx = kdump_new();
	/* What is mapped and behind the file's end raises SIGBUS. */
	if (kdump->ctx)
		kdump_set_number_attr(kdump->ctx, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER);
	if (!kdump->ctx || kdump_open_fd(kdump->ctx, kdump->fd) != KDUMP_OK)
		return pmap_source_decline(source, "%s: %s", kdump->name,
					   kdump->ctx ? kdump_get_err(kdump->ctx) :
					   "out of memory");
	load_notes(kdump);
	/* The bitmaps of a part are of all parts. */
	kdump->cut &= !kdump->split;
	pmap_notes_describe(&kdump->notes, registers, sizeof(registers));
	snprintf(source->why, sizeof(source->why), "%s%s%s; %s", kdump->name,
		 kdump->split ? ", which is one part of a split dump" : "",
		 kdump->cut ? ", which is cut off: pages are missing" : "", registers);
	return PMAP_OPEN_DONE;
}

static enum pmap_read kdump_source_read(struct pmap_source *source, uint64_t pa,
					void *buf, size_t len)
{
	struct kdump *kdump = (struct kdump *)source;
	size_t got = len;

	if (kdump->cut && is_missing(kdump, pa))
		return PMAP_READ_CUT;
	switch (kdump_read(kdump->ctx, KDUMP_MACHPHYSADDR, pa, buf, &got)) {
	case KDUMP_OK:
		return PMAP_READ_OK;
	case KDUMP_ERR_NODATA:
		return PMAP_READ_ABSENT;
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
	kdump->fd = -1;
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
