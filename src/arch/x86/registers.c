/*
 * x86's registers: GDB's names for them, and what a crash dump knows instead.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/x86/registers.h"

#include <string.h>

/* IA32_PAT after reset: WB, WT, UC-, UC, twice.  SDM 3A, 12.12.4. */
#define PAT_AFTER_RESET	0x0007040600070406ULL

const char *const pmap_x86_exprs[PMAP_X86_REGS + 1] = {
	[PMAP_X86_CR0] = "$cr0",
	[PMAP_X86_CR3] = "$cr3",
	[PMAP_X86_CR4] = "$cr4",
	[PMAP_X86_EFER] = "$efer",
	[PMAP_X86_RIP] = "$pc",
	[PMAP_X86_MAXPHYADDR] = "$pmap_maxphyaddr",
	[PMAP_X86_CBIT] = "$pmap_cbit",
	[PMAP_X86_AMD] = "$pmap_amd",
	[PMAP_X86_NO_1G] = "$pmap_no_1g",
	[PMAP_X86_CR2] = "$cr2",
	[PMAP_X86_CS] = "$cs",
	[PMAP_X86_EFLAGS] = "$eflags",
	[PMAP_X86_PAT] = "$pmap_pat",
	[PMAP_X86_PKRU] = "$pmap_pkru",
	[PMAP_X86_PKRS] = "$pmap_pkrs",
	[PMAP_X86_GPR64] = "$rax", "$rcx", "$rdx", "$rbx", "$rsp", "$rbp", "$rsi",
	"$rdi", "$r8", "$r9", "$r10", "$r11", "$r12", "$r13", "$r14", "$r15",
	/* 32-bit stubs have other names. */
	[PMAP_X86_GPR32] = "$eax", "$ecx", "$edx", "$ebx", "$esp", "$ebp", "$esi",
	"$edi",
	[PMAP_X86_BASES] = "$fs_base", "$gs_base",
	[PMAP_X86_SELECTORS] = "$es", "$cs", "$ss", "$ds", "$fs", "$gs",
	[PMAP_X86_CET] = "$pmap_cet",
};

void pmap_x86_regs(const struct pmap_target *target, struct pml_x86_regs *regs)
{
	*regs = (struct pml_x86_regs){
		.cr0 = pmap_target_reg(target, PMAP_X86_CR0),
		.cr3 = pmap_target_reg(target, PMAP_X86_CR3),
		.cr4 = pmap_target_reg(target, PMAP_X86_CR4),
		.efer = pmap_target_reg(target, PMAP_X86_EFER),
		.maxphyaddr = pmap_target_reg(target, PMAP_X86_MAXPHYADDR),
		.amd = pmap_target_reg(target, PMAP_X86_AMD),
		.encrypted = pmap_target_reg(target, PMAP_X86_CBIT),
	};
	/* A stub that does not tell EFER cannot make NX a reserved bit. */
	if (!pmap_target_has(target, PMAP_X86_EFER))
		regs->efer = PML_X86_EFER_NXE;
}

uint64_t pmap_x86_pat(const struct pmap_target *target)
{
	return pmap_target_has(target, PMAP_X86_PAT) ?
	       pmap_target_reg(target, PMAP_X86_PAT) : PAT_AFTER_RESET;
}

/* --- Crash dumps ---------------------------------------------------------- */

/*
 * Linux has no note of its control registers: that it pages, and with how many
 * levels, follows from where its tables are; the rest is what it usually sets.
 */
static void take_linux(struct pmap_target *target, const struct pmap_dump *dump)
{
	unsigned levels = dump->levels ? dump->levels : dump->is_64bit ? 4 : 2;

	pmap_target_set(target, PMAP_X86_CR3, dump->root, dump->from);
	pmap_target_set(target, PMAP_X86_CR0,
			PML_X86_CR0_PE | PML_X86_CR0_WP | PML_X86_CR0_PG,
			PMAP_FROM_ASSUMPTION);
	pmap_target_set(target, PMAP_X86_CR4, PML_X86_CR4_PGE |
			(levels > 2 ? PML_X86_CR4_PAE : PML_X86_CR4_PSE) |
			(levels == 5 ? PML_X86_CR4_LA57 : 0),
			PMAP_FROM_ASSUMPTION);
}

/*
 * No note of QEMU's has EFER.  A 64-bit dump is of a machine in long mode, where
 * its CPU pages as that mode does; that NX is on is what all kernels do.
 */
static void assume_efer(struct pmap_target *target, const struct pmap_dump *dump)
{
	bool long_mode = dump->is_64bit &&
		pmap_target_reg(target, PMAP_X86_CR0) & PML_X86_CR0_PG &&
		pmap_target_reg(target, PMAP_X86_CR4) & PML_X86_CR4_PAE;

	pmap_target_set(target, PMAP_X86_EFER, PML_X86_EFER_NXE |
			(long_mode ? PML_X86_EFER_LME | PML_X86_EFER_LMA : 0),
			PMAP_FROM_ASSUMPTION);
}

void pmap_x86_dump_registers(struct pmap_target *target,
			     const struct pmap_dump *dump)
{
	if (dump->has_root && !pmap_target_has(target, PMAP_X86_CR3))
		take_linux(target, dump);
	if (dump->encrypted)
		pmap_target_set(target, PMAP_X86_CBIT, dump->encrypted,
				PMAP_FROM_DERIVED);
	if (pmap_target_has(target, PMAP_X86_CR3))
		assume_efer(target, dump);
}
