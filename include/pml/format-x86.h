/*
 * The formats of x86 processors' own page tables: 32-bit with and without
 * 4 MiB pages, PAE, and the two of long mode, as Intel's processors have them
 * and as AMD's.  AMD's nested paging uses the format that the host runs with;
 * see pml_npt_format().
 *
 * Sections are those of the Intel 64 and IA-32 Architectures Software
 * Developer's Manual (SDM), volume 3A, chapter 4, and the AMD64 Architecture
 * Programmer's Manual (APM), volume 2, chapter 5.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_FORMAT_X86_H
#define PML_FORMAT_X86_H

#include <pml/format.h>

/* Entries of every x86 format but EPT.  SDM 3A, 4.5.4 (tables 4-15 to 4-20). */
#define PML_X86_P	0x001ULL	/* present */
#define PML_X86_RW	0x002ULL	/* writes allowed */
#define PML_X86_US	0x004ULL	/* user-mode accesses allowed */
#define PML_X86_PWT	0x008ULL	/* memory type, low bit of the PAT index */
#define PML_X86_PCD	0x010ULL	/* memory type, middle bit */
#define PML_X86_A	0x020ULL	/* accessed */
#define PML_X86_D	0x040ULL	/* dirty (leaves) */
#define PML_X86_PS	0x080ULL	/* page size: a leaf above level 1 */
#define PML_X86_PAT_4K	0x080ULL	/* memory type, high bit, at level 1 */
#define PML_X86_G	0x100ULL	/* global (leaves) */
#define PML_X86_PAT_BIG	0x1000ULL	/* memory type, high bit, above level 1 */
#define PML_X86_NX	(1ULL << 63)	/* fetches not allowed, if EFER.NXE is on */
#define PML_X86_ADDR	PML_BITS(12, 51)
#define PML_X86_SOFT	PML_BITS(9, 11)	/* no processor looks at them */
#define PML_X86_ADDR32	PML_BITS(12, 31)

/*
 * Flags that entries have at all `levels` of a format, and those of leaves
 * above level 1 and at it.
 */
#define PML_X86_FLAGS(levels) \
	{ PML_X86_P, "P", (levels), (levels) }, \
	{ PML_X86_RW, "RW", (levels), (levels) }, \
	{ PML_X86_US, "US", (levels), (levels) }, \
	{ PML_X86_PWT, "PWT", (levels), (levels) }, \
	{ PML_X86_PCD, "PCD", (levels), (levels) }, \
	{ PML_X86_A, "A", (levels), (levels) }, \
	{ PML_X86_D, "D", 0, (levels) }, \
	{ PML_X86_PAT_4K, "PAT", 0, PML_LEVEL(1) }, \
	{ PML_X86_G, "G", 0, (levels) }
#define PML_X86_FLAGS_BIG(levels) \
	{ PML_X86_PS, "PS", (levels), (levels) }, \
	{ PML_X86_PAT_BIG, "PAT", 0, (levels) }

static const struct pml_flag pml_x86_flags[] = {
	PML_X86_FLAGS(PML_LEVELS(1, 5)),
	PML_X86_FLAGS_BIG(PML_LEVELS(2, 5)),
	{ PML_X86_NX, "NX", PML_LEVELS(1, 5), PML_LEVELS(1, 5) },
	{ 0, NULL, 0, 0 }
};

/* What a present entry must have clear where bit 63 alone is above the address. */
#define PML_X86_PAE_RSVD	PML_BITS(52, 62)

/*
 * Level 1 of the formats with 64-bit entries: a page table, SDM table 4-20;
 * 4-11 for PAE, which has no bits for software or keys above the address.
 */
#define PML_X86_PT64(rsvd) { \
	.name = "PTE", .shift = 12, .bits = 9, \
	.leaf_pa = PML_X86_ADDR, .leaf_rsvd = (rsvd), \
	.pat = PML_X86_PAT_4K }

/* Level 2: a page directory, SDM tables 4-18 and 4-19 (PAE: 4-9, 4-10). */
#define PML_X86_PD64(rsvd) { \
	.name = "PDE", .shift = 21, .bits = 9, \
	.leaf_mask = PML_X86_PS, .leaf_value = PML_X86_PS, \
	.table_pa = PML_X86_ADDR, .leaf_pa = PML_BITS(21, 51), \
	.table_rsvd = (rsvd), .leaf_rsvd = PML_BITS(13, 20) | (rsvd), \
	.pat = PML_X86_PAT_BIG }

/* Level 3 with rights and 1 GiB leaves, SDM tables 4-16 and 4-17. */
#define PML_X86_PDPT64 { \
	.name = "PDPTE", .shift = 30, .bits = 9, \
	.leaf_mask = PML_X86_PS, .leaf_value = PML_X86_PS, \
	.table_pa = PML_X86_ADDR, .leaf_pa = PML_BITS(30, 51), \
	.leaf_rsvd = PML_BITS(13, 29), .pat = PML_X86_PAT_BIG }

/*
 * Levels 4 and 5, SDM tables 4-14 and 4-15: never a leaf, PS is reserved.  So
 * is bit 8 on AMD's processors (APM 2, 5.3.3 and 5.3.4), and there alone: at
 * level 3 neither vendor's look at it.
 */
#define PML_X86_UPPER(entry, at, rsvd) { \
	.name = entry, .shift = (at), .bits = 9, .leaf_value = 1, \
	.table_pa = PML_X86_ADDR, .table_rsvd = (rsvd) }
#define PML_X86_RSVD_INTEL	PML_X86_PS
#define PML_X86_RSVD_AMD	(PML_X86_PS | PML_X86_G)

/* What the formats with 64-bit entries have in common. */
#define PML_X86_COMMON64 \
	.entry_size = 8, .present = PML_X86_P, \
	.memtype = PML_MT_PAT, .mt_shift = 3, .mt_bits = 2, \
	.invert = PML_X86_NX, .nx = PML_X86_NX, .accessed = PML_X86_A, \
	.dirty = PML_X86_D, .global = PML_X86_G, \
	.rights = { PML_RIGHT(PML_X86_P, PML_R), PML_RIGHT(PML_X86_RW, PML_W), \
		    PML_RIGHT(PML_X86_NX, PML_X), PML_RIGHT(PML_X86_US, PML_U) }

#define PML_X86_64_COMMON \
	PML_X86_COMMON64, .sign_extended = true, \
	.pkey_shift = 59, .soft = PML_X86_SOFT | PML_BITS(52, 58), \
	.root_pa = PML_X86_ADDR, .flags = pml_x86_flags

#define PML_X86_64_LEVELS4(rsvd) \
	{ 0 }, PML_X86_PT64(0), PML_X86_PD64(0), PML_X86_PDPT64, \
	PML_X86_UPPER("PML4E", 39, rsvd)
#define PML_X86_64_LEVELS5(rsvd) \
	PML_X86_64_LEVELS4(rsvd), PML_X86_UPPER("PML5E", 48, rsvd)

/* 4-level paging: CR4.PAE=1, EFER.LMA=1, CR4.LA57=0.  SDM 3A, 4.5. */
static const struct pml_format pml_x86_64_4 = {
	PML_X86_64_COMMON,
	.name = "x86-64-4", .title = "x86-64, 4 levels",
	.levels = 4, .va_bits = 48,
	.level = { PML_X86_64_LEVELS4(PML_X86_RSVD_INTEL) },
};

/* 5-level paging: the same with CR4.LA57=1. */
static const struct pml_format pml_x86_64_5 = {
	PML_X86_64_COMMON,
	.name = "x86-64-5", .title = "x86-64, 5 levels",
	.levels = 5, .va_bits = 57,
	.level = { PML_X86_64_LEVELS5(PML_X86_RSVD_INTEL) },
};

/* Both on AMD's processors. */
static const struct pml_format pml_amd64_4 = {
	PML_X86_64_COMMON,
	.name = "amd64-4", .title = "x86-64 on AMD, 4 levels",
	.levels = 4, .va_bits = 48,
	.level = { PML_X86_64_LEVELS4(PML_X86_RSVD_AMD) },
};

static const struct pml_format pml_amd64_5 = {
	PML_X86_64_COMMON,
	.name = "amd64-5", .title = "x86-64 on AMD, 5 levels",
	.levels = 5, .va_bits = 57,
	.level = { PML_X86_64_LEVELS5(PML_X86_RSVD_AMD) },
};

/*
 * PAE: CR4.PAE=1, EFER.LMA=0.  SDM 3A, 4.4; APM 2, 5.2.3.
 *
 * The top table has four entries, anywhere in the low 4 GiB on a multiple of
 * 32 bytes, and they have no rights: bits 1, 2 and 5 to 8 are reserved (SDM
 * table 4-8), except that bit 5 is not taken for reserved: QEMU notes there
 * that it used the entry.  Intel's processors read them only when CR3 is
 * loaded, and may go on using what they read; what memory says since then is what is
 * walked here.  They refuse to load reserved bits (#GP), so that a RESERVED
 * entry of the top table cannot be one that an Intel processor uses.
 */
static const struct pml_flag pml_x86_pae_flags[] = {
	{ PML_X86_P, "P", PML_LEVEL(3), 0 },
	{ PML_X86_PWT, "PWT", PML_LEVEL(3), 0 },
	{ PML_X86_PCD, "PCD", PML_LEVEL(3), 0 },
	PML_X86_FLAGS(PML_LEVELS(1, 2)),
	PML_X86_FLAGS_BIG(PML_LEVEL(2)),
	{ PML_X86_NX, "NX", PML_LEVELS(1, 2), PML_LEVELS(1, 2) },
	{ 0, NULL, 0, 0 }
};

static const struct pml_format pml_x86_pae = {
	PML_X86_COMMON64,
	.name = "x86-pae", .title = "x86, PAE",
	.levels = 3, .va_bits = 32,
	.root_pa = PML_BITS(5, 31), .soft = PML_X86_SOFT,
	.flags = pml_x86_pae_flags,
	.level = { { 0 }, PML_X86_PT64(PML_X86_PAE_RSVD),
		   PML_X86_PD64(PML_X86_PAE_RSVD), {
		.name = "PDPTE", .shift = 30, .bits = 2, .leaf_value = 1,
		.table_pa = PML_X86_ADDR,
		.table_rsvd = PML_BITS(1, 2) | PML_BITS(6, 8) | PML_BITS(52, 63),
		.grant = PML_X86_RW | PML_X86_US | PML_X86_NX,
		.in_registers = true } },
};

/* Entries of 32 bits: nothing forbids fetches. */
static const struct pml_flag pml_x86_32_flags[] = {
	PML_X86_FLAGS(PML_LEVELS(1, 2)),
	{ 0, NULL, 0, 0 }
};

static const struct pml_flag pml_x86_32_pse_flags[] = {
	PML_X86_FLAGS(PML_LEVELS(1, 2)),
	PML_X86_FLAGS_BIG(PML_LEVEL(2)),
	{ 0, NULL, 0, 0 }
};

#define PML_X86_32_COMMON \
	.levels = 2, .entry_size = 4, .va_bits = 32, \
	.memtype = PML_MT_PAT, .mt_shift = 3, .mt_bits = 2, \
	.root_pa = PML_X86_ADDR32, .present = PML_X86_P, \
	.soft = PML_X86_SOFT, \
	.accessed = PML_X86_A, .dirty = PML_X86_D, .global = PML_X86_G, \
	.always = PML_X, \
	.rights = { PML_RIGHT(PML_X86_P, PML_R), PML_RIGHT(PML_X86_RW, PML_W), \
		    PML_RIGHT(PML_X86_US, PML_U) }

/* A page table of 32-bit entries, SDM table 4-6. */
#define PML_X86_PT32 { \
	.name = "PTE", .shift = 12, .bits = 10, \
	.leaf_pa = PML_X86_ADDR32, .pat = PML_X86_PAT_4K }

/* 32-bit paging with CR4.PSE=0: PS is ignored.  SDM 3A, 4.3. */
static const struct pml_format pml_x86_32 = {
	PML_X86_32_COMMON,
	.name = "x86-32", .title = "x86, 32-bit, without 4 MiB pages",
	.flags = pml_x86_32_flags,
	.level = { { 0 }, PML_X86_PT32, {
		.name = "PDE", .shift = 22, .bits = 10, .leaf_value = 1,
		.table_pa = PML_X86_ADDR32 } },
};

/*
 * 32-bit paging with CR4.PSE=1.  Bits 13 to 20 of a 4 MiB leaf are bits 32 to
 * 39 of its address (PSE-36, SDM table 4-4; APM 2, 5.2.2), those at MAXPHYADDR
 * and above being reserved: the space's pa_rsvd.
 * Bit 21 is reserved always.
 */
static const struct pml_format pml_x86_32_pse = {
	PML_X86_32_COMMON,
	.name = "x86-32-pse", .title = "x86, 32-bit",
	.flags = pml_x86_32_pse_flags,
	.level = { { 0 }, PML_X86_PT32, {
		.name = "PDE", .shift = 22, .bits = 10,
		.leaf_mask = PML_X86_PS, .leaf_value = PML_X86_PS,
		.table_pa = PML_X86_ADDR32, .leaf_pa = PML_BITS(22, 31),
		.leaf_high = PML_BITS(13, 20), .high_shift = 19,
		.leaf_rsvd = 1ULL << 21, .pat = PML_X86_PAT_BIG } },
};

/*
 * AMD's nested paging, APM 2, 15.25: the nested tables have the format that
 * the host had when it entered the guest.  What they translate are physical
 * addresses, so that nothing is sign-extended, and keys do not count.
 */
#define PML_NPT_COMMON \
	PML_X86_COMMON64, .soft = PML_X86_SOFT | PML_BITS(52, 62), \
	.root_pa = PML_X86_ADDR, .flags = pml_x86_flags

static const struct pml_format pml_npt_4 = {
	PML_NPT_COMMON,
	.name = "npt-4", .title = "AMD nested paging, 4 levels",
	.levels = 4, .va_bits = 48,
	.level = { PML_X86_64_LEVELS4(PML_X86_RSVD_AMD) },
};

static const struct pml_format pml_npt_5 = {
	PML_NPT_COMMON,
	.name = "npt-5", .title = "AMD nested paging, 5 levels",
	.levels = 5, .va_bits = 57,
	.level = { PML_X86_64_LEVELS5(PML_X86_RSVD_AMD) },
};

/*
 * The format of the nested tables under a host that runs with `host`.  Known
 * by its shape: each file that includes this has a copy of the formats.
 */
static inline const struct pml_format *
pml_npt_format(const struct pml_format *host)
{
	if (host->levels == 4)
		return &pml_npt_4;
	return host->levels == 5 ? &pml_npt_5 : host;
}

#endif
