/*
 * What an entry of RISC-V's tables says, from the manual (volume II, "Virtual
 * Address Translation Process", "Svnapot", "Svpbmt"), with nothing taken from
 * the core.  Slow and plain on purpose.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_ORACLE_RISCV_H
#define TESTS_ORACLE_RISCV_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum rv_entry { RV_ABSENT, RV_BAD, RV_LEAF, RV_TABLE };

/* A format; no_napot, no_pbmt: the hart lacks it, or has it turned off. */
struct rv {
	int levels;		/* 0: this is none of RISC-V's */
	bool x4;		/* the G stage's */
	bool no_napot, no_pbmt;
};

/* "sv39x4" */
static inline struct rv rv_of(const char *name)
{
	struct rv v = { .x4 = strstr(name, "x4") };

	if (!strncmp(name, "sv32", 4))
		v.levels = 2;
	else if (!strncmp(name, "sv39", 4))
		v.levels = 3;
	else if (!strncmp(name, "sv48", 4))
		v.levels = 4;
	else if (!strncmp(name, "sv57", 4))
		v.levels = 5;
	return v;
}

/* The physical page number of an entry. */
static inline uint64_t rv_ppn(const struct rv *v, uint64_t raw)
{
	return raw >> 10 & (v->levels == 2 ? 0x3fffff : 0xfffffffffff);
}

/* Where the root is, from satp or hgatp. */
static inline uint64_t rv_root(const struct rv *v, uint64_t satp)
{
	uint64_t ppn = satp & (v->levels == 2 ? 0x3fffff : 0xfffffffffff);

	return (v->x4 ? ppn / 4 * 4 : ppn) << 12;
}

/* Bits 63:54 of an entry of 64 bits: is there something wrong with them? */
static inline bool rv_bad_high(const struct rv *v, uint64_t raw)
{
	unsigned pbmt = raw >> 61 & 3;

	if (v->levels == 2)
		return false;
	return (raw >> 54 & 0x7f) || pbmt == 3 || (pbmt && v->no_pbmt) ||
	       (raw >> 63 && v->no_napot);
}

static inline bool rv_is_napot(const struct rv *v, uint64_t raw)
{
	return v->levels > 2 && raw >> 63;
}

/* `level` 1 is the last; a leaf covers 1 << shift bytes. */
static inline enum rv_entry rv_entry(const struct rv *v, int level, int shift,
				     uint64_t raw)
{
	bool r = raw & 2, w = raw & 4, x = raw & 8;
	uint64_t ppn = rv_ppn(v, raw);

	if (!(raw & 1))
		return RV_ABSENT;
	if (rv_bad_high(v, raw) || (w && !r))
		return RV_BAD;
	if (!r && !x) {
		/* U, A and D; N and PBMT. */
		if (level == 1 || (raw & 0xd0) ||
		    (v->levels > 2 && raw >> 61))
			return RV_BAD;
		return RV_TABLE;
	}
	if (rv_is_napot(v, raw))
		return level == 1 && ppn % 16 == 8 ? RV_LEAF : RV_BAD;
	return ppn % (1ULL << (shift - 12)) ? RV_BAD : RV_LEAF;
}

/* log2 of the memory that a leaf is a part of. */
static inline int rv_size(const struct rv *v, int shift, uint64_t raw)
{
	return rv_is_napot(v, raw) ? 16 : shift;
}

/* Where that memory begins. */
static inline uint64_t rv_leaf_pa(const struct rv *v, int shift, uint64_t raw)
{
	shift = rv_size(v, shift, raw);
	return rv_ppn(v, raw) << 12 >> shift << shift;
}

#endif
