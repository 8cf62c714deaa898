/*
 * The frame that a page fault leaves on the handler's stack.  SDM 3A, 6.12.1
 * and 6.14.2: error code, instruction pointer, CS, flags; then the stack's
 * pointer and segment, always in 64-bit mode, else from user mode alone.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "frame.h"

#include <string.h>

#include <pml/access.h>

#include "judge.h"

#define SEARCH_BYTES	0x2000

/* RFLAGS: bits that are always 0, and the one that is always 1. */
#define FLAGS_ZERO	0xffffffffffc08028ULL
#define FLAGS_ONE	0x2ULL

/* In a fault's error code nothing else is set. */
#define ERROR_BITS	0x807fULL

static uint64_t field(const uint8_t *slots, unsigned i, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, slots + i * size, size);
	return value;
}

static void take_frame(struct pmap_frame *f, uint64_t at, const uint8_t *slots,
		       unsigned size)
{
	f->at = at;
	f->error = field(slots, 0, size);
	f->rip = field(slots, 1, size);
	f->cs = field(slots, 2, size);
	/* In 32-bit code the upper half of a selector's slot is left alone. */
	if (size == 4)
		f->cs &= 0xffff;
	f->rflags = field(slots, 3, size);
	f->has_stack = size == 8 || (f->cs & 3) == 3;
	f->rsp = f->has_stack ? field(slots, 4, size) : at + 4 * size;
	f->ss = f->has_stack ? field(slots, 5, size) & 0xffff : 0;
}

static unsigned slot_size(const struct pmap_processor *cpu)
{
	return cpu->regs.bits == 64 ? 8 : 4;
}

/* Where the IDT sends page faults.  SDM 3A, figures 6-2 and 6-8. */
static bool handler(struct pmap_query *q, const struct pmap_processor *cpu,
		    uint64_t *va_ret)
{
	bool is64 = cpu->regs.bits == 64;
	uint64_t gate[2] = { 0, 0 };
	size_t size = is64 ? 16 : 8;

	if (!cpu->monitor || cpu->regs.real ||
	    pmap_read_virtual(q, cpu->idt + PML_PF * size, gate, size) != size)
		return false;
	*va_ret = (gate[0] & 0xffff) | (gate[0] >> 32 & 0xffff0000) |
		  (is64 ? gate[1] << 32 : 0);
	return gate[0] >> 47 & 1;
}

bool pmap_frame_here(struct pmap_frame *frame, struct pmap_query *q,
		     const struct pmap_processor *cpu)
{
	unsigned size = slot_size(cpu);
	uint64_t va, sp = cpu->regs.gpr[4];
	uint8_t slots[6 * 8] = { 0 };

	if (!handler(q, cpu, &va) || va != cpu->regs.rip)
		return false;
	if (size == 4)
		sp = (uint32_t)(sp + cpu->regs.base[PMAP_SS]);
	if (pmap_read_virtual(q, sp, slots, 6 * size) < 4 * size)
		return false;
	take_frame(frame, sp, slots, size);
	return true;
}

static bool looks_right(const struct pmap_query *q, const struct pmap_frame *f,
			unsigned size)
{
	bool user = (f->cs & 3) == 3;
	uint64_t zero = size == 4 ? (uint32_t)FLAGS_ZERO : FLAGS_ZERO;

	if (f->error & ~ERROR_BITS || !(f->cs & ~7ULL) || f->cs >> 16 ||
	    f->rflags & zero || !(f->rflags & FLAGS_ONE) || !f->rip)
		return false;
	if (f->has_stack && (f->cs & 3) != (f->ss & 3))
		return false;
	/* An access of user mode comes from user mode. */
	if (f->error & PML_PF_U && !user)
		return false;
	if (user && !(f->error & PML_PF_U))
		return false;
	return q->no_space[0] || pml_canonical(q->target.space.fmt, f->rip);
}

bool pmap_frame_search(struct pmap_frame *frame, struct pmap_query *q,
		       const struct pmap_processor *cpu)
{
	unsigned size = slot_size(cpu);
	uint64_t sp = cpu->regs.gpr[4] & ~(uint64_t)(size - 1);
	uint8_t stack[SEARCH_BYTES];
	size_t n, i;

	if (size == 4)
		sp = (uint32_t)(sp + cpu->regs.base[PMAP_SS]);
	n = pmap_read_virtual(q, sp, stack, sizeof(stack));
	for (i = 0; i + 6 * size <= n; i += size) {
		take_frame(frame, sp + i, stack + i, size);
		if (looks_right(q, frame, size))
			return true;
	}
	return false;
}

/* The mode of the code that faulted is its segment's. */
static void restore_code_segment(struct pmap_query *q, uint64_t cs,
				 struct pmap_regs *regs)
{
	uint64_t d;

	if (cs & 4 || !regs->gdt_known ||
	    pmap_read_virtual(q, regs->gdt + (cs & 0xfff8), &d, 8) != 8)
		return;
	regs->bits = d >> 53 & 1 ? 64 : d >> 54 & 1 ? 32 : 16;
	regs->stack_bits = regs->bits;
	regs->base[PMAP_CS] = (d >> 16 & 0xffffff) | (d >> 32 & 0xff000000);
}

void pmap_frame_restore(const struct pmap_frame *f, struct pmap_query *q,
			struct pmap_processor *cpu)
{
	struct pmap_regs *regs = &cpu->regs;

	regs->rip = f->rip;
	regs->rflags = f->rflags;
	regs->gpr[4] = f->rsp;
	regs->cpl = f->cs & 3;
	if (f->rflags & 1 << 17) {
		regs->real = true;
		regs->bits = regs->stack_bits = 16;
		regs->base_known = 0;
		return;
	}
	restore_code_segment(q, f->cs, regs);
}
