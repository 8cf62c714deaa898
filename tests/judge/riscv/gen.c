/*
 * Tables and accesses from a seed.  Most entries are good, so that walks get to
 * the last level; every way to be bad turns up at every level.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "judge.h"

#define BIT(n)	(1ULL << (n))

static bool has_h(const struct judge_world *w)
{
	/* 7.2's is none that could judge. */
	return w->qemu >= 9 && (w->id[JUDGE_MISA] & JUDGE_MISA_H);
}

/* ---- Entries ---------------------------------------------------------------- */

static uint64_t ppn(uint64_t pa)
{
	return pa >> 2 & PML_RISCV_PPN;
}

/* A table of the level, or sometimes any; or nowhere. */
static uint64_t pick_table(const struct judge_stage *s, struct random *r,
			   int level)
{
	if (random_percent(r, 2))
		return JUDGE_NOWHERE << random_below(r, 16);
	return judge_pick_table(s, r, level);
}

static uint64_t pick_rights(const struct judge_stage *s, struct random *r)
{
	static const uint8_t good[] = { 1, 3, 4, 5, 7, 7, 7, 3 };
	uint64_t raw = good[random_below(r, 8)];

	/* Not one for a pointer. */
	if (random_percent(r, 4))
		raw = 1 + random_below(r, 7);
	raw <<= 1;
	raw |= random_percent(r, s->g ? 93 : 50) ? PML_RISCV_U : 0;
	raw |= random_percent(r, 20) ? PML_RISCV_G : 0;
	raw |= random_percent(r, 92) ? PML_RISCV_A : 0;
	raw |= random_percent(r, 88) ? PML_RISCV_D : 0;
	return raw | random_below(r, 4) << 8;
}

/* What may be too much, or a size or memory type. */
static uint64_t pick_high(struct random *r)
{
	uint64_t raw = random_percent(r, 10) ? random_below(r, 4) << 61 : 0;

	raw |= random_percent(r, 2) ? BIT(54 + random_below(r, 7)) : 0;
	return raw | (random_percent(r, 2) ? PML_RISCV_N : 0);
}

/* Where a leaf leads. */
static uint64_t pick_memory(const struct judge_world *w, struct random *r)
{
	if (random_percent(r, 86))
		return JUDGE_SCRATCH + random_below(r, JUDGE_SCRATCH_SIZE);
	if (random_percent(r, 40))
		return JUDGE_NOWHERE << random_below(r, 16);
	if (w->two && w->g.fmt && random_percent(r, 50))
		return random_below(r, BIT(w->g.fmt->va_bits < 56 ?
					   w->g.fmt->va_bits : 56));
	return JUDGE_RAM + random_below(r, JUDGE_RAM_SIZE);
}

static uint64_t pick_leaf(const struct judge_world *w,
			  const struct judge_stage *s, struct random *r,
			  int level)
{
	unsigned shift = s->fmt->level[level].shift;
	uint64_t pa = pick_memory(w, r) & ~(BIT(shift) - 1);
	uint64_t raw = PML_RISCV_V | pick_rights(s, r) | pick_high(r);

	if (level == 1 && random_percent(r, 12)) {
		pa = (pa & ~0xffffULL) | 0x8000;
		raw |= PML_RISCV_N;
	}
	/* Misaligned, or a NAPOT size that there is not. */
	if (random_percent(r, 3) && (level > 1 || (raw & PML_RISCV_N)))
		pa ^= BIT(12 + random_below(r, level > 1 ? shift - 12 : 4));
	return raw | ppn(pa);
}

static uint64_t pick_pointer(const struct judge_stage *s, struct random *r,
			     int level)
{
	uint64_t raw = PML_RISCV_V | ppn(pick_table(s, r, level - 1));

	raw |= random_percent(r, 10) ? PML_RISCV_G : 0;
	raw |= random_below(r, 4) << 8;
	if (random_percent(r, 2))
		raw |= BIT(4 + random_below(r, 4));
	return raw | (random_percent(r, 10) ? pick_high(r) : 0);
}

static uint64_t pick_entry(const struct judge_world *w,
			   const struct judge_stage *s, struct random *r,
			   int level)
{
	static const uint8_t leaf_percent[] = { 0, 98, 30, 20, 8, 5 };

	if (random_percent(r, 3))
		return random_next(r) & ~PML_RISCV_V;
	if (random_percent(r, 1))
		return random_next(r);
	if (random_percent(r, leaf_percent[level]))
		return pick_leaf(w, s, r, level);
	return pick_pointer(s, r, level > 1 ? level : 2);
}

/* The address of a random slot, and the fifteen beside it. */
static void fill_napot(uint64_t *table, unsigned index, uint64_t raw)
{
	if (!(raw & PML_RISCV_V) || !(raw & PML_RISCV_N))
		return;
	for (unsigned i = index & ~15u; i < (index | 15u) + 1; i++)
		table[i] = raw;
}

static void fill_table(const struct judge_world *w, const struct judge_stage *s,
		       struct random *r, uint64_t pa, int level)
{
	uint64_t *table = judge_memory(w, pa);

	for (int n = 0; n < 24; n++) {
		unsigned index = judge_pick_index(r, s->fmt->level[level].bits);

		table[index] = pick_entry(w, s, r, level);
		if (level == 1)
			fill_napot(table, index, table[index]);
	}
}

/* Tables for every level but the root's, most of them low. */
static bool make_tables(struct judge_world *w, struct judge_stage *s,
			struct random *r)
{
	static const uint8_t per_level[] = { 0, 6, 5, 4, 3, 0 };
	int level;

	s->tables = 0;
	for (level = 1; level < s->fmt->levels; level++)
		for (int i = 0; i < per_level[level]; i++) {
			uint64_t pa = judge_take(w, 4096);

			if (!pa)
				return false;
			s->level[s->tables] = level;
			s->table[s->tables++] = pa;
		}
	s->root = judge_take(w, s->g ? 16384 : 4096);
	if (!s->root)
		return false;
	for (int i = 0; i < s->tables; i++)
		fill_table(w, s, r, s->table[i], s->level[i]);
	fill_table(w, s, r, s->root, s->fmt->levels);
	return true;
}

/* ---- The G stage's fixed part ----------------------------------------------- */

/* Map one page of it, through tables that are for such pages alone. */
static bool map_page(struct judge_world *w, uint64_t gpa, uint64_t raw)
{
	const struct pml_format *fmt = w->g.fmt;
	struct pml_space space = { .fmt = fmt };
	uint64_t table = w->g.root, below;

	for (int level = fmt->levels; level > 1; level--, table = below) {
		uint64_t *slot = (uint64_t *)judge_memory(w, table) +
				 pml_index(&fmt->level[level], gpa);

		below = pml_table_pa(&space, level, *slot);
		if (below >= w->fixed && below < w->next)
			continue;
		below = judge_take(w, 4096);
		if (!below)
			return false;
		*slot = PML_RISCV_V | ppn(below);
	}
	((uint64_t *)judge_memory(w, table))[pml_index(&fmt->level[1], gpa)] = raw;
	return true;
}

/* The VS stage's tables and the scratch pages, with rights of all kinds, mostly
 * good. */
static bool map_fixed(struct judge_world *w, struct random *r)
{
	const uint64_t good = PML_RISCV_V | PML_RISCV_RWX | PML_RISCV_U |
			      PML_RISCV_A | PML_RISCV_D;
	uint64_t pa;

	w->next = w->fixed = (w->next + 0xffff) & ~0xffffULL;
	for (pa = w->begin; pa < w->s1_end; pa += 4096) {
		uint64_t raw = good;

		if (random_percent(r, 5))
			raw = pick_leaf(w, &w->g, r, 1) &
			      ~(PML_RISCV_PPN | PML_RISCV_N);
		else if (random_percent(r, 4))
			raw &= ~PML_RISCV_W;
		if (!map_page(w, pa, raw | ppn(pa)))
			return false;
	}
	for (pa = JUDGE_SCRATCH; pa < JUDGE_SCRATCH + JUDGE_SCRATCH_SIZE; pa += 4096)
		if (!map_page(w, pa, pick_leaf(w, &w->g, r, 1)))
			return false;
	return true;
}

/* ---- Worlds ----------------------------------------------------------------- */

static uint64_t root_register(const struct judge_stage *s, struct random *r)
{
	if (!s->fmt)
		return 0;
	return (uint64_t)(s->fmt->levels + 5) << 60 | s->root >> 12 |
	       random_below(r, 16) << 44;
}

static const struct pml_format *pick_format(struct random *r, bool g)
{
	static const struct pml_format *const formats[2][3] = {
		{ &pml_sv39, &pml_sv48, &pml_sv57 },
		{ &pml_sv39x4, &pml_sv48x4, &pml_sv57x4 },
	};

	return random_percent(r, 8) ? NULL : formats[g][random_below(r, 3)];
}

/* ADUE and PBMTE, the same for all cases: A and D stay set. */
static void pick_envcfg(struct judge_world *w, struct random *r)
{
	uint64_t bits = 0;

	bits |= random_percent(r, 40) ? PML_RISCV_ENVCFG_ADUE : 0;
	bits |= random_percent(r, 60) ? PML_RISCV_ENVCFG_PBMTE : 0;
	w->regs.menvcfg = w->regs.henvcfg = bits;
	w->apart = random_percent(r, 12);
	if (w->apart)
		w->regs.henvcfg &= random_next(r);
	w->regs.menvcfg &= w->id[JUDGE_MENVCFG];
	w->regs.henvcfg &= w->id[JUDGE_HENVCFG];
}

/* False if it needs more memory than there is. */
bool judge_world_make(struct judge_world *w, struct random *r)
{
	w->next = w->begin;
	memset(&w->regs, 0, sizeof(w->regs));
	w->two = has_h(w) && random_percent(r, 60);
	w->s1.fmt = pick_format(r, false);
	w->g.fmt = w->two ? pick_format(r, true) : NULL;
	w->s1.g = false;
	w->g.g = true;
	pick_envcfg(w, r);
	if (w->s1.fmt && !(random_percent(r, 15) ? judge_make_by_core(w, r) :
						    make_tables(w, &w->s1, r)))
		return false;
	w->next = w->s1_end = (w->next + 0xffff) & ~0xffffULL;
	if (w->g.fmt && (!make_tables(w, &w->g, r) || !map_fixed(w, r)))
		return false;
	if (!w->two) {
		w->regs.satp = root_register(&w->s1, r);
		return true;
	}
	w->regs.vsatp = root_register(&w->s1, r);
	w->regs.hgatp = root_register(&w->g, r);
	return true;
}

/* ---- Cases ------------------------------------------------------------------ */

/* An address that leads somewhere, down a random way through the tables. */
static uint64_t pick_address(const struct judge_world *w,
			     const struct judge_stage *s, struct random *r)
{
	struct pml_space space = { .fmt = s->fmt };
	uint64_t table = s->root, va = 0, raw;
	int level = s->fmt->levels;
	unsigned shift;

	for (;; level--) {
		unsigned bits = s->fmt->level[level].bits, n = 64, index;
		const uint64_t *entry = judge_memory(w, table);

		do
			index = judge_pick_index(r, bits);
		while (n-- && !entry[index] && !random_percent(r, 2));
		while (!entry[index] && random_percent(r, 99) &&
		       (index + 1) >> bits == 0)
			index++;
		shift = s->fmt->level[level].shift;
		va |= (uint64_t)index << shift;
		raw = entry[index];
		if (pml_classify(&space, level, raw) != PML_TABLE)
			break;
		table = pml_table_pa(&space, level, raw);
		if (table < w->begin || table >= w->next)
			break;
	}
	if (s->fmt->sign_extended && va >> (s->fmt->va_bits - 1))
		va |= ~0ULL << s->fmt->va_bits;
	/* Of a large page mostly what leads to the scratch memory. */
	if (random_percent(r, 90) &&
	    pml_classify(&space, level, raw) == PML_LEAF)
		return va | ((JUDGE_SCRATCH + random_below(r, JUDGE_SCRATCH_SIZE)) &
			     (BIT(shift) - 1));
	return va | random_below(r, BIT(shift));
}

/* An entry of PMP over something that the access may need. */
static uint64_t pick_pmp_addr(const struct judge_world *w, struct random *r,
			      unsigned match)
{
	uint64_t size = w->next - w->begin, at = w->begin;
	unsigned log2 = 3 + (unsigned)random_below(r, 14);

	if (!size || random_percent(r, 35)) {
		at = JUDGE_SCRATCH;
		size = JUDGE_SCRATCH_SIZE;
		log2 += random_percent(r, 50) ? 4 : 0;
	}
	at += random_below(r, size);
	if (match == PML_RISCV_PMP_NAPOT)
		return (at >> log2 << log2) >> 2 | ((1ULL << (log2 - 3)) - 1);
	return at >> 2;
}

/* What PMP lets everyone do, but for some entries in front. */
static void pick_pmp(const struct judge_world *w, struct random *r,
		     struct judge_case *c)
{
	static const uint8_t rights[] = { 0, 1, 3, 4, 5, 7, 0, 5 };
	int last = JUDGE_PMPS - 1;

	c->pmpaddr[last] = PML_BITS(0, 53);
	c->pmpcfg = 0x1fULL << 8 * last;
	if (random_percent(r, 60))
		return;
	for (int i = 0; i < last; i++) {
		unsigned match = (unsigned)random_below(r, 4);

		c->pmpaddr[i] = pick_pmp_addr(w, r, match);
		c->pmpcfg |= (uint64_t)(rights[random_below(r, 8)] | match << 3)
			     << 8 * i;
	}
	/* None that opens all; with no entry at all mret would be refused. */
	if (random_percent(r, 3)) {
		c->pmpcfg ^= (0x1fULL ^ PML_RISCV_PMP_NA4 << 3) << 8 * last;
		c->pmpaddr[last] = 0;
	}
}

static void pick_masking(const struct judge_world *w, struct random *r,
			 struct judge_case *c)
{
	uint64_t pmm = PML_RISCV_ENVCFG_PMM;
	uint64_t value = (2 + random_below(r, 2)) << 32;

	/* See masks.c: what the emulator makes of HLV is an address of its own. */
	if (!random_percent(r, 25) || (c->how >= JUDGE_HLV && c->how <= JUDGE_HLVX))
		return;
	if ((w->id[JUDGE_MENVCFG] & pmm) == pmm)
		c->menvcfg |= value;
	if ((w->id[JUDGE_SENVCFG] & pmm) == pmm)
		c->senvcfg |= random_percent(r, 80) ? value : 0;
	if ((w->id[JUDGE_HENVCFG] & pmm) == pmm)
		c->henvcfg |= random_percent(r, 80) ? value : 0;
}

void judge_pick_controls(const struct judge_world *w, struct random *r,
			  struct judge_case *c)
{
	bool supervisor = random_percent(r, 50);

	*c = w->regs;
	c->how = random_below(r, 4) + (w->two ? JUDGE_HLV : JUDGE_LOAD);
	/* See masks.c: with V=0 the emulator takes menvcfg for both. */
	if (w->two && w->apart)
		c->how = JUDGE_FETCH_V;
	c->mstatus = supervisor ? 1ULL << 11 | PML_RISCV_MSTATUS_SPP : 0;
	c->mstatus |= random_percent(r, 50) ? PML_RISCV_MSTATUS_SUM : 0;
	c->mstatus |= random_percent(r, 30) ? PML_RISCV_MSTATUS_MXR : 0;
	c->vsstatus |= random_percent(r, 50) ? PML_RISCV_MSTATUS_SUM : 0;
	c->vsstatus |= random_percent(r, 30) ? PML_RISCV_MSTATUS_MXR : 0;
	if (w->two)
		c->hstatus = PML_RISCV_HSTATUS_SPV |
			     (supervisor ? PML_RISCV_HSTATUS_SPVP : 0);
	c->value = JUDGE_PAGE_CODE * 0x1000100010001ULL;
	pick_pmp(w, r, c);
	pick_masking(w, r, c);
}

void judge_pick_va(struct judge_world *w, struct random *r, struct judge_case *c)
{
	if (w->s1.fmt)
		c->va = pick_address(w, &w->s1, r);
	else if (w->g.fmt)
		c->va = pick_address(w, &w->g, r);
	else
		c->va = JUDGE_SCRATCH + random_below(r, JUDGE_SCRATCH_SIZE);
	c->va &= ~7ULL;
	if (random_percent(r, 2))
		c->va ^= BIT(38 + random_below(r, 26));
	if (random_percent(r, 12))
		c->va = (c->va & PML_BITS(0, 55)) | random_below(r, 256) << 56;
}

void judge_describe(const struct judge_world *w, struct judge_case *c,
		     struct judge_question *q)
{
	static const uint8_t kind[JUDGE_HOWS] = {
		PML_R, PML_W, PML_R | PML_W, PML_X, PML_R, PML_W, PML_R, PML_X
	};
	struct pml_riscv_regs *regs = &q->regs;

	q->c = c;
	*regs = (struct pml_riscv_regs){
		.priv = PML_RISCV_MODE_M, .has = PML_RISCV_HAS_ALL,
		.mstatus = c->mstatus | PML_RISCV_MSTATUS_MPRV,
		.satp = c->satp, .menvcfg = c->menvcfg, .senvcfg = c->senvcfg,
		.hstatus = c->hstatus, .vsstatus = c->vsstatus,
		.vsatp = c->vsatp, .hgatp = c->hgatp, .henvcfg = c->henvcfg,
	};
	/* One that has no ADUE sets A and D by itself. */
	if (!(w->id[JUDGE_MENVCFG] & PML_RISCV_ENVCFG_ADUE))
		regs->has ^= PML_RISCV_SVADU | PML_RISCV_SETS_AD;
	pml_riscv_pmp_set_cfg(&regs->pmp, 0, 64, c->pmpcfg);
	memcpy(regs->pmp.addr, c->pmpaddr, sizeof(c->pmpaddr));
	q->access = (struct pml_riscv_access){
		.va = c->va, .size = 8, .kind = kind[c->how],
		.hlv = c->how >= JUDGE_HLV && c->how <= JUDGE_HLVX,
		.hlvx = c->how == JUDGE_HLVX,
		.as = c->how >= JUDGE_HLV ? pml_riscv_as_guest(regs) :
					    pml_riscv_as(regs, false),
	};
	if (c->how == JUDGE_HLVX)
		q->access.size = 4;
	if (q->access.kind == PML_X)
		q->access.size = 2;
}

/* A physical address that the machine's memory has, or surely nothing. */
static bool is_nowhere(uint64_t pa)
{
	return pa >= JUDGE_NOWHERE;
}

/*
 * Can what the access meets be known, and will it do no harm?  Where it leads
 * counts even if it should be denied.
 */
bool judge_is_fair(const struct judge_world *w, const struct judge_question *q)
{
	struct pml_riscv_mmu mmu;
	const struct pml_space *first;
	struct pml_nested n;
	struct pml_target_2d t2;
	struct pml_target t;
	uint64_t va, pa;
	struct pml_format fmt;

	pml_riscv_mmu_init(&mmu, &q->regs, judge_at, (void *)(uintptr_t)w);
	if (w->qemu < 9)
		judge_relax_high(&mmu, &fmt);
	mmu.s.rsvd = mmu.vs.rsvd = mmu.g.rsvd = 0;
	va = pml_riscv_untagged(&mmu, &q->access, q->access.va);
	/* 7.2 has one TLB for the program's fetches and MPRV's accesses. */
	if (va - JUDGE_RAM < JUDGE_HOME_SIZE)
		return false;
	first = pml_riscv_first_stage(&mmu, q->access.as);
	if (!q->access.as.v || !mmu.g.fmt) {
		if (!first)
			pml_identity(va, &t);
		else if (!pml_translate(first, va, &t, NULL))
			return t.kind != PML_UNREADABLE || is_nowhere(t.slot_pa);
		pa = t.pa;
	} else {
		pml_nested_init(&n, &mmu.vs, &mmu.g, PML_PLAIN);
		if (!pml_translate_2d(&n, va, &t2, NULL)) {
			if (t2.where == PML_IN_TABLE && t2.outer.kind == PML_LEAF)
				return is_nowhere(t2.outer.pa);
			return t2.outer.kind != PML_UNREADABLE ||
			       t2.where == PML_IN_INNER ||
			       is_nowhere(t2.outer.slot_pa);
		}
		pa = t2.pa;
	}
	return (pa >= JUDGE_SCRATCH && pa < JUDGE_SCRATCH + JUDGE_SCRATCH_SIZE) ||
	       (is_nowhere(pa) && pa < BIT(56));
}

void judge_settle(const struct judge_world *w, struct judge_question *q)
{
	for (unsigned lax = 0; lax < LAX_KINDS; lax++)
		judge_says(w, q, lax, &q->before[lax]);
}
