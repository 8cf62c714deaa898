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

static void set_access(struct pmap_query *q, struct pmap_fault *f, uint64_t va)
{
	struct pmap_access *a = &f->access;
	uint64_t spsr = pmap_target_reg(&q->target, PMAP_ARM64_SPSR);

	*a = (struct pmap_access){ .va = va, .size = 1, .kind = PML_R };
	if (is_fetch(f->error))
		a->kind = PML_X;
	else if (f->error & PML_ARM64_ISS_WNR)
		a->kind = PML_W;
	/* From a lower level: from EL0, unless this is EL2's of a guest. */
	a->user = !(f->error >> 26 & 1) && (!f->has_pc || !(spsr & 0xc));
	if (is_unprivileged(q, f))
		a->how = PMAP_ARM64_UNPRIVILEGED;
}

int pmap_arm64_find_fault(struct pmap_query *q, struct pmap_judge *judge,
			  struct pmap_fault *f)
{
	const struct pmap_target *t = &q->target;
	bool given = q->opt.error.text;
	unsigned fsc;

	if (!given && !pmap_target_has(t, PMAP_ARM64_ESR))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "the target does not provide ESR_ELx: give it with --error, and the address");
	if (given && !q->opt.start.text)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--error needs the address: what FAR_ELx had");
	*f = (struct pmap_fault){
		.error = given ? q->opt.error.value :
			 pmap_target_reg(t, PMAP_ARM64_ESR),
		.has_pc = !given && pmap_target_has(t, PMAP_ARM64_ELR),
		.pc = pmap_target_reg(t, PMAP_ARM64_ELR),
		.source = "ESR, FAR and ELR of the level that takes exceptions now",
	};
	if (!is_abort(f->error))
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "the last exception was no abort (ESR 0x%" PRIx64 ", class 0x%x): give --error ESR and the address",
				 f->error, (unsigned)(f->error >> 26 & 0x3f));
	fsc = f->error & 0x3f;
	f->elsewhere = fsc >= 0x10 && fsc != PML_ARM64_FSC_SIZE_M1 &&
		       fsc != PML_ARM64_FSC_TRANSLATION_M1;
	set_access(q, f, q->opt.start.text ? q->opt.start.value :
		   pmap_target_reg(t, PMAP_ARM64_FAR));
	/* As it was then: PAN is in the saved state. */
	if (f->has_pc && pmap_target_has(t, PMAP_ARM64_SPSR)) {
		uint64_t spsr = pmap_target_reg(t, PMAP_ARM64_SPSR);

		pmap_arm64_state(judge)->pan = spsr & PMAP_ARM64_PAN;
		pmap_arm64_state(judge)->uao = spsr & PMAP_ARM64_UAO;
		judge->unknown &= ~(unsigned)PMAP_ARM64_ASSUMED_PAN;
	}
	judge->says_user = false;
	return 0;
}

void pmap_arm64_add_fault(struct pmap_text *out, const struct pmap_judge *judge,
			  const struct pmap_fault *f)
{
	(void)judge;
	pmap_text_add(out, "abort at 0x%" PRIx64 ", ESR 0x%" PRIx64 ": %s by the %s%s, ",
		      f->access.va, f->error, pmap_access_name(f->access.kind),
		      f->access.user ? "user" : "supervisor",
		      f->access.how ? " with the user's rights" : "");
	pmap_arm64_add_syndrome(out, f->error);
	pmap_text_puts(out, "\n");
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
