/*
 * Two sets of tables in lockstep: each way in which they can diverge.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/mirror.h>
#include <pml/pml.h>

#include "image.h"
#include "tap.h"

/* A process' tables, and an EPT beside each of them, one page up. */
#define KPT \
	"10000[0] = 12007\n12000[0] = 14007\n14000[0] = 16007\n" \
	"14000[1] = 400087\n"
#define EPT \
	"11000[0] = 13007\n13000[0] = 15007\n15000[0] = 17007\n" \
	"15000[1] = 4000b7\n"
#define PAGES \
	"16000[1] = a01007	user rwx\n17000[1] = a01037\n" \
	"16000[2] = a02005	user r-x\n17000[2] = a02035\n" \
	"16000[3] = a03003	supervisor\n17000[3] = a03030\n" \
	"16000[4] = a04100	not present\n17000[4] = a04030\n"

static struct image *img;
static struct pml_space own, other;

static void begin(const char *spec)
{
	img = image_renew(img, 8, KPT EPT PAGES);
	image_load(img, spec);
	own = (struct pml_space){
		.fmt = &pml_x86_64_4, .root = 0x10000, .at = image_at, .ctx = img
	};
	other = (struct pml_space){
		.fmt = &pml_ept_4, .root = 0x11000, .at = image_at, .ctx = img
	};
}

/* The first difference, and how many ranges differ. */
static int compare(struct pml_mirror_record *first, uint64_t last, unsigned flags)
{
	struct pml_mirror m;
	struct pml_mirror_record r;
	uint64_t next = 0;
	int n = 0;

	pml_mirror_init(&m, &own, &other, 0, last, flags);
	while (pml_mirror_next(&m, &r)) {
		if (r.va != next || r.last < r.va)
			return -1;
		next = r.last + 1;
		if (r.differs && n++ == 0)
			*first = r;
	}
	return next == last + 1 ? n : -1;
}

static void test_difference(const char *spec, uint64_t va, unsigned differs,
			    const char *what)
{
	struct pml_mirror_record r = { .va = 1 };
	int n;

	begin(spec);
	n = compare(&r, 0x7fffffffffff, PML_MIRROR_USER);
	if (!ok(n == 1 && r.va == va && r.differs == differs, "%s", what))
		printf("# %d ranges, 0x%" PRIx64 ": %u\n", n, r.va, r.differs);
}

static void test_agreement(void)
{
	struct pml_mirror_record r;
	uint64_t pa;

	begin("");
	is_u64(compare(&r, 0x7fffffffffff, PML_MIRROR_USER), 0, "they agree");
	is_u64(compare(&r, ~0ULL, PML_MIRROR_USER), 0,
	       "and nothing follows, to the top of either's addresses");
	is_u64(compare(&r, 0x7fffffffffff, 0), 1,
	       "without the rule for user mode, a supervisor's page is missing");
	other = own;
	img->reads = 0;
	is_u64(compare(&r, ~0ULL, 0), 0, "tables agree with themselves");
	ok(img->reads <= 4, "which is found without walking them: %lu tables read",
	   img->reads);
	image_load(img, "20000[0] = 12007\n20000[1] = 12003\n10000[1] = 12007\n");
	other.root = 0x20000;
	is_u64(compare(&r, ~0ULL, 0), 3,
	       "a table of both with other rights above it is walked");
	begin("");
	ok(pml_table_of(&own, 0x1000, 1, &pa) && pa == 0x16000 &&
	   pml_table_of(&other, 0x1000, 1, &pa) && pa == 0x17000,
	   "tables are found by level");
	ok(!pml_table_of(&own, 0x200000, 1, &pa), "or not, below a large page");
}

/* Tables are announced, both at once where both are, and can be left out. */
static void test_tables(void)
{
	struct pml_mirror m;
	struct pml_mirror_record r;
	int announced = 0, left_out = 0, differ = 0;
	uint64_t next = 0;

	begin("17000[1] = a02037\n14000[2] = 18007\n18000[0] = a00007\n"
	      "13000[1] = 15007\n");
	pml_mirror_init(&m, &own, &other, 0, 0x7fffffffffff,
			PML_MIRROR_USER | PML_MIRROR_TABLES);
	while (pml_mirror_next(&m, &r)) {
		announced += r.entering;
		if (r.va != next)
			break;
		if (r.entering && r.own.level == 2 && r.va == 0) {
			ok(r.own.kind == PML_TABLE && r.own.pa == 0x16000 &&
			   r.other.kind == PML_TABLE && r.other.pa == 0x17000,
			   "both tables are announced before either is entered");
			pml_mirror_skip(&m, &r);
			left_out++;
		} else if (r.entering) {
			continue;
		}
		differ += r.differs != 0;
		next = r.last + 1;
	}
	ok(next == 0x800000000000 && left_out == 1,
	   "what is left out is behind, and everything else is compared");
	/* 512G, 1G and 2M of both; one of the own alone, two of the mirror's. */
	is_u64(announced, 6, "each table is announced");
	/* The own page, and five entries under the mirror's second gigabyte. */
	is_u64(differ, 6, "what is left out does not differ");
}

int main(void)
{
	struct pml_mirror_record r;

	test_tables();

	test_agreement();
	test_difference("17000[1] = 30\n", 0x1000, PML_MIRROR_MAPPED,
			"a page that the mirror lacks");
	test_difference("17000[9] = a09037\n", 0x9000, PML_MIRROR_MAPPED,
			"a page that it should not have");
	test_difference("17000[3] = a03037\n", 0x3000, PML_MIRROR_MAPPED,
			"a supervisor's page in the mirror");
	test_difference("17000[3] = a03002\n", 0x3000, PML_MIRROR_KIND,
			"a reserved entry where a supervisor's page is");
	test_difference("17000[4] = 0\n", 0x4000, PML_MIRROR_KIND,
			"not present, but mapped, in one of them only");
	test_difference("14000[3] = 30007\n15000[3] = 31007\n", 0x600000,
			PML_MIRROR_KIND, "tables that cannot be read");
	test_difference("17000[1] = a02037\n", 0x1000, PML_MIRROR_FRAME,
			"another frame");
	test_difference("17000[1] = a01035\n", 0x1000, PML_MIRROR_RIGHTS,
			"another right");
	test_difference("16000[1] = 8000000000a01007\n", 0x1000,
			PML_MIRROR_RIGHTS, "NX that the mirror does not have");
	test_difference("15000[0] = 17005\n", 0x1000, PML_MIRROR_RIGHTS,
			"a right taken away higher up");
	test_difference("15000[1] = 6000b7\n", 0x200000, PML_MIRROR_FRAME,
			"another large frame");
	begin("14000[3] = 30007\n15000[3] = 30007\n");
	is_u64(compare(&r, 0x7fffffffffff, PML_MIRROR_USER), 0,
	       "unless it is one table of both");
	begin("12000[1] = 30007\n13000[1] = 18007\n18000[0] = 30007\n");
	ok(compare(&r, 0x7fffffffffff, PML_MIRROR_USER) == 2 && r.va == 0x40000000 &&
	   r.last == 0x401fffff && r.differs == PML_MIRROR_KIND,
	   "which it is not at another level");
	begin("11000[0] = 13407\n13000[0] = 15407\n15000[0] = 17407\n"
	      "17000[1] = a01437\n");
	other.fmt = pml_ept_format(0x1101e, true);
	is_u64(compare(&r, 0x7fffffffffff, PML_MIRROR_USER), 0,
	       "a right that one format alone has is not compared");
	begin("15000[1] = 18007\n18000[0..511] = 400037 + 1000\n");
	is_u64(compare(&r, 0x7fffffffffff, PML_MIRROR_USER), 512,
	       "smaller pages: each is a range");
	is_u64(r.differs, PML_MIRROR_PAGE, "of another size, and nothing else");
	image_free(img);
	return tap_done();
}
