/*
 * The abort that an AArch64 processor took: ESR_ELx, FAR_ELx and ELR_ELx of the
 * level that it is at.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/arm64/judge.h"

/* The kinds of load and store that go by EL0's rights: C4.1.94. */
#define UNPRIVILEGED_MASK	0x3b200c00u
#define UNPRIVILEGED		0x38000800u

static bool is_abort(uint64_t esr)
{
	unsigned ec = esr >> 26 & 0x3f;

	return ec == PML_ARM64_EC_FETCH || ec == PML_ARM64_EC_FETCH_LOWER ||
	       ec == PML_ARM64_EC_DATA || ec == PML_ARM64_EC_DATA_LOWER;
}

static bool is_fetch(uint64_t esr)
{
	return (esr >> 26 & 0x3e) == PML_ARM64_EC_FETCH_LOWER;
}

/* Was it LDTR or its like, which the syndrome does not tell? */
static bool is_unprivileged(struct pmap_query *q, const struct pmap_fault *f)
{
	uint32_t insn;

	return f->has_pc && !f->access.user &&
	       pmap_read_virtual(q, f->pc, &insn, 4) == 4 &&
	       (insn & UNPRIVILEGED_MASK) == UNPRIVILEGED;
}

/* Where what the processor says of an exception is: of one level. */
struct report {
	unsigned esr, far, elr, spsr;	/* of enum pmap_arm64_reg */
	const char *name;
};

/* Those of the level that takes exceptions: EL0's is EL1, below a host EL2. */
static struct report own_report(void)
{
	static const char *const names[] = {
		[PML_ARM64_EL10] = "ESR_EL1, FAR_EL1 and ELR_EL1",
		[PML_ARM64_EL20] = "ESR_EL2, FAR_EL2 and ELR_EL2",
		[PML_ARM64_EL2] = "ESR_EL2, FAR_EL2 and ELR_EL2",
		[PML_ARM64_EL3] = "ESR_EL3, FAR_EL3 and ELR_EL3",
	};

	return (struct report){
		PMAP_ARM64_ESR, PMAP_ARM64_FAR, PMAP_ARM64_ELR, PMAP_ARM64_SPSR,
		names[pmap_arm64_mmu.regs.regime]
	};
}

/* An abort that EL2 took of a guest is in EL2's, whatever level is asked for. */
static struct report report_of(const struct pmap_target *t)
{
	static const struct report el2 = {
		PMAP_ARM64_ESR_EL2, PMAP_ARM64_FAR_EL2, PMAP_ARM64_ELR_EL2,
		PMAP_ARM64_SPSR_EL2, "ESR_EL2, FAR_EL2 and ELR_EL2"
	};

	return pmap_arm64_is_elsewhere(t) && t->nested &&
	       (pmap_target_reg(t, PMAP_ARM64_CPSR) >> 2 & 3) == 2 ? el2 : own_report();
}

/* Does a fresh walk for that level say what was reported? */
static bool is_of(struct pmap_judge *judge, const struct pmap_fault *f, bool user)
{
	struct pmap_access access = f->access;
	struct pmap_verdict v;

	access.user = user;
	pmap_judge(judge, &access, &v);
	return pmap_arm64_explains(&v, f);
}

/*
 * From a lower level: EL0, unless EL2 took it from a guest, of which SPSR tells
 * the level, or else which of the two gives this very abort.
 */
static bool by_user(struct pmap_query *q, struct pmap_judge *judge,
		    const struct pmap_fault *f, unsigned spsr)
{
	if (f->error >> 26 & 1)
		return false;
	if (f->has_pc)
		return !(pmap_target_reg(&q->target, spsr) & 0xc);
	return !q->target.nested || (is_of(judge, f, true) && !is_of(judge, f, false));
}

static void set_access(struct pmap_query *q, struct pmap_judge *judge,
		       struct pmap_fault *f, uint64_t va, unsigned spsr)
{
	struct pmap_access *a = &f->access;

	*a = (struct pmap_access){ .va = va, .size = 1, .kind = PML_R };
	if (is_fetch(f->error))
		a->kind = PML_X;
	else if (f->error & PML_ARM64_ISS_WNR)
		a->kind = PML_W;
	a->user = by_user(q, judge, f, spsr);
	if (is_unprivileged(q, f))
		a->how = PMAP_ARM64_UNPRIVILEGED;
}

/* EL2 took it from a guest, whose tables are not those that are looked at. */
static bool is_guests(const struct pmap_target *t, const struct report *r,
		      const struct pmap_fault *f)
{
	unsigned el = pmap_arm64_el(t);

	return f->has_pc && !t->nested && el == 2 && !(f->error >> 26 & 1) &&
	       ((pmap_target_reg(t, r->spsr) & 0xc) ||
		!(pmap_target_reg(t, PMAP_ARM64_HCR) & PML_ARM64_HCR_TGE));
}

/* As it was then: PAN is in the saved state. */
static void take_pstate(struct pmap_judge *judge, uint64_t spsr)
{
	pmap_arm64_state(judge)->pan = spsr & PMAP_ARM64_PAN;
	pmap_arm64_state(judge)->uao = spsr & PMAP_ARM64_UAO;
	judge->unknown &= ~(unsigned)PMAP_ARM64_ASSUMED_PAN;
}

int pmap_arm64_find_fault(struct pmap_query *q, struct pmap_judge *judge,
			  struct pmap_fault *f)
{
	const struct pmap_target *t = &q->target;
	const struct report r = report_of(t);
	bool given = q->opt.error.text;
	unsigned fsc;

	if (!given && !pmap_target_has(t, r.esr))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "the target does not provide ESR_ELx: give it with --error, and the address");
	if (given && !q->opt.start.text)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--error needs the address: what FAR_ELx had");
	*f = (struct pmap_fault){
		.error = given ? q->opt.error.value : pmap_target_reg(t, r.esr),
		.has_pc = !given && pmap_target_has(t, r.elr),
		.pc = pmap_target_reg(t, r.elr), .source = r.name,
	};
	if (!is_abort(f->error))
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "the last exception was no abort (ESR 0x%" PRIx64 ", class 0x%x): give --error ESR and the address",
				 f->error, (unsigned)(f->error >> 26 & 0x3f));
	if (is_guests(t, &r, f))
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "the abort is a guest's, whose tables are others: give --stage2 $VTTBR_EL2");
	fsc = f->error & 0x3f;
	f->elsewhere = fsc >= 0x10 && fsc != PML_ARM64_FSC_SIZE_M1 &&
		       fsc != PML_ARM64_FSC_TRANSLATION_M1;
	if (f->has_pc && pmap_target_has(t, r.spsr))
		take_pstate(judge, pmap_target_reg(t, r.spsr));
	set_access(q, judge, f, q->opt.start.text ? q->opt.start.value :
		   pmap_target_reg(t, r.far), r.spsr);
	judge->says_user = false;
	return 0;
}

/* HPFAR_EL2, where EL2's registers are what was read. */
static void add_ipa(struct pmap_text *out, const struct pmap_judge *judge,
		    const struct pmap_fault *f)
{
	const struct pmap_target *t = &judge->q->target;
	uint64_t hpfar = pmap_target_reg(t, PMAP_ARM64_HPFAR_EL2);

	if (f->has_pc && report_of(t).esr == PMAP_ARM64_ESR_EL2)
		pmap_text_add(out, ", HPFAR 0x%" PRIx64 " (IPA page 0x%" PRIx64 ")",
			      hpfar, hpfar >> 4 << 12);
}

void pmap_arm64_add_fault(struct pmap_text *out, const struct pmap_judge *judge,
			  const struct pmap_fault *f)
{
	pmap_text_add(out, "abort at 0x%" PRIx64 ", ESR 0x%" PRIx64 ": %s by the %s%s, ",
		      f->access.va, f->error, pmap_access_name(f->access.kind),
		      f->access.user ? "user" : "supervisor",
		      f->access.how ? " with the user's rights" : "");
	pmap_arm64_add_syndrome(out, f->error);
	add_ipa(out, judge, f);
}

void pmap_arm64_add_elsewhere(struct pmap_text *out, const struct pmap_fault *f)
{
	pmap_text_puts(out, "it was: ");
	pmap_arm64_add_syndrome(out, f->error);
}

bool pmap_arm64_explains(const struct pmap_verdict *verdict,
			 const struct pmap_fault *f)
{
	const struct pml_arm64_verdict *v = pmap_arm64_answer(verdict);

	return (verdict->outcome == PMAP_FAULTS || verdict->outcome == PMAP_EXITS) &&
	       v->ec == (f->error >> 26 & 0x3f) && v->fsc == (f->error & 0x3f);
}

void pmap_arm64_fault_results(struct pmap_query *q, const struct pmap_fault *f)
{
	pmap_result_u64(q->call, "error", f->error);
	pmap_result_u64(q->call, "exception", f->error >> 26 & 0x3f);
}
