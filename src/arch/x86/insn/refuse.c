/*
 * What the processor refuses as soon as it has decoded an instruction, before
 * it looks at any operand in memory.
 *
 * Intel SDM vol. 3A, 2.5 (control registers), 5.9 (privileged instructions),
 * 20.2 (virtual-8086 mode); vol. 1, 13.1 (SSE and AVX).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include <pml/access-x86.h>

#include "arch/x86/insn/impl.h"

#define CR0_EM		(1ULL << 2)
#define CR0_TS		(1ULL << 3)
#define CR4_VME		(1ULL << 0)
#define CR4_PVI		(1ULL << 1)
#define CR4_OSFXSR	(1ULL << 9)
#define CR4_UMIP	(1ULL << 11)
#define CR4_OSXSAVE	(1ULL << 18)

static void refuse(struct insn_decode *d, unsigned exception, const char *why)
{
	if (d->insn->exception)
		return;
	d->insn->exception = exception;
	d->insn->why = why;
}

static bool has_reg(const struct insn_decode *d, unsigned class)
{
	unsigned i;

	for (i = 0; i < d->operands; i++)
		if ((d->operand[i].kind == INSN_REG &&
		     d->operand[i].reg.class == class) ||
		    (d->operand[i].kind == INSN_MEM &&
		     d->operand[i].index.class == class))
			return true;
	return false;
}

static const char only_cpl0[] = "only CPL 0 may do this";

static void refuse_privilege(struct insn_decode *d, unsigned flags)
{
	const struct pmap_regs *regs = d->regs;
	bool system = !strcmp(d->mnemonic, "mov") && has_reg(d, INSN_SYSTEM);

	if (!regs->cpl)
		return;
	if (flags & INSN_HIDDEN)
		refuse(d, PMAP_UD, only_cpl0);
	if (flags & INSN_PRIVILEGED || system)
		refuse(d, PML_X86_GP, only_cpl0);
	if (flags & INSN_UMIP && regs->cr4 & CR4_UMIP)
		refuse(d, PML_X86_GP, "only CPL 0 may do this with CR4.UMIP=1");
}

/* CLI, STI, and in virtual-8086 mode what else has to do with interrupts. */
static void refuse_iopl(struct insn_decode *d, unsigned flags)
{
	const struct pmap_regs *regs = d->regs;
	unsigned iopl = regs->rflags >> 12 & 3;

	if (!(flags & INSN_IOPL) && !(flags & INSN_VM86_IOPL && regs->vm86))
		return;
	if (regs->cpl <= iopl)
		return;
	if (regs->vm86 && regs->cr4 & CR4_VME)
		d->insn->unknown = "CR4.VME=1: it may be a virtual interrupt flag's";
	else if (regs->vm86 || regs->cpl < 3 || !(regs->cr4 & CR4_PVI))
		refuse(d, PML_X86_GP, "CPL is above IOPL");
}

/* Units that are switched off, or have another task's state. */
static void refuse_units(struct insn_decode *d, unsigned flags)
{
	bool vex = d->mnemonic[0] == 'v' || has_reg(d, INSN_MASK);
	bool sse = flags & INSN_SSE || has_reg(d, INSN_VEC);
	bool mmx = has_reg(d, INSN_MMX) && !vex;
	uint64_t cr0 = d->regs->cr0, cr4 = d->regs->cr4;

	if (!d->regs->controls_known)
		return;
	if (((vex && sse) || has_reg(d, INSN_MASK) || flags & INSN_XSAVE) &&
	    !(cr4 & CR4_OSXSAVE))
		refuse(d, PMAP_UD, "CR4.OSXSAVE=0");
	if (!vex && (mmx || sse) && cr0 & CR0_EM)
		refuse(d, PMAP_UD, "CR0.EM=1");
	if (!vex && sse && !(cr4 & CR4_OSFXSR))
		refuse(d, PMAP_UD, "CR4.OSFXSR=0");
	if (flags & INSN_X87 && cr0 & CR0_EM)
		refuse(d, PMAP_NM, "CR0.EM=1");
	if ((sse || mmx || flags & (INSN_X87 | INSN_XSAVE) ||
	     has_reg(d, INSN_MASK)) && cr0 & CR0_TS)
		refuse(d, PMAP_NM, "CR0.TS=1");
}

void insn_refuse(struct insn_decode *d)
{
	unsigned flags = d->row ? d->row->flags : 0;

	if (flags & INSN_UNDEFINED)
		refuse(d, PMAP_UD, "it always raises #UD, by definition");
	if (flags & INSN_PROTECTED && d->regs->real)
		refuse(d, PMAP_UD, "there is no such instruction in real and virtual-8086 mode");
	refuse_units(d, flags);
	refuse_iopl(d, flags);
	refuse_privilege(d, flags);
}
