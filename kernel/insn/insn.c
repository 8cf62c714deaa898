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
#include <pml/pml.h>

#include "insn/insn.h"
#include "machine/legacy.h"
#include "machine/trap.h"
#include "space.h"

/* Keys that PKRU denies: all accesses to pages of key 1, writes to key 2. */
#define PKRU		0x24u

/* Where 16-bit code goes. */
#define DONE16		(BELOW_AREA + 2 * PGSIZE - 64)

#define RFLAGS_VM	(1UL << 17)

static const struct insn_ground grounds[] = {
	{ "long", NULL, false, CR4_PAE },
	{ "pae", &pml_x86_pae, false, CR4_PAE },
	{ "pse", &pml_x86_32_pse, false, CR4_PSE },
	{ "32", &pml_x86_32, false, 0 },
	{ "vm86", &pml_x86_pae, true, CR4_PAE },
};

struct insn_case {
	const struct insn_form *form;
	bool user;
	struct pml_x86_controls controls;
	struct probe probe;
	uint64_t a, b, stack, code;	/* linear addresses */
	uint64_t ldt;
};

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
	if (world.ground->vm86) {
		p->cs = insn_base16(CODE) >> 4;
		p->ss = insn_base16(STACK) >> 4;
		p->rflags |= RFLAGS_VM;
	} else if (flags & INSN_32) {
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

	p->rdi = rubbish | (uint16_t)(c->a - insn_base16(A));
	p->rsi = rubbish | (uint16_t)(c->b - insn_base16(B));
	p->rsp = rubbish | (uint16_t)(c->stack - insn_base16(STACK));
	p->rbp = rubbish | (uint16_t)(p->rbp - insn_base16(STACK));
	p->rbx = rubbish | (uint16_t)(p->rdi - 8 * p->rcx);
	p->rcx |= rubbish;
	p->rip = c->code - insn_base16(CODE);
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
		value -= insn_base16(A);
	}
	if (form->flags & (INSN_RIP | INSN_ABS32 | INSN_ABS64))
		memcpy(code + n - size, &value, size);
	memcpy(code + n, done, sizeof(done));
	insn_poke(CODE, va, code, n + sizeof(done));
	insn_poke(CODE, insn_base16(CODE) + DONE16, done, sizeof(done));
	insn_poke(DONE, world.area[DONE].va, done, sizeof(done));
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
	insn_poke(A, c->a, &first, 8);
	if (flags & INSN_FAR)
		insn_poke(A, c->a + (code16 ? 2 : wide ? 8 : 4), &p->cs, 2);
	descriptor = pick_descriptor(r);
	insn_poke(B, c->b, flags & INSN_LDT ? &descriptor : &done, 8);
	if (code16)
		insn_poke(STACK, c->stack, frame16, sizeof(frame16));
	else if (flags & INSN_32)
		insn_poke(STACK, c->stack, frame32, sizeof(frame32));
	else
		insn_poke(STACK, c->stack, frame, sizeof(frame));
}

static void pick_controls(struct random *r, struct insn_case *c)
{
	struct pml_x86_controls *now = &c->controls;
	uint64_t cr4 = rcr4() & ~(CR4_SMEP | CR4_SMAP | CR4_UMIP | CR4_PAE | CR4_PSE);

	*now = (struct pml_x86_controls){
		.cr0 = rcr0() & ~(CR0_WP | CR0_TS), .efer = rdmsr(MSR_EFER),
		.pkru = PKRU,
	};
	now->cr0 |= random_percent(r, 70) ? CR0_WP : 0;
	now->cr0 |= random_percent(r, 3) ? CR0_TS : 0;
	cr4 |= cpu.smep && random_percent(r, 60) ? CR4_SMEP : 0;
	cr4 |= cpu.smap && random_percent(r, 60) ? CR4_SMAP : 0;
	cr4 |= cpu.umip && random_percent(r, 50) ? CR4_UMIP : 0;
	now->cr4 = cr4 | world.ground->cr4;
	if (insn_is_legacy()) {
		now->efer &= ~(EFER_LME | EFER_LMA | EFER_NXE);
		now->efer |= random_percent(r, 70) ? EFER_NXE : 0;
	}
}

static void pick_case(struct random *r, struct insn_case *c)
{
	unsigned int flags = c->form->flags;
	struct insn_style style;

	c->user = world.ground->vm86 || flags & INSN_USER ||
		  (!(flags & INSN_KERNEL) && random_percent(r, 50));
	pick_controls(r, c);
	style = (struct insn_style){
		.user = c->user,
		.nx = world.fmt->nx && c->controls.efer & EFER_NXE,
		.b_is_good = flags & INSN_ONE_MEMORY,
	};
	insn_world_fill(r, &style);
	pick_addresses(r, c);
	pick_code(r, c);
	pick_registers(r, c);
	place_code(c);
	place_data(r, c);
	c->controls.ac = c->probe.rflags & RFLAGS_AC;
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

static void run_long(const struct insn_case *c, struct probe_result *result_ret)
{
	const struct pml_x86_controls *now = &c->controls;

	set_control(now->cr0 & ~CR0_TS, now->cr4, now->efer);
	load_segments(c);
	load_vectors();
	set_control(now->cr0, now->cr4, now->efer);
	wcr3(world.root);
	probe_run(&c->probe, result_ret);
}

static void run_legacy(const struct insn_case *c,
		       struct probe_result *result_ret)
{
	const struct pml_x86_controls *now = &c->controls;
	struct legacy_controls controls = {
		now->cr0, world.root, now->cr4, now->efer
	};
	struct legacy_segments s = {
		SEL_UDATA, SEL_UDATA, SEL_FS32, SEL_GS32
	};

	if (world.ground->vm86)
		s = (struct legacy_segments){
			insn_base16(B) >> 4, insn_base16(A) >> 4,
			insn_base16(B) >> 4, insn_base16(A) >> 4,
		};
	else if (c->form->flags & INSN_16)
		s = (struct legacy_segments){
			SEL_EXTRA16, SEL_DATA16, SEL_EXTRA16, SEL_DATA16
		};
	legacy_set_segment(SEL_LDT, 127 | (c->ldt & 0xffffff) << 16 |
			   0x82UL << 40 | (c->ldt >> 24 & 0xff) << 56);
	load_vectors();
	legacy_run(&controls, &s, &c->probe, result_ret);
}

/* The fault of a read-modify-write's read. */
static void read_first(const struct insn_case *c, struct probe_result *result)
{
	struct pml_space space = {
		.fmt = world.fmt, .root = world.root, .at = space_at,
		.rsvd = pml_x86_rsvd_above(cpu.phys_bits),
		.pa_rsvd = pml_x86_rsvd_above(cpu.phys_bits),
	};
	struct pml_x86_access access = {
		.va = c->a, .size = c->form->rmw, .kind = PML_R, .user = c->user,
	};
	struct pml_x86_verdict v;

	if (!(c->controls.efer & EFER_NXE))
		space.rsvd |= world.fmt->nx;
	if (!c->form->rmw ||
	    pml_x86_access(&space, &c->controls, &access, &v) ||
	    v.exception != PML_X86_PF)
		return;
	result->vector = VEC_PF;
	result->error = v.error;
	result->cr2 = v.va;
}

static void run_case(const struct insn_case *c, uint64_t number)
{
	struct probe_result got, first = { 0 };

	if (insn_is_legacy())
		run_legacy(c, &got);
	else
		run_long(c, &got);
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

/* Is there such an instruction in this mode? */
static bool fits_ground(const struct insn_form *form)
{
	unsigned int bits = form->flags & (INSN_32 | INSN_16);

	if (world.ground->vm86)
		return bits == INSN_16 && !(form->flags & INSN_KERNEL);
	return bits || !insn_is_legacy();
}

static const struct insn_form *next_form(const uint8_t **at)
{
	const struct insn_form *form;

	do {
		if (*at == insn_forms_end)
			*at = insn_forms;
		form = (const struct insn_form *)*at;
		*at = form->code + form->length;
		*at += strlen((const char *)*at) + 1;
	} while (!fits_ground(form));
	return form;
}

void insn_main(void)
{
	uint64_t seed = cmdline_u64("seed", 1);
	uint64_t count = cmdline_u64("count", 2400);
	uint64_t first = cmdline_u64("first", 0);
	const struct insn_ground *ground = grounds;
	const uint8_t *at = insn_forms;
	struct insn_case c;

	for (size_t i = 1; i < sizeof(grounds) / sizeof(grounds[0]); i++)
		if (cmdline_is("under", grounds[i].name))
			ground = &grounds[i];
	enable_vectors();
	insn_world_init(ground);
	if (cpu.pku)
		wrpkru(PKRU);
	for (uint64_t n = 0; n < first + count; n++) {
		struct random r = random_fork(seed, n);

		c.form = next_form(&at);
		if (n < first)
			continue;
		pick_case(&r, &c);
		run_case(&c, n);
	}
	kprintf("# insn: seed %lu, %lu cases\n", seed, count);
	machine_exit(EXIT_PASS);
}
