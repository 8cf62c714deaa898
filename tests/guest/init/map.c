/*
 * The kinds of mappings that a Linux process can have.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "init.h"

static const int rights[] = {
	PROT_READ,
	PROT_READ | PROT_WRITE,
	PROT_READ | PROT_EXEC,
	PROT_NONE,
	PROT_READ | PROT_WRITE | PROT_EXEC,
};

#define NR_RIGHTS (sizeof(rights) / sizeof(rights[0]))

/*
 * Runs of 1 to 17 pages that differ in rights, with a hole after every
 * seventh.  PROT_NONE over a touched page leaves an entry that is neither zero
 * nor present.
 */
void map_runs(const char *what, uintptr_t at, size_t pages, int flags)
{
	char *p = anonymous(at, pages * PAGE, PROT_READ | PROT_WRITE, flags);
	size_t run, n = 0;

	say_region(what, p, pages * PAGE);
	if (failed(p))
		return;
	touch(p, pages * PAGE, PAGE);
	for (size_t i = 0; i < pages; i += run, n++) {
		run = 1 + (n * 5) % 17;
		if (run > pages - i)
			run = pages - i;
		if (n % 7 == 6)
			sys(NR_munmap, (long)(p + i * PAGE), run * PAGE, 0, 0, 0);
		else
			sys(NR_mprotect, (long)(p + i * PAGE), run * PAGE,
			    rights[n % NR_RIGHTS], 0, 0);
	}
}

/* One set of frames at two addresses, once with fewer rights. */
void map_aliases(void)
{
	size_t len = 512 * PAGE;
	long fd = sys(NR_memfd_create, (long)"pmap", 0, 0, 0, 0);
	char *a, *b;

	sys(NR_ftruncate, fd, len, 0, 0, 0);
	a = sys_mmap(0, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	b = sys_mmap(0, len, PROT_READ, MAP_SHARED, fd);
	say_region("shared, writable", a, len);
	say_region("shared, the same frames", b, len);
	if (failed(a) || failed(b))
		return;
	touch(a, len, PAGE);
	for (size_t i = 0; i < len; i += PAGE)
		(void)*(volatile char *)(b + i);
}

/* Every second page moves to where its neighbour moves, in reverse order. */
void map_moved(void)
{
	size_t n = 256;
	char *from = anonymous(0, n * PAGE, PROT_READ | PROT_WRITE, 0);
	char *to = anonymous(0, n * PAGE, PROT_NONE, 0);

	say_region("moved from", from, n * PAGE);
	say_region("moved to", to, n * PAGE);
	if (failed(from) || failed(to))
		return;
	touch(from, n * PAGE, PAGE);
	for (size_t i = 0; i < n; i += 2)
		sys(NR_mremap, (long)(from + i * PAGE), PAGE, PAGE,
		    MREMAP_MAYMOVE | MREMAP_FIXED,
		    (long)(to + (n - 1 - i) * PAGE));
}

/* Large pages that the kernel makes by itself; one of them is split again. */
void map_transparent(void)
{
	size_t len = 8 * BIG;
	char *p = sys_mmap(0, len, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *big;

	say_region("transparent large pages", p, len);
	if (failed(p))
		return;
	sys(NR_madvise, (long)p, len, MADV_HUGEPAGE, 0, 0);
	touch(p, len, BIG / 2);
	big = (char *)(((uintptr_t)p + BIG - 1) & -BIG);
	sys(NR_mprotect, (long)(big + BIG), BIG, PROT_READ, 0, 0);
	sys(NR_mprotect, (long)(big + 3 * BIG + 5 * PAGE), PAGE, PROT_READ, 0, 0);
	sys(NR_mprotect, (long)(big + 4 * BIG), BIG, PROT_NONE, 0, 0);
}

void map_hugetlb(void)
{
	size_t len = 4 * BIG;
	char *p;

	write_file("/proc/sys/vm/nr_hugepages", "4");
	p = anonymous(0, len, PROT_READ | PROT_WRITE, MAP_HUGETLB);
	say_region("large pages", p, len);
	if (failed(p))
		return;
	touch(p, len, BIG);
	sys(NR_mprotect, (long)p, BIG, PROT_READ | PROT_EXEC, 0, 0);
	sys(NR_mprotect, (long)(p + BIG), BIG, PROT_READ, 0, 0);
}

#ifdef __riscv
/* Sixteen entries for each: Svnapot.  Where there is none, the file is not there. */
void map_napot(void)
{
	size_t len = 4 << 16;
	char *p;

	sys(NR_mkdirat, AT_FDCWD, (long)"/sys", 0755, 0, 0);
	sys(NR_mount, (long)"sysfs", (long)"/sys", (long)"sysfs", 0, 0);
	write_file("/sys/kernel/mm/hugepages/hugepages-64kB/nr_hugepages", "4");
	p = anonymous(0, len, PROT_READ | PROT_WRITE,
		      MAP_HUGETLB | 16 << MAP_HUGE_SHIFT);
	say_region("pages of 64 KiB", p, len);
	if (!failed(p))
		touch(p, len, 1 << 16);
}
#endif

void map_with_key(void)
{
	size_t len = 64 * PAGE;
	char *p = anonymous(0, len, PROT_READ | PROT_WRITE, 0);
	long key = sys(NR_pkey_alloc, 0, 0, 0, 0, 0);

	if (key < 0 || failed(p))
		return;
	say_region("with a protection key", p, len);
	touch(p, len, PAGE);
	sys(NR_pkey_mprotect, (long)p, len, PROT_READ | PROT_WRITE, key, 0);
}

/*
 * Pages 2 MiB apart, so that each has a page table of its own, in runs of 1 to
 * 31 that differ in rights.  Only the writable ones cost a frame: the others
 * are read, and map the kernel's page of zeros.
 */
char *sparse_at;		/* NULL: there are none */

void map_sparse(size_t pages)
{
	size_t run, n = 0;
	char *p = sys_mmap(0, pages * BIG, PROT_READ,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);

	sparse_at = failed(p) ? NULL : p;
	say_region("sparse", p, pages * BIG);
	if (failed(p))
		return;
	sys(NR_madvise, (long)p, pages * BIG, MADV_NOHUGEPAGE, 0, 0);
	for (size_t i = 0; i < pages; i += run, n++) {
		char *at = p + i * BIG;
		int prot = rights[n % 3];

		run = 1 + (n * 11) % 31;
		if (run > pages - i)
			run = pages - i;
		if (prot != PROT_READ)
			sys(NR_mprotect, (long)at, run * BIG, prot, 0, 0);
		if (prot & PROT_WRITE)
			touch(at, run * BIG, BIG);
		else
			for (size_t k = 0; k < run; k++)
				(void)*(volatile char *)(at + k * BIG);
	}
}

/* --- What pmap x shows, and pmap search finds ------------------------------ */

#define MARKS_AT	0x2a000000ul
#define MARKS_PAGES	16ul

/* Bytes that are nowhere else, not even in this program. */
static void mark(char *at, size_t len)
{
	static char line[64] = "mark 0000000000000000 ";
	static uint64_t seed = 88172645463325252ull;

	put_hex(line + 5, (uintptr_t)at);
	for (size_t i = 0; i < len; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		at[i] = (char)(seed >> 32);
		line[22 + 2 * i] = "0123456789abcdef"[at[i] >> 4 & 15];
		line[23 + 2 * i] = "0123456789abcdef"[at[i] & 15];
	}
	line[22 + 2 * len] = '\n';
	sys(NR_write, 1, (long)line, 23 + 2 * len, 0, 0);
}

/* Pages are touched backwards, so that their frames do not follow each other. */
void map_marks(void)
{
	char *p = anonymous(MARKS_AT, MARKS_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_FIXED);

	for (size_t i = MARKS_PAGES; i-- > 0;)
		touch(p + i * PAGE, PAGE, PAGE);
	mark(p + 0x100, 8);
	mark(p + 2 * PAGE + 0x123, 13);
	mark(p + 4 * PAGE - 7, 16);	/* in two pages */
	mark(p + 7 * PAGE - 1, 12);
	mark(p + 9 * PAGE + 0x800, 16);
	mark(p + MARKS_PAGES * PAGE - 16, 16);	/* nothing is behind */
}
