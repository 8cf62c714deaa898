/*
 * Accesses of a guest: which exit, with which qualification.  The values are
 * the manuals'; those of everyday cases were also seen on emulated processors
 * (QEMU's SVM, Bochs' VMX).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#include "image.h"
#include "tap.h"

#define NX	(1ULL << 63)

static struct image *img;
static struct pml_space guest, host;
static struct pml_nested nested;
static struct pml_x86_controls controls;

/*
 * Host tables at 0x1000 to 0x4000 put 2 MiB of guest memory at 16 MiB; guest
 * tables at gpa 0x1000 to 0x4000 map gva 0x0 to gpa 0x10000, 16 pages.  A and
 * D are set everywhere.
 */
static void begin(const struct pml_format *outer, enum pml_nesting nesting)
{
	uint64_t leaf = nesting == PML_NPT ? 0x1000067 : 0x1000037;
	unsigned i;

	img = image_renew(img, 8,
		   "1000[0] = 2007\n2000[0] = 3007\n3000[0] = 4007\n"
		   "1001000[0] = 2067\n1002000[0] = 3067\n1003000[0] = 4067\n"
		   "1004000[0..15] = 10067 + 1000\n");
	for (i = 0; i < 512; i++)
		image_set(img, 0x4000, i, leaf + i * 0x1000);
	guest = (struct pml_space){ .fmt = &pml_x86_64_4, .root = 0x1000 };
	host = (struct pml_space){
		.fmt = outer, .root = 0x1000, .at = image_at, .ctx = img,
		.rsvd = pml_x86_rsvd_above(40),
	};
	controls = (struct pml_x86_controls){ .cr0 = PML_X86_CR0_WP,
					      .cr4 = PML_X86_CR4_PAE,
					      .efer = PML_X86_EFER_NXE };
	pml_nested_init(&nested, &guest, &host, nesting);
}

static struct pml_x86_verdict_2d tried(uint64_t va, unsigned size,
				       unsigned kind)
{
	const struct pml_x86_access a = {
		.va = va, .size = size, .kind = kind, .user = true
	};
	struct pml_x86_verdict_2d v;

	pml_x86_access_2d(&nested, &controls, &a, &v);
	return v;
}

/* The page of gva 0x0 (gpa 0x10000), with `leaf` as its outer entry. */
struct page_row {
	uint64_t leaf;
	uint64_t info[3];	/* by read, write, fetch; 0: succeeds, 1: misconfigured */
	const char *what;
};

static void check_rows(const struct page_row *row, size_t n,
		       enum pml_x86_exit exit)
{
	static const unsigned kinds[] = { PML_R, PML_W, PML_X };
	size_t i, k;

	for (i = 0; i < n; i++) {
		int wrong = 0;

		image_set(img, 0x4000, 16, row[i].leaf);
		for (k = 0; k < 3; k++) {
			struct pml_x86_verdict_2d v = tried(0x123, 1, kinds[k]);
			uint64_t info = row[i].info[k];
			enum pml_x86_exit want = info == 0 ? PML_X86_EXIT_NONE :
				info == 1 ? PML_X86_EXIT_EPT_MISCONFIG : exit;

			if (v.exit == want && v.info == (info > 1 ? info : 0) &&
			    (!info || v.gpa == 0x10123) &&
			    (info || v.pa == 0x1010123))
				continue;
			printf("# access %u: exit %d info %" PRIx64 " gpa %"
			       PRIx64 "\n", kinds[k], v.exit, v.info, v.gpa);
			wrong++;
		}
		ok(!wrong, "%s", row[i].what);
	}
}

#define FINAL(pf)	(PML_X86_NPF_FINAL | (pf))
#define TABLE(pf)	(PML_X86_NPF_TABLE | (pf))

static void test_npt_page(void)
{
	static const struct page_row rows[] = {
		{ 0x1010067, { 0, 0, 0 }, "NPT: all rights" },
		{ 0, { FINAL(4), FINAL(6), FINAL(0x14) }, "NPT: not present" },
		{ 0x1010065, { 0, FINAL(7), 0 }, "NPT: read-only" },
		{ 0x1010067 | NX, { 0, 0, FINAL(0x15) }, "NPT: NX" },
		{ 0x1010063, { FINAL(5), FINAL(7), FINAL(0x15) }, "NPT: U=0" },
		{ 0x1010067 | 1ULL << 45, { FINAL(0xd), FINAL(0xf), FINAL(0x1d) },
		  "NPT: a reserved bit" },
	};

	begin(&pml_npt_4, PML_NPT);
	check_rows(rows, sizeof(rows) / sizeof(rows[0]), PML_X86_EXIT_NPF);
	controls.cr0 = 0;
	image_set(img, 0x4000, 16, 0x1010065);
	is_u64(tried(0, 1, PML_W).info, FINAL(7),
	       "NPT: the guest's CR0.WP does not matter");
	host.rsvd |= NX;
	image_set(img, 0x4000, 16, 0);
	is_u64(tried(0, 1, PML_X).info, FINAL(4),
	       "NPT: without the host's NXE a fetch is not told");
	image_set(img, 0x4000, 16, 0x1010067 | NX);
	is_u64(tried(0, 1, PML_R).info, FINAL(0xd), "NPT: and NX is reserved");
}

static void test_npt_tables(void)
{
	struct pml_x86_verdict_2d v;

	begin(&pml_npt_4, PML_NPT);
	image_set(img, 0x4000, 3, 0);
	v = tried(0x1000, 1, PML_R);
	ok(v.exit == PML_X86_EXIT_NPF && v.info == TABLE(6) &&
		   v.gpa == 0x3000 && v.where == PML_IN_TABLE && v.level == 1 &&
		   v.slot_pa == 0x4018,
	   "NPT: a guest's table that is not present");
	is_u64(tried(0x1000, 1, PML_X).info, TABLE(6), "NPT: also for a fetch");
	image_set(img, 0x4000, 4, 0x1004065);
	image_set(img, 0x4000, 3, 0x1003067);
	v = tried(0x1000, 1, PML_R);
	ok(v.info == TABLE(7) && v.gpa == 0x4008 && v.missing == PML_W,
	   "NPT: read-only, even to a read with A and D set");
	image_set(img, 0x4000, 4, 0x1004063);
	is_u64(tried(0x1000, 1, PML_R).info, TABLE(7), "NPT: U=0");
	image_set(img, 0x4000, 4, 0x1004067 | NX);
	ok(tried(0x1000, 1, PML_X).exit == PML_X86_EXIT_NONE,
	   "NPT: NX is harmless");
	image_set(img, 0x4000, 4, 0x1004067 | 1ULL << 45);
	is_u64(tried(0x1000, 1, PML_R).info, TABLE(0xf), "NPT: a reserved bit");
}

static void test_precedence(void)
{
	struct pml_x86_verdict_2d v;

	begin(&pml_npt_4, PML_NPT);
	image_set(img, 0x4000, 16, 0);
	image_set(img, 0x1004000, 0, 0x10065);
	v = tried(0, 1, PML_W);
	ok(v.exit == PML_X86_EXIT_EXCEPTION &&
		   v.guest.exception == PML_X86_PF && v.guest.error == 7 &&
		   v.where == PML_IN_INNER,
	   "the guest's #PF goes before the page's own exit");
	image_set(img, 0x4000, 4, 0);
	v = tried(0, 1, PML_W);
	ok(v.exit == PML_X86_EXIT_NPF && v.where == PML_IN_TABLE &&
		   v.gpa == 0x4000,
	   "an exit for a guest's table goes before both");
	v = tried(0x800000000000, 1, PML_W);
	ok(v.exit == PML_X86_EXIT_EXCEPTION && v.guest.exception == PML_X86_GP,
	   "a non-canonical address needs no tables");
}

static void test_crossing(void)
{
	struct pml_x86_verdict_2d v;

	begin(&pml_npt_4, PML_NPT);
	v = tried(0xffc, 8, PML_W);
	ok(v.exit == PML_X86_EXIT_NONE && v.pa == 0x1010ffc,
	   "a crossing access");
	image_set(img, 0x4000, 17, 0);
	v = tried(0xffc, 8, PML_W);
	ok(v.exit == PML_X86_EXIT_NPF && v.gpa == 0x11000 && v.info == FINAL(6),
	   "its second page is missing in the host's tables");
	ok(tried(0xffc, 4, PML_W).exit == PML_X86_EXIT_NONE,
	   "up to the page's end");
	begin(&pml_npt_4, PML_NPT);
	image_set(img, 0x4000, 18, 0);
	v = tried(0x800, 0x2000, PML_W);
	ok(v.exit == PML_X86_EXIT_NPF && v.gpa == 0x12000 && v.info == FINAL(6),
	   "of three pages, the third is missing in the host's tables");
	v = tried(0x800, 0x1800, PML_W);
	ok(v.exit == PML_X86_EXIT_NONE && v.pa == 0x1010800,
	   "an access to two whole ones goes where its first byte does");
}

static void test_ept_page(void)
{
	static const struct page_row rows[] = {
		{ 0x1010037, { 0, 0, 0 }, "EPT: rwx" },
		{ 0x1010030, { 0x181, 0x182, 0x184 }, "EPT: nothing" },
		{ 0x1010031, { 0, 0x18a, 0x18c }, "EPT: r--" },
		{ 0x1010033, { 0, 0, 0x19c }, "EPT: rw-" },
		{ 0x1010035, { 0, 0x1aa, 0 }, "EPT: r-x" },
		{ 0x1010034, { 0x1a1, 0x1a2, 0 }, "EPT: --x" },
		{ 0x1010032, { 1, 1, 1 }, "EPT: -w-" },
		{ 0x1010036, { 1, 1, 1 }, "EPT: -wx" },
		{ 0x1010017, { 1, 1, 1 }, "EPT: memory type 2" },
		{ 0x100001010037, { 1, 1, 1 }, "EPT: above MAXPHYADDR" },
	};
	struct pml_x86_verdict_2d v;

	begin(&pml_ept_4, PML_EPT);
	check_rows(rows, sizeof(rows) / sizeof(rows[0]),
		   PML_X86_EXIT_EPT_VIOLATION);
	image_set(img, 0x4000, 16, 0x1010031);
	image_set(img, 0x3000, 0, 0x4005);
	v = tried(0, 1, PML_W);
	ok(v.info == 0x18a && v.level == 2 && v.bits == 2 && v.slot_pa == 0x3000,
	   "EPT: the first entry without the right is named");
	image_set(img, 0x4000, 16, 0x1010034);
	host.options = PML_NO_EXEC_ONLY;
	ok(tried(0, 1, PML_X).exit == PML_X86_EXIT_EPT_MISCONFIG,
	   "EPT: execute-only without the capability");
}

static void test_ept_tables(void)
{
	struct pml_x86_verdict_2d v;

	begin(&pml_ept_4, PML_EPT);
	image_set(img, 0x4000, 4, 0);
	is_u64(tried(0, 1, PML_W).info, 0x81, "EPT: a guest's table is missing");
	image_set(img, 0x4000, 4, 0x1004034);
	is_u64(tried(0, 1, PML_X).info, 0xa1, "EPT: execute-only is not enough");
	image_set(img, 0x4000, 4, 0x1004031);
	ok(tried(0, 1, PML_W).exit == PML_X86_EXIT_NONE,
	   "EPT: read-only is, with A and D set");
	image_set(img, 0x1004000, 0, 0x10027);
	ok(tried(0, 1, PML_R).exit == PML_X86_EXIT_NONE,
	   "EPT: no D for a read");
	v = tried(0, 1, PML_W);
	ok(v.info == 0x8a && v.gpa == 0x4000 && v.where == PML_IN_TABLE,
	   "EPT: setting the guest's D is a write");
	image_set(img, 0x1004000, 0, 0x10067);
	nested.nesting = PML_EPT_AD;
	is_u64(tried(0, 1, PML_R).info, 0x8b,
	       "EPT with A/D: tables are read and written");
	image_set(img, 0x4000, 4, 0x1004012);
	v = tried(0, 1, PML_R);
	ok(v.exit == PML_X86_EXIT_EPT_MISCONFIG && v.info == 0 &&
		   v.gpa == 0x4000,
	   "EPT: a guest's table in misconfigured memory");
	image_set(img, 0x1001000, 0, 0x1000000002067);
	v = tried(0, 1, PML_R);
	ok(v.exit == PML_X86_EXIT_EPT_VIOLATION && v.info == 0x83 &&
		   v.level == 0,
	   "EPT: more address bits than 4 levels translate");
}

static void test_ept_mode_based(void)
{
	struct pml_x86_verdict_2d v;

	begin(&pml_ept_4_mbec, PML_EPT);
	image_load(img, "1000[0] = 2407\n2000[0] = 3407\n3000[0] = 4407\n");
	image_set(img, 0x4000, 1, 0x1001437);
	image_set(img, 0x4000, 16, 0x1010035);
	v = tried(0, 1, PML_X);
	ok(v.info == 0x1ac && v.missing == PML_XU,
	   "mode-based: a user address needs XU");
	image_set(img, 0x4000, 16, 0x1010431);
	ok(tried(0, 1, PML_X).exit == PML_X86_EXIT_NONE, "and has it");
	is_u64(tried(0, 1, PML_W).info, 0x1ca, "bit 6 tells of XU");
	image_set(img, 0x1004000, 0, 0x10063);
	v = tried(0, 1, PML_X);
	ok(v.exit == PML_X86_EXIT_EXCEPTION,
	   "a supervisor address is the guest's #PF");
	nested.ept_advanced = true;
	image_set(img, 0x1004000, 0, 0x10067 | NX);
	is_u64(tried(0, 1, PML_W).info, 0xfca, "advanced information: user, rw, nx");
}

/* Top entries at gpa 0x1020, in page 1; a directory in 2, a table in 3. */
static void test_ept_pae(void)
{
	struct pml_x86_verdict_2d v;

	begin(&pml_ept_4, PML_EPT_AD);
	image_load(img, "1001000[4] = 2001\n1002000[0] = 3067\n"
			"1003000[0] = 10067\n");
	guest = (struct pml_space){ .fmt = &pml_x86_pae, .root = 0x1020 };
	pml_nested_init(&nested, &guest, &host, PML_EPT_AD);
	image_set(img, 0x4000, 1, 0x1001031);
	v = tried(0x123, 1, PML_W);
	ok(v.exit == PML_X86_EXIT_NONE && v.pa == 0x1010123,
	   "PAE under EPT: its top table need not be writable");
	image_set(img, 0x1003000, 0, 0x10007);
	image_set(img, 0x4000, 3, 0x1003031);
	nested.nesting = PML_EPT;
	ok(tried(0x123, 1, PML_R).exit == PML_X86_EXIT_EPT_VIOLATION,
	   "nor is it asked for flags: the last table is, for A");
	nested.nesting = PML_EPT_AD;
	image_set(img, 0x4000, 3, 0x1003037);
	image_set(img, 0x1003000, 0, 0x10067);
	image_set(img, 0x4000, 2, 0x1002031);
	is_u64(tried(0x123, 1, PML_R).info, 0x8b, "but its directory must");
	image_set(img, 0x4000, 1, 0);
	v = tried(0x123, 1, PML_R);
	ok(v.exit == PML_X86_EXIT_UNKNOWN && v.where == PML_IN_TABLE,
	   "a top table without memory is no exit: nobody knows the registers");
	image_set(img, 0x4000, 1, 0x1001037);
	image_set(img, 0x1001000, 4, 0x2003);
	ok(tried(0x123, 1, PML_R).exit == PML_X86_EXIT_UNKNOWN,
	   "nor is an entry a fault that no register can have");
	image_set(img, 0x1001000, 4, 0);
	v = tried(0x123, 1, PML_R);
	ok(v.exit == PML_X86_EXIT_EXCEPTION && v.guest.error == PML_X86_PF_U,
	   "one that is not present is");
	host.fmt = &pml_npt_4;
	nested.nesting = PML_NPT;
	image_load(img, "4000[1] = 0\n");
	v = tried(0x123, 1, PML_R);
	ok(v.exit == PML_X86_EXIT_NPF && v.info == TABLE(6) && v.gpa == 0x1020,
	   "AMD's nested paging reads the top table");
}

static void test_no_paging(void)
{
	struct pml_target_2d t;
	struct pml_x86_verdict_2d v;

	begin(&pml_npt_4, PML_NPT);
	guest.fmt = NULL;
	pml_nested_init(&nested, &guest, &host, PML_NPT);
	v = tried(0x10ffe, 4, PML_R);
	ok(v.exit == PML_X86_EXIT_NONE && v.pa == 0x1010ffe,
	   "a guest without paging");
	image_set(img, 0x4000, 17, 0);
	v = tried(0x10ffe, 4, PML_R);
	ok(v.exit == PML_X86_EXIT_NPF && v.info == FINAL(4) && v.gpa == 0x11000,
	   "and its nested page fault");
	ok(pml_translate_2d(&nested, 0x12345, &t, NULL) && t.pa == 0x1012345 &&
	   t.gpa == 0x12345 && t.shift == 12, "its addresses are gpas");
}

/* A table without memory is no matter to the next access, which it is not on the way of. */
static void test_next_access(void)
{
	struct pml_x86_verdict_2d v;

	begin(&pml_ept_4, PML_EPT);
	image_load(img, "1003000[1] = 5067\n4000[5] = 0\n1004000[1] = 0\n");
	v = tried(0x200123, 1, PML_R);
	ok(v.exit == PML_X86_EXIT_EPT_VIOLATION && v.gpa == 0x5000,
	   "a guest's table without memory: an EPT violation");
	v = tried(0x1123, 1, PML_R);
	ok(v.exit == PML_X86_EXIT_EXCEPTION && v.guest.error == PML_X86_PF_U,
	   "then a page fault elsewhere: the guest's own");
	v = tried(0x7fffffffffff, 2, PML_R);
	ok(v.exit == PML_X86_EXIT_EXCEPTION && v.guest.exception == PML_X86_GP,
	   "out of the lower half: before any table");
	image_load(img, "2000[0] = bad000007\n");
	ok(tried(0x123, 1, PML_R).exit == PML_X86_EXIT_UNKNOWN,
	   "outer tables that cannot be read tell no exit");
}

int main(void)
{
	test_next_access();
	test_npt_page();
	test_npt_tables();
	test_precedence();
	test_crossing();
	test_ept_page();
	test_ept_tables();
	test_ept_mode_based();
	test_ept_pae();
	test_no_paging();
	image_free(img);
	return tap_done();
}
