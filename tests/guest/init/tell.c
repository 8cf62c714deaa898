/*
 * What the kernel says of this process, of others, and of itself: /proc.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "init.h"

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
void say_pagemap(void)
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

void say_symbols(void)
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

void make_tasks(size_t count)
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
