/*
 * Instructions of the system that take an address: DC, IC, AT.  C4.1.93, C5.3 to C5.5.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/arm64/insn/impl.h"

#define SYS(op1, m, op2)	((op1) << 7 | (m) << 3 | (op2))	/* CRn is 7 */

enum kind { ZERO, CLEAN, INVALIDATE, FETCH, ASK, TAGS };

static const struct {
	uint16_t sys;
	uint8_t kind;
	const char *name;
} known[] = {
	{ SYS(0, 6, 1), INVALIDATE, "dc ivac" },
	{ SYS(3, 4, 1), ZERO, "dc zva" },
	{ SYS(3, 4, 3), TAGS, "dc gva" },
	{ SYS(3, 4, 4), TAGS, "dc gzva" },
	{ SYS(3, 10, 1), CLEAN, "dc cvac" },
	{ SYS(3, 11, 1), CLEAN, "dc cvau" },
	{ SYS(3, 12, 1), CLEAN, "dc cvap" },
	{ SYS(3, 13, 1), CLEAN, "dc cvadp" },
	{ SYS(3, 14, 1), CLEAN, "dc civac" },
	{ SYS(3, 5, 1), FETCH, "ic ivau" },
	{ SYS(0, 8, 0), ASK, "at s1e1r" }, { SYS(0, 8, 1), ASK, "at s1e1w" },
	{ SYS(0, 8, 2), ASK, "at s1e0r" }, { SYS(0, 8, 3), ASK, "at s1e0w" },
	{ SYS(0, 9, 0), ASK, "at s1e1rp" }, { SYS(0, 9, 1), ASK, "at s1e1wp" },
	{ SYS(4, 8, 0), ASK, "at s1e2r" }, { SYS(4, 8, 1), ASK, "at s1e2w" },
	{ SYS(4, 8, 4), ASK, "at s12e1r" }, { SYS(4, 8, 5), ASK, "at s12e1w" },
	{ SYS(4, 8, 6), ASK, "at s12e0r" }, { SYS(4, 8, 7), ASK, "at s12e0w" },
	{ SYS(6, 8, 0), ASK, "at s1e3r" }, { SYS(6, 8, 1), ASK, "at s1e3w" },
};

/* C5.3.36: all of the block that the address is in. */
static void zero(struct pmap_a64 *d, uint64_t va)
{
	unsigned n = d->cpu->zva;
	struct pmap_mem *mem;

	/* The address that is reported is the register's, not the block's. */
	mem = pmap_a64_access(d, PMAP_MEM_W, va, n ? n - (va & (n - 1)) : 1, 1,
			      PMAP_A64_ANY);
	mem->role = "block";
	mem->unknown = d->cpu->zva_prohibited ?
		       "DCZID_EL0.DZP prohibits it here" : NULL;
}

static void line(struct pmap_a64 *d, uint64_t va, enum kind kind)
{
	struct pmap_mem *mem = pmap_a64_access(d, kind == INVALIDATE ? PMAP_MEM_W :
					       PMAP_MEM_R, va, 1, 1, PMAP_A64_ANY);

	mem->role = "cache line";
	mem->unknown = NULL;
	if (kind == ASK) {
		/* PAR_EL1 has the answer, whatever it is. */
		mem->role = "question";
		mem->nofault = true;
	} else
		mem->perhaps = "whether maintenance of caches asks for rights, and for which, is not the same in all processors";
}

static void address_operand(struct pmap_a64 *d, unsigned i)
{
	unsigned t = pmap_a64_rt(d);
	uint64_t va = t == 31 ? 0 : d->cpu->x[t];

	pmap_a64_text(d, "%s, %s", known[i].name, pmap_a64_reg(t, 8));
	if (known[i].kind == TAGS)
		d->insn->unknown = "tags of memory (MTE) are not known here";
	else if (known[i].kind == ZERO)
		zero(d, va);
	else
		line(d, va, (enum kind)known[i].kind);
}

void pmap_a64_system(struct pmap_a64 *d)
{
	unsigned sys = SYS(pmap_a64_field(d, 16, 3), pmap_a64_field(d, 8, 4),
			   pmap_a64_field(d, 5, 3));

	/* SYS with CRn 7. */
	if (pmap_a64_field(d, 19, 13) != 0x1aa1 || pmap_a64_field(d, 12, 4) != 7)
		return;
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].sys == sys)
			address_operand(d, i);
	/* GCSPUSHM and its like: the stack of return addresses. */
	if ((sys & SYS(7, 15, 0)) == SYS(3, 7, 0))
		d->insn->unknown = "guarded control stacks (GCS) are not known here";
}
