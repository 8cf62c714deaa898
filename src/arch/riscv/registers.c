/*
 * RISC-V's registers: GDB's names for them, V, which GDB may not show, and what
 * a crash dump knows instead.
 *
 * Each CSR is a packet of its own; a name that the target lacks is void, and
 * none.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/riscv/registers.h"

#include <string.h>

#include "arch/monitor.h"
#include "memory/vmcoreinfo.h"

#define PRIV_V		4	/* $priv of QEMU 10 */

#define CSR(name)	"(unsigned long)$" #name
/* Of the level that takes traps now. */
#define TRAP(m, s)	"(unsigned long)($priv == 3 ? $" #m " : $" #s ")"
#define FOUR(x, a, b, c, d)	x(a), x(b), x(c), x(d)
#define SIXTEEN(x) \
	FOUR(x, 0, 1, 2, 3), FOUR(x, 4, 5, 6, 7), \
	FOUR(x, 8, 9, 10, 11), FOUR(x, 12, 13, 14, 15)
#define SIXTY_FOUR(x) SIXTEEN(x), \
	FOUR(x, 16, 17, 18, 19), FOUR(x, 20, 21, 22, 23), \
	FOUR(x, 24, 25, 26, 27), FOUR(x, 28, 29, 30, 31), \
	FOUR(x, 32, 33, 34, 35), FOUR(x, 36, 37, 38, 39), \
	FOUR(x, 40, 41, 42, 43), FOUR(x, 44, 45, 46, 47), \
	FOUR(x, 48, 49, 50, 51), FOUR(x, 52, 53, 54, 55), \
	FOUR(x, 56, 57, 58, 59), FOUR(x, 60, 61, 62, 63)
#define PMPCFG(n)	[PMAP_RISCV_PMPCFG + n] = CSR(pmpcfg##n)
#define PMPADDR(n)	[PMAP_RISCV_PMPADDR + n] = CSR(pmpaddr##n)
#define X(n)		[PMAP_RISCV_X1 + n - 1] = CSR(x##n)

const char *const pmap_riscv_exprs[PMAP_RISCV_REGS + 1] = {
	[PMAP_RISCV_PRIV] = CSR(priv),
	[PMAP_RISCV_SATP] = CSR(satp),
	[PMAP_RISCV_MSTATUS] = CSR(mstatus),
	[PMAP_RISCV_HGATP] = CSR(hgatp),
	[PMAP_RISCV_VSATP] = CSR(vsatp),
	[PMAP_RISCV_PC] = CSR(pc),
	[PMAP_RISCV_XLEN] = "(unsigned long)(sizeof($pc) * 8)",
	[PMAP_RISCV_VIRT] = "$pmap_virt",
	[PMAP_RISCV_SETS_AD] = "$pmap_sets_ad",
	[PMAP_RISCV_MENVCFG] = CSR(menvcfg),
	[PMAP_RISCV_HENVCFG] = CSR(henvcfg),
	[PMAP_RISCV_SENVCFG] = CSR(senvcfg),
	[PMAP_RISCV_HSTATUS] = CSR(hstatus),
	[PMAP_RISCV_VSSTATUS] = CSR(vsstatus),
	[PMAP_RISCV_CAUSE] = TRAP(mcause, scause),
	[PMAP_RISCV_TVAL] = TRAP(mtval, stval),
	[PMAP_RISCV_EPC] = TRAP(mepc, sepc),
	[PMAP_RISCV_TVAL2] = TRAP(mtval2, htval),
	[PMAP_RISCV_TINST] = TRAP(mtinst, htinst),
	[PMAP_RISCV_MSECCFG] = CSR(mseccfg),
	SIXTEEN(PMPCFG),
	SIXTY_FOUR(PMPADDR),
	FOUR(X, 1, 2, 3, 4), FOUR(X, 5, 6, 7, 8), FOUR(X, 9, 10, 11, 12),
	FOUR(X, 13, 14, 15, 16), FOUR(X, 17, 18, 19, 20),
	FOUR(X, 21, 22, 23, 24), FOUR(X, 25, 26, 27, 28),
	X(29), X(30), X(31),
	[PMAP_RISCV_VL] = CSR(vl),
	[PMAP_RISCV_VTYPE] = CSR(vtype),
	[PMAP_RISCV_VSTART] = CSR(vstart),
	[PMAP_RISCV_VLENB] = CSR(vlenb),
	[PMAP_RISCV_MISA] = CSR(misa),
	[PMAP_RISCV_TVEC] = TRAP(mtvec, stvec),
};

/* --- Physical memory protection -------------------------------------------- */

/*
 * How entry `n' matches addresses, PML_RISCV_PMP_OFF where there is none; false:
 * its register was not asked for yet.  RV64 has no pmpcfg1.
 */
static bool match_of(const struct pmap_known *known, unsigned n, unsigned *match_ret)
{
	const struct pmap_known *cfg = known + PMAP_RISCV_PMPCFG - PMAP_RISCV_MSECCFG;
	unsigned bytes = cfg[1].present ? 4 : 8;

	if (!cfg[1].asked)
		return false;
	*match_ret = PML_RISCV_PMP_OFF;
	if (n >= PML_RISCV_PMP_MAX)
		return true;
	cfg += n / bytes * (bytes / 4);
	if (cfg->present)
		*match_ret = (cfg->value >> n % bytes * 8 & PML_RISCV_PMP_A) >> 3;
	return cfg->asked;
}

/* An entry's own address is of use, and that below a top of a range. */
enum pmap_use pmap_riscv_use(unsigned i, const struct pmap_known *known)
{
	unsigned own, next;

	if (i < PMAP_RISCV_PMPADDR)
		return PMAP_USED;
	if (!match_of(known, i - PMAP_RISCV_PMPADDR, &own) ||
	    !match_of(known, i - PMAP_RISCV_PMPADDR + 1, &next))
		return PMAP_USE_LATER;
	return own || next == PML_RISCV_PMP_TOR ? PMAP_USED : PMAP_UNUSED;
}

/* --- V --------------------------------------------------------------------- */

/*
 * While V=1 satp is the guest's, and reads as vsatp does.  So it may be where
 * they are alike and a G stage is on: QEMU 7.2's $priv does not tell.
 */
static bool looks_virtual(const struct pmap_target *target)
{
	return pmap_riscv_priv(target) != PML_RISCV_MODE_M &&
	       pmap_target_reg(target, PMAP_RISCV_HGATP) &&
	       pmap_target_has(target, PMAP_RISCV_VSATP) &&
	       pmap_target_reg(target, PMAP_RISCV_VSATP) ==
	       pmap_target_reg(target, PMAP_RISCV_SATP);
}

void pmap_riscv_settle_virt(struct pmap_target *target)
{
	if (pmap_target_reg(target, PMAP_RISCV_PRIV) & PRIV_V)
		pmap_target_set(target, PMAP_RISCV_VIRT, 1, PMAP_FROM_GDB);
	else if (looks_virtual(target))
		pmap_target_set(target, PMAP_RISCV_VIRT, 1, PMAP_FROM_DERIVED);
}

bool pmap_riscv_asks_monitor(const struct pmap_target *target)
{
	return looks_virtual(target) &&
	       target->reg[PMAP_RISCV_VIRT].from < PMAP_FROM_MONITOR;
}

/* " V      =   1"; QEMU 11 has no `='. */
bool pmap_riscv_monitor_virt(const struct pmap_monitor_cpu *part, uint64_t *v_ret)
{
	return pmap_monitor_number(part, "V      =", v_ret) ||
	       pmap_monitor_number(part, "V ", v_ret);
}

/* V of the hart whose pc and satp are those of GDB's thread. */
void pmap_riscv_monitor_registers(struct pmap_target *target, const char *monitor)
{
	struct pmap_monitor_cpu part = { .next = monitor };
	uint64_t pc, satp, v;

	while (pmap_monitor_next(&part)) {
		if (!pmap_monitor_number(&part, "pc ", &pc) ||
		    !pmap_monitor_number(&part, "satp ", &satp) ||
		    !pmap_riscv_monitor_virt(&part, &v) ||
		    pc != pmap_target_reg(target, PMAP_RISCV_PC) ||
		    satp != pmap_target_reg(target, PMAP_RISCV_SATP))
			continue;
		pmap_target_set(target, PMAP_RISCV_VIRT, v, PMAP_FROM_MONITOR);
		return;
	}
}

/* --- As the core wants them ------------------------------------------------ */

static void take_pmp(const struct pmap_target *target, unsigned xlen,
		     struct pml_riscv_pmp *pmp)
{
	unsigned step = xlen / 32;

	for (unsigned n = 0; n < PML_RISCV_PMP_MAX / 4; n += step)
		if (pmap_target_has(target, PMAP_RISCV_PMPCFG + n))
			pml_riscv_pmp_set_cfg(pmp, n, xlen,
					      pmap_target_reg(target, PMAP_RISCV_PMPCFG + n));
	for (unsigned n = 0; n < PML_RISCV_PMP_MAX; n++)
		pmp->addr[n] = pmap_target_reg(target, PMAP_RISCV_PMPADDR + n);
	pmp->mseccfg = pmap_target_reg(target, PMAP_RISCV_MSECCFG);
}

/* An envcfg register; one that is not known lets all be there. */
static uint64_t envcfg(const struct pmap_target *target, unsigned reg)
{
	if (!pmap_target_has(target, reg))
		return PML_RISCV_ENVCFG_ADUE | PML_RISCV_ENVCFG_PBMTE;
	return pmap_target_reg(target, reg);
}

void pmap_riscv_regs(const struct pmap_target *target,
		     struct pml_riscv_regs *regs)
{
	bool v = pmap_riscv_virt(target);
	uint64_t satp = pmap_target_reg(target, PMAP_RISCV_SATP);
	uint64_t mstatus = pmap_target_reg(target, PMAP_RISCV_MSTATUS);

	*regs = (struct pml_riscv_regs){
		.xlen = pmap_target_reg(target, PMAP_RISCV_XLEN) == 32 ? 32 : 64,
		.priv = pmap_riscv_priv(target), .v = v,
		.has = PML_RISCV_HAS_ALL,
		.satp = v ? 0 : satp, .mstatus = v ? 0 : mstatus,
		.vsatp = v ? satp : pmap_target_reg(target, PMAP_RISCV_VSATP),
		.vsstatus = v ? mstatus :
			    pmap_target_reg(target, PMAP_RISCV_VSSTATUS),
		.hgatp = pmap_target_reg(target, PMAP_RISCV_HGATP),
		.hstatus = pmap_target_reg(target, PMAP_RISCV_HSTATUS),
		.menvcfg = envcfg(target, PMAP_RISCV_MENVCFG),
		.henvcfg = envcfg(target, PMAP_RISCV_HENVCFG),
		.senvcfg = pmap_target_reg(target, PMAP_RISCV_SENVCFG),
	};
	if (pmap_target_reg(target, PMAP_RISCV_SETS_AD)) {
		regs->has &= ~(uint32_t)PML_RISCV_SVADU;
		regs->has |= PML_RISCV_SETS_AD;
	}
	take_pmp(target, regs->xlen, &regs->pmp);
}

/* --- Dumps ----------------------------------------------------------------- */

/* Linux's own tables, by VMCOREINFO: 39, 48 or 57 bits of addresses. */
void pmap_riscv_dump_registers(struct pmap_target *target,
			       const struct pmap_dump *dump)
{
	const char *text = dump->vmcoreinfo;
	bool has_root, has_offset, has_bits;
	uint64_t root, offset, bits, mode;
	struct pml_space space = { .fmt = NULL };

	if (!text || !dump->is_64bit)
		return;
	root = pmap_vmcoreinfo_address(text, "SYMBOL(swapper_pg_dir)", &has_root);
	offset = pmap_vmcoreinfo_address(text, "NUMBER(va_kernel_pa_offset)",
					 &has_offset);
	bits = pmap_vmcoreinfo_number(text, "NUMBER(VA_BITS)", &has_bits);
	mode = PML_RISCV_SV39 + (bits - 39) / 9;
	if (!has_root || !has_offset || !has_bits || bits < 39 ||
	    (bits - 39) % 9 || mode > PML_RISCV_SV57)
		return;
	space.root = mode << 60 | ((root - offset) >> 12 & PML_BITS(0, 43));
	space.fmt = pml_riscv_format(space.root, false, false);
	pmap_target_set(target, PMAP_RISCV_SATP, space.root,
			pmap_dump_from(dump, space, root));
}
