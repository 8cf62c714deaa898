/*
 * The instruction at hand, for `pmap explain'.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "arch/riscv/judge.h"

#define CACHE_BLOCK	64	/* what most harts have, and no register tells */

/* stvec, mtvec: exceptions go to BASE, whatever MODE (bits 1:0) says. */
#define TVEC_BASE	(~3ULL)

static void take_vector(struct pmap_riscv_cpu *cpu, const struct pmap_target *t)
{
	cpu->vl = pmap_target_reg(t, PMAP_RISCV_VL);
	cpu->vtype = pmap_target_reg(t, PMAP_RISCV_VTYPE);
	cpu->vstart = pmap_target_reg(t, PMAP_RISCV_VSTART);
	cpu->vlenb = pmap_target_reg(t, PMAP_RISCV_VLENB);
	cpu->has_vector = pmap_target_has(t, PMAP_RISCV_VL) &&
			  pmap_target_has(t, PMAP_RISCV_VTYPE) &&
			  pmap_target_has(t, PMAP_RISCV_VSTART) && cpu->vlenb;
}

/* A mode's own registers, of a guest where the command is about one. */
static void take_controls(struct pmap_riscv_cpu *cpu, const struct pmap_target *t)
{
	const struct pml_riscv_regs *regs = &pmap_riscv_mmu.regs;

	cpu->xlen = regs->xlen;
	cpu->v = regs->v;
	cpu->priv = pmap_riscv_priv(t);
	cpu->misa = pmap_target_reg(t, PMAP_RISCV_MISA);
	cpu->status = regs->v ? regs->vsstatus : regs->mstatus;
	cpu->hstatus = regs->hstatus;
	cpu->has_envcfg = pmap_target_has(t, PMAP_RISCV_MENVCFG);
	cpu->menvcfg = regs->menvcfg;
	cpu->senvcfg = regs->senvcfg;
	cpu->henvcfg = regs->henvcfg;
	cpu->block = CACHE_BLOCK;
}

int pmap_riscv_cpu_init(void *ctx, struct pmap_query *q, struct pmap_judge *judge)
{
	struct pmap_riscv_processor *p = ctx;
	const struct pmap_target *t = &q->target;

	*p = (struct pmap_riscv_processor){ 0 };
	for (unsigned i = 1; i < 32; i++) {
		if (!pmap_target_has(t, PMAP_RISCV_X1 + i - 1))
			return pmap_fail(q, PMAP_STATUS_NO_TARGET,
					 "the target does not provide general registers");
		p->cpu.x[i] = pmap_target_reg(t, PMAP_RISCV_X1 + i - 1);
	}
	p->cpu.pc = pmap_target_reg(t, PMAP_RISCV_PC);
	take_controls(&p->cpu, t);
	take_vector(&p->cpu, t);
	if (!pmap_riscv_state(judge)->machine)
		pmap_riscv_cpu_level(p, judge->user);
	return 0;
}

/* The mode that the trap came from: "Trap Entry". */
static int take_mode(struct pmap_riscv_processor *p, struct pmap_query *q,
		     struct pmap_judge *judge)
{
	const struct pmap_target *t = &q->target;
	const struct pml_riscv_regs *regs = &pmap_riscv_mmu.regs;
	bool machine = pmap_riscv_priv(t) == PML_RISCV_MODE_M;
	/* Of the mode that has taken it, not of a guest that --hgatp asks about. */
	uint64_t status = pmap_target_reg(t, PMAP_RISCV_MSTATUS);
	unsigned from = machine ? pml_riscv_mpp(status) :
		(status & PML_RISCV_MSTATUS_SPP) ? PML_RISCV_MODE_S :
						   PML_RISCV_MODE_U;
	bool guest = machine ? status & PML_RISCV_MSTATUS_MPV :
		     pmap_riscv_virt(t) ||
		     (regs->hstatus & PML_RISCV_HSTATUS_SPV);

	if (guest && !p->cpu.v)
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "the trap is a guest's (V was 1), whose tables are others: see --hgatp");
	if (!guest && p->cpu.v)
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "the trap is no guest's (V was 0): leave out --hgatp");
	if (from == PML_RISCV_MODE_M && status & PML_RISCV_MSTATUS_MPRV)
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "the trap is M mode's own, with MPRV: the MPP that it went by has been overwritten");
	pmap_riscv_state(judge)->machine = from == PML_RISCV_MODE_M;
	judge->user = from == PML_RISCV_MODE_U;
	judge->says_user = false;
	p->cpu.priv = from;
	return 0;
}

int pmap_riscv_cpu_at_fault(void *ctx, struct pmap_query *q,
			    struct pmap_judge *judge)
{
	struct pmap_riscv_processor *p = ctx;
	const struct pmap_target *t = &q->target;
	uint64_t base = pmap_target_reg(t, PMAP_RISCV_TVEC) & TVEC_BASE;

	if (!pmap_target_has(t, PMAP_RISCV_TVEC) || p->cpu.pc != base)
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "this is not the first instruction of the trap handler (stvec, in M mode mtvec), where the registers are still those of the fault");
	p->cpu.pc = pmap_target_reg(t, PMAP_RISCV_EPC);
	/* SUM and MXR are as they were. */
	judge->unknown &= ~(unsigned)PMAP_RISCV_ASSUMED_SUM;
	return take_mode(p, q, judge);
}

void pmap_riscv_cpu_level(void *ctx, bool user)
{
	struct pmap_riscv_processor *p = ctx;

	p->cpu.priv = user ? PML_RISCV_MODE_U : PML_RISCV_MODE_S;
}

void pmap_riscv_cpu_set_pc(void *cpu, uint64_t pc)
{
	((struct pmap_riscv_processor *)cpu)->cpu.pc = pc;
}

uint64_t pmap_riscv_cpu_pc(const void *cpu)
{
	return ((const struct pmap_riscv_processor *)cpu)->cpu.pc;
}

const char *pmap_riscv_cpu_code(const void *cpu, unsigned *bits_ret)
{
	const struct pmap_riscv_processor *p = cpu;

	*bits_ret = p->cpu.xlen;
	return p->cpu.xlen == 32 ? "RV32" : "RV64";
}

/* Those that this instruction depends on. */
static void keep_assumptions(struct pmap_riscv_processor *p, uint32_t word,
			     const struct pmap_insn *insn)
{
	p->needs = insn->exception ? NULL : pmap_riscv_insn_needs(word);
	p->host_state = p->cpu.v && !insn->exception &&
			(insn->text[0] == 'f' || insn->text[0] == 'v');
	for (unsigned i = 1; i < insn->mems; i++) {
		const struct pmap_mem *mem = &insn->mem[i];

		if (strcmp(mem->role, "block") == 0)
			p->block = true;
		else if (!mem->exception && !mem->unknown && !mem->nofault &&
			 mem->va & ((mem->size & -mem->size) - 1))
			p->misaligned = true;
	}
}

int pmap_riscv_cpu_decode(void *ctx, struct pmap_query *q,
			  struct pmap_insn *insn)
{
	struct pmap_riscv_processor *p = ctx;
	uint16_t half[2] = { 0 };
	uint64_t pc = p->cpu.pc;
	unsigned size;
	uint32_t word;

	if (pc & 1)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "no instruction is at an odd address");
	insn->truncated = pmap_read_virtual(q, pc, &half[0], 2) != 2;
	size = insn->truncated ? 2 : pmap_riscv_length(half[0]);
	if (size == 4)
		insn->truncated = pmap_read_virtual(q, pc + 2, &half[1], 2) != 2;
	insn->mem[insn->mems++] = (struct pmap_mem){
		.role = "fetch", .va = pc, .size = size ? size : 2, .count = 1,
		.fits = 1, .what = PMAP_MEM_X,
	};
	insn->length = size;
	if (insn->truncated)
		return 0;
	word = half[0] | (uint32_t)half[1] << 16;
	pmap_riscv_decode(&p->cpu, word, insn);
	keep_assumptions(p, word, insn);
	return 0;
}

const char *pmap_riscv_cpu_doubt(const void *cpu, const struct pmap_judge *judge,
				 const struct pmap_mem *mem)
{
	(void)cpu, (void)judge, (void)mem;
	return NULL;
}

void pmap_riscv_add_cpu_assumed(struct pmap_text *out, const void *ctx)
{
	const struct pmap_riscv_processor *p = ctx;

	if (p->needs)
		pmap_text_add(out, "  assuming that the hart has %s, which no register tells\n",
			      p->needs);
	if (p->misaligned)
		pmap_text_puts(out, "  assuming that misaligned accesses are done, by the hart or by M mode for it\n");
	if (p->block)
		pmap_text_puts(out, "  assuming cache blocks of 64 bytes, which no register tells\n");
	if (p->host_state)
		pmap_text_puts(out, "  assuming that the host's mstatus.FS and VS are on, which cannot be read while V=1\n");
}

/* pmap x/i: what accesses memory by its name, all else as its bits. */
int pmap_riscv_disassemble(const struct pmap_query *q, uint64_t va,
			   const uint8_t *bytes, size_t avail,
			   struct pmap_code *code)
{
	struct pmap_riscv_cpu cpu = {
		.pc = va, .xlen = pmap_target_reg(&q->target, PMAP_RISCV_XLEN) == 32 ?
				  32 : 64,
		.block = CACHE_BLOCK,
	};
	struct pmap_insn insn = { 0 };
	uint32_t word = 0;
	unsigned length;

	if (avail < 2)
		return 0;
	memcpy(&word, bytes, 2);
	length = pmap_riscv_length(word);
	if (avail < length)
		return 0;
	memcpy(&word, bytes, length == 4 ? 4 : 2);
	pmap_riscv_decode(&cpu, word, &insn);
	snprintf(code->text, sizeof(code->text), "%s", insn.text);
	return length ? length : 2;
}
