/*
 * What map.h and unmap.h have in common: who owns the memory, how an entry is
 * written, how a large page is split, what waits for a TLB flush.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_EDIT_H
#define PML_EDIT_H

#include <pml/compose.h>
#include <pml/cursor.h>
#include <pml/translate.h>

/*
 * One entry that is about to be written: what it means, and the bits.
 *
 * kind		pa			rights
 * LEAF		the page		its own
 * NONPRESENT	the page, or what else	0
 *		the entry keeps
 * TABLE	the table		what the entry allows
 * HOLE		0			0
 *
 * `va` is the first address that the entry stands for; 0 if it is in a table
 * that is not part of the tree (yet, or any more).
 */
struct pml_change {
	uint64_t va;
	uint64_t pa;
	uint64_t raw;		/* what the entry shall be */
	uint64_t old;		/* what it was when it was read */
	uint64_t slot_pa;	/* where it is */
	void *slot;		/* the same as the space's `at` gave it */
	unsigned rights;	/* of enum pml_rights */
	uint8_t level;
	uint8_t kind;		/* of enum pml_kind, of `raw` */
	bool exchange;		/* `old` is present: a processor may be changing it */
	bool break_first;	/* see `store` */
};

/*
 * What the owner of the memory provides.
 *
 * alloc: a table for `level`, all zero, that the space's `at` can reach, of
 *	pml_table_size() bytes and aligned to that.  False if there is none.
 * free: a table that nothing refers to any more.  Its content is not defined.
 * store: write one entry and return what it was.  With `exchange` set that must
 *	be one atomic step, so that an accessed or dirty bit set meanwhile is in
 *	the value returned; the engine then puts it where it belongs.  Whoever
 *	keeps a second table beside this one writes its entry here, too, and
 *	returns both entries' accessed and dirty bits.  `raw` must be stored as
 *	it is.  With `break_first` set the architecture wants the old entry gone
 *	before there is a new one (AArch64's break-before-make): exchange it for
 *	zero, flush what it translated (from `va` on, as much as an entry of
 *	`level` covers) on all processors, then store `raw`.
 */
struct pml_ops {
	bool (*alloc)(void *ctx, int level, uint64_t *pa_ret);
	void (*free)(void *ctx, int level, uint64_t pa);
	uint64_t (*store)(void *ctx, const struct pml_change *change);
};

/* A space that can be changed. */
struct pml_editor {
	const struct pml_space *space;
	const struct pml_ops *ops;
	void *ctx;		/* of the ops */
	unsigned table_rights;	/* what new tables allow, besides what a leaf needs; 0: all */
	uint8_t free_level;	/* tables of this level and below may be freed; 0: none */
};

enum pml_edit_flags {
	/* map: overwrite what is there, instead of PML_EEXIST. */
	PML_REPLACE = 1,
	/* PML_EINVAL if a larger page would have to be split. */
	PML_NO_SPLIT = 2,
	/* unmap: leave entries that are not present, but not zero either. */
	PML_KEEP_NONPRESENT = 4,
	/* An entry that is not present is a page with no rights, as pml_map()
	 * makes them: protect changes it, unmap and protect split it. */
	PML_OWN_NONPRESENT = 8,
};

/* Tables, each linked to the next through its first entry. */
struct pml_chain {
	uint64_t head;
	uint64_t count;
};

/* Tables by level. */
struct pml_tables {
	struct pml_chain chain[PML_MAX_LEVELS + 1];
};

/*
 * What has to be done after a change.  Start from zero; several changes may
 * collect into one.  If `flush` is set, processors may still translate
 * first..last as before and walk the tables in `freed`: the caller flushes
 * them, then calls pml_release().
 */
struct pml_pending {
	uint64_t first, last;
	bool flush;
	struct pml_tables freed;
};

/* An entry of the tree, read. */
struct pml_slot {
	const void *slot;
	uint64_t slot_pa;
	uint64_t va;		/* the first address that it stands for */
	uint64_t raw;
	uint8_t level;
	uint8_t kind;
};

/*
 * Write an entry of 64 bits that is not present.  A host of 32 writes the high
 * half first, so that the entry becomes present with its address.
 */
PML_INLINE void pml_store_word(uint64_t *slot, uint64_t raw)
{
#if __SIZEOF_POINTER__ == 8
	__atomic_store_n(slot, raw, __ATOMIC_RELEASE);
#else
	typedef uint32_t __attribute__((may_alias)) half;
	half *word = (half *)slot;

	__atomic_store_n(word + 1, (uint32_t)(raw >> 32), __ATOMIC_RELAXED);
	__atomic_store_n(word, (uint32_t)raw, __ATOMIC_RELEASE);
#endif
}

/*
 * Write over one that is present; returns what it was.  This is one step on
 * every host: one of 32 bits has to compare and exchange 64 (CMPXCHG8B, which
 * all processors with PAE have; LDREXD and STREXD).
 */
PML_INLINE uint64_t pml_exchange_word(uint64_t *slot, uint64_t raw)
{
#if __SIZEOF_POINTER__ == 8
	return __atomic_exchange_n(slot, raw, __ATOMIC_ACQ_REL);
#else
	typedef uint64_t __attribute__((aligned(8))) whole;
	uint64_t seen, old = pml_word(slot);

	/* GCC calls a library for __atomic_compare_exchange_n() of 64 bits. */
	for (;; old = seen) {
		seen = __sync_val_compare_and_swap((whole *)slot, old, raw);
		if (seen == old)
			return old;
	}
#endif
}

/*
 * The `store` of a space without a second table.  Release order, so that a
 * processor which finds a table finds its entries, too.
 */
PML_INLINE uint64_t pml_store_entry(const struct pml_format *fmt,
				    const struct pml_change *change)
{
	if (fmt->entry_size == 4) {
		uint32_t *slot = change->slot;

		if (change->exchange)
			return __atomic_exchange_n(slot, (uint32_t)change->raw,
						   __ATOMIC_ACQ_REL);
		__atomic_store_n(slot, (uint32_t)change->raw, __ATOMIC_RELEASE);
	} else {
		uint64_t *slot = change->slot;

		if (change->exchange)
			return pml_exchange_word(slot, change->raw);
		pml_store_word(slot, change->raw);
	}
	return change->old;
}

/* Write an entry of the tree; returns what it was. */
PML_INLINE uint64_t pml_put(const struct pml_editor *ed,
			    const struct pml_slot *slot, enum pml_kind kind,
			    uint64_t raw, uint64_t pa, unsigned rights)
{
	const struct pml_format *fmt = ed->space->fmt;
	struct pml_change change;

	change.va = slot->va;
	change.pa = pa;
	change.raw = raw;
	change.old = slot->raw;
	change.slot_pa = slot->slot_pa;
	change.slot = (void *)(uintptr_t)slot->slot;
	change.rights = rights;
	change.level = slot->level;
	change.kind = kind;
	change.exchange = slot->raw & fmt->present;
	change.break_first = change.exchange && (raw & fmt->present) &&
			     ((raw ^ slot->raw) & fmt->break_bits);
	return ed->ops->store(ed->ctx, &change);
}

/* A table, or the piece of one that begins at `pa`. */
PML_INLINE const void *pml_table_at(const struct pml_editor *ed, int level,
				    uint64_t pa)
{
	const struct pml_space *space = ed->space;
	size_t size = pml_table_size(space->fmt, level);

	if (size > PML_AT_MOST)
		size = PML_AT_MOST;
	return space->at(space->ctx, pa, size);
}

/*
 * The first entry of a table that is outside of the tree.  The address of a
 * table is not present in any format: a processor that still walks a table
 * which waits to be freed finds no translation there.
 */
static inline void pml_put_link(const struct pml_editor *ed, int level,
				uint64_t table_pa, const void *table,
				uint64_t old, uint64_t next)
{
	struct pml_slot first;

	first.slot = table;
	first.slot_pa = table_pa;
	first.va = 0;
	first.raw = old;
	first.level = level;
	pml_put(ed, &first, next ? PML_NONPRESENT : PML_HOLE, next, next, 0);
}

/* False if the table cannot be reached. */
static inline bool pml_chain_push(const struct pml_editor *ed,
				  struct pml_tables *tables, int level,
				  uint64_t pa)
{
	struct pml_chain *chain = &tables->chain[level];
	const void *table = pml_table_at(ed, level, pa);

	if (!table)
		return false;
	pml_put_link(ed, level, pa, table, 0, chain->head);
	chain->head = pa;
	chain->count++;
	return true;
}

/* A table that was pushed, with its first entry zero. */
static inline uint64_t pml_chain_pop(const struct pml_editor *ed,
				     struct pml_tables *tables, int level)
{
	struct pml_chain *chain = &tables->chain[level];
	uint64_t pa = chain->head;
	const void *table = pml_table_at(ed, level, pa);

	chain->head = pml_entry(ed->space->fmt, table, 0);
	chain->count--;
	pml_put_link(ed, level, pa, table, chain->head, 0);
	return pa;
}

static inline void pml_tables_init(struct pml_tables *tables)
{
	int level;

	for (level = 0; level <= PML_MAX_LEVELS; level++)
		tables->chain[level].head = tables->chain[level].count = 0;
}

static inline void pml_tables_free(const struct pml_editor *ed,
				   struct pml_tables *tables)
{
	int level;

	for (level = 1; level <= PML_MAX_LEVELS; level++)
		while (tables->chain[level].count)
			ed->ops->free(ed->ctx, level,
				      pml_chain_pop(ed, tables, level));
}

static inline void pml_pending_init(struct pml_pending *pending)
{
	pending->first = pending->last = 0;
	pending->flush = false;
	pml_tables_init(&pending->freed);
}

/* Free the tables of a change, and forget it.  Only after the flush. */
static inline void pml_release(const struct pml_editor *ed,
			       struct pml_pending *pending)
{
	pml_tables_free(ed, &pending->freed);
	pml_pending_init(pending);
}

/* Translations of first..last may be cached. */
PML_INLINE void pml_note_flush(struct pml_pending *pending, uint64_t first,
			       uint64_t last)
{
	if (!pending->flush || first < pending->first)
		pending->first = first;
	if (!pending->flush || last > pending->last)
		pending->last = last;
	pending->flush = true;
}

/* Tables that a change needs, counted by level and then allocated. */
struct pml_need {
	uint64_t count[PML_MAX_LEVELS + 1];
};

static inline void pml_need_init(struct pml_need *need)
{
	int level;

	for (level = 0; level <= PML_MAX_LEVELS; level++)
		need->count[level] = 0;
}

/*
 * Tables of `lowest` and up that first..last needs where there are none below
 * `level`.  Entries that the range covers wholly, at page_level and below, are
 * leaves.
 */
static inline void pml_need_add(const struct pml_format *fmt,
				struct pml_need *need, int level,
				uint64_t first, uint64_t last, int page_level,
				int lowest)
{
	for (; level > lowest; level--) {
		uint64_t span = pml_entry_span(fmt, level);
		int shift = fmt->level[level].shift;
		uint64_t entries = (last >> shift) - (first >> shift) + 1;
		unsigned cut = !!(first & span) + ((last & span) != span);

		if (level > page_level)
			need->count[level - 1] += entries;
		else
			need->count[level - 1] += cut < entries ? cut : entries;
	}
}

/* Add a new table, if an entry can refer to it. */
static inline int pml_stock_table(const struct pml_editor *ed,
				  struct pml_tables *stock, int level,
				  uint64_t pa)
{
	uint64_t raw = pml_compose_table(ed->space, level + 1, pa, PML_R);

	if (pml_classify(ed->space, level + 1, raw) != PML_TABLE ||
	    pml_table_pa(ed->space, level + 1, raw) != pa)
		return PML_EINVAL;
	if (!pml_chain_push(ed, stock, level, pa))
		return PML_EUNREADABLE;
	return PML_OK;
}

/*
 * All tables that a change needs, before anything is changed: when memory runs
 * out, they go back and nothing has happened.
 */
static inline int pml_reserve(const struct pml_editor *ed,
			      const struct pml_need *need,
			      struct pml_tables *stock)
{
	uint64_t i, pa;
	int level, status;

	pml_tables_init(stock);
	for (level = 1; level < ed->space->fmt->levels; level++)
		for (i = 0; i < need->count[level]; i++) {
			if (!ed->ops->alloc(ed->ctx, level, &pa)) {
				pml_tables_free(ed, stock);
				return PML_ENOMEM;
			}
			status = pml_stock_table(ed, stock, level, pa);
			if (status) {
				ed->ops->free(ed->ctx, level, pa);
				pml_tables_free(ed, stock);
				return status;
			}
		}
	return PML_OK;
}

/* Whole pages, in order, of one half of the address space. */
static inline bool pml_good_range(const struct pml_format *fmt, uint64_t first,
				  uint64_t last)
{
	uint64_t span = pml_entry_span(fmt, 1);

	return first <= last && !(first & span) && (last & span) == span &&
	       pml_canonical(fmt, first) && last <= pml_same_half(fmt, first);
}

PML_INLINE void pml_read(const struct pml_editor *ed, struct pml_slot *slot)
{
	slot->raw = pml_entry(ed->space->fmt, slot->slot, 0);
	slot->kind = pml_classify(ed->space, slot->level, slot->raw);
}

/* Read the entry for `va` of a table. */
static inline void pml_look(const struct pml_editor *ed, int level,
			    uint64_t table_pa, uint64_t va,
			    struct pml_slot *slot)
{
	const struct pml_format *fmt = ed->space->fmt;
	size_t offset = (size_t)pml_index(&fmt->level[level], va) *
			fmt->entry_size;
	size_t piece = pml_in_pieces(fmt, level) ? offset & -(size_t)PML_AT_MOST
						 : 0;

	slot->slot = (const char *)pml_table_at(ed, level, table_pa + piece) +
		     (offset - piece);
	slot->slot_pa = table_pa + offset;
	slot->va = va & ~pml_entry_span(fmt, level);
	slot->level = level;
	pml_read(ed, slot);
}

/*
 * On to the next entry of the same table, which is not read yet; past the last
 * entry there is none.
 */
PML_INLINE void pml_next_slot(const struct pml_editor *ed,
			      struct pml_slot *slot)
{
	const struct pml_format *fmt = ed->space->fmt;

	slot->slot = (const char *)slot->slot + fmt->entry_size;
	slot->slot_pa += fmt->entry_size;
	slot->va += pml_entry_span(fmt, slot->level) + 1;
	if (pml_in_pieces(fmt, slot->level) &&
	    !(slot->slot_pa & (PML_AT_MOST - 1)) &&
	    pml_index(&fmt->level[slot->level], slot->va))
		slot->slot = pml_table_at(ed, slot->level, slot->slot_pa);
}

/* The root's entry for `va`. */
static inline void pml_top_slot(const struct pml_editor *ed, uint64_t va,
				struct pml_slot *slot)
{
	pml_look(ed, ed->space->fmt->levels, pml_root_pa(ed->space), va, slot);
}

/* The entry for `va` in the table that `slot` refers to. */
static inline void pml_down(const struct pml_editor *ed, uint64_t va,
			    struct pml_slot *slot)
{
	pml_look(ed, slot->level - 1,
		 pml_table_pa(ed->space, slot->level, slot->raw), va, slot);
}

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

/* Does the run that `va` is in, if it is in one, reach out of first..last? */
static inline bool pml_is_cut_run(const struct pml_editor *ed, uint64_t va,
				  uint64_t first, uint64_t last)
{
	const struct pml_format *fmt = ed->space->fmt;
	const struct pml_level *lv;
	struct pml_target t;
	uint64_t span;

	pml_translate(ed->space, va, &t, NULL);
	lv = &fmt->level[t.level];
	if (t.kind != PML_LEAF || !(t.raw & lv->run))
		return false;
	span = (1ULL << lv->run_shift) - 1;
	return (va & ~span) < first || (va | span) > last;
}

/*
 * PML_EINVAL if a run of entries, which must be kept alike, is in the range in
 * part.
 */
static inline int pml_check_runs(const struct pml_editor *ed, uint64_t first,
				 uint64_t last)
{
	const struct pml_format *fmt = ed->space->fmt;
	uint64_t runs = 0;
	int level;

	for (level = 1; level <= fmt->levels; level++)
		runs |= fmt->level[level].run;
	if (runs && (pml_is_cut_run(ed, first, first, last) ||
		     pml_is_cut_run(ed, last, first, last)))
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
