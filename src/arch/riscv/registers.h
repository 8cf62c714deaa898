/*
 * RISC-V's registers, as struct pmap_target numbers them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_RISCV_REGISTERS_H
#define PMAP_RISCV_REGISTERS_H

#include <pml/regs-riscv.h>

#include "arch/monitor.h"
#include "target/arch.h"

/*
 * In the order of pmap_riscv_exprs.  Those of a trap are of the level that takes
 * traps now: M's in M mode, otherwise S's.
 */
enum pmap_riscv_reg {
	/* PMAP_REGS_TRANSLATE: where things are */
	PMAP_RISCV_PRIV, PMAP_RISCV_SATP, PMAP_RISCV_MSTATUS, PMAP_RISCV_HGATP,
	PMAP_RISCV_VSATP, PMAP_RISCV_PC,
	PMAP_RISCV_WATCHED,
	PMAP_RISCV_XLEN = PMAP_RISCV_WATCHED,	/* of the hart now: 64, 32 */
	PMAP_RISCV_VIRT,	/* V: the user's word, PRIV's, or the monitor's */
	PMAP_RISCV_SETS_AD,	/* the user's word: hardware sets A and D without ADUE */
	PMAP_RISCV_MENVCFG, PMAP_RISCV_HENVCFG, PMAP_RISCV_SENVCFG,
	PMAP_RISCV_TRANSLATE,
	/* PMAP_REGS_JUDGE: what may be done there, and what was done */
	PMAP_RISCV_HSTATUS = PMAP_RISCV_TRANSLATE, PMAP_RISCV_VSSTATUS,
	PMAP_RISCV_CAUSE, PMAP_RISCV_TVAL, PMAP_RISCV_EPC, PMAP_RISCV_TVAL2,
	PMAP_RISCV_TINST,
	PMAP_RISCV_JUDGE,
	/* PMAP_REGS_VERDICT: physical memory protection, see pmap_riscv_use() */
	PMAP_RISCV_MSECCFG = PMAP_RISCV_JUDGE,
	PMAP_RISCV_PMPCFG,	/* sixteen; of RV64 every second */
	PMAP_RISCV_PMPADDR = PMAP_RISCV_PMPCFG + PML_RISCV_PMP_MAX / 4,
	PMAP_RISCV_VERDICT = PMAP_RISCV_PMPADDR + PML_RISCV_PMP_MAX,
	/* PMAP_REGS_INSN: what instructions use; x1 to x31 */
	PMAP_RISCV_X1 = PMAP_RISCV_VERDICT,
	PMAP_RISCV_VL = PMAP_RISCV_X1 + 31, PMAP_RISCV_VTYPE, PMAP_RISCV_VSTART,
	PMAP_RISCV_VLENB, PMAP_RISCV_MISA,
	PMAP_RISCV_TVEC,	/* as the trap's registers */
	PMAP_RISCV_REGS
};

_Static_assert(PMAP_RISCV_REGS <= PMAP_REGS_MAX, "room");

extern const char *const pmap_riscv_exprs[PMAP_RISCV_REGS + 1];

/* The current mode: of enum pml_riscv_priv. */
static inline unsigned pmap_riscv_priv(const struct pmap_target *target)
{
	return pmap_target_reg(target, PMAP_RISCV_PRIV) & 3;
}

/* V=1: in a guest. */
static inline bool pmap_riscv_virt(const struct pmap_target *target)
{
	return pmap_target_reg(target, PMAP_RISCV_VIRT);
}

/*
 * The registers as the core wants them.  In V=1 GDB's satp and mstatus are the
 * guest's: the host's own are taken as 0.  Extensions that nothing tells of are
 * taken to be there.
 */
void pmap_riscv_regs(const struct pmap_target *target,
		     struct pml_riscv_regs *regs_ret);

/* Sets PMAP_RISCV_VIRT, as far as GDB's registers tell. */
void pmap_riscv_settle_virt(struct pmap_target *target);

/* Where NT_PRSTATUS has the program counter: it is the first of the registers. */
#define PMAP_RISCV_PRSTATUS_PC		112
#define PMAP_RISCV_PRSTATUS_PC_32	72

/* Of PMP's: an address that no entry goes by is not asked for, each is a packet. */
enum pmap_use pmap_riscv_use(unsigned i, const struct pmap_known *known);

void pmap_riscv_dump_registers(struct pmap_target *target,
			       const struct pmap_dump *dump);
/* V of a hart, from `info registers -a'; false: it is not told. */
bool pmap_riscv_monitor_virt(const struct pmap_monitor_cpu *part, uint64_t *v_ret);
bool pmap_riscv_asks_monitor(const struct pmap_target *target);
void pmap_riscv_monitor_registers(struct pmap_target *target,
				  const char *monitor);

#endif
