/*
 * The formats: one table of data each.
 *
 * Sections are those of the Intel 64 and IA-32 Architectures Software
 * Developer's Manual (SDM), volume 3A, chapter 4, and the AMD64 Architecture
 * Programmer's Manual (APM), volume 2, chapter 5.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_FORMATS_H
#define PML_FORMATS_H

#include <pml/format.h>

/* Bits low..high, both included. */
#define PML_BITS(low, high) \
	((~0ULL >> (63 - (high))) & (~0ULL << (low)))

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

static const struct pml_flag pml_x86_flags[] = {
	{ PML_X86_P, "P", PML_LEVELS(1, 5), PML_LEVELS(1, 5) },
	{ PML_X86_RW, "RW", PML_LEVELS(1, 5), PML_LEVELS(1, 5) },
	{ PML_X86_US, "US", PML_LEVELS(1, 5), PML_LEVELS(1, 5) },
	{ PML_X86_PWT, "PWT", PML_LEVELS(1, 5), PML_LEVELS(1, 5) },
	{ PML_X86_PCD, "PCD", PML_LEVELS(1, 5), PML_LEVELS(1, 5) },
	{ PML_X86_A, "A", PML_LEVELS(1, 5), PML_LEVELS(1, 5) },
	{ PML_X86_D, "D", 0, PML_LEVELS(1, 5) },
	{ PML_X86_PS, "PS", PML_LEVELS(2, 5), PML_LEVELS(2, 5) },
	{ PML_X86_PAT_4K, "PAT", 0, PML_LEVEL(1) },
	{ PML_X86_G, "G", 0, PML_LEVELS(1, 5) },
	{ PML_X86_PAT_BIG, "PAT", 0, PML_LEVELS(2, 5) },
	{ PML_X86_NX, "NX", PML_LEVELS(1, 5), PML_LEVELS(1, 5) },
	{ 0, NULL, 0, 0 }
};

/* Level 1 of the formats with 64-bit entries: a page table, SDM table 4-20. */
#define PML_X86_PT64 { \
	.name = "PTE", .shift = 12, .bits = 9, \
	.leaf_pa = PML_X86_ADDR, .pat = PML_X86_PAT_4K }

/* Level 2: a page directory, SDM tables 4-18 and 4-19; 2 MiB leaves. */
#define PML_X86_PD64 { \
	.name = "PDE", .shift = 21, .bits = 9, \
	.leaf_mask = PML_X86_PS, .leaf_value = PML_X86_PS, \
	.table_pa = PML_X86_ADDR, .leaf_pa = PML_BITS(21, 51), \
	.leaf_rsvd = PML_BITS(13, 20), .pat = PML_X86_PAT_BIG }

/* Level 3 with rights and 1 GiB leaves, SDM tables 4-16 and 4-17. */
#define PML_X86_PDPT64 { \
	.name = "PDPTE", .shift = 30, .bits = 9, \
	.leaf_mask = PML_X86_PS, .leaf_value = PML_X86_PS, \
	.table_pa = PML_X86_ADDR, .leaf_pa = PML_BITS(30, 51), \
	.leaf_rsvd = PML_BITS(13, 29), .pat = PML_X86_PAT_BIG }

/* Levels 4 and 5, SDM tables 4-14 and 4-15: never a leaf, PS is reserved. */
#define PML_X86_UPPER(entry, at) { \
	.name = entry, .shift = (at), .bits = 9, .leaf_value = 1, \
	.table_pa = PML_X86_ADDR, .table_rsvd = PML_X86_PS }

#define PML_X86_64_COMMON \
	.entry_size = 8, .sign_extended = true, .memtype = PML_MT_PAT, \
	.pkey_shift = 59, .root_pa = PML_X86_ADDR, .present = PML_X86_P, \
	.invert = PML_X86_NX, .nx = PML_X86_NX, .accessed = PML_X86_A, \
	.dirty = PML_X86_D, .global = PML_X86_G, \
	.rights = { { PML_X86_P, PML_R }, { PML_X86_RW, PML_W }, \
		    { PML_X86_NX, PML_X }, { PML_X86_US, PML_U } }, \
	.flags = pml_x86_flags

/* 4-level paging: CR4.PAE=1, EFER.LMA=1, CR4.LA57=0.  SDM 3A, 4.5. */
static const struct pml_format pml_x86_64_4 = {
	PML_X86_64_COMMON,
	.name = "x86-64-4", .title = "x86-64, 4 levels",
	.levels = 4, .va_bits = 48,
	.level = { { 0 }, PML_X86_PT64, PML_X86_PD64, PML_X86_PDPT64,
		   PML_X86_UPPER("PML4E", 39) },
};

/* 5-level paging: the same with CR4.LA57=1. */
static const struct pml_format pml_x86_64_5 = {
	PML_X86_64_COMMON,
	.name = "x86-64-5", .title = "x86-64, 5 levels",
	.levels = 5, .va_bits = 57,
	.level = { { 0 }, PML_X86_PT64, PML_X86_PD64, PML_X86_PDPT64,
		   PML_X86_UPPER("PML4E", 39), PML_X86_UPPER("PML5E", 48) },
};

#endif
