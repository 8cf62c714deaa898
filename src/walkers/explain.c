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

#include "arch/judge.h"
#include "show/names.h"
#include "target/insn.h"
#include "walkers/survey.h"
#include "walkers/walkers.h"

/* What becomes of one entry of the instruction's list. */
struct outcome {
	bool told;		/* else `why` */
	bool faults;
	bool refused;		/* allowed, but what is there is not: mem->why */
	bool never;		/* another one faults before */
	uint64_t which;		/* of several: the first that faults */
	const char *why;
	struct pmap_access access;
	struct pmap_verdict verdict;
};

struct explanation {
	struct pmap_query *q;
	const struct pmap_arch *arch;
	void *cpu;		/* the architecture's */
	struct pmap_judge judge;
	struct pmap_insn insn;
	struct outcome outcome[PMAP_INSN_MAX_MEMS];
	int first;		/* the outcome that decides; -1: all is allowed */
};

static bool exits(const struct outcome *o)
{
	return o->verdict.outcome == PMAP_EXITS;
}

/* In words of its own, beside those of the verdict? */
static bool has_reason(const struct outcome *o)
{
	return !exits(o) || o->verdict.by_tables;
}

static struct pmap_access as_access(const struct explanation *e,
				    const struct pmap_mem *mem)
{
	return (struct pmap_access){
		.va = mem->va,
		.size = mem->size,
		.kind = mem->what & PMAP_MEM_X ? PML_X :
			mem->what & PMAP_MEM_W ? PML_W : PML_R,
		.user = e->judge.user,
		.implicit = mem->supervisor,
		.how = mem->how,
	};
}

/* Misaligned operands of some instructions: found before any table is read. */
static bool misaligned(const struct explanation *e, const struct pmap_mem *mem,
		       struct outcome *o)
{
	if (mem->align <= 1 || !(mem->va & (mem->align - 1)))
		return false;
	e->arch->refuse(&o->verdict, 0, 0, mem->va);
	o->access.va = mem->va;
	o->told = o->faults = true;
	o->why = NULL;
	return true;
}

/* The tables allow it; but what was read may be refused, or not be all. */
static void all_allowed(const struct explanation *e, const struct pmap_mem *mem,
			struct outcome *o)
{
	if (mem->fits < mem->count) {
		o->which = mem->fits;
		o->why = mem->rest;
		o->told = false;
	} else if (mem->exception) {
		e->arch->refuse(&o->verdict, mem->exception, mem->error,
				o->verdict.va);
		o->faults = o->refused = true;
	}
}

/* No page-table walk, or one that ended where nothing can be read. */
static void add_unreadable_reason(struct explanation *e, struct outcome *o)
{
	struct pmap_text text = { 0 };
	char *copy;

	o->why = "the page tables cannot be read";
	e->arch->add_culprit(&text, &e->judge, &o->access, &o->verdict);
	copy = text.len ? pmap_call_alloc(e->q->call, text.len + 1) : NULL;
	if (copy) {
		memcpy(copy, text.data, text.len);
		o->why = copy;
	}
	pmap_text_free(&text);
}

static void judge_mem(struct explanation *e, unsigned i)
{
	const struct pmap_mem *mem = &e->insn.mem[i];
	struct outcome *o = &e->outcome[i];
	struct pmap_accesses all = { .count = mem->fits, .step = mem->step };

	memset(o, 0, sizeof(*o));
	o->why = mem->unknown;
	if (!o->why)
		o->why = e->arch->cpu_doubt(e->cpu, &e->judge, mem);
	o->told = !o->why;
	if (mem->nofault || misaligned(e, mem, o) || !o->told)
		return;
	o->access = all.access = as_access(e, mem);
	e->arch->no_verdict(&o->verdict, PMAP_ALLOWED, mem->va);
	o->faults = !pmap_judge_all(&e->judge, &all, &o->which, &o->verdict);
	o->access.va += o->which * mem->step;
	if (!o->faults) {
		all_allowed(e, mem, o);
		return;
	}
	if (o->verdict.outcome == PMAP_UNTOLD)
		add_unreadable_reason(e, o);
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

static bool same_fault(const struct explanation *e, const struct outcome *a,
		       const struct outcome *b)
{
	return a->faults && b->faults && !exits(a) && !exits(b) &&
	       e->arch->same_fault(&a->verdict, &b->verdict);
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
		    same_fault(e, o, other))
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
	/* An exception of the instruction itself comes from decoding. */
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
	else if (!o->faults && mem->may_end && mem->count > 1)
		pmap_text_puts(out, "allowed, up to the point where it stops");
	else
		e->arch->add_verdict(out, &e->judge, &o->verdict);
	if (!mem->unknown)
		pmap_names_add(e->q, mem->va);
	pmap_text_puts(out, "\n");
}

/* The one that decides, in full. */
static void add_reason(struct explanation *e)
{
	const struct outcome *o = &e->outcome[e->first];
	const struct pmap_mem *mem = &e->insn.mem[e->first];
	struct pmap_text *out = e->q->out;

	if (!o->faults || (!has_reason(o) && mem->count == 1))
		return;
	pmap_text_puts(out, "     ");
	if (mem->count > 1)
		pmap_text_add(out, "number %" PRIu64 " of %" PRIu64 ", at 0x%" PRIx64 ": ",
			      o->which + 1, mem->count, o->access.va);
	if (!has_reason(o))
		pmap_text_puts(out, "VM exit");
	else if (o->refused)
		pmap_text_puts(out, mem->why);
	else if (!o->verdict.by_tables)
		pmap_text_add(out, "it must be aligned to %d bytes", mem->align);
	else
		e->arch->add_culprit(out, &e->judge, &o->access, &o->verdict);
	pmap_text_puts(out, "\n");
	if (mem->may_end && o->which >= mem->sure)
		pmap_text_puts(out, "     if the comparisons go on that far\n");
}

static void add_head(struct explanation *e)
{
	struct pmap_text *out = e->q->out;
	unsigned bits;

	pmap_text_add(out, "0x%" PRIx64 ": %s  (%s, %s)\n",
		      e->arch->cpu_pc(e->cpu),
		      e->insn.truncated ? "?" : e->insn.text,
		      e->arch->cpu_code(e->cpu, &bits),
		      pmap_judge_who(&e->judge, NULL));
}

static void add_notes(struct explanation *e)
{
	struct pmap_text *out = e->q->out;

	if (e->insn.exception && e->first) {
		pmap_text_puts(out, "  ");
		e->arch->add_exception(out, e->insn.exception, 0);
		pmap_text_add(out, ": %s\n", e->insn.why);
	} else if (e->insn.unknown)
		pmap_text_add(out, "  cannot tell the rest: %s\n",
			      e->insn.unknown);
	if (e->insn.truncated && e->first < 0)
		pmap_text_puts(out, "  instruction bytes only partly readable\n");
	if (e->judge.off)
		pmap_text_puts(out, "  paging is off: no access causes a page fault\n");
	pmap_add_assumptions(out, &e->judge, "  ");
	e->arch->add_cpu_assumed(out, e->cpu);
}

static const char *json_verdict(const struct explanation *e,
				const struct pmap_mem *mem,
				const struct outcome *o)
{
	if (mem->nofault)
		return "never faults";
	if (!o->told)
		return "unknown";
	if (o->never)
		return "not reached";
	return e->arch->verdict_name(&o->verdict);
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
	if (!mem->unknown)
		pmap_names_add_json(e->q, mem->va);
	pmap_text_add(out, ",\"verdict\":\"%s\"", json_verdict(e, mem, o));
	if (!o->told) {
		pmap_text_add(out, ",\"why\":\"%s\"", o->why);
	} else if (o->faults && !o->never && has_reason(o)) {
		e->arch->json_verdict(out, &e->judge, &o->verdict);
		pmap_text_add(out, ",\"at\":\"0x%" PRIx64 "\",\"why\":\"",
			      o->verdict.va);
		if (o->refused)
			pmap_text_puts(out, mem->why);
		else if (!o->verdict.by_tables)
			pmap_text_puts(out, "it is not aligned");
		else
			e->arch->add_culprit(out, &e->judge, &o->access, &o->verdict);
		pmap_text_puts(out, "\"");
	}
	pmap_text_puts(out, "}\n");
}

static void json_answer(struct explanation *e)
{
	const char *unknown = e->insn.exception ? NULL : e->insn.unknown;
	unsigned bits;

	e->arch->cpu_code(e->cpu, &bits);
	pmap_text_add(e->q->out, "{\"pc\":\"0x%" PRIx64 "\",\"text\":\"%s\",\"bits\":%d,\"by\":\"%s\"",
		      e->arch->cpu_pc(e->cpu),
		      e->insn.truncated ? "?" : e->insn.text, bits,
		      pmap_judge_who(&e->judge, NULL));
	if (e->insn.exception && e->first)
		pmap_text_add(e->q->out, ",\"exception\":\"%s\",\"why\":\"%s\"",
			      e->arch->exception_name(e->insn.exception),
			      e->insn.why);
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

/* Is it sure what happens?  Where data may end it before, it only begins. */
static bool is_told(const struct explanation *e, const struct outcome *o)
{
	const struct pmap_mem *mem;

	if (!o)
		return !e->insn.unknown && !e->insn.truncated;
	mem = &e->insn.mem[e->first];
	return o->told && !(o->faults && mem->may_end && o->which >= mem->sure);
}

static int set_results(struct explanation *e)
{
	struct pmap_query *q = e->q;
	const struct outcome *o = e->first < 0 ? NULL : &e->outcome[e->first];
	struct pmap_verdict v;

	if (e->insn.exception && !o) {
		e->arch->refuse(&v, e->insn.exception, 0, e->arch->cpu_pc(e->cpu));
		return pmap_judge_results(q, &v);
	}
	pmap_result_u64(q->call, "accesses", e->insn.mems);
	if (!is_told(e, o)) {
		e->arch->no_verdict(&v, PMAP_UNTOLD, 0);
		return pmap_judge_results(q, &v);
	}
	e->arch->no_verdict(&v, PMAP_ALLOWED, 0);
	if (o)
		pmap_result_u64(q->call, "access", o->access.va);
	return pmap_judge_results(q, o ? &o->verdict : &v);
}

/* The processor, the mode that options name, and the instruction. */
static int prepare(struct explanation *e)
{
	const struct pmap_options *opt = &e->q->opt;
	int status = e->arch->cpu_init(e->cpu, e->q, &e->judge);

	if (!status && opt->fault)
		status = e->arch->cpu_at_fault(e->cpu, e->q, &e->judge);
	if (status)
		return status;
	/* As if code of that privilege level did it. */
	if (opt->user || opt->supervisor)
		e->arch->cpu_level(e->cpu, opt->user);
	if (opt->at.text)
		e->arch->cpu_set_pc(e->cpu, pmap_query_va(e->q, opt->at.value));
	return e->arch->cpu_decode(e->cpu, e->q, &e->insn);
}

int pmap_explain(struct pmap_query *q)
{
	const struct pmap_arch *arch = q->target.arch;
	struct explanation *e;
	int status = pmap_judge_possible(q);

	if (status)
		return status;
	if (!arch->cpu_size)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "pmap does not know %s's instructions", arch->title);
	e = pmap_call_alloc(q->call, sizeof(*e));
	if (e)
		e->cpu = pmap_call_alloc(q->call, arch->cpu_size);
	if (!e || !e->cpu)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	e->q = q;
	e->arch = arch;
	pmap_judge_init(&e->judge, q);
	status = prepare(e);
	if (status)
		return status;
	for (unsigned i = 0; i < e->insn.mems; i++)
		judge_mem(e, i);
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	find_first(e);
	status = pmap_survey_named(q);
	if (status)
		return status;
	(q->opt.json ? json_answer : text_answer)(e);
	return set_results(e);
}
