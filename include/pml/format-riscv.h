/*
 * The formats of RISC-V: Sv32, Sv39, Sv48 and Sv57, and the G stage's, which
 * are the same with a root of four tables side by side: Sv32x4 to Sv57x4.
 *
 * All eight are constants.  What a hart may lack, or a register turn off, is in
 * a space's `rsvd`: PML_RISCV_N without Svnapot, PML_RISCV_PBMT without Svpbmt
 * or with PBMTE=0 (regs-riscv.h fills it in from the registers).
 *
 * Levels are counted as everywhere in pml, from 1 up; the manual has a level i
 * from the root's down to 0: manual's = ours - 1.
 *
 * A leaf is an entry with any of R, W and X; entries for tables take no rights
 * away.  A NAPOT leaf is one of sixteen entries that say the same: each of them
 * is a leaf of 4 KiB with the flag N, whose memory is its part of the 64 KiB.
 *
 * Sections are those of the RISC-V Instruction Set Manual, volume II
 * (privileged architecture), by name.
 *
 * Not known: shadow stacks (Zicfiss makes W without R one), bits 60:59 for
 * software (Svrsw60t59b); both are reserved here.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_FORMAT_RISCV_H
#define PML_FORMAT_RISCV_H

#include <pml/format.h>

/* An entry: "Sv39", "Addressing and Memory Protection". */
#define PML_RISCV_V	(1ULL << 0)
#define PML_RISCV_R	(1ULL << 1)
#define PML_RISCV_W	(1ULL << 2)
#define PML_RISCV_X	(1ULL << 3)
#define PML_RISCV_RWX	(PML_RISCV_R | PML_RISCV_W | PML_RISCV_X)
#define PML_RISCV_U	(1ULL << 4)	/* user mode's, and not the supervisor's */
#define PML_RISCV_G	(1ULL << 5)	/* global; the G stage ignores it */
#define PML_RISCV_A	(1ULL << 6)
#define PML_RISCV_D	(1ULL << 7)
#define PML_RISCV_RSW	PML_BITS(8, 9)	/* software's */
#define PML_RISCV_PPN	PML_BITS(10, 53)	/* address bits, 2 too low */
#define PML_RISCV_RSVD	PML_BITS(54, 60)
#define PML_RISCV_PBMT	PML_BITS(61, 62)	/* Svpbmt: memory type */
#define PML_RISCV_N	(1ULL << 63)	/* Svnapot: one of 16 entries for 64 KiB */

/* Values of PBMT, "Svpbmt"; 3 is reserved. */
enum pml_riscv_pbmt {
	PML_RISCV_PMA,		/* what the physical address has */
	PML_RISCV_NC,		/* non-cacheable memory */
	PML_RISCV_IO,		/* non-cacheable, strongly ordered */
};

/* What a pointer to a table must not have. */
#define PML_RISCV_LEAF_ONLY	(PML_RISCV_U | PML_RISCV_A | PML_RISCV_D)

/* PPN[3:0] of a NAPOT entry, which is 8 for 64 KiB: the only size there is. */
#define PML_RISCV_NAPOT		PML_BITS(10, 13)
#define PML_RISCV_NAPOT_64K	(8ULL << 10)

#define PML_RISCV_FLAGS \
	{ PML_RISCV_V, "V", PML_LEVELS(1, 5), PML_LEVELS(1, 5) }, \
	{ PML_RISCV_R, "R", 0, PML_LEVELS(1, 5) }, \
	{ PML_RISCV_W, "W", 0, PML_LEVELS(1, 5) }, \
	{ PML_RISCV_X, "X", 0, PML_LEVELS(1, 5) }, \
	{ PML_RISCV_U, "U", 0, PML_LEVELS(1, 5) }, \
	{ PML_RISCV_A, "A", 0, PML_LEVELS(1, 5) }, \
	{ PML_RISCV_D, "D", 0, PML_LEVELS(1, 5) }

/* G of a pointer: all below it is global. */
static const struct pml_flag pml_riscv_flags[] = {
	PML_RISCV_FLAGS,
	{ PML_RISCV_G, "G", PML_LEVELS(2, 5), PML_LEVELS(1, 5) },
	{ PML_RISCV_N, "N", 0, PML_LEVEL(1) },
	{ 0, NULL, 0, 0 }
};

static const struct pml_flag pml_riscv_g_flags[] = {
	PML_RISCV_FLAGS,
	{ PML_RISCV_N, "N", 0, PML_LEVEL(1) },
	{ 0, NULL, 0, 0 }
};

/* Sv32's entries have 32 bits. */
static const struct pml_flag pml_riscv32_flags[] = {
	PML_RISCV_FLAGS,
	{ PML_RISCV_G, "G", PML_LEVEL(2), PML_LEVELS(1, 2) },
	{ 0, NULL, 0, 0 }
};

static const struct pml_flag pml_riscv32_g_flags[] = {
	PML_RISCV_FLAGS,
	{ 0, NULL, 0, 0 }
};

/* Encodings that are reserved, "Virtual Address Translation Process". */
#define PML_RISCV_INVALID \
	{ PML_RISCV_R | PML_RISCV_W, PML_RISCV_W, "writable but not readable", \
	  0, PML_LEVELS(1, 5), 0, 0, 0 }, \
	{ PML_RISCV_RWX, 0, "a pointer in a last table", PML_LEVEL(1), 0, 0, 0, 0 }

static const struct pml_invalid pml_riscv_invalid[] = {
	PML_RISCV_INVALID,
	{ PML_RISCV_PBMT, PML_RISCV_PBMT, "memory type 3", 0, PML_LEVELS(1, 5),
	  0, 0, 0 },
	{ PML_RISCV_N, PML_RISCV_N, "a NAPOT size that is not 64 KiB", 0,
	  PML_LEVEL(1), 0, PML_RISCV_NAPOT, PML_RISCV_NAPOT_64K },
	{ 0, 0, NULL, 0, 0, 0, 0, 0 }
};

static const struct pml_invalid pml_riscv32_invalid[] = {
	PML_RISCV_INVALID,
	{ 0, 0, NULL, 0, 0, 0, 0, 0 }
};

#define PML_RISCV_LAST { \
	.name = "L0", .shift = 12, .bits = 9, \
	.leaf_differs = true, .leaf_mask = PML_RISCV_RWX, \
	.leaf_pa = PML_RISCV_PPN, .leaf_rsvd = PML_RISCV_RSVD, \
	.run = PML_RISCV_N, .run_shift = 16, .run_pa = PML_RISCV_NAPOT }

/* Those above: a leaf's PPN bits below its size must be zero ("misaligned"). */
#define PML_RISCV_UPPER(entry, at, width) { \
	.name = entry, .shift = (at), .bits = (width), \
	.leaf_differs = true, .leaf_mask = PML_RISCV_RWX, \
	.table_pa = PML_RISCV_PPN, .leaf_pa = PML_RISCV_PPN, \
	.table_rsvd = PML_BITS(54, 63) | PML_RISCV_LEAF_ONLY, \
	.leaf_rsvd = PML_RISCV_RSVD | PML_RISCV_N | PML_BITS(10, (at) - 3), \
	.grant = ~0ULL }

#define PML_RISCV_LEVELS(l2, l3, l4, l5) \
	.level = { { 0 }, PML_RISCV_LAST, \
		   PML_RISCV_UPPER("L1", 21, l2), PML_RISCV_UPPER("L2", 30, l3), \
		   PML_RISCV_UPPER("L3", 39, l4), PML_RISCV_UPPER("L4", 48, l5) }

#define PML_RISCV_COMMON \
	.present = PML_RISCV_V, .pa_shift = 2, .root_shift = 12, \
	.accessed = PML_RISCV_A, .dirty = PML_RISCV_D, .soft = PML_RISCV_RSW, \
	.rights = { PML_RIGHT(PML_RISCV_R, PML_R), \
		    PML_RIGHT(PML_RISCV_W, PML_W), \
		    PML_RIGHT(PML_RISCV_X, PML_X), \
		    PML_RIGHT(PML_RISCV_U, PML_U) }

#define PML_RISCV_64 \
	PML_RISCV_COMMON, .entry_size = 8, .invalid = pml_riscv_invalid, \
	.memtype = PML_MT_PBMT, .mt_shift = 61, .mt_bits = 2

/* Of satp and vsatp: U is user mode's, as a right. */
#define PML_RISCV_S_STAGE \
	PML_RISCV_64, .flags = pml_riscv_flags, .global = PML_RISCV_G, \
	.sign_extended = true, .root_pa = PML_BITS(0, 43)

/* Of hgatp: every access is a user's, so that a leaf without U allows nothing. */
#define PML_RISCV_G_STAGE \
	PML_RISCV_64, .flags = pml_riscv_g_flags, .root_pa = PML_BITS(2, 43)

static const struct pml_format pml_sv39 = {
	PML_RISCV_S_STAGE, PML_RISCV_LEVELS(9, 9, 9, 9),
	.levels = 3, .va_bits = 39,
	.name = "sv39", .title = "RISC-V Sv39",
};

static const struct pml_format pml_sv48 = {
	PML_RISCV_S_STAGE, PML_RISCV_LEVELS(9, 9, 9, 9),
	.levels = 4, .va_bits = 48,
	.name = "sv48", .title = "RISC-V Sv48",
};

static const struct pml_format pml_sv57 = {
	PML_RISCV_S_STAGE, PML_RISCV_LEVELS(9, 9, 9, 9),
	.levels = 5, .va_bits = 57,
	.name = "sv57", .title = "RISC-V Sv57",
};

/* "Guest Physical Address Translation": two bits more at the top. */
static const struct pml_format pml_sv39x4 = {
	PML_RISCV_G_STAGE, PML_RISCV_LEVELS(9, 11, 9, 9),
	.levels = 3, .va_bits = 41,
	.name = "sv39x4", .title = "RISC-V Sv39x4 (G stage)",
};

static const struct pml_format pml_sv48x4 = {
	PML_RISCV_G_STAGE, PML_RISCV_LEVELS(9, 9, 11, 9),
	.levels = 4, .va_bits = 50,
	.name = "sv48x4", .title = "RISC-V Sv48x4 (G stage)",
};

static const struct pml_format pml_sv57x4 = {
	PML_RISCV_G_STAGE, PML_RISCV_LEVELS(9, 9, 9, 11),
	.levels = 5, .va_bits = 59,
	.name = "sv57x4", .title = "RISC-V Sv57x4 (G stage)",
};

/* --- 32 bits ("Sv32") ------------------------------------------------------ */

#define PML_RISCV_PPN32		PML_BITS(10, 31)

#define PML_RISCV_LEVELS32(top) \
	.level = { { 0 }, { \
		.name = "L0", .shift = 12, .bits = 10, \
		.leaf_differs = true, .leaf_mask = PML_RISCV_RWX, \
		.leaf_pa = PML_RISCV_PPN32 }, { \
		.name = "L1", .shift = 22, .bits = (top), \
		.leaf_differs = true, .leaf_mask = PML_RISCV_RWX, \
		.table_pa = PML_RISCV_PPN32, .leaf_pa = PML_RISCV_PPN32, \
		.table_rsvd = PML_RISCV_LEAF_ONLY, \
		.leaf_rsvd = PML_BITS(10, 19), .grant = ~0ULL } }

static const struct pml_format pml_sv32 = {
	PML_RISCV_COMMON, PML_RISCV_LEVELS32(10), .entry_size = 4,
	.flags = pml_riscv32_flags, .global = PML_RISCV_G,
	.invalid = pml_riscv32_invalid, .root_pa = PML_BITS(0, 21),
	.levels = 2, .va_bits = 32,
	.name = "sv32", .title = "RISC-V Sv32",
};

static const struct pml_format pml_sv32x4 = {
	PML_RISCV_COMMON, PML_RISCV_LEVELS32(12), .entry_size = 4,
	.flags = pml_riscv32_g_flags,
	.invalid = pml_riscv32_invalid, .root_pa = PML_BITS(2, 21),
	.levels = 2, .va_bits = 34,
	.name = "sv32x4", .title = "RISC-V Sv32x4 (G stage)",
};

/* Is a format of RISC-V the G stage's?  Its root is aligned to 16 KiB. */
static inline bool pml_riscv_is_g(const struct pml_format *fmt)
{
	return !(fmt->root_pa & 3);
}

/* The manual's number of a level. */
static inline int pml_riscv_level(int level)
{
	return level - 1;
}

#endif
