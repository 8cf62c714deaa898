/*
 * RISC-V's physical memory protection: which entry decides, and what it allows.
 *
 * Sections are those of the RISC-V Instruction Set Manual, volume II: "Physical
 * Memory Protection", and "Smepmp".  Registers are taken as they read, so that
 * a grain coarser than four bytes is in them already.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_PMP_RISCV_H
#define PML_PMP_RISCV_H

#include <pml/format.h>

#define PML_RISCV_PMP_MAX	64

/* An entry's byte of pmpcfgN. */
#define PML_RISCV_PMP_R		0x01u
#define PML_RISCV_PMP_W		0x02u
#define PML_RISCV_PMP_X		0x04u
#define PML_RISCV_PMP_A		0x18u	/* of enum pml_riscv_pmp_match, << 3 */
#define PML_RISCV_PMP_L		0x80u	/* locked: for M mode, too */

enum pml_riscv_pmp_match {
	PML_RISCV_PMP_OFF,
	PML_RISCV_PMP_TOR,	/* from the entry before to pmpaddr */
	PML_RISCV_PMP_NA4,	/* four bytes */
	PML_RISCV_PMP_NAPOT,	/* a power of two, 8 bytes and up */
};

/* mseccfg, "Smepmp". */
#define PML_RISCV_MML		(1ULL << 0)	/* entries mean other things, see below */
#define PML_RISCV_MMWP		(1ULL << 1)	/* M mode needs an entry, too */

/* What answers no entry. */
#define PML_RISCV_PMP_NONE	(-1)

/*
 * The registers.  `count` entries are known, of those that the hart has; 0: it
 * has no PMP, or none is known, and everything is allowed.
 */
struct pml_riscv_pmp {
	uint8_t count;
	uint8_t cfg[PML_RISCV_PMP_MAX];
	uint64_t addr[PML_RISCV_PMP_MAX];	/* pmpaddrN: address bits, 2 too low */
	uint64_t mseccfg;			/* 0 where there is none */
};

/* One answer. */
struct pml_riscv_pmp_verdict {
	bool allowed;
	int8_t entry;		/* that decides; PML_RISCV_PMP_NONE if none matches */
	bool partial;		/* it matches some bytes of the access alone: denied */
	unsigned rights;	/* of enum pml_rights, that it gives to this mode */
};

/*
 * Take over a register pmpcfgN.  On RV64 (xlen 64) it has eight entries, and N is
 * even; on RV32 four.  Counts the entries in.
 */
static inline void pml_riscv_pmp_set_cfg(struct pml_riscv_pmp *pmp,
					 unsigned n, unsigned xlen,
					 uint64_t value)
{
	unsigned i, first = 4 * n;

	for (i = 0; i < xlen / 8 && first + i < PML_RISCV_PMP_MAX; i++)
		pmp->cfg[first + i] = value >> 8 * i & 0xff;
	if (first + i > pmp->count)
		pmp->count = first + i;
}

static inline enum pml_riscv_pmp_match
pml_riscv_pmp_match(const struct pml_riscv_pmp *pmp, unsigned n)
{
	return (enum pml_riscv_pmp_match)((pmp->cfg[n] & PML_RISCV_PMP_A) >> 3);
}

/*
 * The addresses of an entry, *last included.  False if it has none: it is off,
 * or the top of its range is not above its bottom.
 */
static inline bool pml_riscv_pmp_range(const struct pml_riscv_pmp *pmp,
				       unsigned n, uint64_t *first,
				       uint64_t *last)
{
	/* 54 bits count, and so their << 2 has no more than 56. */
	uint64_t addr = pmp->addr[n] & PML_BITS(0, 53), ones;

	switch (pml_riscv_pmp_match(pmp, n)) {
	case PML_RISCV_PMP_TOR:
		*first = n ? (pmp->addr[n - 1] & PML_BITS(0, 53)) << 2 : 0;
		*last = (addr << 2) - 1;
		return addr << 2 > *first;
	case PML_RISCV_PMP_NA4:
		*first = addr << 2;
		*last = *first + 3;
		return true;
	case PML_RISCV_PMP_NAPOT:
		/* The ones at the bottom and the zero above them. */
		ones = addr ^ (addr + 1);
		*first = (addr & ~ones) << 2;
		*last = (addr | ones) << 2 | 3;
		return true;
	default:
		return false;
	}
}

/* What an entry gives to M mode, or to the modes below it. */
static inline unsigned pml_riscv_pmp_rights(const struct pml_riscv_pmp *pmp,
					    unsigned n, bool machine)
{
	/* "Smepmp", the table for MML=1, by L, X, W, R. */
	static const uint8_t mml[2][16] = { {
		/* below M */
		0, PML_R, PML_R, PML_R | PML_W,
		PML_X, PML_R | PML_X, PML_R | PML_W, PML_R | PML_W | PML_X,
		0, 0, PML_X, 0, 0, 0, PML_X, PML_R,
	}, {
		/* M */
		0, 0, PML_R | PML_W, 0, 0, 0, PML_R | PML_W, 0,
		0, PML_R, PML_X, PML_R | PML_W,
		PML_X, PML_R | PML_X, PML_R | PML_X, PML_R,
	} };
	unsigned cfg = pmp->cfg[n], rwx = cfg & 7;

	if (pmp->mseccfg & PML_RISCV_MML)
		return mml[machine][rwx | (cfg & PML_RISCV_PMP_L ? 8 : 0)];
	if (machine && !(cfg & PML_RISCV_PMP_L))
		return PML_R | PML_W | PML_X;
	/* R, W and X are in the places of enum pml_rights. */
	return rwx;
}

/* Where no entry matches. */
static inline unsigned
pml_riscv_pmp_default(const struct pml_riscv_pmp *pmp, bool machine)
{
	if (!pmp->count)
		return PML_R | PML_W | PML_X;
	if (!machine || (pmp->mseccfg & PML_RISCV_MMWP))
		return 0;
	return pmp->mseccfg & PML_RISCV_MML ? PML_R | PML_W
					    : PML_R | PML_W | PML_X;
}

/*
 * May `need`, of PML_R, PML_W and PML_X, be done with the `size` bytes at `pa`?
 * The entry of the lowest number that has any of them decides, "Priority and
 * Matching Logic"; it has to have all.
 */
static inline struct pml_riscv_pmp_verdict
pml_riscv_pmp(const struct pml_riscv_pmp *pmp, uint64_t pa, unsigned size,
	      unsigned need, bool machine)
{
	uint64_t end = pa + (size ? size - 1 : 0), first, last;
	struct pml_riscv_pmp_verdict v = {
		.entry = PML_RISCV_PMP_NONE, .partial = false,
		.rights = pml_riscv_pmp_default(pmp, machine),
	};
	unsigned n;

	for (n = 0; n < pmp->count; n++) {
		if (!pml_riscv_pmp_range(pmp, n, &first, &last) ||
		    first > end || last < pa)
			continue;
		v.entry = n;
		v.partial = first > pa || last < end;
		v.rights = v.partial ? 0 :
			   pml_riscv_pmp_rights(pmp, n, machine);
		break;
	}
	v.allowed = !(need & ~v.rights);
	return v;
}

#endif
