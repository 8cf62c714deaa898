/*
 * From the loader to one of the modes that the command line names.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel.h"
#include "machine/trap.h"
#include "machine/x86.h"

#define MBI_MEMORY	1u
#define MBI_CMDLINE	4u

struct multiboot_info {			/* as much of it as is used */
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
};

void kernel_main(uint32_t mbi_pa);

uint64_t memory_size;

/* Set a breakpoint here: everything is mapped, loaded and printed. */
__attribute__((noinline)) void pmapk_ready(void)
{
	__asm__ volatile("" : : : "memory");
}

static const struct mode {
	const char *name;
	void (*run)(void);
} modes[] = {
	{ "broken", broken_main },
	{ "demo", demo_main },
	{ "insn", insn_main },
	{ "kasan", kasan_main },
	{ "oracle", oracle_main },
	{ "test", test_main },
	{ "ept", ept_main },
	{ "svm", svm_main },
	{ "svm-stop", svm_stop_main },
};

void kernel_main(uint32_t mbi_pa)
{
	const struct multiboot_info *mbi = kaddr(mbi_pa);

	serial_init();
	cmdline_init(mbi->flags & MBI_CMDLINE ? kaddr(mbi->cmdline) : "");
	cpu_detect();
	trap_init();
	cpu_init(0);
	if (mbi->flags & MBI_MEMORY)
		memory_size = 0x100000 + mbi->mem_upper * 1024UL;
	page_init(memory_size);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (cmdline_is("mode", modes[i].name))
			modes[i].run();
	demo_main();
	machine_exit(EXIT_PASS);
}
