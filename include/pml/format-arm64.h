/*
 * The formats of AArch64: VMSAv8-64, with granules of 4, 16 and 64 KiB, both
 * stages.
 *
 * What a granule fixes is constant data here.  What TCR_ELx or VTCR_EL2 choose
 * - the size of addresses, and so levels and the root's, LPA2's layout, which
 * bits count - pml_arm64_format() puts into a copy, once, before any walk
 * (regs-arm64.h does so from the registers' values).  A kernel's TCR is a
 * constant, and so is its copy.
 *
 * Levels are counted as everywhere in pml, from 1 up; the manual counts down
 * from the root's to 3: manual's = 4 - ours.
 *
 * Sections are those of the Arm Architecture Reference Manual for A-profile
 * (DDI 0487), chapter D8.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_FORMAT_ARM64_H
#define PML_FORMAT_ARM64_H

#include <pml/format.h>

/* Descriptors, D8.3. */
#define PML_ARM64_VALID		(1ULL << 0)
#define PML_ARM64_TABLE		(1ULL << 1)	/* refers to a table; at the last level: a page */
#define PML_ARM64_ATTR		PML_BITS(2, 4)	/* AttrIndx: which field of MAIR_ELx */
#define PML_ARM64_NS		(1ULL << 5)	/* secure state: non-secure memory */
#define PML_ARM64_AP1		(1ULL << 6)	/* EL0 may access data */
#define PML_ARM64_AP2		(1ULL << 7)	/* read-only */
#define PML_ARM64_SH		PML_BITS(8, 9)	/* shareability; with TCR.DS address bits 51:50 */
#define PML_ARM64_AF		(1ULL << 10)	/* accessed */
#define PML_ARM64_NG		(1ULL << 11)	/* not global */
#define PML_ARM64_NT		(1ULL << 16)	/* blocks: being replaced (FEAT_BBM) */
#define PML_ARM64_GP		(1ULL << 50)	/* guarded: branches need a landing pad */
#define PML_ARM64_DBM		(1ULL << 51)	/* writable, and AP[2] says that it is clean */
#define PML_ARM64_CONTIG	(1ULL << 52)	/* one of a run that is one page for a TLB */
#define PML_ARM64_PXN		(1ULL << 53)	/* not for the privileged level to execute */
#define PML_ARM64_UXN		(1ULL << 54)	/* not for EL0 to execute; in EL2's and
						 * EL3's own regimes: XN */
#define PML_ARM64_SOFT		PML_BITS(55, 58)
#define PML_ARM64_PXNT		(1ULL << 59)	/* tables: PXN for all below */
#define PML_ARM64_UXNT		(1ULL << 60)	/* tables: UXN, or XN, for all below */
#define PML_ARM64_APT0		(1ULL << 61)	/* tables: no access to data for EL0 below */
#define PML_ARM64_APT1		(1ULL << 62)	/* tables: no writes below */
#define PML_ARM64_NST		(1ULL << 63)	/* tables: secure state, non-secure below */

/* Of stage 2, D8.3.2. */
#define PML_ARM64_S2_ATTR	PML_BITS(2, 5)	/* MemAttr */
#define PML_ARM64_S2_R		(1ULL << 6)
#define PML_ARM64_S2_W		(1ULL << 7)
#define PML_ARM64_S2_XN0	(1ULL << 53)	/* XN[1:0]: 00 both levels execute, 01
						 * EL0 alone, */
#define PML_ARM64_S2_XN1	(1ULL << 54)	/* 10 neither, 11 EL1 alone; without
						 * FEAT_XNX XN[1] alone */
#define PML_ARM64_S2_XN		(PML_ARM64_S2_XN0 | PML_ARM64_S2_XN1)

#define PML_ARM64_ADDR(low)	PML_BITS((low), 47)

/* Who is translated for: D8.1.2. */
enum pml_arm64_regime {
	PML_ARM64_EL10,		/* EL1&0: two halves, two levels of privilege */
	PML_ARM64_EL20,		/* EL2&0 (HCR_EL2.E2H): the same at EL2 */
	PML_ARM64_EL2,		/* EL2 alone: one root, one level */
	PML_ARM64_EL3,
	PML_ARM64_STAGE2,	/* what EL1&0 takes for physical */
};

/* Has it two levels of privilege, and so two halves? */
static inline bool pml_arm64_has_el0(enum pml_arm64_regime regime)
{
	return regime == PML_ARM64_EL10 || regime == PML_ARM64_EL20;
}

/* What a control register chooses.  Sizes are in bits. */
struct pml_arm64_config {
	uint8_t regime;		/* of enum pml_arm64_regime */
	uint8_t granule;	/* 12, 14 or 16 */
	uint8_t va_bits;	/* of the addresses translated: 64 - TxSZ */
	uint8_t pa_bits;	/* of those that come out: the least of IPS and PARange */
	uint8_t levels;		/* stage 2: where SL0 starts; 0: the fewest */
	bool upper;		/* the half whose addresses begin with ones */
	bool ds;		/* LPA2's descriptors (4 and 16 KiB) */
	bool lpa;		/* the processor has addresses of 52 bits: blocks of 4
				 * TiB with 64 KiB */
	bool hpd;		/* tables take no rights away */
	bool hd;		/* DBM counts */
	bool wxn;		/* what can be written cannot be executed */
	bool xnx;		/* stage 2: XN has two bits */
};

/* Flags that all have, and those of either stage. */
#define PML_ARM64_FLAGS \
	{ PML_ARM64_VALID, "V", PML_LEVELS(2, 5), PML_LEVELS(1, 5) }, \
	{ PML_ARM64_AF, "AF", 0, PML_LEVELS(1, 5) }, \
	{ PML_ARM64_NT, "nT", 0, PML_LEVELS(2, 5) }, \
	{ PML_ARM64_DBM, "DBM", 0, PML_LEVELS(1, 5) }, \
	{ PML_ARM64_CONTIG, "Contig", 0, PML_LEVELS(1, 5) }

static const struct pml_flag pml_arm64_flags[] = {
	PML_ARM64_FLAGS,
	{ PML_ARM64_NS, "NS", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_AP1, "AP[1]", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_AP2, "AP[2]", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_NG, "nG", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_GP, "GP", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_PXN, "PXN", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_UXN, "UXN", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_PXNT, "PXNTable", PML_LEVELS(2, 5), 0 },
	{ PML_ARM64_UXNT, "UXNTable", PML_LEVELS(2, 5), 0 },
	{ PML_ARM64_APT0, "APTable[0]", PML_LEVELS(2, 5), 0 },
	{ PML_ARM64_APT1, "APTable[1]", PML_LEVELS(2, 5), 0 },
	{ PML_ARM64_NST, "NSTable", PML_LEVELS(2, 5), 0 },
	{ 0, NULL, 0, 0 }
};

/* EL2's and EL3's own regimes: one level of privilege. */
static const struct pml_flag pml_arm64_el2_flags[] = {
	PML_ARM64_FLAGS,
	{ PML_ARM64_NS, "NS", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_AP1, "AP[1]", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_AP2, "AP[2]", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_GP, "GP", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_UXN, "XN", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_UXNT, "XNTable", PML_LEVELS(2, 5), 0 },
	{ PML_ARM64_APT1, "APTable[1]", PML_LEVELS(2, 5), 0 },
	{ PML_ARM64_NST, "NSTable", PML_LEVELS(2, 5), 0 },
	{ 0, NULL, 0, 0 }
};

static const struct pml_flag pml_arm64_s2_flags[] = {
	PML_ARM64_FLAGS,
	{ PML_ARM64_S2_R, "S2AP[0]", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_S2_W, "S2AP[1]", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_S2_XN0, "XN[0]", 0, PML_LEVELS(1, 5) },
	{ PML_ARM64_S2_XN1, "XN[1]", 0, PML_LEVELS(1, 5) },
	{ 0, NULL, 0, 0 }
};

/*
 * Valid entries that the processor does not use: at the last level what is no
 * page, and blocks where a granule has none.  D8.3.1.
 */
#define PML_ARM64_NO_BLOCKS(levels) \
	{ PML_ARM64_TABLE, 0, "no page", PML_LEVEL(1), 0, 0, 0, 0 }, \
	{ PML_ARM64_TABLE, 0, "a block at this level", 0, (levels), 0, 0, 0 }, \
	{ 0, 0, NULL, 0, 0, 0, 0, 0 }

/* By the highest level with blocks: none above 2, 3 or 4. */
static const struct pml_invalid pml_arm64_blocks_to_2[] = {
	PML_ARM64_NO_BLOCKS(PML_LEVELS(3, 5))
};
static const struct pml_invalid pml_arm64_blocks_to_3[] = {
	PML_ARM64_NO_BLOCKS(PML_LEVELS(4, 5))
};
static const struct pml_invalid pml_arm64_blocks_to_4[] = {
	PML_ARM64_NO_BLOCKS(PML_LEVEL(5))
};

/* Level 1, the manual's 3: every entry that counts is a page. */
#define PML_ARM64_LAST(granule, runs) { \
	.name = "L3", .shift = (granule), .bits = (granule) - 3, \
	.leaf_mask = PML_ARM64_TABLE, .leaf_value = PML_ARM64_TABLE, \
	.leaf_pa = PML_ARM64_ADDR(granule), \
	.run = PML_ARM64_CONTIG, .run_shift = (runs) }

/* Those above.  The bits of a block's address below its size are ignored. */
#define PML_ARM64_UPPER(entry, granule, at, width, runs) { \
	.name = entry, .shift = (at), .bits = (width), \
	.leaf_mask = PML_ARM64_TABLE, .leaf_value = 0, \
	.table_value = PML_ARM64_TABLE, \
	.table_pa = PML_ARM64_ADDR(granule), .leaf_pa = PML_ARM64_ADDR(at), \
	.run = (runs) ? PML_ARM64_CONTIG : 0, .run_shift = (runs), \
	.grant = PML_ARM64_AP1 | PML_ARM64_AP2 | PML_ARM64_PXN | PML_ARM64_UXN }

/* The granules, with 48 bits in and out and without what a register may add. */
#define PML_ARM64_4K \
	.levels = 4, .va_bits = 48, .root_pa = PML_ARM64_ADDR(12), \
	.invalid = pml_arm64_blocks_to_3, \
	.level = { { 0 }, PML_ARM64_LAST(12, 16), \
		   PML_ARM64_UPPER("L2", 12, 21, 9, 25), \
		   PML_ARM64_UPPER("L1", 12, 30, 9, 34), \
		   PML_ARM64_UPPER("L0", 12, 39, 9, 0), \
		   PML_ARM64_UPPER("L-1", 12, 48, 4, 0) }

#define PML_ARM64_16K \
	.levels = 4, .va_bits = 48, .root_pa = PML_ARM64_ADDR(4), \
	.invalid = pml_arm64_blocks_to_2, \
	.level = { { 0 }, PML_ARM64_LAST(14, 21), \
		   PML_ARM64_UPPER("L2", 14, 25, 11, 30), \
		   PML_ARM64_UPPER("L1", 14, 36, 11, 0), \
		   PML_ARM64_UPPER("L0", 14, 47, 1, 0) }

#define PML_ARM64_64K \
	.levels = 3, .va_bits = 48, .root_pa = PML_ARM64_ADDR(9), \
	.invalid = pml_arm64_blocks_to_2, \
	.level = { { 0 }, PML_ARM64_LAST(16, 21), \
		   PML_ARM64_UPPER("L2", 16, 29, 13, 34), \
		   PML_ARM64_UPPER("L1", 16, 42, 6, 0) }

/*
 * A change to these needs break-before-make, D8.16.1: the entry's type, memory
 * type and shareability, where it leads, contiguous, and global or not.
 */
#define PML_ARM64_BREAK \
	(PML_ARM64_TABLE | PML_ARM64_ATTR | PML_ARM64_SH | PML_ARM64_ADDR(12) | \
	 PML_ARM64_CONTIG | PML_ARM64_NG)

#define PML_ARM64_COMMON \
	.entry_size = 8, .present = PML_ARM64_VALID, \
	.accessed = PML_ARM64_AF, .soft = PML_ARM64_SOFT

/*
 * EL1&0, D8.4.1.  Whatever is mapped EL1 may read; U is EL0's access to data, X
 * a fetch at EL1, XU one at EL0.  What EL0 can write EL1 does not execute.
 */
#define PML_ARM64_STAGE1 \
	PML_ARM64_COMMON, .flags = pml_arm64_flags, \
	.memtype = PML_MT_MAIR, .mt_shift = 2, .mt_bits = 3, \
	.break_bits = PML_ARM64_BREAK, .not_global = PML_ARM64_NG, \
	.invert = PML_ARM64_AP2 | PML_ARM64_PXN | PML_ARM64_UXN, \
	.always = PML_R, \
	.rights = { PML_RIGHT(PML_ARM64_AP2, PML_W), \
		    PML_RIGHT(PML_ARM64_AP1, PML_U), \
		    PML_RIGHT(PML_ARM64_PXN, PML_X), \
		    PML_RIGHT(PML_ARM64_UXN, PML_XU) }, \
	.deny = { { PML_ARM64_APT0 | PML_ARM64_APT1, 55 }, \
		  { PML_ARM64_PXNT | PML_ARM64_UXNT, 6 } }, \
	.exclude = { { PML_W | PML_U, PML_X } }

static const struct pml_format pml_arm64_4k = {
	PML_ARM64_STAGE1, PML_ARM64_4K,
	.name = "arm64-4k", .title = "AArch64, 4 KiB granule",
};

static const struct pml_format pml_arm64_16k = {
	PML_ARM64_STAGE1, PML_ARM64_16K,
	.name = "arm64-16k", .title = "AArch64, 16 KiB granule",
};

static const struct pml_format pml_arm64_64k = {
	PML_ARM64_STAGE1, PML_ARM64_64K,
	.name = "arm64-64k", .title = "AArch64, 64 KiB granule",
};

/*
 * Stage 2, D8.4.2: R and W are bits, X and XU are two of XN's four values each;
 * with both bits turned over all ones allow both, as everywhere.  EL0 and EL1
 * read and write alike.  Tables take nothing away.
 */
#define PML_ARM64_STAGE2_COMMON \
	PML_ARM64_COMMON, \
	.memtype = PML_MT_ARM64_S2, .mt_shift = 2, .mt_bits = 4, \
	.break_bits = PML_ARM64_BREAK | PML_ARM64_S2_ATTR, \
	.flags = pml_arm64_s2_flags, \
	.always = PML_U, .invert = PML_ARM64_S2_XN, \
	.rights = { PML_RIGHT(PML_ARM64_S2_R, PML_R), \
		    PML_RIGHT(PML_ARM64_S2_W, PML_W), \
		    PML_RIGHT(PML_ARM64_S2_XN1, PML_XU), \
		    PML_RIGHT(PML_ARM64_S2_XN, PML_X), \
		    { PML_ARM64_S2_XN, 0, PML_X } }

static const struct pml_format pml_arm64_s2_4k = {
	PML_ARM64_STAGE2_COMMON, PML_ARM64_4K,
	.name = "arm64-s2-4k", .title = "AArch64 stage 2, 4 KiB granule",
};

static const struct pml_format pml_arm64_s2_16k = {
	PML_ARM64_STAGE2_COMMON, PML_ARM64_16K,
	.name = "arm64-s2-16k", .title = "AArch64 stage 2, 16 KiB granule",
};

static const struct pml_format pml_arm64_s2_64k = {
	PML_ARM64_STAGE2_COMMON, PML_ARM64_64K,
	.name = "arm64-s2-64k", .title = "AArch64 stage 2, 64 KiB granule",
};

/* The constant of a granule; NULL for a size that is none. */
static inline const struct pml_format *
pml_arm64_granule(unsigned granule, bool stage2)
{
	switch (granule) {
	case 12:
		return stage2 ? &pml_arm64_s2_4k : &pml_arm64_4k;
	case 14:
		return stage2 ? &pml_arm64_s2_16k : &pml_arm64_16k;
	case 16:
		return stage2 ? &pml_arm64_s2_64k : &pml_arm64_64k;
	}
	return NULL;
}

/* Bits of an output address: 52 need LPA2's descriptors, or 64 KiB and LPA. */
static inline unsigned pml_arm64_output(const struct pml_arm64_config *c)
{
	bool large = c->ds || c->granule == 16;

	return c->pa_bits > 48 && !large ? 48 : c->pa_bits;
}

/* Where entries and the root's register have an address' bits. */
static inline void pml_arm64_addresses(const struct pml_arm64_config *c,
				       struct pml_format *fmt)
{
	bool large = pml_arm64_output(c) == 52;
	unsigned root = 3 + fmt->level[fmt->levels].bits;
	int level;

	for (level = 1; level <= PML_MAX_LEVELS; level++) {
		struct pml_level *lv = &fmt->level[level];

		if (c->ds) {
			lv->table_pa |= lv->table_pa ? PML_BITS(48, 49) : 0;
			lv->leaf_pa |= PML_BITS(48, 49);
			lv->leaf_high = PML_ARM64_SH;
			lv->high_shift = 42;
		} else if (c->granule == 16 && large) {
			lv->leaf_high = PML_BITS(12, 15);
			lv->high_shift = 36;
		}
		lv->table_high = level > 1 ? lv->leaf_high : 0;
	}
	fmt->root_high = large ? PML_BITS(2, 5) : 0;
	fmt->root_high_shift = 46;
	fmt->root_pa = PML_ARM64_ADDR(large && root < 6 ? 6 : root);
}

/* D8.3.1: the highest level that has blocks. */
static inline const struct pml_invalid *
pml_arm64_blocks(const struct pml_arm64_config *c)
{
	if (c->granule == 12)
		return c->ds ? pml_arm64_blocks_to_4 : pml_arm64_blocks_to_3;
	return (c->granule == 16 ? c->lpa : c->ds) ? pml_arm64_blocks_to_3
						   : pml_arm64_blocks_to_2;
}

/* Which rights there are, and by which bits. */
static inline void pml_arm64_rights(const struct pml_arm64_config *c,
				    struct pml_format *fmt)
{
	bool stage2 = c->regime == PML_ARM64_STAGE2;

	if (c->hd) {
		fmt->allow.mask = PML_ARM64_DBM;
		fmt->allow.shift = 44;
	}
	if (stage2 && !c->xnx) {
		fmt->rights[3] = (struct pml_right_bit)
				 PML_RIGHT(PML_ARM64_S2_XN1, PML_X);
		fmt->rights[4] = (struct pml_right_bit){ 0, 0, 0 };
	} else if (!stage2 && !pml_arm64_has_el0(c->regime)) {
		fmt->flags = pml_arm64_el2_flags;
		fmt->not_global = 0;
		fmt->rights[1] = (struct pml_right_bit)
				 PML_RIGHT(PML_ARM64_UXN, PML_X);
		fmt->rights[2] = fmt->rights[3] =
			(struct pml_right_bit){ 0, 0, 0 };
		fmt->deny[0].mask = PML_ARM64_APT1;
		fmt->deny[1].mask = PML_ARM64_UXNT;
		fmt->exclude[0].all = fmt->exclude[0].lose = 0;
	}
	if (c->hpd)
		fmt->deny[0].mask = fmt->deny[1].mask = 0;
	if (c->wxn && !stage2) {
		fmt->exclude[1].all = PML_W;
		fmt->exclude[1].lose = PML_X;
		fmt->exclude[2].all = PML_W | PML_U;
		fmt->exclude[2].lose = PML_XU;
	}
}

/*
 * Make the format that the registers choose: a copy of a granule's constant.
 * False if there is none: no such granule, more address bits than a root can
 * have, or fewer than the levels need.  Stage 2 may have up to 16 tables side by
 * side for a root (D8.2.2).
 */
static inline bool pml_arm64_format(const struct pml_arm64_config *c,
				    struct pml_format *fmt)
{
	bool stage2 = c->regime == PML_ARM64_STAGE2;
	const struct pml_format *base = pml_arm64_granule(c->granule, stage2);
	unsigned stride = c->granule - 3, most = stride + (stage2 ? 4 : 0);
	unsigned levels = c->levels;
	int bits;

	if (!base || c->va_bits <= c->granule)
		return false;
	if (!levels)
		levels = (c->va_bits - c->granule + stride - 1) / stride;
	if (levels > PML_MAX_LEVELS)
		return false;
	bits = c->va_bits - base->level[levels].shift;
	if (!base->level[levels].shift || bits < 1 || bits > (int)most)
		return false;
	__builtin_memcpy(fmt, base, sizeof(*fmt));
	fmt->levels = levels;
	fmt->va_bits = c->va_bits;
	fmt->upper = c->upper;
	fmt->level[levels].bits = bits;
	fmt->invalid = pml_arm64_blocks(c);
	pml_arm64_addresses(c, fmt);
	pml_arm64_rights(c, fmt);
	return true;
}

/* Bits that no address in these tables may have: for the space's pa_rsvd. */
static inline uint64_t pml_arm64_pa_rsvd(const struct pml_arm64_config *c)
{
	unsigned bits = pml_arm64_output(c);

	return bits < 52 ? PML_BITS(bits, 51) : 0;
}

/* The manual's number of a level. */
static inline int pml_arm64_level(int level)
{
	return 4 - level;
}

#endif
