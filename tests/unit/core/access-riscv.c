/*
 * RISC-V's accesses: what the judge (tests/kernel/judge-riscv.sh) does not ask,
 * or the emulator does not do as the manual says.  Which entry and bit get the
 * blame, two pages, both stages with htval and htinst, physical memory
 * protection, pointer masking.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#include "../../lib/image.h"
#include "../../lib/tap.h"

#define SUM	PML_RISCV_MSTATUS_SUM
#define MXR	PML_RISCV_MSTATUS_MXR

/* Sv39 at 0x1000; d7 is V R W U A D, cf V R W X A D. */
static const char tables[] =
	"1000[0]   = 801\n"
	"2000[0]   = c01\n"
	"2000[1]   = 804cf		2 MiB, misaligned\n"
	"2000[2]   = 1000cf		2 MiB at 4 MiB\n"
	"3000[0]   = 28d7		U: r w\n"
	"3000[1]   = 2cc7		S: r w\n"
	"3000[2]   = 30c9		S: x\n"
	"3000[3]   = 34d9		U: x\n"
	"3000[4]   = 3883		no A\n"
	"3000[5]   = 3c47		no D\n"
	"3000[6]   = 4005		W without R\n"
	"3000[8]   = 44c3		S: r\n"
	"3000[10]  = 801			a pointer in a last table\n"
	"1000[511] = 1001\n"
	"4000[511] = 1401\n"
	"5000[511] = 48cf\n"
	/* Sv39x4 at 0x10000: 2 MiB of a guest's memory at 16 MiB. */
	"10000[0] = 5001\n14000[0] = 5401\n15000[0..511] = 4000df + 400\n"
	/* The guest's tables, at its 0x1000, 0x2000 and 0x3000. */
	"1001000[0] = 801\n1002000[0] = c01\n"
	"1003000[0] = 28df\n1003000[1] = 2c17		no A, no D\n"
	"1003000[2] = 30d9	x\n"
	"1003000[3] = 800df	beyond what the G stage maps\n";

static struct image *img;
static struct pml_riscv_regs regs;

static void begin(void)
{
	img = image_renew(img, 8, tables);
	regs = (struct pml_riscv_regs){
		.priv = PML_RISCV_MODE_S, .has = PML_RISCV_HAS_ALL,
		.satp = 8ULL << 60 | 1,
		.vsatp = 8ULL << 60 | 1, .hgatp = 8ULL << 60 | 0x10,
	};
}

static struct pml_riscv_verdict ask(struct pml_riscv_access a)
{
	struct pml_riscv_mmu mmu;
	struct pml_riscv_verdict v;
	bool passes;

	pml_riscv_mmu_init(&mmu, &regs, image_at, img);
	passes = pml_riscv_access(&mmu, &a, &v);
	if (passes != (v.reason == PML_RISCV_WHY_ALLOWED) || passes != !v.cause)
		ok(false, "what it returns is what it says");
	return v;
}

static const struct pml_riscv_as
	as_u = { PML_RISCV_MODE_U, false }, as_s = { PML_RISCV_MODE_S, false },
	as_m = { PML_RISCV_MODE_M, false },
	as_vu = { PML_RISCV_MODE_U, true }, as_vs = { PML_RISCV_MODE_S, true };

static void expect(const char *what, struct pml_riscv_as as, uint64_t va,
		   unsigned kind, enum pml_riscv_reason reason, unsigned cause,
		   int level, uint64_t bits)
{
	struct pml_riscv_verdict v = ask((struct pml_riscv_access){
		.va = va, .size = 4, .kind = kind, .as = as });

	if (!ok(v.reason == reason && v.cause == cause && v.level == level &&
		v.bits == bits, "%s", what))
		printf("#   reason %d, cause %d, level %d, bits 0x%" PRIx64 "\n",
		       v.reason, v.cause, v.level, v.bits);
}

/* --- One stage ------------------------------------------------------------------ */

static void test_rights(void)
{
	begin();
	expect("U writes its page", as_u, 0, PML_W, PML_RISCV_WHY_ALLOWED, 0, 0, 0);
	expect("U reads S's", as_u, 0x1000, PML_R, PML_RISCV_WHY_USER, 13, 1,
	       PML_RISCV_U);
	expect("S reads U's", as_s, 0, PML_R, PML_RISCV_WHY_SUM, 13, 1, PML_RISCV_U);
	expect("S executes U's", as_s, 0x3000, PML_X, PML_RISCV_WHY_S_FETCH, 12, 1,
	       PML_RISCV_U);
	expect("U executes U's", as_u, 0x3000, PML_X, PML_RISCV_WHY_ALLOWED, 0, 0, 0);
	expect("S executes what it can write alone", as_s, 0x1000, PML_X,
	       PML_RISCV_WHY_EXECUTE, 12, 1, PML_RISCV_X);
	expect("S writes what it can read alone", as_s, 0x8000, PML_W,
	       PML_RISCV_WHY_WRITE, 15, 1, PML_RISCV_W);
	ok(ask((struct pml_riscv_access){ .va = 0x8000, .kind = PML_R | PML_W,
					  .as = as_s }).missing == PML_W,
	   "and lacks W alone");
	expect("an AMO's fault is a store's", as_s, 0x2000, PML_R | PML_W,
	       PML_RISCV_WHY_READ, 15, 1, PML_RISCV_R);
	expect("S reads what it can execute alone", as_s, 0x2000, PML_R,
	       PML_RISCV_WHY_READ, 13, 1, PML_RISCV_R);
	regs.mstatus = MXR;
	expect("with MXR it may", as_s, 0x2000, PML_R, PML_RISCV_WHY_ALLOWED, 0, 0, 0);
	expect("but not write", as_s, 0x2000, PML_W, PML_RISCV_WHY_WRITE, 15, 1,
	       PML_RISCV_W);
	regs.mstatus = SUM;
	expect("with SUM S reads U's", as_s, 0, PML_R, PML_RISCV_WHY_ALLOWED, 0, 0, 0);
	expect("but never executes it", as_s, 0x3000, PML_X, PML_RISCV_WHY_S_FETCH,
	       12, 1, PML_RISCV_U);
}

static void test_entries(void)
{
	begin();
	expect("nothing there", as_s, 0x7000, PML_R, PML_RISCV_WHY_INVALID, 13, 1,
	       PML_RISCV_V);
	expect("no table there", as_s, 0x40000000, PML_W, PML_RISCV_WHY_INVALID, 15,
	       3, PML_RISCV_V);
	expect("W without R", as_s, 0x6000, PML_W, PML_RISCV_WHY_RESERVED, 15, 1,
	       PML_RISCV_R | PML_RISCV_W);
	expect("a pointer in a last table", as_s, 0xa000, PML_R,
	       PML_RISCV_WHY_RESERVED, 13, 1, PML_RISCV_RWX);
	expect("a misaligned superpage", as_s, 0x200000, PML_X,
	       PML_RISCV_WHY_RESERVED, 12, 2, 0x400);
	expect("a good one", as_s, 0x412345, PML_X, PML_RISCV_WHY_ALLOWED, 0, 0, 0);
	expect("no address of Sv39", as_s, 1ULL << 38, PML_R, PML_RISCV_WHY_RANGE,
	       13, 0, 0);
	expect("the last page", as_s, ~0xfffULL, PML_R, PML_RISCV_WHY_ALLOWED, 0, 0,
	       0);
	expect("A=0", as_s, 0x4000, PML_R, PML_RISCV_WHY_ACCESSED, 13, 1,
	       PML_RISCV_A);
	expect("D=0 is read", as_s, 0x5000, PML_R, PML_RISCV_WHY_ALLOWED, 0, 0, 0);
	expect("D=0 is not written", as_s, 0x5000, PML_W, PML_RISCV_WHY_DIRTY, 15, 1,
	       PML_RISCV_D);
	regs.menvcfg = PML_RISCV_ENVCFG_ADUE;
	expect("ADUE: it is", as_s, 0x5000, PML_W, PML_RISCV_WHY_ALLOWED, 0, 0, 0);
	expect("ADUE: A as well", as_s, 0x4000, PML_R, PML_RISCV_WHY_ALLOWED, 0, 0, 0);
	expect("M has no tables", as_m, 0x40000000, PML_R, PML_RISCV_WHY_ALLOWED, 0,
	       0, 0);
	regs.satp = 0;
	expect("nor has S with Bare", as_s, 1ULL << 40, PML_R, PML_RISCV_WHY_ALLOWED,
	       0, 0, 0);
	regs.satp = 8ULL << 60 | 0x77777;
	expect("a root that cannot be read", as_s, 0, PML_R,
	       PML_RISCV_WHY_UNREADABLE, 5, 3, 0);
	ok(!ask((struct pml_riscv_access){ .kind = PML_R, .as = as_s }).fault,
	   "that is no telling");
}

static void test_pages(void)
{
	struct pml_riscv_access a = { .va = 0x8ffc, .size = 8, .kind = PML_R,
				      .as = as_s };
	struct pml_riscv_verdict v;

	begin();
	v = ask(a);
	ok(v.reason == PML_RISCV_WHY_INVALID && v.va == 0x9000,
	   "two pages: the second faults at its first byte");
	regs.mstatus = SUM;
	v = ask((struct pml_riscv_access){ .va = 0x800, .size = 0x3000, .kind = PML_R,
					   .as = as_s });
	ok(v.reason == PML_RISCV_WHY_READ && v.va == 0x2000,
	   "four pages: one between them counts");
	regs.mstatus = 0;
	a.size = 4;
	v = ask(a);
	ok(v.reason == PML_RISCV_WHY_ALLOWED && v.pa == 0x11ffc, "not if it ends before");
	regs.mstatus = SUM;
	v = ask((struct pml_riscv_access){ .va = 0xffe, .size = 8, .kind = PML_W,
					   .as = as_s });
	ok(v.reason == PML_RISCV_WHY_ALLOWED && v.va == 0xffe && v.pa == 0xaffe,
	   "two pages that allow it: where the first leads");
}

/* --- Two stages ------------------------------------------------------------------ */

static struct pml_riscv_verdict guest(uint64_t va, unsigned kind)
{
	return ask((struct pml_riscv_access){ .va = va, .size = 8, .kind = kind,
					      .as = as_vu, .hlv = true });
}

static bool denies(const struct pml_riscv_verdict *v, unsigned reason,
		   unsigned cause, uint64_t gpa, uint64_t htinst, int table_level)
{
	bool same = v->reason == reason && v->cause == cause && v->g_stage &&
		    pml_riscv_htval(v) == gpa >> 2 &&
		    pml_riscv_htinst(v, false) == htinst &&
		    v->implicit == (table_level != 0) &&
		    v->table_level == table_level;

	if (!same)
		printf("#   reason %d, cause %d, g_stage %d, gpa 0x%" PRIx64
		       ", htinst %" PRIx64 ", level %d of a table\n", v->reason,
		       v->cause, v->g_stage, v->gpa, pml_riscv_htinst(v, false),
		       v->table_level);
	return same;
}

static void test_guest(void)
{
	struct pml_riscv_verdict v;

	begin();
	image_set(img, 0x15000, 0, 0);	/* which nothing asks for */
	v = guest(0x123, PML_W);
	ok(v.reason == PML_RISCV_WHY_ALLOWED && v.pa == 0x100a123 &&
	   v.target.pa == 0xa123, "through both stages");
	v = guest(0x3123, PML_W);
	ok(denies(&v, PML_RISCV_WHY_INVALID, 23, 0x200123, 0, 0) && v.va == 0x3123,
	   "beyond the G stage: a store's guest-page fault, htval has the address");
	v = guest(0x4000, PML_R);
	ok(v.cause == 13 && !v.g_stage && !pml_riscv_htval(&v) &&
	   v.slot_pa == 0x3020, "the guest's own fault is a page fault");
	image_set(img, 0x15000, 2, 0x4008cf);	/* its level 1, not the user's */
	v = guest(0x3123, PML_X);
	ok(denies(&v, PML_RISCV_WHY_USER, 20, 0x2000, 0x3000, 2) &&
	   v.bits == PML_RISCV_U,
	   "a table that the G stage keeps: the fetch's cause, the entry's address");
	image_set(img, 0x15000, 2, 0x4008df);
	image_set(img, 0x15000, 3, 0x400cd9);
	regs.mstatus = MXR;
	v = guest(0x123, PML_R);
	ok(denies(&v, PML_RISCV_WHY_READ, 21, 0x3000, 0x3000, 1),
	   "MXR makes no table readable: that is no explicit load");
	image_set(img, 0x15000, 3, 0x400cdf);
	image_set(img, 0x15000, 10, 0x4028d9);
	v = guest(0x123, PML_R);
	ok(v.reason == PML_RISCV_WHY_ALLOWED, "but the memory itself");
	regs.mstatus = 0;
	regs.vsstatus = MXR;
	v = guest(0x123, PML_R);
	ok(denies(&v, PML_RISCV_WHY_READ, 21, 0xa123, 0, 0),
	   "vsstatus' does not, for the G stage");
	v = guest(0x2123, PML_R);
	ok(v.reason == PML_RISCV_WHY_ALLOWED, "it does for the VS stage");
	ok(pml_riscv_htinst(&(struct pml_riscv_verdict){
		.implicit = true, .cause = PML_RISCV_LOAD_GUEST }, true) == 0x2000,
	   "for 32 bits the pseudoinstruction is another one");
}

static void test_marks(void)
{
	struct pml_riscv_verdict v;

	begin();
	v = guest(0x1000, PML_W);
	ok(v.reason == PML_RISCV_WHY_ACCESSED && v.cause == 15 && !v.g_stage,
	   "VS stage: A=0, and no ADUE");
	regs.menvcfg = regs.henvcfg = PML_RISCV_ENVCFG_ADUE;
	ok(guest(0x1000, PML_W).reason == PML_RISCV_WHY_ALLOWED, "ADUE: it is set");
	image_set(img, 0x15000, 3, 0x400cd3);
	v = guest(0x1000, PML_R);
	ok(denies(&v, PML_RISCV_WHY_MARK, 21, 0x3008, 0x3020, 1) &&
	   v.bits == PML_RISCV_W && v.slot_pa == 0x15018,
	   "but not where the G stage lets nobody write");
	ok(guest(0, PML_R).reason == PML_RISCV_WHY_ALLOWED,
	   "which only matters if there is something to set");
	regs.menvcfg = 0;
	image_set(img, 0x15000, 3, 0x400c5f);	/* no D */
	ok(guest(0, PML_W).reason == PML_RISCV_WHY_ALLOWED,
	   "a table is read: its page in the G stage needs no D");
	image_set(img, 0x15000, 3, 0x400c9f);	/* no A */
	v = guest(0, PML_W);
	ok(denies(&v, PML_RISCV_WHY_ACCESSED, 23, 0x3000, 0x3000, 1), "but A");
}

static void test_hlvx(void)
{
	struct pml_riscv_access a = {
		.va = 0x2000, .size = 4, .kind = PML_R, .as = as_vu,
		.hlv = true, .hlvx = true,
	};

	begin();
	ok(ask(a).reason == PML_RISCV_WHY_ALLOWED, "HLVX reads what can be executed");
	image_set(img, 0x15000, 12, 0x4030d3);
	ok(ask(a).cause == 21 && ask(a).reason == PML_RISCV_WHY_EXECUTE,
	   "in both stages, and its fault is a load's");
	image_set(img, 0x15000, 12, 0x4030df);
	a.as = as_vs;
	ok(ask(a).reason == PML_RISCV_WHY_SUM, "VS reads U's pages with SUM, as ever");
	regs.vsstatus = SUM;
	ok(ask(a).reason == PML_RISCV_WHY_ALLOWED, "and with it may");
	regs.pmp.count = 1;
	regs.pmp.addr[0] = ~0ULL;
	regs.pmp.cfg[0] = PML_RISCV_PMP_NAPOT << 3 | PML_RISCV_PMP_X;
	ok(ask(a).cause == 5, "what PMP lets execute alone it cannot have");
}

/* CBO.CLEAN and its like: a load's rights, a store's causes. */
static struct pml_riscv_verdict cbo(uint64_t va)
{
	return ask((struct pml_riscv_access){ .va = va, .size = 64, .kind = PML_R,
					      .as = as_s, .cbo = true });
}

static void test_cbo(void)
{
	struct pml_riscv_verdict v;

	begin();
	ok(!cbo(0x8000).cause, "CBO: what may be read alone will do");
	v = cbo(0x7000);
	ok(v.fault && v.cause == PML_RISCV_STORE_PAGE && v.va == 0x7000,
	   "nothing there is a store's page fault");
	v = cbo(0x2000);
	ok(!v.fault && v.reason == PML_RISCV_WHY_CBO && v.level == 1,
	   "execution alone: the manual leaves it open");
	regs.mstatus = PML_RISCV_MSTATUS_MXR;
	ok(!cbo(0x2000).cause, "with MXR it is a load's right");
	regs.mstatus = 0;
	v = cbo(0);
	ok(v.fault && v.reason == PML_RISCV_WHY_SUM && v.cause == PML_RISCV_STORE_PAGE,
	   "without SUM the user's are not the kernel's to clean");
}

static void test_halves(void)
{
	struct pml_riscv_access a = { .va = 0xa123, .size = 1, .kind = PML_R,
				      .as = as_vs };
	struct pml_riscv_verdict v;

	begin();
	regs.vsatp = 0;
	v = ask(a);
	ok(v.pa == 0x100a123 && v.reason == PML_RISCV_WHY_ALLOWED,
	   "vsatp is Bare: the G stage alone");
	a.va = 1ULL << 41;
	v = ask(a);
	ok(denies(&v, PML_RISCV_WHY_RANGE, 21, 1ULL << 41, 0, 0),
	   "which has its own last address");
	regs.hgatp = 0;
	ok(ask(a).pa == 1ULL << 41, "and hgatp as well: neither");
	begin();
	regs.hgatp = 0;
	regs.vsatp = regs.satp;
	a.va = 0x1000;
	ok(ask(a).pa == 0xb000, "hgatp is Bare: the VS stage alone");
}

/* --- Physical memory protection ---------------------------------------------------- */

static void pmp(unsigned n, unsigned match, unsigned cfg, uint64_t addr)
{
	regs.pmp.cfg[n] = match << 3 | cfg;
	regs.pmp.addr[n] = addr;
	if (n >= regs.pmp.count)
		regs.pmp.count = n + 1;
}

static void ranges(const char *what, unsigned n, uint64_t first, uint64_t last)
{
	uint64_t got_first = 1, got_last = 0;
	bool there = pml_riscv_pmp_range(&regs.pmp, n, &got_first, &got_last);

	if (!ok(there == (first <= last) &&
		(!there || (got_first == first && got_last == last)), "PMP: %s", what))
		printf("#   0x%" PRIx64 " to 0x%" PRIx64 "\n", got_first, got_last);
}

static void test_pmp_ranges(void)
{
	begin();
	pmp(0, PML_RISCV_PMP_TOR, 0, 0x2000);
	ranges("TOR of entry 0 begins at 0", 0, 0, 0x7fff);
	pmp(1, PML_RISCV_PMP_TOR, 0, 0x3000);
	ranges("TOR begins where the entry before ends", 1, 0x8000, 0xbfff);
	pmp(2, PML_RISCV_PMP_TOR, 0, 0x3000);
	ranges("TOR of nothing", 2, 1, 0);
	pmp(3, PML_RISCV_PMP_NA4, 0, 0x3001);
	ranges("NA4", 3, 0xc004, 0xc007);
	pmp(4, PML_RISCV_PMP_NAPOT, 0, 0x3000);
	ranges("NAPOT of 8 bytes", 4, 0xc000, 0xc007);
	pmp(5, PML_RISCV_PMP_NAPOT, 0, 0x31ff);
	ranges("NAPOT of 4 KiB", 5, 0xc000, 0xcfff);
	pmp(6, PML_RISCV_PMP_NAPOT, 0, ~0ULL);
	ranges("NAPOT of everything", 6, 0, (1ULL << 57) - 1);
	pmp(7, PML_RISCV_PMP_OFF, 7, 0x3000);
	ranges("off", 7, 1, 0);
	regs.pmp.count = 0;
	pml_riscv_pmp_set_cfg(&regs.pmp, 2, 64, 0x0807060504030201);
	ok(regs.pmp.count == 16 && regs.pmp.cfg[8] == 1 && regs.pmp.cfg[15] == 8,
	   "PMP: pmpcfg2 of 64 bits has entries 8 to 15");
	pml_riscv_pmp_set_cfg(&regs.pmp, 1, 32, 0x44332211);
	ok(regs.pmp.count == 16 && regs.pmp.cfg[4] == 0x11 &&
	   regs.pmp.cfg[7] == 0x44 && regs.pmp.cfg[8] == 1,
	   "PMP: pmpcfg1 of 32 bits has entries 4 to 7");
	pml_riscv_pmp_set_cfg(&regs.pmp, 15, 64, ~0ULL);
	ok(regs.pmp.count == 64 && regs.pmp.cfg[63] == 0xff && regs.pmp.addr[0] == 0x2000,
	   "PMP: there are 64 entries, and no more");
}

static void decides(const char *what, uint64_t pa, unsigned size, unsigned need,
		    bool machine, bool allowed, int entry)
{
	struct pml_riscv_pmp_verdict v =
		pml_riscv_pmp(&regs.pmp, pa, size, need, machine);

	if (!ok(v.allowed == allowed && v.entry == entry, "PMP: %s", what))
		printf("#   allowed %d, entry %d\n", v.allowed, v.entry);
}

static void test_pmp_rules(void)
{
	begin();
	decides("none is known: all is allowed", 0x1000, 8, PML_W, false, true, -1);
	pmp(0, PML_RISCV_PMP_NAPOT, PML_RISCV_PMP_R, 0x31ff);
	pmp(1, PML_RISCV_PMP_NAPOT, 7, 0x3fff);
	decides("the first that matches", 0xc800, 8, PML_W, false, false, 0);
	decides("its last byte", 0xcfff, 1, PML_W, false, false, 0);
	decides("up to its end", 0xcff8, 8, PML_R, false, true, 0);
	decides("its first", 0xc000, 1, PML_W, false, false, 0);
	decides("it lets read", 0xc800, 8, PML_R, false, true, 0);
	decides("M is not asked", 0xc800, 8, PML_W, true, true, 0);
	decides("beside it the next decides", 0xd000, 8, PML_X, false, true, 1);
	decides("half in it: denied, whatever it says", 0xcffc, 8, PML_R, false,
		false, 0);
	decides("even to M", 0xcffc, 8, PML_R, true, false, 0);
	regs.pmp.cfg[2] = PML_RISCV_PMP_NAPOT << 3 | 7;
	regs.pmp.addr[2] = ~0ULL;
	decides("no entry: none below M", 0x100000, 8, PML_R, false, false, -1);
	decides("no entry: M", 0x100000, 8, PML_R | PML_W | PML_X, true, true, -1);
	regs.pmp.cfg[0] |= PML_RISCV_PMP_L;
	decides("locked: M, too", 0xc800, 8, PML_W, true, false, 0);
	decides("locked: M reads", 0xc800, 8, PML_R, true, true, 0);
	regs.pmp.mseccfg = PML_RISCV_MMWP;
	decides("MMWP: M needs an entry", 0x100000, 8, PML_R, true, false, -1);
}

/* "Smepmp", MML=1, by the manual's table: cfg, what M has, what the others have. */
static void test_smepmp(void)
{
	static const struct {
		uint8_t cfg;
		const char *machine, *below;
	} rows[] = {
		{ 0x00, "---", "---" }, { 0x04, "---", "--x" },
		{ 0x02, "rw-", "r--" }, { 0x06, "rw-", "rw-" },
		{ 0x01, "---", "r--" }, { 0x05, "---", "r-x" },
		{ 0x03, "---", "rw-" }, { 0x07, "---", "rwx" },
		{ 0x80, "---", "---" }, { 0x84, "--x", "---" },
		{ 0x82, "--x", "--x" }, { 0x86, "r-x", "--x" },
		{ 0x81, "r--", "---" }, { 0x85, "r-x", "---" },
		{ 0x83, "rw-", "---" }, { 0x87, "r--", "r--" },
	};
	int wrong = 0;

	begin();
	regs.pmp.mseccfg = PML_RISCV_MML;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int bit = 0; bit < 3; bit++) {
			pmp(0, PML_RISCV_PMP_NAPOT, rows[i].cfg, ~0ULL);
			wrong += pml_riscv_pmp(&regs.pmp, 0, 1, 1u << bit, true).allowed !=
				 (rows[i].machine[bit] != '-');
			wrong += pml_riscv_pmp(&regs.pmp, 0, 1, 1u << bit, false).allowed !=
				 (rows[i].below[bit] != '-');
		}
	is_u64(wrong, 0, "PMP: what each entry gives with MML");
	pmp(0, PML_RISCV_PMP_OFF, 0, 0);
	decides("MML: M reads where no entry is", 0, 1, PML_R, true, true, -1);
	decides("MML: and does not execute", 0, 1, PML_X, true, false, -1);
}

static void test_pmp_access(void)
{
	struct pml_riscv_verdict v;

	begin();
	pmp(0, PML_RISCV_PMP_NAPOT, PML_RISCV_PMP_R, 0x2dff);	/* 0xb000 */
	pmp(1, PML_RISCV_PMP_NAPOT, 0, 0xc01);			/* 0x3000: 16 bytes */
	pmp(2, PML_RISCV_PMP_NAPOT, 7, ~0ULL);
	/* The entry for 0x1000 is in what entry 1 denies. */
	v = ask((struct pml_riscv_access){ .va = 0x1000, .kind = PML_W, .as = as_s });
	ok(v.reason == PML_RISCV_WHY_PMP && v.cause == 7 && v.pmp == 1 &&
	   v.pmp_pa == 0x3008 && v.implicit && v.table_level == 1,
	   "PMP: a table's entry that cannot be read is an access fault");
	regs.pmp.cfg[1] = 0;
	v = ask((struct pml_riscv_access){ .va = 0x1004, .kind = PML_W, .as = as_s });
	ok(v.reason == PML_RISCV_WHY_PMP && v.cause == 7 && v.pmp == 0 &&
	   v.pmp_pa == 0xb004 && !v.implicit && v.missing == PML_W && v.va == 0x1004,
	   "PMP: entry 0 denies the write");
	ok(ask((struct pml_riscv_access){ .va = 0x1000, .kind = PML_R, .as = as_s }).reason ==
	   PML_RISCV_WHY_ALLOWED, "PMP: and not the read");
	pmp(1, PML_RISCV_PMP_NAPOT, PML_RISCV_PMP_R, 0xdff);	/* 0x3000: no writes */
	regs.menvcfg = PML_RISCV_ENVCFG_ADUE;
	v = ask((struct pml_riscv_access){ .va = 0x4000, .kind = PML_R, .as = as_s });
	ok(v.reason == PML_RISCV_WHY_PMP && v.cause == 5 && v.pmp == 1 && v.implicit &&
	   v.pmp_pa == 0x3020 && v.missing == PML_W,
	   "PMP: A is set by hardware, where PMP lets it write");
	/* The VS stage's root, where it is in physical memory. */
	pmp(0, PML_RISCV_PMP_NAPOT, 0, 0x4005ff);
	v = guest(0, PML_W);
	ok(v.reason == PML_RISCV_WHY_PMP && v.cause == 7 && !v.g_stage &&
	   v.implicit && v.table_level == 3 && v.pmp_pa == 0x1001000,
	   "PMP: a table of the VS stage's");
	/* Of the G stage's page for 0xa000 the entry, which has no A. */
	image_set(img, 0x15000, 10, 0x40289f);
	pmp(0, PML_RISCV_PMP_NAPOT, PML_RISCV_PMP_R, 0x55ff);
	v = guest(0x123, PML_R);
	ok(v.reason == PML_RISCV_WHY_PMP && v.cause == 5 && v.g_stage &&
	   v.implicit && !v.table_level && v.pmp_pa == 0x15050 && v.missing == PML_W,
	   "PMP: nor are the G stage's own A and D set");
	/* The tables and the page, and nothing else. */
	regs.pmp.count = 0;
	pmp(0, PML_RISCV_PMP_NAPOT, 7, 0x1fff);
	ok(ask((struct pml_riscv_access){ .va = 0x1000, .kind = PML_W, .as = as_s }).reason ==
	   PML_RISCV_WHY_ALLOWED, "PMP: what is read has to be allowed, and no more");
	pmp(1, PML_RISCV_PMP_NAPOT, 7, ~0ULL);
	pmp(0, PML_RISCV_PMP_NAPOT, 0, 0x57ff);			/* 0x14000: the G stage's */
	v = guest(0, PML_X);
	ok(v.reason == PML_RISCV_WHY_PMP && v.cause == 1 && v.g_stage && v.implicit &&
	   v.pmp_pa == 0x14000 && !pml_riscv_htval(&v),
	   "PMP: a table of the G stage's is an access fault, not a guest-page fault");
}

/* --- Pointer masking ----------------------------------------------------------------- */

static bool reaches(struct pml_riscv_as as, uint64_t va, bool hlv, uint64_t pa)
{
	struct pml_riscv_verdict v = ask((struct pml_riscv_access){
		.va = va, .kind = PML_R, .as = as, .hlv = hlv });

	return v.reason == PML_RISCV_WHY_ALLOWED && v.pa == pa;
}

static void test_masking(void)
{
	struct pml_riscv_access fetch = { .va = 0xab00000000412000, .kind = PML_X,
					  .as = as_s };

	begin();
	ok(!reaches(as_s, 0xfe00000000001234, false, 0xb234), "a tag, and no masking");
	regs.menvcfg = 2ULL << 32;
	ok(reaches(as_s, 0xfe00000000001234, false, 0xb234), "PMM=2: 7 bits");
	ok(!reaches(as_s, 0xff00000000001234, false, 0xb234), "and not 8");
	ok(reaches(as_s, 0x01fffffffffff234, false, 0x12234),
	   "the bit below is copied: the upper half");
	ok(!reaches(as_u, 0xfe00000000000234, false, 0xa234), "menvcfg is S's alone");
	ok(ask(fetch).reason == PML_RISCV_WHY_RANGE, "not for fetches");
	regs.menvcfg = 0;
	regs.senvcfg = 3ULL << 32;
	ok(reaches(as_u, 0x1234000000000234, false, 0xa234), "PMM=3: 16 bits; senvcfg: U");
	ok(reaches(as_vu, 0x1234000000000234, false, 0x100a234), "and VU");
	regs.mstatus = MXR;
	ok(!reaches(as_u, 0x1234000000000234, false, 0xa234), "not where MXR is set");
	regs.mstatus = 0;
	regs.senvcfg = 0;
	regs.henvcfg = 2ULL << 32;
	regs.vsstatus = SUM;
	ok(reaches(as_vs, 0xfe00000000000234, true, 0x100a234), "henvcfg: VS, HLV as well");
	regs.hstatus = 3ULL << 48;
	regs.priv = PML_RISCV_MODE_U;
	ok(reaches(as_vu, 0x1234000000000234, true, 0x100a234), "HUPMM: HLV in U mode");
	regs.priv = PML_RISCV_MODE_S;
	ok(!reaches(as_vu, 0x1234000000000234, true, 0x100a234), "and only there");
	regs.satp = 0;
	regs.menvcfg = 2ULL << 32;
	ok(reaches(as_s, 0xff00000000001234, false, 0x100000000001234),
	   "Bare: the bits become 0, whatever is below");
	regs.pmp.mseccfg = 3ULL << 32;
	ok(reaches(as_m, 0xffff000000001234, false, 0x1234), "mseccfg: M");
	regs.xlen = 32;
	is_u64(pml_riscv_ignored(&regs, as_s, false), 0, "32 bits have none");
}

static void test_as(void)
{
	struct pml_riscv_regs r = { .priv = PML_RISCV_MODE_M,
				    .mstatus = (uint64_t)PML_RISCV_MODE_S << 11 };
	struct pml_space space;

	ok(pml_riscv_as(&r, false).priv == PML_RISCV_MODE_M, "M mode is M mode's");
	r.mstatus |= PML_RISCV_MSTATUS_MPRV;
	ok(pml_riscv_as(&r, false).priv == PML_RISCV_MODE_S &&
	   pml_riscv_as(&r, true).priv == PML_RISCV_MODE_M, "with MPRV as MPP says, but fetches");
	memset(&space, 0xa5, sizeof(space));
	pml_riscv_space(&r, PML_RISCV_STAGE_G, &space);
	ok(!space.no_leaf && !space.options && !space.pa_rsvd && !space.ignored &&
	   !space.encrypted, "a space begins without rules of its own");
}

/* A verdict begins with nothing of the one before. */
static void test_nothing_left(void)
{
	struct pml_riscv_verdict v;

	memset(&v, 0xa5, sizeof(v));
	pml_riscv_verdict_init(&v, 5);
	ok(v.reason == PML_RISCV_WHY_ALLOWED && !v.fault && !v.g_stage && !v.implicit &&
	   !v.pmp_partial && !v.cause && !v.table_level && !v.level &&
	   v.pmp == PML_RISCV_PMP_NONE && !v.missing && v.va == 5 && !v.gpa &&
	   !v.pmp_pa && !v.slot_pa && !v.raw && !v.bits && !v.pa,
	   "a verdict begins with nothing");
	ok(!v.target.pa && !v.target.raw && !v.target.slot_pa && !v.target.rights &&
	   !v.target.level && !v.target.shift && v.target.kind == PML_NONCANONICAL &&
	   memcmp(&v.target, &v.outer, sizeof(v.outer)) == 0, "and leads nowhere");
}

int main(void)
{
	test_nothing_left();
	test_as();
	test_rights();
	test_entries();
	test_pages();
	test_guest();
	test_marks();
	test_hlvx();
	test_cbo();
	test_halves();
	test_pmp_ranges();
	test_pmp_rules();
	test_smepmp();
	test_pmp_access();
	test_masking();
	image_free(img);
	return tap_done();
}
