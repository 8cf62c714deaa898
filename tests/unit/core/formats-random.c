/*
 * Every format over random tables: pml_translate() and the cursor against the
 * naive walk.  Arguments: a seed and the number of rounds.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#include "../../lib/image.h"
#include "../../lib/tap.h"
#include "oracle.h"

#define TABLES		10
#define ADDRESSES	60
#define RECORDS		400

static const struct {
	const struct pml_format *fmt;
	enum naive_mode mode;
} modes[] = {
	{ &pml_x86_32, NAIVE_32 }, { &pml_x86_32_pse, NAIVE_PSE },
	{ &pml_x86_pae, NAIVE_PAE }, { &pml_x86_64_4, NAIVE_LONG4 },
	{ &pml_x86_64_5, NAIVE_LONG5 }, { &pml_amd64_4, NAIVE_AMD4 },
	{ &pml_amd64_5, NAIVE_AMD5 }, { &pml_npt_4, NAIVE_NPT4 },
	{ &pml_npt_5, NAIVE_NPT5 }, { &pml_ept_4, NAIVE_EPT4 },
	{ &pml_ept_5, NAIVE_EPT5 }, { &pml_ept_4_mbec, NAIVE_EPT4_XU },
	{ &pml_ept_5_mbec, NAIVE_EPT5_XU },
	{ &pml_sv32, NAIVE_SV32 }, { &pml_sv39, NAIVE_SV39 },
	{ &pml_sv48, NAIVE_SV48 }, { &pml_sv57, NAIVE_SV57 },
	{ &pml_sv32x4, NAIVE_SV32X4 }, { &pml_sv39x4, NAIVE_SV39X4 },
	{ &pml_sv48x4, NAIVE_SV48X4 }, { &pml_sv57x4, NAIVE_SV57X4 },
};

static bool is_riscv(const struct pml_format *fmt)
{
	return rv_of(fmt->name).levels;
}

static uint64_t state;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1d;
}

static bool chance(unsigned percent)
{
	return (rnd() >> 20) % 100 < percent;
}

/* Tables are anywhere below 4 GiB, in pages that have nothing to do with each
 * other; aligned as RISC-V's G stage wants its root. */
static uint64_t table_pa(unsigned i)
{
	return 0x12344000ULL + i * 0x1338000ULL;
}

/* RISC-V's: mostly pointers, leaves of every kind, sometimes a bit too much. */
static uint64_t random_riscv(const struct pml_format *fmt)
{
	uint64_t raw = table_pa(rnd() % (TABLES + 1)) >> 2 | 1;

	if (chance(20))
		return chance(60) ? 0 : rnd() & ~1ULL;
	if (chance(30))
		raw |= rnd() & 0x3fe;
	if (chance(15))
		raw = (rnd() & 0x3fffffff3ff) | 3;
	/* Aligned, and one of sixteen. */
	if (chance(10))
		raw &= ~0xffffc00ULL;
	if (chance(10) && fmt->entry_size == 8)
		raw = (raw & ~0x3c00ULL) | 0x8000000000002002;
	if (chance(10) && fmt->entry_size == 8)
		raw |= rnd() << 61 & 3ULL << 61;
	if (chance(4))
		raw ^= 1ULL << rnd() % (8 * fmt->entry_size);
	return raw;
}

/* An entry that is likely to be of use, and sometimes of none. */
static uint64_t random_entry(const struct pml_format *fmt)
{
	bool ept = fmt->memtype == PML_MT_EPT;
	uint64_t raw = rnd() & 0xfff;

	if (is_riscv(fmt))
		return random_riscv(fmt);
	if (chance(25))
		return chance(60) ? 0 : rnd() & ~7ULL;
	if (chance(70))
		raw = (raw & ~0xf8ULL) | 1;	/* likely a table without faults */
	if (ept && chance(80))
		raw = (raw & ~0xf8ULL) | 7;
	raw |= chance(85) ? table_pa(rnd() % (TABLES + 1)) : rnd() & 0xffffff000;
	if (chance(20))
		raw |= (chance(50) ? 0x80 : 0) |
		       (fmt->nx && chance(40) ? fmt->nx : 0);
	if (chance(6))
		raw ^= 1ULL << rnd() % 64;
	if (chance(80))
		raw &= ~0x100ULL;
	/* Aligned as leaves want it, now and then. */
	if (chance(15))
		raw = (raw & ~0x3fffe000ULL) | 0x80;
	return raw;
}

static void random_tables(struct image *img, const struct pml_format *fmt)
{
	unsigned i, j, n = IMAGE_PAGE / fmt->entry_size;
	unsigned pages = is_riscv(fmt) && pml_riscv_is_g(fmt) ? 4 : 1;

	for (i = 0; i < TABLES * pages; i++) {
		uint64_t pa = table_pa(i / pages) + i % pages * IMAGE_PAGE;

		image_poke(img, pa);
		for (j = 0; j < n; j++)
			if (j < 8 || j >= n - 8 || chance(20))
				image_set(img, pa, j, random_entry(fmt));
	}
}

/* Indices from the ends of tables, where most entries are. */
static uint64_t random_va(const struct pml_format *fmt)
{
	uint64_t va = rnd() & 0xfff;
	int level;

	for (level = 1; level <= fmt->levels; level++) {
		const struct pml_level *lv = &fmt->level[level];
		uint64_t n = 1ULL << lv->bits;

		va |= ((rnd() % 16 + n - 8) & (n - 1)) << lv->shift;
	}
	if (fmt->sign_extended && (va >> (fmt->va_bits - 1) & 1))
		va |= ~0ULL << fmt->va_bits;
	if (chance(2))
		va = rnd();
	return va;
}

static unsigned naive_rights(const struct pml_format *fmt, const struct naive *n)
{
	return (n->r ? PML_R : 0) | (n->w ? PML_W : 0) | (n->x ? PML_X : 0) |
	       (n->u ? PML_U : 0) | (n->xu && pml_has_xu(fmt) ? PML_XU : 0);
}

static bool same_kind(enum pml_kind kind, enum naive_end end)
{
	switch (end) {
	case NAIVE_MAPPED:
		return kind == PML_LEAF;
	case NAIVE_ABSENT:
		return kind == PML_HOLE || kind == PML_NONPRESENT;
	case NAIVE_RESERVED:
		return kind == PML_RESERVED;
	case NAIVE_UNREADABLE:
		return kind == PML_UNREADABLE;
	default:
		return kind == PML_NONCANONICAL;
	}
}

static bool check_address(const struct pml_space *s, const struct naive_cpu *cpu,
			  uint64_t va)
{
	struct naive n = naive_walk(s->ctx, cpu, s->root, va);
	struct pml_target t;
	bool mapped = pml_translate(s, va, &t, NULL);

	if (mapped == (n.end == NAIVE_MAPPED) && same_kind(t.kind, n.end) &&
	    (!mapped || (t.pa == n.pa && t.rights == naive_rights(s->fmt, &n) &&
			 1ULL << t.shift == n.size)) &&
	    (n.end == NAIVE_NO_ADDRESS ||
	     (t.raw == n.raw && t.level == n.level)))
		return true;
	printf("# translate %" PRIx64 ": kind %d level %d raw %" PRIx64
	       " pa %" PRIx64 " rights %x; naive: end %d level %d raw %" PRIx64
	       " pa %" PRIx64 " rights %x\n", va, t.kind, t.level, t.raw, t.pa,
	       t.rights, n.end, n.level, n.raw, n.pa, naive_rights(s->fmt, &n));
	return false;
}

static bool check_record(const struct pml_space *s, const struct naive_cpu *cpu,
			 const struct pml_record *r, uint64_t va)
{
	struct naive n = naive_walk(s->ctx, cpu, s->root, va);

	if (same_kind(r->kind, n.end) &&
	    (r->kind != PML_LEAF || (r->pa + (va - r->va) == n.pa &&
				     r->rights == naive_rights(s->fmt, &n))))
		return true;
	printf("# record %" PRIx64 "..%" PRIx64 " kind %d at %" PRIx64
	       ": naive end %d\n", r->va, r->last, r->kind, va, n.end);
	return false;
}

/* Some records from `va` on: in order, without gaps, and right at both ends. */
static bool check_cursor(const struct pml_space *s, const struct naive_cpu *cpu,
			 uint64_t va)
{
	struct pml_cursor c;
	struct pml_record r;
	uint64_t next = va;
	int i;

	pml_cursor_init(&c, s, va, ~0ULL, PML_ENTER_RECURSIVE);
	for (i = 0; i < RECORDS && pml_next(&c, &r); i++) {
		if (r.va != next || r.last < r.va)
			return false;
		if (!check_record(s, cpu, &r, r.va) ||
		    !check_record(s, cpu, &r, r.last))
			return false;
		next = r.last + 1;
		if (next == 0)
			return !pml_next(&c, &r);
	}
	return i == RECORDS;
}

static bool check_round(const struct pml_format *fmt, enum naive_mode mode)
{
	static const int widths[] = { 32, 36, 40, 46, 52 };
	struct image *img = image_new(fmt->entry_size);
	struct naive_cpu cpu = {
		.mode = mode, .maxphyaddr = widths[rnd() % 5],
		.nxe = chance(70), .no_exec_only = chance(30),
	};
	struct pml_space s = {
		.fmt = fmt,
		.root = table_pa(0) | (rnd() & 0xfff),
		.rsvd = pml_x86_rsvd_above(cpu.maxphyaddr) |
			(cpu.nxe ? 0 : fmt->nx),
		.pa_rsvd = pml_x86_rsvd_above(cpu.maxphyaddr),
		.options = cpu.no_exec_only ? PML_NO_EXEC_ONLY : 0,
		.at = image_at,
		.ctx = img,
	};
	bool right = true;
	int i;

	if (is_riscv(fmt)) {
		cpu.no_napot = chance(20);
		cpu.no_pbmt = chance(40);
		s.root = table_pa(0) >> 12 | rnd() << 44;
		s.rsvd = (cpu.no_napot ? PML_RISCV_N : 0) |
			 (cpu.no_pbmt ? PML_RISCV_PBMT : 0);
		s.pa_rsvd = 0;
	}
	random_tables(img, fmt);
	for (i = 0; i < ADDRESSES && right; i++) {
		uint64_t va = random_va(fmt);

		right = check_address(&s, &cpu, va) &&
			(i % 8 || check_cursor(&s, &cpu, va));
	}
	image_free(img);
	return right;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	int rounds = argc > 2 ? atoi(argv[2]) : 60, i;
	size_t m;

	for (m = 0; m < sizeof(modes) / sizeof(modes[0]); m++) {
		const struct pml_format *fmt = modes[m].fmt;
		int bad = 0;

		state = seed * 0x9e3779b97f4a7c15 + m + 1;
		for (i = 0; i < rounds && !bad; i++)
			bad += !check_round(fmt, modes[m].mode);
		ok(!bad, "%s: %d rounds from seed %" PRIu64, fmt->name, i, seed);
	}
	return tap_done();
}
