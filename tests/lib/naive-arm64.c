/*
 * naive-arm64 IMAGE BASE TTBR0 TTBR1 TCR SCTLR MMFR0: list every leaf of both
 * halves of AArch64's EL1&0, or EL2&0, regime.
 *
 * The oracle of the tests: a second walk, from the manual (DDI 0487, chapter D8)
 * that shares nothing with include/pml/ and stays as plain as it can.
 *
 *	IMAGE	physical memory (QEMU's pmemsave) from address BASE on
 *	others	the registers' values
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

/* Bits hi..lo of x, moved to the low end. */
#define FIELD(x, hi, lo) ((x) >> (lo) & ~0ull >> (63 - (hi) + (lo)))

static const uint8_t *image;
static uint64_t image_base, image_size;

/* One half, as TCR describes it. */
static int page_bits;		/* 12, 14 or 16 */
static int address_bits;	/* of virtual addresses */
static int output_bits;		/* of physical addresses: 32 to 52 */
static bool ds, hd, hpd, wxn, lpa;
static uint64_t top;		/* added to every address: the upper half's ones */

struct allow {
	bool el0, write, px, ux;
};

static uint64_t read64(uint64_t pa)
{
	uint64_t entry = 0;

	if (pa >= image_base && pa - image_base <= image_size - 8)
		memcpy(&entry, image + (pa - image_base), 8);
	return entry;
}

static bool has_high_field(void)
{
	return output_bits == 52 && (ds || page_bits == 16);
}

/* The address in an entry, of what begins at a multiple of 1 << low. */
static uint64_t address(uint64_t e, int low)
{
	uint64_t pa = FIELD(e, 47, low) << low;

	if (ds)
		pa = FIELD(e, 49, low) << low | FIELD(e, 9, 8) << 50;
	else if (has_high_field())
		pa |= FIELD(e, 15, 12) << 48;
	return pa;
}

static bool too_high(uint64_t pa)
{
	return output_bits < 52 && pa >> output_bits;
}

/* The manual's levels: has a granule blocks there? */
static bool has_block(int level)
{
	switch (page_bits) {
	case 12:
		return level == 2 || level == 1 || (level == 0 && ds);
	case 14:
		return level == 2 || (level == 1 && ds);
	default:
		return level == 2 || (level == 1 && lpa);
	}
}

static void leaf(uint64_t va, uint64_t pa, uint64_t size, uint64_t e,
		 struct allow a)
{
	bool el0 = a.el0 && (e >> 6 & 1);
	bool write = a.write && (!(e >> 7 & 1) || (hd && (e >> 51 & 1)));
	bool el0_write = el0 && write;
	bool px = a.px && !(e >> 53 & 1) && !el0_write;
	bool ux = a.ux && !(e >> 54 & 1);

	if (wxn && write)
		px = false;
	if (wxn && el0_write)
		ux = false;
	printf("{\"va\":\"0x%016" PRIx64 "\",\"last\":\"0x%016" PRIx64
	       "\",\"pa\":\"0x%016" PRIx64 "\",\"page\":%" PRIu64
	       ",\"rights\":\"r%c%c/%c%c%c\"}\n", va, va + size - 1, pa, size,
	       write ? 'w' : '-', px ? 'x' : '-', el0 ? 'r' : '-',
	       el0_write ? 'w' : '-', ux ? 'x' : '-');
}

/* The table of the manual's `level', `bits' entries wide. */
static void table(uint64_t pa, int level, int bits, uint64_t va,
		  struct allow a)
{
	int shift = page_bits + (3 - level) * (page_bits - 3);

	for (uint64_t i = 0; i < 1ull << bits; i++) {
		uint64_t e = read64(pa + 8 * i), at = va + (i << shift);
		struct allow below = a;

		if (!(e & 1))
			continue;
		if (level == 3 ? !(e & 2) : !(e & 2) && !has_block(level))
			continue;
		if (level == 3 || !(e & 2)) {
			uint64_t to = address(e, shift);

			if (!too_high(to))
				leaf(top + at, to, 1ull << shift, e, a);
			continue;
		}
		if (too_high(address(e, page_bits)))
			continue;
		if (!hpd) {
			below.el0 = a.el0 && !(e >> 61 & 1);
			below.write = a.write && !(e >> 62 & 1);
			below.px = a.px && !(e >> 59 & 1);
			below.ux = a.ux && !(e >> 60 & 1);
		}
		table(address(e, page_bits), level + 1, page_bits - 3, at, below);
	}
}

static void half(uint64_t ttbr, uint64_t tcr, uint64_t mmfr0, bool upper)
{
	static const uint8_t tg[2][4] = { { 12, 16, 14, 0 }, { 0, 14, 12, 16 } };
	static const uint8_t sizes[8] = { 32, 36, 40, 42, 44, 48, 52, 52 };
	int tsz = FIELD(tcr, upper ? 21 : 5, upper ? 16 : 0), levels, bits;
	int range = sizes[FIELD(mmfr0, 2, 0)];
	uint64_t root;

	if (tcr >> (upper ? 23 : 7) & 1)
		return;
	page_bits = tg[upper][upper ? FIELD(tcr, 31, 30) : FIELD(tcr, 15, 14)];
	address_bits = 64 - tsz;
	output_bits = sizes[FIELD(tcr, 34, 32)];
	if (output_bits > range)
		output_bits = range;
	lpa = range == 52;
	ds = (tcr >> 59 & 1) && page_bits != 16;
	if (output_bits == 52 && !ds && page_bits != 16)
		output_bits = 48;
	hd = (tcr >> 39 & 1) && (tcr >> 40 & 1);
	hpd = tcr >> (upper ? 42 : 41) & 1;
	top = upper ? -1ull << address_bits : 0;
	levels = 1;
	while (page_bits + levels * (page_bits - 3) < address_bits)
		levels++;
	bits = address_bits - page_bits - (levels - 1) * (page_bits - 3);
	root = FIELD(ttbr, 47, 0) & -8ull << bits;
	if (output_bits == 52)
		root = (root & ~63ull) | FIELD(ttbr, 5, 2) << 48;
	if (!too_high(root))
		table(root, 4 - levels, bits, 0,
		      (struct allow){ true, true, true, true });
}

int main(int argc, char **argv)
{
	uint64_t value[6];
	struct stat st;
	int fd;

	if (argc != 8) {
		fprintf(stderr, "usage: naive-arm64 IMAGE BASE TTBR0 TTBR1 TCR SCTLR MMFR0\n");
		return 2;
	}
	for (int i = 0; i < 6; i++)
		value[i] = strtoull(argv[2 + i], NULL, 0);
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || fstat(fd, &st)) {
		perror(argv[1]);
		return 1;
	}
	image_base = value[0];
	image_size = (uint64_t)st.st_size;
	image = mmap(NULL, image_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED || image_size < 8) {
		fprintf(stderr, "naive-arm64: %s cannot be mapped\n", argv[1]);
		return 1;
	}
	wxn = value[4] >> 19 & 1;
	half(value[1], value[3], value[5], false);
	half(value[2], value[3], value[5], true);
	return fflush(stdout) ? 1 : 0;
}
