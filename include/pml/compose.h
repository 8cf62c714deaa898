/*
 * Entries made, instead of read: the inverse of entry.h.
 *
 * Nothing here knows an architecture either.  An entry is put together from
 * the format's data and then read back with the same functions that the walk
 * uses: what does not come back as it was asked for is refused.  So a physical
 * address that is too high, a right that the format does not have, a reserved
 * bit, a combination that the processor rejects are all found in one place.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_COMPOSE_H
#define PML_COMPOSE_H

#include <pml/entry.h>

/*
 * What a leaf says besides where it leads.
 *
 * `rights` must be expressed exactly: a format whose pages can always be
 * executed wants PML_X asked for.  Rights of 0 make an entry that is not
 * present and keeps everything else: a guard page, a page that is about to go.
 */
struct pml_attr {
	unsigned rights;	/* of enum pml_rights */
	uint8_t memtype;	/* as the entry has it: PAT index; EPT: type, 8 to ignore the PAT */
	uint8_t pkey;		/* protection key */
	uint8_t max_level;	/* largest pages to use: 1 for 4 KiB; 0 for no limit */
	bool global;
	bool accessed, dirty;	/* set beforehand */
	bool encrypted;		/* set the space's `encrypted` bits */
	uint64_t soft;		/* bits of the entry that the processor ignores */
};

/* Can a page of this level exist in this space? */
static inline bool pml_has_leaves(const struct pml_space *space, int level)
{
	const struct pml_level *lv = &space->fmt->level[level];

	if (space->no_leaf & PML_LEVEL(level))
		return false;
	return lv->leaf_differs ? lv->leaf_mask != 0
				: !(lv->leaf_value & ~lv->leaf_mask);
}

/*
 * What a walk must allow for `rights`, and no others: pml_named_rights()
 * backwards.  Bits that are rights one by one are set or clear; what is left of
 * a field (stage 2's XN) is tried.  Where nothing fits, the answer is another
 * one, which pml_compose_leaf() notices.
 */
static inline uint64_t pml_allowed_bits(const struct pml_format *fmt,
					unsigned rights)
{
	uint64_t allowed = 0, bits = 0, field = 0, tried = 0;
	unsigned known = fmt->always;
	size_t i;

	for (i = 0; i < sizeof(fmt->rights) / sizeof(fmt->rights[0]); i++) {
		const struct pml_right_bit *row = &fmt->rights[i];

		known |= row->right;
		if (row->mask != row->value || (row->mask & (row->mask - 1))) {
			field |= row->mask;
			continue;
		}
		bits |= row->mask;
		if (rights & row->right)
			allowed |= row->mask;
	}
	field &= ~bits;
	do {
		if (!field || pml_named_rights(fmt, allowed | tried) ==
			      ((rights & known) | fmt->always))
			return allowed | tried;
		tried = (tried - field) & field;
	} while (tried);
	return allowed;
}

/* Those bits as an entry has them. */
static inline uint64_t pml_as_written(const struct pml_format *fmt,
				      uint64_t allowed)
{
	uint64_t mask = pml_right_mask(fmt) & ~fmt->allow.mask;

	return allowed ^ (fmt->invert & mask);
}

/*
 * The bits of a leaf that say `rights`, which includes being present: with no
 * rights at all it is not.
 */
static inline uint64_t pml_right_bits(const struct pml_format *fmt,
				      unsigned rights)
{
	uint64_t allowed = pml_allowed_bits(fmt, rights);

	if (rights)
		allowed |= fmt->present & ~pml_right_mask(fmt);
	return pml_as_written(fmt, allowed);
}

/* The same of an entry of `level` that refers to a table. */
static inline uint64_t pml_table_bits(const struct pml_format *fmt, int level,
				      unsigned rights)
{
	const struct pml_level *lv = &fmt->level[level];
	uint64_t mask = pml_right_mask(fmt);
	uint64_t allowed = pml_allowed_bits(fmt, rights);
	uint64_t raw = pml_as_written(fmt, allowed) & ~lv->grant;
	size_t i;

	for (i = 0; i < sizeof(fmt->deny) / sizeof(fmt->deny[0]); i++)
		raw |= (mask & ~allowed) << fmt->deny[i].shift &
		       fmt->deny[i].mask;
	return raw | (fmt->present & ~mask) | lv->table_value;
}

/*
 * A leaf that was just given its rights: does the processor have to note the
 * first write to it?  Where there is an `allow`, it takes the place of what it
 * gives back as long as the page is clean.
 */
static inline uint64_t pml_with_dirty(const struct pml_format *fmt,
				      uint64_t raw, bool dirty)
{
	uint64_t given = pml_given_back(fmt);

	if (!given)
		return dirty ? raw | fmt->dirty : raw;
	if (!((raw ^ fmt->invert) & given))
		return raw;
	return fmt->allow.mask | (dirty ? raw : raw ^ given);
}

/* The memory type of a leaf, as in struct pml_attr. */
static inline unsigned pml_leaf_memtype(const struct pml_format *fmt, int level,
					uint64_t raw)
{
	unsigned low = raw >> fmt->mt_shift & ((1u << fmt->mt_bits) - 1);

	return low | (unsigned)!!(raw & fmt->level[level].pat) << fmt->mt_bits;
}

static inline uint64_t pml_memtype_bits(const struct pml_format *fmt, int level,
					unsigned memtype)
{
	uint64_t low = memtype & ((1u << fmt->mt_bits) - 1);

	return low << fmt->mt_shift |
	       (memtype >> fmt->mt_bits ? fmt->level[level].pat : 0);
}

/* All of a leaf but its address.  Not checked: see pml_compose_leaf(). */
static inline uint64_t pml_leaf_bits(const struct pml_space *space, int level,
				     const struct pml_attr *attr)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[level];
	uint64_t rights = pml_right_bits(fmt, attr->rights);

	return (lv->leaf_differs ? 0 : lv->leaf_value) |
	       pml_with_dirty(fmt, rights, attr->dirty) |
	       pml_memtype_bits(fmt, level, attr->memtype) |
	       (fmt->pkey_shift ? (uint64_t)attr->pkey << fmt->pkey_shift : 0) |
	       (attr->global ? fmt->global : fmt->not_global) |
	       (attr->accessed ? fmt->accessed : 0) |
	       (attr->encrypted ? space->encrypted : 0) |
	       attr->soft;
}

/* An entry of zero is a hole: page 0 without rights keeps a mark. */
static inline uint64_t pml_not_hole(const struct pml_format *fmt, uint64_t raw)
{
	return raw ? raw : fmt->accessed;
}

/*
 * A leaf of `level` for the page at `pa`.  PML_EINVAL if there is no such
 * page, address, memory type, key or combination; PML_ERIGHTS if the entry
 * would have other rights than asked for.
 */
static inline int pml_compose_leaf(const struct pml_space *space, int level,
				   uint64_t pa, const struct pml_attr *attr,
				   uint64_t *raw_ret)
{
	const struct pml_format *fmt = space->fmt;
	uint64_t raw = pml_leaf_bits(space, level, attr) |
		       pml_leaf_pa_bits(fmt, level, pa);

	raw = pml_not_hole(fmt, raw);
	*raw_ret = raw;
	if (!pml_has_leaves(space, level) || (pa & space->pa_rsvd) ||
	    (pml_leaf_pa_bits(fmt, level, pa) & space->rsvd) ||
	    pml_leaf_pa(space, level, raw) != pa ||
	    pml_leaf_memtype(fmt, level, raw) != attr->memtype ||
	    attr->pkey >= (fmt->pkey_shift ? 16 : 1) ||
	    (attr->soft & ~fmt->soft))
		return PML_EINVAL;
	if (!attr->rights)
		return pml_classify(space, level, raw) == PML_NONPRESENT ?
		       PML_OK : PML_ERIGHTS;
	if (pml_rights(fmt, pml_narrow_leaf(fmt, PML_ALL_RIGHTS, raw)) !=
	    attr->rights || !(raw & fmt->present) ||
	    (raw & space->rsvd & pml_right_mask(fmt)))
		return PML_ERIGHTS;
	return pml_classify(space, level, raw) == PML_LEAF ? PML_OK : PML_EINVAL;
}

/*
 * An entry of `level` that refers to the table at `pa`.  What a table denies is
 * a courtesy, its leaves decide: NX is left out where it is reserved.
 */
static inline uint64_t pml_compose_table(const struct pml_space *space,
					 int level, uint64_t pa, unsigned rights)
{
	const struct pml_format *fmt = space->fmt;

	return (pml_table_bits(fmt, level, rights) & ~space->rsvd) |
	       pml_table_pa_bits(fmt, level, pa) | space->encrypted;
}

/* What a leaf says, so that one can be made like it; `max_level` is its own. */
static inline void pml_leaf_attr(const struct pml_space *space, int level,
				 uint64_t raw, struct pml_attr *attr_ret)
{
	const struct pml_format *fmt = space->fmt;

	attr_ret->rights = 0;
	if (raw & fmt->present)
		attr_ret->rights = pml_rights(fmt, pml_narrow_leaf(fmt,
							PML_ALL_RIGHTS, raw));
	attr_ret->memtype = pml_leaf_memtype(fmt, level, raw);
	attr_ret->pkey = fmt->pkey_shift ? raw >> fmt->pkey_shift & 15 : 0;
	attr_ret->max_level = level;
	attr_ret->global = pml_is_global(fmt, raw);
	attr_ret->accessed = raw & fmt->accessed;
	attr_ret->dirty = pml_is_dirty(fmt, raw);
	attr_ret->encrypted = raw & space->encrypted;
	attr_ret->soft = raw & fmt->soft;
}

/*
 * A leaf of `level` as one of the smaller ones below it, for `pa` inside it.
 * The leaf mark goes, or stays, as the lower level has it, and the PAT bit
 * moves to its place there (on x86 from bit 12 to bit 7, SDM 3A, 4.9.2).
 */
static inline uint64_t pml_split_leaf(const struct pml_space *space, int level,
				      uint64_t raw, uint64_t pa)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[level];
	const struct pml_level *below = lv - 1;
	uint64_t own = (lv->leaf_pa & ~space->encrypted) | lv->leaf_high |
		       (lv->leaf_differs ? 0 : lv->leaf_mask) | lv->pat;

	raw = (raw & ~own) | (below->leaf_differs ? 0 : below->leaf_value) |
	      (raw & lv->pat ? below->pat : 0) |
	      pml_leaf_pa_bits(fmt, level - 1, pa);
	return pml_not_hole(fmt, raw);
}

/* Do the pages below reach as high as a leaf of `level` does (PSE-36)? */
static inline bool pml_can_split(const struct pml_space *space, int level,
				 uint64_t raw)
{
	uint64_t pa = pml_leaf_pa(space, level, raw);

	/* A run would have to be split as a whole. */
	if (raw & space->fmt->level[level].run)
		return false;
	return pml_leaf_pa(space, level - 1,
			   pml_split_leaf(space, level, raw, pa)) == pa;
}

/*
 * A leaf, or one that was, with other rights and all else as it is.  Where
 * being dirty is a right (see pml_is_dirty()), it ends with the right to write.
 */
static inline uint64_t pml_change_rights(const struct pml_format *fmt,
					 uint64_t raw, unsigned rights)
{
	uint64_t mask = pml_right_mask(fmt) | fmt->present;
	uint64_t given = pml_given_back(fmt), bits = pml_right_bits(fmt, rights);

	if (given)
		bits = pml_with_dirty(fmt, bits, (raw ^ fmt->invert) & given);
	return pml_not_hole(fmt, (raw & ~mask) | bits);
}

#endif
