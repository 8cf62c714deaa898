/*
 * x86's registers, as struct pmap_target numbers them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_X86_REGISTERS_H
#define PMAP_X86_REGISTERS_H

#include <pml/regs-x86.h>

#include "target/arch.h"

/* In the order of pmap_x86_exprs.  Some are not registers but the user's word. */
enum pmap_x86_reg {
	/* PMAP_REGS_TRANSLATE: where things are */
	PMAP_X86_CR0, PMAP_X86_CR3, PMAP_X86_CR4, PMAP_X86_EFER, PMAP_X86_RIP,
	PMAP_X86_WATCHED,
	PMAP_X86_MAXPHYADDR = PMAP_X86_WATCHED, PMAP_X86_CBIT, PMAP_X86_AMD,
	PMAP_X86_NO_1G,
	PMAP_X86_TRANSLATE,
	/* PMAP_REGS_JUDGE: what may be done there */
	PMAP_X86_CR2 = PMAP_X86_TRANSLATE, PMAP_X86_CS, PMAP_X86_EFLAGS,
	PMAP_X86_PAT, PMAP_X86_PKRU, PMAP_X86_PKRS,
	PMAP_X86_JUDGE,
	/* PMAP_REGS_INSN: what instructions use, see processor.c */
	PMAP_X86_GPR64 = PMAP_X86_JUDGE,	/* rax rcx rdx rbx rsp rbp rsi rdi r8.. */
	PMAP_X86_GPR32 = PMAP_X86_GPR64 + 16,	/* the first eight, of 32-bit stubs */
	PMAP_X86_BASES = PMAP_X86_GPR32 + 8,	/* FS, GS */
	PMAP_X86_SELECTORS = PMAP_X86_BASES + 2,	/* ES CS SS DS FS GS */
	PMAP_X86_CET = PMAP_X86_SELECTORS + 6,
	PMAP_X86_REGS
};

extern const char *const pmap_x86_exprs[PMAP_X86_REGS + 1];

/* The control registers as the core wants them; what is not known is assumed. */
void pmap_x86_regs(const struct pmap_target *target, struct pml_x86_regs *regs_ret);

/* IA32_PAT: as told by the user, else its value after reset. */
uint64_t pmap_x86_pat(const struct pmap_target *target);

/* Where NT_PRSTATUS has RIP and EIP. */
#define PMAP_X86_PRSTATUS_RIP	(112 + 16 * 8)
#define PMAP_X86_PRSTATUS_EIP	(72 + 12 * 4)

void pmap_x86_dump_registers(struct pmap_target *target,
			     const struct pmap_dump *dump);

#endif
