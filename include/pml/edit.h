/*
 * What map.h and unmap.h change: who owns the memory, and how an entry of a table
 * is found, read and written.
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

#endif
