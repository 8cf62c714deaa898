/*
 * The IDT, and the probe: run code that may fault, and say what became of it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "machine/trap.h"
#include "kernel.h"
#include "machine/x86.h"

#define GATE_INTERRUPT	0x8e
#define GATE_USER	0x60		/* DPL 3 */
#define VECTORS		256

struct gate {
	uint16_t offset_lo, selector;
	uint8_t ist, type;
	uint16_t offset_mid;
	uint32_t offset_hi, reserved;
} __attribute__((packed));

struct table_desc {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

extern const uint64_t trap_stubs[33];
extern const char probe_back[];
extern const uint16_t probe_offsets[PROBE_HOWS][4];
void probe_start(const struct probe *p);

static struct gate idt[VECTORS];
static struct probe_result *probing;

/* Every trap switches stacks: a probe may leave a bad one behind.  Double
 * faults have theirs, so that what led to them can still be seen. */
static void set_gate(unsigned int vector, uint64_t entry)
{
	idt[vector] = (struct gate){
		.offset_lo = entry,
		.offset_mid = entry >> 16,
		.offset_hi = entry >> 32,
		.selector = SEL_KCODE,
		.ist = vector == VEC_DF ? 2 : 1,
		.type = GATE_INTERRUPT |
			(vector == VEC_DONE || vector == VEC_BP ? GATE_USER : 0),
	};
}

void trap_init(void)
{
	for (unsigned int i = 0; i < 32; i++)
		set_gate(i, trap_stubs[i]);
	set_gate(VEC_DONE, trap_stubs[32]);
}

void trap_load(void)
{
	struct table_desc desc = { sizeof(idt) - 1, (uint64_t)idt };

	__asm__ volatile("lidt %0" : : "m"(desc));
}

static void trap_dump(const struct trap_frame *f)
{
	kprintf("# trap %lu, error %lx, cr2 %lx\n", f->vector, f->error, rcr2());
	kprintf("# rip %lx:%lx rsp %lx:%lx rflags %lx\n", f->cs, f->rip, f->ss,
		f->rsp, f->rflags);
	kprintf("# rax %lx rbx %lx rcx %lx rdx %lx\n", f->rax, f->rbx, f->rcx,
		f->rdx);
	kprintf("# rsi %lx rdi %lx rbp %lx cr3 %lx cr4 %lx\n", f->rsi, f->rdi,
		f->rbp, rcr3(), rcr4());
}

void trap(struct trap_frame *f)
{
	if (!probing || f->vector == VEC_DF) {
		trap_dump(f);
		panic("a trap outside of a probe");
	}
	*probing = (struct probe_result){
		.vector = f->vector,
		.error = f->error,
		.cr2 = rcr2(),
		.rip = f->rip,
		.rax = f->rax,
	};
	probing = NULL;
	f->rip = (uint64_t)probe_back;
	f->cs = SEL_KCODE;
	f->ss = SEL_KDATA;
	f->rflags = RFLAGS_FIXED;
}

void probe_run(const struct probe *p, struct probe_result *result_ret)
{
	probing = result_ret;
	probe_start(p);
}

void probe_one(const struct probe_access *a, struct probe_result *result_ret)
{
	struct probe p = {
		.rax = a->value,
		.rdi = a->va,
		.rip = a->code + probe_offsets[a->how][a->log_size],
		.cs = a->user ? SEL_UCODE : SEL_KCODE,
		.ss = a->user ? SEL_UDATA : SEL_KDATA,
		.rflags = RFLAGS_FIXED | (a->ac ? RFLAGS_AC : 0),
		.rsp = a->va + (a->how == PROBE_PUSH ? 1u << a->log_size : 0),
	};

	probe_run(&p, result_ret);
}
