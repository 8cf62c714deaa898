/*
 * Formats that no processor has, one for each kind of thing that a format can
 * say and x86's do not; and how to walk them, said again in plain code.
 *
 *	inv-v	leaves that differ, an address shifted in entry and register,
 *		tables without rights, runs whose length is in the address
 *	inv-v4	the same with a root of four tables side by side, zero-extended
 *	inv-a	an upper half, a small root, a split address, tables that take
 *		rights away, a right given back, rights that exclude others,
 *		runs of whole addresses, break before make
 *	inv-a1	the same with a root and nothing below it
 *	inv-s	64 KiB pages, an address split in another way, execution as a
 *		field, a root of two tables side by side
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_INVENTED_H
#define TESTS_INVENTED_H

#include <pml/pml.h>
#include <string.h>

#define INV_ALL	PML_ALL_RIGHTS

/* --- inv-v ---------------------------------------------------------------- */

#define INV_V_RUN	(1ULL << 63)
#define INV_V_PAGES(n)	((1ULL << (10 + (n))) - (1ULL << 10))

#define INV_V_INVALID(n) \
	{ .mask = 6, .value = 4, .name = "writable but not readable", \
	  .tables = PML_LEVELS(1, 3), .leaves = PML_LEVELS(1, 3) }, \
	{ .name = "a pointer in a last table", .tables = PML_LEVEL(1) }, \
	{ .mask = INV_V_RUN, .value = INV_V_RUN, .name = "no such run", \
	  .leaves = PML_LEVEL(1), .unless_mask = INV_V_PAGES(n), \
	  .unless_value = 1ULL << (9 + (n)) }, \
	{ .name = NULL }

static const struct pml_invalid inv_v_invalid[] = { INV_V_INVALID(4) };
static const struct pml_invalid inv_v_small_invalid[] = { INV_V_INVALID(1) };

#define INV_V_LEVEL(at, n, below) { \
	.name = "V" #n, .shift = (at), .bits = 9, \
	.leaf_differs = true, .leaf_mask = 0xe, \
	.table_pa = PML_BITS(10, 53), .leaf_pa = PML_BITS(10, 53), \
	.table_rsvd = PML_BITS(54, 63) | 0xd0, \
	.leaf_rsvd = PML_BITS(54, 62) | (below), .grant = INV_ALL }

#define INV_V_COMMON \
	.entry_size = 8, .levels = 3, .present = 1, .pa_shift = 2, \
	.root_pa = PML_BITS(0, 43), .root_shift = 12, \
	.accessed = 0x40, .dirty = 0x80, .global = 0x20, .soft = 0x300, \
	.rights = { PML_RIGHT(2, PML_R), PML_RIGHT(4, PML_W), \
		    PML_RIGHT(8, PML_X), PML_RIGHT(0x10, PML_U) }, \
	.invalid = inv_v_invalid
#define INV_V_LAST { \
	.name = "V1", .shift = 12, .bits = 9, \
	.leaf_differs = true, .leaf_mask = 0xe, \
	.leaf_pa = PML_BITS(10, 53), .leaf_rsvd = PML_BITS(54, 62), \
	.run = INV_V_RUN, .run_shift = 16, .run_pa = INV_V_PAGES(4), \
	.grant = INV_ALL }

static const struct pml_format inv_v = {
	INV_V_COMMON, .name = "inv-v", .title = "leaves that differ",
	.va_bits = 39, .sign_extended = true,
	.level = { { 0 }, INV_V_LAST,
		   INV_V_LEVEL(21, 2, INV_V_PAGES(9) | INV_V_RUN),
		   INV_V_LEVEL(30, 3, INV_V_PAGES(18) | INV_V_RUN) },
};

static const struct pml_format inv_v4 = {
	INV_V_COMMON, .name = "inv-v4", .title = "a root of four tables",
	.va_bits = 41,
	.level = { { 0 }, INV_V_LAST,
		   INV_V_LEVEL(21, 2, INV_V_PAGES(9) | INV_V_RUN), {
		.name = "V3", .shift = 30, .bits = 11,
		.leaf_differs = true, .leaf_mask = 0xe,
		.table_pa = PML_BITS(10, 53), .leaf_pa = PML_BITS(10, 53),
		.table_rsvd = PML_BITS(54, 63) | 0xd0,
		.leaf_rsvd = PML_BITS(54, 63) | INV_V_PAGES(18),
		.grant = INV_ALL } },
};

/* --- inv-a ---------------------------------------------------------------- */

#define INV_A_COMMON \
	.entry_size = 8, .upper = true, .present = 1, \
	.root_pa = PML_BITS(6, 47), \
	.root_high = PML_BITS(2, 5), .root_high_shift = 46, \
	.memtype = PML_MT_NONE, .mt_shift = 2, .mt_bits = 3, \
	.invert = PML_BITS(53, 54) | 0x80, .accessed = 0x400, \
	.not_global = 0x800, .soft = PML_BITS(55, 58), .always = PML_R, \
	.rights = { PML_RIGHT(0x40, PML_U), PML_RIGHT(0x80, PML_W), \
		    PML_RIGHT(1ULL << 53, PML_X), \
		    PML_RIGHT(1ULL << 54, PML_XU) }, \
	.deny = { { PML_BITS(61, 62), 55 }, { PML_BITS(59, 60), 6 } }, \
	.allow = { 1ULL << 51, 44 }, \
	.exclude = { { PML_W | PML_U, PML_X } }, \
	.break_bits = PML_BITS(12, 49) | 0x31e | 1ULL << 52, \
	.invalid = inv_a_invalid

static const struct pml_invalid inv_a_invalid[] = {
	{ .mask = 2, .value = 0, .name = "no page", .leaves = PML_LEVEL(1),
	  .tables = PML_LEVEL(1) },
	{ .mask = 2, .value = 0, .name = "no block", .tables = PML_LEVEL(4) },
	{ .name = NULL }
};

/* A page, a block that is larger, a table and nothing else. */
#define INV_A_LEVEL(n, at, count, mask, value) { \
	.name = "A" #n, .shift = (at), .bits = (count), \
	.leaf_mask = (mask), .leaf_value = (value), .table_value = 2, \
	.table_pa = PML_BITS(12, 49), .leaf_pa = PML_BITS(at, 49), \
	.table_high = 0x300, .leaf_high = 0x300, .high_shift = 42, \
	.run = 1ULL << 52, .run_shift = (at) + 4, .grant = INV_ALL }
#define INV_A_LAST(count) { \
	.name = "A1", .shift = 12, .bits = (count), .leaf_value = 2, \
	.leaf_mask = 2, .leaf_pa = PML_BITS(12, 49), \
	.leaf_high = 0x300, .high_shift = 42, \
	.run = 1ULL << 52, .run_shift = 16 }

static const struct pml_format inv_a = {
	INV_A_COMMON, .name = "inv-a", .title = "an upper half",
	.levels = 4, .va_bits = 47,
	.level = { { 0 }, INV_A_LAST(9), INV_A_LEVEL(2, 21, 9, 2, 0),
		   INV_A_LEVEL(3, 30, 9, 2, 0), INV_A_LEVEL(4, 39, 8, 0, 1) },
};

static const struct pml_format inv_a1 = {
	INV_A_COMMON, .name = "inv-a1", .title = "a root alone",
	.levels = 1, .va_bits = 18,
	.level = { { 0 }, INV_A_LAST(6) },
};

/* --- inv-s ---------------------------------------------------------------- */

static const struct pml_invalid inv_s_invalid[] = {
	{ .mask = 2, .value = 0, .name = "no page", .tables = PML_LEVEL(1),
	  .leaves = PML_LEVEL(1) },
	{ .mask = 2, .value = 0, .name = "no block", .tables = PML_LEVEL(3) },
	{ .name = NULL }
};

#define INV_S_LEVEL(n, at, count, mask, value, table) { \
	.name = "S" #n, .shift = (at), .bits = (count), \
	.leaf_mask = (mask), .leaf_value = (value), .table_value = (table), \
	.table_pa = PML_BITS(16, 47), .leaf_pa = PML_BITS(at, 47), \
	.table_high = 0xf000, .leaf_high = 0xf000, .high_shift = 36, \
	.grant = INV_ALL }

static const struct pml_format inv_s = {
	.name = "inv-s", .title = "64 KiB pages",
	.entry_size = 8, .levels = 3, .va_bits = 56, .present = 1,
	.root_pa = PML_BITS(16, 47), .root_high = PML_BITS(2, 5),
	.root_high_shift = 46, .mt_shift = 2, .mt_bits = 4,
	.invert = 1ULL << 54, .accessed = 0x400, .soft = PML_BITS(55, 58),
	.always = PML_U,
	.rights = { PML_RIGHT(0x40, PML_R), PML_RIGHT(0x80, PML_W),
		    { 3ULL << 53, 2ULL << 53, PML_X },
		    { 3ULL << 53, 1ULL << 53, PML_X },
		    PML_RIGHT(1ULL << 54, PML_XU) },
	.allow = { 1ULL << 51, 44 },
	.break_bits = PML_BITS(12, 47) | 0x3e,
	.level = { { 0 }, INV_S_LEVEL(1, 16, 13, 2, 2, 0),
		   INV_S_LEVEL(2, 29, 13, 2, 0, 2),
		   INV_S_LEVEL(3, 42, 14, 0, 1, 2) },
	.invalid = inv_s_invalid,
};

static const struct pml_format *const invented[] = {
	&inv_v, &inv_v4, &inv_a, &inv_a1, &inv_s
};
#define INVENTED	(sizeof(invented) / sizeof(invented[0]))

/* --- The same once more, for the oracle ----------------------------------- */

enum inv_family { INV_NONE, INV_V, INV_A, INV_S };

struct inv {
	enum inv_family family;
	bool sign, upper;
	int levels, page, root_more;	/* root_more: its index has so many bits more */
	int run;			/* V: log2 of the pages of a run */
};

static inline struct inv inv_of(const char *name, int bits)
{
	struct inv v = { .page = 12 };

	if (!strncmp(name, "inv-v", 5))
		v = (struct inv){ INV_V, !name[5], false, 3, 12,
				  name[5] ? 2 : 0, bits ? 1 : 4 };
	else if (!strncmp(name, "inv-a", 5))
		v = (struct inv){ INV_A, false, true, name[5] ? 1 : 4, 12,
				  name[5] ? (bits ? 1 : -3) : -1, 0 };
	else if (!strncmp(name, "inv-s", 5))
		v = (struct inv){ INV_S, false, false, 3, 16, 1, 0 };
	return v;
}

static inline uint64_t inv_bits(uint64_t v, int low, int high)
{
	return high < low ? 0 : v >> low & (~0ULL >> (63 - (high - low)));
}

static inline uint64_t inv_table_pa(const struct inv *v, uint64_t raw)
{
	switch (v->family) {
	case INV_V:
		return inv_bits(raw, 10, 53) << 12;
	case INV_A:
		return inv_bits(raw, 12, 49) << 12 | inv_bits(raw, 8, 9) << 50;
	default:
		return inv_bits(raw, 16, 47) << 16 | inv_bits(raw, 12, 15) << 48;
	}
}

/* The register for a root at `pa`, and the other way round. */
static inline uint64_t inv_root(const struct inv *v, uint64_t pa)
{
	if (v->family == INV_V)
		return pa >> 12;
	return inv_bits(pa, 6, 47) << 6 | inv_bits(pa, 48, 51) << 2;
}

static inline uint64_t inv_root_pa(const struct inv *v, uint64_t reg)
{
	if (v->family == INV_V)
		return inv_bits(reg, 0, 43) << 12;
	return inv_bits(reg, v->family == INV_A ? 6 : 16, 47) <<
	       (v->family == INV_A ? 6 : 16) | inv_bits(reg, 2, 5) << 48;
}

/* log2 of the memory that a leaf is a part of. */
static inline int inv_size(const struct inv *v, int shift, uint64_t raw)
{
	return v->family == INV_V && raw >> 63 ? 12 + v->run : shift;
}

static inline uint64_t inv_leaf_pa(const struct inv *v, int shift, uint64_t raw)
{
	uint64_t pa = inv_table_pa(v, raw), high = 0;

	if (v->family == INV_A || v->family == INV_S)
		high = pa >> (v->family == INV_A ? 50 : 48)
			  << (v->family == INV_A ? 50 : 48);
	pa -= high;
	shift = inv_size(v, shift, raw);
	return (pa >> shift << shift) | high;
}

static inline bool inv_v_bad(const struct inv *v, int level, int shift,
			     uint64_t raw, bool leaf)
{
	uint64_t frame = inv_bits(raw, 10, 53);

	if ((raw & 4 && !(raw & 2)) || inv_bits(raw, 54, 62))
		return true;
	if (!leaf)
		return level == 1 || (raw & 0xd0) || raw >> 63;
	if (raw >> 63)
		return level > 1 || inv_bits(frame, 0, v->run - 1) !=
				    1ULL << (v->run - 1);
	return inv_bits(frame, 0, shift - 13) != 0;
}

/* `high`: an address bit that is too high, or 0. */
static inline enum pml_kind inv_kind(const struct inv *v, int level, int shift,
				     uint64_t raw, int high, bool no_big)
{
	int biggest = v->family == INV_A ? 3 : 2;
	bool leaf = v->family == INV_V ? (raw & 0xe) != 0 :
		    level == 1 || !(raw & 2);

	if (!raw)
		return PML_HOLE;
	if (!(raw & 1))
		return PML_NONPRESENT;
	if (v->family == INV_V && inv_v_bad(v, level, shift, raw, leaf))
		return PML_RESERVED;
	if (v->family != INV_V && (level == 1 || level > biggest) && !(raw & 2))
		return PML_RESERVED;
	if (leaf && no_big && level == 3)
		return PML_RESERVED;
	if (high && (leaf ? inv_leaf_pa(v, shift, raw) : inv_table_pa(v, raw))
		    >> high)
		return PML_RESERVED;
	return leaf ? PML_LEAF : PML_TABLE;
}

/* What an entry allows by itself. */
static inline unsigned inv_rights(const struct inv *v, enum pml_kind kind,
				  uint64_t raw)
{
	unsigned rights = 0;

	if (v->family == INV_V)
		return kind == PML_TABLE ? PML_R | PML_W | PML_X | PML_U :
		       (raw & 2 ? PML_R : 0) | (raw & 4 ? PML_W : 0) |
		       (raw & 8 ? PML_X : 0) | (raw & 16 ? PML_U : 0);
	if (kind == PML_TABLE)
		return v->family == INV_S ? PML_ANY_RIGHTS :
		       PML_R | (raw >> 62 & 1 ? 0 : PML_W) |
		       (raw >> 61 & 1 ? 0 : PML_U) |
		       (raw >> 60 & 1 ? 0 : PML_XU) |
		       (raw >> 59 & 1 ? 0 : PML_X);
	if (v->family == INV_A) {
		rights = PML_R | (raw & 0x40 ? PML_U : 0);
		if (!(raw & 0x80) || (raw >> 51 & 1))
			rights |= PML_W;
		return rights | (raw >> 53 & 1 ? 0 : PML_X) |
		       (raw >> 54 & 1 ? 0 : PML_XU);
	}
	rights = PML_U | (raw & 0x40 ? PML_R : 0);
	if ((raw & 0x80) || (raw >> 51 & 1))
		rights |= PML_W;
	switch (raw >> 53 & 3) {
	case 0:
		return rights | PML_X | PML_XU;
	case 1:
		return rights | PML_XU;
	case 3:
		return rights | PML_X;
	default:
		return rights;
	}
}

/* What the rules about rights make of those of a walk. */
static inline unsigned inv_effective(const struct inv *v, unsigned rights)
{
	if (v->family == INV_A && (rights & PML_W) && (rights & PML_U))
		rights &= ~(unsigned)PML_X;
	return rights;
}

/* A format like `from` for tables of few entries. */
static inline void inv_shrink(struct pml_format *fmt, const struct inv *v)
{
	int level;

	for (level = 1; level <= fmt->levels; level++) {
		struct pml_level *lv = &fmt->level[level];

		if (v->family == INV_V) {
			lv->leaf_rsvd = PML_BITS(54, 62);
			if (level > 1)
				lv->leaf_rsvd |= INV_V_RUN |
						 INV_V_PAGES(lv->shift - 12);
		} else {
			lv->leaf_pa = PML_BITS(lv->shift,
					       v->family == INV_A ? 49 : 47);
		}
		lv->run_shift = lv->shift + 1;
		if (lv->run_pa)
			lv->run_pa = INV_V_PAGES(1);
	}
	if (v->family == INV_V)
		fmt->invalid = inv_v_small_invalid;
}

#endif
