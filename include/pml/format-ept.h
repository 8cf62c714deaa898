/*
 * The formats of Intel's extended page tables (EPT): guest-physical to
 * physical addresses, 4 or 5 levels, with and without mode-based execute
 * control.
 *
 * Sections are those of the Intel 64 and IA-32 Architectures Software
 * Developer's Manual (SDM), volume 3C, chapter 29.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_FORMAT_EPT_H
#define PML_FORMAT_EPT_H

#include <pml/format.h>

/* SDM 3C, 29.3.2, tables 29-1 to 29-7. */
#define PML_EPT_R	0x001ULL	/* reads allowed */
#define PML_EPT_W	0x002ULL	/* writes allowed */
#define PML_EPT_X	0x004ULL	/* fetches allowed; mode-based: from supervisor addresses */
#define PML_EPT_RWX	0x007ULL
#define PML_EPT_MT	0x038ULL	/* memory type (leaves) */
#define PML_EPT_MT_SHIFT 3
#define PML_EPT_IPAT	0x040ULL	/* the guest's PAT does not count (leaves) */
#define PML_EPT_PS	0x080ULL	/* a leaf above level 1 */
#define PML_EPT_A	0x100ULL	/* accessed, if the EPTP enables it */
#define PML_EPT_D	0x200ULL	/* dirty (leaves), likewise */
#define PML_EPT_XU	0x400ULL	/* mode-based: fetches from user addresses allowed */
#define PML_EPT_VGP	(1ULL << 57)	/* verify guest paging (leaves) */
#define PML_EPT_PW	(1ULL << 58)	/* paging-write access (leaves) */
#define PML_EPT_SSS	(1ULL << 60)	/* supervisor shadow stack (leaves) */
#define PML_EPT_SPP	(1ULL << 61)	/* sub-page write permissions (level 1) */
#define PML_EPT_SVE	(1ULL << 63)	/* violations are never a #VE (leaves) */
#define PML_EPT_ADDR	PML_BITS(12, 51)

/* Bits of a leaf that are ignored, or do not bear on where it leads. */
#define PML_EPT_SOFT \
	(1ULL << 11 | PML_BITS(52, 63))

/* Memory types, bits 5:3 of a leaf and 2:0 of the EPTP; 2, 3 and 7 are none. */
#define PML_MT_UC	0
#define PML_MT_WC	1
#define PML_MT_WT	4
#define PML_MT_WP	5
#define PML_MT_WB	6

/* The EPT pointer, SDM 3C, 25.6.11. */
#define PML_EPTP_MT	0x007ULL	/* memory type of the tables themselves */
#define PML_EPTP_WALK	0x038ULL	/* levels, less one */
#define PML_EPTP_WALK_SHIFT 3
#define PML_EPTP_AD	0x040ULL	/* accessed and dirty flags are on */
#define PML_EPTP_SSS	0x080ULL	/* SSS is looked at */

/*
 * Execute-only entries (R=0, X=1) are present: hypervisors that hide code make
 * them.  A processor without IA32_VMX_EPT_VPID_CAP bit 0 rejects them; its
 * space says PML_NO_EXEC_ONLY.
 */
#define PML_EPT_FLAGS \
	{ PML_EPT_R, "R", PML_LEVELS(1, 5), PML_LEVELS(1, 5) }, \
	{ PML_EPT_W, "W", PML_LEVELS(1, 5), PML_LEVELS(1, 5) }, \
	{ PML_EPT_X, "X", PML_LEVELS(1, 5), PML_LEVELS(1, 5) }, \
	{ PML_EPT_IPAT, "IPAT", 0, PML_LEVELS(1, 5) }, \
	{ PML_EPT_PS, "PS", 0, PML_LEVELS(2, 5) }, \
	{ PML_EPT_A, "A", PML_LEVELS(1, 5), PML_LEVELS(1, 5) }, \
	{ PML_EPT_D, "D", 0, PML_LEVELS(1, 5) }, \
	{ PML_EPT_VGP, "VGP", 0, PML_LEVELS(1, 5) }, \
	{ PML_EPT_PW, "PW", 0, PML_LEVELS(1, 5) }, \
	{ PML_EPT_SSS, "SSS", 0, PML_LEVELS(1, 5) }, \
	{ PML_EPT_SPP, "SPP", 0, PML_LEVEL(1) }, \
	{ PML_EPT_SVE, "SVE", 0, PML_LEVELS(1, 5) }

static const struct pml_flag pml_ept_flags[] = {
	PML_EPT_FLAGS,
	{ 0, NULL, 0, 0 }
};

static const struct pml_flag pml_ept_mbec_flags[] = {
	PML_EPT_FLAGS,
	{ PML_EPT_XU, "XU", PML_LEVELS(1, 5), PML_LEVELS(1, 5) },
	{ 0, NULL, 0, 0 }
};

/*
 * Misconfigurations, SDM 3C, 29.3.3.1, other than reserved bits: those are in
 * the levels below.
 */
#define PML_EPT_NEVER(bits, is, what, ...) { \
	.mask = (bits), .value = (is), .name = (what), \
	.leaves = PML_LEVELS(1, 5), .tables = PML_LEVELS(1, 5), __VA_ARGS__ }
#define PML_EPT_NO_TYPE(type, what) { \
	.mask = PML_EPT_MT, .value = (type) << PML_EPT_MT_SHIFT, \
	.name = (what), .leaves = PML_LEVELS(1, 3) }
#define PML_EPT_INVALID \
	PML_EPT_NEVER(PML_EPT_R | PML_EPT_W, PML_EPT_W, \
		      "writable but not readable", .option = 0), \
	PML_EPT_NEVER(PML_EPT_R | PML_EPT_X, PML_EPT_X, "execute-only", \
		      .option = PML_NO_EXEC_ONLY), \
	PML_EPT_NO_TYPE(2, "memory type 2"), \
	PML_EPT_NO_TYPE(3, "memory type 3"), \
	PML_EPT_NO_TYPE(7, "memory type 7")

static const struct pml_invalid pml_ept_invalid[] = {
	PML_EPT_INVALID,
	{ .name = NULL }
};

static const struct pml_invalid pml_ept_mbec_invalid[] = {
	PML_EPT_INVALID,
	PML_EPT_NEVER(PML_EPT_R | PML_EPT_XU, PML_EPT_XU, "execute-only",
		      .option = PML_NO_EXEC_ONLY),
	{ .name = NULL }
};

/* Level 1, SDM table 29-7: bit 7 is ignored. */
#define PML_EPT_PT { \
	.name = "EPT PTE", .shift = 12, .bits = 9, .leaf_pa = PML_EPT_ADDR }

/* Levels 2 and 3, tables 29-3 to 29-6. */
#define PML_EPT_MIDDLE(entry, at) { \
	.name = entry, .shift = (at), .bits = 9, \
	.leaf_mask = PML_EPT_PS, .leaf_value = PML_EPT_PS, \
	.table_pa = PML_EPT_ADDR, .leaf_pa = PML_BITS((at), 51), \
	.table_rsvd = PML_BITS(3, 6), .leaf_rsvd = PML_BITS(12, (at) - 1) }

/* Levels 4 and 5, tables 29-1 and 29-2: never a leaf. */
#define PML_EPT_UPPER(entry, at) { \
	.name = entry, .shift = (at), .bits = 9, .leaf_value = 1, \
	.table_pa = PML_EPT_ADDR, .table_rsvd = PML_BITS(3, 7) }

#define PML_EPT_LEVELS4 \
	{ 0 }, PML_EPT_PT, PML_EPT_MIDDLE("EPT PDE", 21), \
	PML_EPT_MIDDLE("EPT PDPTE", 30), PML_EPT_UPPER("EPT PML4E", 39)
#define PML_EPT_LEVELS5 \
	PML_EPT_LEVELS4, PML_EPT_UPPER("EPT PML5E", 48)

/*
 * Guest-physical addresses have no user mode of their own: PML_U is always
 * there, and what user mode may do is for the guest's tables to say.
 */
#define PML_EPT_COMMON \
	.entry_size = 8, .root_pa = PML_EPT_ADDR, \
	.memtype = PML_MT_EPT, .mt_shift = PML_EPT_MT_SHIFT, .mt_bits = 4, \
	.soft = PML_EPT_SOFT, \
	.accessed = PML_EPT_A, .dirty = PML_EPT_D, .always = PML_U

#define PML_EPT_PLAIN \
	PML_EPT_COMMON, .present = PML_EPT_RWX, \
	.rights = { PML_RIGHT(PML_EPT_R, PML_R), PML_RIGHT(PML_EPT_W, PML_W), \
		    PML_RIGHT(PML_EPT_X, PML_X) }, \
	.flags = pml_ept_flags, .invalid = pml_ept_invalid

/* Mode-based execute control for EPT: bit 10 counts, also as present. */
#define PML_EPT_MBEC \
	PML_EPT_COMMON, .present = PML_EPT_RWX | PML_EPT_XU, \
	.rights = { PML_RIGHT(PML_EPT_R, PML_R), PML_RIGHT(PML_EPT_W, PML_W), \
		    PML_RIGHT(PML_EPT_X, PML_X), PML_RIGHT(PML_EPT_XU, PML_XU) }, \
	.flags = pml_ept_mbec_flags, .invalid = pml_ept_mbec_invalid

static const struct pml_format pml_ept_4 = {
	PML_EPT_PLAIN,
	.name = "ept-4", .title = "Intel EPT, 4 levels",
	.levels = 4, .va_bits = 48, .level = { PML_EPT_LEVELS4 },
};

static const struct pml_format pml_ept_5 = {
	PML_EPT_PLAIN,
	.name = "ept-5", .title = "Intel EPT, 5 levels",
	.levels = 5, .va_bits = 57, .level = { PML_EPT_LEVELS5 },
};

static const struct pml_format pml_ept_4_mbec = {
	PML_EPT_MBEC,
	.name = "ept-4-mbec",
	.title = "Intel EPT, 4 levels, mode-based execute control",
	.levels = 4, .va_bits = 48, .level = { PML_EPT_LEVELS4 },
};

static const struct pml_format pml_ept_5_mbec = {
	PML_EPT_MBEC,
	.name = "ept-5-mbec",
	.title = "Intel EPT, 5 levels, mode-based execute control",
	.levels = 5, .va_bits = 57, .level = { PML_EPT_LEVELS5 },
};

/*
 * Would a VM entry take the rest of the EPT pointer?  SDM 3C, 27.2.1.1: the
 * memory type is UC or WB, and reserved bits are zero.
 */
static inline bool pml_eptp_valid(uint64_t eptp)
{
	uint64_t type = eptp & PML_EPTP_MT;

	return (type == PML_MT_UC || type == PML_MT_WB) &&
	       !(eptp & (PML_BITS(8, 11) | PML_BITS(52, 63)));
}

/* The format that an EPT pointer selects; NULL for a walk length that is none. */
static inline const struct pml_format *pml_ept_format(uint64_t eptp, bool mbec)
{
	switch ((eptp & PML_EPTP_WALK) >> PML_EPTP_WALK_SHIFT) {
	case 3:
		return mbec ? &pml_ept_4_mbec : &pml_ept_4;
	case 4:
		return mbec ? &pml_ept_5_mbec : &pml_ept_5;
	}
	return NULL;
}

#endif
