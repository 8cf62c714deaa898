/*
 * The x86 formats against tables written by hand: every reserved bit, the
 * addresses that other tools get wrong, and how the registers choose.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#include "../../lib/image.h"
#include "../../lib/tap.h"

static struct image *img;

static struct pml_space space_of(const struct pml_format *fmt, uint64_t root,
				 const char *spec)
{
	img = image_renew(img, fmt->entry_size, spec);
	return (struct pml_space){
		.fmt = fmt, .root = root, .at = image_at, .ctx = img
	};
}

static struct pml_target target_of(const struct pml_space *s, uint64_t va)
{
	struct pml_target t;

	pml_translate(s, va, &t, NULL);
	return t;
}

static bool maps(const struct pml_space *s, uint64_t va, uint64_t pa,
		 unsigned rights)
{
	struct pml_target t;

	if (pml_translate(s, va, &t, NULL) && t.pa == pa && t.rights == rights)
		return true;
	printf("#   %" PRIx64 ": kind %d pa %" PRIx64 " rights %x\n", va,
	       t.kind, t.pa, t.rights);
	return false;
}

/* The bits that make a present entry of `level` reserved, tried one by one. */
static uint64_t reserved_bits(const struct pml_space *s, int level,
			      uint64_t entry)
{
	int bits = 8 * s->fmt->entry_size, bit;
	uint64_t found = 0;

	for (bit = 1; bit < bits; bit++)
		if (!(entry >> bit & 1) &&
		    pml_classify(s, level, entry | 1ULL << bit) == PML_RESERVED)
			found |= 1ULL << bit;
	return found;
}

static void test_32(void)
{
	struct pml_space s = space_of(&pml_x86_32, 0x1fff,
		"1000[0]    = 2007\n"
		"1000[1]    = 00c000e7	PS, which does not count\n"
		"1000[1023] = 3005\n"
		"2000[0]    = 5007\n"
		"2000[1]    = fffff005\n"
		"2000[2]    = 7003\n"
		"3000[1023] = 80000007\n"
		"c00000[3]  = 9067\n");
	unsigned rwxu = PML_R | PML_W | PML_X | PML_U;

	ok(maps(&s, 0x123, 0x5123, rwxu), "32-bit: CR3's low bits do not count");
	ok(maps(&s, 0x1ffc, 0xfffffffc, PML_R | PML_X | PML_U),
	   "32-bit: the top of 4 GiB");
	ok(maps(&s, 0x2000, 0x7000, PML_R | PML_W | PML_X),
	   "32-bit: a supervisor page");
	ok(maps(&s, 0x403010, 0x9010, rwxu), "32-bit: PS is ignored without PSE");
	ok(maps(&s, 0xffffffff, 0x80000fff, PML_R | PML_X | PML_U),
	   "32-bit: the last address, read-only by its directory alone");
	ok(target_of(&s, 0x100000000).kind == PML_NONCANONICAL,
	   "32-bit: no address above 4 GiB");
	is_u64(reserved_bits(&s, 1, 0x5001), 0, "32-bit: no PTE bit is reserved");
	is_u64(reserved_bits(&s, 2, 0x5001), 0, "32-bit: no PDE bit is reserved");
}

static void test_pse(void)
{
	struct pml_space s = space_of(&pml_x86_32_pse, 0x1000,
		"1000[0] = 2007\n"
		"1000[1] = 00c00083	4 MiB at 0xc00000\n"
		"1000[2] = 8001e087	PSE-36: bits 13 to 16 are 0xf\n"
		"1000[3] = 801fe087	all eight of them\n"
		"1000[4] = 00e00083	bit 21\n"
		"1000[5] = 00c01083	PAT, no address bit\n"
		"2000[0] = 5087		PAT of a 4 KiB page\n");
	unsigned rwxu = PML_R | PML_W | PML_X | PML_U;

	ok(maps(&s, 0x412345, 0xc12345, PML_R | PML_W | PML_X), "PSE: 4 MiB");
	ok(maps(&s, 0x812345, 0xf80012345, rwxu), "PSE-36: 36 address bits");
	ok(maps(&s, 0xc00001, 0xff80000001, rwxu), "PSE-36: 40 address bits");
	ok(target_of(&s, 0x1000000).kind == PML_RESERVED,
	   "PSE: bit 21 is reserved");
	ok(maps(&s, 0x1400000, 0xc00000, PML_R | PML_W | PML_X),
	   "PSE: the PAT bit is not address");
	ok(maps(&s, 0, 0x5000, rwxu), "PSE: bit 7 of a PTE is PAT");
	is_u64(reserved_bits(&s, 2, 0x81), 1 << 21, "PSE: only bit 21 is reserved");
	s.pa_rsvd = pml_x86_rsvd_above(36);
	is_u64(reserved_bits(&s, 2, 0x81), 0x3e0000,
	       "PSE-36 with MAXPHYADDR 36: bits 17 to 21 are reserved");
	is_u64(pml_reserved_bits(&s, 2, 0x801fe087), 0x1e0000,
	       "PSE-36: the offending bits are named");
	s.pa_rsvd = pml_x86_rsvd_above(32);
	is_u64(reserved_bits(&s, 2, 0x81), 0x3fe000,
	       "no PSE-36: bits 13 to 21 are reserved");
	s.pa_rsvd = pml_x86_rsvd_above(46);
	is_u64(reserved_bits(&s, 2, 0x81), 1 << 21,
	       "PSE-36 never has more than 40 bits");
	is_u64(reserved_bits(&s, 1, 1), 0, "PSE: no PTE bit is reserved");
}

static void test_pae(void)
{
	struct pml_space s = space_of(&pml_x86_pae, 0x1fe0,
		"1000[508] = 2001	the top table: 0x1fe0 / 8\n"
		"1000[510] = 3001\n"
		"1000[511] = 4001\n"
		"2000[0]   = 5007\n"
		"2000[1]   = 8000000000e00087\n"
		"3000[511] = 6003\n"
		"4000[511] = 6007\n"
		"5000[7]   = 123456007\n"
		"6000[511] = 8000000000007007\n");
	struct pml_cursor c;
	struct pml_record r;
	uint64_t next = 0;
	int leaves = 0, kind = -1;

	ok(maps(&s, 0x7abc, 0x123456abc, PML_R | PML_W | PML_X | PML_U),
	   "PAE: the top table's entries take no right away");
	ok(maps(&s, 0x200123, 0xe00123, PML_R | PML_W | PML_U), "PAE: 2 MiB, NX");
	ok(maps(&s, 0xbfffffff, 0x7fff, PML_R | PML_W),
	   "PAE: supervisor by its directory alone");
	ok(maps(&s, 0xffffffff, 0x7fff, PML_R | PML_W | PML_U),
	   "PAE: the last address");
	ok(target_of(&s, 0x40000000).kind == PML_HOLE, "PAE: an empty gigabyte");
	pml_cursor_init(&c, &s, 0, ~0ULL, 0);
	while (pml_next(&c, &r)) {
		if (r.va != next)
			break;
		next = r.last + 1;
		kind = r.kind;
		leaves += kind == PML_LEAF;
	}
	ok(leaves == 4 && next == 0 && kind == PML_NONCANONICAL,
	   "PAE: a dump has every leaf and ends");
	is_u64(reserved_bits(&s, 3, 1), 0xfff00000000001c6,
	       "PAE: reserved bits of the top table");
	is_u64(reserved_bits(&s, 2, 1), 0x7ff0000000000000,
	       "PAE: reserved bits of a PDE");
	is_u64(reserved_bits(&s, 2, 0x81), 0x7ff00000001fe000,
	       "PAE: reserved bits of a 2 MiB leaf");
	is_u64(reserved_bits(&s, 1, 1), 0x7ff0000000000000,
	       "PAE: reserved bits of a PTE");
	s.rsvd = pml_x86_rsvd_above(36) | s.fmt->nx;
	is_u64(reserved_bits(&s, 1, 1), 0xfffffff000000000,
	       "PAE: MAXPHYADDR 36 and no NXE");
}

/* A table reached by itself is no table again one level further down. */
static void test_pae_self_map(void)
{
	struct pml_space s = space_of(&pml_x86_pae, 0x1000,
		"1000[0]   = 2001\n"
		"1000[3]   = 5001\n"
		"2000[0]   = a007\n"
		"5000[508] = 2003\n"
		"5000[511] = 5003\n"
		"a000[1]   = b007\n");
	struct pml_cursor c;
	struct pml_record r;

	ok(maps(&s, 0xff800000, 0xa000, PML_R | PML_W | PML_X),
	   "PAE self-map: a directory seen as a page table");
	pml_cursor_init(&c, &s, 0xffe00000, 0xffffffff, 0);
	ok(pml_next(&c, &r) && r.kind == PML_RECURSIVE && r.pa == 0x5000,
	   "PAE self-map: a directory in itself is recursive");
	ok(!pml_next(&c, &r), "PAE self-map: and covers the rest");
}

static void test_long_mode(void)
{
	struct pml_space s = space_of(&pml_x86_64_5, 0x1000,
		"1000[0]   = 2007\n"
		"1000[511] = 3007\n"
		"2000[256] = 4007\n"
		"3000[511] = 4007\n"
		"4000[0]   = 80000007c0000087	1 GiB, NX\n"
		"4000[1]   = 5005		read-only from here\n"
		"5000[0]   = a00087\n");

	ok(maps(&s, 0x0000800000000000, 0x7c0000000, PML_R | PML_W | PML_U),
	   "LA57: PML5[0] PML4[256] is not sign-extended at bit 47");
	ok(maps(&s, 0x0000800040000000, 0xa00000, PML_R | PML_X | PML_U),
	   "LA57: read-only by its parent");
	ok(maps(&s, 0xffffff8040000123, 0xa00123, PML_R | PML_X | PML_U),
	   "LA57: the same tables from the top");
	ok(target_of(&s, 0x0100000000000000).kind == PML_NONCANONICAL,
	   "LA57: bit 56 alone is no address");
	is_u64(reserved_bits(&s, 5, 1), 0x80, "PML5E: PS is reserved");
	is_u64(reserved_bits(&s, 4, 1), 0x80, "PML4E: PS is reserved");
	is_u64(reserved_bits(&s, 3, 0x81), 0x3fffe000, "1 GiB: bits 13 to 29");
	is_u64(reserved_bits(&s, 2, 0x81), 0x1fe000, "2 MiB: bits 13 to 20");
	is_u64(reserved_bits(&s, 1, 1), 0, "PTE: none");
	s.rsvd = pml_x86_rsvd_above(40) | s.fmt->nx;
	is_u64(reserved_bits(&s, 1, 1), 0x800fff0000000000,
	       "MAXPHYADDR 40, no NXE");
}

/* AMD's processors reserve bit 8 where no leaf can be, and nowhere else. */
static void test_amd(void)
{
	static const struct pml_format *const amd[] = {
		&pml_amd64_4, &pml_amd64_5, &pml_npt_4, &pml_npt_5
	};
	struct pml_space s = { 0 };
	size_t i;

	for (i = 0; i < sizeof(amd) / sizeof(amd[0]); i++) {
		s.fmt = amd[i];
		ok(reserved_bits(&s, s.fmt->levels, 1) == 0x180 &&
		   reserved_bits(&s, 4, 1) == 0x180 &&
		   reserved_bits(&s, 3, 1) == 0 && reserved_bits(&s, 2, 1) == 0,
		   "%s: bits 7 and 8 of PML4E and PML5E", s.fmt->name);
	}
	s = space_of(&pml_amd64_4, 0x1000, "1000[0] = 2107\n2000[0] = 187\n");
	ok(target_of(&s, 0).kind == PML_RESERVED && target_of(&s, 0).level == 4,
	   "AMD: a global PML4E is reserved");
	s.fmt = &pml_x86_64_4;
	ok(maps(&s, 0, 0, PML_R | PML_W | PML_X | PML_U),
	   "Intel: bit 8 of a PML4E is ignored");
}

/* What leaf-only rights and aliases dropped by value get wrong. */
static void test_parents_and_aliases(void)
{
	struct pml_space s = space_of(&pml_x86_64_4, 0x1000,
		"1000[0]   = 2003	US=0\n"
		"1000[1]   = 8000000000002007	NX\n"
		"1000[256] = 2007\n"
		"1000[300] = 2007	the same value in one table\n"
		"2000[0]   = 3007\n"
		"2000[1]   = 3005	RW=0\n"
		"3000[0..1] = 4007\n"
		"4000[0..511] = 5007\n");
	struct pml_cursor c;
	struct pml_record r;
	int pages = 0;

	ok(maps(&s, 0, 0x5000, PML_R | PML_W | PML_X),
	   "US=0 four levels up makes it supervisor");
	ok(maps(&s, 0x8000000000, 0x5000, PML_R | PML_W | PML_U),
	   "NX four levels up forbids fetches");
	ok(maps(&s, 0xffff800040000000, 0x5000, PML_R | PML_X | PML_U),
	   "RW=0 three levels up forbids writes");
	ok(maps(&s, 0xffff960000000000, 0x5000, PML_R | PML_W | PML_X | PML_U),
	   "an entry equal to another is mapped as well");
	pml_cursor_init(&c, &s, 0, ~0ULL, 0);
	while (pml_next(&c, &r))
		pages += r.kind == PML_LEAF;
	is_u64(pages, 4 * 2 * 2 * 512, "and no alias is left out of a dump");
}

static void test_npt(void)
{
	struct pml_space s = space_of(&pml_npt_4, 0x1000,
		"1000[256] = 2007\n"
		"2000[0]   = 80000087\n");
	struct pml_cursor c;
	struct pml_record r;

	ok(maps(&s, 0x800000000000, 0x80000000, PML_R | PML_W | PML_X | PML_U),
	   "NPT: bit 47 of a physical address has no sign");
	pml_cursor_init(&c, &s, 0, ~0ULL, 0);
	ok(pml_next(&c, &r) && r.kind == PML_HOLE && r.last == 0x7fffffffffff &&
	   pml_next(&c, &r) && r.kind == PML_LEAF && r.va == 0x800000000000,
	   "NPT: nor has it in a dump");
	ok(pml_npt_format(&pml_x86_64_5) == &pml_npt_5 &&
	   pml_npt_format(&pml_x86_pae) == &pml_x86_pae,
	   "NPT: the format of the host");
}

static void test_c_bit(void)
{
	struct pml_space s = space_of(&pml_x86_64_4, 0x8000000001000,
		"1000[0] = 8000000002007\n"
		"2000[0] = 8000000003007\n"
		"3000[0] = 8000000a00087\n"
		"3000[1] = 4007\n"
		"4000[0] = 8000000005007\n");

	s.encrypted = 1ULL << 51;
	ok(maps(&s, 0x123, 0xa00123, PML_R | PML_W | PML_X | PML_U) &&
	   maps(&s, 0x200000, 0x5000, PML_R | PML_W | PML_X | PML_U),
	   "the C-bit is no address bit, in the root, tables and leaves");
}

static void test_registers(void)
{
	static const struct {
		uint64_t cr0, cr4, efer;
		const struct pml_format *fmt;
		const char *what;
	} row[] = {
		{ 0, PML_X86_CR4_PAE, PML_X86_EFER_LME, NULL, "paging off" },
		{ PML_X86_CR0_PG, 0, 0, &pml_x86_32, "32-bit" },
		{ PML_X86_CR0_PG, PML_X86_CR4_PSE, 0, &pml_x86_32_pse,
		  "32-bit, PSE" },
		{ PML_X86_CR0_PG, PML_X86_CR4_PAE | PML_X86_CR4_PSE,
		  PML_X86_EFER_NXE, &pml_x86_pae, "PAE" },
		{ PML_X86_CR0_PG, PML_X86_CR4_LA57 | PML_X86_CR4_PAE, 0,
		  &pml_x86_pae, "PAE: LA57 does not matter" },
		{ PML_X86_CR0_PG, PML_X86_CR4_PAE,
		  PML_X86_EFER_LME | PML_X86_EFER_LMA, &pml_x86_64_4,
		  "4 levels" },
		{ PML_X86_CR0_PG, PML_X86_CR4_PAE | PML_X86_CR4_LA57,
		  PML_X86_EFER_LME | PML_X86_EFER_LMA, &pml_x86_64_5,
		  "5 levels" },
	};
	struct pml_x86_regs regs = { .maxphyaddr = 48, .encrypted = 1ULL << 50 };
	struct pml_x86_regs amd = { .cr0 = PML_X86_CR0_PG,
				    .cr4 = PML_X86_CR4_PAE,
				    .efer = PML_X86_EFER_LMA |
					    PML_X86_EFER_SVME };
	struct pml_space s = { .root = 7 };
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		regs.cr0 = row[i].cr0;
		regs.cr4 = row[i].cr4;
		regs.efer = row[i].efer;
		ok(pml_x86_format(&regs) == row[i].fmt, "registers: %s",
		   row[i].what);
	}
	ok(pml_x86_space(&regs, &s) && s.fmt == &pml_x86_64_5 && s.root == 0 &&
	   s.rsvd == (1ULL << 63 | PML_BITS(48, 51)) - (1ULL << 50),
	   "registers: reserved bits leave out the C-bit");
	regs.cr0 = 0;
	s.root = 7;
	ok(!pml_x86_space(&regs, &s) && s.root == 7,
	   "registers: no space with paging off");
	ok(pml_x86_format(&amd) == &pml_amd64_4, "registers: EFER.SVME is AMD's");
	amd.efer = PML_X86_EFER_LMA;
	amd.cr4 |= PML_X86_CR4_LA57;
	amd.amd = true;
	ok(pml_x86_format(&amd) == &pml_amd64_5, "registers: known to be AMD's");
	amd.efer = 0;
	ok(pml_x86_format(&amd) == &pml_x86_pae, "registers: PAE is the same");
}

/* Formats have names of their own, flags that are theirs, levels that join. */
static void test_names(void)
{
	const struct pml_format *const *a, *const *b;
	int same = 0, gaps = 0, level;

	for (a = pml_formats; *a; a++) {
		for (b = pml_formats; b < a; b++)
			same += !strcmp((*a)->name, (*b)->name);
		for (level = 2; level <= (*a)->levels; level++)
			gaps += (*a)->level[level].shift !=
				(*a)->level[level - 1].shift +
				(*a)->level[level - 1].bits;
		gaps += (*a)->level[(*a)->levels].shift +
			(*a)->level[(*a)->levels].bits != (*a)->va_bits;
	}
	is_u64(same, 0, "no two formats share a name");
	is_u64(gaps, 0, "the levels of each cover its addresses");
}

/* CR3 of 32 bits, as a debugger hands it on that takes it for a signed number. */
static void sign_extended_root(void)
{
	struct pml_space s = { .fmt = &pml_x86_32, .root = 0xfffffffff0001018 };

	is_u64(pml_root_pa(&s), 0xf0001000, "x86-32: a root above 2 GiB");
	s.fmt = &pml_x86_32_pse;
	is_u64(pml_root_pa(&s), 0xf0001000, "x86-32-pse: the same");
	s.fmt = &pml_x86_pae;
	s.root = 0xfffffffff0001028;
	is_u64(pml_root_pa(&s), 0xf0001020, "x86-pae: the same");
}

int main(void)
{
	sign_extended_root();
	test_32();
	test_pse();
	test_pae();
	test_pae_self_map();
	test_long_mode();
	test_amd();
	test_parents_and_aliases();
	test_npt();
	test_c_bit();
	test_registers();
	test_names();
	image_free(img);
	return tap_done();
}
