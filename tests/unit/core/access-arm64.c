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
	a.size = 4;
	ok(ask(&r, a).reason == PML_ARM64_WHY_ALLOWED, "not if it ends before");
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

int main(void)
{
	img = image_new(8);
	image_load(img, tables);
	blame();
	pages_and_tags();
	classes();
	image_free(img);
	return tap_done();
}
