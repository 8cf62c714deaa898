/*
 * Taking away: unmap, change rights, free a tree.  See map.h for what all of
 * these have in common.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_UNMAP_H
#define PML_UNMAP_H

#include <pml/for-each.h>
#include <pml/split.h>

/* The slot of a record of the cursor. */
PML_INLINE void pml_record_slot(const struct pml_record *r,
				struct pml_slot *slot)
{
	slot->slot = r->slot;
	slot->slot_pa = r->slot_pa;
	slot->va = pml_record_base(r);
	slot->raw = r->raw;
	slot->level = r->level;
	slot->kind = r->kind;
}

/* Is all that the entry stands for in the record, and so in the range? */
static inline bool pml_record_whole(const struct pml_record *r)
{
	uint64_t span = (1ULL << r->shift) - 1;

	return !(r->va & span) && (r->last & span) == span;
}

/*
 * Tables whose entries are all leaves are not read to find out what they hold;
 * but for those in pieces, which have to be asked for to know that they are there.
 */
static inline bool pml_is_last_table(const struct pml_format *fmt,
				     const struct pml_record *r)
{
	return r->kind == PML_TABLE && r->level == 2 && !pml_in_pieces(fmt, 1);
}

/*
 * Before pages are taken away or changed: is there anything that they cannot
 * be taken from, and how many tables will it take to split them?  `kept` has
 * 1 << kind for the kinds that are not touched, and may so be in the range in
 * part.
 */
static inline int pml_survey_pages(const struct pml_editor *ed, uint64_t first,
				   uint64_t last, unsigned rights,
				   unsigned flags, unsigned kept,
				   struct pml_need *need)
{
	const struct pml_format *fmt = ed->space->fmt;
	struct pml_cursor c;
	struct pml_record r;

	if (pml_check_runs(ed, first, last))
		return PML_EINVAL;
	pml_need_init(need);
	pml_cursor_init(&c, ed->space, first, last, PML_PRE);
	while (pml_next(&c, &r)) {
		if (r.kind == PML_UNREADABLE)
			return PML_EUNREADABLE;
		if (r.kind == PML_RECURSIVE)
			return PML_ERECURSIVE;
		if (r.kind == PML_TABLE && (rights & ~r.rights))
			return PML_ERIGHTS;
		if (pml_is_last_table(fmt, &r))
			pml_skip(&c, &r);
		if (r.kind == PML_TABLE || r.kind == PML_HOLE ||
		    pml_record_whole(&r))
			continue;
		if (pml_is_page(ed->space, r.level, r.kind, r.raw, flags)) {
			if ((flags & PML_NO_SPLIT) ||
			    !pml_can_split(ed->space, r.level, r.raw))
				return PML_EINVAL;
			pml_need_add(fmt, need, r.level, r.va, r.last,
				     r.level, 1);
		} else if (!(kept & 1u << r.kind)) {
			return PML_EINVAL;
		}
	}
	return PML_OK;
}

/* The tables for splitting, then the splits at both ends. */
static inline int pml_prepare_pages(const struct pml_editor *ed,
				    uint64_t first, uint64_t last,
				    unsigned rights, unsigned flags,
				    const struct pml_need *need,
				    struct pml_pending *pending)
{
	struct pml_tables stock;
	int status = pml_reserve(ed, need, &stock);

	if (status)
		return status;
	pml_cut(ed, first, first, last, rights, flags, &stock, pending);
	pml_cut(ed, last, first, last, rights, flags, &stock, pending);
	pml_tables_free(ed, &stock);
	return PML_OK;
}

/*
 * A change to all entries of a range, in order, as the visits of
 * pml_for_each() see it.
 */
struct pml_sweep {
	const struct pml_editor *ed;
	struct pml_editor here;		/* see pml_sweep() */
	struct pml_pending *pending;
	unsigned flags, rights;
	int free_level;
	unsigned kept;		/* PML_LEVEL()s of tables, not left yet, with an entry that stays */
	bool flush;		/* the translations of first..last are stale */
	uint64_t first, last;
};

PML_INLINE void pml_sweep_flush(struct pml_sweep *sweep, uint64_t first,
				uint64_t last)
{
	if (!sweep->flush)
		sweep->first = first;
	sweep->last = last;
	sweep->flush = true;
}

static inline bool pml_is_empty(const struct pml_editor *ed, int level,
				uint64_t table_pa)
{
	const struct pml_format *fmt = ed->space->fmt;
	unsigned count = 1u << fmt->level[level].bits, i, piece = count;

	if (pml_in_pieces(fmt, level))
		piece = pml_piece(fmt);
	for (i = 0; i < count; i += piece)
		if (pml_skip_empty(fmt, pml_table_at(ed, level, table_pa +
						     i * fmt->entry_size),
				   0, piece) != piece)
			return false;
	return true;
}

/* Unlink the table of a record. */
static inline void pml_drop_table(const struct pml_editor *ed,
				  const struct pml_record *r,
				  struct pml_pending *pending)
{
	struct pml_slot slot;

	pml_record_slot(r, &slot);
	pml_put(ed, &slot, PML_HOLE, 0, 0, 0);
	pml_note_flush(pending, slot.va, slot.va +
		       pml_entry_span(ed->space->fmt, r->level));
	pml_chain_push(ed, &pending->freed, r->level - 1, r->pa);
}

/* A table is left: it goes if nothing is in it, and it may be freed. */
PML_INLINE void pml_clear_table(struct pml_sweep *sweep,
				const struct pml_record *r, bool whole)
{
	int level = r->level - 1;
	bool kept = sweep->kept & PML_LEVEL(level);

	sweep->kept &= ~PML_LEVEL(level);
	/* Where all entries were seen, there is no need to look again. */
	if (level <= sweep->free_level &&
	    (whole ? !kept : pml_is_empty(sweep->ed, level, r->pa)))
		pml_drop_table(sweep->ed, r, sweep->pending);
	else
		sweep->kept |= PML_LEVEL(r->level);
}

PML_INLINE int pml_clear_entry(const struct pml_record *r, bool whole, void *arg)
{
	struct pml_sweep *sweep = arg;
	struct pml_slot slot;

	if (r->kind == PML_TABLE) {
		pml_clear_table(sweep, r, whole);
		return 0;
	}
	if (r->kind == PML_HOLE)
		return 0;
	if (r->kind == PML_NONPRESENT && (sweep->flags & PML_KEEP_NONPRESENT)) {
		sweep->kept |= PML_LEVEL(r->level);
		return 0;
	}
	pml_record_slot(r, &slot);
	pml_put(&sweep->here, &slot, PML_HOLE, 0, 0, 0);
	if (r->kind != PML_NONPRESENT)
		pml_sweep_flush(sweep, r->va, r->last);
	return 0;
}

PML_INLINE int pml_protect_entry(const struct pml_record *r, bool whole,
				 void *arg)
{
	struct pml_sweep *sweep = arg;
	const struct pml_space *space = sweep->here.space;
	struct pml_slot slot;
	uint64_t raw;

	(void)whole;
	if (!pml_is_page(space, r->level, r->kind, r->raw, sweep->flags))
		return 0;
	raw = pml_change_rights(space->fmt, r->raw, sweep->rights);
	if (raw == r->raw)
		return 0;
	pml_record_slot(r, &slot);
	pml_put_keeping(&sweep->here, &slot, raw,
			pml_leaf_at(space, r->level, raw, slot.va),
			sweep->rights);
	if (r->kind == PML_LEAF)
		pml_sweep_flush(sweep, r->va, r->last);
	return 0;
}

/*
 * Visit first..last.  `here` equals *ed, and its space ed's, but only code that
 * is inlined gets to see it: so that a compiler knows what is in it.
 */
PML_INLINE void pml_sweep(const struct pml_editor *ed,
			  const struct pml_editor *here, uint64_t first,
			  uint64_t last, unsigned rights, unsigned flags,
			  int free_level, pml_visit_fn *visit,
			  struct pml_pending *pending)
{
	struct pml_sweep sweep;

	sweep.ed = ed;
	sweep.here = *here;
	sweep.pending = pending;
	sweep.flags = flags;
	sweep.rights = rights;
	sweep.free_level = free_level;
	sweep.kept = 0;
	sweep.first = sweep.last = 0;
	sweep.flush = false;
	pml_visit_range(ed->space, here->space, first, last, visit, &sweep);
	if (sweep.flush)
		pml_note_flush(pending, sweep.first, sweep.last);
}

/*
 * Empty first..last.  Pages, entries that are not present (see
 * PML_KEEP_NONPRESENT) and entries with reserved bits go; a page that the
 * range covers in part is split.  Tables that are empty afterwards, and not
 * above free_level, are unlinked and wait in *pending for the caller's flush.
 *
 * PML_EINVAL	not whole pages, not in one half of the address space, or an
 *		entry, or a run of them, that the range covers in part and that
 *		cannot be split
 * PML_ERECURSIVE, PML_EUNREADABLE, PML_ENOMEM	nothing was changed
 */
PML_INLINE int pml_unmap(const struct pml_editor *ed, uint64_t first,
			 uint64_t last, unsigned flags,
			 struct pml_pending *pending)
{
	const struct pml_space here = *ed->space;
	struct pml_editor mine = *ed;
	unsigned kept = flags & PML_KEEP_NONPRESENT ? 1u << PML_NONPRESENT : 0;
	struct pml_need need;
	int status;

	mine.space = &here;
	if (!pml_good_range(here.fmt, first, last))
		return PML_EINVAL;
	status = pml_survey_pages(ed, first, last, 0, flags, kept, &need);
	if (!status)
		status = pml_prepare_pages(ed, first, last, 0, flags, &need,
					   pending);
	if (!status)
		pml_sweep(ed, &mine, first, last, 0, flags, ed->free_level,
			  pml_clear_entry, pending);
	return status;
}

/* Can the format express these rights, in this space? */
static inline int pml_check_rights(const struct pml_space *space,
				   unsigned rights)
{
	struct pml_attr attr;
	uint64_t raw;

	pml_leaf_attr(space, 1, 0, &attr);
	attr.rights = rights;
	return pml_compose_leaf(space, 1, 0, &attr, &raw);
}

/*
 * Give the pages of first..last these rights and leave all else as it is: where
 * they lead, memory type, accessed and dirty.  Holes stay holes, and entries
 * with reserved bits what they are.  Rights of 0 make pages not present; with
 * PML_OWN_NONPRESENT those can be given rights again.  A page that the range
 * covers in part is split.
 *
 * Returns as pml_unmap(), or PML_ERIGHTS.
 */
PML_INLINE int pml_protect(const struct pml_editor *ed, uint64_t first,
			   uint64_t last, unsigned rights, unsigned flags,
			   struct pml_pending *pending)
{
	const struct pml_space here = *ed->space;
	struct pml_editor mine = *ed;
	struct pml_need need;
	int status;

	mine.space = &here;
	if (!pml_good_range(here.fmt, first, last))
		return PML_EINVAL;
	status = pml_check_rights(ed->space, rights);
	if (!status)
		status = pml_survey_pages(ed, first, last, rights, flags,
					  1u << PML_NONPRESENT |
					  1u << PML_RESERVED, &need);
	if (!status)
		status = pml_prepare_pages(ed, first, last, rights, flags,
					   &need, pending);
	if (!status)
		pml_sweep(ed, &mine, first, last, rights, flags, 0,
			  pml_protect_entry, pending);
	return status;
}

/*
 * Free every table of which all addresses are in first..last, whatever it
 * holds, and, if `root` is set, the root: the end of an address space.  No
 * processor may use it any more.  Leaves in the root itself stay; what tables
 * on their own path refer to is left alone.  Each table must be referred to
 * once only.
 *
 * PML_EINVAL, or PML_EUNREADABLE if tables are left because the way to them
 * cannot be read; what can be freed is.
 */
static inline int pml_free_tables(const struct pml_editor *ed, uint64_t first,
				  uint64_t last, bool root)
{
	const struct pml_format *fmt = ed->space->fmt;
	struct pml_cursor c;
	struct pml_record r;
	struct pml_slot slot;
	int status = PML_OK;

	if (!pml_good_range(fmt, first, last))
		return PML_EINVAL;
	pml_cursor_init(&c, ed->space, first, last, PML_PRE | PML_POST);
	while (pml_next(&c, &r)) {
		if (r.kind == PML_UNREADABLE)
			status = PML_EUNREADABLE;
		if (r.kind != PML_TABLE)
			continue;
		if (!r.leaving && !pml_is_last_table(fmt, &r))
			continue;
		if (!r.leaving)
			pml_skip(&c, &r);
		if (!pml_record_whole(&r))
			continue;
		pml_record_slot(&r, &slot);
		pml_put(ed, &slot, PML_HOLE, 0, 0, 0);
		ed->ops->free(ed->ctx, r.level - 1, r.pa);
	}
	if (root)
		ed->ops->free(ed->ctx, ed->space->fmt->levels,
			      pml_root_pa(ed->space));
	return status;
}

#endif
