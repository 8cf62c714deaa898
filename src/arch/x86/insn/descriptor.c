/*
 * Descriptors: what an instruction that loads a selector reads of the tables,
 * writes to them, and refuses to load.
 *
 * Intel SDM vol. 3A, 3.4 (segments), 4.6.1 (such accesses are a supervisor's at
 * any CPL), 5 (protection), 6.11 and 6.14 (gates).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include <pml/access-x86.h>

#include "arch/x86/insn/impl.h"

static const char unreadable[] =
	"the selector is in memory that cannot be read";

struct descriptor {
	uint64_t raw;
	uint16_t selector;
	bool known;		/* raw */
	struct pmap_mem *mem;	/* reading it; NULL: nothing is read */
};

static unsigned dpl(const struct descriptor *desc)
{
	return desc->raw >> 45 & 3;
}

static bool is_segment(const struct descriptor *desc)
{
	return desc->raw >> 44 & 1;
}

static bool is_present(const struct descriptor *desc)
{
	return desc->raw >> 47 & 1;
}

static bool is_code(const struct descriptor *desc)
{
	return is_segment(desc) && desc->raw >> 43 & 1;
}

/* Of code: callers of less privilege stay what they are. */
static bool is_conforming(const struct descriptor *desc)
{
	return desc->raw >> 42 & 1;
}

static bool is_writable(const struct descriptor *desc)
{
	return is_segment(desc) && !is_code(desc) && desc->raw >> 41 & 1;
}

static void refuse(struct pmap_mem *mem, unsigned exception, uint32_t error,
		   const char *why)
{
	mem->exception = exception;
	mem->error = error;
	mem->why = why;
}

/* An access to a table of descriptors. */
static struct pmap_mem *table_access(struct insn_decode *d, const char *role,
				     unsigned what, uint64_t va, uint64_t size)
{
	struct pmap_mem *mem = insn_add_unknown(d, role, what, NULL);

	mem->supervisor = true;
	mem->size = size;
	mem->seg = PMAP_DS;
	mem->va = va;
	return mem;
}

/* Refused without a look at any table. */
static void refuse_unread(struct insn_decode *d, uint32_t error, const char *why)
{
	struct pmap_mem *mem = table_access(d, "descriptor", PMAP_MEM_R,
					    d->regs->gdt.base + error, 8);

	mem->count = mem->fits = 0;
	refuse(mem, PML_X86_GP, error, why);
}

/* Read the descriptor of a selector, which is not null. */
static void read_descriptor(struct insn_decode *d, uint16_t selector,
			    unsigned size, bool lookup, struct descriptor *desc)
{
	const struct pmap_regs *regs = d->regs;
	const struct pmap_table *t = selector & 4 ? &regs->ldt : &regs->gdt;
	uint64_t off = selector & 0xfff8;

	memset(desc, 0, sizeof(*desc));
	desc->selector = selector;
	if (!t->known) {
		desc->mem = insn_add_unknown(d, "descriptor", PMAP_MEM_R,
					     "the descriptor table is not known");
		desc->mem->supervisor = true;
		return;
	}
	if (off + size - 1 > t->limit) {
		/* LAR, LSL and the like report a failure in ZF. */
		if (lookup)
			return;
		desc->mem = table_access(d, "descriptor", PMAP_MEM_R,
					 t->base + off, size);
		desc->mem->count = desc->mem->fits = 0;
		refuse(desc->mem, PML_X86_GP, selector & ~3u,
		       "the selector is beyond the descriptor table's limit");
		return;
	}
	desc->mem = table_access(d, "descriptor", PMAP_MEM_R, t->base + off,
				 size);
	desc->known = regs->read &&
		      regs->read(regs->ctx, desc->mem->va, &desc->raw, 8);
}

/* The first check that fails decides. */
static bool check(struct descriptor *desc, bool fine, unsigned exception,
		  const char *why)
{
	if (!fine && !desc->mem->exception)
		refuse(desc->mem, exception, desc->selector & ~3u, why);
	return fine;
}

/* Segments are marked as accessed, if they are not yet. */
static void mark(struct insn_decode *d, const struct descriptor *desc)
{
	if (desc->known && is_segment(desc) && !(desc->raw >> 40 & 1) &&
	    !desc->mem->exception)
		table_access(d, "accessed flag", PMAP_MEM_W, desc->mem->va + 4, 4);
}

static const char not_present[] = "the segment is not present";

static void check_data(const struct insn_decode *d, struct descriptor *desc)
{
	unsigned rpl = desc->selector & 3, cpl = d->regs->cpl;

	check(desc, is_segment(desc) && (!is_code(desc) || desc->raw >> 41 & 1),
	      PML_X86_GP, "the segment cannot be read");
	if (!is_code(desc) || !is_conforming(desc))
		check(desc, dpl(desc) >= rpl && dpl(desc) >= cpl, PML_X86_GP,
		      "the segment is for more privileged code (DPL)");
	check(desc, is_present(desc), PMAP_NP, not_present);
}

static void check_stack(struct descriptor *desc, unsigned cpl)
{
	check(desc, is_writable(desc), PML_X86_GP,
	      "a stack's segment must be writable");
	check(desc, (desc->selector & 3u) == cpl && dpl(desc) == cpl,
	      PML_X86_GP,
	      "a stack's segment must have the privilege level of the code");
	check(desc, is_present(desc), PML_X86_SS, not_present);
}

/* DS, ES, FS, GS, SS. */
static void load_segment(struct insn_decode *d, unsigned seg, uint16_t selector)
{
	struct descriptor desc;

	if (!(selector & ~3u)) {
		if (seg == PMAP_SS && (d->regs->bits != 64 || d->regs->cpl == 3))
			refuse_unread(d, 0, "the stack's selector must not be null");
		return;
	}
	read_descriptor(d, selector, 8, false, &desc);
	if (!desc.known)
		return;
	if (seg == PMAP_SS)
		check_stack(&desc, d->regs->cpl);
	else
		check_data(d, &desc);
	mark(d, &desc);
}

/* LLDT, LTR: descriptors of 16 bytes in long mode. */
static void load_system(struct insn_decode *d, uint16_t selector, bool task)
{
	unsigned type, size = d->regs->long_mode ? 16 : 8;
	struct descriptor desc;

	if (!(selector & ~3u) && !task)
		return;
	if (selector & 4 || !(selector & ~3u)) {
		refuse_unread(d, selector & ~3u, "it must be a selector of the GDT");
		return;
	}
	read_descriptor(d, selector, size, false, &desc);
	if (!desc.known)
		return;
	type = desc.raw >> 40 & 15;
	check(&desc, !is_segment(&desc) &&
	      (task ? type == 9 || (type == 1 && !d->regs->long_mode) : type == 2),
	      PML_X86_GP, task ? "it is not an available task" :
			     "it is no local descriptor table");
	check(&desc, is_present(&desc), PMAP_NP, not_present);
	if (task && !desc.mem->exception)
		table_access(d, "busy flag", PMAP_MEM_W, desc.mem->va + 4, 4);
}

/* What the selector of the operand leads to. */
static void with_selector(struct insn_decode *d, uint16_t selector)
{
	const char *name = d->mnemonic;
	struct descriptor desc;
	unsigned seg;

	if (!strcmp(name, "lldt") || !strcmp(name, "ltr")) {
		load_system(d, selector, name[1] == 't');
	} else if (!strcmp(name, "lar") || !strcmp(name, "lsl") ||
		   !strncmp(name, "ver", 3)) {
		if (selector & ~3u)
			read_descriptor(d, selector, 8, true, &desc);
	} else {
		seg = !strcmp(name, "lds") ? PMAP_DS :
		      !strcmp(name, "les") ? PMAP_ES :
		      !strcmp(name, "lss") ? PMAP_SS :
		      d->operand[0].reg.class == INSN_SREG ?
		      d->operand[0].reg.no : PMAP_FS;
		load_segment(d, seg, selector);
	}
}

/* The selector that lies in memory where `mem` begins, plus `off`. */
bool insn_selector_at(struct insn_decode *d, const struct pmap_mem *mem,
		      uint64_t off, uint16_t *selector_ret)
{
	const struct pmap_regs *regs = d->regs;

	if (!mem->unknown && regs->read &&
	    regs->read(regs->ctx, mem->va + off, selector_ret, 2))
		return true;
	insn_add_unknown(d, "descriptor", PMAP_MEM_R, unreadable)->supervisor = true;
	return false;
}

/* Far pointers of 64 bits.  SDM 2A, JMP and LSS; APM 3, the same. */
void insn_wide_pointer(struct insn_decode *d)
{
	if (d->prefix.rexw)
		d->insn->unknown = "Intel's processors take a far pointer of ten "
				   "bytes here, AMD's one of six";
}

/* The descriptor that goes with the selector that is loaded or looked at. */
void insn_descriptor(struct insn_decode *d)
{
	const struct insn_operand *to = &d->operand[0];
	const struct insn_operand *from = &d->operand[d->operands > 1];
	const struct pmap_mem *mem = &d->insn->mem[d->insn->mems - 1];
	uint16_t selector;

	if (d->regs->real || !d->operands ||
	    (!strcmp(d->mnemonic, "mov") &&
	     (to->kind != INSN_REG || to->reg.class != INSN_SREG)))
		return;
	if (from->kind == INSN_MEM && d->mnemonic[0] == 'l' && mem->size > 2)
		insn_wide_pointer(d);
	/* Of a far pointer the selector is behind the offset. */
	if (from->kind == INSN_REG)
		with_selector(d, insn_gpr(d, &from->reg));
	else if (from->kind == INSN_MEM &&
		 insn_selector_at(d, mem, mem->size - 2, &selector))
		with_selector(d, selector);
}

/* pop of a segment register. */
void insn_popped_segment(struct insn_decode *d, const struct pmap_mem *mem)
{
	uint16_t selector;

	if (!d->regs->real && insn_selector_at(d, mem, 0, &selector))
		load_segment(d, d->operand[0].reg.no, selector);
}

/* A far call or jump. */
void insn_code_descriptor(struct insn_decode *d, uint16_t selector)
{
	unsigned cpl = d->regs->cpl, rpl = selector & 3;
	struct descriptor desc;

	if (!(selector & ~3u)) {
		refuse_unread(d, 0, "the selector is null");
		return;
	}
	read_descriptor(d, selector, 8, false, &desc);
	if (!desc.known)
		return;
	if (!is_segment(&desc)) {
		desc.mem->unknown = "what the selector refers to is a gate or "
				    "a task, with accesses of its own";
		return;
	}
	check(&desc, is_code(&desc), PML_X86_GP, "the segment is not code");
	check(&desc, is_conforming(&desc) ? dpl(&desc) <= cpl :
	      rpl <= cpl && dpl(&desc) == cpl, PML_X86_GP,
	      "the segment is code of another privilege level");
	check(&desc, is_present(&desc), PMAP_NP, not_present);
	mark(d, &desc);
}

/* A far return: the privilege level that it goes to; -1 if it fails or is not known. */
int insn_return_code(struct insn_decode *d, const struct pmap_mem *mem,
		     uint64_t off)
{
	struct descriptor desc;
	uint16_t selector;
	unsigned rpl;

	if (!insn_selector_at(d, mem, off, &selector))
		return -1;
	rpl = selector & 3;
	if (!(selector & ~3u)) {
		refuse_unread(d, 0, "the selector of the code is null");
		return -1;
	}
	read_descriptor(d, selector, 8, false, &desc);
	if (!desc.known)
		return desc.mem->exception ? -1 : (int)rpl;
	check(&desc, is_code(&desc), PML_X86_GP, "the segment is not code");
	check(&desc, rpl >= d->regs->cpl, PML_X86_GP,
	      "it would return to more privileged code");
	check(&desc, is_conforming(&desc) ? dpl(&desc) <= rpl : dpl(&desc) == rpl,
	      PML_X86_GP, "the segment has another privilege level");
	check(&desc, is_present(&desc), PMAP_NP, not_present);
	mark(d, &desc);
	return desc.mem->exception ? -1 : (int)rpl;
}

/* The stack that a far return goes back to. */
void insn_return_stack(struct insn_decode *d, const struct pmap_mem *mem,
		       uint64_t off, unsigned cpl)
{
	struct descriptor desc;
	uint16_t selector;

	if (!insn_selector_at(d, mem, off, &selector))
		return;
	if (!(selector & ~3u)) {
		if (d->regs->bits == 64 && cpl < 3)
			return;
		desc.mem = table_access(d, "descriptor", PMAP_MEM_R, 0, 8);
		desc.mem->count = desc.mem->fits = 0;
		refuse(desc.mem, PML_X86_GP, 0,
		       "the selector of the stack is null");
		return;
	}
	read_descriptor(d, selector, 8, false, &desc);
	if (!desc.known)
		return;
	check_stack(&desc, cpl);
	mark(d, &desc);
}

/*
 * The gate of an interrupt that an instruction asks for.  Intel SDM vol. 3A,
 * 6.12.1.2 and 6.13: the error code has 2 for the IDT and eight times the vector.
 */
void insn_gate(struct insn_decode *d, unsigned vector, bool privileged)
{
	const struct pmap_table *idt = &d->regs->idt;
	unsigned size = d->regs->long_mode ? 16 : 8;
	struct descriptor desc = { 0 };

	if (!idt->known)
		return;
	desc.mem = table_access(d, "gate", PMAP_MEM_R,
				idt->base + vector * size, size);
	if (vector * size + size - 1 > idt->limit) {
		desc.mem->count = desc.mem->fits = 0;
		refuse(desc.mem, PML_X86_GP, vector * 8 + 2,
		       "the vector is beyond the IDT's limit");
		return;
	}
	if (!d->regs->read ||
	    !d->regs->read(d->regs->ctx, desc.mem->va, &desc.raw, 8))
		return;
	if (privileged && dpl(&desc) < d->regs->cpl)
		refuse(desc.mem, PML_X86_GP, vector * 8 + 2,
		       "the gate is for more privileged code (DPL)");
	else if (!is_present(&desc))
		refuse(desc.mem, PMAP_NP, vector * 8 + 2,
		       "the gate is not present");
}
