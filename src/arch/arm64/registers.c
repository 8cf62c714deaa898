/*
 * AArch64's registers: GDB's names for them, and what a crash dump knows
 * instead.
 *
 * Each system register is a packet of its own, so that an expression reads only
 * the level that counts.  QEMU up to 10 calls SCTLR_EL1 SCTLR and VBAR_EL1 VBAR;
 * from 11 on $cpsr is a set of flags, which GDB does not cast.  Registers that a
 * machine lacks are void.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/arm64/registers.h"

#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "memory/vmcoreinfo.h"

#define EL_OF_NOW	"($cpsr >> 2 & 3)"
/* NS and EEL2; without EL3 there is nothing but Non-secure. */
#define SCR	"($_isvoid($SCR_EL3) ? 1L : (long)$SCR_EL3)"
#define SECURE(el)	"((" el " == 3) | ((" SCR " & (" el " == 2 ? 0x40001 : 1)) == " \
	"(" el " == 2 ? 0x40000 : 0)))"
/* EL1 and EL0 have no EL2 above them: Secure, and SCR_EL3.EEL2 is 0. */
#define ALONE(el)	"((" el " < 2) & ((" SCR " & 0x40001) == 0))"
/* long long: GDB's long has 32 bits where the processor begins in AArch32. */
#define HCR(el)	"($_isvoid($HCR_EL2) ? 0ULL : " ALONE(el) " ? 0ULL : " \
	"(unsigned long long)$HCR_EL2)"
#define E2H(el)	"(" HCR(el) " >> 34 & 1)"
/*
 * EL0 below a host: E2H and TGE.  Not with || and &&: GDB looks at the types of
 * both their sides without values, and takes a void register for one.
 */
#define HOSTED(el)	"((" el " == 0) & ((" HCR(el) " >> 27 & 0x81) == 0x81))"
#define OF_EL2(el)	"((" el " == 2) | " HOSTED(el) ")"

/* The register of the level that translates. */
#define BY_LEVEL(el, el3, el2, el1) \
	"(unsigned long)(" el " == 3 ? (long)" el3 " : " OF_EL2(el) " ? (long)" el2 \
	" : (long)" el1 ")"
/* By its name of today, or by that of before. */
#define RENAMED(new, old) \
	"($_isvoid(" old ") ? (unsigned long)" new " : (unsigned long)" old ")"
/* One of EL2's that counts where stage 2 is on. */
#define STAGE2(on, reg)	"(unsigned long)(" on " ? (long)" reg " : 0L)"

#define X(n)	[PMAP_ARM64_X + n] = "(unsigned long)$x" #n

/* None differs: nobody has both levels' tables in one place. */
#define REDIRECTED	"(unsigned long)((" EL_OF_NOW " == 2) & " E2H(EL_OF_NOW) " ? " \
	"($TCR_EL1 == $TCR_EL2) & ($TTBR0_EL1 == $TTBR0_EL2) & ($TTBR1_EL1 == $TTBR1_EL2) : 0)"

/* `on': when stage 2's registers are of interest; `redirected': EL1's are. */
#define EXPRS(el, on, redirected) { \
	[PMAP_ARM64_CPSR] = "$cpsr", \
	[PMAP_ARM64_HCR] = HCR(el), \
	[PMAP_ARM64_SECURE] = "(unsigned long)" SECURE(el), \
	[PMAP_ARM64_SCTLR] = BY_LEVEL(el, "$SCTLR_EL3", "$SCTLR_EL2", \
		RENAMED("$SCTLR_EL1", "$SCTLR")), \
	[PMAP_ARM64_TCR] = BY_LEVEL(el, "$TCR_EL3", "$TCR_EL2", "$TCR_EL1"), \
	[PMAP_ARM64_TTBR0] = BY_LEVEL(el, "$TTBR0_EL3", "$TTBR0_EL2", "$TTBR0_EL1"), \
	/* EL3 and EL2 alone have one. */ \
	[PMAP_ARM64_TTBR1] = "(unsigned long)((" el " == 3) | ((" el " == 2) & !" E2H(el) \
		") ? 0L : " OF_EL2(el) " ? (long)$TTBR1_EL2 : (long)$TTBR1_EL1)", \
	[PMAP_ARM64_PC] = "(unsigned long)$pc", \
	[PMAP_ARM64_VTCR] = STAGE2(on, "$VTCR_EL2"), \
	[PMAP_ARM64_VTTBR] = STAGE2(on, "$VTTBR_EL2"), \
	[PMAP_ARM64_MMFR0] = "(unsigned long)$ID_AA64MMFR0_EL1", \
	[PMAP_ARM64_MMFR1] = "(unsigned long)$ID_AA64MMFR1_EL1", \
	[PMAP_ARM64_MMFR2] = "(unsigned long)$ID_AA64MMFR2_EL1", \
	[PMAP_ARM64_REDIRECTED] = redirected, \
	[PMAP_ARM64_MAIR] = BY_LEVEL(el, "$MAIR_EL3", "$MAIR_EL2", "$MAIR_EL1"), \
	[PMAP_ARM64_ESR] = BY_LEVEL(el, "$ESR_EL3", "$ESR_EL2", "$ESR_EL1"), \
	[PMAP_ARM64_FAR] = BY_LEVEL(el, "$FAR_EL3", "$FAR_EL2", "$FAR_EL1"), \
	[PMAP_ARM64_ELR] = BY_LEVEL(el, "$ELR_EL3", "$ELR_EL2", "$ELR_EL1"), \
	[PMAP_ARM64_SPSR] = BY_LEVEL(el, "$SPSR_EL3", "$SPSR_EL2", "$SPSR_EL1"), \
	[PMAP_ARM64_ESR_EL2] = "(unsigned long)$ESR_EL2", \
	[PMAP_ARM64_FAR_EL2] = "(unsigned long)$FAR_EL2", \
	[PMAP_ARM64_HPFAR_EL2] = "(unsigned long)$HPFAR_EL2", \
	[PMAP_ARM64_ELR_EL2] = "(unsigned long)$ELR_EL2", \
	[PMAP_ARM64_SPSR_EL2] = "(unsigned long)$SPSR_EL2", \
	X(0), X(1), X(2), X(3), X(4), X(5), X(6), X(7), X(8), X(9), X(10), X(11), \
	X(12), X(13), X(14), X(15), X(16), X(17), X(18), X(19), X(20), X(21), \
	X(22), X(23), X(24), X(25), X(26), X(27), X(28), X(29), X(30), \
	[PMAP_ARM64_SP] = "(unsigned long)$sp", \
	[PMAP_ARM64_SP_EL0] = "(unsigned long)$SP_EL0", \
	[PMAP_ARM64_VBAR] = BY_LEVEL(el, "$VBAR_EL3", "$VBAR_EL2", \
		RENAMED("$VBAR_EL1", "$VBAR")), \
	[PMAP_ARM64_DCZID] = "(unsigned long)$DCZID_EL0", \
}

const char *const pmap_arm64_exprs[PMAP_ARM64_REGS + 1] =
	EXPRS(EL_OF_NOW, "(" EL_OF_NOW " < 2) & ((" HCR(EL_OF_NOW) " & 0x8000001) == 1)", "0");

/* A scan looks for roots of stage 2 whatever runs. */
static const char *const for_scan[PMAP_ARM64_REGS + 1] = EXPRS(EL_OF_NOW, "1", "0");

/* Of a level by its number. */
static const char *const of_level[4][PMAP_ARM64_REGS + 1] = {
	EXPRS("0", "1", REDIRECTED), EXPRS("1", "1", REDIRECTED),
	EXPRS("2", "0", "0"), EXPRS("3", "0", "0"),
};

static const char *const for_scan_above[2][PMAP_ARM64_REGS + 1] = {
	EXPRS("2", "1", "0"), EXPRS("3", "1", "0"),
};

/* --el: 0 to 3; -1: not given, or nothing of these. */
static int level_option(const struct pmap_options *opt)
{
	const char *el = opt->el;

	return el && el[0] >= '0' && el[0] <= '3' && !el[1] ? el[0] - '0' : -1;
}

const char *const *pmap_arm64_exprs_for(const struct pmap_options *opt)
{
	int el = level_option(opt);

	/* What stage 2 is for. */
	if (el < 0 && opt->stage2.text)
		el = 1;
	if (el < 0)
		return opt->scan ? for_scan : pmap_arm64_exprs;
	return opt->scan && el > 1 ? for_scan_above[el - 2] : of_level[el];
}

int pmap_arm64_choose_level(struct pmap_target *target,
			    const struct pmap_options *opt, char *why, size_t size)
{
	unsigned now = pmap_target_reg(target, PMAP_ARM64_CPSR) >> 2 & 3;
	bool hosted = pmap_target_reg(target, PMAP_ARM64_HCR) & PML_ARM64_HCR_TGE;
	int el = level_option(opt);

	if (opt->el && el < 0) {
		snprintf(why, size, "--el %s: there are 0, 1, 2 and 3", opt->el);
		return PMAP_STATUS_USAGE;
	}
	if (opt->stage2.text && el > 1) {
		snprintf(why, size, "--stage2 is for EL1 and EL0: --el %d has one stage", el);
		return PMAP_STATUS_USAGE;
	}
	if (opt->stage2.text && el < 0)
		el = now == 0 && !hosted ? 0 : 1;
	if (el >= 0)
		pmap_target_set(target, PMAP_ARM64_LEVEL, el, PMAP_FROM_USER);
	return 0;
}

/* D8.1.2: who is translated for. */
static enum pml_arm64_regime regime_of(const struct pmap_target *target)
{
	uint64_t hcr = pmap_target_reg(target, PMAP_ARM64_HCR);
	bool e2h = hcr & PML_ARM64_HCR_E2H;

	switch (pmap_arm64_el(target)) {
	case 3:
		return PML_ARM64_EL3;
	case 2:
		return e2h ? PML_ARM64_EL20 : PML_ARM64_EL2;
	case 0:
		return e2h && (hcr & PML_ARM64_HCR_TGE) ? PML_ARM64_EL20
							 : PML_ARM64_EL10;
	default:
		return PML_ARM64_EL10;
	}
}

void pmap_arm64_regs(const struct pmap_target *target,
		     struct pml_arm64_regs *regs)
{
	*regs = (struct pml_arm64_regs){
		.regime = regime_of(target),
		.has_id = pmap_target_has(target, PMAP_ARM64_MMFR0),
		.sctlr = pmap_target_reg(target, PMAP_ARM64_SCTLR),
		.tcr = pmap_target_reg(target, PMAP_ARM64_TCR),
		.ttbr = { pmap_target_reg(target, PMAP_ARM64_TTBR0),
			  pmap_target_reg(target, PMAP_ARM64_TTBR1) },
		.hcr = pmap_target_reg(target, PMAP_ARM64_HCR),
		.vtcr = pmap_target_reg(target, PMAP_ARM64_VTCR),
		.vttbr = pmap_target_reg(target, PMAP_ARM64_VTTBR),
		.mmfr = { pmap_target_reg(target, PMAP_ARM64_MMFR0),
			  pmap_target_reg(target, PMAP_ARM64_MMFR1),
			  pmap_target_reg(target, PMAP_ARM64_MMFR2) },
	};
}

const char *pmap_arm64_ttbr_name(enum pml_arm64_regime regime, bool upper)
{
	switch (regime) {
	case PML_ARM64_EL10:
		return upper ? "TTBR1_EL1" : "TTBR0_EL1";
	case PML_ARM64_EL20:
		return upper ? "TTBR1_EL2" : "TTBR0_EL2";
	case PML_ARM64_EL2:
		return "TTBR0_EL2";
	case PML_ARM64_EL3:
		return "TTBR0_EL3";
	default:
		return "VTTBR_EL2";
	}
}

/*
 * TCR_EL1 as Linux has it, by what VMCOREINFO tells of it: the upper half alone,
 * for which process' tables TTBR0 has had nothing tells.
 */
static uint64_t linux_tcr(const char *text, uint64_t t1sz)
{
	uint64_t page = pmap_vmcoreinfo_number(text, "PAGESIZE", NULL);
	bool large = t1sz < 16;	/* 52 bits: LPA2, unless a page has 64 KiB */
	unsigned tg1 = page == 0x10000 ? 3 : page == 0x4000 ? 1 : 2;
	unsigned tg0 = page == 0x10000 ? 1 : page == 0x4000 ? 2 : 0;

	return 16 | t1sz << 16 | (uint64_t)tg0 << 14 | (uint64_t)tg1 << 30 |
	       (large || page == 0x10000 ? 6ULL : 5ULL) << 32 |
	       (large && page != 0x10000 ? PML_ARM64_TCR_DS : 0) |
	       PML_ARM64_TCR_EPD(0);
}

/* How sure is it that these are its tables?  They have to map their own root. */
static enum pmap_from linux_from(const struct pmap_dump *dump, uint64_t tcr,
				 uint64_t ttbr, uint64_t va)
{
	const struct pml_arm64_regs regs = {
		.regime = PML_ARM64_EL10, .sctlr = PML_ARM64_SCTLR_M,
		.tcr = tcr, .ttbr = { 0, ttbr },
	};
	struct pml_arm64_mmu mmu;

	pml_arm64_mmu_init(&mmu, &regs, NULL, NULL);
	return mmu.has_half[1] ? pmap_dump_from(dump, mmu.half[1], va) :
				 PMAP_FROM_ASSUMPTION;
}

/*
 * Linux: swapper_pg_dir is in the image, of which kimage_voffset says where it
 * is, since 4.10; TCR_EL1_T1SZ since 5.9, VA_BITS before.
 */
void pmap_arm64_dump_registers(struct pmap_target *target,
			       const struct pmap_dump *dump)
{
	const char *text = dump->vmcoreinfo;
	bool has_root, has_offset, has_size;
	uint64_t root, offset, size, tcr;
	enum pmap_from from;

	if (!text)
		return;
	root = pmap_vmcoreinfo_address(text, "SYMBOL(swapper_pg_dir)", &has_root);
	offset = pmap_vmcoreinfo_address(text, "NUMBER(kimage_voffset)", &has_offset);
	size = pmap_vmcoreinfo_address(text, "NUMBER(TCR_EL1_T1SZ)", &has_size);
	if (!has_size)
		size = 64 - pmap_vmcoreinfo_number(text, "NUMBER(VA_BITS)", &has_size);
	if (!has_root || !has_offset || !has_size || size < 12 || size > 48)
		return;
	tcr = linux_tcr(text, size);
	from = linux_from(dump, tcr, root - offset, root);
	/* Whatever level was stopped at: at EL2 it is VHE's, with the same tables. */
	if (!pmap_target_has(target, PMAP_ARM64_CPSR) ||
	    (pmap_target_reg(target, PMAP_ARM64_CPSR) >> 2 & 3) > 1)
		pmap_target_set(target, PMAP_ARM64_LEVEL, 1, PMAP_FROM_ASSUMPTION);
	pmap_target_set(target, PMAP_ARM64_SCTLR, PML_ARM64_SCTLR_M, from);
	pmap_target_set(target, PMAP_ARM64_TCR, tcr, from);
	pmap_target_set(target, PMAP_ARM64_TTBR1, root - offset, from);
	pmap_target_set(target, PMAP_ARM64_TTBR0, 0, PMAP_FROM_ASSUMPTION);
}
