/*
 * A page split into smaller ones, where a change is about a part of it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_SPLIT_H
#define PML_SPLIT_H

#include <pml/stock.h>

/*
 * What a table's entry allows: the caller's choice, what is needed, and reading,
 * without which an entry may be no entry at all.
 */
static inline unsigned pml_new_table_rights(const struct pml_editor *ed,
					    unsigned rights)
{
	if (!ed->table_rights)
		return PML_ANY_RIGHTS;
	return ed->table_rights | rights | PML_R;
}

/* Put an empty table from the stock into an entry that has none. */
static inline uint64_t pml_link_table(const struct pml_editor *ed,
				      struct pml_slot *slot, uint64_t pa,
				      unsigned rights)
{
	uint64_t raw, old;

	rights = pml_new_table_rights(ed, rights);
	raw = pml_compose_table(ed->space, slot->level, pa, rights);
	old = pml_put(ed, slot, PML_TABLE, raw, pa, rights);
	slot->raw = raw;
	slot->kind = PML_TABLE;
	return old;
}

/*
 * Write a present entry over another and keep the accessed and dirty bits that
 * a processor set since that was read.  Ends after as many rounds as there are
 * such bits, at most.
 */
PML_INLINE void pml_put_keeping(const struct pml_editor *ed,
				struct pml_slot *slot, uint64_t raw,
				uint64_t pa, unsigned rights)
{
	const struct pml_format *fmt = ed->space->fmt;
	enum pml_kind kind = raw & fmt->present ? PML_LEAF : PML_NONPRESENT;
	uint64_t old;

	do {
		old = pml_put(ed, slot, kind, raw, pa, rights);
		slot->raw = raw;
		raw = pml_add_marks(fmt, raw, old);
	} while (raw != slot->raw);
}

/* Fill a table with what the leaf `raw` of the level above maps. */
static inline void pml_fill_split(const struct pml_editor *ed,
				  const struct pml_slot *leaf, uint64_t raw,
				  uint64_t table_pa)
{
	const struct pml_space *space = ed->space;
	int level = leaf->level - 1;
	uint64_t step = pml_entry_span(space->fmt, level) + 1;
	uint64_t pa = pml_leaf_pa(space, leaf->level, raw);
	unsigned i, count = 1u << space->fmt->level[level].bits;
	struct pml_slot slot;
	struct pml_attr attr;

	pml_leaf_attr(space, leaf->level, raw, &attr);
	pml_look(ed, level, table_pa, leaf->va, &slot);
	for (i = 0; i < count; i++, pa += step) {
		uint64_t part = pml_split_leaf(space, leaf->level, raw, pa);

		pml_read(ed, &slot);
		pml_put_keeping(ed, &slot, pml_add_marks(space->fmt, part,
							 slot.raw),
				pa, attr.rights);
		pml_next_slot(ed, &slot);
	}
}

/*
 * Split a leaf into the pages of the level below, none of which differs from
 * it.  A bit that a processor sets while the table takes the leaf's place goes
 * to all of them.  The table allows `rights`, too, for what comes next.
 */
static inline void pml_split(const struct pml_editor *ed, struct pml_slot *slot,
			     unsigned rights, struct pml_tables *stock,
			     struct pml_pending *pending)
{
	const struct pml_format *fmt = ed->space->fmt;
	uint64_t pa = pml_chain_pop(ed, stock, slot->level - 1);
	struct pml_slot leaf = *slot;
	struct pml_attr attr;
	uint64_t marked;

	pml_leaf_attr(ed->space, slot->level, slot->raw, &attr);
	pml_fill_split(ed, &leaf, leaf.raw, pa);
	marked = pml_add_marks(fmt, leaf.raw,
			       pml_link_table(ed, slot, pa,
					      attr.rights | rights));
	if (marked != leaf.raw)
		pml_fill_split(ed, &leaf, marked, pa);
	pml_note_flush(pending, leaf.va,
		       leaf.va + pml_entry_span(fmt, leaf.level));
}

/*
 * Is this a page: one that can be split, or given other rights?  Of the entries
 * that are not present only those that would be one, with any rights.
 */
static inline bool pml_is_page(const struct pml_space *space, int level,
			       enum pml_kind kind, uint64_t raw, unsigned flags)
{
	if (kind == PML_NONPRESENT && (flags & PML_OWN_NONPRESENT))
		kind = pml_classify(space, level,
				    pml_change_rights(space->fmt, raw,
						      PML_ANY_RIGHTS));
	return kind == PML_LEAF;
}

/*
 * Does the run that `va` is in, if it is in one, reach out of first..last?  Then
 * what the run covers is in *run_first_ret and *run_last_ret.
 */
static inline bool pml_is_cut_run(const struct pml_space *space, uint64_t va,
				  uint64_t first, uint64_t last,
				  uint64_t *run_first_ret, uint64_t *run_last_ret)
{
	const struct pml_level *lv;
	struct pml_target t;
	uint64_t span;

	pml_translate(space, va, &t, NULL);
	lv = &space->fmt->level[t.level];
	if (t.kind != PML_LEAF || !(t.raw & lv->run))
		return false;
	span = (1ULL << lv->run_shift) - 1;
	*run_first_ret = va & ~span;
	*run_last_ret = va | span;
	return *run_first_ret < first || *run_last_ret > last;
}

/*
 * PML_EINVAL if a run of entries, which must be kept alike, is in the range in
 * part.
 */
static inline int pml_check_runs(const struct pml_editor *ed, uint64_t first,
				 uint64_t last)
{
	const struct pml_format *fmt = ed->space->fmt;
	uint64_t runs = 0, from, to;
	int level;

	for (level = 1; level <= fmt->levels; level++)
		runs |= fmt->level[level].run;
	if (runs && (pml_is_cut_run(ed->space, first, first, last, &from, &to) ||
		     pml_is_cut_run(ed->space, last, first, last, &from, &to)))
		return PML_EINVAL;
	return PML_OK;
}

/* Split what `va` is in until no page reaches out of first..last. */
static inline void pml_cut(const struct pml_editor *ed, uint64_t va,
			   uint64_t first, uint64_t last, unsigned rights,
			   unsigned flags, struct pml_tables *stock,
			   struct pml_pending *pending)
{
	const struct pml_format *fmt = ed->space->fmt;
	struct pml_slot slot;

	for (pml_top_slot(ed, va, &slot); slot.level > 1;
	     pml_down(ed, va, &slot)) {
		uint64_t end = slot.va + pml_entry_span(fmt, slot.level);

		if (slot.kind == PML_TABLE)
			continue;
		if (!pml_is_page(ed->space, slot.level, slot.kind, slot.raw,
				 flags) ||
		    (slot.va >= first && end <= last))
			return;
		pml_split(ed, &slot, rights, stock, pending);
	}
}

#endif
