/*
 * The judge on the bare machine, at EL2 with the MMU off: sets the registers
 * of each case, tries its address, writes down what came of it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdbool.h>

#include "arm64/sysreg.h"
#include "case.h"

#define isb()	__asm__ volatile("isb" : : : "memory")

/* By number: an assembler may be older than these. */
#define AT_S1E1RP	"s1_0_c7_c9_0"
#define AT_S1E1WP	"s1_0_c7_c9_1"
#define PSTATE_PAN	"s3_0_c4_c2_3"

#define SPSR_EL1H	5
#define SPSR_EL0T	0
#define SPSR_DAIF	0x3c0

#define CPTR_NO_TRAP	0x32ff
#define CPACR_NO_TRAP	(3 << 20)

#define ESR_EC(esr)	((esr) >> 26 & 0x3f)
#define ESR_EC_SVC	0x15
#define ESR_EC_HVC	0x16

extern char el1_vectors[], el1_load[], el1_store[], el1_load_unpriv[],
	    el1_store_unpriv[], el0_load[], el0_store[];

void enter_lower(uint64_t va, uint64_t value, uint64_t pc, uint64_t spsr);
void enter_insn(const uint64_t *x, uint64_t pc, uint64_t spsr);

uint64_t at_abort_esr;

/* Where EL1 and EL0 find code of this program. */
static uint64_t upper(uint64_t half, const char *code)
{
	return half + ((uintptr_t)code - JUDGE_RAM);
}

static void set_registers(const struct judge_case *c)
{
	write_reg(sctlr_el1, c->sctlr);
	write_reg(tcr_el1, c->tcr);
	write_reg(mair_el1, c->mair);
	write_reg(ttbr0_el1, c->ttbr0);
	write_reg(ttbr1_el1, c->ttbr1);
	write_reg(hcr_el2, c->hcr);
	write_reg(vtcr_el2, c->vtcr);
	write_reg(vttbr_el2, c->vttbr);
	write_reg(vbar_el1, upper(JUDGE_UPPER_EL1, el1_vectors));
	isb();
	__asm__ volatile("dsb sy; tlbi alle1; tlbi vmalls12e1; dsb sy; isb"
			 : : : "memory");
}

#define at(how)	__asm__ volatile("at " how ", %0" : : "r"(va) : "memory")

static void try_at(struct judge_case *c)
{
	uint64_t va = c->va;

	/* What is left of the last one must not be taken for an answer. */
	write_reg(par_el1, ~0ULL);
	at_abort_esr = 0;
	__asm__ volatile("msr " PSTATE_PAN ", %0" : : "r"(c->pstate & JUDGE_PSTATE_PAN));
	/* A table. */
	/* clang-format off */
	switch (c->how) {
	case JUDGE_AT_S1E1R:	at("s1e1r"); break;
	case JUDGE_AT_S1E1W:	at("s1e1w"); break;
	case JUDGE_AT_S1E0R:	at("s1e0r"); break;
	case JUDGE_AT_S1E0W:	at("s1e0w"); break;
	case JUDGE_AT_S1E1RP:
		__asm__ volatile("msr " AT_S1E1RP ", %0" : : "r"(va));
		break;
	case JUDGE_AT_S1E1WP:
		__asm__ volatile("msr " AT_S1E1WP ", %0" : : "r"(va));
		break;
	case JUDGE_AT_S12E1R:	at("s12e1r"); break;
	case JUDGE_AT_S12E1W:	at("s12e1w"); break;
	case JUDGE_AT_S12E0R:	at("s12e0r"); break;
	case JUDGE_AT_S12E0W:	at("s12e0w"); break;
	}
	/* clang-format on */
	isb();
	c->par = read_reg(par_el1);
	c->esr2 = at_abort_esr;
	c->end = at_abort_esr ? JUDGE_AT_ABORT : JUDGE_PAR;
}

static uint64_t code_of(const struct judge_case *c)
{
	switch (c->how) {
	case JUDGE_LOAD:		return upper(JUDGE_UPPER_EL1, el1_load);
	case JUDGE_STORE:		return upper(JUDGE_UPPER_EL1, el1_store);
	case JUDGE_LOAD_UNPRIV:		return upper(JUDGE_UPPER_EL1, el1_load_unpriv);
	case JUDGE_STORE_UNPRIV:	return upper(JUDGE_UPPER_EL1, el1_store_unpriv);
	case JUDGE_LOAD_EL0:		return upper(JUDGE_UPPER_EL0, el0_load);
	case JUDGE_STORE_EL0:		return upper(JUDGE_UPPER_EL0, el0_store);
	}
	return c->va;
}

/* From what came back to EL2: an HVC of ours, or an exception of its own. */
static enum judge_end end_of(const struct judge_case *c)
{
	if (ESR_EC(c->esr2) != ESR_EC_HVC)
		return JUDGE_EL2;
	if ((c->esr2 & 0xffff) != JUDGE_HVC_EL1)
		return JUDGE_DONE;
	return ESR_EC(c->esr1) == ESR_EC_SVC ? JUDGE_DONE : JUDGE_EL1;
}

/* The number of the case says where its instruction is. */
static void enter(const struct judge_case *c, uint64_t number)
{
	const char *code = (const char *)(JUDGE_CODE + number * JUDGE_CODE_WORDS * 4);
	bool el0 = c->how == JUDGE_INSN_EL0 ||
		   (c->how >= JUDGE_LOAD_EL0 && c->how < JUDGE_INSN);
	uint64_t spsr = (el0 ? SPSR_EL0T : SPSR_EL1H) | SPSR_DAIF | c->pstate;

	if (c->how < JUDGE_INSN)
		enter_lower(c->va, c->value, code_of(c), spsr);
	else
		enter_insn(c->x, upper(el0 ? JUDGE_UPPER_EL0 : JUDGE_UPPER_EL1, code),
			   spsr);
}

static void try_access(struct judge_case *c, uint64_t number)
{
	write_reg(esr_el1, 0);
	write_reg(far_el1, 0);
	write_reg(hpfar_el2, 0);
	enter(c, number);
	c->esr1 = read_reg(esr_el1);
	c->far1 = read_reg(far_el1);
	c->esr2 = read_reg(esr_el2);
	c->far2 = read_reg(far_el2);
	c->hpfar = read_reg(hpfar_el2);
	c->end = end_of(c);
}

void main(void)
{
	struct judge_list *list = (struct judge_list *)JUDGE_CASES;

	list->id[0] = read_reg(id_aa64mmfr0_el1);
	list->id[1] = read_reg(id_aa64mmfr1_el1);
	list->id[2] = read_reg(id_aa64mmfr2_el1);
	list->id[3] = read_reg(dczid_el0);
	/* No traps of vectors' registers. */
	write_reg(cptr_el2, CPTR_NO_TRAP);
	write_reg(cpacr_el1, CPACR_NO_TRAP);
	for (uint64_t i = 0; i < list->count; i++) {
		struct judge_case *c = &list->c[i];

		set_registers(c);
		if (c->how <= JUDGE_AT_LAST)
			try_at(c);
		else
			try_access(c, i);
	}
	list->finished = 1;
}
