/*
 * The frame that a page fault leaves on the handler's stack.  SDM 3A, 6.12.1
 * 6.14.2 and 20.3.1: error code, instruction pointer, CS, flags; then the stack's
 * pointer and segment, always in 64-bit mode, else from user mode alone; and
 * from virtual-8086 mode ES, DS, FS and GS.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/x86/exception-frame.h"

#include <string.h>

#include <pml/access-x86.h>

#include "arch/judge.h"
#include "arch/x86/registers.h"

#define SEARCH_BYTES	0x2000

/* RFLAGS: bits that are always 0, and the one that is always 1. */
#define FLAGS_ZERO	0xffffffffffc08028ULL
#define FLAGS_ONE	0x2ULL

#define FLAGS_VM	(1ULL << 17)
#define MAX_SLOTS	10

/* In a fault's error code nothing else is set. */
#define ERROR_BITS \
	(PML_X86_PF_P | PML_X86_PF_W | PML_X86_PF_U | PML_X86_PF_RSVD | \
	 PML_X86_PF_I | PML_X86_PF_PK | PML_X86_PF_SS | PML_X86_PF_HLAT | \
	 PML_X86_PF_SGX | PML_X86_PF_RMP)

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
	f->vm86 = size == 4 && f->rflags & FLAGS_VM;
	f->user = f->vm86 || (f->cs & 3) == 3;
	f->has_stack = size == 8 || f->user;
	f->rsp = f->has_stack ? field(slots, 4, size) : at + 4 * size;
	f->ss = f->has_stack ? field(slots, 5, size) & 0xffff : 0;
	for (unsigned i = 0; i < 4 && f->vm86; i++)
		f->seg[i] = field(slots, 6 + i, size);
}

static unsigned slot_size(const struct pmap_processor *cpu)
{
	return cpu->regs.long_mode ? 8 : 4;
}

/* Where the IDT sends page faults.  SDM 3A, figures 6-2 and 6-8. */
static bool handler(struct pmap_query *q, const struct pmap_processor *cpu,
		    uint64_t *va_ret)
{
	bool is64 = cpu->regs.long_mode;
	uint64_t gate[2] = { 0, 0 };
	size_t size = is64 ? 16 : 8;

	if (!cpu->monitor || cpu->regs.real ||
	    pmap_read_virtual(q, cpu->regs.idt.base + PML_X86_PF * size, gate,
			      size) != size)
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
	uint8_t slots[MAX_SLOTS * 8] = { 0 };

	if (!handler(q, cpu, &va) || va != cpu->regs.rip)
		return false;
	if (size == 4)
		sp = (uint32_t)(sp + cpu->regs.base[PMAP_SS]);
	if (pmap_read_virtual(q, sp, slots, MAX_SLOTS * size) < 4 * size)
		return false;
	take_frame(frame, sp, slots, size);
	return true;
}

/* A segment of code, in a table that can be read?  Its base, if so. */
static bool is_code(struct pmap_query *q, const struct pmap_processor *cpu,
		    uint64_t selector, uint64_t *base_ret)
{
	const struct pmap_table *t = selector & 4 ? &cpu->regs.ldt : &cpu->regs.gdt;
	uint64_t d, off = selector & 0xfff8;

	*base_ret = 0;
	if (!t->known)
		return true;
	if (off + 7 > t->limit || pmap_read_virtual(q, t->base + off, &d, 8) != 8)
		return false;
	if (!(d >> 53 & 1))
		*base_ret = (d >> 16 & 0xffffff) | (d >> 32 & 0xff000000);
	return (d >> 43 & 3) == 3;
}

/* The instruction can be read, unless its own page is what faulted. */
static bool leads_to_code(struct pmap_query *q, const struct pmap_processor *cpu,
			  const struct pmap_frame *f)
{
	uint64_t va = f->rip, base = f->cs << 4;
	uint8_t byte;

	if (!f->vm86 && !is_code(q, cpu, f->cs, &base))
		return false;
	va += base;
	if (pmap_target_has(&q->target, PMAP_X86_CR2) &&
	    pmap_target_reg(&q->target, PMAP_X86_CR2) - va < 15)
		return true;
	return pmap_read_virtual(q, va, &byte, 1) == 1;
}

static bool looks_right(const struct pmap_query *q, const struct pmap_frame *f,
			unsigned size)
{
	uint64_t zero = size == 4 ? (uint32_t)FLAGS_ZERO : FLAGS_ZERO;

	if (f->error & ~(uint64_t)ERROR_BITS || f->cs >> 16 ||
	    f->rflags & zero || !(f->rflags & FLAGS_ONE))
		return false;
	/* In virtual-8086 mode any value is a selector, and rip may be 0. */
	if (!f->vm86 && (!(f->cs & ~7ULL) || !f->rip ||
			 (f->has_stack && (f->cs & 3) != (f->ss & 3))))
		return false;
	if (f->vm86 && f->rip >> 16)
		return false;
	/* An access of user mode comes from user mode. */
	if (!(f->error & PML_X86_PF_U) != !f->user)
		return false;
	return q->no_space[0] || pml_canonical(q->target.space.fmt, f->rip);
}

bool pmap_frame_search(struct pmap_frame *frame, struct pmap_query *q,
		       const struct pmap_processor *cpu)
{
	unsigned size = slot_size(cpu);
	uint64_t sp = cpu->regs.gpr[4] & ~(uint64_t)(size - 1);
	/* Words beyond the end of the stack are taken as 0. */
	uint8_t stack[SEARCH_BYTES + MAX_SLOTS * 8] = { 0 };
	size_t n, i, least = size == 8 ? 6 * size : 4 * size;

	if (size == 4)
		sp = (uint32_t)(sp + cpu->regs.base[PMAP_SS]);
	n = pmap_read_virtual(q, sp, stack, SEARCH_BYTES);
	for (i = 0; i + least <= n; i += size) {
		take_frame(frame, sp + i, stack + i, size);
		if (looks_right(q, frame, size) && leads_to_code(q, cpu, frame))
			return true;
	}
	return false;
}

/* A segment of the code that faulted.  SDM 3A, figure 3-8. */
static void restore_segment(struct pmap_query *q, unsigned seg, uint64_t selector,
			    struct pmap_regs *regs)
{
	const struct pmap_table *t = selector & 4 ? &regs->ldt : &regs->gdt;
	uint64_t d, off = selector & 0xfff8;
	uint32_t limit;

	regs->seg_known &= ~(1u << seg);
	if (!t->known || off + 7 > t->limit ||
	    pmap_read_virtual(q, t->base + off, &d, 8) != 8)
		return;
	limit = (d & 0xffff) | (d >> 32 & 0xf0000);
	regs->seg[seg].limit = d >> 55 & 1 ? limit << 12 | 0xfff : limit;
	regs->seg[seg].flags = d >> 32 & 0xf0ff00;
	regs->base[seg] = (d >> 16 & 0xffffff) | (d >> 32 & 0xff000000);
	regs->seg_known |= 1u << seg;
}

/* The mode of the code that faulted is its segments'. */
static void restore_segments(struct pmap_query *q, const struct pmap_frame *f,
			     struct pmap_regs *regs)
{
	uint32_t code;

	restore_segment(q, PMAP_CS, f->cs, regs);
	if (!(regs->seg_known & 1 << PMAP_CS))
		return;
	code = regs->seg[PMAP_CS].flags;
	regs->bits = regs->long_mode && code >> 21 & 1 ? 64 :
		     code >> 22 & 1 ? 32 : 16;
	if (f->has_stack && regs->bits != 64)
		restore_segment(q, PMAP_SS, f->ss, regs);
	regs->stack_bits = regs->bits == 64 ? 64 :
			   regs->seg[PMAP_SS].flags >> 22 & 1 ? 32 : 16;
}

/* Bases are the selectors of the frame, times 16. */
static void restore_vm86(const struct pmap_frame *f, struct pmap_regs *regs)
{
	static const uint8_t seg[] = { PMAP_ES, PMAP_DS, PMAP_FS, PMAP_GS };

	regs->real = regs->vm86 = true;
	regs->bits = regs->stack_bits = 16;
	regs->base_known = (1 << PMAP_SEGS) - 1;
	regs->seg_known = 0;
	regs->base[PMAP_CS] = f->cs << 4;
	regs->base[PMAP_SS] = f->ss << 4;
	for (unsigned i = 0; i < 4; i++)
		regs->base[seg[i]] = (uint64_t)f->seg[i] << 4;
}

void pmap_frame_restore(const struct pmap_frame *f, struct pmap_query *q,
			struct pmap_processor *cpu)
{
	struct pmap_regs *regs = &cpu->regs;

	regs->rip = f->rip;
	regs->rflags = f->rflags;
	regs->gpr[4] = f->rsp;
	regs->cpl = f->user ? 3 : f->cs & 3;
	if (f->vm86)
		restore_vm86(f, regs);
	else
		restore_segments(q, f, regs);
}
