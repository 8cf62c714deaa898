/*
 * Entries that Linux keeps on x86-64, by hand: before and since it inverts them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#include "arch/x86/x86.h"
#include "tap.h"
#include "target/kept.h"

static const struct {
	const char *what;
	int level;
	uint64_t raw;
	struct pmap_kept kept;
} cases[] = {
	{ "PROT_NONE, inverted", 1, 0x800ffffffeddc160,
	  { .kind = PMAP_KEPT_PROT_NONE, .pa = 0x1223000 } },
	{ "PROT_NONE, as it is", 1, 0x8000000001223160,
	  { .kind = PMAP_KEPT_PROT_NONE, .pa = 0x1223000 } },
	{ "PROT_NONE of 2M, inverted", 2, 0x800ffffffedff1e0,
	  { .kind = PMAP_KEPT_PROT_NONE, .pa = 0x1200000 } },
	{ "no 2M without PS", 2, 0x800ffffffedff160, { .kind = PMAP_KEPT_NONE } },
	{ "swap area 0, page 0x1234", 1, ~(0x1234ULL << 9) & 0x07fffffffffffe00,
	  { .kind = PMAP_KEPT_SWAP, .type = 0, .offset = 0x1234 } },
	{ "swap area 3, soft dirty, exclusive", 1,
	  3ULL << 59 | (~(0x77ULL << 9) & 0x07fffffffffffe00) | 0xa,
	  { .kind = PMAP_KEPT_SWAP, .type = 3, .offset = 0x77 } },
	{ "before 4.18: area 1, page 5", 1, 5ULL << 14 | 1 << 9,
	  { .kind = PMAP_KEPT_SWAP, .type = 1, .offset = 5 } },
	{ "a migration", 1, 25ULL << 59 | (~(0x4321ULL << 9) & 0x07fffffffffffe00),
	  { .kind = PMAP_KEPT_SPECIAL, .type = 25, .offset = 0x4321 } },
	{ "nothing", 1, 0, { .kind = PMAP_KEPT_NONE } },
	{ "a page that is there", 1, 0x1223067, { .kind = PMAP_KEPT_NONE } },
	{ "bits that no swap entry has", 1, 0x30, { .kind = PMAP_KEPT_NONE } },
	{ "no entry of the third level", 3, 0x800ffffffeddc1e0, { .kind = PMAP_KEPT_NONE } },
};

int main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct pmap_kept *want = &cases[i].kept;
		struct pmap_kept got;
		bool known = pmap_x86_linux_entry(&pml_x86_64_4, cases[i].level,
						  cases[i].raw, &got);

		ok(known == (want->kind != PMAP_KEPT_NONE) && got.kind == want->kind &&
		   got.pa == want->pa && got.type == want->type &&
		   got.offset == want->offset, "%s", cases[i].what);
	}
	for (int i = 0; i < 2; i++) {
		struct pmap_kept got;

		ok(!pmap_x86_linux_entry(i ? &pml_npt_4 : &pml_x86_pae, 1,
					 0x800ffffffeddc160, &got), "no other format");
	}
	return tap_done();
}
