/*
 * What becomes of an access in two dimensions.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/x86/judge.h"
#include "show/words-2d.h"

static const struct pmap_x86_bit ept_bits[] = {
	{ PML_X86_EPT_Q_READ, "read" }, { PML_X86_EPT_Q_WRITE, "write" },
	{ PML_X86_EPT_Q_FETCH, "fetch" },
	{ PML_X86_EPT_Q_MAY_READ, "R" }, { PML_X86_EPT_Q_MAY_WRITE, "W" },
	{ PML_X86_EPT_Q_MAY_FETCH, "X" }, { PML_X86_EPT_Q_MAY_XU, "XU" },
	{ PML_X86_EPT_Q_LINEAR, "linear address" }, { PML_X86_EPT_Q_FINAL, "memory" },
	{ PML_X86_EPT_Q_USER, "guest U" }, { PML_X86_EPT_Q_RW, "guest W" },
	{ PML_X86_EPT_Q_NX, "guest NX" },
	{ 0, NULL }
};

/* The entry of the second dimension that takes a right away. */
static void add_culprit(struct pmap_text *out, const struct pmap_target *target,
			const struct pml_x86_verdict_2d *v)
{
	if (v->exit == PML_X86_EXIT_NONE || v->kind != PML_LEAF || !v->level)
		return;
	pmap_text_add(out, ", by the %s at 0x%" PRIx64 " = 0x%" PRIx64 " of %s",
		      target->outer.fmt->level[v->level].name, v->slot_pa,
		      v->raw, pmap_x86_outer_tables(target));
}

/*
 * What a control that pmap is not told of would make of the page: SDM 3C,
 * 29.3.4 (sub-page write permissions) and 29.3.3.2 (paging-write access).
 */
static void add_unknown(struct pmap_text *out, const struct pmap_target *target,
			const struct pml_x86_verdict_2d *v)
{
	struct pml_target page;

	if (v->exit != PML_X86_EXIT_EPT_VIOLATION || !(v->missing & PML_W) ||
	    !pml_translate(&target->outer, v->gpa, &page, NULL))
		return;
	if (page.level == 1 && page.raw & PML_EPT_SPP)
		pmap_text_puts(out, "; unless the VM has sub-page write permissions (SPP=1), which pmap does not know");
	else if (v->where == PML_IN_TABLE && page.raw & PML_EPT_PW)
		pmap_text_puts(out, "; unless the VM has paging-write control (PW=1), which pmap does not know");
}

static void add_exception(struct pmap_text *out,
			  const struct pml_x86_verdict *v)
{
	pmap_text_add(out, "%s in the guest", pmap_x86_exception_name(v->exception));
	if (v->exception != PML_X86_PF)
		return;
	pmap_text_puts(out, ", error code ");
	pmap_x86_add_bits(out, v->error, pmap_x86_pf_bits, ", ");
	pmap_text_add(out, ", CR2 0x%" PRIx64, v->va);
}

void pmap_x86_add_exit(struct pmap_text *out, const struct pmap_target *target,
		   const struct pml_x86_verdict_2d *v)
{
	switch ((enum pml_x86_exit)v->exit) {
	case PML_X86_EXIT_NONE:
		pmap_text_puts(out, "allowed");
		break;
	case PML_X86_EXIT_EXCEPTION:
		add_exception(out, &v->guest);
		break;
	case PML_X86_EXIT_NPF:
		pmap_text_puts(out, "nested page fault, EXITINFO1 ");
		pmap_x86_add_bits(out, v->info, pmap_x86_pf_bits, ", ");
		pmap_text_add(out, ", EXITINFO2 0x%" PRIx64, v->gpa);
		break;
	case PML_X86_EXIT_EPT_VIOLATION:
		pmap_text_puts(out, "EPT violation, qualification ");
		pmap_x86_add_bits(out, v->info, ept_bits, ", ");
		pmap_text_add(out, ", gpa 0x%" PRIx64, v->gpa);
		break;
	case PML_X86_EXIT_EPT_MISCONFIG:
		pmap_text_add(out, "EPT misconfiguration, gpa 0x%" PRIx64, v->gpa);
		break;
	case PML_X86_EXIT_UNKNOWN:
		pmap_text_puts(out, target->nesting == PML_PLAIN ?
			       "unknown: it depends on who maps the guest's memory" :
			       "cannot tell");
		break;
	}
	add_culprit(out, target, v);
	add_unknown(out, target, v);
}

const char *pmap_x86_exit_name(const struct pml_x86_verdict_2d *v)
{
	static const char *const names[] = {
		[PML_X86_EXIT_NONE] = "none",
		[PML_X86_EXIT_EXCEPTION] = "exception",
		[PML_X86_EXIT_NPF] = "npf",
		[PML_X86_EXIT_EPT_VIOLATION] = "ept-violation",
		[PML_X86_EXIT_EPT_MISCONFIG] = "ept-misconfiguration",
		[PML_X86_EXIT_UNKNOWN] = "unknown",
	};

	return names[v->exit];
}

void pmap_x86_exit_results(struct pmap_query *q, const struct pml_x86_verdict_2d *v)
{
	pmap_result_str(q->call, "exit", pmap_x86_exit_name(v));
	if (v->exit == PML_X86_EXIT_EXCEPTION) {
		pmap_result_u64(q->call, "exit_info", v->guest.error);
	} else if (v->exit != PML_X86_EXIT_NONE) {
		pmap_result_u64(q->call, "exit_info", v->info);
		pmap_result_u64(q->call, "exit_gpa", v->gpa);
	}
}
