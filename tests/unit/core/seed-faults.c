/*
 * Faults of earlier page-table code, each as a test that it would fail: what a
 * walk, a translation and a visit of every entry must not get wrong.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#include "image.h"
#include "tap.h"

#define GIB	(1ULL << 30)
#define ULIM	0x0000800000000000ULL
#define UVPT	0x00007f8000000000ULL
#define KERNEL	0xffff800000000000ULL

static struct image *img;
static struct pml_space space;
static struct pml_target target;

static void begin(const char *spec)
{
	img = image_renew(img, 8, spec);
	space = (struct pml_space){ .fmt = &pml_x86_64_4, .root = 0x1000,
				    .at = image_at, .ctx = img };
}

static bool translate(uint64_t va)
{
	return pml_translate(&space, va, &target, NULL);
}

/* --- What an entry is ----------------------------------------------------- */

static void classify(void)
{
	begin("1000\n");
	ok(pml_classify(&space, 2, 0) == PML_HOLE, "an empty slot is a hole, not a table");
	ok(pml_classify(&space, 2, 0x80) == PML_NONPRESENT,
	   "PS without P does not make a page");
	ok(pml_classify(&space, 4, 0x200087) == PML_RESERVED,
	   "PS in a PML4 entry is an error");
	ok(pml_classify(&space, 1, 0x5087) == PML_LEAF,
	   "bit 7 at level 1 is PAT");
	ok(pml_classify(&space, 2, 0x2087) == PML_RESERVED,
	   "bit 13 of a 2 MiB page is reserved");
	ok(pml_classify(&space, 3, 0x20000087) == PML_RESERVED,
	   "bit 29 of a 1 GiB page is reserved");
	space.rsvd = pml_x86_rsvd_above(40);
	ok(pml_classify(&space, 1, 1ULL << 40 | 7) == PML_RESERVED,
	   "an address above MAXPHYADDR is an error");
}

/* --- A walk to a slot ----------------------------------------------------- */

static void walk(void)
{
	begin("1000[0] = 2007\n"
	      "1000[256] = 9003\n"
	      "2000[0] = 8000000000003067\n"	/* NX, and bits for software above the address */
	      "3000[0] = 7ff0000000004007\n"
	      "3000[1] = 80\n"			/* not present, and PS */
	      "4000[1] = 1234003\n"
	      "4000[2] = 123456100\n"		/* mapped, but not present */
	      "9000[0] = 83\n");
	ok(translate(0x1000) && target.pa == 0x1234000,
	   "NX and software's bits of a table's entry are no address");
	ok(!(target.rights & PML_X), "but NX counts");
	ok(!translate(0x200000) && target.kind == PML_NONPRESENT &&
	   target.level == 2, "a stale PS does not end a walk as a page");
	ok(!translate(ULIM) && target.kind == PML_NONCANONICAL,
	   "an address that is not canonical does not alias the kernel's half");
	ok(translate(KERNEL), "which is there");
	ok(!translate(0x2000) && target.kind == PML_NONPRESENT &&
	   target.raw == 0x123456100,
	   "an entry that is mapped but not present is told from a page");
	ok(!translate(0x3000) && target.kind == PML_HOLE && target.level == 1 &&
	   target.shift == 12, "the level of what was found is told");
	space.root = 0x1fff | 1ULL << 63;
	ok(translate(0x1000) && target.pa == 0x1234000,
	   "CR3's low bits, and bit 63, are no address");
}

/* --- gva2gpa -------------------------------------------------------------- */

static void gva2gpa(void)
{
	begin("1000[0] = 2007\n"
	      "1000[1] = 87\n"			/* PS in the PML4 */
	      "2000[0] = 3007\n"
	      "2000[1] = 800000e7\n"		/* 1 GiB page */
	      "2000[2] = 40001087\n"		/* 1 GiB page with PAT */
	      "3000[0] = 4007\n"
	      "3000[1] = 6000e7\n"		/* 2 MiB page, not identity */
	      "3000[2] = a01087\n"		/* 2 MiB page with PAT */
	      "4000[0] = 7\n"			/* page 0 */
	      "4000[1] = 7087\n"		/* PAT */
	      "4000[7] = 8000000000007007\n"	/* NX */
	      "4000[8] = 9006\n");		/* not present */
	ok(translate(0x212345) && target.pa == 0x612345,
	   "2 MiB: the entry's own address, not its parent's");
	ok(target.shift == 21, "2 MiB: shift 21");
	ok(translate(GIB + 0x12345) && target.pa == 0x80012345 &&
	   target.shift == 30, "1 GiB: likewise");
	ok(translate(0x412345) && target.pa == 0xa12345,
	   "2 MiB: the PAT bit 12 is no address");
	ok(translate(2 * GIB + 0x1234) && target.pa == 0x40001234,
	   "1 GiB: the PAT bit 12 is no address");
	ok(!translate(512 * GIB) && target.kind == PML_RESERVED &&
	   target.level == 4, "PS in a PML4 entry: an error, and an end");
	ok(translate(0x1123) && target.pa == 0x7123 && target.shift == 12,
	   "4 KiB: bit 7 is PAT, not a large page");
	ok(translate(0x7123) && target.pa == 0x7123,
	   "NX is not part of the address");
	ok(!translate(0x8000), "an entry without P is not translated");
	ok(translate(0x10) && target.pa == 0x10, "0x10 is an address");
	ok(translate(0) && target.pa == 0, "and so is 0, which is no failure");
	ok(!translate(ULIM + 0x1000), "not canonical: refused");
}

/* --- The rights of a walk ------------------------------------------------- */

static void rights(void)
{
	begin("1000[0] = 2003\n"		/* no U above */
	      "1000[1] = 2005\n"		/* no W above */
	      "2000[0] = 3007\n"
	      "2000[1] = 8000000000003007\n"	/* NX above */
	      "3000[0] = 4007\n"
	      "4000[0] = 7007\n");
	ok(translate(0) && target.rights == (PML_R | PML_W | PML_X),
	   "U is denied by a table's entry");
	ok(translate(512 * GIB) && target.rights == (PML_R | PML_X | PML_U),
	   "W is denied by a table's entry");
	ok(translate(GIB) && target.rights == (PML_R | PML_W),
	   "X is denied by a table's entry");
}

/* --- pml_for_each --------------------------------------------------------- */

#define MOST 4096

static struct visit {
	uint64_t va, last;
	int shift;
	bool whole;
	int kind;
} visits[MOST];
static int count, stop_at;

static int visit(const struct pml_record *r, bool whole, void *arg)
{
	(void)arg;
	if (count < MOST)
		visits[count] = (struct visit){ r->va, r->last, r->shift, whole,
						r->kind };
	return ++count == stop_at ? 42 : 0;
}

static int for_each(uint64_t first, uint64_t last)
{
	count = 0;
	return pml_for_each(&space, first, last, visit, NULL);
}

static bool visited(int i, uint64_t va, int shift, bool whole)
{
	return i < count && visits[i].va == va && visits[i].shift == shift &&
	       visits[i].whole == whole;
}

/* One page at 2 MiB: which visits, in which order. */
static void for_each_order(void)
{
	begin("1000\n");
	ok(!for_each(0, UVPT - 1) && count == 255,
	   "an empty root: a visit for each of its 255 entries");
	begin("1000[0] = 2007\n2000[0] = 3007\n3000[1] = 4007\n"
	      "4000[0] = 5007\n");
	for_each(0, UVPT - 1);
	ok(count == 512 + 512 + 512 + 255, "every entry of every table is visited");
	ok(visited(0, 0, 21, false), "first, the entry before");
	ok(visited(1, 0x200000, 12, false), "then the page");
	ok(visited(512, 0x3ff000, 12, false), "and what follows it in its table");
	ok(visited(513, 0x200000, 21, true),
	   "then the entry of that table, whose addresses were all visited");
	ok(visited(513 + 511, 0, 30, true), "then the one above");
	ok(visited(513 + 511 + 512, 0, 39, true), "and the root's");
	for_each(0x201000, 0x3fffff);
	ok(visited(count - 1, 0x201000, 39, false) &&
	   visited(count - 3, 0x201000, 21, false),
	   "a table visited in part is not whole");
	for_each(0x200000, 0x3fffff);
	ok(visited(count - 3, 0x200000, 21, true) &&
	   visited(count - 2, 0x200000, 30, false),
	   "of two tables only the one that is covered is whole");
	stop_at = 3;
	ok(for_each(0, UVPT - 1) == 42 && count == 3,
	   "a visit that returns non-zero ends it, and its value comes back");
	stop_at = 0;
}

static void for_each_ends(void)
{
	int i, bad = 0;

	begin("1000[511] = 2003\n2000[511] = 3003\n3000[511] = 4003\n"
	      "4000[510..511] = 5003 + 1000\n"
	      "1000[256] = 6003\n6000[0] = 7003\n7000[0] = 8003\n");
	image_load(img, "8000[0..1] = 9003 + 1000\n");
	ok(!for_each(0xffffffffffffe000, ~0ULL) && count == 5,
	   "a range that ends at 2^64: two pages and three tables");
	ok(visits[1].va == 0xfffffffffffff000 && visits[1].last == ~0ULL,
	   "the last page is the last");
	ok(for_each(0xfffffffffffff000, 0x1000) == PML_EINVAL && !count,
	   "a range that wraps is an error, not silence");
	ok(!for_each(UVPT, KERNEL + 0x1fff), "a range across the hole");
	for (i = 0; i < count; i++)
		bad += visits[i].va >= ULIM && visits[i].va < KERNEL;
	ok(!bad, "its addresses are canonical");
	bad = 0;
	for (i = 0; i < count; i++)
		bad += visits[i].shift == 12;
	ok(bad == 2, "and end where asked: two kernel pages, not 512");
	ok(!for_each(ULIM, ULIM + 0x1fff) && !count,
	   "addresses that are not canonical do not alias the kernel's");
}

static void for_each_recursive(void)
{
	int i, recursive = 0, leaves = 0;

	begin("1000[0] = 2007\n2000[0] = 3007\n3000[0] = 4007\n4000[0] = 5007\n"
	      "1000[255] = 1005\n"		/* seen by user mode */
	      "1000[509] = 1003\n");		/* by the kernel */
	for_each(0, ~0ULL);
	for (i = 0; i < count; i++) {
		recursive += visits[i].kind == PML_RECURSIVE;
		leaves += visits[i].kind == PML_LEAF;
	}
	ok(recursive == 2 && leaves == 1,
	   "recursive slots are visited as such, and tables not as pages");
	ok(count == 4 * 512, "and nothing is visited through them");
}

int main(void)
{
	classify();
	walk();
	gva2gpa();
	rights();
	for_each_order();
	for_each_ends();
	for_each_recursive();
	image_free(img);
	return tap_done();
}
