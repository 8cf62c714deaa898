/*
 * Tables that are in no tree: those that a change needs, all of them before it
 * begins, and those that it took out, until processors have forgotten them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_STOCK_H
#define PML_STOCK_H

#include <pml/edit.h>

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

/* Add a new table, if an entry can refer to it: one of `bits` and its address. */
static inline int pml_stock_table(const struct pml_editor *ed,
				  struct pml_tables *stock, int level,
				  uint64_t bits, uint64_t pa)
{
	uint64_t raw = bits | pml_table_pa_bits(ed->space->fmt, level + 1, pa);

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
	int level, status = PML_OK;

	pml_tables_init(stock);
	for (level = 1; level < ed->space->fmt->levels; level++) {
		uint64_t bits = pml_compose_table(ed->space, level + 1, 0,
						  PML_R);

		for (i = 0; !status && i < need->count[level]; i++) {
			if (!ed->ops->alloc(ed->ctx, level, &pa)) {
				status = PML_ENOMEM;
				break;
			}
			status = pml_stock_table(ed, stock, level, bits, pa);
			if (status)
				ed->ops->free(ed->ctx, level, pa);
		}
	}
	if (status)
		pml_tables_free(ed, stock);
	return status;
}

#endif
