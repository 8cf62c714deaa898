/*
 * The system calls that init.c makes, for x86-64 and i386, without a libc.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_GUEST_SYSCALLS_H
#define TESTS_GUEST_SYSCALLS_H

#include <stddef.h>
#include <stdint.h>

#define PROT_NONE	0
#define PROT_READ	1
#define PROT_WRITE	2
#define PROT_EXEC	4

#define MAP_SHARED	0x01
#define MAP_PRIVATE	0x02
#define MAP_FIXED	0x10
#define MAP_ANONYMOUS	0x20
#define MAP_NORESERVE	0x4000
#define MAP_HUGETLB	0x40000

#define MREMAP_MAYMOVE	1
#define MREMAP_FIXED	2

#define MADV_HUGEPAGE	14
#define MADV_NOHUGEPAGE	15

#define O_WRONLY	1

#ifdef __x86_64__

enum {
	NR_write = 1, NR_open = 2, NR_close = 3, NR_mmap = 9, NR_mprotect = 10,
	NR_munmap = 11, NR_mremap = 25, NR_madvise = 28, NR_mkdir = 83,
	NR_mount = 165, NR_memfd_create = 319, NR_pkey_mprotect = 329,
	NR_pkey_alloc = 330, NR_ftruncate = 77,
};

static inline long sys(long nr, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = 0;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline char *sys_mmap(uintptr_t at, size_t len, long prot, long flags,
			     long fd)
{
	return (char *)sys(NR_mmap, at, len, prot, flags, fd);
}

#else

enum {
	NR_write = 4, NR_open = 5, NR_close = 6, NR_mmap = 90,
	NR_mprotect = 125, NR_munmap = 91, NR_mremap = 163, NR_madvise = 219,
	NR_mkdir = 39, NR_mount = 21, NR_memfd_create = 356,
	NR_pkey_mprotect = 380, NR_pkey_alloc = 381, NR_ftruncate = 93,
};

static inline long sys(long nr, long a, long b, long c, long d, long e)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory");
	return ret;
}

/* The old mmap takes its six arguments in memory. */
static inline char *sys_mmap(uintptr_t at, size_t len, long prot, long flags,
			     long fd)
{
	long args[6] = { at, len, prot, flags, fd, 0 };

	return (char *)sys(NR_mmap, (long)args, 0, 0, 0, 0);
}

#endif

/* The kernel returns errors as the last page of the number space. */
static inline int failed(const void *p)
{
	return (uintptr_t)p >= (uintptr_t)-4095;
}

#endif
