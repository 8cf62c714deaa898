/*
 * AArch64's accesses: what the judge (tests/kernel/judge-arm64.sh) does not ask.
 * Two pages, tags, EL2's own regime, and which entry and bit get the blame.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#include "../../lib/image.h"
#include "../../lib/tap.h"

/* 4 KiB, 39 bits in each half: roots at 0x1000 and 0x11000, three levels. */
#define TCR	(25 | 25ULL << 16 | 2ULL << 30 | 5ULL << 32)

static const char tables[] =
	"1000[0]   = 2003\n"
	"2000[0]   = 3003\n"
	"2000[1]   = 4000000000006003	APTable[1]: no writes below\n"
	"3000[0]   = a743		EL0: read, write; AF\n"
	"3000[1]   = b7c3		EL0: read\n"
	"3000[3]   = 400000000000c703	EL1: read, write\n"
	"3000[4]   = d343		no AF\n"
	"3000[5]   = 1000000000743	too high\n"
	"3000[6]   = e741		no page\n"
	"6000[0]   = f743\n"
	"3000[7]   = 10703		EL1: read, write; EL0 executes\n"
	"20000[0]  = 21003		stage 2: its own but for one page\n"
	"21000[0]  = 22003\n"
	"22000[0..15] = 4ff + 1000\n"
	"22000[10] = 1e4ff\n"
	"11000[511] = 12003\n"
	"12000[511] = 13003\n"
	"13000[511] = 14783		EL1: read\n";

static struct image *img;

static struct pml_arm64_regs regs(void)
{
	return (struct pml_arm64_regs){
		.regime = PML_ARM64_EL10, .sctlr = PML_ARM64_SCTLR_M, .tcr = TCR,
		.ttbr = { 0x1000, 0x11000 },
	};
}

static struct pml_arm64_verdict ask(const struct pml_arm64_regs *r,
				    struct pml_arm64_access a)
{
	struct pml_arm64_mmu mmu;
	struct pml_arm64_verdict v;

	pml_arm64_mmu_init(&mmu, r, image_at, img);
	pml_arm64_access(&mmu, &a, &v);
	return v;
}

static void expect(const char *what, struct pml_arm64_access a,
		   enum pml_arm64_reason reason, unsigned fsc, int level,
		   uint64_t bits)
{
	struct pml_arm64_regs r = regs();
	struct pml_arm64_verdict v = ask(&r, a);

	if (!ok(v.reason == reason && v.fsc == fsc && v.level == level &&
		v.bits == bits, "%s", what))
		printf("#   reason %d, FSC 0x%x, level %d, bits 0x%" PRIx64 "\n",
		       v.reason, v.fsc, v.level, v.bits);
}

static void blame(void)
{
	expect("EL0 writes", (struct pml_arm64_access){ .va = 0, .kind = PML_W, .el0 = true },
	       PML_ARM64_WHY_ALLOWED, 0, 0, 0);
	expect("EL0 writes what it may read",
	       (struct pml_arm64_access){ .va = 0x1000, .kind = PML_W, .el0 = true },
	       PML_ARM64_WHY_WRITE, 0xf, 1, PML_ARM64_AP2);
	expect("EL0 reads what is EL1's",
	       (struct pml_arm64_access){ .va = 0x3000, .kind = PML_R, .el0 = true },
	       PML_ARM64_WHY_EL0, 0xf, 1, PML_ARM64_AP1);
	expect("LDTR has EL0's rights",
	       (struct pml_arm64_access){ .va = 0x3000, .kind = PML_R, .unprivileged = true },
	       PML_ARM64_WHY_EL0, 0xf, 1, PML_ARM64_AP1);
	expect("a table forbids to write: the level is the leaf's, the entry the table's",
	       (struct pml_arm64_access){ .va = 0x200000, .kind = PML_W },
	       PML_ARM64_WHY_WRITE, 0xf, 2, PML_ARM64_APT1);
	expect("EL1 executes what EL0 may write",
	       (struct pml_arm64_access){ .va = 0, .kind = PML_X },
	       PML_ARM64_WHY_EL0_WRITES, 0xf, 1, 0);
	expect("PAN", (struct pml_arm64_access){ .va = 0, .kind = PML_R, .pan = true },
	       PML_ARM64_WHY_PAN, 0xf, 1, PML_ARM64_AP1);
	expect("nothing there", (struct pml_arm64_access){ .va = 0x2000, .kind = PML_R },
	       PML_ARM64_WHY_INVALID, 0x7, 1, PML_ARM64_VALID);
	expect("no page", (struct pml_arm64_access){ .va = 0x6000, .kind = PML_R },
	       PML_ARM64_WHY_INVALID, 0x7, 1, PML_ARM64_TABLE);
	expect("AF=0", (struct pml_arm64_access){ .va = 0x4000, .kind = PML_R },
	       PML_ARM64_WHY_FLAG, 0xb, 1, PML_ARM64_AF);
	expect("a table that is not there",
	       (struct pml_arm64_access){ .va = 0x40000000, .kind = PML_R },
	       PML_ARM64_WHY_INVALID, 0x5, 3, PML_ARM64_VALID);
	expect("out of range", (struct pml_arm64_access){ .va = 1ULL << 40, .kind = PML_R },
	       PML_ARM64_WHY_RANGE, 0x4, 0, 0);
}

static void pages_and_tags(void)
{
	struct pml_arm64_access a = { .va = 0xffc, .size = 8, .kind = PML_W, .el0 = true };
	struct pml_arm64_regs r = regs();
	struct pml_arm64_verdict v = ask(&r, a);

	ok(v.reason == PML_ARM64_WHY_WRITE && v.va == 0x1000,
	   "two pages: the second faults at its first byte");
	v = ask(&r, (struct pml_arm64_access){ .va = 0x800, .size = 0x3000, .kind = PML_R });
	ok(v.reason == PML_ARM64_WHY_INVALID && v.va == 0x2000,
	   "four pages: a hole between them counts");
	a.size = 4;
	ok(ask(&r, a).reason == PML_ARM64_WHY_ALLOWED, "not if it ends before");
	a.kind = PML_R;
	a.size = 8;
	v = ask(&r, a);
	ok(v.reason == PML_ARM64_WHY_ALLOWED && v.va == 0xffc && v.pa == 0xaffc,
	   "both allow it: it goes to where its first byte is");
	a.kind = PML_W;
	a.size = 4;
	a.va = 0x5a00000000000000;
	ok(ask(&r, a).reason == PML_ARM64_WHY_RANGE, "a tag, without TBI");
	r.tcr |= PML_ARM64_TCR_TBI(0);
	ok(ask(&r, a).reason == PML_ARM64_WHY_ALLOWED, "a tag, with TBI");
	a.kind = PML_X;
	r.tcr |= PML_ARM64_TCR_TBID(0);
	ok(ask(&r, a).reason == PML_ARM64_WHY_RANGE, "TBID: not for fetches");
	a = (struct pml_arm64_access){ .va = ~0xfffULL, .kind = PML_R };
	v = ask(&r, a);
	ok(v.reason == PML_ARM64_WHY_ALLOWED && v.pa == 0x14000,
	   "the last page of the upper half");
	r.tcr |= PML_ARM64_TCR_EPD(1);
	ok(ask(&r, a).reason == PML_ARM64_WHY_EPD, "which EPD1 takes away");
}

static void classes(void)
{
	struct pml_arm64_regs r = regs();
	struct pml_arm64_access a = { .va = 0x2000, .kind = PML_W, .el0 = true };
	struct pml_arm64_verdict v = ask(&r, a);

	is_u64(v.ec, 0x24, "from EL0: a data abort from a lower level");
	is_u64(pml_arm64_iss(&a, &v), 0x47, "WnR, and a translation fault at level 3");
	a.el0 = false;
	is_u64(ask(&r, a).ec, 0x25, "from EL1: from the same");
	a.kind = PML_X;
	is_u64(ask(&r, a).ec, 0x21, "a fetch: an instruction abort");
	/* EL2 alone: one root, and AP[1] and PXN say nothing. */
	r.regime = PML_ARM64_EL2;
	r.tcr = 25 | 5ULL << 16;
	a = (struct pml_arm64_access){ .va = 0, .kind = PML_X };
	ok(ask(&r, a).reason == PML_ARM64_WHY_ALLOWED, "EL2 executes what it can write");
	r.sctlr |= PML_ARM64_SCTLR_WXN;
	ok(ask(&r, a).reason == PML_ARM64_WHY_WXN, "unless WXN");
	a.va = ~0xfffULL;
	ok(ask(&r, a).reason == PML_ARM64_WHY_RANGE, "and has no upper half");
}

/* What stage 2 allows is not stage 2's. */
static void second_stage(void)
{
	struct pml_arm64_regs r = regs();
	struct pml_arm64_access a = { .va = 0x123, .kind = PML_R };
	struct pml_arm64_verdict v;

	r.hcr = PML_ARM64_HCR_VM;
	r.vtcr = 25 | 1ULL << 6 | 2ULL << 16;
	r.vttbr = 0x20000;
	v = ask(&r, a);
	ok(v.reason == PML_ARM64_WHY_ALLOWED && v.pa == 0x1e123 && v.target.pa == 0xa123,
	   "both stages allow it: it goes to where stage 2 leads");
	ok(!v.stage2 && !v.s1ptw && !v.ipa, "and none of it is said to fault");
	a.va = 0x2000;
	v = ask(&r, a);
	ok(v.reason == PML_ARM64_WHY_INVALID && !v.stage2 && !v.s1ptw && !v.ipa,
	   "nor what stage 1 denies, whose tables it allowed");
}

static void features(void)
{
	struct pml_arm64_regs r = regs();
	struct pml_arm64_access a = { .va = 0x4000, .kind = PML_R };
	struct pml_arm64_verdict v;

	ok(ask(&r, a).reason == PML_ARM64_WHY_FLAG, "AF=0, which is not set by itself");
	r.tcr |= PML_ARM64_TCR_HA;
	ok(ask(&r, a).reason == PML_ARM64_WHY_ALLOWED,
	   "TCR.HA: where no ID register tells, there is every feature");
	r.has_id = true;
	ok(ask(&r, a).reason == PML_ARM64_WHY_FLAG, "not where one says that there is none");
	r = regs();
	a.va = 0;
	r.tcr = (r.tcr & ~0x3fULL) | 15;
	v = ask(&r, a);
	ok(v.fault && v.fsc == 4, "T0SZ below 16, for pages of 4 KiB: a fault of level 0");
	a = (struct pml_arm64_access){ .va = 0x7000, .kind = PML_R, .pan = true };
	r = regs();
	ok(ask(&r, a).reason == PML_ARM64_WHY_ALLOWED,
	   "PAN: not of what EL0 can only execute");
	r.sctlr |= PML_ARM64_SCTLR_EPAN;
	ok(ask(&r, a).reason == PML_ARM64_WHY_PAN, "but with EPAN");
	a = (struct pml_arm64_access){ .kind = PML_R };
	r = regs();
	r.regime = PML_ARM64_EL2;
	r.tcr = 25 | 5ULL << 16;
	a.va = 0x5a00000000000000;
	ok(ask(&r, a).reason == PML_ARM64_WHY_RANGE, "EL2: a tag, without TBI");
	r.tcr |= PML_ARM64_TCR2_TBI;
	ok(ask(&r, a).reason == PML_ARM64_WHY_ALLOWED, "EL2: a tag, with TBI");
	r.has_id = true;
	r.mmfr[0] = 3ULL << 20;
	is_u64(pml_arm64_granule_kind(&r, 14, false), 0, "TGran16 of 3 means none");
	r.mmfr[0] = 2ULL << 20;
	is_u64(pml_arm64_granule_kind(&r, 14, false), 2, "of 2, with LPA2");
	r.mmfr[0] = 3ULL << 40 | 2ULL << 36 | 1ULL << 32;
	ok(pml_arm64_granule_kind(&r, 12, true) == 2 &&
	   pml_arm64_granule_kind(&r, 16, true) == 1 &&
	   pml_arm64_granule_kind(&r, 14, true) == 0, "stage 2's granules have fields of their own");
}

/* What TCR asks for counts where the processor has it. */
static void configured(void)
{
	struct pml_arm64_regs r = regs();
	struct pml_arm64_config c = { .regime = PML_ARM64_EL10, .lpa = true };

	r.has_id = true;
	r.mmfr[0] = 5;
	r.mmfr[1] = 1;
	r.tcr |= PML_ARM64_TCR_HD | PML_ARM64_TCR_HA;
	pml_arm64_config_halves(&r, &c);
	ok(!c.hd && !c.lpa, "TCR.HD, of a processor that sets AF alone; no LPA");
	r.mmfr[0] = 6;
	r.mmfr[1] = 2;
	pml_arm64_config_halves(&r, &c);
	ok(c.hd && c.lpa, "of one that has it, with LPA");
	c.regime = PML_ARM64_EL2;
	r.tcr = 25 | PML_ARM64_TCR2_HD | PML_ARM64_TCR2_HA;
	pml_arm64_config_single(&r, &c);
	ok(c.hd, "EL2: the same");
	r.mmfr[1] = 1;
	pml_arm64_config_single(&r, &c);
	ok(!c.hd, "EL2: nor without it");
}

/* 64 KiB pages: stage 1 has 52 bits of addresses by LVA, stage 2 by LPA. */
static void wide_addresses(void)
{
	struct pml_arm64_regs r = { .has_id = true };
	struct pml_arm64_config c = { .granule = 16, .regime = PML_ARM64_EL10 };

	r.mmfr[2] = 1ULL << 16;
	ok(pml_arm64_good_size(&r, &c, 12), "stage 1, LVA");
	c.regime = PML_ARM64_STAGE2;
	ok(!pml_arm64_good_size(&r, &c, 12), "stage 2 has none of it");
	c.lpa = true;
	ok(pml_arm64_good_size(&r, &c, 12), "but of LPA");
	c.regime = PML_ARM64_EL10;
	r.mmfr[2] = 0;
	ok(!pml_arm64_good_size(&r, &c, 12), "which is not enough for stage 1");
}

/* A verdict begins with nothing of the one before. */
static void nothing_left(void)
{
	struct pml_arm64_verdict v;

	memset(&v, 0xa5, sizeof(v));
	pml_arm64_verdict_init(&v, 5);
	ok(v.reason == PML_ARM64_WHY_ALLOWED && !v.fault && !v.stage2 && !v.s1ptw &&
	   !v.table_level && !v.ec && !v.fsc && !v.level && v.va == 5 && !v.ipa &&
	   !v.slot_pa && !v.raw && !v.bits && !v.missing && !v.pa,
	   "a verdict begins with nothing");
	ok(!v.target.pa && !v.target.raw && !v.target.slot_pa && !v.target.rights &&
	   !v.target.level && !v.target.shift && v.target.kind == PML_NONCANONICAL &&
	   memcmp(&v.target, &v.outer, sizeof(v.outer)) == 0, "and leads nowhere");
}

int main(void)
{
	img = image_new(8);
	image_load(img, tables);
	blame();
	pages_and_tags();
	classes();
	second_stage();
	features();
	configured();
	wide_addresses();
	nothing_left();
	image_free(img);
	return tap_done();
}
