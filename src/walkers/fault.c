/*
 * pmap fault: a page fault that was taken, against the tables as they are now.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "arch/x86/exception-frame.h"
#include "arch/x86/judge.h"
#include "walkers/walkers.h"

/* The fault, as far as it is known. */
struct fault {
	uint64_t cr2;
	uint32_t error;
	bool has_frame;
	const char *source;	/* of the error code */
	struct pmap_frame frame;
};

/* Faults that have their reason elsewhere: SDM 3A, figure 4-12; APM 2, 15.36.10. */
#define NOT_MODELLED	(PML_X86_PF_HLAT | PML_X86_PF_SGX | PML_X86_PF_RMP)

static const char no_error[] =
	"no error code: none was given (--error), and nothing on the stack looks like a page fault's frame";

static int find_fault(struct pmap_query *q, const struct pmap_processor *cpu,
		      struct fault *f)
{
	if (!q->opt.start.text && !q->target.has[PMAP_REG_CR2])
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "this target shows no $cr2: give the address");
	f->cr2 = pmap_query_va(q, q->opt.start.text ? q->opt.start.value :
				q->target.reg[PMAP_REG_CR2]);
	if (pmap_frame_here(&f->frame, q, cpu)) {
		f->source = "the handler's frame";
		f->has_frame = true;
	} else if (!q->opt.error.text && pmap_frame_search(&f->frame, q, cpu)) {
		f->source = "what looks like a page fault's frame";
		f->has_frame = true;
	}
	if (!q->opt.error.text && !f->has_frame)
		return pmap_fail(q, PMAP_STATUS_UNTOLD, "%s", no_error);
	f->error = f->has_frame ? f->frame.error : 0;
	if (q->opt.error.text)
		f->error = q->opt.error.value;
	return 0;
}

static struct pml_x86_access fault_access(const struct fault *f)
{
	struct pml_x86_access a = { .va = f->cr2, .size = 1, .kind = PML_R };

	a.user = f->error & PML_X86_PF_U;
	/* From user mode, but as the supervisor: a descriptor table or a TSS. */
	a.implicit = f->has_frame && !a.user && f->frame.user;
	a.shadow = f->error & PML_X86_PF_SS;
	/* Without NXE and SMEP the error code does not tell fetches. */
	if (f->error & PML_X86_PF_W)
		a.kind = PML_W;
	else if (f->error & PML_X86_PF_I ||
		 (f->has_frame && f->frame.rip == f->cr2))
		a.kind = PML_X;
	return a;
}

/* Without NXE and SMEP, and without its frame, a fetch looks like a read. */
static const char *access_name(const struct fault *f,
			       const struct pml_x86_access *a,
			       const struct pmap_judge *judge)
{
	const struct pml_x86_controls *c = &judge->controls;
	bool told = f->has_frame || c->cr4 & PML_X86_CR4_SMEP ||
		    (c->efer & PML_X86_EFER_NXE && judge->space->fmt->nx);

	return a->kind == PML_R && !told ? "read or fetch" :
	       pmap_access_name(a->kind);
}

static void add_fault(struct pmap_query *q, const struct fault *f,
		      const struct pml_x86_access *a,
		      const struct pmap_judge *judge)
{
	struct pmap_text *out = q->out;

	pmap_text_add(out, "page fault at 0x%" PRIx64 ", error code ", f->cr2);
	pmap_add_error_code(out, f->error);
	pmap_text_add(out, ": %s by the %s%s, %s\n", access_name(f, a, judge),
		      a->user ? "user" : "supervisor",
		      a->implicit ? " on user mode's behalf" : "",
		      f->error & PML_X86_PF_RSVD ? "a reserved bit" :
		      f->error & PML_X86_PF_P ? "a right missing" :
		      "not present");
	if (f->has_frame)
		pmap_text_add(out, "  by the instruction at 0x%" PRIx64 "; %s%s at 0x%" PRIx64 "\n",
			      f->frame.rip, q->opt.error.text ? "" : "from ",
			      f->source, f->frame.at);
}

/*
 * Does a fresh walk say the same?  Some emulators report reserved bits without
 * P, which no processor does; nothing else can be meant.
 */
static bool explains(const struct pml_x86_verdict *v, uint32_t error)
{
	if (v->exception != PML_X86_PF)
		return false;
	if (v->error & error & PML_X86_PF_RSVD)
		error |= PML_X86_PF_P;
	return v->error == error;
}

static void add_verdict(struct pmap_query *q, const struct pmap_judge *judge,
			const struct fault *f, const struct pml_x86_access *a,
			const struct pml_x86_verdict *v)
{
	struct pmap_text *out = q->out;

	if (f->error & NOT_MODELLED) {
		pmap_text_puts(out, "  the reason is in none of these tables: the error code has ");
		pmap_add_error_code(out, f->error & NOT_MODELLED);
		pmap_text_puts(out, "\n");
		return;
	}
	if (v->reason == PML_X86_WHY_ALLOWED) {
		pmap_text_puts(out, "  the tables allow this access now: they were changed since, or the processor used an old translation (a stale TLB entry)\n");
		return;
	}
	pmap_text_puts(out, "  ");
	if (v->reason != PML_X86_WHY_UNREADABLE && !explains(v, f->error)) {
		pmap_text_puts(out, "the tables were changed since (or an old translation was used), and would now give ");
		pmap_add_verdict(out, v);
		pmap_text_puts(out, ":\n  ");
	}
	pmap_add_culprit(out, judge, a, v);
	pmap_text_puts(out, "\n");
}

int pmap_fault(struct pmap_query *q)
{
	struct pmap_processor cpu;
	struct pmap_judge judge;
	struct fault f = { 0 };
	struct pml_x86_access a;
	struct pml_x86_verdict v;
	int status;

	if (q->target.nested)
		return pmap_fault_2d(q);
	pmap_processor_init(&cpu, q);
	status = pmap_judge_possible(q);
	if (!status)
		status = find_fault(q, &cpu, &f);
	if (status)
		return status;
	pmap_judge_init(&judge, q);
	/* Not known without the frame: what SMAP would have stopped, it did. */
	judge.controls.ac = f.has_frame && f.frame.rflags & PML_X86_EFLAGS_AC;
	judge.unknown &= ~(unsigned)PMAP_ASSUMED_CPL;
	a = fault_access(&f);
	pmap_judge(&judge, &a, &v);
	add_fault(q, &f, &a, &judge);
	add_verdict(q, &judge, &f, &a, &v);
	pmap_add_assumptions(q->out, &judge, "  ");
	if (v.reason == PML_X86_WHY_UNREADABLE || f.error & NOT_MODELLED)
		return PMAP_STATUS_UNTOLD;
	pmap_result_u64(q->call, "cr2", f.cr2);
	pmap_result_u64(q->call, "error", f.error);
	pmap_result_u64(q->call, "exception", PML_X86_PF);
	pmap_result_u64(q->call, "fault", v.exception != PML_X86_NO_FAULT);
	pmap_result_u64(q->call, "explained", explains(&v, f.error));
	if (f.has_frame)
		pmap_result_u64(q->call, "rip", f.frame.rip);
	return PMAP_STATUS_OK;
}
