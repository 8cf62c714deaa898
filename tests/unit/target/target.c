/*
 * From registers and options to what is walked: paging modes, reserved bits,
 * the C-bit, the second dimension; and what is refused.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/x86/registers.h"
#include "arch/x86/x86.h"
#include "given.h"
#include "image.h"
#include "show/run.h"
#include "show/words-2d.h"
#include "show/words.h"
#include "tap.h"
#include "target/outcome.h"

#define PG	PML_X86_CR0_PG
#define PAE	PML_X86_CR4_PAE
#define PSE	PML_X86_CR4_PSE
#define LA57	PML_X86_CR4_LA57
#define LMA	PML_X86_EFER_LMA
#define NXE	PML_X86_EFER_NXE

/* As much of x86 as is asked here. */
static const struct pmap_arch arch = {
	.exprs = pmap_x86_exprs,
	.outer_options = pmap_x86_outer_options,
	.pc = PMAP_X86_RIP,
	.space = pmap_x86_space,
	.has_format = pmap_x86_has_format, .is_own = pmap_x86_is_own,
	.outer_tables = pmap_x86_outer_tables,
};

static void begin(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	begin_empty(&arch);
	set(PMAP_X86_CR0, cr0);
	set(PMAP_X86_CR3, 0x1000);
	set(PMAP_X86_CR4, cr4);
	set(PMAP_X86_EFER, efer);
}

/* One bit may be two flags: PAT of a page of 4K is PS everywhere else. */
static void bit_names(void)
{
	is_str(pmap_bit_name(&pml_x86_64_4, 1, 0x81, 1 << 7), "PAT", "bit 7 of a page of 4K");
	is_str(pmap_bit_name(&pml_x86_64_4, 2, 0x81, 1 << 7), "PS", "of one of 2M");
	is_str(pmap_bit_name(&pml_x86_64_4, 2, 0x1081, 1 << 12), "PAT", "bit 12 of one of 2M");
	is_str(pmap_bit_name(&pml_x86_64_4, 2, 0x1001, 1 << 12), "bit", "of a table: its address");
}

static void modes(void)
{
	static const struct {
		uint64_t cr0, cr4, efer;
		const char *format;	/* NULL: off */
	} mode[] = {
		{ 0, PAE, LMA, NULL },
		{ PG, 0, 0, "x86-32" },
		{ PG, PSE, 0, "x86-32-pse" },
		{ PG, PAE | PSE, 0, "x86-pae" },
		{ PG, PAE, LMA, "x86-64-4" },
		{ PG, PAE | LA57, LMA, "x86-64-5" },
		{ PG, PAE | LA57, 0, "x86-pae" },
	};

	for (size_t i = 0; i < sizeof(mode) / sizeof(mode[0]); i++) {
		begin(mode[i].cr0, mode[i].cr4, mode[i].efer);
		if (!mode[i].format)
			ok(init() == PMAP_STATUS_NO_PAGING, "paging is off");
		else
			ok(init() == 0 && strcmp(target.space.fmt->name,
						 mode[i].format) == 0,
			   "%s", mode[i].format);
	}
	begin(PG, PAE, LMA);
	set(PMAP_X86_AMD, 1);
	ok(init() == 0 && strcmp(target.space.fmt->name, "amd64-4") == 0,
	   "$pmap_amd");
	begin(PG, PAE | LA57, LMA | PML_X86_EFER_SVME);
	ok(init() == 0 && strcmp(target.space.fmt->name, "amd64-5") == 0,
	   "EFER.SVME is AMD's");
	begin(PG, PAE, LMA);
	give(&opt.npt, 0x2000);
	ok(init() == 0 && strcmp(target.space.fmt->name, "amd64-4") == 0,
	   "nested paging, too");
	begin(PG, PAE, LMA);
	forget(PMAP_X86_CR4);
	ok(init() == PMAP_STATUS_NO_PAGING && strstr(why, "--format"),
	   "without CR4, --format is asked for");
	begin(PG, PAE, 0);
	forget(PMAP_X86_EFER);
	ok(init() == PMAP_STATUS_NO_PAGING && strstr(why, "$efer"),
	   "without EFER, PAE and 64-bit paging cannot be told apart");
	begin(PG, PSE, 0);
	forget(PMAP_X86_EFER);
	ok(init() == 0 && strcmp(target.space.fmt->name, "x86-32-pse") == 0,
	   "but without PAE there is nothing to tell");
	begin(PG, PAE, LMA);
	forget(PMAP_X86_CR3);
	ok(init() == PMAP_STATUS_NO_PAGING && strstr(why, "--root"),
	   "without CR3, --root");
	begin(PG, PAE, LMA | NXE);
	opt.root.value = 0x5000;
	ok(init() == 0 && target.root_given && target.space.root == 0x5000,
	   "--user-root, which has a value and no text");
}

/* EFER, which no dump has: long mode is what pages with PAE, in 64 bits. */
static void assumed(void)
{
	static const struct {
		bool is_64bit;
		uint64_t cr0, cr4, efer;
	} c[] = {
		{ true, PG, PAE, PML_X86_EFER_LME | LMA | NXE },
		{ true, PG, 0, NXE },
		{ true, 0, PAE, NXE },
		{ false, PG, PAE, NXE },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		const struct pmap_dump dump = { .is_64bit = c[i].is_64bit };

		begin(c[i].cr0, c[i].cr4, 0);
		forget(PMAP_X86_EFER);
		pmap_x86_dump_registers(&target, &dump);
		ok(pmap_target_reg(&target, PMAP_X86_EFER) == c[i].efer,
		   "a dump of %u bits, CR0 0x%x, CR4 0x%x: EFER",
		   c[i].is_64bit ? 64 : 32, (unsigned)c[i].cr0, (unsigned)c[i].cr4);
	}
}

static void reserved(void)
{
	begin(PG, PAE, LMA);
	ok(init() == 0 && target.space.rsvd == PML_X86_NX,
	   "EFER.NXE=0: NX is reserved");
	begin(PG, PAE, LMA | NXE);
	set(PMAP_X86_MAXPHYADDR, 40);
	ok(init() == 0 && target.space.rsvd == PML_BITS(40, 51), "MAXPHYADDR");
	set(PMAP_X86_MAXPHYADDR, 53);
	ok(init() == PMAP_STATUS_USAGE, "of which there are 32 to 52");
}

static void c_bit(void)
{
	begin(PG, PAE, LMA | NXE);
	set(PMAP_X86_MAXPHYADDR, 43);
	set(PMAP_X86_CBIT, 1ULL << 47);
	ok(init() == 0 && target.space.encrypted == 1ULL << 47 &&
	   target.space.rsvd == (PML_BITS(43, 51) & ~(1ULL << 47)),
	   "the C-bit is neither address nor reserved");
	give(&opt.c_bit, 1ULL << 51);
	ok(init() == 0 && target.space.encrypted == 1ULL << 51,
	   "--c-bit goes before the variable");
	give(&opt.npt, 0x2000);
	ok(init() == 0 && target.outer.encrypted == 1ULL << 51,
	   "and is the nested tables', too");
	begin(PG, PAE, LMA);
	give(&opt.c_bit, 1ULL << 51);
	give(&opt.ept, 0x201e);
	ok(init() == 0 && !target.outer.encrypted, "but not EPT's");
	give(&opt.c_bit, 47);
	ok(init() == PMAP_STATUS_USAGE && strstr(why, "--c-bit"),
	   "a number is no mask");
}

static bool outer_is(const char *format, enum pml_nesting nesting)
{
	return init() == 0 && target.nested && target.nesting == nesting &&
	       strcmp(target.outer.fmt->name, format) == 0;
}

static void second_dimension(void)
{
	begin(PG, PAE, LMA);
	give(&opt.npt, 0x2000);
	ok(outer_is("npt-4", PML_NPT) && target.outer.rsvd == 0,
	   "--npt: the guest's EFER.NXE does not count");
	opt.outer_format = &pml_npt_5;
	ok(outer_is("npt-5", PML_NPT), "--outer-format");
	opt.outer_format = &pml_x86_64_5;
	ok(outer_is("npt-5", PML_NPT), "which has no sign, whatever it is called");
	opt.outer_format = &pml_x86_pae;
	ok(outer_is("x86-pae", PML_NPT), "of a host that uses PAE");
	begin(PG, PAE | LA57, LMA);
	give(&opt.npt, 0x2000);
	ok(outer_is("npt-5", PML_NPT), "--npt on a CPU with five levels");
	begin(PG, PAE, LMA);
	give(&opt.ept, 0x201e);
	ok(outer_is("ept-4", PML_EPT), "--ept");
	give(&opt.ept, 0x205e);
	ok(outer_is("ept-4", PML_EPT_AD), "--ept with accessed and dirty flags");
	opt.mbec = true;
	give(&opt.ept, 0x2026);
	ok(outer_is("ept-5-mbec", PML_EPT), "--ept with 5 levels, --mbec");
	give(&opt.ept, 0x2000);
	ok(init() == PMAP_STATUS_USAGE && strstr(why, "0x1e"), "no EPTP");
	give(&opt.ept, 0x201d);
	ok(init() == PMAP_STATUS_USAGE && strstr(why, "memory type"),
	   "nor with such a memory type");
	begin(PG, PAE | LA57, LMA);
	give(&opt.gpa_space, 0x2000);
	ok(outer_is("x86-64-5", PML_PLAIN), "--gpa-space: the CPU's own mode");
	begin(PG, PAE, LMA);
	give(&opt.npt, 0x2000);
	shows_both = true;
	ok(init() == 0 && !target.nested && target.space.root == 0x2000,
	   "the outer tables alone");
	begin(0, 0, 0);
	give(&opt.npt, 0x2000);
	ok(init() == 0 && target.nested && target.guest_off,
	   "a guest that does not page");
	give(&opt.root, 0x3000);
	ok(init() == PMAP_STATUS_NO_PAGING, "but has a root: in which mode?");
}

/* `bad` is a part of the message; NULL: fine. */
static void check(const char *what, bool both, const char *bad)
{
	bool refused;

	shows_both = both;
	refused = init() || pmap_nesting_check_target(&target, &opt, why, sizeof(why));
	ok(bad ? refused && strstr(why, bad) : !refused, "%s", what);
}

static void combinations(void)
{
	begin(PG, PAE, LMA);
	check("nothing given", true, NULL);
	opt.mbec = true;
	check("--mbec alone", true, "--ept");
	begin(PG, PAE, LMA);
	opt.combined = true;
	check("--combined alone", true, "second dimension");
	give(&opt.npt, 0x2000);
	check("--combined --npt", true, NULL);
	ok(!opt.outer_alone, "is not the outer tables alone");
	opt.combined = false;
	check("--npt", true, NULL);
	ok(opt.outer_alone, "is, where there is a choice");
	check("--npt", false, NULL);
	ok(!opt.outer_alone, "and is not, where there is none");
	give(&opt.root, 0x1000);
	check("--npt --root", true, NULL);
	ok(!opt.outer_alone, "is the guest's tables");
	opt.outer_format = &pml_ept_4;
	check("--npt --outer-format ept-4", true, "no format of EPT");
	opt.outer_format = NULL;
	opt.format = &pml_npt_4;
	check("--npt --format npt-4", true, "the guest's own paging");
	opt.format = NULL;
	give(&opt.ept, 0x201e);
	check("--npt --ept", true, "exclude");
}

/* Tables at 0x1000 (guest) and 0x10000 (outer): one page of each gpa. */
static void walk(void)
{
	struct image *img = image_new(8);
	struct pml_target_2d t;
	struct pmap_text text = { 0 };

	image_load(img,
		"10000[0] = 11007\n11000[0] = 12007\n12000[0] = 13007\n"
		"13000[1] = 21007\n13000[2] = 22007\n13000[3] = 23007\n"
		"21000[0] = 2007\n22000[0] = 3007\n23000[0] = 1000000003007\n"
		"23000[1] = 4007\n");
	begin(PG, PAE, LMA | NXE);
	give(&opt.npt, 0x10000);
	ok(init() == 0, "a guest in an image");
	pmap_nesting_attach(&target, image_at, img);
	ok(!pml_translate_2d(&target.pair, 0x0, &t, NULL) &&
	   t.where == PML_IN_TABLE, "a guest's table beyond all addresses");
	pmap_add_reason_2d(&text, &target, &t);
	ok(text.data && strstr(text.data, "out of the range of the nested tables"),
	   "is said to be there");
	ok(pmap_status_2d(&t) == PMAP_STATUS_NONCANONICAL, "and its status");
	pmap_text_free(&text);
	ok(!pml_translate_2d(&target.pair, 0x200000, &t, NULL) &&
	   t.where == PML_IN_TABLE && pmap_status_2d(&t) == PMAP_STATUS_HOLE,
	   "a guest's table without memory");
	pmap_add_reason_2d(&text, &target, &t);
	ok(!pml_translate_2d(&target.pair, 1ULL << 39, &t, NULL) &&
	   (pmap_add_reason_2d(&text, &target, &t), text.data) &&
	   !strstr(text.data, "registers"), "of four levels no processor keeps the top");
	pmap_text_free(&text);
	ok(!pml_translate_2d(&target.pair, 0x40000000, &t, NULL) &&
	   t.where == PML_IN_INNER && pmap_status_2d(&t) == PMAP_STATUS_HOLE,
	   "a hole of the guest's");
	image_free(img);
}

/* What is wrong with an entry, in words. */
static void reasons(void)
{
	static const struct {
		const char *entry, *says;
	} c[] = {
		{ "11000[0] = 40000087", "(0x80 of 0x40000087): a 1G page, which this processor does not have" },
		{ "11000[0] = 12007\n12000[0] = 202087", "(0x2000 of 0x202087): a 2M page that is not 2M-aligned" },
		{ "11000[0] = 12007\n12000[0] = 10000200087", "bit 40 is above MAXPHYADDR 40" },
		{ "11000[0] = 8000000000012007", "NX set, but EFER.NXE=0" },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct image *img = image_new(8);
		struct pmap_text text = { 0 };
		struct pml_target end;

		image_load(img, "10000[0] = 11007\n");
		image_load(img, c[i].entry);
		begin(PG, PAE, LMA);
		set(PMAP_X86_CR3, 0x10000);
		set(PMAP_X86_NO_1G, 1);
		set(PMAP_X86_MAXPHYADDR, 40);
		init();
		target.space.at = image_at;
		target.space.ctx = img;
		pml_translate(&target.space, 0, &end, NULL);
		pmap_add_reason(&text, &target.space, &end);
		if (!ok(text.data && strstr(text.data, c[i].says), "%s", c[i].says))
			printf("#   %s\n", text.data ? text.data : "nothing");
		pmap_text_free(&text);
		image_free(img);
	}
}

/* Formats in which both modes have fetches, or there is no user mode. */
static void rights(void)
{
	static const struct pml_format two = { .rights = {
		PML_RIGHT(1, PML_W), PML_RIGHT(2, PML_U), PML_RIGHT(4, PML_X),
		PML_RIGHT(8, PML_XU) } };
	static const struct pml_format one = { .rights = {
		PML_RIGHT(1, PML_W), PML_RIGHT(4, PML_X) } };
	static const struct {
		const struct pml_format *fmt;
		unsigned rights;
		const char *name;
	} c[] = {
		{ &pml_x86_64_4, PML_R | PML_W, "rw-s" },
		{ &pml_x86_64_4, PML_R | PML_X | PML_U, "r-xu" },
		{ &pml_ept_4_mbec, PML_R | PML_U | PML_XU, "r--u" },
		{ &two, PML_R | PML_W | PML_U, "rw-/rw-" },
		{ &two, PML_R | PML_XU, "r--/--x" },
		{ &two, PML_R | PML_W | PML_X, "rwx/---" },
		{ &one, PML_R | PML_W, "rw-" },
	};
	char name[PMAP_RIGHTS_NAME];

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++)
		ok(strcmp(pmap_rights_name(c[i].fmt, c[i].rights, name),
			  c[i].name) == 0, "rights %s", c[i].name);
}

/* Two halves, as AArch64 has them: a hole between. */
static void halves(void)
{
	struct pmap_piece part;

	begin(PG, PAE, LMA);
	init();
	ok(pmap_target_piece(&target, 0, 0, ~0ULL, &part) &&
	   part.space == &target.space && part.first == 0 && part.last == ~0ULL &&
	   !pmap_target_piece(&target, 1, 0, ~0ULL, &part),
	   "one space is one part, the top included");
	target.halves = true;
	ok(pmap_target_space(&target, ~0ULL) == &target.upper &&
	   pmap_target_space(&target, 0x1000) == &target.space,
	   "the half of an address");
	ok(pmap_target_piece(&target, 0, 0x1000, ~0ULL, &part) &&
	   part.space == &target.space && part.first == 0x1000 &&
	   part.last == ~0ULL >> 1, "the lower part comes first");
	ok(pmap_target_piece(&target, 1, 0x1000, ~0ULL, &part) &&
	   part.space == &target.upper && part.first == 1ULL << 63 &&
	   part.last == ~0ULL, "then the upper one");
	ok(!pmap_target_piece(&target, 2, 0x1000, ~0ULL, &part), "and no more");
	target.upper = target.space;
	target.upper.root = 0x7000;
	target.upper.ctx = &opt;
	ok(pmap_target_select(&target, ~0ULL) && target.space.root == 0x7000 &&
	   target.upper.root == 0x1000 && target.upper.ctx == &opt && !target.space.ctx,
	   "a half is selected: the tables change places, their memory does not");
	pmap_target_select(&target, 0);
	ok(target.space.root == 0x1000 && target.upper.root == 0x7000, "and again");
	ok(pmap_target_piece(&target, 0, 1ULL << 63, ~0ULL, &part) &&
	   part.space == &target.upper && part.first == 1ULL << 63 &&
	   !pmap_target_piece(&target, 1, 1ULL << 63, ~0ULL, &part),
	   "a range in one half is one part");
}

/* A better source replaces a worse one. */
static void provenance(void)
{
	begin(PG, PAE, LMA);
	forget(PMAP_X86_EFER);
	ok(!pmap_target_has(&target, PMAP_X86_EFER), "not known");
	pmap_target_set(&target, PMAP_X86_EFER, 1, PMAP_FROM_ASSUMPTION);
	ok(pmap_target_has(&target, PMAP_X86_EFER) &&
	   !pmap_target_knows(&target, PMAP_X86_EFER), "assumed is not known");
	pmap_target_set_named(&target, "efer", 2, PMAP_FROM_NOTE);
	pmap_target_set_named(&target, "efer", 3, PMAP_FROM_DERIVED);
	pmap_target_set_named(&target, "no such", 4, PMAP_FROM_USER);
	ok(pmap_target_knows(&target, PMAP_X86_EFER) &&
	   pmap_target_reg(&target, PMAP_X86_EFER) == 2, "a note is");
}

/* GDB extends what a 32-bit target has by its sign. */
static void extended(void)
{
	begin(PG, 0, 0);
	give(&opt.root, 0xffffffffc0001000);
	ok(init() == 0 && pml_root_pa(&target.space) == 0xc0001000,
	   "a root that was extended by its sign");
	give(&opt.root, 0x7fffffffc0001000);
	ok(init() == PMAP_STATUS_USAGE && strstr(why, "above 4 GiB"),
	   "one above 4 GiB is none");
	give(&opt.root, 0xffffffff40001000);
	ok(init() == PMAP_STATUS_USAGE, "nor is one with another sign");
	begin(PG, PAE, LMA);
	give(&opt.root, 0x123456000);
	ok(init() == 0, "unless the mode has such");
}

/* $pmap_no_1g. */
static void no_1g(void)
{
	begin(PG, PAE, LMA);
	ok(init() == 0 && !target.space.no_leaf, "1 GiB pages are assumed");
	set(PMAP_X86_NO_1G, 1);
	ok(init() == 0 && target.space.no_leaf == PML_LEVEL(3),
	   "unless there are none");
	begin(PG, PAE, 0);
	set(PMAP_X86_NO_1G, 1);
	ok(init() == 0 && !target.space.no_leaf, "which PAE never had");
}

int main(void)
{
	rights();
	halves();
	provenance();
	extended();
	no_1g();
	bit_names();
	modes();
	assumed();
	reserved();
	c_bit();
	second_dimension();
	combinations();
	walk();
	reasons();
	return tap_done();
}
