/*
 * From an x86 processor's control registers to a space: which paging mode is
 * on, where its root is, what is reserved.
 *
 * Intel SDM vol. 3A, 4.1.1 (modes) and 2.5 (control registers); AMD APM vol. 2,
 * 7.10 (memory encryption).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_REGS_X86_H
#define PML_REGS_X86_H

#include <pml/formats.h>

#define PML_X86_CR0_PE	(1ULL << 0)
#define PML_X86_CR0_WP	(1ULL << 16)
#define PML_X86_CR0_PG	(1ULL << 31)
#define PML_X86_CR4_PSE	(1ULL << 4)
#define PML_X86_CR4_PAE	(1ULL << 5)
#define PML_X86_CR4_PGE	(1ULL << 7)
#define PML_X86_CR4_LA57	(1ULL << 12)
#define PML_X86_CR4_PCIDE	(1ULL << 17)
#define PML_X86_CR4_SMEP	(1ULL << 20)
#define PML_X86_CR4_SMAP	(1ULL << 21)
#define PML_X86_CR4_PKE	(1ULL << 22)
#define PML_X86_CR4_CET	(1ULL << 23)
#define PML_X86_CR4_PKS	(1ULL << 24)
#define PML_X86_EFER_LME	(1ULL << 8)
#define PML_X86_EFER_LMA	(1ULL << 10)
#define PML_X86_EFER_NXE	(1ULL << 11)
#define PML_X86_EFER_SVME	(1ULL << 12)
#define PML_X86_EFLAGS_VM	(1ULL << 17)
#define PML_X86_EFLAGS_AC	(1ULL << 18)

struct pml_x86_regs {
	uint64_t cr0, cr3, cr4, efer;
	uint8_t maxphyaddr;	/* CPUID.80000008H:EAX[7:0]; 0: not known, nothing above
				 * 51 counts */
	uint64_t encrypted;	/* AMD SME and SEV: the C-bit, as a mask; 0: there is none */
	bool amd;		/* an AMD processor: it has a reserved bit more, see format-x86.h */
};

/* Is it AMD's?  No other than AMD's architecture has an EFER.SVME. */
static inline bool pml_x86_is_amd(const struct pml_x86_regs *regs)
{
	return regs->amd || (regs->efer & PML_X86_EFER_SVME);
}

/* Is it a processor's own paging, rather than nested or extended tables? */
static inline bool pml_x86_is_own(const struct pml_format *fmt)
{
	return fmt->memtype == PML_MT_PAT &&
	       (fmt->sign_extended || fmt->va_bits == 32);
}

/*
 * The format that the registers select; NULL if paging is off, when every
 * address is its own physical address.
 */
static inline const struct pml_format *
pml_x86_format(const struct pml_x86_regs *regs)
{
	if (!(regs->cr0 & PML_X86_CR0_PG))
		return NULL;
	if ((regs->efer & PML_X86_EFER_LMA) && (regs->cr4 & PML_X86_CR4_LA57))
		return pml_x86_is_amd(regs) ? &pml_amd64_5 : &pml_x86_64_5;
	if (regs->efer & PML_X86_EFER_LMA)
		return pml_x86_is_amd(regs) ? &pml_amd64_4 : &pml_x86_64_4;
	if (regs->cr4 & PML_X86_CR4_PAE)
		return &pml_x86_pae;
	return regs->cr4 & PML_X86_CR4_PSE ? &pml_x86_32_pse : &pml_x86_32;
}

/* Bits that the processor keeps reserved with `maxphyaddr` (32..52) address bits. */
static inline uint64_t pml_x86_rsvd_above(unsigned maxphyaddr)
{
	return ((1ULL << 52) - 1) & ~((1ULL << maxphyaddr) - 1);
}

/*
 * Bits that are reserved in every present entry of `fmt` on this processor.
 * MAXPHYADDR does not limit 32-bit entries, only what PSE-36 composes: see
 * pml_x86_pa_rsvd().
 */
static inline uint64_t pml_x86_rsvd(const struct pml_format *fmt,
				    const struct pml_x86_regs *regs)
{
	uint64_t rsvd = 0;

	if (regs->maxphyaddr)
		rsvd = pml_x86_rsvd_above(regs->maxphyaddr);
	if (!(regs->efer & PML_X86_EFER_NXE))
		rsvd |= fmt->nx;
	return rsvd & ~regs->encrypted;
}

/* Bits that no address may have, for the space's pa_rsvd: PSE-36 alone needs them. */
static inline uint64_t pml_x86_pa_rsvd(const struct pml_x86_regs *regs)
{
	return regs->maxphyaddr ? pml_x86_rsvd_above(regs->maxphyaddr) &
				  ~regs->encrypted : 0;
}

/*
 * Set up what the registers say of a space; its memory stays the caller's to
 * set.  False if paging is off: nothing is changed then.
 */
static inline bool pml_x86_space(const struct pml_x86_regs *regs,
				 struct pml_space *space)
{
	const struct pml_format *fmt = pml_x86_format(regs);

	if (!fmt)
		return false;
	space->fmt = fmt;
	space->root = regs->cr3;
	space->rsvd = pml_x86_rsvd(fmt, regs);
	space->pa_rsvd = pml_x86_pa_rsvd(regs);
	space->ignored = 0;
	space->encrypted = regs->encrypted;
	space->no_leaf = 0;
	space->options = 0;
	return true;
}

#endif
