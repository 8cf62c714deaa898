/*
 * Blocks of a cache, and what only some modes may do: "Base Cache Management
 * Operation ISA Extensions"; "Hypervisor Virtual-Machine Load and Store
 * Instructions"; "CSR Address Mapping Conventions".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/riscv/insn/impl.h"

#define ENVCFG_CBIE	PML_BITS(4, 5)
#define ENVCFG_CBCFE	(1ULL << 6)
#define ENVCFG_CBZE	(1ULL << 7)
#define ENVCFG_SSE	(1ULL << 3)
#define HSTATUS_HU	(1ULL << 9)
#define HSTATUS_VTVM	(1ULL << 20)
#define HSTATUS_VTSR	(1ULL << 22)
#define STATUS_TVM	(1ULL << 20)
#define STATUS_TSR	(1ULL << 22)
#define STATUS_FS	PML_BITS(13, 14)
#define STATUS_VS	PML_BITS(9, 10)

#define LEVEL_HYPERVISOR 2	/* in the number of a CSR */

static const char not_the_users[] = "user mode may not";
static const char not_the_guests[] = "it is the hypervisor's (V=1)";

static bool is_user(const struct pmap_rv *d)
{
	return d->cpu->priv == PML_RISCV_MODE_U;
}

static bool is_machine(const struct pmap_rv *d)
{
	return d->cpu->priv == PML_RISCV_MODE_M;
}

/* What user mode has no right to: in a guest that may have another name. */
static void refuse_user(struct pmap_rv *d, const char *why)
{
	pmap_rv_refuse(d, d->cpu->v ? PMAP_RISCV_VIRTUAL : PMAP_RISCV_ILLEGAL, why);
}

/* --- CBO ------------------------------------------------------------------- */

/* xenvcfg's fields: "Privileged Permission Checks". */
static void check_enabled(struct pmap_rv *d, uint64_t field)
{
	const struct pmap_riscv_cpu *cpu = d->cpu;

	if (is_machine(d) || !cpu->has_envcfg)
		return;
	if (!(cpu->menvcfg & field))
		pmap_rv_refuse(d, PMAP_RISCV_ILLEGAL, "menvcfg does not enable it");
	else if (cpu->v && !(cpu->henvcfg & field))
		pmap_rv_refuse(d, PMAP_RISCV_VIRTUAL, "henvcfg does not enable it");
	else if (is_user(d) && !(cpu->senvcfg & field))
		refuse_user(d, "senvcfg does not enable it");
}

void pmap_rv_cache(struct pmap_rv *d, unsigned operation)
{
	static const struct {
		const char *name;
		uint64_t field;
	} all[] = {
		[0] = { "cbo.inval", ENVCFG_CBIE }, [1] = { "cbo.clean", ENVCFG_CBCFE },
		[2] = { "cbo.flush", ENVCFG_CBCFE }, [4] = { "cbo.zero", ENVCFG_CBZE },
	};
	uint64_t va = d->cpu->x[pmap_rv_rs1(d)], block = d->cpu->block;
	struct pmap_mem *mem;

	if (operation > 4 || !all[operation].name) {
		d->insn->unknown = pmap_rv_not_known;
		return;
	}
	pmap_rv_text(d, "%s (%s)", all[operation].name,
		     pmap_rv_reg(pmap_rv_rs1(d)));
	mem = pmap_rv_access(d, operation == 4 ? PMAP_MEM_W : PMAP_MEM_R,
			     va & ~(block - 1), block);
	mem->role = "block";
	mem->how = operation == 4 ? 0 : PMAP_RISCV_CBO;
	check_enabled(d, all[operation].field);
}

/* --- Who may? -------------------------------------------------------------- */

void pmap_rv_check_hlv(struct pmap_rv *d)
{
	if (!pmap_rv_has(d, 'H'))
		pmap_rv_refuse(d, PMAP_RISCV_ILLEGAL,
			       "the hart has no hypervisor extension, says misa");
	else if (d->cpu->v)
		pmap_rv_refuse(d, PMAP_RISCV_VIRTUAL, not_the_guests);
	else if (is_user(d) && !(d->cpu->hstatus & HSTATUS_HU))
		pmap_rv_refuse(d, PMAP_RISCV_ILLEGAL,
			       "user mode may not (hstatus.HU=0)");
}

/* Of the supervisor, but for a bit that keeps it from that. */
static void check_supervisor(struct pmap_rv *d, uint64_t own, uint64_t guests,
			     const char *why)
{
	if (is_user(d))
		refuse_user(d, not_the_users);
	else if (is_machine(d))
		return;
	else if (!d->cpu->v && d->cpu->status & own)
		pmap_rv_refuse(d, PMAP_RISCV_ILLEGAL, why);
	else if (d->cpu->v && d->cpu->hstatus & guests)
		pmap_rv_refuse(d, PMAP_RISCV_VIRTUAL, why);
}

/* Of the hypervisor: HFENCE. */
static void check_hypervisor(struct pmap_rv *d, uint64_t own)
{
	if (d->cpu->v)
		pmap_rv_refuse(d, PMAP_RISCV_VIRTUAL, not_the_guests);
	else
		check_supervisor(d, own, 0, "mstatus.TVM keeps it from the supervisor");
}

/* ECALL and its neighbours, with no CSR. */
static void no_csr(struct pmap_rv *d)
{
	static const char tvm[] = "TVM in mstatus, or VTVM in hstatus, keeps it from the supervisor";

	if (d->word == 0x10200073)		/* sret */
		check_supervisor(d, STATUS_TSR, HSTATUS_VTSR,
				 "TSR in mstatus, or VTSR in hstatus, keeps it from the supervisor");
	else if (d->word == 0x30200073 && !is_machine(d))	/* mret */
		pmap_rv_refuse(d, PMAP_RISCV_ILLEGAL, "it is M mode's");
	switch (pmap_rv_field(d, 25, 7)) {
	case 0x09: case 0x0b:			/* sfence.vma, sinval.vma */
		check_supervisor(d, STATUS_TVM, HSTATUS_VTVM, tvm);
		break;
	case 0x11: case 0x13:			/* hfence.vvma, hinval.vvma */
		check_hypervisor(d, 0);
		break;
	case 0x31: case 0x33:			/* hfence.gvma, hinval.gvma */
		check_hypervisor(d, STATUS_TVM);
		break;
	}
}

/* Does the instruction write the CSR?  CSRRS and CSRRC of x0, or 0, do not. */
static bool writes_csr(const struct pmap_rv *d)
{
	return (pmap_rv_funct3(d) & 3) == 1 || pmap_rv_rs1(d);
}

/* FP's and V's own, which go with their state. */
static void check_csr_state(struct pmap_rv *d, unsigned csr)
{
	if (csr >= 1 && csr <= 3 && !(d->cpu->status & STATUS_FS))
		pmap_rv_refuse(d, PMAP_RISCV_ILLEGAL, "floating point is off (FS=0)");
	if (((csr >= 8 && csr <= 15) || (csr >= 0xc20 && csr <= 0xc22)) &&
	    !(d->cpu->status & STATUS_VS))
		pmap_rv_refuse(d, PMAP_RISCV_ILLEGAL, "vectors are off (VS=0)");
}

/* Bits 9:8 of the number are the lowest mode that may, 11:10 read-only if 3. */
static void check_csr(struct pmap_rv *d, unsigned csr)
{
	unsigned level = csr >> 8 & 3, needs = level;

	check_csr_state(d, csr);
	if (level == LEVEL_HYPERVISOR)
		needs = PML_RISCV_MODE_S;
	if (csr >> 10 == 3 && writes_csr(d))
		pmap_rv_refuse(d, PMAP_RISCV_ILLEGAL, "that CSR is read-only");
	else if (level == PML_RISCV_MODE_M && !is_machine(d))
		pmap_rv_refuse(d, PMAP_RISCV_ILLEGAL, "that CSR is M mode's");
	else if (level == LEVEL_HYPERVISOR && d->cpu->v)
		pmap_rv_refuse(d, PMAP_RISCV_VIRTUAL, not_the_guests);
	else if (d->cpu->priv < needs)
		refuse_user(d, "that CSR is not user mode's");
}

/* SSPUSH and SSPOPCHK, which are nothing at all unless shadow stacks are on. */
static bool is_shadow_stack(uint32_t word)
{
	return word == 0xce104073 || word == 0xce504073 ||
	       word == 0xcdc0c073 || word == 0xcdc2c073;
}

void pmap_rv_system(struct pmap_rv *d)
{
	if (!pmap_rv_funct3(d))
		no_csr(d);
	else if (pmap_rv_funct3(d) != 4)
		check_csr(d, pmap_rv_field(d, 20, 12));
	else if (is_shadow_stack(d->word) && d->cpu->menvcfg & ENVCFG_SSE)
		d->insn->unknown = "shadow stacks (Zicfiss) are not known here";
}
