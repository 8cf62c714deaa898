/*
 * Two dimensions: every step of a walk, which dimension fails, what both
 * allow, and the product of both, against tables written by hand and against
 * two naive walks over random ones.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#include "image.h"
#include "oracle.h"
#include "tap.h"

#define RWXU	(PML_R | PML_W | PML_X | PML_U)

static struct image *img;	/* host memory; the guest's is in it at 16 MiB */
static struct pml_space guest, host;
static struct pml_nested nested;

static void begin(const struct pml_format *inner, uint64_t cr3,
		  const struct pml_format *outer, uint64_t root,
		  enum pml_nesting nesting, const char *spec)
{
	img = image_renew(img, 8, spec);
	guest = (struct pml_space){ .fmt = inner, .root = cr3 };
	host = (struct pml_space){
		.fmt = outer, .root = root, .at = image_at, .ctx = img
	};
	/* Nothing of what was there before counts. */
	memset(&nested, 0xa5, sizeof(nested));
	pml_nested_init(&nested, &guest, &host, nesting);
}

static int steps_of(const struct pml_walk_2d *walk)
{
	int i, n = walk->inner.count;

	for (i = 0; i < walk->turns; i++)
		n += walk->turn[i].steps.count;
	return n;
}

/* Host tables that put 2 MiB of guest memory at 16 MiB, page by page. */
#define EPT_ROOT	0x1000
#define EPT \
	"1000[0] = 2007\n2000[0] = 3007\n3000[0] = 4007\n" \
	"4000[0..511] = 1000037 + 1000\n"
#define NPT_ROOT	0x1000
#define NPT \
	"1000[0] = 2007\n2000[0] = 3007\n3000[0] = 4007\n" \
	"4000[0..511] = 1000007 + 1000\n"

/* Guest tables at gpa 0x1000 to 0x4000, so at 0x1001000 and on. */
#define GUEST \
	"1001000[0] = 2007\n1002000[0] = 3007\n1003000[0] = 4007\n" \
	"1004000[0..15] = 10007 + 1000\n"

static void test_identity(void)
{
	struct pml_walk_2d walk;
	struct pml_target_2d t;
	struct pml_target own;

	memset(&own, 0xa5, sizeof(own));
	pml_identity(0x5123, &own);
	ok(own.pa == 0x5123 && !own.raw && !own.slot_pa && own.rights == RWXU &&
	   own.kind == PML_LEAF && own.level == 0 && own.shift == 63,
	   "without paging an address is its own, by no entry");
	begin(NULL, 0, &pml_ept_4, EPT_ROOT, PML_EPT, EPT);
	walk.inner.count = 3;
	ok(pml_translate_2d(&nested, 0x1234, &t, &walk) && walk.inner.count == 0 &&
	   steps_of(&walk) == 4, "and its walk has the outer entries alone");
}

/* A page in both is as large as the smaller of both. */
static void test_smaller_page(void)
{
	struct pml_product p;
	struct pml_product_record r;

	begin(&pml_x86_64_4, 0x1000, &pml_ept_4, EPT_ROOT, PML_EPT,
	      "1000[0] = 2007\n2000[0] = 3007\n3000[0] = 10000b7\n" GUEST);
	pml_product_init(&p, &nested, 0, 0xfff);
	ok(pml_product_next(&p, &r) && r.r.kind == PML_LEAF && r.r.shift == 12 &&
	   r.guest.shift == 12 && !pml_product_next(&p, &r),
	   "the guest's 4 KiB in 2 MiB of the host's");
}

/* A fetch by user mode needs to be executable below, too. */
static void test_combine_xu(void)
{
	unsigned own = PML_R | PML_X | PML_XU;

	begin(&pml_arm64_4k, 0x1000, &pml_ept_4, EPT_ROOT, PML_PLAIN, EPT);
	is_u64(pml_combine(&nested, own, PML_R | PML_X), own,
	       "what both can execute, user mode as well");
	is_u64(pml_combine(&nested, own, PML_R), PML_R,
	       "what the outer cannot, neither can");
}

static void test_24_steps(void)
{
	struct pml_walk_2d walk;
	struct pml_target_2d t;

	begin(&pml_x86_64_4, 0x1000, &pml_ept_4, EPT_ROOT, PML_EPT, EPT GUEST);
	ok(pml_translate_2d(&nested, 0x1234, &t, &walk) && t.pa == 0x1011234 &&
	   t.gpa == 0x11234 && t.rights == RWXU && t.shift == 12,
	   "gva -> gpa -> hpa");
	is_u64(steps_of(&walk), 24, "4 levels by 4: 24 entries");
	ok(walk.turns == 5 && walk.turn[0].gpa == 0x1000 &&
	   walk.turn[3].gpa == 0x4008 && walk.turn[4].gpa == 0x11234 &&
	   walk.inner.step[3].slot_pa == 0x4008,
	   "each of the guest's entries has its own turn");
	ok(pml_translate_2d(&nested, 0x1234, &t, NULL) && t.pa == 0x1011234,
	   "the same without the steps");
}

static void test_35_steps(void)
{
	struct pml_walk_2d walk;
	struct pml_target_2d t;

	begin(&pml_x86_64_5, 0, &pml_ept_5, 0x5000, PML_EPT_AD,
	      EPT GUEST "5000[0] = 1007\n1000000[256] = 1006\n");
	ok(!pml_translate_2d(&nested, 0xff0000000000f000, &t, &walk) &&
	   t.where == PML_IN_INNER && t.inner.kind == PML_NONPRESENT &&
	   t.inner.level == 5,
	   "an entry of the guest's that is not present is the guest's");
	image_set(img, 0x1000000, 256, 0x1007);
	ok(pml_translate_2d(&nested, 0xff0000000000f000, &t, &walk) &&
	   t.pa == 0x101f000, "LA57 over 5-level EPT");
	is_u64(steps_of(&walk), 35, "5 levels by 5: 35 entries");
}

static void test_failures(void)
{
	struct pml_walk_2d walk;
	struct pml_target_2d t;

	begin(&pml_x86_64_4, 0x1000, &pml_ept_4, EPT_ROOT, PML_EPT, EPT GUEST);
	image_set(img, 0x4000, 3, 0);
	ok(!pml_translate_2d(&nested, 0, &t, &walk) && t.where == PML_IN_TABLE &&
	   t.gpa == 0x3000 && t.outer.kind == PML_HOLE && t.outer.level == 1 &&
	   t.inner.level == 2 && walk.turns == 3,
	   "a guest's table that is not mapped: which one, and where");
	image_set(img, 0x4000, 3, 0x1003034);
	ok(!pml_translate_2d(&nested, 0, &t, &walk) && t.where == PML_IN_TABLE &&
	   t.outer.kind == PML_LEAF && t.outer.rights == (PML_X | PML_U),
	   "a guest's table in execute-only memory cannot be walked");
	image_set(img, 0x4000, 3, 0x1003031);
	ok(pml_translate_2d(&nested, 0, &t, &walk) && t.rights == RWXU,
	   "but read-only memory is enough, and takes no right from the page");
	nested.nesting = PML_EPT_AD;
	ok(!pml_translate_2d(&nested, 0, &t, &walk) && t.where == PML_IN_TABLE,
	   "unless EPT has accessed and dirty flags");
	nested.nesting = PML_EPT;
	image_set(img, 0x4000, 0x10, 0x1010012);
	ok(!pml_translate_2d(&nested, 0, &t, &walk) && t.where == PML_IN_FINAL &&
	   t.outer.kind == PML_RESERVED && t.gpa == 0x10000,
	   "a misconfiguration of the page itself");
	image_set(img, 0x1001000, 0, 0x2087);
	ok(!pml_translate_2d(&nested, 0, &t, &walk) && t.where == PML_IN_INNER &&
	   t.inner.kind == PML_RESERVED && t.inner.level == 4,
	   "a reserved bit of the guest's is found first");
	image_set(img, 0x1001000, 0, 0x200002007);
	ok(!pml_translate_2d(&nested, 0, &t, &walk) && t.where == PML_IN_TABLE &&
	   t.gpa == 0x200002000, "a guest's table outside the guest's memory");
}

static void test_rights(void)
{
	struct pml_target_2d t;
	unsigned x;

	begin(&pml_x86_64_4, 0x1000, &pml_ept_4, EPT_ROOT, PML_EPT, EPT GUEST);
	image_set(img, 0x4000, 0x10, 0x1010034);
	ok(pml_translate_2d(&nested, 0, &t, NULL) && t.rights == (PML_X | PML_U),
	   "an execute-only page of EPT is execute-only for the guest");
	image_set(img, 0x1004000, 0, 0x8000000000010007);
	ok(pml_translate_2d(&nested, 0, &t, NULL) && t.rights == PML_U,
	   "and NX in the guest's tables leaves nothing");
	image_set(img, 0x1004000, 0, 0x10003);
	ok(pml_translate_2d(&nested, 0, &t, NULL) && t.rights == PML_X,
	   "user or supervisor is for the guest to say");

	for (x = 0; x < 4; x++) {
		unsigned user, super;

		begin(&pml_x86_64_4, 0x1000, &pml_ept_4_mbec, EPT_ROOT, PML_EPT,
		      EPT GUEST "1000[0] = 2407\n2000[0] = 3407\n3000[0] = 4407\n");
		image_set(img, 0x4000, 0x10, 0x1010033 | (x & 1) << 2 | (x & 2) << 9);
		pml_translate_2d(&nested, 0, &t, NULL);
		user = t.rights;
		image_set(img, 0x1004000, 0, 0x10003);
		pml_translate_2d(&nested, 0, &t, NULL);
		super = t.rights;
		ok(!!(user & PML_X) == !!(x & 2) && !!(super & PML_X) == (x & 1),
		   "mode-based execute control: X=%u XU=%u", x & 1, x >> 1);
	}
}

static void test_npt(void)
{
	struct pml_target_2d t;

	begin(&pml_x86_64_4, 0x1000, &pml_npt_4, NPT_ROOT, PML_NPT, NPT GUEST);
	ok(pml_translate_2d(&nested, 0x2345, &t, NULL) && t.pa == 0x1012345 &&
	   t.rights == RWXU, "AMD nested paging");
	image_set(img, 0x4000, 0x12, 0x1012003);
	ok(pml_translate_2d(&nested, 0x2345, &t, NULL) && t.rights == 0,
	   "a nested page without U allows nothing");
	image_set(img, 0x4000, 0x12, 0x8000000001012005);
	ok(pml_translate_2d(&nested, 0x2345, &t, NULL) &&
	   t.rights == (PML_R | PML_U), "read-only and NX");
	image_set(img, 0x4000, 2, 0x1002005);
	ok(!pml_translate_2d(&nested, 0x2345, &t, NULL) &&
	   t.where == PML_IN_TABLE && t.gpa == 0x2000,
	   "a guest's table in read-only memory cannot be used");
	image_set(img, 0x4000, 2, 0x1002003);
	ok(!pml_translate_2d(&nested, 0x2345, &t, NULL) &&
	   t.where == PML_IN_TABLE, "nor in one without U");
	image_set(img, 0x4000, 2, 0x8000000001002007);
	ok(pml_translate_2d(&nested, 0x2345, &t, NULL), "but NX is harmless");
}

/* A guest that uses 32 bits: its entries are half as large as the host's. */
static void test_32bit_guests(void)
{
	struct pml_target_2d t;

	begin(&pml_x86_32_pse, 0x1000, &pml_npt_4, NPT_ROOT, PML_NPT, NPT);
	img->entry_size = 4;
	image_load(img, "1001000[0] = 2007\n1002000[3] = 11007\n");
	ok(pml_translate_2d(&nested, 0x3456, &t, NULL) && t.pa == 0x1011456,
	   "a 32-bit guest under nested paging");
	begin(&pml_x86_pae, 0x1020, &pml_ept_4, EPT_ROOT, PML_EPT,
	      EPT "1001000[4] = 2001\n1002000[0] = 3007\n1003000[3] = 11007\n");
	ok(pml_translate_2d(&nested, 0x3456, &t, NULL) && t.pa == 0x1011456,
	   "a PAE guest under EPT");
	image_set(img, 0x4000, 1, 0x1001034);
	ok(pml_translate_2d(&nested, 0x3456, &t, NULL) && t.pa == 0x1011456,
	   "PAE under EPT: the top entries are registers, EPT is not asked");
	nested.nesting = PML_NPT;
	ok(!pml_translate_2d(&nested, 0x3456, &t, NULL) &&
	   t.where == PML_IN_TABLE && t.gpa == 0x1020, "AMD reads them");
	begin(&pml_x86_64_4, 0x1000, &pml_x86_pae, 0x6000, PML_NPT,
	      GUEST "6000[0] = 3001\n3000[0] = 4007\n"
	      "4000[0..511] = 1000007 + 1000\n");
	ok(pml_translate_2d(&nested, 0x1234, &t, NULL) && t.pa == 0x1011234,
	   "a host that uses PAE");
}

static void test_guest_alone(void)
{
	struct pml_cursor c;
	struct pml_record r;
	int leaves = 0;

	begin(&pml_x86_64_4, 0x1000, &pml_ept_4, EPT_ROOT, PML_EPT, EPT GUEST);
	pml_cursor_init(&c, &nested.inner, 0, ~0ULL, 0);
	while (pml_next(&c, &r))
		leaves += r.kind == PML_LEAF && r.pa == r.va + 0x10000;
	is_u64(leaves, 16, "a dump of the guest's tables alone has gpas");
}

static void test_product(void)
{
	struct pml_product p;
	struct pml_product_record r;

	begin(&pml_x86_64_4, 0x1000, &pml_ept_4, EPT_ROOT, PML_EPT,
	      EPT GUEST "1003000[0] = 87	the guest has 2 MiB\n"
	      "4000[5..6] = 0\n4000[7] = 1007012\n");
	pml_product_init(&p, &nested, 0, 0x1fffff);
	pml_product_next(&p, &r);
	ok(r.r.kind == PML_LEAF && r.r.va == 0 && r.r.last == 0xfff &&
	   r.gpa == 0 && r.r.pa == 0x1000000 && r.r.shift == 12 &&
	   r.guest.shift == 21 && r.where == PML_IN_FINAL,
	   "product: the outer's pages cut the guest's");
	while (r.r.va < 0x5000 && pml_product_next(&p, &r))
		;
	ok(r.r.kind == PML_HOLE && r.r.va == 0x5000 && r.r.last == 0x6fff &&
	   r.where == PML_IN_FINAL && r.gpa == 0x5000,
	   "product: holes of the outer tables");
	ok(pml_product_next(&p, &r) && r.r.kind == PML_RESERVED &&
	   r.r.va == 0x7000, "product: misconfigured entries");
	while (pml_product_next(&p, &r))
		;
	ok(r.r.last == 0x1fffff, "product: to the end of the range");

	image_set(img, 0x1003000, 0, 0x5007);
	pml_product_init(&p, &nested, 0, 0x3fffff);
	ok(pml_product_next(&p, &r) && r.r.kind == PML_UNREADABLE &&
	   r.where == PML_IN_TABLE && r.gpa == 0x5000 && r.r.last == 0x1fffff &&
	   pml_product_next(&p, &r) && r.r.kind == PML_HOLE &&
	   r.where == PML_IN_INNER && !pml_product_next(&p, &r),
	   "product: a guest's table that the outer tables do not map");
}

/* A guest-physical space that is a process's own address space. */
static void test_mirror(void)
{
	struct pml_target_2d t;

	begin(&pml_x86_64_4, 0x7000, &pml_x86_64_4, 0x1000, PML_PLAIN,
	      "1000[0] = 2007\n2000[0] = 3007\n3000[0] = 4007\n"
	      "4000[0..31] = 1000005 + 1000\n"
	      "1007000[0] = 8007\n1008000[0] = 9007\n1009000[0] = a007\n"
	      "100a000[1] = 10003\n");
	ok(pml_translate_2d(&nested, 0x1ff8, &t, NULL) && t.pa == 0x1010ff8 &&
	   t.rights == (PML_R | PML_X),
	   "guest memory in a process: its own tables are the outer ones");
}

static uint64_t state = 88172645463325252;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Two formats under each other, as the core has them and as the manuals do. */
static const struct pair {
	const struct pml_format *inner, *outer;
	enum naive_mode inner_mode, outer_mode;
	enum pml_nesting nesting;
} pairs[] = {
	{ &pml_x86_64_4, &pml_ept_4, NAIVE_LONG4, NAIVE_EPT4, PML_EPT },
	{ &pml_x86_64_4, &pml_ept_4, NAIVE_LONG4, NAIVE_EPT4, PML_EPT_AD },
	{ &pml_x86_64_5, &pml_ept_5, NAIVE_LONG5, NAIVE_EPT5, PML_EPT },
	{ &pml_x86_64_4, &pml_ept_4_mbec, NAIVE_LONG4, NAIVE_EPT4_XU, PML_EPT },
	{ &pml_x86_64_5, &pml_ept_5_mbec, NAIVE_LONG5, NAIVE_EPT5_XU,
	  PML_EPT_AD },
	{ &pml_x86_pae, &pml_ept_5_mbec, NAIVE_PAE, NAIVE_EPT5_XU, PML_EPT },
	{ &pml_x86_pae, &pml_ept_4, NAIVE_PAE, NAIVE_EPT4, PML_EPT_AD },
	{ &pml_x86_pae, &pml_npt_4, NAIVE_PAE, NAIVE_NPT4, PML_NPT },
	{ &pml_amd64_4, &pml_npt_5, NAIVE_AMD4, NAIVE_NPT5, PML_NPT },
	{ &pml_amd64_5, &pml_npt_4, NAIVE_AMD5, NAIVE_NPT4, PML_NPT },
	{ &pml_x86_64_4, &pml_x86_pae, NAIVE_LONG4, NAIVE_PAE, PML_NPT },
	{ &pml_sv39, &pml_sv39x4, NAIVE_SV39, NAIVE_SV39X4, PML_STAGE2 },
	{ &pml_sv48, &pml_sv57x4, NAIVE_SV48, NAIVE_SV57X4, PML_STAGE2 },
	{ &pml_sv57, &pml_sv48x4, NAIVE_SV57, NAIVE_SV48X4, PML_STAGE2 },
};

/* The guest's root is in a page that nothing refers to. */
#define GUEST_ROOT	0x1f000
#define GUEST_PAGES	32

/* The register for a root. */
static uint64_t root_of(const struct pair *p, uint64_t pa)
{
	return p->nesting == PML_STAGE2 ? pa >> 12 : pa;
}

/* An entry of a guest's table of that level; a table's page tells its level. */
static uint64_t random_pte(int levels, int level)
{
	unsigned n = (GUEST_PAGES - 1) / levels;
	uint64_t leaf = rnd() % (GUEST_PAGES - 1) << 10 | 1 | (rnd() & 0xfe);

	if (rnd() % 16 == 0)
		return 0;
	if (level > 1 && rnd() % 8)
		return (rnd() % n * levels + level - 2) << 10 | 1;
	if (level == 1 && rnd() % 3)
		leaf |= 0xda;
	return level == 1 && rnd() % 8 == 0 ? (leaf & ~0x3c00ULL) | 0x2000 |
					      1ULL << 63 : leaf;
}

/* The same of RISC-V: all of it two bits lower, and leaves by their rights. */
static void random_riscv(const struct pair *p)
{
	int levels = p->inner->levels, level;
	unsigned i, j;
	uint64_t at = 0x10000;

	begin(p->inner, root_of(p, GUEST_ROOT), p->outer, root_of(p, at),
	      p->nesting, "");
	for (level = p->outer->levels; level > 1; level--, at += 0x4000)
		image_set(img, at, 0, (at + 0x4000) >> 2 | 1);
	for (i = 0; i < GUEST_PAGES; i++)
		image_set(img, at, i, rnd() % 6 ? (0x1000000 + (i << 12)) >> 2 | 0xdf :
			  ((0x1000000 + (rnd() % GUEST_PAGES << 12)) >> 2 |
			   (rnd() & 0xff)));
	for (i = 0; i < GUEST_PAGES; i++)
		for (j = 0; j < 8; j++) {
			level = i == GUEST_PAGES - 1 ? levels : 1 + (int)i % levels;
			image_set(img, 0x1000000 + (i << 12), j,
				  random_pte(levels, level));
		}
}

/* Guest and host tables over 32 pages of guest memory, with mistakes in both. */
static void random_tables(const struct pair *p)
{
	bool ept = p->outer->memtype == PML_MT_EPT, pae = p->outer == &pml_x86_pae;
	unsigned i, j;

	if (p->nesting == PML_STAGE2) {
		random_riscv(p);
		return;
	}
	begin(p->inner, GUEST_ROOT, p->outer, pae ? 0x6000 : 0x5000, p->nesting,
	      NPT "5000[0] = 1007\n6000[0] = 3001\n");
	if (p->outer->levels == 4)
		host.root = NPT_ROOT;
	for (i = 1; ept && i < 6; i++)
		image_set(img, i << 12, 0, image_get(img, i << 12, 0) | 0x400);
	for (i = 0; i < GUEST_PAGES; i++) {
		image_set(img, 0x4000, i, (0x1000000 + (i << 12)) |
			  (ept ? 0x437 : 7));
		if (rnd() % 6 == 0)
			image_set(img, 0x4000, i,
				  (0x1000000 + (rnd() % GUEST_PAGES << 12)) |
				  (rnd() & (ept ? 0x43f : 0x1f)) |
				  (!ept && rnd() % 4 == 0 ? 1ULL << 63 : 0));
	}
	for (i = 0; i < GUEST_PAGES; i++)
		for (j = 0; j < 8; j++)
			image_set(img, 0x1000000 + (i << 12), j,
				  rnd() % 8 == 0 ? 0 :
				  (rnd() % (GUEST_PAGES - 1) << 12) |
				  (rnd() & 6) | 1 |
				  (rnd() % 20 == 0 ? 0x80 : 0) |
				  (rnd() % 4 == 0 ? 1ULL << 63 : 0));
	/* PAE's top entries have neither rights nor NX. */
	for (j = 0; p->inner == &pml_x86_pae && j < 4; j++)
		image_set(img, 0x1000000 + GUEST_ROOT, j,
			  image_get(img, 0x1000000 + GUEST_ROOT, j) & 0xff001);
}

/* May hardware read a guest's table there? */
static bool naive_reads(const struct pair *p, uint64_t gpa,
			const struct naive *outer)
{
	bool top = p->inner == &pml_x86_pae && gpa == GUEST_ROOT;

	if (outer->end != NAIVE_MAPPED || !image_peek(img, outer->pa))
		return false;
	switch (p->nesting) {
	case PML_NPT:
		return outer->r && outer->w && outer->u;
	case PML_STAGE2:
		return outer->r && outer->u;
	case PML_EPT_AD:
		return top || (outer->r && outer->w);
	default:
		return top || outer->r;
	}
}

/* The guest's naive walk, in a copy of its memory as it sees it. */
static struct naive naive_2d(const struct pair *p, uint64_t gva,
			     uint64_t *gpa_ret, bool *outer_ret)
{
	const struct naive_cpu under = {
		.mode = p->outer_mode, .maxphyaddr = 52, .nxe = true
	};
	const struct naive_cpu cpu = {
		.mode = p->inner_mode, .maxphyaddr = 52, .nxe = true
	};
	struct image *view = image_new(8);
	struct naive n, outer;
	uint64_t gpa;
	bool x;

	for (gpa = 0; gpa < GUEST_PAGES << 12; gpa += 0x1000) {
		outer = naive_walk(img, &under, host.root, gpa);
		if (naive_reads(p, gpa, &outer))
			memcpy(image_poke(view, gpa), image_peek(img, outer.pa),
			       4096);
	}
	n = naive_walk(view, &cpu, root_of(p, GUEST_ROOT), gva);
	image_free(view);
	*outer_ret = false;
	if (n.end != NAIVE_MAPPED)
		return n;
	*gpa_ret = n.pa;
	*outer_ret = true;
	outer = naive_walk(img, &under, host.root, n.pa);
	x = naive_has_xu(p->outer_mode) && n.u ? outer.xu : outer.x;
	if ((p->nesting == PML_NPT || p->nesting == PML_STAGE2) && !outer.u)
		n.r = n.w = n.x = n.u = false;
	outer.r = outer.r && n.r;
	outer.w = outer.w && n.w;
	outer.x = x && n.x;
	outer.u = n.u;
	return outer;
}

static bool same(const struct naive *n, bool in_outer, uint64_t gpa,
		 const struct pml_target_2d *t)
{
	unsigned rights = (n->r ? PML_R : 0) | (n->w ? PML_W : 0) |
			  (n->x ? PML_X : 0) | (n->u ? PML_U : 0);

	if (n->end == NAIVE_UNREADABLE)
		return !t->mapped && t->where == PML_IN_TABLE;
	if (in_outer != (t->where == PML_IN_FINAL))
		return false;
	if (n->end != NAIVE_MAPPED)
		return !t->mapped;
	return t->mapped && t->pa == n->pa && t->gpa == gpa && t->rights == rights;
}

/* An address by the indices that are in use. */
static uint64_t random_gva(const struct pml_format *fmt)
{
	uint64_t va = 0;
	int level;

	for (level = 1; level <= fmt->levels; level++)
		va |= (rnd() & 7 & ((1u << fmt->level[level].bits) - 1)) <<
		      fmt->level[level].shift;
	return va;
}

/* Records of the product, each of them true at its last address. */
static int check_product(const struct pair *p, int *records)
{
	struct pml_product product;
	struct pml_product_record r;
	struct pml_target_2d t;
	uint64_t gpa = 0, next = 0;
	int j, wrong = 0;

	pml_product_init(&product, &nested, 0, ~0ULL);
	for (j = 0; j < 60 && pml_product_next(&product, &r); j++, (*records)++) {
		bool in_outer;
		struct naive n = naive_2d(p, r.r.last, &gpa, &in_outer);

		wrong += r.r.va != next || r.r.last < r.r.va;
		next = r.r.last + 1;
		if (r.r.kind == PML_RECURSIVE || r.r.kind == PML_NONCANONICAL)
			continue;
		pml_translate_2d(&nested, r.r.last, &t, NULL);
		wrong += t.mapped != (r.r.kind == PML_LEAF) ||
			 !same(&n, in_outer, gpa, &t) ||
			 (t.mapped && (t.rights != r.r.rights ||
			  t.pa != r.r.pa + (r.r.last - r.r.va)));
	}
	return wrong;
}

static void test_random(const struct pair *p)
{
	int i, j, wrong = 0, mapped = 0, records = 0;

	for (i = 0; i < 60; i++) {
		struct pml_target_2d t;
		struct naive n;
		uint64_t gpa = 0;
		bool in_outer;

		random_tables(p);
		for (j = 0; j < 20; j++) {
			uint64_t gva = random_gva(p->inner);

			n = naive_2d(p, gva, &gpa, &in_outer);
			pml_translate_2d(&nested, gva, &t, NULL);
			wrong += !same(&n, in_outer, gpa, &t);
			mapped += t.mapped;
		}
		wrong += check_product(p, &records);
	}
	ok(!wrong && mapped > 100 && records > 1000,
	   "%s under %s, %d: %d mapped addresses, %d records, %d wrong",
	   p->inner->name, p->outer->name, p->nesting, mapped, records, wrong);
}

int main(void)
{
	size_t i;

	test_identity();
	test_combine_xu();
	test_smaller_page();
	test_24_steps();
	test_35_steps();
	test_failures();
	test_rights();
	test_npt();
	test_32bit_guests();
	test_guest_alone();
	test_product();
	test_mirror();
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		test_random(&pairs[i]);
	image_free(img);
	return tap_done();
}
