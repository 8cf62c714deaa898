/*
 * What a fault on RISC-V is: its cause, why, and what the trap's registers say.
 *
 * RISC-V Instruction Set Manual, volume II: "Supervisor Cause (scause)
 * Register", and of the hypervisor extension "Trap Cause Codes" and "Transformed
 * Instruction or Pseudoinstruction for mtinst or htinst".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_FAULT_RISCV_H
#define PML_FAULT_RISCV_H

#include <pml/pmp-riscv.h>
#include <pml/translate.h>

/* Exception codes of scause, in threes: fetch, load, store and AMO. */
enum pml_riscv_cause {
	PML_RISCV_FETCH_ACCESS = 1,
	PML_RISCV_LOAD_ACCESS = 5,
	PML_RISCV_STORE_ACCESS = 7,
	PML_RISCV_FETCH_PAGE = 12,
	PML_RISCV_LOAD_PAGE = 13,
	PML_RISCV_STORE_PAGE = 15,
	PML_RISCV_FETCH_GUEST = 20,
	PML_RISCV_LOAD_GUEST = 21,
	PML_RISCV_STORE_GUEST = 23,
};

enum pml_riscv_reason {
	PML_RISCV_WHY_ALLOWED,
	PML_RISCV_WHY_UNREADABLE, /* a table cannot be read: an access fault if no memory
				   * is there, otherwise there is no telling */
	PML_RISCV_WHY_RANGE,	/* no address of the format */
	PML_RISCV_WHY_INVALID,	/* V=0 */
	PML_RISCV_WHY_RESERVED,	/* reserved bits or encodings, misaligned superpages */
	PML_RISCV_WHY_USER,	/* U=0, and it is user mode, or the G stage */
	PML_RISCV_WHY_SUM,	/* S mode, U=1, and no SUM */
	PML_RISCV_WHY_S_FETCH,	/* S mode never executes what is U's */
	PML_RISCV_WHY_READ,	/* R=0, and X=0 or no MXR */
	PML_RISCV_WHY_WRITE,
	PML_RISCV_WHY_EXECUTE,
	PML_RISCV_WHY_ACCESSED,	/* A=0, and no hardware to set it */
	PML_RISCV_WHY_DIRTY,	/* D=0, likewise */
	PML_RISCV_WHY_MARK,	/* the G stage: A or D of the VS stage has to be written */
	PML_RISCV_WHY_PMP,	/* physical memory protection */
	PML_RISCV_WHY_CBO,	/* X alone, and no telling whether that suffices for a CBO */
};

/*
 * The answer.  `level` to `bits` are of the entry that is the reason: level 0 if
 * there is none.
 */
struct pml_riscv_verdict {
	uint8_t reason;		/* of enum pml_riscv_reason */
	bool fault;		/* the hart reports one; false also where there is no telling */
	uint8_t cause;		/* of enum pml_riscv_cause; 0: allowed */
	bool g_stage;		/* the entry is the G stage's */
	bool implicit;		/* it is about an entry of a table, not the memory itself: */
	uint8_t table_level;	/* S or VS stage: of this level; 0: in the G stage's own */
	uint8_t level;
	int8_t pmp;		/* PMP: the entry that denies, or PML_RISCV_PMP_NONE */
	bool pmp_partial;	/* it has some bytes of the access alone */
	unsigned missing;	/* rights that are not there */
	uint64_t va;		/* the first address that faults, as it is used: stval */
	uint64_t gpa;		/* g_stage: what has no translation */
	uint64_t pmp_pa;	/* PMP: the address that is denied */
	uint64_t slot_pa, raw, bits;
	struct pml_target target;	/* S or VS stage: where `va` leads */
	struct pml_target outer;	/* G stage: the last address that it was asked for */
	uint64_t pa;		/* allowed: where the access goes */
};

/* The code of a fault that is an access fault, page fault or guest-page fault. */
static inline uint8_t pml_riscv_cause(unsigned kind, bool access, bool guest)
{
	if (kind & PML_X)
		return access ? PML_RISCV_FETCH_ACCESS :
		       guest ? PML_RISCV_FETCH_GUEST : PML_RISCV_FETCH_PAGE;
	if (kind & PML_W)
		return access ? PML_RISCV_STORE_ACCESS :
		       guest ? PML_RISCV_STORE_GUEST : PML_RISCV_STORE_PAGE;
	return access ? PML_RISCV_LOAD_ACCESS :
	       guest ? PML_RISCV_LOAD_GUEST : PML_RISCV_LOAD_PAGE;
}

static inline bool pml_riscv_is_guest_fault(unsigned cause)
{
	return cause == PML_RISCV_FETCH_GUEST || cause == PML_RISCV_LOAD_GUEST ||
	       cause == PML_RISCV_STORE_GUEST;
}

/* htval, or mtval2 in M mode, where a hart fills it in. */
static inline uint64_t pml_riscv_htval(const struct pml_riscv_verdict *v)
{
	return pml_riscv_is_guest_fault(v->cause) ? v->gpa >> 2 : 0;
}

/*
 * htinst, or mtinst: the pseudoinstruction for an implicit access, "Transformed
 * Instruction or Pseudoinstruction"; otherwise 0, which stands for the
 * instruction, transformed, as well.
 */
static inline uint64_t pml_riscv_htinst(const struct pml_riscv_verdict *v,
					bool is_32)
{
	uint64_t read = is_32 ? 0x2000 : 0x3000;

	if (!v->implicit || !pml_riscv_is_guest_fault(v->cause))
		return 0;
	return v->reason == PML_RISCV_WHY_MARK ? read | 0x20 : read;
}

/* Field by field, so that no memset is called. */
static inline void pml_riscv_verdict_init(struct pml_riscv_verdict *v,
					  uint64_t va)
{
	v->reason = PML_RISCV_WHY_ALLOWED;
	v->fault = v->g_stage = v->implicit = v->pmp_partial = false;
	v->cause = v->table_level = v->level = 0;
	v->pmp = PML_RISCV_PMP_NONE;
	v->missing = 0;
	v->va = va;
	v->gpa = v->pmp_pa = v->slot_pa = v->raw = v->bits = v->pa = 0;
	v->target.pa = v->target.raw = v->target.slot_pa = 0;
	v->target.rights = 0;
	v->target.kind = PML_NONCANONICAL;
	v->target.level = v->target.shift = 0;
	v->outer = v->target;
}

#endif
