/*
 * One access, in one dimension: what the manuals say of each right, control and
 * mode.  Random accesses, with the processor as the judge: tests/mmu-oracle.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#include "image.h"
#include "tap.h"

#define NX		(1ULL << 63)
#define KEY(n)		((uint64_t)(n) << 59)
#define WP		PML_X86_CR0_WP
#define SMEP		PML_X86_CR4_SMEP
#define SMAP		PML_X86_CR4_SMAP
#define PKE		PML_X86_CR4_PKE
#define PKS		PML_X86_CR4_PKS
#define NXE		PML_X86_EFER_NXE

/* Keys: 1 denies all, 2 denies writes, in both registers. */
#define KEYS		0x24u

/*
 * Who does what: r, w, x; u for user mode, i for an implicit access, s for the
 * stack's segment, h for a shadow stack, a for EFLAGS.AC.
 */
struct row {
	const struct pml_format *fmt;
	uint64_t above, leaf;	/* flags of the entries; leaf 0: not present */
	uint64_t cr0, cr4, efer;
	const char *how;
	int error;		/* of the page fault; -1: allowed */
	unsigned reason;
	int level;
};

#define L4	&pml_x86_64_4
#define PAE	&pml_x86_pae
#define PSE	&pml_x86_32_pse
#define OLD	&pml_x86_32

static const struct row rows[] = {
	/* Rights, in every mode. */
	{ L4, 7, 7, WP, 0, NXE, "ru", -1, PML_X86_WHY_ALLOWED, 0 },
	{ L4, 7, 5, WP, 0, NXE, "wu", 7, PML_X86_WHY_WRITE, 1 },
	{ L4, 5, 7, WP, 0, NXE, "wu", 7, PML_X86_WHY_WRITE, 4 },
	{ L4, 7, 5, 0, 0, NXE, "wu", 7, PML_X86_WHY_WRITE, 1 },
	{ L4, 7, 5, 0, 0, NXE, "w", -1, PML_X86_WHY_ALLOWED, 0 },
	{ L4, 7, 5, WP, 0, NXE, "w", 3, PML_X86_WHY_WRITE, 1 },
	{ L4, 7, 3, WP, 0, NXE, "ru", 5, PML_X86_WHY_USER, 1 },
	{ L4, 7, 3, WP, 0, NXE, "rui", -1, PML_X86_WHY_ALLOWED, 0 },
	{ L4, 7, 0, WP, 0, NXE, "xu", 0x14, PML_X86_WHY_NOT_PRESENT, 1 },
	{ L4, 7, 7 | NX, WP, 0, NXE, "xu", 0x15, PML_X86_WHY_NX, 1 },
	{ L4, 7, 7 | NX, WP, 0, 0, "ru", 0xd, PML_X86_WHY_RESERVED, 1 },
	{ L4, 7, 0, WP, 0, 0, "xu", 4, PML_X86_WHY_NOT_PRESENT, 1 },
	{ L4, 7, 0, WP, SMEP, 0, "xu", 0x14, PML_X86_WHY_NOT_PRESENT, 1 },
	{ PAE, 7, 7 | NX, WP, 0, NXE, "xu", 0x15, PML_X86_WHY_NX, 1 },
	{ PAE, 7, 7 | NX, WP, 0, 0, "xu", 0xd, PML_X86_WHY_RESERVED, 1 },
	{ PAE, 7, 7 | 1ULL << 52, WP, 0, NXE, "r", 9, PML_X86_WHY_RESERVED, 1 },
	{ PAE, 5, 7, WP, 0, NXE, "w", 3, PML_X86_WHY_WRITE, 2 },
	{ PSE, 7, 5, WP, 0, 0, "w", 3, PML_X86_WHY_WRITE, 1 },
	{ PSE, 7, 0, WP, 0, NXE, "xu", 4, PML_X86_WHY_NOT_PRESENT, 1 },
	{ OLD, 3, 7, 0, 0, 0, "ru", 5, PML_X86_WHY_USER, 2 },
	{ OLD, 0x87, 5, 0, 0, 0, "wu", 7, PML_X86_WHY_WRITE, 1 },

	/* SMEP and SMAP, in every mode. */
	{ L4, 7, 7, WP, SMEP, NXE, "x", 0x11, PML_X86_WHY_SMEP, 1 },
	{ PSE, 7, 7, WP, SMEP, 0, "x", 0x11, PML_X86_WHY_SMEP, 1 },
	{ OLD, 7, 7, WP, SMEP, 0, "x", 0x11, PML_X86_WHY_SMEP, 1 },
	{ PSE, 7, 3, WP, SMEP, 0, "x", -1, PML_X86_WHY_ALLOWED, 0 },
	{ L4, 7, 7, WP, SMAP, NXE, "r", 1, PML_X86_WHY_SMAP, 1 },
	{ L4, 7, 7, WP, SMAP, NXE, "ra", -1, PML_X86_WHY_ALLOWED, 0 },
	{ L4, 7, 7, WP, SMAP, NXE, "ria", 1, PML_X86_WHY_SMAP, 1 },
	{ L4, 7, 7, WP, SMAP, NXE, "ruia", 1, PML_X86_WHY_SMAP, 1 },
	{ L4, 7, 7, WP, SMAP, NXE, "x", -1, PML_X86_WHY_ALLOWED, 0 },
	{ L4, 7, 5, 0, SMAP, NXE, "wa", -1, PML_X86_WHY_ALLOWED, 0 },
	{ PAE, 7, 7, WP, SMAP, NXE, "w", 3, PML_X86_WHY_SMAP, 1 },
	{ OLD, 7, 7, WP, SMAP, 0, "w", 3, PML_X86_WHY_SMAP, 1 },

	/* Keys, of four and five levels alone. */
	{ L4, 7, 7 | KEY(1), WP, PKE, NXE, "ru", 0x25, PML_X86_WHY_PKEY, 1 },
	{ L4, 7, 7 | KEY(1), WP, PKE, NXE, "xu", -1, PML_X86_WHY_ALLOWED, 0 },
	{ L4, 7, 7 | KEY(2), WP, PKE, NXE, "ru", -1, PML_X86_WHY_ALLOWED, 0 },
	{ L4, 7, 7 | KEY(2), 0, PKE, NXE, "wu", 0x27, PML_X86_WHY_PKEY, 1 },
	{ L4, 7, 7 | KEY(2), 0, PKE, NXE, "w", -1, PML_X86_WHY_ALLOWED, 0 },
	{ L4, 7, 7 | KEY(2), WP, PKE, NXE, "w", 0x23, PML_X86_WHY_PKEY, 1 },
	{ L4, 7, 7 | KEY(1), WP, PKE, NXE, "r", 0x21, PML_X86_WHY_PKEY, 1 },
	{ L4, 7, 5 | KEY(1), WP, PKE, NXE, "wu", 0x27, PML_X86_WHY_WRITE, 1 },
	{ L4, 7, 7 | KEY(1), WP, PKS, NXE, "ru", -1, PML_X86_WHY_ALLOWED, 0 },
	{ L4, 7, 3 | KEY(1), WP, PKS, NXE, "r", 0x21, PML_X86_WHY_PKEY, 1 },
	{ L4, 7, 3 | KEY(1), WP, PKE, NXE, "r", -1, PML_X86_WHY_ALLOWED, 0 },

	/* Shadow stacks: dirty, and RW=0 in the leaf alone; each mode its own. */
	{ L4, 7, 0x45, WP, 0, NXE, "wuh", -1, PML_X86_WHY_ALLOWED, 0 },
	{ L4, 7, 0x45, WP, 0, NXE, "wu", 7, PML_X86_WHY_WRITE, 1 },
	{ L4, 7, 0x45, WP, 0, NXE, "ru", -1, PML_X86_WHY_ALLOWED, 0 },
	{ L4, 7, 0x05, WP, 0, NXE, "ruh", 0x45, PML_X86_WHY_SHADOW, 1 },
	{ L4, 7, 0x47, WP, 0, NXE, "ruh", 0x45, PML_X86_WHY_SHADOW, 1 },
	{ L4, 5, 0x45, WP, 0, NXE, "wuh", 0x47, PML_X86_WHY_SHADOW, 1 },
	{ L4, 7, 0x45, WP, 0, NXE, "rh", 0x41, PML_X86_WHY_SHADOW, 1 },
	{ L4, 7, 0x41, WP, 0, NXE, "wh", -1, PML_X86_WHY_ALLOWED, 0 },
	{ L4, 7, 0x41, WP, 0, NXE, "ruh", 0x45, PML_X86_WHY_USER, 1 },
	{ L4, 7, 0x45 | KEY(2), WP, PKE, NXE, "wuh", 0x67, PML_X86_WHY_PKEY,
	  1 },
	{ L4, 7, 0, WP, 0, NXE, "ruh", 0x44, PML_X86_WHY_NOT_PRESENT, 1 },
	{ PSE, 7, 0x45, WP, 0, 0, "wuh", -1, PML_X86_WHY_ALLOWED, 0 },
};

static struct pml_x86_access access_of(const char *how, uint64_t va,
				       unsigned size)
{
	return (struct pml_x86_access){
		.va = va, .size = size,
		.kind = strchr(how, 'w') ? PML_W : strchr(how, 'x') ? PML_X : PML_R,
		.user = strchr(how, 'u'), .implicit = strchr(how, 'i'),
		.stack = strchr(how, 's'), .shadow = strchr(how, 'h'),
	};
}

/* Tables at 0x1000 and up, the first entry of each; the leaf maps 0x123. */
static struct pml_space space_for(struct image *img, const struct row *row)
{
	struct pml_space space = {
		.fmt = row->fmt, .root = 0x1000, .at = image_at, .ctx = img,
		.rsvd = pml_x86_rsvd_above(40),
	};
	uint64_t table = 0x1000;
	int level;

	if (row->fmt->nx && !(row->efer & NXE))
		space.rsvd |= row->fmt->nx;
	for (level = row->fmt->levels; level > 1; level--, table += 0x1000)
		image_set(img, table, 0, (table + 0x1000) |
			  (level == 3 && row->fmt == PAE ? 1 : row->above));
	image_set(img, table, 0, row->leaf ? row->leaf | 0x8000 : 0);
	return space;
}

static void check_row(const struct row *row)
{
	struct image *img = image_new(row->fmt->entry_size);
	struct pml_space space = space_for(img, row);
	struct pml_x86_controls c = {
		.cr0 = row->cr0, .cr4 = row->cr4, .efer = row->efer,
		.ac = strchr(row->how, 'a'), .pkru = KEYS, .pkrs = KEYS,
	};
	struct pml_x86_access a = access_of(row->how, 0x123, 4);
	struct pml_x86_verdict v;
	bool allowed = pml_x86_access(&space, &c, &a, &v);
	/* Of the first entry of its table: space_for() has one after the other. */
	uint64_t slot = row->level ? 0x1000 * (row->fmt->levels - row->level + 1u) : 0;
	int error = v.exception == PML_X86_PF ? (int)v.error : -1;

	if (!ok(allowed == (row->error < 0) && error == row->error &&
		v.reason == row->reason && v.level == row->level &&
		v.slot_pa == slot,
		"%s: %s, entries %llx and %llx, cr4 %llx: %x", row->fmt->name,
		row->how, (unsigned long long)row->above,
		(unsigned long long)row->leaf, (unsigned long long)row->cr4,
		(unsigned)row->error))
		printf("#   error %x, reason %d, level %d\n", (unsigned)error,
		       v.reason, v.level);
	image_free(img);
}

/* Across the end of a page, the canonical half, the 32-bit address space. */
static const struct edge {
	const struct pml_format *fmt;
	uint64_t va;
	unsigned size;
	const char *how;
	unsigned exception;
	uint64_t at;		/* the address that it is for */
	const char *what;
} edges[] = {
	{ L4, 0x7fffffffffff, 1, "r", 0, 0, "the last byte of the lower half" },
	{ L4, 0x7fffffffffff, 2, "r", PML_X86_GP, 0x7fffffffffff, "data out of the lower half" },
	{ L4, 0x7fffffffeffc, 8, "r", PML_X86_PF, 0x7fffffffeffc, "two pages, the first not there" },
	{ L4, 0x7fffffffffff, 2, "ws", PML_X86_SS, 0x7fffffffffff, "a stack out of the lower half" },
	{ L4, 0x800000000000, 1, "r", PML_X86_GP, 0x800000000000, "no address" },
	{ L4, 0x800000000000, 1, "rs", PML_X86_SS, 0x800000000000, "no address, by the stack" },
	{ L4, 0x800000000000, 1, "x", PML_X86_GP, 0x800000000000, "no address, a fetch" },
	{ L4, 0x7fffffffffff, 2, "x", PML_X86_GP, 0x800000000000, "code out of the lower half" },
	{ L4, 0x7fffffffffff, 2, "xu", PML_X86_PF, 0x7fffffffffff, "code out of the lower half, its first page denied" },
	{ &pml_x86_64_5, 0x800000000000, 1, "r", PML_X86_PF, 0x800000000000, "an address of five levels" },
	{ &pml_x86_64_5, 1ULL << 56, 1, "r", PML_X86_GP, 1ULL << 56, "none of five levels" },
	{ PAE, 0x1000, 0x3000, "r", PML_X86_PF, 0x3000, "three pages, the third not there" },
	{ PAE, 0x1800, 0x2000, "r", PML_X86_PF, 0x3000, "a part of each of three" },
	{ PAE, 0x1800, 0x1800, "r", 0, 0, "up to where it is missing" },
	{ PAE, 0, 0x2fff, "w", PML_X86_PF, 0x2000, "three pages, the third read-only" },
	{ PAE, 0, 0x5000, "r", PML_X86_PF, 0x3000, "five pages, the fourth not there" },
	{ PSE, 0xfffffffc, 8, "r", 0, 0, "around the end of 4 GiB" },
	{ PSE, 0xfffffffc, 0x2000, "r", PML_X86_PF, 0x1000, "and on, where nothing is" },
	{ PSE, 0xfffffffc, 8, "w", PML_X86_PF, 0, "around the end of 4 GiB, the second page read-only" },
};

static void check_edge(const struct edge *e)
{
	struct image *img = image_new(e->fmt->entry_size);
	struct pml_space space = {
		.fmt = e->fmt, .root = 0x1000, .at = image_at, .ctx = img,
	};
	struct pml_x86_controls c = { .cr0 = WP, .efer = NXE };
	struct pml_x86_access a = access_of(e->how, e->va, e->size);
	struct pml_x86_verdict v;

	/* The last page of the lower half, or of 4 GiB; then page 0. */
	if (e->fmt == L4)
		image_load(img, "1000[255] = 2003\n2000[511] = 3003\n"
			   "3000[511] = 4003\n4000[511] = 8003\n");
	else if (e->fmt == PAE)
		image_load(img, "1000[0] = 2001\n2000[0] = 3003\n"
			   "3000[0] = 8003\n3000[1] = 9003\n3000[2] = a001\n"
			   "3000[4] = b003\n");
	else if (e->fmt == PSE)
		image_load(img, "1000[1023] = 2003\n2000[1023] = 8003\n"
			   "1000[0] = 3003\n3000[0] = 9001\n");
	else
		image_load(img, "1000");
	pml_x86_access(&space, &c, &a, &v);
	if (!ok(v.exception == e->exception && (!e->exception || v.va == e->at),
		"%s: %s", e->fmt->name, e->what))
		printf("#   exception %d at %llx\n", v.exception,
		       (unsigned long long)v.va);
	image_free(img);
}

/* What a verdict says of tables is of this access, or nothing. */
static void check_nothing_left(void)
{
	struct pml_space space = { .fmt = L4, .root = 0x1000 };
	struct pml_x86_controls c = { .cr0 = WP };
	struct pml_x86_access a = access_of("r", 0x800000000000, 1);
	struct pml_x86_verdict v;

	memset(&v, 0xa5, sizeof(v));
	pml_x86_access(&space, &c, &a, &v);
	ok(!v.level && !v.error && !v.slot_pa && !v.raw && !v.bits,
	   "no entry gets the blame for an address that is none");
	ok(!v.target.pa && !v.target.raw && !v.target.slot_pa && !v.target.rights &&
	   !v.target.level && !v.target.shift && v.target.kind == PML_NONCANONICAL,
	   "which leads nowhere");
}

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		check_edge(&edges[i]);
	check_nothing_left();
	return tap_done();
}
