/*
 * Control transfers: calls, jumps, returns, interrupts.
 *
 * Intel SDM vol. 1, 6 (stack, calls), vol. 3A, 5.8 (far transfers) and 6.14
 * (interrupts in 64-bit mode).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include <pml/access-x86.h>

#include "arch/x86/insn/impl.h"

#define FLAGS_OF	(1u << 11)
#define FLAGS_NT	(1u << 14)
#define FLAGS_VM	(1u << 17)
#define CR4_LA57	(1u << 12)

static bool is_far(const struct insn_decode *d)
{
	unsigned reg = d->prefix.modrm >> 3 & 7;

	return d->prefix.opcode == 0x9a || d->prefix.opcode == 0xea ||
	       (d->prefix.opcode == 0xff && (reg == 3 || reg == 5));
}

/* The return address that a near call pushes and a near return pops. */
static unsigned near_size(struct insn_decode *d)
{
	if (d->regs->bits == 64 && d->prefix.opsize)
		d->insn->unknown = "Intel's processors ignore the operand-size "
				   "prefix here, AMD's do not";
	return d->regs->bits == 64 ? 8 : d->opsize;
}

static void shadow_stack(struct insn_decode *d, unsigned what)
{
	if (d->regs->shadow_stacks)
		insn_add_unknown(d, "shadow stack", what,
				 "whether there is one, and SSP, are not known: "
				 "`set $pmap_cet = 0' if there is none");
}

/* Intel's processors look at the target, AMD's and QEMU's TCG go there. */
static void near_target(struct insn_decode *d, uint64_t target)
{
	unsigned shift = d->regs->cr4 & CR4_LA57 ? 56 : 47;
	int64_t high = (int64_t)target >> shift;

	if (d->regs->bits == 64 && d->regs->controls_known &&
	    high != 0 && high != -1)
		d->insn->unknown = "its target is not canonical: #GP, by it "
				   "(Intel) or by the fetch there (AMD, QEMU's TCG)";
}

static void near_target_at(struct insn_decode *d, const struct pmap_mem *mem)
{
	uint64_t target;

	if (d->regs->bits == 64 && !mem->unknown && d->regs->read &&
	    d->regs->read(d->regs->ctx, mem->va, &target, 8))
		near_target(d, target);
}

/* A memory operand that is listed by the functions here. */
static struct pmap_mem *pointer(struct insn_decode *d, unsigned size)
{
	const struct insn_operand *op = &d->operand[0];

	return insn_add_offset(d, "operand", PMAP_MEM_R, insn_segment(d, op),
			       insn_offset(d, op), size);
}

static void far_jump(struct insn_decode *d, bool call)
{
	const struct insn_operand *op = &d->operand[0];
	const struct pmap_mem *mem;
	uint16_t selector = op->number;
	bool known = true;

	if (d->operands && op->kind == INSN_MEM) {
		mem = pointer(d, d->opsize + 2);
		insn_wide_pointer(d);
		known = d->regs->real ||
			insn_selector_at(d, mem, d->opsize, &selector);
	}
	if (!d->regs->real && known)
		insn_code_descriptor(d, selector);
	if (call) {
		insn_push_slot(d, d->opsize);
		insn_push_slot(d, d->opsize);
	}
}

static void near_jump(struct insn_decode *d, bool call)
{
	const struct insn_operand *op = &d->operand[0];
	unsigned size = near_size(d);

	if (d->operands && op->kind == INSN_MEM)
		near_target_at(d, pointer(d, size));
	else if (d->operands)
		near_target(d, op->kind == INSN_IMM ? op->number :
			    insn_gpr(d, &op->reg));
	if (call)
		insn_push_slot(d, size);
}

void insn_call(struct insn_decode *d)
{
	(is_far(d) ? far_jump : near_jump)(d, true);
	shadow_stack(d, PMAP_MEM_W);
}

void insn_jump(struct insn_decode *d)
{
	(is_far(d) ? far_jump : near_jump)(d, false);
}

void insn_ret(struct insn_decode *d)
{
	near_target_at(d, insn_pop_slots(d, near_size(d), 1));
	shadow_stack(d, PMAP_MEM_R);
}

/* To less privileged code: its stack is popped, too. */
static void pop_stack(struct insn_decode *d, unsigned size, unsigned cpl)
{
	struct pmap_mem *mem = insn_pop_slots(d, size, 2);

	insn_return_stack(d, mem, size, cpl);
}

void insn_ret_far(struct insn_decode *d)
{
	struct pmap_mem *mem = insn_pop_slots(d, d->opsize, 2);
	int rpl = -1;

	if (!d->regs->real)
		rpl = insn_return_code(d, mem, d->opsize);
	d->rsp += d->operands ? d->operand[0].number & 0xffff : 0;
	if (rpl > d->regs->cpl)
		pop_stack(d, d->opsize, rpl);
	shadow_stack(d, PMAP_MEM_R);
}

/* Back to virtual-8086 mode: SP, SS, ES, DS, FS, GS follow.  False if not. */
static bool returns_to_vm86(struct insn_decode *d, const struct pmap_mem *mem)
{
	uint32_t flags;

	if (d->regs->long_mode || d->opsize != 4 || d->regs->cpl ||
	    mem->unknown || !d->regs->read ||
	    !d->regs->read(d->regs->ctx, mem->va + 8, &flags, 4) ||
	    !(flags & FLAGS_VM))
		return false;
	insn_pop_slots(d, 4, 6);
	return true;
}

/* In 64-bit mode SS:RSP are always popped: Intel SDM vol. 3A, 6.14.3. */
void insn_iret(struct insn_decode *d)
{
	bool is64 = d->regs->bits == 64;
	struct pmap_mem *mem;
	int rpl;

	if (!d->regs->real && d->regs->rflags & FLAGS_NT) {
		if (d->regs->long_mode) {
			d->insn->exception = PML_X86_GP;
			d->insn->why = "EFLAGS.NT=1, and there are no tasks in long mode";
		} else {
			d->insn->unknown = "EFLAGS.NT=1: it returns to a task";
		}
		return;
	}
	mem = insn_pop_slots(d, d->opsize, is64 ? 5 : 3);
	if (d->regs->real || (!is64 && returns_to_vm86(d, mem)))
		return;
	rpl = insn_return_code(d, mem, d->opsize);
	if (is64 && rpl >= 0)
		insn_return_stack(d, mem, 4 * d->opsize, rpl);
	else if (rpl > d->regs->cpl)
		pop_stack(d, d->opsize, rpl);
	shadow_stack(d, PMAP_MEM_R);
}

/* RIP, RFLAGS and RSP, of user interrupts. */
void insn_uiret(struct insn_decode *d)
{
	insn_pop_slots(d, 8, 3);
	shadow_stack(d, PMAP_MEM_R);
}

/* In real mode the table has pointers of 4 bytes, and three words are pushed. */
static void interrupt_real(struct insn_decode *d, unsigned vector)
{
	struct pmap_mem *mem;

	if (!d->regs->idt.known) {
		insn_add_unknown(d, "vector", PMAP_MEM_R,
				 "the interrupt table is not known");
	} else {
		mem = insn_add_unknown(d, "vector", PMAP_MEM_R, NULL);
		mem->va = d->regs->idt.base + 4 * vector;
		mem->size = 4;
	}
	insn_push_slot(d, 2);
	insn_push_slot(d, 2);
	insn_push_slot(d, 2);
}

/* int, int3, into, int1 (icebp). */
void insn_interrupt(struct insn_decode *d)
{
	const char *name = d->mnemonic;
	unsigned vector = d->operands ? d->operand[0].number & 0xff :
			  !strcmp(name, "into") ? 4 : !strcmp(name, "int3") ? 3 : 1;

	if (!strcmp(name, "into") && !(d->regs->rflags & FLAGS_OF))
		return;
	if (d->regs->real && !d->regs->vm86) {
		interrupt_real(d, vector);
		return;
	}
	insn_gate(d, vector, vector != 1 || d->operands);
	if (!d->insn->mem[d->insn->mems - 1].exception)
		d->insn->unknown = "it writes a frame to a stack, and what the "
				   "gate refers to is not followed";
}
