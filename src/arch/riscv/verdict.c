/*
 * What becomes of an access on RISC-V, in words.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arch/riscv/judge.h"
#include "show/words.h"
#include "target/kept.h"

/* scause, "Supervisor Cause Register"; the short form is for tables. */
static const struct {
	uint8_t cause;
	const char *name, *brief;
} causes[] = {
	{ 0, "instruction address misaligned", "fetch align" },
	{ 1, "instruction access fault", "fetch access" },
	{ 2, "illegal instruction", "illegal" },
	{ 3, "breakpoint", "breakpoint" },
	{ 4, "load address misaligned", "load align" },
	{ 5, "load access fault", "load access" },
	{ 6, "store/AMO address misaligned", "store align" },
	{ 7, "store/AMO access fault", "store access" },
	{ 12, "instruction page fault", "fetch page" },
	{ 13, "load page fault", "load page" },
	{ 15, "store/AMO page fault", "store page" },
	{ 20, "instruction guest-page fault", "fetch guest" },
	{ 21, "load guest-page fault", "load guest" },
	{ 22, "virtual instruction", "virtual" },
	{ 23, "store/AMO guest-page fault", "store guest" },
};
#define CAUSES	(sizeof(causes) / sizeof(causes[0]))

static int find_cause(uint64_t cause)
{
	for (size_t i = 0; i < CAUSES; i++)
		if (causes[i].cause == cause)
			return i;
	return -1;
}

void pmap_riscv_add_cause(struct pmap_text *out, uint64_t cause)
{
	int i = find_cause(cause);

	if (i >= 0)
		pmap_text_puts(out, causes[i].name);
	else
		pmap_text_puts(out, "exception");
	pmap_text_add(out, " (cause %" PRIu64 ")", cause);
}

void pmap_riscv_add_exception(struct pmap_text *out, unsigned exception,
			      uint64_t error)
{
	(void)error;
	pmap_riscv_add_cause(out, exception);
}

/* As in JSON: "load-page-fault". */
const char *pmap_riscv_exception_name(unsigned exception)
{
	static char name[48];
	int i = find_cause(exception);

	snprintf(name, sizeof(name), "%s", i < 0 ? "exception" : causes[i].name);
	for (char *c = name; *c; c++)
		if (*c == ' ' || *c == '/')
			*c = '-';
	return name;
}

/* What a guest-page fault tells the hypervisor besides. */
static void add_guest(struct pmap_text *out, const struct pml_riscv_verdict *v)
{
	uint64_t inst = pml_riscv_htinst(v, pml_riscv_is_32(&pmap_riscv_mmu.regs));

	pmap_text_add(out, ", htval 0x%" PRIx64 " (gpa 0x%" PRIx64 ")",
		      pml_riscv_htval(v), v->gpa);
	if (inst)
		pmap_text_add(out, ", htinst 0x%" PRIx64, inst);
}

void pmap_riscv_add_verdict(struct pmap_text *out, const struct pmap_judge *judge,
			    const struct pmap_verdict *verdict)
{
	const struct pml_riscv_verdict *v = pmap_riscv_answer(verdict);

	(void)judge;
	if (verdict->outcome == PMAP_ALLOWED || verdict->outcome == PMAP_UNTOLD) {
		pmap_text_puts(out, verdict->outcome == PMAP_ALLOWED ?
			       "allowed" : "cannot tell");
		return;
	}
	pmap_riscv_add_cause(out, v->cause);
	pmap_text_add(out, ", stval 0x%" PRIx64, v->va);
	if (verdict->outcome == PMAP_EXITS)
		add_guest(out, v);
}

void pmap_riscv_short_verdict(const struct pmap_verdict *verdict, char *to,
			      size_t size)
{
	const struct pml_riscv_verdict *v = pmap_riscv_answer(verdict);
	int i = find_cause(v->cause);

	if (verdict->outcome == PMAP_ALLOWED)
		snprintf(to, size, "yes");
	else if (verdict->outcome == PMAP_UNTOLD)
		snprintf(to, size, "?");
	else if (i >= 0)
		snprintf(to, size, "%s", causes[i].brief);
	else
		snprintf(to, size, "cause %d", v->cause);
}

bool pmap_riscv_same_fault(const struct pmap_verdict *one,
			   const struct pmap_verdict *other)
{
	const struct pml_riscv_verdict *a = pmap_riscv_answer(one);
	const struct pml_riscv_verdict *b = pmap_riscv_answer(other);

	return a->cause == b->cause && a->va == b->va && a->gpa == b->gpa &&
	       a->implicit == b->implicit;
}

const char *pmap_riscv_verdict_name(const struct pmap_verdict *verdict)
{
	switch ((enum pmap_outcome)verdict->outcome) {
	case PMAP_ALLOWED:
		return "allowed";
	case PMAP_UNTOLD:
		return "unknown";
	default:
		return pmap_riscv_exception_name(pmap_riscv_answer(verdict)->cause);
	}
}

void pmap_riscv_json_verdict(struct pmap_text *out,
			     const struct pmap_judge *judge,
			     const struct pmap_verdict *verdict)
{
	const struct pml_riscv_verdict *v = pmap_riscv_answer(verdict);

	(void)judge;
	if (verdict->outcome != PMAP_FAULTS && verdict->outcome != PMAP_EXITS)
		return;
	pmap_text_add(out, ",\"cause\":%d,\"stval\":\"0x%" PRIx64 "\"", v->cause,
		      v->va);
	if (verdict->outcome == PMAP_EXITS)
		pmap_text_add(out, ",\"htval\":\"0x%" PRIx64 "\",\"gpa\":\"0x%" PRIx64
			      "\",\"implicit\":%s", pml_riscv_htval(v), v->gpa,
			      v->implicit ? "true" : "false");
	if (v->reason == PML_RISCV_WHY_PMP)
		pmap_text_add(out, ",\"pmp\":%d,\"pa\":\"0x%" PRIx64 "\"", v->pmp,
			      v->pmp_pa);
	if (v->level)
		pmap_text_add(out, ",\"level\":%d,\"slot\":\"0x%" PRIx64
			      "\",\"raw\":\"0x%" PRIx64 "\",\"bits\":\"0x%" PRIx64 "\"",
			      v->level, v->slot_pa, v->raw, v->bits);
}

/* --- The reason ----------------------------------------------------------- */

/* "U=0 in the leaf 0x... at 0x... (L0)" */
static void add_bits(struct pmap_text *out, const struct pml_format *fmt,
		     const struct pml_riscv_verdict *v)
{
	uint64_t bit = v->bits & -v->bits;

	if (!v->level)
		return;
	if (bit)
		pmap_text_add(out, "%s=%d in ",
			      pmap_bit_name(fmt, v->level, v->raw, bit),
			      (v->raw & bit) != 0);
	pmap_text_add(out, "the level-%d entry 0x%" PRIx64 " at 0x%" PRIx64 " (%s)",
		      v->level, v->raw, v->slot_pa, fmt->level[v->level].name);
}

/* "PMP entry 3 (0x80000000-0x8007ffff, r-x) denies a write of 0x80001000" */
static void add_pmp(struct pmap_text *out, const struct pml_riscv_verdict *v,
		    bool machine)
{
	const struct pml_riscv_pmp *pmp = &pmap_riscv_mmu.regs.pmp;
	uint64_t first = 0, last = 0;
	unsigned rights;

	if (v->implicit)
		pmap_text_puts(out, "for a page-table entry: ");
	if (v->pmp == PML_RISCV_PMP_NONE) {
		pmap_text_add(out, "no PMP entry has 0x%" PRIx64 ", which %s needs",
			      v->pmp_pa, machine ? "mseccfg.MMWP" :
			      "whoever is not M mode");
		return;
	}
	pml_riscv_pmp_range(pmp, v->pmp, &first, &last);
	rights = pml_riscv_pmp_rights(pmp, v->pmp, machine);
	pmap_text_add(out, "PMP entry %d (0x%" PRIx64 "-0x%" PRIx64 ", %c%c%c%s) ",
		      v->pmp, first, last, rights & PML_R ? 'r' : '-',
		      rights & PML_W ? 'w' : '-', rights & PML_X ? 'x' : '-',
		      pmp->cfg[v->pmp] & PML_RISCV_PMP_L ? ", locked" : "");
	if (v->pmp_partial)
		pmap_text_add(out, "has only a part of what begins at 0x%" PRIx64,
			      v->pmp_pa);
	else
		pmap_text_add(out, "denies the %s of 0x%" PRIx64,
			      pmap_access_name(v->missing & PML_W ? PML_W :
					       v->missing & PML_X ? PML_X : PML_R),
			      v->pmp_pa);
}

static const char *const texts[] = {
	[PML_RISCV_WHY_USER] = "not the user's: ",
	[PML_RISCV_WHY_SUM] = "the supervisor must not touch the user's pages (SUM=0): ",
	[PML_RISCV_WHY_S_FETCH] = "the supervisor never executes the user's pages: ",
	[PML_RISCV_WHY_READ] = "read denied: ",
	[PML_RISCV_WHY_WRITE] = "write denied: ",
	[PML_RISCV_WHY_EXECUTE] = "execution denied: ",
	[PML_RISCV_WHY_ACCESSED] = "accessed for the first time, which no hardware notes: ",
	[PML_RISCV_WHY_DIRTY] = "written for the first time, which no hardware notes: ",
	[PML_RISCV_WHY_CBO] = "whether execution alone suffices for cache maintenance the manual leaves open: ",
	[PML_RISCV_WHY_MARK] = "hardware must write A or D there: ",
};

static void add_why(struct pmap_text *out, const struct pmap_judge *judge,
		    const struct pmap_access *access,
		    const struct pml_riscv_verdict *v)
{
	const struct pmap_target *t = &judge->q->target;
	const struct pml_space *space = v->g_stage ? &t->outer : &t->space;

	if (v->g_stage)
		pmap_text_add(out, "for %s0x%" PRIx64 " in the G stage: ",
			      v->implicit ? "the VS stage's entry at gpa " : "gpa ",
			      v->gpa);
	switch (v->reason) {
	case PML_RISCV_WHY_PMP:
		add_pmp(out, v, pmap_riscv_by_machine(judge, access));
		return;
	case PML_RISCV_WHY_RANGE:
		pmap_text_add(out, "0x%" PRIx64 " is no address of %s",
			      v->g_stage ? v->gpa : v->va, space->fmt->title);
		return;
	case PML_RISCV_WHY_INVALID:
	case PML_RISCV_WHY_RESERVED:
	case PML_RISCV_WHY_UNREADABLE:
		pmap_add_reason(out, space, v->g_stage ? &v->outer : &v->target);
		if (v->target.kind == PML_NONPRESENT && !judge->q->target.nested)
			pmap_kept_add(out, judge->q, v->target.level, v->target.raw);
		return;
	}
	if (v->reason < sizeof(texts) / sizeof(texts[0]) && texts[v->reason])
		pmap_text_puts(out, v->g_stage && v->reason == PML_RISCV_WHY_USER ?
			       "every access counts as the user's: " :
			       texts[v->reason]);
	if (space->fmt)
		add_bits(out, space->fmt, v);
}

void pmap_riscv_add_culprit(struct pmap_text *out, const struct pmap_judge *judge,
			    const struct pmap_access *access,
			    const struct pmap_verdict *verdict)
{
	add_why(out, judge, access, pmap_riscv_answer(verdict));
}

void pmap_riscv_add_assumed(struct pmap_text *out, const struct pmap_judge *judge,
			    const char *indent)
{
	static const struct {
		unsigned what;
		const char *text;
	} lines[] = {
		{ PMAP_RISCV_MACHINE, "in M mode addresses are physical; --supervisor asks for S mode" },
		{ PMAP_RISCV_MPRV, "in M mode with mstatus.MPRV=1 loads and stores are made in the mode that MPP has, fetches are physical" },
		{ PMAP_RISCV_BARE, "paging is off (MODE is Bare): addresses are physical" },
		{ PMAP_RISCV_ASSUMED_ENVCFG, "assuming that menvcfg turns on memory types (PBMTE) and hardware that sets A and D (ADUE)" },
		{ PMAP_RISCV_ASSUMED_SVADE, "assuming that no hardware sets A and D (menvcfg.ADUE=0): set $pmap_sets_ad = 1 where the hart has no Svade" },
		{ PMAP_RISCV_ASSUMED_SUM, "assuming SUM=0 in S mode, as it is now" },
		{ PMAP_RISCV_ASSUMED_HOST_MXR, "assuming mstatus.MXR=0, which cannot be read while V=1" },
		{ PMAP_RISCV_ASSUMED_NAPOT, "assuming that the hart has Svnapot" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (judge->assumed & lines[i].what)
			pmap_text_add(out, "%s%s\n", indent, lines[i].text);
}

/* --- Results --------------------------------------------------------------- */

void pmap_riscv_results(struct pmap_query *q, const struct pmap_verdict *verdict)
{
	const struct pml_riscv_verdict *v = pmap_riscv_answer(verdict);

	if (verdict->outcome == PMAP_ALLOWED)
		return;
	pmap_result_u64(q->call, "exception", v->cause);
	pmap_result_u64(q->call, "level", v->level);
}

void pmap_riscv_exits(struct pmap_query *q, const struct pmap_verdict *verdict)
{
	const struct pml_riscv_verdict *v = pmap_riscv_answer(verdict);

	pmap_result_str(q->call, "exit", pmap_exit_name(verdict, "guest-page-fault"));
	if (verdict->outcome != PMAP_EXITS)
		return;
	pmap_result_u64(q->call, "exit_info", v->cause);
	pmap_result_u64(q->call, "exit_gpa", v->gpa);
}
