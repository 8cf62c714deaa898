/*
 * The headers of a kdump-compressed dump.
 *
 * Of diskdump.h of makedumpfile: a header, a sub-header, two bitmaps (pages that the
 * machine has, pages that the file has), a descriptor for each bit of the second one.
 * Fields are those of the machine that wrote the dump.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/kdump-file.h"

#include <elf.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "memory/segments.h"

#define VERSION_AT	8
#define MACHINE_AT	(12 + 4 * 65)	/* of the names that uname() gives */
#define NUMBERS_AT	428
#define NUMBERS_AT_32	416
#define PART_MAX	(64UL << 20)	/* bytes of notes, or of VMCOREINFO */
#define FRAMES_MAX	(1ULL << 34)	/* 64 TiB in pages of 4 KiB */
#define CHUNK		32768		/* bits, whose pages are counted once */

/* In the second block: */
struct sub_header {
	uint64_t phys_base;
	uint32_t level, split;
	uint64_t first_before_6, last_before_6;
	struct pmap_kdump_part vmcoreinfo;	/* alone */
	struct pmap_kdump_part notes;
	struct pmap_kdump_part erased;		/* what makedumpfile was told to leave out */
	uint64_t first, last;			/* frames of this part, since version 6 */
};
struct sub_header_32 {
	uint32_t phys_base, level, split, first_before_6, last_before_6;
	uint32_t info_at[2], info_size;
	uint32_t notes_at[2], notes_size;
	uint32_t erased_at[2], erased_size;
	uint32_t first[2], last[2];
};

static uint64_t joined(const uint32_t half[2])
{
	return half[0] | (uint64_t)half[1] << 32;
}

static bool read_sub_header(const struct pmap_kdump_file *file, struct sub_header *head)
{
	struct sub_header_32 head32;

	if (file->wide)
		return !pmap_read_at(file->fd, file->block, head, sizeof(*head));
	if (pmap_read_at(file->fd, file->block, &head32, sizeof(head32)))
		return false;
	*head = (struct sub_header){
		.phys_base = head32.phys_base, .split = head32.split,
		.first_before_6 = head32.first_before_6,
		.last_before_6 = head32.last_before_6,
		.vmcoreinfo = { joined(head32.info_at), head32.info_size },
		.notes = { joined(head32.notes_at), head32.notes_size },
		.erased = { joined(head32.erased_at), head32.erased_size },
		.first = joined(head32.first), .last = joined(head32.last),
	};
	return true;
}

/* --- Which layout ----------------------------------------------------------- */

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
static const char *read_numbers(struct pmap_kdump_file *file, struct numbers *n)
{
	if (pmap_read_at(file->fd, NUMBERS_AT_32, n, sizeof(*n)))
		return "is cut off in its headers";
	if (fit(*n))
		return NULL;
	if (fit_big_endian(*n))
		return "is of a big-endian machine";
	file->wide = true;
	if (pmap_read_at(file->fd, NUMBERS_AT, n, sizeof(*n)))
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

/* --- Which pages ------------------------------------------------------------ */

struct page_desc {
	uint64_t at;
	uint32_t size, flags;
	uint64_t page_flags;
};
#define DESCS	64	/* that are looked at */

/* How many of n bits are set, from the first of a chunk on; -1: they cannot be read. */
static int64_t count_bits(const struct pmap_kdump_file *file, uint64_t first, unsigned n)
{
	uint64_t word[CHUNK / 64];
	int64_t count = 0;

	if (pmap_read_at(file->fd, file->bitmap + first / 8, word, (n + 63) / 64 * 8))
		return -1;
	for (unsigned i = 0; i < n; i += 64)
		count += __builtin_popcountll(n - i < 64 ? word[i / 64] & ((1ULL << (n - i)) - 1) :
					      word[i / 64]);
	return count;
}

/* How many pages the file has before this frame; -1: that cannot be read. */
static int64_t pages_before(const struct pmap_kdump_file *file, uint64_t frame)
{
	int64_t here = count_bits(file, frame / CHUNK * CHUNK, frame % CHUNK);

	return here < 0 ? -1 : (int64_t)file->before[frame / CHUNK] + here;
}

/* Counts all of them once.  Returns how many; -1: it cannot. */
static int64_t count_pages(struct pmap_kdump_file *file)
{
	uint64_t chunks = file->frames / CHUNK + 1, all = 0;

	file->before = calloc(chunks, sizeof(*file->before));
	for (uint64_t i = 0; file->before && i < chunks; i++) {
		uint64_t left = file->frames - i * CHUNK;
		int64_t here = count_bits(file, i * CHUNK, left < CHUNK ? left : CHUNK);

		if (here < 0)
			return -1;
		file->before[i] = all;
		all += here;
	}
	return file->before ? (int64_t)all : -1;
}

static bool is_missing(const struct pmap_kdump_file *file, const struct page_desc *desc)
{
	return desc->at > file->size || desc->size > file->size - desc->at;
}

/* Are any of the pages of these descriptors behind the file's end? */
static bool are_missing(const struct pmap_kdump_file *file, uint64_t first, uint64_t n)
{
	struct page_desc desc[DESCS];

	if (pmap_read_at(file->fd, file->descs + first * sizeof(*desc), desc, n * sizeof(*desc)))
		return true;
	for (uint64_t i = 0; i < n; i++)
		if (is_missing(file, &desc[i]))
			return true;
	return false;
}

enum pmap_read pmap_kdump_check_page(const struct pmap_kdump_file *file, uint64_t pa)
{
	uint64_t frame = pa / file->block, word;
	struct page_desc desc;
	int64_t index;

	/* Of a page that is in another part the library says so. */
	if (frame < file->first || frame >= file->end)
		return PMAP_READ_OK;
	if (pmap_read_at(file->fd, file->bitmap + frame / 64 * 8, &word, sizeof(word)))
		return PMAP_READ_FAILED;
	if (!(word >> frame % 64 & 1))
		return PMAP_READ_OK;
	index = pages_before(file, frame) - (int64_t)file->others;
	if (pmap_read_at(file->fd, file->descs + index * sizeof(desc), &desc, sizeof(desc)) ||
	    is_missing(file, &desc))
		return PMAP_READ_CUT;
	return desc.size > file->block ? PMAP_READ_FAILED : PMAP_READ_OK;
}

/* --- All of it -------------------------------------------------------------- */

static bool has_part(const struct pmap_kdump_file *file, struct pmap_kdump_part part)
{
	return !part.size || (part.size <= PART_MAX && part.at <= file->size &&
			      part.size <= file->size - part.at);
}

/* What is behind the header, where the bitmaps are whole. */
static const char *take_sub_header(struct pmap_kdump_file *file)
{
	struct sub_header head;
	uint32_t version;

	if (!read_sub_header(file, &head) ||
	    pmap_read_at(file->fd, VERSION_AT, &version, sizeof(version)) ||
	    !has_part(file, head.vmcoreinfo) || !has_part(file, head.notes) ||
	    !has_part(file, head.erased))
		return "is damaged: its header has notes that the file has not";
	file->split = head.split;
	file->phys_base = head.phys_base;
	file->vmcoreinfo = head.vmcoreinfo;
	file->notes = head.notes;
	file->end = file->frames;
	if (!file->split)
		return NULL;
	file->first = version >= 6 ? head.first : head.first_before_6;
	if ((version >= 6 ? head.last : head.last_before_6) < file->end)
		file->end = version >= 6 ? head.last : head.last_before_6;
	if (file->first < file->end)
		file->others = pages_before(file, file->first);
	return NULL;
}

const char *pmap_kdump_read_headers(struct pmap_kdump_file *file)
{
	char machine[65] = "";
	struct numbers numbers;
	uint64_t half, n;
	int64_t count;
	const char *why = read_numbers(file, &numbers);

	if (why)
		return why;
	half = (uint64_t)numbers.bitmap_blocks * numbers.block / 2;
	file->block = numbers.block;
	file->frames = half * 8;
	file->bitmap = (1 + (uint64_t)numbers.sub_blocks) * numbers.block + half;
	file->descs = file->bitmap + half;
	if (file->descs > file->size ||
	    pmap_read_at(file->fd, MACHINE_AT, machine, sizeof(machine) - 1))
		return "is cut off in its headers";
	if (file->frames > FRAMES_MAX)
		return "is damaged: its header claims more memory than a machine has";
	file->machine = machine_number(machine);
	count = count_pages(file);
	if (count < 0)
		return "cannot be read, or there is no memory for it";
	why = take_sub_header(file);
	/*
	 * The last pages tell: they are in the order of their descriptors, but for those
	 * that are all zeros, which may have one in common.  The bitmaps of a part are of
	 * all parts.
	 */
	n = count < DESCS ? count : DESCS;
	file->cut = !file->split && count && are_missing(file, count - n, n);
	return why;
}

void pmap_kdump_forget(struct pmap_kdump_file *file)
{
	free(file->before);
	*file = (struct pmap_kdump_file){ .fd = -1 };
}
