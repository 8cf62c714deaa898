/*
 * A naive walker, like oracle.h's, that takes the geometry of the tables as an
 * argument: so that a whole address space can be of a few pages, and every one
 * of them be looked at after every step.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_GEOMETRY_H
#define TESTS_GEOMETRY_H

#include "invented.h"
#include "oracle-riscv.h"
#include <pml/pml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum family { FAMILY_32, FAMILY_PSE, FAMILY_PAE, FAMILY_LONG, FAMILY_AMD,
	      FAMILY_NPT, FAMILY_EPT, FAMILY_MBEC, FAMILY_RISCV,
	      FAMILY_INVENTED };

struct geometry {
	enum family family;
	int levels;
	int shift[PML_MAX_LEVELS + 1], bits[PML_MAX_LEVELS + 1];
	int maxphyaddr;		/* 0: nothing is too high */
	bool no_nx, no_1g, no_exec_only;
	int apart;		/* log2 of the bytes from one table to the next */
	struct inv inv;		/* FAMILY_INVENTED; its sign and root_more for all */
	struct rv rv;		/* FAMILY_RISCV */
};

/* What one address led to. */
struct verdict {
	enum pml_kind kind;
	uint64_t pa, raw, slot_pa;
	unsigned rights;
	int level;
};

static inline enum family oracle_family(const char *name)
{
	if (!strncmp(name, "inv-", 4))
		return FAMILY_INVENTED;
	if (rv_of(name).levels)
		return FAMILY_RISCV;
	if (!strncmp(name, "x86-64", 6))
		return FAMILY_LONG;
	if (!strncmp(name, "amd64", 5))
		return FAMILY_AMD;
	if (!strncmp(name, "npt", 3))
		return FAMILY_NPT;
	if (!strncmp(name, "ept", 3))
		return strstr(name, "mbec") ? FAMILY_MBEC : FAMILY_EPT;
	if (!strcmp(name, "x86-pae"))
		return FAMILY_PAE;
	return strstr(name, "pse") ? FAMILY_PSE : FAMILY_32;
}

/* The manuals' geometry, or `bits` an index for tables that fit the eye. */
static inline struct geometry oracle_geometry(const char *name, int bits)
{
	struct geometry g = { .family = oracle_family(name) };
	int level, shift = 12;

	g.inv = inv_of(name, bits);
	g.rv = rv_of(name);
	g.apart = g.inv.page;
	if (g.family == FAMILY_RISCV) {
		g.levels = g.rv.levels;
		g.inv.sign = !g.rv.x4 && g.levels > 2;
		g.inv.root_more = g.rv.x4 ? 2 : 0;
		/* The root's place has two bits less. */
		g.apart = g.rv.x4 ? 14 : 12;
	} else if (g.family == FAMILY_INVENTED)
		g.levels = g.inv.levels;
	else if (g.family == FAMILY_32 || g.family == FAMILY_PSE)
		g.levels = 2;
	else if (g.family == FAMILY_PAE)
		g.levels = 3;
	else
		g.levels = strchr(name, '5') ? 5 : 4;
	shift = g.inv.page;
	for (level = 1; level <= g.levels; level++) {
		g.shift[level] = shift;
		g.bits[level] = bits ? bits : g.levels == 2 ? 10 : 9;
		if (g.inv.page == 16 && !bits)
			g.bits[level] = 13;
		if (level == g.levels)
			g.bits[level] += g.inv.root_more;
		if (g.family == FAMILY_PAE && level == 3 && !bits)
			g.bits[level] = 2;
		shift += g.bits[level];
	}
	return g;
}

static inline bool oracle_is_ept(const struct geometry *g)
{
	return g->family == FAMILY_EPT || g->family == FAMILY_MBEC;
}

/* Bits low..high; none if high is below low. */
static inline uint64_t oracle_ones(int low, int high)
{
	return high < low ? 0 : ~0ULL >> (63 - high) & ~0ULL << low;
}

static inline bool oracle_is_big(const struct geometry *g, int level,
				 uint64_t raw)
{
	if (level == 1 || !(raw >> 7 & 1))
		return false;
	if (g->family == FAMILY_32)
		return false;
	if (g->family == FAMILY_PSE || g->family == FAMILY_PAE)
		return level == 2;
	return level == 2 || level == 3;
}

/* Bits that must be zero in a present entry of an x86 format. */
static inline uint64_t oracle_x86_reserved(const struct geometry *g, int level,
					   uint64_t raw, bool big)
{
	uint64_t must = 0;

	if (g->family == FAMILY_32)
		return 0;
	if (g->family == FAMILY_PSE) {
		if (!big)
			return 0;
		must = 1ULL << 21;
		if (g->maxphyaddr && g->maxphyaddr < 40)
			must |= oracle_ones(g->maxphyaddr - 19, 20);
		return must;
	}
	if (g->maxphyaddr)
		must |= oracle_ones(g->maxphyaddr, 51);
	if (g->no_nx)
		must |= 1ULL << 63;
	if (g->family == FAMILY_PAE) {
		must |= oracle_ones(52, 62);
		if (level == 3)
			must |= oracle_ones(1, 2) | oracle_ones(6, 8) |
				1ULL << 63;
	} else if (level > 3) {
		must |= 1 << 7 | (g->family != FAMILY_LONG) << 8;
	}
	if (big) {
		must |= oracle_ones(13, g->shift[level] - 1);
		if (g->no_1g && level == 3)
			return ~0ULL;
	}
	(void)raw;
	return must;
}

static inline bool oracle_ept_bad(const struct geometry *g, int level,
				  uint64_t raw, bool big)
{
	bool r = raw & 1, w = raw & 2, x = raw & 4;
	unsigned mt = raw >> 3 & 7;

	if (g->family == FAMILY_MBEC && (raw & 1 << 10))
		x = true;
	if ((w && !r) || (x && !r && g->no_exec_only))
		return true;
	if (g->maxphyaddr && (raw & oracle_ones(g->maxphyaddr, 51)))
		return true;
	if (level > 3 && (raw & oracle_ones(3, 7)))
		return true;
	if (level > 1 && !big && (raw & oracle_ones(3, 6)))
		return true;
	if (big && (raw & oracle_ones(12, g->shift[level] - 1)))
		return true;
	if (big && g->no_1g && level == 3)
		return true;
	return (big || level == 1) && (mt == 2 || mt == 3 || mt == 7);
}

static inline uint64_t oracle_riscv_pa(const struct geometry *g, int level,
				       uint64_t raw)
{
	return rv_leaf_pa(&g->rv, g->shift[level], raw);
}

static inline enum pml_kind oracle_riscv_kind(const struct geometry *g,
					      int level, uint64_t raw)
{
	uint64_t pa = rv_ppn(&g->rv, raw) << 12;

	if (!raw)
		return PML_HOLE;
	switch (rv_entry(&g->rv, level, g->shift[level], raw)) {
	case RV_ABSENT:
		return PML_NONPRESENT;
	case RV_BAD:
		return PML_RESERVED;
	case RV_LEAF:
		pa = oracle_riscv_pa(g, level, raw);
		return (g->no_1g && level == 3) ||
		       (g->maxphyaddr && pa >> g->maxphyaddr) ? PML_RESERVED :
								PML_LEAF;
	default:
		return g->maxphyaddr && pa >> g->maxphyaddr ? PML_RESERVED :
							      PML_TABLE;
	}
}

static inline enum pml_kind oracle_kind(const struct geometry *g, int level,
					uint64_t raw)
{
	bool big = oracle_is_big(g, level, raw);
	uint64_t present = 1;

	if (g->family == FAMILY_RISCV)
		return oracle_riscv_kind(g, level, raw);
	if (g->family == FAMILY_INVENTED)
		return inv_kind(&g->inv, level, g->shift[level], raw,
				g->maxphyaddr, g->no_1g);
	if (!raw)
		return PML_HOLE;
	if (oracle_is_ept(g))
		present = g->family == FAMILY_MBEC ? 0x407 : 7;
	if (!(raw & present))
		return PML_NONPRESENT;
	if (oracle_is_ept(g) ? oracle_ept_bad(g, level, raw, big) :
	    (raw & oracle_x86_reserved(g, level, raw, big)) != 0)
		return PML_RESERVED;
	return big || level == 1 ? PML_LEAF : PML_TABLE;
}

static inline unsigned oracle_rights(const struct geometry *g, int level,
				     uint64_t raw)
{
	unsigned rights = raw & 1 ? PML_R : 0;

	if (g->family == FAMILY_INVENTED)
		return inv_rights(&g->inv, oracle_kind(g, level, raw), raw);
	if (g->family == FAMILY_RISCV)
		return raw & 0xe ? (raw & 2 ? PML_R : 0) |
				   (raw & 4 ? PML_W : 0) |
				   (raw & 8 ? PML_X : 0) |
				   (raw & 16 ? PML_U : 0)
				 : PML_R | PML_W | PML_X | PML_U;
	if (oracle_is_ept(g)) {
		rights |= PML_U | (raw & 2 ? PML_W : 0) | (raw & 4 ? PML_X : 0);
		if (g->family == FAMILY_MBEC && (raw & 1 << 10))
			rights |= PML_XU;
		return rights;
	}
	if (g->family == FAMILY_PAE && level == 3)
		return PML_R | PML_W | PML_X | PML_U;
	rights |= (raw & 2 ? PML_W : 0) | (raw & 4 ? PML_U : 0);
	if (g->levels == 2 || !(raw >> 63))
		rights |= PML_X;
	return rights;
}

static inline uint64_t oracle_x86_leaf_pa(const struct geometry *g, int level,
					  uint64_t raw)
{
	uint64_t pa = raw & oracle_ones(g->shift[level],
					g->levels == 2 ? 31 : 51);

	if (g->family == FAMILY_PSE && level == 2)
		pa |= (raw >> 13 & 0xff) << 32;
	return pa;
}

/* What the rights of all entries of a walk come to. */
static inline unsigned oracle_effective(const struct geometry *g,
					unsigned rights)
{
	return g->family == FAMILY_INVENTED ? inv_effective(&g->inv, rights)
					    : rights;
}

static inline uint64_t oracle_leaf_pa(const struct geometry *g, int level,
				      uint64_t raw)
{
	if (g->family == FAMILY_INVENTED)
		return inv_leaf_pa(&g->inv, g->shift[level], raw);
	if (g->family == FAMILY_RISCV)
		return oracle_riscv_pa(g, level, raw);
	return oracle_x86_leaf_pa(g, level, raw);
}

/* What `va` maps to by a leaf. */
static inline uint64_t oracle_pa_at(const struct geometry *g, int level,
				    uint64_t raw, uint64_t va)
{
	int size = g->shift[level];

	if (g->family == FAMILY_INVENTED)
		size = inv_size(&g->inv, size, raw);
	if (g->family == FAMILY_RISCV)
		size = rv_size(&g->rv, size, raw);
	return oracle_leaf_pa(g, level, raw) | (va & oracle_ones(0, size - 1));
}


static inline uint64_t oracle_table_pa(const struct geometry *g, uint64_t raw)
{
	if (g->family == FAMILY_INVENTED)
		return inv_table_pa(&g->inv, raw);
	if (g->family == FAMILY_RISCV)
		return rv_ppn(&g->rv, raw) << 12;
	return raw & oracle_ones(12, g->levels == 2 ? 31 : 51);
}

/* The root, from the register that refers to it. */
static inline uint64_t oracle_root_pa(const struct geometry *g, uint64_t reg)
{
	if (g->family == FAMILY_INVENTED)
		return inv_root_pa(&g->inv, reg);
	if (g->family == FAMILY_RISCV)
		return rv_root(&g->rv, reg);
	return reg & oracle_ones(g->family == FAMILY_PAE ? 5 : 12,
				 g->levels < 4 ? 31 : 51);
}

static inline bool oracle_canonical(const struct geometry *g, uint64_t va)
{
	int top = g->shift[g->levels] + g->bits[g->levels];

	if (g->inv.upper)
		return va >> top == ~0ULL >> top;
	if (g->family == FAMILY_LONG || g->family == FAMILY_AMD || g->inv.sign)
		return (uint64_t)((int64_t)(va << (64 - top)) >> (64 - top)) == va;
	return va >> top == 0;
}

/* One address; every table is asked for by the entry. */
static inline struct verdict oracle_walk(const struct geometry *g,
					 const struct pml_space *space,
					 uint64_t va)
{
	struct verdict v = { .kind = PML_NONCANONICAL };
	unsigned rights = ~0u, size = g->levels == 2 ? 4 : 8;
	uint64_t table = oracle_root_pa(g, space->root);

	if (!oracle_canonical(g, va))
		return v;
	for (v.level = g->levels;; v.level--) {
		unsigned index = va >> g->shift[v.level] &
				 ((1u << g->bits[v.level]) - 1);
		const void *slot;

		v.slot_pa = table + (uint64_t)index * size;
		slot = space->at(space->ctx, v.slot_pa, size);
		v.raw = 0;
		v.kind = PML_UNREADABLE;
		if (!slot)
			return v;
		memcpy(&v.raw, slot, size);
		v.kind = oracle_kind(g, v.level, v.raw);
		if (v.kind == PML_LEAF || v.kind == PML_TABLE)
			rights &= oracle_rights(g, v.level, v.raw);
		if (v.kind != PML_TABLE)
			break;
		table = oracle_table_pa(g, v.raw) & ~space->encrypted;
	}
	if (v.kind == PML_LEAF) {
		v.pa = oracle_pa_at(g, v.level, v.raw & ~space->encrypted, va);
		v.rights = oracle_effective(g, rights);
	}
	return v;
}

/* The register for a root at `pa`. */
static inline uint64_t oracle_root(const struct geometry *g, uint64_t pa)
{
	if (g->family == FAMILY_INVENTED)
		return inv_root(&g->inv, pa);
	return g->family == FAMILY_RISCV ? pa >> 12 : pa;
}

/* Is an address too high by itself (pa_rsvd), not by its bits of an entry? */
static inline bool oracle_by_pa(const struct geometry *g)
{
	return g->family == FAMILY_INVENTED || g->family == FAMILY_RISCV;
}

/*
 * A format with other geometry than the manuals': all that they say of its
 * entries, but `bits` of index a level.  Not for PSE-36, whose high address
 * bits are in the way.
 */
static inline struct pml_format oracle_shrink(const struct pml_format *from,
					      int bits)
{
	struct pml_format fmt = *from;
	struct geometry g = oracle_geometry(from->name, bits);
	int level;

	for (level = 1; level <= g.levels; level++) {
		struct pml_level *lv = &fmt.level[level];
		uint64_t below = oracle_ones(oracle_is_ept(&g) ? 12 : 13,
					     g.shift[level] - 1);

		if (g.family == FAMILY_RISCV && level > 1)
			lv->leaf_rsvd = oracle_ones(10, g.shift[level] - 3) |
					(g.levels > 2 ? oracle_ones(54, 60) |
							1ULL << 63 : 0);
		else if (g.family != FAMILY_INVENTED && level > 1 &&
			 lv->leaf_pa) {
			lv->leaf_pa = oracle_ones(g.shift[level], 51);
			lv->leaf_rsvd = (lv->leaf_rsvd & oracle_ones(52, 63)) |
					below;
		}
		lv->shift = g.shift[level];
		lv->bits = g.bits[level];
	}
	fmt.va_bits = g.shift[g.levels] + g.bits[g.levels];
	if (g.family == FAMILY_INVENTED)
		inv_shrink(&fmt, &g.inv);
	return fmt;
}

#endif
