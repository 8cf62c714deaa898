/*
 * A guest and its tables from a seed.
 *
 * One outer table a level, of which few entries are used; several of them lead
 * to the same memory, as 4 KiB pages, 2 MiB and 1 GiB, so that any frame has
 * many gpas, and each way there has mistakes of its own.  The guest's tables
 * are frames of that memory and are referred to by any of these gpas.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "machine/x86.h"
#include "nested/nested.h"
#include "oracle/oracle.h"
#include "space.h"

#define CODE_INDEX	3		/* the entry of both roots that is kept good */
#define CODE_FRAME	15
#define CODE_STEP	16		/* bytes for each enum guest_how */

static const uint8_t code[GUEST_HOWS][4] = {
	[GUEST_LOAD1] = { 0x8a, 0x07, 0x0f, 0xa2 },	/* mov (%rdi), %al */
	[GUEST_LOAD4] = { 0x8b, 0x07, 0x0f, 0xa2 },	/* mov (%rdi), %eax */
	[GUEST_STORE1] = { 0x88, 0x07, 0x0f, 0xa2 },	/* mov %al, (%rdi) */
	[GUEST_STORE4] = { 0x89, 0x07, 0x0f, 0xa2 },	/* mov %eax, (%rdi) */
	[GUEST_FETCH] = { 0xff, 0xe7, 0x0f, 0xa2 },	/* jmp *%rdi */
};

void nested_world_init(struct nested_world *w, enum pml_nesting nesting,
		       const struct pml_format *outer)
{
	*w = (struct nested_world){ .nesting = nesting };
	w->memory = page_alloc(GUEST_FRAMES, GUEST_FRAMES);
	if (!w->memory)
		panic("no memory for the guest");
	for (int level = 1; level <= outer->levels; level++)
		w->outer_table[level] = page_zeroed();
	w->good_pd = page_zeroed();
	w->good_pt = page_zeroed();
	w->manual = outer;
	w->outer = (struct pml_space){
		.fmt = oracle_walks_by(outer), .root = w->outer_table[outer->levels],
		.rsvd = pml_x86_rsvd_above(cpu.phys_bits),
		.pa_rsvd = pml_x86_rsvd_above(cpu.phys_bits),
		.no_leaf = cpu.page1gb ? 0 : PML_LEVEL(3),
		.at = space_at,
	};
}

/* One thing wrong.  Bits 0 to 2 are P, RW, US or R, W, X. */
static uint64_t spoil(struct random *r, uint64_t raw, unsigned int bits)
{
	switch (random_below(r, 8)) {
	case 0:
		return random_percent(r, 50) ? 0 : raw & ~7UL;
	case 1:
	case 2:
		return raw & ~2UL;
	case 3:
		return raw & ~4UL;
	case 4:
		return raw & ~1UL;
	case 5:
		if (bits == 64)
			return raw | 1UL << 63;
		return raw & ~2UL;
	case 6:
		if (bits == 64 && cpu.phys_bits < 52)
			return raw | 1UL << (cpu.phys_bits +
					     random_below(r, 52 - cpu.phys_bits));
		return raw & ~6UL;
	default:
		return raw ^ 1UL << random_below(r, bits);
	}
}

static uint64_t outer_entry(const struct nested_world *w, struct random *r,
			    int level, uint64_t pa, bool leaf)
{
	bool ept = w->outer.fmt->memtype == PML_MT_EPT;
	uint64_t raw = pa | 7;
	uint64_t ad = ept ? PML_EPT_A | PML_EPT_D : PML_X86_A | PML_X86_D;

	raw |= random_next(r) & (leaf ? ad : ad & ~PML_EPT_D & ~PML_X86_D);
	if (leaf && level > 1)
		raw |= 0x80;
	if (leaf && ept)
		raw |= random_percent(r, 90) ? PML_MT_WB << PML_EPT_MT_SHIFT
					     : random_next(r) & PML_EPT_MT;
	if (random_percent(r, level == 1 ? 10 : 5))
		raw = spoil(r, raw, 64);
	if (level >= 4 && random_percent(r, 4))
		raw |= PML_X86_G;
	return raw;
}

/* The tables without mistakes, by which the guest gets at its code. */
static void fill_good(const struct nested_world *w)
{
	bool ept = w->outer.fmt->memtype == PML_MT_EPT;
	uint64_t *pd = kaddr(w->good_pd), *pt = kaddr(w->good_pt);

	pd[0] = w->good_pt | 7;
	for (unsigned int i = 0; i < GUEST_FRAMES; i++)
		pt[i] = (w->memory + i * PGSIZE) | 7 |
			(ept ? PML_MT_WB << PML_EPT_MT_SHIFT : 0);
}

static void fill_outer(const struct nested_world *w, struct random *r)
{
	uint64_t *pt = kaddr(w->outer_table[1]), *pd = kaddr(w->outer_table[2]);
	uint64_t *pdpt = kaddr(w->outer_table[3]), *pml4 = kaddr(w->outer_table[4]);
	uint64_t big = w->memory & ~((1UL << 30) - 1);
	bool gb = cpu.page1gb || !oracle_is_tcg();

	for (unsigned int i = 0; i < GUEST_FRAMES; i++)
		pt[i] = outer_entry(w, r, 1, w->memory + i * PGSIZE, true);
	for (unsigned int i = 0; i < 4; i++) {
		pd[i] = outer_entry(w, r, 2, i == 1 ? w->memory
						    : w->outer_table[1], i == 1);
		pdpt[i] = outer_entry(w, r, 3, i == 1 && gb ? big
				      : w->outer_table[2], i == 1 && gb);
		pml4[i] = outer_entry(w, r, 4, w->outer_table[3], false);
	}
	pdpt[CODE_INDEX] = w->good_pd | 7;
	pml4[0] = w->outer_table[3] | 7;
	if (w->outer.fmt->levels == 5)
		*(uint64_t *)kaddr(w->outer_table[5]) = w->outer_table[4] | 7;
	fill_good(w);
}

/* One of the gpas of a frame; now and then, of none. */
static uint64_t pick_gpa(const struct nested_world *w, struct random *r,
			 unsigned int frame, bool narrow)
{
	uint64_t l4 = narrow ? 0 : random_below(r, 2);
	uint64_t l3 = random_below(r, 3), l2 = random_below(r, 3);
	uint64_t offset = (uint64_t)frame << PGSHIFT;

	if (random_percent(r, 3))
		l2 = random_below(r, 512);
	if (random_percent(r, 2) && !narrow)
		l4 = random_below(r, 1UL << (cpu.phys_bits - 39));
	if (l3 == 1 && !random_percent(r, 5))
		return l4 << 39 | l3 << 30 | (w->memory & ((1UL << 30) - 1)) | offset;
	return l4 << 39 | l3 << 30 | l2 << 21 | offset;
}

static void set_inner(const struct nested_world *w, unsigned int frame,
		      unsigned int index, uint64_t raw)
{
	if (w->inner->entry_size == 4)
		((uint32_t *)guest_frame(w, frame))[index] = raw;
	else
		((uint64_t *)guest_frame(w, frame))[index] = raw;
}

/* Indices that are in use, of every table of the guest's. */
#define EDGES	6

static unsigned int edge(const struct pml_format *fmt, int level, unsigned int i)
{
	unsigned int n = 1u << fmt->level[level].bits;
	const unsigned int edges[EDGES] = { 0, 1, 2, n / 2, n - 2, n - 1 };

	if (level == fmt->levels && edges[i] == CODE_INDEX)
		return 1;
	return edges[i];
}

static bool may_be_leaf(const struct pml_format *fmt, int level)
{
	const struct pml_level *lv = &fmt->level[level];

	if (level == 3 && !cpu.page1gb && oracle_is_tcg())
		return false;
	return lv->leaf_mask && lv->leaf_mask == lv->leaf_value;
}

static uint64_t inner_entry(const struct nested_world *w, struct random *r,
			    int level)
{
	const struct pml_format *fmt = w->inner;
	const struct pml_level *lv = &fmt->level[level];
	bool narrow = fmt->entry_size == 4;
	bool big = may_be_leaf(fmt, level) && random_percent(r, 25);
	unsigned int frame = fmt->levels - level + 1;
	uint64_t raw = PML_X86_P | PML_X86_RW | PML_X86_US;

	raw |= random_next(r) & (PML_X86_A | PML_X86_D | 7UL << 9);
	if (w->bochs)
		raw |= PML_X86_A | PML_X86_D;
	if (level == 1)
		frame = GUEST_DATA + random_below(r, GUEST_FRAMES - GUEST_DATA);
	else if (big)
		raw |= PML_X86_PS;
	else
		raw &= ~PML_X86_D;
	if (lv->in_registers)
		raw &= PML_X86_P;
	raw |= big ? pick_gpa(w, r, 0, narrow) >> lv->shift << lv->shift
		   : pick_gpa(w, r, frame, narrow);
	if (random_percent(r, level == 1 || big ? 25 : 6))
		raw = spoil(r, raw, 8 * fmt->entry_size);
	if (level >= 4 && random_percent(r, 4))
		raw |= PML_X86_G;
	return raw;
}

/* The guest's way to its code, for supervisor mode and, one page on, user mode. */
static void fill_inner_code(const struct nested_world *w)
{
	uint64_t flags = PML_X86_P | PML_X86_RW | PML_X86_US | PML_X86_A;
	const struct pml_format *fmt = w->inner;
	unsigned int frame = GUEST_KEPT, table = 0, index = CODE_INDEX;

	for (int level = fmt->levels; level > 1; level--, frame++) {
		uint64_t granted = fmt->level[level].in_registers ? PML_X86_P : flags;

		memset(guest_frame(w, frame), 0, PGSIZE);
		set_inner(w, table, index, good_gpa(frame) | granted);
		table = frame;
		index = 0;
	}
	flags |= PML_X86_D;
	set_inner(w, table, 0, good_gpa(CODE_FRAME) | (flags & ~PML_X86_US));
	set_inner(w, table, 1, good_gpa(CODE_FRAME) | flags);
}

static void fill_code(const struct nested_world *w)
{
	uint8_t *page = guest_frame(w, CODE_FRAME);

	memset(page, 0xcc, PGSIZE);
	for (unsigned int i = 0; i < GUEST_HOWS; i++)
		memcpy(page + i * CODE_STEP, code[i], sizeof(code[i]));
}

/* CPUID in the lower half of each page, in the upper what is nowhere else. */
static void fill_data(const struct nested_world *w)
{
	for (unsigned int frame = GUEST_DATA; frame < GUEST_FRAMES; frame++) {
		uint64_t *p = guest_frame(w, frame);

		for (unsigned int i = 0; i < 512; i++)
			p[i] = i < 256 ? 0xa20fa20fa20fa20f
				       : (frame * 512 + i) * 0x9e3779b97f4a7c15;
	}
}

void nested_fill(struct nested_world *w, struct random *r)
{
	w->outer.rsvd = pml_x86_rsvd_above(cpu.phys_bits);
	w->outer.pa_rsvd = w->outer.rsvd;
	if (w->can_lack_nx && random_percent(r, 15))
		w->outer.rsvd |= w->outer.fmt->nx;
	fill_outer(w, r);
	fill_data(w);
	fill_code(w);
	if (!w->inner)
		return;
	for (int level = w->inner->levels; level > 0; level--) {
		unsigned int frame = w->inner->levels - level;

		memset(guest_frame(w, frame), 0, PGSIZE);
		for (unsigned int i = 0; i < EDGES; i++)
			set_inner(w, frame, edge(w->inner, level, i),
				  inner_entry(w, r, level));
	}
	fill_inner_code(w);
}

void nested_pick_controls(const struct nested_world *w, struct random *r,
			  struct pml_x86_controls *c_ret)
{
	const struct pml_format *fmt = w->inner;
	bool wide = fmt && fmt->va_bits > 32;
	uint64_t cr4 = 0;

	if (fmt && fmt->entry_size == 8)
		cr4 |= PML_X86_CR4_PAE;
	if (fmt && fmt->entry_size == 4 && fmt->level[2].leaf_mask)
		cr4 |= PML_X86_CR4_PSE;
	if (fmt && fmt->levels == 5)
		cr4 |= PML_X86_CR4_LA57;
	cr4 |= cpu.smep && random_percent(r, 50) ? PML_X86_CR4_SMEP : 0;
	cr4 |= cpu.smap && random_percent(r, 50) ? PML_X86_CR4_SMAP : 0;
	*c_ret = (struct pml_x86_controls){
		.cr0 = PML_X86_CR0_PE | (fmt ? PML_X86_CR0_PG : 0) |
		       (random_percent(r, 60) ? PML_X86_CR0_WP : 0),
		.cr4 = cr4,
		.efer = (wide ? PML_X86_EFER_LME | PML_X86_EFER_LMA : 0) |
			(random_percent(r, 85) ? PML_X86_EFER_NXE : 0),
		.ac = random_percent(r, 50),
	};
}

/* What the core is asked of the guest. */
void nested_guest(const struct nested_world *w, const struct nested_case *c,
		  struct pml_nested *n_ret)
{
	const struct pml_x86_regs regs = {
		.cr0 = c->controls.cr0, .cr3 = c->cr3, .cr4 = c->controls.cr4,
		.efer = c->controls.efer, .maxphyaddr = cpu.phys_bits,
		.amd = cpu.amd,
	};
	struct pml_space inner = { .fmt = NULL };

	if (pml_x86_space(&regs, &inner)) {
		inner.fmt = oracle_walks_by(inner.fmt);
		inner.no_leaf = cpu.page1gb ? 0 : PML_LEVEL(3);
	}
	pml_nested_init(n_ret, &inner, &w->outer, w->nesting);
	n_ret->ept_advanced = w->ept_advanced;
}

/* Would a processor by the manual have found bit 8 set in a PML4E or PML5E? */
bool nested_ignores_bit_8(const struct nested_world *w,
			  const struct nested_case *c)
{
	struct pml_space outer = w->outer, inner;
	struct pml_x86_verdict_2d v;
	struct pml_nested n;

	nested_guest(w, c, &n);
	inner = n.inner;
	if (inner.fmt && inner.fmt->levels >= 4 && cpu.amd)
		inner.fmt = inner.fmt->levels == 5 ? &pml_amd64_5 : &pml_amd64_4;
	outer.fmt = w->manual;
	pml_nested_init(&n, &inner, &outer, w->nesting);
	pml_x86_access_2d(&n, &c->controls, &c->access, &v);
	return (v.exit == PML_X86_EXIT_NPF && v.kind == PML_RESERVED &&
		v.bits == PML_X86_G) ||
	       (v.exit == PML_X86_EXIT_EXCEPTION && v.guest.bits == PML_X86_G);
}

static bool is_outer_table(const struct nested_world *w, uint64_t pa)
{
	for (int level = 1; level <= w->outer.fmt->levels; level++)
		if (pa == w->outer_table[level])
			return true;
	return pa == w->good_pd || pa == w->good_pt;
}

/*
 * Bochs writes to the guest's flags where EPT does not let it, and does not see
 * bit 12 of a large EPT leaf.
 */
static bool bochs_differs(const struct nested_world *w,
			  const struct pml_walk_2d *walk, bool write)
{
	for (int i = 0; i < walk->inner.count; i++) {
		const struct pml_step *step = &walk->inner.step[i];
		uint64_t flags = PML_X86_A |
				 (write && step->kind == PML_LEAF ? PML_X86_D : 0);

		/* PAE's top entries have none */
		if (w->inner->level[step->level].in_registers)
			continue;
		if (w->nesting == PML_EPT && (flags & ~step->raw))
			return true;
	}
	for (int i = 0; i < walk->turns; i++) {
		const struct pml_steps *s = &walk->turn[i].steps;
		const struct pml_step *last = &s->step[s->count - 1];

		if (s->count && last->level > 1 && (last->raw & 0x1080) == 0x1080)
			return true;
	}
	return false;
}

/* Does the walk stay in tables, and in memory that the guest may use? */
static bool is_fair_at(const struct nested_world *w, struct pml_nested *n,
		       uint64_t gva, bool write)
{
	struct pml_target_2d t;
	struct pml_walk_2d walk;

	pml_translate_2d(n, gva, &t, &walk);
	if (t.inner.kind == PML_UNREADABLE && t.outer.kind == PML_LEAF &&
	    !is_guest_memory(w, t.outer.pa))
		return false;
	if (w->bochs && bochs_differs(w, &walk, write))
		return false;
	for (int i = 0; i < walk.turns; i++) {
		const struct pml_turn *turn = &walk.turn[i];
		uint64_t offset = turn->target.pa - w->memory;

		for (int s = 0; s < turn->steps.count; s++)
			if (!is_outer_table(w, turn->steps.step[s].table_pa))
				return false;
		/* TCG drops the bits of a gpa above those that are translated */
		if (turn->target.kind == PML_NONCANONICAL && oracle_is_tcg())
			return false;
		if (turn->target.kind != PML_LEAF)
			continue;
		if (!is_guest_memory(w, turn->target.pa) ||
		    (offset >= GUEST_KEPT * PGSIZE && offset < GUEST_DATA * PGSIZE))
			return false;
		/* the memory itself: data, so that no table is overwritten */
		if (i == walk.inner.count && offset < GUEST_DATA * PGSIZE)
			return false;
	}
	return true;
}

static uint64_t pick_gva(const struct nested_world *w, struct random *r)
{
	const struct pml_format *fmt = w->inner;
	uint64_t gva = 0, low = w->memory & ((1UL << 30) - 1);

	if (!fmt)
		return pick_gpa(w, r, GUEST_DATA +
				random_below(r, GUEST_FRAMES - GUEST_DATA), true);
	for (int level = fmt->levels; level > 0; level--)
		gva |= (uint64_t)edge(fmt, level, random_below(r, EDGES)) <<
		       fmt->level[level].shift;
	/* what a 1 GiB leaf needs to get at the memory, or any frame of a 2 MiB one */
	if (fmt->va_bits > 32 && random_percent(r, 20))
		gva = (gva & ~((1UL << 30) - 1)) | low;
	if (random_percent(r, 25))
		gva = (gva & ~0x1ff000UL) | random_below(r, 512) << PGSHIFT;
	if (fmt->sign_extended && gva >> (fmt->va_bits - 1) & 1)
		gva |= ~0UL << fmt->va_bits;
	return gva;
}

/*
 * Where in its page: code at the code, stores beside it, some across the end
 * of the page; but not across 4 GiB, where a segment ends.
 */
static uint64_t pick_offset(struct random *r, uint64_t gva, unsigned int kind,
			    unsigned int size)
{
	if (kind == PML_X)
		return (gva & ~0x801UL) | 0x10;
	if (size == 4 && random_percent(r, 10) && (gva | 0xfff) != 0xffffffff)
		return (gva | 0xfff) - random_below(r, 3);
	return (gva & ~3UL) | (kind == PML_W ? 0x800 : 0);
}

static void pick_access(const struct nested_world *w, struct random *r,
			struct nested_case *c)
{
	static const uint8_t kind[GUEST_HOWS] = {
		PML_R, PML_R, PML_W, PML_W, PML_X
	};
	static const uint8_t size[GUEST_HOWS] = { 1, 4, 1, 4, 2 };
	uint64_t gva = pick_gva(w, r);
	const struct pml_format *fmt = w->inner;

	c->how = random_below(r, GUEST_HOWS);
	c->value = random_next(r);
	gva |= random_below(r, PGSIZE);
	gva = pick_offset(r, gva, kind[c->how], size[c->how]);
	if (fmt && fmt->sign_extended && random_percent(r, 2))
		gva ^= 1UL << (fmt->va_bits - 1 + random_below(r, 65 - fmt->va_bits));
	c->access = (struct pml_x86_access){
		.va = gva, .size = size[c->how], .kind = kind[c->how],
		.user = random_percent(r, 50),
	};
}

/* The guest's root at a gpa by which its code can be reached. */
static void pick_root(const struct nested_world *w, struct random *r,
		      struct nested_case *c)
{
	const struct pml_format *fmt = w->inner;
	const struct pml_x86_access fetch = {
		.va = c->code, .size = 4, .kind = PML_X, .user = c->access.user
	};
	struct pml_x86_verdict_2d v;
	struct pml_nested n;

	c->cr3 = good_gpa(0);
	if (!fmt)
		return;
	c->cr3 = pick_gpa(w, r, 0, fmt->va_bits == 32);
	nested_guest(w, c, &n);
	if (!pml_x86_access_2d(&n, &c->controls, &fetch, &v) ||
	    v.pa >> PGSHIFT != (w->memory >> PGSHIFT) + CODE_FRAME)
		c->cr3 = good_gpa(0);
}

/*
 * TCG takes bits 1, 2 and 5 to 8 of PAE's top entries for what they are elsewhere,
 * and sets 5, the accessed flag: there is nothing to be learnt of them there.
 * VMX does not enter a guest whose registers would have reserved bits.
 */
static void tidy_top(const struct nested_world *w)
{
	uint64_t *top = guest_frame(w, 0), low = 0, rsvd = 0;

	if (!w->inner || w->inner->levels != 3)
		return;
	if (oracle_is_tcg() || w->nesting != PML_NPT)
		low = 0x1e6;
	if (w->nesting != PML_NPT)
		rsvd = ~0UL << cpu.phys_bits;
	for (unsigned int i = 0; i < 4; i++)
		top[i] &= ~(low | rsvd);
}

void nested_pick(const struct nested_world *w, struct random *r,
		 const struct pml_x86_controls *controls,
		 struct nested_case *case_ret)
{
	struct nested_case *c = case_ret;
	const struct pml_format *fmt = w->inner;
	struct pml_nested n;
	bool write;

	c->controls = *controls;
	tidy_top(w);
	do {
		pick_access(w, r, c);
		c->code = fmt ? (uint64_t)CODE_INDEX << fmt->level[fmt->levels].shift
			      : good_gpa(CODE_FRAME);
		c->code += c->how * CODE_STEP + (fmt && c->access.user ? PGSIZE : 0);
		pick_root(w, r, c);
		nested_guest(w, c, &n);
		write = c->access.kind == PML_W;
	} while (!is_fair_at(w, &n, c->access.va, write) ||
		 !is_fair_at(w, &n, c->access.va + c->access.size - 1, write));
}
