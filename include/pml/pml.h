/*
 * pml: an engine for page tables, in freestanding headers.
 *
 * A kernel includes this and owns everything else: memory, locks, TLB.  The
 * debugger plugin pmap compiles the same headers, so that both say the same.
 *
 *	static const void *at(void *ctx, uint64_t pa, size_t size)
 *	{
 *		return (const char *)DIRECT_MAP + pa;
 *	}
 *
 *	struct pml_space space = {
 *		.fmt = &pml_x86_64_4, .root = read_cr3(), .at = at
 *	};
 *	struct pml_target target;
 *
 *	if (pml_translate(&space, va, &target, NULL))
 *		printk("%llx -> %llx\n", va, target.pa);
 *
 * To change tables takes three operations more, and a flush that only the
 * kernel can do.  What the core asks for waits in `pending`: which translations
 * processors may still have, and which tables they may still walk.
 *
 *	static uint64_t store(void *ctx, const struct pml_change *change)
 *	{
 *		return pml_store_entry(&pml_x86_64_4, change);
 *	}
 *
 *	static const struct pml_ops ops = {
 *		.alloc = alloc, .free = free, .store = store
 *	};
 *
 *	struct pml_editor ed = {
 *		.space = &space, .ops = &ops, .free_level = 3
 *	};
 *	struct pml_attr attr = { .rights = PML_R | PML_W };
 *	struct pml_pending pending;
 *	int status;
 *
 *	pml_pending_init(&pending);
 *	lock(&mm);
 *	status = pml_map(&ed, va, va + size - 1, pa, &attr, PML_REPLACE,
 *			 &pending);
 *	if (status)
 *		printk("map: %s\n", pml_status_name(status));
 *	if (pending.flush)
 *		flush_tlb_everywhere(pending.first, pending.last);
 *	pml_release(&ed, &pending);
 *	unlock(&mm);
 *
 * Where status is not PML_OK nothing has changed and nothing is pending.
 * Otherwise the pages that were there before may be used through a TLB until
 * the flush is done, and not after: that is when they can be freed.  Tables
 * that gave way to larger pages are freed by pml_release().
 *
 * On AArch64 a store must not turn one valid entry into another that leads
 * elsewhere: `store` looks at change->break_first (edit.h), and the kernel has
 * a DSB and an ISB after pml_map(), flush or not.  On RISC-V it has an
 * SFENCE.VMA.
 *
 * Any host will do that is little-endian and has pointers of 32 or 64 bits.  A
 * kernel of 32 bits (PAE) reads 64-bit entries by halves, see pml_word(): a walk
 * without a lock needs that whoever changes an entry in use does it with
 * pml_store_entry(), or by way of an entry that is not present.
 *
 * Glossary, kept to in every file:
 *
 *	va, pa		virtual (linear) and physical address.  With nested
 *			paging: gva -> gpa -> hpa, where each pa is the next va.
 *	table		a page of entries.  The root is the table that a
 *			control register refers to.
 *	level		of a table and of its entries: 1 is the last (page
 *			table entries), the root's is the format's `levels`.
 *	entry, slot	the value, and the place where it is.
 *	leaf		an entry that maps memory, at any level.
 *	present		the processor uses the entry.
 *	hole		an entry of zero; also a run of them.
 *	rights		r, w, x, u: what is allowed, after all levels.
 *	last		the last address of a range, included in it; so a range
 *			may end at the top of the address space.
 *
 * All functions are static inline, need no library and call nothing but the
 * space's `at` and, to change tables, the editor's ops.  (Clang copies a struct
 * by memcpy() on some hosts, and on x86 of 32 bits without optimisation; any
 * freestanding program has to have that.)
 *
 * Where the compiler sees the space made, with a format of formats.h and an
 * `at` that is PML_INLINE and known not to be NULL, a walk becomes what one
 * would write by hand for that format (tests/bench).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_PML_H
#define PML_PML_H

#include <pml/format.h>
#include <pml/formats.h>

#include <pml/cursor.h>
#include <pml/for-each.h>
#include <pml/map.h>
#include <pml/mirror.h>
#include <pml/nested.h>
#include <pml/translate.h>

#include <pml/regs-arm64.h>
#include <pml/regs-riscv.h>
#include <pml/regs-x86.h>

#include <pml/access-arm64.h>
#include <pml/access-riscv.h>
#include <pml/access-x86-2d.h>
#include <pml/access-x86.h>

#endif
