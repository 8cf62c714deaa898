/*
 * From the CSRs of RISC-V to spaces: which tables are in force for whom, and
 * what their entries may say.
 *
 * Sections are those of the RISC-V Instruction Set Manual, volume II
 * (privileged architecture), by name: "Supervisor-Level ISA", "Hypervisor
 * Extension", "Machine-Level ISA".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_REGS_RISCV_H
#define PML_REGS_RISCV_H

#include <pml/format-riscv.h>
#include <pml/pmp-riscv.h>

/* Privilege modes; V is beside them: VS is S with V=1. */
enum pml_riscv_priv {
	PML_RISCV_MODE_U = 0,
	PML_RISCV_MODE_S = 1,
	PML_RISCV_MODE_M = 3,
};

/* mstatus; sstatus and vsstatus have those that are the supervisor's. */
#define PML_RISCV_MSTATUS_SPP	(1ULL << 8)	/* where sret goes: S, not U */
#define PML_RISCV_MSTATUS_MPP	PML_BITS(11, 12)	/* where mret goes */
#define PML_RISCV_MSTATUS_MPRV	(1ULL << 17)	/* loads and stores of M are MPP's */
#define PML_RISCV_MSTATUS_SUM	(1ULL << 18)	/* S may access U's pages */
#define PML_RISCV_MSTATUS_MXR	(1ULL << 19)	/* what can be executed can be loaded */
#define PML_RISCV_MSTATUS_SBE	(1ULL << 36)	/* tables are big-endian: not supported */
#define PML_RISCV_MSTATUS_GVA	(1ULL << 38)	/* mtval is a guest's virtual address */
#define PML_RISCV_MSTATUS_MPV	(1ULL << 39)	/* MPP's is with V=1 */

#define PML_RISCV_HSTATUS_VSBE	(1ULL << 5)	/* the VS stage's are: not supported */
#define PML_RISCV_HSTATUS_GVA	(1ULL << 6)
#define PML_RISCV_HSTATUS_SPV	(1ULL << 7)	/* sret goes to V=1 */
#define PML_RISCV_HSTATUS_SPVP	(1ULL << 8)	/* HLV and HSV are VS's, not VU's */
#define PML_RISCV_HSTATUS_HUPMM	PML_BITS(48, 49)	/* pointer masking: HLV, HSV in U */

/* menvcfg; henvcfg has the same for V=1, senvcfg PMM alone, mseccfg PMM for M. */
#define PML_RISCV_ENVCFG_PMM	PML_BITS(32, 33)	/* pointer masking, one mode below */
#define PML_RISCV_ENVCFG_ADUE	(1ULL << 61)	/* Svadu: hardware sets A and D */
#define PML_RISCV_ENVCFG_PBMTE	(1ULL << 62)	/* Svpbmt is on */

/* MODE of satp, vsatp and hgatp (the x4 formats there), 64 bits wide. */
enum pml_riscv_satp_mode {
	PML_RISCV_BARE = 0,
	PML_RISCV_SV39 = 8,
	PML_RISCV_SV48 = 9,
	PML_RISCV_SV57 = 10,
};

/*
 * What the hart has, and no register tells.  PML_RISCV_HAS_ALL is the default
 * for a hart that is not known: then nothing counts as reserved that it may
 * have, and A and D are as the manual has them.
 */
enum pml_riscv_has {
	PML_RISCV_SVNAPOT = 1,		/* else N is reserved */
	PML_RISCV_SVPBMT = 2,		/* else PBMT is, whatever PBMTE says */
	PML_RISCV_SVADU = 4,		/* ADUE decides who sets A and D; without it: */
	PML_RISCV_SETS_AD = 8,		/* hardware does.  Else it faults (Svade) */
	PML_RISCV_HAS_ALL = PML_RISCV_SVNAPOT | PML_RISCV_SVPBMT |
			    PML_RISCV_SVADU,
};

/*
 * The registers; those of extensions that the hart does not have are 0.  Where
 * menvcfg is not known, it is best to assume PBMTE and ADUE, as for `has`.
 */
struct pml_riscv_regs {
	uint8_t xlen;		/* of S mode, for satp's layout: 64, or 32; 0 is 64 */
	uint8_t priv;		/* of enum pml_riscv_priv: now */
	bool v;			/* V=1: in a guest */
	uint32_t has;		/* of enum pml_riscv_has */
	/*
	 * As the architecture has them.  Debuggers may show vsstatus in the
	 * place of mstatus' fields, and vsatp in that of satp, while V=1.
	 */
	uint64_t mstatus, satp;
	uint64_t menvcfg, senvcfg;
	uint64_t hstatus, vsstatus, vsatp, hgatp, henvcfg;
	struct pml_riscv_pmp pmp;	/* with mseccfg; count 0: not known */
};

/* As whom an access is made. */
struct pml_riscv_as {
	uint8_t priv;		/* of enum pml_riscv_priv */
	bool v;
};

static inline bool pml_riscv_is_32(const struct pml_riscv_regs *regs)
{
	return regs->xlen == 32;
}

/* MODE of a register like satp: of enum pml_riscv_satp_mode; Sv32 is 1. */
static inline unsigned pml_riscv_mode(uint64_t satp, bool is_32)
{
	return is_32 ? satp >> 31 & 1 : satp >> 60;
}

/* "Supervisor Address Translation and Protection (satp) Register". */
static inline unsigned pml_riscv_asid(uint64_t satp, bool is_32)
{
	return is_32 ? satp >> 22 & 0x1ff : satp >> 44 & 0xffff;
}

/* hgatp's VMID. */
static inline unsigned pml_riscv_vmid(uint64_t hgatp, bool is_32)
{
	return is_32 ? hgatp >> 22 & 0x7f : hgatp >> 44 & 0x3fff;
}

/*
 * What satp or vsatp (`g` false), or hgatp, chooses: NULL for Bare, and for a
 * MODE that is none, which no hart lets be written.
 */
static inline const struct pml_format *
pml_riscv_format(uint64_t satp, bool is_32, bool g)
{
	unsigned mode = pml_riscv_mode(satp, is_32);

	if (is_32)
		return !mode ? NULL : g ? &pml_sv32x4 : &pml_sv32;
	switch (mode) {
	case PML_RISCV_SV39:
		return g ? &pml_sv39x4 : &pml_sv39;
	case PML_RISCV_SV48:
		return g ? &pml_sv48x4 : &pml_sv48;
	case PML_RISCV_SV57:
		return g ? &pml_sv57x4 : &pml_sv57;
	default:
		return NULL;
	}
}

/* MPP as a mode. */
static inline unsigned pml_riscv_mpp(uint64_t mstatus)
{
	return mstatus >> 11 & 3;
}

/*
 * As whom fetches, or loads and stores, are made: MPRV bears on the latter in M
 * mode, "Memory Privilege in mstatus Register".
 */
static inline struct pml_riscv_as
pml_riscv_as(const struct pml_riscv_regs *regs, bool fetch)
{
	struct pml_riscv_as as = { .priv = regs->priv, .v = regs->v };

	if (fetch || regs->priv != PML_RISCV_MODE_M ||
	    !(regs->mstatus & PML_RISCV_MSTATUS_MPRV))
		return as;
	as.priv = pml_riscv_mpp(regs->mstatus);
	as.v = as.priv != PML_RISCV_MODE_M &&
	       (regs->mstatus & PML_RISCV_MSTATUS_MPV);
	return as;
}

/* The same for HLV, HLVX and HSV: in the guest, as SPVP says. */
static inline struct pml_riscv_as
pml_riscv_as_guest(const struct pml_riscv_regs *regs)
{
	struct pml_riscv_as as = { .priv = PML_RISCV_MODE_U, .v = true };

	if (regs->hstatus & PML_RISCV_HSTATUS_SPVP)
		as.priv = PML_RISCV_MODE_S;
	return as;
}

/*
 * The stages of translation.  S is satp's, for V=0; VS is vsatp's, and G
 * hgatp's, which the G stage's tables and all of VS's go through.
 */
enum pml_riscv_stage { PML_RISCV_STAGE_S, PML_RISCV_STAGE_VS, PML_RISCV_STAGE_G };

/*
 * menvcfg, and for the VS stage henvcfg as well, which reads as 0 where menvcfg
 * has 0: "Hypervisor Environment Configuration Register".
 */
static inline uint64_t pml_riscv_envcfg(const struct pml_riscv_regs *regs,
					enum pml_riscv_stage stage)
{
	return stage == PML_RISCV_STAGE_VS ? regs->menvcfg & regs->henvcfg
				     : regs->menvcfg;
}

/* Does hardware set A and D in this stage's entries?  "Svadu". */
static inline bool pml_riscv_sets_ad(const struct pml_riscv_regs *regs,
				     enum pml_riscv_stage stage)
{
	if (regs->has & PML_RISCV_SVADU)
		return pml_riscv_envcfg(regs, stage) & PML_RISCV_ENVCFG_ADUE;
	return regs->has & PML_RISCV_SETS_AD;
}

/* Does PBMT count? */
static inline bool pml_riscv_has_pbmt(const struct pml_riscv_regs *regs,
				      enum pml_riscv_stage stage)
{
	return (regs->has & PML_RISCV_SVPBMT) &&
	       (pml_riscv_envcfg(regs, stage) & PML_RISCV_ENVCFG_PBMTE);
}

/* Bits that every present entry of a stage must have 0, besides its format's. */
static inline uint64_t pml_riscv_rsvd(const struct pml_riscv_regs *regs,
				      enum pml_riscv_stage stage)
{
	uint64_t rsvd = 0;

	if (pml_riscv_is_32(regs))
		return 0;
	if (!(regs->has & PML_RISCV_SVNAPOT))
		rsvd |= PML_RISCV_N;
	if (!pml_riscv_has_pbmt(regs, stage))
		rsvd |= PML_RISCV_PBMT;
	return rsvd;
}

/* MXR, as `as` has it: vsstatus' is for V=1 alone, mstatus' for all. */
static inline bool pml_riscv_mxr(const struct pml_riscv_regs *regs,
				 struct pml_riscv_as as)
{
	uint64_t status = regs->mstatus | (as.v ? regs->vsstatus : 0);

	return status & PML_RISCV_MSTATUS_MXR;
}

static inline bool pml_riscv_sum(const struct pml_riscv_regs *regs,
				 struct pml_riscv_as as)
{
	return (as.v ? regs->vsstatus : regs->mstatus) & PML_RISCV_MSTATUS_SUM;
}

/*
 * Address bits that a load or store made as `as` ignores: "Pointer Masking
 * Extensions".  0 where MXR is set, and for 32 bits.  `hlv`: by HLV or HSV,
 * which U mode has a field of its own for.
 */
static inline uint64_t pml_riscv_ignored(const struct pml_riscv_regs *regs,
					 struct pml_riscv_as as, bool hlv)
{
	uint64_t field = regs->senvcfg & PML_RISCV_ENVCFG_PMM;

	if (pml_riscv_is_32(regs) || pml_riscv_mxr(regs, as))
		return 0;
	if (as.priv == PML_RISCV_MODE_M)
		field = regs->pmp.mseccfg & PML_RISCV_ENVCFG_PMM;
	else if (as.priv == PML_RISCV_MODE_S)
		field = (as.v ? regs->henvcfg : regs->menvcfg) &
			PML_RISCV_ENVCFG_PMM;
	else if (hlv && regs->priv == PML_RISCV_MODE_U)
		field = (regs->hstatus & PML_RISCV_HSTATUS_HUPMM) >> 16;
	switch (field >> 32) {
	case 2:
		return PML_BITS(57, 63);
	case 3:
		return PML_BITS(48, 63);
	default:
		return 0;
	}
}

/*
 * All that the registers say, set up once.  A stage whose MODE is Bare has a
 * `fmt` of NULL.  The spaces' `ignored` is what the current mode ignores.
 */
struct pml_riscv_mmu {
	struct pml_riscv_regs regs;
	struct pml_space s, vs, g;
};

/* One stage; its memory is the caller's to set. */
static inline void pml_riscv_space(const struct pml_riscv_regs *regs,
				   enum pml_riscv_stage stage,
				   struct pml_space *space)
{
	uint64_t root = stage == PML_RISCV_STAGE_S ? regs->satp :
			stage == PML_RISCV_STAGE_VS ? regs->vsatp : regs->hgatp;

	space->fmt = pml_riscv_format(root, pml_riscv_is_32(regs),
				      stage == PML_RISCV_STAGE_G);
	space->root = root;
	space->rsvd = pml_riscv_rsvd(regs, stage);
	space->pa_rsvd = space->ignored = space->encrypted = 0;
	space->no_leaf = space->options = 0;
	if (stage != PML_RISCV_STAGE_G)
		space->ignored = pml_riscv_ignored(regs,
						   pml_riscv_as(regs, false),
						   false);
}

/* Set up what `regs` say, over memory that `at` reads. */
static inline void
pml_riscv_mmu_init(struct pml_riscv_mmu *mmu, const struct pml_riscv_regs *regs,
		   const void *(*at)(void *ctx, uint64_t pa, size_t size),
		   void *ctx)
{
	mmu->regs = *regs;
	pml_riscv_space(regs, PML_RISCV_STAGE_S, &mmu->s);
	pml_riscv_space(regs, PML_RISCV_STAGE_VS, &mmu->vs);
	pml_riscv_space(regs, PML_RISCV_STAGE_G, &mmu->g);
	mmu->s.at = mmu->vs.at = mmu->g.at = at;
	mmu->s.ctx = mmu->vs.ctx = mmu->g.ctx = ctx;
}

#endif
