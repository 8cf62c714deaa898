/*
 * RISC-V's formats: each right at each level, each bit of an entry, NAPOT and
 * memory types, addresses and roots, what the registers choose, by hand.  The
 * processor judges the same in tests/kernel/judge-riscv.sh.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include <pml/pml.h>

#include "../../lib/tap.h"

#define V	PML_RISCV_V
#define AD	(PML_RISCV_A | PML_RISCV_D)
#define N	PML_RISCV_N
#define NAPOT	(N | PML_RISCV_NAPOT_64K)
#define PBMT(n)	((uint64_t)(n) << 61)

static const struct pml_format *const all[] = {
	&pml_sv32, &pml_sv39, &pml_sv48, &pml_sv57,
	&pml_sv32x4, &pml_sv39x4, &pml_sv48x4, &pml_sv57x4,
};
#define FORMATS	(sizeof(all) / sizeof(all[0]))

static enum pml_kind kind_of(const struct pml_format *fmt, int level,
			     uint64_t raw)
{
	struct pml_space space = { .fmt = fmt };

	return pml_classify(&space, level, raw);
}

/* --- Rights and encodings --------------------------------------------------- */

/* R, W, X and U, in this order, as a number: a pointer, reserved, or a leaf. */
static void test_rights(const struct pml_format *fmt)
{
	int level, wrong = 0;
	unsigned rwxu;

	for (level = 1; level <= fmt->levels; level++)
		for (rwxu = 0; rwxu < 16; rwxu++) {
			uint64_t raw = V | rwxu << 1 | (rwxu & 7 ? AD : 0);
			enum pml_kind want = PML_LEAF, got;

			if (!(rwxu & 7))
				want = level > 1 && rwxu == 0 ? PML_TABLE :
								PML_RESERVED;
			else if ((rwxu & 3) == 2)
				want = PML_RESERVED;
			got = kind_of(fmt, level, raw);
			wrong += got != want;
			/* They are in the places of enum pml_rights. */
			if (got == PML_LEAF)
				wrong += pml_own_rights(fmt, level, raw) != rwxu;
			if (got == PML_TABLE)
				wrong += pml_own_rights(fmt, level, raw) !=
					 (PML_R | PML_W | PML_X | PML_U);
		}
	is_u64(wrong, 0, fmt->name);
}

/* Each bit that is set besides, in a leaf and in a pointer. */
static void test_bits(const struct pml_format *fmt)
{
	bool narrow = fmt == &pml_sv32 || fmt == &pml_sv32x4;
	int level, bit, wrong = 0;

	for (level = 1; level <= fmt->levels; level++)
		for (bit = 8; bit < (narrow ? 32 : 64); bit++) {
			/* A page of this level has so many bits of PPN at 0. */
			int low = 10 + (level - 1) * (narrow ? 10 : 9);
			bool in_leaf = (bit >= 10 && bit < low) ||
				       (bit >= 54 && bit <= 60) || bit == 63;
			bool in_table = bit >= 54;

			/* Alone PBMT's bits are types, and N's PPN is not 8. */
			wrong += (kind_of(fmt, level, V | 0xe | AD | 1ULL << bit) ==
				  PML_RESERVED) != in_leaf;
			if (level > 1)
				wrong += (kind_of(fmt, level, V | 1ULL << bit) ==
					  PML_RESERVED) != in_table;
		}
	for (level = 2; level <= fmt->levels; level++) {
		wrong += kind_of(fmt, level, V | PML_RISCV_U) != PML_RESERVED;
		wrong += kind_of(fmt, level, V | PML_RISCV_A) != PML_RESERVED;
		wrong += kind_of(fmt, level, V | PML_RISCV_D) != PML_RESERVED;
		wrong += kind_of(fmt, level, V | PML_RISCV_G) != PML_TABLE;
	}
	wrong += kind_of(fmt, 1, 0xcf & ~V) != PML_NONPRESENT;
	wrong += kind_of(fmt, 1, 0) != PML_HOLE;
	is_u64(wrong, 0, fmt->name);
}

/* The names of what a leaf has, or a pointer, in the order of the table. */
static void test_flags(void)
{
	static const struct {
		const struct pml_format *fmt;
		uint64_t raw;
		bool table;
		const char *names;
	} rows[] = {
		{ &pml_sv39, N | 0xff, false, "VRWXUADGN" },
		{ &pml_sv39x4, N | 0xff, false, "VRWXUADN" },
		{ &pml_sv32, 0xff, false, "VRWXUADG" },
		{ &pml_sv32x4, 0xff, false, "VRWXUAD" },
		{ &pml_sv57, 0xff, true, "VG" }, { &pml_sv57x4, 0xff, true, "V" },
		{ &pml_sv48, 0x01, false, "V" }, { &pml_sv48, 0x02, false, "R" },
		{ &pml_sv48, 0x04, false, "W" }, { &pml_sv48, 0x08, false, "X" },
		{ &pml_sv48, 0x10, false, "U" }, { &pml_sv48, 0x20, false, "G" },
		{ &pml_sv48, 0x40, false, "A" }, { &pml_sv48, 0x80, false, "D" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct pml_flag *f = rows[i].fmt->flags;
		int level = rows[i].table ? 2 : 1;
		char names[16] = "";

		for (; f->name; f++)
			if ((rows[i].raw & f->mask) &&
			    ((rows[i].table ? f->tables : f->leaves) &
			     PML_LEVEL(level)))
				strcat(names, f->name);
		ok(!strcmp(names, rows[i].names), "%s: the flags of 0x%" PRIx64
		   " are %s", rows[i].fmt->name, rows[i].raw, names);
	}
}

/* --- NAPOT and memory types ---------------------------------------------------- */

static void test_napot(void)
{
	struct pml_space s = { .fmt = &pml_sv39 };
	uint64_t leaf = V | 0xe | AD | (0x12345670000 >> 2);
	int wrong = 0;

	for (uint64_t low = 0; low < 16; low++)
		wrong += (kind_of(&pml_sv39, 1, leaf | N | low << 10) == PML_LEAF) !=
			 (low == 8);
	is_u64(wrong, 0, "NAPOT: PPN[3:0] is 8, and no other");
	ok(kind_of(&pml_sv39, 2, V | 0xe | AD | NAPOT) == PML_RESERVED &&
	   kind_of(&pml_sv57x4, 3, V | 0xe | AD | N) == PML_RESERVED,
	   "NAPOT: not of larger pages");
	is_u64(pml_leaf_pa(&s, 1, leaf | NAPOT), 0x12345670000,
	       "NAPOT: where the 64 KiB begin");
	is_u64(pml_leaf_at(&s, 1, leaf | NAPOT, 0x5abc), 0x12345675abc,
	       "NAPOT: what an address has of them");
	is_u64(pml_leaf_at(&s, 1, leaf | 0x1400, 0x9abc), 0x12345675abc,
	       "without N the PPN is all address");
	s.rsvd = N;
	ok(pml_classify(&s, 1, leaf | NAPOT) == PML_RESERVED &&
	   pml_classify(&s, 1, leaf) == PML_LEAF, "without Svnapot N is reserved");
}

static void test_types(void)
{
	struct pml_space s = { .fmt = &pml_sv48 };
	uint64_t leaf = V | 0xe | AD;
	int wrong = 0, level;
	uint64_t type;

	for (level = 1; level <= 4; level++)
		for (type = 0; type < 4; type++) {
			uint64_t raw = leaf | PBMT(type);

			s.rsvd = 0;
			wrong += (pml_classify(&s, level, raw) == PML_LEAF) !=
				 (type < 3);
			wrong += pml_leaf_memtype(&pml_sv48, level, raw) != type;
			s.rsvd = PML_RISCV_PBMT;
			wrong += (pml_classify(&s, level, raw) == PML_LEAF) !=
				 (type == 0);
		}
	is_u64(wrong, 0, "PBMT: 3 is reserved, and all but 0 without Svpbmt");
	ok(kind_of(&pml_sv48, 2, V | PBMT(1)) == PML_RESERVED,
	   "PBMT: none for pointers");
}

/* --- Entries made ------------------------------------------------------------ */

static void test_compose(void)
{
	struct pml_space s = { .fmt = &pml_sv39 };
	struct pml_attr attr = {
		.rights = PML_R | PML_W | PML_U, .memtype = PML_RISCV_NC,
		.global = true, .accessed = true, .dirty = true, .soft = 0x300,
	};
	uint64_t raw;

	ok(pml_compose_leaf(&s, 1, 0x12345678000, &attr, &raw) == PML_OK &&
	   raw == (0x12345678000 >> 2 | 0x3f7 | PBMT(1)), "a leaf, bit by bit");
	ok(pml_compose_leaf(&s, 2, 0x12345678000, &attr, &raw) == PML_EINVAL,
	   "none of 2 MiB at 4 KiB");
	ok(pml_compose_leaf(&s, 2, 0x12345600000, &attr, &raw) == PML_OK &&
	   kind_of(&pml_sv39, 2, raw) == PML_LEAF, "one of 2 MiB");
	attr.memtype = 3;
	ok(pml_compose_leaf(&s, 1, 0x1000, &attr, &raw) == PML_EINVAL,
	   "none of memory type 3");
	attr.memtype = 0;
	attr.rights = PML_W | PML_X;
	ok(pml_compose_leaf(&s, 1, 0x1000, &attr, &raw) != PML_OK,
	   "none that can be written but not read");
	attr.rights = PML_U;
	ok(pml_compose_leaf(&s, 1, 0x1000, &attr, &raw) != PML_OK,
	   "none with U alone: that would be a pointer");
	attr.rights = 0;
	ok(pml_compose_leaf(&s, 1, 0x1000, &attr, &raw) == PML_OK && !(raw & V),
	   "without rights it is not valid");
	is_u64(pml_compose_table(&s, 2, 0x12345678000, PML_R),
	       0x12345678000 >> 2 | V, "a pointer is V and an address");
	attr.rights = PML_R;
	ok(pml_compose_leaf(&s, 1, 1ULL << 56, &attr, &raw) == PML_EINVAL &&
	   pml_compose_leaf(&s, 1, 1ULL << 55, &attr, &raw) == PML_OK,
	   "addresses have 56 bits");
	s.fmt = &pml_sv32;
	attr.soft = 0;
	ok(pml_compose_leaf(&s, 1, 0x3fffff000, &attr, &raw) == PML_OK &&
	   pml_leaf_pa(&s, 1, raw) == 0x3fffff000 &&
	   pml_compose_leaf(&s, 1, 0x400000000, &attr, &raw) == PML_EINVAL,
	   "Sv32: they have 34");
}

/* --- Addresses and roots ------------------------------------------------------- */

static void test_geometry(void)
{
	static const struct {
		uint8_t levels, root_bits;
		uint64_t last;		/* of the lower half, or of all */
	} rows[FORMATS] = {
		{ 2, 10, 0xffffffff }, { 3, 9, 0x3fffffffff },
		{ 4, 9, 0x7fffffffffff }, { 5, 9, 0xffffffffffffff },
		{ 2, 12, 0x3ffffffff }, { 3, 11, 0x1ffffffffff },
		{ 4, 11, 0x3ffffffffffff }, { 5, 11, 0x7ffffffffffffff },
	};

	for (size_t i = 0; i < FORMATS; i++) {
		const struct pml_format *fmt = all[i];
		bool signs = i >= 1 && i <= 3;

		ok(fmt->levels == rows[i].levels &&
		   fmt->level[fmt->levels].bits == rows[i].root_bits &&
		   pml_canonical(fmt, rows[i].last) &&
		   !pml_canonical(fmt, rows[i].last + 1) &&
		   pml_canonical(fmt, ~rows[i].last) == signs &&
		   !pml_canonical(fmt, ~rows[i].last - 1) &&
		   pml_riscv_is_g(fmt) == (i >= 4),
		   "%s: levels, root and the last address", fmt->name);
	}
}

static void test_roots(void)
{
	struct pml_space s = { .fmt = &pml_sv57, .root = 0xafff0123456789ab };

	is_u64(pml_root_pa(&s), 0x123456789ab000, "satp: 44 bits of PPN");
	s.fmt = &pml_sv57x4;
	is_u64(pml_root_pa(&s), 0x123456789a8000, "hgatp: the low two are 0");
	s.fmt = &pml_sv32;
	s.root = 0xffffffff;
	is_u64(pml_root_pa(&s), 0x3fffff000, "Sv32: 22 bits");
	s.fmt = &pml_sv32x4;
	is_u64(pml_root_pa(&s), 0x3ffffc000, "Sv32x4: the low two are 0");
}

/* --- Registers ------------------------------------------------------------------ */

static void test_modes(void)
{
	static const struct {
		uint64_t satp;
		bool is_32;
		const struct pml_format *s, *g;
	} rows[] = {
		{ 0x0000000000081234, false, NULL, NULL },
		{ 0x8000000000081234, false, &pml_sv39, &pml_sv39x4 },
		{ 0x9000000000081234, false, &pml_sv48, &pml_sv48x4 },
		{ 0xa000000000081234, false, &pml_sv57, &pml_sv57x4 },
		{ 0xb000000000081234, false, NULL, NULL },
		{ 0x80081234, true, &pml_sv32, &pml_sv32x4 },
		{ 0x00081234, true, NULL, NULL },
	};
	int wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		wrong += pml_riscv_format(rows[i].satp, rows[i].is_32, false) !=
			 rows[i].s ||
			 pml_riscv_format(rows[i].satp, rows[i].is_32, true) !=
			 rows[i].g;
	is_u64(wrong, 0, "MODE chooses the format");
	is_u64(pml_riscv_asid(0x8123400000081234, false), 0x1234, "ASID");
	is_u64(pml_riscv_vmid(0x8123400000081234, false), 0x1234, "VMID");
	is_u64(pml_riscv_asid(0xffc00000, true), 0x1ff, "ASID of 32 bits");
	is_u64(pml_riscv_vmid(0x9fc00000, true), 0x7f, "VMID of 32 bits");
}

static void test_envcfg(void)
{
	struct pml_riscv_regs r = { .has = PML_RISCV_HAS_ALL };

	is_u64(pml_riscv_rsvd(&r, PML_RISCV_STAGE_S), PML_RISCV_PBMT,
	       "PBMTE=0: memory types are reserved");
	r.menvcfg = PML_RISCV_ENVCFG_PBMTE | PML_RISCV_ENVCFG_ADUE;
	is_u64(pml_riscv_rsvd(&r, PML_RISCV_STAGE_S), 0, "PBMTE=1: they are not");
	is_u64(pml_riscv_rsvd(&r, PML_RISCV_STAGE_G), 0, "nor in the G stage");
	is_u64(pml_riscv_rsvd(&r, PML_RISCV_STAGE_VS), PML_RISCV_PBMT,
	       "the VS stage wants henvcfg's, too");
	ok(pml_riscv_sets_ad(&r, PML_RISCV_STAGE_S) &&
	   pml_riscv_sets_ad(&r, PML_RISCV_STAGE_G) &&
	   !pml_riscv_sets_ad(&r, PML_RISCV_STAGE_VS), "ADUE: the same");
	r.henvcfg = r.menvcfg;
	ok(pml_riscv_sets_ad(&r, PML_RISCV_STAGE_VS) &&
	   !pml_riscv_rsvd(&r, PML_RISCV_STAGE_VS), "with both it has both");
	r.menvcfg = 0;
	ok(!pml_riscv_sets_ad(&r, PML_RISCV_STAGE_VS),
	   "henvcfg's alone say nothing");
	r.has = PML_RISCV_SETS_AD;
	ok(pml_riscv_sets_ad(&r, PML_RISCV_STAGE_S),
	   "a hart without Svadu may set A and D all the same");
	is_u64(pml_riscv_rsvd(&r, PML_RISCV_STAGE_S), PML_RISCV_PBMT | N,
	       "without Svnapot N is reserved");
	r.has = 0;
	ok(!pml_riscv_sets_ad(&r, PML_RISCV_STAGE_S), "or fault (Svade)");
	r.xlen = 32;
	is_u64(pml_riscv_rsvd(&r, PML_RISCV_STAGE_S), 0, "32 bits have neither");
}

static void test_who(void)
{
	struct pml_riscv_regs r = {
		.priv = PML_RISCV_MODE_M,
		.mstatus = PML_RISCV_MSTATUS_MPRV | PML_RISCV_MSTATUS_MPV |
			   1ULL << 11,
	};
	struct pml_riscv_as as = pml_riscv_as(&r, false);

	ok(as.priv == PML_RISCV_MODE_S && as.v, "MPRV: MPP's mode, with MPV");
	r.mstatus &= ~PML_RISCV_MSTATUS_MPV;
	as = pml_riscv_as(&r, false);
	ok(as.priv == PML_RISCV_MODE_S && !as.v, "MPRV: and without");
	as = pml_riscv_as(&r, true);
	ok(as.priv == PML_RISCV_MODE_M && !as.v, "MPRV: not for fetches");
	r.mstatus |= PML_RISCV_MSTATUS_MPV;
	r.mstatus |= 3ULL << 11;
	as = pml_riscv_as(&r, false);
	ok(as.priv == PML_RISCV_MODE_M && !as.v, "MPP is M: MPV says nothing");
	r.priv = PML_RISCV_MODE_S;
	r.v = true;
	as = pml_riscv_as(&r, false);
	ok(as.priv == PML_RISCV_MODE_S && as.v, "MPRV is M's alone");
	as = pml_riscv_as_guest(&r);
	ok(as.priv == PML_RISCV_MODE_U && as.v, "HLV without SPVP: VU");
	r.hstatus = PML_RISCV_HSTATUS_SPVP;
	ok(pml_riscv_as_guest(&r).priv == PML_RISCV_MODE_S, "with SPVP: VS");
	r.vsstatus = PML_RISCV_MSTATUS_SUM | PML_RISCV_MSTATUS_MXR;
	r.mstatus = 0;
	ok(pml_riscv_sum(&r, as) && pml_riscv_mxr(&r, as), "V=1: vsstatus' SUM and MXR");
	as.v = false;
	ok(!pml_riscv_sum(&r, as) && !pml_riscv_mxr(&r, as), "V=0: not them");
	r.mstatus = PML_RISCV_MSTATUS_SUM | PML_RISCV_MSTATUS_MXR;
	r.vsstatus = 0;
	as.v = true;
	ok(!pml_riscv_sum(&r, as) && pml_riscv_mxr(&r, as),
	   "V=1: mstatus' MXR counts, its SUM does not");
}

int main(void)
{
	for (size_t i = 0; i < FORMATS; i++) {
		printf("# %s: rights at each level, then each bit\n", all[i]->name);
		test_rights(all[i]);
		test_bits(all[i]);
	}
	test_flags();
	test_napot();
	test_types();
	test_compose();
	test_geometry();
	test_roots();
	test_modes();
	test_envcfg();
	test_who();
	return tap_done();
}
