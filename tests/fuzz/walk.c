/*
 * The reading half over arbitrary tables: pml_translate(), the cursor,
 * pml_for_each(), pml_x86_access() and pml_x86_access_2d(), pml_riscv_access(),
 * pml_x86_format(), both dimensions and their product, two spaces in lockstep.
 *
 * The input is a format, a range, and physical memory of tables of a few
 * entries.  What two functions say of an address must agree, with each other
 * and with the naive walk.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "format.h"
#include "geometry.h"

#define TABLE	64	/* bytes of the input for a table */

static int table_shift;	/* log2 of the distance between tables */

static const void *input_at(void *ctx, uint64_t pa, size_t size)
{
	static _Alignas(8) unsigned char table[64][TABLE];
	const struct input *memory = ctx;
	uint64_t page = pa >> table_shift;
	size_t offset = pa & oracle_ones(0, table_shift - 1);

	if (page >= 64 || (page + 1) * TABLE > memory->size ||
	    offset + size > TABLE)
		return NULL;
	memcpy(table[page], memory->data + page * TABLE, TABLE);
	return table[page] + offset;
}

static void check_address(const struct geometry *g,
			  const struct pml_space *space, uint64_t va)
{
	struct pml_target t;
	struct pml_steps steps;
	struct verdict v = oracle_walk(g, space, va);
	bool found = pml_translate(space, va, &t, &steps);

	MUST(t.kind == v.kind && found == (v.kind == PML_LEAF));
	MUST(steps.count <= space->fmt->levels);
	if (v.kind == PML_NONCANONICAL) {
		MUST(steps.count == 0);
		return;
	}
	MUST(steps.count == space->fmt->levels - v.level + 1);
	MUST(t.raw == v.raw && t.slot_pa == v.slot_pa && t.level == v.level);
	MUST(steps.step[steps.count - 1].raw == v.raw);
	if (found)
		MUST(t.pa == v.pa && t.rights == v.rights);
}

static void check_cursor(const struct geometry *g,
			 const struct pml_space *space, uint64_t first,
			 uint64_t last, unsigned flags)
{
	uint64_t va = first;
	struct pml_cursor c;
	struct pml_record r;

	pml_cursor_init(&c, space, first, last, flags);
	while (pml_next(&c, &r)) {
		MUST(r.va >= first && r.last <= last && r.va <= r.last);
		if (r.kind == PML_TABLE) {
			if (!r.leaving && (r.pa >> table_shift & 3) == 3 &&
			    (flags & 16)) {
				pml_skip(&c, &r);
				va = r.last + 1;
			}
			continue;
		}
		MUST(r.va == va);
		va = r.last + 1;
		if (r.kind == PML_LEAF) {
			struct verdict v = oracle_walk(g, space, r.last);

			MUST(v.kind == PML_LEAF && v.rights == r.rights);
			MUST(v.pa == r.pa + (r.last - r.va));
		}
	}
	MUST(first > last || va == last + 1);
}

static int count_visit(const struct pml_record *r, bool whole, void *arg)
{
	uint64_t *pages = arg;

	MUST(!whole || (r->kind == PML_TABLE && r->leaving));
	*pages += r->kind == PML_LEAF;
	return *pages > 1000;
}

static void check_access(const struct pml_space *space, struct input *in)
{
	struct pml_x86_access access = {
		.va = take(in, 8), .size = take(in, 1), .user = take(in, 1) & 1,
		.kind = 1 << take(in, 1) % 3,
	};
	struct pml_x86_controls controls;
	struct pml_x86_verdict verdict;
	struct pml_x86_verdict_2d v2;
	struct pml_nested nested;
	struct pml_target t;

	memset(&controls, 0, sizeof(controls));
	controls.cr0 = take(in, 4);
	controls.cr4 = take(in, 4);
	controls.efer = take(in, 2);
	if (pml_x86_access(space, &controls, &access, &verdict))
		MUST(pml_translate(space, access.va, &t, NULL));
	pml_nested_init(&nested, space, space, take(in, 1) % 4);
	pml_x86_access_2d(&nested, &controls, &access, &v2);
}

/* RISC-V's: each stage is the space; the VS stage's tables go through it, too. */
static void check_riscv(const struct pml_space *space, struct input *in)
{
	struct pml_riscv_access access = {
		.va = take(in, 8), .size = take(in, 2) % 4097,
		.kind = 1 + take(in, 1) % 4, .hlvx = take(in, 1) & 1,
	};
	struct pml_riscv_verdict v;
	struct pml_riscv_mmu mmu;
	struct pml_target_2d t2;
	struct pml_nested n;
	struct pml_target t;

	memset(&mmu, 0, sizeof(mmu));
	access.as.priv = take(in, 1) % 2;
	access.as.v = take(in, 1) & 1;
	mmu.regs.has = take(in, 1);
	mmu.regs.mstatus = take(in, 4);
	mmu.regs.vsstatus = take(in, 4);
	mmu.regs.menvcfg = take(in, 1) << 56;
	mmu.regs.henvcfg = take(in, 1) << 56;
	pml_riscv_pmp_set_cfg(&mmu.regs.pmp, 0, 64, take(in, 8));
	mmu.regs.pmp.addr[0] = take(in, 4);
	mmu.regs.pmp.addr[7] = ~0ULL;
	mmu.s = mmu.vs = mmu.g = *space;
	if (!pml_riscv_access(&mmu, &access, &v)) {
		MUST(v.cause && v.reason != PML_RISCV_WHY_ALLOWED);
		return;
	}
	MUST(!v.cause && v.reason == PML_RISCV_WHY_ALLOWED);
	if (!access.as.v) {
		MUST(pml_translate(space, access.va, &t, NULL) && t.pa == v.pa);
		return;
	}
	pml_nested_init(&n, &mmu.vs, &mmu.g, PML_STAGE2);
	MUST(pml_translate_2d(&n, access.va, &t2, NULL) && t2.pa == v.pa);
}

/* The space under itself: the product covers all, as one address after another. */
static void check_product(const struct pml_space *space, uint64_t first,
			  uint64_t last, unsigned nesting)
{
	struct pml_nested nested;
	struct pml_product p;
	struct pml_product_record r;
	struct pml_target_2d t;
	struct pml_walk_2d walk;
	uint64_t va = first;
	int n = 0;

	pml_nested_init(&nested, space, space, nesting);
	pml_translate_2d(&nested, first, &t, &walk);
	MUST(walk.turns <= PML_MAX_LEVELS + 1);
	pml_product_init(&p, &nested, first, last);
	while (n++ < 1000 && pml_product_next(&p, &r)) {
		MUST(r.r.va == va && r.r.last >= va && r.r.last <= last);
		va = r.r.last + 1;
		/* single entries can be read where whole tables cannot */
		if (r.r.kind == PML_RECURSIVE || r.r.kind == PML_UNREADABLE)
			continue;
		MUST(pml_translate_2d(&nested, r.r.last, &t, NULL) ==
		     (r.r.kind == PML_LEAF));
		MUST(r.r.kind != PML_LEAF ||
		     (t.pa == r.r.pa + (r.r.last - r.r.va) &&
		      t.rights == r.r.rights));
	}
}

/* A space agrees with itself, and any two ranges are covered. */
static void check_mirror(const struct pml_space *space, uint64_t root,
			 uint64_t first, uint64_t last)
{
	struct pml_space other = *space;
	struct pml_mirror m;
	struct pml_mirror_record r;
	uint64_t va = first, pa;
	int n = 0;

	other.root = root;
	/* Some tables are announced and entered, others skipped. */
	pml_mirror_init(&m, space, &other, first, last, root & 3);
	while (n++ < 1000 && pml_mirror_next(&m, &r)) {
		MUST(r.va == va && r.last >= va && r.last <= last);
		MUST(!r.entering || (root & PML_MIRROR_TABLES));
		if (r.entering && (n & 1 || r.own.last != r.other.last))
			continue;
		if (r.entering)
			pml_mirror_skip(&m, &r);
		va = r.last + 1;
	}
	pml_mirror_init(&m, space, space, first, last, 0);
	for (n = 0; n < 1000 && pml_mirror_next(&m, &r); n++)
		MUST(!r.differs);
	if (pml_table_of(space, first, space->fmt->levels, &pa))
		MUST(pa == pml_root_pa(space));
}

/* The same tables as a guest's and as the host's, and against themselves. */
static void check_two(const struct pml_space *space, uint64_t first,
		      uint64_t last, unsigned nesting)
{
	struct pml_nested n;
	struct pml_target_2d t;
	struct pml_walk_2d walk;
	struct pml_product p;
	struct pml_product_record r;
	struct pml_mirror m;
	struct pml_mirror_record d;
	unsigned records = 0;
	uint64_t va = first;

	pml_nested_init(&n, space, space, nesting);
	if (pml_translate_2d(&n, first, &t, &walk))
		MUST(walk.turns == walk.inner.count + 1);
	pml_product_init(&p, &n, first, last);
	while (records++ < 2000 && pml_product_next(&p, &r)) {
		MUST(r.r.va == va && r.r.va <= r.r.last && r.r.last <= last);
		va = r.r.last + 1;
	}
	pml_mirror_init(&m, space, space, first, last, 0);
	for (records = 0; records < 2000 && pml_mirror_next(&m, &d); records++)
		MUST(!d.differs);
}

static void check_registers(struct input *in)
{
	struct pml_x86_regs regs;

	memset(&regs, 0, sizeof(regs));
	regs.cr0 = take(in, 4);
	regs.cr3 = take(in, 8);
	regs.cr4 = take(in, 4);
	regs.efer = take(in, 2);
	regs.maxphyaddr = 32 + take(in, 1) % 21;
	if (pml_x86_format(&regs))
		pml_x86_rsvd(pml_x86_format(&regs), &regs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	const struct pml_format *from = take_format(&in);
	int bits = from->levels == 2 ? 3 : from->levels == 5 ? 1 : 2;
	unsigned flags = take(&in, 1) & 31;
	uint64_t first = take(&in, 8), last = take(&in, 8), pages = 0;
	struct geometry g;
	struct pml_format fmt;
	struct pml_space space;

	if (from == &pml_x86_32_pse)
		bits = 0;	/* its own geometry: single entries */
	else if (rv_of(from->name).x4)
		bits = 1;	/* so that its root fits */
	g = oracle_geometry(from->name, bits);
	table_shift = g.apart;
	fmt = bits ? oracle_shrink(from, bits) : *from;
	space = (struct pml_space){ .fmt = &fmt, .at = input_at, .ctx = &in };
	check_registers(&in);
	check_access(&space, &in);
	if (rv_of(from->name).levels)
		check_riscv(&space, &in);
	check_address(&g, &space, first);
	check_address(&g, &space, last);
	check_address(&g, &space, first & oracle_ones(0, fmt.va_bits - 1));
	check_two(&space, first, last, flags & 3);
	check_cursor(&g, &space, first, last, flags);
	check_cursor(&g, &space, 0, ~0ULL, flags & ~16u);
	check_product(&space, first, last, flags & 3);
	check_product(&space, 0, ~0ULL, flags & 3);
	check_mirror(&space, first, 0, ~0ULL);
	check_mirror(&space, last, first, last);
	pml_for_each(&space, first, last, count_visit, &pages);
	pml_for_each(&space, 0, ~0ULL, count_visit, &pages);
	return 0;
}
