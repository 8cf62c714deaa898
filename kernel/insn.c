/*
 * mode=insn: random cases of an instruction, its operands' pages, controls and
 * CPL.  A debugger that stops at probe_go and takes one step is in front of the
 * instruction and can say what will happen; then the kernel prints what did:
 *
 * 	case N VECTOR ERROR CR2 RW-VECTOR RW-ERROR RW-CR2 TEXT
 *
 * numbers in hexadecimal, vector 80 for success.  RW-... is the fault of the
 * instruction as a mere read, if it is a read-modify-write and has one; else 0.
 * TCG does such reads first.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/access.h>

#include "insn.h"
#include "kernel.h"
#include "random.h"
#include "space.h"
#include "trap.h"

#define AREA_SIZE	(2UL << 20)
#define FIRST_PAGE	256		/* of the two of an area, in its table */

/* Keys that PKRU denies: all accesses to pages of key 1, writes to key 2. */
#define PKRU		0x24u

/* Two pages of memory, with tables of their own down from level 3. */
struct area {
	uint64_t va;			/* of the first page */
	uint64_t frames;		/* what its 2 MiB map to, at the same offsets */
	uint64_t tables[3];		/* [1]: level 1, [2]: level 2 */
};

enum { CODE, A, B, STACK, DONE, AREAS };

/*
 * By GiB: A is within the reach of 32-bit absolute addresses and of rip-relative
 * ones from the code, everything of 32-bit registers.  The last shares the
 * code's, but for the tables below level 2.
 */
static const uint8_t gib[AREAS] = {
	[CODE] = 2, [A] = 1, [B] = 3, [STACK] = 0, [DONE] = 2,
};

#define DONE_INDEX	1		/* in the code's level 2 */

/* 16-bit segments begin that far below their area, and end 64 KiB further on. */
#define BELOW_AREA	0x1230
#define DONE16		(BELOW_AREA + 2 * PGSIZE - 64)
#define DESC16(type)	((type) << 40 | 0xffffUL)

static struct {
	uint64_t root, level3;
	struct area area[AREAS];
} world;

struct insn_case {
	const struct insn_form *form;
	bool user, wp, smep, smap, umip, ts;
	struct probe probe;
	uint64_t a, b, stack, code;	/* linear addresses */
	uint64_t ldt;
};

/* The first byte of an area's 16-bit segment. */
static uint64_t base16(int area)
{
	return world.area[area].va - BELOW_AREA;
}

static void set_segment16(unsigned int selector, int area, uint64_t type)
{
	uint64_t base = base16(area);

	set_segment(selector, DESC16(type) | (base & 0xffffff) << 16 |
			      (base >> 24 & 0xff) << 56);
}

static uint64_t page_zeroed(void)
{
	uint64_t pa = page_alloc(1, 1);

	if (!pa)
		panic("no memory for the instructions");
	memset(kaddr(pa), 0, PGSIZE);
	return pa;
}

static void set_entry(uint64_t table, unsigned int index, uint64_t value)
{
	((uint64_t *)kaddr(table))[index] = value;
}

static void world_init(void)
{
	uint64_t root = rcr3() & PML_X86_ADDR, upper;

	world.root = page_zeroed();
	memcpy(kaddr(world.root), kaddr(root), PGSIZE);
	world.level3 = page_zeroed();
	upper = world.level3 | PML_X86_P | PML_X86_RW | PML_X86_US;
	if (cpu.five_levels) {
		uint64_t level4 = page_zeroed();

		set_entry(level4, 0, upper);
		upper = level4 | PML_X86_P | PML_X86_RW | PML_X86_US;
	}
	set_entry(world.root, 0, upper);
	for (int i = 0; i < AREAS; i++) {
		struct area *w = &world.area[i];

		w->va = gib[i] * PML3_PTE_REACH + FIRST_PAGE * PGSIZE +
			(i == DONE ? DONE_INDEX * PML2_PTE_REACH : 0);
		w->frames = page_alloc(AREA_SIZE / PGSIZE, AREA_SIZE / PGSIZE);
		w->tables[1] = page_zeroed();
		w->tables[2] = page_zeroed();
		if (!w->frames)
			panic("no memory for the instructions");
	}
	set_segment16(SEL_KCODE16, CODE, 0x9b);
	set_segment16(SEL_UCODE16, CODE, 0xfb);
	set_segment16(SEL_KSTACK16, STACK, 0x93);
	set_segment16(SEL_USTACK16, STACK, 0xf3);
	set_segment16(SEL_DATA16, A, 0xf3);
	set_segment16(SEL_EXTRA16, B, 0xf3);
}

/* --- What is wrong with an entry ----------------------------------------- */

static uint64_t good_entry(struct random *r, bool user, bool leaf, int area)
{
	uint64_t raw = PML_X86_P | PML_X86_RW;

	if (!leaf || user)
		raw |= PML_X86_US;
	if (leaf && area != CODE && area != DONE && random_percent(r, 50))
		raw |= PML_X86_NX;
	return raw;
}

static uint64_t bad_entry(struct random *r, uint64_t raw, bool leaf)
{
	switch (random_below(r, leaf ? 9 : 6)) {
	case 0:
		return 0;
	case 1:
		return raw & ~PML_X86_P;
	case 2:
		return raw | 1UL << 51;
	case 3:
		return raw & ~PML_X86_RW;
	case 4:
		return raw ^ PML_X86_US;
	case 5:
		return raw | PML_X86_NX;
	case 6:
		return raw ^ PML_X86_US;
	case 7:
		return raw | PML_X86_US | 1UL << 59;
	default:
		return raw | PML_X86_US | 2UL << 59;
	}
}

static uint64_t pick_entry(struct random *r, bool user, int area, bool leaf,
			   unsigned int bad_percent, uint64_t pa)
{
	uint64_t raw = good_entry(r, user, leaf, area);

	if (random_percent(r, bad_percent))
		raw = bad_entry(r, raw, leaf);
	return raw ? raw | pa : 0;
}

/* Level 2 may map all of the area's 2 MiB at once. */
static void pick_tables(struct random *r, bool user, int area)
{
	static const uint8_t bad_percent[AREAS] = { 8, 36, 24, 24, 0 };
	struct area *w = &world.area[area];
	unsigned int bad = bad_percent[area];
	bool large = random_percent(r, 10);

	if (area == DONE) {
		set_entry(world.area[CODE].tables[2], DONE_INDEX,
			  w->frames | PML_X86_PS | good_entry(r, user, true, DONE));
		return;
	}
	for (int i = 0; i < 2; i++)
		set_entry(w->tables[1], FIRST_PAGE + i,
			  pick_entry(r, user, area, true, bad,
				     w->frames + (FIRST_PAGE + i) * PGSIZE));
	set_entry(w->tables[2], 0,
		  large ? pick_entry(r, user, area, true, bad,
				     w->frames | PML_X86_PS) :
			  pick_entry(r, user, area, false, bad / 5, w->tables[1]));
	set_entry(world.level3, gib[area],
		  pick_entry(r, user, area, false, bad / 8, w->tables[2]));
}

/* Bytes to where an area's addresses lead, whatever its entries say. */
static void poke(int area, uint64_t va, const void *bytes, size_t n)
{
	const struct area *w = &world.area[area];
	uint64_t off = va - (w->va - FIRST_PAGE * PGSIZE);

	if (off < AREA_SIZE && n <= AREA_SIZE - off)
		memcpy((char *)kaddr(w->frames) + off, bytes, n);
}

/* --- A case -------------------------------------------------------------- */

static uint64_t pick_address(struct random *r, int area)
{
	uint64_t va = world.area[area].va, edge = va + PGSIZE;

	switch (random_below(r, 8)) {
	case 0:
		return edge - 1 - random_below(r, 32);
	case 1:
		return edge - 1 - random_below(r, 8);
	case 2:
		return edge - 8 * (1 + random_below(r, 4));
	case 3:
		return va + random_below(r, 2 * PGSIZE - 64);
	case 4:
		return edge + 64 * random_below(r, 32);
	default:
		return va + 64 * random_below(r, 60);
	}
}

/* The canonical hole, away from its edges. */
static uint64_t pick_noncanonical(struct random *r)
{
	uint64_t hole = cpu.five_levels ? 1UL << 56 : 1UL << 47;

	return hole + 0x1000 + 8 * random_below(r, 0x1000);
}

static void pick_addresses(struct random *r, struct insn_case *c)
{
	/* What reaches A by 32 bits cannot have it anywhere. */
	bool near = c->form->flags & (INSN_32 | INSN_16 | INSN_RIP | INSN_ABS32);

	c->stack = pick_address(r, STACK);
	c->a = pick_address(r, A);
	c->b = pick_address(r, B);
	if (!near && random_percent(r, 3))
		c->a = pick_noncanonical(r);
	else if (!near && random_percent(r, 2))
		c->stack = pick_noncanonical(r);
	if (random_percent(r, 80))
		c->stack &= ~7UL;
}

static void pick_selectors(const struct insn_case *c, struct probe *p)
{
	unsigned int flags = c->form->flags;

	p->ss = c->user ? SEL_UDATA : SEL_KDATA;
	if (flags & INSN_32) {
		p->cs = c->user ? SEL_UCODE32 : SEL_KCODE32;
	} else if (flags & INSN_16) {
		p->cs = c->user ? SEL_UCODE16 : SEL_KCODE16;
		p->ss = c->user ? SEL_USTACK16 : SEL_KSTACK16;
	} else {
		p->cs = c->user ? SEL_UCODE : SEL_KCODE;
	}
}

/* What 16-bit code sees of the registers, and rubbish above it. */
static void narrow_registers(struct insn_case *c)
{
	struct probe *p = &c->probe;
	uint64_t rubbish = 0x5a5a0000;

	p->rdi = rubbish | (uint16_t)(c->a - base16(A));
	p->rsi = rubbish | (uint16_t)(c->b - base16(B));
	p->rsp = rubbish | (uint16_t)(c->stack - base16(STACK));
	p->rbp = rubbish | (uint16_t)(p->rbp - base16(STACK));
	p->rbx = rubbish | (uint16_t)(p->rdi - 8 * p->rcx);
	p->rcx |= rubbish;
	p->rip = c->code - base16(CODE);
}

static void pick_registers(struct random *r, struct insn_case *c)
{
	static const uint16_t counts[] = { 0, 1, 3, 5, 5, 5, 64, 600 };
	struct probe *p = &c->probe;
	int64_t bit = 64 * (random_below(r, 800) - 400) + random_below(r, 16);
	uint64_t a = c->a, index = random_below(r, 8);
	bool ldt = c->form->flags & INSN_LDT;

	*p = (struct probe){
		.rax = SEL_UDATA, .rdx = 0x100,
		.rcx = counts[random_below(r, 8)],
		.rdi = a, .r12 = a, .r8 = a - 0x40, .r9 = a + 0x12345, .r13 = a + 8,
		.rsi = c->b, .r11 = world.area[DONE].va,
		.rsp = c->stack, .rbp = c->stack + 8 * random_below(r, 8),
		.r15 = bit, .r14 = a - (bit >> 6) * 8,
		.r10 = 8 * index + 4 + (c->user ? 3 : random_below(r, 2) * 3),
		.rip = c->code,
		/* TCG: AC exempts the supervisor's implicit accesses from SMAP. */
		.rflags = RFLAGS_FIXED |
			  (random_percent(r, 40) && !ldt ? RFLAGS_AC : 0) |
			  (random_percent(r, 25) ? RFLAGS_DF : 0),
	};
	p->rbx = a - 8 * p->rcx;
	pick_selectors(c, p);
	c->ldt = c->b - 8 * index;
	if (c->form->flags & INSN_16)
		narrow_registers(c);
}

static void pick_code(struct random *r, struct insn_case *c)
{
	uint64_t va = world.area[CODE].va;

	if (random_percent(r, 25))
		c->code = va + PGSIZE - 1 - random_below(r, c->form->length);
	else
		c->code = va + 16 * random_below(r, 200);
}

/* The code, int $0x80 behind it, and where it goes or returns to. */
static void place_code(const struct insn_case *c)
{
	static const uint8_t done[] = { 0xcd, 0x80 };
	const struct insn_form *form = c->form;
	uint64_t va = c->code, value;
	uint8_t code[32];
	size_t n = form->length, size = 4;

	memcpy(code, form->code, n);
	value = form->flags & INSN_RIP ? c->a - (va + n) : c->a;
	if (form->flags & INSN_ABS64)
		size = 8;
	if (form->flags & INSN_16) {
		size = 2;
		value -= base16(A);
	}
	if (form->flags & (INSN_RIP | INSN_ABS32 | INSN_ABS64))
		memcpy(code + n - size, &value, size);
	memcpy(code + n, done, sizeof(done));
	poke(CODE, va, code, n + sizeof(done));
	poke(CODE, base16(CODE) + DONE16, done, sizeof(done));
	poke(DONE, world.area[DONE].va, done, sizeof(done));
}

/* Data at CPL 3 and 0, accessed or not, and what cannot be loaded as such. */
static uint64_t pick_descriptor(struct random *r)
{
	static const uint8_t type[] = {
		0xf3, 0xf2, 0xf2, 0xf2, 0xf3, 0x93, 0x92, 0x73, 0xfa, 0xf8, 0x82, 0,
	};

	return 0x00cf00000000ffff | (uint64_t)type[random_below(r, 12)] << 40;
}

/* A and the stack begin with where it goes to; a far pointer has CS, too. */
static void place_data(struct random *r, const struct insn_case *c)
{
	const struct probe *p = &c->probe;
	unsigned int flags = c->form->flags;
	bool code16 = flags & INSN_16, wide = c->form->code[0] == 0x48;
	uint64_t done = code16 ? DONE16 : world.area[DONE].va, descriptor;
	uint64_t first = flags & INSN_LDT ? p->r10 : done;
	uint64_t frame[5] = { first, p->cs, RFLAGS_FIXED, p->rsp, p->ss };
	uint32_t frame32[5] = { first, p->cs, RFLAGS_FIXED, p->rsp, p->ss };
	uint16_t frame16[5] = { first, p->cs, RFLAGS_FIXED, p->rsp, p->ss };

	for (int i = A; i <= STACK; i++)
		memset((char *)kaddr(world.area[i].frames) + FIRST_PAGE * PGSIZE,
		       0, 2 * PGSIZE);
	poke(A, c->a, &first, 8);
	if (flags & INSN_FAR)
		poke(A, c->a + (code16 ? 2 : wide ? 8 : 4), &p->cs, 2);
	descriptor = pick_descriptor(r);
	poke(B, c->b, flags & INSN_LDT ? &descriptor : &done, 8);
	if (code16)
		poke(STACK, c->stack, frame16, sizeof(frame16));
	else if (flags & INSN_32)
		poke(STACK, c->stack, frame32, sizeof(frame32));
	else
		poke(STACK, c->stack, frame, sizeof(frame));
}

static void pick_controls(struct random *r, struct insn_case *c)
{
	unsigned int flags = c->form->flags;

	c->user = flags & INSN_USER ||
		  (!(flags & INSN_KERNEL) && random_percent(r, 50));
	c->wp = random_percent(r, 70);
	c->smep = cpu.smep && random_percent(r, 60);
	c->smap = cpu.smap && random_percent(r, 60);
	c->umip = cpu.umip && random_percent(r, 50);
	c->ts = random_percent(r, 3);
}

static void pick_case(struct random *r, struct insn_case *c)
{
	pick_controls(r, c);
	for (int i = 0; i < AREAS; i++)
		pick_tables(r, c->user, i);
	if (c->form->flags & INSN_ONE_MEMORY) {
		struct area *w = &world.area[B];

		for (int i = 0; i < 2; i++)
			set_entry(w->tables[1], FIRST_PAGE + i,
				  good_entry(r, c->user, true, B) |
				  (w->frames + (FIRST_PAGE + i) * PGSIZE));
		set_entry(w->tables[2], 0, w->tables[1] |
			  good_entry(r, c->user, false, B));
		set_entry(world.level3, gib[B], w->tables[2] |
			  good_entry(r, c->user, false, B));
	}
	pick_addresses(r, c);
	pick_code(r, c);
	pick_registers(r, c);
	place_code(c);
	place_data(r, c);
}

/* --- And what becomes of it ---------------------------------------------- */

static void load_vectors(void)
{
	static const uint32_t index4[8] = { 0, 16, 32, 48, 64, 80, 96, 112 };
	static const uint64_t index8[4] = { 0, 16, 32, 48 };
	static const uint32_t some[8] = { 0x80000000, 0, 0x80000000, 0,
					  0x80000000, 0, 0x80000000, 0 };
	static const uint32_t all[8] = { -1, -1, -1, -1, -1, -1, -1, -1 };
	static const uint32_t mxcsr = 0x1f80;

	__asm__ volatile("fninit\n\t"
			 "ldmxcsr %4\n\t"
			 "vmovdqu %0, %%ymm1\n\t"
			 "vmovdqu %1, %%ymm6\n\t"
			 "vmovdqu %2, %%ymm2\n\t"
			 "vmovdqu %3, %%ymm3\n\t"
			 "vpxor %%xmm0, %%xmm0, %%xmm0"
			 : : "m"(index4), "m"(index8), "m"(some), "m"(all),
			 "m"(mxcsr));
}

/* In 64-bit code the bases of FS and GS count, elsewhere the selectors. */
static void load_segments(const struct insn_case *c)
{
	bool code16 = c->form->flags & INSN_16;
	uint32_t data = code16 ? SEL_DATA16 : SEL_UDATA;
	uint32_t extra = code16 ? SEL_EXTRA16 : SEL_UDATA;

	__asm__ volatile("movl %0, %%ds\n\tmovl %1, %%es\n\t"
			 "movl %1, %%fs\n\tmovl %0, %%gs"
			 : : "r"(data), "r"(extra));
	if (!code16) {
		wrmsr(MSR_FS_BASE, 0x2000);
		wrmsr(MSR_GS_BASE, 0x1000);
	}
	set_ldt(c->ldt, 128);
}

static void load_controls(const struct insn_case *c)
{
	uint64_t cr0 = rcr0() & ~(CR0_WP | CR0_TS);
	uint64_t cr4 = rcr4() & ~(CR4_SMEP | CR4_SMAP | CR4_UMIP);

	cr4 |= (c->smep ? CR4_SMEP : 0) | (c->smap ? CR4_SMAP : 0) |
	       (c->umip ? CR4_UMIP : 0);
	set_control(cr0, cr4, rdmsr(MSR_EFER));
	load_segments(c);
	load_vectors();
	set_control(cr0 | (c->wp ? CR0_WP : 0) | (c->ts ? CR0_TS : 0), cr4,
		    rdmsr(MSR_EFER));
	wcr3(world.root);
}

/* The fault of a read-modify-write's read. */
static void read_first(const struct insn_case *c, struct probe_result *result)
{
	struct pml_space space = space_of(world.root);
	struct pml_controls controls = {
		.cr0 = rcr0(), .cr4 = rcr4(), .efer = rdmsr(MSR_EFER),
		.ac = c->probe.rflags & RFLAGS_AC, .pkru = PKRU,
	};
	struct pml_access access = {
		.va = c->a, .size = c->form->rmw, .kind = PML_R, .user = c->user,
	};
	struct pml_verdict v;

	if (!c->form->rmw || pml_access(&space, &controls, &access, &v) ||
	    v.exception != PML_PF)
		return;
	result->vector = VEC_PF;
	result->error = v.error;
	result->cr2 = v.va;
}

static void run_case(const struct insn_case *c, uint64_t number)
{
	struct probe_result got, first = { 0 };

	load_controls(c);
	probe_run(&c->probe, &got);
	/* A trap further on: the instruction itself succeeded. */
	if (got.rip != c->probe.rip)
		got.vector = VEC_DONE;
	if (got.vector == VEC_DONE)
		got.error = got.cr2 = 0;
	if (got.vector != VEC_PF)
		got.cr2 = 0;
	/* The fetch is what fails first, even so. */
	if (got.vector == VEC_PF && got.cr2 - c->code >= c->form->length)
		read_first(c, &first);
	kprintf("case %lu %x %lx %lx %x %lx %lx %s\n", number, got.vector,
		got.error, got.cr2, first.vector, first.error, first.cr2,
		(const char *)c->form->code + c->form->length);
}

/* SSE and AVX: the rest of the kernel does without. */
static void enable_vectors(void)
{
	if (!(cpuid(1, 0).c >> 28 & 1) || !(cpuid(7, 0).b >> 5 & 1))
		panic("mode=insn needs a processor with AVX2");
	wcr4(rcr4() | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE);
	__asm__ volatile("xsetbv" : : "a"(7), "d"(0), "c"(0));
}

void insn_main(void)
{
	uint64_t seed = cmdline_u64("seed", 1);
	uint64_t count = cmdline_u64("count", 2400);
	uint64_t first = cmdline_u64("first", 0);
	const uint8_t *at = insn_forms;
	struct insn_case c;

	enable_vectors();
	world_init();
	if (cpu.pku)
		wrpkru(PKRU);
	for (uint64_t n = 0; n < first + count; n++) {
		struct random r = random_fork(seed, n);

		if (at == insn_forms_end)
			at = insn_forms;
		c.form = (const struct insn_form *)at;
		at = c.form->code + c.form->length;
		at += strlen((const char *)at) + 1;
		if (n < first)
			continue;
		pick_case(&r, &c);
		run_case(&c, n);
	}
	kprintf("# insn: seed %lu, %lu cases\n", seed, count);
	machine_exit(EXIT_PASS);
}
