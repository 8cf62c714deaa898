/*
 * The first process of the guests: maps an address space in which every kind
 * of entry occurs that a Linux process can have, says READY, and spins in user
 * mode, so that a stop finds its tables loaded.
 *
 * The kernel hands over what follows `--` on its command line:
 *	sparse=N	also map N pages 2 MiB apart: one page table each
 *	changes=1	once a debugger has set init_go, change mappings and come
 *			to init_changed()
 *	kallsyms=1	say where the kernel has the names of layout_names[]:
 *			"symbol NAME ADDRESS", by /proc/kallsyms
 *	tasks=N		make N processes more, which sleep, and say what /proc has
 *			of all: "task PID NAME"; its region "page" is one that
 *			each has for itself, with its own number in it
 *	pagemap=1	say the frame of each page that is mapped, by
 *			/proc/self/pagemap: "frames VA FRAME COUNT" for a run
 *	kept=1		have pages swapped out, of PROT_NONE, of zeros (a huge one,
 *			too), and poisoned, with /brd.ko's disks to swap to; say
 *			what pagemap has of them: "kept VA WORD"
 *	moves=1		once a debugger has set init_go, have the kernel move the
 *			frames of its region "moving", of which a process "sharer"
 *			has one, too; "frames" has where they are
 *	marks=1		write bytes to known places: "mark VA BYTES"
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "syscalls.h"

/* Bytes of a page, as the kernel says, and of an entry one level above. */
static unsigned int page_shift = 12;
#define PAGE	(1ul << page_shift)
#define BIG	(PAGE * (PAGE / 8))

static const int rights[] = {
	PROT_READ,
	PROT_READ | PROT_WRITE,
	PROT_READ | PROT_EXEC,
	PROT_NONE,
	PROT_READ | PROT_WRITE | PROT_EXEC,
};

#define NR_RIGHTS (sizeof(rights) / sizeof(rights[0]))

static void say(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	sys(NR_write, 1, (long)text, n, 0, 0);
}

/* Sixteen digits, where they go. */
static void put_hex(char *at, uint64_t word)
{
	for (int i = 15; i >= 0; i--, word >>= 4)
		at[i] = "0123456789abcdef"[word & 15];
}

static void say_region(const char *what, const void *p, size_t len)
{
	static char line[] = "region 0x0000000000000000 0x0000000000000000 ";

	put_hex(line + 9, (uintptr_t)p);
	put_hex(line + 28, len);
	say(line);
	say(failed(p) ? "refused " : "");
	say(what);
	say("\n");
}

static void write_file(const char *path, const char *text)
{
	long fd = sys(NR_openat, AT_FDCWD, (long)path, O_WRONLY, 0, 0);
	size_t n = 0;

	if (fd < 0)
		return;
	while (text[n])
		n++;
	sys(NR_write, fd, (long)text, n, 0, 0);
	sys(NR_close, fd, 0, 0, 0, 0);
}

static void touch(char *p, size_t len, size_t step)
{
	for (size_t i = 0; i < len; i += step)
		*(volatile char *)(p + i) = 1;
}

static char *anonymous(uintptr_t at, size_t len, int prot, int flags)
{
	char *p = sys_mmap(at, len, prot,
			   MAP_PRIVATE | MAP_ANONYMOUS | flags, -1);

	if (!failed(p) && !(flags & MAP_HUGETLB))
		sys(NR_madvise, (long)p, len, MADV_NOHUGEPAGE, 0, 0);
	return p;
}

/*
 * Runs of 1 to 17 pages that differ in rights, with a hole after every
 * seventh.  PROT_NONE over a touched page leaves an entry that is neither zero
 * nor present.
 */
static void map_runs(const char *what, uintptr_t at, size_t pages, int flags)
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
static void map_aliases(void)
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
static void map_moved(void)
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
static void map_transparent(void)
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

static void map_hugetlb(void)
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
static void map_napot(void)
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

static void map_with_key(void)
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
static char *sparse_at;		/* NULL: there are none */

static void map_sparse(size_t pages)
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

/* A run of pages whose frames follow each other. */
static void say_frames(uint64_t va, uint64_t frame, uint64_t count)
{
	static char line[] = "frames 0000000000000000 0000000000000000 "
			     "0000000000000000\n";

	if (!count)
		return;
	put_hex(line + 7, va);
	put_hex(line + 24, frame);
	put_hex(line + 41, count);
	say(line);
}

/* The pages of first..end-1 that have a frame: bit 63 of their entry. */
static void say_range_frames(long pagemap, uint64_t first, uint64_t end)
{
	static uint64_t entry[512];
	uint64_t va = first, at = first, frame = 0, count = 0;

	while (at < end) {
		uint64_t left = (end - at) >> page_shift;
		long n = left < 512 ? (long)left : 512;

		if (sys(NR_pread64, pagemap, (long)entry, n * 8,
			(long)(at >> page_shift) * 8, 0) != n * 8)
			break;
		for (long i = 0; i < n; i++, at += PAGE) {
			uint64_t got = entry[i] & ((1ull << 55) - 1);

			if (count && entry[i] >> 63 && got == frame + count) {
				count++;
				continue;
			}
			say_frames(va, frame, count);
			va = at;
			frame = got;
			count = entry[i] >> 63;
		}
	}
	say_frames(va, frame, count);
}

/* The number at *p, in hexadecimal; *p goes on to what ends it. */
static uint64_t take_hex(const char **p)
{
	uint64_t n = 0;

	for (;; ++*p) {
		char c = **p;

		if (c >= '0' && c <= '9')
			n = n << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n << 4 | (uint64_t)(c - 'a' + 10);
		else
			return n;
	}
}

/* All of /proc/self/maps.  Nothing is mapped any more from here on. */
static void say_pagemap(void)
{
	static char maps[1 << 16];
	long fd = sys(NR_openat, AT_FDCWD, (long)"/proc/self/maps", O_RDONLY, 0, 0);
	long pagemap = sys(NR_openat, AT_FDCWD, (long)"/proc/self/pagemap",
			   O_RDONLY, 0, 0);
	size_t size = 0;
	const char *p = maps;
	long n;

	while ((n = sys(NR_read, fd, (long)(maps + size),
			sizeof(maps) - 1 - size, 0, 0)) > 0)
		size += (size_t)n;
	while (*p) {
		uint64_t first = take_hex(&p), end;

		p += *p == '-';
		end = take_hex(&p);
		say_range_frames(pagemap, first, end);
		while (*p && *p++ != '\n')
			;
	}
}

/* The auxiliary vector comes after the environment: AT_PAGESZ is 6. */
static void set_page_size(long *stack)
{
	long *p = stack + 1 + stack[0] + 1;

	while (*p++)
		;
	for (; p[0]; p += 2)
		if (p[0] == 6)
			while (PAGE < (size_t)p[1])
				page_shift++;
}

static const char *const layout_names[] = {
	"page_offset_base", "vmalloc_base", "vmemmap_base", "_text", "_etext",
	"__start_rodata", "_stext", "init_task", "empty_zero_page",
	"folio_migrate_mapping", "huge_zero_pfn", "huge_zero_page",
};

static int is_word(const char *at, size_t n, const char *word)
{
	size_t i = 0;

	while (i < n && word[i] && at[i] == word[i])
		i++;
	return i == n && !word[i];
}

/* "ffffffff81000000 T _text", which a module's has a tab behind. */
static void say_symbol(const char *line, size_t n)
{
	size_t name = 0;

	for (int blanks = 0; name < n && blanks < 2; name++)
		blanks += line[name] == ' ';
	for (size_t i = 0; i < sizeof(layout_names) / sizeof(layout_names[0]); i++) {
		if (!is_word(line + name, n - name, layout_names[i]))
			continue;
		say("symbol ");
		sys(NR_write, 1, (long)(line + name), n - name, 0, 0);
		say(" ");
		sys(NR_write, 1, (long)line, 16, 0, 0);
		say("\n");
	}
}

static void say_symbols(void)
{
	static char text[65536];
	long fd = sys(NR_openat, AT_FDCWD, (long)"/proc/kallsyms", O_RDONLY, 0, 0);
	size_t kept = 0;
	long n;

	while ((n = sys(NR_read, fd, (long)(text + kept), sizeof(text) - kept, 0, 0)) > 0) {
		size_t start = 0, end = kept + (size_t)n;

		for (size_t i = kept; i < end; i++) {
			if (text[i] != '\n')
				continue;
			say_symbol(text + start, i - start);
			start = i + 1;
		}
		kept = end - start;
		for (size_t i = 0; i < kept; i++)
			text[i] = text[start + i];
	}
	sys(NR_close, fd, 0, 0, 0, 0);
}

/* A process of its own name, which sleeps for ever. */
static void make_process(long number, long *page)
{
	static char name[16] = "sleeper <0>\"&";
	long minute[2] = { 60, 0 };

	if (sys(NR_clone, 17 /* SIGCHLD */, 0, 0, 0, 0))
		return;
	name[9] = (char)('0' + number);
	sys(NR_prctl, 15 /* PR_SET_NAME */, (long)name, 0, 0, 0);
	*page = number;
	for (;;)
		sys(NR_nanosleep, (long)minute, 0, 0, 0, 0);
}

/* The line of /proc/PID/status behind "Name:". */
static void say_task(const char *pid)
{
	static char path[64], text[256];
	char *to = path, *name = text + 6;
	long fd, n;

	for (const char *p = "/proc/"; *p; p++)
		*to++ = *p;
	for (const char *p = pid; *p; p++)
		*to++ = *p;
	for (const char *p = "/status"; *p; p++)
		*to++ = *p;
	*to = '\0';
	fd = sys(NR_openat, AT_FDCWD, (long)path, O_RDONLY, 0, 0);
	n = sys(NR_read, fd, (long)text, sizeof(text) - 1, 0, 0);
	sys(NR_close, fd, 0, 0, 0, 0);
	if (n < 7)
		return;
	text[n] = '\0';
	for (to = name; *to && *to != '\n'; to++)
		;
	*to = '\0';
	say("task ");
	say(pid);
	say(" ");
	say(name);
	say("\n");
}

static void say_tasks(void)
{
	static char entries[4096];
	long fd = sys(NR_openat, AT_FDCWD, (long)"/proc", O_RDONLY, 0, 0), n;

	while ((n = sys(NR_getdents64, fd, (long)entries, sizeof(entries), 0, 0)) > 0)
		for (long at = 0; at < n; at += *(uint16_t *)(entries + at + 16))
			if (entries[at + 19] >= '0' && entries[at + 19] <= '9')
				say_task(entries + at + 19);
	sys(NR_close, fd, 0, 0, 0, 0);
}

static void make_tasks(size_t count)
{
	char *page = anonymous(0, PAGE, PROT_READ | PROT_WRITE, 0);
	long moment[2] = { 1, 0 };

	*(long *)page = 1000;
	for (size_t i = 1; i <= count; i++)
		make_process((long)i, (long *)page);
	/* They have their names by then. */
	sys(NR_nanosleep, (long)moment, 0, 0, 0, 0);
	say_region("page", page, PAGE);
	say_tasks();
}

static void relax(void)
{
#if defined(__aarch64__)
	__asm__ volatile("yield");
#elif defined(__riscv)
	__asm__ volatile("nop");
#else
	__builtin_ia32_pause();
#endif
}

static size_t option(char **argv, const char *name)
{
	for (; *argv; argv++) {
		const char *a = *argv, *b = name;
		size_t n = 0;

		while (*b && *a == *b)
			a++, b++;
		if (*b)
			continue;
		while (*a >= '0' && *a <= '9')
			n = 10 * n + (*a++ - '0');
		return n;
	}
	return 0;
}

/* --- Entries that are not present ------------------------------------------ */

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

static void say_kept(void)
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
static void map_kept(void)
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
static void map_marks(void)
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

/* --- Frames that move ------------------------------------------------------ */

#define MOVING_AT	0x38000000ul

volatile int init_go;

/* A page that is written, one that is only read since, and one that a child has, too. */
static void map_moving(void)
{
	char *p = anonymous(MOVING_AT, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_FIXED);
	long minute[2] = { 60, 0 };

	touch(p, 3 * PAGE, PAGE);
	if (!sys(NR_clone, 17 /* SIGCHLD */, 0, 0, 0, 0)) {
		sys(NR_prctl, 15 /* PR_SET_NAME */, (long)"sharer", 0, 0, 0);
		for (;;)
			sys(NR_nanosleep, (long)minute, 0, 0, 0, 0);
	}
	say_region("moving", p, 3 * PAGE);
}

/* Behind the last fork. */
static void unshare_moving(void)
{
	char *p = (char *)MOVING_AT;

	touch(p, 2 * PAGE, PAGE);
	sys(NR_mprotect, (long)(p + PAGE), PAGE, PROT_READ, 0, 0);
}

/* Where the kernel cannot take a page out of use, it makes room for huge ones. */
static void move_frames(void)
{
	char *p = (char *)MOVING_AT;

	for (size_t i = 0; i < 3; i++)
		sys(NR_madvise, (long)(p + i * PAGE), PAGE, MADV_SOFT_OFFLINE, 0, 0);
	write_file("/proc/sys/vm/compact_memory", "1");
}

/* --- What pmap diff is to find -------------------------------------------- */

#define CHANGES_AT	0x30000000ul
#define NEW_AT		0x31000000ul
#define SPARSE_CHANGES	10000ul		/* of the pages of sparse=, if there are as many */

/* Set a breakpoint here: all is changed. */
__attribute__((noinline)) void init_changed(void)
{
	__asm__ volatile("" : : : "memory");
}

/* Some pages are only read, so that they are the frame of zeros. */
static void prepare_changes(void)
{
	char *p = anonymous(CHANGES_AT, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_FIXED);

	sys(NR_madvise, (long)p, 64 * PAGE, MADV_NOHUGEPAGE, 0, 0);
	for (size_t i = 0; i < 64; i++)
		if (i == 30 || i == 31)
			(void)*(volatile char *)(p + i * PAGE);
		else
			touch(p + i * PAGE, PAGE, PAGE);
}

static void change(void)
{
	char *p = (char *)CHANGES_AT;

	sys(NR_munmap, (long)p + 4 * PAGE, 4 * PAGE, 0, 0, 0);
	sys(NR_mprotect, (long)p + 10 * PAGE, 3 * PAGE, PROT_READ, 0, 0);
	sys(NR_madvise, (long)p + 20 * PAGE, 4 * PAGE, MADV_DONTNEED, 0, 0);
	touch(p + 30 * PAGE, 2 * PAGE, PAGE);
	p = anonymous(NEW_AT, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_FIXED);
	sys(NR_madvise, (long)p, 4 * PAGE, MADV_NOHUGEPAGE, 0, 0);
	touch(p, 3 * PAGE, PAGE);
	if (sparse_at)
		sys(NR_mprotect, (long)sparse_at, SPARSE_CHANGES * BIG, PROT_READ, 0, 0);
}

__attribute__((used, noreturn))
void init_main(long *stack)
{
	char **argv = (char **)(stack + 1);
	size_t sparse = option(argv, "sparse=");

	set_page_size(stack);
	sys(NR_mkdirat, AT_FDCWD, (long)"/proc", 0755, 0, 0);
	sys(NR_mount, (long)"proc", (long)"/proc", (long)"proc", 0, 0);
	/* A fork makes what is there read-only, so that comes first. */
	if (option(argv, "kept="))
		map_kept();
	if (option(argv, "moves="))
		map_moving();
	map_runs("runs", 0, 6000, 0);
	map_runs("runs, fixed", 0x10000000, 1200, MAP_FIXED);
	map_aliases();
	map_moved();
	map_transparent();
	map_hugetlb();
#ifdef __riscv
	map_napot();
#endif
	map_with_key();
#ifdef __x86_64__
	/* Above 47 bits only where asked for, and where the CPU has 57. */
	map_runs("runs, high", 0x00fe123456789000, 600, 0);
	map_runs("runs, middle", 0x0000900000000000, 300, 0);
#endif
#ifdef __riscv
	/* Above 47 bits only where asked for, and where there are 57. */
	map_runs("runs, high", 0x00fe123456789000, 600, 0);
#endif
#ifdef __aarch64__
	/* Above 48 bits only where asked for, and where there are 52. */
	map_runs("runs, high", 0x000f123456780000, 600, 0);
#endif
	if (sparse)
		map_sparse(sparse);
	if (option(argv, "tasks="))
		make_tasks(option(argv, "tasks="));
	if (option(argv, "moves="))
		unshare_moving();
	if (option(argv, "marks="))
		map_marks();
	if (option(argv, "kallsyms="))
		say_symbols();
	if (option(argv, "kept="))
		say_kept();
	if (option(argv, "pagemap="))
		say_pagemap();
	if (option(argv, "changes="))
		prepare_changes();
	say("READY\n");
	while (!init_go)
		relax();
	if (option(argv, "moves="))
		move_frames();
	else
		change();
	for (;;) {
		init_changed();
		relax();
	}
}

/* The stack holds argc, argv, NULL, envp, NULL. */
#if defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x0, sp\n\tbl init_main\n");
#elif defined(__riscv)
__asm__(".globl _start\n_start:\n\t.option push\n\t.option norelax\n"
	"\tla gp, __global_pointer$\n\t.option pop\n"
	"\tmv a0, sp\n\tcall init_main\n");
#elif defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n"
	"\tand $-16, %rsp\n\tcall init_main\n");
#else
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %esp, %eax\n"
	"\tand $-16, %esp\n\tsub $12, %esp\n\tpush %eax\n\tcall init_main\n");
#endif
