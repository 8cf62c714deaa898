/*
 * Tables and accesses from a seed.  Most entries are good, so that walks get
 * to the last level; every way to be bad turns up at every level.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "oracle/oracle.h"
#include "space.h"

/* Code in the lower half of each page, in the upper half what is nowhere else.
 * Accesses put back what they change. */
static void fill_scratch(const struct oracle_world *w)
{
	for (uint64_t pa = w->scratch; pa < w->scratch + SCRATCH_SIZE; pa += 8)
		*(uint64_t *)kaddr(pa) = pa & 0x800 ? pa * 0x9e3779b97f4a7c15
						    : 0x80cd80cd80cd80cd;
}

/* What every round starts with; the frames never change, so that a seed says
 * all there is to say. */
void oracle_world_init(struct oracle_world *w)
{
	static const uint8_t per_level[6] = { 0, 9, 6, 5, 3, 0 };
	uint64_t *table = NULL;
	int level = 4;

	*w = (struct oracle_world){ .levels = cpu.five_levels ? 5 : 4 };
	w->scratch = page_alloc(SCRATCH_SIZE / PGSIZE, SCRATCH_SIZE / PGSIZE);
	w->table[0] = page_alloc(1, 1);
	w->table_level[0] = w->levels;
	for (int i = 1, left = per_level[level]; i < ORACLE_TABLES; i++, left--) {
		if (!left)
			left = per_level[--level];
		w->table[i] = page_alloc(1, 1);
		w->table_level[i] = level;
	}
	w->user_code = (uint64_t)USER_SLOT << (w->levels == 5 ? 48 : 39);
	w->user_table = paddr(probe_page);
	for (level = 1; level < w->levels; level++) {
		uint64_t below = w->user_table;

		w->user_table = page_alloc(1, 1);
		if (!w->user_table || !w->scratch || !w->table[ORACLE_TABLES - 1])
			panic("no memory for the oracle");
		table = kaddr(w->user_table);
		memset(table, 0, PGSIZE);
		table[0] = below | PML_X86_P | PML_X86_US | PML_X86_A;
	}
	fill_scratch(w);
}

/* An index that is worth a visit: the edges, or any. */
static unsigned int pick_index(struct random *r)
{
	static const uint16_t edges[8] = { 0, 1, 2, 255, 256, 257, 510, 511 };
	uint64_t n = random_below(r, 16);

	return n < 8 ? edges[n] : random_below(r, 512);
}

/* The kernel is behind these entries of the root, and the user-mode code. */
static bool is_taken(const struct oracle_world *w, unsigned int index)
{
	return index == USER_SLOT || index == 511 ||
	       (w->levels == 4 && index == PML4(KERNBASE));
}

static uint64_t pick_table(const struct oracle_world *w, struct random *r,
			   int level)
{
	unsigned int i;

	/* Any table will do as any other; the root, too. */
	if (random_percent(r, 4))
		return w->table[random_below(r, ORACLE_TABLES)];
	do
		i = random_below(r, ORACLE_TABLES);
	while (w->table_level[i] != level);
	return w->table[i];
}

/* A bit that must be zero in an entry that has the address `shift' and up. */
static uint64_t pick_reserved(struct random *r, bool large, int shift)
{
	unsigned int high = 52 - cpu.phys_bits;

	if (large && (!high || random_percent(r, 50)))
		return 1UL << (13 + random_below(r, shift - 13));
	return high ? 1UL << (cpu.phys_bits + random_below(r, high)) : 0;
}

static uint64_t pick_flags(struct random *r)
{
	uint64_t raw = random_next(r) & (PML_X86_A | PML_X86_D | 7UL << 9 |
					 0x7fUL << 52);

	raw |= random_percent(r, 96) ? PML_X86_P : 0;
	raw |= random_percent(r, 88) ? PML_X86_RW : 0;
	raw |= random_percent(r, 85) ? PML_X86_US : 0;
	raw |= random_percent(r, 8) ? PML_X86_NX : 0;
	raw |= random_percent(r, 10) ? PML_X86_PWT | PML_X86_PCD : 0;
	raw |= random_percent(r, 10) ? PML_X86_G : 0;
	raw |= random_percent(r, 50) ? random_below(r, 16) << 59 : 0;
	return raw;
}

static uint64_t pick_entry(const struct oracle_world *w, struct random *r,
			   int level)
{
	static const uint8_t large_percent[6] = { 0, 100, 40, 25, 0, 0 };
	uint64_t raw = pick_flags(r);
	int shift = PML1_SHIFT + 9 * (level - 1);
	bool leaf = random_percent(r, large_percent[level]);

	if (level == 3 && !cpu.page1gb && oracle_is_tcg())
		leaf = false;

	if (random_percent(r, 2))
		return random_next(r) & ~PML_X86_P;
	if (!leaf)
		raw |= pick_table(w, r, level - 1);
	else if (level == 1)
		raw |= w->scratch + random_below(r, SCRATCH_SIZE / PGSIZE) * PGSIZE;
	else
		raw |= PML_X86_PS | (w->scratch >> shift << shift);
	if (level == 1 || leaf)
		raw |= random_percent(r, 10) ?
		       (level == 1 ? PML_X86_PAT_4K : PML_X86_PAT_BIG) : 0;
	if (level > 3 && random_percent(r, 2))
		raw |= PML_X86_PS;
	if (random_percent(r, 3))
		raw |= pick_reserved(r, leaf && level > 1, shift);
	return raw;
}

static void fill_root(const struct oracle_world *w)
{
	uint64_t *root = kaddr(w->table[0]);
	const uint64_t *boot = kaddr(rcr3() & PML_X86_ADDR);

	root[511] = boot[511];
	if (w->levels == 4)
		root[PML4(KERNBASE)] = boot[PML4(KERNBASE)];
	root[USER_SLOT] = w->user_table | PML_X86_P | PML_X86_US | PML_X86_A;
}

void oracle_clear(struct oracle_world *w)
{
	memset(kaddr(w->table[0]), 0, PGSIZE);
	fill_root(w);
}

void oracle_fill(struct oracle_world *w, struct random *r)
{
	for (int i = 0; i < ORACLE_TABLES; i++) {
		uint64_t *table = kaddr(w->table[i]);

		memset(table, 0, PGSIZE);
		for (int n = 0; n < 20; n++) {
			unsigned int index = pick_index(r);

			if (i || !is_taken(w, index))
				table[index] = pick_entry(w, r, w->table_level[i]);
		}
	}
	fill_root(w);
}

void oracle_pick_controls(struct random *r, struct pml_x86_controls *c_ret)
{
	uint64_t cr4 = 0;

	cr4 |= cpu.smep && random_percent(r, 50) ? PML_X86_CR4_SMEP : 0;
	cr4 |= cpu.smap && random_percent(r, 50) ? PML_X86_CR4_SMAP : 0;
	cr4 |= cpu.pku && random_percent(r, 50) ? PML_X86_CR4_PKE : 0;
	cr4 |= cpu.pks && random_percent(r, 50) ? PML_X86_CR4_PKS : 0;
	*c_ret = (struct pml_x86_controls){
		.cr0 = random_percent(r, 60) ? PML_X86_CR0_WP : 0,
		.cr4 = cr4,
		.efer = cpu.nx && random_percent(r, 85) ? PML_X86_EFER_NXE : 0,
		.ac = random_percent(r, 50),
		.pkru = random_next(r) & random_next(r),
		/* the kernel's own pages have key 0 */
		.pkrs = random_next(r) & random_next(r) & ~3u,
	};
}

/* An entry to go on with: usually the next after a random one that is not 0. */
static unsigned int pick_used(const struct oracle_world *w, struct random *r,
			      const uint64_t *table, bool root)
{
	unsigned int index = pick_index(r), n = 512;

	if (random_percent(r, 96))
		while (n-- && (!table[index] || (root && is_taken(w, index))))
			index = (index + 1) & 511;
	return root && is_taken(w, index) ? 2 : index;
}

/* An address that leads somewhere, down a random way through the tables. */
static uint64_t pick_va(const struct oracle_world *w, struct random *r,
			const struct pml_space *space)
{
	uint64_t va = 0, pa = w->table[0];
	int level = w->levels, shift = PML4_SHIFT;

	for (;; level--) {
		const uint64_t *table = space->at(NULL, pa, PGSIZE);
		unsigned int index;

		if (!table)
			break;
		index = pick_used(w, r, table, level == w->levels);
		shift = PML1_SHIFT + 9 * (level - 1);
		va |= (uint64_t)index << shift;
		if (pml_classify(space, level, table[index]) != PML_TABLE)
			break;
		pa = table[index] & PML_X86_ADDR;
	}
	/* a large page covers more than the scratch memory */
	if (shift == 30)
		va |= w->scratch & ((1UL << 30) - 1);
	va |= random_below(r, 1UL << (shift > 21 ? 21 : shift));
	if (va >> (space->fmt->va_bits - 1))
		va |= ~0UL << space->fmt->va_bits;
	return va;
}

static void pick_probe(struct random *r, struct probe_access *p)
{
	static const uint8_t hows[16] = {
		PROBE_LOAD, PROBE_LOAD, PROBE_LOAD, PROBE_LOAD,
		PROBE_STORE, PROBE_STORE, PROBE_STORE, PROBE_STORE,
		PROBE_RMW, PROBE_FETCH, PROBE_FETCH, PROBE_FETCH, PROBE_FETCH,
		PROBE_PUSH, PROBE_POP, PROBE_SEGMENT,
	};

	p->how = hows[random_below(r, 16)];
	p->log_size = p->how == PROBE_FETCH ? 1 :
		      p->how > PROBE_FETCH ? 3 : random_below(r, 4);
	p->user = random_percent(r, 50);
	p->value = p->how == PROBE_SEGMENT ? 7 : random_next(r);
}

/* Where in its page: code at the code, some of the rest across the end. */
static uint64_t pick_offset(struct random *r, const struct probe_access *p)
{
	unsigned int size = 1u << p->log_size;

	if (p->how == PROBE_FETCH)
		return p->va & ~0x801UL;
	if (p->how == PROBE_SEGMENT)
		return p->va & ~7UL;
	if (size > 1 && random_percent(r, 12))
		return (p->va | 0xfff) - random_below(r, size - 1);
	return p->va;
}

/* Not an address, or the last bytes before there are none. */
static uint64_t pick_noncanonical(const struct oracle_world *w,
				  struct random *r, uint64_t va, bool straddle)
{
	unsigned int bits = w->levels == 5 ? 57 : 48;

	if (straddle)
		return (1UL << (bits - 1)) - 1 - random_below(r, 7);
	return va ^ 1UL << (bits - 1 + random_below(r, 65 - bits));
}

static void describe(struct oracle_case *o)
{
	static const uint8_t kind[PROBE_HOWS] = {
		PML_R, PML_W, PML_W, PML_X, PML_W, PML_R, PML_R
	};
	const struct probe_access *p = &o->probe;

	o->access = (struct pml_x86_access){
		.va = p->va,
		.size = 1u << p->log_size,
		.kind = kind[p->how],
		.user = p->user,
		.implicit = p->how == PROBE_SEGMENT,
		.stack = p->how == PROBE_PUSH || p->how == PROBE_POP,
	};
}

/* Can what the access meets be known, and will it do no harm?  Not where there
 * is no memory, but devices; nor with a table in the scratch memory, which the
 * access may change. */
static bool is_fair(const struct oracle_world *w, const struct oracle_case *o,
		    uint64_t va)
{
	struct pml_target target;
	struct pml_steps steps;

	pml_translate(&o->space, va, &target, &steps);
	for (int i = 0; i < steps.count; i++)
		if (is_scratch(w, steps.step[i].table_pa))
			return false;
	if (target.kind == PML_LEAF)
		return target.pa < memory_end();
	return target.kind != PML_UNREADABLE;
}

static void pick_access(const struct oracle_world *w, struct random *r,
			struct oracle_case *o)
{
	struct probe_access *p = &o->probe;
	struct pml_target target;

	pick_probe(r, p);
	p->ac = o->controls.ac;
	p->code = p->user ? w->user_code : (uint64_t)probe_page;
	p->va = pick_va(w, r, &o->space);
	p->va = pick_offset(r, p);
	if (p->how != PROBE_SEGMENT && random_percent(r, 3))
		p->va = pick_noncanonical(w, r, p->va,
					  p->how != PROBE_FETCH && random_percent(r, 20));
	describe(o);
	/* Tables are not to be written or run, where that is allowed. */
	for (unsigned int i = 0; i < 2; i++)
		if (pml_translate(&o->space, p->va + i * (o->access.size - 1),
				  &target, NULL) && !is_scratch(w, target.pa)) {
			p->how = PROBE_LOAD;
			describe(o);
		}
}

void oracle_pick(const struct oracle_world *w, struct random *r,
		 const struct pml_x86_controls *c, struct oracle_case *case_ret)
{
	struct oracle_case *o = case_ret;

	o->controls = *c;
	o->space = (struct pml_space){
		.fmt = oracle_walks_by(cpu_format()),
		.root = w->table[0],
		.rsvd = reserved_bits(c->efer),
		.no_leaf = cpu.page1gb ? 0 : PML_LEVEL(3),
		.at = space_at,
	};
	do
		pick_access(w, r, o);
	while (!is_fair(w, o, o->access.va) ||
	       !is_fair(w, o, o->access.va + o->access.size - 1));
}
