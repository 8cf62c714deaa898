/*
 * A guest's first process that never stops causing page faults of every kind
 * that Linux answers: its own loads, stores and strings, not present and
 * read-only, and those of the kernel on its behalf, to and from user memory.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "syscalls.h"

#define PAGE	4096ul
#define PAGES	16

#ifdef __x86_64__
#define NR_uname	63
#else
#define NR_uname	122
#endif

/* Each `way` takes pages of its own: two, the second to be crossed into. */
static void by_string(char *p, size_t n)
{
	__asm__ volatile("rep stosb" : "+D"(p), "+c"(n) : "a"(1) : "memory");
}

static void by_push(char *p)
{
	uintptr_t saved;

#ifdef __x86_64__
	__asm__ volatile("mov %%rsp, %0; mov %1, %%rsp; push %1; mov %0, %%rsp"
			 : "=&r"(saved) : "r"(p) : "memory");
#else
	__asm__ volatile("mov %%esp, %0; mov %1, %%esp; push %1; mov %0, %%esp"
			 : "=&r"(saved) : "r"(p) : "memory");
#endif
}

static void by_exchange(char *p)
{
	__asm__ volatile("lock cmpxchg8b %0" : "+m"(*(uint64_t *)p)
			 : "a"(0), "b"(1), "c"(1), "d"(0));
}

static void fault(char *p)
{
	volatile char *at = p;

	at[0] = 1;				/* a store */
	(void)at[PAGE];				/* a load, of the page of zeros */
	at[PAGE] = 1;				/* and a store to that */
	*(volatile uint64_t *)(p + 3 * PAGE - 4) = 1;	/* to both its pages */
	by_string(p + 4 * PAGE - 64, 128);
	by_push(p + 6 * PAGE);
	by_exchange(p + 6 * PAGE + 8);
	(void)at[7 * PAGE];
	by_exchange(p + 7 * PAGE);
	sys(NR_uname, (long)(p + 9 * PAGE - 32), 0, 0, 0, 0);	/* copy_to_user */
	sys(NR_openat, AT_FDCWD, (long)(p + 10 * PAGE), 0, 0, 0);	/* a string from it */
	sys(NR_write, 1, (long)(p + 11 * PAGE), 0, 0, 0);
	sys(NR_mprotect, (long)p, PAGE, PROT_READ, 0, 0);
	sys(NR_uname, (long)p, 0, 0, 0, 0);	/* denied, which uname() reports */
}

__attribute__((used, noreturn))
void init_main(void)
{
	char *p;

	sys(NR_write, 1, (long)"READY\n", 6, 0, 0);
	for (;;) {
		p = sys_mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1);
		if (failed(p))
			continue;
		sys(NR_madvise, (long)p, PAGES * PAGE, MADV_NOHUGEPAGE, 0, 0);
		fault(p);
		sys(NR_munmap, (long)p, PAGES * PAGE, 0, 0, 0);
	}
}

#ifdef __x86_64__
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n"
	"\tand $-16, %rsp\n\tcall init_main\n");
#else
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n"
	"\tand $-16, %esp\n\tcall init_main\n");
#endif
