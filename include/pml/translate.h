/*
 * One address: where does it lead, and through which entries?
 *
 * pml_translate() goes down once, reading one entry a level, with the same
 * steps as the cursor: pml_classify(), pml_narrow(), pml_table_pa().  Asked
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

#include <pml/format.h>

/* One entry that a walk read. */
struct pml_step {
	uint64_t table_pa;	/* the table that it is in */
	uint64_t slot_pa;	/* the entry itself */
	uint64_t raw;		/* its value; 0 if it cannot be read */
	uint16_t index;		/* its place in the table */
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

/* What was read of one entry; field by field, so that no memset is called. */
static inline struct pml_step *
pml_add_step(struct pml_steps *steps, int level, uint64_t table_pa,
	     uint64_t slot_pa, unsigned index)
{
	struct pml_step *step = &steps->step[steps->count++];

	step->table_pa = table_pa;
	step->slot_pa = slot_pa;
	step->index = index;
	step->level = level;
	return step;
}

/*
 * Translate `va`.  Always fills *target; true if it is a LEAF, so that 0 is
 * an address like any other.  `steps` may be NULL.
 */
static inline bool pml_translate(const struct pml_space *space, uint64_t va,
				 struct pml_target *target,
				 struct pml_steps *steps)
{
	const struct pml_format *fmt = space->fmt;
	uint64_t allowed = PML_ALL_RIGHTS, table_pa = pml_root_pa(space);
	int level;

	target->pa = target->raw = target->slot_pa = 0;
	target->rights = 0;
	target->kind = PML_NONCANONICAL;
	target->level = target->shift = 0;
	if (steps)
		steps->count = 0;
	if (!pml_canonical(fmt, va))
		return false;
	for (level = fmt->levels; level > 0; level--) {
		const struct pml_level *lv = &fmt->level[level];
		unsigned index = pml_index(lv, va);
		uint64_t slot_pa = table_pa + (uint64_t)index * fmt->entry_size;
		const void *slot = space->at(space->ctx, slot_pa,
					     fmt->entry_size);
		uint64_t raw = slot ? pml_entry(fmt, slot, 0) : 0;
		enum pml_kind kind = slot ? pml_classify(space, level, raw)
					  : PML_UNREADABLE;

		if (kind == PML_LEAF || kind == PML_TABLE)
			allowed = pml_narrow(fmt, level, allowed, raw);
		if (steps) {
			struct pml_step *step = pml_add_step(steps, level, table_pa,
							     slot_pa, index);

			step->raw = raw;
			step->kind = kind;
			step->rights = pml_rights(fmt, allowed);
		}
		if (kind == PML_TABLE) {
			table_pa = pml_table_pa(space, level, raw);
			continue;
		}
		target->raw = raw;
		target->slot_pa = slot_pa;
		target->kind = kind;
		target->level = level;
		target->shift = lv->shift;
		if (kind != PML_LEAF)
			return false;
		target->pa = pml_leaf_pa(space, level, raw) |
			     (va & ((1ULL << lv->shift) - 1));
		target->rights = pml_rights(fmt, allowed);
		return true;
	}
	return false;	/* not reached: level 1 has no tables below it */
}

#endif
