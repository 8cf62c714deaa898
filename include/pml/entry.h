/*
 * An address and an entry, read by their format: the index, what kind of entry it
 * is, where it leads, which bits are wrong with it, which rights it leaves.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_ENTRY_H
#define PML_ENTRY_H

#include <pml/format.h>

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
