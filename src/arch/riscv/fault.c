/*
 * The fault that a RISC-V hart took: scause, stval and sepc, or M mode's.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/riscv/judge.h"

#define INTERRUPT(xlen)	(1ULL << ((xlen) - 1))

static bool is_fetch(uint64_t cause)
{
	return cause == PML_RISCV_FETCH_ACCESS || cause == PML_RISCV_FETCH_PAGE ||
	       cause == PML_RISCV_FETCH_GUEST;
}

static bool is_store(uint64_t cause)
{
	return cause == PML_RISCV_STORE_ACCESS || cause == PML_RISCV_STORE_PAGE ||
	       cause == PML_RISCV_STORE_GUEST;
}

/* Is it about memory at all? */
static bool is_memory(uint64_t cause)
{
	return is_fetch(cause) || is_store(cause) ||
	       cause == PML_RISCV_LOAD_ACCESS || cause == PML_RISCV_LOAD_PAGE ||
	       cause == PML_RISCV_LOAD_GUEST;
}

static bool is_access_fault(uint64_t cause)
{
	return cause < PML_RISCV_FETCH_PAGE;
}

/* Where the trap came from: the mode before. */
static bool from_user(const struct pmap_target *t)
{
	uint64_t mstatus = pmap_target_reg(t, PMAP_RISCV_MSTATUS);

	return pmap_riscv_priv(t) == PML_RISCV_MODE_M ?
	       pml_riscv_mpp(mstatus) == PML_RISCV_MODE_U :
	       !(mstatus & PML_RISCV_MSTATUS_SPP);
}

/* Was the hart in a guest, whose memory it is about? */
static bool from_guest(const struct pmap_target *t)
{
	if (pmap_riscv_priv(t) == PML_RISCV_MODE_M)
		return pmap_target_reg(t, PMAP_RISCV_MSTATUS) &
		       PML_RISCV_MSTATUS_GVA;
	return !pmap_riscv_virt(t) && (pmap_target_reg(t, PMAP_RISCV_HSTATUS) &
				       PML_RISCV_HSTATUS_GVA);
}

/* The code, of the register or as the user gives it; 0 or the status of pmap_fail(). */
static int find_code(struct pmap_query *q, struct pmap_fault *f)
{
	const struct pmap_target *t = &q->target;
	bool given = q->opt.error.text;

	if (!given && !pmap_target_has(t, PMAP_RISCV_CAUSE))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "the target does not provide scause: give it with --error, and the address");
	if (given && !q->opt.start.text)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--error needs the address: what stval had");
	f->error = given ? q->opt.error.value :
		   pmap_target_reg(t, PMAP_RISCV_CAUSE);
	if (is_memory(f->error))
		return 0;
	if (f->error & INTERRUPT(pmap_riscv_mmu.regs.xlen))
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "the last trap was an interrupt (scause 0x%" PRIx64 "): give --error CAUSE and the address",
				 f->error);
	return pmap_fail(q, PMAP_STATUS_UNTOLD,
			 "the last trap was no page fault, nor an access fault (scause %" PRIu64 "): give --error CAUSE and the address",
			 f->error);
}

static void set_access(struct pmap_query *q, struct pmap_judge *judge,
		       struct pmap_fault *f)
{
	const struct pmap_target *t = &q->target;
	bool given = q->opt.error.text;

	f->access = (struct pmap_access){
		.va = q->opt.start.text ? q->opt.start.value :
		      pmap_target_reg(t, PMAP_RISCV_TVAL),
		.size = 1,
		.kind = is_fetch(f->error) ? PML_X :
			is_store(f->error) ? PML_W : PML_R,
		.user = given ? judge->user : from_user(t),
	};
	pmap_riscv_state(judge)->machine = false;
	/* Handlers clear SUM when they have saved it. */
	judge->unknown |= PMAP_RISCV_ASSUMED_SUM;
}

int pmap_riscv_find_fault(struct pmap_query *q, struct pmap_judge *judge,
			  struct pmap_fault *f)
{
	const struct pmap_target *t = &q->target;
	bool given = q->opt.error.text;
	struct pmap_verdict v;
	int status;

	*f = (struct pmap_fault){
		.has_pc = !given && pmap_target_has(t, PMAP_RISCV_EPC),
		.pc = pmap_target_reg(t, PMAP_RISCV_EPC),
		.source = pmap_riscv_priv(t) == PML_RISCV_MODE_M ?
			  "mcause, mtval and mepc" : "scause, stval and sepc",
	};
	status = find_code(q, f);
	if (status)
		return status;
	if (!given && from_guest(t) && !pmap_riscv_mmu.regs.v)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "the fault was a guest's (GVA=1): ask with --hgatp $hgatp, which takes $vsatp for its tables");
	set_access(q, judge, f);
	if (!given)
		judge->says_user = false;
	/* No memory there, or a device that refuses: PMP apart, no table says so. */
	f->elsewhere = is_access_fault(f->error) &&
		       pmap_judge(judge, &f->access, &v);
	return 0;
}

void pmap_riscv_add_fault(struct pmap_text *out, const struct pmap_judge *judge,
			  const struct pmap_fault *f)
{
	const struct pmap_target *t = &judge->q->target;
	uint64_t gpa = pmap_target_reg(t, PMAP_RISCV_TVAL2) << 2;

	pmap_riscv_add_cause(out, f->error);
	pmap_text_add(out, " at 0x%" PRIx64 ": %s by the %s", f->access.va,
		      pmap_access_name(f->access.kind),
		      f->access.user ? "user" : "supervisor");
	if (f->has_pc && pml_riscv_is_guest_fault(f->error) && gpa)
		pmap_text_add(out, ", gpa 0x%" PRIx64 " (htval << 2)", gpa);
}

void pmap_riscv_add_elsewhere(struct pmap_text *out, const struct pmap_fault *f)
{
	pmap_text_puts(out, "it was: ");
	pmap_riscv_add_cause(out, f->error);
}

bool pmap_riscv_explains(const struct pmap_verdict *verdict,
			 const struct pmap_fault *f)
{
	return (verdict->outcome == PMAP_FAULTS || verdict->outcome == PMAP_EXITS) &&
	       pmap_riscv_answer(verdict)->cause == f->error;
}

void pmap_riscv_fault_results(struct pmap_query *q, const struct pmap_fault *f)
{
	pmap_result_u64(q->call, "error", f->error);
	pmap_result_u64(q->call, "exception", f->error);
}
