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
#include "init.h"

volatile int init_go;

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

__attribute__((used, noreturn))
void init_main(long *stack)
{
	char **argv = (char **)(stack + 1);
	size_t sparse = option(argv, "sparse=");

	init_go = 0;		/* its page is there before say_pagemap() */
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
