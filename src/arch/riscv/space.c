/*
 * From RISC-V's registers and the options to what is walked: satp's tables, or
 * in a guest vsatp's through hgatp's.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "arch/riscv/riscv.h"
#include "base/status.h"

struct pml_riscv_mmu pmap_riscv_mmu;

const enum pmap_option pmap_riscv_options[] = { PMAP_OPT_HGATP, PMAP_OPTIONS };

const struct pmap_outer_option pmap_riscv_outer_options[] = {
	{ PMAP_OPT_HGATP, NULL },
	{ PMAP_OPTIONS, NULL }
};

/* No other's entries have their address two bits too low. */
bool pmap_riscv_has_format(const struct pml_format *fmt)
{
	return fmt->pa_shift;
}

bool pmap_riscv_is_own(const struct pml_format *fmt)
{
	return pmap_riscv_has_format(fmt) && !pml_riscv_is_g(fmt);
}

/* A register's value that selects a format of satp's, or of hgatp's. */
static uint64_t with_mode(const struct pml_format *fmt, uint64_t ppn)
{
	bool is_32 = fmt->entry_size == 4;
	uint64_t mode = is_32 ? 1 : PML_RISCV_SV39 + fmt->levels - 3;

	return (ppn & PML_BITS(0, 43)) | mode << (is_32 ? 31 : 60);
}

/*
 * The format that MODE says, if it is a register's value.  Of 32 bits a physical
 * address may have that bit, too: satp as it is, or what is no multiple of 4 KiB.
 */
static const struct pml_format *said_by(uint64_t root, bool is_32, uint64_t satp)
{
	if (is_32 && root != satp && !(root & 0xfff))
		return NULL;
	return pml_riscv_format(root, is_32, false);
}

/* GDB's registers of 32 bits are signed. */
static uint64_t cut_32(uint64_t root)
{
	return root >> 31 == PML_BITS(0, 32) ? (uint32_t)root : root;
}

/* --root: as a register has it, or a physical address. */
static int take_root(const struct pmap_options *opt, bool is_32,
		     const struct pml_format *own, uint64_t *satp_ret,
		     char *why, size_t size)
{
	uint64_t root = is_32 ? cut_32(opt->root.value) : opt->root.value;
	const struct pml_format *said = said_by(root, is_32, *satp_ret);
	const struct pml_format *fmt = opt->format ? opt->format :
				       said ? said : own;

	*satp_ret = root;
	if (said && opt->format && opt->format->levels != said->levels) {
		snprintf(why, size, "--root 0x%" PRIx64 " is of %s by its MODE, --format says %s",
			 root, said->name, opt->format->name);
		return PMAP_STATUS_USAGE;
	}
	if (!said && root >> 56) {
		snprintf(why, size, "--root 0x%" PRIx64 ": its MODE (bits 63:60) is not 8, 9 or 10, and no physical address is that long",
			 root);
		return PMAP_STATUS_USAGE;
	}
	if (!fmt) {
		snprintf(why, size, "--root 0x%" PRIx64 " has no MODE (bits 63:60), and paging is off: add --format sv39, sv48 or sv57",
			 root);
		return PMAP_STATUS_USAGE;
	}
	*satp_ret = with_mode(fmt, said ? root : root >> 12);
	return 0;
}

/* The register that has the root, with what options say in its place. */
static int take_satp(struct pml_riscv_regs *regs, const struct pmap_options *opt,
		     char *why, size_t size)
{
	bool is_32 = pml_riscv_is_32(regs);
	uint64_t *satp = regs->v ? &regs->vsatp : &regs->satp;

	if (opt->root.text || opt->root.value)
		return take_root(opt, is_32, pml_riscv_format(*satp, is_32, false),
				 satp, why, size);
	if (opt->format)
		*satp = with_mode(opt->format, *satp & PML_BITS(0, is_32 ? 21 : 43));
	return 0;
}

/* --hgatp: the guest's tables, which V=0 leaves in vsatp, through these. */
static int take_hgatp(struct pml_riscv_regs *regs, const struct pmap_options *opt,
		      char *why, size_t size)
{
	uint64_t hgatp = pmap_nesting_root(opt);
	bool is_32 = pml_riscv_is_32(regs);

	regs->v = true;
	regs->hgatp = hgatp;
	if (!hgatp || pml_riscv_format(hgatp, is_32, true))
		return 0;
	snprintf(why, size, "--hgatp 0x%" PRIx64 ": its MODE (bits 63:60) is not 8, 9 or 10 (0 alone is Bare); for a root table alone give ROOT >> 12 | 8ull << 60 (Sv39x4)",
		 hgatp);
	return PMAP_STATUS_USAGE;
}

/* A G stage's tables, as if they were a space of their own. */
static int g_stage_alone(struct pmap_target *target,
			 const struct pmap_options *opt, char *why, size_t size)
{
	struct pml_riscv_regs *regs = &pmap_riscv_mmu.regs;
	uint64_t root = opt->root.value;

	if (!opt->root.text && !root) {
		snprintf(why, size, "--format %s needs --root: which tables are these?",
			 opt->format->name);
		return PMAP_STATUS_USAGE;
	}
	regs->hgatp = with_mode(opt->format, root >> 60 ? root : root >> 12);
	pml_riscv_space(regs, PML_RISCV_STAGE_G, &target->space);
	return 0;
}

static int check_registers(const struct pmap_target *target,
			   const struct pml_riscv_regs *regs, char *why,
			   size_t size)
{
	uint64_t satp = regs->v ? regs->vsatp : regs->satp;
	const char *name = regs->v ? "vsatp" : "satp";

	if (pmap_target_reg(target, PMAP_RISCV_MSTATUS) & PML_RISCV_MSTATUS_SBE)
		snprintf(why, size, "the tables are big-endian (mstatus.SBE=1), which pmap does not know");
	else if (!satp && !regs->v && !pmap_target_has(target, PMAP_RISCV_SATP))
		snprintf(why, size, "the target does not provide $satp: name the tables with --format sv39 (sv48, sv57) and --root");
	else if (pml_riscv_format(satp, pml_riscv_is_32(regs), false))
		return 0;
	else if (pml_riscv_mode(satp, pml_riscv_is_32(regs)))
		snprintf(why, size, "%s=0x%" PRIx64 ": pmap does not know this MODE (bits 63:60)",
			 name, satp);
	else
		snprintf(why, size, "%s.MODE is Bare, addresses are physical; to inspect tables that are not in use yet, give --root and --format",
			 name);
	return PMAP_STATUS_NO_PAGING;
}

/* The G stage, where there is one. */
static void set_outer(struct pmap_target *target, const struct pmap_options *opt)
{
	const struct pml_riscv_mmu *mmu = &pmap_riscv_mmu;

	target->outer = mmu->g;
	target->nested = mmu->regs.v && mmu->g.fmt;
	target->nesting = PML_STAGE2;
	if (!opt->outer_alone || !target->nested)
		return;
	target->space = target->outer;
	target->nested = false;
}

static int set_spaces(struct pmap_target *target, const struct pmap_options *opt,
		      char *why, size_t size)
{
	const struct pml_riscv_mmu *mmu = &pmap_riscv_mmu;
	const struct pml_riscv_regs *regs = &mmu->regs;
	int status;

	set_outer(target, opt);
	if (target->space.fmt || (target->nested && opt->outer_only))
		return 0;
	status = check_registers(target, regs, why, size);
	target->paging_off = status && !(regs->v ? regs->vsatp : regs->satp) &&
			     (regs->v || pmap_target_has(target, PMAP_RISCV_SATP));
	target->guest_off = target->paging_off && target->nested;
	if (status)
		return target->guest_off ? 0 : status;
	target->space = regs->v ? mmu->vs : mmu->s;
	return 0;
}

int pmap_riscv_space(struct pmap_target *target, const struct pmap_options *opt,
		     char *why, size_t size)
{
	struct pml_riscv_regs regs;
	int status = 0;

	pmap_riscv_settle_virt(target);
	pmap_riscv_regs(target, &regs);
	if (pmap_nesting_asked(opt))
		status = take_hgatp(&regs, opt, why, size);
	if (status)
		return status;
	if (opt->format && pml_riscv_is_g(opt->format)) {
		pml_riscv_mmu_init(&pmap_riscv_mmu, &regs, NULL, NULL);
		return g_stage_alone(target, opt, why, size);
	}
	status = take_satp(&regs, opt, why, size);
	if (status)
		return status;
	pml_riscv_mmu_init(&pmap_riscv_mmu, &regs, NULL, NULL);
	return set_spaces(target, opt, why, size);
}
