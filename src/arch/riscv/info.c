/*
 * What `pmap info' and tables say of a RISC-V hart.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/riscv/riscv.h"

/* --- Memory types -------------------------------------------------------- */

/* "Svpbmt": PMA, as the physical address has it. */
const char *const pmap_riscv_memory_types[] = { "pma", "nc", "io", NULL };

const char *pmap_riscv_memory_type(const struct pmap_target *target,
				   const struct pml_format *fmt, int level,
				   uint64_t raw)
{
	unsigned type;

	(void)target;
	if (fmt->memtype != PML_MT_PBMT)
		return NULL;
	type = pml_leaf_memtype(fmt, level, raw);
	return type < 3 ? pmap_riscv_memory_types[type] : NULL;
}

bool pmap_riscv_memory_type_assumed(const struct pmap_target *target,
				    const struct pml_format *fmt)
{
	(void)target, (void)fmt;
	return false;
}

const char *pmap_riscv_outer_tables(const struct pmap_target *target)
{
	(void)target;
	return "the G stage";
}

/* --- The mode ------------------------------------------------------------- */

const char *pmap_riscv_root_name(const struct pmap_target *target,
				 const struct pml_space *space)
{
	if (space == &target->outer || (space->fmt && pml_riscv_is_g(space->fmt)))
		return "hgatp";
	return pmap_riscv_mmu.regs.v ? "vsatp" : "satp";
}

void pmap_riscv_info_outer(struct pmap_query *q)
{
	const struct pml_riscv_mmu *mmu = &pmap_riscv_mmu;
	const struct pml_space *outer = &mmu->g;

	pmap_text_add(q->out, "outer      %s, %d-bit addresses, root 0x%" PRIx64 " (hgatp, VMID %u)\n",
		      outer->fmt->title, outer->fmt->va_bits, pml_root_pa(outer),
		      pml_riscv_vmid(mmu->regs.hgatp, pml_riscv_is_32(&mmu->regs)));
}

static const char *mode_name(const struct pmap_target *t)
{
	static const char *const names[2][4] = {
		{ "U", "S", "?", "M" }, { "VU", "VS", "?", "M" }
	};

	return names[pmap_riscv_virt(t)][pmap_riscv_priv(t)];
}

/* How V is known, where that is a guess. */
static void add_virt(struct pmap_query *q)
{
	const struct pmap_target *t = &q->target;

	if (!pmap_riscv_virt(t))
		return;
	pmap_text_puts(q->out, "           V=1: satp is the guest's; the host's cannot be had from here\n");
	if (t->reg[PMAP_RISCV_VIRT].from == PMAP_FROM_DERIVED)
		pmap_text_puts(q->out, "           V is derived: satp equals vsatp, and hgatp is on (set $pmap_virt = 0 otherwise)\n");
}

/* "mode       S", and what M mode means for addresses. */
static void add_current(struct pmap_query *q)
{
	const struct pmap_target *t = &q->target;
	const struct pml_riscv_regs *regs = &pmap_riscv_mmu.regs;
	struct pml_riscv_as data = pml_riscv_as(regs, false);

	if (!pmap_target_has(t, PMAP_RISCV_PRIV))
		return;
	pmap_text_add(q->out, "mode       %s", mode_name(t));
	if (pmap_riscv_priv(t) == PML_RISCV_MODE_M)
		pmap_text_add(q->out, ": its %s are physical; the tables are for S and U mode",
			      data.priv == PML_RISCV_MODE_M ? "addresses" :
			      "fetches (mstatus.MPRV=1)");
	pmap_text_puts(q->out, "\n");
	add_virt(q);
}

void pmap_riscv_info_mode(struct pmap_query *q)
{
	const struct pmap_target *t = &q->target;
	const struct pml_riscv_regs *regs = &pmap_riscv_mmu.regs;

	add_current(q);
	if (pmap_target_has(t, PMAP_RISCV_PRIV) && t->space.fmt)
		pmap_text_add(q->out, "           %d-bit addresses, %d levels, ASID %u\n",
			      t->space.fmt->va_bits, t->space.fmt->levels,
			      pml_riscv_asid(t->space.root,
					     pml_riscv_is_32(regs)));
}

/* --- Registers ------------------------------------------------------------ */

static const struct {
	enum pmap_riscv_reg reg;
	const char *name;
} shown[] = {
	{ PMAP_RISCV_SATP, "satp" }, { PMAP_RISCV_MSTATUS, "mstatus" },
	{ PMAP_RISCV_MENVCFG, "menvcfg" }, { PMAP_RISCV_SENVCFG, "senvcfg" },
	{ PMAP_RISCV_HGATP, "hgatp" }, { PMAP_RISCV_VSATP, "vsatp" },
	{ PMAP_RISCV_VSSTATUS, "vsstatus" }, { PMAP_RISCV_HENVCFG, "henvcfg" },
};

/* Bits that translation depends on. */
static const struct {
	enum pmap_riscv_reg reg;
	uint64_t mask;
	const char *name;
} controls[] = {
	{ PMAP_RISCV_MSTATUS, PML_RISCV_MSTATUS_SUM, "SUM" },
	{ PMAP_RISCV_MSTATUS, PML_RISCV_MSTATUS_MXR, "MXR" },
	{ PMAP_RISCV_MSTATUS, PML_RISCV_MSTATUS_MPRV, "MPRV" },
	{ PMAP_RISCV_MENVCFG, PML_RISCV_ENVCFG_ADUE, "menvcfg.ADUE" },
	{ PMAP_RISCV_MENVCFG, PML_RISCV_ENVCFG_PBMTE, "menvcfg.PBMTE" },
	{ PMAP_RISCV_MENVCFG, PML_RISCV_ENVCFG_PMM, "menvcfg.PMM" },
	{ PMAP_RISCV_SENVCFG, PML_RISCV_ENVCFG_PMM, "senvcfg.PMM" },
	{ PMAP_RISCV_HENVCFG, PML_RISCV_ENVCFG_ADUE, "henvcfg.ADUE" },
	{ PMAP_RISCV_HENVCFG, PML_RISCV_ENVCFG_PBMTE, "henvcfg.PBMTE" },
	{ PMAP_RISCV_HENVCFG, PML_RISCV_ENVCFG_PMM, "henvcfg.PMM" },
	{ PMAP_RISCV_MSECCFG, PML_RISCV_MML, "mseccfg.MML" },
	{ PMAP_RISCV_MSECCFG, PML_RISCV_MMWP, "mseccfg.MMWP" },
};

void pmap_riscv_info_registers(struct pmap_query *q)
{
	const struct pmap_target *t = &q->target;

	/* Who has no tables is in some mode all the same. */
	if (q->no_space[0] || t->guest_off)
		add_current(q);
	pmap_text_puts(q->out, "registers ");
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (pmap_target_has(t, shown[i].reg))
			pmap_text_add(q->out, " %s=0x%" PRIx64, shown[i].name,
				      pmap_target_reg(t, shown[i].reg));
		else if (shown[i].reg <= PMAP_RISCV_MSTATUS)
			pmap_text_add(q->out, " %s=?", shown[i].name);
	pmap_text_puts(q->out, "\ncontrols  ");
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		if (pmap_target_reg(t, controls[i].reg) & controls[i].mask)
			pmap_text_add(q->out, " %s", controls[i].name);
	pmap_text_puts(q->out, "\n");
}

/* Entries of PMP that are on. */
static unsigned pmp_entries(const struct pml_riscv_pmp *pmp)
{
	uint64_t first, last;
	unsigned on = 0;

	for (unsigned n = 0; n < pmp->count; n++)
		on += pml_riscv_pmp_range(pmp, n, &first, &last);
	return on;
}

void pmap_riscv_info_assumptions(struct pmap_query *q)
{
	const struct pmap_target *t = &q->target;
	const struct pml_riscv_pmp *pmp = &pmap_riscv_mmu.regs.pmp;

	if (!pmap_target_has(t, PMAP_RISCV_MENVCFG))
		pmap_text_puts(q->out, "features   unknown (no menvcfg): memory types (Svpbmt) and hardware that sets A and D (Svadu) are taken to be on\n");
	else if (pmap_target_reg(t, PMAP_RISCV_SETS_AD))
		pmap_text_puts(q->out, "features   hardware sets A and D, by $pmap_sets_ad\n");
	else if (!(pmap_target_reg(t, PMAP_RISCV_MENVCFG) & PML_RISCV_ENVCFG_ADUE))
		pmap_text_puts(q->out, "features   A=0 and D=0 are taken to fault (menvcfg.ADUE=0); a hart without Svade, such as QEMU 7.2's, sets them (set $pmap_sets_ad = 1)\n");
	if (pmp->count)
		pmap_text_add(q->out, "pmp        %u of %u entries are on\n",
			      pmp_entries(pmp), pmp->count);
	else
		pmap_text_puts(q->out, "pmp        unknown (no pmpcfg0): taken to allow everything\n");
}
