/*
 * AArch64's formats: each right at each level, geometry by register, addresses
 * of 52 bits, and the writable half, by hand.  The processor judges the same
 * formats in tests/kernel/judge-arm64.sh.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include <pml/pml.h>

#include "../../lib/tap.h"

/* --- One entry ------------------------------------------------------------- */

#define PAGE	(PML_ARM64_VALID | PML_ARM64_TABLE | PML_ARM64_AF)
#define AP1	PML_ARM64_AP1
#define AP2	PML_ARM64_AP2
#define PXN	PML_ARM64_PXN
#define UXN	PML_ARM64_UXN

static struct pml_arm64_config config(unsigned regime)
{
	return (struct pml_arm64_config){ .regime = regime, .granule = 12,
					  .va_bits = 48, .pa_bits = 48 };
}

static unsigned rights(const struct pml_format *fmt, uint64_t above, uint64_t raw)
{
	uint64_t allowed = pml_narrow_table(fmt, 2, PML_ALL_RIGHTS,
					    above | PML_ARM64_VALID |
					    PML_ARM64_TABLE);

	return pml_rights(fmt, pml_narrow_leaf(fmt, allowed, PAGE | raw));
}

struct line {
	uint64_t above, raw;
	unsigned rights;
};

static void check_lines(const char *what, const struct pml_format *fmt,
			const struct line *line, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned got = rights(fmt, line[i].above, line[i].raw);

		if (!ok(got == line[i].rights, "%s: 0x%" PRIx64 " below 0x%" PRIx64,
			what, line[i].raw, line[i].above))
			printf("#   expected %x, got %x\n", line[i].rights, got);
	}
}

#define LINES(what, fmt, lines) \
	check_lines(what, fmt, lines, sizeof(lines) / sizeof(lines[0]))

#define R PML_R
#define W PML_W
#define X PML_X
#define U PML_U
#define XU PML_XU

static void stage1_rights(void)
{
	static const struct line lines[] = {
		{ 0, 0, R | W | X | XU },
		{ 0, AP1, R | W | U | XU },		/* EL0 writes: EL1 must not execute */
		{ 0, AP1 | AP2, R | U | X | XU },
		{ 0, AP2, R | X | XU },
		{ 0, PXN, R | W | XU },
		{ 0, UXN, R | W | X },
		{ 0, AP1 | AP2 | PXN | UXN, R | U },
		{ 0, AP2 | PXN, R | XU },		/* execute-only for EL0 */
		{ PML_ARM64_APT0, AP1, R | W | X | XU },
		{ PML_ARM64_APT1, AP1, R | U | X | XU },
		{ PML_ARM64_APT1 | PML_ARM64_APT0, AP1, R | X | XU },
		{ PML_ARM64_PXNT, AP1 | AP2, R | U | XU },
		{ PML_ARM64_UXNT, AP1 | AP2, R | U | X },
		{ 0, AP2 | PML_ARM64_DBM, R | X | XU },	/* no HD */
		/* In a table's entry a leaf's bits say nothing. */
		{ AP2 | PXN | UXN, 0, R | W | X | XU },
	};
	static const struct line wxn[] = {
		{ 0, 0, R | W | XU }, { 0, AP1, R | W | U },
		{ 0, AP1 | AP2, R | U | X | XU }, { 0, AP2, R | X | XU },
	};
	static const struct line hpd[] = {
		{ PML_ARM64_APT0 | PML_ARM64_APT1 | PML_ARM64_PXNT | PML_ARM64_UXNT,
		  AP1 | AP2, R | U | X | XU },
	};
	static const struct line hd[] = {
		{ 0, AP2 | PML_ARM64_DBM, R | W | X | XU },
		{ PML_ARM64_APT1, AP2 | PML_ARM64_DBM, R | X | XU },
		{ 0, AP1 | AP2 | PML_ARM64_DBM, R | W | U | XU },
	};
	struct pml_arm64_config c = config(PML_ARM64_EL10);
	struct pml_format fmt;

	LINES("EL1&0", &pml_arm64_4k, lines);
	pml_arm64_format(&c, &fmt);
	LINES("EL1&0, made", &fmt, lines);
	c.wxn = true;
	pml_arm64_format(&c, &fmt);
	LINES("WXN", &fmt, wxn);
	c.wxn = false;
	c.hpd = true;
	pml_arm64_format(&c, &fmt);
	LINES("HPD", &fmt, hpd);
	c.hpd = false;
	c.hd = true;
	pml_arm64_format(&c, &fmt);
	LINES("HD", &fmt, hd);
}

static void single_rights(void)
{
	static const struct line lines[] = {
		{ 0, 0, R | W | X }, { 0, AP1 | PXN, R | W | X },
		{ 0, AP2, R | X }, { 0, UXN, R | W },
		{ PML_ARM64_APT1, 0, R | X }, { PML_ARM64_UXNT, 0, R | W },
		{ PML_ARM64_APT0 | PML_ARM64_PXNT, 0, R | W | X },
	};
	static const struct line wxn[] = { { 0, 0, R | W }, { 0, AP2, R | X } };
	struct pml_arm64_config c = config(PML_ARM64_EL2);
	struct pml_format fmt;

	pml_arm64_format(&c, &fmt);
	LINES("EL2", &fmt, lines);
	c.wxn = true;
	c.regime = PML_ARM64_EL3;
	pml_arm64_format(&c, &fmt);
	LINES("EL3, WXN", &fmt, wxn);
}

#define S2_RW	(PML_ARM64_S2_R | PML_ARM64_S2_W)

static void stage2_rights(void)
{
	static const struct line lines[] = {
		{ 0, 0, U | X | XU }, { 0, PML_ARM64_S2_R, R | U | X | XU },
		{ 0, S2_RW, R | W | U | X | XU },
		{ 0, S2_RW | PML_ARM64_S2_XN0, R | W | U | XU },
		{ 0, S2_RW | PML_ARM64_S2_XN1, R | W | U },
		{ 0, S2_RW | PML_ARM64_S2_XN, R | W | U | X },
		{ PML_BITS(59, 62), S2_RW, R | W | U | X | XU },
	};
	static const struct line old[] = {
		{ 0, S2_RW | PML_ARM64_S2_XN0, R | W | U | X | XU },
		{ 0, S2_RW | PML_ARM64_S2_XN1, R | W | U },
		{ 0, S2_RW | PML_ARM64_S2_XN, R | W | U },
	};
	static const struct line hd[] = {
		{ 0, PML_ARM64_DBM, W | U | X | XU },
	};
	struct pml_arm64_config c = config(PML_ARM64_STAGE2);
	struct pml_format fmt;

	LINES("stage 2", &pml_arm64_s2_4k, lines);
	pml_arm64_format(&c, &fmt);
	LINES("stage 2 without XNX", &fmt, old);
	c.xnx = c.hd = true;
	pml_arm64_format(&c, &fmt);
	LINES("stage 2, HD", &fmt, hd);
}

/* --- Geometry -------------------------------------------------------------- */

static void geometry(void)
{
	static const struct {
		uint8_t granule, va_bits, levels, root_bits;
		bool stage2;
		uint8_t start;
	} rows[] = {
		{ 12, 48, 4, 9, false, 0 }, { 12, 39, 3, 9, false, 0 },
		{ 12, 40, 4, 1, false, 0 }, { 12, 52, 5, 4, false, 0 },
		{ 12, 25, 2, 4, false, 0 }, { 12, 16, 1, 4, false, 0 },
		{ 14, 47, 3, 11, false, 0 }, { 14, 48, 4, 1, false, 0 },
		{ 14, 52, 4, 5, false, 0 }, { 14, 36, 2, 11, false, 0 },
		{ 16, 48, 3, 6, false, 0 }, { 16, 52, 3, 10, false, 0 },
		{ 16, 42, 2, 13, false, 0 }, { 16, 17, 1, 1, false, 0 },
		/* Up to 16 tables side by side. */
		{ 12, 40, 3, 10, true, 3 }, { 12, 43, 3, 13, true, 3 },
		{ 14, 40, 2, 15, true, 2 }, { 16, 46, 2, 17, true, 2 },
	};
	struct pml_arm64_config c;
	struct pml_format fmt;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		c = config(rows[i].stage2 ? PML_ARM64_STAGE2 : PML_ARM64_EL10);
		c.granule = rows[i].granule;
		c.va_bits = rows[i].va_bits;
		c.levels = rows[i].start;
		ok(pml_arm64_format(&c, &fmt) && fmt.levels == rows[i].levels &&
		   fmt.level[fmt.levels].bits == rows[i].root_bits &&
		   !(fmt.root_pa & ((8ULL << rows[i].root_bits) - 1)),
		   "granule %u, %u bits: %u levels, a root of 2^%u", c.granule,
		   c.va_bits, rows[i].levels, rows[i].root_bits);
	}
	c = config(PML_ARM64_STAGE2);
	c.levels = 3;
	c.va_bits = 44;
	ok(!pml_arm64_format(&c, &fmt), "17 tables and more are no root");
	c = config(PML_ARM64_EL10);
	c.granule = 13;
	ok(!pml_arm64_format(&c, &fmt), "no granule of 8 KiB");
}

static void halves(void)
{
	struct pml_arm64_config c = config(PML_ARM64_EL10);
	struct pml_format fmt;

	c.va_bits = 39;
	c.upper = true;
	pml_arm64_format(&c, &fmt);
	is_u64(pml_bottom(&fmt), 0xffffff8000000000, "the upper half begins");
	is_u64(pml_top(&fmt), ~0ULL, "and ends at the top");
	ok(!pml_canonical(&fmt, 0) && pml_canonical(&fmt, 0xffffff8000000000) &&
	   !pml_canonical(&fmt, 0xffffff7fffffffff), "nothing below is in it");
}

/* --- Addresses ------------------------------------------------------------- */

static void addresses(void)
{
	struct pml_arm64_config c = config(PML_ARM64_EL10);
	struct pml_format fmt;
	struct pml_space space = { .fmt = &fmt };

	c.granule = 16;
	c.pa_bits = 52;
	c.lpa = true;
	pml_arm64_format(&c, &fmt);
	is_u64(pml_leaf_pa(&space, 1, 0x123456780000 | PAGE | 0xa000),
	       0xa123456780000, "64 KiB: bits 15:12 are 51:48");
	is_u64(pml_table_pa(&space, 2, 0x123456780000 | 3 | 0xa000),
	       0xa123456780000, "for tables, too");
	space.root = 0x123456780014;
	is_u64(pml_root_pa(&space), 0x5123456780000, "TTBR: bits 5:2 are 51:48");
	ok(pml_classify(&space, 3, PML_ARM64_VALID | PML_ARM64_AF) == PML_LEAF,
	   "64 KiB with LPA has blocks of 4 TiB");
	c.lpa = false;
	c.pa_bits = 48;
	pml_arm64_format(&c, &fmt);
	is_u64(pml_leaf_pa(&space, 1, 0x123456780000 | PAGE | 0xa000),
	       0x123456780000, "48 bits: they are nothing");
	ok(pml_classify(&space, 3, PML_ARM64_VALID | PML_ARM64_AF) == PML_RESERVED,
	   "and no such blocks");
	c = config(PML_ARM64_EL10);
	c.ds = true;
	c.pa_bits = 52;
	pml_arm64_format(&c, &fmt);
	is_u64(pml_leaf_pa(&space, 1, 0x3123456789000 | PAGE | 0x200),
	       0xb123456789000, "LPA2: bits 49:48, and 9:8 are 51:50");
	ok(pml_classify(&space, 4, PML_ARM64_VALID | PML_ARM64_AF) == PML_LEAF,
	   "4 KiB with LPA2 has blocks of 512 GiB");
	ok(pml_classify(&space, 1, PML_ARM64_VALID | PML_ARM64_AF) == PML_RESERVED,
	   "a last entry with 01 is no page");
	c.pa_bits = 50;
	pml_arm64_format(&c, &fmt);
	space.pa_rsvd = pml_arm64_pa_rsvd(&c);
	is_u64(pml_high_bits(&space, 1, PAGE | 0x100), 0x100,
	       "50 bits: bit 50 is too high");
	is_u64(pml_high_bits(&space, 1, PAGE | 1ULL << 49), 0, "bit 49 is not");
}

/* --- Registers -------------------------------------------------------------- */

static void registers(void)
{
	/* Debian 13's kernel on `-cpu max`, and 12's. */
	struct pml_arm64_regs regs = {
		.regime = PML_ARM64_EL10, .has_id = true,
		.sctlr = 0x2000018fc74791d, .tcr = 0x95001f6b54c350c,
		.mmfr = { 0x32310201126, 0x11010211122, 0x1021011010011011 },
	};
	struct pml_arm64_config c;

	ok(pml_arm64_config(&regs, false, &c) && c.granule == 12 &&
	   c.va_bits == 52 && c.pa_bits == 52 && c.ds && c.hd && !c.hpd && !c.wxn,
	   "TCR_EL1 of a kernel with LPA2");
	regs.tcr = 0x15001f5b5503510;
	ok(pml_arm64_config(&regs, true, &c) && c.granule == 12 &&
	   c.va_bits == 48 && c.pa_bits == 48 && !c.ds && c.upper,
	   "and of one without");
	regs.tcr |= 63;
	ok(!pml_arm64_config(&regs, false, &c), "T0SZ=63 is none");
	regs.tcr = 16 | 2 << 14;
	regs.mmfr[0] &= ~(0xfULL << 20);	/* no 16 KiB */
	pml_arm64_config(&regs, false, &c);
	is_u64(c.granule, 12, "a granule that is not there is another one");
	/* KVM's: 40 bits, level 1, two tables side by side. */
	regs.vtcr = 0x802d3558;
	ok(pml_arm64_config_stage2(&regs, &c) && c.va_bits == 40 &&
	   c.levels == 3 && c.hd == ((0x802d3558 >> 22) & 1), "KVM's VTCR_EL2");
}

/* --- The writable half ------------------------------------------------------- */

#define TABLES		48
#define TABLE_SIZE	(64u << 10)
#define BASE		0x80000000ULL

struct store {
	unsigned char *memory;
	bool used[TABLES];
	unsigned breaks;	/* changes that must go by way of an invalid entry */
};

static const void *store_at(void *ctx, uint64_t pa, size_t size)
{
	struct store *s = ctx;

	if (pa < BASE || pa + size > BASE + TABLES * TABLE_SIZE ||
	    (pa & (PML_AT_MOST - 1)) + size > PML_AT_MOST)
		return NULL;
	return s->memory + (pa - BASE);
}

static bool store_alloc(void *ctx, int level, uint64_t *pa_ret)
{
	struct store *s = ctx;

	(void)level;
	for (unsigned i = 0; i < TABLES; i++)
		if (!s->used[i]) {
			s->used[i] = true;
			memset(s->memory + i * TABLE_SIZE, 0, TABLE_SIZE);
			*pa_ret = BASE + i * TABLE_SIZE;
			return true;
		}
	return false;
}

static void store_free(void *ctx, int level, uint64_t pa)
{
	struct store *s = ctx;

	(void)level;
	s->used[(pa - BASE) / TABLE_SIZE] = false;
}

static uint64_t store_store(void *ctx, const struct pml_change *c)
{
	struct store *s = ctx;
	uint64_t *slot = c->slot, old = *slot;

	s->breaks += c->break_first;
	*slot = c->raw;
	return old;
}

static const struct pml_ops store_ops = {
	.alloc = store_alloc, .free = store_free, .store = store_store,
};

static bool leads(const struct pml_space *space, uint64_t va, uint64_t pa,
		  unsigned expected, int level)
{
	struct pml_target t;

	return pml_translate(space, va, &t, NULL) && t.pa == pa &&
	       t.rights == expected && t.level == level;
}

static int do_map(const struct pml_editor *ed, uint64_t va, uint64_t last,
		  uint64_t pa, unsigned want, unsigned flags,
		  struct pml_pending *pending)
{
	struct pml_attr attr = { .rights = want, .accessed = true, .dirty = true };

	return pml_map(ed, va, last, pa, &attr, flags, pending);
}

/* A block, split by a change of rights, and all of it away again. */
static void edit(unsigned granule, bool upper, bool hd)
{
	struct pml_arm64_config c = config(PML_ARM64_EL10);
	uint64_t page = 1ULL << granule, block = page << (granule - 3), va;
	struct store s = { .memory = aligned_alloc(TABLE_SIZE, TABLES * TABLE_SIZE) };
	struct pml_format fmt;
	struct pml_space space = { .fmt = &fmt, .at = store_at, .ctx = &s };
	struct pml_editor ed = { .space = &space, .ops = &store_ops, .ctx = &s,
				 .free_level = 4 };
	struct pml_pending pending;
	const char *what = upper ? "upper half" : "lower half";

	c.granule = granule;
	c.upper = upper;
	c.hd = hd;
	pml_arm64_format(&c, &fmt);
	va = pml_bottom(&fmt) + 4 * block;
	store_alloc(&s, fmt.levels, &space.root);
	pml_pending_init(&pending);
	ok(do_map(&ed, va, va + block - 1, 8 * block, R | W | XU | U, 0, &pending) ==
	   PML_OK && leads(&space, va + 5, 8 * block + 5, R | W | U | XU, 2),
	   "%uK, %s: a block for EL0", 1u << (granule - 10), what);
	ok(do_map(&ed, va, va + page - 1, 0, R, 0, &pending) == PML_EEXIST,
	   "something is there");
	ok(do_map(&ed, va + block, va + block + page - 1, 0, R | W | U | X, 0,
		  &pending) == PML_ERIGHTS, "what EL0 writes EL1 cannot execute");
	s.breaks = 0;
	ok(pml_protect(&ed, va + page, va + 2 * page - 1, R | U, 0, &pending) ==
	   PML_OK && leads(&space, va + page, 8 * block + page, R | U, 1) &&
	   leads(&space, va, 8 * block, R | W | U | XU, 1), "one page of it, read-only");
	is_u64(s.breaks, 1, "to split is to break, then to make");
	ok(pending.flush, "and to flush");
	pml_release(&ed, &pending);
	s.breaks = 0;
	ok(do_map(&ed, va + page, va + 2 * page - 1, 16 * block, R | X, PML_REPLACE,
		  &pending) == PML_OK &&
	   leads(&space, va + page, 16 * block, R | X, 1), "the page, elsewhere");
	is_u64(s.breaks, 1, "to lead elsewhere, too");
	pml_release(&ed, &pending);
	s.breaks = 0;
	ok(pml_protect(&ed, va + page, va + 2 * page - 1, R, 0, &pending) == PML_OK &&
	   leads(&space, va + page, 16 * block, R, 1), "no execution");
	is_u64(s.breaks, 0, "rights alone change in place");
	pml_release(&ed, &pending);
	ok(pml_unmap(&ed, va, va + block - 1, 0, &pending) == PML_OK &&
	   !leads(&space, va, 8 * block, R | W | U | XU, 1), "all of it, away");
	pml_release(&ed, &pending);
	ok(s.used[0] && !s.used[1] && !s.used[2] && !s.used[3],
	   "with its tables");
	free(s.memory);
}

/* Every combination of stage 2's rights, made and read back. */
static void compose_stage2(void)
{
	struct pml_space space = { .fmt = &pml_arm64_s2_4k };

	for (unsigned want = 0; want < 32; want++) {
		struct pml_attr attr = { .rights = want | U, .memtype = 15 };
		uint64_t raw;
		int status;

		if (want & U)
			continue;
		status = pml_compose_leaf(&space, 1, 0x5000, &attr, &raw);
		ok(status == PML_OK &&
		   pml_rights(space.fmt, pml_narrow_leaf(space.fmt, PML_ALL_RIGHTS,
							 raw)) == (want | U),
		   "stage 2: rights %x", want);
	}
}

/* What no format has a page for, and what is not split. */
static void no_pages(void)
{
	struct pml_space space = { .fmt = &pml_arm64_4k };
	struct pml_space x86 = { .fmt = &pml_x86_64_4 };
	struct pml_attr none = { .rights = 0 };
	struct pml_arm64_config c = config(PML_ARM64_EL2);
	struct pml_format fmt;
	uint64_t raw;

	ok(pml_compose_leaf(&x86, 4, 0, &none, &raw) == PML_EINVAL,
	   "512 GiB are no page, even without rights");
	raw = 0x80000000ULL | PML_ARM64_VALID | PML_ARM64_AF;
	ok(pml_can_split(&space, 2, raw), "a block can be split");
	ok(!pml_can_split(&space, 2, raw | 1ULL << 52), "not one of a contiguous run");
	pml_arm64_format(&c, &fmt);
	is_u64(fmt.not_global, 0, "EL2 alone has no ASIDs: nG says nothing");
	c.hpd = true;
	pml_arm64_format(&c, &fmt);
	ok(!fmt.deny[0].mask && !fmt.deny[1].mask, "HPD: tables deny nothing");
	raw = pml_table_bits(&pml_arm64_4k, 2, R | X | U | XU);
	ok((raw & PML_ARM64_APT1) && rights(&pml_arm64_4k, raw, AP1) == (R | U | X | XU),
	   "a table that is to deny writes does");
	c = config(PML_ARM64_EL10);
	c.granule = 16;
	c.va_bits = 16;
	ok(!pml_arm64_format(&c, &fmt), "addresses of one page need no tables");
	c.va_bits = 10;
	ok(!pml_arm64_format(&c, &fmt), "nor do those of less");
	c = config(PML_ARM64_STAGE2);
	c.ds = true;
	ok(pml_arm64_start(&c, 1 << 6) == 3 && pml_arm64_start(&c, 1ULL << 33) == 5 &&
	   pml_arm64_start(&c, 1ULL << 33 | 1 << 6) == 0, "LPA2: SL2 is a fifth level, or nothing");
	c = config(PML_ARM64_EL10);
	c.pa_bits = 40;
	is_u64(pml_arm64_output(&c), 40, "addresses are as short as they are");
	c.pa_bits = 52;
	is_u64(pml_arm64_output(&c), 48, "52 bits need other descriptors");
	c.ds = true;
	is_u64(pml_arm64_output(&c), 52, "which LPA2 has");
}

int main(void)
{
	stage1_rights();
	single_rights();
	stage2_rights();
	geometry();
	halves();
	addresses();
	registers();
	edit(12, false, false);
	edit(12, true, false);
	edit(14, false, false);
	edit(16, true, false);
	edit(12, false, true);
	compose_stage2();
	no_pages();
	return tap_done();
}
