/*
 * The core on a host of 32 bits: maps, walks, changes and unmaps pages of PAE's
 * 64-bit entries in memory of its own.  Built by freestanding.sh without a
 * library; the exit status says which step was wrong.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#define TABLES	8

static _Alignas(4096) unsigned char memory[TABLES][4096];
static unsigned used = 1;	/* the first is the root */

static const void *at(void *ctx, uint64_t pa, size_t size)
{
	(void)ctx;
	(void)size;
	return pa >> 12 < TABLES ? &memory[pa >> 12][pa & 4095] : NULL;
}

static bool alloc(void *ctx, int level, uint64_t *pa_ret)
{
	(void)ctx;
	(void)level;
	if (used == TABLES)
		return false;
	*pa_ret = used++ << 12;
	return true;
}

static void release(void *ctx, int level, uint64_t pa)
{
	(void)ctx;
	(void)level;
	(void)pa;
}

/* A processor sets D in the low half, just before an exchange. */
static uint64_t store(void *ctx, const struct pml_change *change)
{
	(void)ctx;
	if (change->exchange && (change->old & PML_X86_RW))
		*(uint32_t *)change->slot |= PML_X86_D;
	return pml_store_entry(&pml_x86_pae, change);
}

static const struct pml_ops ops = {
	.alloc = alloc, .free = release, .store = store
};

static int run(void)
{
	struct pml_space space = { .fmt = &pml_x86_pae, .at = at };
	struct pml_editor ed = { .space = &space, .ops = &ops, .free_level = 2 };
	struct pml_attr attr = { .rights = PML_R | PML_W, .max_level = 1 };
	struct pml_pending pending;
	struct pml_cursor c;
	struct pml_record r;
	struct pml_target t;
	unsigned pages = 0;

	pml_pending_init(&pending);
	if (pml_map(&ed, 0xc0000000, 0xc00fffff, 0xf12300000, &attr, 0, &pending))
		return 1;
	if (!pml_translate(&space, 0xc0012345, &t, NULL) ||
	    t.pa != 0xf12312345 || t.rights != (PML_R | PML_W))
		return 2;
	pml_cursor_init(&c, &space, 0, 0xffffffff, 0);
	while (pml_next(&c, &r))
		pages += r.kind == PML_LEAF && r.pa >> 32 == 0xf;
	if (pages != 256)
		return 3;
	if (pml_protect(&ed, 0xc0000000, 0xc0000fff, PML_R, 0, &pending) ||
	    !pml_translate(&space, 0xc0000000, &t, NULL) ||
	    t.rights != PML_R || !(t.raw & PML_X86_D) || t.pa != 0xf12300000)
		return 4;
	if (pml_map(&ed, 0xc0000000, 0xc0000fff, 0x800001000, &attr,
		    PML_REPLACE, &pending) ||
	    !pml_translate(&space, 0xc0000fff, &t, NULL) || t.pa != 0x800001fff)
		return 5;
	if (pml_unmap(&ed, 0xc0000000, 0xc00fffff, 0, &pending) ||
	    pml_translate(&space, 0xc0000000, &t, NULL) || !pending.flush ||
	    pending.freed.chain[1].count != 1)
		return 6;
	return 0;
}

__attribute__((force_align_arg_pointer)) void _start(void);
void _start(void)
{
	__asm__ volatile("int $0x80" : : "a"(1), "b"(run()));
	for (;;)
		;
}
