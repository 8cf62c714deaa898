/*
 * The decoder's parts, one file for each group of encodings.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_RISCV_INSN_IMPL_H
#define PMAP_RISCV_INSN_IMPL_H

#include "arch/riscv/insn/insn.h"

struct pmap_rv {
	const struct pmap_riscv_cpu *cpu;
	uint32_t word;
	struct pmap_insn *insn;
};

static inline unsigned pmap_rv_field(const struct pmap_rv *d, unsigned low,
				     unsigned bits)
{
	return d->word >> low & ((1u << bits) - 1);
}

/* Fields that nearly all have. */
static inline unsigned pmap_rv_opcode(const struct pmap_rv *d)
{
	return pmap_rv_field(d, 0, 7);
}

static inline unsigned pmap_rv_rd(const struct pmap_rv *d)
{
	return pmap_rv_field(d, 7, 5);
}

static inline unsigned pmap_rv_funct3(const struct pmap_rv *d)
{
	return pmap_rv_field(d, 12, 3);
}

static inline unsigned pmap_rv_rs1(const struct pmap_rv *d)
{
	return pmap_rv_field(d, 15, 5);
}

static inline unsigned pmap_rv_rs2(const struct pmap_rv *d)
{
	return pmap_rv_field(d, 20, 5);
}

/* --- decode.c: what they have in common ----------------------------------- */

extern const char pmap_rv_not_known[];

/* A name of a register, as calling conventions have it; a constant. */
const char *pmap_rv_reg(unsigned n);	/* "zero", "ra", "sp" .. */
const char *pmap_rv_freg(unsigned n);	/* "ft0" .. */

__attribute__((format(printf, 2, 3)))
void pmap_rv_text(struct pmap_rv *d, const char *format, ...);

/*
 * An access of `size' bytes at `va', cut to the hart's addresses; `what' is of
 * enum pmap_mem_what.  Never NULL: an instruction has two entries beside the
 * fetch at most.
 */
struct pmap_mem *pmap_rv_access(struct pmap_rv *d, unsigned what, uint64_t va,
				unsigned size);

/* The instruction raises that, for that reason, before any access. */
void pmap_rv_refuse(struct pmap_rv *d, enum pmap_riscv_cause cause,
		    const char *why);

/* A letter of misa; true where nothing tells. */
bool pmap_rv_has(const struct pmap_rv *d, char letter);

/* --- The groups ------------------------------------------------------------ */

/*
 * The 32 bits that say the same as 16 bits that load or store; 0: they do not.
 */
uint32_t pmap_rv_expand(uint16_t half, bool is_32);

/* V's loads and stores; false: the encoding is none of these. */
bool pmap_rv_vector(struct pmap_rv *d);

/* CBO, prefetches; HLV and HSV are rows of decode.c. */
void pmap_rv_cache(struct pmap_rv *d, unsigned operation);
/* SYSTEM: what a mode may not do at all. */
void pmap_rv_system(struct pmap_rv *d);
/* HLV and HSV: who may? */
void pmap_rv_check_hlv(struct pmap_rv *d);

#endif
