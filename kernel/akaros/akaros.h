/*
 * The page-table interface of the kernel that pmap grew from, Akaros, on top
 * of the core: the same names, arguments and layout.  Every page table is a
 * pair of adjacent pages: the lower one is the kernel's page table (KPT), the
 * upper one is Intel's EPT for the same addresses, as far as user mode may use
 * them, so that a guest's physical addresses are its process's virtual ones.
 *
 * What is different: nothing is done when an argument is wrong or memory is
 * short, and the functions say so, with 0 for success or a negative enum
 * pml_status.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_AKAROS_H
#define KERNEL_AKAROS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The core has a function of this name, too; behind this line it is ours. */
#include <pml/pml.h>
#define pml_for_each kpt_for_each

#include "akaros/layout.h"

typedef uint64_t kpte_t;
typedef uint64_t epte_t;
typedef kpte_t *pte_t;
typedef uint64_t physaddr_t;

typedef struct {
	kpte_t *kpte;
	uint64_t eptp;
} pgdir_t;

struct proc {
	pgdir_t env_pgdir;
};

#define PTE_P		0x001
#define PTE_W		0x002
#define PTE_U		0x004
#define PTE_PWT		0x008
#define PTE_PCD		0x010
#define PTE_A		0x020
#define PTE_D		0x040
#define PTE_PS		0x080
#define PTE_PAT		0x080		/* at PML1 */
#define PTE_G		0x100
#define PTE_JPAT	0x1000		/* of a jumbo page */
#define PTE_NOCACHE	(PTE_PWT | PTE_PCD)
#define PTE_WRITECOMB	PTE_PCD
#define PTE_PERM	(PTE_P | PTE_W | PTE_U)
#define PTE_KERN_RW	(PTE_P | PTE_W)
#define PTE_KERN_RO	PTE_P
#define PTE_USER_RW	(PTE_P | PTE_W | PTE_U)
#define PTE_USER_RO	(PTE_P | PTE_U)
#define PTE_NONE	0

#define EPT_WRITE_BACK	6		/* memory type of EPT leaves and of the EPTP */

#define PG_WALK_SHIFT_MASK	0x00ff	/* the level to stop at, as its shift */
#define PG_WALK_CREATE		0x0100

typedef int (*kpte_cb_t)(kpte_t *kpte, uintptr_t kva, int pml_shift,
			 bool visited_subs, void *arg);
typedef int (*mem_walk_callback_t)(struct proc *p, pte_t pte, void *va,
				   void *arg);

extern pgdir_t boot_pgdir;
extern physaddr_t boot_cr3;
extern struct proc *current;

/* The half of the pair that is Intel's. */
static inline epte_t *kpte_to_epte(kpte_t *kpte)
{
	return (epte_t *)((char *)kpte + PGSIZE);
}

static inline kpte_t *pgdir_get_kpt(pgdir_t pgdir)
{
	return pgdir.kpte;
}

/* akaros.c: one address space */

/* The entry for va at the level that flags ask for, or the jumbo page above
 * it; NULL if there is none.  It may be empty.  With PG_WALK_CREATE, tables
 * are made. */
kpte_t *pml_walk(kpte_t *pml, uintptr_t va, int flags);

/* Every slot that [start, start + len) touches, children before their parent,
 * rounded outward to whole pages.  A recursive slot is one slot. */
int pml_for_each(kpte_t *pml, uintptr_t start, size_t len, kpte_cb_t callback,
		 void *arg);

/* Map [va, va + size) to [pa, pa + size), where nothing is mapped, with pages
 * of 1 << pml_shift at most.  No PTE_P in perm: mapped, but not present. */
int map_segment(pgdir_t pgdir, uintptr_t va, size_t size, physaddr_t pa,
		int perm, int pml_shift);

/* Unmap [va, va + size), rounded outward to whole pages, also what is not
 * present; jumbo pages are split.  Below ULIM, tables that become empty are
 * freed, after the TLB was flushed. */
int unmap_segment(pgdir_t pgdir, uintptr_t va, size_t size);

pte_t pgdir_walk(pgdir_t pgdir, const void *va, int create);
int get_va_perms(pgdir_t pgdir, const void *va);

/* Free the tables on the way to va that hold nothing.  PML_EEXIST if va is
 * mapped. */
int pagetable_remove(pgdir_t pgdir, void *va);

int arch_max_jumbo_page_shift(void);
int arch_add_intermediate_pts(pgdir_t pgdir, uintptr_t va, size_t len);

/* proc.c: processes and the boot address space */

/* Calls back for the slots of existing PML1s.  PML_EINVAL if start or len is
 * not of whole pages, or there is a jumbo page, which callbacks cannot tell. */
int env_user_mem_walk(struct proc *p, void *start, size_t len,
		      mem_walk_callback_t callback, void *arg);
int env_pagetable_free(struct proc *p);

/* A guest's virtual address, through the guest's tables at cr3 in the memory of
 * its process: 0 and *gpa_ret, or negative. */
int gva2gpa(struct proc *p, uintptr_t cr3, uintptr_t gva, uintptr_t *gpa_ret);

int arch_pgdir_setup(pgdir_t boot_copy, pgdir_t *new_pd);
physaddr_t arch_pgdir_get_cr3(pgdir_t pd);
void arch_pgdir_clear(pgdir_t *pd);
void vm_init(void);
void x86_cleanup_bootmem(void);

/* debug.c */

/* NULL: what CR3 says. */
void debug_print_pgdir(kpte_t *pgdir);

/* How many slots of current's KPT and EPT do not say the same. */
int debug_check_kpt_ept(void);

/* check.c */
void page_check(void);

/* Between the files. */
struct pml_space kpt_space(const kpte_t *pml);
struct pml_space ept_space(void);
uint64_t kpt_ept_entry(int level, enum pml_kind kind, uint64_t pa,
		       unsigned int rights);
int kpt_free_tables(kpte_t *pml, uintptr_t first, uintptr_t last);
void tlb_flush_global(void);

#endif
