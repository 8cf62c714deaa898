/*
 * Loads and stores of 16 bits, as the 32 bits that say the same: "C Extension
 * for Compressed Instructions", and Zcb of "Zc*".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/riscv/insn/impl.h"

/* Opcodes, and sizes in funct3. */
enum { LOAD = 0x03, LOAD_FP = 0x07, STORE = 0x23, STORE_FP = 0x27 };
enum { BYTE, HALF, WORD, DOUBLE, UNSIGNED = 4 };

#define SP	2

static unsigned bits(uint16_t half, unsigned low, unsigned n)
{
	return half >> low & ((1u << n) - 1);
}

static uint32_t load(unsigned opcode, unsigned size, unsigned rd, unsigned rs1,
		     unsigned offset)
{
	return opcode | rd << 7 | size << 12 | rs1 << 15 | offset << 20;
}

static uint32_t store(unsigned opcode, unsigned size, unsigned rs2, unsigned rs1,
		      unsigned offset)
{
	return opcode | (offset & 31) << 7 | size << 12 | rs1 << 15 | rs2 << 20 |
	       offset >> 5 << 25;
}

/* Zcb: C.LBU, C.LHU, C.LH, C.SB, C.SH. */
static uint32_t small(uint16_t half, unsigned data, unsigned base)
{
	unsigned byte = bits(half, 6, 1) | bits(half, 5, 1) << 1;
	unsigned offset = byte & 2;

	switch (bits(half, 10, 3)) {
	case 0:
		return load(LOAD, UNSIGNED | BYTE, data, base, byte);
	case 1:
		return load(LOAD, byte & 1 ? HALF : UNSIGNED | HALF, data, base,
			    offset);
	case 2:
		return store(STORE, BYTE, data, base, byte);
	case 3:
		return byte & 1 ? 0 : store(STORE, HALF, data, base, offset);
	default:
		return 0;
	}
}

/* Quadrant 0: eight registers of each kind, x8 and f8 on. */
static uint32_t by_register(uint16_t half, bool is_32)
{
	unsigned data = 8 + bits(half, 2, 3), base = 8 + bits(half, 7, 3);
	unsigned high = bits(half, 10, 3) << 3;
	unsigned word = high | bits(half, 6, 1) << 2 | bits(half, 5, 1) << 6;
	unsigned twice = high | bits(half, 5, 2) << 6;

	switch (bits(half, 13, 3)) {
	case 1:
		return load(LOAD_FP, DOUBLE, data, base, twice);
	case 2:
		return load(LOAD, WORD, data, base, word);
	case 3:
		return is_32 ? load(LOAD_FP, WORD, data, base, word) :
			       load(LOAD, DOUBLE, data, base, twice);
	case 4:
		return small(half, data, base);
	case 5:
		return store(STORE_FP, DOUBLE, data, base, twice);
	case 6:
		return store(STORE, WORD, data, base, word);
	case 7:
		return is_32 ? store(STORE_FP, WORD, data, base, word) :
			       store(STORE, DOUBLE, data, base, twice);
	default:
		return 0;
	}
}

/* Quadrant 2: from the stack pointer.  No whole register is loaded into x0. */
static uint32_t load_by_sp(uint16_t half, bool is_32)
{
	unsigned rd = bits(half, 7, 5), high = bits(half, 12, 1) << 5;
	unsigned word = high | bits(half, 4, 3) << 2 | bits(half, 2, 2) << 6;
	unsigned twice = high | bits(half, 5, 2) << 3 | bits(half, 2, 3) << 6;

	switch (bits(half, 13, 3)) {
	case 1:
		return load(LOAD_FP, DOUBLE, rd, SP, twice);
	case 2:
		return rd ? load(LOAD, WORD, rd, SP, word) : 0;
	default:
		if (is_32)
			return load(LOAD_FP, WORD, rd, SP, word);
		return rd ? load(LOAD, DOUBLE, rd, SP, twice) : 0;
	}
}

static uint32_t store_by_sp(uint16_t half, bool is_32)
{
	unsigned rs2 = bits(half, 2, 5);
	unsigned word = bits(half, 9, 4) << 2 | bits(half, 7, 2) << 6;
	unsigned twice = bits(half, 10, 3) << 3 | bits(half, 7, 3) << 6;

	switch (bits(half, 13, 3)) {
	case 5:
		return store(STORE_FP, DOUBLE, rs2, SP, twice);
	case 6:
		return store(STORE, WORD, rs2, SP, word);
	default:
		return is_32 ? store(STORE_FP, WORD, rs2, SP, word) :
			       store(STORE, DOUBLE, rs2, SP, twice);
	}
}

uint32_t pmap_rv_expand(uint16_t half, bool is_32)
{
	unsigned funct3 = bits(half, 13, 3);

	if ((half & 3) == 0)
		return by_register(half, is_32);
	if ((half & 3) != 2 || !(funct3 & 3))
		return 0;
	return funct3 & 4 ? store_by_sp(half, is_32) : load_by_sp(half, is_32);
}
