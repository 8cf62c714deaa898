/*
 * Random instructions, with registers that lead to the addresses of a world: what
 * the plugin's decoder and the core expect of each, and what the hart did.
 *
 * Where QEMU's TCG is known to differ from the manual:
 *
 *	amo-misaligned	what an AMO whose address is misaligned comes to
 *	ends		10: misaligned elements of a vector over the end of a page
 *			end the emulator: none is made
 *	masked-vector	10: pointer masking shifts the addresses of vectors away, and
 *			is none for Zfh: neither is made
 *
 * They are executed in M mode: those of V=1 are HLV, HLVX and HSV, all others go
 * by MPRV.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "judge.h"

#define FS_VS		0x6600	/* in mstatus: both on */
#define MPRV_ON(n)	(0x30002073 | (n) << 15)	/* csrs mstatus, x<n> */
#define C_NOP		0x00010000u
#define NOP		0x00000013u
#define EBREAK		0x00100073u

/* What the cases came to. */
static struct {
	unsigned long insns, allowed, faults, alignment, refused, hints,
		      perhaps, crossing, vectors, amos;
} met;

/* --- The instruction -------------------------------------------------------- */

static uint32_t pick_half(struct random *r)
{
	static const uint16_t groups[] = {
		0x2000, 0x4000, 0x6000, 0x8000, 0xa000, 0xc000, 0xe000
	};
	uint32_t half = (uint32_t)random_next(r) & 0x1ffc;
	unsigned group = (unsigned)random_below(r, 7);

	return half | groups[group] | (group == 3 ? 0 : random_below(r, 2) << 1);
}

static uint32_t pick_hypervisor(struct random *r)
{
	uint32_t word = (uint32_t)random_next(r) & 0x0e0f8f80;

	word |= 0x60004073 | (uint32_t)random_below(r, 4) << 20;
	if (word >> 25 & 1)
		word = (word & ~0x1f00f80u) | (uint32_t)random_below(r, 32) << 20;
	return word;
}

static uint32_t pick_word(const struct judge_world *w, struct random *r)
{
	static const uint8_t opcodes[] = {
		0x03, 0x03, 0x07, 0x07, 0x07, 0x0f, 0x13, 0x23, 0x23, 0x27, 0x27,
		0x2f, 0x2f
	};
	uint32_t word = (uint32_t)random_next(r) & ~0x7fu;
	unsigned opcode = opcodes[random_below(r, sizeof(opcodes))];

	if (w->two)
		return pick_hypervisor(r);
	if (random_percent(r, 25))
		return pick_half(r);
	if (opcode == 0x0f)
		word = (word & 0x000f8000) | 2 << 12 | (uint32_t)random_below(r, 5) << 20;
	if (opcode == 0x13)
		word = (word & 0xfe0f8000) | 6 << 12 | (uint32_t)random_below(r, 4) << 20;
	if (opcode == 0x2f)
		word = (word & ~0xf8007000u) | (uint32_t)(2 + random_below(r, 2)) << 12 |
		       (uint32_t)(random_percent(r, 60) ? random_below(r, 4) << 27 :
				  random_below(r, 8) << 29);
	if (opcode == 0x2f && word >> 27 == 2)
		word &= ~0x1f00000u;
	if ((opcode | 0x20) == 0x27 && random_percent(r, 60))
		word &= ~(1u << 28);
	if ((opcode | 0x20) == 0x27 && random_percent(r, 50))
		word = (word & ~0x0df00000u) | (uint32_t)random_below(r, 3) << 23 |
		       1u << 25;
	return word | opcode;
}

/* 7.2 lacks what is newer, and Zfh, which is not asked for. */
static bool is_there(const struct judge_world *w, uint32_t word)
{
	const char *needs = pmap_riscv_insn_needs(word);

	return !needs || w->qemu >= 9;
}

static unsigned base_of(uint32_t word)
{
	uint16_t half = (uint16_t)word;

	if (pmap_riscv_length(half) == 4)
		return word >> 15 & 31;
	return (half & 3) == 2 ? 2 : 8 + (half >> 7 & 7);
}

/* --- Registers -------------------------------------------------------------- */

static void pick_vector(const struct judge_world *w, struct random *r,
			struct judge_case *c)
{
	int lmul = (int)random_below(r, 7) - 3, sew = (int)random_below(r, 4);
	uint64_t most;

	/* SEW is up to LMUL * 64. */
	if (lmul < 0 && sew > 3 + lmul)
		sew = 3 + lmul;
	most = w->id[JUDGE_VLENB] >> sew;
	most = lmul < 0 ? most >> -lmul : most << lmul;
	c->vtype = (uint64_t)sew << 3 | ((unsigned)lmul & 7);
	c->vl = random_percent(r, 50) ? most : random_below(r, most + 1);
	if (random_percent(r, 20))
		c->vstart = random_below(r, most);
}

static void pick_registers(const struct judge_world *w, struct random *r,
			   struct judge_case *c, struct judge_question *q)
{
	struct pmap_riscv_cpu *cpu = &q->cpu;

	c->mstatus |= random_percent(r, 95) ? FS_VS : random_below(r, 4) << 13;
	c->vl = c->vtype = c->vstart = 0;
	if (w->id[JUDGE_VLENB])
		pick_vector(w, r, c);
	*cpu = (struct pmap_riscv_cpu){
		.xlen = 64, .priv = PML_RISCV_MODE_M, .misa = w->id[JUDGE_MISA],
		.status = c->mstatus, .block = 64,
		.has_vector = w->id[JUDGE_VLENB], .vlenb = w->id[JUDGE_VLENB],
		.vl = c->vl, .vtype = c->vtype, .vstart = c->vstart,
	};
	for (int i = 1; i < 32; i++)
		cpu->x[i] = random_percent(r, 50) ? random_below(r, 64)
						  : random_next(r);
}

static bool decode(struct judge_question *q, uint32_t word)
{
	memset(&q->insn, 0, sizeof(q->insn));
	pmap_riscv_decode(&q->cpu, word, &q->insn);
	return !q->insn.unknown && (!q->insn.mems || !q->insn.mem[0].unknown);
}

/* Registers with which it comes to `va'; false: there are none. */
static bool aim(struct judge_question *q, uint32_t word, uint64_t va)
{
	unsigned base = base_of(word);

	if (!base)
		return false;
	q->cpu.x[base] = 0;
	if (!decode(q, word) || !q->insn.mems)
		return false;
	q->cpu.x[base] = va - q->insn.mem[0].va;
	return decode(q, word) && q->insn.mems;
}

/* MPRV by a register that the instruction does not use. */
static void set_code(struct judge_world *w, struct judge_case *c,
		     struct judge_question *q, uint32_t word)
{
	unsigned rs2 = word >> 20 & 31, n = 1;
	bool is_short = pmap_riscv_length((uint16_t)word) == 2;

	if (is_short)
		rs2 = 8 + (word >> 2 & 7);
	/* C.SDSP and its like have another, and only stores use it. */
	while (n == base_of(word) || n == rs2 || n == (word >> 2 & 31))
		n++;
	c->code[0] = w->two ? NOP : MPRV_ON(n);
	c->code[1] = is_short ? (word & 0xffff) | C_NOP : word;
	c->code[2] = EBREAK;
	q->cpu.x[n] = PML_RISCV_MSTATUS_MPRV;
	memcpy(c->x, q->cpu.x, sizeof(c->x));
}

/* --- What is expected -------------------------------------------------------- */

/* Element `n', as an access of its own. */
static void take_element(struct judge_question *q, uint64_t n)
{
	const struct pmap_mem *mem = &q->insn.mem[0];

	q->access.va = mem->va + n * (uint64_t)mem->step;
	q->access.size = (unsigned)mem->size;
}

static void take_access(const struct judge_world *w, struct judge_question *q)
{
	const struct pmap_mem *mem = &q->insn.mem[0];

	q->access.kind = mem->what & PMAP_MEM_W ? PML_W : PML_R;
	if (mem->how & PMAP_RISCV_AMO)
		q->access.kind |= PML_R;
	q->access.hlv = mem->how & PMAP_RISCV_HLV;
	q->access.hlvx = mem->how & PMAP_RISCV_HLVX;
	q->access.cbo = mem->how & PMAP_RISCV_CBO;
	q->access.as = w->two ? pml_riscv_as_guest(&q->regs) :
				pml_riscv_as(&q->regs, false);
	take_element(q, 0);
}

/*
 * Each page that an element touches.  Where no memory is, what is misaligned is
 * done in pieces.
 */
static bool element_is_fair(const struct judge_world *w,
			    const struct judge_question *q)
{
	struct judge_question part = *q;
	uint64_t last = q->access.va + q->access.size - 1;
	struct judge_answer a;
	bool fair;

	part.access.size = 1;
	for (unsigned lax = 0; lax <= LAX_HIGH; lax += LAX_HIGH) {
		judge_says(w, &part, lax, &a);
		if (a.v.reason == PML_RISCV_WHY_UNREADABLE &&
		    q->access.va & (q->access.size - 1))
			return false;
	}
	fair = judge_is_fair(w, &part);
	part.access.va = last;
	return fair && ((last ^ q->access.va) >> 12 == 0 || judge_is_fair(w, &part));
}

/* Of several elements 7.2's idea of high bits would choose another one. */
static bool is_clear(const struct judge_world *w, const struct judge_question *q)
{
	struct judge_answer a, lax;

	if (w->qemu >= 9 || q->insn.mem[0].count == 1)
		return true;
	judge_says(w, q, 0, &a);
	judge_says(w, q, LAX_HIGH, &lax);
	return a.passes == lax.passes;
}

static bool is_fair(const struct judge_world *w, struct judge_question *q)
{
	bool fair = true;

	for (uint64_t i = 0; fair && i < q->insn.mem[0].count; i++) {
		take_element(q, i);
		fair = element_is_fair(w, q) && is_clear(w, q);
	}
	take_element(q, 0);
	return fair;
}

/* The element that faults first, if one does. */
static void take_first_fault(const struct judge_world *w, struct judge_question *q)
{
	struct judge_answer a;
	uint64_t i;

	for (i = 0; i < q->insn.mem[0].count; i++) {
		take_element(q, i);
		judge_says(w, q, 0, &a);
		if (!a.passes)
			return;
	}
}

/* QEMU 10 ends itself where misaligned elements go over the end of a page. */
static bool would_end(const struct judge_world *w, const struct pmap_mem *mem)
{
	uint64_t low = (mem->size & -mem->size) - 1;

	return w->qemu >= 9 && mem->role[0] == 'e' &&
	       ((mem->va | (uint64_t)mem->step) & low);
}

static bool is_masked(const struct judge_case *c)
{
	return (c->menvcfg | c->senvcfg | c->henvcfg) & PML_RISCV_ENVCFG_PMM;
}

/* Of pointer masking: vectors' addresses are shifted away, Zfh knows nothing. */
static bool shifts_away(uint32_t word)
{
	unsigned size = word >> 12 & 7;

	return pmap_riscv_length((uint16_t)word) == 4 && (word & 0x5f) == 0x07 &&
	       (size < 2 || size > 4);
}

/* An instruction, its address and registers; false: try another. */
static bool pick(struct judge_world *w, struct random *r, struct judge_case *c,
		 struct judge_question *q)
{
	const struct pmap_mem *mem = &q->insn.mem[0];
	uint32_t word = pick_word(w, r);
	bool whole;

	judge_pick_controls(w, r, c);
	judge_pick_va(w, r, c);
	if (random_percent(r, 25))
		c->va |= random_below(r, 8);
	if (random_percent(r, 20))
		c->va = (c->va | 0xfff) - random_below(r, 16);
	c->how = w->two ? JUDGE_HLV : JUDGE_LOAD;
	/* Without pointer masking, and henvcfg as menvcfg: see masks.c. */
	if (w->two) {
		c->menvcfg = c->henvcfg = w->regs.menvcfg;
		c->senvcfg = w->regs.senvcfg;
	}
	pick_registers(w, r, c, q);
	judge_describe(w, c, q);
	if (!aim(q, word, c->va) || !is_there(w, word) ||
	    (w->two && word >> 28 != 6))
		return false;
	/* What v0 masks off is not known; SC is never made. */
	if (mem->perhaps && (mem->what != PMAP_MEM_W || mem->role[0] == 'e'))
		if (!mem->exception)
			return false;
	if (would_end(w, mem) || (is_masked(c) && shifts_away(word)))
		return false;
	take_access(w, q);
	/* PMP's grain is finer than what the emulator asks it for. */
	whole = mem->count == 1 && !(mem->va & (mem->size - 1)) && mem->size <= 8;
	if (!whole)
		c->pmpcfg &= ~PML_BITS(0, 39);
	if (!whole && c->pmpcfg != 0x1fULL << 40)
		return false;
	judge_describe(w, c, q);
	take_access(w, q);
	return is_fair(w, q);
}

void judge_pick_insn(struct judge_world *w, struct random *r,
		     struct judge_case *c, struct judge_question *q)
{
	uint32_t word;
	struct random before;

	/* The word is the first that pick() draws. */
	do
		before = *r;
	while (!pick(w, r, c, q));
	word = pick_word(w, &before);
	set_code(w, c, q, word);
	c->how = JUDGE_INSN;
	take_first_fault(w, q);
}

/* --- What became of it -------------------------------------------------------- */

/*
 * QEMU 7.2 takes an AMO's misaligned address for a load's; from 9 on, which has
 * Zama16b, AMOs over the end of 16 bytes are done, too.
 */
static bool is_lax_amo(const struct judge_world *w, const struct judge_question *q)
{
	const struct judge_case *c = q->c;
	bool lax = w->qemu >= 9 ? c->end == JUDGE_DONE :
		   c->end == JUDGE_TRAP &&
		   c->cause == PMAP_RISCV_MISALIGNED_LOAD;

	lax = lax && q->insn.mem[0].exception == PMAP_RISCV_MISALIGNED_STORE;
	met.amos += lax;
	return lax;
}

static bool misaligned(const struct judge_world *w, const struct judge_question *q)
{
	const struct judge_case *c = q->c;
	const struct pmap_mem *mem = &q->insn.mem[0];

	struct judge_answer a;

	if (!mem->exception)
		return false;
	judge_says(w, q, 0, &a);
	if (c->end == JUDGE_TRAP && c->cause == mem->exception &&
	    (c->tval == mem->va || c->tval == a.tval))
		return true;
	return is_lax_amo(w, q);
}

/* Where no memory is the emulator's caches have nothing to do. */
static bool is_idle_cbo(const struct judge_world *w, const struct judge_question *q)
{
	struct judge_answer a;

	judge_says(w, q, 0, &a);
	return q->access.cbo && a.v.reason == PML_RISCV_WHY_UNREADABLE && a.v.pa;
}

static bool trapped(const struct judge_question *q, uint64_t cause)
{
	return q->c->end == JUDGE_TRAP && q->c->cause == cause;
}

bool judge_insn_agrees(const struct judge_world *w, const struct judge_question *q)
{
	const struct pmap_mem *mem = &q->insn.mem[0];
	bool done;

	/* EBREAK behind it. */
	if (trapped(q, JUDGE_BREAKPOINT))
		q->c->end = JUDGE_DONE;
	done = q->c->end == JUDGE_DONE;
	met.insns++;
	met.vectors += mem->count > 1;
	met.crossing += (mem->va ^ (mem->va + mem->size - 1)) >> 12 != 0;
	if (q->insn.exception) {
		met.refused++;
		return trapped(q, q->insn.exception);
	}
	if (mem->nofault) {
		met.hints++;
		return done;
	}
	if (misaligned(w, q)) {
		met.alignment++;
		return true;
	}
	if (mem->exception && done)
		return false;
	if (done && (mem->perhaps || is_idle_cbo(w, q))) {
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
		printf("# %lu instructions: %lu allowed, %lu faults of tables, %lu of alignment, %lu refused, %lu hints, %lu not made, %lu over the end of a page, %lu of several elements\n",
		       met.insns, met.allowed, met.faults, met.alignment,
		       met.refused, met.hints, met.perhaps, met.crossing,
		       met.vectors);
	if (met.amos)
		printf("# masked as the emulator's: amo-misaligned, %lu times\n",
		       met.amos);
}
