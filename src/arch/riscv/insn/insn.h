/*
 * What memory a RISC-V instruction touches, from its bits and the registers.
 *
 * Encodings are those of the RISC-V Instruction Set Manual, volume I, "RV32/64G
 * Instruction Set Listings", and the chapters on A, Zacas, Zabha, F, D, Q, Zfh,
 * C, Zcb, V and CMO; of volume II, "Hypervisor Extension".  Nothing is read here.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_RISCV_INSN_H
#define PMAP_RISCV_INSN_H

#include <pml/regs-riscv.h>

#include "target/insn.h"

/* pmap_access.how */
#define PMAP_RISCV_SUM	1u	/* SUM does not stop it */
#define PMAP_RISCV_AMO	2u	/* reads as well, as one access: a store's fault */
#define PMAP_RISCV_HLV	4u	/* HLV, HLVX or HSV: the guest's memory */
#define PMAP_RISCV_HLVX	8u	/* HLVX: reads what may be executed */
#define PMAP_RISCV_CBO	16u	/* CBO.CLEAN and its like: reads, with a store's fault */

/* Causes that no table is the reason of. */
enum pmap_riscv_cause {
	PMAP_RISCV_ILLEGAL = 2,
	PMAP_RISCV_BREAKPOINT = 3,
	PMAP_RISCV_MISALIGNED_LOAD = 4,
	PMAP_RISCV_MISALIGNED_STORE = 6,	/* and AMO */
	PMAP_RISCV_VIRTUAL = 22,	/* a virtual instruction, in V=1 */
};

/* The state that an instruction needs. */
struct pmap_riscv_cpu {
	uint64_t x[32], pc;	/* x[0] is 0 */
	uint8_t xlen;		/* 64 or 32 */
	uint8_t priv;		/* of enum pml_riscv_priv */
	bool v;			/* V=1 */
	uint64_t misa;		/* 0: not known */
	uint64_t status;	/* mstatus; with V=1 vsstatus */
	uint64_t hstatus;
	bool has_envcfg;	/* are these known? */
	uint64_t menvcfg, senvcfg, henvcfg;
	bool has_vector;	/* and these? */
	uint64_t vl, vtype, vstart, vlenb;
	unsigned block;		/* bytes of a cache block, a power of 2 */
};

/* Bytes of the instruction that begins with these 16 bits: 2, 4; 0: more than that. */
static inline unsigned pmap_riscv_length(uint16_t low)
{
	if ((low & 3) != 3)
		return 2;
	return (low & 0x1c) != 0x1c ? 4 : 0;
}

/*
 * The accesses of `word' at cpu->pc, without the fetch, its length and its text.
 * Of 16 bits the upper half is ignored.  What has no access has no entry; what
 * is not known says so in insn->unknown.
 */
void pmap_riscv_decode(const struct pmap_riscv_cpu *cpu, uint32_t word,
		       struct pmap_insn *insn_ret);

/* What the hart was taken to have, which no register tells: "Zfh"; or NULL. */
const char *pmap_riscv_insn_needs(uint32_t word);

#endif
