/*
 * The system calls that init.c makes, for x86-64, i386, AArch64 and RISC-V,
 * without a libc.
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
#define MAP_HUGE_SHIFT	26

#define MREMAP_MAYMOVE	1
#define MREMAP_FIXED	2

#define MADV_DONTNEED	4
#define MADV_HUGEPAGE	14
#define MADV_NOHUGEPAGE	15
#define MADV_PAGEOUT	21
#define MADV_HWPOISON	100
#define MADV_SOFT_OFFLINE	101

#define O_RDONLY	0
#define O_WRONLY	1

/* What a path that does not begin with a slash is relative to. */
#define AT_FDCWD	-100

#if defined(__x86_64__)

enum {
	NR_read = 0, NR_write = 1, NR_close = 3, NR_mmap = 9, NR_mprotect = 10,
	NR_munmap = 11, NR_mremap = 25, NR_madvise = 28, NR_mkdirat = 258,
	NR_openat = 257, NR_pread64 = 17, NR_mount = 165,
	NR_memfd_create = 319, NR_pkey_mprotect = 329,
	NR_pkey_alloc = 330, NR_ftruncate = 77, NR_clone = 56, NR_prctl = 157,
	NR_getdents64 = 217, NR_nanosleep = 35, NR_swapon = 167,
	NR_pwrite64 = 18, NR_finit_module = 313, NR_wait4 = 61, NR_exit = 60,
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

#elif defined(__aarch64__) || defined(__riscv)

/* Linux's generic numbers. */
enum {
	NR_mkdirat = 34, NR_mount = 40, NR_ftruncate = 46, NR_openat = 56,
	NR_close = 57, NR_read = 63, NR_write = 64, NR_pread64 = 67,
	NR_munmap = 215, NR_mremap = 216, NR_mmap = 222, NR_mprotect = 226,
	NR_madvise = 233, NR_memfd_create = 279, NR_pkey_mprotect = 288,
	NR_pkey_alloc = 289, NR_clone = 220, NR_prctl = 167, NR_getdents64 = 61,
	NR_nanosleep = 101, NR_swapon = 224, NR_pwrite64 = 68,
	NR_finit_module = 273, NR_wait4 = 260, NR_exit = 93,
};

#ifdef __aarch64__

static inline long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

#else

static inline long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : "memory");
	return a0;
}

#endif

static inline long sys(long nr, long a, long b, long c, long d, long e)
{
	return sys6(nr, a, b, c, d, e, 0);
}

static inline char *sys_mmap(uintptr_t at, size_t len, long prot, long flags,
			     long fd)
{
	return (char *)sys6(NR_mmap, at, len, prot, flags, fd, 0);
}

#else

enum {
	NR_read = 3, NR_write = 4, NR_close = 6, NR_mmap = 90,
	NR_mprotect = 125, NR_munmap = 91, NR_mremap = 163, NR_madvise = 219,
	NR_mkdirat = 296, NR_openat = 295, NR_pread64 = 180, NR_mount = 21, NR_memfd_create = 356,
	NR_pkey_mprotect = 380, NR_pkey_alloc = 381, NR_ftruncate = 93,
	NR_clone = 120, NR_prctl = 172, NR_getdents64 = 220, NR_nanosleep = 162,
	NR_swapon = 87, NR_pwrite64 = 181, NR_finit_module = 350, NR_wait4 = 114,
	NR_exit = 1,
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
