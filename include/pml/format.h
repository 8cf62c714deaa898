/*
 * What a paging format is, as constant data.
 *
 * A format says everything that the walk has to know of an architecture: how
 * an address splits into indices, which bits of an entry are address, rights,
 * leaf mark or reserved, and what its flags are called.  The walk itself
 * (cursor.h, translate.h) has no architecture in it; formats.h has the tables.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_FORMAT_H
#define PML_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No supported format has more; level[0] stays unused, so arrays have one more. */
#define PML_MAX_LEVELS	5

/* Bits low..high, both included. */
#define PML_BITS(low, high) \
	((~0ULL >> (63 - (high))) & (~0ULL << (low)))

/*
 * The walk's own small steps are always inlined: where the format is a
 * constant, nothing is left of its table of data but the numbers used.  GCC
 * unrolls the loops over levels only if told to; Clang does by itself.
 */
#define PML_INLINE	static inline __attribute__((always_inline))
#ifdef __clang__
#define PML_UNROLL
#else
#define PML_UNROLL	_Pragma("GCC unroll 8")
#endif

/* A bit for a level, or for a run of levels, in the masks of levels below. */
#define PML_LEVEL(l)		(1u << (l))
#define PML_LEVELS(low, high)	((2u << (high)) - (1u << (low)))

/*
 * Rights, as what they allow.  An effective right is one that every entry of
 * the walk allows.  PML_XU is set apart from PML_X only by formats with
 * mode-based execute control (EPT): there X is for supervisor-mode addresses
 * and XU for user-mode ones.
 */
enum pml_rights {
	PML_R = 1,	/* read */
	PML_W = 2,	/* write */
	PML_X = 4,	/* execute */
	PML_U = 8,	/* user mode may use it */
	PML_XU = 16,	/* execute, from a user-mode address */
	PML_ANY_RIGHTS = 31,
};

/* What the functions of the core return when something is wrong. */
enum pml_status {
	PML_OK = 0,
	PML_EINVAL = -1,	/* an argument is out of its range */
	PML_EUNREADABLE = -2,	/* a table cannot be read */
	PML_ENOMEM = -3,	/* no memory for a table */
	PML_EEXIST = -4,	/* something is mapped there already */
	PML_ERIGHTS = -5,	/* the format, or a table above, cannot give these rights */
	PML_ERECURSIVE = -6,	/* the range has a table that is on its own path */
};

/* What an entry, or the walk to an address, turned out to be. */
enum pml_kind {
	PML_HOLE,		/* entry of zero */
	PML_NONPRESENT,		/* not zero, but not present: software's own */
	PML_LEAF,		/* maps memory */
	PML_TABLE,		/* refers to a table of the next level */
	PML_RESERVED,		/* present, with a bit set that must be zero */
	PML_RECURSIVE,		/* refers to a table that is on its own path */
	PML_UNREADABLE,		/* the table, or the entry, cannot be read */
	PML_NONCANONICAL,	/* no address of this format */
};

/* One right and the bit of an entry that allows it (see invert below). */
struct pml_right_bit {
	uint64_t mask;
	unsigned right;		/* of enum pml_rights */
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

/* An entry that is invalid as a whole: (raw & mask) == value. */
struct pml_invalid {
	uint64_t mask, value;
	const char *name;
	uint8_t tables, leaves;	/* PML_LEVEL()s */
	uint8_t option;		/* only in spaces with this option; 0: in all */
};

/*
 * One level of tables.  A present entry is a leaf if
 * (raw & leaf_mask) == leaf_value: {0, 0} always is, {0, 1} never.
 */
struct pml_level {
	uint8_t shift;		/* log2 of the bytes that an entry covers */
	uint8_t bits;		/* log2 of the entries in a table */
	uint8_t high_shift;	/* see leaf_high */
	uint64_t leaf_mask, leaf_value;
	uint64_t table_pa;	/* address bits of an entry that refers to a table */
	uint64_t leaf_pa;	/* address bits of a leaf */
	uint64_t leaf_high;	/* more address bits of a leaf, found high_shift too low (PSE-36) */
	uint64_t table_rsvd;	/* must be zero where a table is referred to */
	uint64_t leaf_rsvd;	/* must be zero in a leaf */
	uint64_t grant;		/* right bits that entries of this level do not have: always allowed */
	uint64_t pat;		/* the PAT bit of a leaf */
	const char *name;	/* the manual's name of an entry, "PDE" */
};

/* How an entry tells the memory type. */
enum pml_memtype {
	PML_MT_NONE,
	PML_MT_PAT,		/* PWT, PCD and pml_level.pat are an index into IA32_PAT */
	PML_MT_EPT,		/* bits 5:3 are the type, bit 6 ignores the PAT */
};

struct pml_format {
	const char *name;	/* "x86-64-4", as the user types it */
	const char *title;	/* one line for people */
	uint8_t levels;		/* the root table's level; level 1 has the last tables */
	uint8_t entry_size;	/* bytes: 4 or 8, little-endian */
	uint8_t va_bits;	/* of an address that count */
	bool sign_extended;	/* the bits above va_bits equal the highest; else they are 0 */
	uint8_t memtype;	/* of enum pml_memtype */
	uint8_t pkey_shift;	/* where a leaf has its 4-bit protection key; 0: it has none */
	uint8_t mt_shift, mt_bits;	/* the low bits of a leaf's memory type; pml_level.pat is the next one */
	uint64_t root_pa;	/* address bits of the register that holds the root */
	uint64_t present;	/* an entry with any of these bits is present */
	uint64_t invert;	/* right bits that deny when set (NX) */
	uint64_t nx;		/* the bit that EFER.NXE=0 makes reserved */
	uint64_t accessed, dirty, global;	/* flags of a leaf; 0 where there is none */
	uint64_t soft;		/* bits of a leaf that are the owner's: pml_attr.soft */
	unsigned always;	/* rights that no entry takes away */
	struct pml_right_bit rights[5];
	struct pml_level level[PML_MAX_LEVELS + 1];
	const struct pml_flag *flags;		/* ends with an empty name */
	const struct pml_invalid *invalid;	/* likewise; NULL if there is none */
};

/*
 * An address space: a format, a root and the memory that its tables are in.
 *
 * `at` gives `size` bytes of a table at physical address `pa`, or NULL if they
 * cannot be read; what it gives must stay readable until the walk ends.  The
 * cursor asks for whole tables, pml_translate() for single entries; neither
 * ever crosses a page.  The memory stays the owner's.
 */
struct pml_space {
	const struct pml_format *fmt;
	uint64_t root;		/* the register's value; other bits than root_pa do not matter */
	uint64_t rsvd;		/* bits reserved in every present entry: MAXPHYADDR and up, NX if it is off */
	uint64_t encrypted;	/* address bits that are not address: memory encryption's C-bit */
	uint8_t no_leaf;	/* PML_LEVEL()s at which this processor has no leaves (1 GiB pages) */
	uint8_t options;	/* of enum pml_option */
	const void *(*at)(void *ctx, uint64_t pa, size_t size);
	void *ctx;
};

/* Bits that the processor keeps reserved with `maxphyaddr` (32..52) address bits. */
static inline uint64_t pml_x86_rsvd_above(unsigned maxphyaddr)
{
	return ((1ULL << 52) - 1) & ~((1ULL << maxphyaddr) - 1);
}

/* Is `va` an address of this format at all? */
PML_INLINE bool pml_canonical(const struct pml_format *fmt, uint64_t va)
{
	uint64_t high;

	if (fmt->va_bits == 64)
		return true;
	if (!fmt->sign_extended)
		return va >> fmt->va_bits == 0;
	high = va >> (fmt->va_bits - 1);
	return high == 0 || high == ~0ULL >> (fmt->va_bits - 1);
}

/* The highest address of the format. */
static inline uint64_t pml_top(const struct pml_format *fmt)
{
	if (fmt->sign_extended || fmt->va_bits == 64)
		return ~0ULL;
	return (1ULL << fmt->va_bits) - 1;
}

/* The address of the root table. */
PML_INLINE uint64_t pml_root_pa(const struct pml_space *space)
{
	return space->root & space->fmt->root_pa & ~space->encrypted;
}

PML_INLINE unsigned pml_index(const struct pml_level *lv, uint64_t va)
{
	return va >> lv->shift & ((1u << lv->bits) - 1);
}

/* Bytes of a table. */
PML_INLINE size_t pml_table_size(const struct pml_format *fmt, int level)
{
	return (size_t)fmt->entry_size << fmt->level[level].bits;
}

PML_INLINE uint64_t pml_word(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/*
 * Entry `index` of a table in memory.  One load: a processor may be setting
 * accessed and dirty bits meanwhile.
 */
PML_INLINE uint64_t pml_entry(const struct pml_format *fmt,
				 const void *table, unsigned index)
{
	if (fmt->entry_size == 4)
		return __atomic_load_n((const uint32_t *)table + index,
				       __ATOMIC_RELAXED);
	return pml_word((const uint64_t *)table + index);
}

/* Does a present entry map memory, rather than refer to a table? */
PML_INLINE bool pml_is_leaf(const struct pml_level *lv, uint64_t raw)
{
	return (raw & lv->leaf_mask) == lv->leaf_value;
}

/* Where a leaf's memory begins. */
PML_INLINE uint64_t pml_leaf_pa(const struct pml_space *space, int level,
				   uint64_t raw)
{
	const struct pml_level *lv = &space->fmt->level[level];

	return (raw & lv->leaf_pa & ~space->encrypted) |
	       (raw & lv->leaf_high) << lv->high_shift;
}

/* Where the table is that a present entry refers to. */
PML_INLINE uint64_t pml_table_pa(const struct pml_space *space, int level,
				    uint64_t raw)
{
	return raw & space->fmt->level[level].table_pa & ~space->encrypted;
}

/*
 * The bits of a present entry that must be zero and are not; 0 if all is well.
 * Intel SDM vol. 3A, 4.7 and table 4-14 and up; AMD APM vol. 2, 5.3.
 */
PML_INLINE uint64_t pml_reserved_bits(const struct pml_space *space,
					 int level, uint64_t raw)
{
	const struct pml_level *lv = &space->fmt->level[level];
	uint64_t high;

	if (!pml_is_leaf(lv, raw))
		return raw & (lv->table_rsvd | space->rsvd);
	if (space->no_leaf & PML_LEVEL(level))
		return lv->leaf_mask;
	high = (raw & lv->leaf_high) << lv->high_shift & space->rsvd;
	return (raw & (lv->leaf_rsvd | space->rsvd)) | high >> lv->high_shift;
}

/* The combination of bits that makes a present entry invalid, or NULL. */
PML_INLINE const struct pml_invalid *
pml_invalid_as(const struct pml_space *space, int level, uint64_t raw)
{
	const struct pml_format *fmt = space->fmt;
	bool leaf = pml_is_leaf(&fmt->level[level], raw);
	const struct pml_invalid *bad = fmt->invalid;

	for (; bad && bad->name; bad++)
		if ((raw & bad->mask) == bad->value &&
		    (!bad->option || (space->options & bad->option)) &&
		    ((leaf ? bad->leaves : bad->tables) & PML_LEVEL(level)))
			return bad;
	return NULL;
}

/* Does the processor use the entry: present, and nothing wrong with it? */
PML_INLINE bool pml_valid(const struct pml_space *space, int level,
			  uint64_t raw)
{
	return (raw & space->fmt->present) &&
	       !pml_reserved_bits(space, level, raw) &&
	       !(space->fmt->invalid && pml_invalid_as(space, level, raw));
}

/* HOLE, NONPRESENT, LEAF, TABLE or RESERVED, from the entry alone. */
PML_INLINE enum pml_kind pml_classify(const struct pml_space *space, int level,
				      uint64_t raw)
{
	if (pml_valid(space, level, raw))
		return pml_is_leaf(&space->fmt->level[level], raw) ? PML_LEAF
								   : PML_TABLE;
	if (raw & space->fmt->present)
		return PML_RESERVED;
	return raw ? PML_NONPRESENT : PML_HOLE;
}

/*
 * Rights over a walk are kept as the format's own bits, all meaning "allowed":
 * start with all of them, AND with every entry passed, name them at the end.
 */
#define PML_ALL_RIGHTS	(~0ULL)

PML_INLINE uint64_t pml_narrow(const struct pml_format *fmt, int level,
				  uint64_t allowed, uint64_t raw)
{
	return allowed & ((raw ^ fmt->invert) | fmt->level[level].grant);
}

/* Every bit of an entry that says rights. */
PML_INLINE uint64_t pml_right_mask(const struct pml_format *fmt)
{
	uint64_t mask = 0;
	size_t i;

	PML_UNROLL
	for (i = 0; i < sizeof(fmt->rights) / sizeof(fmt->rights[0]); i++)
		mask |= fmt->rights[i].mask;
	return mask;
}

/* The rights, of enum pml_rights, that are left. */
PML_INLINE unsigned pml_rights(const struct pml_format *fmt,
				  uint64_t allowed)
{
	unsigned rights = fmt->always;
	size_t i;

	PML_UNROLL
	for (i = 0; i < sizeof(fmt->rights) / sizeof(fmt->rights[0]); i++) {
		uint64_t mask = fmt->rights[i].mask;
		unsigned right = fmt->rights[i].right;

		/* Mostly they are the same bit. */
		if (mask == right)
			rights |= (unsigned)allowed & right;
		else if (allowed & mask)
			rights |= right;
	}
	return rights;
}

#endif
