/*
 * Random instructions, with registers that lead to the addresses of a world: what
 * the plugin's decoder and the core expect of each, and what the processor did.
 *
 * Where QEMU's TCG is known to differ from the manual:
 *
 *	sp-alignment	SCTLR.SA is ignored
 *	exclusive-align	a store whose exclusive monitor is lost does not look at
 *			its alignment: none is made that is misaligned
 *	atomic-wnr	one that crosses 16 bytes is reported as a write, where
 *			FEAT_LSE2 is there (QEMU 10 and 11)
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "judge.h"

#define SCTLR_A		(1ULL << 1)
#define SCTLR_SA	(1ULL << 3)
#define SCTLR_SA0	(1ULL << 4)
#define SCTLR_NAA	(1ULL << 6)
#define SCTLR_DZE	(1ULL << 14)	/* EL0 may DC ZVA, */
#define SCTLR_UCI	(1ULL << 26)	/* and DC CVAC and the like */

#define FSC_ALIGNMENT	0x21
#define HVC_DONE	(0xd4000002 | JUDGE_HVC_DONE << 5)
#define SVC_DONE	(0xd4000001 | JUDGE_HVC_DONE << 5)

/* What the cases came to. */
static struct {
	unsigned long insns, allowed, faults, alignment, sp, hints, perhaps, crossing,
		      wnr;
} met;

/* Bits 29:24 of loads and stores, as often as they are worth. */
static uint32_t pick_word(struct random *r)
{
	static const uint8_t groups[] = {
		0x08, 0x08, 0x08, 0x0c, 0x0c, 0x0d, 0x0d, 0x19, 0x28, 0x29,
		0x2c, 0x2d, 0x38, 0x38, 0x38, 0x38, 0x38, 0x39, 0x3c, 0x3d
	};
	static const uint32_t operands[] = {
		0xd50b7420, 0xd50b7420, 0xd50b7420,	/* dc zva */
		0xd50b7a20, 0xd50b7b20, 0xd50b7e20,	/* dc cvac, cvau, civac */
	};
	uint32_t word = (uint32_t)random_next(r);

	if (random_percent(r, 4))
		return operands[random_below(r, 6)] | (word & 31);
	word &= 0xc0ffffff;
	word |= (uint32_t)groups[random_below(r, sizeof(groups))] << 24;
	/* Fields that must be ones, or zeros, would seldom be. */
	if (random_percent(r, 50))
		word |= 0x7c00;
	if ((word >> 24 & 0x3f) == 0x08 && random_percent(r, 60))
		word |= 0x1f0000;
	if ((word >> 24 & 0x3e) == 0x0c && random_percent(r, 50))
		word &= ~0x1f0000u;
	return word;
}

/* The register that the address is made of; SP is 31. */
static unsigned base_of(uint32_t word)
{
	return (word >> 24) == 0xd5 ? word & 31 : word >> 5 & 31;
}

static void pick_registers(const struct judge_world *w, struct random *r,
			   const struct judge_case *c, struct pmap_arm64_cpu *cpu)
{
	bool user = c->how == JUDGE_LOAD_EL0;

	*cpu = (struct pmap_arm64_cpu){
		.user = user,
		.align_all = c->sctlr & SCTLR_A, .naa = c->sctlr & SCTLR_NAA,
		.align_sp = c->sctlr & (user ? SCTLR_SA0 : SCTLR_SA),
		.lse2 = (w->id[2] >> 32 & 15) >= 1,
		.zva = 4u << (w->id[3] & 15), .zva_prohibited = w->id[3] >> 4 & 1,
	};
	for (int i = 0; i < 31; i++)
		cpu->x[i] = random_percent(r, 50) ? random_below(r, 256)
						  : random_next(r);
	cpu->sp = random_next(r);
}

static bool decode(struct judge_question *q, uint32_t word)
{
	memset(&q->insn, 0, sizeof(q->insn));
	pmap_arm64_decode(&q->cpu, word, &q->insn);
	return !q->insn.unknown && q->insn.mems == 1 && !q->insn.mem[0].unknown;
}

/* Registers with which it comes to `va'; false: there are none. */
static bool aim(struct judge_question *q, uint32_t word, uint64_t va)
{
	unsigned n = base_of(word);
	uint64_t *base = n == 31 ? &q->cpu.sp : &q->cpu.x[n];

	*base = 0;
	if ((n == 31 && word >> 24 == 0xd5) || !decode(q, word))
		return false;
	*base = va - q->insn.mem[0].va;
	return decode(q, word) && q->insn.mem[0].va == va;
}

/* What is left open in another way than by the monitor is not asked. */
static bool is_exclusive_store(uint32_t word)
{
	return (word >> 24 & 0x3f) == 0x08 && !(word >> 22 & 3);
}

static bool misaligned(const struct pmap_mem *mem)
{
	return mem->align > 1 && mem->va & (mem->align - 1);
}

/*
 * The access that decides: of one that reads and writes the reading, if that
 * faults.  D24.2.41, WnR.
 */
static void set_access(const struct judge_world *w, struct judge_question *q)
{
	const struct pmap_mem *mem = &q->insn.mem[0];
	struct pml_arm64_verdict v;

	q->access.va = mem->va;
	q->access.size = (unsigned)mem->size;
	q->access.unprivileged = mem->how & PMAP_ARM64_UNPRIVILEGED &&
				 !q->access.el0 && !(q->c->pstate & JUDGE_PSTATE_UAO);
	q->access.kind = mem->what & PMAP_MEM_R ? PML_R : PML_W;
	if (mem->what == (PMAP_MEM_R | PMAP_MEM_W) && judge_says(w, q, 0, &v))
		q->access.kind = PML_W;
}

static bool in_scratch(uint64_t pa, uint64_t size)
{
	return pa >= JUDGE_SCRATCH && pa + size <= JUDGE_SCRATCH + JUDGE_SCRATCH_SIZE;
}

/* Of each page that it touches: is it known, and the judge's own to change? */
static bool part_is_fair(const struct judge_world *w,
			 const struct judge_question *q, uint64_t va, uint64_t size)
{
	struct judge_question part = *q;
	struct pml_arm64_verdict v;

	part.access.va = va;
	part.access.size = (unsigned)size;
	for (unsigned i = 0; i < 8; i++) {
		unsigned lax = (i & 3) | (i & 4 ? LAX_FORMAT : 0);

		if (judge_says(w, &part, lax, &v) && !in_scratch(v.pa, size))
			return false;
		if (v.reason == PML_ARM64_WHY_UNREADABLE)
			return false;
	}
	return true;
}

static bool is_fair(const struct judge_world *w, struct judge_question *q)
{
	uint64_t va = q->access.va, size = q->access.size;
	uint64_t first = 0x1000 - (va & 0xfff);
	uint8_t kind = q->access.kind;
	bool fair = true;

	/* Stage 2 can have what is to be written and not to be read. */
	for (unsigned k = PML_R; k <= PML_W; k++) {
		q->access.kind = (uint8_t)k;
		fair &= part_is_fair(w, q, va, size < first ? size : first) &&
			(size <= first ||
			 part_is_fair(w, q, va + first, size - first));
	}
	q->access.kind = kind;
	return fair;
}

/* An instruction, its address and registers; false: try another. */
static bool pick(struct judge_world *w, struct random *r, struct judge_case *c,
		 uint64_t number, struct judge_question *q)
{
	uint32_t word = pick_word(r);
	const struct pmap_mem *mem = &q->insn.mem[0];

	/* Of those of AT some would not let code run at all. */
	do
		judge_pick_controls(w, r, c);
	while (c->how <= JUDGE_AT_LAST);
	c->how = random_percent(r, 50) ? JUDGE_LOAD : JUDGE_LOAD_EL0;
	c->sctlr |= SCTLR_DZE | SCTLR_UCI;
	c->sctlr |= random_percent(r, 15) ? SCTLR_A : 0;
	c->sctlr |= random_percent(r, 50) ? SCTLR_SA | SCTLR_SA0 : 0;
	c->sctlr |= random_percent(r, 50) ? SCTLR_NAA : 0;
	judge_pick_va(w, r, c);
	c->va &= ~15ULL;
	if (random_percent(r, 25))
		c->va |= random_below(r, 16);
	/* Where the next page begins. */
	if (random_percent(r, 25))
		c->va = (c->va | 0xfff) - random_below(r, 64);
	judge_describe(w, c, q);
	pick_registers(w, r, c, &q->cpu);
	q->cpu.pc = (c->how == JUDGE_LOAD ? JUDGE_UPPER_EL1 : JUDGE_UPPER_EL0) +
		    (JUDGE_CODE - JUDGE_RAM) + number * JUDGE_CODE_WORDS * 4;
	if (!aim(q, word, c->va))
		return false;
	if (mem->perhaps && word >> 24 != 0xd5 &&
	    (!is_exclusive_store(word) || misaligned(mem)))
		return false;
	set_access(w, q);
	if (!is_fair(w, q))
		return false;
	memcpy(c->x, q->cpu.x, sizeof(q->cpu.x));
	c->x[31] = q->cpu.sp;
	((uint32_t *)judge_memory(w, JUDGE_CODE))[number * JUDGE_CODE_WORDS] = word;
	return true;
}

void judge_pick_insn(struct judge_world *w, struct random *r,
		     struct judge_case *c, struct judge_question *q)
{
	const struct judge_list *list = judge_memory(w, JUDGE_CASES);
	uint64_t number = (uint64_t)(c - list->c);
	uint32_t *code = judge_memory(w, JUDGE_CODE);

	while (!pick(w, r, c, number, q))
		;
	code[number * JUDGE_CODE_WORDS + 1] = c->how == JUDGE_LOAD ? HVC_DONE : SVC_DONE;
	c->how = c->how == JUDGE_LOAD ? JUDGE_INSN : JUDGE_INSN_EL0;
}

/* An exception that EL1 took, of that class and status code. */
static bool took(const struct judge_question *q, unsigned ec, unsigned fsc,
		 bool writes)
{
	const struct judge_case *c = q->c;

	return c->end == JUDGE_EL1 && (c->esr1 >> 26 & 0x3f) == ec &&
	       (c->esr1 & 0x3f) == fsc &&
	       !!(c->esr1 & PML_ARM64_ISS_WNR) == writes;
}

static bool alignment_fault(const struct judge_question *q)
{
	unsigned ec = q->access.el0 ? PML_ARM64_EC_DATA_LOWER : PML_ARM64_EC_DATA;
	bool writes = q->insn.mem[0].what == PMAP_MEM_W;

	if (q->c->far1 != q->insn.mem[0].va)
		return false;
	if (took(q, ec, FSC_ALIGNMENT, writes))
		return true;
	if (!q->cpu.lse2 || !took(q, ec, FSC_ALIGNMENT, true))
		return false;
	met.wnr++;
	return true;
}

bool judge_insn_agrees(const struct judge_world *w, const struct judge_question *q)
{
	const struct pmap_mem *mem = &q->insn.mem[0];
	bool done = q->c->end == JUDGE_DONE;

	met.insns++;
	met.crossing += (mem->va ^ (mem->va + mem->size - 1)) >> 12 != 0;
	if (q->insn.exception) {
		if (took(q, q->insn.exception, 0, false))
			return true;
		met.sp++;
	}
	if (mem->nofault) {
		met.hints++;
		return done;
	}
	if (misaligned(mem)) {
		met.alignment++;
		return alignment_fault(q);
	}
	if (mem->perhaps && done) {
		met.perhaps++;
		return true;
	}
	met.allowed += done;
	met.faults += !done;
	return judge_access_agrees(w, q);
}

void judge_print_insns(void)
{
	if (met.insns)
		printf("# %lu instructions: %lu allowed, %lu faults of tables, %lu of alignment, %lu hints, %lu not made, %lu over the end of a page\n",
		       met.insns, met.allowed, met.faults, met.alignment,
		       met.hints, met.perhaps, met.crossing);
	if (met.wnr)
		printf("# masked as the emulator's: atomic-wnr, %lu times\n", met.wnr);
	if (met.sp)
		printf("# masked as the emulator's: sp-alignment, %lu times\n", met.sp);
}
