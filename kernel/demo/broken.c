/*
 * Tables with one defect, loaded: the processor cannot go on and resets, by a
 * triple fault.  For a debugger to find the bit: `qemu ... -no-reboot
 * -no-shutdown' keeps the machine as it was.
 *
 *	defect=nx		EFER.NXE is 0, and NX is set where the kernel is
 *	defect=misaligned	the kernel's large page begins inside of a page
 *	defect=beyond		the kernel's root entry leads to a table beyond RAM
 *	defect=user		user mode's page is the user's, its root entry is not
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "demo/demo.h"
#include "kernel.h"
#include "machine/trap.h"
#include "machine/x86.h"
#include "space.h"

#define P	PML_X86_P
#define W	PML_X86_RW
#define U	PML_X86_US
#define A	PML_X86_A
#define PROGRAM	(2UL << 39 | 0x400000)	/* where nothing is yet */
#define BEYOND	(1UL << 38)	/* 256 GiB: no machine of a test has that much */

/* The last entry of the walk to va: of a large page, or of a page. */
static uint64_t *leaf_of(uint64_t root, uint64_t va)
{
	uint64_t *table = kaddr(root);
	int level = cpu.five_levels ? 5 : 4;

	for (;; level--) {
		uint64_t *slot = &table[PMLx(va, PML1_SHIFT + 9 * (level - 1))];

		if (level == 1 || *slot & PML_X86_PS)
			return slot;
		table = kaddr(*slot & PML_X86_ADDR);
	}
}

static uint64_t *root_entry(uint64_t root, uint64_t va)
{
	uint64_t *table = kaddr(root);

	return &table[PMLx(va, PML1_SHIFT + 9 * (cpu.five_levels ? 4 : 3))];
}

/* From here on an exception has nowhere to go. */
static void lose_idt(void)
{
	struct { uint16_t limit; uint64_t base; } __attribute__((packed)) none = { 0 };

	__asm__ volatile("lidt %0" : : "m"(none));
}

static void go_to_user(void)
{
	lose_idt();
	__asm__ volatile("pushq %0\n\t"
			 "pushq %1\n\t"
			 "pushq $2\n\t"
			 "pushq %2\n\t"
			 "pushq %3\n\t"
			 "iretq"
			 : : "i"(SEL_UDATA | 3), "r"(PROGRAM + PGSIZE),
			 "i"(SEL_UCODE | 3), "r"(PROGRAM) : "memory");
}

/* One page that user mode may execute, but for the entry at the top. */
static void map_program(uint64_t root)
{
	struct pml_space space = space_of(root);
	struct pml_editor ed = { .space = &space, .ops = &space_ops };
	struct pml_attr attr;
	int status;

	pml_leaf_attr(&space, 1, P | U | A, &attr);
	status = pml_map(&ed, PROGRAM, PROGRAM + PGSIZE - 1, page_zeroed(),
			 &attr, 0, NULL);
	if (status)
		panic("broken: status %d", status);
	*root_entry(root, PROGRAM) &= ~U;
}

void broken_main(void)
{
	uint64_t root = page_zeroed(), here = (uint64_t)broken_main;

	memcpy(kaddr(root), kaddr(rcr3() & PML_X86_ADDR), PGSIZE);
	wcr3(root);
	kprintf("broken: root %lx\n", root);
	if (cmdline_is("defect", "nx")) {
		uint64_t *leaf = leaf_of(root, here);

		/* In this order: with NXE the rest of this function could not be fetched. */
		lose_idt();
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~EFER_NXE);
		*leaf |= PML_X86_NX;
	} else if (cmdline_is("defect", "misaligned")) {
		*leaf_of(root, here) |= 1UL << 13;
	} else if (cmdline_is("defect", "beyond")) {
		*root_entry(root, here) = BEYOND | P | W | A;
	} else if (cmdline_is("defect", "user")) {
		map_program(root);
		go_to_user();
	}
	/* Without global pages, which would stay in the TLB. */
	wcr4(rcr4() & ~CR4_PGE);
	wcr3(root);
	panic("broken: no such defect, or it did no harm");
}
