/*
 * Entries that Linux keeps where nothing is present, by hand: on x86-64 before and
 * since it inverts them, on AArch64 before and since 6.10, and on RISC-V.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#include <string.h>

#include "arch/arm64/arm64.h"
#include "arch/riscv/riscv.h"
#include "arch/x86/x86.h"
#include "tap.h"
#include "target/kept.h"

/* What the entries' part of linux.c does not need. */
struct pml_arm64_mmu pmap_arm64_mmu;

bool pmap_arm64_is_own(const struct pml_format *fmt)
{
	return fmt != &pml_x86_64_4;
}

bool pmap_riscv_is_own(const struct pml_format *fmt)
{
	return fmt != &pml_x86_64_4;
}

void pmap_arm64_linux_places(const struct pml_format *upper, struct pmap_arm64_linux *at)
{
	(void)upper, (void)at;
}

bool pmap_riscv_linux_linear(const struct pml_format *fmt, uint64_t *first, uint64_t *last)
{
	(void)fmt, (void)first, (void)last;
	return false;
}

typedef bool linux_entry(const struct pml_space *space, int level, uint64_t raw,
			 unsigned release, struct pmap_kept *kept);

struct entry {
	const char *what;
	int level;
	uint64_t raw;
	struct pmap_kept kept;
	unsigned release;
};

static const struct entry x86[] = {
	{ "PROT_NONE, inverted", 1, 0x800ffffffeddc160,
	  { .kind = PMAP_KEPT_PROT_NONE, .pa = 0x1223000 }, 0 },
	{ "PROT_NONE, as it is", 1, 0x8000000001223160,
	  { .kind = PMAP_KEPT_PROT_NONE, .pa = 0x1223000 }, 0 },
	{ "PROT_NONE of 2M, inverted", 2, 0x800ffffffedff1e0,
	  { .kind = PMAP_KEPT_PROT_NONE, .pa = 0x1200000 }, 0 },
	{ "no 2M without PS", 2, 0x800ffffffedff160, { .kind = PMAP_KEPT_NONE }, 0 },
	{ "swap area 0, page 0x1234", 1, ~(0x1234ULL << 9) & 0x07fffffffffffe00,
	  { .kind = PMAP_KEPT_SWAP, .type = 0, .offset = 0x1234 }, 0 },
	{ "swap area 3, soft dirty, exclusive", 1,
	  3ULL << 59 | (~(0x77ULL << 9) & 0x07fffffffffffe00) | 0xa,
	  { .kind = PMAP_KEPT_SWAP, .type = 3, .offset = 0x77 }, 0 },
	{ "before 4.18: area 1, page 5", 1, 5ULL << 14 | 1 << 9,
	  { .kind = PMAP_KEPT_SWAP, .type = 1, .offset = 5 }, 0 },
	{ "a migration", 1, 25ULL << 59 | (~(0x4321ULL << 9) & 0x07fffffffffffe00),
	  { .kind = PMAP_KEPT_SPECIAL, .type = 25, .offset = 0x4321 }, 0 },
	{ "nothing", 1, 0, { .kind = PMAP_KEPT_NONE }, 0 },
	{ "a page that is there", 1, 0x1223067, { .kind = PMAP_KEPT_NONE }, 0 },
	{ "bits that no swap entry has", 1, 0x30, { .kind = PMAP_KEPT_NONE }, 0 },
	{ "nor with an offset", 1, 5ULL << 14 | 0x30, { .kind = PMAP_KEPT_NONE }, 0 },
	{ "no entry of the third level", 3, 0x800ffffffeddc1e0, { .kind = PMAP_KEPT_NONE }, 0 },
};

static const struct entry arm64[] = {
	{ "PROT_NONE until 6.9", 1, 0x0460000041223fc2,
	  { .kind = PMAP_KEPT_PROT_NONE, .pa = 0x41223000 }, 0 },
	{ "PROT_NONE since 6.10", 1, 0x0060000041223fc2,
	  { .kind = PMAP_KEPT_PROT_NONE, .pa = 0x41223000 }, 0 },
	{ "PROT_NONE of 2M", 2, 0x0460000041200fc0,
	  { .kind = PMAP_KEPT_PROT_NONE, .pa = 0x41200000 }, 0 },
	{ "either form", 1, 0x50004,
	  { .kind = PMAP_KEPT_SWAP, .type = 0, .offset = 0x50, .since = PMAP_LINUX(6, 10),
	    .kind_before = PMAP_KEPT_SWAP, .type_before = 0, .offset_before = 0x500 }, 0 },
	{ "the same of 6.1", 1, 0x50004,
	  { .kind = PMAP_KEPT_SWAP, .type = 0, .offset = 0x500 }, PMAP_LINUX(6, 1) },
	{ "the same of 6.12", 1, 0x50004,
	  { .kind = PMAP_KEPT_SWAP, .type = 0, .offset = 0x50 }, PMAP_LINUX(6, 12) },
	{ "the bit of PRESENT_INVALID: the old form", 1, 0x5080c,
	  { .kind = PMAP_KEPT_SWAP, .type = 1, .offset = 0x508 }, 0 },
	{ "area 2 of the new form, 16 of the old", 1, 0x7080,
	  { .kind = PMAP_KEPT_SWAP, .type = 2, .offset = 7, .since = PMAP_LINUX(6, 10),
	    .kind_before = PMAP_KEPT_SWAP, .type_before = 16, .offset_before = 0x70 }, 0 },
	{ "an offset of 0 is none: the old form", 1, 0x508,
	  { .kind = PMAP_KEPT_SWAP, .type = 1, .offset = 5 }, 0 },
	{ "bits above the old form", 1, 1ULL << 60 | 0x3040,
	  { .kind = PMAP_KEPT_SWAP, .type = 1, .offset = 1ULL << 48 | 3 }, 0 },
	{ "a page that is there", 1, 0x0060000041223fc3, { .kind = PMAP_KEPT_NONE }, 0 },
	{ "nothing", 1, 0, { .kind = PMAP_KEPT_NONE }, 0 },
};

static const struct entry riscv[] = {
	{ "PROT_NONE", 1, 0x41223ULL << 10 | 0xe2,
	  { .kind = PMAP_KEPT_PROT_NONE, .pa = 0x41223000 }, 0 },
	{ "PROT_NONE of 2M", 2, 0x41200ULL << 10 | 0xe2,
	  { .kind = PMAP_KEPT_PROT_NONE, .pa = 0x41200000 }, 0 },
	{ "swap area 1, page 0x1234, exclusive", 1, 0x1234ULL << 12 | 1 << 7 | 1 << 6,
	  { .kind = PMAP_KEPT_SWAP, .type = 1, .offset = 0x1234 }, 0 },
	{ "poison", 1, 0x80123ULL << 12 | 28 << 7,
	  { .kind = PMAP_KEPT_SPECIAL, .type = 28, .offset = 0x80123 }, 0 },
	{ "an offset of 0 is none", 1, 1 << 7, { .kind = PMAP_KEPT_NONE }, 0 },
	{ "a page that is there", 1, 0x1048f0c7, { .kind = PMAP_KEPT_NONE }, 0 },
	{ "nothing", 1, 0, { .kind = PMAP_KEPT_NONE }, 0 },
};

static void try_all(linux_entry *entry, const struct pml_format *fmt,
		    const struct entry *cases, size_t count)
{
	const struct pml_space space = { .fmt = fmt };

	for (size_t i = 0; i < count; i++) {
		const struct pmap_kept *want = &cases[i].kept;
		struct pmap_kept got = { .kind = PMAP_KEPT_NONE };
		bool known = entry(&space, cases[i].level, cases[i].raw, cases[i].release, &got);

		ok(known == (want->kind != PMAP_KEPT_NONE) && got.kind == want->kind &&
		   got.pa == want->pa, "%s: %s", fmt->name, cases[i].what);
		if (known && want->kind != PMAP_KEPT_PROT_NONE)
			ok(got.type == want->type && got.offset == want->offset,
			   "... type and offset");
		if (known)
			ok(got.since == want->since, "... how sure it is");
		if (want->since)
			ok(got.kind_before == want->kind_before &&
			   got.type_before == want->type_before &&
			   got.offset_before == want->offset_before, "... and before");
	}
}

/* --- Types that no area has, by release ---------------------------------------- */

static const struct {
	unsigned major, minor, type;
	uint8_t kind;
	unsigned count;
	struct pmap_kept_reading first, last;
} types[] = {
	{ 4, 19, 26, PMAP_KEPT_SWAP, 0, { 0, NULL }, { 0, NULL } },
	{ 4, 19, 27, PMAP_KEPT_POISON, 1, { PMAP_KEPT_POISON, NULL },
	  { PMAP_KEPT_POISON, NULL } },
	{ 4, 19, 28, PMAP_KEPT_MIGRATION, 1, { PMAP_KEPT_MIGRATION, "read" },
	  { PMAP_KEPT_MIGRATION, "read" } },
	{ 5, 10, 29, PMAP_KEPT_SPECIAL, 2, { PMAP_KEPT_POISON, NULL },
	  { PMAP_KEPT_MIGRATION, "write" } },
	{ 5, 10, 31, PMAP_KEPT_SPECIAL, 2, { PMAP_KEPT_MIGRATION, "write" },
	  { PMAP_KEPT_DEVICE, "read" } },
	{ 5, 14, 25, PMAP_KEPT_POISON, 1, { PMAP_KEPT_POISON, NULL },
	  { PMAP_KEPT_POISON, NULL } },
	{ 5, 18, 31, PMAP_KEPT_SPECIAL, 2, { PMAP_KEPT_MIGRATION, "write" },
	  { PMAP_KEPT_DEVICE, "exclusive, read" } },
	{ 5, 19, 21, PMAP_KEPT_SWAP, 0, { 0, NULL }, { 0, NULL } },
	{ 6, 1, 26, PMAP_KEPT_SPECIAL, 3, { PMAP_KEPT_POISON, NULL },
	  { PMAP_KEPT_MIGRATION, "write" } },
	{ 6, 1, 29, PMAP_KEPT_SPECIAL, 4, { PMAP_KEPT_MIGRATION, "write" },
	  { PMAP_KEPT_DEVICE, "exclusive, write" } },
	{ 6, 1, 31, PMAP_KEPT_MARKER, 1, { PMAP_KEPT_MARKER, NULL },
	  { PMAP_KEPT_MARKER, NULL } },
	{ 6, 12, 23, PMAP_KEPT_POISON, 1, { PMAP_KEPT_POISON, NULL },
	  { PMAP_KEPT_POISON, NULL } },
	{ 6, 12, 25, PMAP_KEPT_MIGRATION, 1, { PMAP_KEPT_MIGRATION, "read, of one process" },
	  { PMAP_KEPT_MIGRATION, "read, of one process" } },
	{ 6, 14, 27, PMAP_KEPT_SPECIAL, 2, { PMAP_KEPT_POISON, NULL },
	  { PMAP_KEPT_DEVICE, "write" } },
	{ 6, 15, 24, PMAP_KEPT_POISON, 1, { PMAP_KEPT_POISON, NULL },
	  { PMAP_KEPT_POISON, NULL } },
	{ 6, 18, 30, PMAP_KEPT_SPECIAL, 2, { PMAP_KEPT_MIGRATION, "write" },
	  { PMAP_KEPT_DEVICE, "exclusive" } },
	{ 7, 0, 20, PMAP_KEPT_SWAP, 0, { 0, NULL }, { 0, NULL } },
	{ 7, 0, 22, PMAP_KEPT_MIGRATION, 1, { PMAP_KEPT_MIGRATION, "read" },
	  { PMAP_KEPT_MIGRATION, "read" } },
	{ 7, 0, 26, PMAP_KEPT_DEVICE, 1, { PMAP_KEPT_DEVICE, "read" },
	  { PMAP_KEPT_DEVICE, "read" } },
	{ 7, 0, 31, PMAP_KEPT_MARKER, 1, { PMAP_KEPT_MARKER, NULL },
	  { PMAP_KEPT_MARKER, NULL } },
};

static bool same(struct pmap_kept_reading a, struct pmap_kept_reading b)
{
	return a.kind == b.kind &&
	       (a.how == b.how || (a.how && b.how && strcmp(a.how, b.how) == 0));
}

static void try_types(void)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		/* The frame has flags above it. */
		struct pmap_kept kept = { .type = types[i].type, .pa_bits = 46,
					  .offset = 3ULL << 34 | 0x1234 };
		bool has_page = types[i].kind != PMAP_KEPT_SWAP &&
				types[i].kind != PMAP_KEPT_MARKER;

		pmap_kept_settle(&kept, PMAP_LINUX(types[i].major, types[i].minor), 12);
		ok(kept.kind == types[i].kind && kept.count == types[i].count,
		   "Linux %u.%u, type %u: %u readings", types[i].major, types[i].minor,
		   types[i].type, kept.count);
		ok(!kept.count || (same(kept.may[0], types[i].first) &&
				   same(kept.may[kept.count - 1], types[i].last)),
		   "... the first, and the last");
		ok(kept.pa == (has_page ? 0x1234000 : 0), "... frame");
	}
}

#define TRY(entry, fmt, cases) \
	try_all(entry, fmt, cases, sizeof(cases) / sizeof(cases[0]))

int main(void)
{
	static const struct pml_format *const others[] = { &pml_npt_4, &pml_x86_pae };

	TRY(pmap_x86_linux_entry, &pml_x86_64_4, x86);
	TRY(pmap_arm64_linux_entry, &pml_arm64_4k, arm64);
	TRY(pmap_riscv_linux_entry, &pml_sv48, riscv);
	try_types();
	for (int i = 0; i < 2; i++) {
		const struct pml_space space = { .fmt = others[i] };
		struct pmap_kept got;

		ok(!pmap_x86_linux_entry(&space, 1, 0x800ffffffeddc160, 0, &got), "no other format");
	}
	return tap_done();
}
