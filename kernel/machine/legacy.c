/*
 * 32-bit processors' modes: the tables that legacy-entry.S needs, and a probe's way
 * there and back.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "machine/legacy.h"
#include "kernel.h"
#include "machine/x86.h"

#define SEL_MAIN	0x98		/* the probe's task */
#define SEL_TASKS	0xa0		/* of vectors 0 to 31, and of the probe's end */
#define TASKS		33
#define GATE_TASK	0x85
#define GATE_USER	0x60

/* As legacy-entry.S lays it out. */
struct legacy_state {
	struct legacy_controls controls;
	struct legacy_segments segments;
	uint32_t eax, ecx, edx, ebx, ebp, esi, edi;
	uint32_t eip, cs, esp, ss, eflags;
	uint32_t vector, error, cr2;
};

/* SDM vol. 3A, figure 7-2, in a slot of 128 bytes. */
struct task {
	uint32_t link, stacks[6], cr3, eip, eflags;
	uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
	uint32_t es, cs, ss, ds, fs, gs, ldt, iomap;
	uint32_t unused[6];
};

extern uint64_t legacy_gdt[64], legacy_idt[256];
extern struct legacy_state legacy_state;
extern const uint32_t legacy_stubs[TASKS];
extern struct task legacy_task, legacy_tasks[TASKS];
extern char legacy_stack_top[];

void legacy_enter(void);

void legacy_set_segment(unsigned int selector, uint64_t descriptor)
{
	legacy_gdt[selector / 8] = descriptor;
}

/* Available: a task that was entered is marked as busy. */
static void set_task(unsigned int selector, const struct task *task)
{
	uint64_t base = (uint64_t)task;

	legacy_set_segment(selector, 0x67 | (base & 0xffffff) << 16 |
				     0x89UL << 40 | (base >> 24) << 56);
}

static void set_tasks(uint32_t cr3)
{
	for (unsigned int i = 0; i < TASKS; i++) {
		unsigned int selector = SEL_TASKS + 8 * i;
		bool end = i == TASKS - 1;

		legacy_tasks[i] = (struct task){
			.cr3 = cr3, .eip = legacy_stubs[i], .eflags = 2,
			.esp = (uint64_t)legacy_stack_top,
			.cs = SEL_KCODE32, .ss = SEL_KDATA, .ds = SEL_KDATA,
			.es = SEL_KDATA,
		};
		set_task(selector, &legacy_tasks[i]);
		legacy_idt[end ? VEC_DONE : i] = (uint64_t)selector << 16 |
			(GATE_TASK | (end ? GATE_USER : 0UL)) << 40;
	}
	legacy_task = (struct task){ .cr3 = cr3, .iomap = 104 };
	set_task(SEL_MAIN, &legacy_task);
}

static void set_segments(void)
{
	legacy_set_segment(SEL_KCODE, 0x00af9b000000ffff);
	legacy_set_segment(SEL_KDATA, 0x00cf93000000ffff);
	legacy_set_segment(SEL_UDATA, 0x00cff3000000ffff);
	legacy_set_segment(SEL_KCODE32, 0x00cf9b000000ffff);
	legacy_set_segment(SEL_UCODE32, 0x00cffb000000ffff);
	legacy_set_segment(SEL_FS32, 0x00cff3002000ffff);
	legacy_set_segment(SEL_GS32, 0x00cff3001000ffff);
}

void legacy_run(const struct legacy_controls *c,
		const struct legacy_segments *s, const struct probe *p,
		struct probe_result *result_ret)
{
	set_segments();
	set_tasks(c->cr3);
	legacy_state = (struct legacy_state){
		.controls = *c, .segments = *s,
		.eax = p->rax, .ecx = p->rcx, .edx = p->rdx, .ebx = p->rbx,
		.ebp = p->rbp, .esi = p->rsi, .edi = p->rdi,
		.eip = p->rip, .cs = p->cs, .esp = p->rsp, .ss = p->ss,
		.eflags = p->rflags,
	};
	legacy_enter();
	cpu_load_tables();
	*result_ret = (struct probe_result){
		.vector = legacy_state.vector == TASKS - 1 ? VEC_DONE :
							     legacy_state.vector,
		.error = legacy_state.error, .cr2 = legacy_state.cr2,
		.rip = legacy_task.eip, .rax = legacy_task.eax,
	};
}
