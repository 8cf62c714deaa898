/*
 * naive-riscv IMAGE BASE SATP: list every leaf of RISC-V's Sv39, Sv48 or Sv57.
 *
 * The oracle of the tests: a second walk, from the manual (volume II,
 * "Supervisor-Level ISA") that shares nothing with include/pml/ and stays as
 * plain as it can.
 *
 *	IMAGE	physical memory (QEMU's pmemsave) from address BASE on
 *	SATP	the register's value: MODE and the root's page number
 *
 * Prints one record a leaf, by address.  An entry that the hart would fault on
 * maps nothing.  Of a NAPOT range each of the sixteen entries is a leaf.  PBMT
 * and N are taken to be on.
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

enum { V, R, W, X, U, G, A, D };	/* bits of an entry */

static const uint8_t *image;
static uint64_t image_base, image_size;
static int va_bits;

static uint64_t read64(uint64_t pa)
{
	uint64_t entry = 0;

	if (pa >= image_base && pa - image_base <= image_size - 8)
		memcpy(&entry, image + (pa - image_base), 8);
	return entry;
}

static bool bit(uint64_t e, int n)
{
	return e >> n & 1;
}

/* What is reserved, for leaves and for pointers. */
static bool is_reserved(uint64_t e, int level)
{
	bool leaf = bit(e, R) || bit(e, W) || bit(e, X);

	if (FIELD(e, 60, 54) || (bit(e, W) && !bit(e, R)))
		return true;
	if (!leaf)
		return level == 0 || FIELD(e, 63, 61) || bit(e, A) || bit(e, D) ||
		       bit(e, U);
	if (FIELD(e, 62, 61) == 3)
		return true;
	if (bit(e, 63))
		return level || FIELD(e, 13, 10) != 8;
	return level && FIELD(e, 9 + 9 * level, 10);
}

static void leaf(uint64_t va, uint64_t e, int level)
{
	static const char *const types[] = { "pma", "nc", "io" };
	uint64_t size = 4096ull << 9 * level, pa = FIELD(e, 53, 10) << 12;

	if (bit(e, 63))
		pa = (pa & ~0xffffull) | (va & 0xf000);
	/* The upper half has ones above. */
	if (va >> (va_bits - 1))
		va |= -1ull << (va_bits - 1);
	printf("{\"va\":\"0x%016" PRIx64 "\",\"last\":\"0x%016" PRIx64
	       "\",\"pa\":\"0x%016" PRIx64 "\",\"page\":%" PRIu64
	       ",\"rights\":\"%c%c%c%c\",\"mt\":\"%s\",\"global\":%s,\"accessed\":%s,\"dirty\":%s}\n",
	       va, va + size - 1, pa, size, bit(e, R) ? 'r' : '-',
	       bit(e, W) ? 'w' : '-', bit(e, X) ? 'x' : '-',
	       bit(e, U) ? 'u' : 's', types[FIELD(e, 62, 61)],
	       bit(e, G) ? "true" : "false", bit(e, A) ? "true" : "false", bit(e, D) ? "true" : "false");
}

/* The table of the manual's `level'. */
static void table(uint64_t pa, int level, uint64_t va)
{
	for (uint64_t i = 0; i < 512; i++) {
		uint64_t e = read64(pa + 8 * i), at = va + (i << (12 + 9 * level));

		if (!bit(e, V) || is_reserved(e, level))
			continue;
		if (bit(e, R) || bit(e, X))
			leaf(at, e, level);
		else
			table(FIELD(e, 53, 10) << 12, level - 1, at);
	}
}

int main(int argc, char **argv)
{
	uint64_t satp;
	struct stat st;
	int fd, mode;

	if (argc != 4) {
		fprintf(stderr, "usage: naive-riscv IMAGE BASE SATP\n");
		return 2;
	}
	image_base = strtoull(argv[2], NULL, 0);
	satp = strtoull(argv[3], NULL, 0);
	mode = FIELD(satp, 63, 60);
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || fstat(fd, &st)) {
		perror(argv[1]);
		return 1;
	}
	image_size = (uint64_t)st.st_size;
	image = mmap(NULL, image_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED || image_size < 8) {
		fprintf(stderr, "naive-riscv: %s cannot be mapped\n", argv[1]);
		return 1;
	}
	if (mode < 8 || mode > 10) {
		fprintf(stderr, "naive-riscv: satp has MODE %d\n", mode);
		return 1;
	}
	va_bits = 39 + 9 * (mode - 8);
	table(FIELD(satp, 43, 0) << 12, mode - 6, 0);
	return fflush(stdout) ? 1 : 0;
}
