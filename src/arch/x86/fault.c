/*
 * The page fault that an x86 processor took: CR2, and the error code of the
 * handler's frame.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/x86/exception-frame.h"
#include "arch/x86/judge.h"
#include "arch/x86/registers.h"

/* Faults that have their reason elsewhere: SDM 3A, figure 4-12; APM 2, 15.36.10. */
#define NOT_MODELLED	(PML_X86_PF_HLAT | PML_X86_PF_SGX | PML_X86_PF_RMP)

static bool find_frame(struct pmap_query *q, const struct pmap_processor *cpu,
		       struct pmap_frame *frame, struct pmap_fault *f)
{
	if (pmap_frame_here(frame, q, cpu))
		f->source = "the handler's frame";
	else if (!q->opt.error.text && pmap_frame_search(frame, q, cpu))
		f->source = "what looks like a page fault's frame";
	else
		return false;
	f->has_pc = true;
	f->pc = frame->rip;
	f->at = frame->at;
	f->error = frame->error;
	return true;
}

/* Does an error code tell fetches from reads?  SDM 3A, 4.7. */
static bool tells_fetches(const struct pmap_judge *judge)
{
	const struct pml_x86_controls *c = pmap_x86_controls_of(judge);
	const struct pml_space *space = pmap_x86_space_of(judge);

	return c->cr4 & PML_X86_CR4_SMEP ||
	       (c->efer & PML_X86_EFER_NXE && space && space->fmt->nx);
}

static void set_access(struct pmap_fault *f, const struct pmap_judge *judge,
		       uint64_t va, const struct pmap_frame *frame)
{
	struct pmap_access *a = &f->access;

	*a = (struct pmap_access){ .va = va, .size = 1, .kind = PML_R };
	a->user = f->error & PML_X86_PF_U;
	/* From user mode, but as the supervisor: a descriptor table or a TSS. */
	a->implicit = frame && !a->user && frame->user;
	a->how = f->error & PML_X86_PF_SS ? PMAP_X86_SHADOW : 0;
	if (f->error & PML_X86_PF_W)
		a->kind = PML_W;
	else if (f->error & PML_X86_PF_I ||
		 (!tells_fetches(judge) && f->has_pc && f->pc == va))
		a->kind = PML_X;
}

int pmap_x86_find_fault(struct pmap_query *q, struct pmap_judge *judge,
			struct pmap_fault *f)
{
	struct pmap_processor cpu;
	struct pmap_frame frame;
	bool given = q->opt.error.text, has_frame;
	uint64_t va;

	if (!q->opt.start.text && !pmap_target_has(&q->target, PMAP_X86_CR2))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "the target does not provide $cr2: give the address");
	if (given && (uint32_t)q->opt.error.value == ~0u)
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "the error code is -1: the kernel has overwritten it (Linux keeps the number of a system call there); take the one of the handler's first instruction, or ask `pmap access ADDR r|w|x'");
	va = pmap_query_va(q, q->opt.start.text ? q->opt.start.value :
			   pmap_target_reg(&q->target, PMAP_X86_CR2));
	pmap_processor_init(&cpu, q);
	*f = (struct pmap_fault){ .source = NULL };
	has_frame = find_frame(q, &cpu, &frame, f);
	if (!given && !has_frame)
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "no error code: none was given (--error), and nothing on the stack looks like a page fault's frame; before the fault is taken, `pmap explain' says what the instruction at $pc would do");
	if (given)
		f->error = (uint32_t)q->opt.error.value;
	f->elsewhere = f->error & NOT_MODELLED;
	set_access(f, judge, va, has_frame ? &frame : NULL);
	/* EFLAGS.AC is not known without the frame: SMAP is taken to have been in force. */
	pmap_x86_controls(judge)->ac = has_frame && frame.rflags & PML_X86_EFLAGS_AC;
	judge->unknown &= ~(unsigned)PMAP_X86_ASSUMED_AC;
	judge->says_user = false;
	return 0;
}

/* Without the frame a fetch may look like a read as well. */
static const char *access_name(const struct pmap_fault *f,
			       const struct pmap_judge *judge)
{
	bool told = f->has_pc || tells_fetches(judge);

	return f->access.kind == PML_R && !told ? "read or fetch" :
	       pmap_access_name(f->access.kind);
}

void pmap_x86_add_fault(struct pmap_text *out, const struct pmap_judge *judge,
			const struct pmap_fault *f)
{
	pmap_text_add(out, "page fault at 0x%" PRIx64 ", error code ",
		      f->access.va);
	pmap_x86_add_error_code(out, f->error);
	pmap_text_add(out, ": %s by the %s%s, %s", access_name(f, judge),
		      f->access.user ? "user" : "supervisor",
		      f->access.implicit ? " on user mode's behalf" : "",
		      f->error & PML_X86_PF_RSVD ? "a reserved bit" :
		      f->error & PML_X86_PF_P ? "a right missing" :
		      "not present");
}

void pmap_x86_add_elsewhere(struct pmap_text *out, const struct pmap_fault *f)
{
	pmap_text_puts(out, "the error code has ");
	pmap_x86_add_error_code(out, f->error & NOT_MODELLED);
}

/*
 * Some emulators report reserved bits without P, which no processor does;
 * nothing else can be meant.
 */
bool pmap_x86_explains(const struct pmap_verdict *verdict,
		       const struct pmap_fault *f)
{
	const struct pml_x86_verdict *v = &pmap_x86_answer(verdict)->guest;
	uint32_t error = f->error;

	if (v->exception != PML_X86_PF)
		return false;
	if (v->error & error & PML_X86_PF_RSVD)
		error |= PML_X86_PF_P;
	return v->error == error;
}

void pmap_x86_fault_results(struct pmap_query *q, const struct pmap_fault *f)
{
	pmap_result_u64(q->call, "cr2", f->access.va);
	pmap_result_u64(q->call, "error", f->error);
	pmap_result_u64(q->call, "exception", PML_X86_PF);
	if (f->has_pc)
		pmap_result_u64(q->call, "rip", f->pc);
}
