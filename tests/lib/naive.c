/*
 * naive [-n] [-p BITS] IMAGE ROOT MODE: list every leaf of a page table.
 *
 * The oracle of the tests: a second walk, from the manuals (Intel SDM volume
 * 3A, chapter "Paging"), that shares nothing with include/pml/ and stays as
 * plain as it can, one loop for each level of each mode.
 *
 *	IMAGE	physical memory from address 0 on (QEMU's pmemsave)
 *	ROOT	the value of CR3, or of another root
 *	MODE	5, 4 (levels of 64-bit paging), pae, pse, 32
 *	-n	EFER.NXE is 0: bit 63 is reserved
 *	-p	MAXPHYADDR (40): bits from there to 51 are reserved
 *
 * Prints one record a leaf, by address.  An entry that the processor would
 * fault on maps nothing.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define P	(1ull << 0)
#define RW	(1ull << 1)
#define US	(1ull << 2)
#define PS	(1ull << 7)
#define XD	(1ull << 63)

/* Bits hi..lo of x, in place. */
#define FIELD(x, hi, lo) ((x) & (~0ull >> (63 - (hi))) & (~0ull << (lo)))

/* What the levels above allow. */
struct allow {
	bool w, u, x;
};

static const uint8_t *image;
static uint64_t image_size;
static unsigned maxphyaddr = 40;
static bool nxe = true;

static uint64_t read64(uint64_t pa)
{
	uint64_t entry = 0;

	if (pa <= image_size - 8)
		memcpy(&entry, image + pa, 8);
	return entry;
}

static uint32_t read32(uint64_t pa)
{
	uint32_t entry = 0;

	if (pa <= image_size - 4)
		memcpy(&entry, image + pa, 4);
	return entry;
}

static void leaf(uint64_t va, uint64_t pa, uint64_t size, struct allow a)
{
	printf("{\"va\":\"0x%016" PRIx64 "\",\"last\":\"0x%016" PRIx64
	       "\",\"pa\":\"0x%016" PRIx64 "\",\"page\":%" PRIu64
	       ",\"rights\":\"r%c%c%c\"}\n", va, va + size - 1, pa, size,
	       a.w ? 'w' : '-', a.x ? 'x' : '-', a.u ? 'u' : 's');
}

static struct allow and_entry(struct allow a, uint64_t entry)
{
	a.w = a.w && (entry & RW);
	a.u = a.u && (entry & US);
	a.x = a.x && !(entry & XD);
	return a;
}

/* Present, with none of the bits that are reserved in every entry. */
static bool usable(uint64_t entry)
{
	if (!(entry & P))
		return false;
	if (!nxe && (entry & XD))
		return false;
	return !FIELD(entry, 51, maxphyaddr);
}

/* 64-bit and PAE: 512 entries of 8 bytes. */

static void page_table(uint64_t table, uint64_t va, struct allow a)
{
	for (uint64_t i = 0; i < 512; i++) {
		uint64_t e = read64(table + 8 * i);

		if (usable(e))
			leaf(va + (i << 12), FIELD(e, 51, 12), 4096,
			     and_entry(a, e));
	}
}

static void page_directory(uint64_t table, uint64_t va, struct allow a)
{
	for (uint64_t i = 0; i < 512; i++) {
		uint64_t e = read64(table + 8 * i);
		uint64_t at = va + (i << 21);

		if (!usable(e))
			continue;
		if (!(e & PS))
			page_table(FIELD(e, 51, 12), at, and_entry(a, e));
		else if (!FIELD(e, 20, 13))
			leaf(at, FIELD(e, 51, 21), 1 << 21, and_entry(a, e));
	}
}

static void page_directory_pointers(uint64_t table, uint64_t va,
				    struct allow a)
{
	for (uint64_t i = 0; i < 512; i++) {
		uint64_t e = read64(table + 8 * i);
		uint64_t at = va + (i << 30);

		if (!usable(e))
			continue;
		if (!(e & PS))
			page_directory(FIELD(e, 51, 12), at, and_entry(a, e));
		else if (!FIELD(e, 29, 13))
			leaf(at, FIELD(e, 51, 30), 1 << 30, and_entry(a, e));
	}
}

static void pml4(uint64_t table, uint64_t va, struct allow a, bool sign_extend)
{
	for (uint64_t i = 0; i < 512; i++) {
		uint64_t e = read64(table + 8 * i);
		uint64_t at = va + (i << 39);

		if (sign_extend && i >= 256)
			at |= 0xffff000000000000;
		if (usable(e) && !(e & PS))
			page_directory_pointers(FIELD(e, 51, 12), at,
						and_entry(a, e));
	}
}

static void pml5(uint64_t table, struct allow a)
{
	for (uint64_t i = 0; i < 512; i++) {
		uint64_t e = read64(table + 8 * i);
		uint64_t at = i << 48;

		if (i >= 256)
			at |= 0xfe00000000000000;
		if (usable(e) && !(e & PS))
			pml4(FIELD(e, 51, 12), at, and_entry(a, e), false);
	}
}

/* Four entries without rights, each for 1 GiB.  Bit 63 is reserved. */
static void pae(uint64_t table, struct allow a)
{
	for (uint64_t i = 0; i < 4; i++) {
		uint64_t e = read64(table + 8 * i);

		if (usable(e) && !(e & XD))
			page_directory(FIELD(e, 51, 12), i << 30, a);
	}
}

/* 32-bit: 1024 entries of 4 bytes, and no bit against execution. */

static void page_table_32(uint64_t table, uint64_t va, struct allow a)
{
	for (uint64_t i = 0; i < 1024; i++) {
		uint64_t e = read32(table + 4 * i);

		if (e & P)
			leaf(va + (i << 12), FIELD(e, 31, 12), 4096,
			     and_entry(a, e));
	}
}

/* A 4 MiB page's address: bits 31:22 of the entry, and 39:32 from its 20:13. */
static void page_directory_32(uint64_t table, struct allow a, bool pse)
{
	for (uint64_t i = 0; i < 1024; i++) {
		uint64_t e = read32(table + 4 * i);
		uint64_t high = FIELD(e, 20, 13) >> 13 << 32;

		if (!(e & P))
			continue;
		if (!pse || !(e & PS))
			page_table_32(FIELD(e, 31, 12), i << 22,
				      and_entry(a, e));
		else if (!(e & (1 << 21)) && !FIELD(high, 51, maxphyaddr))
			leaf(i << 22, high | FIELD(e, 31, 22), 1 << 22,
			     and_entry(a, e));
	}
}

static bool walk(const char *mode, uint64_t root)
{
	const struct allow all = { true, true, true };

	if (!strcmp(mode, "5"))
		pml5(FIELD(root, 51, 12), all);
	else if (!strcmp(mode, "4"))
		pml4(FIELD(root, 51, 12), 0, all, true);
	else if (!strcmp(mode, "pae"))
		pae(FIELD(root, 31, 5), all);
	else if (!strcmp(mode, "pse"))
		page_directory_32(FIELD(root, 31, 12), all, true);
	else if (!strcmp(mode, "32"))
		page_directory_32(FIELD(root, 31, 12), all, false);
	else
		return false;
	return true;
}

static void map_image(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		perror(path);
		exit(1);
	}
	image_size = st.st_size;
	image = mmap(NULL, image_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image_size < 4096 || image == MAP_FAILED) {
		fprintf(stderr, "naive: cannot map %s\n", path);
		exit(1);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "np:")) != -1) {
		if (c == 'n')
			nxe = false;
		else if (c == 'p')
			maxphyaddr = atoi(optarg);
		else
			return 2;
	}
	if (argc - optind != 3 || maxphyaddr < 32 || maxphyaddr > 52) {
		fprintf(stderr, "usage: %s [-n] [-p BITS] IMAGE ROOT MODE\n",
			argv[0]);
		return 2;
	}
	map_image(argv[optind]);
	if (!walk(argv[optind + 2], strtoull(argv[optind + 1], NULL, 16))) {
		fprintf(stderr, "naive: no such mode: %s\n", argv[optind + 2]);
		return 2;
	}
	return fflush(stdout) ? 1 : 0;
}
