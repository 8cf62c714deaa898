/*
 * What all of the guests' first process does: to say a line, to map, to touch.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "init.h"

unsigned int page_shift = 12;

void say(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	sys(NR_write, 1, (long)text, n, 0, 0);
}

/* Sixteen digits, where they go. */
void put_hex(char *at, uint64_t word)
{
	for (int i = 15; i >= 0; i--, word >>= 4)
		at[i] = "0123456789abcdef"[word & 15];
}

void say_region(const char *what, const void *p, size_t len)
{
	static char line[] = "region 0x0000000000000000 0x0000000000000000 ";

	put_hex(line + 9, (uintptr_t)p);
	put_hex(line + 28, len);
	say(line);
	say(failed(p) ? "refused " : "");
	say(what);
	say("\n");
}

void write_file(const char *path, const char *text)
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

void touch(char *p, size_t len, size_t step)
{
	for (size_t i = 0; i < len; i += step)
		*(volatile char *)(p + i) = 1;
}

char *anonymous(uintptr_t at, size_t len, int prot, int flags)
{
	char *p = sys_mmap(at, len, prot,
			   MAP_PRIVATE | MAP_ANONYMOUS | flags, -1);

	if (!failed(p) && !(flags & MAP_HUGETLB))
		sys(NR_madvise, (long)p, len, MADV_NOHUGEPAGE, 0, 0);
	return p;
}

/* The auxiliary vector comes after the environment: AT_PAGESZ is 6. */
void set_page_size(long *stack)
{
	long *p = stack + 1 + stack[0] + 1;

	while (*p++)
		;
	for (; p[0]; p += 2)
		if (p[0] == 6)
			while (PAGE < (size_t)p[1])
				page_shift++;
}
