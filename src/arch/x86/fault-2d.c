/*
 * pmap fault with a second dimension: a guest-physical address and what the
 * exit said of it, against the nested or extended tables as they are now.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/x86/judge.h"
#include "show/words-2d.h"

/* What two reports of one violation must agree in. */
#define NPF_COMPARED	(PML_X86_PF_P | PML_X86_PF_W | PML_X86_PF_U | PML_X86_PF_RSVD | \
			 PML_X86_PF_I | PML_X86_NPF_FINAL | PML_X86_NPF_TABLE)
#define EPT_COMPARED	(PML_X86_EPT_Q_READ | PML_X86_EPT_Q_WRITE | \
			 PML_X86_EPT_Q_FETCH | PML_X86_EPT_Q_MAY_READ | \
			 PML_X86_EPT_Q_MAY_WRITE | PML_X86_EPT_Q_MAY_FETCH)
/* Undefined without mode-based execute control. */
#define MBEC_COMPARED	(EPT_COMPARED | PML_X86_EPT_Q_MAY_XU)

/* APM 2, 15.25.6: EXITINFO1. */
static void from_npf(struct pml_x86_gpa_access *a, uint64_t info)
{
	a->where = info & PML_X86_NPF_TABLE ? PML_IN_TABLE : PML_IN_FINAL;
	a->pf = info & (PML_X86_PF_W | PML_X86_PF_I);
	a->rights = PML_U;
	if (a->where == PML_IN_TABLE)
		a->rights |= PML_R | PML_W;
	else
		a->rights |= info & PML_X86_PF_I ? PML_X :
			     info & PML_X86_PF_W ? PML_W : PML_R;
}

/*
 * What a fetch needed: with mode-based execute control, whichever of the two
 * rights the qualification says was missing.
 */
static unsigned fetch_needed(uint64_t info, bool mbec)
{
	unsigned rights = (info & PML_X86_EPT_Q_MAY_FETCH ? 0 : PML_X) |
			  (info & PML_X86_EPT_Q_MAY_XU ? 0 : PML_XU);

	return mbec && rights ? rights : PML_X;
}

/* SDM 3C, table 28-7: the exit qualification. */
static void from_ept(struct pml_x86_gpa_access *a, uint64_t info, bool mbec)
{
	bool final = info & PML_X86_EPT_Q_FINAL;

	a->where = (info & PML_X86_EPT_Q_LINEAR) && !final ? PML_IN_TABLE
							   : PML_IN_FINAL;
	a->ept = info & (PML_X86_EPT_Q_READ | PML_X86_EPT_Q_WRITE |
			 PML_X86_EPT_Q_FETCH);
	a->rights = (info & PML_X86_EPT_Q_READ ? PML_R : 0) |
		    (info & PML_X86_EPT_Q_WRITE ? PML_W : 0) |
		    (info & PML_X86_EPT_Q_FETCH ? fetch_needed(info, mbec) : 0);
	/* A misconfiguration has no qualification: any access meets it. */
	if (!a->rights)
		a->rights = PML_R;
}

static void add_reason(struct pmap_query *q, const struct pml_x86_verdict_2d *v)
{
	const struct pml_space *outer = &q->target.outer;
	struct pml_target t;

	pml_translate(outer, v->gpa, &t, NULL);
	if (t.kind == PML_LEAF)
		return;
	pmap_text_puts(q->out, "  ");
	pmap_add_outer_reason(q->out, &q->target, v->gpa, &t);
	pmap_text_puts(q->out, "\n");
}

int pmap_x86_fault_2d(struct pmap_query *q)
{
	bool npt = q->target.nesting == PML_NPT, given = q->opt.error.text;
	uint64_t info = q->opt.error.value;
	bool mbec = q->opt.mbec;
	uint64_t compared = npt ? NPF_COMPARED :
			    mbec ? MBEC_COMPARED : EPT_COMPARED;
	struct pml_x86_gpa_access a = { .gpa = q->opt.start.value };
	struct pml_x86_verdict_2d v = { .exit = PML_X86_EXIT_NONE };
	bool explained;

	if (q->target.nesting == PML_PLAIN)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "nested faults need --npt or --ept; --gpa-space is not a hardware format");
	if (!q->opt.start.text || (npt && !given))
		return pmap_fail(q, PMAP_STATUS_USAGE, npt ?
				 "give the guest-physical address (EXITINFO2) and --error EXITINFO1" :
				 "give the guest-physical address and, of a violation, --error QUALIFICATION");
	if (npt)
		from_npf(&a, info);
	else
		from_ept(&a, info, mbec);
	pml_x86_gpa_passes(&q->target.pair, &a, &v);
	explained = v.exit == PML_X86_EXIT_EPT_MISCONFIG ? !given :
		    v.exit > PML_X86_EXIT_EXCEPTION && given &&
		    !((v.info ^ info) & compared);
	pmap_text_add(q->out, "gpa 0x%" PRIx64 ": ", a.gpa);
	if (v.exit == PML_X86_EXIT_NONE) {
		pmap_text_add(q->out, "%s allow%s this access now: changed since, or an old translation was used\n",
			      pmap_x86_outer_tables(&q->target),
			      q->target.nesting >= PML_EPT ? "s" : "");
	} else {
		if (!explained)
			pmap_text_puts(q->out, "changed since; now it would be ");
		pmap_x86_add_exit(q->out, &q->target, &v);
		pmap_text_puts(q->out, "\n");
		add_reason(q, &v);
	}
	if (v.exit == PML_X86_EXIT_UNKNOWN)
		return PMAP_STATUS_UNTOLD;
	pmap_x86_exit_results(q, &v);
	pmap_result_u64(q->call, "fault", v.exit != PML_X86_EXIT_NONE);
	pmap_result_u64(q->call, "explained", explained);
	return PMAP_STATUS_OK;
}
