/*
 * Looking at page tables from inside.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "akaros/akaros.h"
#include "kernel.h"
#include "machine/x86.h"

#define REPORTS	10

static const char *const kinds[] = {
	[PML_NONPRESENT] = " (not present)", [PML_LEAF] = "",
	[PML_TABLE] = " (table)", [PML_RESERVED] = " (reserved bits)",
	[PML_RECURSIVE] = " (recursive)", [PML_UNREADABLE] = " (unreadable)",
};

/* All slots that are not empty, parents before children. */
void debug_print_pgdir(kpte_t *pgdir)
{
	struct pml_space space;
	struct pml_cursor c;
	struct pml_record r;

	if (!pgdir)
		pgdir = kaddr(rcr3() & PML_X86_ADDR);
	space = kpt_space(pgdir);
	kprintf("# page tables at %p\n", (void *)pgdir);
	pml_cursor_init(&c, &space, 0, pml_top(space.fmt), PML_PRE | PML_EACH);
	while (pml_next(&c, &r)) {
		if (r.kind == PML_HOLE || r.kind == PML_NONCANONICAL)
			continue;
		kprintf("# ");
		for (int level = r.level; level < space.fmt->levels; level++)
			kprintf("  ");
		kprintf("%016lx: %016lx, shift %u%s%s\n", r.va, r.raw, r.shift,
			kinds[r.kind],
			r.kind == PML_LEAF && r.level > 1 ? " (jumbo)" : "");
	}
}

/* What the EPT should have beside this slot. */
static epte_t expected_epte(const struct pml_space *space,
			    const struct pml_record *r)
{
	struct pml_attr attr;

	switch (r->kind) {
	case PML_TABLE:
		return kpt_ept_entry(r->level, PML_TABLE, r->pa, 0);
	case PML_LEAF:
	case PML_NONPRESENT:
		pml_leaf_attr(space, r->level, r->raw, &attr);
		return kpt_ept_entry(r->level, r->kind,
				     pml_leaf_pa(space, r->level, r->raw),
				     attr.rights);
	default:
		return 0;
	}
}

int debug_check_kpt_ept(void)
{
	struct pml_space space;
	struct pml_cursor c;
	struct pml_record r;
	int different = 0;

	if (!current)
		return 0;
	space = kpt_space(pgdir_get_kpt(current->env_pgdir));
	pml_cursor_init(&c, &space, 0, UVPT - 1, PML_PRE | PML_EACH);
	while (pml_next(&c, &r)) {
		epte_t epte = *kpte_to_epte((kpte_t *)r.slot);
		epte_t expected = expected_epte(&space, &r);

		if (!((epte ^ expected) & ~(PML_EPT_A | PML_EPT_D)))
			continue;
		if (different++ < REPORTS)
			kprintf("# kpte %016lx, epte %016lx, should be %016lx: kva %lx shift %u\n",
				r.raw, epte, expected, r.va, r.shift);
	}
	return different;
}
