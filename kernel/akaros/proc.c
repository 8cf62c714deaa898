/*
 * Address spaces as a whole: the kernel's own, a process's, a guest's.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "akaros/akaros.h"
#include "kernel.h"
#include "machine/x86.h"
#include "space.h"

#define MSR_VMX_EPT_VPID_CAP	0x48c
#define EPT_CAP_AD		(1UL << 21)
#define EPTP_AD			(1UL << 6)

#define LAYOUT(name, value) \
	_Static_assert((name) == (value), #name " moved")

LAYOUT(KERN_LOAD_ADDR, 0xffffffffc0000000);
LAYOUT(IOAPIC_BASE, 0xffffffffbff00000);
LAYOUT(VPT_TOP, 0xffffff0000000000);
LAYOUT(VPT, 0xfffffe8000000000);
LAYOUT(KERN_VMAP_TOP, 0xfffffe8000000000);
LAYOUT(KERNBASE, 0xffff800000000000);
LAYOUT(ULIM, 0x0000800000000000);
LAYOUT(UVPT, 0x00007f8000000000);
LAYOUT(UGINFO, 0x00007f7fffe00000);
LAYOUT(UINFO, 0x00007f7fffc00000);
LAYOUT(UWLIM, 0x00007f7fffc00000);
LAYOUT(UDATA, 0x00007f7fffa00000);
LAYOUT(UGDATA, 0x00007f7fff9ff000);
LAYOUT(UMAPTOP, 0x00007f7fff9ff000);
LAYOUT(USTACKTOP, 0x00007f7fff9ff000);
LAYOUT(BRK_END, 0x0000400000000000);
/* What else the code takes for granted. */
LAYOUT(PML4(UVPT), 255);
LAYOUT(PML4(KERNBASE), 256);
LAYOUT(PML4(VPT), 509);
LAYOUT(VPT_TOP - VPT, PML4_PTE_REACH);
LAYOUT(ULIM - UVPT, PML4_PTE_REACH);

extern kpte_t boot_pml4[];		/* linked where it is loaded */

pgdir_t boot_pgdir;
physaddr_t boot_cr3;
struct proc *current;

static void must(int status, const char *what)
{
	if (status)
		panic("vm_init: %s: status %d", what, status);
}

/* The boot tables map the first GiB and the APICs; the rest comes here. */
void vm_init(void)
{
	uint64_t mapped = PML3_PTE_REACH;
	int shift = arch_max_jumbo_page_shift();

	boot_cr3 = (physaddr_t)boot_pml4;
	boot_pgdir = (pgdir_t){ .kpte = kaddr(boot_cr3) };
	if (memory_size > mapped)
		must(map_segment(boot_pgdir, KERNBASE + mapped,
				 memory_size - mapped, mapped,
				 PTE_KERN_RW | PTE_G, shift), "memory");
	must(map_segment(boot_pgdir, IOAPIC_BASE, APIC_SIZE, IOAPIC_PBASE,
			 PTE_NOCACHE | PTE_KERN_RW | PTE_G, shift), "I/O APIC");
	boot_pgdir.kpte[PML4(VPT)] = boot_cr3 | PTE_KERN_RW;
	boot_pgdir.kpte[PML4(UVPT)] = boot_cr3 | PTE_USER_RO;
}

/* After the last CPU has come up: the low memory is only mapped for them. */
void x86_cleanup_bootmem(void)
{
	boot_pgdir.kpte[0] = 0;
	tlb_flush_global();
}

static uint64_t construct_eptp(physaddr_t root)
{
	uint64_t eptp = root | EPT_WRITE_BACK | (4 - 1) << 3;

	if (cpu.vmx && (rdmsr(MSR_VMX_EPT_VPID_CAP) & EPT_CAP_AD))
		eptp |= EPTP_AD;
	return eptp;
}

/* A new address space with the kernel of boot_copy, which must have nothing
 * where processes are. */
int arch_pgdir_setup(pgdir_t boot_copy, pgdir_t *new_pd)
{
	uint64_t pa;
	kpte_t *kpt;

	for (unsigned int i = 0; i < PML4(UVPT); i++)
		if (boot_copy.kpte[i])
			return PML_EEXIST;
	pa = page_alloc(2, 1);
	if (!pa)
		return PML_ENOMEM;
	kpt = kaddr(pa);
	memcpy(kpt, boot_copy.kpte, PGSIZE);
	memset(kpte_to_epte(kpt), 0, PGSIZE);
	kpt[PML4(VPT)] = pa | PTE_KERN_RW;
	kpt[PML4(UVPT)] = pa | PTE_USER_RO;
	*new_pd = (pgdir_t){ .kpte = kpt, .eptp = construct_eptp(pa + PGSIZE) };
	return PML_OK;
}

physaddr_t arch_pgdir_get_cr3(pgdir_t pd)
{
	return paddr(pd.kpte);
}

void arch_pgdir_clear(pgdir_t *pd)
{
	*pd = (pgdir_t){ 0 };
}

/* The pages that were mapped stay their owners'. */
int env_pagetable_free(struct proc *p)
{
	kpte_t *kpt = pgdir_get_kpt(p->env_pgdir);
	int status;

	if (arch_pgdir_get_cr3(p->env_pgdir) == (rcr3() & PML_X86_ADDR))
		return PML_EINVAL;
	tlb_flush_global();
	status = kpt_free_tables(kpt, 0, UVPT - 1);
	if (status)
		return status;
	page_free(paddr(kpt), 2);
	arch_pgdir_clear(&p->env_pgdir);
	return PML_OK;
}

struct mem_walk {
	struct proc *p;
	mem_walk_callback_t callback;
	void *arg;
};

static int walk_slot(kpte_t *kpte, uintptr_t kva, int shift, bool visited_subs,
		     void *arg)
{
	const struct mem_walk *walk = arg;

	(void)visited_subs;
	if (shift != PML1_SHIFT)
		return (*kpte & PTE_P) && (*kpte & PTE_PS) ? PML_EINVAL : 0;
	return walk->callback(walk->p, kpte, (void *)kva, walk->arg);
}

int env_user_mem_walk(struct proc *p, void *start, size_t len,
		      mem_walk_callback_t callback, void *arg)
{
	struct mem_walk walk = { p, callback, arg };
	uintptr_t va = (uintptr_t)start;

	if (va % PGSIZE || len % PGSIZE || va + len < va || va + len > ULIM)
		return PML_EINVAL;
	return pml_for_each(pgdir_get_kpt(p->env_pgdir), va, len, walk_slot,
			    &walk);
}

/* A guest's memory is what its process has mapped for user mode. */
static const void *guest_at(void *ctx, uint64_t gpa, size_t size)
{
	const struct pml_space *process = ctx;
	struct pml_target target;

	if (gpa >= UVPT || !pml_translate(process, gpa, &target, NULL) ||
	    !(target.rights & PML_U))
		return NULL;
	return process->at(process->ctx, target.pa, size);
}

int gva2gpa(struct proc *p, uintptr_t cr3, uintptr_t gva, uintptr_t *gpa_ret)
{
	struct pml_space process = kpt_space(pgdir_get_kpt(p->env_pgdir));
	struct pml_space guest = {
		.fmt = &pml_x86_64_4, .root = cr3, .at = guest_at,
		.ctx = &process,
	};
	struct pml_target target;

	if (!pml_translate(&guest, gva, &target, NULL))
		return target.kind == PML_UNREADABLE ? PML_EUNREADABLE
						     : PML_EINVAL;
	*gpa_ret = target.pa;
	return PML_OK;
}
