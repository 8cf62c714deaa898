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

#ifdef __cplusplus
#error "pml is C: its formats are tables of designated initializers, in any order and nested"
#endif
#ifndef __GNUC__
#error "pml needs GCC's builtins for atomic access: GCC or Clang"
#endif
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "pml reads entries as they are in memory, little-endian: not on a big-endian host"
#endif
#if __SIZEOF_POINTER__ != 8 && __SIZEOF_POINTER__ != 4
#error "pml is for hosts with pointers of 32 or 64 bits"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No supported format has more; level[0] stays unused, so arrays have one more. */
#define PML_MAX_LEVELS	5

/*
 * What a space's `at` is asked for at most, in bytes, and what no question of
 * it crosses a multiple of.  Larger tables are read in pieces of this size.
 */
#ifndef PML_AT_MOST
#define PML_AT_MOST	4096u
#endif

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
 * the walk allows.  PML_XU is set apart from PML_X only by formats in which an
 * entry says both: EPT with mode-based execute control, where X is for
 * supervisor-mode addresses and XU for user-mode ones, and AArch64, where X is
 * a fetch by the kernel's level and XU one by EL0.
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

/* The same in a few words, for a message. */
static inline const char *pml_status_name(int status)
{
	switch (status) {
	case PML_OK:
		return "ok";
	case PML_EINVAL:
		return "invalid argument";
	case PML_EUNREADABLE:
		return "a table cannot be read";
	case PML_ENOMEM:
		return "no memory for a table";
	case PML_EEXIST:
		return "already mapped";
	case PML_ERIGHTS:
		return "rights that cannot be given";
	case PML_ERECURSIVE:
		return "a table on its own path";
	default:
		return "no status";
	}
}

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

/* Is `va` an address of this format at all? */
PML_INLINE bool pml_canonical(const struct pml_format *fmt, uint64_t va)
{
	uint64_t high;

	if (fmt->va_bits == 64)
		return true;
	if (fmt->upper)
		return va >> fmt->va_bits == ~0ULL >> fmt->va_bits;
	if (!fmt->sign_extended)
		return va >> fmt->va_bits == 0;
	high = va >> (fmt->va_bits - 1);
	return high == 0 || high == ~0ULL >> (fmt->va_bits - 1);
}

/* The highest address of the format. */
static inline uint64_t pml_top(const struct pml_format *fmt)
{
	if (fmt->sign_extended || fmt->upper || fmt->va_bits == 64)
		return ~0ULL;
	return (1ULL << fmt->va_bits) - 1;
}

/* The lowest address of the format. */
static inline uint64_t pml_bottom(const struct pml_format *fmt)
{
	return fmt->upper ? ~0ULL << fmt->va_bits : 0;
}

/*
 * What the processor makes of an address with a tag: the `ignored` bits of the
 * space become copies of the bit below them (AArch64 TBI, Intel LAM, RISC-V
 * pointer masking).  For data accesses; nothing else here does it by itself.
 */
static inline uint64_t pml_untagged(const struct pml_space *space, uint64_t va)
{
	uint64_t ignored = space->ignored;

	if (va & (ignored & -ignored) >> 1)
		return va | ignored;
	return va & ~ignored;
}

/* What the register that holds the root has for a root table at `pa'. */
PML_INLINE uint64_t pml_root_value(const struct pml_format *fmt, uint64_t pa)
{
	return (pa >> fmt->root_shift & fmt->root_pa) |
	       (pa >> fmt->root_high_shift & fmt->root_high);
}

/* The address of the root table. */
PML_INLINE uint64_t pml_root_pa(const struct pml_space *space)
{
	const struct pml_format *fmt = space->fmt;

	return (space->root & fmt->root_pa & ~space->encrypted)
		       << fmt->root_shift |
	       (space->root & fmt->root_high) << fmt->root_high_shift;
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

/* Is it too large to be asked for at once? */
PML_INLINE bool pml_in_pieces(const struct pml_format *fmt, int level)
{
	return pml_table_size(fmt, level) > PML_AT_MOST;
}

/* Entries of a piece. */
PML_INLINE unsigned pml_piece(const struct pml_format *fmt)
{
	return fmt->entry_size == 4 ? PML_AT_MOST / 4 : PML_AT_MOST / 8;
}

/*
 * An entry of 64 bits.  A host of 32 has no load for that: it reads the low
 * half, the high one, and the low one again until it has not changed.  So it
 * may have both halves of one value, if only the low half of an entry in use
 * changes - accessed and dirty bits are there - or the entry is not present in
 * between, as pml_store_entry() has it.
 */
PML_INLINE uint64_t pml_word(const uint64_t *p)
{
#if __SIZEOF_POINTER__ == 8
	return __atomic_load_n(p, __ATOMIC_RELAXED);
#else
	typedef uint32_t __attribute__((may_alias)) half;
	const half *word = (const half *)p;
	uint32_t low = __atomic_load_n(word, __ATOMIC_ACQUIRE), high, again;

	for (;; low = again) {
		high = __atomic_load_n(word + 1, __ATOMIC_ACQUIRE);
		again = __atomic_load_n(word, __ATOMIC_ACQUIRE);
		if (again == low)
			return (uint64_t)high << 32 | low;
	}
#endif
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
	return ((raw & lv->leaf_mask) == lv->leaf_value) != lv->leaf_differs;
}

/* Where a leaf's memory begins; that of a whole run, if run_pa says so. */
PML_INLINE uint64_t pml_leaf_pa(const struct pml_space *space, int level,
				   uint64_t raw)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[level];
	uint64_t low = raw & lv->leaf_pa & ~space->encrypted;

	if (raw & lv->run)
		low &= ~lv->run_pa;
	return low << fmt->pa_shift | (raw & lv->leaf_high) << lv->high_shift;
}

/* What `va` maps to, by the leaf that is its entry. */
PML_INLINE uint64_t pml_leaf_at(const struct pml_space *space, int level,
				uint64_t raw, uint64_t va)
{
	const struct pml_level *lv = &space->fmt->level[level];
	unsigned shift = (raw & lv->run) && lv->run_pa ? lv->run_shift
							: lv->shift;

	return pml_leaf_pa(space, level, raw) | (va & ((1ULL << shift) - 1));
}

/* Where the table is that a present entry refers to. */
PML_INLINE uint64_t pml_table_pa(const struct pml_space *space, int level,
				    uint64_t raw)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[level];

	return (raw & lv->table_pa & ~space->encrypted) << fmt->pa_shift |
	       (raw & lv->table_high) << lv->high_shift;
}

/* The bits by which a leaf refers to `pa`. */
PML_INLINE uint64_t pml_leaf_pa_bits(const struct pml_format *fmt, int level,
				     uint64_t pa)
{
	const struct pml_level *lv = &fmt->level[level];

	return (pa >> fmt->pa_shift & lv->leaf_pa) |
	       (pa >> lv->high_shift & lv->leaf_high);
}

/* The bits by which an entry refers to a table at `pa`. */
PML_INLINE uint64_t pml_table_pa_bits(const struct pml_format *fmt, int level,
				      uint64_t pa)
{
	const struct pml_level *lv = &fmt->level[level];

	return (pa >> fmt->pa_shift & lv->table_pa) |
	       (pa >> lv->high_shift & lv->table_high);
}

/*
 * The bits of a present entry that make its address too high for this
 * processor: space->pa_rsvd, where the entry has them.
 */
PML_INLINE uint64_t pml_high_bits(const struct pml_space *space, int level,
				  uint64_t raw)
{
	const struct pml_format *fmt = space->fmt;

	if (!space->pa_rsvd)
		return 0;
	if (pml_is_leaf(&fmt->level[level], raw))
		return raw & pml_leaf_pa_bits(fmt, level, space->pa_rsvd);
	return raw & pml_table_pa_bits(fmt, level, space->pa_rsvd);
}

/*
 * The bits of a present entry that must be zero and are not; 0 if all is well.
 * Intel SDM vol. 3A, 4.7 and table 4-14 and up; AMD APM vol. 2, 5.3.
 */
PML_INLINE uint64_t pml_reserved_bits(const struct pml_space *space,
					 int level, uint64_t raw)
{
	const struct pml_level *lv = &space->fmt->level[level];
	uint64_t high = pml_high_bits(space, level, raw);

	if (!pml_is_leaf(lv, raw))
		return (raw & (lv->table_rsvd | space->rsvd)) | high;
	if (space->no_leaf & PML_LEVEL(level))
		return lv->leaf_mask;
	return (raw & (lv->leaf_rsvd | space->rsvd)) | high;
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
		    ((leaf ? bad->leaves : bad->tables) & PML_LEVEL(level)) &&
		    !(bad->unless_mask &&
		      (raw & bad->unless_mask) == bad->unless_value))
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

/* What is left below a table that `raw`, an entry of `level`, refers to. */
PML_INLINE uint64_t pml_narrow_table(const struct pml_format *fmt, int level,
				     uint64_t allowed, uint64_t raw)
{
	size_t i;

	allowed &= (raw ^ fmt->invert) | fmt->level[level].grant;
	PML_UNROLL
	for (i = 0; i < sizeof(fmt->deny) / sizeof(fmt->deny[0]); i++)
		allowed &= ~((raw & fmt->deny[i].mask) >> fmt->deny[i].shift);
	return allowed;
}

/* What a leaf allows, under tables that allow `allowed`. */
PML_INLINE uint64_t pml_narrow_leaf(const struct pml_format *fmt,
				    uint64_t allowed, uint64_t raw)
{
	return allowed & ((raw ^ fmt->invert) |
			  (raw & fmt->allow.mask) >> fmt->allow.shift);
}

/* Every bit of a leaf that says rights. */
PML_INLINE uint64_t pml_right_mask(const struct pml_format *fmt)
{
	uint64_t mask = fmt->allow.mask;
	size_t i;

	PML_UNROLL
	for (i = 0; i < sizeof(fmt->rights) / sizeof(fmt->rights[0]); i++)
		mask |= fmt->rights[i].mask;
	return mask;
}

/* The rights, of enum pml_rights, that tables leave to what is below them. */
PML_INLINE unsigned pml_named_rights(const struct pml_format *fmt,
				     uint64_t allowed)
{
	unsigned rights = fmt->always;
	size_t i;

	PML_UNROLL
	for (i = 0; i < sizeof(fmt->rights) / sizeof(fmt->rights[0]); i++) {
		uint64_t mask = fmt->rights[i].mask;
		uint64_t value = fmt->rights[i].value;
		unsigned right = fmt->rights[i].right;

		/* Mostly they are the same bit. */
		if (mask == right && value == right)
			rights |= (unsigned)allowed & right;
		else if ((allowed & mask) == value)
			rights |= right;
	}
	return rights;
}

/* The same of a leaf, by the rules that take some of them away. */
PML_INLINE unsigned pml_rights(const struct pml_format *fmt, uint64_t allowed)
{
	unsigned rights = pml_named_rights(fmt, allowed);
	size_t i;

	PML_UNROLL
	for (i = 0; i < sizeof(fmt->exclude) / sizeof(fmt->exclude[0]); i++)
		if ((rights & fmt->exclude[i].all) == fmt->exclude[i].all)
			rights &= ~fmt->exclude[i].lose;
	return rights;
}

/* The rights that an entry allows by itself, whatever is above it. */
static inline unsigned pml_own_rights(const struct pml_format *fmt, int level,
				      uint64_t raw)
{
	if (pml_is_leaf(&fmt->level[level], raw))
		return pml_rights(fmt, pml_narrow_leaf(fmt, PML_ALL_RIGHTS,
						       raw));
	return pml_named_rights(fmt, pml_narrow_table(fmt, level,
						      PML_ALL_RIGHTS, raw));
}

/* Does the format tell execution from user addresses apart? */
static inline bool pml_has_xu(const struct pml_format *fmt)
{
	bool found = false;
	size_t i;

	for (i = 0; i < sizeof(fmt->rights) / sizeof(fmt->rights[0]); i++)
		found |= fmt->rights[i].right == PML_XU;
	return found;
}

/* Is a leaf global: the same in every address space? */
PML_INLINE bool pml_is_global(const struct pml_format *fmt, uint64_t raw)
{
	return (raw & fmt->global) || (fmt->not_global & ~raw);
}

/* The bit that fmt->allow gives back. */
PML_INLINE uint64_t pml_given_back(const struct pml_format *fmt)
{
	return fmt->allow.mask >> fmt->allow.shift;
}

/*
 * Has a leaf been written to?  Where there is an `allow`, it is the processor
 * that then allows by itself what `allow` gave back: AArch64's DBM stands for
 * "writable", and AP[2], or S2AP[1], for "clean".
 */
PML_INLINE bool pml_is_dirty(const struct pml_format *fmt, uint64_t raw)
{
	if (fmt->allow.mask)
		return (raw & fmt->allow.mask) &&
		       ((raw ^ fmt->invert) & pml_given_back(fmt));
	return raw & fmt->dirty;
}

/* `raw`, with the accessed and dirty marks that `seen` has. */
PML_INLINE uint64_t pml_add_marks(const struct pml_format *fmt, uint64_t raw,
				  uint64_t seen)
{
	uint64_t given = pml_given_back(fmt);

	raw |= seen & (fmt->accessed | fmt->dirty);
	if ((raw & fmt->allow.mask) && pml_is_dirty(fmt, seen))
		raw = (raw & ~given) | (given & ~fmt->invert);
	return raw;
}

#endif
