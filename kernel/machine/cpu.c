/*
 * What this processor can do, and the tables that each CPU needs of its own.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel.h"
#include "machine/trap.h"
#include "machine/x86.h"

/* The PAT of the kernel whose layout this is: PCD alone is write-combining. */
#define PAT_VALUE	0x0007040607010406UL

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3], reserved1, ist[7], reserved2;
	uint16_t reserved3, iomap;
} __attribute__((packed));

struct table_desc {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

#define STACK_SIZE	8192

struct cpu_tables {
	uint64_t gdt[17];
	struct tss tss;
	char trap_stack[STACK_SIZE] __attribute__((aligned(16)));
	char double_fault_stack[STACK_SIZE] __attribute__((aligned(16)));
};

static struct cpu_tables tables[MAX_CPUS];
struct cpu_features cpu;

void cpu_detect(void)
{
	uint32_t max = cpuid(0, 0).a, max_ext = cpuid(0x80000000, 0).a;
	struct cpuid_regs r = cpuid(1, 0);
	uint32_t vendor = cpuid(0, 0).b;

	/* "AuthenticAMD", "HygonGenuine" */
	cpu.amd = vendor == 0x68747541 || vendor == 0x6f677948;
	cpu.vmx = r.c >> 5 & 1;
	r = cpuid(0x80000001, 0);
	cpu.nx = r.d >> 20 & 1;
	cpu.page1gb = r.d >> 26 & 1;
	cpu.svm = r.c >> 2 & 1;
	cpu.phys_bits = max_ext >= 0x80000008 ? cpuid(0x80000008, 0).a & 0xff : 36;
	if (max >= 7) {
		r = cpuid(7, 0);
		cpu.smep = r.b >> 7 & 1;
		cpu.smap = r.b >> 20 & 1;
		cpu.umip = r.c >> 2 & 1;
		cpu.pku = r.c >> 3 & 1;
		cpu.la57 = r.c >> 16 & 1;
		cpu.pks = r.c >> 31 & 1;
	}
	cpu.five_levels = rcr4() & CR4_LA57;
}

static void fill_gdt(struct cpu_tables *t)
{
	uint64_t base = (uint64_t)&t->tss, limit = sizeof(t->tss) - 1;

	t->gdt[SEL_KCODE / 8] = 0x00af9b000000ffff;
	t->gdt[SEL_KDATA / 8] = 0x00cf93000000ffff;
	t->gdt[SEL_UDATA / 8] = 0x00cff3000000ffff;
	t->gdt[SEL_UCODE / 8] = 0x00affb000000ffff;
	t->gdt[SEL_KCODE32 / 8] = 0x00cf9b000000ffff;
	t->gdt[SEL_UCODE32 / 8] = 0x00cffb000000ffff;
	/* an available TSS of 64 bits: SDM vol. 3A, figure 8-4 */
	t->gdt[SEL_TSS / 8] = limit | (base & 0xffffff) << 16 | 0x89UL << 40 |
			      (base >> 24 & 0xff) << 56;
	t->gdt[SEL_TSS / 8 + 1] = base >> 32;
}

static void load_tables(struct cpu_tables *t)
{
	struct table_desc desc = { sizeof(t->gdt) - 1, (uint64_t)t->gdt };

	t->tss.ist[0] = (uint64_t)(t->trap_stack + STACK_SIZE);
	t->tss.ist[1] = (uint64_t)(t->double_fault_stack + STACK_SIZE);
	t->tss.iomap = sizeof(t->tss);
	fill_gdt(t);
	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\tmovl %2, %%ss\n\t"
			 "movl %3, %%ds\n\t"
			 "movl %3, %%es\n\t"
			 "movl %3, %%fs\n\t"
			 "movl %3, %%gs\n\t"
			 "ltr %w4"
			 : : "m"(desc), "i"(SEL_KCODE), "r"(SEL_KDATA), "r"(0),
			 "r"(SEL_TSS) : "rax", "memory");
	trap_load();
}

void cpu_load_tables(void)
{
	load_tables(&tables[0]);
}

/* For segments that no code of the kernel's has. */
void set_segment(unsigned int selector, uint64_t descriptor)
{
	tables[0].gdt[selector / 8] = descriptor;
}

/* Its descriptor is read now, the table when a segment is loaded from it. */
void set_ldt(uint64_t base, unsigned int size)
{
	uint64_t *d = &tables[0].gdt[SEL_LDT / 8];

	d[0] = (size - 1) | (base & 0xffffff) << 16 | 0x82UL << 40 |
	       (base >> 24 & 0xff) << 56;
	d[1] = base >> 32;
	__asm__ volatile("lldt %w0" : : "r"(base ? SEL_LDT : 0) : "memory");
}

/* Write what differs, in an order that never has a bit on without its need. */
void set_control(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	if (rdmsr(MSR_EFER) != efer)
		wrmsr(MSR_EFER, efer);
	if (rcr0() != cr0)
		wcr0(cr0);
	if (rcr4() != cr4)
		wcr4(cr4);
}

void cpu_init(unsigned int index)
{
	uint64_t cr4 = rcr4() | CR4_PGE, efer = rdmsr(MSR_EFER);

	load_tables(&tables[index]);
	if (cpu.nx)
		efer |= EFER_NXE;
	if (cpu.smep)
		cr4 |= CR4_SMEP;
	if (cpu.smap)
		cr4 |= CR4_SMAP;
	if (cpu.pku)
		cr4 |= CR4_PKE;
	set_control(rcr0() | CR0_WP, cr4, efer);
	if (cpuid(1, 0).d >> 16 & 1)
		wrmsr(MSR_PAT, PAT_VALUE);
}
