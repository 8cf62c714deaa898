/*
 * The judge on the bare machine, in M mode: sets the registers of each case,
 * tries its address, writes down what came of it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdbool.h>

#include "case.h"
#include "riscv/csr.h"

/* By number: an assembler may be older than these. */
#define SENVCFG		0x10a
#define VSSTATUS	0x200
#define VSATP		0x280
#define MENVCFG		0x30a
#define MTINST		0x34a
#define MTVAL2		0x34b
#define HSTATUS		0x600
#define HENVCFG		0x60a
#define HGATP		0x680
#define VSTART		0x008
#define VLENB		0xc22
#define MSTATUS_VS	(1ULL << 9)
#define read_nr(n)		read_nr_(n)
#define read_nr_(n)		read_csr(n)
#define write_nr(n, value)	write_nr_(n, value)
#define write_nr_(n, value)	write_csr(n, value)

/* MPP, SPP, SUM, MXR, FS and VS. */
#define MSTATUS_ASKED	(3ULL << 11 | 1ULL << 8 | 1ULL << 18 | 1ULL << 19 | \
			 3ULL << 13 | 3ULL << 9)
#define MSTATUS_MPRV	(1ULL << 17)

bool try_load(uint64_t va, uint64_t value, uint64_t mprv);
bool try_store(uint64_t va, uint64_t value, uint64_t mprv);
bool try_amo(uint64_t va, uint64_t value, uint64_t mprv);
bool try_mret(uint64_t va, uint64_t value, uint64_t mprv);
bool try_sret(uint64_t va, uint64_t value, uint64_t mprv);
bool try_hlv(uint64_t va, uint64_t value, uint64_t mprv);
bool try_hsv(uint64_t va, uint64_t value, uint64_t mprv);
bool try_hlvx(uint64_t va, uint64_t value, uint64_t mprv);
bool try_insn(const uint64_t *x, uint64_t value, uint64_t mprv);

extern volatile uint32_t insn_slot[JUDGE_CODE_WORDS];

static bool has_h, has_v;

static void set_pmp(const struct judge_case *c)
{
	/* All off, so that none is in between. */
	write_csr(pmpcfg0, 0);
	write_csr(pmpaddr0, c->pmpaddr[0]);
	write_csr(pmpaddr1, c->pmpaddr[1]);
	write_csr(pmpaddr2, c->pmpaddr[2]);
	write_csr(pmpaddr3, c->pmpaddr[3]);
	write_csr(pmpaddr4, c->pmpaddr[4]);
	write_csr(pmpaddr5, c->pmpaddr[5]);
	write_csr(pmpcfg0, c->pmpcfg);
}

/* A trap from V=1 sets MPV, which MPRV would obey; QEMU lets mret alone clear it. */
static void clear_mpv(void)
{
	__asm__ volatile("csrs mstatus, %0\n\t"
			 "la t0, 1f\n\t"
			 "csrw mepc, t0\n\t"
			 "mret\n"
			 "1:" : : "r"(3ULL << 11) : "t0", "memory");
}

static void set_registers(const struct judge_case *c)
{
	clear_mpv();
	write_csr(mstatus, (read_csr(mstatus) & ~MSTATUS_ASKED) | c->mstatus);
	write_csr(satp, c->satp);
	write_nr(MENVCFG, c->menvcfg);
	write_nr(SENVCFG, c->senvcfg);
	if (has_h) {
		write_nr(HSTATUS, c->hstatus);
		write_nr(VSSTATUS, c->vsstatus);
		write_nr(VSATP, c->vsatp);
		write_nr(HGATP, c->hgatp);
		write_nr(HENVCFG, c->henvcfg);
	}
	set_pmp(c);
	__asm__ volatile("sfence.vma" : : : "memory");
	if (has_h)	/* hfence.vvma, hfence.gvma */
		__asm__ volatile(".insn r 0x73, 0, 0x11, x0, x0, x0\n\t"
				 ".insn r 0x73, 0, 0x31, x0, x0, x0" : : : "memory");
}

/* As the case has them; none, if it has V off. */
static void set_vector(const struct judge_case *c)
{
	register uint64_t vl __asm__("a1") = c->vl;
	register uint64_t vtype __asm__("a2") = c->vtype;

	if (!has_v || !(c->mstatus & 3 * MSTATUS_VS))
		return;
	/* vsetvl x0, a1, a2 */
	__asm__ volatile(".4byte 0x80c5f057" : : "r"(vl), "r"(vtype) : "memory");
	write_nr(VSTART, c->vstart);
}

static bool attempt_insn(const struct judge_case *c)
{
	for (int i = 0; i < JUDGE_CODE_WORDS; i++)
		insn_slot[i] = c->code[i];
	__asm__ volatile("fence.i" : : : "memory");
	set_vector(c);
	return try_insn(c->x, 0, 0);
}

static bool attempt(const struct judge_case *c)
{
	switch (c->how) {
	case JUDGE_LOAD:	return try_load(c->va, 0, MSTATUS_MPRV);
	case JUDGE_STORE:	return try_store(c->va, c->value, MSTATUS_MPRV);
	case JUDGE_AMO:		return try_amo(c->va, 0, MSTATUS_MPRV);
	case JUDGE_FETCH:	return try_mret(c->va, 0, 0);
	case JUDGE_HLV:		return try_hlv(c->va, 0, 0);
	case JUDGE_HSV:		return try_hsv(c->va, c->value, 0);
	case JUDGE_HLVX:	return try_hlvx(c->va, 0, 0);
	case JUDGE_INSN:	return attempt_insn(c);
	default:		return try_sret(c->va, 0, 0);
	}
}

/* Which bits a register has. */
#define mask_of(n) ({ \
	uint64_t mask; \
	write_nr(n, ~0ULL); \
	mask = read_nr(n); \
	mask; })

static void identify(struct judge_list *list)
{
	list->id[JUDGE_MISA] = read_csr(misa);
	has_h = list->id[JUDGE_MISA] & JUDGE_MISA_H;
	has_v = list->id[JUDGE_MISA] & JUDGE_MISA_V;
	write_csr(mstatus, read_csr(mstatus) | MSTATUS_VS);
	list->id[JUDGE_VLENB] = has_v ? read_nr(VLENB) : 0;
	list->id[JUDGE_MENVCFG] = mask_of(MENVCFG);
	list->id[JUDGE_SENVCFG] = mask_of(SENVCFG);
	list->id[JUDGE_HENVCFG] = has_h ? mask_of(HENVCFG) : 0;
	/* While menvcfg lets them be written. */
	write_nr(SENVCFG, 0);
	if (has_h)
		write_nr(HENVCFG, 0);
}

void main(void)
{
	struct judge_list *list = (struct judge_list *)JUDGE_CASES;

	identify(list);
	for (uint64_t i = 0; i < list->count; i++) {
		struct judge_case *c = &list->c[i];

		set_registers(c);
		c->end = attempt(c) ? JUDGE_DONE : JUDGE_TRAP;
		c->cause = read_csr(mcause);
		c->tval = read_csr(mtval);
		c->epc = read_csr(mepc);
		c->status = read_csr(mstatus);
		c->tval2 = has_h ? read_nr(MTVAL2) : 0;
		c->tinst = has_h ? read_nr(MTINST) : 0;
	}
	list->finished = 1;
}
