/*
 * What a paging format is, as constant data.
 *
 * A format says everything that the walk has to know of an architecture: how
 * an address splits into indices, which bits of an entry are address, rights,
 * leaf mark or reserved, and what its flags are called.  The walk itself
 * (cursor.h, translate.h) has no architecture in it; entry.h reads an entry by its
 * format, formats.h has the tables.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_FORMAT_H
#define PML_FORMAT_H

#include <pml/terms.h>

/* No supported format has more; level[0] stays unused, so arrays have one more. */
#define PML_MAX_LEVELS	5

/*
 * A right of a leaf: there if (bits & mask) == value, where `bits` are what the
 * walk allows (see pml_narrow_leaf()).  Most are one bit: PML_RIGHT().  Several
 * rows may give one right.
 */
struct pml_right_bit {
	uint64_t mask, value;
	unsigned right;		/* of enum pml_rights */
};
#define PML_RIGHT(bit, right)	{ (bit), (bit), (right) }

/* A leaf with `all` of these rights does not have those in `lose`. */
struct pml_exclude {
	unsigned all, lose;	/* of enum pml_rights; 0: no rule */
};

/* Bits of an entry that act on right bits of leaves: those `shift` below. */
struct pml_moved {
	uint64_t mask;
	uint8_t shift;
};

/* The name of a flag of an entry, for the levels at which it means that. */
struct pml_flag {
	uint64_t mask;
	const char *name;
	uint8_t tables;		/* PML_LEVEL()s where entries that refer to tables have it */
	uint8_t leaves;		/* PML_LEVEL()s where leaves have it */
};

/* What a processor may lack; for `options` of a space. */
enum pml_option {
	PML_NO_EXEC_ONLY = 1,	/* entries that allow fetches but no reads */
};

/*
 * An entry that is invalid as a whole: (raw & mask) == value, and not
 * (raw & unless_mask) == unless_value where there is an unless_mask.
 */
struct pml_invalid {
	uint64_t mask, value;
	const char *name;
	uint8_t tables, leaves;	/* PML_LEVEL()s */
	uint8_t option;		/* only in spaces with this option; 0: in all */
	uint64_t unless_mask, unless_value;
};

/*
 * One level of tables.
 *
 * A present entry is a leaf if (raw & leaf_mask) == leaf_value: {0, 0} always
 * is, {0, 1} never.  With leaf_differs it is one if that is not so: RISC-V's
 * leaves are those in which any of R, W and X is set, {RWX, 0}.
 *
 * An entry's address is its bits leaf_pa, or table_pa, shifted by the format's
 * pa_shift, together with leaf_high, or table_high, shifted by high_shift.
 *
 * A run is several entries that are one page for a TLB: `run` is the bit that
 * says so, run_shift the size, and run_pa the bits of leaf_pa that are no
 * address there but say how long the run is (RISC-V, Svnapot): the virtual
 * address has these.  Without run_pa each entry has its own whole address
 * (AArch64's contiguous bit).
 */
struct pml_level {
	uint8_t shift;		/* log2 of the bytes that an entry covers */
	uint8_t bits;		/* log2 of the entries in a table; the root's may be another one */
	uint8_t high_shift;	/* see above */
	uint8_t run_shift;	/* log2 of the bytes of a run */
	bool leaf_differs;	/* see above */
	bool in_registers;	/* Intel's processors read all entries when CR3 is loaded (PAE) */
	uint64_t leaf_mask, leaf_value;
	uint64_t table_value;	/* bits that are set where a table is referred to, besides rights */
	uint64_t table_pa;	/* address bits of an entry that refers to a table */
	uint64_t leaf_pa;	/* address bits of a leaf */
	uint64_t table_high, leaf_high;	/* more of them, found high_shift too low (PSE-36, LPA2) */
	uint64_t table_rsvd;	/* must be zero where a table is referred to */
	uint64_t leaf_rsvd;	/* must be zero in a leaf */
	uint64_t grant;		/* right bits that say nothing where a table is referred to */
	uint64_t run, run_pa;	/* see above */
	uint64_t pat;		/* the PAT bit of a leaf */
	const char *name;	/* the manual's name of an entry, "PDE" */
};

/* How an entry tells the memory type. */
enum pml_memtype {
	PML_MT_NONE,
	PML_MT_PAT,		/* PWT, PCD and pml_level.pat are an index into IA32_PAT */
	PML_MT_EPT,		/* bits 5:3 are the type, bit 6 ignores the PAT */
	PML_MT_MAIR,		/* AArch64: an index into MAIR_ELx */
	PML_MT_ARM64_S2,	/* AArch64, stage 2: MemAttr */
	PML_MT_PBMT,		/* RISC-V, Svpbmt: 0 as the address has it, 1 NC, 2 IO */
};

struct pml_format {
	const char *name;	/* "x86-64-4", as the user types it */
	const char *title;	/* one line for people */
	uint8_t levels;		/* the root table's level; level 1 has the last tables */
	uint8_t entry_size;	/* bytes: 4 or 8, little-endian */
	uint8_t va_bits;	/* of an address that count */
	bool sign_extended;	/* the bits above va_bits equal the highest; else they are 0, */
	bool upper;		/* or 1: the upper one of two spaces with a root each */
	uint8_t memtype;	/* of enum pml_memtype */
	uint8_t pkey_shift;	/* where a leaf has its 4-bit protection key; 0: it has none */
	uint8_t mt_shift, mt_bits;	/* the low bits of a leaf's memory type;
					 * pml_level.pat is the next one */
	uint8_t pa_shift;	/* how much too low an entry's address bits are: 2 on RISC-V */
	uint8_t root_shift;	/* the same for the register that holds the root, */
	uint8_t root_high_shift;	/* and for its root_high */
	uint64_t root_pa;	/* address bits of that register */
	uint64_t root_high;	/* more of them (AArch64, 52-bit addresses) */
	uint64_t present;	/* an entry with any of these bits is present */
	uint64_t invert;	/* right bits that deny when set (NX) */
	uint64_t nx;		/* the bit that EFER.NXE=0 makes reserved */
	uint64_t accessed, dirty, global;	/* flags of a leaf; 0 where there is none */
	uint64_t not_global;	/* the flag that a leaf is not global (AArch64's nG) */
	uint64_t break_bits;	/* of a present entry these may only change by way of
				 * one that is not */
	uint64_t soft;		/* bits of a leaf that are the owner's: pml_attr.soft */
	unsigned always;	/* rights that no entry takes away */
	struct pml_right_bit rights[5];
	struct pml_moved deny[2];	/* of an entry for a table: take a right from all below */
	struct pml_moved allow;	/* of a leaf: gives a right back, see pml_is_dirty() */
	struct pml_exclude exclude[3];
	struct pml_level level[PML_MAX_LEVELS + 1];
	const struct pml_flag *flags;		/* ends with an empty name */
	const struct pml_invalid *invalid;	/* likewise; NULL if there is none */
};

/*
 * An address space: a format, a root and the memory that its tables are in.
 *
 * `at` gives `size` bytes of a table at physical address `pa`, or NULL if they
 * cannot be read; what it gives must stay readable until the walk ends.  The
 * cursor asks for whole tables, or pieces of PML_AT_MOST bytes where a table is
 * larger, pml_translate() for single entries; neither ever crosses a multiple
 * of PML_AT_MOST.  The memory stays the owner's.
 */
struct pml_space {
	const struct pml_format *fmt;
	uint64_t root;		/* the register's value; other bits than root_pa do not
				 * matter */
	uint64_t rsvd;		/* bits reserved in every present entry: MAXPHYADDR and
				 * up, NX if it is off */
	uint64_t pa_rsvd;	/* bits that no address may have which entries of
				 * another shape compose */
	uint64_t ignored;	/* address bits that the processor ignores: see
				 * pml_untagged() */
	uint64_t encrypted;	/* address bits that are not address: memory
				 * encryption's C-bit */
	uint8_t no_leaf;	/* PML_LEVEL()s at which this processor has no leaves (1
				 * GiB pages) */
	uint8_t options;	/* of enum pml_option */
	const void *(*at)(void *ctx, uint64_t pa, size_t size);
	void *ctx;
};

#endif
