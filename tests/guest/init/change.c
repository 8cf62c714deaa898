/*
 * What happens once a debugger has set init_go: frames move, mappings change.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "init.h"

/* --- Frames that move ------------------------------------------------------ */

#define MOVING_AT	0x38000000ul

/* A page that is written, one that is only read since, and one that a child has, too. */
void map_moving(void)
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
void unshare_moving(void)
{
	char *p = (char *)MOVING_AT;

	touch(p, 2 * PAGE, PAGE);
	sys(NR_mprotect, (long)(p + PAGE), PAGE, PROT_READ, 0, 0);
}

/* Where the kernel cannot take a page out of use, it makes room for huge ones. */
void move_frames(void)
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
void prepare_changes(void)
{
	char *p = anonymous(CHANGES_AT, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_FIXED);

	sys(NR_madvise, (long)p, 64 * PAGE, MADV_NOHUGEPAGE, 0, 0);
	for (size_t i = 0; i < 64; i++)
		if (i == 30 || i == 31)
			(void)*(volatile char *)(p + i * PAGE);
		else
			touch(p + i * PAGE, PAGE, PAGE);
}

void change(void)
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
