/*
 * The decoder's parts, one file for each group of encodings.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_ARM64_INSN_IMPL_H
#define PMAP_ARM64_INSN_IMPL_H

#include "arch/arm64/insn/insn.h"

struct pmap_a64 {
	const struct pmap_arm64_cpu *cpu;
	uint32_t word;
	struct pmap_insn *insn;
};

static inline unsigned pmap_a64_field(const struct pmap_a64 *d, unsigned low,
				      unsigned bits)
{
	return d->word >> low & ((1u << bits) - 1);
}

static inline int64_t pmap_a64_signed(const struct pmap_a64 *d, unsigned low,
				      unsigned bits)
{
	return (int64_t)((uint64_t)d->word << (64 - low - bits)) >> (64 - bits);
}

/* Fields that nearly all have. */
static inline unsigned pmap_a64_rt(const struct pmap_a64 *d)
{
	return pmap_a64_field(d, 0, 5);
}

static inline unsigned pmap_a64_rn(const struct pmap_a64 *d)
{
	return pmap_a64_field(d, 5, 5);
}

static inline unsigned pmap_a64_rm(const struct pmap_a64 *d)
{
	return pmap_a64_field(d, 16, 5);
}

/*
 * Each of these decodes one group.  False: the encoding is not allocated.  One
 * that is known to exist but not understood has insn->unknown set.
 */
bool pmap_a64_single(struct pmap_a64 *d);	/* one register; literal; LDTR; PRFM */
bool pmap_a64_pair(struct pmap_a64 *d);
bool pmap_a64_exclusive(struct pmap_a64 *d);	/* and ordered, and compare and swap */
bool pmap_a64_atomic(struct pmap_a64 *d);
bool pmap_a64_ordered(struct pmap_a64 *d);	/* LDAPUR, STLUR */
bool pmap_a64_vectors(struct pmap_a64 *d);	/* LD1 to LD4, ST1 to ST4 */
void pmap_a64_system(struct pmap_a64 *d);	/* DC, IC, AT */

/* --- decode.c: what they have in common ----------------------------------- */

/* How one access must be aligned. */
enum pmap_a64_align {
	PMAP_A64_ANY,		/* only where SCTLR_ELx.A asks for it */
	PMAP_A64_ATOMIC,	/* always, or within 16 bytes with LSE2 */
	PMAP_A64_ORDERED,	/* the same, unless SCTLR_ELx.nAA lifts it */
};

/* A name of a register; a constant that needs no freeing. */
const char *pmap_a64_reg(unsigned n, unsigned bytes);	/* w or x, 31: zr */
const char *pmap_a64_base(unsigned n);			/* x, 31: sp */
const char *pmap_a64_vreg(unsigned n, unsigned bytes);	/* b, h, s, d, q */

__attribute__((format(printf, 2, 3)))
void pmap_a64_text(struct pmap_a64 *d, const char *format, ...);

/*
 * The base register's value.  Checks the stack pointer, if it is that; false:
 * nothing shows its value (the entry that is added next says so).
 */
uint64_t pmap_a64_address(struct pmap_a64 *d);

/*
 * An access of `size' bytes, of elements of `unit' bytes; `what' is of enum
 * pmap_mem_what.  Never NULL: an instruction has one entry beside the fetch.
 */
struct pmap_mem *pmap_a64_access(struct pmap_a64 *d, unsigned what, uint64_t va,
				 unsigned size, unsigned unit,
				 enum pmap_a64_align align);

#endif
