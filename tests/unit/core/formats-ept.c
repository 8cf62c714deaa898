/*
 * Intel EPT against tables written by hand: what is present, what is a
 * misconfiguration, what is ignored.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#include "../../lib/image.h"
#include "../../lib/tap.h"

static const struct pml_format *const formats[] = {
	&pml_ept_4, &pml_ept_5, &pml_ept_4_mbec, &pml_ept_5_mbec
};

/* Every combination of R, W, X and XU, at every level. */
static void test_rights(const struct pml_format *fmt)
{
	bool mbec = pml_has_xu(fmt);
	struct pml_space s = { .fmt = fmt };
	int level, wrong = 0, tried = 0;
	unsigned bits, lack;

	for (lack = 0; lack <= PML_NO_EXEC_ONLY; lack++)
		for (level = 1; level <= fmt->levels; level++)
			for (bits = 0; bits < 16; bits++) {
				uint64_t raw = 0x7000 | (bits & 7) | (bits & 8) << 7;
				bool r = bits & 1, w = bits & 2, x = bits & 4;
				bool xu = mbec && (bits & 8);
				enum pml_kind want = level == 1 ? PML_LEAF : PML_TABLE;

				s.options = lack;
				if (!r && !w && !x && !xu)
					want = PML_NONPRESENT;
				else if (!r && (w || lack))
					want = PML_RESERVED;
				tried++;
				wrong += pml_classify(&s, level, raw) != want;
			}
	ok(wrong == 0 && tried > 0, "%s: %d combinations of rights", fmt->name,
	   tried);
}

static void test_memory_types(const struct pml_format *fmt)
{
	struct pml_space s = { .fmt = fmt };
	unsigned bad = 0, bad_big = 0, ipat = 0, type;

	for (type = 0; type < 8; type++) {
		uint64_t raw = 0x40000001 | type << 3;

		bad |= (pml_classify(&s, 1, raw) == PML_RESERVED) << type;
		bad_big |= (pml_classify(&s, 2, raw | 0x80) == PML_RESERVED &&
			    pml_classify(&s, 3, raw | 0x80) == PML_RESERVED) << type;
		ipat |= (pml_classify(&s, 1, raw | 0x40) == PML_RESERVED) << type;
	}
	ok(bad == 0x8c && bad_big == 0x8c && ipat == 0x8c,
	   "%s: memory types 2, 3 and 7 are misconfigured", fmt->name);
}

/* The single bits that turn a good entry into a misconfigured one. */
static uint64_t reserved_bits(const struct pml_space *s, int level,
			      uint64_t entry)
{
	uint64_t found = 0;
	int bit;

	for (bit = 3; bit < 64; bit++)
		if (!(entry >> bit & 1) &&
		    pml_classify(s, level, entry | 1ULL << bit) == PML_RESERVED)
			found |= 1ULL << bit;
	return found;
}

static void test_reserved(const struct pml_format *fmt)
{
	struct pml_space s = { .fmt = fmt, .rsvd = pml_x86_rsvd_above(40) };
	uint64_t high = 0x000fff0000000000;
	int level;

	/* From type UC no single bit leads to 2, 3 or 7 but bit 4, to 2. */
	is_u64(reserved_bits(&s, 1, 7), high | 0x10, "EPT PTE");
	is_u64(reserved_bits(&s, 2, 7), high | 0x78, "EPT PDE");
	is_u64(reserved_bits(&s, 2, 0x87), high | 0x1ff010, "EPT PDE, 2 MiB");
	is_u64(reserved_bits(&s, 3, 0x87), high | 0x3ffff010, "EPT PDPTE, 1 GiB");
	for (level = 4; level <= fmt->levels; level++)
		is_u64(reserved_bits(&s, level, 7), high | 0xf8,
		       fmt->level[level].name);
	s.no_leaf = PML_LEVEL(3);
	ok(pml_classify(&s, 3, 0x87) == PML_RESERVED &&
	   pml_reserved_bits(&s, 3, 0x87) == 0x80,
	   "%s: no 1 GiB pages, bit 7 is reserved", fmt->name);
}

static void test_walk(void)
{
	struct image *img = image_new(8);
	struct pml_space s = { .fmt = &pml_ept_4, .root = 0x105e,
			       .at = image_at, .ctx = img };
	struct pml_target t;

	image_load(img,
		"1000[0]   = 2007\n"
		"1000[511] = 2005\n"
		"2000[0]   = 3107	accessed\n"
		"2000[1]   = c00000b7	1 GiB, WB\n"
		"3000[0]   = 4007\n"
		"4000[0]   = 8000000000a00034	execute-only, suppress #VE\n"
		"4000[1]   = 30		a type alone\n"
		"4000[2]   = a00032	W without R\n");
	ok(pml_translate(&s, 0x123, &t, NULL) && t.pa == 0xa00123 &&
	   t.rights == (PML_X | PML_U), "an execute-only page is mapped");
	ok(!pml_translate(&s, 0x1000, &t, NULL) && t.kind == PML_NONPRESENT,
	   "a page without rights is not");
	ok(!pml_translate(&s, 0x2000, &t, NULL) && t.kind == PML_RESERVED &&
	   !strcmp(pml_invalid_as(&s, 1, t.raw)->name, "writable but not readable"),
	   "a misconfiguration has a name");
	ok(pml_translate(&s, 0x40000123, &t, NULL) && t.pa == 0xc0000123 &&
	   t.rights == (PML_R | PML_W | PML_X | PML_U), "1 GiB");
	ok(pml_translate(&s, 0xff8040000000, &t, NULL) && t.pa == 0xc0000000 &&
	   t.rights == (PML_R | PML_X | PML_U), "the top: not sign-extended");
	ok(!pml_translate(&s, 0x1000000000000, &t, NULL) &&
	   t.kind == PML_NONCANONICAL, "49 bits are too many");
	image_free(img);
}

static void test_eptp(void)
{
	ok(pml_ept_format(0x105e, false) == &pml_ept_4 &&
	   pml_ept_format(0x105e, true) == &pml_ept_4_mbec &&
	   pml_ept_format(0x1066, false) == &pml_ept_5 &&
	   pml_ept_format(0x1066, true) == &pml_ept_5_mbec &&
	   !pml_ept_format(0x1000, false) && !pml_ept_format(0x103e, true),
	   "the EPT pointer's walk length");
}

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		test_rights(formats[i]);
		test_memory_types(formats[i]);
		test_reserved(formats[i]);
	}
	test_walk();
	test_eptp();
	return tap_done();
}
