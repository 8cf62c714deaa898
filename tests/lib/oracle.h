/*
 * A second opinion: one address through page tables, as the manuals tell it,
 * mode by mode, with nothing taken from the core.  Slow and plain on purpose.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include "image.h"
#include "oracle-riscv.h"

enum naive_mode {
	NAIVE_32, NAIVE_PSE, NAIVE_PAE, NAIVE_LONG4, NAIVE_LONG5,
	NAIVE_AMD4, NAIVE_AMD5,
	NAIVE_NPT4, NAIVE_NPT5, NAIVE_EPT4, NAIVE_EPT5, NAIVE_EPT4_XU,
	NAIVE_EPT5_XU,
	NAIVE_SV32, NAIVE_SV39, NAIVE_SV48, NAIVE_SV57,
	NAIVE_SV32X4, NAIVE_SV39X4, NAIVE_SV48X4, NAIVE_SV57X4,
};

enum naive_end {
	NAIVE_MAPPED, NAIVE_ABSENT, NAIVE_RESERVED, NAIVE_UNREADABLE,
	NAIVE_NO_ADDRESS,
};

struct naive_cpu {
	enum naive_mode mode;
	int maxphyaddr;
	bool nxe;
	bool no_exec_only;
	bool no_napot, no_pbmt;
};

struct naive {
	enum naive_end end;
	int level;		/* where it ended */
	uint64_t raw;		/* the entry there */
	uint64_t pa;		/* MAPPED */
	bool r, w, x, u, xu;	/* MAPPED */
	uint64_t size;		/* MAPPED: of the page */
};

static inline uint64_t naive_field(uint64_t v, int low, int high)
{
	uint64_t out = 0;
	int bit;

	for (bit = low; bit <= high; bit++)
		if (v >> bit & 1)
			out |= 1ULL << bit;
	return out;
}

static inline bool naive_is_ept(enum naive_mode mode)
{
	return mode >= NAIVE_EPT4 && mode <= NAIVE_EPT5_XU;
}

/* APM 2, 5.3.3: what would be G must be zero in PML4 and PML5 entries. */
static inline bool naive_is_amd(enum naive_mode mode)
{
	return mode >= NAIVE_AMD4 && mode <= NAIVE_NPT5;
}

static inline bool naive_has_xu(enum naive_mode mode)
{
	return mode == NAIVE_EPT4_XU || mode == NAIVE_EPT5_XU;
}

static inline int naive_levels(enum naive_mode mode)
{
	switch (mode) {
	case NAIVE_32: case NAIVE_PSE:
		return 2;
	case NAIVE_PAE:
		return 3;
	case NAIVE_LONG5: case NAIVE_AMD5: case NAIVE_NPT5: case NAIVE_EPT5:
	case NAIVE_EPT5_XU:
		return 5;
	default:
		return 4;
	}
}

static inline bool naive_is_address(enum naive_mode mode, uint64_t va)
{
	switch (mode) {
	case NAIVE_32: case NAIVE_PSE: case NAIVE_PAE:
		return va <= 0xffffffff;
	case NAIVE_LONG4: case NAIVE_AMD4:
		return va <= 0x7fffffffffff || va >= 0xffff800000000000;
	case NAIVE_LONG5: case NAIVE_AMD5:
		return va <= 0xffffffffffffff || va >= 0xff00000000000000;
	case NAIVE_NPT4: case NAIVE_EPT4: case NAIVE_EPT4_XU:
		return va <= 0xffffffffffff;
	default:
		return va <= 0x1ffffffffffffff;
	}
}

/* Does an entry end the walk: the bit 7 of those levels that know it? */
static inline bool naive_ends(enum naive_mode mode, int level, uint64_t raw)
{
	if (level == 1)
		return true;
	if (mode == NAIVE_32 || level > 3 || (mode == NAIVE_PAE && level == 3))
		return false;
	return raw & 0x80;
}

/* 32-bit entries: only 4 MiB pages have anything reserved. */
static inline bool naive_reserved32(const struct naive_cpu *cpu, int level,
				    uint64_t raw)
{
	int bit;

	if (level == 1 || !naive_ends(cpu->mode, level, raw))
		return false;
	if (raw & 0x200000)
		return true;
	for (bit = 32; bit < 40; bit++)
		if ((raw >> (bit - 32 + 13) & 1) && bit >= cpu->maxphyaddr)
			return true;
	return false;
}

static inline bool naive_reserved64(const struct naive_cpu *cpu, int level,
				    uint64_t raw)
{
	bool ends = naive_ends(cpu->mode, level, raw);

	if (cpu->maxphyaddr < 52 && naive_field(raw, cpu->maxphyaddr, 51))
		return true;
	if (!cpu->nxe && raw >> 63)
		return true;
	if (cpu->mode == NAIVE_PAE && naive_field(raw, 52, 62))
		return true;
	/* Not bit 5: QEMU sets it where it uses the entry. */
	if (cpu->mode == NAIVE_PAE && level == 3)
		return raw & 0x80000000000001c6;
	if (level >= 4 && (raw & 0x80))
		return true;
	if (level >= 4 && naive_is_amd(cpu->mode) && (raw & 0x100))
		return true;
	if (ends && level == 2)
		return naive_field(raw, 13, 20);
	return ends && level == 3 && naive_field(raw, 13, 29);
}

/* EPT misconfigurations. */
static inline bool naive_reserved_ept(const struct naive_cpu *cpu, int level,
				      uint64_t raw)
{
	bool r = raw & 1, w = raw & 2, x = raw & 4;
	bool ends = naive_ends(cpu->mode, level, raw);
	int type = raw >> 3 & 7;

	if (naive_has_xu(cpu->mode) && (raw & 0x400))
		x = true;
	if (!r && w)
		return true;
	if (!r && x && cpu->no_exec_only)
		return true;
	if (cpu->maxphyaddr < 52 && naive_field(raw, cpu->maxphyaddr, 51))
		return true;
	if (!ends)
		return raw & (level >= 4 ? 0xf8 : 0x78);
	if (type == 2 || type == 3 || type == 7)
		return true;
	if (level == 2)
		return naive_field(raw, 12, 20);
	return level == 3 && naive_field(raw, 12, 29);
}

static inline bool naive_reserved(const struct naive_cpu *cpu, int level,
				  uint64_t raw)
{
	if (naive_is_ept(cpu->mode))
		return naive_reserved_ept(cpu, level, raw);
	if (cpu->mode == NAIVE_32 || cpu->mode == NAIVE_PSE)
		return naive_reserved32(cpu, level, raw);
	return naive_reserved64(cpu, level, raw);
}

static inline bool naive_present(enum naive_mode mode, uint64_t raw)
{
	if (!naive_is_ept(mode))
		return raw & 1;
	return (raw & 7) || (naive_has_xu(mode) && (raw & 0x400));
}

static inline void naive_narrow(enum naive_mode mode, int level, uint64_t raw,
				struct naive *n)
{
	if (naive_is_ept(mode)) {
		n->r = n->r && (raw & 1);
		n->w = n->w && (raw & 2);
		n->x = n->x && (raw & 4);
		n->xu = n->xu && (raw & 0x400);
		return;
	}
	if (mode == NAIVE_PAE && level == 3)
		return;
	n->w = n->w && (raw & 2);
	n->u = n->u && (raw & 4);
	if (mode != NAIVE_32 && mode != NAIVE_PSE)
		n->x = n->x && !(raw >> 63);
}

static inline void naive_map(enum naive_mode mode, int shift, uint64_t raw,
			     uint64_t va, struct naive *n)
{
	n->end = NAIVE_MAPPED;
	n->size = 1ULL << shift;
	n->pa = naive_field(raw, shift, 51) | (va & (n->size - 1));
	if (mode == NAIVE_PSE && shift == 22)
		n->pa = naive_field(raw, 22, 31) | naive_field(raw, 13, 20) << 19 |
			(va & 0x3fffff);
}

/* --- RISC-V ----------------------------------------------------------------- */

static inline struct rv naive_rv(const struct naive_cpu *cpu)
{
	bool x4 = cpu->mode >= NAIVE_SV32X4;

	return (struct rv){
		.levels = 2 + (int)(cpu->mode - (x4 ? NAIVE_SV32X4 : NAIVE_SV32)),
		.x4 = x4, .no_napot = cpu->no_napot, .no_pbmt = cpu->no_pbmt,
	};
}

static inline bool rv_is_address(const struct rv *v, int bits, uint64_t va)
{
	if (v->x4 || v->levels == 2)
		return va >> (bits + (v->x4 ? 2 : 0)) == 0;
	return (int64_t)(va << (64 - bits)) >> (64 - bits) == (int64_t)va;
}

static inline struct naive naive_walk_riscv(const struct image *img,
					    const struct naive_cpu *cpu,
					    uint64_t satp, uint64_t va)
{
	struct rv v = naive_rv(cpu);
	int width = v.levels == 2 ? 10 : 9, size = v.levels == 2 ? 4 : 8;
	struct naive n = { .end = NAIVE_NO_ADDRESS };
	uint64_t table = rv_root(&v, satp);

	if (!rv_is_address(&v, 12 + width * v.levels, va))
		return n;
	for (n.level = v.levels;; n.level--) {
		int shift = 12 + (n.level - 1) * width;
		uint64_t count = 1ULL << (width + (v.x4 && n.level == v.levels ?
						   2 : 0));
		const void *slot = image_peek(img, table + (va >> shift) % count *
						   (uint64_t)size);
		enum rv_entry entry;

		n.raw = 0;
		n.end = NAIVE_UNREADABLE;
		if (!slot)
			return n;
		memcpy(&n.raw, slot, size);
		entry = rv_entry(&v, n.level, shift, n.raw);
		if (entry == RV_TABLE) {
			table = rv_ppn(&v, n.raw) << 12;
			continue;
		}
		n.end = entry == RV_LEAF ? NAIVE_MAPPED :
			entry == RV_BAD ? NAIVE_RESERVED : NAIVE_ABSENT;
		n.r = n.raw & 2;
		n.w = n.raw & 4;
		n.x = n.raw & 8;
		n.u = n.raw & 16;
		n.size = 1ULL << shift;
		n.pa = rv_leaf_pa(&v, shift, n.raw) |
		       (va & ((1ULL << rv_size(&v, shift, n.raw)) - 1));
		return n;
	}
}

/* Translate `va` with the tables at `root`, a register's value. */
static inline struct naive naive_walk(const struct image *img,
				      const struct naive_cpu *cpu,
				      uint64_t root, uint64_t va)
{
	bool narrow = cpu->mode == NAIVE_32 || cpu->mode == NAIVE_PSE;
	struct naive n = { .r = true, .w = true, .x = true, .u = true,
			   .xu = naive_has_xu(cpu->mode) };
	int bits = narrow ? 10 : 9, size = narrow ? 4 : 8;
	uint64_t table = naive_field(root, 12, narrow ? 31 : 51);

	if (cpu->mode >= NAIVE_SV32)
		return naive_walk_riscv(img, cpu, root, va);
	n.end = NAIVE_NO_ADDRESS;
	if (!naive_is_address(cpu->mode, va))
		return n;
	if (cpu->mode == NAIVE_PAE)
		table = naive_field(root, 5, 31);
	for (n.level = naive_levels(cpu->mode);; n.level--) {
		int shift = 12 + (n.level - 1) * bits;
		int count = cpu->mode == NAIVE_PAE && n.level == 3 ? 4 : 1 << bits;
		const void *slot = image_peek(img, table +
					      (va >> shift) % count * size);

		n.raw = 0;
		n.end = NAIVE_UNREADABLE;
		if (!slot)
			return n;
		memcpy(&n.raw, slot, size);
		n.end = NAIVE_ABSENT;
		if (!naive_present(cpu->mode, n.raw))
			return n;
		n.end = NAIVE_RESERVED;
		if (naive_reserved(cpu, n.level, n.raw))
			return n;
		naive_narrow(cpu->mode, n.level, n.raw, &n);
		if (naive_ends(cpu->mode, n.level, n.raw)) {
			naive_map(cpu->mode, shift, n.raw, va, &n);
			return n;
		}
		table = naive_field(n.raw, 12, 51);
	}
}

#endif
