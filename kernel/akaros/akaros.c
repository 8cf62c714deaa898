/*
 * The adapter: what a kernel with an interface of its own, and with two tables
 * side by side, has to write to use the core.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

/* The core's, before akaros.h takes the name. */
static int core_for_each(const struct pml_space *space, uint64_t first,
			 uint64_t last, pml_visit_fn *visit, void *arg)
{
	return pml_for_each(space, first, last, visit, arg);
}

#include "akaros/akaros.h"
#include "kernel.h"
#include "machine/x86.h"
#include "space.h"

#define SHIFT_OF(level)	(PML1_SHIFT + BITS_PER_PML * ((level) - 1))

/* 0 if it is the shift of no level. */
static int level_of(int shift)
{
	int level = (shift - PML1_SHIFT) / BITS_PER_PML + 1;

	return level >= 1 && level <= 4 && SHIFT_OF(level) == shift ? level : 0;
}

/* ------ what the core needs to know: the space and its memory */

struct pml_space kpt_space(const kpte_t *pml)
{
	struct pml_space space = space_of(paddr(pml));

	space.fmt = &pml_x86_64_4;
	return space;
}

/* For entries only: its tables are found through the KPT's. */
struct pml_space ept_space(void)
{
	return (struct pml_space){
		.fmt = &pml_ept_4,
		.rsvd = pml_x86_rsvd_above(cpu.phys_bits),
	};
}

static bool alloc_pair(void *ctx, int level, uint64_t *pa_ret)
{
	(void)ctx;
	(void)level;
	*pa_ret = page_alloc(2, 1);
	if (!*pa_ret)
		return false;
	memset(kaddr(*pa_ret), 0, 2 * PGSIZE);
	return true;
}

static void free_pair(void *ctx, int level, uint64_t pa)
{
	(void)ctx;
	(void)level;
	page_free(pa, 2);
}

/* The EPT's entry beside one of the KPT.  What user mode may not use, a guest
 * may not either: such pages are mapped, but not present. */
uint64_t kpt_ept_entry(int level, enum pml_kind kind, uint64_t pa,
		       unsigned int rights)
{
	struct pml_space space = ept_space();
	struct pml_attr attr = {
		.rights = rights & PML_U ? rights & (PML_R | PML_W | PML_X) : 0,
		.memtype = EPT_WRITE_BACK,
	};
	uint64_t raw;

	if (kind == PML_HOLE)
		return 0;
	if (kind == PML_TABLE)
		return pml_compose_table(&space, level, pa + PGSIZE,
					 PML_R | PML_W | PML_X);
	pml_compose_leaf(&space, level, pa, &attr, &raw);
	return raw;
}

/* Both halves.  Addresses that no guest has, have no EPT entries. */
static uint64_t store_pair(void *ctx, const struct pml_change *change)
{
	uint64_t old = pml_store_entry(&pml_x86_64_4, change), ept;

	(void)ctx;
	if (change->va >= ULIM)
		return old;
	ept = kpt_ept_entry(change->level, change->kind, change->pa,
			    change->rights);
	if (change->kind == PML_LEAF || change->kind == PML_NONPRESENT)
		ept |= (change->raw & PTE_A ? PML_EPT_A : 0) |
		       (change->raw & PTE_D ? PML_EPT_D : 0);
	ept = __atomic_exchange_n(kpte_to_epte(change->slot), ept,
				  __ATOMIC_ACQ_REL);
	if (change->exchange && pml_is_leaf(&pml_x86_64_4.level[change->level], old))
		old |= (ept & PML_EPT_A ? PTE_A : 0) |
		       (ept & PML_EPT_D ? PTE_D : 0);
	return old;
}

static const struct pml_ops pair_ops = { alloc_pair, free_pair, store_pair };

/* Kernel tables are shared by all address spaces and stay. */
static struct pml_editor editor(const struct pml_space *space, uintptr_t va)
{
	return (struct pml_editor){
		.space = space, .ops = &pair_ops, .free_level = va < ULIM ? 3 : 0,
	};
}

/* With CR4.PGE toggled, global pages go, too. */
void tlb_flush_global(void)
{
	uint64_t cr4 = rcr4();

	wcr4(cr4 & ~CR4_PGE);
	wcr4(cr4);
}

/* ------ the interface */

static int add_tables(kpte_t *pml, uintptr_t first, uintptr_t last, int level)
{
	struct pml_space space = kpt_space(pml);
	struct pml_editor ed = editor(&space, first);

	return pml_add_tables(&ed, first & ~(PGSIZE - 1), last | (PGSIZE - 1),
			      level);
}

kpte_t *pml_walk(kpte_t *pml, uintptr_t va, int flags)
{
	struct pml_space space = kpt_space(pml);
	int level = level_of(flags & PG_WALK_SHIFT_MASK), status;
	struct pml_target target;
	struct pml_steps steps;

	if (!level)
		return NULL;
	if ((flags & PG_WALK_CREATE) && level < 4) {
		status = add_tables(pml, va, va, level);
		if (status && status != PML_EEXIST)
			return NULL;
	}
	pml_translate(&space, va, &target, &steps);
	for (int i = 0; i < steps.count; i++)
		if (steps.step[i].level == level ||
		    steps.step[i].kind == PML_LEAF)
			return kaddr(steps.step[i].slot_pa);
	return NULL;
}

struct for_each_call {
	kpte_cb_t callback;
	void *arg;
};

static int visit_slot(const struct pml_record *r, bool whole, void *arg)
{
	const struct for_each_call *call = arg;

	return call->callback((kpte_t *)r->slot, pml_record_base(r), r->shift,
			      whole, call->arg);
}

int pml_for_each(kpte_t *pml, uintptr_t start, size_t len, kpte_cb_t callback,
		 void *arg)
{
	struct pml_space space = kpt_space(pml);
	struct for_each_call call = { callback, arg };

	if (!len)
		return 0;
	return core_for_each(&space, start, start + len - 1, visit_slot, &call);
}

static int attr_of_perm(int perm, int pml_shift, struct pml_attr *attr_ret)
{
	int level = level_of(pml_shift), max = level_of(arch_max_jumbo_page_shift());

	if (!level || level == 4 || (perm & ~0xfff) || (perm & PTE_PS) ||
	    (!(perm & PTE_P) && (perm & PTE_PERM)))
		return PML_EINVAL;
	*attr_ret = (struct pml_attr){
		.memtype = perm >> 3 & 3,
		.global = perm & PTE_G,
		.accessed = perm & PTE_A,
		.dirty = perm & PTE_D,
		.soft = perm & 0xe00,
		.max_level = level < max ? level : max,
	};
	if (perm & PTE_P)
		attr_ret->rights = PML_R | PML_X | (perm & PTE_W ? PML_W : 0) |
				   (perm & PTE_U ? PML_U : 0);
	return PML_OK;
}

int map_segment(pgdir_t pgdir, uintptr_t va, size_t size, physaddr_t pa,
		int perm, int pml_shift)
{
	struct pml_space space = kpt_space(pgdir_get_kpt(pgdir));
	struct pml_editor ed = editor(&space, va);
	struct pml_attr attr;
	int status = attr_of_perm(perm, pml_shift, &attr);

	if (status || !size)
		return status;
	return pml_map(&ed, va, va + size - 1, pa, &attr, 0, NULL);
}

/* The order that hardware needs: unlink, flush, free. */
static int unmap(kpte_t *pml, uintptr_t first, uintptr_t last)
{
	struct pml_space space = kpt_space(pml);
	struct pml_editor ed = editor(&space, first);
	struct pml_pending pending;
	int status;

	pml_pending_init(&pending);
	status = pml_unmap(&ed, first & ~(PGSIZE - 1), last | (PGSIZE - 1), 0,
			   &pending);
	if (pending.flush)
		tlb_flush_global();
	pml_release(&ed, &pending);
	return status;
}

int unmap_segment(pgdir_t pgdir, uintptr_t va, size_t size)
{
	if (!size)
		return 0;
	return unmap(pgdir_get_kpt(pgdir), va, va + size - 1);
}

int kpt_free_tables(kpte_t *pml, uintptr_t first, uintptr_t last)
{
	struct pml_space space = kpt_space(pml);
	struct pml_editor ed = editor(&space, first);

	return pml_free_tables(&ed, first, last, false);
}

pte_t pgdir_walk(pgdir_t pgdir, const void *va, int create)
{
	return pml_walk(pgdir_get_kpt(pgdir), (uintptr_t)va,
			PML1_SHIFT | (create ? PG_WALK_CREATE : 0));
}

int get_va_perms(pgdir_t pgdir, const void *va)
{
	struct pml_space space = kpt_space(pgdir_get_kpt(pgdir));
	struct pml_target target;

	if (!pml_translate(&space, (uintptr_t)va, &target, NULL))
		return 0;
	return PTE_P | (target.rights & PML_W ? PTE_W : 0) |
	       (target.rights & PML_U ? PTE_U : 0);
}

int pagetable_remove(pgdir_t pgdir, void *va)
{
	const kpte_t *kpte = pgdir_walk(pgdir, va, 0);

	if (kpte && *kpte)
		return PML_EEXIST;
	return unmap(pgdir_get_kpt(pgdir), (uintptr_t)va, (uintptr_t)va);
}

int arch_max_jumbo_page_shift(void)
{
	return cpu.page1gb ? PML3_SHIFT : PML2_SHIFT;
}

int arch_add_intermediate_pts(pgdir_t pgdir, uintptr_t va, size_t len)
{
	if (!len)
		return 0;
	return add_tables(pgdir_get_kpt(pgdir), va, va + len - 1, 3);
}
