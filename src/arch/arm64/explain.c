/*
 * The instruction at hand, for `pmap explain'.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arch/arm64/judge.h"

#define SCTLR_A		(1ULL << 1)
#define SCTLR_SA	(1ULL << 3)
#define SCTLR_SA0	(1ULL << 4)
#define SCTLR_NAA	(1ULL << 6)

#define DCZID_BS	0xf		/* log2 of words of 4 bytes */
#define DCZID_DZP	(1u << 4)

#define SPSR_SPX	1u

/* Where vectors begin: D1.4.1. */
#define VECTORS		0x800
#define VECTOR_SP0	0x000		/* from the same level, with SP_EL0, */
#define VECTOR_SPX	0x200		/* with its own, */
#define VECTOR_LOWER	0x400		/* from a lower level in AArch64 */
#define VECTOR_KINDS	0x180		/* IRQ and the like: not zero */

const char pmap_arm64_no_aarch32[] =
	"the processor is in AArch32 state, whose instructions pmap does not know";

/* What depends on who runs. */
static void set_level(struct pmap_arm64_processor *p, bool user)
{
	p->cpu.user = user;
	p->cpu.align_sp = p->sctlr & (user ? SCTLR_SA0 : SCTLR_SA);
	pmap_arm64_refuse_of(user);
}

static void set_features(struct pmap_arm64_processor *p,
			 const struct pmap_target *t)
{
	unsigned dczid = pmap_target_reg(t, PMAP_ARM64_DCZID);

	p->assumed_zva = !pmap_target_has(t, PMAP_ARM64_DCZID);
	p->cpu.zva = p->assumed_zva ? 64 : 4u << (dczid & DCZID_BS);
	p->cpu.zva_prohibited = dczid & DCZID_DZP;
	p->assumed_lse2 = !pmap_target_has(t, PMAP_ARM64_MMFR2);
	p->cpu.lse2 = pml_arm64_has(&pmap_arm64_mmu.regs, 2, 32, 1);
	p->cpu.align_all = p->sctlr & SCTLR_A;
	p->cpu.naa = p->sctlr & SCTLR_NAA;
}

int pmap_arm64_cpu_init(void *ctx, struct pmap_query *q, struct pmap_judge *judge)
{
	struct pmap_arm64_processor *p = ctx;
	const struct pmap_target *t = &q->target;

	*p = (struct pmap_arm64_processor){ 0 };
	if (pmap_arm64_is_aarch32(t))
		return pmap_fail(q, PMAP_STATUS_UNTOLD, "%s", pmap_arm64_no_aarch32);
	for (unsigned i = 0; i < 31; i++) {
		if (!pmap_target_has(t, PMAP_ARM64_X + i))
			return pmap_fail(q, PMAP_STATUS_NO_TARGET,
					 "the target does not provide general registers");
		p->cpu.x[i] = pmap_target_reg(t, PMAP_ARM64_X + i);
	}
	p->cpu.sp = pmap_target_reg(t, PMAP_ARM64_SP);
	p->cpu.sp_unknown = !pmap_target_has(t, PMAP_ARM64_SP);
	p->cpu.pc = pmap_target_reg(t, PMAP_ARM64_PC);
	p->sctlr = pmap_target_reg(t, PMAP_ARM64_SCTLR);
	set_features(p, t);
	set_level(p, judge->user);
	return 0;
}

/* The stack pointer that the interrupted code had. */
static void take_sp(struct pmap_arm64_processor *p, const struct pmap_target *t,
		    uint64_t vector)
{
	/* The exception itself has not touched it. */
	if (vector == VECTOR_SPX)
		return;
	p->cpu.sp = pmap_target_reg(t, PMAP_ARM64_SP_EL0);
	p->cpu.sp_unknown = !pmap_target_has(t, PMAP_ARM64_SP_EL0);
}

int pmap_arm64_cpu_at_fault(void *ctx, struct pmap_query *q,
			    struct pmap_judge *judge)
{
	struct pmap_arm64_processor *p = ctx;
	const struct pmap_target *t = &q->target;
	uint64_t vector = p->cpu.pc - pmap_target_reg(t, PMAP_ARM64_VBAR);
	uint64_t spsr = pmap_target_reg(t, PMAP_ARM64_SPSR);
	unsigned from = spsr >> 2 & 3;

	if (!pmap_target_has(t, PMAP_ARM64_VBAR) || vector >= VECTORS ||
	    vector & 0x7f || vector & VECTOR_KINDS)
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "this is not the first instruction of a vector of synchronous exceptions (VBAR_ELx+0, +0x200, +0x400), where the registers are still those of the fault");
	if (spsr & PMAP_ARM64_AARCH32)
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "the exception is AArch32's, whose instructions pmap does not know");
	if (from && from != pmap_arm64_el(t))
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "the exception is a guest's, at EL%u, whose tables are others: see --el 1", from);
	take_sp(p, t, vector);
	p->cpu.pc = pmap_target_reg(t, PMAP_ARM64_ELR);
	judge->user = from == 0;
	pmap_arm64_state(judge)->pan = spsr & PMAP_ARM64_PAN;
	pmap_arm64_state(judge)->uao = spsr & PMAP_ARM64_UAO;
	judge->unknown &= ~(unsigned)PMAP_ARM64_ASSUMED_PAN;
	set_level(p, judge->user);
	return 0;
}

void pmap_arm64_cpu_level(void *cpu, bool user)
{
	set_level(cpu, user);
}

void pmap_arm64_cpu_set_pc(void *cpu, uint64_t pc)
{
	((struct pmap_arm64_processor *)cpu)->cpu.pc = pc;
}

uint64_t pmap_arm64_cpu_pc(const void *cpu)
{
	return ((const struct pmap_arm64_processor *)cpu)->cpu.pc;
}

const char *pmap_arm64_cpu_code(const void *cpu, unsigned *bits_ret)
{
	(void)cpu;
	*bits_ret = 64;
	return "A64";
}

/* Those that this instruction depends on. */
static void keep_assumptions(struct pmap_arm64_processor *p, uint32_t word,
			     const struct pmap_insn *insn)
{
	const struct pmap_mem *mem = &insn->mem[1];
	struct pmap_arm64_cpu other = p->cpu;
	struct pmap_insn same = { .mems = 1 };

	p->assumed_zva &= insn->mems > 1 && strcmp(mem->role, "block") == 0;
	other.lse2 = !other.lse2;
	pmap_arm64_decode(&other, word, &same);
	p->assumed_lse2 &= insn->mems > 1 && mem->align != same.mem[1].align;
}

/* What accesses nothing is a word to the decoder; libopcodes may have more for it. */
static void name_insn(const struct pmap_query *q, uint64_t pc, uint32_t word,
		      struct pmap_insn *insn)
{
	struct pmap_code code = { .refers = 0 };

	if (strncmp(insn->text, ".inst", 5) != 0)
		return;
	pmap_arm64_disassemble(q, pc, (const uint8_t *)&word, sizeof(word), &code);
	for (char *tab = code.text; (tab = strchr(tab, '\t')); )
		*tab = ' ';
	snprintf(insn->text, sizeof(insn->text), "%.*s",
		 (int)sizeof(insn->text) - 1, code.text);
}

int pmap_arm64_cpu_decode(void *ctx, struct pmap_query *q,
			  struct pmap_insn *insn)
{
	struct pmap_arm64_processor *p = ctx;
	uint32_t word;

	insn->mem[insn->mems++] = (struct pmap_mem){
		.role = "fetch", .va = p->cpu.pc, .size = 4, .count = 1, .fits = 1,
		.what = PMAP_MEM_X,
	};
	insn->length = 4;
	insn->truncated = pmap_read_virtual(q, p->cpu.pc, &word, 4) != 4;
	if (insn->truncated) {
		p->assumed_zva = p->assumed_lse2 = false;
		return 0;
	}
	pmap_arm64_decode(&p->cpu, word, insn);
	keep_assumptions(p, word, insn);
	name_insn(q, p->cpu.pc, word, insn);
	return 0;
}

const char *pmap_arm64_cpu_doubt(const void *cpu, const struct pmap_judge *judge,
				 const struct pmap_mem *mem)
{
	(void)cpu, (void)judge, (void)mem;
	return NULL;
}

void pmap_arm64_add_cpu_assumed(struct pmap_text *out, const void *ctx)
{
	const struct pmap_arm64_processor *p = ctx;

	if (p->assumed_zva)
		pmap_text_puts(out, "  assuming that DC ZVA clears 64 bytes: no DCZID_EL0 tells\n");
	if (p->assumed_lse2)
		pmap_text_puts(out, "  assuming FEAT_LSE2, atomic accesses within 16 bytes: no ID_AA64MMFR2_EL1 tells\n");
}

void pmap_arm64_add_exception(struct pmap_text *out, unsigned exception,
			      uint64_t error)
{
	(void)error;
	pmap_text_add(out, "%s alignment fault (EC 0x%x)",
		      exception == PMAP_ARM64_EC_SP ? "SP" : "PC", exception);
}

const char *pmap_arm64_exception_name(unsigned exception)
{
	return exception == PMAP_ARM64_EC_SP ? "sp-alignment-fault"
					     : "pc-alignment-fault";
}
