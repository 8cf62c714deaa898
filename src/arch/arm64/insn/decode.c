/*
 * From 32 bits to the group that they are of, and what the groups share.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdarg.h>
#include <stdio.h>

#include "arch/arm64/insn/impl.h"

const char *pmap_a64_reg(unsigned n, unsigned bytes)
{
	static const char *const names[2][32] = {
		{ "w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "w9",
		  "w10", "w11", "w12", "w13", "w14", "w15", "w16", "w17", "w18",
		  "w19", "w20", "w21", "w22", "w23", "w24", "w25", "w26", "w27",
		  "w28", "w29", "w30", "wzr" },
		{ "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9",
		  "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18",
		  "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
		  "x28", "x29", "x30", "xzr" },
	};

	return names[bytes == 8][n];
}

const char *pmap_a64_base(unsigned n)
{
	return n == 31 ? "sp" : pmap_a64_reg(n, 8);
}

const char *pmap_a64_vreg(unsigned n, unsigned bytes)
{
	/* An instruction names two at most. */
	static char names[4][8];
	static unsigned next;
	char *name = names[next++ % 4];
	const char *letter = bytes == 1 ? "b" : bytes == 2 ? "h" :
			     bytes == 4 ? "s" : bytes == 8 ? "d" : "q";

	snprintf(name, sizeof(names[0]), "%s%u", letter, n & 31);
	return name;
}

void pmap_a64_text(struct pmap_a64 *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->insn->text, sizeof(d->insn->text), format, args);
	va_end(args);
}

uint64_t pmap_a64_address(struct pmap_a64 *d)
{
	const struct pmap_arm64_cpu *cpu = d->cpu;
	unsigned n = pmap_a64_rn(d);

	if (n != 31)
		return cpu->x[n];
	/* D1.3.10.2: before the address is looked at. */
	if (cpu->align_sp && cpu->sp & 15 && !cpu->sp_unknown) {
		d->insn->exception = PMAP_ARM64_EC_SP;
		d->insn->why = "SP, which the address is made of, must be a multiple of 16 (SCTLR.SA)";
	}
	return cpu->sp;
}

/* B2.5: what faults if it is not so; 0: nothing does. */
static unsigned alignment(const struct pmap_arm64_cpu *cpu, uint64_t va,
			  unsigned size, unsigned unit, enum pmap_a64_align align)
{
	if (align == PMAP_A64_ANY)
		return cpu->align_all ? unit : 0;
	if (!cpu->lse2 || cpu->align_all)
		return size;
	/* Within 16 bytes it is single-copy atomic all the same. */
	if ((va & 15) + size <= 16 || (align == PMAP_A64_ORDERED && cpu->naa))
		return 0;
	return size;
}

struct pmap_mem *pmap_a64_access(struct pmap_a64 *d, unsigned what, uint64_t va,
				 unsigned size, unsigned unit,
				 enum pmap_a64_align align)
{
	struct pmap_mem *mem = &d->insn->mem[d->insn->mems++];

	*mem = (struct pmap_mem){
		.role = "operand", .va = va, .size = size, .count = 1, .fits = 1,
		.what = what,
	};
	if (what)
		mem->align = alignment(d->cpu, va, size, unit, align);
	if (pmap_a64_rn(d) == 31 && d->cpu->sp_unknown)
		mem->unknown = "the target does not show this level's stack pointer";
	return mem;
}

/* --- The groups ------------------------------------------------------------ */

static const char not_allocated[] =
	"no instruction that is known here; undefined, if the processor does not have it either";

/* bits 29:24 of what has bit 27 set and bit 25 clear: C4.1.94. */
static bool load_store(struct pmap_a64 *d)
{
	switch (pmap_a64_field(d, 24, 6)) {
	case 0x08:
		return pmap_a64_exclusive(d);
	case 0x0c: case 0x0d:
		return pmap_a64_vectors(d);
	case 0x18: case 0x1c:
		return pmap_a64_single(d);
	case 0x19: case 0x1d:
		return pmap_a64_ordered(d);
	case 0x28: case 0x29: case 0x2c: case 0x2d:
		return pmap_a64_pair(d);
	case 0x38: case 0x3c:
		if (pmap_a64_field(d, 21, 1) && !pmap_a64_field(d, 10, 2))
			return pmap_a64_atomic(d);
		return pmap_a64_single(d);
	case 0x39: case 0x3d:
		return pmap_a64_single(d);
	}
	return false;
}

/* Bits 28:25, C4.1: all but loads and stores, of which most touch nothing. */
static bool other(struct pmap_a64 *d)
{
	switch (pmap_a64_field(d, 25, 4)) {
	case 0x0:
		if (!pmap_a64_field(d, 31, 1))
			return false;	/* UDF */
		d->insn->unknown = "SME's instructions are not known here";
		return true;
	case 0x2:
		/* Bit 31 is clear in those that only calculate. */
		if (pmap_a64_field(d, 31, 1))
			d->insn->unknown = "SVE's accesses are not known here";
		return true;
	case 0x1: case 0x3:
		return false;
	case 0xa: case 0xb:
		pmap_a64_system(d);
		return true;
	}
	return true;
}

void pmap_arm64_decode(const struct pmap_arm64_cpu *cpu, uint32_t word,
		       struct pmap_insn *insn)
{
	struct pmap_a64 d = { cpu, word, insn };
	bool is_load_store = (word >> 25 & 5) == 4, allocated;

	insn->length = 4;
	/* For what has no name here. */
	snprintf(insn->text, sizeof(insn->text), ".inst 0x%08x", word);
	allocated = is_load_store ? load_store(&d) : other(&d);
	if (!allocated)
		insn->unknown = not_allocated;
	if (cpu->pc & 3) {
		insn->exception = PMAP_ARM64_EC_PC;
		insn->why = "the program counter must be a multiple of 4";
	}
}
