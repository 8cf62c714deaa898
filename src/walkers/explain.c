/*
 * pmap explain: every memory access of the instruction at hand, in order, and
 * which one would fault.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arch/x86/exception-frame.h"
#include "arch/x86/exit.h"
#include "arch/x86/judge.h"
#include "arch/x86/processor.h"
#include "walkers/walkers.h"

/* What becomes of one entry of the instruction's list. */
struct outcome {
	bool told;		/* else `why` */
	bool faults;
	bool exits;		/* not by an exception: see exit */
	bool refused;		/* allowed, but what is there is not: mem->why */
	bool never;		/* another one faults before */
	uint64_t which;		/* of several: the first that faults */
	const char *why;
	struct pml_x86_access access;
	struct pml_x86_verdict verdict;
	struct pml_x86_verdict_2d exit;
};

struct explanation {
	struct pmap_query *q;
	struct pmap_processor cpu;
	struct pmap_judge judge;
	struct pmap_insn insn;
	struct outcome outcome[PMAP_INSN_MAX_MEMS];
	int first;		/* the outcome that decides; -1: all is allowed */
};

static const char alignment_checks[] =
	"alignment checks are on (CR0.AM, EFLAGS.AC)";

/* SDM 3A, 6.15: #AC, in user mode alone, for what is not aligned naturally. */
static bool may_be_unaligned(const struct explanation *e,
			     const struct pmap_mem *mem)
{
	return e->judge.controls.cr0 & 1 << 18 && e->judge.controls.ac &&
	       e->cpu.regs.cpl == 3 && !mem->supervisor &&
	       !(mem->what & PMAP_MEM_X) && mem->va & (mem->size - 1);
}

static struct pml_x86_access as_access(const struct explanation *e,
				       const struct pmap_mem *mem)
{
	return (struct pml_x86_access){
		.va = mem->va,
		.size = mem->size,
		.kind = mem->what & PMAP_MEM_X ? PML_X :
			mem->what & PMAP_MEM_W ? PML_W : PML_R,
		.user = e->judge.user,
		.implicit = mem->supervisor,
		.stack = mem->seg == PMAP_SS,
	};
}

/* Misaligned operands of SSE: found before any table is read. */
static bool misaligned(const struct pmap_mem *mem, struct outcome *o)
{
	if (mem->align <= 1 || !(mem->va & (mem->align - 1)))
		return false;
	pml_x86_verdict_init(&o->verdict, mem->va);
	o->access.va = mem->va;
	o->verdict.exception = PML_X86_GP;
	o->told = o->faults = true;
	o->why = NULL;
	return true;
}

/* The tables allow it; but what was read may be refused, or not be all. */
static void all_allowed(const struct pmap_mem *mem, struct outcome *o)
{
	if (mem->fits < mem->count) {
		o->which = mem->fits;
		o->why = mem->rest;
		o->told = false;
	} else if (mem->exception) {
		o->verdict.exception = mem->exception;
		o->verdict.error = mem->error;
		o->faults = o->refused = true;
	}
}

static void judge_mem(struct explanation *e, unsigned i)
{
	const struct pmap_mem *mem = &e->insn.mem[i];
	struct outcome *o = &e->outcome[i];
	struct pmap_accesses all = { .count = mem->fits, .step = mem->step };

	memset(o, 0, sizeof(*o));
	o->why = mem->unknown;
	if (!o->why && may_be_unaligned(e, mem))
		o->why = alignment_checks;
	o->told = !o->why;
	if (mem->nofault || misaligned(mem, o) || !o->told)
		return;
	o->access = all.access = as_access(e, mem);
	pml_x86_verdict_init(&o->verdict, mem->va);
	o->faults = !pmap_judge_all(&e->judge, &all, &o->which, &o->verdict);
	o->access.va += o->which * mem->step;
	if (!o->faults) {
		all_allowed(mem, o);
		return;
	}
	if (e->judge.pair) {
		o->exit = e->judge.exit;
		o->exits = o->exit.exit != PML_X86_EXIT_EXCEPTION;
	}
	if (o->verdict.reason == PML_X86_WHY_UNREADABLE)
		o->why = "the page tables cannot be read";
	else if (mem->perhaps)
		o->why = mem->perhaps;
	if (o->why)
		o->told = o->faults = false;
}

/* Does entry `i` fault before entry `best`, which comes earlier in the list? */
static bool before(const struct explanation *e, unsigned i, int best)
{
	const struct outcome *a = &e->outcome[i], *b = &e->outcome[best];
	unsigned group = e->insn.mem[i].group;

	return group && group == e->insn.mem[best].group && a->which < b->which;
}

static const char no_order[] =
	"the operand after it would fault, too, and the manual does not say which is first";

static bool same_fault(const struct outcome *a, const struct outcome *b)
{
	return a->faults && b->faults && !a->exits && !b->exits &&
	       a->verdict.exception == b->verdict.exception &&
	       a->verdict.error == b->verdict.error &&
	       (a->verdict.exception != PML_X86_PF ||
		a->verdict.va == b->verdict.va);
}

/* Another one of the group may be what faults, and with another answer. */
static void find_rival(struct explanation *e)
{
	const struct pmap_mem *mem = &e->insn.mem[e->first];
	struct outcome *o = &e->outcome[e->first];
	unsigned i;

	for (i = e->first + 1; i < e->insn.mems; i++) {
		const struct outcome *other = &e->outcome[i];

		if (!mem->any_order || e->insn.mem[i].group != mem->group ||
		    (other->told && !other->faults) || other->which > o->which ||
		    same_fault(o, other))
			continue;
		o->told = false;
		o->why = no_order;
	}
}

/* The first that faults or cannot be told; what follows never happens. */
static void find_first(struct explanation *e)
{
	unsigned i;

	e->first = -1;
	for (i = 0; i < e->insn.mems; i++) {
		const struct outcome *o = &e->outcome[i];

		if ((o->told && !o->faults) ||
		    (e->first >= 0 && !before(e, i, e->first)))
			continue;
		e->first = i;
	}
	/* What is refused as such is found when it is decoded. */
	if (e->insn.exception && e->first) {
		e->first = -1;
		for (i = 1; i < e->insn.mems; i++)
			e->outcome[i].never = true;
		return;
	}
	if (e->first >= 0)
		find_rival(e);
	for (i = 0; e->first >= 0 && i < e->insn.mems; i++) {
		unsigned group = e->insn.mem[i].group;

		e->outcome[i].never = i > (unsigned)e->first &&
			!(group && group == e->insn.mem[e->first].group);
	}
}

static const char *kind_name(unsigned what)
{
	return what & PMAP_MEM_X ? "x" :
	       what == (PMAP_MEM_R | PMAP_MEM_W) ? "rw" :
	       what & PMAP_MEM_W ? "w" : "r";
}

static void add_mem(struct explanation *e, unsigned i)
{
	const struct pmap_mem *mem = &e->insn.mem[i];
	const struct outcome *o = &e->outcome[i];
	struct pmap_text *out = e->q->out;
	char size[32];

	if (mem->count > 1)
		snprintf(size, sizeof(size), "%" PRIu64 " x %" PRIu64 "%s",
			 mem->count, mem->size, mem->step < 0 ? " down" : "");
	else
		snprintf(size, sizeof(size), "%" PRIu64, mem->size);
	pmap_text_add(out, "  %-2s %-16s ", kind_name(mem->what), mem->role);
	if (mem->unknown)
		pmap_text_puts(out, "?");
	else
		pmap_text_add(out, "0x%016" PRIx64 "  %-8s", mem->va, size);
	pmap_text_puts(out, "  ");
	if (mem->nofault)
		pmap_text_puts(out, "a hint: never faults");
	else if (!o->told)
		pmap_text_add(out, "cannot tell: %s", o->why);
	else if (o->never && o->faults)
		pmap_text_puts(out, "not reached; it would fault, too");
	else if (o->never)
		pmap_text_puts(out, "not reached");
	else if (o->exits)
		pmap_add_exit(out, &e->q->target, &o->exit);
	else if (!o->faults && mem->may_end && mem->count > 1)
		pmap_text_puts(out, "allowed, as far as it goes");
	else
		pmap_add_verdict(out, &o->verdict);
	pmap_text_puts(out, "\n");
}

/* The one that decides, in full. */
static void add_reason(struct explanation *e)
{
	const struct outcome *o = &e->outcome[e->first];
	const struct pmap_mem *mem = &e->insn.mem[e->first];
	struct pmap_text *out = e->q->out;

	if (!o->faults || (o->exits && mem->count == 1))
		return;
	pmap_text_puts(out, "     ");
	if (mem->count > 1)
		pmap_text_add(out, "number %" PRIu64 " of %" PRIu64 ", at 0x%" PRIx64 ": ",
			      o->which + 1, mem->count, o->access.va);
	if (o->exits)
		pmap_text_puts(out, "there the guest is left");
	else if (o->refused)
		pmap_text_puts(out, mem->why);
	else if (o->verdict.reason == PML_X86_WHY_ALLOWED)
		pmap_text_add(out, "it must be aligned to %d bytes", mem->align);
	else
		pmap_add_culprit(out, &e->judge, &o->access, &o->verdict);
	pmap_text_puts(out, "\n");
	if (mem->may_end && o->which >= mem->sure)
		pmap_text_puts(out, "     if the comparisons go on that far\n");
}

static void add_head(struct explanation *e)
{
	const struct pmap_regs *regs = &e->cpu.regs;
	struct pmap_text *out = e->q->out;

	pmap_text_add(out, "0x%" PRIx64 ": %s  (%d-bit code, %s)\n", regs->rip,
		      e->insn.truncated ? "?" : e->insn.text, regs->bits,
		      e->judge.user ? "user" : "supervisor");
}

static void add_notes(struct explanation *e)
{
	struct pmap_text *out = e->q->out;

	if (e->insn.exception && e->first) {
		pmap_text_puts(out, "  ");
		pmap_add_exception(out, e->insn.exception, 0);
		pmap_text_add(out, ": %s\n", e->insn.why);
	} else if (e->insn.unknown)
		pmap_text_add(out, "  cannot tell the rest: %s\n",
			      e->insn.unknown);
	if (e->insn.truncated && e->first < 0)
		pmap_text_puts(out, "  its bytes cannot be read to the end\n");
	if (!e->judge.space && !e->judge.pair)
		pmap_text_puts(out, "  paging is off (CR0.PG=0): no access causes a page fault\n");
	pmap_add_assumptions(out, &e->judge, "  ");
	if (e->cpu.assumed_bits)
		pmap_text_add(out, "  assuming %d-bit code, which the target does not show\n",
			      e->cpu.regs.bits);
	if (e->cpu.assumed_flat)
		pmap_text_puts(out, "  assuming segments that begin at 0, which the target does not show\n");
}

static const char *json_verdict(const struct pmap_mem *mem,
				const struct outcome *o)
{
	if (mem->nofault)
		return "never faults";
	if (!o->told)
		return "unknown";
	if (o->never)
		return "not reached";
	if (o->exits)
		return pmap_exit_name(&o->exit);
	return o->verdict.exception ? pmap_exception_name(o->verdict.exception) :
				      "allowed";
}

static void json_mem(struct explanation *e, unsigned i)
{
	const struct pmap_mem *mem = &e->insn.mem[i];
	const struct outcome *o = &e->outcome[i];
	struct pmap_text *out = e->q->out;

	pmap_text_add(out, "{\"kind\":\"%s\",\"role\":\"%s\"",
		      kind_name(mem->what), mem->role);
	if (!mem->unknown)
		pmap_text_add(out, ",\"va\":\"0x%" PRIx64 "\",\"bytes\":%" PRIu64
			      ",\"count\":%" PRIu64 ",\"step\":%" PRId64,
			      mem->va, mem->size, mem->count, mem->step);
	pmap_text_add(out, ",\"verdict\":\"%s\"", json_verdict(mem, o));
	if (!o->told) {
		pmap_text_add(out, ",\"why\":\"%s\"", o->why);
	} else if (o->faults && !o->never && !o->exits) {
		pmap_text_add(out, ",\"error\":\"0x%x\",\"at\":\"0x%" PRIx64
			      "\",\"why\":\"", o->verdict.error, o->verdict.va);
		if (o->refused)
			pmap_text_puts(out, mem->why);
		else if (o->verdict.reason == PML_X86_WHY_ALLOWED)
			pmap_text_puts(out, "it is not aligned");
		pmap_add_culprit(out, &e->judge, &o->access, &o->verdict);
		pmap_text_puts(out, "\"");
	}
	pmap_text_puts(out, "}\n");
}

static void json_answer(struct explanation *e)
{
	const char *unknown = e->insn.exception ? NULL : e->insn.unknown;

	pmap_text_add(e->q->out, "{\"pc\":\"0x%" PRIx64 "\",\"text\":\"%s\",\"bits\":%d,\"by\":\"%s\"",
		      e->cpu.regs.rip, e->insn.truncated ? "?" : e->insn.text,
		      e->cpu.regs.bits, e->judge.user ? "user" : "supervisor");
	if (e->insn.exception && e->first)
		pmap_text_add(e->q->out, ",\"exception\":\"%s\",\"why\":\"%s\"",
			      pmap_exception_name(e->insn.exception), e->insn.why);
	if (unknown)
		pmap_text_add(e->q->out, ",\"unknown\":\"%s\"", unknown);
	pmap_text_puts(e->q->out, "}\n");
	for (unsigned i = 0; i < e->insn.mems; i++)
		json_mem(e, i);
}

static void text_answer(struct explanation *e)
{
	add_head(e);
	for (unsigned i = 0; i < e->insn.mems; i++) {
		add_mem(e, i);
		if ((int)i == e->first)
			add_reason(e);
	}
	add_notes(e);
}

static int set_results(struct explanation *e)
{
	struct pmap_query *q = e->q;
	const struct outcome *o = e->first < 0 ? NULL : &e->outcome[e->first];
	struct pml_x86_verdict v;
	bool unknown;

	if (e->insn.exception && !o) {
		pml_x86_verdict_init(&v, e->cpu.regs.rip);
		v.exception = e->insn.exception;
		return pmap_verdict_results(q, &v);
	}
	unknown = o ? !o->told : e->insn.unknown || e->insn.truncated;
	/* Where data may end it before, it is only sure to begin. */
	if (o && o->faults && e->insn.mem[e->first].may_end &&
	    o->which >= e->insn.mem[e->first].sure)
		unknown = true;
	pml_x86_verdict_init(&v, 0);
	if (o && !unknown) {
		v = o->verdict;
		pmap_result_u64(q->call, "access", o->access.va);
	}
	if (unknown)
		v.reason = PML_X86_WHY_UNREADABLE;
	pmap_result_u64(q->call, "accesses", e->insn.mems);
	if (!unknown && o && o->exits) {
		pmap_exit_results(q, &o->exit);
		return PMAP_STATUS_FAULT;
	}
	return pmap_verdict_results(q, &v);
}

/* --user and --supervisor: as if code of that privilege level did it. */
static void take_level(struct explanation *e)
{
	const struct pmap_options *opt = &e->q->opt;

	if (opt->user || opt->supervisor)
		e->cpu.regs.cpl = opt->user ? 3 : 0;
}

/* What the processor could fetch: the bytes up to the first page that faults. */
static int decode(struct explanation *e)
{
	uint8_t bytes[PMAP_INSN_MAX_LENGTH];
	struct pmap_regs *regs = &e->cpu.regs;
	uint64_t va = regs->rip;
	size_t n;

	if (regs->bits != 64)
		va = (uint32_t)(va + regs->base[PMAP_CS]);
	n = pmap_read_virtual(e->q, va, bytes, sizeof(bytes));
	if (pmap_insn_decode(regs, bytes, n, &e->insn) == 0)
		return 0;
	return pmap_fail(e->q, PMAP_STATUS_MISSING, "%s", e->insn.unknown);
}

/* --fault: the state that an exception has saved and not yet overwritten. */
static int back_to_fault(struct explanation *e)
{
	struct pmap_frame frame;

	if (!pmap_frame_here(&frame, e->q, &e->cpu))
		return pmap_fail(e->q, PMAP_STATUS_UNTOLD,
				 "this is not the first instruction of the page fault handler, where the registers are still those of the fault (IDT entry 14)");
	pmap_frame_restore(&frame, e->q, &e->cpu);
	e->judge.user = e->cpu.regs.cpl == 3;
	e->judge.controls.ac = e->cpu.regs.rflags & PML_X86_EFLAGS_AC;
	return 0;
}

static bool read_memory(void *ctx, uint64_t va, void *to, size_t size)
{
	return pmap_read_virtual(ctx, va, to, size) == size;
}

int pmap_explain(struct pmap_query *q)
{
	struct explanation *e = pmap_call_alloc(q->call, sizeof(*e));
	int status = pmap_judge_possible(q);

	if (status)
		return status;
	if (!e)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	e->q = q;
	pmap_processor_init(&e->cpu, q);
	pmap_judge_init(&e->judge, q);
	e->cpu.regs.read = read_memory;
	e->cpu.regs.ctx = q;
	if (!e->cpu.gpr_known)
		return pmap_fail(q, PMAP_STATUS_NO_TARGET,
				 "this target shows no general registers");
	if (q->opt.fault)
		status = back_to_fault(e);
	take_level(e);
	if (q->opt.at.text)
		e->cpu.regs.rip = pmap_query_va(q, q->opt.at.value);
	if (!status)
		status = decode(e);
	if (status)
		return status;
	for (unsigned i = 0; i < e->insn.mems; i++)
		judge_mem(e, i);
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	find_first(e);
	(q->opt.json ? json_answer : text_answer)(e);
	return set_results(e);
}
