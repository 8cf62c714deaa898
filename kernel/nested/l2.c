/*
 * mode=svm-stop: a guest for the debugger to stop in.  Its tables and the
 * nested ones are made by the core, the guest's through the nested ones.  Each
 * page of its memory begins with its own address in the host's memory, which
 * the guest reads at every gva; then it goes to pmapk_l2_stop.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "machine/x86.h"
#include "nested/nested.h"
#include "nested/svm.h"
#include "space.h"

#define MB		(1UL << 20)
#define BLOCKS		4		/* of 2 MiB, scattered over the host's memory */
#define TABLE_GPA	0x40000UL	/* the guest's tables, from here on */
#define CODE_GPA	0x3000000UL

extern const char pmapk_l2_page[], pmapk_l2_read[], pmapk_l2_stop[];

static uint64_t block[BLOCKS], next_table = TABLE_GPA;
static struct pml_space nested_space;
static struct pml_nested guest;

static bool host_alloc(void *ctx, int level, uint64_t *pa_ret)
{
	(void)ctx;
	(void)level;
	*pa_ret = page_alloc(1, 1);
	if (*pa_ret)
		memset(kaddr(*pa_ret), 0, PGSIZE);
	return *pa_ret;
}

static bool guest_alloc(void *ctx, int level, uint64_t *pa_ret)
{
	(void)ctx;
	(void)level;
	*pa_ret = next_table;
	next_table += PGSIZE;
	memset((void *)pml_nested_at(&guest, *pa_ret, PGSIZE), 0, PGSIZE);
	return true;
}

/* Nobody but this CPU, and no guest yet. */
static uint64_t store(void *ctx, const struct pml_change *change)
{
	uint64_t old = *(uint64_t *)change->slot;

	(void)ctx;
	*(uint64_t *)change->slot = change->raw;
	return old;
}

static const struct pml_ops host_ops = { .alloc = host_alloc, .store = store };
static const struct pml_ops guest_ops = { .alloc = guest_alloc, .store = store };

static void map(const struct pml_space *space, const struct pml_ops *ops,
		uint64_t va, uint64_t size, uint64_t pa, unsigned int rights,
		int max_level)
{
	const struct pml_editor ed = { .space = space, .ops = ops };
	const struct pml_attr attr = {
		.rights = PML_R | rights, .max_level = max_level,
		.accessed = true, .dirty = true,
	};
	int status = pml_map(&ed, va, va + size - 1, pa, &attr, 0, NULL);

	if (status)
		panic("cannot map %lx: %d", va, status);
}

/* What the guest has for memory: 4 KiB pages in reverse, 2 MiB, 4 KiB of which
 * half is read-only, nothing, and 2 MiB that is not to be executed. */
static void make_host(void)
{
	const unsigned int all = PML_W | PML_X | PML_U;
	const struct pml_space *s = &nested_space;
	uint64_t root;

	if (!host_alloc(NULL, 0, &root))
		panic("no memory");
	nested_space = space_of(rcr3());
	nested_space.fmt = pml_npt_format(nested_space.fmt);
	nested_space.root = root;
	for (unsigned int i = 0; i < BLOCKS; i++) {
		page_alloc(3, 1);	/* some distance */
		block[i] = page_alloc(512, 512);
		if (!block[i])
			panic("no memory");
		for (uint64_t pa = block[i]; pa < block[i] + 2 * MB; pa += PGSIZE)
			*(uint64_t *)kaddr(pa) = pa;
	}
	for (uint64_t gpa = 0; gpa < 2 * MB; gpa += PGSIZE)
		map(s, &host_ops, gpa, PGSIZE, block[0] + 2 * MB - PGSIZE - gpa, all, 1);
	map(s, &host_ops, 2 * MB, 2 * MB, block[1], all, 0);
	map(s, &host_ops, 4 * MB, MB, block[2], all, 1);
	map(s, &host_ops, 5 * MB, MB, block[2] + MB, PML_X | PML_U, 1);
	map(s, &host_ops, 8 * MB, 2 * MB, block[3], PML_W | PML_U, 0);
	map(s, &host_ops, CODE_GPA, PGSIZE, paddr(pmapk_l2_page), PML_X | PML_U, 1);
}

/* A program, a heap, and a direct map that is made of 2 MiB pages. */
static void make_guest(void)
{
	const struct pml_space inner = { .fmt = space_of(rcr3()).fmt,
					 .rsvd = nested_space.rsvd };
	const struct pml_space *s = &guest.inner;

	pml_nested_init(&guest, &inner, &nested_space, PML_NPT);
	guest_alloc(NULL, 0, &guest.inner.root);
	map(s, &guest_ops, 0x400000, 64 * PGSIZE, MB, PML_X | PML_U, 1);
	map(s, &guest_ops, 0x800000, 2 * MB, 2 * MB, PML_W | PML_U, 0);
	map(s, &guest_ops, 0xa00000, MB, MB + 2 * MB, PML_W | PML_U, 1);
	map(s, &guest_ops, 0xffff888000000000, 16 * MB, 0, PML_W, 2);
	map(s, &guest_ops, (uint64_t)pmapk_l2_page, PGSIZE, CODE_GPA, PML_X, 1);
}

/* Run from `rip' to the next VMMCALL; its RAX. */
static uint64_t run(const char *rip, uint64_t rdi)
{
	const struct svm_guest g = {
		.n_cr3 = nested_space.root, .cr3 = guest.inner.root,
		.cr0 = rcr0() & ~0x10UL,
		.cr4 = rcr4() & (CR4_PAE | CR4_LA57), .efer = rdmsr(MSR_EFER),
		.rip = (uint64_t)rip,
	};
	const struct vmcb *vmcb = svm_prepare(&g);

	svm_run(rdi);
	if (vmcb->exit_code != SVM_EXIT_VMMCALL)
		panic("the guest ended with exit %lx, %lx, %lx at %lx",
		      vmcb->exit_code, vmcb->exit_info1, vmcb->exit_info2,
		      vmcb->rip);
	return vmcb->rax;
}

/* Print the product, and have the guest read each page that it can. */
static unsigned int visit(unsigned int *wrong_ret)
{
	struct pml_product p;
	struct pml_product_record r;
	unsigned int pages = 0;

	pml_product_init(&p, &guest, 0, ~0UL);
	while (pml_product_next(&p, &r)) {
		if (r.r.kind != PML_LEAF)
			continue;
		kprintf("l2: leaf %lx-%lx %lx %lx %c%c%c%c\n", r.r.va, r.r.last,
			r.gpa, r.r.pa, r.r.rights & PML_R ? 'r' : '-',
			r.r.rights & PML_W ? 'w' : '-',
			r.r.rights & PML_X ? 'x' : '-',
			r.r.rights & PML_U ? 'u' : 's');
		if (r.gpa >> 12 == CODE_GPA >> 12)
			continue;
		/* the guest's tables have no room for a stamp */
		for (uint64_t va = r.r.va; va < r.r.last; va += PGSIZE) {
			uint64_t pa = r.r.pa + (va - r.r.va), gpa = r.gpa + (va - r.r.va);

			if (gpa >= TABLE_GPA && gpa < next_table)
				continue;
			pages++;
			*wrong_ret += run(pmapk_l2_read, va) != pa;
		}
	}
	return pages;
}

void svm_stop_main(void)
{
	unsigned int pages, wrong = 0;

	if (!svm_enable()) {
		kprintf("1..0 # SKIP no SVM with nested paging\n");
		machine_exit(EXIT_PASS);
	}
	make_host();
	make_guest();
	kprintf("l2: cr3 %lx ncr3 %lx\n", guest.inner.root, nested_space.root);
	pages = visit(&wrong);
	kprintf("%sok 1 - the guest reads %u pages, %u wrong\n",
		wrong || !pages ? "not " : "", pages, wrong);
	kprintf("l2: ready\n");
	run(pmapk_l2_stop, 0);
	kprintf("1..1\n# %u passed, %u failed\n", !wrong, !!wrong);
	machine_exit(wrong ? EXIT_FAIL : EXIT_PASS);
}
