/*
 * The instruction at hand, for `pmap explain'.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/x86/exception-frame.h"
#include "arch/x86/judge.h"
#include "arch/x86/processor.h"
#include "arch/x86/registers.h"

#define CR0_AM	(1ULL << 18)

static bool read_memory(void *ctx, uint64_t va, void *to, size_t size)
{
	return pmap_read_virtual(ctx, va, to, size) == size;
}

int pmap_x86_cpu_init(void *ctx, struct pmap_query *q, struct pmap_judge *judge)
{
	struct pmap_processor *cpu = ctx;

	(void)judge;
	pmap_processor_init(cpu, q);
	cpu->regs.read = read_memory;
	cpu->regs.ctx = q;
	if (cpu->gpr_known)
		return 0;
	return pmap_fail(q, PMAP_STATUS_NO_TARGET,
			 "the target does not provide general registers");
}

int pmap_x86_cpu_at_fault(void *ctx, struct pmap_query *q,
			  struct pmap_judge *judge)
{
	struct pmap_processor *cpu = ctx;
	struct pmap_frame frame;

	if (!pmap_frame_here(&frame, q, cpu))
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "this is not the first instruction of the page fault handler, where the registers are still those of the fault (IDT entry 14)");
	pmap_frame_restore(&frame, q, cpu);
	judge->user = cpu->regs.cpl == 3;
	pmap_x86_controls(judge)->ac = cpu->regs.rflags & PML_X86_EFLAGS_AC;
	return 0;
}

void pmap_x86_cpu_level(void *cpu, bool user)
{
	((struct pmap_processor *)cpu)->regs.cpl = user ? 3 : 0;
}

void pmap_x86_cpu_set_pc(void *cpu, uint64_t pc)
{
	((struct pmap_processor *)cpu)->regs.rip = pc;
}

uint64_t pmap_x86_cpu_pc(const void *cpu)
{
	return ((const struct pmap_processor *)cpu)->regs.rip;
}

const char *pmap_x86_cpu_code(const void *cpu, unsigned *bits_ret)
{
	*bits_ret = ((const struct pmap_processor *)cpu)->regs.bits;
	return *bits_ret == 64 ? "64-bit code" :
	       *bits_ret == 32 ? "32-bit code" : "16-bit code";
}

/* What the processor could fetch: the bytes up to the first page that faults. */
int pmap_x86_cpu_decode(void *ctx, struct pmap_query *q, struct pmap_insn *insn)
{
	struct pmap_regs *regs = &((struct pmap_processor *)ctx)->regs;
	uint8_t bytes[PMAP_INSN_MAX_LENGTH];
	uint64_t va = regs->rip;
	size_t n;

	if (regs->bits != 64)
		va = (uint32_t)(va + regs->base[PMAP_CS]);
	n = pmap_read_virtual(q, va, bytes, sizeof(bytes));
	if (pmap_insn_decode(regs, bytes, n, insn))
		return pmap_fail(q, PMAP_STATUS_MISSING, "%s", insn->unknown);
	for (unsigned i = 0; i < insn->mems; i++)
		insn->mem[i].how = insn->mem[i].seg == PMAP_SS ? PMAP_X86_STACK : 0;
	return 0;
}

/* SDM 3A, 6.15: #AC, in user mode alone, for what is not aligned naturally. */
const char *pmap_x86_cpu_doubt(const void *cpu, const struct pmap_judge *judge,
			       const struct pmap_mem *mem)
{
	const struct pml_x86_controls *c = pmap_x86_controls_of(judge);

	if (c->cr0 & CR0_AM && c->ac &&
	    ((const struct pmap_processor *)cpu)->regs.cpl == 3 &&
	    !mem->supervisor && !(mem->what & PMAP_MEM_X) &&
	    mem->va & (mem->size - 1))
		return "alignment checks are on (CR0.AM, EFLAGS.AC)";
	return NULL;
}

void pmap_x86_add_cpu_assumed(struct pmap_text *out, const void *ctx)
{
	const struct pmap_processor *cpu = ctx;

	if (cpu->assumed_bits)
		pmap_text_add(out, "  assuming %d-bit code, which the target does not show\n",
			      cpu->regs.bits);
	if (cpu->assumed_flat)
		pmap_text_puts(out, "  assuming segments that begin at 0, which the target does not show\n");
}
