/*
 * page_check(): the interface of akaros.h at work, on the real processor.
 * Every mistake that the original is known for has a line here.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "akaros/akaros.h"
#include "kernel.h"
#include "lib/tap.h"
#include "machine/trap.h"
#include "machine/x86.h"

#define MB		(1UL << 20)
#define GB		(1UL << 30)
#define VA		0x200000UL	/* where most of it happens */
#define SHIFT_4K	PML1_SHIFT
#define SHIFT_2M	PML2_SHIFT

static struct proc proc;
static pgdir_t pd;
static uint64_t frame;			/* 2 MiB of memory, 2 MiB aligned */

/* ------ touching memory */

static unsigned int touch(enum probe_how how, uint64_t va, uint64_t *value)
{
	struct probe_access a = {
		.how = how, .va = va, .log_size = 3, .value = *value, .ac = true,
		.code = (uint64_t)probe_page,
	};
	struct probe_result r;

	probe_one(&a, &r);
	*value = r.vector == VEC_DONE ? r.rax : r.error;
	return r.vector;
}

static bool reads(uint64_t va, uint64_t expected)
{
	uint64_t value = 0;

	return touch(PROBE_LOAD, va, &value) == VEC_DONE && value == expected;
}

static bool writes(uint64_t va, uint64_t value)
{
	return touch(PROBE_STORE, va, &value) == VEC_DONE;
}

static bool faults(enum probe_how how, uint64_t va, uint64_t error)
{
	uint64_t value = 0;

	return touch(how, va, &value) == VEC_PF && value == error;
}

static uint64_t *frame_word(uint64_t offset)
{
	return kaddr(frame + offset);
}

static void mark_frames(void)
{
	for (uint64_t offset = 0; offset < PTSIZE; offset += PGSIZE)
		*frame_word(offset) = 0xf00d0000 + offset;
}

static int map(uint64_t va, uint64_t size, uint64_t offset, int perm, int shift)
{
	return map_segment(pd, va, size, frame + offset, perm, shift);
}

/* The tests begin and end with a process that has nothing mapped. */
static bool is_empty(void)
{
	for (unsigned int i = 0; i < PML4(UVPT); i++)
		if (pd.kpte[i] || kpte_to_epte(pd.kpte)[i])
			return false;
	return true;
}

/* ------ the kernel's own address space */

static void check_boot(void)
{
	bool direct = true, rights = true;

	for (uint64_t pa = 0; pa < memory_size && pa < GB; pa += PGSIZE) {
		const void *va = kaddr(pa);
		const kpte_t *kpte = pgdir_walk(boot_pgdir, va, 0);

		direct &= kpte && (*kpte & PML_X86_ADDR & ~(PTSIZE - 1)) ==
			  (pa & ~(PTSIZE - 1));
		rights &= get_va_perms(boot_pgdir, va) == PTE_KERN_RW;
	}
	tap(direct, "the direct map leads to each page of memory");
	tap(rights, "and the kernel alone may write there");
	tap(get_va_perms(boot_pgdir, (void *)IOAPIC_BASE) == PTE_KERN_RW,
	    "the I/O APIC is mapped");
	tap((*pgdir_walk(boot_pgdir, (void *)IOAPIC_BASE, 0) & PTE_NOCACHE) ==
	    PTE_NOCACHE, "uncached");
	tap(*(kpte_t *)(VPT + (IOAPIC_BASE << 16 >> 16 >> 9)) ==
	    *pgdir_walk(boot_pgdir, (void *)IOAPIC_BASE, 0),
	    "the VPT shows its slot");
	tap(get_va_perms(boot_pgdir, (void *)ULIM) == 0 &&
	    !pml_walk(boot_pgdir.kpte, ULIM, PML1_SHIFT) &&
	    !pml_walk(boot_pgdir.kpte, ULIM, PML4_SHIFT),
	    "ULIM is no address, and so no alias of KERNBASE");
}

/* ------ one address space */

static void check_memory_short(void)
{
	size_t before = pages_free();
	bool refused = true;

	for (size_t pages = 0; pages < 6; pages++) {
		page_limit(pages);
		refused &= map(VA, PGSIZE, 0, PTE_USER_RW, SHIFT_4K) == PML_ENOMEM;
		page_limit(-1);
		refused &= is_empty() && pages_free() == before;
	}
	tap(refused, "three tables are three pairs: with less, nothing is mapped");
	page_limit(6);
	tap(map(VA, PGSIZE, 0, PTE_USER_RW, SHIFT_4K) == 0, "with that it is");
	page_limit(0);
	tap(map(VA + PGSIZE, PGSIZE, PGSIZE, PTE_USER_RW, SHIFT_4K) == 0,
	    "its neighbour needs no more tables");
	tap(map(VA + 2 * MB, PGSIZE, 0, PTE_USER_RW, SHIFT_4K) == PML_ENOMEM,
	    "the next 2 MiB do");
	tap(pml_walk(pd.kpte, GB, PML1_SHIFT | PG_WALK_CREATE) == NULL,
	    "a walk that cannot make tables is no walk");
	page_limit(-1);
	tap(unmap_segment(pd, VA, 2 * PGSIZE) == 0 && is_empty() &&
	    pages_free() == before, "unmapped, every page is back");
}

static void check_mapping(void)
{
	pte_t pte;

	map(VA, 2 * PGSIZE, 0, PTE_USER_RW, SHIFT_4K);
	tap(reads(VA, 0xf00d0000) && reads(VA + PGSIZE, 0xf00d1000),
	    "the processor reads what was mapped");
	tap(writes(VA + 8, 42) && *frame_word(8) == 42, "and writes it");
	pte = pgdir_walk(pd, (void *)(VA + PGSIZE), 0);
	tap(pte && (*pte & PML_X86_ADDR) == frame + PGSIZE &&
	    pte == pgdir_walk(pd, (void *)VA, 0) + 1, "pgdir_walk finds the slot");
	tap((pte[-1] & (PTE_A | PTE_D)) == (PTE_A | PTE_D) &&
	    (pte[0] & (PTE_A | PTE_D)) == PTE_A, "which says accessed and dirty");
	tap(map(VA, PGSIZE, 4 * PGSIZE, PTE_USER_RW, SHIFT_4K) == PML_EEXIST &&
	    reads(VA, 0xf00d0000), "a second mapping is refused");
	tap(map(VA + 16 * PGSIZE, PGSIZE, 0, PTE_USER_RO, SHIFT_4K) == 0 &&
	    reads(VA + 16 * PGSIZE, 0xf00d0000), "a second address is not");
	tap(faults(PROBE_STORE, VA + 16 * PGSIZE, PML_X86_PF_P | PML_X86_PF_W),
	    "which is read-only");
	tap(get_va_perms(pd, (void *)(VA + 16 * PGSIZE)) == PTE_USER_RO &&
	    get_va_perms(pd, (void *)VA) == PTE_USER_RW &&
	    get_va_perms(pd, (void *)(VA + 3 * PGSIZE)) == 0,
	    "get_va_perms agrees");
	unmap_segment(pd, VA, PGSIZE);
	tap(faults(PROBE_LOAD, VA, 0) && reads(VA + PGSIZE, 0xf00d1000) &&
	    reads(VA + 16 * PGSIZE, 0xf00d0000), "unmapping takes one away alone");
	unmap_segment(pd, VA + 1, PGSIZE * 16);
	tap(faults(PROBE_LOAD, VA + PGSIZE, 0) && faults(PROBE_LOAD, VA + 16 * PGSIZE, 0) &&
	    is_empty(), "and rounds outward");
}

static void check_refusals(void)
{
	size_t before = pages_free();

	tap(map(VA + 1, PGSIZE, 0, PTE_USER_RW, SHIFT_4K) == PML_EINVAL &&
	    map(VA, PGSIZE + 1, 0, PTE_USER_RW, SHIFT_4K) == PML_EINVAL &&
	    map(VA, PGSIZE, 1, PTE_USER_RW, SHIFT_4K) == PML_EINVAL,
	    "pages are whole");
	tap(map(ULIM - PGSIZE, 2 * PGSIZE, 0, PTE_USER_RW, SHIFT_4K) == PML_EINVAL &&
	    map(ULIM, PGSIZE, 0, PTE_USER_RW, SHIFT_4K) == PML_EINVAL &&
	    map(-PGSIZE, 2 * PGSIZE, 0, PTE_KERN_RW, SHIFT_4K) == PML_EINVAL,
	    "nothing reaches into the hole or around the top");
	tap(map_segment(pd, VA, PGSIZE, 1UL << cpu.phys_bits, PTE_USER_RW, SHIFT_4K) ==
	    PML_EINVAL, "physical addresses have an end");
	tap(map(VA, PGSIZE, 0, PTE_W, SHIFT_4K) == PML_EINVAL &&
	    map(VA, PGSIZE, 0, PTE_U | PTE_W, SHIFT_4K) == PML_EINVAL,
	    "rights without present are refused, before anything is written");
	tap(map(VA, PGSIZE, 0, PTE_USER_RW, 20) == PML_EINVAL &&
	    map(VA, PGSIZE, 0, PTE_USER_RW, PML4_SHIFT) == PML_EINVAL &&
	    !pml_walk(pd.kpte, VA, 20) && !pml_walk(pd.kpte, VA, 0) &&
	    !pml_walk(pd.kpte, VA, 48), "a shift is that of a level");
	tap(map(UVPT, PGSIZE, 0, PTE_USER_RW, SHIFT_4K) == PML_ERECURSIVE &&
	    map(VPT, PGSIZE, 0, PTE_KERN_RW, SHIFT_4K) == PML_ERECURSIVE &&
	    !pml_walk(pd.kpte, VPT, PML1_SHIFT | PG_WALK_CREATE),
	    "page tables are not edited through their window");
	tap(map(VA, 0, 0, PTE_USER_RW, SHIFT_4K) == 0, "nothing is mapped easily");
	tap(is_empty() && pages_free() == before, "and of all that nothing remains");
}

static void check_jumbo(void)
{
	kpte_t *pte;

	map(VA, 2 * MB, 0, PTE_USER_RW, SHIFT_2M);
	pte = pgdir_walk(pd, (void *)(VA + PGSIZE), 1);
	tap(pte == pml_walk(pd.kpte, VA, PML2_SHIFT) && (*pte & PTE_PS) &&
	    reads(VA + 5 * PGSIZE, 0xf00d5000), "2 MiB in one slot");
	tap(map(VA + PGSIZE, 3 * PGSIZE, 0, PTE_USER_RW, SHIFT_4K) == PML_EEXIST &&
	    !pte[1] && !pte[2], "small pages are not put into a jumbo page");
	current = &proc;
	tap(debug_check_kpt_ept() == 0, "the EPT has it, too");
	writes(VA, 7);
	unmap_segment(pd, VA + PGSIZE, PGSIZE);
	tap(faults(PROBE_LOAD, VA + PGSIZE, 0) && reads(VA, 7) &&
	    reads(VA + 2 * PGSIZE, 0xf00d2000) &&
	    reads(VA + 2 * MB - PGSIZE, 0xf00d0000 + 511 * PGSIZE),
	    "4 KiB of it can go, without the rest");
	tap(*pgdir_walk(pd, (void *)VA, 0) & PTE_D, "which stays dirty");
	tap(debug_check_kpt_ept() == 0, "in both tables");
	*frame_word(0) = 0xf00d0000;
	unmap_segment(pd, VA, 2 * MB);
	tap(is_empty(), "all of it can go");
	map(4 * MB, PGSIZE, 0, PTE_USER_RW, SHIFT_4K);
	tap(map(4 * MB, 2 * MB, 0, PTE_USER_RW, SHIFT_2M) == PML_EEXIST &&
	    reads(4 * MB, 0xf00d0000), "a table is not lost under a jumbo page");
	unmap_segment(pd, 4 * MB, PGSIZE);
	tap(map(4 * MB, 2 * MB, 0, PTE_USER_RW, SHIFT_2M) == 0 &&
	    (*pml_walk(pd.kpte, 4 * MB, PML2_SHIFT) & PTE_PS),
	    "once it is empty, there is none");
	unmap_segment(pd, 4 * MB, 2 * MB);
}

static void check_guard_pages(void)
{
	kpte_t *pte;
	size_t before = pages_free();

	map(VA, 4 * PGSIZE, 0, PTE_NONE, SHIFT_4K);
	map_segment(pd, VA + 8 * PGSIZE, PGSIZE, 0, PTE_NONE, SHIFT_4K);
	pte = pgdir_walk(pd, (void *)VA, 0);
	tap(pte && *pte && !(*pte & PTE_P) && faults(PROBE_LOAD, VA, 0),
	    "mapped without rights: there, but not present");
	tap(pte[8] && debug_check_kpt_ept() == 0, "page 0, too; the EPT likewise");
	unmap_segment(pd, VA, 4 * PGSIZE);
	tap(!pte[0] && !pte[3] && !kpte_to_epte(pte)[0], "unmapping clears them");
	unmap_segment(pd, VA, 2 * MB);
	tap(is_empty() && pages_free() == before, "and frees their tables");
}

static void check_tables(void)
{
	size_t before = pages_free();
	kpte_t *pte;

	tap(arch_add_intermediate_pts(pd, 256 * GB, 512 * GB) == 0 &&
	    pd.kpte[0] && pd.kpte[1] && !pd.kpte[2],
	    "tables for 256G to 768G are in slots 0 and 1");
	tap(debug_check_kpt_ept() == 0, "and in the EPT");
	pte = pml_walk(pd.kpte, 256 * GB, PML1_SHIFT | PG_WALK_CREATE);
	tap(pte && !*pte, "a walk makes the tables below");
	tap(pagetable_remove(pd, (void *)(256 * GB)) == 0 && !pd.kpte[0],
	    "pagetable_remove takes those that are empty");
	map(VA, PGSIZE, 0, PTE_USER_RW, SHIFT_4K);
	tap(pagetable_remove(pd, (void *)VA) == PML_EEXIST &&
	    reads(VA, 0xf00d0000), "but not those of a page");
	*pml_walk(pd.kpte, GB, PML3_SHIFT) = 0x1230 & ~PTE_P;
	tap(pml_walk(pd.kpte, GB, PML1_SHIFT | PG_WALK_CREATE) == NULL &&
	    *pml_walk(pd.kpte, GB, PML3_SHIFT) == 0x1230,
	    "what software keeps in an entry is not overwritten");
	*pml_walk(pd.kpte, GB, PML3_SHIFT) = 0;
	unmap_segment(pd, VA, PGSIZE);
	unmap_segment(pd, 512 * GB, PGSIZE);
	tap(is_empty() && pages_free() == before, "nothing is left behind");
}

static void check_ept(void)
{
	kpte_t *pte;

	map(VA, PGSIZE, 0, PTE_USER_RW, SHIFT_4K);
	map(VA + PGSIZE, PGSIZE, PGSIZE, PTE_USER_RO, SHIFT_4K);
	map(VA + 2 * PGSIZE, PGSIZE, 2 * PGSIZE, PTE_KERN_RW, SHIFT_4K);
	pte = pgdir_walk(pd, (void *)VA, 0);
	tap(kpte_to_epte(pte)[0] == (frame | 0x37) &&
	    kpte_to_epte(pte)[1] == ((frame + PGSIZE) | 0x35) &&
	    kpte_to_epte(pte)[2] == ((frame + 2 * PGSIZE) | 0x30),
	    "the EPT has RWX, R-X and, for the kernel's, nothing; write-back");
	tap((kpte_to_epte(pd.kpte)[0] & ~7UL) ==
	    (pd.kpte[0] & PML_X86_ADDR) + PGSIZE, "its tables are the upper halves");
	tap(debug_check_kpt_ept() == 0, "the two agree");
	kpte_to_epte(pte)[1] ^= PML_EPT_W;
	tap(debug_check_kpt_ept() == 1, "one difference is found");
	kpte_to_epte(pte)[1] ^= PML_EPT_W;
	unmap_segment(pd, VA, 3 * PGSIZE);
	tap(is_empty(), "and both are empty in the end");
}

/* ------ walks */

struct visits {
	unsigned int count, whole;
	uintptr_t kva[4];
	int shift[4];
	bool visited[4];		/* of the last four */
};

static int count_slot(kpte_t *kpte, uintptr_t kva, int shift, bool visited_subs,
		      void *arg)
{
	struct visits *v = arg;
	unsigned int n = v->count++ % 4;

	(void)kpte;
	v->whole += visited_subs;
	v->kva[n] = kva;
	v->shift[n] = shift;
	v->visited[n] = visited_subs;
	return 0;
}

static int stop_at(kpte_t *kpte, uintptr_t kva, int shift, bool visited_subs,
		   void *arg)
{
	(void)kpte;
	(void)visited_subs;
	return shift == PML1_SHIFT && kva == *(uintptr_t *)arg ? 77 : 0;
}

static void check_for_each(void)
{
	struct visits v = { 0 };
	uintptr_t stop = VA + 3 * PGSIZE;

	pml_for_each(pd.kpte, 0, UVPT, count_slot, &v);
	tap(v.count == 255, "an empty space has 255 slots below UVPT");
	map(VA, PGSIZE, 0, PTE_USER_RW, SHIFT_4K);
	v = (struct visits){ 0 };
	pml_for_each(pd.kpte, 0, UVPT, count_slot, &v);
	tap(v.count == 255 + 3 * 512 && v.whole == 3,
	    "with one page there are three tables more, all visited");
	v = (struct visits){ 0 };
	pml_for_each(pd.kpte, VA, PGSIZE, count_slot, &v);
	tap(v.count == 4 && v.shift[0] == 12 && v.shift[3] == 39 &&
	    v.kva[0] == VA && v.kva[1] == VA && v.kva[2] == 0 && !v.whole,
	    "children come before their parents, a part is not the whole");
	tap(pml_for_each(pd.kpte, 0, UVPT, stop_at, &stop) == 77,
	    "a callback can stop the walk");
	v = (struct visits){ 0 };
	tap(pml_for_each(pd.kpte, -PGSIZE, PGSIZE, count_slot, &v) == 0 && v.count,
	    "the last page can be visited");
	tap(pml_for_each(pd.kpte, -PGSIZE, 2 * PGSIZE, count_slot, &v) < 0,
	    "and not what would be behind it");
	v = (struct visits){ 0 };
	pml_for_each(pd.kpte, ULIM - PGSIZE, KERNBASE - ULIM + 2 * PGSIZE,
		     count_slot, &v);
	tap(v.kva[(v.count - 1) % 4] >> 47 == 0x1ffff,
	    "behind the hole, addresses are canonical");
	v = (struct visits){ 0 };
	pml_for_each(pd.kpte, VPT, PML4_PTE_REACH, count_slot, &v);
	tap(v.count == 1, "a recursive slot is one slot");
	unmap_segment(pd, VA, PGSIZE);
}

static int count_mapped(struct proc *p, pte_t pte, void *va, void *arg)
{
	(void)p;
	(void)va;
	*(unsigned int *)arg += *pte != 0;
	return 0;
}

static void check_user_walk(void)
{
	unsigned int n = 0;

	map(VA, 3 * PGSIZE, 0, PTE_USER_RW, SHIFT_4K);
	tap(env_user_mem_walk(&proc, (void *)VA, 2 * MB, count_mapped, &n) == 0 &&
	    n == 3, "env_user_mem_walk sees three pages");
	tap(env_user_mem_walk(&proc, (void *)(VA + 1), PGSIZE, count_mapped, &n) < 0 &&
	    env_user_mem_walk(&proc, (void *)(ULIM - PGSIZE), 2 * PGSIZE, count_mapped, &n) < 0,
	    "no odd ranges, none that leaves user space");
	map(4 * MB, 2 * MB, 0, PTE_USER_RW, SHIFT_2M);
	tap(env_user_mem_walk(&proc, (void *)VA, 4 * MB, count_mapped, &n) < 0,
	    "a jumbo page is not passed over in silence");
	unmap_segment(pd, VA, 4 * MB);
	tap(is_empty(), "and the space is empty again");
}

static void check_windows(void)
{
	map(VA, PGSIZE, 0, PTE_USER_RW, SHIFT_4K);
	tap(reads(VPT + (VA >> 9), *pgdir_walk(pd, (void *)VA, 0)),
	    "the VPT shows the slot of a page");
	tap(reads(UVPT + (VA >> 9), *pgdir_walk(pd, (void *)VA, 0)) &&
	    faults(PROBE_STORE, UVPT + (VA >> 9), PML_X86_PF_P | PML_X86_PF_W),
	    "the UVPT, too, and cannot be written");
	unmap_segment(pd, VA, PGSIZE);
}

/* ------ a guest, whose memory is the process's, from address 0 on */

/* Guest tables at 0x1000 (the root) up to 0x4000, in the frame. */
static void make_guest(void)
{
	uint64_t *root = frame_word(0x1000), *pml3 = frame_word(0x2000);
	uint64_t *pml2 = frame_word(0x3000), *pml1 = frame_word(0x4000);

	memset(root, 0, 4 * PGSIZE);
	root[0] = 0x2000 | PTE_USER_RW;
	root[1] = PTE_PS | PTE_USER_RW;
	root[2] = 1UL << 63 | 0x2000 | PTE_USER_RW;
	pml3[0] = 0x3000 | PTE_USER_RW;
	pml3[1] = GB | PTE_PS | PTE_USER_RW;
	pml2[0] = 0x4000 | PTE_USER_RW;
	pml2[1] = 0x600000 | PTE_PS | PTE_USER_RW;
	pml1[0] = 0x5000 | PTE_USER_RW;
	pml1[1] = 0x6000 | PTE_USER_RW | PTE_PAT;
	pml1[2] = 1UL << 63 | 0x7000 | PTE_USER_RW;
	pml1[3] = 0x8000;
	pml1[4] = 0 | PTE_USER_RW;
}

static void check_guest(void)
{
	static const struct {
		uint64_t gva, gpa;
		const char *what;
	} right[] = {
		{ 0x123, 0x5123, "4 KiB" },
		{ 0x1123, 0x6123, "4 KiB with PAT" },
		{ 0x2123, 0x7123, "4 KiB with XD" },
		{ 0x4123, 0x123, "page 0" },
		{ 0x212345, 0x612345, "2 MiB" },
		{ 0x40012345, 0x40012345, "1 GiB" },
		{ 0x10000000123, 0x5123, "through a table with XD" },
	};
	uintptr_t gpa = 0;

	map(0, PTSIZE, 0, PTE_USER_RW, SHIFT_4K);
	make_guest();
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		tap(gva2gpa(&proc, 0x1000 | 0x18, right[i].gva, &gpa) == 0 &&
		    gpa == right[i].gpa, "gva2gpa: %s", right[i].what);
	tap(gva2gpa(&proc, 0x1000, 0x3000, &gpa) < 0 &&
	    gva2gpa(&proc, 0x1000, 0x5000, &gpa) < 0, "gva2gpa: not present");
	tap(gva2gpa(&proc, 0x1000, 512 * GB, &gpa) < 0,
	    "gva2gpa: PS in a PML4E ends");
	tap(gva2gpa(&proc, 0x1000, ULIM, &gpa) < 0, "gva2gpa: no address");
	tap(gva2gpa(&proc, 4 * MB, 0, &gpa) == PML_EUNREADABLE,
	    "gva2gpa: tables where the process has nothing");
	unmap_segment(pd, 0, PTSIZE);
	mark_frames();
}

static void check_end(size_t before)
{
	map(0, PTSIZE, 0, PTE_USER_RW, SHIFT_4K);
	map(8 * GB, 3 * PGSIZE, 0, PTE_USER_RW, SHIFT_4K);
	map(UVPT - PGSIZE, PGSIZE, 0, PTE_NONE, SHIFT_4K);
	tap(env_pagetable_free(&proc) == PML_EINVAL,
	    "the address space in use is not freed");
	wcr3(boot_cr3);
	current = NULL;
	tap(env_pagetable_free(&proc) == 0 && !proc.env_pgdir.kpte,
	    "another is, with all its tables");
	tap(pages_free() == before, "to the last page");
}

void page_check(void)
{
	size_t before;

	frame = page_alloc(PTSIZE / PGSIZE, PTSIZE / PGSIZE);
	if (!frame)
		panic("no memory for page_check");
	mark_frames();
	check_boot();
	tap(arch_pgdir_setup(boot_pgdir, &pd) == PML_EEXIST,
	    "no process while the low memory is mapped");
	x86_cleanup_bootmem();
	before = pages_free();
	page_limit(1);
	tap(arch_pgdir_setup(boot_pgdir, &pd) == PML_ENOMEM, "none without memory");
	page_limit(-1);
	tap(arch_pgdir_setup(boot_pgdir, &pd) == 0 && is_empty() &&
	    (pd.eptp & ~0x40UL) == ((arch_pgdir_get_cr3(pd) + PGSIZE) | 0x1e),
	    "a process's tables are a pair");
	proc.env_pgdir = pd;
	wcr3(arch_pgdir_get_cr3(pd));
	check_memory_short();
	check_mapping();
	check_refusals();
	check_jumbo();
	check_guard_pages();
	check_tables();
	check_ept();
	check_for_each();
	check_user_walk();
	check_windows();
	check_guest();
	check_end(before);
	page_free(frame, PTSIZE / PGSIZE);
}
