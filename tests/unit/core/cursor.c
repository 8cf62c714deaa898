/*
 * The cursor's contract: its records cover the range in order and without a
 * gap, clipped to it; holes are joined; tables are announced, left and skipped
 * as asked; pml_for_each() visits what the cursor would.  By hand, and over
 * random tables of every format, with few entries, against the naive walk.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "geometry.h"
#include "image.h"
#include "tap.h"

#define KERNEL	0xffff800000000000ULL

static struct image *img;
static struct pml_space space;
static struct pml_cursor c;
static struct pml_record r;

static void begin(const char *spec)
{
	img = image_renew(img, 8, spec);
	space = (struct pml_space){ .fmt = &pml_x86_64_4, .root = 0x1000,
				    .at = image_at, .ctx = img };
}

static bool next_is(uint64_t va, uint64_t last, enum pml_kind kind, int level)
{
	bool more = pml_next(&c, &r);

	if (more && r.va == va && r.last == last && r.kind == kind &&
	    r.level == level)
		return true;
	printf("# got %d: %" PRIx64 "..%" PRIx64 " kind %d level %d\n", more,
	       r.va, r.last, r.kind, r.level);
	return false;
}

static void whole_space(void)
{
	begin("1000[0] = 2007\n2000[0] = 3007\n2000[3] = c0000083\n"
	      "3000[2] = 4007\n3000[3] = 8007\n4000[5] = 5003\n"
	      "4000[6] = abc0\n4000[511] = 8000000000006005\n");
	pml_cursor_init(&c, &space, 0, ~0ULL, 0);
	ok(next_is(0, 0x3fffff, PML_HOLE, 2), "empty entries are one hole");
	ok(next_is(0x400000, 0x404fff, PML_HOLE, 1), "a hole for each table");
	ok(next_is(0x405000, 0x405fff, PML_LEAF, 1) && r.pa == 0x5000 &&
	   r.raw == 0x5003 && r.slot_pa == 0x4028 && r.shift == 12, "a page");
	ok(r.slot == image_peek(img, 0x4028), "and where its entry is");
	ok(next_is(0x406000, 0x406fff, PML_NONPRESENT, 1) && r.raw == 0xabc0,
	   "an entry that is not present");
	ok(next_is(0x407000, 0x5fefff, PML_HOLE, 1), "a hole up to the last entry");
	ok(next_is(0x5ff000, 0x5fffff, PML_LEAF, 1) &&
	   r.rights == (PML_R | PML_U), "the last page of its table");
	ok(next_is(0x600000, 0x7fffff, PML_UNREADABLE, 2) && r.pa == 0x8000,
	   "a table that cannot be read is a range, walked past");
	ok(next_is(0x800000, 0x3fffffff, PML_HOLE, 2), "a hole");
	ok(next_is(0x40000000, 0xbfffffff, PML_HOLE, 3), "a hole above");
	ok(next_is(0xc0000000, 0xffffffff, PML_LEAF, 3) && r.pa == 0xc0000000,
	   "a page of 1 GiB");
	ok(next_is(0x100000000, 0x7fffffffff, PML_HOLE, 3), "a hole");
	ok(next_is(0x8000000000, 0x7fffffffffff, PML_HOLE, 4),
	   "the root's, to the end of the lower half");
	ok(next_is(0x800000000000, KERNEL - 1, PML_NONCANONICAL, 0),
	   "what is no address is one record");
	ok(next_is(KERNEL, ~0ULL, PML_HOLE, 4), "the upper half, to the top");
	ok(!pml_next(&c, &r) && !pml_next(&c, &r), "and no more, however often");
}

static void clipped(void)
{
	begin("1000[0] = 2007\n2000[0] = 200000e7\n");
	pml_cursor_init(&c, &space, 0x1234, 0x2345, 0);
	ok(next_is(0x1234, 0x2345, PML_RESERVED, 3), "a record is clipped to the range");
	image_set(img, 0x2000, 0, 0x400000e7);
	pml_cursor_init(&c, &space, 0x1234, 0x2345, 0);
	ok(next_is(0x1234, 0x2345, PML_LEAF, 3) && r.pa == 0x40001234,
	   "and leads where its first address does");
	ok(pml_record_base(&r) == 0 && !pml_next(&c, &r), "its entry begins before");
	pml_cursor_init(&c, &space, 5, 4, 0);
	ok(!pml_next(&c, &r), "a range that ends before it begins is empty");
	pml_cursor_init(&c, &space, ~0ULL, ~0ULL, 0);
	ok(next_is(~0ULL, ~0ULL, PML_HOLE, 4) && !pml_next(&c, &r),
	   "the last byte of all");
	space.root = 0xbad000;
	pml_cursor_init(&c, &space, 0, ~0ULL, 0);
	ok(next_is(0, KERNEL - 1 - (KERNEL - 0x800000000000), PML_UNREADABLE, 0) &&
	   r.pa == 0xbad000, "a root that cannot be read");
}

static void tables(void)
{
	begin("1000[0] = 2007\n2000[0] = 3007\n3000[0] = 4007\n4000[0] = 5007\n"
	      "3000[1] = 4007\n1000[1] = 1007\n");
	pml_cursor_init(&c, &space, 0, 0x3fffff, PML_PRE | PML_POST);
	ok(next_is(0, 0x3fffff, PML_TABLE, 4) && !r.leaving && r.pa == 0x2000,
	   "a table is announced, clipped to the range");
	ok(next_is(0, 0x3fffff, PML_TABLE, 3), "and the next");
	ok(next_is(0, 0x1fffff, PML_TABLE, 2), "and the last");
	pml_skip(&c, &r);
	ok(next_is(0x200000, 0x3fffff, PML_TABLE, 2) && !r.leaving,
	   "skipped: neither entered nor left");
	ok(next_is(0x200000, 0x200fff, PML_LEAF, 1), "a table seen twice");
	ok(next_is(0x201000, 0x3fffff, PML_HOLE, 1), "is walked twice");
	ok(next_is(0x200000, 0x3fffff, PML_TABLE, 2) && r.leaving, "and left");
	ok(next_is(0, 0x3fffff, PML_TABLE, 3) && r.leaving, "then the one above");
	ok(next_is(0, 0x3fffff, PML_TABLE, 4) && r.leaving, "and its own");
	ok(!pml_next(&c, &r), "and no more");
	pml_cursor_init(&c, &space, 0x8000000000, 0x8000000fff, 0);
	ok(next_is(0x8000000000, 0x8000000fff, PML_RECURSIVE, 4),
	   "a table on its own path is not entered");
	pml_cursor_init(&c, &space, 0x8000000000, 0x8000000fff,
			PML_ENTER_RECURSIVE);
	ok(next_is(0x8000000000, 0x8000000fff, PML_LEAF, 1) && r.pa == 0x4000,
	   "unless that is asked for: then it is walked as the processor does");
}

static int count_visits(const struct pml_record *record, bool whole, void *arg)
{
	(void)whole;
	if (record->kind == PML_LEAF)
		++*(int *)arg;
	return 0;
}

static void one_byte(void)
{
	int n = 0;

	begin("1000[0] = 2007\n2000[0] = 3007\n3000[0] = 4007\n4000[0] = 5007\n");
	ok(pml_for_each(&space, 0x123, 0x123, count_visits, &n) == 0 && n == 1,
	   "one byte is a range");
	ok(pml_for_each(&space, 0x124, 0x123, count_visits, &n) == PML_EINVAL && n == 1,
	   "less is none");
}

static void alike_in_root(void)
{
	begin("1000[0..511] = 2007\n2000[0] = 3007\n");
	pml_cursor_init(&c, &space, 0, ~0ULL, PML_PRE);
	pml_next(&c, &r);
	pml_skip_alike(&c, &r);
	ok(r.va == 0 && r.last == 0x7fffffffffff, "up to the hole, not over it");
}

static void alike(void)
{
	begin("1000[0] = 2007\n2000[0..1] = 3007\n"
	      "3000[0..2] = 4007\n3000[3] = 4027\n3000[4..511] = 4007\n"
	      "4000[0] = 5007\n");
	pml_cursor_init(&c, &space, 0, 0xffffff, PML_PRE);
	pml_next(&c, &r);
	pml_next(&c, &r);
	ok(next_is(0, 0x1fffff, PML_TABLE, 2), "a table, and others like it");
	pml_skip_alike(&c, &r);
	ok(r.va == 0 && r.last == 0x5fffff, "are skipped as one");
	ok(next_is(0x600000, 0x7fffff, PML_TABLE, 2), "not one that differs");
	pml_skip_alike(&c, &r);
	ok(r.last == 0x7fffff, "which has none like it");
	ok(next_is(0x800000, 0x9fffff, PML_TABLE, 2), "then to the end of the range");
	pml_skip_alike(&c, &r);
	ok(r.last == 0xffffff && !pml_next(&c, &r), "and no further");
	pml_cursor_init(&c, &space, 0x3fe00000, 0x40300fff, PML_PRE);
	pml_next(&c, &r);
	pml_next(&c, &r);
	ok(next_is(0x3fe00000, 0x3fffffff, PML_TABLE, 2), "the last of a table");
	pml_skip_alike(&c, &r);
	ok(r.last == 0x3fffffff, "has none after it");
	ok(next_is(0x40000000, 0x40300fff, PML_TABLE, 3), "the next table is another");
	ok(next_is(0x40000000, 0x401fffff, PML_TABLE, 2), "with the like");
	pml_skip_alike(&c, &r);
	ok(r.last == 0x401fffff, "but a clipped one is left");
	ok(next_is(0x40200000, 0x40300fff, PML_TABLE, 2), "for later");
	pml_skip_alike(&c, &r);
	ok(r.last == 0x40300fff && !pml_next(&c, &r), "and may be the last");
}

/* --- Pages that go on ------------------------------------------------------- */

/* The next record is a page at `va', which then covers all up to `last'. */
static bool page_extends(uint64_t va, uint64_t last)
{
	uint64_t raw;

	if (!next_is(va, va | 4095, PML_LEAF, 1))
		return false;
	raw = r.raw;
	pml_extend_page(&c, &r);
	if (r.va == va && r.last == last && r.raw == raw && r.level == 1 &&
	    r.shift == 12 && r.pa == (raw & 0xffffffffff000))
		return true;
	printf("# got %" PRIx64 "..%" PRIx64 " raw %" PRIx64 "\n", r.va, r.last,
	       r.raw);
	return false;
}

/* The entries of a last table, then those of another; first..last walked. */
static void begin_pages(const char *spec, uint64_t first, uint64_t last)
{
	char all[400];

	snprintf(all, sizeof(all), "1000[0] = 2007\n1000[511] = 2007\n2000[0] = 3007\n2000[511] = 3007\n3000[0] = 4007\n3000[1] = 5007\n3000[511] = 4007\n%s",
		 spec);
	begin(all);
	pml_cursor_init(&c, &space, first, last, 0);
}

static void extended(void)
{
	begin_pages("4000[0] = 10007\n4000[1] = 11007\n4000[2] = 12007\n4000[4] = 14007\n",
		    0, 0x1fffff);
	ok(page_extends(0, 0x2fff), "pages that go on are one");
	ok(next_is(0x3000, 0x3fff, PML_HOLE, 1), "up to a hole");
	ok(page_extends(0x4000, 0x4fff), "after which is another");
	begin_pages("4000[0] = 10007\n4000[1] = 12007\n4000[2] = 11007\n4000[3] = 11007\n",
		    0, 0x1fffff);
	ok(page_extends(0, 0xfff), "not a page further on");
	ok(page_extends(0x1000, 0x1fff), "nor one before");
	ok(page_extends(0x2000, 0x2fff) && page_extends(0x3000, 0x3fff), "nor the same");
}

/* Each bit of an entry ends it: the address step is no other bit's. */
static void extended_alike(void)
{
	unsigned bad = 0;
	int bit;

	for (bit = 0; bit < 64; bit++) {
		uint64_t raw = 0x11007 ^ 1ULL << bit;

		begin_pages("4000[0] = 10007\n4000[1] = 11007\n", 0, 0x1fffff);
		image_set(img, 0x4000, 1, raw);
		pml_cursor_init(&c, &space, 0, 0x1fffff, 0);
		bad += !page_extends(0, 0xfff);
	}
	ok(!bad, "nor one that differs in any bit");
	begin_pages("4000[0] = 8000000000010067\n4000[1] = 8000000000011067\n4000[2] = 8000000000012007\n4000[3] = 13007\n",
		    0, 0x1fffff);
	ok(page_extends(0, 0x1fff) && r.rights == (PML_R | PML_W | PML_U),
	   "with the same marks and rights");
	ok(page_extends(0x2000, 0x2fff) && page_extends(0x3000, 0x3fff),
	   "not with others");
}

static void extended_addresses(void)
{
	begin_pages("4000[0] = ffffffffff007\n4000[1] = 10000000000007\n", 0, 0x1fffff);
	ok(page_extends(0, 0xfff), "what steps out of the address is another bit's");
	begin_pages("4000[0] = 3fffffff007\n4000[1] = 40000000007\n", 0, 0x1fffff);
	space.rsvd = 1ULL << 42;
	pml_cursor_init(&c, &space, 0, 0x1fffff, 0);
	ok(page_extends(0, 0xfff), "or above this processor's addresses");
	ok(next_is(0x1000, 0x1fff, PML_RESERVED, 1), "which is reserved");
	space.rsvd = 0;
	space.encrypted = 1ULL << 42;
	pml_cursor_init(&c, &space, 0, 0x1fffff, 0);
	ok(page_extends(0, 0xfff), "or the C-bit");
	ok(next_is(0x1000, 0x1fff, PML_LEAF, 1) && r.pa == 0, "which is no address");
}

static void extended_ends(void)
{
	const char *spec = "4000[0] = 10007\n4000[1] = 11007\n4000[2] = 12007\n4000[510] = 20007\n4000[511] = 21007\n5000[0] = 22007\n";

	begin_pages(spec, 0x1fe000, 0x3fffff);
	ok(page_extends(0x1fe000, 0x1fffff), "up to the table's end");
	ok(page_extends(0x200000, 0x200fff), "the next table has its own");
	ok(next_is(0x201000, 0x3fffff, PML_HOLE, 1), "and is gone on with");
	begin_pages(spec, 0, 0x1fff);
	ok(page_extends(0, 0x1fff) && !pml_next(&c, &r), "up to the range's end");
	begin_pages(spec, 0, 0x2ffe);
	ok(page_extends(0, 0x1fff) && next_is(0x2000, 0x2ffe, PML_LEAF, 1),
	   "without what it has a part of");
	begin_pages(spec, -0x2000ULL, ~0ULL);
	ok(page_extends(-0x2000ULL, ~0ULL) && !pml_next(&c, &r), "up to the top");
	begin_pages(spec, 0x800, 0x1fffff);
	ok(next_is(0x800, 0xfff, PML_LEAF, 1), "from the midst of a page");
	pml_extend_page(&c, &r);
	ok(r.va == 0x800 && r.last == 0x2fff && r.pa == 0x10800, "likewise");
	begin("1000[0] = 2007\n2000[0] = 3007\n3000[0] = 200087\n3000[1] = 400087\n");
	pml_cursor_init(&c, &space, 0, 0x3fffff, 0);
	ok(next_is(0, 0x1fffff, PML_LEAF, 2), "a larger page");
	pml_extend_page(&c, &r);
	ok(r.last == 0x1fffff && next_is(0x200000, 0x3fffff, PML_LEAF, 2), "is left alone");
}

/* AArch64's contiguous bit is one that may be set; Svnapot's pages have one address. */
static void extended_runs(void)
{
	begin_pages("4000[0] = 10000000010403\n4000[1] = 10000000011403\n4000[2] = 12403\n",
		    0, 0x1fffff);
	image_set(img, 0x1000, 0, 0x2003);
	space.fmt = &pml_arm64_4k;
	pml_cursor_init(&c, &space, 0, 0x1fffff, 0);
	image_set(img, 0x2000, 0, 0x3003);
	image_set(img, 0x3000, 0, 0x4003);
	ok(page_extends(0, 0x1fff), "AArch64: contiguous entries");
	ok(page_extends(0x2000, 0x2fff), "not those that are not");
	begin("1000[0] = 801\n2000[0] = c01\n3000[0..1] = 8000000000006007\n3000[2] = 8000000000006407\n3000[3] = 4807\n3000[4] = 4c07\n3000[5] = 5007\n");
	space.fmt = &pml_sv39;
	space.root = 8ULL << 60 | 1;
	pml_cursor_init(&c, &space, 0, 0x1fffff, 0);
	ok(next_is(0, 0xfff, PML_LEAF, 1), "RISC-V: a page of sixteen");
	pml_extend_page(&c, &r);
	ok(r.last == 0xfff && next_is(0x1000, 0x1fff, PML_LEAF, 1), "is left alone");
	pml_extend_page(&c, &r);
	ok(r.last == 0x1fff && next_is(0x2000, 0x2fff, PML_RESERVED, 1),
	   "before one of another size, too");
	ok(next_is(0x3000, 0x3fff, PML_LEAF, 1) && r.pa == 0x12000, "a page");
	pml_extend_page(&c, &r);
	ok(r.last == 0x5fff && next_is(0x6000, 0x1fffff, PML_HOLE, 1),
	   "that goes on, by a fourth of x86's step");
}

/* --- Random tables -------------------------------------------------------- */

#define PAGES	12

struct random {
	struct pml_format fmt;
	struct geometry g;
	struct pml_space space;
	uint64_t rng;
	unsigned joined;	/* records that took in pages after theirs */
	unsigned char page[PAGES][128];	/* a table of up to 16 entries each */
};

static uint64_t rnd(struct random *x)
{
	x->rng ^= x->rng >> 12;
	x->rng ^= x->rng << 25;
	x->rng ^= x->rng >> 27;
	return x->rng * 0x2545f4914f6cdd1dULL >> 8;
}

static const void *random_at(void *ctx, uint64_t pa, size_t size)
{
	struct random *x = ctx;

	uint64_t page = pa >> x->g.apart, inside = pa & oracle_ones(0, x->g.apart - 1);

	if (page >= PAGES - 1 || inside + size > sizeof(x->page[0]))
		return NULL;
	return &x->page[page][inside];
}

/* Of RISC-V an address is two bits lower, and 7 is a leaf with R and W. */
static uint64_t random_riscv(struct random *x)
{
	uint64_t table = (rnd(x) % PAGES << (x->g.apart - 2)) | 1, raw = rnd(x);

	switch (rnd(x) % 8) {
	case 0:
		return 0;
	case 1:
		return raw & ~1ULL;
	case 2:
		return raw | 1;
	case 3:
		/* Sixteen pages in one. */
		return (raw & 0x3fffffc3ff) | 0x8000000000002003;
	case 4:
		return (raw & 0xffff00000ff) | 3;
	case 5:
		return table | (raw & 0xf0);
	default:
		return table;
	}
}

static uint64_t random_entry(struct random *x)
{
	uint64_t raw = rnd(x) % PAGES << 12;

	if (x->g.family == FAMILY_RISCV)
		return random_riscv(x);
	switch (rnd(x) % 8) {
	case 0: case 1:
		return 0;
	case 2:
		return rnd(x) & ~x->fmt.present;
	case 3:
		return rnd(x) | (oracle_is_ept(&x->g) ? 7 : 1);
	case 4:
		raw = rnd(x) & 0xfffff0000000 & x->fmt.level[1].leaf_pa;
		return raw | 0x87;
	case 5:
		return raw | 1 | (rnd(x) & 0x60);
	default:
		return raw | 7;
	}
}

static void random_begin(struct random *x, const struct pml_format *fmt,
			 uint64_t seed)
{
	int bits = fmt->levels == 2 ? 3 : fmt->levels == 5 ? 1 : 2;
	uint64_t raw = 0;
	int i, j;

	x->fmt = oracle_shrink(fmt, bits);
	x->g = oracle_geometry(fmt->name, bits);
	x->rng = seed;
	x->joined = 0;
	x->space = (struct pml_space){ .fmt = &x->fmt, .at = random_at, .ctx = x };
	if (oracle_by_pa(&x->g))
		x->space.pa_rsvd = oracle_ones(46, 63);
	else
		x->space.rsvd = x->g.family == FAMILY_32 ? 0 : oracle_ones(46, 51);
	x->g.maxphyaddr = 46;
	for (i = 0; i < PAGES; i++)
		for (j = 0; j < 1 << (bits + x->g.inv.root_more); j++) {
			/* Some go on where the one before ends. */
			raw = j && rnd(x) % 4 == 0 ?
			      raw + (1ULL << fmt->level[1].shift >> fmt->pa_shift) :
			      random_entry(x);
			memcpy(&x->page[i][j * fmt->entry_size], &raw,
			       fmt->entry_size);
		}
}

/* The entry at `va' of a record that several pages were joined in. */
static uint64_t raw_at(const struct random *x, const struct pml_record *rec,
		       uint64_t va)
{
	return rec->raw + ((va - pml_record_base(rec)) >> rec->shift << rec->shift >>
			   x->fmt.pa_shift);
}

/* Does each page of the record say what the naive walk says? */
static bool record_is_true(struct random *x, const struct pml_record *rec)
{
	uint64_t va = rec->va;

	for (;; va = (va | 4095) + 1) {
		struct verdict v = oracle_walk(&x->g, &x->space, va);

		if (rec->kind == PML_NONCANONICAL)
			return v.kind == rec->kind;
		if (v.kind != rec->kind && rec->kind != PML_RECURSIVE &&
		    rec->kind != PML_UNREADABLE)
			return false;
		if (v.kind == PML_LEAF && rec->kind == PML_LEAF &&
		    (v.pa != rec->pa + (va - rec->va) ||
		     v.raw != raw_at(x, rec, va) ||
		     v.rights != rec->rights || v.level != rec->level))
			return false;
		if (rec->last - va < 4096)
			return true;
	}
}

static void random_range(struct random *x, uint64_t *first, uint64_t *last)
{
	uint64_t size = 1ULL << x->fmt.va_bits;

	*first = rnd(x) % size;
	*last = rnd(x) % size;
	if (x->fmt.sign_extended) {
		*first = (uint64_t)((int64_t)(*first << (64 - x->fmt.va_bits)) >>
				    (64 - x->fmt.va_bits));
		*last = (uint64_t)((int64_t)(*last << (64 - x->fmt.va_bits)) >>
				   (64 - x->fmt.va_bits));
	}
	if (rnd(x) % 4 == 0)
		*first = 0;
	if (rnd(x) % 4 == 0 || *last < *first)
		*last = ~0ULL;
}

/* Leaves that go on are joined with `extends'. */
static bool covers(struct random *x, unsigned flags, bool extends)
{
	uint64_t first, last, va;
	struct pml_cursor cur;
	struct pml_record rec;

	random_range(x, &first, &last);
	va = first;
	pml_cursor_init(&cur, &x->space, first, last, flags);
	while (pml_next(&cur, &rec)) {
		if (rec.kind == PML_TABLE)
			continue;
		if (rec.kind == PML_LEAF && extends) {
			uint64_t before = rec.last;

			pml_extend_page(&cur, &rec);
			x->joined += rec.last != before;
		}
		if (rec.va != va || rec.last < va || rec.last > last ||
		    !record_is_true(x, &rec))
			return false;
		va = rec.last + 1;
	}
	return va == last + 1;
}

struct expect {
	struct pml_cursor c;
	bool same;
};

/* The next record of a cursor is what for_each visits. */
static int compare(const struct pml_record *got, bool whole, void *arg)
{
	struct expect *e = arg;
	struct pml_record want;
	uint64_t span;

	do
		if (!pml_next_any(&e->c, &want))
			return 1;
	while (want.kind == PML_NONCANONICAL);
	span = (1ULL << want.shift) - 1;
	e->same = want.va == got->va && want.last == got->last &&
		  want.pa == got->pa && want.raw == got->raw &&
		  want.slot_pa == got->slot_pa && want.slot == got->slot &&
		  want.rights == got->rights && want.level == got->level &&
		  want.shift == got->shift && want.kind == got->kind &&
		  want.leaving == got->leaving &&
		  whole == (want.leaving && !(want.va & span) &&
			    (want.last & span) == span);
	return !e->same;
}

static bool visits_the_same(struct random *x)
{
	struct expect e = { .same = true };
	struct pml_record rest;
	uint64_t first, last;
	int ret;

	random_range(x, &first, &last);
	pml_cursor_init(&e.c, &x->space, first, last, PML_POST | PML_EACH);
	ret = pml_for_each(&x->space, first, last, compare, &e);
	while (pml_next_any(&e.c, &rest))
		if (rest.kind != PML_NONCANONICAL)
			return false;
	return !ret && e.same;
}

static void random_tables(const struct pml_format *fmt)
{
	unsigned bad = 0, bad_joined = 0, bad_visits = 0, joined = 0;
	uint64_t seed;

	for (seed = 1; seed <= 3000; seed++) {
		struct random x;

		random_begin(&x, fmt, seed);
		bad += !covers(&x, 0, false) || !covers(&x, PML_EACH, false) ||
		       !covers(&x, PML_PRE | PML_POST | PML_ENTER_RECURSIVE,
			       false);
		bad_joined += !covers(&x, 0, true) || !covers(&x, 0, true);
		joined += x.joined;
		bad_visits += !visits_the_same(&x);
	}
	ok(!bad, "%s: random tables, every record is true", fmt->name);
	ok(!bad_joined, "%s: and so is one of joined pages", fmt->name);
	/* Entries of 4 bytes are not joined; few pages are five levels down. */
	ok(fmt->entry_size == 4 ? !joined : joined || fmt->levels == 5,
	   "%s: of which there are some", fmt->name);
	ok(!bad_visits, "%s: pml_for_each() visits what the cursor finds",
	   fmt->name);
}

int main(void)
{
	unsigned i;

	whole_space();
	clipped();
	tables();
	one_byte();
	alike_in_root();
	alike();
	extended();
	extended_alike();
	extended_addresses();
	extended_ends();
	extended_runs();
	for (i = 0; pml_formats[i]; i++)
		if (pml_formats[i] != &pml_x86_32_pse)
			random_tables(pml_formats[i]);
	image_free(img);
	return tap_done();
}
