/*
 * Entries that are not present, in which Linux keeps something: in swap, PROT_NONE,
 * poisoned, of zeros.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "init.h"

#define KEPT_AT		0x28000000ul
#define KEPT_PAGES	480ul
#define ZEROS_AT	0x40000000ul
#define AREA_PAGES	256u	/* of the first swap area; the rest goes to the second */

/* One page that says of the disk that it is a swap area. */
static void make_area(const char *disk, uint32_t pages)
{
	static char page[1 << 16];
	static const char magic[] = "SWAPSPACE2";
	long fd = sys(NR_openat, AT_FDCWD, (long)disk, O_WRONLY, 0, 0);
	uint32_t *header = (uint32_t *)(page + 1024);

	header[0] = 1;		/* version */
	header[1] = pages - 1;	/* its last page */
	for (int i = 0; i < 10; i++)
		page[PAGE - 10 + i] = magic[i];
	sys(NR_pwrite64, fd, (long)page, PAGE, 0, 0);
	sys(NR_close, fd, 0, 0, 0, 0);
	if (sys(NR_swapon, (long)disk, 0, 0, 0, 0))
		say("refused: swapon\n");
}

static void make_areas(void)
{
	long fd = sys(NR_openat, AT_FDCWD, (long)"/brd.ko", O_RDONLY, 0, 0);

	sys(NR_mkdirat, AT_FDCWD, (long)"/dev", 0755, 0, 0);
	sys(NR_mount, (long)"devtmpfs", (long)"/dev", (long)"devtmpfs", 0, 0);
	if (sys(NR_finit_module, fd, (long)"rd_nr=2 rd_size=16384", 0, 0, 0))
		say("refused: brd.ko\n");
	make_area("/dev/ram0", AREA_PAGES);
	make_area("/dev/ram1", 2 * AREA_PAGES);
}

/*
 * A child poisons a page that it shares with its parent, and dies of it; the
 * parent, which does not touch it, keeps the entry.
 */
static void poison(char *page)
{
	long moment[2] = { 0, 300000000 }, child;

	/* The kernel says it, too, in the middle of lines that are not out yet. */
	sys(NR_nanosleep, (long)moment, 0, 0, 0, 0);
	child = sys(NR_clone, 17 /* SIGCHLD */, 0, 0, 0, 0);

	if (!child) {
		if (sys(NR_madvise, (long)page, PAGE, MADV_HWPOISON, 0, 0) < 0)
			say("no MADV_HWPOISON here\n");
		sys(NR_exit, 0, 0, 0, 0, 0);
	}
	sys(NR_wait4, child, 0, 0, 0, 0);
	sys(NR_nanosleep, (long)moment, 0, 0, 0, 0);
}

/* What is read of a huge page that nobody has written to. */
static void map_huge_zeros(void)
{
	char *p = sys_mmap(ZEROS_AT, 2 * BIG, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1);

	/* Linux has switched them off where there is little memory. */
	sys(NR_mkdirat, AT_FDCWD, (long)"/sys", 0755, 0, 0);
	sys(NR_mount, (long)"sysfs", (long)"/sys", (long)"sysfs", 0, 0);
	write_file("/sys/kernel/mm/transparent_hugepage/enabled", "madvise");
	write_file("/sys/kernel/mm/transparent_hugepage/use_zero_page", "1");
	sys(NR_madvise, (long)p, 2 * BIG, MADV_HUGEPAGE, 0, 0);
	(void)*(volatile char *)p;
	touch(p + BIG, BIG, BIG);
	sys(NR_mprotect, (long)(p + BIG), BIG, PROT_READ, 0, 0);
	say_region("huge page of zeros, and one that is not", p, 2 * BIG);
}

void say_kept(void)
{
	const char *at = (const char *)KEPT_AT;
	static char line[] = "kept 0000000000000000 0000000000000000\n";
	static uint64_t word[KEPT_PAGES];
	long fd = sys(NR_openat, AT_FDCWD, (long)"/proc/self/pagemap", O_RDONLY, 0, 0);

	sys(NR_pread64, fd, (long)word, sizeof(word),
	    (long)((uintptr_t)at >> page_shift) * 8, 0);
	sys(NR_close, fd, 0, 0, 0, 0);
	for (size_t i = 0; i < KEPT_PAGES; i++) {
		put_hex(line + 5, (uintptr_t)at + i * PAGE);
		put_hex(line + 22, word[i]);
		say(line);
	}
}

/* 440 pages go to swap, 20 may not be used, 4 are only read, 1 is poisoned. */
void map_kept(void)
{
	char *p = anonymous(KEPT_AT, KEPT_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_FIXED);

	make_areas();
	for (size_t i = 0; i < KEPT_PAGES; i++)
		if (i >= 460 && i < 464)
			(void)*(volatile char *)(p + i * PAGE);
		else
			*(size_t *)(p + i * PAGE) = i + 1;
	sys(NR_madvise, (long)p, 440 * PAGE, MADV_PAGEOUT, 0, 0);
	sys(NR_mprotect, (long)p + 440 * PAGE, 20 * PAGE, PROT_NONE, 0, 0);
	poison(p + 470 * PAGE);
	map_huge_zeros();
}
