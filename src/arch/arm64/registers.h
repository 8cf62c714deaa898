/*
 * AArch64's registers, as struct pmap_target numbers them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_ARM64_REGISTERS_H
#define PMAP_ARM64_REGISTERS_H

#include <pml/regs-arm64.h>

#include "target/arch.h"

/*
 * In the order of pmap_arm64_exprs.  Those without a level in their name are of
 * the current regime: of EL1&0, EL2&0, EL2 or EL3, by PSTATE and HCR_EL2.
 */
enum pmap_arm64_reg {
	/* PMAP_REGS_TRANSLATE: where things are */
	PMAP_ARM64_CPSR,
	PMAP_ARM64_HCR,		/* 0 where the level has no EL2 above it */
	PMAP_ARM64_SECURE,	/* does it see secure memory?  0 or 1 */
	PMAP_ARM64_SCTLR, PMAP_ARM64_TCR,
	PMAP_ARM64_TTBR0, PMAP_ARM64_TTBR1, PMAP_ARM64_PC,
	PMAP_ARM64_WATCHED,
	PMAP_ARM64_VTCR = PMAP_ARM64_WATCHED, PMAP_ARM64_VTTBR,
	PMAP_ARM64_MMFR0, PMAP_ARM64_MMFR1, PMAP_ARM64_MMFR2,
	/*
	 * By --el 0 and 1, not 0: at EL2 with HCR_EL2.E2H GDB has EL2's under the names
	 * of EL1's, as an instruction there would (D24.1.2); QEMU from 11 on.
	 */
	PMAP_ARM64_REDIRECTED,
	PMAP_ARM64_TRANSLATE,
	/* PMAP_REGS_JUDGE: what may be done there, and what was done */
	PMAP_ARM64_MAIR = PMAP_ARM64_TRANSLATE, PMAP_ARM64_ESR, PMAP_ARM64_FAR,
	PMAP_ARM64_ELR, PMAP_ARM64_SPSR, PMAP_ARM64_ESR_EL2, PMAP_ARM64_FAR_EL2,
	PMAP_ARM64_HPFAR_EL2, PMAP_ARM64_ELR_EL2, PMAP_ARM64_SPSR_EL2,
	PMAP_ARM64_JUDGE,
	/* PMAP_REGS_INSN: what instructions use, and what an exception has saved */
	PMAP_ARM64_X = PMAP_ARM64_JUDGE,	/* 31 of them */
	PMAP_ARM64_SP = PMAP_ARM64_X + 31, PMAP_ARM64_SP_EL0, PMAP_ARM64_VBAR,
	PMAP_ARM64_DCZID,
	PMAP_ARM64_REGS,
	/* Not asked for: the level that --el, or --stage2, puts in the place of PSTATE's. */
	PMAP_ARM64_LEVEL = PMAP_ARM64_REGS,
};

extern const char *const pmap_arm64_exprs[PMAP_ARM64_REGS + 1];

/* PSTATE, as $cpsr has it. */
#define PMAP_ARM64_AARCH32	(1ULL << 4)
#define PMAP_ARM64_PAN		(1ULL << 22)
#define PMAP_ARM64_UAO		(1ULL << 23)

/* The level that is asked about: the option's, or the current one. */
static inline unsigned pmap_arm64_el(const struct pmap_target *target)
{
	return pmap_target_has(target, PMAP_ARM64_LEVEL) ?
	       pmap_target_reg(target, PMAP_ARM64_LEVEL) :
	       pmap_target_reg(target, PMAP_ARM64_CPSR) >> 2 & 3;
}

/* Is it another than the current one?  Then PSTATE is not its own. */
static inline bool pmap_arm64_is_elsewhere(const struct pmap_target *target)
{
	return pmap_arm64_el(target) !=
	       (pmap_target_reg(target, PMAP_ARM64_CPSR) >> 2 & 3);
}

/* Does the level that is asked about run instructions of AArch32? */
static inline bool pmap_arm64_is_aarch32(const struct pmap_target *target)
{
	return (pmap_target_reg(target, PMAP_ARM64_CPSR) & PMAP_ARM64_AARCH32) &&
	       !pmap_arm64_is_elsewhere(target);
}

/* The expressions by --el and --stage2: pmap_arch.exprs_for. */
const char *const *pmap_arm64_exprs_for(const struct pmap_options *opt);
/* The same for PMAP_ARM64_LEVEL: 0, or PMAP_STATUS_USAGE with a line in `why'. */
int pmap_arm64_choose_level(struct pmap_target *target,
			    const struct pmap_options *opt, char *why, size_t why_size);

/* The registers as the core wants them; what is not known is 0. */
void pmap_arm64_regs(const struct pmap_target *target,
		     struct pml_arm64_regs *regs_ret);

/* "TTBR0_EL1", of the current regime. */
const char *pmap_arm64_ttbr_name(enum pml_arm64_regime regime, bool upper);

/* Where NT_PRSTATUS has the program counter: after 31 registers and SP. */
#define PMAP_ARM64_PRSTATUS_PC	(112 + 32 * 8)

void pmap_arm64_dump_registers(struct pmap_target *target,
			       const struct pmap_dump *dump);

#endif
