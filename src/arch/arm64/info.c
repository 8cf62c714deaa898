/*
 * What `pmap info' and tables say of an AArch64 processor.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include <pml/compose.h>

#include "arch/arm64/arm64.h"
#include "memory/source.h"

#define HCR_FWB		(1ULL << 46)

/* --- Memory types -------------------------------------------------------- */

/* DDI 0487, D24.2.108: MAIR_ELx, the names as people write them. */
static const char *attribute(unsigned attr)
{
	static const char *const device[] = {
		"device-nGnRnE", "device-nGnRE", "device-nGRE", "device-GRE"
	};

	if (attr >> 4 == 0)
		return (attr & 3) == 0 ? device[attr >> 2 & 3] : "device";
	switch (attr) {
	case 0xff: return "wb";
	case 0xbb: return "wt";
	case 0x44: return "nc";
	case 0xf0: return "wb-tagged";
	case 0xee: return "wb-nowa";
	}
	return "normal";
}

/* D8.6.5: MemAttr without FWB. */
static const char *stage2_attribute(unsigned attr)
{
	static const char *const names[16] = {
		"device-nGnRnE", "device-nGnRE", "device-nGRE", "device-GRE",
		NULL, "nc", "nc/wt", "nc/wb", NULL, "wt/nc", "wt", "wt/wb",
		NULL, "wb/nc", "wb/wt", "wb",
	};

	return names[attr & 15];
}

/* The same with HCR_EL2.FWB: stage 2 decides, or leaves it to stage 1. */
static const char *forced_attribute(unsigned attr)
{
	static const char *const names[8] = {
		"device-nGnRnE", "device-nGnRE", "device-nGRE", "device-GRE",
		NULL, "nc", "wb", "stage-1"
	};

	return names[attr & 7];
}

const char *pmap_arm64_memory_type(const struct pmap_target *target,
				   const struct pml_format *fmt, int level,
				   uint64_t raw)
{
	unsigned index = pml_leaf_memtype(fmt, level, raw);

	if (fmt->memtype == PML_MT_ARM64_S2)
		return pmap_target_reg(target, PMAP_ARM64_HCR) & HCR_FWB ?
		       forced_attribute(index) : stage2_attribute(index);
	if (fmt->memtype != PML_MT_MAIR || !pmap_target_has(target, PMAP_ARM64_MAIR))
		return NULL;
	return attribute(pmap_target_reg(target, PMAP_ARM64_MAIR) >> index * 8 & 0xff);
}

bool pmap_arm64_memory_type_assumed(const struct pmap_target *target,
				    const struct pml_format *fmt)
{
	(void)target, (void)fmt;
	return false;
}

const char *pmap_arm64_outer_tables(const struct pmap_target *target)
{
	(void)target;
	return "stage 2";
}

/* --- The mode ------------------------------------------------------------- */

const char *pmap_arm64_root_name(const struct pmap_target *target,
				 const struct pml_space *space)
{
	bool upper = space == &target->upper ? !target->selected_upper :
		     space == &target->space && target->halves ? target->selected_upper :
		     space->fmt && space->fmt->upper;

	return pmap_arm64_ttbr_name((enum pml_arm64_regime)
				    pmap_arm64_mmu.regs.regime, upper);
}

void pmap_arm64_info_outer(struct pmap_query *q)
{
	const struct pml_space *outer = &q->target.outer;

	pmap_text_add(q->out, "outer      stage 2 (%s), %d-bit addresses, root 0x%" PRIx64 " (%s)\n",
		      outer->fmt->title, outer->fmt->va_bits, pml_root_pa(outer),
		      q->opt.stage2.text ? "--stage2" : "VTTBR_EL2");
}

static void add_half(struct pmap_query *q, const struct pml_space *space)
{
	if (!space->fmt)
		return;
	pmap_text_add(q->out, "           %s: %d-bit addresses, %d levels, 0x%" PRIx64 "-0x%" PRIx64 "\n",
		      pmap_arm64_root_name(&q->target, space), space->fmt->va_bits,
		      space->fmt->levels, pml_bottom(space->fmt),
		      pml_top(space->fmt));
}

/*
 * With KPTI Linux leaves EL0 a table in TTBR1 that maps little: its ASID is odd
 * then, and in the few instructions of EL1's that go from one to the other.
 * That this is Linux is a guess.
 */
static void add_trampoline(struct pmap_query *q)
{
	const struct pmap_target *t = &q->target;
	uint64_t ttbr1 = pmap_target_reg(t, PMAP_ARM64_TTBR1);

	if (t->upper.fmt && !q->opt.ttbr1.text &&
	    pmap_arm64_mmu.regs.regime == PML_ARM64_EL10 && (ttbr1 >> 48 & 1))
		pmap_text_add(q->out, "           if this is Linux with KPTI, TTBR1_EL1 has the trampoline's tables while EL0 runs: the kernel's are at --ttbr1 0x%" PRIx64 " (a guess)\n",
			      pml_root_pa(&t->upper) + 0x2000);
}

void pmap_arm64_info_mode(struct pmap_query *q)
{
	static const char *const names[] = {
		[PML_ARM64_EL10] = "EL1&0", [PML_ARM64_EL20] = "EL2&0",
		[PML_ARM64_EL2] = "EL2", [PML_ARM64_EL3] = "EL3",
	};
	const struct pmap_target *t = &q->target;

	if (q->opt.outer_alone)
		return;
	if (!t->format_given)
		pmap_text_add(q->out, "regime     %s; %s EL%u\n",
			      names[pmap_arm64_mmu.regs.regime],
			      q->opt.el ? "--el asks for" :
			      q->opt.stage2.text ? "--stage2 is for" :
			      "the processor is at",
			      pmap_arm64_el(t));
	add_half(q, &t->space);
	if (t->halves)
		add_half(q, &t->upper);
	add_trampoline(q);
}

/* --- Registers ------------------------------------------------------------ */

static const struct {
	enum pmap_arm64_reg reg;
	const char *name;
} shown[] = {
	{ PMAP_ARM64_TTBR0, "ttbr0" }, { PMAP_ARM64_TTBR1, "ttbr1" },
	{ PMAP_ARM64_TCR, "tcr" }, { PMAP_ARM64_SCTLR, "sctlr" },
	{ PMAP_ARM64_MAIR, "mair" }, { PMAP_ARM64_HCR, "hcr_el2" },
};

/* Bits that translation depends on. */
static const struct {
	enum pmap_arm64_reg reg;
	uint64_t mask;
	const char *name;
} controls[] = {
	{ PMAP_ARM64_SCTLR, PML_ARM64_SCTLR_M, "SCTLR.M" },
	{ PMAP_ARM64_SCTLR, PML_ARM64_SCTLR_WXN, "SCTLR.WXN" },
	{ PMAP_ARM64_SCTLR, PML_ARM64_SCTLR_EPAN, "SCTLR.EPAN" },
	{ PMAP_ARM64_CPSR, PMAP_ARM64_PAN, "PSTATE.PAN" },
	{ PMAP_ARM64_CPSR, PMAP_ARM64_UAO, "PSTATE.UAO" },
	{ PMAP_ARM64_HCR, PML_ARM64_HCR_VM, "HCR.VM" },
	{ PMAP_ARM64_HCR, PML_ARM64_HCR_TGE, "HCR.TGE" },
	{ PMAP_ARM64_HCR, PML_ARM64_HCR_E2H, "HCR.E2H" },
};

struct tcr_bit {
	uint64_t mask;
	const char *name;
};

/* TCR_EL2, without E2H, and TCR_EL3. */
static const struct tcr_bit tcr2_bits[] = {
	{ PML_ARM64_TCR2_HA, "TCR.HA" }, { PML_ARM64_TCR2_HD, "TCR.HD" },
	{ PML_ARM64_TCR2_DS, "TCR.DS" }, { PML_ARM64_TCR2_HPD, "TCR.HPD" },
	{ PML_ARM64_TCR2_TBI, "TCR.TBI" }, { PML_ARM64_TCR2_TBID, "TCR.TBID" },
	{ 0, NULL }
};

static const struct tcr_bit tcr_bits[] = {
	{ PML_ARM64_TCR_HA, "TCR.HA" }, { PML_ARM64_TCR_HD, "TCR.HD" },
	{ PML_ARM64_TCR_DS, "TCR.DS" },
	{ PML_ARM64_TCR_HPD(0), "TCR.HPD0" }, { PML_ARM64_TCR_HPD(1), "TCR.HPD1" },
	{ PML_ARM64_TCR_TBI(0), "TCR.TBI0" }, { PML_ARM64_TCR_TBI(1), "TCR.TBI1" },
	{ PML_ARM64_TCR_EPD(0), "TCR.EPD0" }, { PML_ARM64_TCR_EPD(1), "TCR.EPD1" },
	{ PML_ARM64_TCR_TBID(0), "TCR.TBID0" }, { PML_ARM64_TCR_TBID(1), "TCR.TBID1" },
	{ PML_ARM64_TCR_E0PD(0), "TCR.E0PD0" }, { PML_ARM64_TCR_E0PD(1), "TCR.E0PD1" },
	{ 0, NULL }
};

void pmap_arm64_info_registers(struct pmap_query *q)
{
	const struct pmap_target *t = &q->target;
	uint64_t tcr = pmap_target_reg(t, PMAP_ARM64_TCR);
	const struct tcr_bit *bit =
		pml_arm64_has_el0((enum pml_arm64_regime)pmap_arm64_mmu.regs.regime) ?
		tcr_bits : tcr2_bits;

	pmap_text_puts(q->out, "registers ");
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (pmap_target_has(t, shown[i].reg))
			pmap_text_add(q->out, " %s=0x%" PRIx64, shown[i].name,
				      pmap_target_reg(t, shown[i].reg));
		else
			pmap_text_add(q->out, " %s=?", shown[i].name);
	pmap_text_puts(q->out, "\ncontrols  ");
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		if (pmap_target_reg(t, controls[i].reg) & controls[i].mask)
			pmap_text_add(q->out, " %s", controls[i].name);
	while (bit->name && pmap_target_has(t, PMAP_ARM64_TCR)) {
		if (tcr & bit->mask)
			pmap_text_add(q->out, " %s", bit->name);
		bit++;
	}
	pmap_text_puts(q->out, "\n");
}

void pmap_arm64_info_assumptions(struct pmap_query *q)
{
	const struct pml_arm64_regs *regs = &pmap_arm64_mmu.regs;

	if (!regs->has_id)
		pmap_text_puts(q->out, "features   unknown (no ID_AA64MMFR0_EL1): all that the registers ask for is taken to be there\n");
	else
		pmap_text_add(q->out, "features   %u-bit physical addresses (PARange)%s%s\n",
			      pml_arm64_size(regs->mmfr[0] & 15),
			      pml_arm64_has(regs, 1, 0, 2) ? ", hardware AF and dirty state" : "",
			      pml_arm64_has(regs, 1, 20, 3) ? ", EPAN" :
			      pml_arm64_has(regs, 1, 20, 1) ? ", PAN" : "");
	if (q->target.secure)
		pmap_text_add(q->out, "security   %s: secure memory is %s\n",
			      regs->regime == PML_ARM64_EL3 ? "EL3" : "Secure (SCR_EL3.NS=0)",
			      q->source && q->source->ops->see_secure ? "read, too" :
			      "not read: only the source `qemu' does");
}
