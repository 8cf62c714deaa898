/*
 * One address: where does it lead, and through which entries?
 *
 * pml_translate() goes down once, reading one entry a level, with the same
 * steps as the cursor: pml_classify(), pml_narrow_table(), pml_table_pa().  Asked
 * for the steps, it keeps each of them; not asked, a compiler flattens it to
 * what one would write by hand.
 *
 * nested.h has the same in two dimensions.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_TRANSLATE_H
#define PML_TRANSLATE_H

#include <pml/entry.h>

/* One entry that a walk read. */
struct pml_step {
	uint64_t table_pa;	/* the table that it is in */
	uint64_t slot_pa;	/* the entry itself */
	uint64_t raw;		/* its value; 0 if it cannot be read */
	uint32_t index;		/* its place in the table */
	uint8_t level;
	uint8_t kind;		/* of enum pml_kind; RECURSIVE does not occur here */
	unsigned rights;	/* of enum pml_rights, that are left after it */
};

/* Every entry on the way to an address, the root's first. */
struct pml_steps {
	int count;
	struct pml_step step[PML_MAX_LEVELS];
};

/* Where an address leads. */
struct pml_target {
	uint64_t pa;		/* LEAF: what the address maps to */
	uint64_t raw;		/* the last entry read */
	uint64_t slot_pa;	/* where that is */
	unsigned rights;	/* LEAF: effective, of enum pml_rights */
	uint8_t kind;		/* LEAF, or why there is none; never TABLE or RECURSIVE */
	uint8_t level;		/* of the table with the last entry */
	uint8_t shift;		/* log2 of what that entry covers: the page, or the hole */
};

/* Keep what was read of one entry; field by field, so that no memset is called. */
PML_INLINE void pml_add_step(struct pml_steps *steps,
			     const struct pml_format *fmt, int level,
			     uint64_t va, uint64_t table_pa, uint64_t raw,
			     enum pml_kind kind, uint64_t allowed)
{
	struct pml_step *step;

	if (!steps)
		return;
	step = &steps->step[steps->count++];
	step->index = pml_index(&fmt->level[level], va);
	step->table_pa = table_pa;
	step->slot_pa = table_pa + (uint64_t)step->index * fmt->entry_size;
	step->raw = raw;
	step->level = level;
	step->kind = kind;
	step->rights = kind == PML_LEAF ? pml_rights(fmt, allowed)
					: pml_named_rights(fmt, allowed);
}

/* A walk under way. */
struct pml_descent {
	uint64_t table_pa;	/* the table to read next */
	uint64_t allowed;	/* see pml_narrow_table() */
};

/* Read the entry of `level`; true if it refers to a table to go on with. */
PML_INLINE bool pml_descend(const struct pml_space *space, int level,
			    uint64_t va, struct pml_descent *walk,
			    struct pml_target *target, struct pml_steps *steps)
{
	const struct pml_format *fmt = space->fmt;
	const struct pml_level *lv = &fmt->level[level];
	unsigned index = pml_index(lv, va);
	uint64_t slot_pa = walk->table_pa + (uint64_t)index * fmt->entry_size;
	const void *slot = space->at(space->ctx, slot_pa, fmt->entry_size);
	uint64_t raw = slot ? pml_entry(fmt, slot, 0) : 0;
	uint64_t table_pa = walk->table_pa;
	enum pml_kind kind;

	if (pml_valid(space, level, raw)) {
		if (!pml_is_leaf(lv, raw)) {
			walk->allowed = pml_narrow_table(fmt, level,
							 walk->allowed, raw);
			pml_add_step(steps, fmt, level, va, table_pa, raw,
				     PML_TABLE, walk->allowed);
			walk->table_pa = pml_table_pa(space, level, raw);
			return true;
		}
		kind = PML_LEAF;
		walk->allowed = pml_narrow_leaf(fmt, walk->allowed, raw);
		target->pa = pml_leaf_at(space, level, raw, va);
		target->rights = pml_rights(fmt, walk->allowed);
	} else {
		kind = slot ? pml_classify(space, level, raw) : PML_UNREADABLE;
	}
	pml_add_step(steps, fmt, level, va, table_pa, raw, kind, walk->allowed);
	target->raw = raw;
	target->slot_pa = slot_pa;
	target->kind = kind;
	target->level = level;
	target->shift = lv->shift;
	return false;
}

/*
 * Translate `va`.  Always fills *target; true if it is a LEAF, so that 0 is
 * an address like any other.  `steps` may be NULL.
 */
PML_INLINE bool pml_translate(const struct pml_space *space, uint64_t va,
			      struct pml_target *target,
			      struct pml_steps *steps)
{
	const struct pml_format *fmt = space->fmt;
	struct pml_descent walk;
	int level;

	target->pa = target->raw = target->slot_pa = 0;
	target->rights = 0;
	target->kind = PML_NONCANONICAL;
	target->level = target->shift = 0;
	if (steps)
		steps->count = 0;
	if (!pml_canonical(fmt, va))
		return false;
	walk.table_pa = pml_root_pa(space);
	walk.allowed = PML_ALL_RIGHTS;
	if (!__builtin_constant_p(fmt->levels)) {
		for (level = fmt->levels; level; level--)
			if (!pml_descend(space, level, va, &walk, target, steps))
				break;
	} else if ((fmt->levels < 5 ||
		    pml_descend(space, 5, va, &walk, target, steps)) &&
		   (fmt->levels < 4 ||
		    pml_descend(space, 4, va, &walk, target, steps)) &&
		   (fmt->levels < 3 ||
		    pml_descend(space, 3, va, &walk, target, steps)) &&
		   (fmt->levels < 2 ||
		    pml_descend(space, 2, va, &walk, target, steps))) {
		/* Each of these is compiled for its own level. */
		pml_descend(space, 1, va, &walk, target, steps);
	}
	return target->kind == PML_LEAF;
}

/* The bits of an entry that stand for a right. */
static inline uint64_t pml_bits_of_right(const struct pml_format *fmt,
				      unsigned right)
{
	uint64_t mask = 0;
	size_t i;

	for (i = 0; i < sizeof(fmt->rights) / sizeof(fmt->rights[0]); i++)
		if (fmt->rights[i].right & right)
			mask |= fmt->rights[i].mask;
	return mask;
}

/* The first step after which `right` is gone; the last if none is to blame. */
static inline const struct pml_step *
pml_step_without(const struct pml_steps *steps, unsigned right)
{
	int i;

	for (i = 0; i < steps->count - 1; i++)
		if (!(steps->step[i].rights & right))
			break;
	return &steps->step[i];
}

/* What makes an entry reserved: bits of it, or the values of several. */
static inline uint64_t pml_bad_bits(const struct pml_space *space,
				    const struct pml_step *step)
{
	uint64_t bits = pml_reserved_bits(space, step->level, step->raw);
	const struct pml_invalid *bad;

	if (bits)
		return bits;
	bad = pml_invalid_as(space, step->level, step->raw);
	return bad ? bad->mask : 0;
}

#endif
