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

static uint64_t table_size(const struct pml_format *fmt, int level)
{
	uint64_t size = 8ULL << fmt->level[level].bits;

	return size < 64 ? 64 : size;
}

/* ---- Configurations -------------------------------------------------------- */

/* 7.2 ends with a failed assertion where a fault is of level -1. */
static bool has_level_minus_1(const struct judge_world *w)
{
	return w->qemu >= 8;
}

static unsigned pick_granule(struct random *r)
{
	return 12 + 2 * (unsigned)random_below(r, 3);
}

/* TG0's value for a granule. */
static uint64_t tg0(unsigned granule)
{
	return granule == 12 ? 0 : granule == 14 ? 2 : 1;
}

static unsigned pick_stage1_bits(const struct judge_world *w, struct random *r,
				 unsigned granule, bool ds)
{
	unsigned most = granule == 16 ? 52 :
			ds && (granule == 14 || has_level_minus_1(w)) ? 52 : 48;
	unsigned least = granule == 16 ? 17 : 16;

	if (random_percent(r, 40))
		return most - (unsigned)random_below(r, 10);
	return least + (unsigned)random_below(r, most - least + 1);
}

static bool pick_stage1(struct judge_world *w, struct random *r)
{
	struct judge_case *c = &w->regs;
	unsigned granule = pick_granule(r), bits;
	bool ds = random_percent(r, 35), ha = random_percent(r, 35);
	struct pml_arm64_regs regs = { .regime = PML_ARM64_EL10, .has_id = true };

	bits = pick_stage1_bits(w, r, granule, ds);
	/* The upper half: T1SZ 25 with 4 KiB. */
	c->tcr = 25ULL << 16 | 2ULL << 30 | (64 - bits) | tg0(granule) << 14 |
		 random_below(r, 7) << 32 |
		 (ds ? PML_ARM64_TCR_DS : 0) |
		 (ha ? PML_ARM64_TCR_HA : 0) |
		 (random_percent(r, 40) ? PML_ARM64_TCR_HD : 0) |
		 (random_percent(r, 30) ? PML_ARM64_TCR_HPD(0) : 0);
	regs.tcr = c->tcr;
	memcpy(regs.mmfr, w->id, sizeof(regs.mmfr));
	return pml_arm64_config(&regs, false, &w->s1.c) &&
	       pml_arm64_format(&w->s1.c, &w->s1.fmt);
}

/* Our level of the root by SL0 and SL2, see pml_arm64_start(). */
static uint64_t start_bits(unsigned granule, unsigned level)
{
	static const uint8_t small[] = { 0, 3, 0, 1, 2 };

	if (level == 5)
		return BIT(33);
	return (granule == 12 ? (uint64_t)small[level] : level - 1) << 6;
}

/* 7.2 takes VTCR_EL2.PS for PARange where it looks at stage 2's start. */
static bool starts_by_ps(unsigned granule, unsigned level, unsigned bits,
			 uint64_t ps)
{
	unsigned size = pml_arm64_size((unsigned)ps);

	if (bits > size || (granule == 12 && level == 4 && size <= 42))
		return false;
	if (granule == 14 && (level == 4 || (level == 3 && size <= 40)))
		return false;
	return granule != 16 || level < 3 || size > 42;
}

static bool pick_stage2(struct judge_world *w, struct random *r)
{
	struct judge_case *c = &w->regs;
	struct pml_arm64_config *s2 = &w->s2.c;
	struct pml_arm64_regs regs = { .regime = PML_ARM64_EL10, .has_id = true };
	unsigned granule = pick_granule(r), level, bits;
	bool ds = granule != 16 && random_percent(r, 30);
	bool ha = random_percent(r, 35);
	uint64_t ps = random_below(r, 7);

	level = 1 + (unsigned)random_below(r, granule == 16 ? 3 :
					   ds && has_level_minus_1(w) ? 5 : 4);
	bits = 31 + (unsigned)random_below(r, 22);
	if (w->qemu < 8 && !starts_by_ps(granule, level, bits, ps))
		return false;
	c->vtcr = BIT(31) | (64 - bits) | tg0(granule) << 14 | ps << 16 |
		  start_bits(granule, level) |
		  (ds ? PML_ARM64_TCR2_DS : 0) | (ha ? PML_ARM64_TCR2_HA : 0) |
		  (random_percent(r, 40) ? PML_ARM64_TCR2_HD : 0);
	regs.vtcr = c->vtcr;
	memcpy(regs.mmfr, w->id, sizeof(regs.mmfr));
	return pml_arm64_config_stage2(&regs, s2) && s2->levels == level &&
	       bits <= (s2->ds || granule == 16 ? 52 : 48) &&
	       pml_arm64_format(s2, &w->s2.fmt);
}

/* ---- Entries ---------------------------------------------------------------- */

static uint64_t pick_stage1_rights(struct random *r)
{
	uint64_t raw = 0;

	raw |= random_percent(r, 60) ? PML_ARM64_AP1 : 0;
	raw |= random_percent(r, 35) ? PML_ARM64_AP2 : 0;
	raw |= random_percent(r, 30) ? PML_ARM64_PXN : 0;
	raw |= random_percent(r, 30) ? PML_ARM64_UXN : 0;
	raw |= random_percent(r, 50) ? PML_ARM64_NG : 0;
	raw |= random_percent(r, 10) ? PML_ARM64_GP : 0;
	raw |= random_percent(r, 10) ? PML_ARM64_NS : 0;
	return raw | random_below(r, 8) << 2;
}

static uint64_t pick_stage2_rights(struct random *r)
{
	uint64_t raw = random_percent(r, 90) ? 0xfULL << 2 : 0x5ULL << 2;

	raw |= random_percent(r, 88) ? PML_ARM64_S2_R : 0;
	raw |= random_percent(r, 80) ? PML_ARM64_S2_W : 0;
	if (random_percent(r, 40))
		raw |= random_below(r, 4) << 53;
	return raw;
}

/* What any leaf may have besides. */
static uint64_t pick_leaf_flags(const struct judge_stage *s, struct random *r)
{
	uint64_t raw = 0;

	raw |= random_percent(r, 93) ? PML_ARM64_AF : 0;
	raw |= random_percent(r, 20) ? PML_ARM64_DBM : 0;
	raw |= random_percent(r, 10) ? PML_ARM64_CONTIG : 0;
	raw |= random_percent(r, 20) ? random_below(r, 16) << 55 : 0;
	raw |= s->c.ds ? 0 : random_below(r, 2) * PML_ARM64_SH;
	return raw;
}

static uint64_t pick_table_flags(struct random *r)
{
	uint64_t raw = random_percent(r, 30) ? random_next(r) & PML_BITS(52, 58) : 0;

	raw |= random_percent(r, 10) ? random_next(r) & PML_BITS(2, 7) : 0;
	raw |= random_percent(r, 12) ? PML_ARM64_PXNT : 0;
	raw |= random_percent(r, 12) ? PML_ARM64_UXNT : 0;
	raw |= random_percent(r, 12) ? PML_ARM64_APT0 : 0;
	raw |= random_percent(r, 12) ? PML_ARM64_APT1 : 0;
	return raw;
}

/* An address as entries of this stage have it. */
static uint64_t address_bits(const struct judge_stage *s, int level, bool leaf,
			     uint64_t pa)
{
	return leaf ? pml_leaf_pa_bits(&s->fmt, level, pa) :
		      pml_table_pa_bits(&s->fmt, level, pa);
}

/* An address with a bit that is too high, or in the gap of a block. */
static uint64_t pick_bad_bits(const struct judge_stage *s, struct random *r,
			      int level, bool leaf)
{
	unsigned top = s->c.ds || s->c.granule == 16 ? 52 : 48;
	unsigned low = pml_arm64_output(&s->c);

	if (leaf && level > 1 && random_percent(r, 50))
		return BIT(17 + random_below(r, s->fmt.level[level].shift - 17));
	if (low >= top)
		return 0;
	return address_bits(s, level, leaf, BIT(low + random_below(r, top - low)));
}

/* Where a leaf leads. */
static uint64_t pick_memory(const struct judge_world *w, struct random *r)
{
	if (random_percent(r, 85))
		return JUDGE_SCRATCH + random_below(r, JUDGE_SCRATCH_SIZE);
	if (w->two && random_percent(r, 50))
		return random_below(r, BIT(w->s2.c.va_bits));
	return JUDGE_RAM + random_below(r, JUDGE_RAM_SIZE);
}

static uint64_t pick_leaf(const struct judge_world *w,
			  const struct judge_stage *s, struct random *r,
			  int level)
{
	uint64_t raw = PML_ARM64_VALID | (level == 1 ? PML_ARM64_TABLE : 0);

	raw |= address_bits(s, level, true, pick_memory(w, r));
	raw |= s == &w->s1 ? pick_stage1_rights(r) : pick_stage2_rights(r);
	return raw | pick_leaf_flags(s, r);
}

static uint64_t pick_entry(const struct judge_world *w,
			   const struct judge_stage *s, struct random *r,
			   int level)
{
	static const uint8_t leaf_percent[] = { 0, 97, 30, 25, 8, 5 };
	bool leaf = random_percent(r, leaf_percent[level]);
	uint64_t raw;

	if (random_percent(r, 3))
		return random_next(r) & ~PML_ARM64_VALID;
	if (random_percent(r, 1))
		return random_next(r);
	if (leaf || level == 1) {
		raw = pick_leaf(w, s, r, level);
		/* At the last level: what would be a block. */
		if (!leaf)
			raw &= ~PML_ARM64_TABLE;
	} else {
		raw = PML_ARM64_VALID | PML_ARM64_TABLE | pick_table_flags(r) |
		      address_bits(s, level, false, judge_pick_table(s, r, level - 1));
	}
	if (random_percent(r, 3))
		raw |= pick_bad_bits(s, r, level, leaf);
	return raw;
}

static void fill_table(const struct judge_world *w, const struct judge_stage *s,
		       struct random *r, uint64_t pa, int level)
{
	uint64_t *table = judge_memory(w, pa);

	for (int n = 0; n < 24; n++)
		table[judge_pick_index(r, s->fmt.level[level].bits)] =
			pick_entry(w, s, r, level);
}

/* Tables for every level but the root's, most of them low. */
static bool make_tables(struct judge_world *w, struct judge_stage *s,
			struct random *r)
{
	static const uint8_t per_level[] = { 0, 5, 4, 3, 2, 0 };
	int level;

	s->tables = 0;
	for (level = 1; level < s->fmt.levels; level++)
		for (int i = 0; i < per_level[level]; i++) {
			uint64_t pa = judge_take(w, 1ULL << s->c.granule);

			if (!pa)
				return false;
			s->level[s->tables] = level;
			s->table[s->tables++] = pa;
		}
	s->root = judge_take(w, table_size(&s->fmt, s->fmt.levels));
	if (!s->root)
		return false;
	for (int i = 0; i < s->tables; i++)
		fill_table(w, s, r, s->table[i], s->level[i]);
	fill_table(w, s, r, s->root, s->fmt.levels);
	return true;
}

/* ---- Stage 2's fixed part --------------------------------------------------- */

/* Map one page of stage 2, through tables that are for such pages alone. */
static bool map_page(struct judge_world *w, uint64_t ipa, uint64_t bits)
{
	struct judge_stage *s = &w->s2;
	struct pml_space space = { .fmt = &s->fmt };
	uint64_t table = s->root, below;

	for (int level = s->fmt.levels; level > 1; level--, table = below) {
		uint64_t *slot = (uint64_t *)judge_memory(w, table) +
				 pml_index(&s->fmt.level[level], ipa);

		below = pml_table_pa(&space, level, *slot);
		if (below >= w->fixed && below < w->next)
			continue;
		below = judge_take(w, 1ULL << s->c.granule);
		if (!below)
			return false;
		*slot = PML_ARM64_VALID | PML_ARM64_TABLE |
			address_bits(s, level, false, below);
	}
	((uint64_t *)judge_memory(w, table))[pml_index(&s->fmt.level[1], ipa)] =
		bits;
	return true;
}

#define HOME_BITS \
	(PML_ARM64_VALID | PML_ARM64_TABLE | 0xfULL << 2 | PML_ARM64_S2_R | \
	 PML_ARM64_S2_W | PML_ARM64_AF)

/* The program as it is; stage 1's tables and the scratch pages with rights of
 * all kinds, mostly good. */
static bool map_fixed(struct judge_world *w, struct random *r)
{
	struct judge_stage *s = &w->s2;
	uint64_t page = 1ULL << s->c.granule, pa;

	w->next = w->fixed = (w->next + 0xffff) & ~0xffffULL;
	for (pa = JUDGE_HOME; pa < JUDGE_HOME + JUDGE_HOME_SIZE; pa += page)
		if (!map_page(w, pa, HOME_BITS | address_bits(s, 1, true, pa)))
			return false;
	for (pa = w->begin & -page; pa < w->s1_end; pa += page) {
		uint64_t bits = HOME_BITS;

		if (random_percent(r, 4))
			bits = pick_leaf(w, s, r, 1) & ~s->fmt.level[1].leaf_pa;
		else if (random_percent(r, 4))
			bits &= ~PML_ARM64_S2_W;
		if (!map_page(w, pa, bits | address_bits(s, 1, true, pa)))
			return false;
	}
	for (pa = JUDGE_SCRATCH; pa < JUDGE_SCRATCH + JUDGE_SCRATCH_SIZE; pa += page)
		if (!map_page(w, pa, pick_leaf(w, s, r, 1)))
			return false;
	return true;
}

/* ---- Worlds ----------------------------------------------------------------- */

/* The root's register: CnP and an ASID do not matter. */
static uint64_t root_register(const struct judge_stage *s, struct random *r)
{
	return s->root | random_below(r, 2) | random_below(r, 16) << 48;
}

/* A root that is too high, or nowhere. */
static uint64_t pick_bad_root(const struct judge_stage *s, struct random *r,
			      bool nowhere)
{
	unsigned low = pml_arm64_output(&s->c);

	if (low < 48)
		return BIT(low + random_below(r, 48 - low));
	return low == 52 && nowhere ? BIT(2 + random_below(r, 4)) : 0;
}

/* False if it needs more memory than there is. */
bool judge_world_make(struct judge_world *w, struct random *r)
{
	w->next = w->begin;
	memset(&w->regs, 0, sizeof(w->regs));
	w->two = random_percent(r, 55);
	while (!pick_stage1(w, r))
		;
	while (!pick_stage2(w, r))
		;
	if (!make_tables(w, &w->s1, r))
		return false;
	w->next = w->s1_end = (w->next + 0xffff) & ~0xffffULL;
	if (w->two && (!make_tables(w, &w->s2, r) || !map_fixed(w, r)))
		return false;
	w->regs.ttbr0 = root_register(&w->s1, r);
	w->regs.ttbr1 = JUDGE_TTBR1;
	w->regs.mair = ~0ULL;
	w->regs.hcr = BIT(31);
	if (w->two) {
		w->regs.hcr |= PML_ARM64_HCR_VM;
		w->regs.vttbr = root_register(&w->s2, r);
	}
	return true;
}

/* ---- Cases ------------------------------------------------------------------ */

/* An address that leads somewhere, down a random way through the tables. */
static uint64_t pick_address(struct judge_world *w, struct judge_stage *s,
			     struct random *r, bool ipa)
{
	struct pml_space space = { .fmt = &s->fmt };
	uint64_t table = s->root, va = 0, raw;
	int level = s->fmt.levels;
	unsigned shift;

	for (;; level--) {
		unsigned bits = s->fmt.level[level].bits, n = 64;
		const uint64_t *entry = judge_memory(w, table);
		unsigned index;

		do
			index = judge_pick_index(r, bits);
		while (n-- && !entry[index] && !random_percent(r, 2));
		while (!entry[index] && random_percent(r, 99) &&
		       (index + 1) >> bits == 0)
			index++;
		shift = s->fmt.level[level].shift;
		va |= (uint64_t)index << shift;
		raw = entry[index];
		if (pml_classify(&space, level, raw) != PML_TABLE)
			break;
		table = pml_table_pa(&space, level, raw);
		if (table < w->begin || table >= w->next)
			break;
	}
	/* Of a large page mostly what leads to the scratch memory. */
	if (!ipa && random_percent(r, 90) &&
	    pml_classify(&space, level, raw) == PML_LEAF)
		return va | ((JUDGE_SCRATCH + random_below(r, JUDGE_SCRATCH_SIZE)) &
			     (BIT(shift) - 1));
	return va | random_below(r, BIT(shift));
}

void judge_pick_controls(const struct judge_world *w, struct random *r,
			 struct judge_case *c)
{
	*c = w->regs;
	c->how = random_below(r, JUDGE_HOWS);
	c->sctlr = 0x30d00800 | PML_ARM64_SCTLR_M;
	c->sctlr |= random_percent(r, 40) ? PML_ARM64_SCTLR_WXN : 0;
	c->sctlr |= random_percent(r, 50) ? PML_ARM64_SCTLR_EPAN : 0;
	c->pstate |= random_percent(r, 50) ? JUDGE_PSTATE_PAN : 0;
	c->pstate |= random_percent(r, 30) ? JUDGE_PSTATE_UAO : 0;
	c->tcr |= random_percent(r, 2) ? PML_ARM64_TCR_EPD(0) : 0;
	c->tcr |= random_percent(r, 5) ? PML_ARM64_TCR_E0PD(0) : 0;
	c->tcr |= random_percent(r, 30) ? PML_ARM64_TCR_TBI(0) : 0;
	c->tcr |= random_percent(r, 30) ? PML_ARM64_TCR_TBID(0) : 0;
	/* In memory that is not there, stage 1's root is a fault of stage 2. */
	if (random_percent(r, 2))
		c->ttbr0 |= pick_bad_root(&w->s1, r, w->two);
	if (w->two && c->how <= JUDGE_AT_LAST && random_percent(r, 2))
		c->vttbr |= pick_bad_root(&w->s2, r, false);
	c->value = (uint64_t)JUDGE_PAGE_CODE << 32 | JUDGE_PAGE_CODE;
}

void judge_pick_va(struct judge_world *w, struct random *r, struct judge_case *c)
{
	bool at12 = c->how >= JUDGE_AT_S12E1R && c->how <= JUDGE_AT_S12E0W;

	if (w->two && at12 && random_percent(r, 25)) {
		/* Stage 2 alone. */
		c->sctlr &= ~PML_ARM64_SCTLR_M;
		c->va = pick_address(w, &w->s2, r, true);
	} else {
		c->va = pick_address(w, &w->s1, r, false);
	}
	c->va &= ~7ULL;
	if (random_percent(r, 2) && w->s1.c.va_bits < 55)
		c->va |= BIT(w->s1.c.va_bits +
			     random_below(r, 55 - w->s1.c.va_bits));
	/* A tag; a fetch's would be in ELR, and its address is another one then. */
	if (random_percent(r, 15) && c->how != JUDGE_FETCH &&
	    c->how != JUDGE_FETCH_EL0)
		c->va |= random_below(r, 256) << 56;
}

void judge_describe(const struct judge_world *w, struct judge_case *c,
		    struct judge_question *q)
{
	static const uint8_t kind[JUDGE_HOWS] = {
		PML_R, PML_W, PML_R, PML_W, PML_R, PML_W, PML_R, PML_W, PML_R,
		PML_W, PML_R, PML_W, PML_X, PML_R, PML_W, PML_R, PML_W, PML_X
	};
	bool at = c->how <= JUDGE_AT_LAST;
	bool unprivileged = c->how == JUDGE_LOAD_UNPRIV ||
			    c->how == JUDGE_STORE_UNPRIV;

	q->c = c;
	q->regs = (struct pml_arm64_regs){
		.regime = PML_ARM64_EL10, .has_id = true,
		.sctlr = c->sctlr, .tcr = c->tcr,
		.ttbr = { c->ttbr0, c->ttbr1 },
		.hcr = c->hcr, .vtcr = c->vtcr, .vttbr = c->vttbr,
		.mmfr = { w->id[0], w->id[1], w->id[2] },
	};
	q->access = (struct pml_arm64_access){
		.va = c->va, .size = 8, .kind = kind[c->how],
		.el0 = c->how >= JUDGE_LOAD_EL0 ||
		       c->how == JUDGE_AT_S1E0R || c->how == JUDGE_AT_S1E0W ||
		       c->how == JUDGE_AT_S12E0R || c->how == JUDGE_AT_S12E0W,
		.unprivileged = unprivileged && !(c->pstate & JUDGE_PSTATE_UAO),
		.pan = (c->pstate & JUDGE_PSTATE_PAN) &&
		       (!at || c->how == JUDGE_AT_S1E1RP ||
			c->how == JUDGE_AT_S1E1WP),
		.stage1 = c->how <= JUDGE_AT_S1E1WP,
	};
	if (q->access.kind == PML_X)
		q->access.size = 4;
}

bool judge_is_fair(const struct judge_world *w, const struct judge_question *q)
{
	struct pml_arm64_verdict v;

	for (unsigned i = 0; i < 8; i++) {
		unsigned lax = (i & 3) | (i & 4 ? LAX_FORMAT : 0);
		bool passes = judge_says(w, q, lax, &v);

		if (v.reason == PML_ARM64_WHY_UNREADABLE)
			return false;
		if (passes && q->c->how > JUDGE_AT_LAST &&
		    (v.pa < JUDGE_SCRATCH ||
		     v.pa >= JUDGE_SCRATCH + JUDGE_SCRATCH_SIZE))
			return false;
	}
	return true;
}

void judge_settle(const struct judge_world *w, struct judge_question *q)
{
	/* masks.c asks about the tables as the processor left them. */
	(void)w, (void)q;
}
